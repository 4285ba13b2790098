"""Runs in a Python of 3.13 or newer: loads the app with Azure's own worker library and runs every trigger through it.

The library is what the Functions host's worker calls; only the wire to the host is missing. Prints one JSON document.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure_functions_runtime import handle_event
from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.bindings.meta import load_binding_registry
from azure_functions_runtime.native_invocation import invocation_request_native

from agents.entry import ENTRY
from samples.site_server import sources
from samples.wardrobes import wardrobe
from shared.clock import Clock
from shared.queues.azure import StorageQueues
from shared.store.containers import SCRAPER_SOURCES, USER_PROFILES, WARDROBE
from shared.store.sqlite import SqliteStore


class Plain(SimpleNamespace):
    """Stands for a message of the host's protocol: keeps what it is given."""

    def __init__(self, *_: object, **fields: Any) -> None:
        super().__init__(**fields)

    undefined, out, inout = 0, 1, 2


def text(value: str) -> Datum:
    return Datum(value, "string")


def http(
    method: str,
    *,
    body: bytes = b"",
    query: dict[str, str] | None = None,
    route: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Datum:
    return Datum(
        {
            "method": text(method), "url": text("http://localhost/api"), "body": Datum(body, "bytes"),
            "headers": {name: text(value) for name, value in (headers or {}).items()},
            "params": {name: text(value) for name, value in (route or {}).items()},
            "query": {name: text(value) for name, value in (query or {}).items()},
        },
        "http",
    )  # fmt: skip


TIMER = Datum('{"IsPastDue": false, "Schedule": {"AdjustForDST": true}}', "json")


class Worker:
    """The indexed app."""

    def __init__(self, folder: str) -> None:
        handle_event.protos = SimpleNamespace(BindingInfo=Plain, RpcFunctionMetadata=Plain, RpcRetryOptions=Plain)
        load_binding_registry()
        handle_event.load_function_metadata(folder, "test")
        self.metadata = handle_event._metadata_result
        self._ids = {one.name: one.function_id for one in self.metadata}
        self._count = 0

    def index(self) -> dict[str, Any]:
        return {one.name: [json.loads(binding) for binding in one.raw_bindings] for one in self.metadata}

    async def call(self, name: str, argument: str, datum: Datum, metadata: dict[str, Datum] | None = None) -> Any:
        self._count += 1
        ok, returned, outputs, error, trace = await invocation_request_native(
            f"invocation-{self._count}", self._ids[name], [(argument, datum)], metadata or {}
        )
        assert ok, f"{name}: {error}\n{trace}"
        assert outputs == []
        if returned is None:
            return None
        return {"status": int(returned.value["status_code"].value), "body": returned.value["body"].value.decode()}


def _origins() -> list[str]:
    """Where the app's own modules were loaded from."""
    found = set()
    for name, module in sys.modules.items():
        top = name.partition(".")[0]
        if top in {"agents", "shared", "function_app"} and getattr(module, "__file__", None):
            parts = Path(str(module.__file__)).parts
            last = max(index for index, part in enumerate(parts) if part.partition(".")[0] == top)
            found.add(str(Path(*parts[: last + 1])))
    return sorted(found)


HOPELESS = Datum(b"\xff\xfe no json \x00", "bytes")
TIMERS = (
    "SweepDeadLetters", "SweepTaste", "ReconcileJobs", "OpsWatch", "PluckItMoodProcessor", "PluckItWeeklyDigest",
    "PluckItScraper",
)  # fmt: skip


async def run(worker: Worker) -> dict[str, Any]:
    queues = StorageQueues(os.environ["StorageQueue"])
    metadata = {"DequeueCount": Datum("3", "json"), "Id": Datum('"m1"', "json")}
    seen: dict[str, Any] = {"index": worker.index(), "modules from": _origins()}
    seen["health"] = await worker.call("get_health", "req", http("GET"))
    seen["console"] = await worker.call("get_console", "req", http("GET"))
    seen["console file"] = await worker.call("get_console_asset", "req", http("GET", route={"name": "htm.js"}))
    for story in (like, moods, digest, scrape):
        seen |= await story(worker, queues, metadata)
    seen["scrape dead letter"] = await worker.call("ProcessScrapeJobDlq", "message", HOPELESS, metadata)
    seen["digest dead letter"] = await worker.call("ProcessDigestJobDlq", "message", HOPELESS, metadata)
    for timer in TIMERS:
        seen[timer] = await worker.call(timer, "timer", TIMER)
    await queues.close()
    await ENTRY.close()
    return seen


async def like(worker: Worker, queues: StorageQueues, metadata: dict[str, Datum]) -> dict[str, Any]:
    """A like, delivered twice, and a message that nobody can read; what on-call is told of both."""
    seen = {}
    given = {"userId": "u1", "itemId": "i", "imageUrl": os.environ["PICTURE"], "signal": "up"}
    seen["like"] = await worker.call("post_taste_job", "req", http("POST", body=json.dumps(given).encode()))
    [message] = await queues.receive(os.environ["TASTE_JOB_QUEUE_NAME"])
    content = Datum(message.content.encode(), "bytes")
    seen["job run"] = await worker.call("ProcessTasteAnalysisJob", "message", content, metadata)
    seen["job again"] = await worker.call("ProcessTasteAnalysisJob", "message", content, metadata)
    seen["dead letter"] = await worker.call("ProcessTasteAnalysisJobDlq", "message", HOPELESS, metadata)
    job_id = json.loads(seen["like"]["body"])["jobId"]
    seen["job"] = await worker.call("get_taste_job", "req", http("GET", route={"jobId": job_id}))
    seen["profile"] = await worker.call("get_taste_profile", "req", http("GET", route={"userId": "u1"}))
    seen["dead letters"] = await worker.call("get_dead_letters", "req", http("GET"))
    record = json.loads(seen["dead letters"]["body"])["deadLetters"][0]
    seen["record"] = await worker.call("get_dead_letter", "req", http("GET", route={"id": record["id"]}))
    seen["reconcile"] = await worker.call("post_reconcile", "req", http("POST", query={"dryRun": "true"}))
    return seen


async def moods(worker: Worker, queues: StorageQueues, metadata: dict[str, Datum]) -> dict[str, Any]:
    """A run by hand: asked for, commanded, done."""
    asked = await worker.call("post_run", "req", http("POST", query={"actor": "test"}, route={"timer": "moods"}))
    [command] = await queues.receive(os.environ["RUN_COMMANDS_QUEUE_NAME"])
    return {
        "run asked": asked,
        "command run": await worker.call("RunOnDemand", "message", Datum(command.content.encode(), "bytes"), metadata),
        "moods": await worker.call("get_moods", "req", http("GET")),
        "runs": await worker.call("get_runs", "req", http("GET", query={"timer": "moods"})),
    }


async def digest(worker: Worker, queues: StorageQueues, metadata: dict[str, Datum]) -> dict[str, Any]:
    """A digest by hand: asked for, planned, composed, looked at as a page."""
    store = SqliteStore(os.environ["EMBEDDED_STORE_PATH"], clock=Clock())
    await store.create(USER_PROFILES.key, {"id": "ada", "locationCity": "Lyon"})
    for item in wardrobe("ada", Clock().now()):
        await store.create(WARDROBE.key, item)
    await store.close()
    asked = await worker.call("post_run", "req", http("POST", query={"userId": "ada"}, route={"timer": "digest"}))
    [command] = await queues.receive(os.environ["RUN_COMMANDS_QUEUE_NAME"])
    await worker.call("RunOnDemand", "message", Datum(command.content.encode(), "bytes"), metadata)
    [job] = await queues.receive(os.environ["DIGEST_JOB_QUEUE_NAME"])
    await worker.call("ProcessDigestJob", "message", Datum(job.content.encode(), "bytes"), metadata)
    page = http("GET", route={"userId": "ada"}, headers={"Accept": "text/html"})
    return {"digest asked": asked, "digest page": await worker.call("get_latest_digest", "req", page)}


async def scrape(worker: Worker, queues: StorageQueues, metadata: dict[str, Datum]) -> dict[str, Any]:
    """A source by hand: asked for, kicked, scraped."""
    store = SqliteStore(os.environ["EMBEDDED_STORE_PATH"], clock=Clock())
    [source] = [one for one in sources(json.loads(os.environ["SITES"])) if one["id"] == "street-seams"]
    await store.create(SCRAPER_SOURCES.key, source)
    await worker.call("post_run", "req", http("POST", query={"sourceId": "street-seams"}, route={"timer": "scraper"}))
    [command] = await queues.receive(os.environ["RUN_COMMANDS_QUEUE_NAME"])
    await worker.call("RunOnDemand", "message", Datum(command.content.encode(), "bytes"), metadata)
    for job in await queues.receive(os.environ["SCRAPE_JOB_QUEUE_NAME"]):
        await worker.call("ProcessScrapeJob", "message", Datum(job.content.encode(), "bytes"), metadata)
    await store.close()
    return {"sources": await worker.call("get_scraper_sources", "req", http("GET"))}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(run(Worker(sys.argv[1])))))
