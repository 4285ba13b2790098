"""How much was done and how much went wrong, in cells of five minutes, and of an hour where that is long ago. Pure.

A cell holds what the store said of its time when it was last asked, and is replaced, never added to: whoever counts it
twice, or too late, or from an old state, counts nothing twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agents.watch.alerts.facts import Ingress, Spend, Window
from shared.clock import from_iso, to_iso

FINE: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
FINE_FOR: Final = timedelta(hours=7)  # the windows of one and of six hours are exact to five minutes
KEPT_FOR: Final = timedelta(days=8)  # seven whole days before today
SETTLES: Final = timedelta(minutes=2)  # a write may carry a time that is this much older than itself
DEAD: Final = "dead"
ENDED: Final = "ended."
FAILED: Final = "failed."
CALLS: Final = "calls"
Counts = Mapping[str, int]
Cells = Mapping[datetime, Counts]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened and is counted under `name`: `ended.<kind>`, `failed.<kind>`, `dead`, `calls`."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Traffic:
    """Counts by time. Everything in [`since`, `counted_to`) is counted; a cell that is not there counted nothing."""

    since: datetime
    counted_to: datetime
    fine: Cells = field(default_factory=dict)
    hours: Cells = field(default_factory=dict)

    @classmethod
    def beginning(cls, at: datetime) -> "Traffic":
        """Nothing is counted yet of all that will be needed at `at`."""
        since = floor(at - KEPT_FOR, HOUR)
        return cls(since, since)

    def start(self, judged_to: datetime | None) -> datetime:
        """Return from where to count: behind the last cell that can change no more, and no later than what was judged."""
        unsettled = floor(self.counted_to - SETTLES, FINE)
        wanted = min(unsettled, floor(judged_to, FINE)) if judged_to else unsettled
        return max(self.since, wanted, floor(self.counted_to - FINE_FOR, HOUR))  # what is older has no fine cells

    def counted(self, start: datetime, until: datetime, found: Iterable[Happening]) -> "Traffic":
        """Return the traffic with the cells of [`start`, `until`) replaced. `start` begins a cell, as that of `self.start`."""
        fine: dict[datetime, dict[str, int]] = {at: dict(counts) for at, counts in self.fine.items() if at < start}
        for one in found:
            if start <= one.at < until:
                cell = fine.setdefault(floor(one.at, FINE), {})
                cell[one.name] = cell.get(one.name, 0) + 1
        return Traffic(self.since, until, fine, self.hours)._aged(until)

    def _aged(self, at: datetime) -> "Traffic":
        """Join cells that are older than the short windows, forget those that no window needs."""
        border, oldest = floor(at - FINE_FOR, HOUR), floor(at - KEPT_FOR, HOUR)
        hours = {start: dict(counts) for start, counts in self.hours.items() if start >= oldest}
        for start, counts in self.fine.items():
            if start < border:
                cell = hours.setdefault(floor(start, HOUR), {})
                for name, count in counts.items():
                    cell[name] = cell.get(name, 0) + count
        fine = {start: counts for start, counts in self.fine.items() if start >= border}
        return Traffic(max(self.since, oldest), self.counted_to, fine, hours)

    def total(self, names: str | tuple[str, ...], since: datetime, until: datetime) -> int:
        """Sum what begins with one of `names` over [`since`, `until`), to the nearest cell."""
        found = 0
        for cells, half in ((self.fine, FINE / 2), (self.hours, HOUR / 2)):
            for start, counts in cells.items():
                if since <= start + half < until:
                    found += sum(count for name, count in counts.items() if name.startswith(names))
        return found

    def recent(self, names: str, span: timedelta) -> int:
        """Sum what begins with `names` over the `span` before everything was counted."""
        return self.total(names, self.counted_to - span, self.counted_to + FINE)

    def window(self, span: timedelta) -> Window:
        """Return the jobs that ended, and those of them that died, in the last `span` that was counted."""
        dead = self.recent(DEAD, span)
        return Window(self.recent(ENDED, span) + dead, dead)

    def ingress(self) -> Ingress:
        """Return every window of the dead letters' rules."""
        return Ingress(*(self.window(timedelta(hours=hours)) for hours in (1, 6, 24, 72, 168)))

    def attempts(self, span: timedelta, kind: str = "") -> tuple[int, int]:
        """Return (failed, all) attempts of the last `span` that was counted, of one kind of job or of all."""
        failed = self.recent(f"{FAILED}{kind}", span)
        return failed, failed + self.recent(f"{ENDED}{kind}", span)

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
        """Return the stored form, without an id: rows of a time and counts in the order of `names`."""
        names = sorted({name for cells in (self.fine, self.hours) for counts in cells.values() for name in counts})

        def rows(cells: Cells) -> list[list[Any]]:
            return [[to_iso(at), *(counts.get(name, 0) for name in names)] for at, counts in sorted(cells.items())]

        return {
            "since": to_iso(self.since), "countedTo": to_iso(self.counted_to), "names": names,
            "fine": rows(self.fine), "hours": rows(self.hours),
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Traffic":
        """Parse a stored document. Raises KeyError or ValueError on what is none."""
        names = document["names"]

        def cells(rows: list[list[Any]]) -> Cells:
            return {
                from_iso(at): {name: int(count) for name, count in zip(names, counts, strict=True) if count}
                for at, *counts in rows
            }

        since, counted_to = from_iso(document["since"]), from_iso(document["countedTo"])
        return cls(since, counted_to, cells(document["fine"]), cells(document["hours"]))


def floor(at: datetime, span: timedelta) -> datetime:
    """Return the last multiple of `span` (up to a day) in UTC that is not after `at`."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // span * span
