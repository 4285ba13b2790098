"""Facts for tests: a healthy app, and timers made of rows as the ledger writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from agents.runs.schedule import Schedule
from agents.timers import LEDGERED
from agents.watch.alerts.catalogue import catalogue
from agents.watch.alerts.facts import (
    AgeSample,
    Attempts,
    DeadLetterCare,
    Facts,
    Ingress,
    Invariants,
    LastCount,
    LastLook,
    QueueAge,
    Spend,
    Timer,
    TimerPlan,
    TimerRun,
    Tries,
    Window,
)
from agents.watch.alerts.rule import Rule
from agents.watch.alerts.thresholds import AlertThresholds
from shared.clock import to_iso

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)  # of ISO week 48
DEPLOYED = MONDAY - timedelta(days=30)
MINUTE = timedelta(minutes=1)
SCHEDULES: Mapping[str, Schedule] = {one.name: one.schedule for one in LEDGERED}
RUNTIMES = {one.name: one.longest_run for one in LEDGERED}
QUEUE = "taste-analysis-jobs"
RULES = catalogue(AlertThresholds(), weekly=("digest",), daily=("moods", "scraper"), queues=(QUEUE,))


def rule(key: str) -> Rule:
    return next(one for one in RULES if one.key == key)


def plan(name: str, *, deployed: datetime = DEPLOYED, quiet_runs: int = 0) -> TimerPlan:
    return TimerPlan(name, SCHEDULES[name], RUNTIMES[name], deployed, quiet_runs)


def run(
    slot: datetime, outcome: str | None = "ok", *, minutes: float = 6, late: float = 0.0, trigger: str = "timer",
    heartbeat: datetime | None = None, **more: Any,
) -> TimerRun:  # fmt: skip
    """A row of the ledger, by way of its document. `outcome` None: it has not ended."""
    start = slot + timedelta(minutes=late)
    end = start + timedelta(minutes=minutes)
    return TimerRun.from_document({
        "id": f"{trigger}.{to_iso(slot)}", "timer": "any", "trigger": trigger, "plannedAt": to_iso(slot),
        "startedAt": to_iso(start), "heartbeatAt": to_iso(heartbeat or (end if outcome else start)),
        "finishedAt": to_iso(end) if outcome else None, "outcome": outcome, "expected": {}, "done": {}, **more,
    })  # fmt: skip


def healthy_runs(name: str, at: datetime) -> tuple[TimerRun, ...]:
    slots = SCHEDULES[name].slots_between(max(DEPLOYED, at - timedelta(days=20)), at)
    return tuple(ended(slot) if at >= slot + 6 * MINUTE else run(slot, None, heartbeat=at) for slot in slots)


@lru_cache
def ended(slot: datetime) -> TimerRun:
    """A run as most are, made once: a simulated month asks for it at every look."""
    return run(slot)


def healthy(at: datetime, **changed: Any) -> Facts:
    """All rules' facts of an app that is well at `at`."""
    found: dict[str, Any] = {
        "ingress": Ingress(Window(12, 0), Window(75, 0), Window(300, 1), Window(900, 4), Window(2_100, 9)),
        "attempts": Attempts(failed=1, total=7, recent=(Tries(5 * MINUTE, 0, 2), Tries(10 * MINUTE, 1, 4))),
        "care": DeadLetterCare(open_records=2, nearest_expiry=at + timedelta(days=40)),
        "timers": {name: Timer(plan(name), healthy_runs(name, at)) for name in SCHEDULES},
        "queues": {QUEUE: QueueAge(2 * MINUTE, (AgeSample(at - 30 * MINUTE, MINUTE),), dequeued=7, depth=1, oldest=2 * MINUTE)},
        "spend": Spend("calls", 180.0, tuple(300.0 + day for day in range(14)), projected=320.0),
        "invariants": Invariants(repairs_last_hour=1),
        "last_look": LastLook(at - 5 * MINUTE, DEPLOYED),
        "last_count": LastCount(at, DEPLOYED),
        "dependencies": (),
        "waiting": 1,
    }
    return Facts(**{**found, **changed})
