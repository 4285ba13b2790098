"""What we accept we can send: messages of 60 KB, of every kind, readable or not, live as others do."""

import json
from typing import Any

import pytest

from agents.dead_letters.record import DeadLetter, raw_id_of
from agents.jobs.messages import encode
from agents.jobs.outcomes import Deferred
from agents.taste_analysis.message import job_id_of
from agents.weekly_digest.message import message_body
from shared.errors import ModelUnavailable, PermanentError, Reason, StoreUnavailable
from shared.queues.base import MAX_BODY_BYTES, unwrap
from shared.queues.claim_check import MAX_WHOLE_BYTES, ClaimChecks, digest_of, is_reference, reference_of
from shared.store.containers import DEAD_LETTERS, JOBS, MESSAGE_BODIES
from tests.faults.operations import asks, done
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World

FILL = "x" * 60_000
URL = "https://img.example/minimalist|navy"
LIKE = {"user_id": "u", "item_id": "i", "image_url": URL, "createdAt": "2026-11-23T08:00:00Z", "fill": FILL}
BODIES = {
    "taste-analysis": LIKE,
    "weekly-digest": {
        **message_body("u", "2026-W48", "run", force=False, again=False, at="2026-11-23T09:00:00.000Z"), "fill": FILL,
    },
    "scrape": {"task": "collect", "source_id": "s", "source_type": "rss", "run_id": "r", "fill": FILL},
}  # fmt: skip


async def waiting(world: World, queue: str) -> list[bytes]:
    """Every body in a queue, visible or not, as it travels."""
    return [unwrap(held.message.content.encode()) for held in world.queues._queues.get(queue, [])]


@pytest.mark.parametrize("kind", BODIES)
async def test_a_large_message_whose_job_fails_comes_again_whole(world: World, kind: str) -> None:
    runner = world.wiring.runners[kind]

    class Fails:
        async def run(self, *_args: Any) -> Any:
            raise ModelUnavailable("503")

    runner.workflow = Fails()
    body = encode(BODIES[kind])
    assert len(body) > MAX_BODY_BYTES
    assert isinstance(await runner.deliver(body), Deferred)
    [again] = await waiting(world, runner.kind.queue)
    assert is_reference(again)
    whole = json.loads(await ClaimChecks(world.queues, store=world.store, clock=world.time.clock()).whole(again))
    assert whole["fill"] == FILL
    assert whole["generation"] > 1
    for _ in range(10):
        world.time.advance(1_000)
        await world.deliver_one(runner.kind.queue, world.wiring.runners[kind].deliver)
    letters = world.wiring.dead_letters[kind]
    [dead] = await waiting(world, letters.queue)
    assert await letters.persist(dead) is not None
    [record] = map(DeadLetter, await world.documents(DEAD_LETTERS.key))
    assert (record.reason, json.loads(record.exact)["fill"]) == (Reason.MODEL_UNAVAILABLE, FILL)


async def test_a_large_like_lives_dies_and_is_replayed_as_any_other(world: World) -> None:
    world.chat.errors = [ModelUnavailable("503")] * 1_000
    await world.queues.send_raw(QUEUE, encode(LIKE).decode())
    while await world.queues.depth(QUEUE) or await world.queues.depth(DEAD_LETTER_QUEUE):
        for queue, handler in (
            (QUEUE, world.wiring.runners["taste-analysis"].deliver),
            (DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist),
        ):
            for message in await world.queues.receive(queue, limit=1):
                await handler(unwrap(message.content.encode()))
                await world.queues.delete(queue, message)
        world.time.advance(60)
    world.chat.errors = []
    [record] = await world.documents(DEAD_LETTERS.key)
    assert (await done(world, asks(record["id"])))["progress"]["fates"] == {"completed": 1}
    [job] = await world.documents(JOBS.key)
    assert (job["status"], job["jobId"]) == ("completed", job_id_of("u", "i", URL, None))
    await world.check()


async def test_a_large_message_that_nobody_can_decode_is_parked_whole(world: World) -> None:
    raw = "no json: " + "ü" * 27_000
    await world.queues.send_raw(DEAD_LETTER_QUEUE, raw)
    for _ in range(4):
        await world.wiring.chores["sweep"]()
        assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1
        world.time.advance(8 * 3_600)
    [record] = map(DeadLetter, await world.documents(DEAD_LETTERS.key))
    assert (record.record_id, record.exact.decode()) == (raw_id_of(raw.encode()), raw)
    [parked] = await waiting(world, DEAD_LETTER_QUEUE)
    assert raw_id_of(parked) == record.record_id, "whoever looks at the queue finds the record"


async def test_while_the_store_is_down_a_large_message_waits_in_its_queue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = encode(LIKE)
    queues = ClaimChecks(world.queues, store=world.store, clock=world.time.clock())
    await queues.send(QUEUE, body)
    [reference] = await waiting(world, QUEUE)

    async def down(*_args: Any) -> None:
        raise StoreUnavailable("503")

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "find", down)
        outcome = await world.wiring.runners["taste-analysis"].deliver(reference)
    assert isinstance(outcome, Deferred)
    assert await waiting(world, QUEUE) == [reference, reference]
    await world.drain()
    assert len(await world.signals()) == 1


async def test_a_body_that_is_gone_is_a_dead_letter_and_one_beyond_all_measure_is_refused(world: World) -> None:
    await world.queues.send(QUEUE, reference_of("0" * 64))
    await world.drain(hours=1)
    [record] = map(DeadLetter, await world.documents(DEAD_LETTERS.key))
    assert record.reason is Reason.PAYLOAD_UNDECODABLE
    queues = ClaimChecks(world.queues, store=world.store, clock=world.time.clock())
    with pytest.raises(PermanentError) as refused:
        await queues.send(QUEUE, b"x" * (MAX_WHOLE_BYTES + 1))
    assert refused.value.reason is Reason.PAYLOAD_TOO_LARGE
    assert digest_of(reference_of(digest_of(b"x"))) == digest_of(b"x")
    assert await world.documents(MESSAGE_BODIES.key) == []
