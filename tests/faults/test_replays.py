"""Replay and purge by on-call: exactly once, whatever dies on the way; what dies again is open again; a purge is final."""

import json

import pytest

from agents.replays.service import (
    NotReadyError,
    SnapshotChangedError,
    SnapshotMissingError,
    SnapshotUnknownError,
)
from agents.taste_analysis.likes import Like
from shared.errors import PermanentError, Reason, RetryableError
from shared.store.containers import DEAD_LETTERS, JOBS, SERVICE_STATE
from tests.faults.operations import (
    OUTAGE,
    asks,
    audit,
    dead,
    done,
    items,
    operation,
    operations,
    play,
    predicted,
    records,
    request,
    settled,
)
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World


async def test_a_replayed_job_completes_once_and_its_record_tells_who_why_and_when(world: World) -> None:
    [record] = await dead(world)
    prediction = await world.wiring.on_call.replays.predict(asks(record["id"]))
    assert (dict(prediction.counts), prediction.total) == ({"requeued": 1}, 1)
    assert await world.queues.depth(QUEUE) == 0, "a dry run does nothing"
    ended = await done(world, asks(record["id"]))
    assert (ended["status"], ended["progress"]["fates"]) == ("completed", {"completed": 1})
    [record] = await settled(world)
    assert record["status"] == "resolved"
    assert [(one["actor"], one["reason"], one["operationId"]) for one in record["history"]] == [
        ("on-call", "the model is back", ended["id"])
    ]
    assert len(await world.signals()) == 1
    again = await done(world, asks(record["id"]))
    assert [(one["outcome"], one["detail"]) for one in await items(world, again["id"])] == [
        ("skipped", "it is resolved already")
    ]
    actions = [("completed", "the operation itself"), ("replay.requested", "on-call")]
    assert sorted(await audit(world)) == sorted(actions * 2)


async def test_what_dies_again_is_open_again_with_all_its_attempts(world: World) -> None:
    [record] = await dead(world)
    world.chat.errors = OUTAGE * 20
    ended = await done(world, asks(record["id"]))
    assert ended["progress"]["fates"] == {"died_again": 1}
    [reopened] = await settled(world)
    assert reopened["status"] == "open"
    assert len(reopened["attempts"]) == 2 * len(record["attempts"]) == 10
    world.chat.errors = []
    assert (await done(world, asks(record["id"])))["progress"]["fates"] == {"completed": 1}
    assert [one["status"] for one in await settled(world)] == ["resolved"]


async def test_a_record_without_its_job_document_is_replayed_all_the_same(world: World) -> None:
    [record] = await dead(world)
    await world.store.delete(JOBS.key, record["jobId"], record["jobId"])
    await done(world, asks(record["id"]))
    assert [one["status"] for one in await settled(world)] == ["resolved"]


async def test_a_payload_that_cannot_be_read_is_invalid_and_stays(world: World) -> None:
    await world.queues.send(DEAD_LETTER_QUEUE, b'{"user_id": 5}')
    await world.drain()
    [record] = await records(world)
    ended = await done(world, asks(record["id"], "0.1", "raw.x"))
    shown = await items(world, ended["id"])
    assert [one["outcome"] for one in shown] == ["invalid", "missing", "missing"]
    assert "user_id" in shown[0]["detail"]
    assert [one["status"] for one in await records(world)] == ["open"]


async def test_a_purge_drops_the_payload_keeps_the_tombstone_and_frees_the_queue(world: World) -> None:
    await world.queues.send(QUEUE, b"\xff\xfe never JSON")
    await world.drain(hours=2)
    [record] = await records(world)
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1
    wanted = asks(record["id"], action="purge")
    with pytest.raises(SnapshotMissingError):
        await request(world, wanted)
    with pytest.raises(SnapshotUnknownError):
        await request(world, asks(record["id"], action="purge", snapshot="0" * 32))
    of_a_replay = await predicted(world, asks(record["id"]))
    with pytest.raises(SnapshotUnknownError):
        await request(world, asks(record["id"], action="purge", snapshot=of_a_replay))
    assert await operations(world) == [], "a refused call leaves nothing"
    snapshot = await predicted(world, wanted)
    ended = await done(world, asks(record["id"], action="purge", snapshot=snapshot))
    assert (ended["status"], ended["progress"]["outcomes"]) == ("completed", {"purged": 1})
    await world.drain()
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 0
    [record] = await records(world)
    assert (record["status"], record["rawPayload"], record["history"][0]["actor"]) == ("purged", None, "on-call")
    [item] = await items(world, ended["id"])
    assert item["evidence"]["sha256"] == record["sha256"]
    assert item["evidence"]["reason"] == "payload_undecodable"


async def test_a_purged_like_may_be_sent_anew(world: World) -> None:
    [record] = await dead(world)
    assert (await world.like("u", "minimalist|navy-0", item="item-0")).dead_letter_id == record["id"]
    wanted = asks(record["id"], action="purge")
    await done(world, asks(record["id"], action="purge", snapshot=await predicted(world, wanted)))
    world.time.advance(1)
    assert (await world.like("u", "minimalist|navy-0", item="item-0")).status == "queued"
    await world.drain()
    assert len(await world.signals()) == 1


async def test_a_purge_leaves_alone_what_has_changed_since_its_dry_run(world: World) -> None:
    first, second = await dead(world, 2)
    ids = (first["id"], second["id"])
    snapshot = await predicted(world, asks(*ids, action="purge"))
    await request(world, asks(*ids, action="purge", snapshot=snapshot))
    item = await world.store.read(DEAD_LETTERS.key, second["id"], second["jobId"])
    await world.store.replace(DEAD_LETTERS.key, {**item.body, "description": "new evidence"}, if_match=item.etag)
    await play(world)
    assert [one["status"] for one in await records(world)] == ["purged", "open"]


async def test_the_preflight_names_what_is_down_and_holds_a_replay_back_unless_forced(world: World) -> None:
    [record] = await dead(world)
    preflight = world.wiring.on_call.preflight
    assert [check.problem for check in await preflight.checks()] == ["", "", "", ""]
    until = "2099-01-01T00:00:00.000Z"
    await world.store.upsert(SERVICE_STATE.key, {"id": "breaker.x", "openUntil": until, "reason": "llm_misconfigured"})
    checks = {check.name: check.problem for check in await preflight.checks()}
    assert checks == {"store": "", "queue": "", "model": f"suspended until {until}: llm_misconfigured", "image host": ""}
    with pytest.raises(NotReadyError, match="model: suspended"):
        await request(world, asks(record["id"]))
    assert await operations(world) == []
    ended = await done(world, asks(record["id"], force=True))
    assert (ended["status"], ended["forced"]) == ("completed", True)
    assert [one["status"] for one in await settled(world)] == ["resolved"]
    await world.store.close()
    assert all(check.problem for check in await preflight.checks() if check.name != "queue")


async def test_the_preflight_tells_one_shop_that_is_down_from_a_way_out_that_is_closed(world: World) -> None:
    await dead(world)
    preflight = world.wiring.on_call.preflight
    world.pictures.errors = [RetryableError("reset")]
    assert (await preflight.checks())[-1].problem == "none of the 1 hosts of the latest likes answers"
    world.pictures.errors = [PermanentError("404", reason=Reason.IMAGE_UNREACHABLE)]
    assert (await preflight.checks())[-1].problem == "", "a picture that is gone is an answer"
    like = Like(userId="u9", itemId="i", imageUrl="https://other.example/minimalist", signal="up")
    await world.wiring.intake.accept(like)
    world.pictures.errors = [RetryableError("reset")]
    assert (await preflight.checks())[-1].problem == "", "another host answers"


@pytest.mark.slow
async def test_a_call_by_filter_holds_to_the_set_that_its_dry_run_showed(world: World) -> None:
    await dead(world, 2)
    wanted = {"filter": {"reason": "llm_unavailable"}}
    with pytest.raises(SnapshotMissingError):
        await request(world, asks(**wanted))
    snapshot = await predicted(world, asks(**wanted))
    assert snapshot == await predicted(world, asks(**wanted)), "the same set is the same snapshot"
    before = await records(world)
    item = await world.store.read(DEAD_LETTERS.key, before[0]["id"], before[0]["jobId"])
    await world.store.replace(DEAD_LETTERS.key, {**item.body, "description": "changed"}, if_match=item.etag)
    world.time.advance(60)
    await dead(world, 1, user="v")
    with pytest.raises(SnapshotChangedError) as refused:
        await request(world, asks(**wanted, snapshot=snapshot))
    [added] = {one["id"] for one in await records(world)} - {one["id"] for one in before}
    assert refused.value.difference.added == (added,)
    assert refused.value.difference.changed == (before[0]["id"],)
    assert refused.value.difference.removed == ()
    ended = await done(world, asks(**wanted, snapshot=await predicted(world, asks(**wanted))))
    assert ended["progress"]["fates"] == {"completed": 3}
    await world.check(users=2)


async def test_a_dead_letter_of_another_kind_of_job_goes_the_same_way(world: World) -> None:
    body = {"user_id": "u", "window": "2026-W47", "run_id": "run", "createdAt": "2026-11-16T09:00:00.000Z"}
    await world.wiring.dead_letters["weekly-digest"].persist(json.dumps(body).encode())
    await world.wiring.dead_letters["weekly-digest"].persist(json.dumps({**body, "window": "soon"}).encode())
    [taste] = [one for one in await dead(world) if one["kind"] == "taste-analysis"]
    chosen = {"filter": {"kind": "weekly-digest", "queue": "digest-jobs-poison"}}
    prediction = await world.wiring.on_call.replays.predict(asks(**chosen))
    assert dict(prediction.counts) == {"requeued": 1, "invalid": 1}
    await request(world, asks(**chosen, snapshot=prediction.snapshot))
    for _ in range(20):
        await world.deliver_one("run-commands", world.wiring.on_call.steps.handle)
        await world.deliver_one("digest-jobs", world.wiring.runners["weekly-digest"].deliver)
        world.time.advance(2)
    ended = await operation(world)
    assert (ended["status"], ended["progress"]["fates"]) == ("completed", {"completed": 1})
    kept = {one["id"]: one["status"] for one in await records(world)}
    assert sorted(kept.values()) == ["open", "open", "resolved"]
    assert kept[taste["id"]] == "open"
