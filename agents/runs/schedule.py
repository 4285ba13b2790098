"""When the timers are due: daily or weekly, in UTC. Pure; the NCRONTAB text in the triggers is made of the same values."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

EARLY: Final = timedelta(seconds=60)  # a host's clock may be a little ahead of ours


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every day at `hour`, or every `weekday` (0 is Monday). A slot is the planned instant of one run."""

    hour: int
    weekday: int | None = None

    @property
    def ncrontab(self) -> str:
        """The trigger's expression: second, minute, hour, day, month, day of the week (0 is Sunday there)."""
        return f"0 0 {self.hour} * * {'*' if self.weekday is None else (self.weekday + 1) % 7}"

    def slot_at(self, at: datetime) -> datetime:
        """Return the slot that a run at `at` is of: the last one, or the next when it is less than a minute away."""
        at = (at + EARLY).astimezone(UTC)
        slot = at.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        if self.weekday is not None:
            slot -= timedelta(days=(slot.weekday() - self.weekday) % 7)
        if slot > at:
            slot -= self._period
        return slot

    def slots_between(self, after: datetime, until: datetime) -> list[datetime]:
        """Return the slots in (`after`, `until`], oldest first."""
        slot, found = self.slot_at(until - EARLY), []
        while slot > after:
            found.append(slot)
            slot -= self._period
        return found[::-1]

    @property
    def _period(self) -> timedelta:
        return timedelta(days=1 if self.weekday is None else 7)
