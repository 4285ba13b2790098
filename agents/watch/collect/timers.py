"""The timers that are watched, and their rows in the ledger.

Reads: `TimerRuns`, those of the last month, some hundreds at most, and the last success. Fails: `RetryableError` in an outage.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from agents.pauses.pause import Pauses
from agents.runs.schedule import Schedule
from agents.watch.alerts.facts import Timer, TimerPlan, TimerRun
from agents.watch.alerts.slots import SUCCESS
from shared.clock import from_iso, to_iso
from shared.store.base import Document, Store
from shared.store.containers import RUNS
from shared.store.query import AllOf, Compare, Exists, In, Order, Query

ROWS_FOR: Final = timedelta(days=31)  # the slots that are shown
PAGE: Final = 100
MAX_PAGES: Final = 3
FIELDS: Final = (
    "id", "trigger", "plannedAt", "startedAt", "heartbeatAt", "finishedAt", "outcome", "parameters", "expected", "done"
)  # fmt: skip
WHOLE: Final = (Exists("parameters.userId", exists=False), Exists("parameters.sourceId", exists=False))  # not of one alone


@dataclass(frozen=True, slots=True)
class Rows:
    """A timer's rows, newest first; all that were planned since `since`, and perhaps one good run from before."""

    runs: tuple[TimerRun, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class WatchedTimer:
    """A timer as the watchdog judges it; see `TimerPlan`."""

    name: str
    schedule: Schedule
    max_runtime: timedelta
    quiet_runs: int = 0

    @property
    def weekly(self) -> bool:
        """Whether it is due once a week, else once a day."""
        return self.schedule.weekday is not None


async def read_rows(store: Store, watched: Iterable[WatchedTimer], at: datetime) -> dict[str, Rows]:
    """Return every timer's rows. Runs for one user or source alone are left out."""
    names = [timer.name for timer in watched]
    rows = await asyncio.gather(*(_rows(store, name, at) for name in names))
    return dict(zip(names, rows, strict=True))


def timers_of(
    watched: Iterable[WatchedTimer], rows: Mapping[str, Rows], since: Mapping[str, datetime], pauses: Pauses
) -> dict[str, Timer]:
    """Return every timer with its rows; `since`: when each was deployed."""
    return {
        timer.name: Timer(
            TimerPlan(
                timer.name, timer.schedule, timer.max_runtime, since[timer.name], quiet_runs=timer.quiet_runs,
                pauses=pauses.intervals("timer", timer.name),
            ),
            rows[timer.name].runs, rows[timer.name].since,
        )
        for timer in watched
    }  # fmt: skip


async def _rows(store: Store, timer: str, at: datetime) -> Rows:
    recent = Compare("plannedAt", ">=", to_iso(at - ROWS_FOR))
    newest = Order("plannedAt", descending=True)
    query, cursor = Query(where=AllOf((recent, *WHOLE)), order=newest, select=FIELDS, page_size=PAGE), None
    rows: list[Document] = []
    for _ in range(MAX_PAGES):
        page = await store.page(RUNS.key, query, partition=timer, cursor=cursor)
        rows += page.documents
        cursor = page.cursor
        if cursor is None:
            break
    since = at - ROWS_FOR if cursor is None or not rows else from_iso(rows[-1]["plannedAt"])
    if not any(row.get("outcome") in SUCCESS for row in rows):
        query = replace(query, where=AllOf((In("outcome", tuple(sorted(SUCCESS))), *WHOLE)), page_size=1)
        rows += (await store.page(RUNS.key, query, partition=timer)).documents
    return Rows(tuple(TimerRun.from_document(row) for row in rows), since)
