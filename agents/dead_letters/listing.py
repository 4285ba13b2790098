"""Looks at the dead letters as on-call does: page by page, grouped by cause, and by when the evidence expires.

Reads: the dead letters. The store deletes a record a container's time to live after its last write, whoever wrote it:
`expiresAt` is `updatedAt` plus that time, and any action on a record keeps it longer.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Self

from agents.dead_letters.filter import RecordFilter
from agents.dead_letters.record import LIFETIME, DeadLetter, last_written_by
from shared.clock import Clock
from shared.errors import SICK_DOCUMENT
from shared.store.base import Document, Page, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Condition, Order, Query

MAX_GROUPS: Final = 1_000
MAX_SCANNED: Final = 200_000
PAGE: Final = 500
SCANNED: Final = ("id", "fingerprint", "reason", "description", "createdAt", "updatedAt", "status", "kind", "sourceQueue")


@dataclass(slots=True)
class Group:
    """The dead letters of one cause. `sample` is the newest one; `expires_at`: when the first of them expires.

    It grows in place: a hundred thousand records are joined to some hundred groups.
    """

    fingerprint: str
    reason: str
    description: str
    sample: str
    first_seen: str
    last_seen: str
    expires_at: str
    count: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    queues: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, record: DeadLetter) -> Self:
        """Return the group that begins with a record, without counting it."""
        at, end = record.created_at, record.expires
        return cls(record.fingerprint, record.stored_reason, record.description, record.record_id, at, at, end)

    def join(self, record: DeadLetter) -> None:
        """Add one more record, which may come in any order. What cannot be read of it is found out before anything is added."""
        at, status, queue, end = record.created_at, record.status.value, record.queue, record.expires
        if (at, record.record_id) > (self.last_seen, self.sample):
            self.sample, self.description = record.record_id, record.description
        self.count += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.queues.add(queue)
        self.first_seen, self.last_seen = min(self.first_seen, at), max(self.last_seen, at)
        self.expires_at = min(self.expires_at, end)

    def to_document(self) -> Document:
        """Return it for an answer."""
        return {
            "fingerprint": self.fingerprint, "reason": self.reason, "description": self.description, "count": self.count,
            "firstSeenAt": self.first_seen, "lastSeenAt": self.last_seen, "sampleId": self.sample,
            "statuses": dict(self.statuses), "queues": sorted(self.queues), "firstExpiresAt": self.expires_at,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups by cause, the largest first. `complete` is False when there were more records or causes than were looked at."""

    groups: tuple[Group, ...]
    records: int
    complete: bool


class Inspection:
    """Lists and groups; see the module."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def page(self, chosen: RecordFilter, *, expiring_days: int | None, limit: int, cursor: str | None) -> Page:
        """Return dead letters, newest first, without payloads. Raises ValueError on a cursor that is not ours."""
        order = Order("createdAt", descending=True)
        query = Query(where=self._where(chosen, expiring_days), order=order, page_size=limit)
        page = await self._store.page(DEAD_LETTERS.key, query, cursor=cursor)
        return Page([DeadLetter(record).shown(full=False) for record in page.documents], page.cursor)

    async def groups(self, chosen: RecordFilter, *, expiring_days: int | None) -> Groups:
        """Group by cause, holding one page of records and the groups at a time."""
        found: dict[str, Group] = {}
        scanned, complete = 0, True
        where = self._where(chosen, expiring_days)
        async for records in pages(self._store, where, page_size=PAGE, select=SCANNED, newest_first=True):
            complete = _join(found, records) and complete
            scanned += len(records)
            if scanned >= MAX_SCANNED:
                complete = False
                break
        ordered = sorted(found.values(), key=lambda group: (-group.count, group.fingerprint))
        return Groups(tuple(ordered), scanned, complete)

    def _where(self, chosen: RecordFilter, expiring_days: int | None) -> AllOf:
        where = chosen.condition()
        if expiring_days is None:
            return where
        last_write = self._clock.now() + timedelta(days=expiring_days) - LIFETIME
        return AllOf((*where.parts, last_written_by(last_write)))


def _join(found: dict[str, Group], records: Iterable[Document]) -> bool:
    """Add records to their groups; False when there is no room for another group."""
    complete = True
    for record in map(DeadLetter, records):
        try:
            known = found.get(record.fingerprint)
            if known is None and len(found) >= MAX_GROUPS:
                complete = False
                continue
            group = known or Group.of(record)
            group.join(record)
            found[record.fingerprint] = group
        except SICK_DOCUMENT:  # this one is in no group; the others are
            complete = False
    return complete


async def pages(
    store: Store, where: Condition, *, page_size: int, select: tuple[str, ...] | None = None, newest_first: bool = False
) -> AsyncIterator[list[Document]]:
    """Yield dead letters a page at a time, so that memory does not grow with their number."""
    cursor = None
    query = Query(where=where, order=Order("createdAt", descending=newest_first), select=select, page_size=page_size)
    while True:
        page = await store.page(DEAD_LETTERS.key, query, cursor=cursor)
        if page.documents:
            yield page.documents
        cursor = page.cursor
        if cursor is None:
            return
