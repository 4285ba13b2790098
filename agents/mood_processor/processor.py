"""The moods of the day: what fashion writes about, learnt from feeds every morning.

Trigger: timer 06:00 UTC, in stages through the run ledger; or a manual run. Reads: the feeds, `MoodFeeds`, `Moods`. Writes:
`Moods`, each by a conditional write; `MoodFeeds`. Fails: when every feed, chunk or save failed, or the store is down;
less is `partial`, raised too where a mood was not saved; nothing new to read is `zero_work`.

The order makes it safe to die anywhere: moods first, and only then "these articles were read". An article that is read again
counts once, since a mood knows what it has counted.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agents.mood_processor.documents import fold
from agents.mood_processor.extraction import Extraction, extract
from agents.mood_processor.feeds import FeedReading, MoodFeeds
from agents.mood_processor.names import MoodNames, Named, Naming
from agents.runs.ledger import Report, RunOutcome
from shared.chat.base import ChatModel
from shared.clock import Clock
from shared.embeddings.base import Embedder
from shared.errors import ItemNotFound, ProcessorError, RetryableError
from shared.observe.log import log_event
from shared.retry import QuickRetry, quick_retry
from shared.settings import Feed
from shared.store.base import Document, Store
from shared.store.containers import MOODS
from shared.store.query import Set
from shared.store.updates import update

logger = logging.getLogger(__name__)
SAVES_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Part:
    """What one call came to. `left`: how many new articles there was no time for; `failed`: the keys of those that were asked
    about, or learnt from, in vain.
    """

    report: Report
    left: int = 0
    failed: frozenset[str] = frozenset()


class MoodProcessor:
    """One run; see the module."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        chat: ChatModel,
        embeddings: Embedder,
        feeds: MoodFeeds,
        names: MoodNames,
        quick: QuickRetry,
        sources: Sequence[Feed],
    ) -> None:
        self._store = store
        self._clock = clock
        self._chat = chat
        self._embeddings = embeddings
        self._feeds = feeds
        self._names = names
        self._quick = quick
        self._sources = sources

    async def run(self) -> Report:
        """Read, extract, name, save, remember, all in one go. Raises `RetryableError` when the store is down."""
        return (await self.read_some()).report

    async def read_some(self, *, for_at_most: timedelta | None = None, skip: Collection[str] = frozenset()) -> Part:
        """Do it for what there is time for, articles with the keys of `skip` left out; the rest comes with the next call."""
        readings = await self._feeds.read(self._sources)
        if all(reading.outcome == "failed" for reading in readings):
            await self._remember(readings, set())
            return Part(self._report(readings, Extraction(), Naming(), {}, "every feed failed"))
        new = {article.key: article for reading in readings for article in reading.articles}
        articles = [article for key, article in new.items() if key not in skip]
        known = await self._names.known() if articles else []
        until = None if for_at_most is None else self._clock.now() + for_at_most  # from now on: every call gets somewhere
        extraction = await extract(articles, chat=self._chat, clock=self._clock, quick=self._quick, known=known, until=until)
        naming = await self._names.settle(extraction.mentions)
        saved = await self._save_all(naming)
        lost = {article.key for named in naming.named if not saved[named.mood_id] for article in named.mention.articles}
        await self._remember(readings, {article.key for article in extraction.read} - lost)
        report = self._report(readings, extraction, naming, saved, "")
        failed = lost | {article.key for article in extraction.failed}
        return Part(report, left=len(extraction.left), failed=frozenset(failed))

    async def _save_all(self, naming: Naming) -> dict[str, bool]:
        """Save every mood; returns by its id whether it was saved. A stale vector is replaced in passing, or by itself."""
        slots = asyncio.Semaphore(SAVES_AT_ONCE)
        now = self._clock.now()

        async def one(named: Named) -> bool:
            async with slots:
                try:
                    await quick_retry(lambda: self._save(named, naming, now), policy=self._quick, clock=self._clock)
                except ProcessorError:
                    return False
                except Exception as error:  # noqa: BLE001  (a mood that cannot be saved, whyever, costs no other)
                    log_event(logger, "a mood could not be saved", level=logging.ERROR, cause=type(error).__name__)
                    return False
                return True

        done = await asyncio.gather(*map(one, naming.named))
        touched = {(named.mention.primary, named.mood_id) for named in naming.named}
        for key in naming.stale.keys() - touched:
            await self._reembed(*key, naming.stale[key])
        return {named.mood_id: ok for named, ok in zip(naming.named, done, strict=True)}

    async def _save(self, named: Named, naming: Naming, now: datetime) -> None:
        mention, model = named.mention, self._embeddings.model

        def folded(before: Document | None) -> Document | None:
            vector = naming.stale.get((mention.primary, named.mood_id)) if before else named.vector
            return fold(before, mention, now=now, vector=vector, model=model)

        await update(
            self._store, self._clock, MOODS.key, named.mood_id, mention.primary, folded, what="the mood keeps changing"
        )

    async def _reembed(self, primary: str, mood_id: str, vector: Sequence[float]) -> None:
        """Give a stored mood its vector of the current model; a failure waits for the next run."""
        values = [round(float(value), 7) for value in vector]
        changes = [Set("nameEmbedding", values), Set("embeddingModel", self._embeddings.model)]
        try:
            await self._store.patch(MOODS.key, mood_id, primary, changes)
        except (RetryableError, ItemNotFound):
            return

    async def _remember(self, readings: Sequence[FeedReading], read: Collection[str]) -> None:
        await asyncio.gather(*(self._feeds.remember(reading, read) for reading in readings))

    def _report(
        self, readings: Sequence[FeedReading], extraction: Extraction, naming: Naming, saved: dict[str, bool], error: str
    ) -> Report:
        failed_feeds = sum(reading.outcome == "failed" for reading in readings)
        articles = {article.key for article in (*extraction.read, *extraction.failed)}
        done = {
            "feeds": len(readings) - failed_feeds, "articles": len(extraction.read),
            "chunks": extraction.chunks - len(extraction.failures), "moods": sum(saved.values()), "merged": naming.merged,
        }  # fmt: skip
        expected = {"feeds": len(readings), "articles": len(articles), "chunks": extraction.chunks, "moods": len(saved)}
        if extraction.chunks and not done["chunks"]:
            error = f"every chunk failed: {', '.join(dict.fromkeys(extraction.failures))}"
        unsaved = [mood_id for mood_id, ok in saved.items() if not ok]
        if unsaved and not done["moods"]:
            error = "no mood could be saved"
        failed = bool(error)
        if unsaved and not failed:
            error = f"{len(unsaved)} of {len(saved)} moods could not be saved"
        outcome = RunOutcome.OK if articles else RunOutcome.ZERO_WORK
        if failed_feeds or extraction.failures or naming.degraded or unsaved:
            outcome = RunOutcome.PARTIAL
        detail = {
            "feeds": [reading.to_detail() for reading in readings], "chunkFailures": extraction.failures,
            "dropped": {name: count for name, count in extraction.dropped.items() if count}, "asked": naming.asked,
            "degraded": naming.degraded, "reembedded": len(naming.stale),
            "unsaved": unsaved,
        }  # fmt: skip
        return Report(RunOutcome.FAILED if failed else outcome, expected, done, detail, error)
