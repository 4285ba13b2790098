"""What a workflow may come to: a closed set of values. Failures are exceptions (`shared.errors`), plans are not."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Done:
    """The work is done and stored. `note` is one of a few fixed words for the log line."""

    note: str = "completed"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Somebody did this work already; `note` says how we know."""

    note: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to do, and that is right; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: the message must come back at `until`. No attempt is spent."""

    until: datetime
    reason: str


Outcome = Done | Duplicate | Skipped | Deferred
