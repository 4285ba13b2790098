"""A like is taken back: what it taught is unlearnt, whatever is on its way, and whatever dies at any await."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from agents.taste_analysis.likes import Accepted, Like
from agents.taste_analysis.profile import MAX_AHEAD, PROFILE_ID, TasteProfile
from shared.clock import from_iso, to_iso
from shared.errors import ModelUnavailable, RetryableError
from shared.pictures.decode import Picture
from shared.store.containers import JOBS, TASTE, USER_PROFILES
from tests.fakes.clock import FINE
from tests.faults.interlude import interlude
from tests.faults.twins import twin
from tests.faults.world import MODES, QUEUE, Faults, ProcessDied, VirtualTime, World, embedded_store, key_of


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World(embedded_store(VirtualTime(FINE)))
    await world.store.create(USER_PROFILES.key, {"id": "u", "stylePreferences": ["Declared"]})
    yield world
    await world.store.close()


async def send(world: World, signal: str, item: str, picture: str = "minimalist|navy") -> Accepted:
    """A client's signal; it sends again while it gets no answer."""
    like = Like(userId="u", itemId=item, imageUrl=f"https://img.example/{picture}", signal=signal)
    for _ in range(10):
        try:
            return await world.wiring.intake.accept(like)
        except (ProcessDied, asyncio.CancelledError, RetryableError):
            world.restart()
    raise AssertionError("a signal was refused ten times")


async def profile_of(world: World) -> TasteProfile:
    return TasteProfile.from_document((await world.store.read(TASTE.key, PROFILE_ID, "u")).body)


async def styles(world: World) -> list[str]:
    return (await world.store.read(USER_PROFILES.key, "u", "u")).body["stylePreferences"]


@pytest.mark.parametrize("signal", ["none", "down", "NONE"])
async def test_a_like_that_is_taken_back_is_unlearnt(world: World, signal: str) -> None:
    for item in ("i1", "i2", "i3"):
        await world.like("u", "minimalist|navy", item=item)
    await world.like("u", "tailored|navy", item="i1")
    await world.drain()
    assert await styles(world) == ["Declared", "minimalist"]
    assert (await send(world, signal, "i1")).status == "withdrawn"
    profile = await profile_of(world)
    assert {key: state.evidence for key, state in profile.terms.items()} == {"style:minimalist": 2, "colour:navy": 2}
    assert (await send(world, signal, "i2")).status == "withdrawn"
    assert await styles(world) == ["Declared"], "one item is no preference"
    assert (await send(world, signal, "i2")).status == "ignored", "its like is not stored any more"
    assert (await send(world, signal, "unknown")).status == "ignored"
    assert (await send(world, "meh", "i3")).status == "ignored"
    left = [one for one in await world.documents(TASTE.key) if one["type"] == "withdrawn"]
    assert len(left) == 3
    assert not any({"terms", "imageUrl", "itemId"} & one.keys() for one in left)


async def test_a_like_on_its_way_is_not_learnt_after_it_was_taken_back(world: World) -> None:
    await world.like("u", "minimalist|navy", item="i1")
    assert (await send(world, "none", "i1")).status == "withdrawn"
    await world.drain()
    assert (await profile_of(world)).signals == 0
    job_id = key_of("u", "minimalist|navy", "i1")
    assert (await world.store.read(JOBS.key, job_id, job_id)).body["status"] == "completed"


@pytest.mark.parametrize("before", [0, 1])
async def test_a_like_whose_message_nobody_has_seen_yet_is_taken_back_all_the_same(world: World, before: int) -> None:
    """Straight into the queue: nothing of it is stored when the user changes their mind."""
    for number in range(before):
        await world.like("u", "tailored|navy", item=f"other-{number}")
    await world.drain()
    picture = "https://img.example/minimalist|navy"
    like = {"user_id": "u", "item_id": "i1", "image_url": picture, "createdAt": to_iso(world.time.at)}
    world.time.advance(1)
    assert (await send(world, "none", "i1")).status == "ignored", "as far as is known"
    await world.queues.send(QUEUE, json.dumps(like).encode())
    await world.drain()
    assert (await profile_of(world)).signals == before
    job_id = key_of("u", "minimalist|navy", "i1")
    assert (await world.store.read(JOBS.key, job_id, job_id)).body["status"] == "completed"
    world.time.advance(1)
    assert (await send(world, "up", "i1")).status == "queued", "liked again, it is learnt"
    await world.drain()
    assert (await profile_of(world)).signals == before + 1


@pytest.mark.parametrize("moment", range(1, 8))
async def test_a_like_that_is_applied_while_it_is_taken_back_is_not_learnt(world: World, moment: int) -> None:
    """Straight into the queue, and its whole job runs between two calls that the withdrawal makes of the store."""
    picture = "https://img.example/minimalist|navy"
    like = {"user_id": "u", "item_id": "i1", "image_url": picture, "createdAt": to_iso(world.time.at)}
    await world.queues.send(QUEUE, json.dumps(like).encode())
    world.time.advance(1)

    async def its_whole_job() -> None:
        await world.drain()

    with interlude(world.store, moment, its_whole_job, names="find page create replace batch"):
        await send(world, "none", "i1")
    await world.drain()
    assert (await profile_of(world)).signals == 0
    assert [one for one in await world.documents(TASTE.key) if one["type"] == "signal"] == []


async def test_marks_of_what_was_never_liked_are_few_and_end(world: World) -> None:
    for number in range(MAX_AHEAD + 5):
        world.time.advance(1)
        await send(world, "down", f"never-{number}")
    marks = (await profile_of(world)).ahead
    assert len(marks) == MAX_AHEAD
    assert (await profile_of(world)).has_withdrawn(f"never-{MAX_AHEAD + 4}", from_iso(to_iso(world.time.at)))
    world.time.advance(9 * 86_400)
    await send(world, "down", "one more")
    assert len((await profile_of(world)).ahead) == 1


@pytest.mark.parametrize("drained", [True, False])
async def test_an_item_that_is_liked_again_is_learnt_again(world: World, drained: bool) -> None:
    await world.like("u", "minimalist|navy", item="i1")
    if drained:
        await world.drain()
    await send(world, "down", "i1")
    assert (await send(world, "up", "i1")).status == "queued", "however fresh the first like is"
    assert (await send(world, "up", "i1")).status == "duplicate"
    await world.drain()
    profile = await profile_of(world)
    assert (profile.signals, profile.terms["style:minimalist"].evidence) == (1, 1)
    assert (await send(world, "none", "i1")).status == "withdrawn"
    assert (await profile_of(world)).signals == 0


@pytest.mark.parametrize("again", ["by the endpoint", "by the queue"])
@pytest.mark.parametrize("waits", [True, False])
async def test_an_item_liked_again_while_its_old_like_is_in_work_is_learnt(world: World, again: str, waits: bool) -> None:
    """The old one's message had been seen by nobody when it was taken back: nothing of that stands on its job.

    `waits`: the job waits for its next attempt meanwhile; else it is in work.
    """

    async def by_the_queue() -> None:
        body = {
            "user_id": "u", "item_id": "i1", "image_url": "https://img.example/minimalist|navy",
            "createdAt": to_iso(world.time.at),
        }  # fmt: skip
        await world.queues.send(QUEUE, json.dumps(body).encode())

    async def like_again() -> None:
        world.time.advance(1)
        await (by_the_queue() if again == "by the queue" else send(world, "up", "i1"))

    await by_the_queue()
    world.time.advance(1)
    assert (await send(world, "none", "i1")).status == "ignored"
    deliver = world.wiring.runners["taste-analysis"].deliver
    if waits:
        world.chat.errors = [ModelUnavailable("503")] * 4
        assert await world.deliver_one(QUEUE, deliver)
        assert {one["status"] for one in await world.documents(JOBS.key)} == {"failed"}
        world.chat.errors = []
        await like_again()
    else:
        load = world.pictures.load

        async def loads(url: str) -> Picture:
            world.pictures.load = load  # type: ignore[method-assign]
            await like_again()
            return await load(url)

        world.pictures.load = loads  # type: ignore[method-assign]
        world.restart()
    await world.drain()
    assert len(await world.signals()) == 1
    assert (await profile_of(world)).signals == 1


async def test_a_replayed_dead_letter_of_a_like_taken_back_teaches_nothing(world: World) -> None:
    await world.like("u", "minimalist|navy", item="i1")
    await world.drain()
    body = (await world.documents(JOBS.key))[0]["payload"]
    await send(world, "none", "i1")
    await world.queues.send(QUEUE, json.dumps(body).encode())
    await world.drain()
    assert (await profile_of(world)).signals == 0


async def begin_story() -> World:
    world = World(embedded_store(VirtualTime(FINE)))
    await world.store.create(USER_PROFILES.key, {"id": "u", "stylePreferences": ["Declared"]})
    for item in ("i1", "i2", "i3"):
        await send(world, "up", item)
    await world.drain()
    await send(world, "up", "i1", "tailored|red")  # its job is still queued
    return world


async def end_story(world: World) -> None:
    await send(world, "none", "i1")
    world.faults.at = 0
    await world.drain()


@pytest.mark.parametrize("mode", MODES)
async def test_a_fault_at_every_await_of_a_withdrawal_leaves_nothing_of_the_item(mode: str) -> None:
    begun, counted = await begin_story(), Faults()
    untouched = await twin(begun, counted)
    await end_story(untouched)
    await untouched.store.close()
    assert counted.count >= 8
    for index in counted.places(mode):
        world = await twin(begun, Faults(at=index, mode=mode))
        await end_story(world)
        profile = await profile_of(world)
        where = f"{mode} at await {index}, {world.faults.struck}"
        assert profile.signals == 2, where
        assert {key: state.evidence for key, state in profile.terms.items()} == {"style:minimalist": 2, "colour:navy": 2}, where
        assert await styles(world) == ["Declared", "minimalist"], where
        signals = [one for one in await world.documents(TASTE.key) if one["type"] == "signal"]
        assert {one["itemId"] for one in signals} == {"i2", "i3"}, where
        assert await world.is_quiet(), where
        await world.store.close()
    await begun.store.close()
