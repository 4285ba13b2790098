"""Thirty days of a timer's slots as they are shown: what nobody can know is no miss, and what was made up for is late."""

from datetime import datetime, timedelta

import pytest

from agents.pauses.pause import MAX_KEPT, Pause, Pauses
from agents.watch.alerts.facts import Timer, TimerPlan, TimerRun
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.slot_history import ShownSlot, slot_history
from shared.clock import to_iso
from tests.unit.agents.watch.facts_of import MINUTE, MONDAY, RUNTIMES, SCHEDULES, plan, run

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AT = MONDAY + timedelta(hours=12)
NINE, SIX = MONDAY + 9 * HOUR, MONDAY + 6 * HOUR
LONG_AGO = MONDAY - 90 * DAY


def states(timer: Timer, at: datetime = AT, *, pauses_known: bool = True) -> dict[datetime, str]:
    found = slot_history(timer, at, AlertThresholds(), pauses_known=pauses_known)
    assert [one["slot"] for one in found] == sorted(one["slot"] for one in found)
    return {datetime.fromisoformat(one["slot"]): one["state"] for one in found}


def weekly(*runs: TimerRun, deployed: datetime = LONG_AGO, **more: datetime) -> Timer:
    return Timer(plan("digest", deployed=deployed), runs, **more)


def test_every_slot_of_thirty_days_is_there_whatever_became_of_it() -> None:
    assert list(states(weekly())) == [NINE - weeks * 7 * DAY for weeks in (4, 3, 2, 1, 0)]
    assert list(states(Timer(plan("moods", deployed=LONG_AGO)))) == [SIX - days * DAY for days in range(29, -1, -1)]


def test_a_monday_that_was_missed_three_weeks_ago_is_shown_as_missed() -> None:
    good = [run(NINE - weeks * 7 * DAY) for weeks in (4, 2, 1, 0)]
    assert list(states(weekly(*good)).values()) == ["done", "missed", "done", "done", "done"]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (run(NINE), "done"), (run(NINE, late=60), "done"), (run(NINE, late=61), "late"), (run(NINE, late=-1), "done"),
        (run(NINE + HOUR, trigger="manual", parameters={"window": "2026-W48"}), "late"),
        (run(NINE + HOUR, trigger="manual", parameters={"window": "2026-W47"}), "missed"),
        (run(NINE + HOUR, trigger="manual"), "missed"), (run(NINE, "failed"), "failed"),
        (run(NINE, "skipped_late", late=61), "skipped_late"), (run(NINE, "skipped_paused", startedAt=None), "paused"),
        (run(NINE, "zero_work"), "zero_work"), (run(NINE, None, heartbeat=NINE + MINUTE), "abandoned"),
        (run(NINE, None, late=170, heartbeat=AT), "running"), (run(NINE, None, heartbeat=AT), "overdue"),
    ],
)  # fmt: skip
def test_what_a_row_makes_of_its_slot(row: TimerRun, state: str) -> None:
    assert states(weekly(row))[NINE] == state


def test_a_day_that_was_run_by_hand_is_late_and_the_day_before_stays_missed() -> None:
    by_hand = run(SIX + 3 * HOUR, trigger="manual")
    found = states(Timer(plan("moods", deployed=LONG_AGO), (by_hand, run(SIX - DAY, "failed"))))
    assert (found[SIX], found[SIX - DAY], found[SIX - 2 * DAY]) == ("late", "failed", "missed")
    [shown] = [
        one
        for one in slot_history(Timer(plan("moods", deployed=LONG_AGO), (by_hand,)), AT, AlertThresholds(), pauses_known=True)
        if one["slot"] == to_iso(SIX)
    ]
    assert (shown["runId"], shown["latenessSeconds"]) == (by_hand.run_id, 3 * 3_600)


def test_what_was_before_the_deployment_is_unknown_unless_a_row_tells_of_it() -> None:
    timer = weekly(run(NINE - 21 * DAY, "failed"), deployed=NINE - 7 * DAY)
    assert list(states(timer).values()) == ["unknown", "failed", "unknown", "unknown", "missed"]
    assert states(weekly(deployed=NINE + MINUTE), at=NINE + 2 * MINUTE)[NINE] == "unknown"
    assert states(weekly(), at=NINE + 2 * MINUTE)[NINE] == "waiting"


def test_what_is_behind_the_rows_that_were_read_is_unknown() -> None:
    timer = weekly(run(NINE), rows_since=NINE - 8 * DAY)
    assert list(states(timer).values()) == ["unknown", "unknown", "unknown", "missed", "done"]


def test_a_slot_of_a_pause_is_paused_and_nobody_says_missed_while_the_pauses_cannot_be_read() -> None:
    away = TimerPlan("digest", SCHEDULES["digest"], RUNTIMES["digest"], LONG_AGO, pauses=((NINE - 15 * DAY, NINE - 13 * DAY),))
    assert list(states(Timer(away, (run(NINE),))).values()) == ["missed", "missed", "paused", "missed", "done"]
    assert set(states(weekly(run(NINE)), pauses_known=False).values()) == {"unknown", "done"}


def test_the_answer_has_a_word_for_whatever_the_rules_tell_apart() -> None:
    assert {one.value for one in ShownSlot} == {
        "done", "late", "waiting", "running", "overdue", "missed", "skipped_late", "failed", "zero_work", "abandoned",
        "paused", "unknown",
    }  # fmt: skip


def test_a_pause_is_remembered_for_as_long_as_its_slot_is_shown_and_no_other_drops_one_that_holds() -> None:
    old = Pause("timer", "digest", AT - 31 * DAY, AT - 30 * DAY, "ada", "x", settled=True)
    holds = Pause("queue", "jobs", AT - 40 * DAY, AT + DAY, "ada", "x")
    short = [Pause("queue", "other", AT - HOUR, AT - MINUTE, "bot", str(n), settled=True) for n in range(MAX_KEPT)]
    kept = Pauses.from_document(Pauses((old, holds)).to_document(AT))
    assert kept.all == (old, holds)
    crowded = Pauses.from_document(Pauses((old, holds, *short)).to_document(AT)).all
    assert crowded == (holds, *short)
