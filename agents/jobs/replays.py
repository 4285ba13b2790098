"""Replay and purge of dead letters, asked for by on-call: validated, checked against the dependencies first, and audited.

Trigger: `POST /api/ops/replays`. Reads and writes: the dead letters, their jobs. Sends: the kind's queue.
Order of a replay: the job is queued again with its outbox flag set, the record is marked `replayed`, the message is sent,
the flag is cleared. A crash between any two is mended by the reconciler, and the signal's marker makes a second replay
harmless. The job counts its replays and its messages carry the count, so that a late copy of the death before cannot kill
the job again. A replayed job that dies again opens its record again, with what happened since. A purge keeps who, why and
when, and drops the payload.
Fails: `RetryableError` in an outage: what was done is in each record's history, the call can be made again.
"""

import asyncio
import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from agents.jobs.kinds import AnyKind, JobKinds
from agents.jobs.life import new_document
from agents.jobs.messages import QueuedJob, encode, message_of
from agents.jobs.record_ids import generation_of, partition_of
from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, DeferredError, ItemNotFound, PermanentError, PreconditionFailed, RetryableError
from shared.queues import Queues
from shared.store.base import Document, Item, Store
from shared.store.containers import DEAD_LETTERS, SERVICE_STATE
from shared.store.query import AllOf, Compare, Query, Set
from shared.telemetry import log_event

logger = logging.getLogger(__name__)
MAX_RECORDS: Final = 100
MAX_HISTORY: Final = 50
WAITING: Final = frozenset({"open", "replayed"})


class ReplayRequest(BaseModel):
    """What on-call asks for. `force` goes on although a dependency is down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["replay", "purge"]
    ids: Annotated[list[StrictStr], Field(min_length=1, max_length=MAX_RECORDS)]
    reason: Annotated[StrictStr, Field(min_length=3, max_length=500)]
    actor: Annotated[StrictStr, Field(min_length=1, max_length=100)]
    dry_run: StrictBool = Field(default=False, alias="dryRun")
    force: StrictBool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency: `problem` is empty when it is up."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one record, or would: requeued, resolved, purged, skipped, invalid, missing."""

    record_id: str
    outcome: str
    detail: str = ""


class Replays:
    """Replays and purges dead letters of every kind."""

    def __init__(self, *, store: Store, queues: Queues, clock: Clock, kinds: JobKinds) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kinds = kinds

    async def preflight(self) -> list[Check]:
        """Check what a replayed job will need: the store, its queue, and that the model is not suspended."""
        return [await self._check_store(), await self._check_queue(), await self._check_model()]

    async def run(self, request: ReplayRequest) -> list[Replayed]:
        """Do it, or with `dry_run` say what would be done."""
        return [await self._one(record_id, request) for record_id in dict.fromkeys(request.ids)]

    async def _one(self, record_id: str, request: ReplayRequest) -> Replayed:
        item = await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id))
        if item is None:
            return Replayed(record_id, "missing", "there is no such dead letter")
        if item.body["status"] not in WAITING:
            return Replayed(record_id, "skipped", f"it is {item.body['status']} already")
        if request.action == "purge":
            return await self._purge(item, request)
        return await self._replay(item, request)

    async def _purge(self, item: Item, request: ReplayRequest) -> Replayed:
        record = item.body
        if not request.dry_run:
            gone = [Set("payload", None), Set("rawPayload", None), Set("status", "purged"), *self._history(record, request)]
            try:
                await self._store.patch(DEAD_LETTERS.key, record["id"], record["jobId"], gone, if_match=item.etag)
            except PreconditionFailed:
                return Replayed(record["id"], "skipped", "it changed meanwhile")
            await self._free_job(record)
        return Replayed(record["id"], "purged", f"{record['payloadBytes']} bytes")

    async def _free_job(self, record: Document) -> None:
        """The same job, sent anew, is a new one from now on."""
        generation, kind = generation_of(record["id"]), self._kinds.of(record)
        if generation is None or kind is None:
            return
        dead = AllOf((Compare("status", "=", "dead_lettered"), Compare("generation", "=", generation)))
        try:
            await self._store.patch(kind.container, record["jobId"], record["jobId"], [Set("purged", value=True)], when=dead)
        except (PreconditionFailed, ItemNotFound):
            return

    async def _replay(self, item: Item, request: ReplayRequest) -> Replayed:
        record = item.body
        kind = self._kinds.of(record)
        if kind is None:
            return Replayed(record["id"], "invalid", f"this build knows no job of the kind {record['kind']}")
        try:
            message = kind.parse(base64.b64decode(record["rawPayload"]))
        except (PermanentError, DeferredError) as error:
            return Replayed(record["id"], "invalid", str(error))
        job = await self._store.find(kind.container, message.key, message.key)
        generation = self._generation(record, message, job)
        if job is not None and int(job.body["generation"]) == generation and job.body["status"] == "completed":
            if not request.dry_run:
                await self._mark(item, "resolved", request)
            return Replayed(record["id"], "resolved", "its job has completed already")
        if job is not None and int(job.body["generation"]) > generation:
            return Replayed(record["id"], "skipped", "a newer like of the same picture replaced this one")
        if not request.dry_run:
            queued = await self._queue_again(kind, message, generation, job)
            await self._mark(item, "replayed", request)
            await self._send(kind, queued)
        return Replayed(record["id"], "requeued")

    def _generation(self, record: Document, message: QueuedJob, job: Item | None) -> int:
        known = generation_of(record["id"])
        return (
            known or message.generation or (int(job.body["generation"]) if job else int(self._clock.now().timestamp() * 1000))
        )

    async def _queue_again(self, kind: AnyKind, message: QueuedJob, generation: int, job: Item | None) -> Document:
        """Return the job's document, queued anew with all its attempts; its outbox flag sends it should we die now."""
        now = self._clock.now()
        fields = kind.fields(message, to_iso(now))
        fresh = new_document(fields, job_id=message.key, generation=generation, at=now, outbox=True)
        fresh["replays"] = message.replays + 1
        if job is None:
            try:
                return (await self._store.create(kind.container, fresh)).body
            except AlreadyExists:
                return (await self._store.read(kind.container, message.key, message.key)).body
        if job.body["status"] != "dead_lettered":
            return job.body  # it runs, or waits, already: a message more does no harm
        try:
            return (await self._store.replace(kind.container, self._reset(job.body, fresh), if_match=job.etag)).body
        except (PreconditionFailed, ItemNotFound):
            return (await self._store.read(kind.container, message.key, message.key)).body

    def _reset(self, job: Document, fresh: Document) -> Document:
        """The attempts so far stay on the job as its history; what the model said is kept too."""
        kept = {name: job.get(name) for name in ("attempts", "analysis", "lastError", "createdAt", "deadLetterId")}
        return {**fresh, **kept, "replays": int(job.get("replays", 0)) + 1}

    async def _mark(self, item: Item, status: str, request: ReplayRequest) -> None:
        record = item.body
        changes = [Set("status", status), *self._history(record, request)]
        as_seen = AllOf((Compare("status", "=", record["status"]), Compare("replays", "=", record["replays"])))
        try:
            await self._store.patch(DEAD_LETTERS.key, record["id"], record["jobId"], changes, when=as_seen)
        except (PreconditionFailed, ItemNotFound):
            return  # settled meanwhile, or dead again already: both are the truth
        log_event(
            logger, "a dead letter was handled by on-call", deadLetterId=record["id"], action=request.action, status=status
        )

    def _history(self, record: Document, request: ReplayRequest) -> list[Set]:
        now = to_iso(self._clock.now())
        entry = {
            "at": now, "action": request.action, "actor": request.actor, "reason": request.reason, "before": record["status"],
            "forced": request.force,
        }  # fmt: skip
        return [Set("history", [*record.get("history", []), entry][-MAX_HISTORY:]), Set("updatedAt", now)]

    async def _send(self, kind: AnyKind, job: Document) -> None:
        await self._queues.send(kind.queue, encode(message_of(job)))
        try:
            done = [Set("outbox", value=False)]
            await self._store.patch(kind.container, job["id"], job["id"], done, when=Compare("outbox", "=", value=True))
        except (PreconditionFailed, ItemNotFound):
            return  # a worker was faster and cleared it with its claim

    async def _check_store(self) -> Check:
        try:
            mark = {"id": "preflight", "at": to_iso(self._clock.now())}
            await self._store.upsert(SERVICE_STATE.key, mark)
            await self._store.read(SERVICE_STATE.key, "preflight", "preflight")
        except RetryableError as error:
            return Check("store", error.reason.value)
        return Check("store", "")

    async def _check_queue(self) -> Check:
        try:
            await asyncio.gather(*(self._queues.depth(kind.queue) for kind in self._kinds))
        except RetryableError as error:
            return Check("queue", str(error))
        return Check("queue", "")

    async def _check_model(self) -> Check:
        """The breaker knows without a paid call; with the store down nothing is known."""
        now = to_iso(self._clock.now())
        still_open = AllOf((Compare("openUntil", ">", now),))
        try:
            found = (await self._store.page(SERVICE_STATE.key, Query(where=still_open))).documents
        except RetryableError:
            return Check("model", "unknown while the store is down")
        return Check("model", f"suspended until {found[0]['openUntil']}: {found[0]['reason']}" if found else "")


def down(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return what is down, as the endpoints show it."""
    return [{"dependency": check.name, "problem": check.problem} for check in checks if check.problem]
