"""The index of hashes at 10 thousand, 100 thousand and 1 million, beside a numpy scan of the same; and on crowded hashes."""

import time
import tracemalloc
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from shared.pictures.near_duplicates import NearDuplicates

SIZES = (10_000, 100_000, 1_000_000)
QUERIES, SCANNED = 1_001, 201
ROOM = 1 << 64
Array = Any


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def scan(hashes: Array, bits: int) -> tuple[int, int]:
    """The floor: XOR, popcount, the nearest."""
    distances = np.bitwise_count(hashes ^ np.uint64(bits))
    nearest = int(distances.argmin())
    return nearest, int(distances[nearest])


def flipped(hashes: Array, count: int, rng: np.random.Generator) -> Array:
    """Return copies with up to `count` bits changed."""
    for _ in range(count):
        hashes = hashes ^ (np.uint64(1) << rng.integers(0, 64, len(hashes), dtype=np.uint64))
    return hashes


def built(hashes: Array) -> NearDuplicates:
    index = NearDuplicates()
    index.add_many([f"item-{number:07}" for number in range(len(hashes))], hashes)
    return index


def compare_sizes(rng: np.random.Generator) -> None:
    """Half of the queries have a hash within 4 bits, half have none."""
    indexes, arrays = {}, {}
    print("random hashes; queries: half have one within 4 bits, half have none")
    for size in SIZES:
        arrays[size] = hashes = rng.integers(0, ROOM, size, dtype=np.uint64)
        ids = [f"item-{number:07}" for number in range(size)]
        index = NearDuplicates()
        build = seconds(lambda index=index, ids=ids, hashes=hashes: index.add_many(ids, hashes))
        indexes[size] = index
        queries = [int(bits) for bits in rng.integers(0, ROOM, QUERIES, dtype=np.uint64)]
        queries[::2] = [int(bits) for bits in flipped(hashes[rng.integers(0, size, len(queries[::2]))], 4, rng)]
        times = [seconds(lambda index=index, bits=bits: index.nearest(bits)) for bits in queries]
        assert all(found is not None for found in index.nearest_many(queries[::2]))
        print(
            f"  {size:>9,}  build {build * 1e3:6.1f} ms   query {median(times) * 1e6:6.1f} us (99 %: "
            f"{sorted(times)[QUERIES * 99 // 100] * 1e6:.0f} us)   arrays {index.nbytes / 2**20:5.1f} MiB"
        )
    small, large, hashes = indexes[SIZES[0]], indexes[SIZES[-1]], arrays[SIZES[-1]]
    rounds = [
        (seconds(lambda: small.nearest(bits)), seconds(lambda: large.nearest(bits)), seconds(lambda: scan(hashes, bits)))  # noqa: B023  (called at once)
        for bits in map(int, rng.integers(0, ROOM, SCANNED, dtype=np.uint64))
    ]
    print(
        f"  {len(rounds)} rounds of a query at 10 thousand, one at a million, and a scan of the million; medians of the ratios"
    )
    print(f"  scan of a million            {median(each[2] for each in rounds) * 1e6:7.1f} us")
    print(f"  a million to 10 thousand     {median(each[1] / each[0] for each in rounds):7.1f}   (at most 20)")
    print(f"  scan to query, at a million  {median(each[2] / each[1] for each in rounds):7.1f}   (at least 5)\n")


def add_one_by_one(rng: np.random.Generator) -> None:
    """What an ingest pays that adds to a million, and what it holds."""
    index = built(rng.integers(0, ROOM, SIZES[-1], dtype=np.uint64))
    times = [
        seconds(lambda bits=int(bits): index.add("another", bits)) for bits in rng.integers(0, ROOM, 100_000, dtype=np.uint64)
    ]
    print("100,000 hashes added one by one to a million")
    print(f"  {sum(times) / len(times) * 1e6:.1f} us each on average, median {median(times) * 1e6:.1f} us;", end=" ")
    print(f"sorted anew {sum(one > 0.02 for one in times)} times, {max(times) * 1e3:.0f} ms at most\n")


def measure_memory(rng: np.random.Generator) -> None:
    hashes = rng.integers(0, ROOM, SIZES[-1], dtype=np.uint64)
    tracemalloc.start()
    ids = [f"item-{number:07}" for number in range(SIZES[-1])]
    of_ids = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    index = NearDuplicates()
    index.add_many(ids, hashes)
    held, peak = (each - of_ids for each in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    print("memory at a million, by tracemalloc")
    print(f"  arrays {index.nbytes / 2**20:.1f} MiB, all but the ids' text {held / 2**20:.1f} MiB,", end=" ")
    print(f"while building {peak / 2**20:.1f} MiB; the ids' text {of_ids / 2**20:.1f} MiB\n")


def crowds(size: int, rng: np.random.Generator) -> dict[str, Array]:
    """Hashes that crowd buckets: by nature, and made to by somebody who knows the bands (a band takes every fifth bit)."""
    hashes = rng.integers(0, ROOM, size, dtype=np.uint64)
    fifths = [np.uint64(sum(1 << bit for bit in range(band, 64, 5))) for band in range(5)]
    return {
        "a thousand clusters": flipped(hashes[rng.integers(0, size // 1_000, size)], 8, rng),
        "one band equal": hashes & ~fifths[0],
        "two bands equal": hashes & ~(fifths[0] | fifths[3]),
        "three bands equal": hashes & ~(fifths[0] | fifths[2] | fifths[3]),
        "all within 6 bits of one": flipped(np.zeros(size, dtype=np.uint64), 6, rng),
        "all equal": np.zeros(size, dtype=np.uint64),
    }


def compare_crowds(rng: np.random.Generator) -> None:
    size = SIZES[-1]
    print("a million crowded hashes, queries 5 bits from one of them; a scan of the same beside it, medians")
    for name, hashes in crowds(size, rng).items():
        index = built(hashes)
        pairs = []
        for bits in [int(bits) for bits in flipped(hashes[rng.integers(0, size, SCANNED)], 5, rng)]:
            floor = seconds(lambda hashes=hashes, bits=bits: scan(hashes, bits))
            pairs.append((floor, seconds(lambda index=index, bits=bits: index.nearest(bits))))
        query, floor = median(pair[1] for pair in pairs), median(pair[0] for pair in pairs)
        print(f"  {name:26} query {query * 1e6:7.1f} us   scan {floor * 1e6:7.1f} us   ", end="")
        print(f"query to scan {median(one / other for other, one in pairs):.2f}")
    print()


def run() -> None:
    """Print all four."""
    rng = np.random.default_rng(1)
    compare_sizes(rng)
    add_one_by_one(rng)
    measure_memory(rng)
    compare_crowds(rng)


if __name__ == "__main__":
    run()
