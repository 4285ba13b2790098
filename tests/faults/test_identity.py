"""The identity instead of keys: every client asks for tokens of the one that is named, and a role that is missing is said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from shared.chat.factories import build_models
from shared.clock import Clock
from shared.errors import ConfigurationError, QueueUnavailable
from shared.identity import client_id_of
from shared.queues.azure import StorageQueues, open_service
from shared.services import build_queues
from shared.settings import Settings
from shared.store.cosmos import CosmosStore
from tests.fakes.site import serving
from tests.stores import NAMES

APP, QUEUES = "11111111-aaaa-4bbb-8ccc-000000000001", "22222222-aaaa-4bbb-8ccc-000000000002"


@dataclass
class Platform:
    """The endpoint that the platform gives tokens by; keeps what it was asked."""

    asked: list[dict[str, str]] = field(default_factory=list)
    endpoint: str = ""

    async def token(self, request: web.Request) -> web.Response:
        assert request.headers["X-IDENTITY-HEADER"] == "the platform's"
        self.asked.append(dict(request.query))
        return web.json_response(
            {
                "access_token": "a-token",
                "expires_on": "4102444800",
                "resource": request.query["resource"],
                "token_type": "Bearer",
            }
        )


@pytest.fixture
async def platform(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Platform]:
    found, app = Platform(), web.Application()
    app.router.add_get("/msi/token", found.token)
    async with serving(app) as address:
        found.endpoint = f"http://{address}/msi/token"
        monkeypatch.setenv("IDENTITY_ENDPOINT", found.endpoint)
        monkeypatch.setenv("IDENTITY_HEADER", "the platform's")
        for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
            monkeypatch.delenv(name, raising=False)
        yield found


async def test_the_queues_identity_is_the_connections_own_or_the_apps(platform: Platform) -> None:
    for environ, expected in (
        ({"StorageQueue__clientId": QUEUES, "AZURE_CLIENT_ID": APP, "StorageQueue__credential": "managedidentity"}, QUEUES),
        ({"AZURE_CLIENT_ID": APP}, APP),
        ({}, None),
    ):
        platform.asked.clear()
        credential, service = open_service("https://a.queue.core.windows.net", client_id_of("StorageQueue", environ))
        assert credential is not None
        await credential.get_token("https://storage.azure.com/.default")
        assert [asked.get("client_id") for asked in platform.asked] == [expected]
        assert platform.asked[0]["resource"] == "https://storage.azure.com"
        await service.close()
        await credential.close()


async def test_the_models_ask_as_the_apps_identity(platform: Platform) -> None:
    seen: list[str] = []

    async def embeddings(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        one = {"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}
        return web.json_response(
            {"object": "list", "data": [one], "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )

    app = web.Application()
    app.router.add_post("/{tail:.*}", embeddings)
    async with serving(app) as address:
        settings = Settings.from_environment({"AZURE_OPENAI_ENDPOINT": f"http://{address}", "AZURE_CLIENT_ID": APP})
        models = build_models(settings, Clock())
        await models.embeddings.embed(["minimalist"])
        await models.chat.close()
    assert seen == ["Bearer a-token"]
    assert [(one["client_id"], one["resource"]) for one in platform.asked] == [(APP, "https://cognitiveservices.azure.com")]


async def test_the_store_asks_as_the_apps_identity(platform: Platform) -> None:
    """The SDK sends tokens over TLS alone, so what it was given is asked directly."""
    store = CosmosStore("https://a.documents.azure.com/", None, database="P", names=NAMES, clock=Clock(), client_id=APP)
    client = store._build()
    await store._credential.get_token("https://a.documents.azure.com/.default")
    await client.__aexit__(None, None, None)
    await store.close()
    assert [one["client_id"] for one in platform.asked] == [APP]


def test_another_credential_than_the_platforms_is_refused_by_name() -> None:
    with pytest.raises(
        ConfigurationError, match="StorageQueue__credential: got 'workloadidentity', expected 'managedidentity'"
    ):
        build_queues(
            {
                "StorageQueue__queueServiceUri": "https://a.queue.core.windows.net",
                "StorageQueue__credential": "workloadidentity",
            }
        )


def refused(status: int, code: str) -> web.Response:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return web.Response(status=status, body=body, content_type="application/xml", headers={"x-ms-error-code": code})


@pytest.fixture
async def messages_only() -> AsyncIterator[tuple[StorageQueues, list[str]]]:
    """Queue storage where the caller may send, take and delete messages, and nothing else; one queue is missing."""
    done: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        parts = request.path.strip("/").split("/")
        if parts[-1] != "messages" and len(parts) < 4:
            return refused(403, "AuthorizationPermissionMismatch")
        if parts[1] == "missing":
            return refused(404, "QueueNotFound")
        done.append(f"{request.method} {parts[1]}")
        when = "Wed, 25 Nov 2026 09:00:00 GMT"
        listed = (
            f"<QueueMessage><MessageId>m</MessageId><InsertionTime>{when}</InsertionTime><ExpirationTime>{when}</ExpirationTime>"
            f"<PopReceipt>r</PopReceipt><TimeNextVisible>{when}</TimeNextVisible><DequeueCount>1</DequeueCount>"
            "<MessageText>YQ==</MessageText></QueueMessage>"
        )
        if request.method == "DELETE":
            return web.Response(status=204)
        body = f"<?xml version='1.0' encoding='utf-8'?><QueueMessagesList>{listed}</QueueMessagesList>"
        return web.Response(status=201 if request.method == "POST" else 200, body=body, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    async with serving(app) as address:
        key = "YWFhYWFhYWFhYWFhYWFhYQ=="
        queues = StorageQueues(
            f"DefaultEndpointsProtocol=http;AccountName=acc;AccountKey={key};QueueEndpoint=http://{address}/acc;"
        )
        yield queues, done
        await queues.close()


async def test_with_the_roles_for_messages_alone_the_work_goes_on(messages_only: Any) -> None:
    queues, done = messages_only
    await queues.send("likes", b"a")
    [message] = await queues.receive("likes", limit=1)
    assert await queues.delete("likes", message)
    assert len(await queues.peek("likes")) == 1
    assert done == ["POST likes", "GET likes", "DELETE likes", "GET likes"]


async def test_with_the_roles_for_messages_alone_it_is_said_what_cannot_be_made(messages_only: Any) -> None:
    queues, _ = messages_only
    told = "queue {}: status 403: {} is not allowed; the identity needs the role Storage Queue Data Contributor"
    for call, expected in (
        (queues.send("missing", b"a"), told.format("missing", "making it")),
        (queues.ensure("missing"), told.format("missing", "making it")),
        (queues.depth("likes"), told.format("likes", "counting its messages")),
    ):
        with pytest.raises(QueueUnavailable) as raised:
            await call
        assert str(raised.value) == expected
    assert await queues.receive("missing") == []
