"""devhost keeps the host's rules: every scenario of the table, on its own listeners and in simulated time."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from azure.functions.timer import TimerRequest

from devhost.loading import TimerTrigger
from devhost.timers import TimerListener
from shared.clock import Clock, to_iso
from tests.fakes.clock import lowest, middle
from tests.unit.devhost.playing import QueuePlayer, Seen
from tests.unit.devhost.table import TABLE, Event, QueueScenario, TimerRun, TimerScenario, TimerStatus, in_turn, within

STOP_SECONDS = 10.0


def highest(_low: float, high: float) -> float:
    return high


def described(event: Event) -> dict[str, object]:
    return event.model_dump(by_alias=True, exclude_none=True, exclude={"at", "event", "queue"}, mode="json")


def agrees(seen: Seen, event: Event) -> bool:
    fields = described(event)
    known = {name: seen.fields.get(name) for name in fields}
    return (seen.event, seen.queue, known) == (event.event, event.queue, fields) and within(seen.at, event.at)


def in_series(trace: list[Seen]) -> dict[tuple[str, ...], list[Seen]]:
    series: dict[tuple[str, ...], list[Seen]] = defaultdict(list)
    for seen in trace:
        series[seen.series].append(seen)
    return series


@pytest.mark.parametrize(
    ("scenario", "spread"),
    [
        *(pytest.param(one, middle, id=one.name) for one in TABLE.queues),
        *(pytest.param(one, lowest, id=f"{one.name}, at their shortest") for one in TABLE.queues if one.pauses),
        *(pytest.param(one, highest, id=f"{one.name}, at their longest") for one in TABLE.queues if one.pauses),
    ],
)
async def test_the_queue_listener_does_what_the_table_says(
    scenario: QueueScenario, spread: Callable[[float, float], float], tmp_path: Path
) -> None:
    player = QueuePlayer(scenario, tmp_path, spread)
    await player.play()
    seen = in_series(player.trace)
    expected: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    for event in scenario.trace:
        expected[Seen(0, event.event, event.queue, described(event)).series].append(event)
    assert set(seen) == set(expected), player.trace
    for series, events in expected.items():
        assert len(seen[series]) == len(events), (series, seen[series])
        for one, event in zip(seen[series], events, strict=True):
            assert agrees(one, event), (one, event)
    for queue, pauses in scenario.pauses.items():
        for pause, window in zip(player.pauses(queue), pauses, strict=False):
            assert within(pause, window), (queue, player.pauses(queue), pauses)
        assert len(player.pauses(queue)) >= len(pauses)
    for queue, left in scenario.left.items():
        there = sorted(player.service.queues[queue], key=lambda held: player.name(held.message_id))
        assert [(player.name(one.message_id), one.dequeue_count) for one in there] == [
            (one.message, one.dequeue_count) for one in left
        ]
        for held, one in zip(there, left, strict=True):
            assert one.visible_at is None or within(player.time(held.visible_at), one.visible_at)
            life = None if held.expires_at is None else held.expires_at - held.inserted_at
            assert one.lives_seconds is None or life == one.lives_seconds


class TimerPlayer:
    """One scenario of timers; each host is a listener on the same folder of statuses."""

    def __init__(self, scenario: TimerScenario, folder: Path) -> None:
        self.scenario, self.folder = scenario, folder
        self.runs: list[TimerRun] = []
        self._hosts: dict[str, TimerListener] = {}
        self._tasks: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        zero = loop.time()
        self._clock = Clock(now=lambda: scenario.clock + timedelta(seconds=loop.time() - zero))

    @property
    def file(self) -> Path:
        return self.folder / "Timer.json"

    async def play(self) -> None:
        if self.scenario.status is not None:
            self.file.write_text(json.dumps(in_text(self.scenario.status)))
        for step in self.scenario.steps:
            await self._until(step.at)
            if step.do == "start":
                self._hosts[step.host] = self._listener(step.host)
                self._hosts[step.host].start()
            elif step.do == "stop":
                self._tasks.append(asyncio.create_task(self._hosts[step.host].stop(STOP_SECONDS)))
            elif step.do == "kill":
                await self._hosts[step.host].kill()
            else:
                self._tasks.append(asyncio.create_task(self._hosts[step.host].run_by_hand()))
        await self._until(self.scenario.until)
        await asyncio.gather(*self._tasks)
        for listener in self._hosts.values():
            await listener.kill()

    async def _until(self, at: datetime) -> None:
        await asyncio.sleep(max(0.0, (at - self._clock.now()).total_seconds()))

    def _listener(self, host: str) -> TimerListener:
        async def never() -> None:
            raise AssertionError

        async def invoke(_trigger: TimerTrigger, request: TimerRequest) -> bool:
            run = in_turn(self.scenario.runs, len(self.runs))
            self.runs.append(TimerRun(at=self._clock.now(), pastDue=request.past_due, host=host))
            await asyncio.sleep(run.seconds)
            return run.outcome == "ok"

        trigger = TimerTrigger("Timer", never, "timer", self.scenario.schedule, self.scenario.use_monitor)
        return TimerListener(trigger, clock=self._clock, invoke=invoke, state=self.folder)


def in_text(status: TimerStatus) -> dict[str, str]:
    return {name: to_iso(at) for name, at in status.model_dump(by_alias=True, exclude_none=True).items()}


def near(seen: datetime, at: datetime) -> bool:
    return within((seen - at).total_seconds(), 0)


@pytest.mark.parametrize("scenario", TABLE.timers, ids=lambda one: one.name)
async def test_the_timer_listener_does_what_the_table_says(scenario: TimerScenario, tmp_path: Path) -> None:
    player = TimerPlayer(scenario, tmp_path)
    await player.play()
    assert [(one.past_due, one.host) for one in player.runs] == [(one.past_due, one.host) for one in scenario.trace], (
        player.runs
    )
    assert all(near(one.at, expected.at) for one, expected in zip(player.runs, scenario.trace, strict=True)), player.runs
    assert player.file.exists() is (scenario.left is not None)
    if scenario.left is not None:
        left = TimerStatus.model_validate(json.loads(player.file.read_text()))
        assert (left.last is None) is (scenario.left.last is None)
        assert left.last is None or scenario.left.last is None or near(left.last, scenario.left.last)
        assert left.next == scenario.left.next
        assert near(left.last_updated, scenario.left.last_updated)


def test_every_scenario_has_a_name_of_its_own_and_times_in_order() -> None:
    names = [one.name for one in TABLE.queues]
    assert len(names) == len(set(names))
    for scenario in (*TABLE.queues, *TABLE.timers):
        at = [step.at for step in scenario.steps]
        assert at == sorted(at), scenario.name
        assert at[-1] < scenario.until, scenario.name  # type: ignore[operator]  # both of one kind
