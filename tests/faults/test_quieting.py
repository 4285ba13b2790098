"""On-call silences and acknowledges, on several instances, under crashes: their word is kept, audited, heard."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from agents.watch.alerts.state import Phase
from agents.watch.quieting import BadUntilError, NotFiringError, Quieting, UnknownAlertError
from agents.watch.status import status_of
from shared.errors import RetryableError
from shared.store.containers import OPERATIONS
from shared.store.query import Compare
from tests.fakes.clock import VirtualTime
from tests.faults.watching import Hook, alerts, died, watch_of
from tests.faults.world import MODES, Faults, Faulty, ProcessDied, World, embedded_store

WORD = {"actor": "ada", "reason": "the host is being moved"}


async def status(world: World) -> dict[str, Any]:
    watch = watch_of(world, Hook())
    collected = await watch.collector.collect(counting=False)
    return status_of(collected, watch.rules, watch.thresholds)


async def fires(world: World, hook: Hook) -> str:
    """A1 fires: three jobs have died. Returns its key."""
    watch = watch_of(world, hook)
    await watch.dog.run()
    for name in ("1a", "2b", "3c"):
        await died(world, name)
    for _ in range(4):
        world.time.advance(300)
        await watch.dog.run()
    assert (await alerts(world))["A1"].phase is Phase.FIRING
    return "A1"


async def audits(world: World) -> list[tuple[str, str, str]]:
    found = await world.documents(OPERATIONS.key, Compare("type", "=", "audit"))
    return sorted((one["action"], one["actor"], one["reason"]) for one in found)


async def test_a_silenced_page_leaves_the_probe_at_ok_and_says_so_in_a_list_of_its_own(world: World) -> None:
    key = await fires(world, Hook())
    assert (await status(world))["ok"] is False
    until = world.time.at + timedelta(hours=2)
    said = await watch_of(world, Hook()).quieting.silence(key, until=until, **WORD)
    assert said["silenced"]["by"] == "ada"
    shown = await status(world)
    assert (shown["ok"], shown["problems"]) == (True, [])
    [line] = shown["silenced"]
    assert line.startswith(f"A1 fires (page), silenced by ada until {said['silenced']['until']}: ")
    world.time.advance(2 * 3600)
    shown = await status(world)
    assert (shown["ok"], shown["silenced"]) == (False, []), "also where no look has noticed that it is over"
    assert await audits(world) == [("alert.silenced", "ada", "the host is being moved")]


async def test_a_silenced_alert_is_not_posted_and_one_that_was_unsilenced_is(world: World) -> None:
    hook = Hook()
    quieting = watch_of(world, hook).quieting
    until = world.time.at + timedelta(hours=20)
    await quieting.silence("A1", until=until, **WORD)
    await fires(world, hook)
    assert [one for one in hook.told if one[0] == "A1"] == []
    await quieting.unsilence("A1", **WORD)
    world.time.advance(300)
    await watch_of(world, hook).dog.run()
    assert [one for one in hook.told if one[0] == "A1"] == [("A1", "reminded")]


async def test_an_acknowledged_alert_still_fails_the_probe_and_names_who_is_at_it(world: World) -> None:
    hook = Hook()
    key = await fires(world, hook)
    said = await watch_of(world, hook).quieting.acknowledge(key, **WORD)
    assert said["acknowledged"]["by"] == "ada"
    shown = await status(world)
    assert shown["ok"] is False
    [rule] = [one for one in shown["rules"] if one["alert"] == "A1"]
    assert rule["acknowledged"]["reason"] == WORD["reason"]


async def test_what_cannot_be_said_is_refused_and_leaves_nothing(world: World) -> None:
    quieting: Quieting = watch_of(world, Hook()).quieting
    for until in (timedelta(0), timedelta(seconds=-1), timedelta(hours=24, seconds=1)):
        with pytest.raises(BadUntilError):
            await quieting.silence("A1", until=world.time.at + until, **WORD)
    with pytest.raises(UnknownAlertError):
        await quieting.silence("A99", until=world.time.at + timedelta(hours=1), **WORD)
    with pytest.raises(NotFiringError):
        await quieting.acknowledge("A1", **WORD)
    assert await audits(world) == []
    assert await alerts(world) == {}


async def test_looks_of_other_instances_and_two_who_silence_at_once_lose_no_word(world: World) -> None:
    hook = Hook()
    key = await fires(world, hook)
    world.time.advance(300)
    until = world.time.at + timedelta(hours=1)
    await asyncio.gather(
        watch_of(world, hook).dog.run(),
        watch_of(world, hook).quieting.silence(key, until=until, **WORD),
        watch_of(world, hook).quieting.acknowledge(key, **{**WORD, "actor": "grace"}),
        watch_of(world, hook).dog.run(),
    )
    alert = (await alerts(world))[key]
    assert alert.silenced is not None
    assert (alert.silenced.by, alert.acknowledged and alert.acknowledged.by) == ("ada", "grace")
    assert len(await audits(world)) == 2


@pytest.mark.parametrize("mode", MODES)
async def test_a_silence_that_dies_at_any_await_and_is_asked_for_again_stands_and_is_audited(mode: str) -> None:
    async def run(faults: Faults) -> World:
        strike, faults.at = faults.at, 0
        world = World(embedded_store(VirtualTime()))
        await fires(world, Hook())
        faults.count, faults.at = 0, strike
        until = world.time.at + timedelta(hours=1)
        for _ in range(3):
            store: Any = Faulty(world.store, faults, "store", RetryableError("reported as failed"))
            say: Callable[[], Awaitable[object]] = lambda store=store: watch_of(  # noqa: E731
                world, Hook(), store=store
            ).quieting.silence("A1", until=until, **WORD)
            try:
                await say()
            except (ProcessDied, asyncio.CancelledError, RetryableError):
                continue
            break
        return world

    counted = Faults()
    await (await run(counted)).store.close()
    for index in counted.places(mode):
        world = await run(Faults(at=index, mode=mode))
        alert = (await alerts(world))["A1"]
        assert alert.silenced is not None, (mode, index)
        assert alert.phase is Phase.FIRING
        assert set(await audits(world)) == {("alert.silenced", "ada", WORD["reason"])}
        await world.store.close()
