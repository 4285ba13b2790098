"""Where a person's data is kept, container by container: the one table that export and erasure both go by.

What is theirs is deleted; what is everybody's and only names them loses the name. Descriptions of pictures
(`PictureAnalyses`), moods and feeds are of nobody.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from agents.jobs.erased import PERSON_FIELDS
from shared.errors import ItemNotFound
from shared.store.base import Document, Store
from shared.store.containers import (
    BACKGROUND_JOBS,
    DEAD_LETTERS,
    DIGEST_FEEDBACK,
    DIGESTS,
    JOBS,
    RUNS,
    SCRAPED_ITEMS,
    SCRAPER_SOURCES,
    TASTE,
    USER_PROFILES,
    WARDROBE,
    Container,
)
from shared.store.query import AnyOf, Compare, Condition, Query, Set

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Holding:
    """Documents of a person in one container: a whole partition, or what `where` finds.

    `names`: the field that names them, in a document that is not theirs; it is emptied, and the document stays.
    """

    container: Container
    partition: str | None = None
    where: Condition | None = None
    names: str | None = None

    @property
    def query(self) -> Query:
        """What finds the documents."""
        return Query(page_size=PAGE) if self.where is None else Query(where=self.where, page_size=PAGE)

    async def pages(self, store: Store) -> AsyncIterator[list[Document]]:
        """Yield the documents a page at a time."""
        cursor: str | None = None
        while True:
            page = await store.page(self.container.key, self.query, partition=self.partition, cursor=cursor)
            if page.documents:
                yield page.documents
            cursor = page.cursor
            if cursor is None:
                return

    async def erase(self, store: Store, document: Document) -> None:
        """Erase one document, or the person's name in it. It may be gone already."""
        item_id, partition = document["id"], document[self.container.partition_key]
        try:
            if self.names is None:
                await store.delete(self.container.key, item_id, partition)
            else:
                await store.patch(self.container.key, item_id, partition, [Set(self.names, None)])
        except ItemNotFound:
            return


def holdings_of(user_id: str) -> tuple[Holding, ...]:
    """Return every place where a person's data may be. Jobs first: what is no job any more makes nothing new."""
    named = tuple(
        Compare(f"{field}.{name}", "=", user_id) for field in ("payload", "repairedPayload") for name in PERSON_FIELDS
    )
    mine = AnyOf((Compare("userId", "=", user_id), *named))
    whole = (TASTE, DIGESTS, DIGEST_FEEDBACK, SCRAPED_ITEMS, WARDROBE)
    return (
        Holding(JOBS, where=mine),
        Holding(BACKGROUND_JOBS, where=mine),
        Holding(DEAD_LETTERS, where=mine),
        *(Holding(container, partition=user_id) for container in whole),
        Holding(USER_PROFILES, partition=user_id),
        Holding(SCRAPED_ITEMS, where=Compare("submitterId", "=", user_id), names="submitterId"),
        Holding(SCRAPER_SOURCES, where=Compare("createdBy", "=", user_id), names="createdBy"),
        Holding(RUNS, where=Compare("parameters.userId", "=", user_id), names="parameters.userId"),
    )
