"""Jobs that wait are retried now: by dry run, snapshot and operation, with no attempt spent twice and nothing applied twice."""

import asyncio

import pytest
from pydantic import ValidationError

from agents.replays.operations import ACTIVE
from agents.replays.requests import RetryRequest
from agents.replays.service import (
    NotReadyError,
    OperationRunningError,
    SnapshotChangedError,
    SnapshotMissingError,
)
from shared.errors import ModelSuspended, ModelUnavailable, Reason, RetryableError
from shared.store.base import Document
from shared.store.containers import JOBS, OPERATIONS
from shared.store.query import Compare
from tests.fakes.clock import VirtualTime
from tests.faults.operations import COMMANDS, OperationFaults, items, operation, operations, play, step, user_exists
from tests.faults.twins import twin
from tests.faults.world import MODES, QUEUE, ProcessDied, World, embedded_store, key_of

HOURS = 6 * 3_600.0


def suspended(seconds: float = HOURS) -> ModelSuspended:
    return ModelSuspended("the quota is spent", delay_seconds=seconds, reason=Reason.MODEL_BUDGET_EXHAUSTED)


@pytest.fixture
async def world(world: World) -> World:
    await user_exists(world)
    return world


async def deferred(world: World, count: int, *, user: str = "u", seconds: float = HOURS) -> list[str]:
    """Likes that wait for hours, each with its wake-up message in the queue. Returns their jobs' ids."""
    world.chat.errors = [suspended(seconds) for _ in range(count)]
    for number in range(count):
        await world.like(user, f"minimalist|navy-{number}", item=f"item-{number}")
    while await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver):
        pass
    world.chat.errors = []
    assert await world.queues.depth(QUEUE) == count
    return [key_of(user, f"minimalist|navy-{number}", f"item-{number}") for number in range(count)]


def wants(**more: object) -> RetryRequest:
    given = {"reason": "the quota is back", "actor": "ada", "canary": 0, "rate": 20.0, **more}
    return RetryRequest.model_validate(given)


async def snapshot(world: World, **more: object) -> str:
    return (await world.wiring.on_call.replays.predict(wants(dryRun=True, **more))).snapshot


async def jobs(world: World) -> list[Document]:
    return sorted(await world.documents(JOBS.key), key=lambda one: str(one["itemId"]))


async def test_deferred_jobs_run_now_and_what_would_have_woken_them_finds_them_done(world: World) -> None:
    await deferred(world, 4)
    calls, began = world.chat.calls, world.time.at
    chosen = {"filter": {"reason": "llm_budget_exhausted", "userId": "u"}}
    found = await world.wiring.on_call.replays.predict(wants(dryRun=True, **chosen))
    assert (found.total, dict(found.counts)) == (4, {"requeued": 4})
    assert [one.detail for one in found.results] == ["deferred: llm_budget_exhausted; due within 7 hours"] * 4, "one line"
    accepted = await world.wiring.on_call.replays.request(wants(snapshot=found.snapshot, **chosen), None)
    await play(world, until=lambda: completed(world, 4))
    assert (world.time.at - began).total_seconds() < 120
    await play(world, hours=12)
    await world.check()
    assert len(await world.signals()) == 4
    assert world.chat.calls == calls + 4, "a job ran twice"
    assert {(job["attempt"], len(job["attempts"])) for job in await jobs(world)} == {(1, 1)}
    assert [[one["action"] for one in job["actions"]] for job in await jobs(world)] == [["retry"]] * 4
    [done] = await operations(world)
    assert (done["status"], done["action"], done["progress"]["fates"]) == ("completed", "retry", {"completed": 4})
    assert "userId" not in done["selection"]["filter"], "a person is kept by a hash"
    assert [one["fate"] for one in await items(world, accepted.operation_id)] == ["completed"] * 4


async def completed(world: World, count: int) -> bool:
    return sum(job["status"] == "completed" for job in await world.documents(JOBS.key)) == count


async def test_a_wake_up_and_a_retry_given_out_at_once_to_two_instances_run_the_job_once(world: World) -> None:
    [job_id] = await deferred(world, 1)
    await world.wiring.on_call.replays.request(wants(ids=[job_id]), None)
    await world.deliver_one(COMMANDS, lambda body: step(world, body))
    world.time.advance(HOURS + 60)
    first, second = await world.queues.receive(QUEUE, limit=2)
    instances = [world.wiring, world.restart()]
    calls = world.chat.calls
    outcomes = await asyncio.gather(
        *(
            one.runners["taste-analysis"].deliver(message.body)
            for one, message in zip(instances, (first, second), strict=True)
            if message.body is not None
        )
    )
    assert sorted(type(one).__name__ for one in outcomes) in (["Deferred", "Done"], ["Done", "Duplicate"])
    assert world.chat.calls == calls + 1
    for message in (first, second):
        await world.queues.delete(QUEUE, message)
    await play(world)
    await world.check()
    assert len(await world.signals()) == 1


async def test_jobs_that_fail_again_stop_the_operation_and_have_spent_one_attempt(world: World) -> None:
    ids = await deferred(world, 6)
    world.chat.errors = [ModelUnavailable("503") for _ in range(100)]
    await world.wiring.on_call.replays.request(wants(ids=ids, canary=3), None)
    await play(world, hours=1, until=lambda: ended(world))
    done = await operation(world)
    assert done["status"] == "stopped"
    assert done["why"] == "of 3 canaries 0 completed, 0 died again, 2 failed again, 1 still waiting"
    world.chat.errors = []
    attempts = sorted(job["attempt"] for job in await jobs(world))
    assert (attempts[:3], max(attempts)) == ([0, 0, 0], 1), "the other three were left alone"


async def ended(world: World) -> bool:
    return all(one["status"] not in ACTIVE for one in await operations(world))


async def test_what_has_nothing_to_retry_is_left_alone_and_said_to_be(world: World) -> None:
    waiting = await deferred(world, 1)
    done = await world.like("u", "minimalist|red", item="done")
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    queued = await world.like("u", "minimalist|blue", item="queued")
    wanted = wants(ids=[*waiting, done.job_id.upper(), queued.job_id, "0" * 64], dryRun=True)
    found = await world.wiring.on_call.replays.predict(wanted)
    assert [(one.outcome, one.detail) for one in found.results][1:] == [
        ("skipped", "it has completed"), ("skipped", "its first attempt waits for no time"),
        ("missing", "there is no such job"),
    ]  # fmt: skip
    assert await world.wiring.on_call.replays.predict(wanted) == found
    assert [job.get("actions") for job in await jobs(world)] == [None] * 3, "a dry run changes nothing"


async def test_a_set_that_has_changed_is_refused_and_one_without_its_snapshot(world: World) -> None:
    ids = await deferred(world, 2)
    token = await snapshot(world, all=True)
    with pytest.raises(SnapshotMissingError):
        await world.wiring.on_call.replays.request(wants(all=True), None)
    world.time.advance(1)
    await world.wiring.on_call.replays.request(wants(ids=ids[:1]), "first")
    with pytest.raises(OperationRunningError):
        await world.wiring.on_call.replays.request(wants(all=True, snapshot=token), None)
    await play(world, until=lambda: ended(world))
    with pytest.raises(SnapshotChangedError) as raised:
        await world.wiring.on_call.replays.request(wants(all=True, snapshot=token), None)
    assert raised.value.difference.removed == (ids[0],)


async def test_while_a_dependency_is_down_nothing_is_retried(world: World) -> None:
    ids = await deferred(world, 1)

    async def down() -> str:
        return "no answer"

    world.wiring.on_call.preflight._probes["image host"] = down
    with pytest.raises(NotReadyError):
        await world.wiring.on_call.replays.request(wants(ids=ids), None)
    await world.wiring.on_call.replays.request(wants(ids=ids, force=True), None)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"filter": {}}, {"all": False}, {"filter": {}, "all": False}, {"ids": []}, {"ids": ["x"]},
        {"ids": ["0" * 64], "filter": {"userId": "u"}}, {"ids": ["0" * 64], "all": True}, {"ids": ["0" * 64], "filter": {}},
        {"filter": {"userId": "u"}, "all": True}, {"filter": {"userid": "u"}}, {"all": "true"},
        {"action": "retry", "all": True},
    ],
)  # fmt: skip
def test_everything_has_to_be_said_and_only_one_way_to_choose(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        wants(**body)


def test_an_empty_filter_with_all_is_everything_that_waits() -> None:
    for body in ({"all": True}, {"filter": {}, "all": True}):
        assert wants(**body).chosen.model_dump(exclude_none=True) == {"status": "failed"}


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
async def test_a_retry_that_dies_at_any_await_and_is_asked_for_again_runs_all_of_them_once(mode: str) -> None:
    begun = World(embedded_store(VirtualTime()))
    await user_exists(begun)
    ids = await deferred(begun, 2, seconds=300)

    async def run(faults: OperationFaults) -> World:
        world = await twin(begun, faults)
        for _ in range(4):
            try:
                await faults.within(world.wiring.on_call.replays.request(wants(ids=ids, canary=1), "the key"))
            except (ProcessDied, asyncio.CancelledError, RetryableError, NotReadyError):
                world.restart()
            except OperationRunningError:
                world.time.advance(90)
            else:
                break
        await play(world, hours=2)
        return world

    counted = OperationFaults()
    await (await run(counted)).store.close()
    assert counted.count > 25
    for index in counted.places(mode):
        world = await run(OperationFaults(at=index, mode=mode))
        try:
            await world.check()
            assert len(await world.signals()) == 2
            assert {job["attempt"] for job in await jobs(world)} == {1}
            [done] = await operations(world)
            assert done["status"] == "completed"
            audit = await world.documents(OPERATIONS.key, Compare("type", "=", "audit"))
            assert sorted(one["action"] for one in audit) == ["completed", "retry.requested"]
        except AssertionError as error:
            raise AssertionError(f"{mode} at await {index}, {world.faults.struck}: {error}") from error
        finally:
            await world.store.close()
    await begun.store.close()
