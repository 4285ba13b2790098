"""A person is erased: nothing of them is left in any container, nothing of another is touched, whatever dies on the way."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from agents.api.http import Request
from agents.users import erasure
from agents.users.erasure import SETTLE
from agents.users.export import export_of
from shared.clock import to_iso
from shared.errors import PermanentError, Reason, RetryableError
from shared.store.base import Document
from shared.store.containers import (
    BACKGROUND_JOBS,
    CATALOGUE,
    DEAD_LETTERS,
    DIGEST_FEEDBACK,
    DIGESTS,
    JOBS,
    OPERATIONS,
    PICTURES,
    RUNS,
    SCRAPED_ITEMS,
    SCRAPER_SOURCES,
    TASTE,
    USER_PROFILES,
    WARDROBE,
)
from shared.store.query import Compare
from tests.fakes.clock import FINE
from tests.faults.twins import twin
from tests.faults.world import LOCK_SECONDS, MODES, QUEUE, Faults, ProcessDied, VirtualTime, World, embedded_store

COMMANDS = "run-commands"
PEOPLE = ("alice", "bob")


async def furnished(faults: Faults | None = None) -> World:
    """Two people, each with something in every container, and what is everybody's."""
    world = World(embedded_store(VirtualTime(FINE)), faults=faults)
    for number, user in enumerate(PEOPLE):
        await world.store.create(USER_PROFILES.key, {"id": user, "stylePreferences": [f"Of {user}"]})
        await world.store.create(WARDROBE.key, {"id": f"w-{user}", "userId": user, "title": "coat"})
        await world.store.create(DIGESTS.key, {"id": f"{user}.2026-W47", "userId": user, "generatedAt": "2026-11-16T09:00:00Z"})
        await world.store.create(DIGEST_FEEDBACK.key, {"id": f"f-{user}", "userId": user, "signal": "down"})
        await world.store.create(BACKGROUND_JOBS.key, {"id": f"b-{user}", "jobId": f"b-{user}", "userId": user})
        await world.store.create(SCRAPED_ITEMS.key, {"id": f"mine-{user}", "userId": user})
        await world.store.create(SCRAPED_ITEMS.key, {"id": f"given-{number}", "userId": "global", "submitterId": user})
        await world.store.create(SCRAPER_SOURCES.key, {"id": f"s-{number}", "sourceType": "reddit", "createdBy": user})
        await world.store.create(RUNS.key, {"id": f"r-{number}", "timer": "digest", "parameters": {"userId": user}})
        world.pictures.errors = [PermanentError("gone", reason=Reason.IMAGE_UNREACHABLE)]
        await world.like(user, "gone|navy", item="gone")
        await world.drain()
        for item in ("i1", "i2"):
            await world.like(user, "minimalist|navy", item=item)
        await world.drain()
    return world


async def everything(world: World) -> dict[str, list[Document]]:
    return {key: await world.documents(key) for key in CATALOGUE}


def naming(found: dict[str, list[Document]], user: str) -> list[str]:
    return [f"{key}: {document}" for key, documents in found.items() for document in documents if user in json.dumps(document)]


async def ask(world: World, user: str) -> str:
    for _ in range(10):
        try:
            return (await world.wiring.erasures.request(user, actor="on-call", reason="they asked")).operation_id
        except (ProcessDied, asyncio.CancelledError, RetryableError):
            world.restart()
    raise AssertionError("an erasure was refused ten times")


async def delete(world: World, body: str = "", **query: str) -> tuple[int, dict[str, Any]]:
    request = Request(body=body.encode(), query=query, route={"userId": "alice"}, method="DELETE")
    answer = await world.wiring.api.answer("delete_user", request)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("body", "query", "actor", "reason"),
    [
        ("", {}, "", ""), ("{}", {}, "", ""), ("", {"actor": "ada", "reason": "ticket 7"}, "ada", "ticket 7"),
        ('{"actor": "ada", "reason": "ticket 7"}', {}, "ada", "ticket 7"),
        ('{"reason": "ticket 8"}', {"actor": "ada", "reason": "ticket 7"}, "ada", "ticket 8"),
    ],
)  # fmt: skip
async def test_who_asked_and_why_stands_in_the_audit_and_the_receipt_however_it_was_said(
    body: str, query: dict[str, str], actor: str, reason: str
) -> None:
    world = await furnished()
    code, asked = await delete(world, body, **query)
    assert code == 202
    [audit] = [one for one in await world.documents(OPERATIONS.key) if one["id"] == "audit.erasure.requested"]
    assert (audit["actor"], audit["reason"]) == (actor, reason)
    await play(world)
    answer = await world.wiring.api.answer("get_erasure", Request(route={"id": asked["operationId"]}))
    receipt = json.loads(answer.body)
    assert (receipt["status"], receipt["actor"], receipt["reason"]) == ("completed", actor, reason)
    await world.store.close()


@pytest.mark.parametrize(
    ("body", "query", "status", "field"),
    [
        (json.dumps({"reason": "x" * 501}), {}, 422, "reason"), ('{"actor": 7}', {}, 422, "actor"),
        ('{"why": "ticket 7"}', {}, 422, "why"), ("", {"reason": "x" * 501}, 400, "reason"), ("ticket 7", {}, 400, None),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_who_and_why_is_said_and_nothing_is_erased(
    body: str, query: dict[str, str], status: int, field: str | None
) -> None:
    world = await furnished()
    code, problem = await delete(world, body, **query)
    assert (code, [one["field"] for one in problem.get("errors", [])]) == (status, [field] if field else [])
    assert naming(await everything(world), "alice")
    assert await world.documents(OPERATIONS.key, Compare("type", "=", "erasure")) == []
    await world.store.close()


async def play(world: World) -> None:
    """Play the host, its reconciling timer too, until no erasure is running."""
    for turn in range(400):
        busy = await world.deliver_one(COMMANDS, world.wiring.erasures.handle)
        busy = await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver) or busy
        if busy:
            continue
        running = await world.documents(OPERATIONS.key, Compare("status", "=", "running"))
        if not running and not await world.queues.depth(QUEUE):
            return
        world.time.advance(60)
        if turn % 10 == 0:
            try:
                await world.wiring.erasures.rescue()
            except (ProcessDied, asyncio.CancelledError, RetryableError):
                world.restart()
    raise AssertionError("the erasure never ended")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = await furnished()
    yield world
    await world.store.close()


async def test_nothing_of_the_person_is_left_and_nothing_of_another_is_touched(world: World) -> None:
    before = await everything(world)
    operation_id = await ask(world, "alice")
    assert await ask(world, "alice") == operation_id, "asked twice, it is one"
    await play(world)
    after = await everything(world)
    assert naming(after, "alice") == []
    for key in CATALOGUE:
        if key != OPERATIONS.key:
            assert [one for one in before[key] if "bob" in json.dumps(one)] == [
                one for one in after[key] if "bob" in json.dumps(one)
            ]
    assert before[PICTURES.key] == after[PICTURES.key], "descriptions of pictures are of nobody"
    receipt = await world.wiring.erasures.find(operation_id)
    assert receipt is not None
    assert (receipt["status"], receipt["userId"], receipt["later"]) == ("completed", None, 0)
    assert receipt["found"] == {
        "TasteAnalysisJobs": 3, "BackgroundJobs": 1, "TasteAnalysisJobDeadLetters": 1, "TasteProfiles": 3, "Digests": 1,
        "DigestFeedback": 1, "ScrapedItems": 2, "Wardrobe": 1, "UserProfiles": 1, "ScraperSources": 1, "TimerRuns": 1,
    }  # fmt: skip
    audit = await world.documents(OPERATIONS.key, Compare("type", "=", "audit"))
    assert {(one["action"], one["actor"]) for one in audit if one["operationId"] == operation_id} == {
        ("erasure.requested", "on-call"), ("erasure.completed", "the operation itself"),
    }  # fmt: skip


class TurnByTurn(Faults):
    """Lets everybody else take a turn before each call."""

    async def call(self, name: str, method: Callable[..., Awaitable[Any]], error: Exception, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return await super().call(name, method, error, *args, **kwargs)


@pytest.mark.parametrize("before", [False, True])
async def test_asked_for_twice_at_once_it_is_one_erasure(before: bool) -> None:
    """A client that hears nothing asks again, while its first call is in the midst of it; `before`: they were erased once."""
    for turns in range(12):
        world = World(embedded_store(VirtualTime()), faults=TurnByTurn())
        if before:
            await ask(world, "alice")
            await play(world)
            world.time.advance(3_600)
        first = asyncio.create_task(ask(world, "alice"))
        for _ in range(turns):
            await asyncio.sleep(0)
        world.time.advance(0.3)
        assert await ask(world, "alice") == await first, f"after {turns} turns"
        found = await world.documents(OPERATIONS.key, Compare("status", "=", "running"))
        assert len(found) == 1
        await play(world)
        await world.store.close()


async def test_what_was_on_its_way_is_dropped_and_a_person_may_come_back(world: World) -> None:
    body = {
        "user_id": "alice", "item_id": "i9", "image_url": "https://img.example/minimalist|navy", "gallery_image_index": None,
        "createdAt": world.time.at.isoformat(),
    }  # fmt: skip
    await world.like("alice", "tailored|red", item="i8")
    await world.queues.send(QUEUE, json.dumps(body).encode(), delay_seconds=3_600)
    await ask(world, "alice")
    await play(world)
    world.time.advance(4_000)
    await world.drain()
    assert naming(await everything(world), "alice") == []
    await world.like("alice", "tailored|red", item="i8")
    await world.drain()
    profile = await world.profile("alice")
    assert profile is not None
    assert profile.signals == 1


@pytest.mark.parametrize("readable", [True, False])
async def test_a_dead_letter_that_was_on_its_way_is_dropped_and_a_later_one_is_stored(world: World, readable: bool) -> None:
    """Its store was down, or its trigger: the letter comes after the last pass."""
    picture = "https://img.example/minimalist|navy" if readable else 7
    body = {"user_id": "alice", "item_id": "i9", "image_url": picture, "gallery_image_index": None}
    early = {**body, "createdAt": to_iso(world.time.at)}
    await ask(world, "alice")
    await play(world)
    persister = world.wiring.dead_letters["taste-analysis"]
    done = await persister.persist(json.dumps(early).encode())
    assert done is not None
    assert not done.created
    assert naming(await everything(world), "alice") == []
    late = {**body, "createdAt": to_iso(world.time.at)}
    done = await persister.persist(json.dumps(late).encode())
    assert done is not None
    assert done.created, "they came back: what is of now is kept"


async def test_what_a_worker_writes_in_the_meantime_is_found_by_the_next_pass(world: World) -> None:
    operation_id = await ask(world, "alice")
    assert await world.deliver_one(COMMANDS, world.wiring.erasures.handle)
    await world.store.create(DIGESTS.key, {"id": "alice.2026-W48", "userId": "alice"})
    world.time.advance(SETTLE.total_seconds() + 1)
    await play(world)
    receipt = await world.wiring.erasures.find(operation_id)
    assert receipt is not None
    assert (receipt["status"], receipt["later"]) == ("completed", 1)
    assert naming(await everything(world), "alice") == []


class AtADelete(Faults):
    """Strikes at the next document that is erased."""

    async def call(self, name: str, method: Callable[..., Awaitable[Any]], error: Exception, *args: Any, **kwargs: Any) -> Any:
        if self.mode and not self.at and name == "store.delete":
            self.at = self.count + 1
        return await super().call(name, method, error, *args, **kwargs)


@pytest.mark.parametrize("how", ["dies", "runs out of time"])
async def test_a_pass_that_has_found_something_is_not_the_last_however_it_goes_on(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was at work before that pass may write after it: that it has found something it must not forget."""
    faults = AtADelete()
    world = await furnished(faults)
    operation_id = await ask(world, "alice")
    assert await world.deliver_one(COMMANDS, world.wiring.erasures.handle)
    await world.store.create(BACKGROUND_JOBS.key, {"id": "late", "jobId": "late", "userId": "alice"})
    world.time.advance(SETTLE.total_seconds() + 1)
    if how == "dies":
        faults.mode = "crash_after"
        assert await world.deliver_one(COMMANDS, world.wiring.erasures.handle)
        assert faults.struck == "store.delete"
    else:
        monkeypatch.setattr(erasure, "TIME", timedelta(0))
        assert await world.deliver_one(COMMANDS, world.wiring.erasures.handle)
        monkeypatch.undo()
    assert await world.store.find(BACKGROUND_JOBS.key, "late", "late") is None
    world.time.advance(LOCK_SECONDS + 1)  # the lock of the dead one has ended, a pause between two passes would not have
    await world.deliver_one(COMMANDS, world.wiring.erasures.handle)
    receipt = await world.wiring.erasures.find(operation_id)
    assert receipt is not None
    assert receipt["status"] == "running", "there has to be another pass"
    await world.store.create(DEAD_LETTERS.key, {"id": "later", "jobId": "later", "userId": "alice"})
    world.time.advance(SETTLE.total_seconds() + 1)
    await play(world)
    assert naming(await everything(world), "alice") == []
    await world.store.close()


async def test_the_export_holds_all_that_the_erasure_finds_and_nothing_of_another(world: World) -> None:
    export = await export_of(world.store, world.time.clock(), "alice")
    assert export is not None
    operation_id = await ask(world, "alice")
    await play(world)
    receipt = await world.wiring.erasures.find(operation_id)
    assert receipt is not None
    assert {name: len(documents) for name, documents in export["documents"].items()} == receipt["found"]
    assert "bob" not in json.dumps(export)
    assert await export_of(world.store, world.time.clock(), "alice") is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.slow
async def test_a_fault_at_every_await_of_an_erasure_leaves_nothing_behind(mode: str) -> None:
    begun, counting = await furnished(), Faults()
    of_bob = naming(await everything(begun), "bob")
    world = await twin(begun, counting)
    await ask(world, "alice")
    await play(world)
    await world.store.close()
    assert counting.count >= 30
    for index in counting.places(mode):
        faults = Faults(at=index, mode=mode)
        world = await twin(begun, faults)
        await ask(world, "alice")
        await play(world)
        faults.at = 0
        where = f"{mode} at await {index}, {faults.struck}"
        found = await everything(world)
        assert naming(found, "alice") == [], where
        assert naming(found, "bob") == of_bob, where
        completed = [one for one in found[OPERATIONS.key] if one.get("type") == "erasure"]
        assert [one["status"] for one in completed][-1:] == ["completed"], where
        assert {JOBS.key, TASTE.key, DEAD_LETTERS.key} <= found.keys()
        await world.store.close()
    await begun.store.close()
