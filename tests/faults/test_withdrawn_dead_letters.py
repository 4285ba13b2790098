"""A like that died is taken back: nobody is asked any more to mend or replay it, and the like that comes after is another."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from agents.api.http import Request
from agents.dead_letters.record import WAITING
from agents.jobs.job import Job
from agents.replays.one_record import Orders
from agents.taste_analysis.likes import Accepted, Like
from shared.clock import from_iso, to_iso
from shared.errors import PermanentError, QueueUnavailable, Reason, RetryableError
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS
from shared.store.query import Set
from tests.fakes.clock import FINE
from tests.faults.interlude import interlude
from tests.faults.operations import asks, done, items
from tests.faults.twins import twin
from tests.faults.world import (
    DEAD_LETTER_QUEUE,
    MODES,
    QUEUE,
    Faults,
    ProcessDied,
    VirtualTime,
    World,
    embedded_store,
    key_of,
)

PICTURE = "minimalist|navy"
DIED = (ProcessDied, asyncio.CancelledError, RetryableError)
Begin = Callable[[World], Awaitable[None]]


def new_world() -> World:
    return World(embedded_store(VirtualTime(FINE)))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = new_world()
    yield world
    await world.store.close()


async def send(world: World, signal: str, item: str = "i1", picture: str = PICTURE) -> Accepted:
    """A client's signal; it sends again while it gets no answer."""
    for _ in range(10):
        try:
            return await once(world, signal, item, picture)
        except DIED:
            world.restart()
    raise AssertionError("a signal was refused ten times")


async def once(world: World, signal: str, item: str = "i1", picture: str = PICTURE) -> Accepted:
    like = Like(userId="u", itemId=item, imageUrl=f"https://img.example/{picture}", signal=signal)
    return await world.wiring.intake.accept(like)


def body(world: World, **more: Any) -> bytes:
    like = {
        "user_id": "u", "item_id": "i1", "image_url": f"https://img.example/{PICTURE}", "createdAt": to_iso(world.time.at),
    }  # fmt: skip
    return json.dumps({**like, **more}).encode()


async def deliver(world: World) -> None:
    """One message of the likes, whose picture is not there."""
    world.pictures.errors = [PermanentError("404", reason=Reason.IMAGE_UNREACHABLE)]
    assert await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    world.pictures.errors = []


async def persist(world: World) -> None:
    assert await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist)


async def records(world: World) -> list[Document]:
    return await world.documents(DEAD_LETTERS.key)


async def waiting(world: World) -> list[Document]:
    return [one for one in await records(world) if one["status"] in WAITING]


async def predict(world: World, record_id: str) -> str:
    told = await world.wiring.on_call.replaying.predict(record_id, "replay")
    return f"{told.outcome}: {told.detail}"


async def job_of(world: World, picture: str = PICTURE) -> Job:
    job_id = key_of("u", picture, "i1")
    return Job((await world.store.read(JOBS.key, job_id, job_id)).body)


async def stored(world: World) -> None:
    """Its dead letter is stored."""
    await send(world, "up")
    await deliver(world)
    await persist(world)


async def on_its_way(world: World) -> None:
    """It has died, and its dead letter is in the queue."""
    await send(world, "up")
    await deliver(world)


async def unread(world: World) -> None:
    """Nobody has read its message, and when somebody does it will die."""
    await world.queues.send(QUEUE, body(world))


async def moved(world: World) -> None:
    """The host has moved it, and nothing of it was ever stored."""
    await world.queues.send(DEAD_LETTER_QUEUE, body(world))


async def moved_and_stored(world: World) -> None:
    await moved(world)
    await persist(world)


async def broken(world: World) -> None:
    """Nobody can run it as it is, and its payload says whose and of what."""
    await world.queues.send(DEAD_LETTER_QUEUE, body(world, image_url=""))


async def broken_and_stored(world: World) -> None:
    await broken(world)
    await persist(world)


async def replayed(world: World) -> None:
    """On-call has replayed it, and its message waits in the queue."""
    await stored(world)
    [record] = await records(world)
    orders = Orders("replay", "on-call", "the picture is back", "operation-1")
    assert (await world.wiring.on_call.replaying.carry_out(record["id"], orders)).outcome == "requeued"


BEGINNINGS = [stored, on_its_way, unread, moved, moved_and_stored, broken, broken_and_stored, replayed]
begun = pytest.mark.parametrize("begin", BEGINNINGS, ids=lambda one: one.__name__)


@begun
@pytest.mark.parametrize("dies", [True, False])
async def test_a_dead_letter_of_what_was_taken_back_waits_for_nobody(world: World, begin: Begin, dies: bool) -> None:
    world.reconciles = False
    await begin(world)
    world.time.advance(1)
    await send(world, "none")
    if dies and await world.queues.depth(QUEUE):
        await deliver(world)
    await world.drain()
    assert await waiting(world) == []
    assert await world.signals() == []
    assert await world.is_quiet()
    for one in await records(world):
        told = [(entry["action"], entry["outcome"]) for entry in one.get("history") or ()]
        assert one["status"] == "resolved"
        assert told[-1:] in ([("withdraw", "withdrawn")], []), told
    assert [one["skipped"] for one in await world.documents(JOBS.key)] in (
        [], ["was withdrawn before it was applied"],
    )  # fmt: skip


@begun
@pytest.mark.parametrize("between", [True, False])
async def test_the_like_that_comes_after_is_another(world: World, begin: Begin, between: bool) -> None:
    """`between`: the dead letter is stored before the item is liked again, else after that."""
    world.reconciles = False
    await begin(world)
    world.time.advance(1)
    await send(world, "none")
    if between:
        await world.drain()
    world.time.advance(1)
    assert (await send(world, "up")).status == "queued"
    await world.drain()
    assert await waiting(world) == []
    assert [one["itemId"] for one in await world.signals()] == ["i1"]
    assert (await send(world, "up")).status == "duplicate"


async def test_the_dead_letter_of_the_later_like_is_on_calls(world: World) -> None:
    await stored(world)
    await send(world, "none")
    assert (await send(world, "up")).status == "queued"
    await deliver(world)
    await world.drain()
    await world.wiring.reconciler.run()
    [record] = await waiting(world)
    assert record["id"] == f"{(await job_of(world)).job_id}.{(await job_of(world)).generation}"
    assert (await send(world, "up")).dead_letter_id == record["id"]
    ended = await done(world, asks(record["id"]))
    assert ended["progress"]["fates"] == {"completed": 1}
    assert len(await world.signals()) == 1


async def test_a_copy_of_before_that_has_run_the_later_like_dies_as_the_later_like(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own message is not sent yet, and a copy of the like that was taken back has run its job in its stead: and died."""
    world.reconciles = False
    await unread(world)
    await send(world, "none")
    world.time.advance(1)

    async def broken(*_args: Any, **_options: Any) -> None:
        raise QueueUnavailable("away")

    with monkeypatch.context() as away:
        away.setattr(world.queues, "send", broken)
        assert (await send(world, "up")).status == "queued"
    await deliver(world)
    await world.drain()
    [record], job = await waiting(world), await job_of(world)
    assert (job.status, job.document["deadLetterId"]) == ("dead_lettered", record["id"])
    assert record["id"] == f"{job.job_id}.{job.generation}"
    assert (await send(world, "up")).dead_letter_id == record["id"]


async def test_another_items_dead_letter_stays(world: World) -> None:
    await send(world, "up", "i2")
    await deliver(world)
    await stored(world)
    await world.drain()
    await send(world, "none", "i1")
    assert [one["payload"]["item_id"] for one in await waiting(world)] == ["i2"]


async def test_what_happened_is_told(world: World) -> None:
    await stored(world)
    world.time.advance(1)
    await send(world, "none")
    [record] = await records(world)
    assert (record["history"][0]["actor"], record["history"][0]["before"]) == ("the user", "open")
    assert (await job_of(world)).status == "completed"
    answer = await world.wiring.api.answer("get_job_timeline", Request(route={"jobId": record["jobId"]}))
    told = [one["event"] for one in json.loads(answer.body)["events"]]
    assert told[-3:] == ["skipped", "resolved", "withdrawn"], told


async def test_a_replay_of_it_is_refused_as_withdrawn(world: World) -> None:
    await stored(world)
    [record] = await records(world)
    job_id = record["jobId"]
    await world.store.patch(JOBS.key, job_id, job_id, [Set("withdrawnAt", to_iso(world.time.at))])  # and then died
    assert (await predict(world, record["id"])).startswith("resolved: withdrawn")
    ended = await done(world, asks(record["id"]))
    [item] = await items(world, ended["id"])
    assert item["outcome"] == "resolved"
    assert item["detail"].startswith("withdrawn")
    assert await world.queues.depth(QUEUE) == 0
    assert await waiting(world) == []
    assert (await job_of(world)).status == "completed"


async def test_one_that_an_earlier_build_left_open_beside_the_later_like_is_settled(world: World) -> None:
    await stored(world)
    [left] = await records(world)
    await send(world, "none")
    await send(world, "up")
    await world.drain()
    await world.store.upsert(DEAD_LETTERS.key, left)
    assert (await predict(world, left["id"])).startswith("resolved: withdrawn")
    repairs = await world.wiring.reconciler.run(dry_run=True)
    assert [(one.kind, one.done) for one in repairs] == [("open_but_completed", False)]
    assert len(await waiting(world)) == 1
    await world.wiring.reconciler.run()
    assert await waiting(world) == []


async def test_one_that_was_repaired_to_be_of_another_item_stays(world: World) -> None:
    await stored(world)
    [record] = await records(world)
    other = {**record["payload"], "item_id": "i2", "job_id": key_of("u", PICTURE, "i2")}
    await world.store.patch(DEAD_LETTERS.key, record["id"], record["jobId"], [Set("repairedPayload", other)])
    await send(world, "none")
    await world.wiring.reconciler.run()
    assert len(await waiting(world)) == 1
    await send(world, "none", "i2")
    assert await waiting(world) == []


@pytest.mark.parametrize("moment", range(1, 12))
@pytest.mark.parametrize("begin", [on_its_way, moved, broken], ids=lambda one: one.__name__)
async def test_a_dead_letter_is_stored_while_its_like_is_taken_back(world: World, begin: Begin, moment: int) -> None:
    """The whole withdrawal, and a like again, between two calls that storing the dead letter makes of the store."""
    await begin(world)
    world.time.advance(1)

    async def taken_back_and_liked_again() -> None:
        await send(world, "none")
        await send(world, "up")

    names = "find read page create patch replace batch"
    with interlude(world.store, moment, taken_back_and_liked_again, names=names) as meanwhile:
        world.restart()
        await persist(world)
        await meanwhile.happen()
    await world.drain()
    assert not await world.wiring.reconciler.run(), "nothing is left to it"
    assert await waiting(world) == []
    assert len(await world.signals()) == 1


@pytest.mark.parametrize("moment", range(1, 12))
async def test_a_like_dies_while_it_is_taken_back(world: World, moment: int) -> None:
    """Straight into the queue; its whole life and its dead letter between two calls that the withdrawal makes of the store."""
    await unread(world)
    world.time.advance(1)

    async def die() -> None:
        await deliver(world)
        await persist(world)

    with interlude(world.store, moment, die, names="find page create replace batch patch") as meanwhile:
        world.restart()
        await send(world, "none")
        await meanwhile.happen()
    await world.drain()
    assert not await world.wiring.reconciler.run(), "nothing is left to it"
    assert await waiting(world) == []
    assert await world.signals() == []


async def story(world: World, *, again: bool, patient: bool) -> str:
    """Taken back, and liked again perhaps; `patient`: the client asks until it is answered. Returns what it was answered."""
    world.time.advance(1)
    answer = ""
    if patient:
        answer = (await send(world, "none")).status
    else:
        try:
            answer = (await once(world, "none")).status
        except DIED:
            world.restart()
    if again:
        world.time.advance(1)
        await send(world, "up")
    world.faults.at = 0 if not again else world.faults.at
    await world.drain()
    world.faults.at = 0
    await world.drain()
    await world.wiring.reconciler.run()
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("again", "patient"), [(True, True), (False, True), (True, False), (False, False)])
@pytest.mark.parametrize("begin", [stored, on_its_way, replayed, moved_and_stored, broken], ids=lambda one: one.__name__)
async def test_a_fault_at_every_await_leaves_no_dead_letter_of_what_was_taken_back(
    begin: Begin, again: bool, patient: bool, mode: str
) -> None:
    started, counted = new_world(), Faults()
    await begin(started)
    untouched = await twin(started, counted)
    await story(untouched, again=again, patient=True)
    await untouched.store.close()
    assert counted.count >= 8
    for index in counted.places(mode):
        world = await twin(started, Faults(at=index, mode=mode))
        answer = await story(world, again=again, patient=patient)
        where = f"{mode} at await {index}, {world.faults.struck}: {answer}"
        assert await world.is_quiet(), where
        if answer:
            assert await waiting(world) == [], where
            assert len(await world.signals()) == again, where
        else:  # the client gave up: what was half done may have been taken back or not, and what waits can be replayed
            for one in await waiting(world):
                assert one["status"] == "open", where
                for job in map(Job, await world.documents(JOBS.key)):
                    same = one["id"].endswith(f".{job.generation}")
                    assert same or begin in (moved_and_stored, broken), f"beside another: {where}"
                    assert not same or (job.status, job.withdrawn) == ("dead_lettered", False), where
        assert not await world.wiring.reconciler.run(), where
        await world.store.close()
    await started.store.close()


async def test_marks_are_as_old_as_the_withdrawal(world: World) -> None:
    await stored(world)
    world.time.advance(60)
    await send(world, "none")
    job = await job_of(world)
    assert from_iso(job.document["withdrawnAt"]) == from_iso(to_iso(world.time.at))
