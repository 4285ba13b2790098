"""Reads sources and writes on them: leases by compare-and-set, and how a run ended.

Every write is a patch of the fields that are ours; what the web API and clients write meanwhile stays.
"""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agents.scraper.message import USES
from agents.scraper.sources import LEASE, Source, Tally
from shared.clock import Clock, to_iso
from shared.errors import ItemNotFound, PermanentError, PreconditionFailed, Reason
from shared.observe.log import log_event
from shared.observe.metering import spent
from shared.retry import QuickRetry, quick_retry
from shared.store.base import Document, Store
from shared.store.containers import SCRAPER_SOURCES
from shared.store.query import AllOf, Compare, Condition, PatchOperation, Query, Set

logger = logging.getLogger(__name__)
PAGE: Final = 100
MAX_USES: Final = 5
MAX_NAMED_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease of ours, as it stands in the source: until when, and who of us holds it."""

    source_type: str
    source_id: str
    ends: str
    owner: str


class Sources:
    """The catalogue of sources."""

    def __init__(self, *, store: Store, clock: Clock, quick: QuickRetry) -> None:
        self._store = store
        self._clock = clock
        self._quick = quick

    async def find(self, source_type: str, source_id: str) -> Source | None:
        """Return the source, None where it does not exist. Raises `PermanentError(PAYLOAD_INVALID)` for a malformed one."""
        item = await quick_retry(
            lambda: self._store.find(SCRAPER_SOURCES.key, source_id, source_type), policy=self._quick, clock=self._clock
        )
        if item is None:
            return None
        try:
            return Source.from_document(item.body)
        except ValueError as error:
            raise PermanentError(f"the source is malformed: {error}", reason=Reason.PAYLOAD_INVALID) from None

    async def take(self, source: Source, owner: str) -> Lease | None:
        """Take the lease that was seen free, or ours; None when somebody was faster, or the source is gone."""
        ends = to_iso(self._clock.now() + LEASE)
        changes = [Set("leaseExpiresAt", ends), Set("leaseOwner", owner)]
        lease = Lease(source.source_type, source.id, ends, owner)
        try:
            await self._patch(source.source_type, source.id, changes, source.unchanged_lease())
        except PreconditionFailed:  # or our own write, whose answer was lost
            seen = await self.find(source.source_type, source.id)
            return lease if seen is not None and seen.is_leased_as(ends, owner) else None
        except ItemNotFound:
            return None
        return lease

    async def extend(self, lease: Lease) -> Lease | None:
        """Move the end of a lease that is still ours; None when it is not."""
        ends = to_iso(self._clock.now() + LEASE)
        moved = Lease(lease.source_type, lease.source_id, ends, lease.owner)
        try:
            await self._patch(lease.source_type, lease.source_id, [Set("leaseExpiresAt", ends)], _held(lease))
        except PreconditionFailed:
            seen = await self.find(lease.source_type, lease.source_id)
            return moved if seen is not None and seen.is_leased_as(ends, lease.owner) else None
        except ItemNotFound:
            return None
        return moved

    async def close(
        self, lease: Lease | None, source: Source, *, health: Document, scraped_at: datetime | None, reading: Document | None
    ) -> None:
        """Write how a run ended, and let the lease go where it is still ours. `scraped_at` None: nothing was read."""
        changes: list[PatchOperation] = [Set("health", health), *_spent_on(source, self._clock.now())]
        if scraped_at is not None:
            changes.append(Set("lastScrapedAt", to_iso(scraped_at)))
        if reading is not None:
            changes.append(Set("reading", reading))
        try:
            if lease is not None:
                over = to_iso(self._clock.now())  # a time, not null: who asks for leases that are over must find it
                released = [*changes, Set("leaseExpiresAt", over), Set("leaseOwner", "")]
                try:
                    await self._patch(source.source_type, source.id, released, _held(lease))
                except PreconditionFailed:
                    pass  # released already, and the answer was lost; or somebody else's by now
                else:
                    return
            await self._patch(source.source_type, source.id, changes, None)
        except ItemNotFound:
            log_event(logger, "a source was deleted while it was scraped", level=logging.WARNING, source=source.id)

    async def note_posts(self, source: Source, tally: Tally, at: datetime) -> None:
        """Write that a client has collected the source, and what came of its posts."""
        counts = {
            "lastAt": to_iso(at), "found": tally.found, "new": tally.new, "duplicates": dict(+tally.duplicates),
            "dropped": dict(tally.dropped), "later": tally.later,
        }  # fmt: skip
        with contextlib.suppress(ItemNotFound):
            changes: list[PatchOperation] = [
                Set("lastScrapedAt", to_iso(at)), Set("clientBatches", counts), *_spent_on(source, at),
            ]  # fmt: skip
            await self._patch(source.source_type, source.id, changes, None)

    async def page(
        self, *, cursor: str | None, source_id: str | None = None, source_type: str | None = None
    ) -> tuple[list[Document], str | None]:
        """Return a page of the catalogue and the next one's cursor. Sources are few and small: the whole documents."""
        where = Compare("id", "=", source_id) if source_id is not None else AllOf(())
        query = Query(where=where, page_size=PAGE)
        page = await quick_retry(
            lambda: self._store.page(SCRAPER_SOURCES.key, query, partition=source_type, cursor=cursor),
            policy=self._quick,
            clock=self._clock,
        )
        return page.documents, page.cursor

    async def ids(self) -> list[str]:
        """Return the ids of the sources, by the alphabet; of very many some."""
        found: list[str] = []
        cursor: str | None = None
        for _ in range(MAX_NAMED_PAGES):
            documents, cursor = await self.page(cursor=cursor)
            found += [str(one["id"]) for one in documents]
            if cursor is None:
                break
        return sorted(found)

    async def _patch(self, source_type: str, source_id: str, changes: Sequence[PatchOperation], when: Condition | None) -> None:
        await quick_retry(
            lambda: self._store.patch(SCRAPER_SOURCES.key, source_id, source_type, changes, when=when),
            policy=self._quick,
            clock=self._clock,
        )


def _spent_on(source: Source, at: datetime) -> list[Set]:
    """Return what notes what the models took for this work, beside the last ones: those between two looks are all counted."""
    used, before = spent(), source.document.get(USES)
    if not used:
        return []
    kept = before if isinstance(before, list) else []
    return [Set(USES, [*kept, {"at": to_iso(at), "used": used}][-MAX_USES:])]


def _held(lease: Lease) -> AllOf:
    return AllOf((Compare("leaseExpiresAt", "=", lease.ends), Compare("leaseOwner", "=", lease.owner)))
