"""The trace of a like, from its request to its end, and the metrics on the way; with nothing of the user's in them."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from agents.api.http import Request
from agents.jobs.messages import encode
from agents.replays.one_record import Orders
from agents.runs.ledger import Report, RunOutcome
from agents.runs.stages import Stage
from agents.timers import MOODS
from agents.weekly_digest.planner import DigestPlanner
from shared.errors import ModelSuspended, ModelUnavailable, PermanentError, Reason
from shared.store.containers import DEAD_LETTERS, JOBS, USER_PROFILES
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.telemetry import Recorder, points, recorded, trace_of
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World, embedded_store

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = f"00-{TRACE}-00f067aa0ba902b7-01"
POST = "POST /api/ops/taste-jobs"


@pytest.fixture
def telemetry() -> Iterator[Recorder]:
    with recorded() as recorder:
        yield recorder


async def like(world: World, user: str = "user-77", picture: str = "minimalist|navy", header: str | None = GIVEN) -> str:
    body = {"userId": user, "itemId": "item-55", "imageUrl": f"https://img.example/{picture}", "signal": "up"}
    headers = {"traceparent": header} if header is not None else {}
    answer = await world.wiring.api.answer("post_taste_job", Request(json.dumps(body).encode(), headers=headers))
    assert answer.status == 202
    job_id: str = json.loads(answer.body)["jobId"]
    return job_id


async def waiting(world: World, queue: str = QUEUE) -> list[dict[str, Any]]:
    return [json.loads(message.body or b"") for message in await world.queues.peek(queue)]


async def test_a_like_continues_its_callers_trace_up_to_the_stored_effect(world: World, telemetry: Recorder) -> None:
    job_id = await like(world)
    [message] = await waiting(world)
    [post] = telemetry.named(POST)
    assert message["traceparent"] == f"00-{TRACE}-{post.context.span_id:016x}-01"
    await world.drain()
    [process] = telemetry.named(f"process {QUEUE}")
    assert process.parent is not None
    assert process.parent.span_id == post.context.span_id
    assert process.attributes["messaging.message.conversation_id"] == job_id
    caused = [span for span in telemetry.spans if span.parent is not None]  # the world's own looks at the store have none
    assert {trace_of(span) for span in caused} == {TRACE}
    assert {"create jobs", "batch taste", "patch jobs"} <= {span.name for span in caused}


@pytest.mark.parametrize(
    "header", [None, "", "nonsense", "00-0-0-01", f"ff{GIVEN[2:]}", f"00-{'0' * 32}-{'1' * 16}-01", "x" * 5_000]
)
async def test_a_like_without_a_readable_trace_begins_one(world: World, telemetry: Recorder, header: str | None) -> None:
    await like(world, header=header)
    await world.drain()
    traces = {trace_of(span) for span in telemetry.spans if span.name in {POST, f"process {QUEUE}"}}
    assert len(traces) == 1
    assert traces != {TRACE}
    assert (await world.documents(JOBS.key))[0]["status"] == "completed"


@pytest.mark.parametrize("value", [5, None, ["x"], {"a": 1}, "nonsense", "x" * 10_000])
async def test_a_malformed_trace_in_a_message_is_no_error(world: World, telemetry: Recorder, value: object) -> None:
    body = {"user_id": "u", "item_id": "i", "image_url": "https://img.example/minimalist|navy", "traceparent": value}
    await world.queues.send(QUEUE, encode(body))
    await world.drain()
    assert (await world.documents(JOBS.key))[0]["status"] == "completed"
    assert len(telemetry.named(f"process {QUEUE}")) == 1


async def test_retries_the_dead_letter_and_its_replay_stay_in_the_trace(world: World, telemetry: Recorder) -> None:
    world.pictures.errors = [ModelUnavailable("down")] * 12 + [PermanentError("gone", reason=Reason.IMAGE_UNREACHABLE)]
    await like(world)
    await world.drain()
    [record] = await world.documents(DEAD_LETTERS.key)
    assert record["traceparent"].split("-")[1] == TRACE
    tries = telemetry.named(f"process {QUEUE}")
    assert len(tries) == len(record["attempts"]) > 2
    assert [attempt["traceparent"].split("-")[2] for attempt in record["attempts"]] == [
        f"{span.context.span_id:016x}" for span in tries
    ]
    orders = Orders("replay", "on-call", "the picture is back", "operation-1")
    await world.wiring.on_call.replaying.carry_out(record["id"], orders)
    [message] = await waiting(world)
    assert message["traceparent"].split("-")[1] == TRACE
    await world.drain()
    assert (await world.documents(JOBS.key))[0]["status"] == "completed"
    assert {trace_of(span) for span in telemetry.named(f"process {QUEUE}")} == {TRACE}
    assert {trace_of(span) for span in telemetry.named(f"process {DEAD_LETTER_QUEUE}")} == {TRACE}


async def test_a_message_of_a_foreign_producer_keeps_the_trace_of_its_first_delivery(world: World, telemetry: Recorder) -> None:
    world.chat.errors = [ModelSuspended("quota", delay_seconds=60, reason=Reason.MODEL_BUDGET_EXHAUSTED)]
    body = {"user_id": "u", "item_id": "i", "image_url": "https://img.example/minimalist|navy", "traceparent": "broken"}
    await world.queues.send(QUEUE, encode(body))
    await world.drain()
    tries = telemetry.named(f"process {QUEUE}")
    assert len(tries) == 2
    assert len({trace_of(span) for span in tries}) == 1


async def test_the_reconciler_sends_a_like_again_in_its_trace(world: World, telemetry: Recorder) -> None:
    await like(world)
    await world.queues.close()  # the message is lost, only the job knows
    world.time.advance(7 * 3_600)
    await world.wiring.reconciler.run()
    [message] = await waiting(world)
    assert message["traceparent"].split("-")[1] == TRACE
    assert points(telemetry.metrics()["wardrobe.reconcile.repairs"]) == {"queued_too_long": 1}


async def test_without_telemetry_a_callers_trace_travels_all_the_same(world: World) -> None:
    world.pictures.errors = [PermanentError("gone", reason=Reason.IMAGE_UNREACHABLE)]
    await like(world)
    assert (await waiting(world))[0]["traceparent"] == GIVEN
    await world.drain()
    [record] = await world.documents(DEAD_LETTERS.key)
    assert (record["traceparent"], record["attempts"][0]["traceparent"]) == (GIVEN, GIVEN)
    await like(world, picture="tailored|navy", header="nonsense")
    assert "traceparent" not in (await waiting(world))[0]


async def test_each_digest_of_a_plan_has_a_trace_of_its_own_linked_to_the_plans(telemetry: Recorder) -> None:
    time = VirtualTime()
    store, queues = embedded_store(time), MemoryQueues(lambda: time.at)
    for user in ("ada", "bruno", "chiara"):
        await store.create(USER_PROFILES.key, {"id": user})
    planner = DigestPlanner(store=store, queues=queues, clock=time.clock(), queue="digests")

    async def save(_cursor: str, _done: object) -> None:
        return None

    with telemetry.tracers.get_tracer("test").start_as_current_span("the plan's run") as run:
        await planner.advance(Stage("run-1", "digest", time.at, {}, None, {}, resumed=False), save)
    traces = [json.loads(message.body or b"")["traceparent"].split("-")[1] for message in await queues.peek("digests")]
    made = telemetry.named("create digests")
    assert sorted(traces) == sorted(trace_of(span) for span in made)
    assert len({*traces, trace_of(run)}) == 4
    assert {link.context.span_id for span in made for link in span.links} == {run.context.span_id}
    await store.close()


async def test_the_metrics_tell_the_outcomes_by_reason(world: World, telemetry: Recorder) -> None:
    world.time.advance(1)
    await like(world)
    world.time.advance(41)
    await world.drain()
    world.pictures.errors = [PermanentError("gone", reason=Reason.IMAGE_UNREACHABLE)]
    await like(world, picture="tailored|navy")
    await like(world, user="user-78", picture="minimalist|navy")
    await world.drain()
    await world.queues.send(QUEUE, b"\xff")
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    metrics = telemetry.metrics()
    assert points(metrics["wardrobe.taste_job.outcome"]) == {
        "done,": 2, "verdict,image_unreachable": 1, "verdict,payload_undecodable": 1,
    }  # fmt: skip
    assert points(metrics["wardrobe.taste_job.attempts"]) == {"done": 2, "verdict": 1}
    assert metrics["wardrobe.taste_job.latency"]["data"]["data_points"][0]["max"] == 41
    assert points(metrics["wardrobe.taste_job.apply"]) == {"applied": 2}
    assert points(metrics["wardrobe.taste_job.lease"]) == {"claimed": 3}
    assert points(metrics["wardrobe.llm.cache"]) == {"miss": 1, "process": 1}
    assert points(metrics["wardrobe.dlq.ingress"]) == {"image_unreachable": 1}
    assert points(metrics["wardrobe.dlq.persist"]) == {"created": 1}
    consumed = points(metrics["messaging.client.consumed.messages"])
    assert consumed[f"{QUEUE},process,process,azure_storage_queue"] == 2
    assert consumed[f"image_unreachable,{QUEUE},process,process,azure_storage_queue"] == 1
    failed = [span for span in telemetry.named(f"process {QUEUE}") if not span.status.is_ok]
    assert [span.attributes["error.type"] for span in failed] == ["image_unreachable", "payload_undecodable"]


async def test_a_look_of_the_watchdog_says_what_waits_and_how_long_ago_a_timer_ended_well(
    world: World, telemetry: Recorder
) -> None:
    await world.queues.send(DEAD_LETTER_QUEUE, b"\xff")
    await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist)
    await world.wiring.ledger.run_slot("moods", MOODS.schedule, _fine, grace=timedelta(hours=12))
    world.time.advance(90)
    await world.wiring.watch.dog.run()
    metrics = telemetry.metrics()
    waiting = points(metrics["wardrobe.dlq.open"])
    assert {reason: count for reason, count in waiting.items() if count} == {"payload_undecodable": 1}
    assert points(metrics["wardrobe.dlq.oldest_open_age"]) == {"": 90}
    assert points(metrics["wardrobe.timer.last_success_age"]) == {"digest": 0, "moods": 90, "scraper": 0}, (
        "since the deployment"
    )


async def test_a_message_says_which_attempt_it_is_and_which_message_of_the_queue(world: World, telemetry: Recorder) -> None:
    world.chat.errors = [ModelUnavailable("503")] * 4  # the quick tries of one attempt
    await like(world)
    ids = ["3F2504E0-4F89-41D3-9A0C-0305E82C3301", "ada@example.com", ""]
    for message_id in ids[:2]:
        [message] = await world.queues.receive(QUEUE, visibility_seconds=1)
        await world.wiring.runners["taste-analysis"].deliver(message.body or b"", message_id=message_id)
        await world.queues.delete(QUEUE, message)
        world.time.advance(120)
    spans = telemetry.named(f"process {QUEUE}")
    told = [
        (one.attributes.get("wardrobe.job.attempt"), one.attributes.get("messaging.message.id"))
        for one in spans
        if one.attributes
    ]
    assert told == [(1, ids[0].lower()), (2, None)], "an id that a body made up is none"


async def test_a_status_that_says_that_something_is_wrong_is_no_error_of_the_app(world: World, telemetry: Recorder) -> None:
    await world.wiring.watch.dog.run()
    world.time.advance(40 * 60)  # the watchdog is silent
    answer = await world.wiring.api.answer("get_status", Request())
    [span] = telemetry.named("GET /api/ops/status")
    assert (answer.status, span.status.is_ok or span.status.is_unset) == (503, True)
    assert span.attributes is not None
    assert (span.attributes["http.response.status_code"], span.attributes.get("error.type")) == (503, None)


async def _fine() -> Report:
    return Report(RunOutcome.OK)


async def test_nothing_that_is_exported_holds_a_users_id_an_address_or_a_payload(world: World, telemetry: Recorder) -> None:
    secret = "Bearer abcdefghijkl"
    world.pictures.errors = [ModelUnavailable(f"https://img.example/private of user-77 {secret}")] * 5
    world.chat.errors = [PermanentError("user-78 liked https://img.example/x", reason=Reason.MODEL_REFUSED)]
    await like(world)
    await like(world, user="user-78", picture="tailored|navy")
    await like(world, user="user-79", picture="romantic|red")
    await world.queues.send(QUEUE, b'{"user_id": "user-80", "image_url": 5}')
    await world.queues.send(DEAD_LETTER_QUEUE, base64.b64encode(b"user-81 https://img.example/y"))
    await world.drain()
    for user in ("user-77", "user-78"):
        route = {"userId": user}
        await world.wiring.api.answer("get_taste_profile", Request(route=route, query={"term": "style:minimalist"}))
    await world.wiring.api.answer("get_taste_profile", Request(route={"userId": "user-77/../x"}))
    text = telemetry.everything()
    assert len(telemetry.spans) > 50
    words = ("minimalist", "tailored", "romantic", "navy")
    for private in ("user-", "img.example", "https://", "item-55", "abcdefghijkl", *words):
        assert private not in text, private
