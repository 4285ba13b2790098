"""How an operation conducts itself: canaries, stopping by itself, cancelling, keys, one at a time, commands that come twice."""

from datetime import timedelta

import pytest

from agents.replays.one_record import Handled
from agents.replays.operations import Operations
from agents.replays.service import (
    KeyReusedError,
    OperationEndedError,
    OperationRunningError,
)
from shared.clock import from_iso
from shared.errors import QueueUnavailable
from shared.store.containers import OPERATIONS, SERVICE_STATE
from tests.faults.operations import (
    OUTAGE,
    asks,
    audit,
    dead,
    done,
    gone,
    items,
    operation,
    operations,
    play,
    predicted,
    records,
    request,
    settled,
    unreachable,
)
from tests.faults.world import QUEUE, World


async def test_the_canary_stops_a_replay_whose_jobs_die_again_and_nothing_is_lost(world: World) -> None:
    dead_ones = await unreachable(world, 12)
    world.pictures.errors = [gone() for _ in range(100)]
    ended = await done(world, asks(*(one["id"] for one in dead_ones), canary=3))
    assert ended["status"] == "stopped"
    assert "canaries 0 completed" in ended["why"]
    assert ended["progress"]["outcomes"] == {"requeued": 3}
    assert [one["status"] for one in await settled(world)] == ["open"] * 12
    assert [one["outcome"] for one in await items(world, ended["id"])] == ["requeued"] * 3 + [None] * 9


async def test_a_replay_without_hope_stops_within_a_minute_since_its_canaries_have_one_attempt(world: World) -> None:
    """The model still fails for each of them, and no breaker has noticed."""
    dead_ones = await dead(world, 12)
    world.chat.errors = OUTAGE * 1_000
    began = world.time.at
    ended = await done(world, asks(*(one["id"] for one in dead_ones), canary=3))
    assert ended["status"] == "stopped"
    assert from_iso(ended["finishedAt"]) - began <= timedelta(seconds=60)
    assert ended["progress"]["outcomes"] == {"requeued": 3}
    reopened = await settled(world)
    assert [len(one["attempts"]) for one in reopened] == [6] * 3 + [5] * 9
    world.chat.errors = []
    again = await done(world, asks(*(one["id"] for one in dead_ones), canary=3))
    assert again["progress"]["fates"] == {"completed": 12}


async def test_a_replay_stops_itself_when_more_than_a_fifth_die_again(world: World) -> None:
    dead_ones = await unreachable(world, 60)
    ids = [one["id"] for one in dead_ones]
    accepted = await request(world, asks(*ids, canary=2, rate=0.2))

    async def canaries_are_through() -> bool:
        found = await world.wiring.on_call.replays.find(accepted.operation_id)
        return found is not None and found.progress.cursor > 4

    await play(world, until=canaries_are_through)
    world.pictures.errors = [gone() for _ in range(1_000)]
    await play(world)
    ended = await operation(world)
    assert ended["status"] == "stopped"
    assert ended["why"].startswith("5 of the last ")
    assert ended["progress"]["cursor"] <= 12
    statuses = [one["status"] for one in await settled(world)]
    assert statuses.count("resolved") + statuses.count("open") == 60
    assert statuses.count("resolved") == len(await world.signals()) >= 4


async def test_a_replay_stops_when_the_models_breaker_opens(world: World) -> None:
    dead_ones = await dead(world, 5)
    accepted = await request(world, asks(*(one["id"] for one in dead_ones), canary=0, rate=0.2))
    await world.deliver_one("run-commands", world.wiring.on_call.steps.handle)
    until = "2099-01-01T00:00:00.000Z"
    await world.store.upsert(SERVICE_STATE.key, {"id": "breaker.x", "openUntil": until, "reason": "llm_misconfigured"})
    await play(world)
    found = await world.wiring.on_call.replays.find(accepted.operation_id)
    assert found is not None
    assert (found.status, found.progress.cursor) == ("stopped", 1)
    assert "suspended until" in found.why


async def test_canaries_that_never_end_stop_the_replay_after_ten_minutes(world: World) -> None:
    dead_ones = await dead(world, 5)
    accepted = await request(world, asks(*(one["id"] for one in dead_ones)))
    for _ in range(700):
        await world.deliver_one("run-commands", world.wiring.on_call.steps.handle)  # no worker lives
        world.time.advance(1)
    found = await world.wiring.on_call.replays.find(accepted.operation_id)
    assert found is not None
    assert (found.status, found.why) == ("stopped", "of 3 canaries 0 completed, 0 died again, 3 still waiting")
    waited = from_iso(found.document["finishedAt"]) - from_iso(found.document["createdAt"])
    assert 600 <= waited.total_seconds() <= 610
    await play(world)
    assert [one["status"] for one in await settled(world)] == ["resolved"] * 3 + ["open"] * 2


async def test_two_operators_at_once_one_is_told_of_the_other(world: World) -> None:
    first, second = await dead(world, 2)
    accepted = await request(world, asks(first["id"], second["id"]))
    with pytest.raises(OperationRunningError) as refused:
        await request(world, asks(first["id"]))
    assert refused.value.operation_id == accepted.operation_id
    snapshot = await predicted(world, asks(first["id"], action="purge"))
    with pytest.raises(OperationRunningError):
        await request(world, asks(first["id"], action="purge", snapshot=snapshot))
    await play(world)
    assert [one["status"] for one in await settled(world)] == ["resolved"] * 2
    assert (await done(world, asks(first["id"])))["status"] == "completed"


async def test_the_same_key_is_the_same_operation_and_another_body_is_refused(world: World) -> None:
    first, second = await dead(world, 2)
    accepted = await request(world, asks(first["id"]), "key-1")
    assert (await request(world, asks(first["id"]), "key-1")).operation_id == accepted.operation_id
    with pytest.raises(KeyReusedError):
        await request(world, asks(second["id"]), "key-1")
    await play(world)
    assert (await request(world, asks(first["id"]), "key-1")).status == "completed", "also when it has ended"
    assert len(await operations(world)) == 1
    assert len(await world.signals()) == 1


async def test_cancel_stops_before_the_next_record_and_lists_what_was_sent(world: World) -> None:
    dead_ones = await dead(world, 6)
    replays = world.wiring.on_call.replays
    accepted = await request(world, asks(*(one["id"] for one in dead_ones), canary=0, rate=0.2))
    for _ in range(2):
        await world.deliver_one("run-commands", world.wiring.on_call.steps.handle)
        world.time.advance(5)
    cancelled = await replays.cancel(accepted.operation_id, reason="wrong set", actor="lead")
    assert cancelled is not None
    assert (cancelled.status, cancelled.why) == ("cancelled", "cancelled by lead: wrong set")
    again = await replays.cancel(accepted.operation_id, reason="once more", actor="lead")
    assert again is not None
    assert again.why == cancelled.why
    await play(world)
    shown = await items(world, accepted.operation_id)
    assert [one["outcome"] for one in shown] == ["requeued"] * 2 + [None] * 4
    assert [one.get("fate") for one in shown[:2]] == ["completed"] * 2, "their fates are told although it was cancelled"
    assert [one["status"] for one in await settled(world)] == ["resolved"] * 2 + ["open"] * 4
    assert ("cancelled", "lead") in await audit(world)
    assert (await done(world, asks(dead_ones[3]["id"])))["status"] == "completed", "nothing stands in the next one's way"
    with pytest.raises(OperationEndedError, match="completed"):
        await replays.cancel((await replays.page(limit=1, cursor=None)).documents[0]["id"], reason="late", actor="lead")


async def test_a_cancel_in_the_middle_of_a_step_lets_only_the_record_in_hand_finish(world: World) -> None:
    dead_ones = await dead(world, 3)
    accepted = await request(world, asks(*(one["id"] for one in dead_ones), canary=0))
    sent = world.queues.send

    async def cancels(queue: str, body: bytes, *, delay_seconds: float = 0) -> None:
        await sent(queue, body, delay_seconds=delay_seconds)
        if queue == QUEUE:
            await world.wiring.on_call.replays.cancel(accepted.operation_id, reason="wrong set", actor="lead")

    world.queues.send = cancels  # type: ignore[method-assign]
    await world.deliver_one("run-commands", world.wiring.on_call.steps.handle)
    world.queues.send = sent  # type: ignore[method-assign]
    assert await world.queues.depth(QUEUE) == 1
    assert [one["outcome"] for one in await items(world, accepted.operation_id)] == ["requeued", None, None]
    await play(world)
    assert [one["status"] for one in await settled(world)].count("resolved") == 1


async def test_a_command_that_comes_twice_does_its_step_once(world: World) -> None:
    dead_ones = await dead(world, 3)
    accepted = await request(world, asks(*(one["id"] for one in dead_ones), canary=0, rate=0.2))
    [command] = await world.queues.peek("run-commands")
    assert command.body is not None
    for _ in range(3):
        await world.queues.send("run-commands", command.body)
    while await world.deliver_one("run-commands", world.wiring.on_call.steps.handle):
        pass
    assert await world.queues.depth("run-commands") == 1, "one command follows, not four"
    found = await world.wiring.on_call.replays.find(accepted.operation_id)
    assert found is not None
    assert (found.step, found.progress.cursor) == (1, 1)
    await play(world)
    assert [one["status"] for one in await settled(world)] == ["resolved"] * 3
    assert all(len(one["history"]) == 1 for one in await records(world))


async def test_what_a_dead_step_has_noted_is_not_handled_again(world: World) -> None:
    first, second = await dead(world, 2)
    accepted = await request(world, asks(first["id"], second["id"], canary=0))
    operations = Operations(store=world.store, clock=world.time.clock())
    await operations.note(accepted.operation_id, 0, Handled(first["id"], "skipped", "noted by a step that died"))
    await play(world)
    ended = await operation(world)
    assert (ended["status"], ended["progress"]["outcomes"]) == ("completed", {"skipped": 1, "requeued": 1})
    kept = {one["id"]: one["status"] for one in await settled(world)}
    assert kept == {first["id"]: "open", second["id"]: "resolved"}


async def test_a_record_already_handled_is_not_sent_again_by_a_step_that_is_repeated(world: World) -> None:
    [record] = await dead(world)
    await request(world, asks(record["id"], canary=0))
    [command] = await world.queues.receive("run-commands")
    orders = (await world.wiring.on_call.replays.page(limit=1, cursor=None)).documents[0]
    assert command.body is not None
    found = await world.wiring.on_call.replays.find(orders["id"])
    assert found is not None
    await world.wiring.on_call.replaying.carry_out(record["id"], found.orders)  # a step that died before it noted this
    assert await world.queues.depth(QUEUE) == 1
    await world.wiring.on_call.steps.handle(command.body)
    assert await world.queues.depth(QUEUE) == 1
    await play(world)
    [record] = await settled(world)
    assert (record["status"], len(record["history"])) == ("resolved", 1)


async def test_an_operation_whose_documents_are_gone_ends_as_failed_instead_of_going_on_for_ever(world: World) -> None:
    [record] = await dead(world)
    accepted = await request(world, asks(record["id"]))
    await world.store.delete(OPERATIONS.key, "items.0000", accepted.operation_id)
    await play(world)
    ended = await operation(world)
    assert (ended["status"], "no such document" in ended["why"]) == ("failed", True)
    assert [one["status"] for one in await settled(world)] == ["open"]
    assert sorted(await audit(world)) == [("failed", "the operation itself"), ("replay.requested", "on-call")]


async def test_an_outage_in_the_middle_is_waited_out_and_told(world: World) -> None:
    dead_ones = await dead(world, 3)
    accepted = await request(world, asks(*(one["id"] for one in dead_ones), canary=0, rate=0.2))
    await world.deliver_one("run-commands", world.wiring.on_call.steps.handle)
    world.time.advance(5)
    down, sent = QueueUnavailable("the queue is away"), world.queues.send

    async def fails(queue: str, body: bytes, *, delay_seconds: float = 0) -> None:
        if queue == QUEUE:
            raise down
        await sent(queue, body, delay_seconds=delay_seconds)

    world.queues.send = fails  # type: ignore[method-assign]
    await world.deliver_one("run-commands", world.wiring.on_call.steps.handle)
    found = await world.wiring.on_call.replays.find(accepted.operation_id)
    assert found is not None
    assert (found.status, found.document["lastError"]) == ("running", "unknown: the queue is away")
    world.queues.send = sent  # type: ignore[method-assign]
    await play(world)
    assert [one["status"] for one in await settled(world)] == ["resolved"] * 3
