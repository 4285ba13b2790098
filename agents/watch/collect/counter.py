"""Counts what happened since the last look: jobs that ended, attempts that failed, new dead letters, calls of the models.

Reads: the documents of `sources`, by their times. Writes: the cells of `traffic`, by compare-and-set; an evaluator who loses
has counted the same. Fails: `RetryableError` in an outage, and then nothing is counted; the next look counts it.

Nothing is written while a job runs. A look reads what ended in its last five to ten minutes, a few documents in a hundred of
what the jobs themselves have cost. It reads in the order of time and folds page by page; where there is more than it may
read, it keeps the cells that are whole, and the next look goes on from there. A cell that alone holds more than it may read
is passed all the same, and counts for the least there was: no cell can hold up those behind it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from agents.jobs.kinds import JobKinds
from agents.watch.collect.sources import DEATHS, CountedSource, sources_of
from agents.watch.collect.traffic import FINE, FULL, Happening, Series, Traffic, cells_of, floor
from shared.clock import Clock, from_iso, parse_time, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, Reason, RetryableError, known_reason
from shared.observe.log import log_event
from shared.store.base import Document, Item, Store
from shared.store.containers import SERVICE_STATE
from shared.store.query import AllOf, Compare, Order, Query

logger = logging.getLogger(__name__)
ID: Final = "watch.traffic"
PAGE: Final = 50_000  # times and a word or two
PAGES: Final = 4  # of one source in one pass: 200,000 documents
PASSES: Final = 2  # of one source in one look: the first may meet a cell again that was too full
FEW: Final = 1_000  # are counted where they are, more in a thread
RECENT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewDeadLetter:
    """A dead letter as it was stored."""

    reason: Reason
    at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """The traffic, whether all of it could be counted, and the new dead letters that were not judged yet."""

    traffic: Traffic
    complete: bool
    fresh: tuple[NewDeadLetter, ...] = ()


@dataclass(slots=True)
class _Pass:
    """What was read of one source in [`start`, …): its cells, up to when they are whole, and its new dead letters."""

    start: datetime
    whole_to: datetime
    cells: dict[datetime, dict[str, int]] = field(default_factory=dict)
    fresh: list[NewDeadLetter] = field(default_factory=list)


class Counter:
    """Counts what happened, from the times in the documents."""

    def __init__(self, *, store: Store, clock: Clock, kinds: JobKinds) -> None:
        self._store = store
        self._clock = clock
        self._sources = sources_of(kinds)

    async def read(self) -> Traffic | None:
        """Return what was counted last; None: nothing ever was."""
        item = await self._find()
        found = Traffic.from_document(item.body) if item else None
        return found if found and found.series else None

    async def count(self, at: datetime, judged_to: datetime | None) -> Counted:
        """Count up to `at` and save it. `judged_to`: the dead letters that are new since then are wanted by name as well."""
        item = await self._find()
        before = Traffic.from_document(item.body) if item else Traffic({})
        series: dict[str, Series] = {}
        fresh: list[NewDeadLetter] = []
        for source in self._sources:
            own = before.series.get(source.name) or Series.beginning(at)
            series[source.name] = own if own.counted_to > at else await self._series(source, own, at, judged_to, fresh)
        traffic = Traffic(series)
        complete = traffic.counted_to >= at
        if not complete:
            log_event(
                logger, "the watchdog has not counted everything yet", level=logging.WARNING,
                countedTo=to_iso(traffic.counted_to), at=to_iso(at),
            )  # fmt: skip
        await self._save(item, traffic)
        since = judged_to or at - FINE
        return Counted(traffic, complete, tuple(one for one in fresh if since <= one.at < at))

    async def _series(
        self, source: CountedSource, own: Series, at: datetime, judged_to: datetime | None, fresh: list[NewDeadLetter]
    ) -> Series:
        """Return a source's series after at most `PASSES` passes."""
        start = own.start(judged_to if source is DEATHS else None)
        for _ in range(PASSES):
            found = await self._pass(source, start, at)
            fresh += found.fresh
            if found.whole_to <= own.counted_to and start < own.start():
                start = own.start()  # there is too much to look at it all again: what is new comes first
                continue
            own = own.counted(start, found.whole_to, found.cells)
            start = found.whole_to
            if start >= at:
                break
        return own

    async def _pass(self, source: CountedSource, start: datetime, at: datetime) -> _Pass:
        """Read [`start`, `at`) or as much of it as fits, page by page."""
        found, last, cut = _Pass(start, at), start, True
        pages = 0
        async for documents in self._pages(source, start, at):
            if len(documents) > FEW:
                last = await asyncio.to_thread(_fold, found, source, documents, start, at, last)
            else:
                last = _fold(found, source, documents, start, at, last)
            pages += 1
        cut = pages > PAGES
        if not cut:
            return found
        if source.ordered:
            found.whole_to = min(at, max(floor(last, FINE), start))
            if found.whole_to <= start:
                found.whole_to = min(at, start + FINE)
                found.cells.setdefault(start, {})[FULL] = 1
            found.cells = {cell: counts for cell, counts in found.cells.items() if cell < found.whole_to}
            found.fresh = [one for one in found.fresh if one.at < found.whole_to]
        else:
            found.cells.setdefault(floor(at - FINE, FINE) if at - FINE >= start else start, {})[FULL] = 1
        return found

    async def _pages(self, source: CountedSource, start: datetime, at: datetime) -> AsyncIterator[list[Document]]:
        """Yield a source's documents, one page more than fits when that was not all of them."""
        parts = [Compare(source.field, ">=", to_iso(max(start, at - RECENT) if source.recent else start))]
        if not source.recent:
            parts.append(Compare(source.field, "<", to_iso(at)))
        query = Query(
            where=AllOf(tuple(parts)), order=Order(source.field) if source.ordered else None,
            select=(source.field.partition(".")[0], *source.needs), page_size=PAGE,
        )  # fmt: skip
        cursor = None
        for _ in range(PAGES + 1):
            page = await self._store.page(source.container, query, cursor=cursor)
            yield page.documents
            cursor = page.cursor
            if cursor is None:
                return

    async def _find(self) -> Item | None:
        return await self._store.find(SERVICE_STATE.key, ID, ID)

    async def _save(self, item: Item | None, traffic: Traffic) -> None:
        document: dict[str, Any] = {"id": ID, "type": "traffic", **traffic.to_document()}
        try:
            if item is None:
                await self._store.create(SERVICE_STATE.key, document)
            else:
                await self._store.replace(SERVICE_STATE.key, document, if_match=item.etag)
        except (AlreadyExists, PreconditionFailed, ItemNotFound):
            return  # another evaluator counted the same
        except RetryableError as error:  # what was counted is right all the same
            log_event(logger, "the traffic cannot be kept now", level=logging.WARNING, reason=error.reason.value)


def _fold(
    found: _Pass, source: CountedSource, documents: list[Document], start: datetime, at: datetime, last: datetime
) -> datetime:  # fmt: skip
    """Count a page; returns the latest of its times, `last` where it has none."""
    happened: list[Happening] = []
    for document in documents:
        happened += source.read(document)
        if source is DEATHS:
            found.fresh.append(NewDeadLetter(known_reason(document["reason"]), from_iso(document["createdAt"])))
    for cell, counts in cells_of(one for one in happened if start <= one.at < at).items():
        into = found.cells.setdefault(cell, {})
        for name, count in counts.items():
            into[name] = into.get(name, 0) + count
    return max((one for document in documents if (one := parse_time(_value(document, source.field)))), default=last)


def _value(document: Document, path: str) -> object:
    found: object = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
