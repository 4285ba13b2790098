"""Dead letters: persisted with their reason and their exact bytes, once, and never dropped from the queue unstored.

Trigger: each kind's dead-letter queue; `sweeper` brings what that trigger might never see. Reads: the job's document. Writes:
one record a job and generation (or a hash of the bytes), the job's status; nothing of a person who was erased since, and of
what was taken back since a record that waits for nobody.
Fails: with the store down the payload is sent again, without expiry and later each time; nothing here loses a message.

The platform's poison copy keeps the body alone and may come twice, so the record's id is made from the body, and the
reason comes from the job's document. A body that cannot be decoded is stored raw and stays in the queue, parked, until
on-call has settled its record.
"""

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from agents.dead_letters.death import Death, death_of, new_record
from agents.dead_letters.record import (
    MAX_DEATHS,
    SETTLED,
    WAITING,
    DeadLetter,
    DeadLetterStatus,
    raw_id_of,
    record_id_of,
)
from agents.dead_letters.taken_back import settle, taken_back
from agents.jobs.decide import asks_for_another
from agents.jobs.erased import PERSON_FIELDS, erased_since
from agents.jobs.job import EPOCH, Job, JobStatus, generation_at
from agents.jobs.kinds import AnyKind
from agents.jobs.messages import QueuedJob, decode_object, trace_of
from shared import observe
from shared.clock import Clock, from_iso, parse_time, to_iso
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
from shared.observe.log import log_event, scrub
from shared.queues.base import Queues
from shared.retry import Backoff
from shared.store.base import Document, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare, Exists, In, Increment, PatchOperation, Set

logger = logging.getLogger(__name__)
PARK_MINIMUM_SECONDS: Final = 300.0
PARK_MAXIMUM_SECONDS: Final = 6 * 3_600.0
PARK_SLACK_SECONDS: Final = 30.0  # the queue's clock and ours may differ: what comes this early is the copy that waited
PARKING_SECONDS: Final = 5.0  # from the record to its copy in the queue; who died in between comes again later than that
OUTAGE: Final = Backoff(60.0, 3_600.0, spread=0.25)


@dataclass(frozen=True, slots=True)
class Persisted:
    """What became of one dead letter. `parked_seconds` is set when its body has to wait in the queue; `deaths`: when its job
    had died before, of a record that stood.
    """

    record_id: str
    reason: Reason
    status: DeadLetterStatus
    created: bool
    parked_seconds: float | None = None
    deaths: tuple[Document, ...] = ()


class DeadLetters:
    """Persists the dead letters of one kind of job."""

    def __init__(self, *, store: Store, queues: Queues, clock: Clock, kind: AnyKind) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kind = kind
        self.queue = kind.dead_letter_queue
        self._outages = 0  # grows the delay while the store stays down; forgotten with the process

    async def persist(self, body: bytes, *, message_id: str = "") -> Persisted | None:
        """Persist one body; returning acknowledges its message. None: the store is down, the body was sent again.

        Raises `QueueUnavailable` when even that could not be done: the message stays with the host.
        """
        with observe.processing(self.queue, len(body), trace_of(body), message_id=message_id):
            try:
                done = await self._persist(body)
            except (RetryableError, StoreConflict) as error:
                self._outages += 1
                seconds = OUTAGE.delay(self._outages, jitter=self._clock.uniform(0.0, 1.0))
                await self._queues.send(self.queue, body, delay_seconds=seconds)
                self._log_outage(error, seconds)
                return None
            self._outages = 0
            if done.parked_seconds is not None:
                await self._queues.send(self.queue, body, delay_seconds=done.parked_seconds)
                await self._note_parked(done.record_id, done.parked_seconds - PARK_SLACK_SECONDS)
            return done

    async def resolve(self, job_id: str, generation: int) -> None:
        """Settle the dead letter of a job that has finished after all; it may have none."""
        with contextlib.suppress(ItemNotFound):  # not stored yet: the persister will find the job completed
            await self._settle(record_id_of(job_id, generation), job_id)

    async def _persist(self, body: bytes) -> Persisted:
        try:
            body = await self._queues.whole(body)
        except PermanentError as error:  # what the message stood for is gone
            return await self._persist_unreadable(body, Death(error.reason, str(error)))
        try:
            message = self._kind.parse(body)
        except DeferredError as error:
            return await self._persist_unreadable(body, Death(Reason.DEPLOY_MISMATCH, str(error)))
        except PermanentError as error:
            done = await self._persist_unreadable(body, Death(error.reason, str(error)))
            if error.reason is Reason.PAYLOAD_UNDECODABLE:
                return await self._parked(done)
            if not done.created:
                await self._repeated(done.record_id)
            return done
        return await self._persist_job(body, message)

    async def _parked(self, done: Persisted) -> Persisted:
        """Nobody can decode it: it stays in the queue until its record is settled; the wait grows with its age. One copy of it
        is enough there: whatever comes while one waits is another of the same bytes, and counted.
        """
        if done.status in SETTLED:
            return done
        item = await self._store.read(DEAD_LETTERS.key, done.record_id, done.record_id)
        record, now = DeadLetter(item.body), self._clock.now()
        if done.created:
            await self._note_parked(done.record_id, PARKING_SECONDS)
        elif record.parked_at(now):
            await self._repeated(done.record_id)
            return done
        age = (now - from_iso(record.created_at)).total_seconds()
        parked = min(PARK_MAXIMUM_SECONDS, max(PARK_MINIMUM_SECONDS, age))
        return Persisted(done.record_id, done.reason, done.status, done.created, parked)

    async def _note_parked(self, record_id: str, seconds: float) -> None:
        """Say until when a copy waits in the queue. Best effort: without it every copy is parked, and none is counted."""
        until = to_iso(self._clock.now() + timedelta(seconds=seconds))
        with contextlib.suppress(RetryableError, StoreConflict):
            await self._store.patch(
                DEAD_LETTERS.key, record_id, record_id, [Set("parkedUntil", until)], when=Exists("occurrences")
            )

    async def _repeated(self, record_id: str) -> None:
        """Count the same bytes once more. Best effort: a figure; after an answer that was lost it may be one too many."""
        more: list[PatchOperation] = [Increment("occurrences"), Set("lastSeenAt", to_iso(self._clock.now()))]
        with contextlib.suppress(RetryableError, StoreConflict):
            await self._store.patch(DEAD_LETTERS.key, record_id, record_id, more, when=Exists("occurrences"))

    async def _persist_unreadable(self, body: bytes, death: Death) -> Persisted:
        record_id = raw_id_of(body)
        try:
            payload = decode_object(body)
        except PermanentError:
            payload = None
        if payload is not None and await self._is_erased(payload):
            return _dropped(record_id, death)
        done = await self._create(self._record(record_id, record_id, body, payload, death))
        at = await self._taken_back(None, None, payload) if payload else None
        return await self._settle_taken_back(done, record_id, at) if at else done

    async def _is_erased(self, fields: Mapping[str, Any]) -> bool:
        """Whether somebody named here was erased since: then nothing of it may be stored. Of no known time is of now."""
        created = next((fields[name] for name in ("createdAt", "created_at") if fields.get(name)), to_iso(self._clock.now()))
        for name in PERSON_FIELDS:
            person = fields.get(name)
            if isinstance(person, str) and await erased_since(self._store, person, created):
                return True
        return False

    async def _persist_job(self, body: bytes, message: QueuedJob) -> Persisted:
        job = Job.of(await self._store.find(self._kind.container, message.key, message.key))
        if job is not None and not self._kind.is_about(job, self._kind.fields(message, to_iso(self._clock.now()))):
            return await self._persist_unreadable(body, Death(Reason.JOB_ID_COLLISION, "another job has the same id"))
        generation = message.generation or await self._generation_of_foreign(job, message)
        death = death_of(job, generation, self._clock.now(), lazy=self._kind.lazy)
        record_id = record_id_of(message.key, generation)
        if job is None and await self._is_erased(self._kind.fields(message, to_iso(self._clock.now()))):
            return _dropped(record_id, death)
        record = self._record(record_id, message.key, body, message.body, death, replays=message.replays)
        if job and job.generation == generation and job.status is JobStatus.COMPLETED:  # the effect was stored: a late copy
            record = DeadLetter({**record.document, "status": DeadLetterStatus.RESOLVED.value})
        done = await self._create(record)
        asked = job.document if job and job.generation == generation else message.body
        if record.status is DeadLetterStatus.OPEN and (at := await self._taken_back(job, generation, asked)):
            return await self._settle_taken_back(done, message.key, at)
        late = job is not None and job.replays > message.replays  # a copy of a death that was replayed since
        if late or done.status is DeadLetterStatus.RESOLVED:
            return done
        if not done.created and record.status is DeadLetterStatus.OPEN:
            await self._renew(record, done.deaths)
        return await self._mark_job(done, message, generation, asked)

    async def _renew(self, record: DeadLetter, deaths: tuple[Document, ...]) -> None:
        """A replayed job has died again: its record waits for on-call once more, and says what happened since. The count of
        replays tells such a death from another copy of the one before.
        """
        names = ("reason", "description", "fingerprint", "attempts", "updatedAt", "replays")
        changes = [Set("status", DeadLetterStatus.OPEN), *(Set(name, record.document[name]) for name in names)]
        changes.append(Set("deaths", [*deaths, *record.deaths][-MAX_DEATHS:]))
        waiting = In("status", (DeadLetterStatus.OPEN, DeadLetterStatus.REPLAYED))
        older = AllOf((waiting, Compare("replays", "<", record.replays)))
        try:
            await self._store.patch(DEAD_LETTERS.key, record.record_id, record.job_id, changes, when=older)
        except (PreconditionFailed, ItemNotFound):
            return  # another copy, or on-call has settled it
        log_event(
            logger, "a replayed dead letter has died again", level=logging.ERROR, deadLetterId=record.record_id,
            reason=record.reason.value,
        )  # fmt: skip

    async def _generation_of_foreign(self, job: Job | None, message: QueuedJob) -> int:
        """A producer knows no generations. A job that no claim has come to is that of when it was asked for.

        What was taken back before the job that stands was asked for is not that job: unless it has run that job in its
        message's stead, and given it the verdict whose dead letter nobody else would bring.
        """
        asked = parse_time(message.created_at) or EPOCH
        if job is None:
            return generation_at(asked)
        if message.created_at == job.created_at:
            return job.generation
        if await self._taken_back(None, None, message.body):
            return generation_at(asked) if job.verdict is None else job.generation
        known, now = await self._kind.as_taken_back(self._store, job), self._clock.now()
        if asks_for_another(known, message.created_at, at=now, policy=self._kind.policy):
            return generation_at(asked, after=job.generation)
        return job.generation

    async def _taken_back(self, job: Job | None, generation: int | None, asked: Mapping[str, Any]) -> datetime | None:
        """When it was taken back, if it was: of a like whose message nobody had seen yet nothing stands on its job."""
        at = job.withdrawn_at(generation) if job is not None else None
        return at or await taken_back(self._store, self._kind, None, generation, asked)

    async def _settle_taken_back(self, done: Persisted, job_id: str, at: datetime) -> Persisted:
        await settle(self._store, self._clock, self._kind.container, done.record_id, job_id, at)
        return replace(done, status=DeadLetterStatus.RESOLVED)

    async def _mark_job(
        self, done: Persisted, message: QueuedJob, generation: int, asked: Mapping[str, Any]
    ) -> Persisted:  # fmt: skip
        """Say on the job that its dead letter is stored, or purged by now.

        A job that has completed meanwhile settles the record instead, and one that was taken back as well.
        """
        job_id = message.key
        unfinished = AllOf((
            Compare("generation", "=", generation), Compare("replays", "<=", message.replays),
            Compare("status", "!=", JobStatus.COMPLETED),
        ))  # fmt: skip
        try:
            item = await self._store.patch(
                self._kind.container, job_id, job_id,
                [
                    Set("status", JobStatus.DEAD_LETTERED), Set("deadLetterId", done.record_id),
                    Set("updatedAt", to_iso(self._clock.now())), Set("outbox", value=False),
                    *([Set("purged", value=True)] if done.status is DeadLetterStatus.PURGED else ()),
                ],
                when=unfinished,
            )  # fmt: skip
        except ItemNotFound:
            return done
        except PreconditionFailed:
            job = Job.of(await self._store.find(self._kind.container, job_id, job_id))
            if job and job.generation == generation and job.status is JobStatus.COMPLETED:
                await self._settle(done.record_id, job_id)
                return replace(done, status=DeadLetterStatus.RESOLVED)
            at = await taken_back(self._store, self._kind, job, generation, asked)
        else:
            at = Job(item.body).withdrawn_at(generation)
        return await self._settle_taken_back(done, job_id, at) if at else done

    async def _settle(self, record_id: str, job_id: str) -> None:
        """Settle a record that waits; what was purged stays so."""
        changes = [Set("status", DeadLetterStatus.RESOLVED), Set("updatedAt", to_iso(self._clock.now()))]
        with contextlib.suppress(PreconditionFailed):
            await self._store.patch(DEAD_LETTERS.key, record_id, job_id, changes, when=In("status", tuple(sorted(WAITING))))

    async def _create(self, record: DeadLetter) -> Persisted:
        try:
            await self._store.create(DEAD_LETTERS.key, record.document)
        except AlreadyExists:
            observe.dead_letter_persisted("known")
            item = await self._store.read(DEAD_LETTERS.key, record.record_id, record.job_id)
            known = DeadLetter(item.body)
            return Persisted(known.record_id, known.reason, known.status, created=False, deaths=tuple(known.deaths))
        observe.dead_letter_persisted("created")
        observe.dead_letter_stored(record.reason.value)
        log_event(
            logger, "a dead letter was stored", level=logging.ERROR, deadLetterId=record.record_id, reason=record.reason.value,
            status=record.status.value, fingerprint=record.fingerprint,
        )  # fmt: skip
        return Persisted(record.record_id, record.reason, record.status, created=True)

    def _record(
        self, record_id: str, job_id: str, body: bytes, payload: dict[str, Any] | None, death: Death, *, replays: int = 0
    ) -> DeadLetter:  # fmt: skip
        return new_record(
            record_id, job_id, body, payload, death, queue=self.queue, kind=self._kind.name, replays=replays,
            at=self._clock.now(),
        )  # fmt: skip

    def _log_outage(self, error: Exception, seconds: float) -> None:
        observe.dead_letter_persisted("outage")
        log_event(
            logger, "a dead letter cannot be stored now, it stays in the queue", level=logging.CRITICAL,
            queue=self.queue, againInSeconds=round(seconds), cause=scrub(str(error)),
        )  # fmt: skip


def _dropped(record_id: str, death: Death) -> Persisted:
    observe.dead_letter_persisted("erased")
    return Persisted(record_id, death.reason, DeadLetterStatus.PURGED, created=False)
