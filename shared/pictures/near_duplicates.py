"""Near-duplicates among 64-bit hashes: the nearest within 4 bits, exactly, in memory.

The hash is dealt out to five bands, bit by bit. Hashes that differ by 4 bits at most agree in one band at least (pigeonhole),
so only those with an equal band are looked at: multi-index hashing, Norouzi, Punjani and Fleet, "Fast Search in Hamming Space
with Multi-Index Hashing", CVPR 2012. Four bands have 8,192 buckets, the last 4,096: of a million random hashes a query looks
at some 730. Neighbouring bits of real pictures go together; dealt out they crowd the buckets half as much as cut in pieces.

Where buckets are crowded, because hashes are alike or somebody made them so, the pigeonholes are filled otherwise (the general
pigeonhole principle of Qin et al., "GPH: Similarity Search in Hamming Space", ICDE 2018): a crowded band is left out (r = -1),
and another looked up with up to r of its bits changed; with any r of the five bands that add up to 0 nothing is missed. The
cheapest such plan is taken. Where none is cheap, as in a dense ball around one hash, all are compared: that scan bounds every
query. Equal hashes are kept once, under the id that came first, so copies of one placeholder crowd nothing.

New hashes wait in an unsorted tail, which a query scans. When it is longer than a 32nd of the rest, the bands are sorted anew:
while a million arrive one by one, each is sorted some 32 times, by a radix sort.
"""

import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

MAX_DISTANCE: Final = 4
WIDTHS: Final = (13, 13, 13, 13, 12)
SHIFTS: Final = (0, 13, 26, 39, 52)
ORDER: Final = sorted(range(64), key=lambda bit: (bit % len(WIDTHS), bit))  # band by band: a band takes every fifth bit
BASES: Final = tuple(itertools.accumulate((1 << width for width in WIDTHS), initial=0))  # where a band's buckets begin
SHORTEST_TAIL: Final = 16_384  # to scan so many takes as long as to look into five buckets
TAIL_SHARE: Final = 32
FEW: Final = 4_096  # rows that are looked up without asking for a better plan
# Prices, measured: a row looked up, in rows scanned; a bucket opened, in rows looked up; a plan made, in rows scanned.
ROW_PRICE: Final = 16
BUCKET_PRICE: Final = 4
PLAN_PRICE: Final = 1 << 17
BLOCK: Final = 1 << 15  # rows of a scan: what is computed of them stays in the cache
Array = Any  # numpy's types stay in here


def _changes(width: int) -> Array:
    """Every way to change up to `MAX_DISTANCE` bits of a band, as numbers to XOR with; the fewest bits first."""
    ways = (bits for count in range(MAX_DISTANCE + 1) for bits in itertools.combinations(range(width), count))
    return np.array([sum(1 << bit for bit in bits) for bits in ways])


CHANGES: Final = tuple(_changes(width) for width in WIDTHS)
# By band and by r + 1 = 0, 1, .. 5: how many of its changes are of r bits or fewer.
REACHES: Final = np.array(
    [[int((np.bitwise_count(ways) < part).sum()) for part in range(MAX_DISTANCE + 2)] for ways in CHANGES]
)
# Every choice of r + 1 for the five bands whose sum is right.
PLANS: Final = np.array(
    [parts for parts in itertools.product(range(MAX_DISTANCE + 2), repeat=len(WIDTHS)) if sum(parts) == MAX_DISTANCE + 1]
)


def _mix(byte: int, value: int) -> int:
    """Return where the bits of one byte of a hash go. Distances do not change by it."""
    return sum(1 << place for place, bit in enumerate(ORDER) if bit // 8 == byte and value >> bit % 8 & 1)


MIX: Final = [[_mix(byte, value) for value in range(256)] for byte in range(8)]
MIX_TABLES: Final = np.array(MIX, dtype=np.uint64)


def _mixed(bits: int) -> int:
    if not 0 <= bits < 1 << 64:
        raise OverflowError("a hash has 64 bits")
    return sum([table[bits >> 8 * byte & 255] for byte, table in enumerate(MIX)])


class NearDuplicates:
    """Hashes and their ids. For one thread at a time; much work at once (`add_many`, `nearest_many`) belongs in a thread.

    28 bytes a hash, up to 30 with room to grow, and the caller's ids on top, which are kept as they are.
    """

    def __init__(self, *, shortest_tail: int = SHORTEST_TAIL) -> None:
        self._shortest_tail = shortest_tail
        self._ids: list[str] = []
        self._hashes: Array = np.empty(0, dtype=np.uint64)  # with room to grow
        self._sorted = 0  # rows that are in the buckets; the others are the tail
        self._rows: Array = np.empty(0, dtype=np.uint32)  # by band and bucket, in the order of their coming
        self._starts: Array = np.zeros(BASES[-1] + 1, dtype=np.int64)  # where a bucket begins in `_rows`

    def __len__(self) -> int:
        """Count the hashes kept: different ones, and repeats that are still in the tail."""
        return len(self._ids)

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        return int(self._hashes.nbytes + self._rows.nbytes + self._starts.nbytes)

    def add(self, item_id: str, bits: int) -> None:
        """Add one hash. Raises `OverflowError` for a number that is not of 64 bits."""
        self._append([item_id], np.uint64(_mixed(bits)))

    def add_many(self, item_ids: Sequence[str], hashes: Sequence[int]) -> None:
        """Add hashes, numbers or an array of uint64, each under the id at the same place. Raises as `add`."""
        new = np.asarray(hashes, dtype=np.uint64)
        if len(new) != len(item_ids):
            raise ValueError(f"{len(item_ids)} ids for {len(new)} hashes")
        mixed = np.zeros_like(new)
        for byte, table in enumerate(MIX_TABLES):
            mixed ^= table[(new >> np.uint64(8 * byte)) & np.uint64(255)]
        self._append(item_ids, mixed)

    def nearest(self, bits: int, max_distance: int = MAX_DISTANCE) -> tuple[str, int] | None:
        """Return the id of the nearest hash and how many bits it differs by; of several the one that came first.

        None when there is none within `max_distance`, which is 0 to `MAX_DISTANCE` (`ValueError` otherwise). Raises as `add`.
        """
        if not 0 <= max_distance <= MAX_DISTANCE:
            raise ValueError(f"a distance of {max_distance}: the index answers for 0 to {MAX_DISTANCE}")
        mixed = _mixed(bits)
        wanted = np.uint64(mixed)
        rows = self._candidates(mixed) if self._sorted else None
        if rows is None:
            distance, row = self._scan(wanted, 0)
        else:
            distance, row = min(self._compare(wanted, rows), self._scan(wanted, self._sorted))
        return (self._ids[row], distance) if distance <= max_distance else None

    def nearest_many(self, hashes: Sequence[int], max_distance: int = MAX_DISTANCE) -> list[tuple[str, int] | None]:
        """Return what `nearest` does, for each of `hashes`."""
        return [self.nearest(int(bits), max_distance) for bits in hashes]

    def _append(self, item_ids: Sequence[str], mixed: Array) -> None:
        before, after = len(self), len(self) + len(item_ids)
        if after > len(self._hashes):
            room = np.empty(max(after, before + before // 4), dtype=np.uint64)
            room[:before] = self._hashes[:before]
            self._hashes = room
        self._hashes[before:after] = mixed
        self._ids.extend(item_ids)
        if after - self._sorted > max(self._shortest_tail, self._sorted // TAIL_SHARE):
            self._sort()

    def _sort(self) -> None:
        """Drop repeats and put every row into its five buckets."""
        hashes = self._hashes[: len(self)]
        first = np.unique(hashes, return_index=True)[1]
        if len(first) < len(hashes):
            first.sort()
            self._hashes = hashes = hashes[first]
            self._ids = [self._ids[row] for row in first]
        self._sorted = len(hashes)
        self._rows = np.empty(self._sorted * len(WIDTHS), dtype=np.uint32)
        for band, (width, shift) in enumerate(zip(WIDTHS, SHIFTS, strict=True)):
            keys = ((hashes >> np.uint64(shift)) & np.uint64((1 << width) - 1)).astype(np.uint16)  # 16 bits: a radix sort
            start = self._sorted * band
            self._rows[start : start + self._sorted] = np.argsort(keys, kind="stable")
            ends = start + np.cumsum(np.bincount(keys, minlength=1 << width))
            self._starts[BASES[band] + 1 : BASES[band + 1] + 1] = ends

    def _candidates(self, bits: int) -> Array | None:
        """Return the sorted rows among which all near ones are, some of them twice; None when a scan is cheaper."""
        keys = [bits >> shift & (1 << width) - 1 for width, shift in zip(WIDTHS, SHIFTS, strict=True)]
        starts = self._starts
        spans = [(starts[base + key], starts[base + key + 1]) for base, key in zip(BASES, keys, strict=False)]
        if sum(end - start for start, end in spans) <= FEW:
            return np.concatenate([self._rows[start:end] for start, end in spans])
        return self._plan(keys) if self._sorted > PLAN_PRICE else None

    def _plan(self, keys: list[int]) -> Array | None:
        """Return the rows of the cheapest plan, as `_candidates` does. `keys`: the bucket of the query in each band."""
        buckets = [base + (key ^ changes) for base, key, changes in zip(BASES, keys, CHANGES, strict=False)]
        sizes = [self._starts[each + 1] - self._starts[each] for each in buckets]
        prices = np.array([
            np.concatenate([[0], np.cumsum(size + BUCKET_PRICE)])[reach] for size, reach in zip(sizes, REACHES, strict=True)
        ])  # fmt: skip
        totals = prices[np.arange(len(WIDTHS)), PLANS].sum(axis=1)
        best = totals.argmin()
        if totals[best] * ROW_PRICE > self._sorted:
            return None
        reaches = REACHES[np.arange(len(WIDTHS)), PLANS[best]]
        opened = np.concatenate([each[:reach] for each, reach in zip(buckets, reaches, strict=True)])
        counts = np.concatenate([size[:reach] for size, reach in zip(sizes, reaches, strict=True)])
        before = np.cumsum(counts) - counts
        return self._rows[np.repeat(self._starts[opened] - before, counts) + np.arange(counts.sum())]

    def _compare(self, wanted: np.uint64, rows: Array) -> tuple[int, int]:
        """Return the least distance among `rows` and the first row that has it."""
        if not len(rows):
            return MAX_DISTANCE + 1, 0
        distances = np.bitwise_count(self._hashes[rows] ^ wanted)
        least = distances.min()
        return int(least), int(rows[distances == least].min())

    def _scan(self, wanted: np.uint64, start: int) -> tuple[int, int]:
        """Return the least distance among all rows from `start` on and the first row that has it."""
        found = (MAX_DISTANCE + 1, 0)
        for block in range(start, len(self), BLOCK):
            distances = np.bitwise_count(self._hashes[block : min(block + BLOCK, len(self))] ^ wanted)
            nearest = int(distances.argmin())
            found = min(found, (int(distances[nearest]), block + nearest))
        return found
