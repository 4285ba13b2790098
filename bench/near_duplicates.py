"""The index of hashes at 10 thousand, 100 thousand and 1 million, beside a numpy scan of the same; and on crowded hashes."""

import time
import tracemalloc
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

from bench.report import Report
from shared.pictures.near_duplicates import NearDuplicates

SIZES = (10_000, 100_000, 1_000_000)
TINY_SIZES = (1_000, 2_000, 10_000)
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


def compare_sizes(report: Report, sizes: Sequence[int], rng: np.random.Generator) -> None:
    """Half of the queries have a hash within 4 bits, half have none."""
    indexes, arrays = {}, {}
    report.say("random hashes; queries: half have one within 4 bits, half have none")
    for size in sizes:
        arrays[size] = hashes = rng.integers(0, ROOM, size, dtype=np.uint64)
        ids = [f"item-{number:07}" for number in range(size)]
        index = NearDuplicates()
        build = seconds(lambda index=index, ids=ids, hashes=hashes: index.add_many(ids, hashes))
        indexes[size] = index
        queries = [int(bits) for bits in rng.integers(0, ROOM, QUERIES, dtype=np.uint64)]
        queries[::2] = [int(bits) for bits in flipped(hashes[rng.integers(0, size, len(queries[::2]))], 4, rng)]
        times = [seconds(lambda index=index, bits=bits: index.nearest(bits)) for bits in queries]
        if not all(found is not None for found in index.nearest_many(queries[::2])):
            raise AssertionError("a hash within 4 bits was not found")
        query = median(times) * 1e6
        text = f"{size:>9,}  build {build * 1e3:6.1f} ms   query {query:6.1f} us   arrays {index.nbytes / 2**20:5.1f} MiB"
        report.figure(f"near_duplicates.query_us_at_{size}", query, text)
    small, large, hashes = indexes[sizes[0]], indexes[sizes[-1]], arrays[sizes[-1]]
    rounds = [
        (seconds(lambda: small.nearest(bits)), seconds(lambda: large.nearest(bits)), seconds(lambda: scan(hashes, bits)))  # noqa: B023  (called at once)
        for bits in map(int, rng.integers(0, ROOM, SCANNED, dtype=np.uint64))
    ]
    report.say(
        f"  {len(rounds)} rounds of a query at {sizes[0]:,}, one at {sizes[-1]:,}, and a scan of these; medians of the ratios"
    )
    growth = median(each[1] / each[0] for each in rounds)
    report.figure("near_duplicates.growth", growth, f"the largest to the smallest  {growth:7.1f}")
    faster = median(each[2] / each[1] for each in rounds)
    report.figure("near_duplicates.scan_ratio", faster, f"scan to query, at the largest {faster:6.1f}")


def add_one_by_one(report: Report, size: int, rng: np.random.Generator) -> None:
    """What an ingest pays that adds to a full index, and what it holds."""
    index = built(rng.integers(0, ROOM, size, dtype=np.uint64))
    more = size // 10
    times = [
        seconds(lambda bits=int(bits): index.add("another", bits)) for bits in rng.integers(0, ROOM, more, dtype=np.uint64)
    ]
    report.say(f"{more:,} hashes added one by one to {size:,}")
    mean = sum(times) / len(times) * 1e6
    sorted_anew = sum(one > 0.02 for one in times)
    text = f"{mean:.1f} us each on average, median {median(times) * 1e6:.1f} us; sorted anew {sorted_anew} times"
    report.figure("near_duplicates.add_us", mean, text)


def measure_memory(report: Report, size: int, rng: np.random.Generator) -> None:
    hashes = rng.integers(0, ROOM, size, dtype=np.uint64)
    tracemalloc.start()
    ids = [f"item-{number:07}" for number in range(size)]
    of_ids = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    index = NearDuplicates()
    index.add_many(ids, hashes)
    held, peak = ((each - of_ids) / 2**20 for each in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    report.say(f"memory of {size:,}, by tracemalloc")
    text = f"arrays {index.nbytes / 2**20:.1f} MiB, all but the ids' text {held:.1f} MiB, while building {peak:.1f} MiB"
    report.figure("near_duplicates.memory_mib", held, text)


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


def compare_crowds(report: Report, size: int, rng: np.random.Generator) -> None:
    report.say(f"{size:,} crowded hashes, queries 5 bits from one of them; a scan of the same beside it, medians")
    for name, hashes in crowds(size, rng).items():
        report.progress(f"near_duplicates: {name}")
        index = built(hashes)
        pairs = []
        for bits in [int(bits) for bits in flipped(hashes[rng.integers(0, size, SCANNED)], 5, rng)]:
            floor = seconds(lambda hashes=hashes, bits=bits: scan(hashes, bits))
            pairs.append((floor, seconds(lambda index=index, bits=bits: index.nearest(bits))))
        query, floor = median(pair[1] for pair in pairs) * 1e6, median(pair[0] for pair in pairs) * 1e6
        ratio = median(one / other for other, one in pairs)
        text = f"{name:26} query {query:7.1f} us   scan {floor:7.1f} us   query to scan {ratio:.2f}"
        report.figure(f"near_duplicates.{name.replace(' ', '_')}", ratio, text)


def run(report: Report) -> None:
    """Report all four."""
    rng = np.random.default_rng(1)
    sizes = TINY_SIZES if report.tiny else SIZES
    compare_sizes(report, sizes, rng)
    add_one_by_one(report, sizes[-1], rng)
    measure_memory(report, sizes[-1], rng)
    compare_crowds(report, sizes[-1], rng)
