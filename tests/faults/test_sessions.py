"""Session consistency across instances: what one has written, another may not see yet, and nothing is lost or doubled by it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.jobs.outcomes import Deferred
from shared.clock import Clock
from shared.errors import (
    AlreadyExists,
    ItemNotFound,
    PreconditionFailed,
    StoreMisconfigured,
    StoreUnavailable,
)
from shared.store.base import BatchAlreadyExists, Create, Upsert
from shared.store.containers import JOBS
from shared.store.cosmos import CosmosStore
from shared.store.query import Query, Set
from tests.fakes.clock import VirtualTime
from tests.fakes.cosmos import KEY, FakeCosmos, Fault
from tests.faults.world import QUEUE, World
from tests.stores import NAMES

JOB = {"id": "j", "jobId": "j", "status": "queued", "n": 0}
TRAILING = (1, 3, 1_000)
Pair = tuple[CosmosStore, CosmosStore, FakeCosmos]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    """Two instances of the app over one account."""
    async with FakeCosmos() as fake:
        name = f"db{uuid.uuid4().hex[:8]}"
        first, second = (CosmosStore(fake.endpoint, KEY, database=name, names=NAMES, clock=Clock()) for _ in range(2))
        await first.ensure_containers()
        yield first, second, fake
        await first.close()
        await second.close()


@pytest.mark.parametrize("trailing", TRAILING)
async def test_an_instance_reads_what_it_has_written(pair: Pair, trailing: int) -> None:
    first, _, fake = pair
    fake.trailing = trailing
    await first.create("jobs", JOB)
    assert (await first.read("jobs", "j", "j")).body == JOB
    await first.patch("jobs", "j", "j", [Set("n", 1)])
    assert (await first.read("jobs", "j", "j")).body["n"] == 1
    assert [one["n"] for one in (await first.page("jobs", Query())).documents] == [1]
    await first.batch("taste", "u", [Create({"id": "s", "userId": "u"})])
    assert await first.find("taste", "s", "u") is not None
    await first.delete("jobs", "j", "j")
    assert await first.find("jobs", "j", "j") is None


@pytest.mark.parametrize("trailing", TRAILING)
async def test_what_another_instance_has_just_written_may_not_be_there_yet_and_a_refused_write_shows_it(
    pair: Pair, trailing: int
) -> None:
    first, second, fake = pair
    fake.trailing = trailing
    await first.create("jobs", JOB)
    assert await second.find("jobs", "j", "j") is None, "no token of this write has come to the second instance"
    with pytest.raises(AlreadyExists):
        await second.create("jobs", JOB)
    seen = await second.read("jobs", "j", "j")
    assert seen.body == JOB, "the refusal brought the token with it"
    await first.patch("jobs", "j", "j", [Set("n", 1)])
    with pytest.raises(PreconditionFailed):
        await second.patch("jobs", "j", "j", [Set("n", 2)], if_match=(await second.read("jobs", "j", "j")).etag)
    assert (await second.read("jobs", "j", "j")).body["n"] == 1


async def test_a_refused_batch_shows_what_stood_in_its_way(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, fake = pair
    fake.trailing = 1_000
    await first.batch("taste", "u", [Create({"id": "s", "userId": "u", "of": "the first"})])
    assert await second.find("taste", "s", "u") is None
    with pytest.raises(BatchAlreadyExists):
        await second.batch("taste", "u", [Create({"id": "s", "userId": "u"}), Upsert({"id": "t", "userId": "u"})])
    assert (await second.read("taste", "s", "u")).body["of"] == "the first"
    assert capsys.readouterr().out == ""


async def test_refusals_in_two_containers_do_not_lend_one_anothers_session(pair: Pair) -> None:
    first, second, _ = pair
    for number in range(5):
        await first.upsert("jobs", {**JOB, "n": number})
    await first.upsert("runs", {"id": "r", "timer": "digest"})
    for container, body in (("jobs", JOB), ("runs", {"id": "r", "timer": "digest"})):
        with pytest.raises(AlreadyExists):  # the first that this instance hears of either container
            await second.create(container, body)
    assert [one["id"] for one in (await second.page("runs", Query())).documents] == ["r"]


@pytest.mark.parametrize("kind", ["read", "query"])
async def test_a_replica_that_is_not_so_far_is_an_outage_and_never_not_found(pair: Pair, kind: str) -> None:
    first, _, fake = pair
    await first.create("jobs", JOB)
    fake.faults.append(Fault(kind, 404, times=9, sub_status=1002))
    calls: dict[str, Any] = {"read": lambda: first.find("jobs", "j", "j"), "query": lambda: first.page("jobs", Query())}
    with pytest.raises(StoreUnavailable) as error:
        await calls[kind]()
    assert not isinstance(error.value, StoreMisconfigured)
    fake.faults.clear()
    fake.faults.append(Fault(kind, 404, times=1, sub_status=1002))
    await calls[kind]()


@pytest.mark.parametrize("kind", ["read", "query"])
@pytest.mark.parametrize("times", [1, 2, 3, 9])
async def test_replicas_of_two_regions_that_are_not_so_far_are_an_outage_whatever_the_sdk_makes_of_it(
    kind: str, times: int
) -> None:
    async with FakeCosmos() as fake:
        fake.read_regions = ["here", "there"]
        store = CosmosStore(fake.endpoint, KEY, database="db", names=NAMES, clock=Clock())
        await store.ensure_containers()
        await store.create("jobs", JOB)
        calls: dict[str, Any] = {"read": lambda: store.find("jobs", "j", "j"), "query": lambda: store.page("jobs", Query())}
        fake.faults.append(Fault(kind, 404, times=times, sub_status=1002))
        try:
            await calls[kind]()
        except StoreUnavailable:
            assert times > 1, "another region has it"
        fake.faults.clear()
        assert await calls[kind]() is not None
        await store.close()


async def test_a_container_that_was_made_anew_under_its_name_is_not_asked_for_the_writes_of_the_old_one(pair: Pair) -> None:
    first, second, fake = pair
    for number in range(5):
        await first.upsert("jobs", {**JOB, "n": number})
    fake.drop(NAMES["jobs"])
    assert await second.ensure_containers() == [NAMES["jobs"]]
    await second.create("jobs", {**JOB, "n": 7})
    assert (await first.read("jobs", "j", "j")).body["n"] == 7
    assert [one["n"] for one in (await first.page("jobs", Query())).documents] == [7]
    await first.patch("jobs", "j", "j", [Set("n", 8)])
    assert (await first.read("jobs", "j", "j")).body["n"] == 8


async def test_the_first_question_to_a_container_made_anew_may_be_a_query(pair: Pair) -> None:
    first, second, fake = pair
    for number in range(5):
        await first.upsert("jobs", {**JOB, "n": number})
    fake.drop(NAMES["jobs"])
    await second.ensure_containers()
    await second.create("jobs", JOB)
    assert len((await first.page("jobs", Query(), partition="j")).documents) == 1
    assert len((await first.page("jobs", Query())).documents) == 1


@pytest.mark.parametrize(
    ("status", "sub_status", "expected"),
    [
        (404, 0, ItemNotFound), (404, 1002, StoreUnavailable), (404, 1003, StoreMisconfigured), (404, 1024, StoreUnavailable),
        (403, 3, StoreUnavailable), (403, 1008, StoreUnavailable), (403, 5300, StoreMisconfigured),
        (403, 0, StoreMisconfigured), (410, 1000, StoreUnavailable), (410, 1007, StoreUnavailable), (449, 0, StoreUnavailable),
        (503, 20003, StoreUnavailable), (408, 20008, StoreUnavailable),
    ],
)  # fmt: skip
async def test_a_sub_status_tells_what_a_status_means(pair: Pair, status: int, sub_status: int, expected: type) -> None:
    first, _, fake = pair
    await first.create("jobs", JOB)
    fake.faults.append(Fault("*", status, times=1_000, sub_status=sub_status))  # in a failover the SDK asks for two minutes
    calls: list[Any] = [lambda: first.read("jobs", "j", "j"), lambda: first.patch("jobs", "j", "j", [Set("n", 1)])]
    for call in calls:
        with pytest.raises(expected) as error:
            await call()
        assert type(error.value) is expected


@pytest.mark.parametrize("trailing", TRAILING)
async def test_jobs_that_move_between_instances_are_applied_once(pair: Pair, trailing: int) -> None:
    """Every delivery is another instance's than the one before; each like is sent twice, to either."""
    first, second, fake = pair
    time = VirtualTime()
    for store in (first, second):
        store.time = time  # type: ignore[attr-defined]
    world = World(first)

    def change() -> None:
        world.store = second if world.store is first else first
        world.restart()

    fake.trailing = trailing
    for index in range(4):
        for _ in range(2):
            await world.like("u", f"word{index}|navy", item=f"i{index}")
            change()
    world.pictures.errors.append(StoreUnavailable("so that one is tried again, elsewhere"))
    for _ in range(400):
        if not await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver):
            world.time.advance(15)
        change()
    fake.trailing = 0
    await world.drain()
    await world.check()
    assert len(await world.documents(JOBS.key)) == 4
    assert len(await world.signals()) == 4


async def test_two_instances_at_once_on_one_users_jobs_lose_none(pair: Pair) -> None:
    first, second, fake = pair
    time = VirtualTime()
    for store in (first, second):
        store.time = time  # type: ignore[attr-defined]
    world = World(first)
    for index in range(6):
        await world.like("u", f"word{index}|navy", item=f"i{index}")
    fake.trailing = 5
    runners = [world.wiring.runners["taste-analysis"]]
    world.store = second
    runners.append(world.restart().runners["taste-analysis"])
    messages = await world.queues.receive(QUEUE, limit=32)
    outcomes = await asyncio.gather(*(runners[index % 2].deliver(one.body or b"") for index, one in enumerate(messages)))
    assert not any(isinstance(one, Deferred) for one in outcomes)
    for one in messages:
        await world.queues.delete(QUEUE, one)
    fake.trailing = 0
    await world.drain()
    await world.check()
    assert len(await world.signals()) == 6
