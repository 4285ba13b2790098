"""One user's digest of one window: read what they own and like, ask for suggestions, save them, note it on the profile.

Trigger: queue `DIGEST_JOB_QUEUE_NAME`. Reads: the user's profile, wardrobe, taste, feedback on earlier suggestions. Writes: the
digest, created once under its id; then our fields of the profile, by a patch of these alone. Fails: `PermanentError` (the
model refuses), `DeferredError` (it is suspended), `RetryableError` (all else; garbage twice is a dead letter).

The order makes it safe to die anywhere: the digest first, the profile after it. A job that may have been begun before looks for
its digest first, so that a crash between the two costs no second model call; a digest that was made and could not be saved
waits in the job's document.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

from agents.jobs.delivery import Checkpoint
from agents.jobs.ended import made_by
from agents.jobs.job import Claim
from agents.jobs.outcomes import Done, Outcome, Skipped
from agents.weekly_digest.figuring import Figuring
from agents.weekly_digest.items import WardrobeItem, owned_items
from agents.weekly_digest.message import DigestJobMessage, digest_id
from agents.weekly_digest.planner import is_unchanged, opted_out
from agents.weekly_digest.prompt import Prepared, Wardrobe, digest_of, prepare, question_of
from agents.weekly_digest.statistics import wardrobe_hash
from agents.weekly_digest.summary import Taste
from shared.chat.base import ChatModel
from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed
from shared.observe.metering import record_model_calls, spent
from shared.retry import QuickRetry, quick_retry
from shared.store.base import Document, Store
from shared.store.containers import DIGEST_FEEDBACK, DIGESTS, USER_PROFILES, WARDROBE
from shared.store.query import Compare, Order, Query, Set

MAX_ITEMS: Final = 10_000
FIELDS: Final = (
    "id", "title", "name", "category", "tags", "aestheticTags", "colours", "brand", "price", "wearCount", "lastWornAt",
    "wearEvents", "dateAdded", "draftStatus", "isWishlisted",
)  # fmt: skip
PAGE: Final = 1_000
MAX_EARLIER, MAX_RECENT = 20, 40
MAX_WORDS: Final = 20
T = TypeVar("T")
TasteSource = Callable[[str], Awaitable[Mapping[str, Sequence[str]]]]


class Composed(StrEnum):
    """Whether this run saved the digest."""

    NOW = "composed"
    BEFORE = "was saved already"


class NoDigest(StrEnum):
    """Why a user gets none."""

    USER_GONE = "the user is gone"
    OPTED_OUT = "opted out"
    COMPOSED = "composed already"
    UNCHANGED = "unchanged"
    NOTHING_OWNED = "nothing is owned yet"


class DigestComposer:
    """The workflow of the digest queue; see the module. `taste`: a user's terms by kind, dearest first."""

    def __init__(self, *, store: Store, clock: Clock, chat: ChatModel, quick: QuickRetry, taste: TasteSource) -> None:
        self._store = store
        self._clock = clock
        self._chat = chat
        self._quick = quick
        self._taste = taste
        self._figuring = Figuring()

    async def run(self, claim: Claim, message: DigestJobMessage, checkpoint: Checkpoint) -> Outcome:
        """Compose, save, note; or say why there is nothing to do."""
        started = to_iso(self._clock.now())
        item = await self._try(lambda: self._store.find(USER_PROFILES.key, message.user_id, message.user_id))
        if item is None:
            return Skipped(NoDigest.USER_GONE)
        profile = item.body
        if opted_out(profile) and not message.force:
            return Skipped(NoDigest.OPTED_OUT)
        if _state(profile).get("window") == message.window and not message.force:
            return Skipped(NoDigest.COMPOSED)
        if claim.repeated or message.again:
            saved = await self._saved(message)
            if saved is not None:
                await self._note(message, profile, saved)
                return Done(Composed.BEFORE)
        if is_unchanged(profile) and not message.force:
            return Skipped(NoDigest.UNCHANGED)
        digest = checkpoint.value or await self._compose(message, profile)
        if isinstance(digest, Skipped):
            return digest
        made = made_by(message.key, asked_at=message.created_at, started_at=started, repeated=claim.repeated)
        digest = {**digest, **made, "modelUse": spent()}  # of this attempt: what an earlier one took is on the job
        checkpoint.value = digest
        stored = await self._save(message, digest)
        await self._note(message, profile, stored)
        return Done(Composed.NOW if stored is digest else Composed.BEFORE)

    async def _compose(self, message: DigestJobMessage, profile: Document) -> Document | Skipped:
        (items, cut), taste, rejected = await asyncio.gather(
            self._owned(message.user_id), self._try(lambda: self._taste(message.user_id)), self._rejected(message.user_id)
        )
        if not items:
            return Skipped(NoDigest.NOTHING_OWNED)
        owned_hash = wardrobe_hash(item.id for item in items)
        if owned_hash == profile.get("wardrobeHashAtLastDigest") and not message.force:
            return Skipped(NoDigest.UNCHANGED)
        wardrobe = Wardrobe(items, profile, _taste_of(profile, taste), rejected, _recent(profile), cut=cut)
        now = self._clock.now()
        prepared = await self._figuring.do(len(items), lambda: prepare(wardrobe, window=message.window, at=now))
        return {**await self._ask(prepared, message), "wardrobeHash": owned_hash}

    async def _ask(self, prepared: Prepared, message: DigestJobMessage) -> Document:
        question, size = question_of(prepared), len(prepared.wardrobe.items)
        answer = await self._try(lambda: self._chat.ask(question))
        record_model_calls(answer.calls)
        at = self._clock.now()
        return await self._figuring.do(size, lambda: digest_of(prepared, answer.value, message, at=at, model=answer.model))

    async def _owned(self, user_id: str) -> tuple[list[WardrobeItem], bool]:
        """Return the owned garments, and whether there is more than was read.

        They are read page by page: what is not owned, and what a page says besides, is not kept.
        """
        items: dict[str, WardrobeItem] = {}
        cursor: str | None = None
        while len(items) < MAX_ITEMS:
            after = cursor
            page = await self._try(
                lambda: self._store.page(WARDROBE.key, Query(select=FIELDS, page_size=PAGE), partition=user_id, cursor=after)  # noqa: B023  (awaited at once)
            )
            documents, now = page.documents, self._clock.now()
            found = await self._figuring.do(len(documents), lambda: owned_items(documents, now=now))  # noqa: B023  (awaited at once)
            items.update({item.id: item for item in found})
            cursor = page.cursor
            if cursor is None:
                break
        return list(items.values())[:MAX_ITEMS], len(items) > MAX_ITEMS or cursor is not None

    async def _rejected(self, user_id: str) -> list[str]:
        """Return what the user turned down before, the latest first."""
        down = Query(where=Compare("signal", "=", "down"), order=Order("createdAt", descending=True), page_size=MAX_EARLIER)
        page = await self._try(lambda: self._store.page(DIGEST_FEEDBACK.key, down, partition=user_id))
        return _texts([one.get("suggestionDescription") for one in page.documents])

    async def _saved(self, message: DigestJobMessage) -> Document | None:
        """Return the digest that this job, or another of the same window, has saved. A forced job asks for its own."""
        item = await self._try(
            lambda: self._store.find(DIGESTS.key, digest_id(message.user_id, message.window), message.user_id)
        )
        if item is None or (message.force and item.body.get("runId") != message.run_id):
            return None
        return item.body

    async def _save(self, message: DigestJobMessage, digest: Document) -> Document:
        """Save once; returns what is stored, which is another's where that was faster. A forced one replaces an earlier one."""
        try:
            await self._try(lambda: self._store.create(DIGESTS.key, digest))
        except AlreadyExists:
            pass
        else:
            return digest
        item = await self._try(lambda: self._store.read(DIGESTS.key, digest["id"], message.user_id))
        if not message.force or item.body.get("runId") == message.run_id:
            return item.body
        try:
            await self._try(lambda: self._store.replace(DIGESTS.key, digest, if_match=item.etag))
        except PreconditionFailed:  # another forced run, or our own write whose answer was lost
            return (await self._try(lambda: self._store.read(DIGESTS.key, digest["id"], message.user_id))).body
        return digest

    async def _note(self, message: DigestJobMessage, profile: Document, digest: Document) -> None:
        """Note on the profile what the digest was made of: fields of ours alone, so what the user changes meanwhile stays."""
        state = {
            "window": digest.get("window", message.window), "fingerprint": profile.get("wardrobeFingerprint"),
            "suggestions": [*_named(digest), *_recent(profile)][:MAX_RECENT], "at": to_iso(self._clock.now()),
        }  # fmt: skip
        changes = [Set("digestState", state)]
        if digest.get("wardrobeHash"):
            changes.append(Set("wardrobeHashAtLastDigest", digest["wardrobeHash"]))
        if digest.get("climateZone") and not profile.get("climateZone"):
            changes.append(Set("climateZone", digest["climateZone"]))
        try:
            await self._try(lambda: self._store.patch(USER_PROFILES.key, message.user_id, message.user_id, changes))
        except ItemNotFound:
            return  # the user is gone

    async def _try(self, call: Callable[[], Awaitable[T]]) -> T:
        return await quick_retry(call, policy=self._quick, clock=self._clock)


def _taste_of(profile: Mapping[str, Any], learnt: Mapping[str, Sequence[str]]) -> Taste:
    """What the user declared comes first and is never dropped, what was learnt after it."""
    record = profile.get("tasteInferred")
    inferred = record if isinstance(record, Mapping) else {}

    def own_of(declared: str) -> list[str]:
        ours = {word.casefold() for word in _texts(inferred.get(declared))}
        return _distinct(word for word in _texts(profile.get(declared)) if word.casefold() not in ours)[:MAX_WORDS]

    def both(own: list[str], declared: str, kind: str) -> list[str]:
        return _distinct([*own, *learnt.get(kind, ()), *_texts(profile.get(declared))])[:MAX_WORDS]

    styles, colours, brands = (own_of(name) for name in ("stylePreferences", "preferredColours", "favoriteBrands"))
    return Taste(
        styles=both(styles, "stylePreferences", "style"), colours=both(colours, "preferredColours", "colour"),
        garments=list(learnt.get("garment", ()))[:MAX_WORDS], brands=both(brands, "favoriteBrands", "brand"),
        declared={"styles": len(styles), "colours": len(colours), "brands": len(brands)},
    )  # fmt: skip


def _distinct(words: Iterable[str]) -> list[str]:
    """Return each word once, whatever its case, as and where it came first."""
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(word.casefold(), word)
    return list(found.values())


def _state(profile: Mapping[str, Any]) -> Mapping[str, Any]:
    state = profile.get("digestState")
    return state if isinstance(state, Mapping) else {}


def _recent(profile: Mapping[str, Any]) -> list[str]:
    return _texts(_state(profile).get("suggestions"))


def _named(digest: Mapping[str, Any]) -> list[str]:
    """Return the suggestions by colour and name, without a colour that the name holds already."""
    named = []
    for one in digest.get("suggestions", []):
        colour, item = str(one.get("colour") or ""), str(one.get("item") or "")
        named.append(item if colour.casefold() in item.casefold() else f"{colour} {item}")
    return named


def _texts(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str) and word] if isinstance(value, list) else []
