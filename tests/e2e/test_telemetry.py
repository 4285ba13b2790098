"""Telemetry through the host, to a collector of ours that speaks OTLP over HTTP; and to collectors that are down or hang."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from devhost.azurite import Azurite
from samples.serving import HostProcess, served
from shared.clock import Clock
from shared.observe.version import build_of
from shared.store.containers import USER_PROFILES
from shared.store.sqlite import SqliteStore
from tests.e2e.apps import HEADERS, KEY, environment
from tests.fakes.site import serving
from tests.waiting import soon, until

USER = "user-77"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
MEASURED = {
    "messaging.client.sent.messages", "messaging.process.duration", "faas.invocations", "faas.coldstarts",
    "db.client.operation.duration", "faas.invoke_duration", "wardrobe.taste_job.latency", "wardrobe.dlq.ingress",
}  # fmt: skip


class Collector:
    """Keeps what comes; with `hangs` it takes a request and never answers."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.hangs = hangs
        self.asked = asyncio.Event()
        self.traces: list[ExportTraceServiceRequest] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        self.items: list[list[dict[str, Any]]] = []

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked.set()
        if self.hangs:
            await asyncio.Event().wait()
        kept: list[Any] = self.traces if request.path.endswith("traces") else self.metrics
        kind = ExportTraceServiceRequest if request.path.endswith("traces") else ExportMetricsServiceRequest
        kept.append(kind.FromString(body))
        return web.Response(content_type="application/x-protobuf")

    async def track(self, request: web.Request) -> web.Response:
        """Application Insights' way in."""
        items = await request.json()
        self.items.append(items)
        return web.json_response({"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application(client_max_size=50_000_000)
        app.router.add_post("/v1/{signal}", self.take)
        app.router.add_post("/v2.1/track", self.track)
        async with serving(app) as host:
            yield f"http://{host}"

    def spans(self) -> list[Any]:
        return [
            span for request in self.traces for resource in request.resource_spans for scope in resource.scope_spans
            for span in scope.spans
        ]  # fmt: skip

    def points(self) -> dict[str, list[Any]]:
        """The latest points of each metric."""
        found = {}
        for request in self.metrics:
            for resource in request.resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        data = getattr(metric, metric.WhichOneof("data"))
                        found[metric.name] = list(data.data_points)
        return found

    def text(self) -> str:
        return "\n".join(str(request) for request in [*self.traces, *self.metrics])


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@asynccontextmanager
async def host(azurite: Azurite, queue: str, folder: Path, **settings: str) -> AsyncIterator[tuple[HostProcess, str]]:
    with served("photos") as pictures:
        environ = environment(
            azurite, queue, folder, FETCH_ALLOWED_PRIVATE_HOSTS=pictures, OTEL_BSP_SCHEDULE_DELAY="200",
            OTEL_METRIC_EXPORT_INTERVAL="500", **settings,
        )  # fmt: skip
        async with HostProcess(environ, port=0, log=folder / "host.log") as process:
            yield process, pictures


async def like(session: aiohttp.ClientSession, process: HostProcess, pictures: str, photo: str, **headers: str) -> str:
    body = {"userId": USER, "itemId": "item-55", "imageUrl": f"http://{pictures}/{photo}", "signal": "up"}
    async with session.post(f"{process.url}/api/ops/taste-jobs", json=body, headers=headers) as answer:
        assert answer.status == 202
        return str((await answer.json())["jobId"])


async def settled(session: aiohttp.ClientSession, process: HostProcess, job_id: str, status: str = "completed") -> None:
    async def look() -> dict[str, Any]:
        async with session.get(f"{process.url}/api/ops/taste-jobs/{job_id}") as answer:
            return dict(await answer.json())

    await until(look, lambda job: job.get("status") == status, f"{status} job")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers=HEADERS) as made:
        yield made


async def test_one_like_is_one_trace_and_metrics_arrive_and_nothing_of_the_user_does(
    azurite: Azurite, queue_name: str, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    collector = Collector()
    async with (
        collector.running() as endpoint,
        host(azurite, queue_name, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as (process, pictures),
    ):
        good = await like(session, process, pictures, "red-dress.jpg", traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
        bad = await like(session, process, pictures, "broken.jpg", traceparent="nonsense")
        await settled(session, process, good)
        await settled(session, process, bad, "dead_lettered")
        async with session.get(f"{process.url}/api/ops/taste-profiles/{USER}") as answer:
            assert answer.status == 200
    # the host has ended by now, and has sent what was left
    process_name = f"process {queue_name}"
    spans = collector.spans()
    mine = [span for span in spans if span.trace_id.hex() == TRACE]
    names = [span.name for span in mine]
    assert {"POST /api/ops/taste-jobs", f"send {queue_name}", process_name, "batch taste", "create jobs"} <= set(names)
    [consumer] = [span for span in mine if span.name == process_name]
    assert attributes(consumer)["messaging.message.conversation_id"] == good
    assert attributes(consumer)["messaging.system"] == "azure_storage_queue"
    [other] = [span for span in spans if span.name == process_name and span.trace_id.hex() != TRACE]
    assert attributes(other)["error.type"] == "image_not_image"
    poison = [span for span in spans if span.name == f"process {queue_name}-poison"]
    assert [span.trace_id for span in poison] == [other.trace_id]
    points = collector.points()
    told = [(attributes(point), point.as_int) for point in points["wardrobe.taste_job.outcome"]]
    outcomes = {(about["outcome"], about["reason"]): value for about, value in told}
    assert outcomes == {("done", ""): 1, ("verdict", "image_not_image"): 1}
    assert MEASURED - set(points) == set()
    service = {one.key: one.value.string_value for one in collector.traces[0].resource_spans[0].resource.attributes}
    assert (service["service.name"], service["service.version"]) == ("pluckit-processor", build_of())
    text = collector.text()
    for private in (USER, "item-55", pictures, "red-dress", KEY, "devstoreaccount1", "AccountKey", "http://"):
        assert private not in text, private


async def test_a_manual_run_goes_on_in_its_callers_trace_and_its_digest_begins_one_linked_to_it(
    azurite: Azurite, queue_name: str, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    collector = Collector()
    store = SqliteStore(str(tmp_path / "store.db"), clock=Clock())
    await store.create(USER_PROFILES.key, {"id": USER})
    await store.close()
    async with (
        collector.running() as endpoint,
        host(azurite, queue_name, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as (process, _),
    ):
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        url = f"{process.url}/api/ops/run/digest?userId={USER}"
        async with session.post(url, headers=headers) as answer:
            assert answer.status == 202

        async def names() -> set[str]:
            return {span.name for span in collector.spans()}

        await until(names, lambda found: f"process {queue_name}-digest-jobs" in found, "span of the digest")
    spans = collector.spans()
    [run] = [span for span in spans if span.name == f"process {queue_name}-run-commands"]
    [made] = [span for span in spans if span.name == f"create {queue_name}-digest-jobs"]
    [composed] = [span for span in spans if span.name == f"process {queue_name}-digest-jobs"]
    assert run.trace_id.hex() == TRACE
    assert [link.span_id for link in made.links] == [run.span_id]
    assert composed.trace_id == made.trace_id != run.trace_id
    assert USER not in collector.text()


async def test_application_insights_is_told_the_same_and_nothing_of_the_user(
    azurite: Azurite, queue_name: str, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    collector = Collector()
    async with collector.running() as endpoint:
        given = f"InstrumentationKey=6bd1d4a1-6d1c-4b3a-9d0b-1f2f0d1a7c11;IngestionEndpoint={endpoint}"
        async with host(azurite, queue_name, tmp_path, APPLICATIONINSIGHTS_CONNECTION_STRING=given) as (process, pictures):
            traceparent = f"00-{TRACE}-00f067aa0ba902b7-01"
            good = await like(session, process, pictures, "red-dress.jpg", traceparent=traceparent)
            await settled(session, process, good)
    items = [item for request in collector.items for item in request]
    mine = [item["data"]["baseData"] for item in items if item["tags"].get("ai.operation.id") == TRACE]
    assert {f"process {queue_name}", "POST /api/ops/taste-jobs", "batch taste"} <= {one["name"] for one in mine}
    metrics = {one["name"] for item in items for one in item["data"]["baseData"].get("metrics", [])}
    assert {"wardrobe.taste_job.outcome", "messaging.process.duration"} <= metrics
    for private in (USER, "item-55", pictures, "red-dress", KEY, "devstoreaccount1"):
        assert private not in json.dumps(items), private
    assert "6bd1d4a1" not in (tmp_path / "host.log").read_text()


@pytest.mark.parametrize("kind", ["down", "hanging"])
async def test_a_collector_that_is_down_or_hangs_costs_no_job_anything(
    kind: str, azurite: Azurite, queue_name: str, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    collector = Collector(hangs=True)
    async with collector.running() as endpoint:
        given = endpoint if kind == "hanging" else "http://127.0.0.1:9"
        small = {"OTEL_BSP_MAX_QUEUE_SIZE": "16", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "8"}
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": given, **small}
        async with host(azurite, queue_name, tmp_path, **settings) as (process, pictures):
            await settled(session, process, await like(session, process, pictures, "red-dress.jpg"))
            if kind == "hanging":
                await soon(collector.asked.wait(), "the first export")
            for photo in ("navy-blazer.jpg", "camel-coat.jpg", "black-trousers.jpg"):  # with every exporter stuck
                await settled(session, process, await like(session, process, pictures, photo))
        assert process._process.returncode == 0, "it ended by itself, and was not killed"
    log = (tmp_path / "host.log").read_text()
    assert "telemetry is on" in log
    complaints = [line for line in log.splitlines() if " ERROR opentelemetry" in line or " WARNING opentelemetry" in line]
    assert len(complaints) <= 10, complaints
