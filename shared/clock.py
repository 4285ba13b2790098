"""Time, ids, randomness and sleep: everything that differs from run to run, injected as one object."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

MILLISECONDS_FROM: Final = 100_000_000_000  # as seconds it would be the year 5138
FIRST_LIKELY = datetime(2020, 1, 1, tzinfo=UTC)  # nothing that we are told of happened before


@dataclass(frozen=True)
class Clock:
    """The sources of non-determinism. The defaults are the real ones; tests pass their own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    uniform: Callable[[float, float], float] = field(default=random.uniform)  # jitter, not a secret


def to_iso(at: datetime) -> str:
    """Return `at` as ISO 8601 UTC with milliseconds and a `Z`: text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """Parse ISO 8601; a time without a zone is UTC. Raises ValueError on anything else."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is UTC:
        return at
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def read_iso(value: object) -> datetime | None:
    """Return the time of an ISO 8601 text; None for anything else."""
    try:
        return from_iso(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def read_epoch(value: float) -> datetime | None:
    """Return the time of a count since 1970: of seconds, or milliseconds where it is that large; None beyond the calendar."""
    try:
        return datetime.fromtimestamp(value / 1000 if abs(value) >= MILLISECONDS_FROM else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def parse_time(text: object, *, at_most: datetime | None = None) -> datetime | None:
    """Return another writer's time, never later than `at_most`: a clock ahead must not weigh more.

    None if unreadable, and for a default date (year 1, 1601, 1970, 2000, …), which says of no time that it was.
    """
    at = read_iso(text)
    if at is None or at < FIRST_LIKELY:
        return None
    return at if at_most is None else min(at, at_most)
