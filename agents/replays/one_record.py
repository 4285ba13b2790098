"""One dead letter replayed or purged, or what would come of it. An operation does this record by record; see `replays`.

Reads and writes: the dead letter, its job. Sends: the kind's queue.
Order of a replay: the job is queued again with its outbox flag set, the record is marked `replayed`, the message is sent,
the flag is cleared. A crash between any two is mended by the reconciler, or by the operation that comes to the record again
and finds its own mark; the signal's marker makes a second replay harmless. The job counts its replays and its messages carry
the count, so that a late copy of the death before cannot kill the job again. A replayed job that dies again opens its record
again, with what happened since. A purge keeps who, why, when and a hash of the bytes, and drops the payload.

A payload that was repaired, or that could not be read when it died, may belong to another job than the record. Then a job
that has completed already counts nothing more; one that is among the dead letters itself is left to its own record; else
that other job runs, under the record's generation, the record notes it as `replayedAs` and is settled when that job ends: as
it completes, or as it gets a dead letter of its own. The job of the broken payload is freed, as by a purge.
Fails: `RetryableError` in an outage; the record's history says how far it came.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from agents.dead_letters.history import noted
from agents.dead_letters.record import WAITING, DeadLetter, DeadLetterStatus, ReplayedAs, partition_of, record_id_of
from agents.dead_letters.taken_back import end_job, record_taken_back
from agents.jobs.job import Job, JobStatus, generation_at, new_document
from agents.jobs.kinds import AnyKind, JobKinds
from agents.jobs.messages import QueuedJob
from shared.clock import Clock, to_iso
from shared.errors import (
    SICK_DOCUMENT,
    AlreadyExists,
    DeferredError,
    ItemNotFound,
    PermanentError,
    PreconditionFailed,
    Reason,
    RetryableError,
)
from shared.observe.log import log_event, scrub
from shared.queues.base import Queues
from shared.store.base import Document, Item, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare, Set

logger = logging.getLogger(__name__)
Action = Literal["replay", "purge", "retry"]
ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Orders:
    """What on-call wants done, who, and why."""

    action: Action
    actor: str
    reason: str
    operation_id: str
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one record, or would: requeued, resolved, purged, skipped, invalid, missing, failed.

    `evidence`: what stays of a purged one.
    """

    record_id: str
    outcome: str
    detail: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Target:
    """The job that a record's payload stands for now. `other`: it is not the job that died."""

    kind: AnyKind
    message: QueuedJob
    generation: int
    job: Item | None
    other: bool


class Replaying:
    """Replays and purges dead letters of every kind, one at a time."""

    def __init__(self, *, store: Store, queues: Queues, clock: Clock, kinds: JobKinds) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kinds = kinds

    async def predict(self, record_id: str, action: Action) -> Handled:
        """Say what `carry_out` would do now; changes nothing."""
        item = await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id))
        return await self.predict_of(record_id, DeadLetter.of(item), action)

    async def predict_of(self, record_id: str, record: DeadLetter | None, action: Action) -> Handled:
        """As `predict`, of a record that was read already. One that cannot be read is its own problem."""
        try:
            return await self._predict_of(record_id, record, action)
        except SICK_DOCUMENT as error:
            return _sick(record_id, error)

    async def _predict_of(self, record_id: str, record: DeadLetter | None, action: Action) -> Handled:
        if record is None:
            return Handled(record_id, "missing", "there is no such dead letter")
        if record.status not in WAITING:
            return Handled(record_id, "skipped", f"it is {record.status} already")
        if action == "purge":
            return Handled(record_id, "purged", f"{record.size} bytes")
        found = await self._look(record)
        return found if isinstance(found, Handled) else Handled(record_id, "requeued", _words(found))

    async def carry_out(
        self, record_id: str, orders: Orders, *, version: str | None = None, canary: bool = False
    ) -> Handled:  # fmt: skip
        """Do it. `version`: a purge leaves alone what is no longer as it was seen. `canary`: the job has one attempt, so that
        a replay that has no hope is known to have none at once. One that cannot be read is its own problem.
        """
        for _ in range(ROUNDS):
            try:
                done = await self._carry_out(record_id, orders, version=version, canary=canary)
            except SICK_DOCUMENT as error:
                return _sick(record_id, error)
            if done is not None:
                return done
        raise RetryableError("the job of a dead letter keeps changing", reason=Reason.STORE_CONFLICT_EXHAUSTED)

    async def _carry_out(self, record_id: str, orders: Orders, *, version: str | None, canary: bool) -> Handled | None:
        item = await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id))
        if item is None:
            return Handled(record_id, "missing", "there is no such dead letter")
        record = DeadLetter(item.body)
        before = next((one for one in record.history if one.get("operationId") == orders.operation_id), None)
        if before is not None:
            return await self._again(record, before)
        if record.status not in WAITING:
            return Handled(record_id, "skipped", f"it is {record.status} already")
        if orders.action == "purge":
            return await self._purge(record, item.etag, orders, version)
        return await self._replay(record, orders, canary=canary)

    async def _again(self, record: DeadLetter, before: Document) -> Handled:
        """The same operation was here before it died: finish what it may have left."""
        if before["outcome"] == "purged":
            await self._free_job(record)
            return Handled(record.record_id, "purged", f"{record.size} bytes", record.tombstone())
        if before["outcome"] == "requeued" and record.status is DeadLetterStatus.REPLAYED:
            found = await self._look(record)
            if isinstance(found, _Target) and found.job is not None and Job(found.job.body).outbox:
                await self._send(found.kind, Job(found.job.body))
        return Handled(record.record_id, before["outcome"], before.get("detail", ""))

    async def _purge(self, record: DeadLetter, etag: str, orders: Orders, version: str | None) -> Handled:
        if version is not None and not record.is_at(version):
            return Handled(record.record_id, "skipped", "it changed since the dry run")
        detail = f"{record.size} bytes"
        gone = [
            Set("payload", None), Set("rawPayload", None), Set("status", DeadLetterStatus.PURGED),
            Set("sha256", hashlib.sha256(record.exact).hexdigest()), *self._history(record, orders, "purged", detail),
        ]  # fmt: skip
        if record.repairs:
            gone += [Set("repairedPayload", None), Set("repairs", [{**one, "patch": None} for one in record.repairs])]
        try:
            done = await self._store.patch(DEAD_LETTERS.key, record.record_id, record.job_id, gone, if_match=etag)
        except (PreconditionFailed, ItemNotFound):
            return Handled(record.record_id, "skipped", "it changed meanwhile")
        await self._free_job(record)
        self._log(record, orders, "purged")
        return Handled(record.record_id, "purged", detail, DeadLetter(done.body).tombstone())

    async def _free_job(self, record: DeadLetter) -> None:
        """The same job, sent anew, is a new one from now on: also one that is dying still, and not marked as dead yet."""
        generation, kind = record.generation, self._kinds.named(record.kind)
        if generation is None or kind is None:
            return
        dead = AllOf((
            Compare("status", "!=", JobStatus.COMPLETED), Compare("generation", "=", generation),
            Compare("replays", "<=", record.replays),
        ))  # fmt: skip
        try:
            await self._store.patch(kind.container, record.job_id, record.job_id, [Set("purged", value=True)], when=dead)
        except (PreconditionFailed, ItemNotFound):
            return

    async def _replay(self, record: DeadLetter, orders: Orders, *, canary: bool) -> Handled | None:
        """Returns None when the job has changed since it was looked at: nothing was done."""
        found = await self._look(record)
        if isinstance(found, Handled):
            if found.outcome == "resolved":  # first the job: who dies in between leaves what the reconciler finds
                await self._end_withdrawn(record)
                await self._mark(record, DeadLetterStatus.RESOLVED, orders, found)
            return found
        done = Handled(record.record_id, "requeued", _words(found))
        queued = await self._queue_again(found, record, canary=canary)
        if queued is None:
            return None
        if found.other:
            await self._free_job(record)
        await self._mark(record, DeadLetterStatus.REPLAYED, orders, done, found)
        await self._send(found.kind, queued)
        return done

    async def _end_withdrawn(self, record: DeadLetter) -> None:
        generation, kind = record.generation, self._kinds.named(record.kind)
        if generation is not None and kind is not None:
            await end_job(self._store, self._clock, kind.container, record.job_id, generation, None)

    async def _look(self, record: DeadLetter) -> Handled | _Target:
        """Which job would run? Changes nothing."""
        kind = self._kinds.named(record.kind)
        if kind is None:
            return Handled(record.record_id, "invalid", f"this build knows no job of the kind {record.kind}")
        try:
            message = kind.parse(record.body)
        except (PermanentError, DeferredError) as error:
            return Handled(record.record_id, "invalid", str(error))
        item = await self._store.find(kind.container, message.key, message.key)
        job = Job.of(item)
        if job is not None and not kind.is_about(job, kind.fields(message, to_iso(self._clock.now()))):
            return Handled(record.record_id, "invalid", "another job, about something else, has the same id")
        at = await record_taken_back(self._store, kind, record, job if message.key == record.job_id else None)
        if at is not None:
            return Handled(record.record_id, "resolved", f"withdrawn: the user has taken it back at {to_iso(at)}")
        if message.key != record.job_id:
            return self._look_elsewhere(record, kind, message, item)
        generation = record.generation or message.generation or self._generation_of(job)
        if job is not None and job.generation == generation and job.status is JobStatus.COMPLETED:
            return Handled(record.record_id, "resolved", "its job has completed already")
        if job is not None and job.generation > generation:
            return Handled(record.record_id, "skipped", "a newer job of the same id replaced this one")
        if job is not None and job.generation < generation and not (job.ended or job.withdrawn):
            return Handled(record.record_id, "skipped", "an older job of the same id is still in work")
        return _Target(kind, message, generation, item, other=False)

    def _look_elsewhere(self, record: DeadLetter, kind: AnyKind, message: QueuedJob, item: Item | None) -> Handled | _Target:
        """The payload stands for another job than the one that died; see the module."""
        job = Job.of(item)
        if job is None:
            generation = record.generation or message.generation or self._generation_of(None)
            return _Target(kind, message, generation, None, other=True)
        known = job.generation
        if job.status is JobStatus.COMPLETED:
            return Handled(record.record_id, "resolved", "the job of its payload has completed already")
        if job.status is not JobStatus.DEAD_LETTERED:
            return _Target(kind, message, known, item, other=True)
        if job.purged:
            return _Target(kind, message, generation_at(self._clock.now(), after=known), item, other=True)
        others = record_id_of(message.key, known)
        if record.replayed_as == ReplayedAs(message.key, known):
            return Handled(record.record_id, "resolved", f"replaced by the dead letter {others}")
        return Handled(record.record_id, "skipped", f"another dead letter is of that job: {others}")

    def _generation_of(self, job: Job | None) -> int:
        return job.generation if job else generation_at(self._clock.now())

    async def _queue_again(self, target: _Target, record: DeadLetter, *, canary: bool) -> Job | None:
        """Return the job's document, queued anew with all its attempts; its outbox flag sends it should we die now.

        None: it has changed since it was looked at.
        """
        kind, message, item = target.kind, target.message, target.job
        now = self._clock.now()
        fields = kind.fields(message, to_iso(now))
        fresh = new_document(fields, job_id=message.key, generation=target.generation, at=now, outbox=True)
        fresh["replays"] = message.replays + 1
        if canary:
            fresh["attempt"] = max(0, kind.policy.attempts - 1)  # the others are spent
        if item is None:
            try:
                return Job((await self._store.create(kind.container, fresh)).body)
            except AlreadyExists:
                return None
        job = Job(item.body)
        if job.generation < target.generation:
            anew = job.followed_by(fresh)
        elif job.status is JobStatus.DEAD_LETTERED or (not target.other and _is_dying(job, record)):
            anew = job.reset(fresh)
        else:
            return job  # it runs, or waits, already: a message more does no harm
        try:
            return Job((await self._store.replace(kind.container, anew, if_match=item.etag)).body)
        except (PreconditionFailed, ItemNotFound):
            return None

    async def _mark(
        self, record: DeadLetter, status: DeadLetterStatus, orders: Orders, done: Handled, target: _Target | None = None
    ) -> None:
        changes = [Set("status", status), *self._history(record, orders, done.outcome, done.detail)]
        if target is not None and target.other:
            changes.append(Set("replayedAs", ReplayedAs(target.message.key, target.generation).to_document()))
        as_seen = AllOf((Compare("status", "=", record.status), Compare("replays", "=", record.replays)))
        try:
            await self._store.patch(DEAD_LETTERS.key, record.record_id, record.job_id, changes, when=as_seen)
        except (PreconditionFailed, ItemNotFound):
            return  # settled meanwhile, or dead again already: both are the truth
        self._log(record, orders, status)

    def _history(self, record: DeadLetter, orders: Orders, outcome: str, detail: str) -> list[Set]:
        return noted(
            record, at=to_iso(self._clock.now()), action=orders.action, actor=orders.actor, reason=orders.reason,
            outcome=outcome, detail=detail, forced=orders.forced, operation_id=orders.operation_id,
        )  # fmt: skip

    async def _send(self, kind: AnyKind, job: Job) -> None:
        await self._queues.send(kind.queue, job.message())
        try:
            done = [Set("outbox", value=False)]
            same = AllOf((Compare("outbox", "=", value=True), Compare("generation", "=", job.generation)))
            await self._store.patch(kind.container, job.job_id, job.job_id, done, when=same)
        except (PreconditionFailed, ItemNotFound):
            return  # a worker was faster and cleared it with its claim

    def _log(self, record: DeadLetter, orders: Orders, status: str) -> None:
        log_event(
            logger, "a dead letter was handled by on-call", deadLetterId=record.record_id, action=orders.action, status=status,
            operationId=orders.operation_id,
        )  # fmt: skip


def _sick(record_id: str, error: Exception) -> Handled:
    return Handled(record_id, "invalid", f"its documents cannot be read: {type(error).__name__}: {scrub(str(error))}")


def _is_dying(job: Job, record: DeadLetter) -> bool:
    """Whether a job was not replayed since it died, though its status does not say yet that it did: the record is stored first.

    To be marked as dead after its replay would leave it without an open record.
    """
    return record.status is DeadLetterStatus.OPEN and job.replays <= record.replays


def _words(target: _Target) -> str:
    return f"as the job {target.message.key}" if target.other else ""
