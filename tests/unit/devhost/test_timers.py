"""devhost's timers on a simulated clock: six fields in UTC, never overlapping, past due once."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.functions.timer import TimerRequest

from devhost.errors import DevhostError
from devhost.loading import TimerTrigger
from devhost.timers import TimerListener, next_occurrence
from shared.clock import Clock

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Enough(Exception):
    """Ends a listener's run in a test."""


class Simulated:
    """Time moves when the listener sleeps, and while a run takes `run_seconds`."""

    def __init__(self, folder: Path, schedule: str, at: datetime, *, monitor: bool = True, run_seconds: float = 0.0) -> None:
        self.at = at
        self.runs: list[tuple[datetime, bool]] = []
        self._run_seconds = run_seconds
        trigger = TimerTrigger("Timer", self._never, "timer", schedule, monitor)
        clock = Clock(now=lambda: self.at, sleep=self._sleep)
        self.listener = TimerListener(trigger, clock=clock, invoke=self._invoke, state=folder)

    async def until(self, runs: int) -> list[tuple[datetime, bool]]:
        self._wanted = runs
        with pytest.raises(Enough):
            await self.listener.run()
        return self.runs

    async def _never(self) -> None:
        raise AssertionError

    async def _sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def _invoke(self, _trigger: TimerTrigger, request: TimerRequest) -> bool:
        self.runs.append((self.at, request.past_due))
        self.at += timedelta(seconds=self._run_seconds)
        if len(self.runs) == self._wanted:
            raise Enough
        return True


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("0 0 9 * * 1", MONDAY, MONDAY + timedelta(days=7)),
        ("0 0 9 * * 1", MONDAY - timedelta(seconds=1), MONDAY),
        ("0 0 6 * * *", MONDAY, datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        ("30 */5 * * * *", MONDAY, MONDAY + timedelta(seconds=30)),
        ("*/5 * * * *", MONDAY, MONDAY + timedelta(minutes=5)),
        ("0 0 0 29 2 *", MONDAY, datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_the_next_occurrence_is_that_of_the_expression(schedule: str, after: datetime, expected: datetime) -> None:
    assert next_occurrence(schedule, after) == expected


@pytest.mark.parametrize("schedule", ["", "hourly", "0 0 25 * * *", "00:05:00"])
def test_what_is_no_expression_is_refused_by_name(schedule: str) -> None:
    with pytest.raises(DevhostError, match="is no NCRONTAB expression"):
        next_occurrence(schedule, MONDAY)


async def test_a_weekly_timer_fires_every_monday_at_nine(tmp_path: Path) -> None:
    runs = await Simulated(tmp_path, "0 0 9 * * 1", MONDAY - timedelta(days=3)).until(3)
    assert runs == [(MONDAY + timedelta(weeks=week), False) for week in range(3)]


async def test_a_host_that_was_down_fires_once_and_says_past_due(tmp_path: Path) -> None:
    await Simulated(tmp_path, "0 0 9 * * 1", MONDAY - timedelta(days=3)).until(1)
    later = MONDAY + timedelta(weeks=3, days=2)
    runs = await Simulated(tmp_path, "0 0 9 * * 1", later).until(2)
    assert runs == [(later, True), (MONDAY + timedelta(weeks=4), False)]


async def test_without_the_monitor_nothing_is_caught_up(tmp_path: Path) -> None:
    await Simulated(tmp_path, "0 0 9 * * 1", MONDAY - timedelta(days=3), monitor=False).until(1)
    runs = await Simulated(tmp_path, "0 0 9 * * 1", MONDAY + timedelta(days=8), monitor=False).until(1)
    assert runs == [(MONDAY + timedelta(weeks=2), False)]


async def test_a_run_that_takes_too_long_delays_the_next_and_never_overlaps(tmp_path: Path) -> None:
    runs = await Simulated(tmp_path, "0 */5 * * * *", MONDAY - timedelta(seconds=1), run_seconds=720).until(3)
    assert [at for at, _ in runs] == [MONDAY, MONDAY + timedelta(minutes=15), MONDAY + timedelta(minutes=30)]
