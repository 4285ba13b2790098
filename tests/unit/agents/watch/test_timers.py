"""Timers on a simulated clock: two weeks of missed, late, early, doubled, killed and empty runs, each alert at its minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runs.schedule import Schedule
from agents.watch.alerts.facts import Facts, LastLook, Timer, TimerRun
from agents.watch.alerts.slots import SlotState, expected_next, missed, slots
from agents.watch.alerts.state import Event
from agents.watch.alerts.thresholds import AlertThresholds
from tests.unit.agents.watch.facts_of import DEPLOYED, MINUTE, MONDAY, RULES, SCHEDULES, plan, run
from tests.unit.agents.watch.traffic import TICK, Watch

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TIMER_RULES = tuple(rule for rule in RULES if rule.name in {"A6", "A7", "A8", "A12"})
THRESHOLDS = AlertThresholds()


def on(day: int, clock: str) -> datetime:
    """An instant of the simulated fortnight: day 0 is Monday, 23 November."""
    hour, minute = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hour), minutes=int(minute))


@dataclass(frozen=True, slots=True)
class Life:
    """A run's life: `row(at)` is what the ledger has of it at `at`. `silent_from`: its process is dead, its row stays open."""

    slot: datetime
    start: datetime
    end: datetime
    outcome: str = "ok"
    trigger: str = "timer"
    window: str = ""
    silent_from: datetime | None = None

    def row(self, at: datetime) -> TimerRun | None:
        if at < self.start:
            return None
        if at >= self.end and self.silent_from is None:
            return over(self)
        return self.written(None, min(at, self.silent_from or at))

    def written(self, outcome: str | None, beat: datetime | None) -> TimerRun:
        late = (self.start - self.slot) / MINUTE
        more: dict[str, Any] = {"parameters": {"window": self.window}} if self.window else {}
        minutes = (self.end - self.start) / MINUTE
        return run(self.slot, outcome, minutes=minutes, late=late, trigger=self.trigger, heartbeat=beat, **more)


@cache
def over(life: Life) -> TimerRun:
    """What the ledger has of a run that has ended: the same at each of thousands of looks."""
    return life.written(life.outcome, None)


def ordinary(name: str, first: int, last: int) -> list[Life]:
    slots_of = SCHEDULES[name].slots_between(MONDAY + first * DAY, MONDAY + last * DAY)
    return [Life(slot, slot, slot + 6 * MINUTE) for slot in slots_of]


def fortnight() -> dict[str, list[Life]]:
    """Three ordinary weeks, then two in which everything happens that can."""

    def instead(lives: list[Life], *odd: Life, without: tuple[datetime, ...] = ()) -> list[Life]:
        gone = {life.slot for life in odd} | set(without)
        return [life for life in lives if life.slot not in gone] + list(odd)

    moods = instead(
        ordinary("moods", -21, 15),
        Life(on(1, "06:00"), on(1, "06:00"), on(1, "06:30"), silent_from=on(1, "06:03")),  # killed
        Life(on(3, "06:00"), on(3, "11:00"), on(3, "11:06")),  # late, within its grace
        Life(on(6, "06:00"), on(6, "19:00"), on(6, "19:00"), "skipped_late"),
        Life(on(4, "06:10"), on(4, "06:10"), on(4, "06:16"), trigger="manual"),  # doubled by hand
    )
    scraper = instead(
        ordinary("scraper", -21, 15),
        Life(on(2, "07:00"), on(2, "07:00"), on(2, "07:06"), "zero_work"),
        Life(on(4, "07:00"), on(4, "07:00") - timedelta(milliseconds=40), on(4, "07:06")),  # early
        Life(on(5, "07:00"), on(5, "07:00"), on(5, "09:30")),  # too long
        Life(on(11, "07:00"), on(11, "07:00"), on(11, "07:02"), "failed"),
        Life(on(11, "21:00"), on(11, "21:00"), on(11, "21:06"), trigger="manual"),
    )
    digest = instead(
        ordinary("digest", -21, 15),
        Life(on(0, "11:20"), on(0, "11:20"), on(0, "11:30"), trigger="manual", window="2026-W48"),
        Life(on(7, "09:00"), on(7, "09:40"), on(7, "09:40"), "skipped_late"),
        without=(on(0, "09:00"),),  # missed
    )
    return {"digest": digest, "moods": moods, "scraper": scraper}


EXPECTED = [
    (on(0, "10:05"), "A6.digest", "fired"),  # more than an hour after Monday, 09:00
    (on(0, "11:30"), "A6.digest", "resolved"),  # run by hand for its week
    (on(1, "06:20"), "A8.moods", "fired"),  # killed at 06:03, silent for more than 15 minutes
    (on(1, "18:10"), "A7.moods", "fired"),  # 36 h after the success of day 0, 06:06
    (on(2, "06:10"), "A7.moods", "resolved"),
    (on(2, "06:10"), "A8.moods", "resolved"),
    (on(2, "07:10"), "A8.scraper", "fired"),  # zero work
    (on(2, "19:10"), "A7.scraper", "fired"),
    (on(3, "07:10"), "A7.scraper", "resolved"),
    (on(3, "07:10"), "A8.scraper", "resolved"),
    (on(5, "09:05"), "A8.scraper", "fired"),  # beyond its two hours
    (on(5, "09:30"), "A8.scraper", "resolved"),
    (on(6, "18:10"), "A7.moods", "fired"),  # the platform's catch-up after it was refused as too late
    (on(7, "06:10"), "A7.moods", "resolved"),
    (on(7, "09:40"), "A6.digest", "fired"),  # skipped as too late: at once
    (on(9, "02:00"), "A12", "fired"),  # nobody had looked since 00:55
    (on(9, "02:05"), "A12", "resolved"),
    (on(11, "19:10"), "A7.scraper", "fired"),  # failed
    (on(11, "21:10"), "A7.scraper", "resolved"),  # run by hand
    (on(14, "09:10"), "A6.digest", "resolved"),  # the next Monday's; nothing was backfilled
]


@pytest.mark.slow
def test_two_weeks_of_odd_runs_tell_each_alert_at_its_minute_and_nothing_else() -> None:
    lives, watch = fortnight(), Watch(TIMER_RULES)
    at, last = on(0, "00:00"), on(0, "00:00") - TICK
    while at <= on(14, "12:00"):
        if not on(9, "00:55") < at < on(9, "02:00"):
            rows = {name: tuple(row for life in all_ if (row := life.row(at))) for name, all_ in lives.items()}
            timers = {name: Timer(plan(name), found) for name, found in rows.items()}
            watch.look(Facts(timers=timers, last_look=LastLook(last, DEPLOYED)), at)
            last = at
        at += TICK
    told = [(at, key, event.value) for at, key, event in watch.told if event is not Event.REMINDED]
    assert sorted(told) == EXPECTED
    reminders = [at for at, key, event in watch.told if key == "A6.digest" and event is Event.REMINDED]
    gaps = {later - earlier for earlier, later in pairwise(reminders)}
    assert gaps == {4 * HOUR, 4 * HOUR + 20 * MINUTE}  # the longer one is the hour in which nobody looked
    assert len(reminders) == 41


def slot_of(name: str, at: datetime, *rows: TimerRun) -> Any:
    return slots(Timer(plan(name), rows), since=at - 8 * DAY, at=at, thresholds=THRESHOLDS)[-1]


NINE = on(0, "09:00")


@pytest.mark.parametrize(
    ("rows", "minutes", "state"),
    [
        ([], 60, SlotState.WAITING),
        ([], 61, SlotState.MISSED),
        ([run(NINE)], 6, SlotState.DONE),
        ([run(NINE, "partial")], 6, SlotState.DONE),
        ([run(NINE, None, heartbeat=NINE + 50 * MINUTE)], 60, SlotState.RUNNING),
        ([run(NINE, None, heartbeat=NINE + 60 * MINUTE)], 61, SlotState.OVERDUE),
        ([run(NINE, None, heartbeat=NINE + 10 * MINUTE)], 26, SlotState.ABANDONED),
        ([run(NINE, "failed")], 6, SlotState.FAILED),
        ([run(NINE, "zero_work")], 6, SlotState.ZERO_WORK),
        ([run(NINE, "skipped_late", late=61, minutes=0)], 61, SlotState.SKIPPED_LATE),
        ([run(NINE, "failed"), run(NINE + HOUR, trigger="manual")], 90, SlotState.FAILED),  # names no slot
        ([run(NINE + 2 * HOUR, trigger="manual", parameters={"window": "2026-W48"})], 150, SlotState.DONE),
        ([run(NINE + 2 * HOUR, trigger="manual", parameters={"window": "2026-W47"})], 150, SlotState.MISSED),
        ([run(NINE, None, startedAt=None)], 5, SlotState.WAITING),  # taken, its first stage not begun
        ([run(NINE, None, startedAt=None)], 61, SlotState.MISSED),
    ],
)
def test_what_became_of_a_slot(rows: list[TimerRun], minutes: int, state: SlotState) -> None:
    assert slot_of("digest", NINE + minutes * MINUTE, *rows).state is state


def test_a_slot_knows_how_late_it_began_and_an_early_one_is_not_late() -> None:
    assert slot_of("moods", on(0, "12:00"), run(on(0, "06:00"), late=90)).lateness == 90 * MINUTE
    assert slot_of("moods", on(0, "12:00"), run(on(0, "06:00"), late=-0.001)).lateness == timedelta(0)
    assert slot_of("moods", on(0, "12:00")).lateness is None


def test_slots_before_the_deployment_are_not_missed() -> None:
    timer = Timer(plan("moods", deployed=on(-2, "07:00")))
    found = slots(timer, since=DEPLOYED, at=on(0, "12:00"), thresholds=THRESHOLDS)
    assert [(slot.slot.day, slot.state.value) for slot in found] == [(22, "missed"), (23, "missed")]
    assert missed(found) == found


def test_the_next_run_is_expected_never_before_the_deployment() -> None:
    assert expected_next(plan("digest"), on(0, "09:00")) == on(7, "09:00")
    assert expected_next(plan("digest"), on(0, "08:59")) == on(0, "09:00")
    assert expected_next(plan("moods", deployed=on(3, "06:30")), on(0, "01:00")) == on(4, "06:00")


@given(st.integers(0, 23), st.sampled_from([None, 0, 3, 6]), st.integers(0, 20_000))
def test_the_next_run_is_the_first_slot_after_now(hour: int, weekday: int | None, minutes: int) -> None:
    schedule, at = Schedule(hour, weekday), MONDAY + minutes * MINUTE
    made = plan("moods")
    following = expected_next(type(made)("any", schedule, HOUR, DEPLOYED), at)
    assert following > at
    assert schedule.slots_between(at, following) == [following]


def weekly(at: datetime, *rows: TimerRun, deployed: datetime = DEPLOYED) -> tuple[bool | None, str, str]:
    rule = next(one for one in RULES if one.key == "A6.digest")
    evaluation = rule.evaluate(Facts(timers={"digest": Timer(plan("digest", deployed=deployed), rows)}), at)
    return evaluation.holds, evaluation.severity.value, evaluation.text


LAST_WEEK = run(on(-7, "09:00"))


def test_a_missed_monday_says_that_nothing_is_backfilled_and_how_to_run_it() -> None:
    holds, severity, text = weekly(on(0, "10:01"), LAST_WEEK)
    assert (holds, severity) == (True, "page")
    assert text == (
        "slot 2026-11-23T09:00Z is missed, 61 min after it was due (fires after 60, at once when it was skipped as too late); "
        "not backfilled; run: POST /api/ops/run/digest?window=2026-W48"
    )
    assert weekly(on(0, "19:00"), LAST_WEEK)[:2] == (True, "ticket")
    assert weekly(on(5, "12:00"), LAST_WEEK)[:2] == (True, "ticket")


def test_a_running_digest_is_waited_for_and_a_failed_one_may_be_made_good_within_the_hour() -> None:
    running = run(NINE, None, late=30, heartbeat=on(0, "10:29"))
    assert weekly(on(0, "10:30"), LAST_WEEK, running)[0] is False
    assert weekly(on(0, "10:31"), LAST_WEEK, running)[0] is True
    assert weekly(on(0, "10:00"), LAST_WEEK, run(NINE, "failed"))[0] is False
    assert weekly(on(0, "10:01"), LAST_WEEK, run(NINE, "failed"))[0] is True


def test_a_new_app_has_missed_nothing() -> None:
    assert weekly(on(0, "12:00"), deployed=on(0, "09:01"))[0] is False
    assert weekly(on(6, "23:00"), deployed=on(0, "09:01"))[0] is False


@pytest.mark.parametrize(("minutes", "holds"), [(36 * 60, False), (36 * 60 + 1, True)])
def test_a_daily_timer_has_36_hours_from_its_last_success_or_from_its_deployment(minutes: int, holds: bool) -> None:
    rule = next(one for one in RULES if one.key == "A7.moods")
    rows = (run(on(0, "06:00"), minutes=6), run(on(1, "06:00"), "failed"), run(on(1, "06:30"), "zero_work"))
    timers = {"moods": Timer(plan("moods"), rows)}
    assert rule.evaluate(Facts(timers=timers), on(0, "06:06") + minutes * MINUTE).holds is holds
    new = {"moods": Timer(plan("moods", deployed=on(0, "03:00")), ())}
    assert rule.evaluate(Facts(timers=new), on(0, "03:00") + minutes * MINUTE).holds is holds
