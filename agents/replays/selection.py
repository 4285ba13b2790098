"""Which dead letters or jobs an operation is about, and the snapshot that holds a call to the set which its dry run showed.

Reads: the dead letters, or the jobs. Writes: the snapshot of a dry run, for a day. Records are worked through oldest first.
A snapshot's token is a hash over what is to be done and the ids and versions of the set; any change of a record makes
another version. The set itself is kept beside it, so that a call that comes too late is told what has changed.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agents.dead_letters.listing import pages
from agents.dead_letters.record import DeadLetter, partition_of
from agents.jobs.job import Job
from agents.jobs.kinds import JobKinds
from agents.jobs.listing import JobListing
from agents.replays.requests import Asked, ReplayRequest, RetryRequest
from shared.clock import Clock, to_iso
from shared.store.base import Store
from shared.store.containers import DAY, DEAD_LETTERS, OPERATIONS
from shared.store.query import Order, Query

MAX_RECORDS: Final = 5_000
PAGE: Final = 200
AT_ONCE: Final = 16
SEEN_OF_JOBS: Final = (
    "id", "jobId", "kind", "status", "generation", "attempt", "updatedAt", "nextAttemptAt", "verdict", "lease", "lastError",
    "deferredSince", "actions",
)  # fmt: skip
SNAPSHOT_CHUNK: Final = 1_000
SHOWN_OF_DIFFERENCE: Final = 50
TOKEN: Final = re.compile(r"[0-9a-f]{32}")


class TooManyRecordsError(ValueError):
    """The filter matches more than one operation may hold."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One record, or job, of the set; `version` is empty and `record` None for an id that does not exist."""

    record_id: str
    version: str
    record: DeadLetter | Job | None


@dataclass(frozen=True, slots=True)
class Difference:
    """How a set differs from the one that a dry run showed: ids, and each kind's count."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def to_document(self) -> dict[str, Any]:
        """Return it for an answer, bounded."""
        named = (("added", self.added), ("removed", self.removed), ("changed", self.changed))
        return {name: {"count": len(ids), "ids": list(ids[:SHOWN_OF_DIFFERENCE])} for name, ids in named}


class Selection:
    """Chooses records and keeps snapshots."""

    def __init__(self, *, store: Store, clock: Clock, kinds: JobKinds) -> None:
        self._store = store
        self._clock = clock
        self._kinds = kinds
        self._jobs = JobListing(store=store, kinds=kinds)

    async def of(self, request: Asked) -> AsyncIterator[list[Chosen]]:
        """Yield the set a page at a time. Raises `TooManyRecordsError`."""
        one = self._job if isinstance(request, RetryRequest) else self._one
        if request.ids is not None:
            ids = list(dict.fromkeys(request.ids))
            for at in range(0, len(ids), AT_ONCE):
                yield list(await asyncio.gather(*(one(record_id) for record_id in ids[at : at + AT_ONCE])))
            return
        count = 0
        found = self._waiting(request) if isinstance(request, RetryRequest) else self._letters(request)
        async for some in found:
            count += len(some)
            if count > MAX_RECORDS:
                what = "jobs" if isinstance(request, RetryRequest) else "dead letters"
                raise TooManyRecordsError(f"the filter matches more than {MAX_RECORDS} {what}: narrow it by time")
            yield some

    async def _letters(self, request: ReplayRequest) -> AsyncIterator[list[Chosen]]:
        async for records in pages(self._store, request.chosen.condition(), page_size=PAGE):
            yield [Chosen(record.record_id, record.version, record) for record in map(DeadLetter, records)]

    async def _waiting(self, request: RetryRequest) -> AsyncIterator[list[Chosen]]:
        for container in dict.fromkeys(kind.container for kind in request.chosen.kinds_of(self._kinds)):
            query = Query(where=request.chosen.condition(), order=Order("updatedAt"), select=SEEN_OF_JOBS, page_size=PAGE)
            cursor = None
            while True:
                page = await self._store.page(container, query, cursor=cursor)
                if page.documents:
                    yield [_chosen(job) for job in map(Job, page.documents)]
                cursor = page.cursor
                if cursor is None:
                    break

    async def _job(self, job_id: str) -> Chosen:
        job = await self._jobs.find_any(job_id)
        return _chosen(job) if job else Chosen(job_id, "", None)

    async def _one(self, record_id: str) -> Chosen:
        item = await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id))
        record = DeadLetter.of(item)
        return Chosen(record_id, record.version if record else "", record)

    async def keep(self, token: str, versions: Sequence[tuple[str, str]]) -> None:
        """Keep a dry run's set for a day."""
        partition = f"snapshot.{token}"
        common = {"operationId": partition, "type": "snapshot", "ttl": DAY, "createdAt": to_iso(self._clock.now())}
        chunks = [versions[at : at + SNAPSHOT_CHUNK] for at in range(0, len(versions), SNAPSHOT_CHUNK)]
        for number, chunk in enumerate(chunks):
            records = [list(pair) for pair in chunk]
            await self._store.upsert(OPERATIONS.key, {**common, "id": f"records.{number:04}", "records": records})
        await self._store.upsert(OPERATIONS.key, {**common, "id": "snapshot", "chunks": len(chunks)})

    async def difference(self, token: str, versions: Sequence[tuple[str, str]]) -> Difference | None:
        """Return how the set differs from the one of the snapshot; None: there is no such snapshot, or no longer."""
        if not TOKEN.fullmatch(token):
            return None
        partition = f"snapshot.{token}"
        head = await self._store.find(OPERATIONS.key, "snapshot", partition)
        if head is None:
            return None
        before: dict[str, str] = {}
        for number in range(head.body["chunks"]):
            chunk = await self._store.find(OPERATIONS.key, f"records.{number:04}", partition)
            before |= dict(chunk.body["records"] if chunk else [])
        now = dict(versions)
        return Difference(
            added=tuple(sorted(now.keys() - before.keys())), removed=tuple(sorted(before.keys() - now.keys())),
            changed=tuple(sorted(one for one in now.keys() & before.keys() if now[one] != before[one])),
        )  # fmt: skip


def _chosen(job: Job) -> Chosen:
    return Chosen(job.job_id, f"{job.generation}.{job.attempt}.{job.updated_at}", job)


def token_of(action: str, versions: Sequence[tuple[str, str]]) -> str:
    """Return the snapshot token of a set."""
    lines = "\n".join(sorted(f"{record_id} {version}" for record_id, version in versions))
    return hashlib.sha256(f"{action}\n{lines}".encode()).hexdigest()[:32]
