"""What telemetry tells of the store, the queues and the models, each met on its wire; none of their SDKs tells more."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from opentelemetry.trace import SpanKind

from devhost.azurite import Azurite
from shared.chat.base import Question
from shared.chat.breaker import Breaker
from shared.chat.factories import build_models
from shared.clock import Clock
from shared.embeddings.client import BatchedEmbeddingClient
from shared.errors import (
    AlreadyExists,
    ModelGarbage,
    ModelSuspended,
    ModelUnavailable,
    PermanentError,
    QueueUnavailable,
    Reason,
    RetryableError,
    StoreUnavailable,
)
from shared.fashion.style import StyleDescription
from shared.queues.azure import DEVELOPMENT_CONNECTION, StorageQueues
from shared.settings import Settings
from shared.store.base import Create
from shared.store.cosmos import CosmosStore
from shared.store.query import Query, Set
from shared.store.sqlite import SqliteStore
from shared.web.fetch import SafeFetcher
from tests.fakes.azure_openai import FakeAzureOpenAI, fails, says
from tests.fakes.clock import VirtualTime
from tests.fakes.cosmos import FakeCosmos, Fault
from tests.fakes.site import serving
from tests.fakes.telemetry import Recorder, points, recorded

QUESTION = Question(name="q", version="1", instructions="Describe.", answer=StyleDescription, text="user-9 wrote this")


@pytest.fixture
def telemetry() -> Iterator[Recorder]:
    with recorded() as recorder:
        yield recorder


async def test_each_operation_of_cosmos_is_a_span_with_its_charge(
    cosmos: tuple[CosmosStore, FakeCosmos], telemetry: Recorder
) -> None:
    store, proxy = cosmos
    await store.create("jobs", {"id": "user-9", "jobId": "user-9"})
    with pytest.raises(AlreadyExists):
        await store.create("jobs", {"id": "user-9", "jobId": "user-9"})
    assert await store.find("jobs", "nobody", "nobody") is None
    await store.patch("jobs", "user-9", "user-9", [Set("n", 1)])
    await store.page("jobs", Query())
    await store.batch("taste", "user-9", [Create({"id": "s", "userId": "user-9"})])
    await store.delete("jobs", "user-9", "user-9")
    proxy.faults.append(Fault("read", 503, times=50))
    with pytest.raises(StoreUnavailable):
        await store.read("jobs", "user-9", "user-9")
    told = [
        (span.name, span.attributes.get("db.response.status_code"), span.attributes.get("error.type"))
        for span in telemetry.spans
    ]
    assert told == [
        ("create jobs", None, None), ("create jobs", "409", None), ("read jobs", "404", None), ("patch jobs", None, None),
        ("query jobs", None, None), ("batch taste", None, None), ("delete jobs", None, None),
        ("read jobs", "503", "store_unavailable"),
    ]  # fmt: skip
    text = telemetry.everything()
    assert "user-9" not in text
    assert proxy.endpoint.removeprefix("http://") not in text


async def test_the_charge_of_an_operation_is_recorded_with_status_and_sub_status(
    cosmos: tuple[CosmosStore, FakeCosmos], telemetry: Recorder
) -> None:
    store, _ = cosmos
    await store.create("jobs", {"id": "j", "jobId": "j"})
    with pytest.raises(AlreadyExists):
        await store.create("jobs", {"id": "j", "jobId": "j"})
    metrics = telemetry.metrics()
    charged = metrics["azure.cosmosdb.client.operation.request_charge"]["data"]["data_points"]
    by_status = {point["attributes"]["db.response.status_code"]: point for point in charged}
    assert set(by_status) == {"200", "409"}
    assert by_status["200"]["sum"] > 0
    assert {point["attributes"]["azure.cosmosdb.response.sub_status_code"] for point in charged} == {0}


@pytest.mark.real_time("Azurite is another process")
@pytest.mark.slow
async def test_each_call_of_the_queue_service_is_a_span_with_its_message(
    azurite: Azurite, queue_name: str, telemetry: Recorder
) -> None:
    queues = StorageQueues(azurite.connection_string)
    await queues.send(queue_name, b"user-9")
    assert len(await queues.peek(queue_name)) == await queues.depth(queue_name) == 1
    [message] = await queues.receive(queue_name)
    await queues.delete(queue_name, message)
    assert await queues.peek(queue_name) == []
    await queues.close()
    send, receive, settle = telemetry.spans
    assert [span.name for span in (send, receive, settle)] == [f"{verb} {queue_name}" for verb in ("send", "receive", "settle")]
    assert send.attributes["messaging.message.id"] == settle.attributes["messaging.message.id"] == message.message_id
    assert (send.attributes["messaging.message.body.size"], receive.attributes["messaging.batch.message_count"]) == (6, 1)
    metrics = telemetry.metrics()
    assert points(metrics["messaging.client.sent.messages"]) == {f"{queue_name},send,send,azure_storage_queue": 1}
    assert points(metrics["wardrobe.queue.depth"]) == {queue_name: 1}
    [(of, seconds)] = points(metrics["wardrobe.queue.oldest_age"]).items()
    assert (of, 0 <= seconds < 600) == (queue_name, True)
    assert "user-9" not in telemetry.everything()


async def test_a_call_of_a_queue_service_that_is_down_is_a_failed_span(queue_name: str, telemetry: Recorder) -> None:
    down = StorageQueues(DEVELOPMENT_CONNECTION.format(port=9))
    with pytest.raises(QueueUnavailable):
        await down.receive(queue_name)
    await down.close()
    [failed] = telemetry.spans
    assert failed.attributes["error.type"] == "QueueUnavailable"


async def test_each_call_of_a_model_is_a_span_with_its_tokens(telemetry: Recorder) -> None:
    async with FakeAzureOpenAI() as fake:
        settings = Settings.from_environment(
            {"AZURE_OPENAI_ENDPOINT": fake.endpoint, "AZURE_OPENAI_API_KEY": fake.key, "AZURE_OPENAI_DEPLOYMENT": "mine"}
        )
        models = build_models(settings, Clock(now=lambda: datetime(2026, 11, 23, tzinfo=UTC)))
        embeddings = BatchedEmbeddingClient(provider=models.embeddings, clock=Clock(), provider_name="azure")
        await models.chat.ask(QUESTION)
        fake.script.extend([says("user-9 is not JSON"), says("user-9 is not JSON")])
        with pytest.raises(ModelGarbage):
            await models.chat.ask(QUESTION)
        fake.script.append(fails(503))
        with pytest.raises(ModelUnavailable):
            await models.chat.ask(QUESTION)
        await asyncio.gather(embeddings.embed(["user-9", "tailored"]), embeddings.embed(["minimalist"]))
        await embeddings.close()
        await models.chat.close()
        text = telemetry.everything()
    good, *_, unavailable = chats = telemetry.named("chat mine")
    assert len(chats) == 4
    assert dict(good.attributes) == {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "azure.ai.openai", "gen_ai.request.model": "mine",
        "gen_ai.response.model": "gpt-4.1-mini", "gen_ai.response.id": "c1", "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 400, "gen_ai.usage.output_tokens": 40,
    }  # fmt: skip
    assert unavailable.attributes["error.type"] == "llm_unavailable"
    assert len(telemetry.named("embeddings text-embedding-3-small")) == 1
    for private in ("user-9", "tailored", fake.key, fake.endpoint.removeprefix("http://")):
        assert private not in text, private


async def test_the_tokens_their_price_and_the_batches_are_measured(telemetry: Recorder) -> None:
    async with FakeAzureOpenAI() as fake:
        settings = Settings.from_environment({"AZURE_OPENAI_ENDPOINT": fake.endpoint, "AZURE_OPENAI_API_KEY": fake.key})
        models = build_models(settings, Clock())
        embeddings = BatchedEmbeddingClient(provider=models.embeddings, clock=Clock(), provider_name="azure")
        await models.chat.ask(QUESTION)
        await embeddings.embed(["a", "b", "c"])
        await embeddings.close()
        await models.chat.close()
    metrics = telemetry.metrics()
    tokens = {
        point["attributes"]["gen_ai.token.type"]: point["sum"]
        for point in metrics["gen_ai.client.token.usage"]["data"]["data_points"]
    }
    assert tokens == {"input": 400, "output": 40}
    assert points(metrics["wardrobe.llm.cost"]) == {"gpt-4.1-mini": pytest.approx(400 * 0.4e-6 + 40 * 1.6e-6)}
    assert metrics["wardrobe.embedding.batch.items"]["data"]["data_points"][0]["sum"] == 3
    assert metrics["wardrobe.embedding.batch.tokens"]["data"]["data_points"][0]["sum"] == 3
    assert set(points(metrics["gen_ai.client.operation.duration"])) == {
        "chat,azure.ai.openai,gpt-4.1-mini,gpt-4.1-mini", "embeddings,azure.ai.openai,text-embedding-3-small",
    }  # fmt: skip


async def test_the_breakers_state_is_a_gauge(telemetry: Recorder) -> None:
    time = VirtualTime()
    store = SqliteStore(":memory:", clock=time.clock())
    breaker = Breaker(store=store, clock=time.clock(), scope="azure.mine", refresh_seconds=0)
    states = []
    await breaker.check()
    states.append(points(telemetry.metrics()["wardrobe.llm.breaker.state"])["azure.mine"])
    await breaker.trip(ModelSuspended("quota", delay_seconds=60, reason=Reason.MODEL_BUDGET_EXHAUSTED))
    states.append(points(telemetry.metrics()["wardrobe.llm.breaker.state"])["azure.mine"])
    time.advance(61)
    await breaker.check()
    states.append(points(telemetry.metrics()["wardrobe.llm.breaker.state"])["azure.mine"])
    await breaker.close()
    states.append(points(telemetry.metrics()["wardrobe.llm.breaker.state"])["azure.mine"])
    assert states == [0, 1, 2, 0]
    await store.close()


async def test_each_try_to_fetch_is_a_span_with_its_status_and_nowhere_its_address(telemetry: Recorder) -> None:
    async def answer(request: web.Request) -> web.Response:
        status = int(request.match_info["status"])
        if status == 302:
            raise web.HTTPFound("/200/secret-picture")
        return web.Response(status=status, body=b"picture", content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{status}/{name}", answer)
    async with serving(app) as host:
        fetcher = SafeFetcher(clock=Clock(), allowed_private_hosts={host})
        told: list[type[Exception] | int] = []
        for status in (200, 302, 404, 503):
            try:
                fetched = await fetcher.fetch(f"http://{host}/{status}/secret-name", max_bytes=100, timeout_seconds=20)
                told.append(fetched.status)
            except (PermanentError, RetryableError) as error:
                told.append(type(error))
        with pytest.raises(PermanentError):
            await fetcher.fetch("https://127.0.0.1/secret-name", max_bytes=100, timeout_seconds=20)
        await fetcher.close()
    assert told == [200, 200, PermanentError, RetryableError]
    spans = [(one.name, one.kind, dict(one.attributes or {})) for one in telemetry.spans]
    get = {"http.request.method": "GET"}
    assert spans == [
        ("GET", SpanKind.CLIENT, {**get, "http.response.status_code": 200}),
        ("GET", SpanKind.CLIENT, {**get, "http.response.status_code": 200}),
        ("GET", SpanKind.CLIENT, {**get, "http.response.status_code": 404, "error.type": "image_unreachable"}),
        ("GET", SpanKind.CLIENT, {**get, "http.response.status_code": 503, "error.type": "image_unreachable"}),
    ], "what is refused before it is asked for is no try"
    everything = telemetry.everything()
    assert "http.client.request.duration" in everything
    for hidden in ("secret", host, "127.0.0.1"):
        assert hidden not in everything
