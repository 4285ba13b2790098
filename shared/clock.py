"""Time, ids, randomness and sleep: everything that differs from run to run, injected as one object."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

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
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def read_time(text: object) -> datetime | None:
    """Return the time of an ISO 8601 text that anybody may have written; None for anything else."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        return None


def parse_time(text: object, *, at_most: datetime | None = None) -> datetime | None:
    """Return another writer's time, never later than `at_most`: a clock ahead must not weigh more.

    None if unreadable, and for a default date (year 1, 1601, 1970, 2000, …), which says of no time that it was.
    """
    at = read_time(text)
    if at is None or at < FIRST_LIKELY:
        return None
    return at if at_most is None else min(at, at_most)
