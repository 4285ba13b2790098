"""Repeats are counted: the same poison bytes are one record, the same like is one job, and both say how often they came."""

import asyncio
import json
from datetime import timedelta

import pytest

from agents.api.http import Request
from agents.dead_letters.filter import RecordFilter
from shared.clock import from_iso, to_iso
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS
from tests.faults.watching import MINUTE, watch_of
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World


async def only(world: World) -> Document:
    [record] = await world.documents(DEAD_LETTERS.key)
    return record


async def test_25_identical_bodies_that_cannot_be_read_are_one_record_that_came_25_times(world: World) -> None:
    persist = world.wiring.dead_letters["taste-analysis"].persist
    for _ in range(25):
        world.time.advance(3)
        await persist(b'{"user_id": 7}')
    record = await only(world)
    assert (record["reason"], record["occurrences"]) == ("payload_invalid", 25)
    assert from_iso(record["lastSeenAt"]) - from_iso(record["createdAt"]) == timedelta(seconds=72)


@pytest.mark.parametrize("at_once", [True, False])
async def test_25_identical_bodies_that_nobody_can_decode_are_one_record_and_one_waits_in_the_queue(
    world: World, at_once: bool
) -> None:
    persist = world.wiring.dead_letters["taste-analysis"].persist
    if at_once:
        await asyncio.gather(*(persist(b"\xff no json") for _ in range(25)))
    else:
        for _ in range(25):
            world.time.advance(1)
            await persist(b"\xff no json")
    assert (await only(world))["occurrences"] == 25
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1
    for _ in range(4):  # the copy that waits comes by again and again, and is no repeat
        world.time.advance(6 * 3_600)
        await world.wiring.chores["sweep"]()
    assert (await only(world))["occurrences"] == 25
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1


async def test_a_process_that_died_before_it_parked_the_only_copy_parks_it_when_it_comes_again(world: World) -> None:
    letters = world.wiring.dead_letters["taste-analysis"]
    await letters._persist(b"\xff no json")  # and dies: nothing is sent, the message is not acknowledged
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 0
    world.time.advance(600)
    await letters.persist(b"\xff no json")
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1


async def test_repeats_change_nothing_of_what_a_snapshot_rests_on(world: World) -> None:
    inspection = world.wiring.on_call.inspection
    persist = world.wiring.dead_letters["taste-analysis"].persist
    await persist(b'{"user_id": 7}')
    [before] = (await inspection.page(_all(), expiring_days=None, limit=5, cursor=None)).documents
    world.time.advance(60)
    await persist(b'{"user_id": 7}')
    [after] = (await inspection.page(_all(), expiring_days=None, limit=5, cursor=None)).documents
    assert (before["version"], before["occurrences"], after["occurrences"]) == (after["version"], 1, 2)


def _all() -> RecordFilter:
    return RecordFilter.model_validate({"status": "open"})


async def test_duplicates_of_likes_are_a_figure_of_the_status_and_of_the_metrics(world: World) -> None:
    watch = watch_of(world, None)
    await watch.dog.run()
    await world.like("u", "minimalist|navy")
    assert (await world.like("u", "minimalist|navy")).status == "duplicate"
    await world.drain()
    world.time.advance(1)
    assert (await world.like("u", "minimalist|navy")).status == "duplicate"
    [job] = await world.documents(JOBS.key)
    foreign = {**job["payload"], "createdAt": to_iso(world.time.at)}
    await world.queues.send(QUEUE, json.dumps(foreign).encode())
    await world.drain()
    for _ in range(3):
        world.time.at += 5 * MINUTE
        await watch.dog.run()
    status = json.loads((await world.wiring.api.answer("get_status", Request())).body)
    assert status["duplicates"] == {"1h": 3, "24h": 3}
    metrics = (await world.wiring.api.answer("get_metrics", Request())).body.decode()
    assert 'wardrobe_jobs_total{kind="taste-analysis",outcome="duplicate",reason=""} 3.0' in metrics
    assert [one["status"] for one in await world.documents(JOBS.key)] == ["completed"]
