"""Replay and purge by on-call: exactly once, whatever dies on the way; what dies again is open again; a purge is final."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.jobs.replays import ReplayRequest
from shared.errors import ModelUnavailable, PermanentError, QueueUnavailable, Reason, RetryableError, StoreUnavailable
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS, SERVICE_STATE, USER_PROFILES
from tests.faults.world import DEAD_LETTER_QUEUE, MODES, QUEUE, Faults, ProcessDied, VirtualTime, World, embedded_store

OUTAGE = [ModelUnavailable("503")]


def asks(*ids: str, action: str = "replay", **more: Any) -> ReplayRequest:
    return ReplayRequest.model_validate(
        {"action": action, "ids": list(ids), "reason": "the model is back", "actor": "on-call", **more}
    )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World(embedded_store(VirtualTime()))
    yield made
    await made.store.close()


async def dead(world: World, errors: int = 20) -> Document:
    """A like whose every attempt met an outage; returns its record."""
    world.chat.errors = OUTAGE * errors
    await world.like("u", "minimalist|navy")
    await world.drain()
    world.chat.errors = []
    [record] = await world.documents(DEAD_LETTERS.key)
    assert record["status"] == "open"
    return record


async def settled(world: World) -> Document:
    """Until the reconciler has looked as well."""
    await world.drain()
    world.time.advance(700)
    await world.wiring.reconciler.run()
    await world.check()
    [record] = await world.documents(DEAD_LETTERS.key)
    return record


async def test_a_replayed_job_completes_once_and_its_record_tells_who_why_and_when(world: World) -> None:
    record = await dead(world)
    [predicted] = await world.wiring.replays.run(asks(record["id"], dryRun=True))
    assert predicted.outcome == "requeued"
    assert await world.queues.depth(QUEUE) == 0, "a dry run does nothing"
    [done] = await world.wiring.replays.run(asks(record["id"]))
    assert done.outcome == "requeued"
    again = await world.wiring.replays.run(asks(record["id"]))
    assert [one.outcome for one in again] == ["requeued"], "a second replay is harmless"
    record = await settled(world)
    assert record["status"] == "resolved"
    assert [(entry["actor"], entry["reason"]) for entry in record["history"]] == [("on-call", "the model is back")] * 2
    assert len(await world.signals()) == 1
    [after] = await world.wiring.replays.run(asks(record["id"]))
    assert (after.outcome, after.detail) == ("skipped", "it is resolved already")


async def test_what_dies_again_is_open_again_with_all_its_attempts(world: World) -> None:
    record = await dead(world)
    world.chat.errors = OUTAGE * 20
    await world.wiring.replays.run(asks(record["id"]))
    reopened = await settled(world)
    assert reopened["status"] == "open"
    assert len(reopened["attempts"]) == 2 * len(record["attempts"]) == 10
    world.chat.errors = []
    await world.wiring.replays.run(asks(record["id"]))
    assert (await settled(world))["status"] == "resolved"


async def test_a_permanent_fault_that_is_mended_can_be_replayed_too(world: World) -> None:
    world.pictures.errors = [PermanentError("gone", reason=Reason.IMAGE_UNREACHABLE)]
    await world.like("u", "minimalist|navy")
    await world.drain()
    [record] = await world.documents(DEAD_LETTERS.key)
    await world.wiring.replays.run(asks(record["id"]))
    assert (await settled(world))["status"] == "resolved"


async def test_a_record_without_its_job_document_is_replayed_all_the_same(world: World) -> None:
    record = await dead(world)
    await world.store.delete(JOBS.key, record["jobId"], record["jobId"])
    await world.wiring.replays.run(asks(record["id"]))
    assert (await settled(world))["status"] == "resolved"


async def test_a_payload_that_cannot_be_read_is_invalid_and_stays(world: World) -> None:
    await world.queues.send(DEAD_LETTER_QUEUE, b'{"user_id": 5}')
    await world.drain()
    [record] = await world.documents(DEAD_LETTERS.key)
    [done] = await world.wiring.replays.run(asks(record["id"]))
    assert done.outcome == "invalid"
    assert "user_id" in done.detail
    [record] = await world.documents(DEAD_LETTERS.key)
    assert record["status"] == "open"
    assert [one.outcome for one in await world.wiring.replays.run(asks("0.1", "raw.x"))] == ["missing", "missing"]


async def test_a_purge_drops_the_payload_keeps_the_tombstone_and_frees_the_queue_and_the_like(world: World) -> None:
    await world.queues.send(QUEUE, b"\xff\xfe never JSON")
    await world.drain(hours=2)
    [record] = await world.documents(DEAD_LETTERS.key)
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1
    [predicted] = await world.wiring.replays.run(asks(record["id"], action="purge", dryRun=True))
    assert (predicted.outcome, predicted.detail) == ("purged", f"{record['payloadBytes']} bytes")
    await world.wiring.replays.run(asks(record["id"], action="purge"))
    await world.drain()
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 0
    [record] = await world.documents(DEAD_LETTERS.key)
    assert (record["status"], record["rawPayload"], record["history"][0]["actor"]) == ("purged", None, "on-call")


async def test_a_purged_like_may_be_sent_anew(world: World) -> None:
    record = await dead(world)
    assert (await world.like("u", "minimalist|navy")).dead_letter_id == record["id"]
    await world.wiring.replays.run(asks(record["id"], action="purge"))
    world.time.advance(1)
    assert (await world.like("u", "minimalist|navy")).status == "queued"
    await world.drain()
    assert len(await world.signals()) == 1


async def test_the_preflight_names_what_is_down(world: World) -> None:
    assert [check.problem for check in await world.wiring.replays.preflight()] == ["", "", ""]
    until = "2099-01-01T00:00:00.000Z"
    await world.store.upsert(SERVICE_STATE.key, {"id": "breaker.x", "openUntil": until, "reason": "llm_misconfigured"})
    checks = {check.name: check.problem for check in await world.wiring.replays.preflight()}
    assert checks == {"store": "", "queue": "", "model": f"suspended until {until}: llm_misconfigured"}
    await world.store.close()
    assert all(check.problem for check in await world.wiring.replays.preflight() if check.name != "queue")


async def replay_under(faults: Faults) -> World:
    """Die once, then be replayed under faults; on-call asks again until an answer comes."""
    strike, faults.at = faults.at, 0
    world = World(embedded_store(VirtualTime()), faults=faults)
    await world.store.create(USER_PROFILES.key, {"id": "u", "currency": "EUR"})
    record = await dead(world)
    faults.count, faults.at = 0, strike
    for _ in range(3):
        try:
            await world.wiring.replays.run(asks(record["id"]))
        except (ProcessDied, asyncio.CancelledError, RetryableError):
            world.restart()
        else:
            break
    return world


@pytest.mark.timeout(300)
@pytest.mark.parametrize("asked_again", [True, False])
@pytest.mark.parametrize("mode", MODES)
async def test_a_replay_that_dies_at_any_await_leaves_one_effect_or_an_open_record(mode: str, asked_again: bool) -> None:
    counted = Faults()
    world = await replay_under(counted)
    await world.drain()
    await world.store.close()
    total = counted.count
    assert total >= 12
    for index in range(1, total + 1):
        faults = Faults(at=index, mode=mode)
        world = await replay_under(faults) if asked_again else await replay_once_under(faults)
        try:
            record = await settled(world)
            jobs = await world.documents(JOBS.key)
            assert (record["status"], jobs[0]["status"]) in {("resolved", "completed"), ("open", "dead_lettered")}
            if asked_again:
                assert record["status"] == "resolved"
        except AssertionError as error:
            raise AssertionError(f"{mode} at await {index}, {faults.struck}: {error}") from error
        finally:
            await world.store.close()


async def replay_once_under(faults: Faults) -> World:
    strike, faults.at = faults.at, 0
    world = World(embedded_store(VirtualTime()), faults=faults)
    record = await dead(world)
    faults.count, faults.at = 0, strike
    with contextlib.suppress(ProcessDied, asyncio.CancelledError, StoreUnavailable, QueueUnavailable):
        await world.wiring.replays.run(asks(record["id"]))
    world.restart()
    return world
