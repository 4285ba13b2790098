"""Embedder of items: of a batch in one call, and later those that were stored without one.

Trigger of the latter: an `embed` message, sent when a batch could not be embedded, and once with every kick. Reads and writes:
`ScrapedItems`, by patches of the embedding alone, on the condition that it is still missing. Fails: as the model says; the
items wait as they are.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from agents.jobs.outcomes import Deferred, Done, Outcome, Skipped
from agents.scraper.documents import embedding_of, text_of_document
from agents.scraper.message import GLOBAL
from shared.clock import Clock
from shared.embeddings.base import Embedder
from shared.errors import ItemNotFound, PermanentError, PreconditionFailed, ProcessorError
from shared.retry import QuickRetry, quick_retry
from shared.store.base import Document, Store
from shared.store.containers import SCRAPED_ITEMS
from shared.store.query import Compare, PatchOperation, Query, Set

PAGE: Final = 256
PAGES: Final = 8  # a message; what is left is the next one's
MISSING: Final = Compare("embeddingPending", "=", value=True)
FIELDS: Final = ("id", "title", "brand", "tags", "description")
Embedded = Sequence[float] | ProcessorError


async def embed_each(texts: Sequence[str], embeddings: Embedder) -> list[Embedded]:
    """Return a vector a text, or why it has none. One call, unless a text alone is at fault: that one fails alone."""
    if not texts:
        return []
    try:
        return list(await embeddings.embed(texts))
    except PermanentError as error:
        if len(texts) == 1:
            return [error]
    except ProcessorError as error:
        return [error] * len(texts)
    return [(await embed_each([text], embeddings))[0] for text in texts]  # the client remembers those that went well


class FilledIn(StrEnum):
    """What became of the items that wait for their embeddings."""

    ALL = "embedded"
    NOTHING = "nothing waits for an embedding"
    MORE = "more items wait for their embeddings"


class MissingEmbeddings:
    """Fills in what is missing; see the module."""

    def __init__(self, *, store: Store, clock: Clock, quick: QuickRetry, embeddings: Embedder) -> None:
        self._store = store
        self._clock = clock
        self._quick = quick
        self._embeddings = embeddings

    async def fill_in(self) -> Outcome:
        """Embed what is pending, page by page. Raises the model's error when a page had no embedding at all."""
        for number in range(PAGES):
            query = Query(where=MISSING, select=FIELDS, page_size=PAGE)
            page = await quick_retry(
                lambda: self._store.page(SCRAPED_ITEMS.key, query, partition=GLOBAL),  # noqa: B023  (awaited at once)
                policy=self._quick,
                clock=self._clock,
            )
            if not page.documents:
                return Done(FilledIn.ALL) if number else Skipped(FilledIn.NOTHING)
            await self._fill_in(page.documents)
        return Deferred(self._clock.now(), FilledIn.MORE)

    async def _fill_in(self, documents: Sequence[Document]) -> None:
        embedded = await embed_each([text_of_document(one) for one in documents], self._embeddings)
        errors = [one for one in embedded if isinstance(one, ProcessorError) and not isinstance(one, PermanentError)]
        if errors:
            raise errors[0]
        for document, vector in zip(documents, embedded, strict=True):
            await quick_retry(lambda: self._write(document, vector), policy=self._quick, clock=self._clock)  # noqa: B023

    async def _write(self, document: Document, vector: Embedded) -> None:
        changes: list[PatchOperation] = [Set("embeddingPending", value=False)]
        if not isinstance(vector, ProcessorError):  # a text that can never be embedded stays without
            changes += [Set("embedding", embedding_of(vector)), Set("embeddingModel", self._embeddings.model)]
        try:
            await self._store.patch(SCRAPED_ITEMS.key, document["id"], GLOBAL, changes, when=MISSING)
        except (PreconditionFailed, ItemNotFound):
            return  # another worker was faster, or it has expired
