"""The reconciler: finds what a crash left behind and sets it going again. In steady state it finds nothing.

Trigger: a timer every ten minutes, and `POST /api/ops/reconcile?dryRun=true`. Reads: the jobs, and the dead letters that are
not settled. Sends: messages of jobs that nothing else would wake; a message too many does no harm, a missing one is a lost job.
Each repair is logged as a fact to explain.

Fails: one record's failure is its own, told with its repair, and the run goes on; only an outage, many failures in a row or a
page that cannot be read, ends it. A search ends after so many repairs or so many candidates, and the next run goes on where
it ended: a list whose head never moves hides nothing behind it.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from agents.dead_letters.record import WAITING, DeadLetter, DeadLetterStatus
from agents.dead_letters.taken_back import record_taken_back, settle
from agents.jobs.job import Job, JobStatus
from agents.jobs.kinds import AnyKind, JobKinds
from agents.pauses.book import PauseBook
from agents.pauses.pause import Pauses
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import SICK_DOCUMENT, ItemNotFound, PreconditionFailed, ProcessorError, RetryableError
from shared.observe.log import log_event, scrub
from shared.queues.base import Queues
from shared.store.base import Document, Page, Store
from shared.store.containers import DEAD_LETTERS, SERVICE_STATE
from shared.store.query import AllOf, Compare, Condition, In, Order, Query, Set

logger = logging.getLogger(__name__)
OUTBOX_SECONDS: Final = 60.0
LEASE_GRACE_SECONDS: Final = 900.0
OVERDUE_SECONDS: Final = 1_800.0
QUEUED_SECONDS: Final = 6 * 3_600.0
DEAD_SECONDS: Final = 86_400.0
MAX_REPAIRS: Final = 500  # of one search and run: the next run takes the rest
MAX_CANDIDATES: Final = 5_000
OUTAGE_FAILURES: Final = 5  # so many in a row are no record's own
BOOKMARKS: Final = "reconcile.bookmarks"


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing found: what kind, on which job. `done` is False in a dry run, when somebody was faster, and where it failed;
    `problem` says how.
    """

    kind: str
    job_id: str
    done: bool
    problem: str = ""


class Rescuer(Protocol):
    """Sends for work that nobody works on any more."""

    async def rescue(self, *, dry_run: bool = False) -> list[str]:
        """Return the ids of what was sent for, or would be."""


class ElsewhereSettler(Protocol):
    """Settles records whose payload ran as another job."""

    async def settle_elsewhere(self, record: DeadLetter) -> object:
        """Settle it once that job has ended."""


@dataclass(frozen=True, slots=True)
class Search:
    """One kind of thing to find: the candidates, and what says whether one needs mending, and mends it unless `dry_run`.

    Mending returns None for a candidate that needs none.
    """

    name: str
    container: str
    where: Condition
    order: str
    mend: Callable[[Document, bool], Awaitable[bool | None]]


class Reconciler:
    """Finds and mends; see the module."""

    def __init__(
        self, *, store: Store, queues: Queues, clock: Clock, kinds: JobKinds, fates: ElsewhereSettler, operations: Rescuer,
        book: PauseBook | None = None,
    ) -> None:  # fmt: skip
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kinds = kinds
        self._fates = fates
        self._operations = operations
        self._book = book or PauseBook(store=store, clock=clock)
        self._pauses = Pauses()

    async def run(self, *, dry_run: bool = False) -> list[Repair]:
        """Mend what is found; returns it all. Raises `RetryableError` in an outage: the next run goes on."""
        repairs: list[Repair] = []
        self._pauses = await self._book.read()
        try:
            for search in self._searches():
                async for repair in self._run(search, dry_run=dry_run):
                    repairs.append(repair)  # noqa: PERF401  (what was mended before an outage has to be told)
            repairs += [
                Repair("stalled_operation", one, done=not dry_run) for one in await self._operations.rescue(dry_run=dry_run)
            ]
        finally:
            observe.repaired([repair.kind for repair in repairs if repair.done])
            for repair in repairs:
                log_event(
                    logger, "the reconciler found something", level=logging.ERROR if repair.problem else logging.WARNING,
                    kind=repair.kind, jobId=repair.job_id, done=repair.done, dryRun=dry_run, problem=repair.problem or None,
                )  # fmt: skip
        return repairs

    def _searches(self) -> list[Search]:
        found = []
        recent = Compare("updatedAt", ">", self._before(DEAD_SECONDS))
        for container in self._kinds.containers:
            found += [Search(name, container, where, "updatedAt", self._wake) for name, where in self._unwoken()]
            dead = AllOf((Compare("status", "=", JobStatus.DEAD_LETTERED), recent))
            found.append(Search("dead_but_applied", container, dead, "updatedAt", self._resurrect))
        waiting = In("status", tuple(sorted(WAITING)))
        return [*found, Search("open_but_completed", DEAD_LETTERS.key, waiting, "createdAt", self._settle)]

    async def _run(self, search: Search, *, dry_run: bool) -> AsyncIterator[Repair]:
        """Go through the candidates, from where the last run ended; pages are by key, so that a repair hides none."""
        bookmark = f"{search.container}.{search.name}"
        cursor = None if dry_run else await self._bookmark(bookmark)
        begun = cursor
        repairs = candidates = failures = 0
        while True:
            page = await self._page(search, cursor)
            for document in page.documents:
                repair, error = await self._mend(search, document, dry_run=dry_run)
                failures = failures + 1 if isinstance(error, RetryableError) else 0
                if failures >= OUTAGE_FAILURES and error is not None:
                    raise error
                if repair is not None:
                    repairs += 1
                    yield repair
            candidates += len(page.documents)
            cursor = page.cursor
            if cursor is None or repairs >= MAX_REPAIRS or candidates >= MAX_CANDIDATES:
                break
        if not dry_run and cursor != begun:
            await self._remember(bookmark, cursor)

    async def _page(self, search: Search, cursor: str | None) -> Page:
        query = Query(where=search.where, order=Order(search.order))
        try:
            return await self._store.page(search.container, query, cursor=cursor)
        except ValueError:  # a bookmark of another build or store
            return await self._store.page(search.container, query)

    async def _mend(self, search: Search, document: Document, *, dry_run: bool) -> tuple[Repair | None, ProcessorError | None]:
        job_id = str(document.get("jobId") or document.get("id"))
        try:
            done = await search.mend(document, dry_run)
        except ProcessorError as error:
            return Repair(search.name, job_id, done=False, problem=scrub(f"{error.reason.value}: {error}")), error
        except SICK_DOCUMENT as error:
            return Repair(search.name, job_id, done=False, problem=scrub(f"{type(error).__name__}: {error}")), None
        return None if done is None else Repair(search.name, job_id, done=done), None

    def _unwoken(self) -> list[tuple[str, Condition]]:
        expired = Compare("lease.expiresAt", "<", self._before(LEASE_GRACE_SECONDS))
        overdue = Compare("nextAttemptAt", "<", self._before(OVERDUE_SECONDS))
        return [
            ("unsent", AllOf((Compare("outbox", "=", value=True), self._quiet_for(OUTBOX_SECONDS)))),
            ("lease_expired", AllOf((
                Compare("status", "=", JobStatus.IN_FLIGHT), expired, self._quiet_for(LEASE_GRACE_SECONDS),
            ))),
            ("overdue", AllOf((Compare("status", "=", JobStatus.FAILED), overdue, self._quiet_for(OVERDUE_SECONDS)))),
            ("queued_too_long", AllOf((Compare("status", "=", JobStatus.QUEUED), self._quiet_for(QUEUED_SECONDS)))),
        ]  # fmt: skip

    def _quiet_for(self, seconds: float) -> Compare:
        return Compare("updatedAt", "<", self._before(seconds))

    def _before(self, seconds: float) -> str:
        return to_iso(self._clock.now() - timedelta(seconds=seconds))

    async def _wake(self, document: Document, dry_run: bool) -> bool | None:  # noqa: FBT001  (a callback's)
        """Send first, then note it: a crash between sends once more, never not at all."""
        job = Job(document)
        kind = self._kinds.of(job)
        if kind is None:
            return None  # a newer build's kind is that build's to wake
        if self._is_held(job, kind):
            return None  # its message waits with the others
        if dry_run:
            return False
        await self._queues.send(kind.dead_letter_queue if job.verdict else kind.queue, job.message())
        return await self._note(kind.container, job.job_id, job.job_id, [Set("outbox", value=False)], job.updated_at)

    def _is_held(self, job: Job, kind: AnyKind) -> bool:
        """Whether a job is late because its queue is, or was a short while ago, paused; one that was never sent is not."""
        seconds = QUEUED_SECONDS if job.status is JobStatus.QUEUED else OVERDUE_SECONDS
        now = self._clock.now()
        held = self._pauses.held("queue", kind.queue, now - timedelta(seconds=seconds), now)
        return bool(held) and not job.outbox and job.verdict is None

    async def _note(self, container: str, item_id: str, partition: str, changes: list[Set], seen: str) -> bool:
        now = Set("updatedAt", to_iso(self._clock.now()))
        try:
            await self._store.patch(container, item_id, partition, [*changes, now], when=Compare("updatedAt", "=", seen))
        except (PreconditionFailed, ItemNotFound):
            return False  # it moved by itself meanwhile
        return True

    async def _resurrect(self, document: Document, dry_run: bool) -> bool | None:  # noqa: FBT001  (a callback's)
        """A dead job whose effect is stored is completed."""
        job = Job(document)
        kind = self._kinds.of(job)
        marker = kind.marker(document) if kind else None
        if kind is None or marker is None:
            return None
        if await self._store.find(marker.container, marker.item_id, marker.partition) is None:
            return None
        now = to_iso(self._clock.now())
        done = [Set("status", JobStatus.COMPLETED), Set("lastCompletedAt", now), Set("verdict", None)]
        return not dry_run and await self._note(kind.container, job.job_id, job.job_id, done, job.updated_at)

    async def _settle(self, document: Document, dry_run: bool) -> bool | None:  # noqa: FBT001  (a callback's)
        """A dead letter whose job has completed is resolved, and one of what was taken back."""
        record = DeadLetter(document)
        kind = self._kinds.named(record.kind)
        if kind is not None:
            job = None if record.raw else Job.of(await self._store.find(kind.container, record.job_id, record.job_id))
            if job is not None and job.status is JobStatus.COMPLETED and job.generation == record.generation:
                done = [Set("status", DeadLetterStatus.RESOLVED)]
                return not dry_run and await self._note(
                    DEAD_LETTERS.key, record.record_id, record.job_id, done, record.updated_at
                )  # fmt: skip
            at = await record_taken_back(self._store, kind, record, job)
            if at is not None:
                if not dry_run:
                    await settle(self._store, self._clock, kind.container, record.record_id, record.job_id, at)
                return not dry_run
        if record.replayed_as is not None and not dry_run:
            await self._fates.settle_elsewhere(record)  # the usual end of a repaired payload, nothing to explain
        return None

    async def _bookmark(self, name: str) -> str | None:
        item = await self._store.find(SERVICE_STATE.key, f"{BOOKMARKS}.{name}", f"{BOOKMARKS}.{name}")
        return item.body["cursor"] if item else None

    async def _remember(self, name: str, cursor: str | None) -> None:
        """Keep where this run ended; None: it came to the end, and the next one begins anew."""
        await self._store.upsert(SERVICE_STATE.key, {"id": f"{BOOKMARKS}.{name}", "type": "bookmark", "cursor": cursor})
