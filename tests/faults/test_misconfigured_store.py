"""A store or a queue that is not set up: named, told at once, never "not found", and no job pays for it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.api.http import Request
from agents.jobs.outcomes import Deferred
from shared.clock import Clock
from shared.errors import ItemNotFound, StoreMisconfigured, StoreUnavailable
from shared.store.base import Upsert
from shared.store.containers import CATALOGUE, DEAD_LETTERS, JOBS, READ_ONLY, SERVICE_STATE, TASTE
from shared.store.cosmos import CosmosStore
from shared.store.probe import StoreProbe
from shared.store.query import Query, Set
from shared.store.sqlite import SqliteStore
from tests.fakes.clock import VirtualTime
from tests.fakes.cosmos import FakeCosmos, Fault
from tests.faults.watching import Hook
from tests.faults.world import QUEUE, World

Pair = tuple[CosmosStore, FakeCosmos]


@pytest.fixture
async def world(cosmos: Pair) -> World:
    cosmos[0].time = VirtualTime()  # type: ignore[attr-defined]
    made = World(cosmos[0])
    for kind in made.wiring.runners.values():
        await made.queues.ensure(kind.kind.queue)
        await made.queues.ensure(kind.kind.dead_letter_queue)
    await made.queues.ensure("run-commands")
    made.queues.strict = True
    return made


async def ask(world: World, name: str) -> tuple[int, dict]:
    response = await world.wiring.api.answer(name, Request(b"", {}, {}, {}))
    return response.status, json.loads(response.body)


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("kind", ["read", "create", "patch", "replace", "query", "batch", "upsert", "delete"])
async def test_a_refusal_is_no_outage_and_never_not_found(cosmos: Pair, status: int, kind: str) -> None:
    store, proxy = cosmos
    document = {"id": "j", "jobId": "j"}
    await store.create("jobs", document)
    proxy.faults.append(Fault(kind, status, times=9))
    calls: dict[str, Callable] = {
        "read": lambda: store.find("jobs", "missing", "missing"), "create": lambda: store.create("jobs", document),
        "patch": lambda: store.patch("jobs", "j", "j", [Set("n", 1)]), "replace": lambda: store.replace("jobs", document),
        "query": lambda: store.page("jobs", Query()), "upsert": lambda: store.upsert("jobs", document),
        "batch": lambda: store.batch("jobs", "j", [Upsert(document)]), "delete": lambda: store.delete("jobs", "j", "j"),
    }  # fmt: skip
    with pytest.raises(StoreMisconfigured, match=str(status)):
        await calls[kind]()


async def test_a_document_that_is_not_there_is_told_from_a_container_that_is_not(
    cosmos: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    store, proxy = cosmos
    assert await store.find("jobs", "missing", "missing") is None
    proxy.drop(JOBS.name)
    for _ in range(3):
        with pytest.raises(StoreMisconfigured, match="does not exist"):
            await store.find("jobs", "missing", "missing")
    with pytest.raises(StoreMisconfigured):
        await store.page("jobs", Query())
    with pytest.raises(StoreMisconfigured):
        await store.batch("jobs", "j", [Upsert({"id": "j", "jobId": "j"})])
    named = [line for line in caplog.messages if "not set up" in line]
    assert len(named) == 1, "once, and by its name"
    assert JOBS.name in named[0]


@pytest.mark.parametrize("container", CATALOGUE.values(), ids=lambda one: one.key)
async def test_every_container_that_is_missing_is_named_by_health_preflight_and_status(
    world: World, cosmos: Pair, container: object
) -> None:
    assert (await ask(world, "get_health"))[0] == 200
    name = container.name  # type: ignore[attr-defined]
    cosmos[1].drop(name)
    world.time.advance(60)
    assert (await ask(world, "get_health"))[0] == 503
    [check] = [one for one in await world.wiring.on_call.preflight.everything() if one.name == "containers"]
    assert name in check.problem
    status, found = await ask(world, "get_status")
    assert status == 503
    assert any(name in problem for problem in found["problems"]), found["problems"]


async def test_a_store_that_takes_no_writes_is_named_although_it_reads_well(world: World, cosmos: Pair) -> None:
    cosmos[1].read_only = True
    wrong = await StoreProbe(store=world.store, clock=world.time.clock()).problems()
    assert {one.container for one in wrong} == {one.name for one in CATALOGUE.values() if one.key not in READ_ONLY}
    assert (await ask(world, "get_health"))[0] == 503
    status, found = await ask(world, "get_status")
    assert status == 503
    assert any("403" in problem for problem in found["problems"])


@pytest.mark.parametrize("dropped", [TASTE, DEAD_LETTERS, SERVICE_STATE, JOBS])
async def test_a_missing_container_pages_with_the_first_look(world: World, cosmos: Pair, dropped: object) -> None:
    hook = Hook()
    world.wiring.watch.dog._webhook = hook
    await world.wiring.chores["watch"]()
    assert hook.told == []
    cosmos[1].drop(dropped.name)  # type: ignore[attr-defined]
    world.time.advance(300)
    try:
        await world.wiring.chores["watch"]()
    except StoreUnavailable:
        assert dropped is SERVICE_STATE, "only its own state may stop a look"
    assert any(event == "fired" for _, event in hook.told), hook.got
    assert any(document["severity"] == "page" for _, document in hook.got)


@pytest.mark.parametrize("kind", ["taste-analysis", "weekly-digest", "scrape"])
@pytest.mark.parametrize("role", ["queue", "dead_letter_queue"])
async def test_a_queue_that_is_missing_is_named(world: World, kind: str, role: str) -> None:
    queue = getattr(world.wiring.runners[kind].kind, role)
    del world.queues._queues[queue]
    [check] = [one for one in await world.wiring.on_call.preflight.everything() if one.name == "queues"]
    assert queue in check.problem
    status, found = await ask(world, "get_status")
    assert status == 503
    assert any(queue in problem for problem in found["problems"]), found["problems"]
    [shown] = [one for one in found["queues"] if one["queue"] == queue]
    assert (shown["depth"], shown["exists"]) == (None, False)


async def test_jobs_wait_for_the_operator_and_spend_no_attempt(world: World, cosmos: Pair) -> None:
    await world.like("u", "minimalist|navy")
    cosmos[1].drop(TASTE.name)
    for _ in range(20):
        await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
        world.time.advance(300)
    [job] = await world.documents(JOBS.key)
    assert (job["status"], job["attempt"]) == ("failed", 0)
    await cosmos[0].ensure_containers()
    await world.drain()
    await world.check()
    [job] = await world.documents(JOBS.key)
    assert (job["status"], job["attempt"]) == ("completed", 1)


async def test_a_claim_that_the_store_refuses_leaves_the_message_to_come_again(world: World, cosmos: Pair) -> None:
    await world.like("u", "minimalist|navy")
    cosmos[1].drop(JOBS.name)
    [message] = await world.queues.receive(QUEUE)
    assert isinstance(await world.wiring.runners["taste-analysis"].deliver(message.body or b""), Deferred)
    assert await world.queues.depth(QUEUE) == 2


async def test_an_embedded_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("this is no folder")
    store = SqliteStore(str(tmp_path), clock=Clock())
    with pytest.raises(StoreMisconfigured, match="unable to open"):
        await store.create("jobs", {"id": "j", "jobId": "j"})
    with pytest.raises(StoreUnavailable):
        await store.find("jobs", "j", "j")
    await store.close()
    assert not issubclass(StoreMisconfigured, ItemNotFound)
