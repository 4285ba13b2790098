"""What the watchdog makes of pauses: nothing that on-call has held is late, missed or old."""

from datetime import timedelta

import pytest

from agents.watch.alerts.facts import Facts, QueueAge, Timer, TimerPlan
from agents.watch.alerts.slots import SlotState, expected_next, missed, slots
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.queues import Backlog
from tests.unit.agents.watch.facts_of import DEPLOYED, MONDAY, QUEUE, RUNTIMES, SCHEDULES, rule, run

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NINE = MONDAY.replace(hour=9, minute=0, second=0, microsecond=0)


def planned(name: str, *pauses: tuple[timedelta, timedelta]) -> TimerPlan:
    """A timer that was paused from and to these times after Monday at nine."""
    spans = tuple((NINE + start, NINE + end) for start, end in pauses)
    return TimerPlan(name, SCHEDULES[name], RUNTIMES[name], DEPLOYED, pauses=spans)


@pytest.mark.parametrize(
    ("pause", "state"),
    [
        ((-HOUR, HOUR), SlotState.PAUSED), ((timedelta(0), HOUR), SlotState.PAUSED), ((-HOUR, timedelta(0)), SlotState.PAUSED),
        ((-2 * HOUR, -HOUR), SlotState.MISSED), ((timedelta(seconds=1), HOUR), SlotState.MISSED),
    ],
)  # fmt: skip
def test_a_slot_of_a_pause_is_not_missed(pause: tuple[timedelta, timedelta], state: SlotState) -> None:
    timer = Timer(planned("digest", pause), (run(NINE - 7 * DAY),))
    found = slots(timer, since=NINE - DAY, at=NINE + 5 * HOUR, thresholds=AlertThresholds())
    assert [one.state for one in found] == [state]
    assert bool(missed(found)) is (state is SlotState.MISSED)
    evaluation = rule("A6.digest").evaluate(Facts(timers={"digest": timer}), NINE + 5 * HOUR)
    assert evaluation.holds is (state is SlotState.MISSED)


def test_a_slot_that_the_ledger_says_was_left_out_for_a_pause_is_not_missed_when_the_pause_is_forgotten() -> None:
    left_out = run(NINE, "skipped_paused", startedAt=None)
    timer = Timer(planned("digest"), (run(NINE - 7 * DAY), left_out))
    found = slots(timer, since=NINE - DAY, at=NINE + 5 * HOUR, thresholds=AlertThresholds())
    assert [one.state for one in found] == [SlotState.PAUSED]
    for key in ("A6.digest", "A8.digest"):
        assert rule(key).evaluate(Facts(timers={"digest": timer}), NINE + 5 * HOUR).holds is False


@pytest.mark.parametrize(("paused", "holds"), [(0, True), (20, True), (40, False), (60, False)])
def test_the_hours_without_a_success_are_those_in_which_the_timer_could_run(paused: int, holds: bool) -> None:
    timer = Timer(planned("moods", (HOUR, HOUR + paused * HOUR)), (run(NINE - 3 * HOUR),))
    assert rule("A7.moods").evaluate(Facts(timers={"moods": timer}), NINE + 63 * HOUR).holds is holds


def test_the_next_run_is_the_first_behind_the_pause() -> None:
    assert expected_next(planned("digest", (HOUR, 8 * DAY)), NINE + 2 * HOUR) == NINE + 14 * DAY
    assert expected_next(planned("moods", (HOUR, 2 * DAY)), NINE + 2 * HOUR) == NINE - 3 * HOUR + 3 * DAY


def test_a_paused_queue_is_not_old_and_its_rule_says_by_whom() -> None:
    old = QueueAge(100 * HOUR, depth=7, paused="by ada until 2026-11-24T09:00:00.000Z")
    evaluation = rule(f"A9.{QUEUE}").evaluate(Facts(queues={QUEUE: old}), NINE)
    assert (evaluation.holds, evaluation.clear) == (False, True)
    assert evaluation.text == "it is paused by ada until 2026-11-24T09:00:00.000Z, 7 wait"


@pytest.mark.parametrize(
    ("intervals", "hours"),
    [
        ([], 10), ([(-20, -12)], 10), ([(-12, -8)], 8), ([(-8, -6), (-7, -5)], 7), ([(-2, 5)], 8), ([(-30, 5)], 0),
        ([(1, 5)], 10),
    ],
)  # fmt: skip
def test_work_is_as_old_as_the_time_in_which_it_could_have_been_done(intervals: list[tuple[int, int]], hours: int) -> None:
    spans = tuple((NINE + start * HOUR, NINE + end * HOUR) for start, end in intervals)
    backlog = Backlog(QUEUE, "jobs", "taste-analysis", 1, (), NINE - 10 * HOUR, intervals=spans)
    assert backlog.age(NINE) == hours * HOUR
