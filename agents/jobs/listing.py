"""Looks at the jobs of all kinds as one list, newest first, a page at a time.

Reads: every container of job documents, one query a page each, whatever the traffic. A page continues behind the last job
that was shown, by what of a job never changes: its generation, which is when it was asked for, and its id. So no job is lost
or shown twice, whatever is written between two pages. A first delivery of a lazy kind that ends well has no document: in the
list of one person it is told of by what it made. Fails: `RetryableError` in an outage.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from agents.jobs.ended import FIELDS as MADE_FIELDS
from agents.jobs.ended import NAMED, instant, job_of
from agents.jobs.filter import JobFilter
from agents.jobs.job import Job, JobStatus
from agents.jobs.kinds import TASTE, AnyKind, JobKinds
from shared.store.base import Document, Page, Store
from shared.store.query import AllOf, AnyOf, Compare, Condition, In, Order, Query

FIELDS: Final = (
    "id", "jobId", "kind", "status", "userId", "itemId", "attempt", "generation", "createdAt", "updatedAt", "nextAttemptAt",
    "lastError", "verdict", "deadLetterId",
)  # fmt: skip
LARGEST: Final = 2**53  # of a generation
IDS_AT_ONCE: Final = 100
EMPTY_PAGES: Final = 5  # that held nothing but what is told of elsewhere


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

    def behind(self, container: int, field: str = "generation") -> Condition:
        """What comes after it in a container, which is ordered by `field`."""
        at = self.generation if field == "generation" else instant(self.generation)
        same = Compare("id", "<=" if container > self.container else "<", self.job_id)
        return AnyOf((Compare(field, "<", at), AllOf((Compare(field, "=", at), same))))

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
        for _ in range(EMPTY_PAGES):
            page = await self._next(chosen, limit, _Place.from_cursor(cursor) if cursor is not None else None)
            cursor = page.cursor
            if page.documents or cursor is None:
                break
        return page

    async def _next(self, chosen: JobFilter, limit: int, after: _Place | None) -> Page:
        wanted = {kind.container for kind in chosen.kinds_of(self._kinds)}
        asked = [(place, one) for place, one in enumerate(self._kinds.containers) if one in wanted]
        pages = await asyncio.gather(
            *(self._page(chosen, container, place, after, limit) for place, container in asked),
            *(self._made(kind, chosen, place, after, limit) for place, kind in self._makers(chosen)),
        )
        found = [one for places, _ in pages for one in places]
        found.sort(key=lambda one: one[0].key, reverse=True)
        more = len(found) > limit or any(goes_on for _, goes_on in pages)
        shown = found[:limit]
        rows = await self._without_twins(shown)
        return Page(rows, shown[-1][0].to_cursor() if more and shown else None)

    async def find(self, job_id: str) -> Job | None:
        """Return one job of whatever kind."""
        items = await asyncio.gather(*(self._store.find(one, job_id, job_id) for one in self._kinds.containers))
        return next((Job(item.body) for item in items if item is not None), None)

    async def find_made(self, job_id: str) -> Job | None:
        """Return the job of which no document is stored, by what it made."""
        for kind in self._lazy():
            query = Query(where=Compare(NAMED, "=", job_id), select=_fields_of(kind), page_size=1)
            for made in (await self._store.page(kind.ended.container, query)).documents:
                return job_of(kind, made)
        return None

    async def find_any(self, job_id: str) -> Job | None:
        """Return one job of whatever kind, of which a document is stored or what it made."""
        return await self.find(job_id) or await self.find_made(job_id)

    async def beginning(self, digits: str, *, limit: int) -> list[Document]:
        """Return jobs as they are shown whose ids begin with these hex digits, newest first, `limit` of each container."""
        where = AllOf((Compare("jobId", ">=", digits), Compare("jobId", "<", f"{digits}g")))
        asked = [
            self._store.page(one, Query(where=where, select=FIELDS, page_size=limit)) for one in self._kinds.containers
        ]  # fmt: skip
        made = [
            self._store.page(kind.ended.container, Query(where, Order(NAMED), _fields_of(kind), limit)) for kind in self._lazy()
        ]
        pages = await asyncio.gather(*asked, *made)
        jobs = {one["jobId"]: Job(one) for page in pages[: len(asked)] for one in page.documents}
        for kind, page in zip(self._lazy(), pages[len(asked) :], strict=True):
            for one in page.documents:
                made_job = job_of(kind, one)
                if made_job is not None:
                    jobs.setdefault(one[NAMED], made_job)
        return [as_row(job.document) for job in sorted(jobs.values(), key=lambda job: job.generation, reverse=True)]

    def _lazy(self) -> list[AnyKind]:
        return [kind for kind in self._kinds if kind.lazy and kind.ended.names_job]

    def _makers(self, chosen: JobFilter) -> list[tuple[int, AnyKind]]:
        """The kinds whose work tells of a person's jobs that ended well, with their places behind the containers of jobs."""
        if chosen.user_id is None or chosen.item_id is not None or chosen.reason is not None:
            return []
        if chosen.status not in {None, JobStatus.COMPLETED}:
            return []
        wanted = chosen.kinds_of(self._kinds)
        first = len(self._kinds.containers)
        return [(first + index, kind) for index, kind in enumerate(self._lazy()) if kind in wanted]

    async def _made(self, kind: AnyKind, chosen: JobFilter, place: int, after: "_Place | None", limit: int) -> "_Found":
        by = kind.ended.field
        parts: list[Condition] = [Compare(NAMED, ">=", "")]
        parts += [Compare(by, ">=", chosen.since)] if chosen.since is not None else []
        parts += [Compare(by, "<", chosen.until)] if chosen.until is not None else []
        parts += [after.behind(place, by)] if after is not None else []
        query = Query(AllOf(tuple(parts)), Order(by, descending=True), _fields_of(kind), limit)
        found: list[tuple[_Place, Document]] = []
        cursor = None
        for _ in range(EMPTY_PAGES):  # what cannot be read has no place in the order, and must not end a page
            page = await self._store.page(kind.ended.container, query, partition=chosen.user_id, cursor=cursor)
            told = [(one, job) for one in page.documents if (job := job_of(kind, one)) is not None]
            found += [(_Place(job.generation, str(one["id"]), place), job.document) for one, job in told]
            cursor = page.cursor
            if cursor is None or len(found) >= limit:
                break
        return found, cursor is not None

    async def _without_twins(self, shown: "list[tuple[_Place, Document]]") -> list[Document]:
        """Return the rows, without what tells of a job that has a document after all: it failed once before it went well."""
        first = len(self._kinds.containers)
        told = [str(job["jobId"]) for place, job in shown if place.container >= first]
        known: set[str] = set()
        for start in range(0, len(told), IDS_AT_ONCE):
            ids = In("jobId", tuple(told[start : start + IDS_AT_ONCE]))
            asked = Query(where=ids, select=("jobId",), page_size=IDS_AT_ONCE)
            for container in {kind.container for kind in self._lazy()}:
                known |= {str(one["jobId"]) for one in (await self._store.page(container, asked)).documents}
        return [as_row(job) for place, job in shown if place.container < first or job["jobId"] not in known]

    async def _page(self, chosen: JobFilter, container: str, place: int, after: _Place | None, limit: int) -> "_Found":
        where = chosen.condition()
        if after is not None:
            where = AllOf((*where.parts, after.behind(place)))
        order = Order("generation", descending=True)
        page = await self._store.page(container, Query(where=where, order=order, select=FIELDS, page_size=limit))
        return [(_Place.of(job, place), job) for job in page.documents], page.cursor is not None


_Found = tuple[list[tuple[_Place, Document]], bool]


def _fields_of(kind: AnyKind) -> tuple[str, ...]:
    return (*MADE_FIELDS, kind.ended.field)


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
