"""Repaired payloads: the original is kept, and whatever job a repair makes of one, a like is neither lost nor counted twice."""

import base64
import json
from typing import Any

import pytest

from agents.dead_letters.record import DeadLetter
from agents.replays.repair import RecordChangedError, RepairRefusedError
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS, OPERATIONS
from shared.store.query import Compare
from tests.fakes.clock import VirtualTime
from tests.faults.operations import (
    OperationFaults,
    asks,
    dead,
    done,
    gone,
    items,
    play,
    predicted,
    records,
    unreachable,
    user_exists,
)
from tests.faults.test_operation_crashes import request_under, sweep
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World, embedded_store, key_of

BACK = "https://img.example/minimalist|navy-back"


async def repair(world: World, record: Document, **patch: Any) -> bool:
    item = await world.store.read(DEAD_LETTERS.key, record["id"], record["jobId"])
    _, other_job = await world.wiring.on_call.repairs.repair(
        item, patch, version=DeadLetter(item.body).version, reason="the producer was wrong", actor="on-call"
    )
    return other_job


async def invalid(world: World, body: bytes) -> Document:
    await world.queues.send(QUEUE, body)
    await world.drain(hours=1)
    [record] = await records(world)
    return record


async def statuses(world: World) -> list[str]:
    return sorted(one["status"] for one in await records(world))


async def test_an_invalid_payload_is_repaired_beside_the_original_and_replayed_once(world: World) -> None:
    body = json.dumps({"user_id": 5, "item_id": "i", "image_url": BACK}).encode()
    record = await invalid(world, body)
    found = await world.wiring.on_call.repairs.validate(DeadLetter(record))
    assert (found.readable, found.prediction.outcome, found.down) == (False, "invalid", ())
    assert [(one["field"], one["came"]) for one in found.problems] == [("user_id", "int")]
    assert await repair(world, record, user_id="u")
    [record] = await records(world)
    assert base64.b64decode(record["rawPayload"]) == body
    assert record["payload"] == json.loads(body)
    assert record["repairedPayload"] == {"user_id": "u", "item_id": "i", "image_url": BACK}
    [entry] = record["repairs"]
    assert (entry["actor"], entry["reason"], entry["patch"]) == ("on-call", "the producer was wrong", {"user_id": "u"})
    [audit] = await world.documents(OPERATIONS.key, Compare("type", "=", "audit"))
    assert (audit["action"], audit["what"]) == ("repair", {"deadLetterId": record["id"], "fields": ["user_id"]})
    found = await world.wiring.on_call.repairs.validate(DeadLetter(record))
    assert (found.readable, found.problems, found.prediction.outcome) == (True, (), "requeued")
    ended = await done(world, asks(record["id"]))
    assert (ended["status"], ended["progress"]["fates"]) == ("completed", {"completed": 1})
    assert await statuses(world) == ["resolved"]
    again = await done(world, asks(record["id"]))
    assert again["progress"]["outcomes"] == {"skipped": 1}
    assert len(await world.signals()) == 1


async def test_bytes_that_were_never_json_are_repaired_by_a_whole_payload_and_leave_the_queue(world: World) -> None:
    record = await invalid(world, b"\xff\xfe never JSON")
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1
    with pytest.raises(RepairRefusedError) as refused:
        await repair(world, record, user_id="u")
    assert {one["field"] for one in refused.value.problems} == {"item_id", "image_url"}
    await repair(world, record, user_id="u", item_id="i", image_url=BACK)
    await done(world, asks(record["id"]))
    await world.drain(hours=8)
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 0
    assert (await statuses(world), len(await world.signals())) == (["resolved"], 1)


async def test_a_repaired_address_is_another_job_and_the_broken_one_may_be_liked_anew(world: World) -> None:
    [record] = await unreachable(world, 1)
    assert await repair(world, record, image_url=BACK)
    await done(world, asks(record["id"]))
    [settled] = await records(world)
    assert (settled["status"], settled["replayedAs"]["jobId"]) == ("resolved", key_of("u", "minimalist|navy-back", "item-0"))
    assert [one["jobId"] for one in await world.signals()] == [settled["replayedAs"]["jobId"]]
    world.time.advance(200)
    assert (await world.like("u", "minimalist|navy-0", item="item-0")).status == "queued"
    await world.drain()
    assert len(await world.signals()) == 2
    assert await statuses(world) == ["resolved"]


async def test_a_repair_to_a_like_that_was_counted_already_counts_nothing_more(world: World) -> None:
    await world.like("u", "minimalist|navy-back", item="item-0")
    await world.drain()
    world.pictures.errors = [gone()]
    await world.like("u", "minimalist|navy-0", item="item-0")
    await world.drain()
    [record] = await records(world)
    await repair(world, record, image_url=BACK)
    assert (
        await world.wiring.on_call.repairs.validate(DeadLetter(record | {"repairedPayload": None}))
    ).already_applied is False
    [record] = await records(world)
    assert (await world.wiring.on_call.repairs.validate(DeadLetter(record))).already_applied is True
    ended = await done(world, asks(record["id"]))
    assert ended["progress"]["outcomes"] == {"resolved": 1}
    assert (await statuses(world), len(await world.signals())) == (["resolved"], 1)


async def test_a_repair_to_a_like_that_is_a_dead_letter_itself_is_left_to_that_one(world: World) -> None:
    world.pictures.errors = [gone(), gone()]
    for picture in ("minimalist|navy-0", "minimalist|navy-back"):
        await world.like("u", picture, item="item-0")
        await world.drain()
        world.time.advance(1)
    broken, other = await records(world)
    await repair(world, broken, image_url=BACK)
    ended = await done(world, asks(broken["id"], other["id"], canary=0))
    shown = await items(world, ended["id"])
    assert [one["outcome"] for one in shown] == ["skipped", "requeued"]
    assert other["id"] in shown[0]["detail"]
    ended = await done(world, asks(broken["id"]))
    assert ended["progress"]["outcomes"] == {"resolved": 1}, "now that the other one has completed"
    assert len(await world.signals()) == 1


async def test_a_repaired_job_that_dies_has_a_dead_letter_of_its_own_and_the_first_points_to_it(world: World) -> None:
    [record] = await unreachable(world, 1)
    await repair(world, record, image_url=BACK)
    world.time.advance(1)
    world.pictures.errors = [gone()] * 3
    ended = await done(world, asks(record["id"]))
    assert ended["progress"]["fates"] == {"died_again": 1}
    first, second = await records(world)
    assert (first["status"], first["replacedBy"], second["status"]) == ("resolved", second["id"], "open")
    world.pictures.errors = []
    await done(world, asks(second["id"]))
    assert (await statuses(world), len(await world.signals())) == (["resolved"] * 2, 1)


async def test_a_repair_for_an_older_version_or_of_what_is_no_repair_is_refused(world: World) -> None:
    [record] = await dead(world)
    item = await world.store.read(DEAD_LETTERS.key, record["id"], record["jobId"])
    repairs = world.wiring.on_call.repairs
    with pytest.raises(RecordChangedError) as changed:
        await repairs.repair(item, {"note": 1}, version="0" * 16, reason="a reason", actor="a")
    assert changed.value.version == DeadLetter(item.body).version
    for patch in ({"generation": 5}, {"replays": 7}, {"image_url": None}, {"job_id": "f" * 64}, {"note": "x" * 50_000}):
        with pytest.raises(RepairRefusedError):
            await repair(world, record, **patch)
    assert await records(world) == [record]
    assert not await repair(world, record, note="same job")
    with pytest.raises(RecordChangedError):
        await repairs.repair(item, {"note": 2}, version=DeadLetter(item.body).version, reason="a reason", actor="a")


async def test_a_purge_drops_what_repairs_said_too(world: World) -> None:
    [record] = await unreachable(world, 1)
    await repair(world, record, image_url=BACK)
    wanted = asks(record["id"], action="purge")
    await done(world, asks(record["id"], action="purge", snapshot=await predicted(world, wanted)))
    [purged] = await records(world)
    assert (purged["status"], purged["repairedPayload"], purged["repairs"][0]["patch"]) == ("purged", None, None)
    assert BACK not in json.dumps(await records(world))


@pytest.mark.slow
async def test_the_replay_of_a_repaired_payload_that_dies_at_any_await_counts_the_like_once() -> None:
    begun = World(embedded_store(VirtualTime()), faults=OperationFaults())
    await user_exists(begun)
    [record] = await unreachable(begun, 1)
    await repair(begun, record, image_url=BACK)

    async def run(world: World) -> None:
        await request_under(world, "replay", tries=4)
        await play(world)

    async def check(world: World) -> None:
        world.time.advance(700)
        await world.wiring.reconciler.run()
        assert await statuses(world) == ["resolved"]
        assert len(await world.signals()) == 1
        assert sorted(job["status"] for job in await world.documents(JOBS.key)) == ["completed", "dead_lettered"]

    assert await sweep(begun, run, check) > 30
