"""Every await of every collaborator fails once, in four ways; afterwards all is as it should be."""

from collections.abc import Sequence
from typing import Any

import pytest

from agents.jobs.messages import encode
from shared.errors import ModelGarbage, ModelUnavailable, PermanentError, Reason
from shared.store.base import BatchStep, Create, Upsert
from shared.store.containers import DEAD_LETTERS, JOBS, USER_PROFILES
from tests.fakes.clock import VirtualTime
from tests.faults.world import DEAD_LETTER_QUEUE, MODES, QUEUE, Faults, World, embedded_store, key_of


async def run_story(story: str, faults: Faults) -> World:
    """A like under these faults, until all is quiet. The faults count from the like on that the story is about."""
    strike, faults.at = faults.at, 0
    world = World(embedded_store(VirtualTime()), faults=faults)
    await world.store.create(USER_PROFILES.key, {"id": "u", "stylePreferences": ["Declared"], "currency": "EUR"})
    if story == "dies":
        world.pictures.errors = [PermanentError("the picture is gone", reason=Reason.IMAGE_UNREACHABLE)] * 50
    if story == "retried":
        world.chat.errors = [ModelUnavailable("500")] * 5
    if story == "second":
        await world.like("u", "minimalist,tailored|navy", item="item-0")
        await world.drain()
    faults.count, faults.at = 0, strike
    if story == "producer":  # its message comes without the endpoint, and without a job that is stored
        url = "https://img.example/minimalist,tailored|navy"
        await world.queues.send(QUEUE, encode({"user_id": "u", "item_id": "item-1", "image_url": url}))
    else:
        await world.like("u", "minimalist,tailored|navy")
    await world.drain()
    return world


async def count_awaits(story: str) -> Faults:
    faults = Faults()
    world = await run_story(story, faults)
    await world.store.close()
    return faults


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("story", ["first", "second", "producer", "retried", "dies"])
async def test_a_fault_at_every_await_leaves_exactly_one_effect_and_no_stuck_job(story: str, mode: str) -> None:
    counted = await count_awaits(story)
    assert counted.count >= 9, "the harness must see the workflow's awaits"
    for index in counted.places(mode):
        world = await run_story(story, Faults(at=index, mode=mode))
        try:
            assert world.faults.struck, "the fault must have struck"
            await check_story(world, story)
        except AssertionError as error:
            raise AssertionError(f"{story}, {mode} at await {index}, {world.faults.struck}: {error}") from error
        finally:
            await world.store.close()


async def check_story(world: World, story: str) -> None:
    assert await world.is_quiet(), "not quiet after 30 hours"
    await world.check()
    user = (await world.store.read(USER_PROFILES.key, "u", "u")).body
    assert user["currency"] == "EUR"
    assert user["stylePreferences"][0] == "Declared"
    job = (
        await world.store.read(JOBS.key, key_of("u", "minimalist,tailored|navy"), key_of("u", "minimalist,tailored|navy"))
    ).body
    if story == "dies":
        assert job["status"] == "dead_lettered"
        records = await world.documents(DEAD_LETTERS.key)
        assert len(records) == 1
        assert records[0]["reason"] in {Reason.IMAGE_UNREACHABLE, Reason.HOST_CRASH_SUSPECTED}
        return
    assert job["status"] == "completed"
    assert len(await world.signals()) == (2 if story == "second" else 1)
    assert world.chat.calls <= {"first": 2, "second": 1, "producer": 2, "retried": 8}[story] + 1
    if story == "second":
        assert user["stylePreferences"] == ["Declared", "minimalist", "tailored"]
        assert user["preferredColours"] == ["navy"]


async def test_in_steady_state_the_reconciler_finds_nothing() -> None:
    world = World(embedded_store(VirtualTime()))
    await world.like("u", "minimalist|navy")
    await world.drain()
    world.time.advance(86_400)
    assert await world.wiring.reconciler.run() == []
    await world.store.close()


async def test_hopeless_answers_cost_at_most_two_deliveries() -> None:
    world = World(embedded_store(VirtualTime()))
    world.chat.errors = [ModelGarbage("no JSON")] * 50
    await world.like("u", "minimalist|navy")
    await world.drain()
    assert world.chat.calls == 2  # the provider repairs once inside each
    assert [record["reason"] for record in await world.documents(DEAD_LETTERS.key)] == [Reason.MODEL_GARBAGE]
    await world.check()
    await world.store.close()


async def test_attempts_are_spent_and_the_dead_letter_says_why() -> None:
    world = World(embedded_store(VirtualTime()), attempts=3)
    world.chat.errors = [ModelUnavailable("503")] * 100
    await world.like("u", "minimalist|navy")
    await world.drain()
    record = (await world.documents(DEAD_LETTERS.key))[0]
    assert record["reason"] == Reason.MODEL_UNAVAILABLE
    assert [attempt["n"] for attempt in record["attempts"]] == [1, 2, 3]
    assert world.chat.calls == 12  # three attempts of one try and three quick retries
    assert await world.queues.depth(QUEUE) == await world.queues.depth(DEAD_LETTER_QUEUE) == 0
    await world.store.close()


class Overwriting:
    """A store whose creates overwrite: the signal is no marker any more."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def batch(self, container: str, partition: str, steps: Sequence[BatchStep]) -> None:
        await self._inner.batch(
            container, partition, [Upsert(step.body) if isinstance(step, Create) else step for step in steps]
        )


@pytest.mark.parametrize("missing", ["create-only signal", "reconciler"])
@pytest.mark.slow
async def test_the_harness_notices_a_missing_safeguard(missing: str) -> None:
    noticed = []
    for index in range(1, 16):
        faults = Faults(at=index, mode="crash_after")
        world = World(embedded_store(VirtualTime()), faults=faults)
        if missing == "reconciler":
            world.reconciles = False
        else:
            world.store = Overwriting(world.store)
            world.restart()
        await world.like("u", "minimalist|navy")
        await world.drain()
        try:
            assert await world.is_quiet()
            await world.check()
        except AssertionError:
            noticed.append(faults.struck)
        await world.store.close()
    assert noticed
