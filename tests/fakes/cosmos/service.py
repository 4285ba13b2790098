"""The HTTP side: who asks for what, the account and its containers, headers, and faults on the wire."""

import asyncio
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.cosmos.documents import DEFAULT_PAGE, Answer, Container, refusal
from tests.fakes.cosmos.sessions import READ_SESSION_NOT_AVAILABLE, SESSION, asked_lsn, token
from tests.fakes.cosmos.sql import BadQuery
from tests.fakes.site import serving

KEY: Final = "Y29zbW9zLXRlc3Qta2V5"
OWNER_NOT_FOUND: Final = 1003
FORBIDDEN_ID: Final = re.compile(r"[/\\?#]")
MAX_ID_BYTES: Final = 1023
RANGES_TAG: Final = '"ranges"'  # what has changed of the partition ranges since then: nothing, they stay
DOCUMENTS, PARTS_OF_A_DOCUMENT = "docs", 6


@dataclass
class Fault:
    """The next `times` matching requests fail: a status, or `reset_before`, `reset_after` (applied, no answer), `hang`, or
    `says …`: 200 with that text.

    `kind`: `create`, `read`, `patch`, … of documents, or `*`. `sub_status`, `retry_after_ms`: as the service's headers say.
    """

    kind: str
    mode: int | str
    times: int = 1
    container: str = ""
    sub_status: int = 0
    retry_after_ms: int = 1


AAD_NOT_ALLOWED = 5300
SAYS: Final = "says "


class FakeCosmos:
    """`async with FakeCosmos() as fake:`; give `fake.endpoint` and `KEY` to the SDK.

    `counts` counts requests by kind, `charged` sums their request units, `faults` are met in order, `skew_seconds` moves the
    service's clock. `read_only` refuses every write of a document, as a role without write permission does.
    `data_only` refuses to make or change databases and containers, as an identity's role for data does. `trailing`: how many
    writes of its container a read may miss that does not bring the token of a later one, as under Session consistency.
    `read_regions`: the regions that may be read, the first of which may be written; all of them are this server.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.counts: Counter[str] = Counter()
        self.charged = 0.0
        self.skew_seconds = 0.0
        self.read_only = False
        self.data_only = False
        self.trailing = 0
        self.read_regions = ["here"]
        self.endpoint = ""
        self._databases: dict[str, dict[str, Container]] = {}
        self._made = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._serving = serving(app)
        self.endpoint = f"http://{await self._serving.__aenter__()}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._serving.__aexit__(None, None, None)

    def drop(self, container: str) -> None:
        """Take a container away, with all that is in it, as somebody with the portal open may."""
        for containers in self._databases.values():
            containers.pop(container, None)

    def container(self, name: str) -> Container:
        """Return the only container of this name."""
        [found] = [containers[name] for containers in self._databases.values() if name in containers]
        return found

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        parts = [unquote(part) for part in request.rel_url.raw_path.strip("/").split("/")]
        kind = _kind(request, parts)
        self.counts[kind] += 1
        fault = self._fault(kind, parts[3] if len(parts) > 3 else "")
        if fault is not None and fault.mode != "reset_after":
            return await self._fail(request, fault)
        try:
            answer = self._answer(request, parts, kind, body)
        except BadQuery as error:
            answer = refusal(400, str(error))
        if fault is not None:
            return await self._fail(request, fault)
        return self._respond(answer, parts)

    def _respond(self, answer: Answer, parts: list[str]) -> web.Response:
        self.charged += answer.charge
        headers = {
            "x-ms-request-charge": f"{answer.charge:.2f}", "x-ms-activity-id": str(uuid.uuid4()),
            "Content-Type": "application/json",
        }  # fmt: skip
        if answer.lsn is not None:
            headers |= {
                SESSION: token(answer.lsn), "x-ms-alt-content-path": "/".join(parts[:4]),
                "x-ms-documentdb-partitionkeyrangeid": "0",
            }  # fmt: skip
        if answer.sub_status:
            headers["x-ms-substatus"] = str(answer.sub_status)
        if answer.continuation:
            headers["x-ms-continuation"] = answer.continuation
        if isinstance(answer.body, dict) and "_etag" in answer.body:
            headers["etag"] = answer.body["_etag"]
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        return web.Response(status=answer.status, body=body, headers=headers)

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
        if isinstance(fault.mode, str) and fault.mode.startswith(SAYS):
            return web.Response(text=fault.mode.removeprefix(SAYS), content_type="application/json")
        if isinstance(fault.mode, str):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = {
            "x-ms-retry-after-ms": str(fault.retry_after_ms), "x-ms-request-charge": "0.38",
            "x-ms-substatus": str(fault.sub_status),
        }  # fmt: skip
        self.charged += 0.38
        return web.json_response({"code": str(fault.mode), "message": "injected"}, status=fault.mode, headers=headers)

    def _answer(self, request: web.Request, parts: list[str], kind: str, body: bytes) -> Answer:
        if kind == "meta":
            unchanged = request.headers.get("if-none-match") == RANGES_TAG
            answer = Answer(304) if unchanged else self._meta(request.method, parts, json.loads(body or b"{}"))
            answer.charge = 0.0  # what is said of containers is not billed
            return answer
        container = self._databases.get(parts[1], {}).get(parts[3])
        if container is None:
            return refusal(404, "Owner resource does not exist", sub_status=OWNER_NOT_FOUND)
        if kind == "plan":
            return refusal(400, "this double plans no queries: they are answered whole")
        if kind in {"read", "query"}:
            asked = asked_lsn(request.headers)
            if asked > container.history.lsn:
                return refusal(404, "The read session is not available", sub_status=READ_SESSION_NOT_AVAILABLE)
            container = container.behind(self.trailing, at_least=asked)
        answer = self._document(request, container, parts, kind, body)
        answer.lsn = container.history.lsn
        return answer

    def _document(self, request: web.Request, container: Container, parts: list[str], kind: str, body: bytes) -> Answer:
        if kind == "query":
            return self._query(request, container, json.loads(body))
        if self.read_only and kind != "read":
            return refusal(403, "the principal does not have the permissions that are required", sub_status=5300)
        partition = _partition(request.headers.get("x-ms-documentdb-partitionkey", "[]"))
        if kind == "batch":
            return container.batch(partition, json.loads(body))
        step: dict[str, Any] = {"operationType": kind, "ifMatch": request.headers.get("if-match")}
        if kind in {"create", "upsert", "replace"}:
            step["resourceBody"] = json.loads(body)
            item_id = step["resourceBody"].get("id")
            if not isinstance(item_id, str) or not 0 < len(item_id.encode()) <= MAX_ID_BYTES or FORBIDDEN_ID.search(item_id):
                return refusal(400, "the id is not valid")
        if len(parts) >= PARTS_OF_A_DOCUMENT:
            step["id"] = parts[5]
        if kind == "patch":
            given = json.loads(body)
            step["operations"] = given if isinstance(given, list) else given["operations"]
            step["condition"] = None if isinstance(given, list) else given.get("condition")
        return container.apply(partition, step)

    def _query(self, request: web.Request, container: Container, asked: Mapping[str, Any]) -> Answer:
        partition = None
        if "x-ms-documentdb-partitionkey" in request.headers:
            partition = _partition(request.headers["x-ms-documentdb-partitionkey"])
        page = int(request.headers.get("x-ms-max-item-count") or DEFAULT_PAGE)
        answer = container.query(
            asked["query"], {one["name"]: one["value"] for one in asked.get("parameters", [])}, partition=partition,
            page=page if page > 0 else DEFAULT_PAGE, continuation=request.headers.get("x-ms-continuation"),
        )  # fmt: skip
        if not answer.failed:
            answer.body = {"_rid": container.properties["_rid"], "Documents": answer.body, "_count": len(answer.body)}
        return answer

    def _meta(self, method: str, parts: list[str], body: dict[str, Any]) -> Answer:
        if parts == [""]:
            places = [{"name": one, "databaseAccountEndpoint": self.endpoint} for one in self.read_regions]
            return Answer(200, {
                "id": "fake", "_rid": "fake", "writableLocations": places[:1], "readableLocations": places,
                "enableMultipleWriteLocations": False, "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
                "queryEngineConfiguration": "{}",
            })  # fmt: skip
        if self.data_only and method != "GET":
            return refusal(403, "cannot be authorized by AAD token in data plane", sub_status=AAD_NOT_ALLOWED)
        if len(parts) <= 2:
            return self._database(method, parts, body)
        containers = self._databases.get(parts[1])
        if containers is None:
            return refusal(404, "Owner resource does not exist", sub_status=OWNER_NOT_FOUND)
        if len(parts) == 3:
            if method == "POST" and body.get("id"):
                return self._create_container(containers, body)
            found = [one.properties for one in containers.values()]
            return Answer(200, {"_rid": "d", "DocumentCollections": found, "_count": len(found)})
        container = containers.get(parts[3])
        if container is None:
            return refusal(404, "Resource Not Found")
        if parts[4:] == ["pkranges"]:
            whole = {"id": "0", "minInclusive": "", "maxExclusive": "FF", "_rid": "p", "parents": [], "status": "online"}
            rid = container.properties["_rid"]
            return Answer(200, {"_rid": rid, "PartitionKeyRanges": [whole], "_count": 1, "_etag": RANGES_TAG})
        if method == "PUT":
            if body.get("partitionKey", {}).get("paths") != container.properties["partitionKey"]["paths"]:
                return refusal(400, "the partition key of a container cannot change")
            container.properties = {**container.properties, **body}
            if "defaultTtl" not in body:
                container.properties.pop("defaultTtl", None)
        if method == "DELETE":
            del containers[parts[3]]
            return Answer(204)
        return Answer(200, container.properties)

    def _database(self, method: str, parts: list[str], body: dict[str, Any]) -> Answer:
        name = parts[1] if len(parts) > 1 else str(body.get("id", ""))
        if method == "POST":
            if name in self._databases:
                return refusal(409, "a database with this id exists")
            self._databases[name] = {}
            return Answer(201, {"id": name, "_rid": name, "_self": f"dbs/{name}", "_etag": '"d"'})
        if name not in self._databases:
            return refusal(404, "Resource Not Found")
        return Answer(200, {"id": name, "_rid": name, "_self": f"dbs/{name}", "_etag": '"d"'})

    def _create_container(self, containers: dict[str, Container], body: dict[str, Any]) -> Answer:
        if body["id"] in containers:
            return refusal(409, "a container with this id exists")
        self._made += 1
        rid = f"c{self._made}"
        properties = {**body, "_rid": rid, "_self": f"dbs/d/colls/{rid}/", "_etag": '"c"', "_ts": int(self._now())}
        containers[body["id"]] = Container(properties, self._now)
        return Answer(201, properties)

    def _now(self) -> float:
        return time.time() + self.skew_seconds


def _kind(request: web.Request, parts: list[str]) -> str:
    """Return what is asked of documents, or `meta`."""
    if len(parts) < 5 or parts[4] != DOCUMENTS:
        return "meta"
    if request.headers.get("x-ms-cosmos-is-query-plan-request"):
        return "plan"
    if request.headers.get("x-ms-documentdb-isquery", "").lower() == "true":
        return "query"
    if request.headers.get("x-ms-cosmos-is-batch-request"):
        return "batch"
    upsert = request.headers.get("x-ms-documentdb-is-upsert", "").lower() == "true"
    by_method = {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}
    return by_method.get(request.method, "upsert" if upsert else "create")


def _partition(header: str) -> str:
    values = json.loads(header)
    return values[0] if values else ""
