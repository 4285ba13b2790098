"""The points of one day, a row every five minutes, and what a look adds to them. Pure.

A row holds what the traffic's cell said when it was last counted, and what the queues were when somebody looked. It is
replaced, never added to: whoever keeps it twice, or too late, keeps the same. What is not there was not measured, which is
not zero; in a row that is `counted` what has no number is zero. No user and no address is in it, so nothing is to be erased.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from agents.watch.collect.queues import Backlog
from agents.watch.collect.traffic import DEAD, DEFERRED, ENDED, FAILED, FINE, FINE_FOR, HOUR, USED, Traffic, floor
from shared.clock import read_iso, to_iso
from shared.store.base import Document

QUEUE: Final = "queue."
KEPT: Final = {ENDED: "completed", DEAD: "dead", FAILED: "failed", DEFERRED: "deferred"}
MAX_MODELS: Final = 20  # whose tokens one look keeps by name
OTHER: Final = "other"
Values = Mapping[str, int]
Row = Sequence[int]


@dataclass(frozen=True, slots=True)
class Point:
    """Five minutes. `counted`: of what happened, what is not among `values` is zero; else it is not known."""

    counted: bool = False
    values: Values = field(default_factory=dict)

    def with_counts(self, counts: Values) -> "Point":
        """Return it with what happened, as it was counted last."""
        return Point(counted=True, values={**_only(self.values, gauges=True), **counts})

    def with_gauges(self, gauges: Values) -> "Point":
        """Return it with the queues as they were seen last."""
        return replace(self, values={**_only(self.values, gauges=False), **gauges})


@dataclass(frozen=True, slots=True)
class Day:
    """The points of a day in UTC, as rows by the place of their five minutes. `counted_to`: up to when they are counted.

    A row is 1 where it is counted, else 0, and, in turns, a name's place among `names` and its value. A look touches a few of
    a day's 288 rows: the others stay as they were read.
    """

    day: date
    rows: Mapping[int, Row] = field(default_factory=dict)
    counted_to: datetime | None = None
    names: tuple[str, ...] = ()

    @property
    def points(self) -> dict[int, Point]:
        """All points by the place of their five minutes."""
        return {place: self._point(row) for place, row in self.rows.items()}

    def at(self, start: datetime) -> Point | None:
        """Return the point that begins at `start`."""
        row = self.rows.get(_place(start)) if start.date() == self.day else None
        return None if row is None else self._point(row)

    def counted(self, cells: Mapping[datetime, Values], until: datetime) -> "Day":
        """Return it with the cells that are its own; `until`: up to when they are counted."""
        own = {_place(at): counts for at, counts in cells.items() if at.date() == self.day}
        latest = max(until, self.counted_to or until) if own else self.counted_to
        with_counts = {place: self._stands(place).with_counts(counts) for place, counts in own.items()}
        return replace(self._with(with_counts), counted_to=latest)

    def seen(self, gauges: Values, at: datetime) -> "Day":
        """Return it with the queues as they were at `at`."""
        if at.date() != self.day:
            return self
        place = _place(at)
        return self._with({place: self._stands(place).with_gauges(gauges)})

    def to_document(self) -> Document:
        """Return the stored form, without an id: each row behind its place, and the names."""
        counted_to = to_iso(self.counted_to) if self.counted_to else None
        lean = self._lean()
        return {
            "type": "points", "day": self.day.isoformat(), "countedTo": counted_to, "names": list(lean.names),
            "series": [[at, *row] for at, row in sorted(lean.rows.items())],
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Day":
        """Parse a stored day. Raises KeyError, IndexError, TypeError or ValueError on what is none."""
        names = tuple(document["names"])
        rows = {at: row for at, *row in document["series"]}
        for at, row in rows.items():
            if not isinstance(at, int) or len(row) % 2 != 1 or not -1 < max(row[1::2], default=0) < max(len(names), 1):
                raise ValueError(f"no row of a day at {at!r}")
        return cls(date.fromisoformat(document["day"]), rows, read_iso(document["countedTo"]), names)

    def _point(self, row: Row) -> Point:
        return Point(bool(row[0]), {self.names[place]: value for place, value in zip(row[1::2], row[2::2], strict=True)})

    def _stands(self, place: int) -> Point:
        row = self.rows.get(place)
        return Point() if row is None else self._point(row)

    def _with(self, points: Mapping[int, Point]) -> "Day":
        """Return it with these instead of what stands there."""
        places = {name: place for place, name in enumerate(self.names)}
        for point in points.values():
            for name in point.values:
                places.setdefault(name, len(places))
        fresh = {
            at: (int(point.counted), *(part for name, value in point.values.items() for part in (places[name], value)))
            for at, point in points.items()
        }
        return replace(self, rows={**self.rows, **fresh}, names=tuple(places))

    def _lean(self) -> "Day":
        """Return it without the names that no row uses any more."""
        used = set().union(*(row[1::2] for row in self.rows.values()))
        return self if len(used) == len(self.names) else replace(self, rows={}, names=())._with(self.points)


def counts_of(traffic: Traffic) -> dict[datetime, dict[str, int]]:
    """Return what happened, of every five minutes that the traffic still knows one by one: a few hours."""
    since = max(max(one.since, floor(one.counted_to - FINE_FOR, HOUR)) for one in traffic.series.values())
    found: dict[datetime, dict[str, int]] = {at: {} for at in steps(since, traffic.counted_to)}
    models = _models(name for one in traffic.series.values() for counts in one.fine.values() for name in counts)
    for one in traffic.series.values():
        for at, counts in one.fine.items():
            for name, count in counts.items():
                kept = _kept(name, models)
                if kept is not None and at in found:
                    found[at][kept] = found[at].get(kept, 0) + count
    return found


def gauges_of(backlogs: Iterable[Backlog], at: datetime) -> dict[str, int]:
    """Return the depth of each queue that exists, and for how many seconds its oldest has waited, deferred or not, as far as
    that is known.
    """
    found: dict[str, int] = {}
    for one in backlogs:
        if not one.missing:
            found[f"{QUEUE}{one.name}.depth"] = one.depth
            age = one.oldest_age(at)
            if one.is_age_known:
                found[f"{QUEUE}{one.name}.age_seconds"] = 0 if age is None else round(age.total_seconds())
    return found


def steps(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the beginning of every five minutes in [`since`, `until`)."""
    at = since
    while at < until:
        yield at
        at += FINE


def days_of(since: datetime, until: datetime) -> list[date]:
    """Return the days in UTC that [`since`, `until`] touches."""
    return [since.date() + timedelta(days=ahead) for ahead in range((until.date() - since.date()).days + 1)]


def _place(at: datetime) -> int:
    midnight = datetime.combine(at.date(), time(), UTC)
    return (at - midnight) // FINE


def _only(values: Values, *, gauges: bool) -> dict[str, int]:
    return {name: value for name, value in values.items() if name.startswith(QUEUE) is gauges}


def _models(names: Iterable[str]) -> frozenset[str]:
    """Return the first deployments by name: whatever the documents name, a point stays small."""
    found = {name.removeprefix(USED).rpartition(".")[0] for name in names if name.startswith(USED)}
    return frozenset(sorted(found)[:MAX_MODELS])


def _kept(name: str, models: frozenset[str]) -> str | None:
    if name.startswith(USED):
        model, _, part = name.removeprefix(USED).rpartition(".")
        return f"{USED}{model if model in models else OTHER}.{part}"
    return next((kept for prefix, kept in KEPT.items() if name.startswith(prefix)), None)
