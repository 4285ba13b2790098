"""Queues and timers that on-call has paused: nothing is lost, nothing is spent, on every instance, whatever dies meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents import timers
from agents.holding import BadPauseError, UnknownTargetError
from agents.jobs.outcomes import DeferReason, Deferred
from agents.watch.metrics import families
from agents.watch.openmetrics import exposition
from agents.watch.status import status_of
from agents.wiring import Wiring
from shared.errors import ModelSuspended, QueueUnavailable, Reason, RetryableError, StoreUnavailable
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS, OPERATIONS, RUNS, SERVICE_STATE, USER_PROFILES
from shared.store.query import Compare
from tests.fakes.clock import VirtualTime
from tests.faults.world import MAX_DEQUEUE_COUNT, MODES, QUEUE, Faults, ProcessDied, World, embedded_store

COMMANDS, HELD = "run-commands", f"{QUEUE}-held"
WORD = {"actor": "ada", "reason": "the store is being moved"}
HOUR = timedelta(hours=1)


@pytest.fixture
async def world(world: World) -> World:
    await world.store.create(USER_PROFILES.key, {"id": "u", "currency": "EUR"})
    return world


async def pause(world: World, span: timedelta = HOUR, name: str = QUEUE, what: Any = "queue") -> None:
    await world.wiring.holding.pause(what, name, until=world.time.at + span, **WORD)


async def commands(world: World) -> None:
    """Deliver every command that is visible, as the app takes them."""

    async def take(body: bytes) -> None:
        if not await world.wiring.holding.handle(body) and not await world.wiring.holding.held(body):
            await world.wiring.commands.handle(body)

    while await world.deliver_one(COMMANDS, take):
        pass


async def deliver_all(world: World, *wirings: Wiring) -> list[object]:
    """Give out what is visible, in turns to each instance; returns what became of each."""
    outcomes: list[object] = []
    instances = wirings or (world.wiring,)

    async def take(body: bytes) -> None:
        outcomes.append(await instances[len(outcomes) % len(instances)].runners["taste-analysis"].deliver(body))

    while await world.deliver_one(QUEUE, take):
        pass
    return outcomes


async def audits(world: World) -> list[tuple[str, str]]:
    found = await world.documents(OPERATIONS.key, Compare("type", "=", "audit"))
    return [(one["action"], one["actor"]) for one in sorted(found, key=lambda one: one["createdAt"])]


async def play(world: World, hours: float) -> None:
    """Play every trigger of the app for so long, a minute at a time."""
    end = world.time.at + timedelta(hours=hours)
    while world.time.at < end:
        await commands(world)
        await deliver_all(world)
        if world.time.at.minute % 5 == 0:
            await world.wiring.chores[timers.SWEEP.name]()
        if world.time.at.minute % 10 == 0:
            await world.wiring.chores[timers.RECONCILE.name]()
        world.time.advance(60)


async def test_a_paused_queue_holds_its_messages_on_every_instance_and_spends_nothing(world: World) -> None:
    others = [world.wiring, world.restart(), world.restart()]
    await pause(world)
    for number in range(9):
        await world.like("u", f"minimalist|navy-{number}", item=f"item-{number}")
    outcomes = await deliver_all(world, *others)
    assert [type(one) for one in outcomes] == [Deferred] * 9
    assert {one.reason for one in outcomes if isinstance(one, Deferred)} == {DeferReason.PAUSED}
    assert (await world.queues.depth(QUEUE), await world.queues.depth(HELD)) == (0, 9)
    jobs = await world.documents(JOBS.key)
    assert [(one["status"], one["attempt"]) for one in jobs] == [("queued", 0)] * 9
    await world.wiring.holding.resume("queue", QUEUE, **WORD)
    await commands(world)
    assert (await world.queues.depth(QUEUE), await world.queues.depth(HELD)) == (9, 0)
    await world.drain()
    await world.check()
    assert len(await world.signals()) == 9
    assert await audits(world) == [("queue.paused", "ada"), ("queue.resumed", "ada")]


async def test_an_instance_that_has_just_looked_obeys_within_a_minute_and_lets_go_within_a_minute(world: World) -> None:
    slow = world.restart()
    await world.like("u", "minimalist|navy", item="item-0")
    assert [type(one).__name__ for one in await deliver_all(world, slow)] == ["Done"]
    await world.restart().holding.pause("queue", QUEUE, until=world.time.at + HOUR, **WORD)
    world.time.advance(30)
    await world.like("u", "minimalist|red", item="item-1")
    assert [type(one).__name__ for one in await deliver_all(world, slow)] == ["Deferred"]
    await world.restart().holding.resume("queue", QUEUE, **WORD)
    await commands(world)
    await deliver_all(world, slow)
    assert await world.queues.depth(HELD) == 1, "the slow one had not heard of it"
    world.time.advance(31)
    await commands(world)
    assert [type(one).__name__ for one in await deliver_all(world, slow)] == ["Done"]


async def test_a_pause_of_many_hours_costs_no_attempt_no_repair_and_no_letter_and_ends_by_itself(world: World) -> None:
    world.chat.errors = [ModelSuspended("quota", delay_seconds=600, reason=Reason.MODEL_BUDGET_EXHAUSTED)]
    await world.like("u", "minimalist|red", item="deferred")
    await deliver_all(world)
    await pause(world, timedelta(hours=30))
    for number in range(3):
        await world.like("u", f"minimalist|navy-{number}", item=f"item-{number}")
    await play(world, 29.5)
    assert await world.queues.depth(HELD) == 4
    assert {one["attempt"] for one in await world.documents(JOBS.key)} == {0}
    assert await world.wiring.reconciler.run() == []
    await play(world, 1)
    await world.check()
    assert len(await world.signals()) == 4
    assert await world.documents(DEAD_LETTERS.key) == []
    assert await audits(world) == [("queue.paused", "ada"), ("queue.resumed", "the pause itself")]
    assert await world.queues.depth(HELD) == 0


async def test_a_deferred_job_has_not_waited_for_its_dependency_while_its_queue_was_paused(world: World) -> None:
    def suspended() -> ModelSuspended:
        return ModelSuspended("quota", delay_seconds=600, reason=Reason.MODEL_BUDGET_EXHAUSTED)

    world.chat.errors = [suspended() for _ in range(3)]
    await world.like("u", "minimalist|red")
    await deliver_all(world)
    await pause(world, timedelta(hours=40))
    await play(world, 41)
    await world.drain()
    await world.check()
    assert len(await world.signals()) == 1, "it was deferred for less than its budget of a day"


async def test_messages_of_before_and_the_hosts_count_are_forgotten_by_a_pause(world: World) -> None:
    await pause(world)
    await world.like("u", "minimalist|navy")
    for _ in range(MAX_DEQUEUE_COUNT * 3):
        await deliver_all(world)
        await world.wiring.holding.resume("queue", QUEUE, **WORD)
        await commands(world)
        await pause(world)
    await world.wiring.holding.resume("queue", QUEUE, **WORD)
    await commands(world)
    [message] = await world.queues.peek(QUEUE)
    assert message.dequeue_count == 0
    await world.drain()
    await world.check()
    assert len(await world.signals()) == 1


class Down:
    """A store that answers nobody."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.down = True

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self.down:
                raise StoreUnavailable("no answer")
            return await method(*args, **kwargs)

        return call


async def test_an_instance_that_loses_the_store_in_a_pause_holds_the_message_in_its_own_queue(world: World) -> None:
    await pause(world)
    store = Down(world.store)
    store.down = False
    world.store = store  # type: ignore[assignment]
    instance = world.restart()
    await world.like("u", "minimalist|navy")
    await deliver_all(world, instance)
    assert await world.queues.depth(HELD) == 1
    await world.like("u", "minimalist|red", item="item-2")
    store.down = True
    world.time.advance(60)
    outcomes = await deliver_all(world, instance)
    assert [one.reason for one in outcomes if isinstance(one, Deferred)] == [DeferReason.PAUSED]
    assert (await world.queues.depth(HELD), await world.queues.depth(QUEUE)) == (1, 1)
    store.down = False
    await instance.holding.resume("queue", QUEUE, **WORD)
    await commands(world)
    await world.drain()
    assert len(await world.signals()) == 2


async def test_paused_commands_are_held_and_what_ends_the_pause_is_not(world: World) -> None:
    await pause(world, name=COMMANDS)
    run_id = await world.wiring.commands.request("digest", "ada", {})
    await commands(world)
    assert await world.queues.depth(f"{COMMANDS}-held") == 1
    assert await world.wiring.commands.rescue() == []
    world.time.advance(3_700)
    await commands(world)
    await commands(world)
    row = await world.wiring.ledger.find("digest", run_id)
    assert row is not None
    assert row["startedAt"] is not None


@pytest.mark.parametrize("span", [timedelta(0), timedelta(seconds=-1), timedelta(days=6, seconds=1)])
async def test_a_pause_has_an_end_that_is_near(world: World, span: timedelta) -> None:
    with pytest.raises(BadPauseError):
        await pause(world, span)
    assert await audits(world) == []


@pytest.mark.parametrize(
    ("what", "name"), [("queue", f"{QUEUE}-poison"), ("queue", "digest"), ("timer", "watch"), ("timer", QUEUE)]
)
async def test_what_persists_the_dead_and_what_is_not_there_is_not_paused(world: World, what: Any, name: str) -> None:
    with pytest.raises(UnknownTargetError):
        await pause(world, what=what, name=name)
    with pytest.raises(UnknownTargetError):
        await world.wiring.holding.resume(what, name, **WORD)


async def test_resuming_what_is_not_paused_changes_nothing(world: World) -> None:
    done = await world.wiring.holding.resume("queue", QUEUE, **WORD)
    assert (done.pause, done.due) == (None, None)
    assert await audits(world) == []


async def rows(world: World, timer: str) -> list[tuple[str, str | None]]:
    found = [one for one in await world.documents(RUNS.key) if one["timer"] == timer]
    return sorted((one["plannedAt"][:16], one["outcome"]) for one in found)


def at(world: World, day: int, hour: int, minute: int = 0, second: int = 0) -> None:
    world.time.at = datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


async def tick(world: World, timer: timers.LedgeredTimer) -> None:
    await world.wiring.commands.fire(timer.name, timer.schedule, grace=timer.grace)


async def test_a_slot_that_fell_into_a_pause_runs_when_it_ends_in_time(world: World) -> None:
    at(world, 23, 8, 50)
    await pause(world, what="timer", name="digest")
    at(world, 23, 9)
    await tick(world, timers.DIGEST)
    assert await rows(world, "digest") == []
    at(world, 23, 9, 30)
    done = await world.wiring.holding.resume("timer", "digest", **WORD)
    assert done.due is not None
    assert (done.due.slot.hour, done.due.runs) == (9, True)
    await commands(world)
    assert [planned for planned, _ in await rows(world, "digest")] == ["2026-11-23T09:00"]
    await tick(world, timers.DIGEST)
    assert len(await rows(world, "digest")) == 1


async def test_a_slot_that_is_too_late_when_its_pause_ends_is_said_to_be_left_out(world: World) -> None:
    at(world, 22, 12)
    await pause(world, timedelta(days=2), what="timer", name="digest")
    await pause(world, timedelta(days=2, hours=1), what="timer", name="moods")
    at(world, 23, 9)
    await tick(world, timers.DIGEST)
    at(world, 24, 13, 5)
    await world.wiring.chores[timers.SWEEP.name]()
    assert await rows(world, "digest") == [("2026-11-23T09:00", "skipped_paused")]
    assert await rows(world, "moods") == [("2026-11-23T06:00", "skipped_paused"), ("2026-11-24T06:00", None)]
    for _ in range(3):
        await world.wiring.chores[timers.SWEEP.name]()
        world.time.advance(300)
    assert len(await rows(world, "moods")) == 2
    assert sorted(await audits(world)) == [
        ("timer.paused", "ada"), ("timer.paused", "ada"), ("timer.resumed", "the pause itself"),
        ("timer.resumed", "the pause itself"),
    ]  # fmt: skip


async def test_a_tick_a_moment_before_the_end_of_a_pause_that_ends_on_the_slot_is_not_lost(world: World) -> None:
    at(world, 23, 5)
    await pause(world, HOUR, what="timer", name="moods")
    at(world, 23, 5, 59, 59)
    await tick(world, timers.MOODS)
    assert await rows(world, "moods") == []
    at(world, 23, 6, 0, 1)
    await commands(world)
    assert [planned for planned, _ in await rows(world, "moods")] == ["2026-11-23T06:00"]


async def test_a_slot_of_before_the_pause_is_not_made_up_for_by_its_end(world: World) -> None:
    at(world, 23, 8)
    await pause(world, what="timer", name="scraper")  # nobody ran it at 7
    at(world, 23, 8, 30)
    done = await world.wiring.holding.resume("timer", "scraper", **WORD)
    assert done.due is None
    await commands(world)
    assert await rows(world, "scraper") == []


async def story(faults: Faults) -> World:
    """A like into a paused queue, by two instances; resumed; and played until all is quiet."""
    strike, faults.at = faults.at, 0
    world = World(embedded_store(VirtualTime()), faults=faults)
    await world.store.create(USER_PROFILES.key, {"id": "u", "currency": "EUR"})
    await world.like("u", "minimalist|navy")
    faults.count, faults.at = 0, strike
    for action in ("pause", "resume"):
        for _ in range(4):
            try:
                if action == "pause":
                    await pause(world)
                else:
                    await world.wiring.holding.resume("queue", QUEUE, **WORD)
            except (ProcessDied, asyncio.CancelledError, RetryableError):
                world.restart()
                continue
            break
        await safely(world)
    for _ in range(12):
        world.time.advance(300)
        await safely(world)
        try:
            await world.wiring.chores[timers.SWEEP.name]()
        except (ProcessDied, asyncio.CancelledError, RetryableError):
            world.restart()
    faults.at = 0
    await world.drain()
    return world


async def safely(world: World) -> None:
    await commands(world)
    await deliver_all(world)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
async def test_a_pause_that_dies_at_any_await_loses_nothing_and_applies_nothing_twice(mode: str) -> None:
    counted = Faults()
    await (await story(counted)).store.close()
    assert counted.count > 40
    for index in counted.places(mode):
        world = await story(Faults(at=index, mode=mode))
        try:
            assert await world.is_quiet()
            await world.check()
            assert await world.queues.depth(HELD) == 0
            assert len(await world.signals()) == 1
            [document] = await paused(world)
            assert [one["endedAt"] is not None for one in document["all"]] == [True]
        except (AssertionError, ValueError) as error:
            raise AssertionError(f"{mode} at await {index}, {world.faults.struck}: {error}") from error
        finally:
            await world.store.close()


async def paused(world: World) -> list[Document]:
    return await world.documents(SERVICE_STATE.key, Compare("type", "=", "pauses"))


async def test_status_and_metrics_tell_a_paused_queue_and_a_paused_timer_from_idle_ones(world: World) -> None:
    await pause(world, timedelta(hours=50))
    await pause(world, timedelta(hours=50), what="timer", name="moods")
    await world.like("u", "minimalist|navy")
    await play(world, 49.5)
    collected = await world.wiring.watch.collector.collect(counting=False)
    shown = status_of(collected, world.wiring.watch.rules, world.wiring.watch.thresholds)
    [queue] = [one for one in shown["queues"] if one["queue"] == QUEUE]
    assert (queue["paused"]["by"], queue["held"], queue["depth"]) == ("ada", 1, 0)
    assert queue["oldestAgeSeconds"] < 60
    [timer] = [one for one in shown["timers"] if one["timer"] == "moods"]
    assert timer["paused"]["reason"] == WORD["reason"]
    assert timer["missed"] == []
    assert not [line for line in shown["problems"] if "moods" in line or QUEUE in line]
    text = exposition(families(collected, world.wiring.watch.rules, world.wiring.watch.thresholds))
    assert f'wardrobe_queue_paused{{queue="{QUEUE}"}} 1.0' in text
    assert f'wardrobe_queue_held{{queue="{QUEUE}"}} 1.0' in text
    assert 'wardrobe_timer_paused{timer="moods"} 1.0' in text
    assert 'wardrobe_timer_paused{timer="scraper"} 0.0' in text


async def test_one_queue_that_cannot_be_given_back_keeps_no_other_waiting(world: World) -> None:
    await pause(world)
    await pause(world, name="scrape-jobs")
    await world.like("u", "minimalist|navy")
    await deliver_all(world)
    await world.queues.send("scrape-jobs-held", b"{}")
    world.time.advance(3_700)
    receive = world.queues.receive

    async def broken(queue: str, **options: Any) -> Any:
        if queue == HELD:
            raise QueueUnavailable("no answer")
        return await receive(queue, **options)

    world.queues.receive = broken  # type: ignore[method-assign]
    with pytest.raises(QueueUnavailable):
        await world.wiring.holding.settle()
    await world.wiring.chores[timers.SWEEP.name]()
    assert await world.queues.depth("scrape-jobs") == 1
    world.queues.receive = receive  # type: ignore[method-assign]
    await world.wiring.chores[timers.SWEEP.name]()
    assert (await world.queues.depth(HELD), await world.queues.depth(QUEUE)) == (0, 1)
