"""The cells of the traffic: whatever is counted twice, late or in several pieces is in the windows once."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.watch.alerts.facts import Window
from agents.watch.collect.traffic import (
    CALLS,
    DAY,
    DEAD,
    ENDED,
    FAILED,
    FINE,
    HOUR,
    KEPT_FOR,
    Happening,
    Series,
    Traffic,
    cells_of,
    floor,
)
from tests.unit.agents.watch.facts_of import MINUTE, MONDAY

TIMEOUT = "taste-analysis.llm_timeout"
NAMES = (f"{ENDED}taste-analysis", f"{ENDED}weekly-digest", f"{FAILED}{TIMEOUT}", f"{DEAD}{TIMEOUT}", f"{CALLS}pictures")


def beginning(at: datetime) -> Traffic:
    return Traffic({"all": Series.beginning(at)})


def looked(traffic: Traffic, at: datetime, happened: list[Happening], last_look: datetime | None = None) -> Traffic:
    """One look: what the store holds of the range is counted anew."""
    own = traffic.series["all"]
    start = own.start(last_look)
    return Traffic({"all": own.counted(start, at, cells_of(one for one in happened if start <= one.at < at))})


def truth(happened: list[Happening], name: str, since: datetime, until: datetime) -> int:
    return sum(one.name.startswith(name) and since <= one.at < until for one in happened)


HAPPENINGS = st.lists(
    st.builds(Happening, st.sampled_from(NAMES), st.integers(0, 60 * 60 * 9).map(lambda s: MONDAY + timedelta(seconds=s))),
    max_size=80,
)
GAPS = st.lists(st.integers(1, 60 * 200), min_size=1, max_size=25)  # seconds between looks


@given(HAPPENINGS, GAPS, st.data())
def test_any_looks_at_any_times_count_everything_once(happened: list[Happening], gaps: list[int], data: st.DataObject) -> None:
    """A write may become visible two minutes after the time it bears; a look may be done twice, or from an old state."""
    hidden = {index: data.draw(st.integers(0, 119)) for index in range(len(happened))}
    traffic, at, states = beginning(MONDAY), MONDAY, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        seen = [one for index, one in enumerate(happened) if one.at + timedelta(seconds=hidden[index]) <= at]
        states.append(traffic)
        traffic = looked(traffic, at, seen)
        assert looked(traffic, at, seen).total(ENDED, MONDAY - DAY, at + DAY) == traffic.total(ENDED, MONDAY - DAY, at + DAY)
        if data.draw(st.booleans()):
            traffic = Traffic.from_document(json.loads(json.dumps(traffic.to_document())))
    late = looked(states[-1], at + 2 * FINE, happened)  # a process that had read an older state
    once = looked(traffic, at + 2 * FINE, happened)
    for state in (late, once):
        for name in NAMES:
            assert state.total(name, MONDAY - DAY, at + DAY) == truth(happened, name, MONDAY, at + 2 * FINE)


def test_the_short_windows_are_exact_to_five_minutes_and_the_long_ones_to_half_an_hour() -> None:
    at = MONDAY + 8 * DAY
    happened = [Happening(f"{ENDED}taste-analysis", at - minutes * MINUTE) for minutes in range(1, 8 * 24 * 60)]
    happened += [
        Happening(f"{DEAD}{TIMEOUT}", at - 7 * MINUTE),
        Happening(f"{DEAD}{TIMEOUT}", at - 5 * HOUR),
        Happening(f"{DEAD}{TIMEOUT}", at - 100 * HOUR),
    ]
    ingress = looked(beginning(at), at, happened).ingress()
    assert ingress.hour == Window(61, 1)
    assert ingress.six_hours == Window(362, 2)
    assert ingress.day == Window(24 * 60 + 2, 2)
    assert ingress.week == Window(7 * 24 * 60 + 3, 3)


def test_what_is_old_is_forgotten_and_the_document_stays_small() -> None:
    traffic, at = beginning(MONDAY), MONDAY
    for _ in range(9 * 24 * 12):
        at += FINE
        found = [Happening(name, at - MINUTE) for name in NAMES]
        traffic = looked(traffic, at, found)
    [series] = traffic.series.values()
    assert len(series.fine) <= 8 * 12 + 1
    assert len(series.hours) <= 8 * 24 + 1
    assert series.since == floor(at - KEPT_FOR, HOUR)
    assert len(json.dumps(traffic.to_document())) < 20_000


def test_a_look_counts_no_later_than_from_the_last_look_that_was_finished() -> None:
    series = Series.beginning(MONDAY).counted(floor(MONDAY - KEPT_FOR, HOUR), MONDAY, {})
    assert series.start() == MONDAY - FINE
    assert series.start(MONDAY - 12 * MINUTE) == MONDAY - 15 * MINUTE
    assert series.start(MONDAY - 3 * DAY) == MONDAY - 7 * HOUR, "older cells are joined to hours and settled"


def test_calls_are_compared_with_the_whole_days_since_the_first_one() -> None:
    at = MONDAY + timedelta(hours=6)
    happened = [Happening(f"{CALLS}pictures", MONDAY - 3 * DAY + HOUR)] * 40 + [
        Happening(f"{CALLS}pictures", MONDAY - DAY + HOUR)
    ] * 20
    spend = looked(beginning(at), at, [*happened, *[Happening(f"{CALLS}pictures", MONDAY + HOUR)] * 5]).spend()
    assert (spend.today, spend.days, spend.projected) == (5.0, (40.0, 0.0, 20.0), 20.0)


@pytest.mark.parametrize("kind", ["taste-analysis", "weekly-digest", ""])
def test_attempts_are_counted_by_kind(kind: str) -> None:
    happened = [Happening(f"{ENDED}weekly-digest", MONDAY), *[Happening(f"{FAILED}{TIMEOUT}", MONDAY)] * 3]
    at = MONDAY + 2 * FINE
    found = looked(beginning(at), at, happened).attempts(timedelta(minutes=30), kind)
    assert found == {"taste-analysis": (3, 3), "weekly-digest": (0, 1), "": (3, 4)}[kind]


@given(HAPPENINGS, GAPS)
def test_totals_only_grow_and_miss_nothing_that_is_settled(happened: list[Happening], gaps: list[int]) -> None:
    traffic, at, before = beginning(MONDAY), MONDAY, dict[str, int]()
    for gap in gaps:
        at += timedelta(seconds=gap)
        traffic = looked(traffic, at, happened)
        totals = traffic.totals("")
        assert all(totals.get(name, 0) >= count for name, count in before.items())
        final = floor(at - timedelta(minutes=2), FINE)
        assert totals == {name: count for name in NAMES if (count := truth(happened, name, MONDAY, final))}
        before = totals


def test_what_lags_holds_up_what_is_asked_and_none_of_the_other_series() -> None:
    ahead = Series.beginning(MONDAY).counted(floor(MONDAY - KEPT_FOR, HOUR), MONDAY, {})
    behind = Series.beginning(MONDAY).counted(floor(MONDAY - KEPT_FOR, HOUR), MONDAY - 3 * HOUR, {})
    traffic = Traffic({"jobs": ahead, "digests": behind})
    assert traffic.counted_to == MONDAY - 3 * HOUR
    assert ahead.start() == MONDAY - FINE


def test_dead_letters_that_are_settled_leave_the_windows_and_stay_in_the_baseline() -> None:
    dead = [Happening(f"{DEAD}{TIMEOUT}", MONDAY - 20 * MINUTE)] * 9
    found = looked(beginning(MONDAY), MONDAY, dead).ingress([MONDAY - 20 * MINUTE, MONDAY - 4 * DAY])
    assert (found.hour.open, found.hour.dead, found.three_days.open, found.week.open) == (1, 9, 1, 9)
