"""Dead letters: persisted with their reason and their exact bytes, once, and never dropped from the queue unstored.

Trigger: each kind's dead-letter queue, and a sweeper for what that trigger might never see (some hosts skip a poison
message after five tries). Reads: the job's document. Writes: one record a job and generation (or a hash of the bytes),
the job's status.
Fails: with the store down the payload is sent again, without expiry and later each time; nothing here loses a message.

The platform's poison copy keeps the body alone and may come twice, so the record's id is made from the body, and the
reason comes from the job's document. A body that cannot be decoded is stored raw and stays in the queue, parked, until
on-call has settled its record.
"""

import base64
import contextlib
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agents.dead_letters.record import RAW, SETTLED, record_id_of
from agents.jobs.job import MAX_ATTEMPTS_KEPT
from agents.jobs.kinds import AnyKind
from agents.jobs.messages import QueuedJob, decode_object, trace_of
from shared import observe
from shared.clock import Clock, from_iso, to_iso
from shared.errors import (
    AlreadyExists,
    DeferredError,
    ItemNotFound,
    PermanentError,
    PreconditionFailed,
    Reason,
    RetryableError,
    StoreConflict,
)
from shared.observe import readable
from shared.observe.log import log_event, scrub
from shared.queues.base import Message, Queues
from shared.retry import Backoff
from shared.store.base import Document, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare, In, Set

logger = logging.getLogger(__name__)
PARK_MINIMUM_SECONDS: Final = 300.0
PARK_MAXIMUM_SECONDS: Final = 6 * 3_600.0
OUTAGE: Final = Backoff(60.0, 3_600.0, spread=0.25)


@dataclass(frozen=True, slots=True)
class Persisted:
    """What became of one dead letter. `parked_seconds` is set when its body was sent again to wait in the queue."""

    record_id: str
    reason: Reason
    status: str
    created: bool
    parked_seconds: float | None = None


class DeadLetters:
    """Persists the dead letters of one kind of job."""

    def __init__(self, *, store: Store, queues: Queues, clock: Clock, kind: AnyKind) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kind = kind
        self.queue = kind.dead_letter_queue
        self._outages = 0  # grows the delay while the store stays down; forgotten with the process

    async def persist(self, body: bytes) -> Persisted | None:
        """Persist one body; returning acknowledges its message. None: the store is down, the body was sent again.

        Raises `QueueUnavailable` when even that could not be done: the message stays with the host.
        """
        with observe.processing(self.queue, len(body), trace_of(body)):
            return await self._persist_or_wait(body)

    async def _persist_or_wait(self, body: bytes) -> Persisted | None:
        try:
            done = await self._persist(body)
        except (RetryableError, StoreConflict) as error:
            seconds = self._outage_delay()
            await self._queues.send(self.queue, body, delay_seconds=seconds)
            self._log_outage(error, seconds)
            return None
        self._outages = 0
        if done.parked_seconds is not None:
            await self._queues.send(self.queue, body, delay_seconds=done.parked_seconds)
        return done

    async def resolve(self, job_id: str, generation: int) -> None:
        """Settle the dead letter of a job that has finished after all; it may have none."""
        with contextlib.suppress(ItemNotFound):  # not stored yet: the persister will find the job completed
            await self._settle(record_id_of(job_id, generation), job_id, to_iso(self._clock.now()))

    async def sweep(self, *, limit: int = 320) -> list[Persisted]:
        """Take in what is visible in the queue: above all what the trigger cannot see. Persisting is idempotent.

        A message is acknowledged only after its record is stored and, where it has to stay, its copy was sent.
        """
        swept: list[Persisted] = []
        for _ in range(0, limit, 32):
            messages = await self._queues.receive(self.queue, limit=32, visibility_seconds=120)
            for message in messages:
                done = await self._sweep_one(message)
                if done is not None:
                    swept.append(done)
            if len(messages) < 32:  # noqa: PLR2004  (a short page is the last)
                break
        return swept

    async def _sweep_one(self, message: Message) -> Persisted | None:
        body = message.body
        if body is not None:
            done = await self.persist(body)
            await self._queues.delete(self.queue, message)
            return done
        raw = message.content.encode("utf-8", "surrogatepass")
        try:
            done = await self._persist_raw(raw, "the message is not base64")
        except (RetryableError, StoreConflict) as error:
            self._log_outage(error, 120)
            return None  # it is visible again when our two minutes end
        if done.parked_seconds is not None:
            await self._queues.send_raw(self.queue, message.content, delay_seconds=done.parked_seconds)
        await self._queues.delete(self.queue, message)
        return done

    async def _persist(self, body: bytes) -> Persisted:
        try:
            message = self._kind.parse(body)
        except DeferredError as error:
            return await self._persist_unreadable(body, Reason.DEPLOY_MISMATCH, str(error))
        except PermanentError as error:
            if error.reason is Reason.PAYLOAD_UNDECODABLE:
                return await self._persist_raw(body, str(error))
            return await self._persist_unreadable(body, error.reason, str(error))
        return await self._persist_job(body, message)

    async def _persist_raw(self, body: bytes, description: str) -> Persisted:
        """Store it, and let it stay in the queue until its record is settled; the wait grows with its age."""
        done = await self._persist_unreadable(body, Reason.PAYLOAD_UNDECODABLE, description)
        if done.status in SETTLED:
            return done
        item = await self._store.read(DEAD_LETTERS.key, done.record_id, done.record_id)
        age = (self._clock.now() - from_iso(item.body["createdAt"])).total_seconds()
        parked = min(PARK_MAXIMUM_SECONDS, max(PARK_MINIMUM_SECONDS, age))
        return Persisted(done.record_id, done.reason, done.status, done.created, parked)

    async def _persist_unreadable(self, body: bytes, reason: Reason, description: str) -> Persisted:
        record_id = f"{RAW}{hashlib.sha256(body).hexdigest()[:32]}"
        try:
            payload = decode_object(body)
        except PermanentError:
            payload = None
        record = self._record(record_id, record_id, body, payload, reason, description, [])
        return await self._create(record, reason)

    async def _persist_job(self, body: bytes, message: QueuedJob) -> Persisted:
        item = await self._store.find(self._kind.container, message.key, message.key)
        job = item.body if item else None
        generation = message.generation or (int(job["generation"]) if job else 1)
        reason, description = _why(job, generation, self._clock.now(), lazy=self._kind.lazy)
        attempts = (job or {}).get("attempts", [])[-MAX_ATTEMPTS_KEPT:]
        record = self._record(
            record_id_of(message.key, generation), message.key, body, message.body, reason, description, attempts
        )
        if job and int(job["generation"]) == generation and job["status"] == "completed":
            record["status"] = "resolved"  # the effect was stored: a late copy, nothing to do for anybody
        record["replays"] = message.replays
        done = await self._create(record, reason)
        late = job is not None and int(job.get("replays", 0)) > message.replays  # a copy of a death that was replayed since
        if late or (done.status in SETTLED and done.status != "replayed"):
            return done
        if not done.created and record["status"] == "open":
            await self._renew(record)
        return await self._mark_job(done, message, generation)

    async def _renew(self, record: Document) -> None:
        """A replayed job has died again: its record waits for on-call once more, and says what happened since. The count of
        replays tells such a death from another copy of the one before.
        """
        names = ("reason", "description", "fingerprint", "attempts", "updatedAt", "replays")
        changes = [Set("status", "open"), *(Set(name, record[name]) for name in names)]
        older = AllOf((In("status", ("open", "replayed")), Compare("replays", "<", record["replays"])))
        try:
            await self._store.patch(DEAD_LETTERS.key, record["id"], record["jobId"], changes, when=older)
        except (PreconditionFailed, ItemNotFound):
            return  # another copy, or on-call has settled it
        log_event(
            logger, "a replayed dead letter has died again", level=logging.ERROR, deadLetterId=record["id"],
            reason=record["reason"],
        )  # fmt: skip

    async def _mark_job(self, done: Persisted, message: QueuedJob, generation: int) -> Persisted:
        """Say on the job that its dead letter is stored; a job that has completed meanwhile settles the record instead."""
        job_id = message.key
        unfinished = AllOf((
            Compare("generation", "=", generation), Compare("replays", "<=", message.replays),
            Compare("status", "!=", "completed"),
        ))  # fmt: skip
        now = to_iso(self._clock.now())
        try:
            await self._store.patch(
                self._kind.container, job_id, job_id,
                [
                    Set("status", "dead_lettered"), Set("deadLetterId", done.record_id), Set("updatedAt", now),
                    Set("outbox", value=False),
                ],
                when=unfinished,
            )  # fmt: skip
        except ItemNotFound:
            return done
        except PreconditionFailed:
            item = await self._store.find(self._kind.container, job_id, job_id)
            if item and int(item.body["generation"]) == generation and item.body["status"] == "completed":
                await self._settle(done.record_id, job_id, now)
                return Persisted(done.record_id, done.reason, "resolved", done.created)
        return done

    async def _settle(self, record_id: str, job_id: str, now: str) -> None:
        await self._store.patch(DEAD_LETTERS.key, record_id, job_id, [Set("status", "resolved"), Set("updatedAt", now)])

    async def _create(self, record: Document, reason: Reason) -> Persisted:
        try:
            await self._store.create(DEAD_LETTERS.key, record)
        except AlreadyExists:
            observe.dead_letter_persisted("known")
            item = await self._store.read(DEAD_LETTERS.key, record["id"], record["jobId"])
            return Persisted(record["id"], Reason(item.body["reason"]), item.body["status"], created=False)
        observe.dead_letter_persisted("created")
        observe.dead_letter_stored(reason.value)
        log_event(
            logger, "a dead letter was stored", level=logging.ERROR, deadLetterId=record["id"], reason=reason.value,
            status=record["status"], fingerprint=record["fingerprint"],
        )  # fmt: skip
        return Persisted(record["id"], reason, record["status"], created=True)

    def _record(
        self, record_id: str, job_id: str, body: bytes, payload: dict[str, Any] | None, reason: Reason,
        description: str, attempts: list[Document],
    ) -> Document:  # fmt: skip
        now = to_iso(self._clock.now())
        description = scrub(description)
        last = attempts[-1].get("errorType", "") if attempts else ""
        trace = readable((payload or {}).get("traceparent")) or (attempts[-1].get("traceparent") if attempts else None)
        cause = f"{reason.value}|{last}|{''.join(c for c in description if not c.isdigit())}"
        return {
            "id": record_id, "jobId": job_id, "status": "open", "reason": reason.value, "description": description,
            "fingerprint": hashlib.sha256(cause.encode()).hexdigest()[:16], "attempts": attempts,
            "payload": payload, "rawPayload": base64.b64encode(body).decode(), "payloadBytes": len(body),
            "createdAt": now, "updatedAt": now, "sourceQueue": self.queue, "replays": 0, "kind": self._kind.name,
            "traceparent": trace,
        }  # fmt: skip

    def _outage_delay(self) -> float:
        self._outages += 1
        return OUTAGE.delay(self._outages, jitter=self._clock.uniform(0.0, 1.0))

    def _log_outage(self, error: Exception, seconds: float) -> None:
        observe.dead_letter_persisted("outage")
        log_event(
            logger, "a dead letter cannot be stored now, it stays in the queue", level=logging.CRITICAL,
            queue=self.queue, againInSeconds=round(seconds), cause=scrub(str(error)),
        )  # fmt: skip


def _why(job: Document | None, generation: int, now: datetime, *, lazy: bool) -> tuple[Reason, str]:
    """Why the job died, as its own document knows it. A job of a lazy kind has one unless it died before it could fail."""
    if job is None and lazy:
        return Reason.HOST_CRASH_SUSPECTED, "moved by the host, and no attempt lived to write down why"
    if job is None or int(job["generation"]) != generation:
        return Reason.UNKNOWN, "no document of this job tells why"
    verdict, last = job.get("verdict"), job.get("lastError")
    if verdict:
        return Reason(verdict["reason"]), str(verdict["description"])
    if job["status"] == "in_flight":
        expired = job["lease"]["expiresAt"] <= to_iso(now)
        words = "its lease has ended" if expired else "its lease still runs"
        return Reason.HOST_CRASH_SUSPECTED, f"moved by the host while in flight ({words}), {job['attempt']} attempts"
    if last:
        return Reason(last["reason"]), f"moved by the host after: {last['message']}"
    return Reason.UNKNOWN, "moved by the host before any attempt was recorded"
