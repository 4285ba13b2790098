"""The reconciler: finds what a crash left behind and sets it going again. In steady state it finds nothing.

Trigger: a timer every ten minutes, and `POST /api/ops/reconcile?dryRun=true`. Reads: the jobs and open dead letters.
Sends: messages of jobs that nothing else would wake; a message too many does no harm, a missing one is a lost like.
Each repair is logged as a fact to explain.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from agents.dead_letters.record import is_raw, record_id_of
from agents.jobs.job import Job
from agents.jobs.kinds import AnyKind, JobKinds
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import ItemNotFound, PreconditionFailed
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.store.base import Document, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare, Condition, In, Order, Query, Set

logger = logging.getLogger(__name__)
OUTBOX_SECONDS: Final = 60.0
LEASE_GRACE_SECONDS: Final = 900.0
OVERDUE_SECONDS: Final = 1_800.0
QUEUED_SECONDS: Final = 6 * 3_600.0
LIMIT: Final = 500  # repairs a run and kind: the next run takes the rest


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing found: what kind, on which job; `done` is False in a dry run or when somebody was faster."""

    kind: str
    job_id: str
    done: bool


class Rescuer(Protocol):
    """Sends for work that nobody works on any more."""

    async def rescue(self, *, dry_run: bool = False) -> list[str]:
        """Return the ids of what was sent for, or would be."""


class Fates(Protocol):
    """Settles records whose payload ran as another job."""

    async def settle_elsewhere(self, record: Document) -> object:
        """Settle it once that job has ended."""


class Reconciler:
    """Finds and mends; see the module."""

    def __init__(
        self, *, store: Store, queues: Queues, clock: Clock, kinds: JobKinds, fates: Fates, operations: Rescuer
    ) -> None:  # fmt: skip
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kinds = kinds
        self._fates = fates
        self._operations = operations

    async def run(self, *, dry_run: bool = False) -> list[Repair]:
        """Mend what is found; returns it all. Raises `RetryableError` in an outage: the next run goes on."""
        repairs = [repair async for repair in self._all(dry_run)]
        observe.repaired([repair.kind for repair in repairs if repair.done])
        for repair in repairs:
            log_event(
                logger, "the reconciler found something", level=logging.WARNING, kind=repair.kind,
                jobId=repair.job_id, done=repair.done, dryRun=dry_run,
            )  # fmt: skip
        return repairs

    async def _all(self, dry_run: bool) -> AsyncIterator[Repair]:  # noqa: FBT001  (private, forwarded)
        for container in self._kinds.containers:
            async for repair in self._of_jobs(container, dry_run):
                yield repair
        async for record in self._find(DEAD_LETTERS.key, In("status", ("open", "replayed"))):
            if await self._finished(record):
                yield Repair("open_but_completed", record["jobId"], done=not dry_run and await self._resolve(record))
            elif record.get("replayedAs") and not dry_run:
                await self._fates.settle_elsewhere(record)  # the usual end of a repaired payload, nothing to explain
        for operation_id in await self._operations.rescue(dry_run=dry_run):
            yield Repair("stalled_operation", operation_id, done=not dry_run)

    async def _of_jobs(self, container: str, dry_run: bool) -> AsyncIterator[Repair]:  # noqa: FBT001  (as above)
        for name, where in self._unwoken():
            async for job in self._find(container, where):
                kind = self._kinds.of(Job(job))
                if kind is not None:  # a newer build's kind is that build's to wake
                    yield Repair(name, job["jobId"], done=not dry_run and await self._wake(job, kind))
        recent = self._before(86_400.0)
        dead = AllOf((Compare("status", "=", "dead_lettered"), Compare("updatedAt", ">", recent)))
        async for job in self._find(container, dead):
            if await self._is_applied(job):
                yield Repair("dead_but_applied", job["jobId"], done=not dry_run and await self._resurrect(container, job))

    def _unwoken(self) -> list[tuple[str, Condition]]:
        return [
            ("unsent", AllOf((Compare("outbox", "=", value=True), self._quiet_for(OUTBOX_SECONDS)))),
            ("lease_expired", AllOf((
                Compare("status", "=", "in_flight"), Compare("lease.expiresAt", "<", self._before(LEASE_GRACE_SECONDS)),
                self._quiet_for(LEASE_GRACE_SECONDS),
            ))),
            ("overdue", AllOf((
                Compare("status", "=", "failed"), Compare("nextAttemptAt", "<", self._before(OVERDUE_SECONDS)),
                self._quiet_for(OVERDUE_SECONDS),
            ))),
            ("queued_too_long", AllOf((Compare("status", "=", "queued"), self._quiet_for(QUEUED_SECONDS)))),
        ]  # fmt: skip

    def _quiet_for(self, seconds: float) -> Compare:
        return Compare("updatedAt", "<", self._before(seconds))

    def _before(self, seconds: float) -> str:
        return to_iso(self._clock.now() - timedelta(seconds=seconds))

    async def _find(self, container: str, where: Condition) -> AsyncIterator[Document]:
        """Yield up to `LIMIT` documents; read before any is changed, since a repair moves them in the order."""
        found: list[Document] = []
        cursor = None
        field = "createdAt" if container == DEAD_LETTERS.key else "updatedAt"
        while len(found) < LIMIT:
            page = await self._store.page(container, Query(where=where, order=Order(field)), cursor=cursor)
            found.extend(page.documents)
            cursor = page.cursor
            if cursor is None:
                break
        for document in found[:LIMIT]:
            yield document

    async def _wake(self, job: Document, kind: AnyKind) -> bool:
        """Send first, then note it: a crash between sends once more, never not at all."""
        queue = kind.dead_letter_queue if job.get("verdict") else kind.queue
        await self._queues.send(queue, Job(job).message())
        return await self._note(kind.container, job["jobId"], job["jobId"], [Set("outbox", value=False)], job["updatedAt"])

    async def _note(self, container: str, item_id: str, partition: str, changes: list[Set], seen: str) -> bool:
        now = Set("updatedAt", to_iso(self._clock.now()))
        try:
            await self._store.patch(container, item_id, partition, [*changes, now], when=Compare("updatedAt", "=", seen))
        except (PreconditionFailed, ItemNotFound):
            return False  # it moved by itself meanwhile
        return True

    async def _is_applied(self, job: Document) -> bool:
        kind = self._kinds.of(Job(job))
        marker = kind.marker(job) if kind else None
        return marker is not None and await self._store.find(marker.container, marker.item_id, marker.partition) is not None

    async def _resurrect(self, container: str, job: Document) -> bool:
        done = [Set("status", "completed"), Set("lastCompletedAt", to_iso(self._clock.now())), Set("verdict", None)]
        return await self._note(container, job["jobId"], job["jobId"], done, job["updatedAt"])

    async def _finished(self, record: Document) -> bool:
        kind = self._kinds.named(record.get("kind"))
        if kind is None or is_raw(record["id"]):
            return False
        item = await self._store.find(kind.container, record["jobId"], record["jobId"])
        return (
            item is not None
            and item.body["status"] == "completed"
            and record_id_of(record["jobId"], item.body["generation"]) == record["id"]
        )

    async def _resolve(self, record: Document) -> bool:
        return await self._note(
            DEAD_LETTERS.key, record["id"], record["jobId"], [Set("status", "resolved")], record["updatedAt"]
        )
