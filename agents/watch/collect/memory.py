"""What the watchdog remembers beside its alerts: when it looked, since when it knows a timer, how old the queues were, what
changed. One document, written by compare-and-set; whoever sees the app first, a look or an outside probe, begins it.

Reads and writes: `ServiceState`. Fails: `RetryableError` in an outage.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agents.watch.alerts.facts import AgeSample
from shared.chat.breaker_state import BreakerState
from shared.clock import Clock, from_iso, to_iso
from shared.errors import Reason
from shared.store.base import Document, Store
from shared.store.containers import SERVICE_STATE
from shared.store.updates import update

ID: Final = "watch.state"
ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
BREAKER: Final = "breaker"
SAMPLES_FOR: Final = timedelta(minutes=46)
REPAIRS_FOR: Final = timedelta(hours=1)
CHANGES_FOR: Final = timedelta(days=8)  # the marks of seven days of series
MAX_CHANGES: Final = 100


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is different since `at`: a deployment, a setting, a flip of the breaker. `text` is an outside text."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class RepairCount:
    """What the reconciler mended in one run."""

    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept between two looks. `judged_to`: up to when everything new was judged, which a look that could not read a
    part leaves to the next one. `timers`: since when each timer is known; `marks`: the build and the settings of the last look;
    `open_breakers`: those that were open then, None where that is not known; `points_since`: since when everything that a
    point shows is noted by jobs and counted, None before the first look that keeps points.
    """

    deployed_at: datetime
    last_look: datetime | None = None
    judged_to: datetime | None = None
    timers: Mapping[str, datetime] = field(default_factory=dict)
    samples: Mapping[str, tuple[AgeSample, ...]] = field(default_factory=dict)
    repairs: tuple[RepairCount, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    open_breakers: frozenset[str] | None = None
    points_since: datetime | None = None

    def knowing(self, timers: Iterable[str], at: datetime) -> "Memory":
        """Return it with every timer known; one that is new was deployed at `at`."""
        new = {name: at for name in timers if name not in self.timers}
        return replace(self, timers={**self.timers, **new}) if new else self

    def looked(
        self, at: datetime, ages: Mapping[str, timedelta], marks: Mapping[str, str], *, judged: bool,
        breakers: Iterable[BreakerState] | None = None,
    ) -> "Memory":  # fmt: skip
        """Return it after a look: its time, the queues' ages, what is different since the look before; `judged`: all that is
        new could be read; `breakers`: None where they could not be read.
        """
        seen = None if breakers is None else tuple(breakers)
        samples = {
            name: (*(one for one in self.samples.get(name, ()) if at - one.at <= SAMPLES_FOR), AgeSample(at, age))
            for name, age in ages.items()
        }
        new = (*differences(self.marks, marks, at), *flips(self.open_breakers, self.last_look, seen or (), at))
        changes = tuple(one for one in self.changes if at - one.at <= CHANGES_FOR) + new
        return replace(
            self, last_look=max(at, self.last_look or at), samples={**self.samples, **samples}, marks=dict(marks),
            changes=changes[-MAX_CHANGES:],
            points_since=self.points_known(at),
            open_breakers=self.open_breakers if seen is None else frozenset(one.scope for one in seen if one.is_open),
            judged_to=max(at, self.judged_to or at) if judged else self.judged_to,
        )  # fmt: skip

    def points_known(self, at: datetime) -> datetime:
        """Return since when points are true: from now on where an older build has counted, which left out what it knew not."""
        return self.points_since or (at if self.last_look else ALWAYS)

    def repaired(self, at: datetime, count: int) -> "Memory":
        """Return it after a run of the reconciler."""
        recent = tuple(one for one in self.repairs if at - one.at <= REPAIRS_FOR)
        return replace(self, repairs=(*recent, RepairCount(at, count)))

    def repairs_since(self, since: datetime) -> int:
        """Return how many repairs were made after `since`."""
        return sum(one.count for one in self.repairs if one.at > since)

    def to_document(self) -> dict[str, Any]:
        """Return the document to store."""
        return {
            "id": ID, "type": "watch", "deployedAt": to_iso(self.deployed_at),
            "lastLookAt": to_iso(self.last_look) if self.last_look else None,
            "judgedTo": to_iso(self.judged_to) if self.judged_to else None,
            "timers": {name: to_iso(at) for name, at in self.timers.items()},
            "samples": {
                name: [[to_iso(one.at), one.age.total_seconds()] for one in found] for name, found in self.samples.items()
            },
            "repairs": [[to_iso(one.at), one.count] for one in self.repairs], "marks": dict(self.marks),
            "changes": [{"at": to_iso(one.at), "kind": one.kind, "text": one.text} for one in self.changes],
            "pointsSince": to_iso(self.points_since) if self.points_since else None,
            "openBreakers": None if self.open_breakers is None else sorted(self.open_breakers),
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Memory":
        """Parse a stored document. Raises KeyError or ValueError on what is none."""
        return cls(
            deployed_at=from_iso(document["deployedAt"]),
            last_look=from_iso(document["lastLookAt"]) if document["lastLookAt"] else None,
            judged_to=from_iso(document["judgedTo"]) if document["judgedTo"] else None,
            timers={name: from_iso(at) for name, at in document["timers"].items()},
            samples={
                name: tuple(AgeSample(from_iso(at), timedelta(seconds=age)) for at, age in found)
                for name, found in document["samples"].items()
            },
            repairs=tuple(RepairCount(from_iso(at), int(count)) for at, count in document["repairs"]),
            marks=dict(document["marks"]),
            changes=tuple(Change(from_iso(one["at"]), one["kind"], one["text"]) for one in document["changes"]),
            points_since=from_iso(document["pointsSince"]) if document.get("pointsSince") else None,
            open_breakers=None if document.get("openBreakers") is None else frozenset(document["openBreakers"]),
        )  # fmt: skip


def differences(before: Mapping[str, str], after: Mapping[str, str], at: datetime) -> tuple[Change, ...]:
    """Return what is different between two looks. The values of marks are hashes: a setting is named, never shown."""
    if not before:
        return ()
    found = []
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        text = f"{before.get(name, 'none')} is now {after.get(name, 'none')}" if name == "build" else f"{name} has changed"
        found.append(Change(at, "deployment" if name == "build" else "setting", text))
    return tuple(found)


def flips(
    before: frozenset[str] | None, last_look: datetime | None, breakers: Iterable[BreakerState], at: datetime
) -> tuple[Change, ...]:  # fmt: skip
    """Return which breakers opened and closed since the last look, also where one did both. `before`: those open at that look;
    None, of an older build: then what happened after it counts.
    """
    found = []
    for one in breakers:
        was_open = one.scope in before if before is not None else bool(one.since and last_look and one.since <= last_look)
        closed = one.closed_at is not None and last_look is not None and last_look < one.closed_at <= at
        if closed and one.closed_at is not None:
            opened_at = one.closed_at - timedelta(seconds=one.outage_seconds)
            found += [] if was_open else [_opened(one.scope, opened_at, one.reason)]
            found.append(Change(one.closed_at, BREAKER, f"the breaker of the model {one.scope} closed"))
        if one.is_open and (closed or not was_open):
            found.append(_opened(one.scope, one.since or at, one.reason))
    return tuple(sorted(found, key=lambda change: change.at))


def _opened(scope: str, at: datetime, reason: Reason) -> Change:
    return Change(at, BREAKER, f"the breaker of the model {scope} opened: {reason.value}")


class MemoryStore:
    """Reads and writes the document."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self) -> Memory | None:
        """Return what is kept; None before anybody has looked."""
        item = await self._store.find(SERVICE_STATE.key, ID, ID)
        return Memory.from_document(item.body) if item else None

    async def known_since(self, timer: str) -> datetime | None:
        """Return since when a timer is known; None before anybody has looked."""
        memory = await self.find()
        return memory.timers.get(timer) if memory else None

    async def read(self, timers: Iterable[str]) -> Memory:
        """Return what is kept, every one of `timers` known in it."""
        names = tuple(timers)
        item = await self._store.find(SERVICE_STATE.key, ID, ID)
        if item is not None:
            memory = Memory.from_document(item.body)
            if memory.knowing(names, memory.deployed_at) is memory:
                return memory
        return await self.update(lambda memory: memory.knowing(names, self._clock.now()))

    async def update(self, change: Callable[[Memory], Memory]) -> Memory:
        """Change it by compare-and-set, and return what is kept then."""

        def changed(document: Document | None) -> Document:
            return change(Memory.from_document(document) if document else Memory(self._clock.now())).to_document()

        kept = await update(
            self._store, self._clock, SERVICE_STATE.key, ID, ID, changed, what="the watchdog's state keeps changing"
        )
        return Memory.from_document(kept or {})
