"""What the wire does to the Cosmos adapter, and the workflow over it."""

import asyncio
import logging

import pytest
from azure.core.exceptions import ServiceRequestError

from shared.clock import Clock
from shared.errors import (
    AlreadyExists,
    ItemNotFound,
    PreconditionFailed,
    StoreConflict,
    StoreThrottled,
    StoreUnavailable,
)
from shared.store import cosmos_lean
from shared.store.base import Create, Upsert
from shared.store.containers import JOBS
from shared.store.cosmos import CosmosStore
from shared.store.cosmos_log import LOOKS, SELDOM, SELDOM_SECONDS
from shared.store.query import Compare, Increment, Query, Set
from tests.fakes.clock import VirtualTime
from tests.fakes.cosmos import KEY, FakeCosmos, Fault
from tests.faults.world import QUEUE, World
from tests.stores import NAMES

Pair = tuple[CosmosStore, FakeCosmos]
JOB = {"id": "j", "jobId": "j", "status": "queued", "n": 0}
STRANGE = (
    "", "null", "[]", "{}", "5", '"x"', "<html>", '{"a":', '{"Documents": null}', '{"Documents": 5}', '{"Documents": [5]}',
    "[{}]", "[5]", '[{"statusCode": "x"}]',
)  # fmt: skip


async def test_short_throttling_is_waited_out_and_long_throttling_is_ours(cosmos: Pair) -> None:
    store, proxy = cosmos
    proxy.faults.append(Fault("create", 429, times=2))
    assert (await store.create("jobs", JOB)).body == JOB
    proxy.faults.append(Fault("read", 429, times=50))
    with pytest.raises(StoreThrottled):
        await store.read("jobs", "j", "j")


@pytest.mark.parametrize("kind", ["read", "create", "patch", "query", "batch"])
async def test_a_long_wait_is_not_sat_out_in_the_call_but_told(cosmos: Pair, kind: str) -> None:
    store, proxy = cosmos
    await store.create("jobs", JOB)
    proxy.faults.append(Fault(kind, 429, times=9, sub_status=3200, retry_after_ms=45_000))
    calls = {
        "read": lambda: store.find("jobs", "j", "j"), "create": lambda: store.create("jobs", {**JOB, "id": "k", "jobId": "k"}),
        "patch": lambda: store.patch("jobs", "j", "j", [Set("n", 1)]), "query": lambda: store.page("jobs", Query()),
        "batch": lambda: store.batch("jobs", "j", [Upsert(JOB)]),
    }  # fmt: skip
    before = asyncio.get_running_loop().time()
    with pytest.raises(StoreThrottled) as error:
        await calls[kind]()
    assert error.value.retry_after_seconds == 45
    assert asyncio.get_running_loop().time() - before < 10


@pytest.mark.parametrize("kind", ["create", "read", "patch", "batch"])
async def test_a_job_that_is_throttled_for_minutes_comes_back_when_the_service_says(cosmos: Pair, kind: str) -> None:
    store, proxy = cosmos
    world = world_over(store)
    await world.like("u", "linen|navy")
    proxy.faults.append(Fault(kind, 429, times=2, sub_status=3200, retry_after_ms=120_000))
    started = world.time.at
    await world.drain()
    assert not proxy.faults
    assert (world.time.at - started).total_seconds() >= 120
    await world.check()
    assert len(await world.signals()) == 1


async def called(store: CosmosStore, kind: str) -> None:
    calls = {
        "read": lambda: store.find("jobs", "missing", "missing"),
        "create": lambda: store.create("jobs", {**JOB, "id": "k", "jobId": "k"}),
        "patch": lambda: store.patch("jobs", "j", "j", [Set("n", 1)]), "replace": lambda: store.replace("jobs", JOB),
        "query": lambda: store.page("jobs", Query()), "upsert": lambda: store.upsert("jobs", JOB),
        "batch": lambda: store.batch("jobs", "j", [Upsert(JOB)]), "delete": lambda: store.delete("jobs", "j", "j"),
    }  # fmt: skip
    await calls[kind]()


@pytest.mark.parametrize("status", [408, 500, 503])
@pytest.mark.parametrize("kind", ["read", "create", "patch", "replace", "query", "batch", "upsert", "delete"])
async def test_an_outage_is_never_not_found(cosmos: Pair, status: int, kind: str) -> None:
    store, proxy = cosmos
    await store.create("jobs", JOB)
    proxy.faults.append(Fault(kind, status, times=50))
    with pytest.raises(StoreUnavailable):
        await called(store, kind)


@pytest.mark.parametrize("way", ["ours", "the SDK's"])
@pytest.mark.parametrize("kind", ["read", "create", "patch", "replace", "query", "batch", "upsert"])
async def test_an_answer_that_is_none_of_the_service_is_an_outage_and_no_success(
    cosmos: Pair, kind: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands before the service answers 200 in its stead: a proxy, a page of maintenance."""
    if way != "ours":
        monkeypatch.setattr(cosmos_lean, "KNOWN_VERSION", "none")
    store, proxy = cosmos
    await store.create("jobs", JOB)
    for said in STRANGE:
        proxy.faults.append(Fault(kind, f"says {said}", times=50))
        with pytest.raises(StoreUnavailable):
            await called(store, kind)
        proxy.faults.clear()
    await called(store, kind)


async def test_an_answer_lost_after_the_write_was_applied_is_told_apart_by_id_and_condition(cosmos: Pair) -> None:
    """The SDK tries again by itself: the second try meets the first one's effect."""
    store, proxy = cosmos
    proxy.faults.append(Fault("create", "reset_after"))
    with pytest.raises((AlreadyExists, StoreUnavailable)):
        await store.create("jobs", JOB)
    assert (await store.read("jobs", "j", "j")).body == JOB
    proxy.faults.append(Fault("patch", "reset_after"))
    operations = [Set("status", "in_flight"), Increment("n")]
    with pytest.raises((PreconditionFailed, StoreUnavailable)):
        await store.patch("jobs", "j", "j", operations, when=Compare("status", "=", "queued"))
    after = (await store.read("jobs", "j", "j")).body
    assert (after["status"], after["n"]) == ("in_flight", 1), "a conditional patch applies once, however often it is sent"
    proxy.faults.append(Fault("batch", "reset_after"))
    with pytest.raises((AlreadyExists, StoreUnavailable)):
        await store.batch("taste", "u", [Create({"id": "s", "userId": "u"})])
    assert await store.find("taste", "s", "u") is not None


async def test_a_412_of_the_service_is_a_conflict(cosmos: Pair) -> None:
    store, proxy = cosmos
    await store.create("jobs", JOB)
    proxy.faults.append(Fault("patch", 412))
    with pytest.raises(StoreConflict):
        await store.patch("jobs", "j", "j", [Set("n", 1)])


async def test_an_account_that_cannot_be_reached_is_an_outage() -> None:
    store = CosmosStore("http://127.0.0.1:1/", KEY, database="d", names=NAMES, clock=Clock())
    with pytest.raises(StoreUnavailable):
        await store.find("jobs", "j", "j")
    await store.close()


async def test_the_charge_is_taken_from_the_responses(cosmos: Pair) -> None:
    from shared.observe.metering import measure

    store, fake = cosmos
    before = fake.charged
    with measure() as usage:
        await store.create("jobs", JOB)
        with pytest.raises(ItemNotFound):
            await store.read("jobs", "no", "no")
    assert usage.charge == pytest.approx(fake.charged - before)
    assert usage.charge > 5


def world_over(store: CosmosStore) -> World:
    store.time = VirtualTime()  # type: ignore[attr-defined]
    return World(store)


@pytest.mark.slow
async def test_twenty_jobs_of_one_user_at_once_keep_all_sixty_keywords_over_cosmos(cosmos: Pair) -> None:
    world = world_over(cosmos[0])
    for number in range(20):
        await world.like("u", f"a{number},b{number},c{number}", item=f"i{number}")
    workers = [world.restart().runners["taste-analysis"] for _ in range(4)]
    waiting = []
    while messages := await world.queues.receive(QUEUE, limit=32):
        waiting += messages
    await asyncio.gather(*(workers[index % 4].deliver(one.body or b"") for index, one in enumerate(waiting)))
    for one in waiting:
        await world.queues.delete(QUEUE, one)
    await world.drain()
    profile = await world.profile("u")
    assert profile is not None
    assert len(profile.terms) == 60
    await world.check()


@pytest.mark.parametrize("mode", ["reset_before", "reset_after", 429, 503, 408, "says {}", "says []"])
@pytest.mark.parametrize("kind", ["create", "read", "patch", "batch"])
async def test_the_workflow_survives_every_fault_of_the_wire(cosmos: Pair, kind: str, mode: int | str) -> None:
    store, proxy = cosmos
    world = world_over(store)
    for index in range(3):
        proxy.faults.append(Fault(kind, mode, times=1 + index * 2))
        await world.like("u", f"word{index}|navy", item=f"i{index}")
        await world.drain(hours=2)
    proxy.faults.clear()
    await world.drain()
    await world.check()
    assert len(await world.documents(JOBS.key)) == 3
    assert len(await world.signals()) == 3


async def test_what_fails_in_the_background_is_told_in_one_line_now_and_then(
    cosmos: Pair, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK tells of a failed look at the account with every call, until another look has succeeded."""
    store, _ = cosmos
    await store.create("jobs", JOB)
    monkeypatch.setattr(SELDOM, "_last", 0.0)
    assert store._client is not None
    looks = store._client.client_connection._global_endpoint_manager

    async def away() -> None:
        raise ServiceRequestError("the account is away")

    looks.refresh_task = asyncio.create_task(away())
    await asyncio.wait([looks.refresh_task])
    for _ in range(20):
        await store.read("jobs", "j", "j")
    told = [record for record in caplog.records if record.name == LOOKS]
    assert [(record.getMessage(), record.exc_info) for record in told] == [
        ("Health check task failed: the account is away", None),
    ]
    later = logging.makeLogRecord({"created": told[0].created + SELDOM_SECONDS, "exc_info": (ValueError, ValueError(), None)})
    assert SELDOM.filter(later), "five minutes later it is told again"
    assert SELDOM.filter(logging.makeLogRecord({"created": later.created})), "what is no failure is not held back"
