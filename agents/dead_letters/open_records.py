"""The dead letters that wait for on-call: how many, of which causes, whose, and until when they are kept.

Reads: the open dead letters, a bounded number, newest first. Fails: `RetryableError` in an outage.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agents.dead_letters.record import LIFETIME, last_written_by
from shared.clock import Clock, from_iso, to_iso
from shared.errors import Reason, known_reason
from shared.store.base import Document, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare, Order, Query

MAX_OPEN: Final = 1_000
MAX_RECENT: Final = 20_000
PAGE: Final = 1_000  # in one query, and no more than is shown
RECENT: Final = timedelta(hours=72)
FIELDS: Final = ("id", "sourceQueue", "reason", "fingerprint", "description", "createdAt", "updatedAt", "payload")
OPEN: Final = Compare("status", "=", "open")


@dataclass(frozen=True, slots=True)
class Cause:
    """The open dead letters of one fingerprint. `description` is an outside text; `sample_ids`: some of their ids."""

    fingerprint: str
    reason: Reason
    count: int
    first_seen: datetime
    last_seen: datetime
    description: str = ""
    sample_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """One open dead letter. `user` is for counting and nothing else."""

    record_id: str
    queue: str
    reason: Reason
    fingerprint: str
    description: str
    created_at: datetime
    expires_at: datetime
    user: str

    @classmethod
    def from_document(cls, record: Document) -> "OpenRecord":
        """Parse a record of the dead letters."""
        payload = record.get("payload")
        named: Document = payload if isinstance(payload, dict) else {}
        return cls(
            record["id"], record["sourceQueue"], known_reason(record["reason"]), record["fingerprint"], record["description"],
            from_iso(record["createdAt"]), from_iso(record["updatedAt"]) + LIFETIME,
            str(named.get("user_id") or named.get("userId") or ""),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenRecords:
    """The open dead letters; not `complete`: there are more, and every count is a least one. `recent`: when those of the last
    three days were created, up to `MAX_RECENT`; a message newer than this build is nobody's incident and left out.
    """

    found: tuple[OpenRecord, ...]
    complete: bool
    nearest_expiry: datetime | None
    recent: tuple[datetime, ...] = ()

    @property
    def users(self) -> int:
        """How many users have one."""
        return len({one.user for one in self.found if one.user})

    def by_reason(self) -> dict[Reason, int]:
        """Count by reason."""
        counts: dict[Reason, int] = {}
        for one in self.found:
            counts[one.reason] = counts.get(one.reason, 0) + 1
        return counts

    @property
    def oldest(self) -> datetime | None:
        """When the oldest was created, None where there is none."""
        return min((one.created_at for one in self.found), default=None)

    def parked(self, queue: str) -> int:
        """Return how many records of a dead-letter queue have their payload waiting in it: those that nobody can decode."""
        return sum(one.queue == queue and one.reason is Reason.PAYLOAD_UNDECODABLE for one in self.found)

    def causes(self) -> tuple[Cause, ...]:
        """Group by fingerprint; samples and description are of the newest."""
        groups: dict[str, list[OpenRecord]] = {}
        for one in sorted(self.found, key=lambda one: (one.created_at, one.record_id), reverse=True):
            groups.setdefault(one.fingerprint, []).append(one)
        return tuple(
            Cause(
                fingerprint, group[0].reason, len(group), group[-1].created_at, group[0].created_at, group[0].description,
                tuple(one.record_id for one in group[:3]),
            )
            for fingerprint, group in groups.items()
        )  # fmt: skip


async def read_open_records(store: Store, clock: Clock, notice: timedelta) -> OpenRecords:
    """Read them. `notice`: how far ahead an expiry must be seen although there are more than are read."""
    found: list[OpenRecord] = []
    cursor = None
    query = Query(where=OPEN, order=Order("createdAt", descending=True), select=FIELDS, page_size=PAGE)
    for _ in range(MAX_OPEN // PAGE):
        page = await store.page(DEAD_LETTERS.key, query, cursor=cursor)
        found += [OpenRecord.from_document(record) for record in page.documents]
        cursor = page.cursor
        if cursor is None:
            break
    nearest = min((one.expires_at for one in found), default=None)
    if cursor is not None:
        old = Query(
            where=AllOf((OPEN, last_written_by(clock.now() + notice - LIFETIME))),
            order=Order("createdAt"),
            select=FIELDS,
            page_size=PAGE,
        )
        expiring = [OpenRecord.from_document(one) for one in (await store.page(DEAD_LETTERS.key, old)).documents]
        nearest = min((one.expires_at for one in (*found, *expiring)), default=None)
    since = clock.now() - RECENT
    recent = tuple(one.created_at for one in found if one.created_at >= since and one.reason is not Reason.DEPLOY_MISMATCH)
    if cursor is not None and found[-1].created_at >= since:
        recent = await _recent(store, since)
    return OpenRecords(tuple(found), cursor is None, nearest, recent)


async def _recent(store: Store, since: datetime) -> tuple[datetime, ...]:
    """Read the times alone, newest first: of an outage's dead letters there are more than are shown."""
    where = AllOf((OPEN, Compare("createdAt", ">=", to_iso(since))))
    query = Query(
        where=where, order=Order("createdAt", descending=True), select=("createdAt", "reason"), page_size=MAX_RECENT // 4
    )
    times: list[datetime] = []
    cursor = None
    while len(times) < MAX_RECENT:
        page = await store.page(DEAD_LETTERS.key, query, cursor=cursor)
        times += [from_iso(one["createdAt"]) for one in page.documents if one["reason"] != Reason.DEPLOY_MISMATCH]
        cursor = page.cursor
        if cursor is None:
            break
    return tuple(times)
