"""One job retried now, before the time at which it would come back by itself, or what would come of it.

Reads and writes: the job. Sends: its kind's queue.
The job becomes due and remembers who asked; then its message is sent. No attempt is given or taken: the next one begins
earlier, that is all. The message that would have woken the job still waits in the queue: it meets a job that has completed,
or is leased, or is not due, and a claim tells each of these; so nothing runs twice at once and nothing is applied twice. A
crash between the two steps leaves a job that is due: the operation that comes to it again finds its own mark and sends.
Fails: `RetryableError` in an outage; the job's actions say how far it came.
"""

import logging
import math
from typing import Final

from agents.jobs.job import Job, JobStatus
from agents.jobs.kinds import AnyKind, JobKinds
from agents.jobs.listing import JobListing
from agents.replays.one_record import Handled, Orders
from agents.replays.progress import Fate
from shared.clock import Clock, to_iso
from shared.errors import SICK_DOCUMENT, ItemNotFound, PreconditionFailed
from shared.observe.log import log_event, scrub
from shared.queues.base import Queues
from shared.store.base import Document, Store
from shared.store.query import AllOf, Compare, Set
from shared.text import plural

logger = logging.getLogger(__name__)
DUE_STEPS: Final = (5, 15, 60)  # minutes
MAX_ACTIONS: Final = 20
WHY_NOT: Final = {
    JobStatus.QUEUED: "its first attempt waits for no time",
    JobStatus.IN_FLIGHT: "it runs now",
    JobStatus.COMPLETED: "it has completed",
    JobStatus.DEAD_LETTERED: "it is dead-lettered: replay its dead letter",
}


class Retrying:
    """Retries jobs of every kind, one at a time."""

    def __init__(self, *, store: Store, queues: Queues, clock: Clock, kinds: JobKinds) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kinds = kinds
        self._jobs = JobListing(store=store, kinds=kinds)

    def predict(self, job_id: str, job: Job | None) -> Handled:
        """Say what `carry_out` would do with a job as it was read; changes nothing."""
        try:
            refused = self._refused(job_id, job)
            return refused or Handled(job_id, "requeued", self._words(job))
        except SICK_DOCUMENT as error:
            return _sick(job_id, error)

    async def carry_out(self, job_id: str, orders: Orders) -> Handled:
        """Do it. One that cannot be read is its own problem."""
        try:
            return await self._carry_out(job_id, orders)
        except SICK_DOCUMENT as error:
            return _sick(job_id, error)

    async def _carry_out(self, job_id: str, orders: Orders) -> Handled:
        job = await self._jobs.find_any(job_id)
        before = mark_of(job, orders.operation_id)
        if job is not None and before is not None:  # the same operation was here before it died
            if job.status is JobStatus.FAILED and not _tried_since(job, before):
                await self._send(job)
            return Handled(job_id, "requeued")
        refused = self._refused(job_id, job)
        kind = self._kinds.of(job) if job else None
        if refused is not None or job is None or kind is None:
            return refused or Handled(job_id, "missing", "there is no such job")
        words = self._words(job)
        if not await self._due_now(job, kind, orders):
            return Handled(job_id, "skipped", "it changed meanwhile")
        await self._send(job)
        log_event(logger, "a job was retried by on-call", jobId=job_id, operationId=orders.operation_id)
        return Handled(job_id, "requeued", words)

    async def _due_now(self, job: Job, kind: AnyKind, orders: Orders) -> bool:
        now = to_iso(self._clock.now())
        mark: Document = {
            "at": now, "action": "retry", "actor": orders.actor, "reason": orders.reason, "operationId": orders.operation_id,
        }  # fmt: skip
        changes = [
            Set("nextAttemptAt", now), Set("updatedAt", now),
            Set("actions", [*(job.document.get("actions") or ()), mark][-MAX_ACTIONS:]),
        ]  # fmt: skip
        as_seen = AllOf((
            Compare("status", "=", JobStatus.FAILED), Compare("verdict", "=", None),
            Compare("generation", "=", job.generation), Compare("updatedAt", "=", job.updated_at),
        ))  # fmt: skip
        try:
            await self._store.patch(kind.container, job.job_id, job.job_id, changes, when=as_seen)
        except (PreconditionFailed, ItemNotFound):
            return False
        return True

    async def _send(self, job: Job) -> None:
        kind = self._kinds.of(job)
        if kind is not None:
            await self._queues.send(kind.queue, job.message())

    def _refused(self, job_id: str, job: Job | None) -> Handled | None:
        if job is None:
            return Handled(job_id, "missing", "there is no such job")
        if self._kinds.of(job) is None:
            return Handled(job_id, "invalid", f"this build knows no job of the kind {job.kind}")
        if job.status is not JobStatus.FAILED:
            return Handled(job_id, "skipped", WHY_NOT[job.status])
        if job.verdict is not None:
            return Handled(job_id, "skipped", "it is on its way to the dead letters: replay it there")
        return None

    def _words(self, job: Job | None) -> str:
        """Why it waits, and how long it would have."""
        if job is None:
            return ""
        minutes = (job.due - self._clock.now()).total_seconds() / 60
        state = "deferred" if job.deferred_since else "failed"
        reason = job.last_reason.value if job.last_reason else "unknown"
        return f"{state}: {reason}; {_due_words(minutes)}"

    async def fate(self, job_id: str, operation_id: str) -> Fate | None:
        """Return what became of a job that an operation retried; None while it is not known, or cannot be read."""
        try:
            job = await self._jobs.find(job_id)
            return _fate_of(job, mark_of(job, operation_id))
        except SICK_DOCUMENT:
            return None


def mark_of(job: Job | None, operation_id: str) -> Document | None:
    """Return what a job remembers of an operation."""
    actions = (job.document.get("actions") or ()) if job else ()
    return next((one for one in actions if one.get("operationId") == operation_id), None)


def _tried_since(job: Job, mark: Document) -> bool:
    last = job.document.get("lastError") or {}
    return str(last.get("at") or "") > str(mark["at"])


def _fate_of(job: Job | None, mark: Document | None) -> Fate | None:
    if job is None or mark is None:
        return Fate.GONE
    if job.status is JobStatus.COMPLETED:
        return Fate.COMPLETED
    if job.status is JobStatus.DEAD_LETTERED or job.verdict is not None:
        return Fate.DIED_AGAIN
    return Fate.FAILED_AGAIN if job.status is JobStatus.FAILED and _tried_since(job, mark) else None


def _sick(job_id: str, error: Exception) -> Handled:
    return Handled(job_id, "invalid", f"its document cannot be read: {type(error).__name__}: {scrub(str(error))}")


def _due_words(minutes: float) -> str:
    """Say roughly when a job is due: those that are told alike make one line of a dry run, and not one a minute."""
    if minutes <= 0:
        return "due now"
    step = next((step for step in DUE_STEPS if minutes <= step), None)
    return f"due within {step} min" if step else f"due within {plural(math.ceil(minutes / 60), 'hour')}"
