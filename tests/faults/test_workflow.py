"""Many jobs of one user, duplicates, dead letters while the store is down, and other writers of the user's profile."""

import asyncio

import pytest

from agents.jobs.job import Claim
from agents.jobs.messages import encode
from agents.jobs.outcomes import Completion, Deferred, Done, Duplicate, Skipped
from agents.taste_analysis.analysis import Applied
from agents.taste_analysis.likes import Like
from shared.errors import DeferredError, InvalidItem, Reason, StoreUnavailable
from shared.fashion.style import StyleDescription
from shared.pictures.nothing import Nothing
from shared.queues.base import Queues
from shared.store.containers import DEAD_LETTERS, JOBS, USER_PROFILES
from shared.store.query import Set
from tests.fakes.clock import VirtualTime
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, Faults, World, embedded_store, key_of


async def bodies(queues: Queues, queue: str = QUEUE) -> list[bytes]:
    found = []
    while messages := await queues.receive(queue, limit=32):
        found += [message.body for message in messages]
        for message in messages:
            await queues.delete(queue, message)
    return found


async def test_twenty_jobs_of_one_user_at_once_keep_all_sixty_keywords(world: World) -> None:
    for number in range(20):
        await world.like("u", f"a{number},b{number},c{number}", item=f"i{number}")
    workers = [
        world.restart().runners["taste-analysis"] for _ in range(4)
    ]  # four instances: no lock of one process helps another
    waiting = await bodies(world.queues)
    await asyncio.gather(*(workers[index % 4].deliver(body) for index, body in enumerate(waiting)))
    await world.drain()
    profile = await world.profile("u")
    assert profile is not None
    assert len(profile.terms) == 60
    assert all(job["status"] == "completed" for job in await world.documents(JOBS.key))
    await world.check()


async def test_a_picture_without_fashion_completes_with_nothing_to_learn_and_its_marker(world: World) -> None:
    world.chat.answers = [StyleDescription(style_keywords=["N/A"], brand="no visible brand", confidence=0.95)]
    await world.like("u", "landscape")
    outcome = await world.wiring.runners["taste-analysis"].deliver((await bodies(world.queues))[0])
    assert outcome == Done(Applied.NOTHING)
    assert [signal["terms"] for signal in await world.signals()] == [[]]
    await world.check()


async def test_one_message_twice_at_once_has_one_effect_and_one_model_call(world: World) -> None:
    await world.like("u", "minimalist|navy")
    body = (await bodies(world.queues))[0]
    one, other = world.restart().runners["taste-analysis"], world.restart().runners["taste-analysis"]
    outcomes = await asyncio.gather(one.deliver(body), other.deliver(body))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Deferred", "Done"]
    assert world.chat.calls == 1
    await world.drain()
    await world.check()
    assert isinstance(await one.deliver(body), Duplicate)


async def test_a_dead_workers_job_is_taken_over_when_its_lease_ends(world: World) -> None:
    await world.like("u", "minimalist|navy")
    body = (await bodies(world.queues))[0]
    world.faults.at, world.faults.mode = world.faults.count + 3, "crash_before"
    with pytest.raises(BaseException, match=r"chat|pictures|store"):
        await world.wiring.runners["taste-analysis"].deliver(body)
    world.restart()
    early = await world.wiring.runners["taste-analysis"].deliver(body)
    assert isinstance(early, Deferred)
    assert early.reason == "leased by another worker"
    world.time.advance(181)
    await world.drain()
    await world.check()
    job = (await world.documents(JOBS.key))[0]
    assert (job["status"], job["attempt"]) == ("completed", 2)


async def test_a_picture_seen_before_costs_no_model_call(world: World) -> None:
    for user in ("u1", "u2", "u3"):
        await world.like(user, "minimalist|navy")
        await world.drain()
        world.restart()  # the cache is the store's, not the process's
    assert world.chat.calls == 1
    await world.check(users=3)


@pytest.mark.parametrize("nothing", list(Nothing))
async def test_a_picture_with_nothing_to_see_teaches_nothing_and_costs_no_model_call(world: World, nothing: Nothing) -> None:
    world.pictures.nothing["blank|white"] = nothing
    await world.like("u", "blank|white")
    outcome = await world.restart().runners["taste-analysis"].deliver((await bodies(world.queues))[0])
    assert outcome == Skipped(nothing)
    assert world.chat.calls == 0
    assert [job["status"] for job in await world.documents(JOBS.key)] == ["completed"]
    assert await world.profile("u") is None


async def test_a_second_like_is_a_duplicate_while_fresh_and_a_new_like_later(world: World) -> None:
    assert (await world.like("u", "minimalist|navy")).status == "queued"
    assert (await world.like("u", "minimalist|navy")).status == "duplicate"
    await world.drain()
    assert (await world.like("u", "minimalist|navy")).status == "duplicate"
    world.time.advance(3_700)
    assert (await world.like("u", "minimalist|navy")).status == "queued"
    await world.drain()
    await world.check()
    assert len(await world.signals()) == 2


async def test_a_foreign_producer_without_a_job_document_is_served_once(world: World) -> None:
    message = {
        "userId": "u", "itemId": "i", "imageUrl": "https://img.example/minimalist|navy", "createdAt": "2026-11-23T08:00:00Z",
    }  # fmt: skip
    for _ in range(3):
        await world.queues.send(QUEUE, encode(message))
    await world.drain()
    await world.check()
    assert len(await world.signals()) == 1
    world.time.advance(90_000)
    await world.queues.send(QUEUE, encode(message))  # the very same message, a day later
    await world.drain()
    assert len(await world.signals()) == 1
    await world.queues.send(QUEUE, encode({**message, "createdAt": "2026-11-24T10:00:00Z"}))
    await world.drain()
    assert len(await world.signals()) == 2


async def test_a_suspended_model_spends_no_attempt_until_the_budget_is_over(world: World) -> None:
    error = DeferredError("quota", delay_seconds=3_600, reason=Reason.MODEL_BUDGET_EXHAUSTED)
    world.chat.errors = [error] * 10
    await world.like("u", "minimalist|navy")
    await world.drain()
    job = (await world.documents(JOBS.key))[0]
    assert (job["status"], job["attempt"]) == ("completed", 1)
    world.chat.errors = [error] * 100
    await world.like("u", "tailored|navy")
    await world.drain(hours=40)
    record = (await world.documents(DEAD_LETTERS.key))[0]
    assert record["reason"] == Reason.MODEL_BUDGET_EXHAUSTED
    await world.check()


async def test_while_the_dead_letter_store_is_down_the_payload_stays_in_the_queue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.queues.send(DEAD_LETTER_QUEUE, b'{"user_id": 5}')
    create = world.store.create
    down = True

    async def failing(container: str, body: dict) -> object:
        if down and container == DEAD_LETTERS.key:
            raise StoreUnavailable("down")
        return await create(container, body)

    monkeypatch.setattr(world.store, "create", failing)  # the wire of the embedded store is this call
    for _ in range(4):
        assert await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist)
        assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1
        assert not await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist), "a hot loop"
        world.time.advance(3_600)
    down = False
    await world.drain()
    records = await world.documents(DEAD_LETTERS.key)
    assert [record["reason"] for record in records] == ["payload_invalid"]
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 0


async def test_an_undecodable_body_stays_until_it_is_settled(world: World) -> None:
    await world.queues.send(QUEUE, b"\xff\xfe no json")
    await world.drain(hours=20)
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1
    record = (await world.documents(DEAD_LETTERS.key))[0]
    await world.store.patch(DEAD_LETTERS.key, record["id"], record["id"], [Set("status", "resolved")])
    await world.drain()
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 0


async def test_what_the_web_api_writes_meanwhile_survives(world: World) -> None:
    await world.store.create(USER_PROFILES.key, {"id": "u", "stylePreferences": ["Mine"], "currency": "EUR"})
    for item in ("i1", "i2"):
        await world.like("u", "minimalist|navy", item=item)
    find = world.store.find
    interfered = False

    async def interfering(container: str, item_id: str, partition: str) -> object:
        """Right after our read, the web API declares another preference and changes the currency."""
        nonlocal interfered
        item = await find(container, item_id, partition)
        if container == USER_PROFILES.key and not interfered and item is not None:
            interfered = True
            changes = [Set("currency", "CHF"), Set("stylePreferences", ["Mine", "Also mine"])]
            await world.store.patch(USER_PROFILES.key, "u", "u", changes)
        return item

    world.store.find = interfering  # type: ignore[method-assign]
    await world.drain()
    profile = (await world.store.read(USER_PROFILES.key, "u", "u")).body
    assert interfered
    assert profile["currency"] == "CHF"
    assert profile["stylePreferences"] == ["Mine", "Also mine", "minimalist"]


async def test_a_new_user_gets_a_profile(world: World) -> None:
    for item in ("i1", "i2"):
        await world.like("new", "minimalist|navy", item=item)
    await world.drain()
    profile = (await world.store.read(USER_PROFILES.key, "new", "new")).body
    assert profile["stylePreferences"] == ["minimalist"]


async def test_a_job_costs_at_most_eight_store_operations() -> None:
    faults = Faults()
    world = World(embedded_store(VirtualTime()), faults=faults)
    counts = {}
    await world.store.create(USER_PROFILES.key, {"id": "u"})
    for step, picture in (
        ("first", "minimalist|navy"),
        ("lists change", "minimalist|red"),
        ("nothing changes", "minimalist|blue"),
    ):
        await world.like("u", picture, item=step)
        before = len(faults.log)
        await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
        counts[step] = sum(name.startswith("store.") for name in faults.log[before:])
    await world.like("u", "minimalist|navy", item="picture seen before")
    before = len(faults.log)
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    counts["seen before"] = sum(name.startswith("store.") for name in faults.log[before:])
    assert counts["lists change"] <= 8, counts
    assert counts["nothing changes"] <= 6, counts
    assert counts["seen before"] <= 6, counts
    await world.store.close()


async def test_a_job_straight_from_a_producer_costs_at_most_seven_store_operations() -> None:
    faults = Faults()
    world = World(embedded_store(VirtualTime()), faults=faults)
    counts = {}
    await world.store.create(USER_PROFILES.key, {"id": "u"})
    for step, picture in (
        ("before", "minimalist|grey"),
        ("first", "minimalist|navy"),
        ("lists change", "minimalist|red"),
        ("nothing changes", "minimalist|blue"),
        ("seen before", "minimalist|navy"),
    ):
        likes = {
            "user_id": "earlier" if step == "before" else "u",
            "item_id": step,
            "image_url": f"https://img.example/{picture}",
            "createdAt": "2026-11-26T00:00:00Z",
        }
        await world.queues.send(QUEUE, encode(likes))
        before = len(faults.log)
        await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
        counts[step] = sum(name.startswith("store.") for name in faults.log[before:])
    del counts["before"]  # what a worker looks up once in a while, whatever its job
    assert counts.pop("lists change") <= 9, "two of them are the profile's lists, as for every like that changes them"
    assert max(counts.values()) <= 7, counts
    assert all(job["status"] == "completed" and job["attempt"] == 1 for job in await world.documents(JOBS.key))
    await world.store.close()


async def test_a_producers_job_whose_worker_died_at_once_is_taken_over_when_its_lease_ends(world: World) -> None:
    likes = {
        "user_id": "u",
        "item_id": "i",
        "image_url": "https://img.example/minimalist|navy",
        "createdAt": "2026-11-26T00:00:00Z",
    }
    await world.queues.send(QUEUE, encode(likes))
    [body] = await bodies(world.queues)
    message = world.wiring.runners["taste-analysis"].kind.parse(body)
    claimed = await world.wiring.runners["taste-analysis"].jobs.claim(message)  # and nothing more: the process is gone
    assert isinstance(claimed, Claim)
    meanwhile = await world.restart().runners["taste-analysis"].deliver(body, redelivered=True)
    assert isinstance(meanwhile, Deferred)
    assert meanwhile.until == claimed.lease_until
    await world.drain()
    [job] = await world.documents(JOBS.key)
    assert (job["status"], job["attempt"], job["generation"]) == ("completed", 2, claimed.generation)
    assert len(await world.signals()) == 1


def test_the_key_of_a_like_is_its_parts() -> None:
    like = Like(userId="u", itemId="item-1", imageUrl="https://img.example/x", signal="up")
    assert len(key_of(like.user_id, "x")) == 64


async def test_a_late_worker_that_completes_after_its_poison_copy_was_stored_settles_the_record(world: World) -> None:
    await world.like("u", "minimalist|navy")
    [body] = await bodies(world.queues)
    ask = world.chat.ask

    async def while_the_host_poisons(question: object) -> object:
        """The host takes the worker for dead and copies its message; the persister stores the copy."""
        await world.restart().dead_letters["taste-analysis"].persist(body)
        [record] = await world.documents(DEAD_LETTERS.key)
        assert record["status"] == "open"
        return await ask(question)

    late = world.wiring.runners["taste-analysis"]
    world.chat.ask = while_the_host_poisons  # type: ignore[method-assign]
    outcome = await late.deliver(body)
    assert outcome == Duplicate(Completion.DEAD_LETTERED_MEANWHILE)
    [job], [record] = await world.documents(JOBS.key), await world.documents(DEAD_LETTERS.key)
    assert (job["status"], record["status"]) == ("completed", "resolved")
    assert len(await world.signals()) == 1


async def test_a_command_that_the_host_gave_up_on_is_evidence_and_leaves_its_queue(world: World) -> None:
    await world.queues.send("run-commands-poison", b'{"timer": "digest", "runId": "r"}')
    await world.wiring.chores["sweep"]()
    [record] = await world.documents(DEAD_LETTERS.key)
    assert (record["kind"], record["reason"], record["sourceQueue"]) == (
        "run-command", "host_crash_suspected", "run-commands-poison",
    )  # fmt: skip
    assert await world.queues.depth("run-commands-poison") == 0


async def test_one_dead_letter_that_cannot_be_taken_in_keeps_no_other_waiting(world: World) -> None:
    for number in range(3):
        await world.queues.send(DEAD_LETTER_QUEUE, encode({"number": number}))
    create = world.store.create

    async def refusing(container: str, body: dict) -> object:
        if body.get("payload") == {"number": 1}:
            raise InvalidItem("it cannot be stored")
        return await create(container, body)

    world.store.create = refusing  # type: ignore[method-assign]
    await world.wiring.chores["sweep"]()
    assert [record["payload"]["number"] for record in await world.documents(DEAD_LETTERS.key)] == [0, 2]
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1
