"""Follows one job: everything that is stored of it, read at one moment and put in order.

Reads: the job, its dead letter, its signal, the user's taste and lists; a point read each, whatever the traffic. A job that
left nothing but what it made, as most digests do, is told of by that. Fails:
`RetryableError` in an outage, and then nothing is told: a timeline with a hole would be believed.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from agents.dead_letters.record import DeadLetter, record_id_of
from agents.jobs.job import Job, JobStatus
from agents.jobs.kinds import TASTE, JobKinds
from agents.jobs.listing import JobListing
from agents.taste_analysis.profile import PROFILE_ID
from agents.timeline.events import events_of
from agents.timeline.message import message_of
from agents.timeline.taught import taught_by
from shared.clock import Clock
from shared.errors import SICK_DOCUMENT
from shared.observe import trace_id_of
from shared.observe.log import log_event
from shared.store.base import Document, Item, Store
from shared.store.containers import DEAD_LETTERS, USER_PROFILES
from shared.store.containers import TASTE as TASTE_PROFILES
from shared.store.query import Order, Query

logger = logging.getLogger(__name__)
T = TypeVar("T")
NEWEST: Final = Query(order=Order("createdAt", descending=True), page_size=1)


class Timelines:
    """Reads the timelines of jobs of every kind."""

    def __init__(self, *, store: Store, clock: Clock, kinds: JobKinds, listing: JobListing) -> None:
        self._store = store
        self._clock = clock
        self._kinds = kinds
        self._listing = listing

    async def of(self, job_id: str) -> Document | None:
        """Return a job's timeline; None where nothing is stored of it. A job that died before anything was written of it has
        that of its dead letter.
        """
        job = await self._listing.find(job_id)
        record = await (self._newest(job_id) if job is None else self._record_of(job))
        if job is None and record is None:
            job = await self._listing.find_made(job_id)
            if job is None:
                return None
        document = job.document if job else _of_record(record)
        signal = await self._signal(job) if job and job.document.get("payload") else None
        user_id = str(document.get("userId") or "")
        taste, declared = await self._known(user_id) if signal is not None and user_id else (None, None)
        return {
            "jobId": job_id, "kind": document.get("kind") or TASTE, "status": document.get("status"),
            "userId": document.get("userId"), "itemId": document.get("itemId"), "generation": document.get("generation"),
            "traceId": trace_id_of(*_traces(document, record)), "events": events_of(job, record, signal, at=self._clock.now()),
            "signal": _readable("signal", job_id, lambda: taught_by(signal, taste, declared, self._clock.now())),
            "deadLetterId": record.record_id if record else None,
            "message": _readable("message", job_id, lambda: message_of(job, record)),
        }  # fmt: skip

    async def _record_of(self, job: Job) -> DeadLetter | None:
        record_id = record_id_of(job.job_id, job.generation)
        return DeadLetter.of(await self._store.find(DEAD_LETTERS.key, record_id, job.job_id))

    async def _newest(self, job_id: str) -> DeadLetter | None:
        page = await self._store.page(DEAD_LETTERS.key, NEWEST, partition=job_id)
        return DeadLetter(page.documents[0]) if page.documents else None

    async def _signal(self, job: Job) -> Document | None:
        """The marker of a like is its signal; those of other kinds are no taste."""
        kind = self._kinds.of(job)
        marker = _readable("marker", job.job_id, lambda: kind.marker(job.document)) if kind is not None else None
        if marker is None or marker.container != TASTE_PROFILES.key:
            return None
        return _body(await self._store.find(marker.container, marker.item_id, marker.partition))

    async def _known(self, user_id: str) -> tuple[Document | None, Document | None]:
        taste, declared = await asyncio.gather(
            self._store.find(TASTE_PROFILES.key, PROFILE_ID, user_id), self._store.find(USER_PROFILES.key, user_id, user_id)
        )
        return _body(taste), _body(declared)


def _readable(what: str, job_id: str, read: Callable[[], T]) -> T | None:
    """Return a part; None, and a line in the log, where a document is none of ours: the rest is told all the same."""
    try:
        return read()
    except SICK_DOCUMENT as error:
        log_event(
            logger, "a part of a timeline cannot be read", level=logging.ERROR, part=what, jobId=job_id,
            cause=type(error).__name__,
        )  # fmt: skip
        return None


def _body(item: Item | None) -> Document | None:
    return item.body if item else None


def _of_record(record: DeadLetter | None) -> Document:
    """Return what is known of a job from its dead letter alone."""
    if record is None:
        return {}
    payload = record.document.get("payload") or {}
    return {
        "kind": record.kind, "status": JobStatus.DEAD_LETTERED, "userId": record.document.get("userId"),
        "itemId": payload.get("item_id", payload.get("itemId")), "generation": record.generation,
    }  # fmt: skip


def _traces(job: Mapping[str, Any], record: DeadLetter | None) -> Iterable[object]:
    """Yield what may say which trace the job belongs to, the likeliest first: what asked for it, then its attempts."""
    yield (job.get("payload") or {}).get("traceparent")
    yield (job.get("lastAttempt") or {}).get("traceparent")
    yield from (one.get("traceparent") for one in reversed(job.get("attempts") or ()))
    yield record.document.get("traceparent") if record else None
