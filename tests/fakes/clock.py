"""Time, ids and chance for tests: nothing passes unless somebody sleeps or the test says so."""

import asyncio
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from shared.clock import Clock

FINE = datetime(2026, 11, 23, 9, 0, 0, 123_456, tzinfo=UTC)  # as fine as real clocks: what is stored has milliseconds


def middle(low: float, high: float) -> float:
    """Chance without chance: the middle of the range."""
    return (low + high) / 2


def lowest(low: float, _high: float) -> float:
    """Chance without chance: no jitter at all."""
    return low


class VirtualTime:
    """Time that moves when somebody sleeps, or when the world says so. `slept`: every sleep, in seconds."""

    def __init__(
        self, at: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC), *, uniform: Callable[[float, float], float] = middle
    ) -> None:
        self.at = at
        self.slept: list[float] = []
        self._uniform = uniform
        self._ids = 0

    def twin(self) -> "VirtualTime":
        """Return a time that goes on from here by itself, with the ids that come next here."""
        made = VirtualTime(self.at, uniform=self._uniform)
        made._ids = self._ids
        return made

    def clock(self) -> Clock:
        return Clock(now=lambda: self.at, sleep=self._sleep, new_id=self._new_id, uniform=self._uniform)

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def leap(self, step: float, *until: datetime | None) -> None:
        """Advance by whole steps, at least one, to the first of `until` that comes. Nothing is due before it, so whoever
        looks with each step sees the same.
        """
        ahead = min((one - self.at).total_seconds() for one in until if one is not None)
        self.advance(step * max(1, math.ceil(ahead / step)))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids:06d}"
