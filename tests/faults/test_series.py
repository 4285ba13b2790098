"""The series through a look: what jobs, digests and runs took, marks, an outage, and a person who is erased."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.api.http import Request
from agents.runs.ledger import Report, RunOutcome
from shared.errors import DeferredError, ModelSuspended, Reason, StoreUnavailable
from shared.observe.metering import record_answer
from shared.store.containers import DEAD_LETTERS, DIGESTS, OPERATIONS, SERVICE_STATE, USER_PROFILES
from shared.store.query import Compare
from tests.fakes.clock import FINE as PRECISE
from tests.fakes.clock import VirtualTime
from tests.faults.operations import OUTAGE, asks, dead, done, predicted
from tests.faults.world import QUEUE, World, embedded_store

MORNING = datetime(2026, 11, 25, 10, 2, tzinfo=UTC)
FIVE = 300.0


class PricedWorld(World):
    """Every answer takes 1,000 tokens in and 500 out, at a list price of 0.0012 dollars."""

    def restart(self) -> Any:
        self.chat.model, self.chat.tokens = "gpt-4.1-mini", (1_000, 500)
        return super().restart()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    time = VirtualTime(PRECISE)
    time.at = MORNING
    made = PricedWorld(embedded_store(time))
    await made.store.create(USER_PROFILES.key, {"id": "ada"})
    yield made
    await made.store.close()


async def look(world: World) -> None:
    await world.wiring.watch.dog.run()


async def get(world: World, status: int = 200, **query: str) -> dict[str, Any]:
    answer = await world.wiring.api.answer("get_series", Request(query={"window": "1h", **query}))
    assert answer.status == status, answer.body
    return json.loads(answer.body)  # type: ignore[no-any-return]


def total(found: dict[str, Any], name: str) -> float:
    return sum(number or 0 for number in found["series"][name])


async def test_what_happened_is_in_the_series_after_the_next_look(world: World) -> None:
    await look(world)
    world.time.advance(10)
    world.chat.errors = OUTAGE * 5
    world.pictures.errors = [DeferredError("not now", delay_seconds=20, reason=Reason.IMAGE_UNREACHABLE)]
    for number in range(4):
        await world.like("ada", f"minimalist|navy-{number}", item=f"item-{number}")
    await world.drain()
    world.time.advance(FIVE)
    await look(world)
    found = await get(world)
    names = ("jobs.ended", "jobs.dead", "attempts.failed", "attempts.total", "jobs.deferred", "model.calls")
    assert {name: total(found, name) for name in names} == {
        "jobs.ended": 4, "jobs.dead": 0, "attempts.failed": 1, "attempts.total": 5, "jobs.deferred": 1, "model.calls": 4,
    }  # fmt: skip
    assert (total(found, "model.tokens_in"), total(found, "model.tokens_out")) == (4_000, 2_000)
    assert total(found, "model.gpt-4.1-mini.calls") == 4
    assert total(found, "model.cost") == pytest.approx(4 * 0.0012)
    assert found["currency"] == "USD"
    assert found["series"][f"queue.{QUEUE}.depth"][-1] == 0
    assert found["countedTo"] is not None
    assert None not in found["series"]["jobs.ended"][-3:]


async def test_a_second_like_of_a_picture_and_a_look_that_comes_twice_cost_nothing_more(world: World) -> None:
    await world.like("ada", "minimalist|navy")
    await world.like("eve", "minimalist|navy")
    await world.drain()
    world.time.advance(1)
    for _ in range(3):
        await look(world)
    world.restart()  # another instance
    await look(world)
    found = await get(world)
    assert (total(found, "jobs.ended"), total(found, "model.calls")) == (2, 1)


async def test_an_attempt_that_was_paid_for_in_vain_is_counted_too(world: World) -> None:
    broken = world.store.batch
    failures = [StoreUnavailable("down")] * 4

    async def batch(*args: Any, **options: Any) -> None:
        if failures:
            raise failures.pop()
        await broken(*args, **options)

    world.store.batch = batch  # type: ignore[method-assign]
    world.restart()
    await world.like("ada", "minimalist|navy")
    await world.drain()
    world.time.advance(1)
    await look(world)
    found = await get(world)
    assert (total(found, "attempts.failed"), total(found, "model.calls")) == (1, 1), "once, although two attempts used it"


async def test_digests_and_runs_tell_what_they_took(world: World) -> None:
    at = "2026-11-25T10:00:30.000Z"
    used = {"modelUse": {"gpt-4.1-mini": [2, 2_000, 1_000]}}
    await world.store.create(DIGESTS.key, {"id": "ada.2026-W48", "userId": "ada", "generatedAt": at, **used})

    async def work() -> Report:
        record_answer("gpt-4.1-mini", 7_000, 70)
        return Report(RunOutcome.OK)

    run_id = await world.wiring.ledger.request("moods", "me")
    await world.wiring.ledger.run_requested("moods", run_id, work)
    world.time.advance(1)
    await look(world)
    found = await get(world)
    assert (total(found, "model.calls"), total(found, "model.tokens_in")) == (3, 9_000)


async def test_time_without_a_look_is_a_gap_and_the_day_goes_on(world: World) -> None:
    await look(world)
    for _ in range(3):
        world.time.advance(FIVE)
        await look(world)
    world.time.advance(12 * 3_600)
    await look(world)
    found = await get(world, window="24h")
    ended = found["series"]["jobs.ended"]
    assert ended[-1] == 0
    depth = found["series"][f"queue.{QUEUE}.depth"]
    assert sum(one is not None for one in depth) == 5
    assert None in ended[-145:-84]
    assert set(ended[-84:]) == {0}, "the last seven hours are counted behind, five minutes by five minutes"


async def test_marks_are_the_deployments_breakers_and_actions(world: World) -> None:
    await look(world)
    breaker = {
        "id": "breaker.azure.gpt", "type": "breaker", "openUntil": "2026-11-25T10:09:00.000Z", "probeUntil": "",
        "openedAt": "2026-11-25T10:04:00.000Z", "trippedAt": "2026-11-25T10:05:00.000Z", "reason": "llm_timeout",
        "description": "", "failedProbes": 0, "closedAt": "", "outageSeconds": 0.0,
    }  # fmt: skip
    [record] = await dead(world, user="ada")
    await done(world, asks(record["id"]))
    await world.store.create(SERVICE_STATE.key, breaker)
    await look(world)
    await look(world)
    marks = (await get(world, window="24h"))["marks"]
    assert [one["at"] for one in marks] == sorted(one["at"] for one in marks)
    assert [(one["kind"], one["text"]) for one in marks if one["kind"] == "breaker"] == [
        ("breaker", "the breaker of the model azure.gpt opened: llm_timeout")
    ]
    actions = [(one["text"], one["actor"]) for one in marks if one["kind"] == "action"]
    assert actions == [("replay.requested of 1", "on-call"), ("replay.completed", "the operation itself")]


async def test_a_store_that_is_down_is_an_outage_and_no_zero(world: World) -> None:
    await look(world)
    for method in ("find", "page", "read"):

        async def down(*_: object, **__: object) -> None:
            raise StoreUnavailable("down")

        setattr(world.store, method, down)
    world.restart()
    problem = await get(world, 503)
    assert "series" not in problem


async def test_before_the_first_look_everything_is_unknown(world: World) -> None:
    found = await get(world)
    assert {number for numbers in found["series"].values() for number in numbers} == {None}
    assert found["countedTo"] is None
    await get(world, 400, window="2h")
    await get(world, 400, windw="1h")


async def test_of_a_person_who_is_erased_nothing_is_left_in_series_or_operations(world: World) -> None:
    await dead(world, 2, user="ada-lovelace")
    chosen: dict[str, Any] = {"filter": {"userId": "ada-lovelace"}}
    wanted = asks(action="purge", **chosen)
    await done(world, wanted.model_copy(update={"snapshot": await predicted(world, wanted)}))
    assert {one["status"] for one in await world.documents(DEAD_LETTERS.key)} == {"purged"}
    await look(world)
    asked = await world.wiring.erasures.request("ada-lovelace", actor="dpo", reason="asked for it")
    while (await world.wiring.erasures.find(asked.operation_id) or {}).get("status") != "completed":
        if not await world.deliver_one("run-commands", world.wiring.erasures.handle):
            world.time.advance(600)
            await world.wiring.erasures.rescue()
    await look(world)
    shown = json.dumps(await get(world, window="7d"))
    stored = json.dumps([await world.documents(SERVICE_STATE.key), await world.documents(OPERATIONS.key)])
    for text in (shown, stored):
        assert "lovelace" not in text


async def test_a_suspended_model_is_a_deferral_in_the_series(world: World) -> None:
    world.chat.errors = [ModelSuspended("down", delay_seconds=60, reason=Reason.MODEL_UNAVAILABLE)]
    await world.like("ada", "minimalist|navy")
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    world.time.advance(1)
    await look(world)
    found = await get(world)
    assert (total(found, "jobs.deferred"), total(found, "attempts.failed")) == (1, 0)
    assert len(await world.documents(SERVICE_STATE.key, Compare("type", "=", "points"))) <= 2
    assert found["at"][-1] <= found["countedTo"] <= found["to"]
    assert datetime.fromisoformat(found["to"]) - datetime.fromisoformat(found["from"]) == timedelta(hours=1)
