"""The points of a day: whatever is kept twice, late, or by two at once is there once; what was not measured is no zero."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.watch.collect.queues import Backlog
from agents.watch.collect.traffic import (
    CALLS,
    DEAD,
    DEFERRED,
    ENDED,
    FAILED,
    FINE,
    FULL,
    USED,
    Happening,
    Series,
    Traffic,
    cells_of,
)
from agents.watch.history.points import MAX_MODELS, Day, Point, counts_of, days_of, gauges_of, steps
from tests.unit.agents.watch.facts_of import MINUTE, MONDAY

HOUR = 60 * MINUTE
KIND = "taste-analysis"
NAMES = (f"{ENDED}{KIND}", f"{DEAD}{KIND}.llm_refused", f"{FAILED}{KIND}.llm_refused", f"{DEFERRED}{KIND}.llm_refused")
HAPPENINGS = st.lists(
    st.builds(Happening, st.sampled_from(NAMES), st.integers(0, 40 * 3_600).map(lambda s: MONDAY + timedelta(seconds=s))),
    max_size=60,
)


def looked(traffic: Traffic, at: datetime, happened: list[Happening]) -> Traffic:
    own = traffic.series["all"]
    start = own.start()
    return Traffic({"all": own.counted(start, at, cells_of(one for one in happened if start <= one.at < at))})


def kept(days: dict[int, Day], traffic: Traffic) -> dict[int, Day]:
    """What a look leaves behind: each day as it is stored and read again."""
    cells = counts_of(traffic)
    found = dict(days)
    for day in {at.date() for at in cells}:
        before = found.get(day.toordinal()) or Day(day)
        document = json.loads(json.dumps(before.counted(cells, traffic.counted_to).to_document()))
        found[day.toordinal()] = Day.from_document(document)
    return found


@given(HAPPENINGS, st.lists(st.integers(1, 60 * 200), min_size=1, max_size=20))
def test_any_looks_at_any_times_leave_the_truth_of_every_five_minutes(happened: list[Happening], gaps: list[int]) -> None:
    traffic, at, days = Traffic({"all": Series.beginning(MONDAY)}), MONDAY, {}
    for gap in gaps:
        at += timedelta(seconds=gap)
        traffic = looked(traffic, at, happened)
        days = kept(kept(days, traffic), traffic)  # twice is once
    for start in steps(MONDAY, at):
        point = days[start.date().toordinal()].at(start)
        assert point is not None
        assert point.counted
        for name, word in zip(NAMES, ("completed", "dead", "failed", "deferred"), strict=True):
            truth = sum(one.name == name and start <= one.at < min(start + FINE, at) for one in happened)
            assert point.values.get(word, 0) == truth, (start, word)


def test_after_a_long_silence_only_what_is_known_by_five_minutes_is_there() -> None:
    traffic = looked(Traffic({"all": Series.beginning(MONDAY)}), MONDAY + FINE, [])
    days = kept({}, traffic)
    late = MONDAY + 20 * HOUR
    days = kept(days, looked(traffic, late, [Happening(NAMES[0], MONDAY + 2 * HOUR)]))
    today = days[MONDAY.date().toordinal()]
    assert today.at(MONDAY) is not None
    assert today.at(MONDAY + 2 * HOUR) is None, "known by the hour alone: a gap"
    assert today.at(late - FINE) is not None


def test_a_look_replaces_counts_and_gauges_each_alone() -> None:
    day = Day(MONDAY.date()).seen({"queue.q.depth": 3, "queue.q.age_seconds": 60}, MONDAY + MINUTE)
    assert day.at(MONDAY) == Point(values={"queue.q.depth": 3, "queue.q.age_seconds": 60})
    day = day.counted({MONDAY: {"completed": 5, "dead": 1}}, MONDAY + MINUTE).counted({MONDAY: {"completed": 6}}, MONDAY + FINE)
    day = day.seen({"queue.q.depth": 4}, MONDAY + 4 * MINUTE)
    assert day.at(MONDAY) == Point(counted=True, values={"completed": 6, "queue.q.depth": 4})
    assert day.counted_to == MONDAY + FINE
    assert day.counted({MONDAY: {}}, MONDAY + MINUTE).counted_to == MONDAY + FINE, "a slower evaluator turns no time back"
    assert day.at(MONDAY + timedelta(days=1)) is None
    assert day.seen({"queue.q.depth": 9}, MONDAY + timedelta(days=1)) is day


def test_of_a_traffic_only_what_a_series_shows_is_kept() -> None:
    names = [*NAMES, f"{CALLS}pictures", FULL, f"{USED}gpt-4.1-mini.in", f"{USED}gpt-4.1-mini.answers"]
    series = Series.beginning(MONDAY)
    happened = [Happening(name, MONDAY - MINUTE, count=3) for name in names]
    traffic = Traffic({"all": series.counted(series.start(), MONDAY, cells_of(happened))})
    assert counts_of(traffic)[MONDAY - FINE] == {
        "completed": 3, "dead": 3, "failed": 3, "deferred": 3, "used.gpt-4.1-mini.in": 3, "used.gpt-4.1-mini.answers": 3,
    }  # fmt: skip


def test_a_source_that_lags_leaves_no_zero_where_it_has_not_counted() -> None:
    quick, slow = Series.beginning(MONDAY), Series.beginning(MONDAY)
    cells = cells_of([Happening(NAMES[0], MONDAY - MINUTE)])
    traffic = Traffic({
        "quick": quick.counted(quick.start(), MONDAY, cells), "slow": slow.counted(slow.start(), MONDAY - HOUR, {}),
    })  # fmt: skip
    found = counts_of(traffic)
    assert max(found) == MONDAY - HOUR - FINE
    assert MONDAY - FINE not in found


def test_a_day_is_small_whatever_names_the_documents_hold() -> None:
    """A document has two megabytes at most; a busy day with far too many deployments has a part of that."""
    day = Day(MONDAY.date())
    for place, start in enumerate(steps(MONDAY, MONDAY + timedelta(days=1))):
        series = Series.beginning(start + FINE)
        happened = [
            Happening(f"{USED}a-deployment-with-a-long-name-{model:04}.{part}", start, count=123_456_789)
            for model in range(60) for part in ("answers", "in", "out")
        ] + [Happening(name, start, count=1_000 + place) for name in NAMES]  # fmt: skip
        traffic = Traffic({"all": series.counted(series.start(), start + FINE, cells_of(happened))})
        own = counts_of(traffic)[start]
        assert len({name for name in own if name.startswith(USED)}) == 3 * (MAX_MODELS + 1)
        queues = {f"queue.some-queue-with-a-long-name-{one}.{what}": 100_000 for one in range(8) for what in ("depth", "age")}
        day = day.counted({start: own}, start + FINE).seen(queues, start)
    size = len(json.dumps(day.to_document()))
    assert size < 500_000, size


def test_a_queue_that_does_not_exist_has_no_depth() -> None:
    there = Backlog("q", "jobs", KIND, 3, (), MONDAY - 90 * MINUTE)
    gone = Backlog("r", "jobs", KIND, 0, (), None, missing=True)
    assert gauges_of((there, gone), MONDAY) == {"queue.q.depth": 3, "queue.q.age_seconds": 5_400}


@pytest.mark.parametrize(
    "document",
    [{}, {"names": [], "series": [[1]], "day": "2026-11-23", "countedTo": None},
     {"names": [], "series": [[1, 1, 5, 5]], "day": "2026-11-23", "countedTo": None},
     {"names": ["a"], "series": [[1, 1, 0]], "day": "2026-11-23", "countedTo": None},
     {"names": ["a"], "series": [["1", 1, 0, 5]], "day": "2026-11-23", "countedTo": None},
     {"names": ["a"], "series": [], "day": "2026-11-23"},
     {"names": ["a"], "series": [], "day": "soon", "countedTo": None}],
)  # fmt: skip
def test_what_is_no_day_is_told(document: dict[str, object]) -> None:
    with pytest.raises((KeyError, IndexError, TypeError, ValueError)):
        Day.from_document(document)


def test_a_window_of_seven_days_touches_eight() -> None:
    assert len(days_of(MONDAY, MONDAY + timedelta(days=7))) == 8
    assert len(days_of(MONDAY, MONDAY + HOUR)) == 1


def test_a_name_that_no_point_has_any_more_is_forgotten() -> None:
    day = Day(MONDAY.date()).counted({MONDAY: {"completed": 5, "used.old.in": 7}, MONDAY + FINE: {"dead": 1}}, MONDAY + FINE)
    day = day.counted({MONDAY: {"completed": 6}}, MONDAY + FINE)
    document = json.loads(json.dumps(day.to_document()))
    assert sorted(document["names"]) == ["completed", "dead"]
    again = Day.from_document(document)
    assert again.at(MONDAY) == Point(counted=True, values={"completed": 6})
    assert again.at(MONDAY + FINE) == Point(counted=True, values={"dead": 1})
