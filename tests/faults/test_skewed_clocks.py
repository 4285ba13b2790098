"""Instances whose clocks differ: a like that is sent again is later than its withdrawal, whatever either's clock says."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from agents.taste_analysis.likes import Like
from agents.taste_analysis.profile import PROFILE_ID, TasteProfile
from agents.wiring import Wiring
from shared.clock import from_iso, to_iso
from shared.store.containers import JOBS, TASTE
from tests.fakes.clock import FINE
from tests.faults.world import QUEUE, VirtualTime, World, embedded_store

HERE, BEHIND, AHEAD = 0.0, -1.0, 1.0  # seconds that an instance's clock is off
SKEWS = [(first, second) for first in (HERE, AHEAD) for second in (HERE, BEHIND)] + [(BEHIND, AHEAD)]
PICTURE = "https://img.example/minimalist|navy"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World(embedded_store(VirtualTime(FINE)))
    yield world
    await world.store.close()


def instance(world: World, seconds: float) -> Wiring:
    """Another instance over the same store and queues, whose clock is off."""
    clock = replace(world.time.clock(), now=lambda: world.time.at + timedelta(seconds=seconds))
    return Wiring.of(replace(world.wiring._services, clock=clock))


async def send(world: World, clock: float, signal: str, picture: str = PICTURE) -> str:
    like = Like(userId="u", itemId="i1", imageUrl=picture, signal=signal)
    return (await instance(world, clock).intake.accept(like)).status


async def by_the_queue(world: World, created_at: str | None) -> None:
    body = {"user_id": "u", "item_id": "i1", "image_url": PICTURE, "createdAt": created_at}
    await world.queues.send(QUEUE, json.dumps(body).encode())


async def learnt(world: World) -> int:
    await world.drain()
    item = await world.store.find(TASTE.key, PROFILE_ID, "u")
    profile = TasteProfile.from_document(item.body) if item else TasteProfile.empty("u")
    assert profile.signals == len(await world.signals())
    return profile.signals


@pytest.mark.parametrize(("first", "second"), SKEWS)
@pytest.mark.parametrize("picture", [PICTURE, "https://img.example/tailored|red"], ids=["the same", "another"])
@pytest.mark.parametrize("before", ["nothing", "on its way", "queued", "learnt", "learnt twice"])
async def test_a_like_sent_again_at_once_is_learnt_whatever_the_clocks_say(
    world: World, first: float, second: float, picture: str, before: str
) -> None:
    if before == "on its way":
        await by_the_queue(world, to_iso(world.time.at - timedelta(seconds=5)))
    elif before != "nothing":
        await send(world, first, "up")
    if before.startswith("learnt"):
        assert await learnt(world) == 1
    if before == "learnt twice":
        await send(world, AHEAD, "none")
        await send(world, BEHIND, "up", "https://img.example/romantic|red")
        assert await learnt(world) == 1
    await send(world, first, "none")
    assert await send(world, second, "up", picture) == "queued"
    assert await learnt(world) == 1
    assert await send(world, second, "none") == "withdrawn"
    assert await learnt(world) == 0
    assert await send(world, BEHIND, "up", picture) == "queued", "and once more"
    assert await learnt(world) == 1


@pytest.mark.parametrize(("first", "second"), SKEWS)
async def test_what_was_liked_before_is_taken_back_whatever_the_clocks_say(world: World, first: float, second: float) -> None:
    await send(world, first, "up")
    await send(world, second, "none")
    assert await learnt(world) == 0
    await send(world, second, "up")
    await send(world, first, "none")
    assert await learnt(world) == 0


@pytest.mark.parametrize("created", ["", "yesterday", "1970-01-01T00:00:00Z"])
async def test_a_like_of_no_known_time_is_unlearnt_by_an_instance_whose_clock_is_behind(world: World, created: str) -> None:
    await by_the_queue(world, created)
    assert await learnt(world) == 1
    assert await send(world, BEHIND, "none") == "withdrawn"
    assert await learnt(world) == 0


async def test_a_second_withdrawal_by_a_clock_behind_takes_nothing_of_the_first(world: World) -> None:
    """Nothing of it is stored, and its message comes late: it was liked before the first of the two."""
    liked_at = to_iso(world.time.at - timedelta(milliseconds=500))
    await send(world, HERE, "none")
    await send(world, BEHIND, "none")
    await by_the_queue(world, liked_at)
    assert await learnt(world) == 0


async def test_a_like_that_nobody_took_back_has_the_time_of_its_instance(world: World) -> None:
    await send(world, BEHIND, "up")
    [job] = await world.documents(JOBS.key)
    assert from_iso(job["createdAt"]) == from_iso(to_iso(world.time.at - timedelta(seconds=1)))


async def test_a_like_of_somebody_whose_profile_cannot_be_read_is_taken_in_all_the_same(world: World) -> None:
    await send(world, HERE, "up")
    assert await learnt(world) == 1
    stored = (await world.store.read(TASTE.key, PROFILE_ID, "u")).body
    await world.store.upsert(TASTE.key, {**stored, "withdrawn": "nothing that we wrote", "ahead": 5})
    assert await send(world, HERE, "up", "https://img.example/tailored|red") == "queued"
