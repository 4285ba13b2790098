"""Timers by the rules of the real host: six fields, UTC, never overlapping, past due once at the start."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from azure.functions.timer import TimerRequest
from croniter import croniter

from devhost.errors import DevhostError
from devhost.loading import TimerTrigger
from shared.clock import Clock, from_iso, to_iso


def next_occurrence(schedule: str, after: datetime) -> datetime:
    """Return the first occurrence of an NCRONTAB expression after `after`, in UTC."""
    fields = schedule.split()
    if len(fields) == 5:  # noqa: PLR2004  (the second may be left out)
        fields = ["0", *fields]
    try:
        seconds, minutes, hours, days, months, weekdays = fields
        found = croniter(" ".join([minutes, hours, days, months, weekdays, seconds]), after).get_next(datetime)
    except (ValueError, KeyError) as error:
        raise DevhostError(f"the schedule {schedule!r} is no NCRONTAB expression of six fields ({error})") from None
    return found if isinstance(found, datetime) else after


class TimerListener:
    """One timer function. Its status is a file: when the app was down past `Next`, it runs once at the start."""

    def __init__(
        self,
        trigger: TimerTrigger,
        *,
        clock: Clock,
        invoke: Callable[[TimerTrigger, TimerRequest], Awaitable[bool]],
        state: Path,
    ) -> None:
        self.trigger = trigger
        self._clock = clock
        self._invoke = invoke
        self._file = state / f"{trigger.name}.json"

    async def run(self) -> None:
        """Run on schedule until cancelled."""
        if await self._is_past_due():
            await self.fire(past_due=True)
        while True:
            due = next_occurrence(self.trigger.schedule, self._clock.now())
            self._note(None, due)
            while (wait := (due - self._clock.now()).total_seconds()) > 0:
                await self._clock.sleep(min(wait, 60.0))
            await self.fire(past_due=False)

    async def fire(self, *, past_due: bool) -> bool:
        """Invoke once; the next slot counts from the start of this run."""
        started = self._clock.now()
        succeeded = await self._invoke(self.trigger, TimerRequest(past_due=past_due, schedule_status=self._status()))
        self._note(started, next_occurrence(self.trigger.schedule, started))
        return succeeded

    async def _is_past_due(self) -> bool:
        recorded = self._status().get("Next")
        return self.trigger.use_monitor and recorded is not None and self._clock.now() > from_iso(recorded)

    def _status(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._file.read_text()))
        except (OSError, ValueError):
            return {}

    def _note(self, last: datetime | None, due: datetime) -> None:
        if not self.trigger.use_monitor:
            return
        status = self._status()
        if last is not None:
            status["Last"] = to_iso(last)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps({**status, "Next": to_iso(due), "LastUpdated": to_iso(self._clock.now())}))
