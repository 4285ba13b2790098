"""How much was done and how much went wrong, in cells of five minutes, and of an hour where that is long ago. Pure.

Each source of facts is a series of its own, so that one that lags holds up nobody. A cell holds what the store said of its
time when it was last asked, and is replaced, never added to: whoever counts it twice, or too late, or from an old state,
counts nothing twice. What can change no more goes into the totals, which only grow: they are what counters are made of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agents.watch.alerts.facts import Ingress, Spend, Tries, Window
from shared.clock import from_iso, to_iso

FINE: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
FINE_FOR: Final = timedelta(hours=7)  # the windows of one and of six hours are exact to five minutes
KEPT_FOR: Final = timedelta(days=8)  # seven whole days before today
SETTLES: Final = timedelta(minutes=2)  # a write may carry a time that is this much older than itself
RECENT: Final = (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=30))
DEAD: Final = "dead."
ENDED: Final = "ended."
FAILED: Final = "failed."
DEFERRED: Final = "deferred."
CALLS: Final = "calls."
USED: Final = "used."  # what the models took, by deployment
RUNS: Final = "run."
DUPLICATES: Final = "duplicate."
FULL: Final = "full"  # the cell held more than was read: its counts are the least there was
Counts = Mapping[str, int]
Cells = Mapping[datetime, Counts]


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened and is counted under `name`, `count` times: `ended.<kind>`, `failed.<kind>.<reason>`,
    `deferred.<kind>.<reason>`, `dead.<kind>.<reason>`, `calls.<what>`, `run.<timer>.<outcome>`, `duplicate.<kind>`,
    `used.<deployment>.<answers, in or out>`.
    """

    name: str
    at: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of one source by time. Everything in [`since`, `counted_to`) is counted; a cell that is not there counted nothing.
    `totals` are of all that happened before `final_to`, and are never made smaller.
    """

    since: datetime
    counted_to: datetime
    final_to: datetime
    fine: Cells = field(default_factory=dict)
    hours: Cells = field(default_factory=dict)
    totals: Counts = field(default_factory=dict)

    @classmethod
    def beginning(cls, at: datetime) -> "Series":
        """Nothing is counted yet of all that will be needed at `at`."""
        since = floor(at - KEPT_FOR, HOUR)
        return cls(since, since, since)

    def start(self, judged_to: datetime | None = None) -> datetime:
        """Return from where to count: behind the last cell that can change no more, and no later than what was judged."""
        unsettled = floor(self.counted_to - SETTLES, FINE)
        wanted = min(unsettled, floor(judged_to, FINE)) if judged_to else unsettled
        return max(self.since, wanted, floor(self.counted_to - FINE_FOR, HOUR))  # what is older has no fine cells

    def counted(self, start: datetime, until: datetime, cells: Cells) -> "Series":
        """Return the series with the cells of [`start`, `until`) replaced. `start` begins a cell, as that of `self.start`."""
        fine = {at: counts for at, counts in self.fine.items() if at < start}
        fine |= {at: counts for at, counts in cells.items() if start <= at < until}
        return Series(self.since, until, self.final_to, fine, self.hours, self.totals)._aged(until)

    def _aged(self, at: datetime) -> "Series":
        """Settle what can change no more, join cells that are older than the short windows, forget those no window needs."""
        border, oldest, final = floor(at - FINE_FOR, HOUR), floor(at - KEPT_FOR, HOUR), floor(at - SETTLES, FINE)
        totals = dict(self.totals)
        hours = {start: dict(counts) for start, counts in self.hours.items() if start >= oldest}
        for start, counts in self.fine.items():
            if self.final_to <= start < final:
                _add(totals, counts)
            if start < border:
                _add(hours.setdefault(floor(start, HOUR), {}), counts)
        fine = {start: counts for start, counts in self.fine.items() if start >= border}
        since, final = max(self.since, oldest), max(final, self.final_to)
        return Series(since, self.counted_to, final, fine, hours, totals)

    def to_document(self) -> dict[str, Any]:
        """Return the stored form: a row a cell, of its minutes since `since` and, in turns, a name's place and its count."""
        names = sorted({name for cells in (self.fine, self.hours) for counts in cells.values() for name in counts})
        place = {name: index for index, name in enumerate(names)}

        def rows(cells: Cells) -> list[list[int]]:
            return [
                [
                    (at - self.since) // timedelta(minutes=1),
                    *(part for name in sorted(counts) for part in (place[name], counts[name])),
                ]
                for at, counts in sorted(cells.items())
            ]

        return {
            "since": to_iso(self.since), "countedTo": to_iso(self.counted_to), "finalTo": to_iso(self.final_to), "names": names,
            "fine": rows(self.fine), "hours": rows(self.hours), "totals": dict(self.totals),
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Series":
        """Parse a stored series. Raises KeyError, IndexError or ValueError on what is none."""
        names, since = document["names"], from_iso(document["since"])

        def cells(rows: list[list[int]]) -> Cells:
            return {
                since + timedelta(minutes=minute): {
                    names[place]: count for place, count in zip(parts[::2], parts[1::2], strict=True)
                }
                for minute, *parts in rows
            }

        return cls(
            since, from_iso(document["countedTo"]), from_iso(document["finalTo"]), cells(document["fine"]),
            cells(document["hours"]), dict(document["totals"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Traffic:
    """The series of every source. What is asked of it ends where the slowest of them has counted to."""

    series: Mapping[str, Series]

    @property
    def counted_to(self) -> datetime:
        """Up to when everything is counted."""
        return min(one.counted_to for one in self.series.values())

    @property
    def at_least(self) -> bool:
        """Whether a cell of the last three days was too full to be read to its end."""
        return self.recent(FULL, timedelta(days=3)) > 0

    def total(self, names: str | tuple[str, ...], since: datetime, until: datetime) -> int:
        """Sum what begins with one of `names` over [`since`, `until`), to the nearest cell."""
        found = 0
        for series in self.series.values():
            for cells, half in ((series.fine, FINE / 2), (series.hours, HOUR / 2)):
                for start, counts in cells.items():
                    if since <= start + half < until:
                        found += sum(count for name, count in counts.items() if name.startswith(names))
        return found

    def totals(self, names: str) -> dict[str, int]:
        """Return what has ever been counted and is settled, by what follows `names`; these numbers only grow."""
        found: dict[str, int] = {}
        for series in self.series.values():
            _add(found, {name.removeprefix(names): count for name, count in series.totals.items() if name.startswith(names)})
        return found

    def recent(self, names: str, span: timedelta) -> int:
        """Sum what begins with `names` over the `span` before everything was counted."""
        return self.total(names, self.counted_to - span, self.counted_to + FINE)

    def window(self, span: timedelta, still_open: Iterable[datetime] | None = None) -> Window:
        """Return the jobs that ended, and those of them that died, in the last `span` that was counted. `still_open`: when the
        dead letters were created that are open now, those of afterwards included.
        """
        dead, since = self.recent(DEAD, span), self.counted_to - span
        left = None if still_open is None else sum(floor(at, FINE) + FINE / 2 >= since for at in still_open)
        return Window(self.recent(ENDED, span) + dead, dead, left)

    def ingress(self, still_open: Iterable[datetime] | None = None) -> Ingress:
        """Return every window of the dead letters' rules. Those that are open are of the last three days."""
        known = None if still_open is None else tuple(still_open)
        hour, six_hours, day, three_days = (self.window(timedelta(hours=hours), known) for hours in (1, 6, 24, 72))
        return Ingress(hour, six_hours, day, three_days, self.window(timedelta(days=7)), self.at_least)

    def attempts(self, span: timedelta, kind: str = "") -> tuple[int, int]:
        """Return (failed, all) attempts of the last `span` that was counted, of one kind of job or of all."""
        failed = self.recent(f"{FAILED}{kind}", span)
        return failed, failed + self.recent(f"{ENDED}{kind}", span)

    def tries(self) -> tuple[Tries, ...]:
        """Return the attempts of the short spans."""
        return tuple(Tries(span, *self.attempts(span)) for span in RECENT)

    def spend(self) -> Spend:
        """Return the calls of the models: today's, and those of the whole days before, from the first day with any on."""
        at = self.counted_to
        midnight = floor(at, DAY)
        today = self.total(CALLS, midnight, at + FINE)
        days: list[float] = []
        for ago in range(KEPT_FOR // DAY - 1, 0, -1):
            count = self.total(CALLS, midnight - ago * DAY, midnight - (ago - 1) * DAY)
            if days or count:
                days.append(float(count))
        return Spend("calls", float(today), tuple(days), projected=today * (DAY / max(at - midnight, HOUR)))

    def to_document(self) -> dict[str, Any]:
        """Return the stored form, without an id."""
        return {"series": {name: series.to_document() for name, series in self.series.items()}}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Traffic":
        """Parse a stored document; one of an older build has no series, and everything is counted anew."""
        return cls({name: Series.from_document(one) for name, one in document.get("series", {}).items()})


def cells_of(happenings: Iterable[Happening]) -> dict[datetime, dict[str, int]]:
    """Return the cells of what has happened."""
    found: dict[datetime, dict[str, int]] = {}
    for one in happenings:
        _add(found.setdefault(floor(one.at, FINE), {}), {one.name: one.count})
    return found


def floor(at: datetime, span: timedelta) -> datetime:
    """Return the last multiple of `span` (up to a day) in UTC that is not after `at`."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // span * span


def _add(to: dict[str, int], counts: Counts) -> None:
    for name, count in counts.items():
        to[name] = to.get(name, 0) + count
