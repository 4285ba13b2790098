"""The SDK's client beside itself made lean: the same is sent, as often and to the same places, and the same is made of it.

`cosmos_lean` and `cosmos_first_try` stand on what a version of the SDK does inside. With another version they do nothing, and
the first test here fails: look at what they leave out, then name the version.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, DecodeError, ServiceRequestError
from azure.core.settings import settings
from azure.cosmos import PartitionKey, __version__
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from shared.store import cosmos_lean
from shared.store.cosmos_first_try import first_try_of, without_preparation
from shared.store.cosmos_lean import KNOWN_VERSION, REQUEST_LOG, ShortPipeline, lighten, remembering
from tests.fakes.cosmos import KEY, FakeCosmos, Fault
from tests.fakes.cosmos.documents import Answer

OWN = {  # of this call, or of this account
    "x-ms-activity-id", "x-ms-cosmos-correlated-activityid", "x-ms-date", "x-ms-client-id", "authorization", "host", "if-match",
}  # fmt: skip
ODD_IDS = ("plain", "a b", "a%2Fb", "ü|+&=", "{x}", "a:b;c")
Sent = tuple[str, str, dict[str, str], bytes]
Work = Callable[[ContainerProxy], Awaitable[Any]]


class Recorded(FakeCosmos):
    """Keeps what is sent, but for what differs from call to call, and for the looks at the account in the background."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self.garbled: bytes | None = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in OWN}
        if request.path != "/":
            self.sent.append((request.method, request.raw_path, headers, await request.read()))
        assert request.headers["authorization"].startswith("type%3Dmaster%26ver%3D1.0%26sig%3D")
        return await super()._handle(request) if self.garbled is None else web.Response(body=self.garbled)


@asynccontextmanager
async def opened(*, lean: bool) -> AsyncIterator[tuple[Recorded, ContainerProxy]]:
    """A container of a client of its own, before its first document is asked for."""
    async with Recorded() as fake, CosmosClient(fake.endpoint, KEY) as client:
        if lean:
            lighten(client)
            assert isinstance(client.client_connection.pipeline_client._pipeline, ShortPipeline)
        database = await client.create_database("d")
        container = await database.create_container("c", PartitionKey(path="/userId"))
        await container.read()
        yield fake, container


def item(item_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": item_id, "userId": "u", **fields}


async def all_of(pages: Any) -> list[Any]:
    return [plain(one) async for one in pages]


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if not name.startswith("_")}


async def everything(container: ContainerProxy) -> list[Any]:
    """One call of each kind, and what came of it."""
    got: list[Any] = [plain(await container.create_item(item(one, n=number))) for number, one in enumerate(ODD_IDS)]
    got += [plain(await container.read_item(one, "u")) for one in ODD_IDS]
    etag = (await container.read_item("plain", "u"))["_etag"]
    condition: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
    got.append(plain(await container.replace_item("plain", item("plain", text="ä"), **condition)))
    got.append(plain(await container.upsert_item(item("new"))))
    change: list[dict[str, Any]] = [{"op": "set", "path": "/n", "value": 9}]
    got.append(plain(await container.patch_item("new", "u", change, filter_predicate="FROM c WHERE c.id = 'new'")))
    got += [one["statusCode"] for one in await container.execute_item_batch([("create", (item("batched"),))], "u")]
    got.append(await all_of(container.query_items("SELECT * FROM c", partition_key="u", max_item_count=3)))
    got.append(await all_of(container.query_items("SELECT * FROM c WHERE c.n = 9")))
    got.append(await container.delete_item("new", "u"))
    for refused in (
        container.read_item("none", "u"), container.create_item(item("plain")),
        container.replace_item("plain", item("plain"), **condition),
        container.patch_item("plain", "u", change, filter_predicate="FROM c WHERE c.id = 'new'"),
    ):  # fmt: skip
        with pytest.raises(CosmosHttpResponseError) as error:
            await refused
        got.append((type(error.value), error.value.status_code, error.value.sub_status, str(error.value)))
        got.append(plain(await container.read_item("a b", "u")))  # with what the refusal said of the session
    return got


def test_the_sdk_is_the_one_that_was_looked_at() -> None:
    assert __version__.startswith(KNOWN_VERSION)


async def test_the_same_is_sent_and_the_same_is_made_of_the_answers() -> None:
    async with opened(lean=False) as (theirs, container), opened(lean=True) as (ours, lean):
        expected, got = await everything(container), await everything(lean)
        for one, other in zip(theirs.sent, ours.sent, strict=True):
            assert other == one
        assert got == expected
        assert any("x-ms-session-token" in headers for _, _, headers, _ in ours.sent)


CALLS: dict[str, Work] = {
    "read": lambda container: container.read_item("there", "u"),
    "create": lambda container: container.create_item(item("new")),
    "replace": lambda container: container.replace_item("there", item("there", n=2)),
    "patch": lambda container: container.patch_item("there", "u", [{"op": "incr", "path": "/n", "value": 1}]),
    "batch": lambda container: container.execute_item_batch([("create", (item("batched"),))], "u"),
    "query": lambda container: all_of(container.query_items("SELECT * FROM c", partition_key="u")),
}


async def met(kind: str, mode: int | str, times: int, sub_status: int, *, lean: bool) -> tuple[list[Sent], Any]:
    """What one call sends that meets faults, and what it raises or leaves behind."""
    async with opened(lean=lean) as (fake, container):
        await container.create_item(item("there", n=1))
        await container.read_item("there", "u")
        fake.sent.clear()
        fake.faults.append(Fault(kind, mode, times, sub_status=sub_status))
        try:
            await CALLS[kind](container)
            raised: Any = None
        except AzureError as error:
            raised = type(error), getattr(error, "status_code", None), getattr(error, "sub_status", None)
        sent = list(fake.sent)
        fake.faults.clear()
        return sent, (raised, await all_of(container.query_items("SELECT * FROM c", partition_key="u")))


@pytest.mark.parametrize(
    ("mode", "sub_status"),
    [
        ("reset_before", 0),
        ("reset_after", 0),
        (404, 0),
        (404, 1002),
        (409, 0),
        (410, 1002),
        (412, 0),
        (449, 0),
        (500, 0),
        (503, 0),
    ],
)
@pytest.mark.parametrize("times", [1, 9])
async def test_after_a_failure_the_same_is_tried_again_and_the_same_is_raised(
    mode: int | str, sub_status: int, times: int
) -> None:
    sides = [met(kind, mode, times, sub_status, lean=lean) for kind in CALLS for lean in (False, True)]
    ends = await asyncio.gather(*sides)
    for kind, theirs, ours in zip(CALLS, ends[::2], ends[1::2], strict=True):
        assert ours == theirs, kind


class TwoPlaces(FakeCosmos):
    """An account that may be read and written in two places, of which the first fails; both are one server, of two names."""

    def __init__(self, status: int, sub_status: int) -> None:
        super().__init__()
        self.fails = Fault("*", status, sub_status=sub_status)
        self.sent: list[tuple[str, str]] = []

    def _meta(self, method: str, parts: list[str], body: dict[str, Any]) -> Answer:
        answer = super()._meta(method, parts, body)
        if parts == [""]:
            second = self.endpoint.replace("127.0.0.1", "localhost")
            places = [{"name": "here", "databaseAccountEndpoint": self.endpoint}]
            places.append({"name": "there", "databaseAccountEndpoint": second})
            answer.body |= {"writableLocations": places, "readableLocations": places, "enableMultipleWriteLocations": True}
        return answer

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("/docs/"):
            return await super()._handle(request)
        self.sent.append((request.method, request.host.split(":")[0]))
        return await (self._fail(request, self.fails) if request.host.startswith("127.") else super()._handle(request))


async def went(kind: str, status: int, sub_status: int, *, lean: bool) -> tuple[list[tuple[str, str]], list[str]]:
    """Where each of five calls was sent to, alone at first and then at once, and how they ended."""
    async with (
        TwoPlaces(status, sub_status) as fake,
        CosmosClient(fake.endpoint, KEY, preferred_locations=["here", "there"], multiple_write_locations=True) as client,
    ):
        if lean:
            lighten(client)
        database = await client.create_database("d")
        container = await database.create_container("c", PartitionKey(path="/userId"))
        await container.read()

        async def end(number: int) -> str:
            try:
                await (container.create_item(item(f"new{number}")) if kind == "create" else CALLS[kind](container))
            except AzureError as error:
                return type(error).__name__
            return "done"

        ends = [await end(1), await end(2)]
        alone = len(fake.sent)
        ends += await asyncio.gather(end(3), end(4), end(5))
        return fake.sent[:alone] + sorted(fake.sent[alone:]), ends


@pytest.mark.parametrize(("status", "sub_status"), [(404, 1002), (503, 0)])
async def test_an_account_of_two_places_is_asked_in_the_same_ones(status: int, sub_status: int) -> None:
    kinds = ("create", "query")
    ends = await asyncio.gather(*(went(kind, status, sub_status, lean=lean) for kind in kinds for lean in (False, True)))
    for kind, theirs, ours in zip(kinds, ends[::2], ends[1::2], strict=True):
        assert ours == theirs, kind
        assert ("POST", "localhost") in ours[0], "the second place was asked"
        assert set(ours[1]) == {"done"}


@pytest.mark.parametrize("body", [b"{", b"\xff", b"<html>"])
async def test_what_is_no_answer_is_the_same_error(body: bytes) -> None:
    raised = []
    for lean in (False, True):
        async with opened(lean=lean) as (fake, container):
            fake.garbled = body
            with pytest.raises(DecodeError) as caught:
                await container.read_item("there", "u")
            raised.append((str(caught.value), len(fake.sent)))
    assert raised[0] == raised[1]


class Asked:
    """A request as the SDK's functions see it."""

    resource_type = "docs"
    endpoint_override = "of its own"
    location_endpoint_to_route: str | None = None

    def route_to_location(self, place: str) -> None:
        self.location_endpoint_to_route = place

    def clear_route_to_location(self) -> None:
        self.location_endpoint_to_route = None


class Places:
    """Where requests go: to `now`, which may change at any time."""

    now = "here"
    is_per_partition_automatic_failover_applicable = is_circuit_breaker_applicable = staticmethod(lambda _asked: False)

    def resolve_service_endpoint_for_partition(self, asked: Asked, _part: None) -> str:
        return asked.location_endpoint_to_route or self.now


async def test_a_failure_is_told_of_the_place_where_it_happened() -> None:
    """Others that failed meanwhile may have moved the account's requests elsewhere: that place is not to blame."""
    places, blamed, went = Places(), [], []
    failure = ServiceRequestError("cannot connect")

    async def send(_places: Places, asked: Asked, *_rest: object) -> str:
        went.append(places.resolve_service_endpoint_for_partition(asked, None))
        if places.now == "here":
            places.now = "elsewhere"
            raise failure
        return "done"

    async def execute(
        _client: object, _places: Places, told: Callable[..., Awaitable[str]], asked: Asked, *rest: object
    ) -> str:
        asked.route_to_location(places.now)  # as the SDK's policies do while they are made ready
        try:
            return await told(places, asked, *rest)
        except ServiceRequestError as error:
            blamed.append((error, asked.location_endpoint_to_route))
        asked.route_to_location(places.now)
        return await told(places, asked, *rest)

    client = CosmosClient("https://account.invalid", KEY)
    without_preparation(client)
    assert await first_try_of(execute)(client.client_connection, places, send, Asked(), None, None, None) == "done"
    assert blamed == [(failure, "here")]
    assert went == ["here", "elsewhere"]


async def test_where_someone_listens_or_the_version_is_another_the_sdk_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = logging.getLogger(REQUEST_LOG)
    async with FakeCosmos() as fake, CosmosClient(fake.endpoint, KEY) as client:
        for name, set_up in {
            "log": lambda patch: patch.setattr(log, "level", logging.INFO),
            "traces": lambda patch: patch.setattr(settings.tracing_enabled, "_user_value", True),
            "version": lambda patch: patch.setattr(cosmos_lean, "__version__", "4.99.0"),
        }.items():
            with monkeypatch.context() as patch:
                set_up(patch)
                lighten(client)
                assert not isinstance(client.client_connection.pipeline_client._pipeline, ShortPipeline), name
        lighten(client)
        assert isinstance(client.client_connection.pipeline_client._pipeline, ShortPipeline)


def test_a_hash_is_the_same_however_often_it_is_asked_for() -> None:
    asked: list[Any] = []

    def hashed(pk_value: list[Any], kind: str, version: int = 2) -> str:
        asked.append(pk_value)
        return f"{pk_value}{kind}{version}"

    quick = remembering(hashed)
    for values, rest in [
        (["a"], {}),
        (["a"], {"version": 1}),
        (["a", "b"], {}),
        ([1], {}),
        ([True], {}),
        ([None], {}),
        ([], {}),
    ]:
        for _ in range(2):
            assert quick(pk_value=values, kind="Hash", **rest) == hashed(values, "Hash", **rest)
    assert quick(["a"], "Hash") == quick(["a"], kind="Hash") == hashed(["a"], "Hash")
    asked.clear()
    quick(pk_value=["a"], kind="Hash")
    assert not asked
