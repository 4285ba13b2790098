"""What a partition of items holds, in memory: the addresses of all products and the hashes of their pictures.

Loaded once a worker and day by paging through the partition; what others have stored since is caught up with before each save,
and own saves are added. Nothing is here that is not stored: an item enters after its save. An item that has expired is
forgotten with the next day's load.

Memory: about 200 bytes an item (measured by `bench/scraping.py`), and never more than `LIMIT` items; beyond that, ids still
tell the same product of the same source apart, and pictures are compared with those that are in: the newest. A load leaves a
tenth free for what comes; when that is used up, the library is loaded again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.clock import Clock, to_iso
from shared.observe.log import log_event
from shared.pictures.near_duplicates import NearDuplicates
from shared.pictures.perceptual_hash import comparable_bits
from shared.retry import QuickRetry, quick_retry
from shared.store.base import Document, Page, Store
from shared.store.containers import SCRAPED_ITEMS
from shared.store.query import AllOf, AnyOf, Compare, Condition, Exists, Query
from shared.web.urls import normalised

logger = logging.getLogger(__name__)
LIMIT: Final = 1_000_000
PAGE: Final = 1_000
KEPT: Final = timedelta(hours=24)
OVERLAP: Final = timedelta(minutes=2)  # a save takes a minute at most, clocks differ; what is met twice does no harm
DAYS: Final = 30  # the container's items live as long
FIELDS: Final = ("id", "productUrl", "pHash", "saveId")


class _Shelf:
    """The addresses and hashes, as numbers."""

    def __init__(self) -> None:
        self.urls: set[int] = set()
        self.pictures = NearDuplicates()  # for one thread at a time: used under the library's lock

    def add(self, documents: Iterable[Document], limit: int) -> None:
        """Take in stored items, up to `limit` in all. Those of an older system have their addresses as they were found."""
        ids, hashes = [], []
        for document in documents:
            if len(self.urls) >= limit:
                break
            url, picture = document.get("productUrl"), document.get("pHash")
            if isinstance(url, str):
                self.urls.add(_key(url if document.get("saveId") else normalised(url) or url))
            bits = comparable_bits(picture) if isinstance(picture, str) else None
            if bits is not None:
                ids.append(str(document["id"]))
                hashes.append(bits)
        if ids:
            self.pictures.add_many(ids, hashes)

    def has_any(self, hashes: Sequence[str]) -> bool:
        """True when a picture in here is within the distance of a copy to any of `hashes`."""
        return any(self.pictures.nearest(bits) is not None for bits in map(comparable_bits, hashes) if bits is not None)


class Library:
    """The library of one partition; see the module."""

    def __init__(self, *, store: Store, clock: Clock, quick: QuickRetry, partition: str, limit: int = LIMIT) -> None:
        self._store = store
        self._clock = clock
        self._quick = quick
        self._partition = partition
        self._limit = limit
        self._lock = asyncio.Lock()
        self._shelf: _Shelf | None = None
        self._loading: asyncio.Task[None] | None = None
        self._loaded_at = self._seen_until = clock.now()

    async def refresh(self) -> None:
        """Load, or catch up. Raises `RetryableError` in an outage; what is in then stays as it was."""
        async with self._lock:
            now = self._clock.now()
            if self._shelf is None or now - self._loaded_at >= KEPT or len(self._shelf.urls) >= self._limit:
                if self._loading is None or self._loading.done():
                    self._loading = asyncio.create_task(self._load(now))
                await asyncio.shield(self._loading)  # an attempt that is cut leaves it to the next one
            else:
                since = Compare("scrapedAt", ">=", to_iso(self._seen_until - OVERLAP))
                await self._read(self._shelf, since, self._limit)
                self._seen_until = now

    def has_url(self, url: str) -> bool:
        """True when an item with this normalised address is stored."""
        return self._shelf is not None and _key(url) in self._shelf.urls

    async def have_pictures(self, pictures: Sequence[Sequence[str]]) -> list[bool]:
        """Return for each picture, given by its look-up hashes, whether a copy of it is stored."""
        async with self._lock:
            shelf = self._shelf
            return await asyncio.to_thread(lambda: [shelf is not None and shelf.has_any(hashes) for hashes in pictures])

    async def add(self, documents: Sequence[Document]) -> None:
        """Take in what was just saved."""
        async with self._lock:
            if self._shelf is not None:
                self._shelf.add(documents, self._limit)

    async def _load(self, now: datetime) -> None:
        limit, shelf = self._limit - max(1, self._limit // 10), _Shelf()
        is_whole = await self._read(shelf, AllOf(()), limit)
        if not is_whole:  # pages come in the order of ids: read again, the newest day first
            shelf = _Shelf()
            for where in _newest_first(now):
                if not await self._read(shelf, where, limit):
                    break
        self._shelf, self._loaded_at, self._seen_until = shelf, now, now
        level = logging.INFO if is_whole else logging.ERROR
        log_event(logger, "the library of items was loaded", level=level, items=len(shelf.urls), full=not is_whole)

    async def _read(self, shelf: _Shelf, where: Condition, limit: int) -> bool:
        """Add what is stored; False when there was no room for all of it."""
        cursor: str | None = None
        while len(shelf.urls) < limit:
            page = await self._page(where, cursor)
            await asyncio.to_thread(shelf.add, page.documents, limit)
            cursor = page.cursor
            if cursor is None:
                return len(shelf.urls) < limit
        return False

    async def _page(self, where: Condition, cursor: str | None) -> Page:
        query = Query(where=where, select=FIELDS, page_size=PAGE)
        return await quick_retry(
            lambda: self._store.page(SCRAPED_ITEMS.key, query, partition=self._partition, cursor=cursor),
            policy=self._quick,
            clock=self._clock,
        )


def _newest_first(now: datetime) -> Iterator[Condition]:
    """Yield conditions of which every item meets one: by day, then what is older or has no time."""
    ends: Compare | None = None
    for days in range(1, DAYS + 1):
        begins = to_iso(now - timedelta(days=days))
        since = Compare("scrapedAt", ">=", begins)
        yield AllOf((since, ends)) if ends else since
        ends = Compare("scrapedAt", "<", begins)
    yield AnyOf((*((ends,) if ends else ()), Compare("scrapedAt", "=", None), Exists("scrapedAt", exists=False)))


def _key(url: str) -> int:
    return int.from_bytes(hashlib.blake2b(url.encode(), digest_size=8).digest())
