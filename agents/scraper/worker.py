"""The workflow of the scrape queue: one source collected, a client's posts taken in, or missing embeddings filled in.

Trigger: queue `SCRAPE_JOB_QUEUE_NAME`. Reads: the source, its site, its pictures. Writes: new items; the source's lease, its
`lastScrapedAt`, `health` and what the next conditional request needs. Fails: `PermanentError` when a person has to look
(config, robots.txt, a page that is none), `RetryableError` else.

A source is scraped by whoever holds its lease. The kicker's lease passes to the job that brings it along; a lease that somebody
else has taken is waited for. However a run ends, also in its middle, the source says so and the lease is free again; a worker
that dies leaves a lease that ends by itself. What was stored before is known the next time. `lastScrapedAt` moves when
something was read, so a source of which nothing could be read stays due for clients.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from agents.jobs.delivery import Checkpoint
from agents.jobs.job import Claim
from agents.jobs.messages import encode
from agents.jobs.outcomes import Deferred, Done, Outcome, Skipped
from agents.scraper.documents import Origin
from agents.scraper.embedding import MissingEmbeddings
from agents.scraper.ingest import BATCH, Ingest
from agents.scraper.leases import Lease, Sources
from agents.scraper.message import (
    MAX_ROUNDS,
    CollectMessage,
    EmbedMessage,
    PostsMessage,
    ScrapeJobMessage,
    collect_body,
    embed_body,
)
from agents.scraper.pictures import Viewing
from agents.scraper.posts import item_of
from agents.scraper.sources import Source, Tally, fingerprint, health_after
from shared import observe
from shared.clock import Clock, parse_time, to_iso
from shared.errors import ProcessorError, Reason, RetryableError
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.scraping.base import FoundItem, Limits, PageFetcher, SourceAdapter, Visit
from shared.store.base import Document

logger = logging.getLogger(__name__)
TIME: Final = timedelta(minutes=4)  # for pages and pictures; what is left is another message's
TOO_OLD: Final = timedelta(hours=20)  # then the next morning's job has been enqueued
EMBED_DELAY_SECONDS: Final = 600.0
NEXT_ROUND_SECONDS: Final = 15.0
INTERRUPTED: Final = "interrupted"
LEASE_LOST: Final = "lease_lost"
NO_TIME: Final = "time"
Adapters = Callable[[str], Awaitable[SourceAdapter]]


class _LeaseLostError(Exception):
    """Somebody else has taken the source's lease."""


@dataclass(slots=True)
class _Run:
    """One run over a source. `note`: why it did not succeed, where no error says so."""

    run_id: str
    source: Source
    lease: Lease
    viewing: Viewing
    tally: Tally = field(default_factory=Tally)
    read: bool = False
    validators: dict[str, str] = field(default_factory=dict)
    error: ProcessorError | None = None
    note: str = INTERRUPTED
    ended_at: datetime | None = None

    @property
    def origin(self) -> Origin:
        return Origin(self.source.id, self.source.source_type)


async def load_adapter(kind: str) -> SourceAdapter:
    """Return the adapter of a `sourceType`; raises as `registry.adapter_of`."""
    return (await asyncio.to_thread(_registry))(kind)


def _registry() -> Callable[[str], SourceAdapter]:
    from shared.scraping.registry import adapter_of  # noqa: PLC0415  (loads lxml and two HTML parsers: only who scrapes pays)

    return adapter_of


class Scraped(StrEnum):
    """What was done with a source."""

    SCRAPED = "scraped"
    NOT_MODIFIED = "not modified"
    POSTS = "posts taken in"


class NotScraped(StrEnum):
    """Why a source is left alone."""

    GONE = "the source is gone"
    SWITCHED_OFF = "the source is switched off"
    NOT_SHARED = "the source is not shared with all"
    COLLECTED = "collected already"
    TOO_OLD = "too old, a later run takes the source"
    LEASE_LOST = "its lease was taken by somebody else"


class LeaseTaken(StrEnum):
    """Why a source has to wait."""

    A_MOMENT_AGO = "the lease was taken a moment ago"
    BY_ANOTHER = "leased by another worker or a client"


class ScrapeWorker:
    """The workflow; see the module. `fetch`: one object a worker, which keeps the pace of every host."""

    def __init__(
        self,
        *,
        sources: Sources,
        queues: Queues,
        queue: str,
        clock: Clock,
        fetch: PageFetcher,
        ingest: Ingest,
        missing: MissingEmbeddings,
        adapters: Adapters = load_adapter,
        limits: Limits | None = None,
    ) -> None:
        self._sources = sources
        self._queues = queues
        self._queue = queue
        self._clock = clock
        self._fetch = fetch
        self._ingest = ingest
        self._missing = missing
        self._adapters = adapters
        self._limits = limits or Limits()

    async def run(self, claim: Claim, message: ScrapeJobMessage, checkpoint: Checkpoint) -> Outcome:  # noqa: ARG002  (the port's)
        """Do what the message asks for."""
        match message:
            case CollectMessage():
                return await self._collect(message)
            case PostsMessage():
                return await self._take_posts(message)
            case EmbedMessage():
                return await self._missing.fill_in()
        raise TypeError(f"no such task: {type(message).__name__}")

    async def _collect(self, message: CollectMessage) -> Outcome:
        source = await self._sources.find(message.source_type, message.source_id)
        now = self._clock.now()
        refused = _refused(source, message, now)
        if source is None or refused is not None:
            return refused or Skipped(NotScraped.GONE)
        lease = await self._sources.take(source, self._clock.new_id())
        if lease is None:
            return Deferred(now + timedelta(seconds=5), LeaseTaken.A_MOMENT_AGO)
        run = _Run(message.run_id, source, lease, Viewing(until=now + TIME))
        try:
            await self._read(run)
            await self._go_on(message, run)
            run.note = ""
        except _LeaseLostError:
            run.note = LEASE_LOST
        except ProcessorError as error:
            run.error = error
            raise
        finally:
            await self._finish(run)
        if run.note:
            return Skipped(NotScraped.LEASE_LOST)
        return Done(Scraped.NOT_MODIFIED if run.tally.not_modified else Scraped.SCRAPED)

    async def _read(self, run: _Run) -> None:
        async for batch in self._offered(run):
            lease = await self._sources.extend(run.lease)
            if lease is None:
                raise _LeaseLostError
            run.lease = lease
            run.tally.add(await self._ingest.take_in(batch, run.origin, run.viewing))

    async def _offered(self, run: _Run) -> AsyncIterator[list[FoundItem]]:
        """Yield what the source offers, in batches; raise what went wrong only after everything that was read before it."""
        gathered: list[FoundItem] = []
        failure: ProcessorError | None = None
        now = self._clock.now()
        visit = Visit(self._fetch, now, self._limits, run.source.validators(now))
        try:
            adapter = await self._adapters(run.source.source_type)
            async for page in adapter.pages(run.source.config, visit):
                run.read = True
                run.tally.not_modified = page.not_modified
                run.tally.dropped.update({why.value: count for why, count in page.dropped.items()})
                run.validators = dict(page.validators) or run.validators
                run.tally.stopped = page.next.stopped.value if page.next and page.next.stopped else ""
                gathered += page.items
                while len(gathered) >= BATCH:
                    yield gathered[:BATCH]
                    del gathered[:BATCH]
                if page.next and not page.next.stopped and self._clock.now() >= run.viewing.until:
                    run.tally.stopped = NO_TIME
                    break
        except ProcessorError as error:
            failure = error
        if gathered:
            yield gathered
        if failure is not None:
            raise failure

    async def _finish(self, run: _Run) -> None:
        """Write how the run ended, whatever ended it. An outage is raised only where nothing else is."""
        now, failed = run.ended_at or self._clock.now(), run.error is not None or bool(run.note)
        health = health_after(
            run.source, run.tally, run.error, at=now, read=run.read, note=run.note, run_id=run.run_id
        )  # fmt: skip
        try:
            await self._sources.close(
                run.lease if run.note != LEASE_LOST else None, run.source, health=health,
                scraped_at=now if run.read else None, reading=_reading(run, now, failed=failed),
            )  # fmt: skip
        except ProcessorError as error:
            if not failed:
                raise
            log_event(logger, "how a run ended cannot be written", level=logging.ERROR, source=run.source.id, cause=str(error))
        log_event(
            logger, "a source was scraped", level=logging.WARNING if failed or health["barren"] else logging.INFO,
            source=run.source.id, outcome=health["lastOutcome"], reason=health["lastReason"], found=run.tally.found,
            new=run.tally.new, duplicates=dict(run.tally.duplicates), dropped=dict(run.tally.dropped), later=run.tally.later,
            left=run.tally.left, pending=run.tally.pending, barren=health["barren"],
        )  # fmt: skip
        await self._ask_for_embeddings(run.tally)

    async def _ask_for_embeddings(self, tally: Tally) -> None:
        if tally.pending:
            body = encode(observe.traced(embed_body(to_iso(self._clock.now()))))
            try:
                await self._queues.send(self._queue, body, delay_seconds=EMBED_DELAY_SECONDS)
            except RetryableError as error:  # the next kick asks as well
                log_event(logger, "missing embeddings were not asked for", level=logging.WARNING, cause=str(error))

    async def _go_on(self, message: CollectMessage, run: _Run) -> None:
        """Have what there was no time for collected by another message; at most `MAX_ROUNDS` in all. Asked for before the
        run counts as done, else a death in between would lose it, and as of the instant when it is, which is not "since".
        """
        run.ended_at = self._clock.now()
        if (run.tally.left or run.tally.stopped == NO_TIME) and message.round < MAX_ROUNDS:
            body = collect_body(
                message.source_type, message.source_id, run_id=message.run_id, lease="", manual=message.manual,
                at=to_iso(run.ended_at), round_=message.round + 1,
            )  # fmt: skip
            await self._queues.send(self._queue, encode(observe.traced(body)), delay_seconds=NEXT_ROUND_SECONDS)

    async def _take_posts(self, message: PostsMessage) -> Outcome:
        source = await self._sources.find(message.source_type, message.source_id)
        if source is None:
            return Skipped(NotScraped.GONE)
        now = self._clock.now()
        found = [item_of(post, subreddit=message.subreddit, at=now) for post in message.posts]
        items = [item for item in found if item is not None]
        origin = Origin(source.id, source.source_type, message.submitter_id)
        tally = await self._ingest.take_in(items, origin, Viewing(until=now + TIME))
        tally.dropped += Counter(refused=len(found) - len(items))
        await self._sources.note_posts(source, tally, self._clock.now())
        await self._ask_for_embeddings(tally)
        if not tally.complete:  # the client will not send them again: this job keeps them
            raise RetryableError(
                f"{tally.later + tally.left} of {len(found)} pictures cannot be had now", reason=Reason.IMAGE_UNREACHABLE
            )
        return Done(Scraped.POSTS)


def _refused(source: Source | None, message: CollectMessage, now: datetime) -> Outcome | None:
    """Return why the source is not to be scraped now, None where it is."""
    asked = parse_time(message.created_at, at_most=now) or now
    if source is None:
        return Skipped(NotScraped.GONE)
    if not source.is_active:
        return Skipped(NotScraped.SWITCHED_OFF)
    if not source.is_global:
        return Skipped(NotScraped.NOT_SHARED)
    if source.collected_since(asked, now):
        return Skipped(NotScraped.COLLECTED)
    if now - asked > TOO_OLD and not message.replays:
        return Skipped(NotScraped.TOO_OLD)
    until = source.leased_until(now)
    if until is not None and not source.is_leased_as(message.lease, message.run_id):
        return Deferred(until + timedelta(seconds=1), LeaseTaken.BY_ANOTHER)
    return None


def _reading(run: _Run, now: datetime, *, failed: bool) -> Document | None:
    """Return what the next conditional request needs. Only what is stored whole may be left out as "not modified"."""
    if run.tally.not_modified and not failed:
        return None  # as it was: validators age from the last whole reading
    whole = not failed and run.tally.complete and run.tally.stopped != NO_TIME
    return {"validators": run.validators if whole else {}, "at": to_iso(now), "config": fingerprint(run.source.config)}
