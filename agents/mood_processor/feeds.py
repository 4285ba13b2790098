"""Reads the day's feeds: concurrently, conditionally, each with its own outcome, and only what was not read before.

A feed's document remembers its validators (ETag, Last-Modified) and the articles that were read. Validators are kept only when
all of a feed's articles were read: else "not modified" would hide those that have to be tried again.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from shared.clock import Clock, to_iso
from shared.errors import ProcessorError
from shared.observe.log import log_event, scrub
from shared.retry import QuickRetry, quick_retry
from shared.settings import Feed
from shared.store.base import Document, Store
from shared.store.containers import FEEDS
from shared.web.feed_parser import is_whole, opened
from shared.web.feeds import Article, article_key, read_feed
from shared.web.fetch import Fetched, Fetcher

logger = logging.getLogger(__name__)
MAX_BYTES: Final = 5 * 1024 * 1024
TIMEOUT_SECONDS: Final = 20.0
MAX_ARTICLES: Final = 200  # a feed and run, newest first
MAX_SEEN: Final = 1_000
AT_ONCE: Final = 6
NOT_MODIFIED: Final = 304
ACCEPT: Final = {
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}


@dataclass(slots=True)
class FeedReading:
    """What came of one feed. `outcome`: ok, not_modified or failed; `articles`: those not read before."""

    feed: Feed
    state: Document
    outcome: str = "ok"
    articles: list[Article] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    validators: dict[str, str] = field(default_factory=dict)
    error: str = ""

    def to_detail(self) -> dict[str, Any]:
        """Return what the run ledger keeps."""
        return {"feed": self.feed.name, "outcome": self.outcome, "newArticles": len(self.articles), "error": self.error}


class MoodFeeds:
    """Reads feeds and remembers what was read."""

    def __init__(self, *, store: Store, fetcher: Fetcher, clock: Clock, quick: QuickRetry) -> None:
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._quick = quick

    async def read(self, feeds: Sequence[Feed]) -> list[FeedReading]:
        """Read all feeds; one feed's failure is its own. Raises `RetryableError` when the store is down."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(feed: Feed) -> FeedReading:
            async with slots:
                return await self._read(feed)

        return list(await asyncio.gather(*map(one, feeds)))

    async def remember(self, reading: FeedReading, read: Collection[str]) -> None:
        """Store what was read of a feed; `read` has the keys of the articles that are done with."""
        now = to_iso(self._clock.now())
        seen = {**reading.state.get("seen", {}), **{one.key: now for one in reading.articles if one.key in read}}
        listed = set(reading.listed)
        kept = sorted(seen.items(), key=lambda pair: (pair[0] in listed, pair[1]), reverse=True)[:MAX_SEEN]
        complete = reading.outcome != "failed" and all(one.key in read for one in reading.articles)
        failed = reading.outcome == "failed"
        document = {
            **reading.state, "seen": dict(kept), "lastOutcome": reading.outcome, "lastError": reading.error,
            "validators": reading.validators if complete else {}, "updatedAt": now,
            "lastSuccessAt": reading.state.get("lastSuccessAt") if failed else now,
            "failures": int(reading.state.get("failures", 0)) + 1 if failed else 0,
        }  # fmt: skip
        await quick_retry(lambda: self._store.upsert(FEEDS.key, document), policy=self._quick, clock=self._clock)

    async def _read(self, feed: Feed) -> FeedReading:
        feed_id = article_key(feed.url)
        item = await quick_retry(lambda: self._store.find(FEEDS.key, feed_id, feed_id), policy=self._quick, clock=self._clock)
        new: Document = {"id": feed_id, "name": feed.name, "url": feed.url, "seen": {}, "validators": {}}
        state = item.body if item else new
        reading = FeedReading(feed, state)
        try:
            fetched = await quick_retry(lambda: self._fetch(feed, state["validators"]), policy=self._quick, clock=self._clock)
            if fetched.status == NOT_MODIFIED:
                reading.outcome, reading.validators = "not_modified", state["validators"]
                return reading
            articles, whole = await asyncio.to_thread(_articles, fetched, feed, self._clock.now())
        except ProcessorError as error:
            reading.outcome, reading.error = "failed", scrub(str(error))
            return reading
        except Exception as error:  # noqa: BLE001  (what nobody foresaw about one feed costs no other its morning)
            reading.outcome, reading.error = "failed", f"unforeseen: {type(error).__name__}"
            log_event(logger, "a feed could not be read", level=logging.ERROR, feed=feed.name, cause=type(error).__name__)
            return reading
        reading.listed = [article.key for article in articles]
        reading.articles = [article for article in articles if article.key not in state["seen"]]
        names = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
        if whole:  # "not modified" must not keep the rest of a feed that was cut off
            reading.validators = {theirs: fetched.headers[ours] for ours, theirs in names if fetched.headers.get(ours)}
        return reading

    async def _fetch(self, feed: Feed, validators: dict[str, str]) -> Fetched:
        headers = {**ACCEPT, **validators}
        return await self._fetcher.fetch(feed.url, max_bytes=MAX_BYTES, timeout_seconds=TIMEOUT_SECONDS, headers=headers)


def _articles(fetched: Fetched, feed: Feed, now: datetime) -> tuple[list[Article], bool]:
    """Return a feed's articles, and whether all of it came."""
    body = opened(fetched.body)
    articles = read_feed(body, fetched.content_type, url=feed.url, source=feed.name, limit=MAX_ARTICLES, now=now)
    return articles, is_whole(body)
