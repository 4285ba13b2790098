"""Timers by the rules of the real host; `devhost/scenarios.json` has them as data.

Six fields, UTC. A timer never overlaps with itself: the next slot counts from the start of a run, and a run that passes it
is followed by one more at once, however many it passed. A host that starts after the recorded `Next` runs once, past due.
A failure waits for the next slot. One host at a time has a timer; others of the same state folder wait for its lock.
"""

import asyncio
import contextlib
import fcntl
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from azure.functions.timer import TimerRequest
from croniter import croniter

from devhost.errors import DevhostError
from devhost.loading import TimerTrigger
from shared.clock import Clock, from_iso, to_iso

LOCK_RETRY_SECONDS: Final = 60.0
LONGEST_SLEEP_SECONDS: Final = 60.0


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
    """One timer function, from `start` to `stop` (or `kill`). Its status is a file in `state`, as on Azure it is a blob."""

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
        self._monitored = trigger.use_monitor and not _is_within_minutes(trigger.schedule, clock.now())
        self._status: dict[str, str] = {}
        self._lock: IO[str] | None = None
        self._loop: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to run on schedule."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self, seconds: float) -> None:
        """Begin no run any more, and give the one in work so many seconds to end."""
        await self._begin_no_more()
        if self._running is not None:
            await asyncio.wait({self._running}, timeout=seconds)
        await self.kill()

    async def kill(self) -> None:
        """End at once, as a killed process does: the run in work leaves no trace in the status."""
        await self._begin_no_more()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._lock is not None:
            self._lock.close()

    async def run_by_hand(self) -> None:
        """Run now, beside the schedule: it may overlap with a slot's run, and the status does not know of it."""
        await self._invoke(self.trigger, TimerRequest(past_due=False, schedule_status=self._stored()))

    async def _begin_no_more(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _run(self) -> None:
        await self._take_lock()
        past_due = self._open()
        while True:
            if not past_due:
                await self._wait_until(from_iso(self._status["Next"]))
            self._running = asyncio.create_task(self._fire(past_due=past_due))
            await asyncio.shield(self._running)
            past_due = False

    async def _take_lock(self) -> None:
        """The lock goes with the process, so that a killed host's timers are free at once."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        lock = self._file.with_suffix(".lock").open("w")
        self._lock = lock
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            await self._clock.sleep(LOCK_RETRY_SECONDS)

    def _open(self) -> bool:
        """Read or begin the status; True when a slot was missed. A schedule that has changed has missed none."""
        now = self._clock.now()
        stored = self._stored()
        from_when = stored.get("Last") or stored.get("LastUpdated")
        if "Next" not in stored or from_when is None:
            self._note({"LastUpdated": to_iso(now)}, now)
            return False
        expected = next_occurrence(self.trigger.schedule, from_iso(from_when))
        if from_iso(stored["Next"]) != expected:
            counted_from = now if now > expected else from_iso(from_when)
            self._note({"LastUpdated": to_iso(counted_from)}, counted_from)
            return False
        self._status = stored
        return now > expected

    async def _wait_until(self, due: datetime) -> None:
        while (wait := (due - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(min(wait, LONGEST_SLEEP_SECONDS))

    async def _fire(self, *, past_due: bool) -> None:
        started = self._clock.now()
        status = dict(self._status) if self._monitored else {}
        await self._invoke(self.trigger, TimerRequest(past_due=past_due, schedule_status=status))
        self._note({"Last": to_iso(started), "LastUpdated": to_iso(started)}, started)

    def _stored(self) -> dict[str, str]:
        if not self._monitored:
            return {}
        try:
            return dict(json.loads(self._file.read_text()))
        except (OSError, ValueError):
            return {}

    def _note(self, times: dict[str, str], counted_from: datetime) -> None:
        self._status = {**times, "Next": to_iso(next_occurrence(self.trigger.schedule, counted_from))}
        if self._monitored:
            self._file.write_text(json.dumps(self._status))


def _is_within_minutes(schedule: str, at: datetime) -> bool:
    """Whether it occurs more than once in the next minute: the host then keeps no status."""
    first = next_occurrence(schedule, at)
    return next_occurrence(schedule, first) <= at + timedelta(minutes=1)
