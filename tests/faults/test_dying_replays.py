"""A replay or a purge meets a job that is dying: its dead letter is stored, and the job does not say yet that it died."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from agents.dead_letters.record import WAITING
from agents.replays.one_record import Handled, Orders
from shared.clock import to_iso
from shared.errors import ItemNotFound, PreconditionFailed, RetryableError
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS
from shared.store.query import Set
from tests.faults.interlude import interlude
from tests.faults.operations import gone, records
from tests.faults.twins import twin
from tests.faults.world import (
    DEAD_LETTER_QUEUE,
    MODES,
    QUEUE,
    Faults,
    ProcessDied,
    VirtualTime,
    World,
    embedded_store,
)

ORDERS = Orders("replay", "on-call", "the picture is back", "operation-1")


@pytest.fixture
async def dead() -> AsyncIterator[World]:
    """Its dead letter is in the queue."""
    world = World(embedded_store(VirtualTime()))
    await world.like("u", "minimalist|navy")
    world.pictures.errors = [gone()]
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    yield world
    await world.store.close()


async def persist(world: World) -> None:
    await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist)


async def replay(world: World, record: Document) -> Handled:
    return await world.wiring.on_call.replaying.carry_out(record["id"], ORDERS)


async def persisted_while_dying(dead: World, mode: str) -> AsyncIterator[World]:
    """A world for each await at which whoever persists the dead letter was struck, as it left it there."""
    counted = Faults()
    untouched = await twin(dead, counted)
    await persist(untouched)
    await untouched.store.close()
    for index in counted.places(mode):
        world = await twin(dead, Faults(at=index, mode=mode))
        await persist(world)
        yield world
        await world.store.close()


async def waiting(world: World) -> list[Document]:
    return [one for one in await records(world) if one["status"] in WAITING]


@pytest.mark.parametrize("mode", MODES)
async def test_whoever_persists_dies_and_its_dead_letter_is_replayed_at_once(dead: World, mode: str) -> None:
    replayed = 0
    async for world in persisted_while_dying(dead, mode):
        for record in await waiting(world):
            assert (await replay(world, record)).outcome == "requeued"
            replayed += 1
        await world.drain()
        left, learnt = await waiting(world), len(await world.signals())
        where = f"{mode} at await {world.faults.at}, {world.faults.struck}"
        assert ([one["status"] for one in left], learnt) in ([([], 1), (["open"], 0)]), where
    assert replayed > 1


@pytest.mark.parametrize("mode", MODES)
async def test_whoever_persists_dies_and_its_dead_letter_is_purged_at_once(dead: World, mode: str) -> None:
    """The job ends, as one whose dead letter is purged later, and the like may be given again."""
    purged = 0
    async for world in persisted_while_dying(dead, mode):
        for record in await waiting(world):
            done = await world.wiring.on_call.replaying.carry_out(record["id"], replace(ORDERS, action="purge"))
            assert done.outcome == "purged"
            purged += 1
        await world.drain()
        [job], [letter] = await world.documents(JOBS.key), await world.documents(DEAD_LETTERS.key)
        where = f"{mode} at await {world.faults.at}, {world.faults.struck}"
        assert job["status"] == "dead_lettered", where
        assert (letter["status"] == "purged") == bool(job.get("purged")), where
        world.time.advance(200)
        again = await world.like("u", "minimalist|navy")
        assert again.status == ("queued" if letter["status"] == "purged" else "duplicate"), where
    assert purged > 1


@pytest.mark.parametrize("moment", range(1, 6))
async def test_whoever_persists_goes_on_between_two_calls_of_the_replay(dead: World, moment: int) -> None:
    """The job is marked as dead while it is queued again."""
    dead.faults.at, dead.faults.mode = dead.faults.count + 3, "crash_before"  # the record is stored, the job is not marked
    await persist(dead)
    [record], [job] = await waiting(dead), await dead.documents(JOBS.key)
    assert job["status"] == "failed"

    async def it_goes_on() -> None:
        dead.time.advance(601)
        await persist(dead)

    with interlude(dead.store, moment, it_goes_on, names="find read create replace patch"):
        dead.restart()
        assert (await replay(dead, record)).outcome == "requeued"
    dead.restart()
    await dead.drain()
    assert (await waiting(dead), len(await dead.signals())) == ([], 1)


@pytest.mark.parametrize("mode", MODES)
async def test_a_refused_replay_that_dies_leaves_no_job_among_the_dead(dead: World, mode: str) -> None:
    """What died was taken back, and the withdrawal came no further than to mark the job."""
    await persist(dead)
    [record] = await waiting(dead)
    await dead.store.patch(JOBS.key, record["jobId"], record["jobId"], [Set("withdrawnAt", to_iso(dead.time.at))])
    counted = Faults()
    untouched = await twin(dead, counted)
    assert (await replay(untouched, record)).outcome == "resolved"
    await untouched.store.close()
    for index in counted.places(mode):
        world = await twin(dead, Faults(at=index, mode=mode))
        try:
            await replay(world, record)
        except (ProcessDied, asyncio.CancelledError, RetryableError, PreconditionFailed, ItemNotFound):
            world.restart()
        await world.wiring.reconciler.run()
        [job], [letter] = await world.documents(JOBS.key), await world.documents(DEAD_LETTERS.key)
        assert (job["status"], letter["status"]) == ("completed", "resolved"), f"{mode} at await {index}"
        await world.store.close()
