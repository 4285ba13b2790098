"""The run ledger: a document a run, whose creation is the lock. No slot of a timer ever runs twice.

A run is claimed by creating the document of its timer and planned slot, so two instances, a restart or the platform's
past-due catch-up meet "already exists". Too late is recorded as `skipped_late` and not run. While it runs, the document's
heartbeat moves; a run whose heartbeat has stopped is `abandoned`, and waits for the next slot. The ledger is written before
a failure is raised: the host must see it too. Runs in stages, which go on where they stopped, are in `agents.runs.stages`.

Reads and writes: `TimerRuns`. Fails: `RunFailedError` after a failed run was recorded; `RetryableError` when the ledger
cannot be written, and then nothing was begun.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from agents.runs.schedule import Schedule
from shared import observe
from shared.clock import Clock, from_iso, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, ProcessorError
from shared.observe.log import log_event, scrub
from shared.observe.metering import Spending, measure
from shared.retry import QuickRetry, quick_retry
from shared.store.base import Document, Page, Store
from shared.store.containers import RUNS
from shared.store.query import AllOf, Compare, Order, Query, Set
from shared.store.reading import every

logger = logging.getLogger(__name__)
HEARTBEAT_SECONDS: Final = 60.0
ABANDONED_SECONDS: Final = 900.0  # fifteen missed heartbeats
CLOSE: Final = QuickRetry(retries=5, base_seconds=1.0, maximum_seconds=15.0)  # work is done: try hard to say so


class RunOutcome(StrEnum):
    """How a run ended."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    ZERO_WORK = "zero_work"
    SKIPPED_LATE = "skipped_late"
    ABANDONED = "abandoned"
    SKIPPED_PAUSED = "skipped_paused"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to: counts by name of what was expected and done; `detail` is the timer's own. With an `error` the
    host is told as well, also of a run that was done in part.
    """

    outcome: RunOutcome
    expected: Mapping[str, int] = field(default_factory=dict)
    done: Mapping[str, int] = field(default_factory=dict)
    detail: Mapping[str, object] = field(default_factory=dict)
    error: str = ""


class RunFailedError(ProcessorError):
    """The run failed, or a part of it that matters, and the ledger says so already."""


Work = Callable[[], Awaitable[Report]]


class Ledger:
    """The runs of all timers; see the module."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run_slot(self, timer: str, schedule: Schedule, work: Work, *, grace: timedelta) -> Report | None:
        """Run the slot that is due, unless somebody did or does. None: there was nothing to run for us."""
        run_id = await self.open_slot(timer, schedule, grace=grace, started=True)
        return await self._run(run_id, timer, work) if run_id else None

    async def open_slot(self, timer: str, schedule: Schedule, *, grace: timedelta, started: bool) -> str | None:
        """Take the slot that is due and return its run's id. None: it has its run already, or it is too late for one.

        `started`: the run begins with this call; else it waits for a stage of work to take it.
        """
        now = self._clock.now()
        slot = schedule.slot_at(now)
        run_id = f"{timer}.{to_iso(slot)}"
        await self._close_abandoned(timer, now)
        late = max(0.0, (now - slot).total_seconds())
        document = self._document(run_id, timer, slot, "timer", started=now if started else None)
        document |= {"latenessSeconds": round(late, 3), "heartbeatAt": to_iso(now), "staged": not started}
        if late > grace.total_seconds():
            document |= {"outcome": RunOutcome.SKIPPED_LATE.value, "finishedAt": to_iso(now)}
        try:
            await self._store.create(RUNS.key, document)
        except AlreadyExists:
            log_event(logger, "the slot has its run already", run=run_id)
            return None
        observe.run_late(timer, late)
        if late > grace.total_seconds():
            observe.run_ended(timer, RunOutcome.SKIPPED_LATE.value, None, {})
            log_event(
                logger, "a timer came too late, its slot is left out", level=logging.WARNING, run=run_id, lateSeconds=late
            )
            return None
        return run_id

    async def skip(self, timer: str, slot: datetime, why: str) -> bool:
        """Write down that a slot is left out, because its timer was paused. False: it has its row already."""
        now = to_iso(self._clock.now())
        document = self._document(f"{timer}.{to_iso(slot)}", timer, slot, "timer", started=None)
        document |= {
            "outcome": RunOutcome.SKIPPED_PAUSED.value, "finishedAt": now, "heartbeatAt": now, "detail": {"paused": why},
        }  # fmt: skip
        try:
            await self._store.create(RUNS.key, document)
        except AlreadyExists:
            return False
        observe.run_ended(timer, RunOutcome.SKIPPED_PAUSED.value, None, {})
        log_event(logger, "a slot is left out: its timer was paused", level=logging.WARNING, run=document["id"])
        return True

    async def request(
        self, timer: str, actor: str, parameters: Mapping[str, str] | None = None, *, staged: bool = False
    ) -> str:
        """Note a manual run that is to be started; returns its id. `parameters`: what the timer's work is to do."""
        run_id = f"{timer}.manual.{self._clock.new_id()}"
        document = self._document(run_id, timer, self._clock.now(), "manual", started=None)
        document |= {"actor": actor, "parameters": dict(parameters or {}), "staged": staged}
        await self._store.create(RUNS.key, document)
        return run_id

    async def run_requested(self, timer: str, run_id: str, work: Work) -> Report | None:
        """Run a manual run once, however often its message comes. None: it was begun before."""
        now = to_iso(self._clock.now())
        begin = [Set("startedAt", now), Set("heartbeatAt", now)]
        try:
            await self._store.patch(RUNS.key, run_id, timer, begin, when=Compare("startedAt", "=", None))
        except (PreconditionFailed, ItemNotFound):
            await self._close_abandoned(timer, self._clock.now())
            return None
        return await self._run(run_id, timer, work)

    async def page(self, timer: str | None, *, limit: int, cursor: str | None) -> Page:
        """Return runs, newest first. Raises ValueError on a cursor that is not ours."""
        query = Query(order=Order("plannedAt", descending=True), page_size=limit)
        return await self._store.page(RUNS.key, query, partition=timer, cursor=cursor)

    async def find(self, timer: str, run_id: str) -> Document | None:
        """Return one run."""
        item = await self._store.find(RUNS.key, run_id, timer)
        return item.body if item else None

    async def _run(self, run_id: str, timer: str, work: Work) -> Report:
        async with self.heartbeat(run_id, timer):
            try:
                with measure() as usage:
                    report = await work()
            except ProcessorError as error:
                report = Report(RunOutcome.FAILED, error=f"{error.reason.value}: {error}")
            except Exception as error:  # a defect of ours must be in the ledger before the host hears of it
                failed = Report(RunOutcome.FAILED, error=f"{type(error).__name__}: {error}")
                await self.finish(run_id, timer, failed, used=usage.models)
                raise
        await self.finish(run_id, timer, report, used=usage.models)
        if report.error:
            raise RunFailedError(f"{run_id} {report.outcome.value}: {report.error}")
        return report

    async def finish(self, run_id: str, timer: str, report: Report, *, used: Spending | None = None) -> None:
        """Write down how a run ended, and what the models took for it. Raises `RetryableError` when that cannot be written
        after several tries.
        """
        now = to_iso(self._clock.now())
        end = [
            Set("outcome", report.outcome.value), Set("finishedAt", now), Set("heartbeatAt", now),
            Set("expected", dict(report.expected)), Set("done", dict(report.done)), Set("detail", dict(report.detail)),
            Set("error", scrub(report.error)), *([Set("modelUse", used)] if used else []),
        ]  # fmt: skip
        seconds = None
        with contextlib.suppress(ItemNotFound):
            row = await quick_retry(
                lambda: self._store.patch(RUNS.key, run_id, timer, end), policy=CLOSE, clock=self._clock
            )  # an abandoned run that ends after all says so
            started = row.body.get("startedAt")
            seconds = (from_iso(now) - from_iso(started)).total_seconds() if started else None
        observe.run_ended(timer, report.outcome.value, seconds, report.done)
        level = logging.ERROR if report.error else logging.INFO
        log_event(logger, f"run {report.outcome.value}", level=level, run=run_id, **report.done)

    @contextlib.asynccontextmanager
    async def heartbeat(self, run_id: str, timer: str) -> AsyncIterator[None]:
        """Move the run's heartbeat as long as the block lasts."""
        task = asyncio.create_task(self._beat(run_id, timer))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _beat(self, run_id: str, timer: str) -> None:
        while True:
            await self._clock.sleep(HEARTBEAT_SECONDS)
            with contextlib.suppress(ProcessorError):  # the next beat may get through; one error must not end them all
                await self._store.patch(RUNS.key, run_id, timer, [Set("heartbeatAt", to_iso(self._clock.now()))])

    async def _close_abandoned(self, timer: str, now: datetime) -> None:
        """Say of runs whose process is gone that they are."""
        before = to_iso(now - timedelta(seconds=ABANDONED_SECONDS))
        dead = AllOf((Compare("outcome", "=", None), Compare("heartbeatAt", "<", before)))
        for run in [row async for row in every(self._store, RUNS.key, Query(where=dead), partition=timer)]:
            if run.get("staged"):
                continue  # another process goes on with it
            end = [Set("outcome", RunOutcome.ABANDONED.value), Set("finishedAt", to_iso(now))]
            with contextlib.suppress(PreconditionFailed, ItemNotFound):
                await self._store.patch(RUNS.key, run["id"], timer, end, when=dead)
            observe.run_ended(timer, RunOutcome.ABANDONED.value, None, {})
            log_event(logger, "a run was abandoned by its process", level=logging.ERROR, run=run["id"])

    def _document(self, run_id: str, timer: str, planned: datetime, trigger: str, *, started: datetime | None) -> Document:
        at = to_iso(started) if started else None
        return {
            "id": run_id, "timer": timer, "trigger": trigger, "plannedAt": to_iso(planned), "startedAt": at,
            "heartbeatAt": at or to_iso(planned), "finishedAt": None, "latenessSeconds": 0.0, "outcome": None,
            "expected": {}, "done": {}, "detail": {}, "error": "", "parameters": {},
            "owner": "", "cursor": None, "staged": False,
        }  # fmt: skip
