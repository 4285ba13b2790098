"""A replay or purge that dies, is cancelled, or is told a lie at any of its awaits, and goes on elsewhere: nothing is lost,
nothing counts twice, and the operation ends.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agents.replays.operations import ACTIVE
from agents.replays.service import NotReadyError, OperationRunningError, ReplayRefusedError
from shared.errors import RetryableError
from shared.store.base import Document
from shared.store.containers import JOBS, OPERATIONS
from shared.store.query import Compare
from tests.fakes.clock import VirtualTime
from tests.faults.operations import (
    OperationFaults,
    asks,
    dead,
    items,
    operations,
    play,
    predicted,
    records,
    user_exists,
)
from tests.faults.twins import twin
from tests.faults.world import MODES, ProcessDied, World, embedded_store

DEATHS = (ProcessDied, asyncio.CancelledError, RetryableError, NotReadyError)


async def new_world(faults: OperationFaults | None = None, *, pictures: int = 2) -> World:
    world = World(embedded_store(VirtualTime()), faults=faults or OperationFaults())
    await user_exists(world)
    await dead(world, pictures)
    return world


async def request_under(world: World, action: str, *, tries: int) -> None:
    """On-call sends the same call, with its key, until there is an answer; or does not ask again."""
    ids = [one["id"] for one in await records(world)]
    snapshot = await predicted(world, asks(*ids, action=action))
    wanted = asks(*ids, action=action, canary=1, snapshot=snapshot)
    for _ in range(tries):
        try:
            await within(world, world.wiring.on_call.replays.request(wanted, "the key"))
        except DEATHS:
            world.restart()
        except OperationRunningError:
            world.time.advance(90)  # a call that died between two writes is forgotten after a minute
        else:
            return


async def within(world: World, work: Awaitable[object]) -> None:
    """Do what the faults of the world strike at."""
    assert isinstance(world.faults, OperationFaults)
    await world.faults.within(work)


async def sweep(begun: World, run: Callable[[World], Awaitable[None]], check: Callable[[World], Awaitable[None]]) -> int:
    """Run it over what has begun, once for each await and mode; returns the number of awaits."""
    counted = OperationFaults()
    untouched = await twin(begun, counted)
    await run(untouched)
    await untouched.store.close()
    for mode in MODES:
        for index in counted.places(mode):
            faults = OperationFaults(at=index, mode=mode)
            world = await twin(begun, faults)
            await run(world)
            try:
                await check(world)
            except AssertionError as error:
                raise AssertionError(f"{mode} at await {index}, {faults.struck}: {error}") from error
            finally:
                await world.store.close()
    await begun.store.close()
    return counted.count


async def ended_well(world: World) -> None:
    world.time.advance(700)
    await world.wiring.reconciler.run()
    await world.check()
    assert [one for one in await operations(world) if one["status"] in ACTIVE] == []


async def all_are_replayed(world: World) -> None:
    await ended_well(world)
    assert [one["status"] for one in await records(world)] == ["resolved"] * 2
    [operation] = await operations(world)
    assert operation["status"] == "completed"
    shown = await items(world, operation["id"])
    assert [one["outcome"] in {"requeued", "skipped", "resolved"} for one in shown] == [True] * 2
    assert sum(operation["progress"]["outcomes"].values()) == 2
    audit = await world.documents(OPERATIONS.key, Compare("type", "=", "audit"))
    assert sorted(one["action"] for one in audit) == ["completed", "replay.requested"]


@pytest.mark.slow
async def test_a_replay_that_dies_at_any_await_and_is_asked_for_again_replays_all_of_them_once() -> None:
    async def run(world: World) -> None:
        await request_under(world, "replay", tries=4)
        await play(world)

    assert await sweep(await new_world(), run, all_are_replayed) > 50


@pytest.mark.slow
async def test_a_replay_whose_call_dies_and_is_not_repeated_replays_all_or_leaves_all_open() -> None:
    async def run(world: World) -> None:
        await request_under(world, "replay", tries=1)
        world.faults.at = 0
        await play(world)

    async def check(world: World) -> None:
        await ended_well(world)
        statuses = {one["status"] for one in await records(world)}
        jobs = {one["status"] for one in await world.documents(JOBS.key)}
        accepted = await operations(world)
        assert (statuses, jobs) == (({"resolved"}, {"completed"}) if accepted else ({"open"}, {"dead_lettered"}))

    await sweep(await new_world(), run, check)


@pytest.mark.slow
async def test_a_purge_that_dies_at_any_await_purges_all_of_them_and_keeps_each_tombstone() -> None:
    async def run(world: World) -> None:
        await request_under(world, "purge", tries=4)
        await play(world)

    async def check(world: World) -> None:
        kept = await records(world)
        assert [(one["status"], one["rawPayload"], len(one["sha256"])) for one in kept] == [("purged", None, 64)] * 2
        assert [job.get("purged") for job in await world.documents(JOBS.key)] == [True] * 2
        [operation] = await operations(world)
        shown = await items(world, operation["id"])
        assert [(one["outcome"], one["evidence"]["sha256"]) for one in shown] == [
            ("purged", one["sha256"]) for one in sorted(kept, key=lambda one: [two["id"] for two in shown].index(one["id"]))
        ]

    assert await sweep(await new_world(), run, check) > 20


async def test_a_cancel_that_dies_at_any_await_leaves_the_records_replayed_or_open() -> None:
    begun = await new_world(pictures=3)
    ids = [one["id"] for one in await records(begun)]
    accepted = await begun.wiring.on_call.replays.request(asks(*ids, canary=0, rate=0.2), None)
    await begun.deliver_one("run-commands", begun.wiring.on_call.steps.handle)

    async def run(world: World) -> None:
        for _ in range(3):
            try:
                cancel = world.wiring.on_call.replays.cancel(accepted.operation_id, reason="wrong set", actor="lead")
                await within(world, cancel)
            except DEATHS:
                world.restart()
            else:
                break
        world.faults.at = 0
        await play(world)

    async def check(world: World) -> None:
        await ended_well(world)
        [operation] = await operations(world)
        assert (operation["status"], operation["why"]) == ("cancelled", "cancelled by lead: wrong set")
        assert sorted(one["status"] for one in await records(world)) == ["open", "open", "resolved"]
        audit = await world.documents(OPERATIONS.key, Compare("type", "=", "audit"))
        assert sorted(one["action"] for one in audit) == ["cancelled", "replay.requested"]

    assert await sweep(begun, run, check) >= 2


async def test_two_operators_who_ask_at_once_get_one_operation_and_one_refusal() -> None:
    world = await new_world(OperationFaults(), pictures=4)
    kept: list[Document] = await records(world)
    ids = [one["id"] for one in kept]
    snapshot = await predicted(world, asks(*ids, action="purge"))
    calls = (asks(*ids), asks(*ids, action="purge", snapshot=snapshot))
    answers = await asyncio.gather(
        *(world.wiring.on_call.replays.request(wanted, None) for wanted in calls), return_exceptions=True
    )
    assert sorted(isinstance(answer, ReplayRefusedError) for answer in answers) == [False, True]
    await play(world)
    statuses = {one["status"] for one in await records(world)}
    assert statuses in ({"resolved"}, {"purged"}), "never a mixture of both"
    await world.store.close()


async def test_the_same_call_sent_twice_at_once_is_one_operation() -> None:
    world = await new_world(OperationFaults())
    wanted = asks(*(one["id"] for one in await records(world)))
    both = await asyncio.gather(*(world.wiring.on_call.replays.request(wanted, "key") for _ in range(2)))
    assert both[0].operation_id == both[1].operation_id
    await play(world)
    await all_are_replayed(world)
    await world.store.close()


async def test_two_instances_that_get_the_same_command_do_not_work_on_it_together() -> None:
    world = await new_world(OperationFaults(), pictures=3)
    first = world.wiring
    await first.on_call.replays.request(asks(*(one["id"] for one in await records(world)), canary=0), None)
    second = world.restart()
    [command] = await world.queues.receive("run-commands")
    assert command.body is not None
    body = command.body
    await asyncio.gather(first.on_call.steps.handle(body), second.on_call.steps.handle(body))
    assert [len(one["history"]) for one in await records(world)] == [1] * 3
    await play(world)
    await ended_well(world)
    await world.store.close()
