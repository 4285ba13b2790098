"""devhost's timers beside their scenarios: what an expression means, a run by hand, a run that does not end."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.functions.timer import TimerRequest

from devhost.errors import DevhostError
from devhost.loading import TimerTrigger
from devhost.timers import TimerListener, next_occurrence
from shared.clock import Clock

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


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


async def test_a_run_by_hand_is_told_what_is_stored_and_says_nothing_of_itself(tmp_path: Path) -> None:
    stored = {"Last": "2026-11-22T06:00:00.000Z", "Next": "2026-11-23T06:00:00.000Z", "LastUpdated": "2026-11-22T06:00:00.000Z"}
    file = tmp_path / "Timer.json"
    file.write_text(json.dumps(stored))
    told: list[TimerRequest] = []

    async def never() -> None:
        raise AssertionError

    async def invoke(_trigger: TimerTrigger, request: TimerRequest) -> bool:
        told.append(request)
        return True

    trigger = TimerTrigger("Timer", never, "timer", "0 0 6 * * *", use_monitor=True)
    await TimerListener(trigger, clock=Clock(now=lambda: MONDAY), invoke=invoke, state=tmp_path).run_by_hand()
    assert [(one.past_due, one.schedule_status) for one in told] == [(False, stored)]
    assert json.loads(file.read_text()) == stored


async def test_a_run_that_outlasts_the_stop_is_ended_and_its_slot_runs_again(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    clock = Clock(now=lambda: MONDAY - timedelta(seconds=10) + timedelta(seconds=loop.time() - zero))
    zero, runs = loop.time(), []

    async def never() -> None:
        raise AssertionError

    async def invoke(_trigger: TimerTrigger, request: TimerRequest) -> bool:
        runs.append(request.past_due)
        await asyncio.Event().wait()
        return True

    trigger = TimerTrigger("Timer", never, "timer", "0 0 9 * * 1", use_monitor=True)
    first = TimerListener(trigger, clock=clock, invoke=invoke, state=tmp_path)
    first.start()
    await asyncio.sleep(11)
    await first.stop(10)
    assert loop.time() - zero == pytest.approx(21, abs=0.1)
    second = TimerListener(trigger, clock=clock, invoke=invoke, state=tmp_path)
    second.start()
    await asyncio.sleep(1)
    await second.kill()
    assert runs == [False, True]
