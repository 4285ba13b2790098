"""A pause of a queue or a timer as a value, and all of them as one document. Pure.

A pause ends at its time, or earlier when somebody resumes. Ended ones are kept for a while: what was held then is not late.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from shared.clock import from_iso, to_iso
from shared.store.base import Document

ID: Final = "pauses"
KEPT_FOR: Final = timedelta(days=32)  # as long as slots of the ledger are shown
MAX_KEPT: Final = 300
What = Literal["queue", "timer"]


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause. `ended_at`: when somebody resumed it before its time; `settled`: what came of its end is done."""

    what: What
    name: str
    since: datetime
    until: datetime
    by: str
    reason: str
    ended_at: datetime | None = None
    settled: bool = False

    @property
    def end(self) -> datetime:
        """When it ends, or has ended."""
        return min(self.until, self.ended_at or self.until)

    def active(self, at: datetime) -> bool:
        """Whether it holds at `at`."""
        return at < self.end

    def shown(self) -> Document:
        """Return it for an answer."""
        return {"until": to_iso(self.until), "by": self.by, "reason": self.reason}

    def to_document(self) -> Document:
        """Return it as it is stored."""
        return {
            "what": self.what, "name": self.name, "since": to_iso(self.since), "until": to_iso(self.until), "by": self.by,
            "reason": self.reason, "endedAt": to_iso(self.ended_at) if self.ended_at else None, "settled": self.settled,
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Pause":
        """Read it. Raises KeyError or ValueError on what is none."""
        ended = document.get("endedAt")
        return cls(
            "timer" if document["what"] == "timer" else "queue", str(document["name"]), from_iso(document["since"]),
            from_iso(document["until"]), str(document["by"]), str(document["reason"]), from_iso(ended) if ended else None,
            bool(document.get("settled")),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pauses:
    """All that are known, oldest first."""

    all: tuple[Pause, ...] = ()

    def of(self, what: What, name: str, at: datetime) -> Pause | None:
        """Return the pause that holds now."""
        return next((one for one in reversed(self.all) if (one.what, one.name) == (what, name) and one.active(at)), None)

    def active(self, what: What, at: datetime) -> tuple[Pause, ...]:
        """Return every pause that holds now."""
        return tuple(one for one in self.all if one.what == what and one.active(at))

    def intervals(self, what: What, name: str) -> tuple[tuple[datetime, datetime], ...]:
        """Return from when to when it was, is, or will be paused."""
        return tuple((one.since, one.end) for one in self.all if (one.what, one.name) == (what, name))

    def held(self, what: What, name: str, since: datetime, until: datetime) -> timedelta:
        """Return how much of a span it was paused."""
        return overlap(self.intervals(what, name), since, until)

    def with_one(self, pause: Pause) -> "Pauses":
        """Return them with a new one; where one holds already it goes on under the new one's terms."""
        before = self.of(pause.what, pause.name, pause.since)
        others = tuple(one for one in self.all if one is not before)
        return Pauses((*others, replace(pause, since=before.since) if before else pause))

    def without(self, what: What, name: str, at: datetime) -> "Pauses":
        """Return them with what holds of a thing ended now."""

        def ended(one: Pause) -> Pause:
            mine = (one.what, one.name) == (what, name) and one.active(at)
            return replace(one, ended_at=at) if mine else one

        return Pauses(tuple(ended(one) for one in self.all))

    def settled(self, pauses: Iterable[Pause]) -> "Pauses":
        """Return them with these settled."""
        done = {(one.what, one.name, one.since) for one in pauses}
        return Pauses(tuple(replace(one, settled=True) if (one.what, one.name, one.since) in done else one for one in self.all))

    def to_document(self, at: datetime) -> Document:
        """Return the document to store, without what is too long ago to matter."""
        ended = [one for one in self.all if not one.active(at) and (not one.settled or at - one.end <= KEPT_FOR)][-MAX_KEPT:]
        kept = [one for one in self.all if one.active(at) or one in ended]
        return {"id": ID, "type": "pauses", "all": [one.to_document() for one in kept]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> "Pauses":
        """Read it; none where there is no document."""
        return cls(tuple(Pause.from_document(one) for one in document["all"])) if document else cls()


def overlap(intervals: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime) -> timedelta:
    """Return how much of [`since`, `until`) the intervals cover together; they may cover one another."""
    total, reached = timedelta(0), since
    for start, end in sorted(intervals):
        start, end = max(start, reached), min(end, until)  # noqa: PLW2901  (clipped to what is not counted yet)
        if end > start:
            total += end - start
            reached = end
    return total
