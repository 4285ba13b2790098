"""Takes found items in: what is known is left out, the rest is looked at, embedded in one call, and created.

Reads and writes: `ScrapedItems`, by creates alone, so an item that exists is never touched. An item is known by its address
(normalised, whoever listed it), or by its picture: fewer than 5 of 64 bits differ, among all that is stored in the partition
and in the batch. A failed embedding is no reason to lose an item: it is stored without one, and embedded later. Fails:
`RetryableError` when the store is down; batches that were saved before stay, and are known the next time.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agents.scraper.documents import Origin, document_of, item_id, text_of_item
from agents.scraper.embedding import Embedded, embed_each
from agents.scraper.library import Library
from agents.scraper.lock import Held, SaveLock
from agents.scraper.message import GLOBAL
from agents.scraper.pictures import Pictures, Viewing
from agents.scraper.sources import Tally
from shared.clock import Clock
from shared.embeddings.base import Embedder
from shared.errors import AlreadyExists, PermanentError, ProcessorError, Reason, RetryableError
from shared.pictures.near_duplicates import NearDuplicates
from shared.pictures.perceptual_hash import comparable_bits
from shared.retry import QuickRetry, quick_retry
from shared.scraping.base import FoundItem
from shared.store.base import BatchAlreadyExists, Create, Document, Store
from shared.store.containers import SCRAPED_ITEMS
from shared.store.query import In, Query

BATCH: Final = 256  # what the embedding client sends as one call
IDS: Final = 100  # of one query
STEPS: Final = 100  # of one batch of the store
BATCH_BYTES: Final = 1_500_000  # Cosmos takes 2 MB a request
NUMBER_BYTES: Final = 12  # of an embedding's number as JSON


@dataclass(frozen=True, slots=True)
class Unseen:
    """An item that is not known by its address. `hashes`: of its picture, the one to store first; may be none."""

    item: FoundItem
    hashes: tuple[str, ...]


class Ingest:
    """Takes items in; one object a worker."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        quick: QuickRetry,
        library: Library,
        lock: SaveLock,
        pictures: Pictures,
        embeddings: Embedder,
    ) -> None:
        self._store = store
        self._clock = clock
        self._quick = quick
        self._library = library
        self._lock = lock
        self._pictures = pictures
        self._embeddings = embeddings

    async def take_in(self, items: Sequence[FoundItem], origin: Origin, viewing: Viewing) -> Tally:
        """Take in up to `BATCH` items of one source; returns what became of them."""
        tally = Tally(found=len(items))
        await self._library.refresh()
        unknown = await self._unknown(items, origin, tally)
        seen = await self._look(unknown, viewing, tally)
        new = await self._unlike(seen, tally)
        if not new:
            return tally
        embedded = await embed_each([text_of_item(one.item) for one in new], self._embeddings)
        vectors = {one.item.product_url: vector for one, vector in zip(new, embedded, strict=True)}
        async with self._lock.hold() as held:
            await self._library.refresh()  # what other workers have saved since
            still = [one for one in new if not self._library.has_url(one.item.product_url)]
            tally.duplicates["url"] += len(new) - len(still)
            documents = self._documents(await self._unlike(still, tally), vectors, origin)
            await self._save(documents, tally, held)
        return tally

    async def _unknown(self, items: Sequence[FoundItem], origin: Origin, tally: Tally) -> list[FoundItem]:
        """Return the items whose address is new, each once."""
        fresh: dict[str, FoundItem] = {}
        for item in items:
            if not self._library.has_url(item.product_url):
                fresh.setdefault(item_id(origin, item.product_url), item)
        stored = await self._stored(list(fresh))
        unknown = [item for key, item in fresh.items() if key not in stored]
        tally.duplicates["url"] += len(items) - len(unknown)
        return unknown

    async def _stored(self, ids: Sequence[str]) -> dict[str, Document]:
        """Return what is stored under these ids: a query a hundred, not a read each."""
        stored: dict[str, Document] = {}
        for start in range(0, len(ids), IDS):
            query = Query(where=In("id", tuple(ids[start : start + IDS])), select=("id", "saveId"), page_size=IDS)
            cursor: str | None = None
            while True:
                page = await quick_retry(
                    lambda: self._store.page(SCRAPED_ITEMS.key, query, partition=GLOBAL, cursor=cursor),  # noqa: B023
                    policy=self._quick,
                    clock=self._clock,
                )
                stored |= {one["id"]: one for one in page.documents}
                cursor = page.cursor
                if cursor is None:
                    break
        return stored

    async def _look(self, items: Sequence[FoundItem], viewing: Viewing, tally: Tally) -> list[Unseen]:
        looks = await self._pictures.look_at([item.image_url for item in items], viewing)
        seen = []
        for item, look in zip(items, looks, strict=True):
            if look.dropped:
                tally.dropped[look.dropped] += 1
            elif look.later or look.left:
                tally.later += look.later
                tally.left += look.left
            else:
                seen.append(Unseen(item, look.hashes))
        return seen

    async def _unlike(self, candidates: Sequence[Unseen], tally: Tally) -> list[Unseen]:
        """Return those whose picture is like no stored one and like none of the others, of which the first stays."""
        copies = await self._library.have_pictures([one.hashes for one in candidates])
        fresh = [one for one, is_copy in zip(candidates, copies, strict=True) if not is_copy]
        unlike = await asyncio.to_thread(_apart, fresh)
        tally.duplicates["picture"] += len(candidates) - len(unlike)
        return unlike

    def _documents(self, new: Sequence[Unseen], vectors: dict[str, Embedded], origin: Origin) -> list[Document]:
        now, save_id, documents = self._clock.now(), self._clock.new_id(), []
        for one in new:
            vector = vectors[one.item.product_url]
            failed = isinstance(vector, ProcessorError)
            documents.append(document_of(
                one.item, origin, p_hash=one.hashes[0] if one.hashes else None, at=now, save_id=save_id,
                vector=None if isinstance(vector, ProcessorError) else vector, model=self._embeddings.model,
                pending=failed and not isinstance(vector, PermanentError),
            ))  # fmt: skip
        return documents

    async def _save(self, documents: Sequence[Document], tally: Tally, held: Held) -> None:
        for batch in _batches(documents):
            await held.keep()
            saved = await self._create(batch, str(batch[0]["saveId"]))
            await self._library.add(saved)
            tally.new += len(saved)
            tally.pending += sum(bool(one["embeddingPending"]) for one in saved)
            tally.duplicates["url"] += len(batch) - len(saved)

    async def _create(self, documents: Sequence[Document], save_id: str) -> list[Document]:
        """Create all or what of it does not exist; returns those that are ours."""
        waiting, saved = list(documents), list[Document]()
        for _ in range(len(documents) + 1):
            if not waiting:
                return saved
            steps = [Create(one) for one in waiting]
            try:
                await quick_retry(
                    lambda: self._store.batch(SCRAPED_ITEMS.key, GLOBAL, steps),  # noqa: B023  (awaited at once)
                    policy=self._quick,
                    clock=self._clock,
                )
            except AlreadyExists as error:  # somebody else's, or our own write whose answer was lost
                stored = await self._stored([one["id"] for one in waiting])
                saved += [one for one in waiting if stored.get(one["id"], {}).get("saveId") == save_id]
                met = waiting[error.index]["id"] if isinstance(error, BatchAlreadyExists) else ""
                waiting = [one for one in waiting if one["id"] not in stored and one["id"] != met]
            else:
                return saved + waiting
        raise RetryableError("items keep changing while they are saved", reason=Reason.STORE_CONFLICT_EXHAUSTED)


def _apart(candidates: Sequence[Unseen]) -> list[Unseen]:
    """Return those whose picture is like none before them."""
    near, kept = NearDuplicates(), []
    for one in candidates:
        hashes = [bits for bits in map(comparable_bits, one.hashes) if bits is not None]
        if any(near.nearest(bits) is not None for bits in hashes):
            continue
        kept.append(one)
        if hashes:
            near.add(one.item.product_url, hashes[0])
    return kept


def _batches(documents: Sequence[Document]) -> Iterator[list[Document]]:
    """Cut into what the store takes at once."""
    batch: list[Document] = []
    size = 0
    for one in documents:
        numbers = len(one["embedding"] or ())
        weight = len(json.dumps({**one, "embedding": None}).encode()) + NUMBER_BYTES * numbers
        if batch and (len(batch) == STEPS or size + weight > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += weight
    if batch:
        yield batch
