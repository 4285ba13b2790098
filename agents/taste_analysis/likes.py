"""A like comes in: the job's document first, then the message, then the outbox flag off. A crash between is mended.

A signal `none` or `down` takes back what is stored of the item's likes (`withdrawal`).

Trigger: `POST /api/ops/taste-jobs`. Reads and writes: the job's document. Sends: the taste queue.
Fails: `RetryableError` only while nothing is stored yet; once the document stands, the like is accepted for good.
"""

import logging
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from agents.jobs.decide import is_fresh
from agents.jobs.job import Job, JobStatus, generation_at, new_document
from agents.jobs.lifecycle import Jobs
from agents.jobs.messages import WHOLE, StoredId
from agents.taste_analysis.message import IDENTITY, TasteJobMessage, job_fields, job_id_of
from agents.taste_analysis.withdrawal import Withdrawals, after_withdrawal
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, PreconditionFailed, RetryableError, StoreConflict
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.store.base import Document, Item, Store
from shared.store.containers import JOBS
from shared.store.query import AllOf, Compare, Set

logger = logging.getLogger(__name__)
ROUNDS: Final = 5
LIKES: Final = "up"
TAKES_BACK: Final = frozenset({"none", "down"})
WEB_ADDRESS: Final = r"^([Hh][Tt][Tt][Pp][Ss]?:)?//\S+$"  # one that begins with // is fetched by https


class Like(BaseModel):
    """What a client sends. `up` likes, `none` and `down` take a like of the item back; other signals do nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # clients send fields of their own along

    user_id: StoredId = Field(alias="userId")
    item_id: StoredId = Field(alias="itemId")
    image_url: Annotated[StrictStr, Field(min_length=9, max_length=2048, pattern=WEB_ADDRESS)] = Field(alias="imageUrl")
    gallery_image_index: Annotated[StrictInt, Field(ge=0, le=10_000), WHOLE] | None = Field(
        default=None, alias="galleryImageIndex"
    )
    signal: Annotated[StrictStr, Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a like. `dead_letter_id` is set when the same like waits among the dead letters."""

    job_id: str
    status: Literal["queued", "duplicate", "withdrawn", "ignored"]
    dead_letter_id: str | None = None


class JobIdCollisionError(ValueError):
    """Another like, of another user, item or picture, has the same job id."""

    def __init__(self) -> None:
        super().__init__("another like, of another user, item or picture, has the same job id")


class Intake:
    """Accepts likes."""

    def __init__(
        self, *, store: Store, queues: Queues, clock: Clock, jobs: Jobs[TasteJobMessage], queue: str, withdrawals: Withdrawals
    ) -> None:  # fmt: skip
        self._store = store
        self._queues = queues
        self._clock = clock
        self._jobs = jobs
        self._queue = queue
        self._withdrawals = withdrawals

    async def accept(self, like: Like) -> Accepted:
        """Accept one like.

        Raises `RetryableError` when the store is down: nothing was accepted, the client sends again; `JobIdCollisionError`
        for one that cannot be told from another by its job id.
        """
        job_id = job_id_of(like.user_id, like.item_id, like.image_url, like.gallery_image_index)
        signal = like.signal.casefold()
        if signal in TAKES_BACK:
            known = await self._withdrawals.withdraw(like.user_id, like.item_id)
            return Accepted(job_id, "withdrawn" if known else "ignored")
        if signal != LIKES:
            return Accepted(job_id, "ignored")
        at = await self._withdrawals.time_of_a_like(like.user_id, like.item_id)
        fields = job_fields(
            user_id=like.user_id, item_id=like.item_id, image_url=like.image_url,
            gallery_image_index=like.gallery_image_index, created_at=to_iso(at), payload=None,
        )  # fmt: skip
        trace = observe.traceparent()
        if trace is not None:
            fields["payload"]["traceparent"] = trace
        for _ in range(ROUNDS):
            document = await self._begin(job_id, fields)
            if isinstance(document, Accepted):
                return document
            if document is not None:
                await self._send(document)
                return Accepted(job_id, "queued")
        raise RetryableError("the job's document keeps changing")

    async def _begin(self, job_id: str, fields: Document) -> Document | Accepted | None:
        now = self._clock.now()
        document = new_document(fields, job_id=job_id, generation=generation_at(now), at=now, outbox=True)
        try:
            await self._store.create(JOBS.key, document)
        except AlreadyExists:
            pass
        else:
            return document
        item = await self._jobs.find(job_id)
        return None if item is None else await self._meet(item, fields)

    async def _meet(self, item: Item, fields: Document) -> Document | Accepted | None:
        """A document stands: it decides what a second like means. None: it changed meanwhile, look again."""
        known = Job(item.body)
        if any(known.document.get(name) != fields[name] for name in IDENTITY):
            raise JobIdCollisionError
        waits = known.status is not JobStatus.COMPLETED and not known.purged
        if known.withdrawn:
            fields = after_withdrawal(known, fields)
        elif waits or is_fresh(known, at=self._clock.now(), policy=self._jobs.policy):
            if await self._withdrawals.came_first(known):
                return None  # it is marked now
            await self._jobs.note_duplicate(known)
            return Accepted(known.job_id, "duplicate", known.dead_letter_id if waits else None)
        try:
            await self._jobs.begin_generation(item, fields, outbox=True)
        except PreconditionFailed:
            return None
        again = await self._jobs.find(known.job_id)
        return again.body if again else None

    async def _send(self, document: Document) -> None:
        """Send, then clear the flag. A failure here loses nothing: the flag makes the reconciler send."""
        job_id = document["jobId"]
        try:
            await self._queues.send(self._queue, Job(document).message())
            same = AllOf((Compare("outbox", "=", value=True), Compare("generation", "=", document["generation"])))
            await self._store.patch(JOBS.key, job_id, job_id, [Set("outbox", value=False)], when=same)
        except StoreConflict:
            return  # a worker was faster and cleared it with its claim
        except RetryableError as error:
            log_event(
                logger, "a like is stored, its message may not be sent yet: the reconciler will send it",
                level=logging.WARNING, jobId=job_id, reason=error.reason.value,
            )  # fmt: skip
