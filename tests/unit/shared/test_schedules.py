"""Slots: which run an instant belongs to, in UTC, also a moment early."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runs.schedule import Schedule
from devhost.timers import next_occurrence

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WEEKLY, DAILY = Schedule(hour=9, weekday=0), Schedule(hour=6)


@pytest.mark.parametrize(("schedule", "text"), [(WEEKLY, "0 0 9 * * 1"), (DAILY, "0 0 6 * * *"), (Schedule(7), "0 0 7 * * *")])
def test_the_expression_is_the_hosts(schedule: Schedule, text: str) -> None:
    assert schedule.ncrontab == text


@pytest.mark.parametrize(
    ("schedule", "at", "slot"),
    [
        (WEEKLY, MONDAY, MONDAY),
        (WEEKLY, MONDAY - timedelta(milliseconds=40), MONDAY),
        (WEEKLY, MONDAY - timedelta(minutes=2), MONDAY - timedelta(days=7)),
        (WEEKLY, MONDAY + timedelta(days=6, hours=23), MONDAY),
        (DAILY, MONDAY, MONDAY.replace(hour=6)),
        (DAILY, MONDAY.replace(hour=5), MONDAY.replace(hour=6) - timedelta(days=1)),
    ],
)
def test_a_run_belongs_to_the_last_slot_or_to_one_that_is_a_moment_away(
    schedule: Schedule, at: datetime, slot: datetime
) -> None:
    assert schedule.slot_at(at) == slot


def test_slots_between_two_instants_are_those_that_should_have_run() -> None:
    assert DAILY.slots_between(MONDAY - timedelta(days=3), MONDAY) == [MONDAY.replace(hour=6, day=day) for day in (21, 22, 23)]
    assert WEEKLY.slots_between(MONDAY, MONDAY + timedelta(days=6)) == []


INSTANTS = st.integers(0, 473_000_000).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


@given(INSTANTS, st.integers(0, 23), st.sampled_from([None, 0, 3, 6]))
def test_slots_are_those_of_the_hosts_own_expression(at: datetime, hour: int, weekday: int | None) -> None:
    schedule = Schedule(hour, weekday)
    following = next_occurrence(schedule.ncrontab, at)
    assert schedule.slot_at(following) == following
    assert schedule.slot_at(following - timedelta(seconds=61)) == following - timedelta(days=1 if weekday is None else 7)
