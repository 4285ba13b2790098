"""A replayed job whose worker dies, is cancelled, or is told a lie at any of its awaits: its message alone brings job and
record to their ends. No timer helps here; on-call's operation waits for the records.
"""

from shared.store.containers import DEAD_LETTERS, JOBS
from tests.fakes.clock import VirtualTime
from tests.faults.operations import OperationFaults, asks, dead, request, step, user_exists
from tests.faults.test_operation_crashes import sweep, within
from tests.faults.world import World, embedded_store


async def replayed() -> World:
    """One dead letter whose replay is in the queue."""
    world = World(embedded_store(VirtualTime()), faults=OperationFaults())
    await user_exists(world)
    [record] = await dead(world)
    await request(world, asks(record["id"]))
    while (await world.documents(DEAD_LETTERS.key))[0]["status"] != "replayed":
        assert await world.deliver_one("run-commands", lambda body: step(world, body))
    return world


async def delivered(world: World) -> None:
    world.reconciles = False
    await within(world, world.work_one())
    await world.drain()


async def ended(world: World) -> None:
    [job], [record] = await world.documents(JOBS.key), await world.documents(DEAD_LETTERS.key)
    assert (job["status"], record["status"]) == ("completed", "resolved")
    assert len(await world.signals()) == 1


async def test_its_message_alone_ends_the_job_and_settles_its_record() -> None:
    assert await sweep(await replayed(), delivered, ended) > 8
