"""The taste job: a liked photo is described by a vision model and refines the user's taste profile, exactly once.

Trigger: queue `TASTE_JOB_QUEUE_NAME`. Reads: the picture, its cached description, the user's taste profile and user
profile. Writes: the description's cache, one create-only signal together with the profile, the three lists.
Fails: `PermanentError` (picture, refusal), `DeferredError` (the model is suspended), `RetryableError` (all else).

The signal is its own marker: "exists" means "applied". It is stored in one batch with the profile, so neither is ever
without the other, and a second delivery, a stale worker or a lost answer finds it there.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar

from pydantic import ValidationError

from agents.jobs.delivery import Checkpoint
from agents.jobs.erased import erased_since
from agents.jobs.job import Claim
from agents.jobs.outcomes import Done, Outcome, Skipped, SkipReason
from agents.taste_analysis.message import TasteJobMessage
from agents.taste_analysis.profile import PROFILE_ID, Signal, TasteProfile, fold, signal_id
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.rebuilding import in_this_form
from agents.taste_analysis.terms import resolve, texts_to_embed
from agents.taste_analysis.withdrawal import mark_withdrawn
from shared import observe
from shared.chat.base import ChatModel, Question
from shared.clock import Clock, parse_time, to_iso
from shared.embeddings.base import Embedder
from shared.errors import AlreadyExists, ItemNotFound, Reason, RetryableError
from shared.fashion import vocabulary
from shared.fashion.style import PROMPT_VERSION, StyleDescription
from shared.fashion.style_question import INSTRUCTIONS, MAX_OUTPUT_TOKENS, PictureReading
from shared.locks import KeyedLocks
from shared.observe.metering import record_model_calls
from shared.pictures.decode import Picture
from shared.recent import Recent
from shared.retry import QuickRetry, quick_retry
from shared.store.base import BatchAlreadyExists, BatchPreconditionFailed, Create, Document, Replace, Store
from shared.store.containers import PICTURES, TASTE, WARDROBE

APPLY_ROUNDS: Final = 40
DESCRIBE: Final = Question(  # of no picture yet
    name="taste.describe-picture", version=PROMPT_VERSION, instructions=INSTRUCTIONS, image=b"", answer=StyleDescription,
    schema=PictureReading, max_output_tokens=MAX_OUTPUT_TOKENS,
)  # fmt: skip


class PictureSource(Protocol):
    """Fetches a liked picture and reduces it to what the model is billed for."""

    async def load(self, url: str) -> Picture:
        """Raise `PermanentError` (image_*) or `RetryableError`."""


T = TypeVar("T")
WordSource = Callable[[str, str], Awaitable[str]]


def wardrobe_words(store: Store) -> WordSource:
    """Return a source of an item's own words: for the embedded model, which cannot see what a garment is."""

    async def words(user_id: str, item_id: str) -> str:
        item = await store.find(WARDROBE.key, item_id, user_id)
        if item is None:
            return ""
        body = item.body
        listed = [body.get("title"), body.get("category"), body.get("brand"), *_texts(body.get("tags"))]
        return " ".join(str(word) for word in [*listed, *_texts(body.get("aestheticTags"))] if word)

    return words


def _texts(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a picture, whoever asked for it."""

    description: StyleDescription
    model: str
    digest: str

    def to_document(self) -> Document:
        """Return the stored form."""
        return {
            "description": self.description.model_dump(), "model": self.model, "digest": self.digest,
            "promptVersion": PROMPT_VERSION,
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Described | None":
        """Return None for what an older build stored and this one cannot read: it is then asked for again."""
        try:
            if document["promptVersion"] != PROMPT_VERSION:
                return None
            description = StyleDescription.model_validate(document["description"])
            return cls(description, str(document["model"]), str(document["digest"]))
        except (KeyError, TypeError, ValidationError):
            return None


class Applied(StrEnum):
    """What became of the signal."""

    NOW = "applied"
    NOTHING = "nothing to learn"
    BEFORE = "was applied already"
    WITHDRAWN = SkipReason.WITHDRAWN.value
    USER_ERASED = "the user was erased since"


class TasteAnalysis:
    """The workflow of the taste queue; see the module."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        chat: ChatModel,
        embeddings: Embedder,
        pictures: PictureSource,
        projection: Projection,
        quick: QuickRetry,
        synonym_threshold: float,
        words: WordSource | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._chat = chat
        self._embeddings = embeddings
        self._pictures = pictures
        self._projection = projection
        self._quick = quick
        self._threshold = synonym_threshold
        self._words = words
        self._seen: Recent[Described] = Recent(1_000)
        self._users = KeyedLocks()  # an economy: one process does not race itself for one user's profile

    async def run(self, claim: Claim, message: TasteJobMessage, checkpoint: Checkpoint) -> Outcome:
        """Analyse, apply, project."""
        if claim.job.withdrawn:
            return Skipped(Applied.WITHDRAWN)
        described = Described.from_document(checkpoint.value) if checkpoint.value else None
        if described is None:
            picture = await self._try(lambda: self._pictures.load(message.image_url))
            if picture.nothing is not None:
                return Skipped(picture.nothing)
            described = await self._describe(message, picture)
            checkpoint.value = described.to_document()
        async with self._users.hold(message.user_id):
            profile, what = await self._apply(claim, message, described)
            await self._try(lambda: self._projection.project(profile))
        if what is Applied.WITHDRAWN and (at := profile.withdrawn_at(message.item_id)):
            await self._try(lambda: mark_withdrawn(self._store, claim.job_id, claim.generation, at))
        return Skipped(what) if what is Applied.WITHDRAWN else Done(what)

    async def _describe(self, message: TasteJobMessage, picture: Picture) -> Described:
        words = await self._try(lambda: self._own_words(message))
        key = f"{picture.digest}.{_slug(self._chat.model)}.{PROMPT_VERSION}{_words_key(words)}"
        known = self._seen.get(key)
        result = "process" if known else "stored"
        known = known or await self._try(lambda: self._cached(key))
        observe.description_cache(result if known else "miss")
        if known is None:
            known = await self._try(lambda: self._ask(picture, words))
            await self._try(lambda: self._remember(key, known))
        self._seen.put(key, known)
        return known

    async def _own_words(self, message: TasteJobMessage) -> str:
        return await self._words(message.user_id, message.item_id) if self._words else ""

    async def _cached(self, key: str) -> Described | None:
        item = await self._store.find(PICTURES.key, key, key)
        return Described.from_document(item.body["analysis"]) if item else None

    async def _remember(self, key: str, known: Described) -> None:
        document = {"id": key, "analysis": known.to_document(), "createdAt": to_iso(self._clock.now())}
        try:
            await self._store.create(PICTURES.key, document)
        except AlreadyExists:
            return  # another worker asked about the same picture at the same time

    async def _ask(self, picture: Picture, words: str) -> Described:
        answer = await self._chat.ask(replace(DESCRIBE, text=words, image=picture.jpeg))
        record_model_calls(answer.calls)
        return Described(answer.value, answer.model, picture.digest)

    async def _apply(self, claim: Claim, message: TasteJobMessage, described: Described) -> tuple[TasteProfile, Applied]:
        """Store the signal with the profile that it makes; returns that profile, and what was done."""
        for round_ in range(1, APPLY_ROUNDS + 1):
            item = await self._try(lambda: self._store.find(TASTE.key, PROFILE_ID, message.user_id))
            if item is None and not claim.not_erased and await self._erased(claim, message):
                return TasteProfile.empty(message.user_id), Applied.USER_ERASED
            stored = TasteProfile.from_document(item.body) if item else TasteProfile.empty(message.user_id)
            before = await self._try(lambda: in_this_form(self._store, stored))  # noqa: B023  (awaited at once)
            signal = await self._signal(claim, message, described, before)
            if before.has_withdrawn(message.item_id, parse_time(claim.job.created_at) or signal.at):
                return before, Applied.WITHDRAWN
            after = self._projection.stamp(before, fold(before, signal))
            document = after.to_document()
            write = Replace(document, if_match=item.etag) if item else Create(document)
            try:
                await self._batch(message.user_id, signal, write)
            except BatchAlreadyExists as error:
                if error.index == 0:
                    observe.signal("already")
                    return await self._applied_before(message.user_id), Applied.BEFORE
            except (BatchPreconditionFailed, ItemNotFound):
                pass
            else:
                observe.signal("applied")
                return after, Applied.NOW if signal.terms else Applied.NOTHING
            observe.signal("conflict")
            await self._clock.sleep(self._clock.uniform(0.0, 0.02 * min(round_, 10)))
        raise RetryableError("the user's profile keeps changing", reason=Reason.STORE_CONFLICT_EXHAUSTED)

    async def _erased(self, claim: Claim, message: TasteJobMessage) -> datetime | None:
        return await self._try(lambda: erased_since(self._store, message.user_id, claim.job.created_at))

    async def _applied_before(self, user_id: str) -> TasteProfile:
        item = await self._try(lambda: self._store.read(TASTE.key, PROFILE_ID, user_id))
        return TasteProfile.from_document(item.body)

    async def _signal(self, claim: Claim, message: TasteJobMessage, described: Described, before: TasteProfile) -> Signal:
        if not vocabulary.is_loaded():  # once, and too long for the loop
            await asyncio.to_thread(vocabulary.load)
        texts = list(texts_to_embed(described.description, before))
        vectors = await self._try(lambda: self._embeddings.embed(texts)) if texts else []
        terms = resolve(described.description, before, dict(zip(texts, vectors, strict=True)), self._threshold)
        now = self._clock.now()
        return Signal(
            id=signal_id(claim.job_id, claim.generation), user_id=message.user_id, job_id=claim.job_id,
            generation=claim.generation, item_id=message.item_id, image_url=message.image_url,
            at=parse_time(claim.job.created_at, at_most=now) or now, terms=terms,
            model=described.model, prompt_version=PROMPT_VERSION, picture_digest=described.digest, stored_at=now,
        )  # fmt: skip

    async def _batch(self, user_id: str, signal: Signal, write: Create | Replace) -> None:
        steps = [Create(signal.to_document()), write]
        await self._try(lambda: self._store.batch(TASTE.key, user_id, steps))

    async def _try(self, call: Callable[[], Awaitable[T]]) -> T:
        return await quick_retry(call, policy=self._quick, clock=self._clock)


def _slug(model: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in model)[:60]


def _words_key(words: str) -> str:
    return f".{hashlib.sha256(words.encode()).hexdigest()[:16]}" if words else ""
