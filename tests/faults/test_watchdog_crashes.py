"""Whoever looks, dies, is told a lie or gets no answer: each notice is told, doubles share their key, nothing counts twice."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agents.watch.collect.counter import ID as TRAFFIC
from agents.watch.collect.memory import ID as STATE
from agents.watch.collect.traffic import Traffic
from shared.clock import to_iso
from shared.errors import QueueUnavailable, Reason, RetryableError, StoreUnavailable
from shared.store.containers import SERVICE_STATE
from tests.fakes.clock import VirtualTime
from tests.faults.watching import DAY, HOUR, MINUTE, MONDAY, TICK, Hook, alerts, died, ended, watch_of
from tests.faults.world import MODES, Faults, Faulty, ProcessDied, World, embedded_store


@pytest.fixture
async def world(world: World) -> World:
    world.time.at = MONDAY
    return world


async def undecodable(world: World) -> None:
    await died(world, "raw-1", reason=Reason.PAYLOAD_UNDECODABLE)


async def test_of_two_evaluators_at_once_one_tells(world: World) -> None:
    hook = Hook()
    pair = [watch_of(world, hook), watch_of(world, hook)]
    await pair[0].dog.run()
    world.time.at += MINUTE
    await undecodable(world)
    for _ in range(12):
        world.time.at += TICK
        await asyncio.gather(*(watch.dog.run() for watch in pair))
    assert hook.told == [("A4", "fired"), ("A4", "resolved")]
    assert (await alerts(world))["A4"].untold == ()
    collected = await pair[0].collector.collect(counting=False)
    assert collected.facts.ingress is not None
    assert collected.facts.ingress.day.dead == 1, "counted twice, it is one"


async def test_of_two_evaluators_that_find_a_notice_untold_one_sends_it(world: World) -> None:
    hook = Hook(down=True)
    pair = [watch_of(world, hook), watch_of(world, hook)]
    await pair[0].dog.run()
    world.time.at += MINUTE
    await undecodable(world)
    for down in (True, True, False):
        hook.down = down
        world.time.at += TICK
        await asyncio.gather(*(watch.dog.run() for watch in pair))
    assert hook.told == [("A4", "fired")]


class Gate:
    """A collaborator, one of whose calls waits until it is let through. `holds` says of a call's arguments whether it waits."""

    def __init__(self, inner: Any, method: str, holds: Callable[..., bool]) -> None:
        self._inner, self._method, self._holds = inner, method, holds
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)
        if name != self._method:
            return call

        async def gated(*args: Any, **kwargs: Any) -> Any:
            if self._holds(*args) and not self.reached.is_set():
                self.reached.set()
                await self.open.wait()
            return await call(*args, **kwargs)

        return gated


async def test_an_evaluator_that_judged_an_older_state_writes_and_tells_nothing(world: World) -> None:
    hook = Hook()
    await watch_of(world, hook).dog.run()
    world.time.at += MINUTE
    await undecodable(world)
    await settle(world, hook)
    assert hook.told == [("A4", "fired"), ("A4", "resolved")]
    await died(world, "raw-2", reason=Reason.PAYLOAD_UNDECODABLE)
    world.time.at += TICK
    gate = Gate(world.store, "find", lambda _container, item_id, _partition: item_id == "alert.A4")
    slow = asyncio.create_task(watch_of(world, hook, store=gate).dog.run())
    await gate.reached.wait()
    world.time.at += timedelta(seconds=10)
    await watch_of(world, hook).dog.run()
    gate.open.set()
    await slow
    assert hook.told[2:] == [("A4", "fired")]


async def test_a_notice_that_somebody_is_sending_is_not_sent_by_another(world: World) -> None:
    """It was untold for long, one evaluator has taken it on, and its webhook is slow to answer."""
    hook = Hook(down=True)
    await watch_of(world, hook).dog.run()
    world.time.at += MINUTE
    await undecodable(world)
    world.time.at += TICK
    await watch_of(world, hook).dog.run()
    hook.down = False
    world.time.at += TICK
    gate = Gate(hook, "post", lambda _document: True)
    slow = asyncio.create_task(watch_of(world, gate).dog.run())
    await gate.reached.wait()
    world.time.at += timedelta(seconds=20)
    await watch_of(world, hook).dog.run()
    assert hook.told == []
    gate.open.set()
    await slow
    assert hook.told == [("A4", "fired")]


async def test_a_webhook_that_is_down_gets_every_notice_when_it_is_back_and_the_log_has_each_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    hook = Hook(down=True)
    watch = watch_of(world, hook)
    await watch.dog.run()
    world.time.at += MINUTE
    await undecodable(world)
    with caplog.at_level(logging.INFO):
        for _ in range(9):
            world.time.at += TICK
            await watch.dog.run()
    assert hook.got == []
    assert [one.event.value for one in (await alerts(world))["A4"].untold] == ["fired", "resolved"]
    assert (await watch.collector.memory_store.read(())).last_look == world.time.at, "a look is not held up"
    hook.down = False
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            world.time.at += TICK
            await watch.dog.run()
    assert hook.told == [("A4", "fired"), ("A4", "resolved")]
    assert (await alerts(world))["A4"].untold == ()
    lines = [record for record in caplog.records if record.name == "agents.watch.notifier"]
    fired = [record for record in lines if record.getMessage().startswith("an alert has fired")]
    assert [record.levelno for record in fired] == [logging.ERROR]
    assert sum("has resolved" in record.getMessage() for record in lines) == 1


async def settle(world: World, hook: Hook) -> None:
    """Looks of a healthy process afterwards, until the alert has resolved."""
    watch = watch_of(world, hook)
    for _ in range(12):
        world.time.at += TICK
        await watch.dog.run()


async def look_under(faults: Faults) -> tuple[World, Hook]:
    """A look that finds something, struck at one of its awaits, and what healthy looks make of it."""
    world, hook = World(embedded_store(VirtualTime())), Hook()
    world.time.at = MONDAY
    await watch_of(world, hook).dog.run()
    world.time.at += MINUTE
    await undecodable(world)
    await ended(world, "ada")
    await world.store.create(SERVICE_STATE.key, {
        "id": "breaker.x", "openUntil": to_iso(MONDAY + 3 * HOUR), "openedAt": to_iso(MONDAY - HOUR / 2),
        "reason": "llm_rate_limited",
    })  # fmt: skip
    world.time.at += 4 * MINUTE
    store: Any = Faulty(world.store, faults, "store", StoreUnavailable("reported as failed"))
    queues: Any = Faulty(world.queues, faults, "queues", QueueUnavailable("reported as failed"))
    struck: Any = Faulty(hook, faults, "hook", RetryableError("reported as failed"))
    watch = watch_of(world, struck, store=store, queues=queues)
    with contextlib.suppress(ProcessDied, asyncio.CancelledError, RetryableError):
        await watch.dog.run()
    await settle(world, hook)
    return world, hook


@pytest.mark.slow
async def test_a_look_that_dies_or_is_told_a_lie_at_any_await_swallows_nothing_and_doubles_share_their_key() -> None:
    counted = Faults()
    world, _ = await look_under(counted)
    await world.store.close()
    assert counted.count > 30
    for mode in MODES:
        for index in counted.places(mode):
            faults = Faults(at=index, mode=mode)
            world, hook = await look_under(faults)
            where = f"{mode} at await {index}, {faults.struck}"
            keys = {key: document["alert"] for key, document in hook.got}
            told = sorted((document["alert"], document["event"]) for document in dict(hook.got).values())
            once = [one for one in told if one[1] != "reminded"]
            assert once == [("A3", "fired"), ("A4", "fired"), ("A4", "resolved")], f"{where}: {told}"
            assert len(hook.got) - len(keys) <= 1, f"{where}: told {len(hook.got)} times"
            memory = await alerts(world)
            assert [one.untold for one in memory.values()] == [()] * len(memory), where
            item = await world.store.read(SERVICE_STATE.key, TRAFFIC, TRAFFIC)
            traffic = Traffic.from_document(item.body)
            assert (traffic.window(DAY).dead, traffic.window(DAY).terminal) == (1, 2), where
            state = await world.store.read(SERVICE_STATE.key, STATE, STATE)
            assert state.body["lastLookAt"] == to_iso(world.time.at), where
            await world.store.close()
