"""How far a replay has come, and whether it may go on. Pure: the steps and the tests fold the same facts.

What was done with a record is its outcome; a job that was queued again has a fate later: completed, died again, gone (its
record was purged or has expired), or unknown when it took too long. Canaries are the first jobs queued again: the others
follow only when most of them completed. A replay stops itself when five of the last twenty fates known were deaths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from shared.clock import from_iso, to_iso
from shared.store.base import Document

WINDOW: Final = 20
DEATHS_TO_STOP: Final = 5  # more than 20 % of the window
MAX_OUTSTANDING: Final = 200  # never more than so many whose fate is not known
FATE_SECONDS: Final = 900.0
CANARY_SECONDS: Final = 600.0


class Fate(StrEnum):
    """What became of a job that was queued again."""

    COMPLETED = "completed"
    DIED_AGAIN = "died_again"
    FAILED_AGAIN = "failed_again"  # one that was retried, and waits for a later attempt
    GONE = "gone"
    UNKNOWN = "unknown"


BAD: Final = (Fate.DIED_AGAIN, Fate.FAILED_AGAIN)


class Canaries(StrEnum):
    """Where the canaries are: none asked for, or passed; some to be sent; all sent, their fates awaited."""

    PASSED = "passed"
    SENDING = "sending"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Sent:
    """A job that was queued again and whose fate is not known yet; `index` is its place in the operation."""

    index: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """`cursor`: the next record's place; `recent`: the last fates, true for a death; `canary`: how many were asked for."""

    cursor: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    fates: Mapping[str, int] = field(default_factory=dict)
    outstanding: tuple[Sent, ...] = ()
    recent: tuple[bool, ...] = ()
    canary: int = 0
    canaries: Canaries = Canaries.PASSED
    canaries_until: datetime | None = None

    @classmethod
    def beginning(cls, canary: int) -> Self:
        """Return the progress of an operation that has not begun."""
        return cls(canary=canary, canaries=Canaries.SENDING if canary else Canaries.PASSED)

    def handled(self, outcome: str, at: datetime) -> Self:
        """Fold what was done with the record at the cursor."""
        sent = (Sent(self.cursor, at),) if outcome == "requeued" else ()
        after = replace(
            self, cursor=self.cursor + 1, outcomes=_counted(self.outcomes, outcome), outstanding=self.outstanding + sent
        )
        if after.canaries is Canaries.SENDING and after.outcomes.get("requeued", 0) >= after.canary:
            until = at + timedelta(seconds=CANARY_SECONDS)
            after = replace(after, canaries=Canaries.WAITING, canaries_until=until)
        return after

    def learnt(self, index: int, fate: Fate) -> Self:
        """Fold the fate of the record at `index`; one that was folded before changes nothing."""
        left = tuple(one for one in self.outstanding if one.index != index)
        if len(left) == len(self.outstanding):
            return self
        recent = self.recent
        if fate in {Fate.COMPLETED, *BAD}:
            recent = (*recent, fate in BAD)[-WINDOW:]
        return replace(self, outstanding=left, fates=_counted(self.fates, fate.value), recent=recent)

    def overdue(self, at: datetime) -> list[Sent]:
        """Return those whose fate is waited for no longer."""
        return [one for one in self.outstanding if at - one.at >= timedelta(seconds=FATE_SECONDS)]

    def judged(self, at: datetime) -> tuple[Self, str]:
        """Return the progress after a look at what was learnt, and why the operation must stop; empty: it may go on."""
        if self.canaries is Canaries.WAITING:
            completed, died, failed = (self.fates.get(one, 0) for one in (Fate.COMPLETED, *BAD))
            if 2 * completed > self.canary:
                return replace(self, canaries=Canaries.PASSED), ""
            known = sum(self.fates.values())
            late = self.canaries_until is not None and at >= self.canaries_until
            if late or known >= self.canary or 2 * (died + failed) >= self.canary:
                words = f", {failed} failed again" if failed else ""
                others = known - completed - died - failed
                words += f", {others} otherwise" if others else ""
                waited = f", {self.canary - known} still waiting" if known < self.canary else ""
                return self, f"of {self.canary} canaries {completed} completed, {died} died again{words}{waited}"
        deaths = sum(self.recent)
        if deaths >= DEATHS_TO_STOP:
            bad = "failed or died again" if self.fates.get(Fate.FAILED_AGAIN) else "died again"
            return self, f"{deaths} of the last {len(self.recent)} replayed jobs {bad}"
        return self, ""

    @property
    def may_send(self) -> bool:
        """True when the next record may be handled now."""
        return self.canaries is not Canaries.WAITING and len(self.outstanding) < MAX_OUTSTANDING

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read it from an operation's document."""
        until = document["canariesUntil"]
        return cls(
            cursor=document["cursor"], outcomes=document["outcomes"], fates=document["fates"],
            outstanding=tuple(Sent(int(index), from_iso(at)) for index, at in document["outstanding"]),
            recent=tuple(document["recent"]), canary=document["canary"], canaries=Canaries(document["canaries"]),
            canaries_until=from_iso(until) if until else None,
        )  # fmt: skip

    def to_document(self) -> Document:
        """Return it as a part of an operation's document."""
        return {
            "cursor": self.cursor, "outcomes": dict(self.outcomes), "fates": dict(self.fates),
            "outstanding": [[one.index, to_iso(one.at)] for one in self.outstanding], "recent": list(self.recent),
            "canary": self.canary, "canaries": self.canaries.value,
            "canariesUntil": to_iso(self.canaries_until) if self.canaries_until else None,
        }  # fmt: skip


def _counted(counts: Mapping[str, int], name: str) -> dict[str, int]:
    return {**counts, name: counts.get(name, 0) + 1}
