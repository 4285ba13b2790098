"""A replay and a pause of the queue that it sends to: the one is told of the other, waits, and misjudges nothing."""

from datetime import timedelta

import pytest

from agents.replays.service import NotReadyError
from tests.faults.operations import COMMANDS, asks, dead, operation, predicted, records, settled, step, user_exists
from tests.faults.world import QUEUE, World

WORD = {"actor": "ada", "reason": "the store is being moved"}


@pytest.fixture
async def world(world: World) -> World:
    await user_exists(world)
    await dead(world, 6)
    return world


async def pause(world: World, hours: float) -> None:
    await world.wiring.holding.pause("queue", QUEUE, until=world.time.at + timedelta(hours=hours), **WORD)


async def play(world: World, hours: float, *, rescues: bool = True) -> None:
    """Every trigger for so long, by ten seconds; the reconciler looks every ten minutes."""
    end = world.time.at + timedelta(hours=hours)
    looked = world.time.at
    while world.time.at < end:
        while await world.deliver_one(COMMANDS, lambda body: command(world, body)):
            pass
        while await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver):
            pass
        world.time.advance(10)
        if rescues and world.time.at - looked >= timedelta(minutes=10):
            looked = world.time.at
            assert await world.wiring.reconciler.run() == []


async def command(world: World, body: bytes) -> None:
    if not await world.wiring.holding.handle(body):
        await step(world, body)


async def test_a_replay_into_a_paused_queue_is_refused_and_predicted_to_be(world: World) -> None:
    await pause(world, 1)
    ids = [one["id"] for one in await records(world)]
    found = await world.wiring.on_call.replays.predict(asks(*ids))
    assert f"queue {QUEUE}" in [check.name for check in found.checks if check.problem]
    with pytest.raises(NotReadyError, match="paused by ada until"):
        await world.wiring.on_call.replays.request(asks(*ids), None)
    purge = asks(*ids[:1], action="purge", snapshot=await predicted(world, asks(*ids[:1], action="purge")))
    assert (await world.wiring.on_call.replays.request(purge, None)).status == "queued"


async def test_a_replay_whose_queue_is_paused_on_the_way_waits_is_told_and_goes_on(world: World) -> None:
    ids = [one["id"] for one in await records(world)]
    accepted = await world.wiring.on_call.replays.request(asks(*ids, canary=2, rate=0.5), None)
    await world.deliver_one(COMMANDS, lambda body: step(world, body))
    await pause(world, 5)
    await play(world, 4.9)
    waiting = await world.wiring.on_call.replays.find(accepted.operation_id)
    assert waiting is not None
    assert waiting.status == "running"
    assert waiting.document["lastError"].startswith(f"waits: the queue {QUEUE} is paused by ada until ")
    replays = world.wiring.on_call.replays
    assert [one.name for one in replays.waits_for(waiting, await replays.paused())] == [QUEUE]
    await play(world, 0.5)
    done = await operation(world)
    assert (done["status"], done["progress"]["fates"]) == ("completed", {"completed": 6})
    assert [one["status"] for one in await settled(world)] == ["resolved"] * 6
