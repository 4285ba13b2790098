"""One dead letter replayed or purged, or what would come of it. An operation does this record by record; see `replays`.

Reads and writes: the dead letter, its job. Sends: the kind's queue.
Order of a replay: the job is queued again with its outbox flag set, the record is marked `replayed`, the message is sent,
the flag is cleared. A crash between any two is mended by the reconciler, or by the operation that comes to the record again
and finds its own mark; the signal's marker makes a second replay harmless. The job counts its replays and its messages carry
the count, so that a late copy of the death before cannot kill the job again. A replayed job that dies again opens its record
again, with what happened since. A purge keeps who, why, when and a hash of the bytes, and drops the payload.

A payload that was repaired, or that could not be read when it died, may belong to another job than the record. Then a like
that has completed already counts nothing more; one that is among the dead letters itself is left to its own record; else
that other job runs, under the record's generation, the record notes it as `replayedAs` and is settled when that job ends: as
it completes, or as it gets a dead letter of its own. The job of the broken payload is freed, as by a purge.
Fails: `RetryableError` in an outage; the record's history says how far it came.
"""

import base64
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from agents.dead_letters.record import WAITING, generation_of, partition_of, payload_of, record_id_of, version_of
from agents.jobs.job import Job, generation_at, new_document
from agents.jobs.kinds import AnyKind, JobKinds
from agents.jobs.messages import QueuedJob
from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, DeferredError, ItemNotFound, PermanentError, PreconditionFailed
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.store.base import Document, Item, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare, Set

logger = logging.getLogger(__name__)
MAX_HISTORY: Final = 50
Action = Literal["replay", "purge"]


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
        return await self.predict_of(record_id, item.body if item else None, action)

    async def predict_of(self, record_id: str, record: Document | None, action: Action) -> Handled:
        """As `predict`, of a record that was read already."""
        if record is None:
            return Handled(record_id, "missing", "there is no such dead letter")
        if record["status"] not in WAITING:
            return Handled(record_id, "skipped", f"it is {record['status']} already")
        if action == "purge":
            return Handled(record_id, "purged", f"{record['payloadBytes']} bytes")
        found = await self._look(record)
        return found if isinstance(found, Handled) else Handled(record_id, "requeued", _words(found))

    async def carry_out(
        self, record_id: str, orders: Orders, *, version: str | None = None, canary: bool = False
    ) -> Handled:  # fmt: skip
        """Do it. `version`: a purge leaves alone what is no longer as it was seen. `canary`: the job has one attempt, so that
        a replay that has no hope is known to have none at once.
        """
        item = await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id))
        if item is None:
            return Handled(record_id, "missing", "there is no such dead letter")
        before = next((one for one in item.body.get("history", []) if one.get("operationId") == orders.operation_id), None)
        if before is not None:
            return await self._again(item.body, before)
        if item.body["status"] not in WAITING:
            return Handled(record_id, "skipped", f"it is {item.body['status']} already")
        if orders.action == "purge":
            return await self._purge(item, orders, version)
        return await self._replay(item, orders, canary=canary)

    async def _again(self, record: Document, before: Document) -> Handled:
        """The same operation was here before it died: finish what it may have left."""
        if before["outcome"] == "purged":
            await self._free_job(record)
            return Handled(record["id"], "purged", f"{record['payloadBytes']} bytes", _tombstone(record))
        if before["outcome"] == "requeued" and record["status"] == "replayed":
            found = await self._look(record)
            if isinstance(found, _Target) and found.job is not None and found.job.body.get("outbox"):
                await self._send(found.kind, found.job.body)
        return Handled(record["id"], before["outcome"], before.get("detail", ""))

    async def _purge(self, item: Item, orders: Orders, version: str | None) -> Handled:
        record = item.body
        if version is not None and version_of(record) != version:
            return Handled(record["id"], "skipped", "it changed since the dry run")
        raw = base64.b64decode(record["rawPayload"])
        detail = f"{record['payloadBytes']} bytes"
        gone = [
            Set("payload", None), Set("rawPayload", None), Set("status", "purged"),
            Set("sha256", hashlib.sha256(raw).hexdigest()), *self._history(record, orders, "purged", detail),
        ]  # fmt: skip
        if record.get("repairs"):
            gone += [Set("repairedPayload", None), Set("repairs", [{**one, "patch": None} for one in record["repairs"]])]
        try:
            done = await self._store.patch(DEAD_LETTERS.key, record["id"], record["jobId"], gone, if_match=item.etag)
        except (PreconditionFailed, ItemNotFound):
            return Handled(record["id"], "skipped", "it changed meanwhile")
        await self._free_job(record)
        self._log(record, orders, "purged")
        return Handled(record["id"], "purged", detail, _tombstone(done.body))

    async def _free_job(self, record: Document) -> None:
        """The same job, sent anew, is a new one from now on."""
        generation, kind = generation_of(record["id"]), self._kinds.named(record.get("kind"))
        if generation is None or kind is None:
            return
        dead = AllOf((Compare("status", "=", "dead_lettered"), Compare("generation", "=", generation)))
        try:
            await self._store.patch(kind.container, record["jobId"], record["jobId"], [Set("purged", value=True)], when=dead)
        except (PreconditionFailed, ItemNotFound):
            return

    async def _replay(self, item: Item, orders: Orders, *, canary: bool) -> Handled:
        record = item.body
        found = await self._look(record)
        if isinstance(found, Handled):
            if found.outcome == "resolved":
                await self._mark(item, "resolved", orders, found)
            return found
        done = Handled(record["id"], "requeued", _words(found))
        queued = await self._queue_again(found, canary=canary)
        if found.other:
            await self._free_job(record)
        await self._mark(item, "replayed", orders, done, found)
        await self._send(found.kind, queued)
        return done

    async def _look(self, record: Document) -> Handled | _Target:
        """Which job would run? Changes nothing."""
        kind = self._kinds.named(record.get("kind"))
        if kind is None:
            return Handled(record["id"], "invalid", f"this build knows no job of the kind {record['kind']}")
        try:
            message = kind.parse(payload_of(record))
        except (PermanentError, DeferredError) as error:
            return Handled(record["id"], "invalid", str(error))
        job = await self._store.find(kind.container, message.key, message.key)
        if message.key != record["jobId"]:
            return self._look_elsewhere(record, kind, message, job)
        generation = generation_of(record["id"]) or message.generation or self._generation_of(job)
        if job is not None and int(job.body["generation"]) == generation and job.body["status"] == "completed":
            return Handled(record["id"], "resolved", "its job has completed already")
        if job is not None and int(job.body["generation"]) > generation:
            return Handled(record["id"], "skipped", "a newer like of the same picture replaced this one")
        return _Target(kind, message, generation, job, other=False)

    def _look_elsewhere(self, record: Document, kind: AnyKind, message: QueuedJob, job: Item | None) -> Handled | _Target:
        """The payload stands for another job than the one that died; see the module."""
        if job is None:
            generation = generation_of(record["id"]) or message.generation or self._generation_of(None)
            return _Target(kind, message, generation, None, other=True)
        known = int(job.body["generation"])
        if job.body["status"] == "completed":
            return Handled(record["id"], "resolved", "the job of its payload has completed already")
        if job.body["status"] != "dead_lettered":
            return _Target(kind, message, known, job, other=True)
        if job.body.get("purged"):
            return _Target(kind, message, generation_at(self._clock.now(), after=known), job, other=True)
        if record.get("replayedAs") == {"jobId": message.key, "generation": known}:
            return Handled(record["id"], "resolved", f"replaced by the dead letter {record_id_of(message.key, known)}")
        return Handled(record["id"], "skipped", f"another dead letter is of that job: {record_id_of(message.key, known)}")

    def _generation_of(self, job: Item | None) -> int:
        return int(job.body["generation"]) if job else generation_at(self._clock.now())

    async def _queue_again(self, target: _Target, *, canary: bool) -> Document:
        """Return the job's document, queued anew with all its attempts; its outbox flag sends it should we die now."""
        kind, message, job = target.kind, target.message, target.job
        now = self._clock.now()
        fields = kind.fields(message, to_iso(now))
        fresh = new_document(fields, job_id=message.key, generation=target.generation, at=now, outbox=True)
        fresh["replays"] = message.replays + 1
        if canary:
            fresh["attempt"] = max(0, kind.policy.attempts - 1)  # the others are spent
        if job is None:
            try:
                return (await self._store.create(kind.container, fresh)).body
            except AlreadyExists:
                return (await self._store.read(kind.container, message.key, message.key)).body
        if job.body["status"] != "dead_lettered":
            return job.body  # it runs, or waits, already: a message more does no harm
        try:
            return (await self._store.replace(kind.container, Job(job.body).reset(fresh), if_match=job.etag)).body
        except (PreconditionFailed, ItemNotFound):
            return (await self._store.read(kind.container, message.key, message.key)).body

    async def _mark(self, item: Item, status: str, orders: Orders, done: Handled, target: _Target | None = None) -> None:
        record = item.body
        changes = [Set("status", status), *self._history(record, orders, done.outcome, done.detail)]
        if target is not None and target.other:
            changes.append(Set("replayedAs", {"jobId": target.message.key, "generation": target.generation}))
        as_seen = AllOf((Compare("status", "=", record["status"]), Compare("replays", "=", record["replays"])))
        try:
            await self._store.patch(DEAD_LETTERS.key, record["id"], record["jobId"], changes, when=as_seen)
        except (PreconditionFailed, ItemNotFound):
            return  # settled meanwhile, or dead again already: both are the truth
        self._log(record, orders, status)

    def _history(self, record: Document, orders: Orders, outcome: str, detail: str) -> list[Set]:
        now = to_iso(self._clock.now())
        entry = {
            "at": now, "action": orders.action, "actor": orders.actor, "reason": orders.reason, "before": record["status"],
            "forced": orders.forced, "operationId": orders.operation_id, "outcome": outcome, "detail": detail,
        }  # fmt: skip
        return [Set("history", [*record.get("history", []), entry][-MAX_HISTORY:]), Set("updatedAt", now)]

    async def _send(self, kind: AnyKind, job: Document) -> None:
        await self._queues.send(kind.queue, Job(job).message())
        try:
            done = [Set("outbox", value=False)]
            await self._store.patch(kind.container, job["id"], job["id"], done, when=Compare("outbox", "=", value=True))
        except (PreconditionFailed, ItemNotFound):
            return  # a worker was faster and cleared it with its claim

    def _log(self, record: Document, orders: Orders, status: str) -> None:
        log_event(
            logger, "a dead letter was handled by on-call", deadLetterId=record["id"], action=orders.action, status=status,
            operationId=orders.operation_id,
        )  # fmt: skip


def _words(target: _Target) -> str:
    return f"as the job {target.message.key}" if target.other else ""


def _tombstone(record: Document) -> dict[str, Any]:
    return {
        "jobId": record["jobId"], "kind": record.get("kind"), "reason": record["reason"], "sha256": record["sha256"],
        "payloadBytes": record["payloadBytes"],
    }  # fmt: skip
