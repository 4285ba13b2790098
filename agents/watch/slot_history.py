"""What became of a timer's slots of the last thirty days, as it is shown. Pure: computed from plan, rows and pauses on reading.

Rules ask whether somebody has to act, this tells what was: a slot of before the timer was known, or behind the rows that were
read, is `unknown` where no row tells of it, and never `missed`.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from agents.watch.alerts.facts import Timer
from agents.watch.alerts.slots import SUCCESS, Slot, SlotState, judged, missed
from agents.watch.alerts.thresholds import AlertThresholds
from shared.clock import to_iso

SHOWN_OVER: Final = timedelta(days=30)


class ShownSlot(StrEnum):
    """What became of a slot: as the rules have it, and what they need not tell apart."""

    DONE = "done"
    LATE = "late"  # it went well, by a run that began later than a slot may, or by one that somebody asked for in its stead
    WAITING = "waiting"
    RUNNING = "running"
    OVERDUE = "overdue"
    MISSED = "missed"
    SKIPPED_LATE = "skipped_late"
    FAILED = "failed"
    ZERO_WORK = "zero_work"
    ABANDONED = "abandoned"
    PAUSED = "paused"
    UNKNOWN = "unknown"


def slot_history(timer: Timer, at: datetime, thresholds: AlertThresholds, *, pauses_known: bool) -> list[dict[str, Any]]:
    """Return the slots of thirty days, oldest first. `pauses_known`: False where nobody can say what was paused."""
    schedule, found = timer.plan.schedule, []
    planned = schedule.slots_between(at - SHOWN_OVER, at)
    for slot, following in zip(planned, [*planned[1:], at + SHOWN_OVER], strict=True):
        one = judged(timer, slot, at, thresholds)
        state = _state(timer, one, thresholds)
        nobody_ran = state in {ShownSlot.WAITING, ShownSlot.MISSED}
        if nobody_ran and (slot <= timer.known_since or not (pauses_known or state is ShownSlot.WAITING)):
            state = ShownSlot.UNKNOWN
        instead = _made_up(timer, slot, following) if missed((one,)) and schedule.weekday is None else None
        if instead is not None:
            one, state = instead, ShownSlot.LATE
        late = one.lateness
        found.append({
            "slot": to_iso(slot), "state": state.value, "runId": one.run_id or None,
            "startedAt": to_iso(one.started_at) if one.started_at else None,
            "latenessSeconds": None if late is None else round(late.total_seconds(), 3),
        })  # fmt: skip
    return found


def _state(timer: Timer, slot: Slot, thresholds: AlertThresholds) -> ShownSlot:
    by_itself = any(run.run_id == slot.run_id and run.trigger == "timer" for run in timer.runs)
    late = slot.lateness is not None and slot.lateness > thresholds.slot_allowance
    if slot.state is SlotState.DONE and (late or not by_itself):
        return ShownSlot.LATE
    return ShownSlot(slot.state.value)


def _made_up(timer: Timer, slot: datetime, following: datetime) -> Slot | None:
    """Return the first success by hand of a daily timer between a slot and the next: the day had its work after all."""
    starts = sorted(
        (run.started_at, run.run_id)
        for run in timer.runs
        if run.outcome in SUCCESS and run.trigger != "timer" and run.started_at and slot <= run.started_at < following
    )
    return next((Slot(slot, SlotState.DONE, run_id, started) for started, run_id in starts), None)
