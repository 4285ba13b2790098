"""Looks at the jobs of all kinds as one list, newest first, a page at a time.

Reads: every container of job documents, one query a page each, whatever the traffic. A page continues behind the last job
that was shown, by what of a job never changes: its generation, which is when it was asked for, and its id. So no job is lost
or shown twice, whatever is written between two pages. A first delivery of a lazy kind that ends well has no document, and is
in no list. Fails: `RetryableError` in an outage.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from agents.jobs.filter import JobFilter
from agents.jobs.job import Job
from agents.jobs.kinds import TASTE, JobKinds
from shared.store.base import Document, Page, Store
from shared.store.query import AllOf, AnyOf, Compare, Condition, Order, Query

FIELDS: Final = (
    "id", "jobId", "kind", "status", "userId", "itemId", "attempt", "generation", "createdAt", "updatedAt", "nextAttemptAt",
    "lastError", "verdict", "deadLetterId",
)  # fmt: skip
LARGEST: Final = 2**53  # of a generation


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page ended. `container`: its place among those that are asked, for two jobs that share all else."""

    generation: int
    job_id: str
    container: int

    @classmethod
    def of(cls, job: Mapping[str, Any], container: int) -> Self:
        return cls(int(job["generation"]), str(job["id"]), container)

    @property
    def key(self) -> tuple[int, str, int]:
        """Sorts newest first where it is sorted downwards."""
        return self.generation, self.job_id, -self.container

    def behind(self, container: int) -> Condition:
        """What comes after it in a container."""
        older = Compare("generation", "<", self.generation)
        same = Compare("id", "<=" if container > self.container else "<", self.job_id)
        return AnyOf((older, AllOf((Compare("generation", "=", self.generation), same))))

    def to_cursor(self) -> str:
        """Return it as text for an address."""
        return base64.urlsafe_b64encode(json.dumps([self.generation, self.job_id, self.container]).encode()).decode()

    @classmethod
    def from_cursor(cls, cursor: str) -> Self:
        """Raises ValueError on a cursor that is not ours."""
        match json.loads(base64.urlsafe_b64decode(cursor.encode())):
            case [int(generation), str(job_id), int(container)] if 0 <= generation < LARGEST and container >= 0:
                return cls(generation, job_id, container)
        raise ValueError("not a cursor of the jobs")


class JobListing:
    """Lists jobs; see the module."""

    def __init__(self, *, store: Store, kinds: JobKinds) -> None:
        self._store = store
        self._kinds = kinds

    async def page(self, chosen: JobFilter, *, limit: int, cursor: str | None) -> Page:
        """Return jobs as they are shown, newest first. Raises ValueError on a cursor that is not ours."""
        after = _Place.from_cursor(cursor) if cursor is not None else None
        wanted = {kind.container for kind in chosen.kinds_of(self._kinds)}
        asked = [(place, one) for place, one in enumerate(self._kinds.containers) if one in wanted]
        pages = await asyncio.gather(*(self._page(chosen, container, place, after, limit) for place, container in asked))
        found = [
            (_Place.of(job, place), job)
            for (place, _), page in zip(asked, pages, strict=True)
            for job in page.documents
        ]  # fmt: skip
        found.sort(key=lambda one: one[0].key, reverse=True)
        more = len(found) > limit or any(page.cursor is not None for page in pages)
        shown = found[:limit]
        return Page([as_row(job) for _, job in shown], shown[-1][0].to_cursor() if more and shown else None)

    async def find(self, job_id: str) -> Job | None:
        """Return one job of whatever kind."""
        items = await asyncio.gather(*(self._store.find(one, job_id, job_id) for one in self._kinds.containers))
        return next((Job(item.body) for item in items if item is not None), None)

    async def _page(self, chosen: JobFilter, container: str, place: int, after: _Place | None, limit: int) -> Page:
        where = chosen.condition()
        if after is not None:
            where = AllOf((*where.parts, after.behind(place)))
        order = Order("generation", descending=True)
        return await self._store.page(container, Query(where=where, order=order, select=FIELDS, page_size=limit))


def as_row(job: Document) -> Document:
    """Return a job as lists show it: without what is a user's, and with the verdict for its last error where one stands."""
    error = last_error(job)
    row = {name: job.get(name) for name in FIELDS if name not in {"id", "verdict"}}
    return {**row, "kind": job.get("kind") or TASTE, "lastError": error}


def last_error(job: Document) -> Document | None:
    """Return why a job died, or failed the last time; None where it never did."""
    verdict, failed = job.get("verdict"), job.get("lastError")
    if verdict:
        return {"at": verdict.get("at"), "reason": verdict.get("reason"), "message": verdict.get("description")}
    return {name: failed.get(name) for name in ("at", "reason", "message")} if failed else None
