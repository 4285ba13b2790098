"""Runs in stages: work that takes longer than one invocation may, goes on where it stopped, and survives its process.

The run's row in the ledger holds a cursor. A stage takes the row by compare-and-set, works for a few minutes, saves the
cursor as it goes, and lets the row go; the next stage is another message on the commands' queue. A stage whose heartbeat has
stopped may be taken over by anybody, and learns then that the last step before the cursor may have been done already.

Reads and writes: `TimerRuns`. Fails: `RunFailedError` after a failed run was recorded. An outage is waited out for an hour,
then the run has failed.
"""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from agents.runs.ledger import HEARTBEAT_SECONDS, Ledger, Report, RunFailedError, RunOutcome
from shared.clock import Clock, from_iso, to_iso
from shared.errors import SICK_DOCUMENT, ItemNotFound, PreconditionFailed, ProcessorError, RetryableError
from shared.observe.log import log_event
from shared.observe.metering import Spending, measure, summed
from shared.retry import Backoff
from shared.store.base import Document, Store
from shared.store.containers import RUNS
from shared.store.query import AllOf, AnyOf, Compare, PatchOperation, Query, Set
from shared.store.reading import every

logger = logging.getLogger(__name__)
STALE_SECONDS: Final = 3 * HEARTBEAT_SECONDS
PATIENCE: Final = timedelta(hours=1)
LOST_AFTER: Final = timedelta(hours=24)
OUTAGE: Final = Backoff(15.0, 600.0)


@dataclass(frozen=True, slots=True)
class Stage:
    """A run as a stage finds it. `cursor`: where to go on, None at the beginning; `done`: the counts so far; `resumed`: the
    stage before did not end well, so what follows the cursor may have been done in part.
    """

    run_id: str
    timer: str
    planned: datetime
    parameters: Mapping[str, str]
    cursor: str | None
    done: Mapping[str, int]
    resumed: bool


Save = Callable[[str, Mapping[str, int]], Awaitable[None]]


class StagedWork(Protocol):
    """Work in stages."""

    async def advance(self, stage: Stage, save: Save) -> Report | None:
        """Work on; `await save(cursor, done)` after each step. None: there is more to do, in another stage."""


class RunLostError(ProcessorError):
    """Another process has taken the run over: this one has to stop at once."""


@dataclass(frozen=True, slots=True)
class Next:
    """When the run wants its next stage, in seconds; None when it has ended."""

    seconds: float | None


class Stages:
    """Advances runs; see the module."""

    def __init__(self, *, ledger: Ledger, store: Store, clock: Clock) -> None:
        self._ledger = ledger
        self._store = store
        self._clock = clock

    async def advance(self, timer: str, run_id: str, work: StagedWork, *, tries: int = 0) -> Next:
        """Work on one stage of a run; `tries` counts the outages in a row. Raises `RunFailedError` when the run has failed,
        and `RetryableError` when the ledger cannot be read.
        """
        row = await self._ledger.find(timer, run_id)
        if row is None or row["outcome"] is not None:
            return Next(None)
        owner = self._clock.new_id()
        if not await self._take(row, owner):
            return Next(STALE_SECONDS)  # somebody works on it, or died a moment ago
        stage = Stage(
            run_id, timer, from_iso(row["plannedAt"]), row.get("parameters") or {}, row.get("cursor"), row["done"],
            resumed=row["startedAt"] is not None and not row.get("handedOver", False),
        )  # fmt: skip
        before: Spending = row.get("modelUse") or {}
        try:
            async with self._ledger.heartbeat(run_id, timer):
                with measure() as usage:
                    report = await work.advance(stage, self._saving(stage, owner))
        except RunLostError:
            log_event(logger, "a run was taken over", level=logging.WARNING, run=run_id)
            return Next(None)
        except RetryableError as error:
            return await self._wait_out(stage, owner, row, error, tries, summed(before, usage.models))
        except ProcessorError as error:
            report = Report(RunOutcome.FAILED, done=stage.done, error=f"{error.reason.value}: {error}")
        if report is None:
            await self._release(stage, owner, summed(before, usage.models), clean=True)
            return Next(0.0)
        await self._end(stage, report, summed(before, usage.models))
        return Next(None)

    async def waiting(self, timers: Mapping[str, object]) -> list[tuple[str, str]]:
        """Return (timer, run) of unfinished runs that nobody works on; one that waits for a day is given up."""
        found = []
        now = self._clock.now()
        quiet = AllOf(
            (Compare("outcome", "=", None), Compare("heartbeatAt", "<", to_iso(now - timedelta(seconds=STALE_SECONDS))))
        )
        for timer in timers:
            rows = [row async for row in every(self._store, RUNS.key, Query(where=quiet), partition=timer)]
            for row in rows:
                try:
                    if await self._wants_a_stage(timer, row, now):
                        found.append((timer, row["id"]))
                except SICK_DOCUMENT as error:  # the others must not wait for this one
                    log_event(
                        logger, "a run cannot be read", level=logging.ERROR, run=row.get("id"), cause=type(error).__name__
                    )
        return found

    async def _wants_a_stage(self, timer: str, row: Document, now: datetime) -> bool:
        if now - from_iso(row["plannedAt"]) > LOST_AFTER:
            lost = Report(RunOutcome.ABANDONED, done=row["done"], error="it was not finished within a day")
            await self._ledger.finish(row["id"], timer, lost)
            return False
        return bool(row.get("staged"))

    async def _take(self, row: Document, owner: str) -> bool:
        now = self._clock.now()
        stale = to_iso(now - timedelta(seconds=STALE_SECONDS))
        free = AllOf((
            Compare("outcome", "=", None), AnyOf((Compare("owner", "=", ""), Compare("heartbeatAt", "<", stale))),
        ))  # fmt: skip
        begin: list[PatchOperation] = [
            Set("owner", owner), Set("heartbeatAt", to_iso(now)), Set("startedAt", row["startedAt"] or to_iso(now)),
            Set("handedOver", value=False),
        ]  # fmt: skip
        try:
            await self._store.patch(RUNS.key, row["id"], row["timer"], begin, when=free)
        except (PreconditionFailed, ItemNotFound):
            return False
        return True

    def _saving(self, stage: Stage, owner: str) -> Save:
        async def save(cursor: str, done: Mapping[str, int]) -> None:
            changes = [Set("cursor", cursor), Set("done", dict(done)), Set("heartbeatAt", to_iso(self._clock.now()))]
            await self._mine(stage, owner, changes)

        return save

    async def _mine(self, stage: Stage, owner: str, changes: list[Set]) -> None:
        """Write as the owner. A lost answer of a write that was applied shows as no conflict here: the owner is the same."""
        try:
            await self._store.patch(RUNS.key, stage.run_id, stage.timer, changes, when=Compare("owner", "=", owner))
        except (PreconditionFailed, ItemNotFound):
            raise RunLostError(stage.run_id) from None

    async def _release(self, stage: Stage, owner: str, used: Spending, *, clean: bool) -> None:
        changes = [Set("owner", ""), Set("handedOver", value=clean), *([Set("modelUse", used)] if used else [])]
        with contextlib.suppress(RunLostError):
            await self._mine(stage, owner, changes)

    async def _wait_out(
        self, stage: Stage, owner: str, row: Document, error: RetryableError, tries: int, used: Spending
    ) -> Next:  # fmt: skip
        if self._clock.now() - from_iso(row["startedAt"] or to_iso(self._clock.now())) > PATIENCE:
            await self._end(stage, Report(RunOutcome.FAILED, done=stage.done, error=f"{error.reason.value}: {error}"), used)
            return Next(None)
        with contextlib.suppress(RetryableError):
            await self._release(stage, owner, used, clean=False)  # else it is stale in three minutes
        pause = max(OUTAGE.delay(tries + 1), error.retry_after_seconds or 0.0)
        log_event(
            logger, "a run waits for a dependency", level=logging.WARNING, run=stage.run_id, reason=error.reason.value,
            againInSeconds=round(pause),
        )  # fmt: skip
        return Next(pause)

    async def _end(self, stage: Stage, report: Report, used: Spending) -> None:
        await self._ledger.finish(stage.run_id, stage.timer, report, used=used)
        if report.error:
            raise RunFailedError(f"{stage.run_id} {report.outcome.value}: {report.error}")
