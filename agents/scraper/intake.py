"""Posts that clients have collected: checked one by one, and put through the same ingest as everything else, by queue.

Trigger: `POST /api/ops/scraper/ingest/reddit`. Reads: the sources, the ids of stored items. Sends: the scrape queue, in
messages that hold the posts themselves. Fails: `RetryableError` in an outage; then some messages may have been sent, and
sending the same batch again changes nothing.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agents.jobs.messages import encode
from agents.scraper.documents import Origin, item_id
from agents.scraper.leases import Sources
from agents.scraper.message import GLOBAL, PostsMessage, posts_body
from agents.scraper.posts import Post, Wrong, item_of, read_post
from agents.scraper.sources import Source
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import PermanentError
from shared.queues.base import MAX_BODY_BYTES, Queues
from shared.scraping.base import parse_config
from shared.scraping.reddit import RedditConfig
from shared.store.base import Document, Store
from shared.store.containers import SCRAPED_ITEMS
from shared.store.query import In, Query

KIND: Final = "reddit"
ENVELOPE_BYTES: Final = 3_000  # ids of 200 characters in any script, and what a message gathers on its way
MAX_POST_BYTES: Final = 40_000


class UnknownSubredditError(ValueError):
    """No active source that all share collects this subreddit; `known`: those that are collected."""

    def __init__(self, subreddit: str, known: Sequence[str]) -> None:
        super().__init__(subreddit)
        self.known = tuple(known)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A post that is not taken, and everything that is wrong with it."""

    index: int
    problems: tuple[Wrong, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch. `duplicates`: known by their address already; `job_ids`: of the jobs that take the others in."""

    accepted: int
    duplicates: int
    rejected: tuple[Rejected, ...]
    job_ids: tuple[str, ...]


class PostIntake:
    """Accepts batches; see the module."""

    def __init__(self, *, store: Store, sources: Sources, queues: Queues, clock: Clock, queue: str) -> None:
        self._store = store
        self._sources = sources
        self._queues = queues
        self._clock = clock
        self._queue = queue

    async def accept(self, subreddit: str, posts: Sequence[Mapping[str, Any]], *, submitter_id: str | None) -> Taken:
        """Check the posts (at most `MAX_POSTS`) and enqueue the right ones. Raises `UnknownSubredditError`."""
        source, name = await self._source_of(subreddit)
        now, origin = self._clock.now(), Origin(source.id, KIND)
        rejected: list[Rejected] = []
        good: dict[str, Post] = {}
        right = 0
        for index, value in enumerate(posts):
            read = read_post(value, subreddit=name, at=now)
            item = item_of(read, subreddit=name, at=now) if isinstance(read, Post) else None
            if isinstance(read, Post) and item is not None and len(encode(read.to_body())) <= MAX_POST_BYTES:
                right += 1
                good.setdefault(item_id(origin, item.product_url), read)
            else:
                rejected.append(Rejected(index, tuple(read) if isinstance(read, list) else (_unusable(read),)))
        known = await self._known(list(good))
        new = [post for key, post in good.items() if key not in known]
        ids = [await self._send(body) for body in self._bodies(source, new, name, submitter_id)]
        return Taken(len(new), right - len(new), tuple(rejected), tuple(ids))

    async def _source_of(self, subreddit: str) -> tuple[Source, str]:
        """Return the active source that collects a subreddit, and how that writes the name."""
        wanted, cursor = subreddit.casefold(), None
        known: set[str] = set()
        while True:
            documents, cursor = await self._sources.page(cursor=cursor, source_type=KIND)
            for document in documents:
                name = _subreddit_of(document)
                if name is None or not _is_open(document):
                    continue
                known.add(name)
                if name.casefold() != wanted:
                    continue
                with contextlib.suppress(ValueError):  # malformed: the kicker names it
                    return Source.from_document(document), name
            if cursor is None:
                raise UnknownSubredditError(subreddit, sorted(known))

    async def _known(self, ids: list[str]) -> set[str]:
        if not ids:
            return set()
        query = Query(where=In("id", tuple(ids)), select=("id",), page_size=len(ids))
        known: set[str] = set()
        cursor: str | None = None
        while True:
            page = await self._store.page(SCRAPED_ITEMS.key, query, partition=GLOBAL, cursor=cursor)
            known |= {one["id"] for one in page.documents}
            cursor = page.cursor
            if cursor is None:
                return known

    def _bodies(
        self, source: Source, posts: Sequence[Post], subreddit: str, submitter_id: str | None
    ) -> Iterator[dict[str, Any]]:
        """Cut into messages that a queue takes."""
        at, waiting, size = to_iso(self._clock.now()), list[Post](), ENVELOPE_BYTES
        for post in posts:
            weight = len(encode(post.to_body())) + 1
            if waiting and size + weight > MAX_BODY_BYTES:
                yield posts_body(KIND, source.id, waiting, subreddit=subreddit, submitter_id=submitter_id, at=at)
                waiting, size = [], ENVELOPE_BYTES
            waiting.append(post)
            size += weight
        if waiting:
            yield posts_body(KIND, source.id, waiting, subreddit=subreddit, submitter_id=submitter_id, at=at)

    async def _send(self, body: dict[str, Any]) -> str:
        """Send one message; returns its job's id."""
        await self._queues.send(self._queue, encode(observe.traced(body)))
        return PostsMessage.model_validate({**body, "body": body}).key


def _unusable(post: Post) -> Wrong:
    size = len(encode(post.to_body()))
    if size > MAX_POST_BYTES:
        return Wrong("", f"{size} bytes", f"at most {MAX_POST_BYTES} bytes")
    return Wrong("", "a post that the checks of all sources refuse", "a title, an address and a picture that can be stored")


def _is_open(document: Document) -> bool:
    """True for a source that is active and shared: what is taken in is shown to all."""
    return document.get("isActive") is True and document.get("isGlobal") is True


def _subreddit_of(document: Document) -> str | None:
    """Return the subreddit of a source, None for a config that no adapter would read."""
    config = document.get("config")
    try:
        return parse_config(RedditConfig, config).subreddit if isinstance(config, dict) else None
    except PermanentError:
        return None
