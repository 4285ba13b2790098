"""The index of hashes answers what comparing with every hash would, whatever the hashes are and in whatever order they came."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pictures.near_duplicates import MAX_DISTANCE, SHORTEST_TAIL, NearDuplicates

MANY = 200_000  # enough for plans: a smaller index rather scans
ROOM = 1 << 64


def by_hand(stored: Sequence[int], bits: int, max_distance: int = MAX_DISTANCE) -> tuple[str, int] | None:
    """Compare with every hash; an id is the place."""
    found = min((((bits ^ one).bit_count(), place) for place, one in enumerate(stored)), default=(65, 0))
    return (str(found[1]), found[0]) if found[0] <= max_distance else None


def flipped(bits: int, places: Sequence[int]) -> int:
    for place in places:
        bits ^= 1 << place
    return bits


# Few centres and few flips, so that most hashes have near ones, many have equal bands and some are equal.
near = st.builds(
    flipped,
    st.sampled_from([0, ROOM - 1, 0x0123456789ABCDEF, 0x0123456789ABCDEF << 2 & ROOM - 1]) | st.integers(0, ROOM - 1),
    st.lists(st.integers(0, 63), max_size=6),
)


@given(batches=st.lists(st.lists(near, max_size=12), max_size=6), queries=st.lists(near, min_size=1, max_size=8),
       max_distance=st.integers(0, MAX_DISTANCE), tail=st.sampled_from([0, 3, SHORTEST_TAIL]))  # fmt: skip
def test_it_answers_as_a_scan_does_at_every_moment(
    batches: list[list[int]], queries: list[int], max_distance: int, tail: int
) -> None:
    index, stored = NearDuplicates(shortest_tail=tail), list[int]()
    for batch in batches:
        ids = [str(len(stored) + place) for place in range(len(batch))]
        if len(batch) == 1:
            index.add(ids[0], batch[0])
        else:
            index.add_many(ids, batch)
        stored += batch
        expected = [by_hand(stored, bits, max_distance) for bits in queries]
        assert index.nearest_many(queries, max_distance) == expected


def crowd(kind: str, rng: np.random.Generator) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    hashes = rng.integers(0, ROOM, MANY, dtype=np.uint64)
    fifths = [sum(1 << bit for bit in range(band, 64, 5)) for band in range(5)]
    equal = {"one band": fifths[0], "two bands": fifths[1] | fifths[3], "three bands": fifths[0] | fifths[2] | fifths[4],
             "a piece": (1 << 26) - 1}  # fmt: skip
    if kind in equal:
        return hashes & ~np.uint64(equal[kind])
    if kind == "clusters":
        hashes = hashes[rng.integers(0, MANY // 1_000, MANY)]
    if kind == "ball":
        hashes = np.zeros_like(hashes)
    for _ in range({"clusters": 8, "ball": 6}.get(kind, 0)):
        hashes ^= np.uint64(1) << rng.integers(0, 64, MANY, dtype=np.uint64)
    return hashes


@pytest.mark.parametrize("kind", ["random", "one band", "two bands", "three bands", "a piece", "clusters", "ball"])
def test_hashes_made_to_crowd_a_bucket_hide_nothing(kind: str) -> None:
    rng = np.random.default_rng(7)
    hashes = crowd(kind, rng)
    index = NearDuplicates()
    index.add_many([str(place) for place in range(MANY)], hashes)
    found = set[int | None]()
    for place in rng.integers(0, MANY, 60):
        flips = [int(bit) for bit in rng.integers(0, 64, int(rng.integers(0, 8)))]
        bits = flipped(int(hashes[place]), flips)
        distances = np.bitwise_count(hashes ^ np.uint64(bits))
        nearest = int(distances.argmin())
        expected = (str(nearest), int(distances[nearest])) if distances[nearest] <= MAX_DISTANCE else None
        assert index.nearest(bits) == expected
        found.add(expected and expected[1])
    assert len(found) >= 3


def test_four_bits_are_near_and_five_are_not_wherever_they_differ() -> None:
    rng = np.random.default_rng(3)
    index = NearDuplicates(shortest_tail=0)
    index.add_many(["far", "stored"], [0x5555555555555555, 0xE91E87A59A4A9A78])
    for _ in range(300):
        places = [int(place) for place in rng.permutation(64)[:5]]
        assert index.nearest(flipped(0xE91E87A59A4A9A78, places[:4])) == ("stored", 4)
        assert index.nearest(flipped(0xE91E87A59A4A9A78, places)) is None


def test_of_equally_near_hashes_the_first_one_answers() -> None:
    index = NearDuplicates(shortest_tail=0)
    index.add_many(["one", "other", "again"], [0b0011, 0b1100, 0b0011])
    index.add("late", 0b0000)
    assert index.nearest(0b0011) == ("one", 0)
    assert index.nearest(0b1111) == ("one", 2)


def test_repeats_take_no_room_once_they_are_sorted() -> None:
    index = NearDuplicates()
    index.add_many([f"copy-{number}" for number in range(SHORTEST_TAIL + 1)], [42] * (SHORTEST_TAIL + 1))
    assert len(index) == 1
    assert index.nearest(43) == ("copy-0", 1)


def test_single_hashes_are_sorted_in_batches_and_never_lost() -> None:
    rng = np.random.default_rng(5)
    hashes = [int(bits) for bits in rng.integers(0, ROOM, 3_000, dtype=np.uint64)]
    index = NearDuplicates(shortest_tail=64)
    for place, bits in enumerate(hashes):
        index.add(str(place), bits)
    assert len(index) == len(hashes)
    assert index.nearest_many(hashes) == [(str(place), 0) for place in range(len(hashes))]


def test_an_empty_index_knows_nothing() -> None:
    assert NearDuplicates().nearest(0) is None
    assert NearDuplicates().nearest_many([]) == []


@pytest.mark.parametrize("bits", [-1, ROOM])
def test_a_number_that_is_no_hash_is_refused_and_adds_nothing(bits: int) -> None:
    index = NearDuplicates()
    with pytest.raises(OverflowError):
        index.add("x", bits)
    with pytest.raises(OverflowError):
        index.nearest(bits)
    with pytest.raises(ValueError, match="2 ids for 1 hashes"):
        index.add_many(["a", "b"], [1])
    assert len(index) == 0


@pytest.mark.parametrize("distance", [-1, MAX_DISTANCE + 1])
def test_a_distance_it_cannot_answer_exactly_for_is_refused(distance: int) -> None:
    with pytest.raises(ValueError, match="0 to 4"):
        NearDuplicates().nearest(0, distance)


def test_a_hash_costs_thirty_bytes_besides_its_id() -> None:
    rng = np.random.default_rng(9)
    index = NearDuplicates()
    for start in range(0, MANY, 5_000):
        index.add_many([str(start + place) for place in range(5_000)], rng.integers(0, ROOM, 5_000, dtype=np.uint64))
    assert index.nbytes <= 30 * MANY + 300_000
