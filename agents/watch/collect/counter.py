"""Counts what happened since the last look: jobs that ended, attempts that failed, new dead letters, calls of the models.

Reads: jobs, dead letters, digests, sources, picture analyses, by their times. Writes: the cells of
`agents.watch.collect.traffic`, by compare-and-set; an evaluator who loses has counted the same. Fails: `RetryableError` in
an outage, and then nothing is counted; the next look counts it.

Nothing is written while a job runs. A look reads what ended in its last five to ten minutes, a few documents in a hundred of
what the jobs themselves have cost. After a pause it catches up, in ranges that it halves until one fits its budget.
"""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from agents.jobs.kinds import DIGEST, SCRAPE, TASTE
from agents.watch.collect.traffic import CALLS, DEAD, ENDED, FAILED, FINE, Happening, Traffic
from shared.clock import Clock, from_iso, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, Reason, RetryableError, known_reason
from shared.observe.log import log_event
from shared.store.base import Document, Item, Store
from shared.store.containers import BACKGROUND_JOBS, DEAD_LETTERS, DIGESTS, JOBS, PICTURES, SCRAPER_SOURCES, SERVICE_STATE
from shared.store.query import AllOf, Compare, Query

logger = logging.getLogger(__name__)
ID: Final = "watch.traffic"
PAGE: Final = 500
RANGE_PAGES: Final = 20  # of one source in one range: 10,000 documents
LOOK_PAGES: Final = 120
RECENT: Final = timedelta(hours=1)
NOT_FAILURES: Final = frozenset({"DeferredError", "ModelSuspended"})  # deferred, no attempt was spent


@dataclass(frozen=True, slots=True)
class CountedSource:
    """Documents that are found by a time of theirs, and what one of them says has happened, read from the fields `needs`.
    `recent`: that time is of the last of several happenings, of which only the last hour's are ever asked for; there may be
    more than fit.
    """

    container: str
    field: str
    read: Callable[[Document], list[Happening]]
    needs: tuple[str, ...] = ()
    recent: bool = False


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


def _at(field: str, *names: str) -> Callable[[Document], list[Happening]]:
    def read(document: Document) -> list[Happening]:
        at = _instant(document.get(field))
        return [Happening(name, at) for name in names] if at else []

    return read


def _instant(text: object) -> datetime | None:
    """Some of the times are other writers'."""
    try:
        return from_iso(str(text))
    except ValueError:
        return None


def _failures(job: Document) -> list[Happening]:
    name = f"{FAILED}{job.get('kind') or TASTE}"
    times = [_instant(one["at"]) for one in job.get("attempts") or () if one.get("errorType") not in NOT_FAILURES]
    return [Happening(name, at) for at in times if at]


def _death(record: Document) -> list[Happening]:
    """Left out is what is nobody's incident: a late copy of what had completed, and a message newer than this build."""
    settled_itself = record["status"] == "resolved" and not record.get("history")
    if settled_itself or record["reason"] == Reason.DEPLOY_MISMATCH:
        return []
    return _at("createdAt", DEAD)(record)


# A lazy kind has a job document only where something went wrong: what it makes tells of the others.
SOURCES: Final = (
    CountedSource(JOBS.key, "lastCompletedAt", _at("lastCompletedAt", ENDED + TASTE)),
    CountedSource(DIGESTS.key, "generatedAt", _at("generatedAt", ENDED + DIGEST, CALLS)),
    CountedSource(SCRAPER_SOURCES.key, "lastScrapedAt", _at("lastScrapedAt", ENDED + SCRAPE)),
    CountedSource(PICTURES.key, "createdAt", _at("createdAt", CALLS)),
    CountedSource(JOBS.key, "lastError.at", _failures, ("kind", "attempts"), recent=True),
    CountedSource(BACKGROUND_JOBS.key, "lastError.at", _failures, ("kind", "attempts"), recent=True),
    CountedSource(DEAD_LETTERS.key, "createdAt", _death, ("status", "history", "reason")),
)


class Counter:
    """Counts what happened, from the times in the documents."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def read(self) -> Traffic | None:
        """Return what was counted last; None: nothing ever was."""
        item = await self._find()
        return Traffic.from_document(item.body) if item else None

    async def count(self, at: datetime, judged_to: datetime | None) -> Counted:
        """Count up to `at` and save it. `judged_to`: what is new since then is wanted by name as well."""
        item = await self._find()
        before = Traffic.from_document(item.body) if item else Traffic.beginning(at)
        if before.counted_to > at:
            return Counted(before, complete=True)
        traffic, fresh = before, list[NewDeadLetter]()
        start, span, pages = before.start(judged_to), at - before.start(judged_to), LOOK_PAGES
        while start < at and pages > 0:
            until = min(start + span, at)
            found = await self._range(start, until)
            pages -= found.pages
            if not found.fits:
                if span <= FINE:
                    break
                span = max(FINE, span / 2 // FINE * FINE)
                continue
            traffic = traffic.counted(start, until, found.happenings)
            fresh += found.deaths
            start = until
        complete = traffic.counted_to == at
        if not complete:
            log_event(
                logger, "the watchdog has not counted everything yet", level=logging.WARNING,
                countedTo=to_iso(traffic.counted_to), at=to_iso(at),
            )  # fmt: skip
        await self._save(item, traffic)
        since = judged_to or at - FINE
        return Counted(traffic, complete, tuple(one for one in fresh if since <= one.at < at))

    async def _range(self, start: datetime, until: datetime) -> "_Found":
        found = _Found([], [], 0, fits=True)
        for source in SOURCES:
            async for document in self._documents(source, start, until, found):
                found.happenings += source.read(document)
                if source.container == DEAD_LETTERS.key:
                    found.deaths.append(NewDeadLetter(known_reason(document["reason"]), from_iso(document["createdAt"])))
            if not found.fits:
                break
        return found

    async def _documents(
        self, source: CountedSource, start: datetime, until: datetime, found: "_Found"
    ) -> AsyncIterator[Document]:
        """Yield a source's documents, and note in `found` whether that was all of them."""
        parts = [Compare(source.field, ">=", to_iso(start))]
        if source.recent:
            parts = [Compare(source.field, ">=", to_iso(max(start, self._clock.now() - RECENT)))]
        else:
            parts.append(Compare(source.field, "<", to_iso(until)))
        fields = (source.field.partition(".")[0], *source.needs)
        query, cursor = Query(where=AllOf(tuple(parts)), select=fields, page_size=PAGE), None
        for _ in range(RANGE_PAGES):
            page = await self._store.page(source.container, query, cursor=cursor)
            found.pages += 1
            for document in page.documents:
                yield document
            cursor = page.cursor
            if cursor is None:
                return
        found.fits = found.fits and source.recent

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


@dataclass(slots=True)
class _Found:
    """What one range held; it `fits` when no source had more than its pages."""

    happenings: list[Happening]
    deaths: list[NewDeadLetter]
    pages: int
    fits: bool
