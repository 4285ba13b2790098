"""The queues as on-call sees them: how deep, how old, what is parked; and a look at a few messages that names nobody.

Reads: every queue by peeking, which takes nothing; the unfinished jobs; the dead letters. Fails: `RetryableError` in an outage.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from agents.dead_letters.open_records import OpenRecords
from agents.dead_letters.record import raw_id_of
from agents.jobs.kinds import JobKinds
from agents.pauses.pause import Pause, Pauses, overlap
from agents.watch.collect.parts import Parts
from agents.watch.safe_text import safe
from shared.clock import Clock, parse_time
from shared.queues.base import Message, Queues
from shared.queues.names import HELD
from shared.store.base import Document, Page, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare, Condition, In, Order, Query

PEEKED: Final = 32  # the most that the service shows
UNFINISHED: Final = ("queued", "in_flight", "failed")
OLDEST: Final = 200
TIMES: Final = ("kind", "status", "attempts", "replays", "createdAt", "updatedAt", "deferredSince")
TRIED_AND_LEFT: Final = 2  # a dead letter given out twice without being stored: storing it fails
HELD_FOR: Final = timedelta(days=1)  # after a pause somebody may still find some
FIRST_BYTES: Final = 16  # enough to tell what it is, too few to tell of whom
_Look = tuple[int | None, tuple[Message, ...]]  # depth, None of a queue that does not exist, and what is visible
_ID: Final = re.compile(r"[0-9a-z][0-9a-zT:.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Backlog:
    """One queue. `role`: jobs, dead-letters or commands. `waiting_since`: of the oldest visible message or unfinished job that
    is not deferred; for dead letters, of the oldest without a record. `deferred`: since when jobs wait that were told to come
    back later. `jobs_known`: the unfinished jobs could be read. `parked`: of dead letters alone, None where it is not known.
    `missing`: the queue does not exist. `held`: messages put aside while it is paused, None where they cannot be counted;
    `pause`: the one that holds; `intervals`: when it was paused; `pauses_known`: the pauses could be read.
    """

    name: str
    role: str
    kind: str
    depth: int
    messages: tuple[Message, ...]
    waiting_since: datetime | None
    parked: int | None = None
    not_stored: int = 0
    missing: bool = False
    held: int | None = 0
    pause: Pause | None = None
    intervals: tuple[tuple[datetime, datetime], ...] = ()
    deferred: "Deferrals | None" = None
    jobs_known: bool = True
    pauses_known: bool = True

    @property
    def oldest_at(self) -> datetime | None:
        """Since when its oldest work waits, deferred or not; None: nothing is seen to wait."""
        times = [at for at in (self.waiting_since, self.deferred and self.deferred.since) if at]
        return min(times, default=None)

    @property
    def is_age_known(self) -> bool:
        """Whether nothing can be older than what was seen. A message that is hidden (in work, or put off) or held beside a
        paused queue shows no age of its own.
        """
        return self.jobs_known and not ((self.depth or self.held) and not self.messages and self.oldest_at is None)

    def with_parked(self, open_records: OpenRecords | None) -> "Backlog":
        """Return it with its parked payloads; only a queue of dead letters has any."""
        known = self.role == "dead-letters" and open_records is not None
        return replace(self, parked=open_records.parked(self.name)) if known and open_records else self

    def age(self, at: datetime) -> timedelta:
        """Return how long the oldest has waited, pauses and deferred work left out; 0 when nothing is seen to wait."""
        return self._waited(self.waiting_since, at)

    def oldest_age(self, at: datetime) -> timedelta | None:
        """Return how long the oldest has waited, deferred or not, pauses left out; None: nothing is seen to wait."""
        return None if self.oldest_at is None else self._waited(self.oldest_at, at)

    def _waited(self, since: datetime | None, at: datetime) -> timedelta:
        return timedelta(0) if since is None else max(timedelta(0), at - since - overlap(self.intervals, since, at))

    def with_pauses(self, pauses: Pauses, held: Mapping[str, int | None], at: datetime) -> "Backlog":
        """Return it with what is known of its pauses."""
        return replace(
            self, held=held.get(self.name, 0), pause=pauses.of("queue", self.name, at),
            intervals=pauses.intervals("queue", self.name),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deferrals:
    """Since when the oldest deferred job of a queue waits; `at_least`: there are more than were read."""

    since: datetime
    at_least: bool = False


@dataclass(slots=True)
class _Oldest:
    """What the unfinished jobs of a kind tell."""

    waiting: datetime | None = None
    deferred: Deferrals | None = None

    def take(self, other: "_Oldest") -> None:
        """Take in those of another container."""
        self.waiting = min((at for at in (self.waiting, other.waiting) if at), default=None)
        both = [one for one in (self.deferred, other.deferred) if one]
        if both:
            self.deferred = Deferrals(min(one.since for one in both), any(one.at_least for one in both))


class Backlogs:
    """Looks at the queues of every kind of job, their dead letters', and the commands'."""

    def __init__(self, *, store: Store, queues: Queues, clock: Clock, kinds: JobKinds, commands: str) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kinds = kinds
        self._commands = commands

    async def read(self, parts: Parts) -> tuple[Backlog, ...] | None:
        """Return every queue, in the order of the kinds, the commands' last; None when the queues cannot be read. What the
        store would add (the oldest unfinished jobs, which payloads have their record) is left out where it cannot be read.
        """
        names = [name for kind in self._kinds for name in (kind.queue, kind.dead_letter_queue)]
        seen, oldest = await asyncio.gather(
            self._seen(parts, [*names, self._commands]), parts.read("the unfinished jobs", self._oldest())
        )
        if seen is None:
            return None
        looks, dead = seen
        found = []
        for kind in self._kinds:
            known = None if oldest is None else oldest.get(kind.name, _Oldest())
            found += [_jobs_of(kind.name, kind.queue, looks[kind.queue], known), dead[kind.name]]
        return (*found, _jobs_of("", self._commands, looks[self._commands], _Oldest(), role="commands"))

    async def _seen(self, parts: Parts, names: Sequence[str]) -> tuple[dict[str, _Look], dict[str, Backlog]] | None:
        """Return the looks, and by kind the queue of its dead letters. It waits for no other part that may hang."""
        looks = await parts.read("the queues", self._looks(names))
        if looks is None:
            return None
        queues = {kind.name: kind.dead_letter_queue for kind in self._kinds}
        dead = await asyncio.gather(*(self._dead(kind, queue, looks[queue], parts) for kind, queue in queues.items()))
        return looks, dict(zip(queues, dead, strict=True))

    async def held(self, parts: Parts, pauses: Pauses, at: datetime) -> dict[str, int | None]:
        """Return how many messages wait beside the queues that are paused, or were within a day."""
        names = {one.name for one in pauses.all if one.what == "queue" and at - one.end <= HELD_FOR}
        found = await parts.read("the held messages", self._depths(sorted(names))) if names else {}
        return {name: (found or {}).get(name) for name in names}

    async def _depths(self, names: Sequence[str]) -> dict[str, int]:
        depths = await asyncio.gather(*(self._queues.depth(name + HELD) for name in names))
        return dict(zip(names, depths, strict=True))

    async def _looks(self, names: Sequence[str]) -> dict[str, _Look]:
        return dict(zip(names, await asyncio.gather(*(self._look(name) for name in names)), strict=True))

    async def _oldest(self) -> dict[str, _Oldest]:
        oldest: dict[str, _Oldest] = {}
        for container in self._kinds.containers:
            for name, found in (await self._oldest_jobs(container)).items():
                oldest.setdefault(name, _Oldest()).take(found)
        return oldest

    async def _dead(self, kind: str, queue: str, look: _Look, parts: Parts) -> Backlog:
        """Tell the payloads that wait for on-call from those that nobody has stored; all are the latter if that is unknown."""
        depth, messages = look
        known = await parts.read(f"the records of {queue}", self._unstored(messages)) if messages else ()
        unstored = messages if known is None else known
        since = min((one.inserted_at for one in unstored), default=None)
        failing = sum(one.dequeue_count >= TRIED_AND_LEFT for one in unstored)
        return Backlog(
            queue, "dead-letters", kind, depth or 0, messages, since, not_stored=failing, missing=depth is None
        )  # fmt: skip

    async def _unstored(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        return tuple([one for one in messages if not await self._is_parked(one)])

    async def _look(self, queue: str) -> _Look:
        depth, messages = await asyncio.gather(self._queues.depth(queue), self._queues.peek(queue, limit=PEEKED))
        is_there = bool(depth or messages) or await self._queues.exists(queue)
        return depth if is_there else None, tuple(messages)

    async def _is_parked(self, message: Message) -> bool:
        """Whether the message is a payload that nobody can decode and whose record is stored: it waits for on-call."""
        body = message.body
        record_id = raw_id_of(message.content.encode("utf-8", "surrogatepass") if body is None else body)
        return await self._store.find(DEAD_LETTERS.key, record_id, record_id) is not None

    async def _oldest_jobs(self, container: str) -> dict[str, _Oldest]:
        """Return by kind since when its oldest job waits. A deferred job is not late: it was told when to come back. The others
        are asked for alone as well, so that many that are deferred hide none of them.
        """
        page, late = await asyncio.gather(
            self._unfinished(container), self._unfinished(container, Compare("deferredSince", "=", None))
        )  # fmt: skip
        more = page.cursor is not None
        found: dict[str, _Oldest] = {}
        for job in [*page.documents, *late.documents]:
            kind, since, deferred = self._kinds.named(job.get("kind")), waiting_since(job), parse_time(job.get("deferredSince"))
            if kind is None or since is None:
                continue
            own = _Oldest(deferred=Deferrals(min(since, deferred), more)) if deferred else _Oldest(waiting=since)
            found.setdefault(kind.name, _Oldest()).take(own)
        return found

    async def _unfinished(self, container: str, *more: Condition) -> Page:
        where = AllOf((In("status", UNFINISHED), *more))
        return await self._store.page(
            container, Query(where=where, order=Order("updatedAt"), select=TIMES, page_size=OLDEST)
        )  # fmt: skip


def _jobs_of(kind: str, queue: str, look: _Look, oldest: _Oldest | None, *, role: str = "jobs") -> Backlog:
    depth, messages = look
    times = [one.inserted_at for one in messages] + ([oldest.waiting] if oldest and oldest.waiting else [])
    return Backlog(
        queue, role, kind, depth or 0, messages, min(times, default=None), missing=depth is None,
        deferred=oldest.deferred if oldest else None, jobs_known=oldest is not None,
    )  # fmt: skip


def waiting_since(job: Document) -> datetime | None:
    """Return since when a job waits, by our own times alone: a producer's `createdAt` may be from last year.

    A job that was never begun and has no replay was created by us (a producer's gets its document when it is begun); the
    reconciler moves `updatedAt` when it wakes a job, so that the creation counts. None: no time can be read.
    """
    attempts = job.get("attempts") or []
    fresh = not job.get("replays")
    if fresh and attempts:
        return parse_time(attempts[0].get("at"))
    if fresh and job["status"] == "queued":
        return parse_time(job.get("createdAt"))
    return parse_time(job.get("updatedAt"))


def shown(message: Message, at: datetime, *, peek: bool) -> dict[str, Any]:
    """Return a message for an answer: its id, age and size; with `peek` what kind of thing it is, and no value of a user's."""
    body = message.body
    plain = message.content.encode("utf-8", "surrogatepass") if body is None else body
    seen: dict[str, Any] = {
        "id": message.message_id, "ageSeconds": round(max(0.0, (at - message.inserted_at).total_seconds())),
        "dequeueCount": message.dequeue_count, "bytes": len(plain), "base64": body is not None,
    }  # fmt: skip
    return {**seen, "peek": _preview(plain)} if peek else seen


def _preview(body: bytes) -> dict[str, Any]:
    """Of a JSON object: its fields' names, the kinds of their values, its job or run; of anything else its first bytes."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {"startsWith": body[:FIRST_BYTES].hex()}
    if not isinstance(value, dict):
        return {"json": type(value).__name__}
    fields: Mapping[str, Any] = value
    job_id = fields.get("job_id") or fields.get("jobId") or fields.get("runId")
    return {
        "fields": {safe(str(name), 40): type(one).__name__ for name, one in list(fields.items())[:30]},
        "about": job_id if isinstance(job_id, str) and _ID.fullmatch(job_id) else None,
    }


def by_role(backlogs: Sequence[Backlog], role: str) -> list[Backlog]:
    """Return the queues of a role."""
    return [one for one in backlogs if one.role == role]
