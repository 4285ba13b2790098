"""Cosmos DB on the wire: a strict proxy in front of the npm package `@vercel/cosmosdb-server`, which answers the real SDK.

The server keeps the documents and evaluates the queries. The proxy mends what it does not do as the service does: its own
address in the account document, 404 for a missing item, partitions of a query, expired items, conditional writes and
patches, atomic batches, request charges. All writes go through one lock. It also injects faults: see `Faults`.
"""

import asyncio
import contextlib
import copy
import json
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from devhost.azurite import find_node, free_port

SERVER = Path(__file__).parents[2] / "node_modules/@vercel/cosmosdb-server/lib/cli.js"
KEY = "Y29zbW9zLXRlc3Qta2V5"
QUERY_PLAN = "x-ms-cosmos-is-query-plan-request"


class CosmosServer:
    """The npm server as a child process; synchronous, so that any event loop may use it."""

    def __enter__(self) -> Self:
        self.port = free_port()
        self._process = subprocess.Popen(
            [find_node(), str(SERVER), "--no-ssl", "--host", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert "Ready" in line, f"the server did not start: {line!r}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@dataclass
class Fault:
    """The next `times` matching requests fail: a status, or `reset_before`, `reset_after` (applied, no answer), `hang`."""

    kind: str
    mode: int | str
    times: int = 1
    container: str = ""


class CosmosProxy:
    """`async with CosmosProxy(server.port) as proxy:`; give `proxy.endpoint` to the SDK."""

    def __init__(self, backend_port: int) -> None:
        self._backend = f"http://127.0.0.1:{backend_port}"
        self._lock = asyncio.Lock()
        self.faults: list[Fault] = []
        self.counts: Counter[str] = Counter()
        self.skew_seconds = 0.0
        self.endpoint = ""
        self._collections: dict[str, dict[str, Any]] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.endpoint = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        parts = request.path.strip("/").split("/")
        kind = self._kind(request, parts)
        self.counts[kind] += 1
        container = parts[3] if len(parts) > 3 else ""
        fault = self._fault(kind, container)
        if fault is not None and fault.mode != "reset_after":
            return await self._fail(request, fault)
        async with self._lock:
            status, document, headers = await self._answer(request, parts, kind, body)
        if fault is not None:
            return await self._fail(request, fault)
        headers = {"x-ms-request-charge": "1.5", "x-ms-session-token": "0:1", "Content-Type": "application/json", **headers}
        return web.Response(status=status, body=b"" if document is None else json.dumps(document).encode(), headers=headers)

    def _kind(self, request: web.Request, parts: list[str]) -> str:
        if len(parts) < 5 or parts[4] != "docs":
            return "meta"
        if request.headers.get(QUERY_PLAN):
            return "plan"
        if request.headers.get("x-ms-documentdb-isquery", "").lower() == "true":
            return "query"
        if request.headers.get("x-ms-cosmos-is-batch-request"):
            return "batch"
        upsert = request.headers.get("x-ms-documentdb-is-upsert", "").lower() == "true"
        return {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}.get(
            request.method, "upsert" if upsert else "create"
        )

    def _fault(self, kind: str, container: str) -> Fault | None:
        for fault in self.faults:
            if fault.kind in {kind, "*"} and fault.container in {"", container} and kind != "meta":
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.mode == "hang":
            await asyncio.Event().wait()
        if isinstance(fault.mode, str):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = {"x-ms-retry-after-ms": "1", "x-ms-request-charge": "0.1"}
        return web.json_response({"code": str(fault.mode), "message": "injected"}, status=fault.mode, headers=headers)

    async def _answer(self, request: web.Request, parts: list[str], kind: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if kind == "meta":
            return await self._meta(request, parts, body)
        if kind == "plan":
            return 400, {"code": "BadRequest", "message": "no plans here"}, {}
        collection = await self._collection(parts)
        if collection is None:
            return 404, {"code": "NotFound", "message": "no such container"}, {}
        if kind == "query":
            return await self._query(request, collection, body)
        partition = _partition(request.headers.get("x-ms-documentdb-partitionkey", "[]"))
        if kind == "batch":
            return await self._batch(collection, partition, json.loads(body))
        step: dict[str, Any] = {"operationType": kind, "ifMatch": request.headers.get("if-match")}
        if kind in {"create", "upsert", "replace"}:
            step["resourceBody"] = json.loads(body)
        if len(parts) > 5:
            step["id"] = parts[5]
        if kind == "patch":
            given = json.loads(body)
            step["operations"] = given if isinstance(given, list) else given["operations"]
            step["condition"] = None if isinstance(given, list) else given.get("condition")
        status, document = await self._apply(collection, partition, step)
        return status, document, {"etag": document["_etag"]} if document and "_etag" in document else {}

    async def _meta(self, request: web.Request, parts: list[str], body: bytes) -> tuple[int, Any, dict[str, str]]:
        headers = {"Content-Type": "application/json"}
        if request.headers.get("x-ms-documentdb-isquery"):
            headers["x-ms-documentdb-isquery"] = "true"
        status, document, _ = await self._send(request.method, request.path, body, headers)
        if parts == [""]:
            place = [{"name": "here", "databaseAccountEndpoint": self.endpoint}]
            document = {**document, "writableLocations": place, "readableLocations": place}
        return status, document, {}

    async def _collection(self, parts: list[str]) -> dict[str, Any] | None:
        path = "/" + "/".join(parts[:4])
        if path not in self._collections:
            status, document, _ = await self._send("GET", path)
            if status != 200:
                return None
            self._collections[path] = {**document, "path": path, "field": document["partitionKey"]["paths"][0].strip("/")}
        return self._collections[path]

    async def _query(self, request: web.Request, collection: dict[str, Any], body: bytes) -> tuple[int, Any, dict[str, str]]:
        names = ("x-ms-max-item-count", "x-ms-continuation")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        asked = json.loads(body)
        projection, _, rest = asked["query"].removeprefix("SELECT ").partition(" FROM ")
        asked["query"] = f"SELECT * FROM {rest}"  # noqa: S608  (a test server; what decides below needs whole documents)
        status, document, answered = await self._run_query(collection, asked, headers)
        if status != 200:
            return status, document, {}
        kept = [one for one in document["Documents"] if self._is_live(collection, one)]
        if "x-ms-documentdb-partitionkey" in request.headers:
            wanted = _partition(request.headers["x-ms-documentdb-partitionkey"])
            kept = [one for one in kept if one.get(collection["field"]) == wanted]
        kept = [projected(one, projection) for one in kept]
        token = answered.get("x-ms-continuation")
        found = {"_rid": collection["_rid"], "Documents": kept, "_count": len(kept)}
        return 200, found, {"x-ms-continuation": token} if token else {}

    async def _run_query(self, collection: dict[str, Any], query: Any, headers: dict[str, str]) -> tuple[int, Any, Any]:
        fixed = {
            "x-ms-documentdb-isquery": "true", "x-ms-documentdb-query-enablecrosspartition": "true",
            "Content-Type": "application/query+json",
        }  # fmt: skip
        path = f"{collection['path']}/docs"
        return await self._send("POST", path, json.dumps(query).encode(), {**fixed, **headers})

    async def _batch(
        self, collection: dict[str, Any], partition: str, steps: list[dict[str, Any]]
    ) -> tuple[int, Any, dict[str, str]]:
        results = []
        for index, step in enumerate(steps):
            status, _ = await self._check(collection, partition, {**step, "operationType": step["operationType"].lower()})
            if status >= 400:
                results = [{"statusCode": 424, "requestCharge": 0} for _ in steps]
                results[index] = {"statusCode": status, "requestCharge": 0}
                return 207, results, {}
        for step in steps:
            status, document = await self._apply(
                collection, partition, {**step, "operationType": step["operationType"].lower()}
            )
            results.append({"statusCode": status, "requestCharge": 1, "eTag": document["_etag"], "resourceBody": document})
        return 200, results, {}

    async def _check(self, collection: dict[str, Any], partition: str, step: dict[str, Any]) -> tuple[int, Any]:
        """Return the status that the step would have now, and the document as it stands."""
        kind = step["operationType"]
        current = await self._current(collection, partition, step.get("id") or step["resourceBody"]["id"])
        if kind == "create":
            return (409 if current else 201), current
        if current is None:
            return (201 if kind == "upsert" else 404), None
        if step.get("ifMatch") and step["ifMatch"] != current["_etag"] and kind != "read":
            return 412, current
        if step.get("condition") and not await self._holds(collection, current, step["condition"]):
            return 412, current
        return (204 if kind == "delete" else 200), current

    async def _apply(self, collection: dict[str, Any], partition: str, step: dict[str, Any]) -> tuple[int, Any]:
        status, current = await self._check(collection, partition, step)
        if status >= 400:
            return status, {"code": str(status), "message": "refused"}
        kind = step["operationType"]
        if kind == "read":
            return 200, current
        if kind == "delete":
            await self._remove(collection, partition, step["id"])
            return 204, None
        body = _patched(current, step["operations"]) if kind == "patch" else step["resourceBody"]
        if current is None:
            await self._remove(collection, partition, body["id"])  # an expired one may still be there
        return status, await self._put(collection, partition, body)

    async def _remove(self, collection: dict[str, Any], partition: str, item_id: str) -> None:
        headers = {"x-ms-documentdb-partitionkey": json.dumps([partition])}
        await self._send("DELETE", f"{collection['path']}/docs/{item_id}", b"", headers)

    async def _put(self, collection: dict[str, Any], partition: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {
            "x-ms-documentdb-partitionkey": json.dumps([partition]), "Content-Type": "application/json",
            "x-ms-documentdb-is-upsert": "true",
        }  # fmt: skip
        _, document, _ = await self._send("POST", f"{collection['path']}/docs", json.dumps(body).encode(), headers)
        return dict(document)

    async def _holds(self, collection: dict[str, Any], current: dict[str, Any], condition: str) -> bool:
        where = condition.partition(" WHERE ")[2]
        text = f"SELECT * FROM c WHERE c._rid = @rid AND ({where})"  # noqa: S608  (a test server)
        query = {"query": text, "parameters": [{"name": "@rid", "value": current["_rid"]}]}
        status, document, _ = await self._run_query(collection, query, {})
        assert status == 200, f"{status}: {document} for {text}"
        return bool(document["Documents"])

    async def _current(self, collection: dict[str, Any], partition: str, item_id: str) -> dict[str, Any] | None:
        headers = {"x-ms-documentdb-partitionkey": json.dumps([partition])}
        status, document, _ = await self._send("GET", f"{collection['path']}/docs/{item_id}", b"", headers)
        if status != 200 or document.get(collection["field"]) != partition or not self._is_live(collection, document):
            return None
        return document

    def _is_live(self, collection: dict[str, Any], document: dict[str, Any]) -> bool:
        default = collection.get("defaultTtl")
        if default is None:
            return True
        seconds = document.get("ttl", default)
        return seconds < 0 or document["_ts"] + seconds > time.time() + self.skew_seconds

    async def _send(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, Any, Any]:
        async with self._session.request(method, self._backend + path, data=body or None, headers=headers or {}) as answer:
            text = await answer.text()
            document = None
            with contextlib.suppress(ValueError):
                document = json.loads(text) if text else None
            return answer.status, document, answer.headers


def _partition(header: str) -> str:
    values = json.loads(header)
    return values[0] if values else ""


def projected(document: dict[str, Any], projection: str) -> dict[str, Any]:
    """`*`, or `c["a"], c["b"]`: fields that are not there are left out."""
    if projection == "*":
        return document
    names = re.findall(r'c\["(\w+)"\]', projection)
    assert len(names) == projection.count(",") + 1, projection
    return {name: document[name] for name in names if name in document}


def _patched(current: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    document = copy.deepcopy(current)
    for operation in operations:
        *parents, name = operation["path"].strip("/").split("/")
        target = document
        for parent in parents:
            target = target[parent]
        if operation["op"] in {"set", "add", "replace"}:
            target[name] = operation["value"]
        elif operation["op"] == "incr":
            target[name] = target.get(name, 0) + operation["value"]
        else:
            del target[name]
    return document
