"""What became of a timer's slots, computed on reading from its plan and its rows: what nobody ran has no row to tell of it.

A slot that was missed is never run later by itself. It is settled by the timer's own run or by a manual one that names it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from agents.watch.alerts.facts import Timer, TimerPlan, TimerRun
from agents.watch.alerts.thresholds import AlertThresholds

SUCCESS: Final = frozenset({"ok", "partial"})
SKIPPED_PAUSED: Final = "skipped_paused"  # as the ledger has it
RECORDED: Final = frozenset({"skipped_late", "failed", "zero_work", "abandoned"})


class SlotState(StrEnum):
    """What became of one slot."""

    DONE = "done"
    WAITING = "waiting"  # not begun, and not yet late
    RUNNING = "running"  # begun, with a fresh heartbeat, within its time
    OVERDUE = "overdue"  # begun, with a fresh heartbeat, beyond its time
    MISSED = "missed"  # nobody ran it
    SKIPPED_LATE = "skipped_late"
    FAILED = "failed"
    ZERO_WORK = "zero_work"
    ABANDONED = "abandoned"
    PAUSED = "paused"  # on-call had paused the timer


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned run and what came of it. `run_id` is empty where nothing ran."""

    slot: datetime
    state: SlotState
    run_id: str = ""
    started_at: datetime | None = None

    @property
    def lateness(self) -> timedelta | None:
        """From plan to start, 0 for a start that was early; None without a start."""
        return max(timedelta(0), self.started_at - self.slot) if self.started_at else None


def slots(timer: Timer, *, since: datetime, at: datetime, thresholds: AlertThresholds) -> tuple[Slot, ...]:
    """Return the slots in (`since`, `at`], oldest first; those before the timer was deployed never were."""
    planned = timer.plan.schedule.slots_between(max(since, timer.known_since), at)
    return tuple(judged(timer, slot, at, thresholds) for slot in planned)


def judged(timer: Timer, slot: datetime, at: datetime, thresholds: AlertThresholds) -> Slot:
    """Return what became of one slot; that it `was` one is the caller's to know."""
    return _judge(timer.plan, slot, [run for run in timer.runs if run.is_of(slot)], at, thresholds)


def missed(found: Iterable[Slot]) -> tuple[Slot, ...]:
    """Return those that produced nothing and will not by themselves."""
    lost = {SlotState.MISSED, SlotState.SKIPPED_LATE, SlotState.FAILED, SlotState.ZERO_WORK, SlotState.ABANDONED}
    return tuple(slot for slot in found if slot.state in lost)


def expected_next(plan: TimerPlan, at: datetime) -> datetime:
    """Return the next slot after `at` in which the timer is meant to run: none of a pause."""
    start = max(at, plan.deployed_at)
    slots = plan.schedule.slots_between(start, start + timedelta(days=15))
    return next((slot for slot in slots if not plan.is_paused(slot)), slots[-1])


def is_alive(run: TimerRun, at: datetime, thresholds: AlertThresholds) -> bool:
    """Whether the run has begun, has not ended, and its heartbeat has been heard."""
    if run.outcome or run.started_at is None:
        return False
    return at - (run.heartbeat_at or run.started_at) <= thresholds.heartbeat_gone


def _judge(plan: TimerPlan, slot: datetime, rows: list[TimerRun], at: datetime, thresholds: AlertThresholds) -> Slot:
    rows = sorted(rows, key=lambda run: (run.started_at or run.planned_at, run.run_id))
    for run in rows:
        if run.outcome in SUCCESS:
            return Slot(slot, SlotState.DONE, run.run_id, run.started_at)
    for run in rows:
        if is_alive(run, at, thresholds) and run.started_at is not None:
            state = SlotState.RUNNING if at - run.started_at <= plan.max_runtime else SlotState.OVERDUE
            return Slot(slot, state, run.run_id, run.started_at)
    begun = [run for run in rows if run.started_at is not None or run.outcome]
    if begun:
        last = begun[-1]
        if last.outcome == SKIPPED_PAUSED:
            return Slot(slot, SlotState.PAUSED, last.run_id)
        state = SlotState(last.outcome) if last.outcome in RECORDED else SlotState.ABANDONED
        return Slot(slot, state, last.run_id, last.started_at)
    if plan.is_paused(slot):
        return Slot(slot, SlotState.PAUSED)
    return Slot(slot, SlotState.WAITING if at <= slot + thresholds.slot_allowance else SlotState.MISSED)


def last_success(timer: Timer) -> datetime | None:
    """Return when a timer's latest good run ended, None where it has none."""
    return max((run.finished_at for run in timer.runs if run.outcome in SUCCESS and run.finished_at), default=None)
