"""Taken back, and liked again straight from a queue: the later message names no job, and must not be taken for the earlier."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agents.dead_letters.record import WAITING
from agents.dead_letters.taken_back import end_job
from agents.taste_analysis.likes import Like
from shared.clock import to_iso
from shared.errors import ModelUnavailable, PermanentError, QueueUnavailable, Reason
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS
from tests.faults.interlude import interlude
from tests.faults.operations import asks, done
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World

PICTURE = "minimalist|navy"
Begin = Callable[[World], Awaitable[None]]


async def by_the_queue(world: World, queue: str = QUEUE) -> None:
    """A like straight into a queue: the host moves to the dead letters what no attempt lived to claim."""
    world.time.advance(1)
    body = {"user_id": "u", "item_id": "i1", "image_url": f"https://img.example/{PICTURE}", "createdAt": to_iso(world.time.at)}
    await world.queues.send(queue, json.dumps(body).encode())


async def by_the_endpoint(world: World) -> None:
    world.time.advance(1)
    await world.like("u", PICTURE, "i1")


async def taken_back(world: World) -> None:
    world.time.advance(1)
    await world.wiring.intake.accept(
        Like(userId="u", itemId="i1", imageUrl=f"https://img.example/{PICTURE}", signal="none")
    )  # fmt: skip


async def deliver(world: World) -> None:
    assert await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)


async def persist(world: World) -> None:
    assert await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist)


async def waiting(world: World) -> list[Document]:
    return [one for one in await world.documents(DEAD_LETTERS.key) if one["status"] in WAITING]


async def unread(world: World) -> None:
    await by_the_queue(world)


async def moved(world: World) -> None:
    await by_the_queue(world, DEAD_LETTER_QUEUE)


async def moved_and_stored(world: World) -> None:
    await moved(world)
    await persist(world)


async def learnt(world: World) -> None:
    await by_the_endpoint(world)
    await world.drain()


async def in_work(world: World) -> None:
    """Its worker has died after the claim."""
    await by_the_queue(world)
    world.pictures.errors = [asyncio.CancelledError()]  # type: ignore[list-item]
    await deliver(world)


async def failed(world: World) -> None:
    """Straight from the queue, and it has failed once."""
    await by_the_queue(world)
    world.pictures.errors = [ModelUnavailable("503")] * 4
    await deliver(world)
    world.pictures.errors = []


async def died(world: World) -> None:
    """By the endpoint, its dead letter on its way."""
    await by_the_endpoint(world)
    world.pictures.errors = [PermanentError("404", reason=Reason.IMAGE_UNREACHABLE)]
    await deliver(world)


async def died_and_stored(world: World) -> None:
    await died(world)
    await persist(world)


BEGINNINGS = [unread, moved, moved_and_stored, learnt, in_work, failed, died, died_and_stored]
begun = pytest.mark.parametrize("begin", BEGINNINGS, ids=lambda one: one.__name__)


@begun
@pytest.mark.parametrize("between", [True, False])
async def test_the_later_likes_dead_letter_waits_for_on_call(world: World, begin: Begin, between: bool) -> None:
    """Nobody has claimed it. `between`: what is left of the first like comes to its end before."""
    world.reconciles = False
    await begin(world)
    await taken_back(world)
    if between:
        await world.drain()
    await moved(world)
    await world.drain()
    [record] = await waiting(world)
    assert await world.signals() == []
    ended = await done(world, asks(record["id"]))
    assert ended["progress"]["fates"] == {"completed": 1}
    assert (await waiting(world), len(await world.signals())) == ([], 1)
    assert not await world.wiring.reconciler.run()


@begun
async def test_copies_of_the_later_likes_death_make_one_dead_letter(world: World, begin: Begin) -> None:
    await begin(world)
    await taken_back(world)
    await moved(world)
    [body] = [one.content for one in (await world.queues.peek(DEAD_LETTER_QUEUE))[-1:]]
    await world.drain()
    await world.queues.send_raw(DEAD_LETTER_QUEUE, body)
    await world.drain()
    assert len(await waiting(world)) == 1


@begun
async def test_the_later_like_is_learnt_whatever_is_left_of_the_first(world: World, begin: Begin) -> None:
    await begin(world)
    await taken_back(world)
    await by_the_queue(world)
    await world.drain()
    assert (await waiting(world), len(await world.signals())) == ([], 1)


async def test_the_later_like_does_not_run_the_firsts_job(world: World) -> None:
    """The first was taken back ahead of its message, its worker is dead, and the second's message comes before the first's."""
    await by_the_queue(world)
    await taken_back(world)
    world.pictures.errors = [asyncio.CancelledError()]  # type: ignore[list-item]
    await deliver(world)
    world.time.advance(400)  # its lease is over, its lock is not
    await by_the_queue(world)
    await deliver(world)
    assert len(await world.signals()) == 1
    await world.drain()
    assert (await waiting(world), len(await world.signals())) == ([], 1)


@pytest.mark.parametrize("moment", range(1, 9))
async def test_the_first_is_learnt_while_it_is_taken_back(world: World, moment: int) -> None:
    """Its whole life between two calls that the withdrawal makes of the store; the second is no duplicate of it."""
    await by_the_queue(world)
    with interlude(world.store, moment, lambda: deliver(world), names="find page create replace batch patch"):
        world.restart()
        await taken_back(world)
    world.restart()
    assert await world.signals() == []
    await by_the_queue(world)
    await world.drain()
    assert (await waiting(world), len(await world.signals())) == ([], 1)


async def test_earlier_likes_that_come_late_are_not_the_later_ones_successors(world: World) -> None:
    """Three of them are still unread when the later one's dead letter is stored: each is a job of its own, taken back."""
    for _ in range(3):
        await by_the_queue(world)
    await taken_back(world)
    await moved_and_stored(world)
    await world.drain()
    world.time.advance(700)
    await world.wiring.reconciler.run()
    [record] = await waiting(world)
    ended = await done(world, asks(record["id"]))
    assert ended["progress"]["fates"] == {"completed": 1}
    assert (await waiting(world), len(await world.signals())) == ([], 1)


async def test_a_later_like_that_does_not_say_when_it_was_made_is_not_the_first(world: World) -> None:
    """Its dead letter is stored before anything of the earlier ones is, and these are found taken back one after the other."""
    for _ in range(3):
        await by_the_queue(world)
    await taken_back(world)
    world.time.advance(1)
    body = {"user_id": "u", "item_id": "i1", "image_url": f"https://img.example/{PICTURE}"}
    await world.queues.send(DEAD_LETTER_QUEUE, json.dumps(body).encode())
    await persist(world)
    await world.drain()
    await world.wiring.reconciler.run()
    assert (len(await waiting(world)), await world.signals()) == (1, [])


async def test_a_like_long_after_one_that_was_learnt_is_another(world: World) -> None:
    """Its message was moved by the host: what had completed long before does not answer for it."""
    await learnt(world)
    world.time.advance(86_400)
    await moved(world)
    await world.drain()
    [record] = await waiting(world)
    ended = await done(world, asks(record["id"]))
    assert ended["progress"]["fates"] == {"completed": 1}
    assert (await waiting(world), len(await world.signals())) == ([], 2)


async def test_a_copy_of_what_was_learnt_a_while_ago_waits_for_nobody(world: World) -> None:
    await by_the_queue(world)
    [message] = await world.queues.peek(QUEUE)
    await world.drain()
    world.time.advance(86_400)
    await world.queues.send_raw(DEAD_LETTER_QUEUE, message.content)
    await world.drain()
    assert (await waiting(world), len(await world.signals())) == ([], 1)


async def test_a_slow_sender_does_not_say_of_the_later_like_that_it_was_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """The first like's outbox flag is cleared when its job has given way to the second's, whose message could not be sent."""
    sent, send = 0, world.queues.send

    async def slowly(*args: Any, **kwargs: Any) -> None:
        nonlocal sent
        sent += 1
        if sent > 1:
            raise QueueUnavailable("away")
        await send(*args, **kwargs)
        await taken_back(world)
        await by_the_endpoint(world)

    with monkeypatch.context() as patched:
        patched.setattr(world.queues, "send", slowly)
        world.restart()
        await by_the_endpoint(world)
    world.restart()
    [job] = await world.documents(JOBS.key)
    assert (job["status"], job["outbox"]) == ("queued", True)
    world.time.advance(70)
    assert [one.kind for one in await world.wiring.reconciler.run()] == ["unsent"]


async def test_whoever_persists_goes_on_while_the_withdrawal_settles(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """It has looked at the job before the withdrawal came to it, and says afterwards that it died."""
    await died_and_stored(world)
    [record], [job] = await waiting(world), await world.documents(JOBS.key)
    left = {**job, "status": "in_flight", "lease": {"owner": "gone", "expiresAt": to_iso(world.time.at)}, "verdict": None}
    await world.store.upsert(JOBS.key, left)
    await world.queues.send(DEAD_LETTER_QUEUE, base64.b64decode(record["rawPayload"]))
    patch = world.store.patch

    async def later(container: str, *args: Any, **kwargs: Any) -> Any:
        if container == JOBS.key:
            monkeypatch.setattr(world.store, "patch", patch)
            await end_job(world.store, world.time.clock(), JOBS.key, job["jobId"], job["generation"], world.time.at)
        return await patch(container, *args, **kwargs)

    monkeypatch.setattr(world.store, "patch", later)
    world.restart()
    await persist(world)
    [job] = await world.documents(JOBS.key)
    assert (await waiting(world), job["status"], "withdrawnAt" in job) == ([], "completed", True)


async def test_a_replay_waits_for_an_older_job_in_work(world: World) -> None:
    await learnt(world)
    world.time.advance(86_400)
    await moved(world)
    await world.drain()
    [record] = await waiting(world)
    [job] = await world.documents(JOBS.key)
    await world.store.upsert(JOBS.key, {**job, "status": "queued"})
    told = await world.wiring.on_call.replaying.predict(record["id"], "replay")
    assert (told.outcome, told.detail) == ("skipped", "an older job of the same id is still in work")
