"""The webhook on the wire: what it sends, what it takes for an answer, and that its address is told to nobody."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

import shared.web.webhook
from shared.clock import Clock
from shared.errors import ConfigurationError, ProcessorError, RetryableError
from shared.settings import Settings
from shared.web.webhook import Webhook, WebhookRefused
from tests.fakes.site import serving

TOKEN = "hook-secret-0123456789"


@dataclass
class Receiver:
    """A receiver on loopback that answers by script, then with 200."""

    url: str = ""
    script: list[Callable[[], web.Response]] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((request.path, dict(request.headers), await request.json()))
        return self.script.pop(0)() if self.script else web.Response()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", found.handle)
    async with serving(app) as host:
        found.url = f"http://{host}/{TOKEN}"
        yield found


async def no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
async def webhook(receiver: Receiver) -> AsyncIterator[Webhook]:
    found = Webhook(receiver.url, clock=Clock(sleep=no_wait))
    yield found
    await found.close()


async def test_a_document_is_posted_once_with_its_key(receiver: Receiver, webhook: Webhook) -> None:
    await webhook.post({"text": "grün"}, key="A1.x")
    [(path, headers, body)] = receiver.got
    assert (path, headers["Idempotency-Key"], headers["Content-Type"]) == (f"/{TOKEN}", "A1.x", "application/json")
    assert body == {"text": "grün"}


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_what_passes_by_is_tried_again_with_the_same_key(receiver: Receiver, webhook: Webhook, status: int) -> None:
    receiver.script = [lambda: web.Response(status=status)] * 2
    await webhook.post({}, key="k")
    assert [headers["Idempotency-Key"] for _, headers, _ in receiver.got] == ["k"] * 3


async def test_a_receiver_that_stays_down_is_an_error_after_three_tries(receiver: Receiver, webhook: Webhook) -> None:
    receiver.script = [lambda: web.Response(status=502)] * 9
    with pytest.raises(RetryableError, match="502"):
        await webhook.post({}, key="k")
    assert len(receiver.got) == 3


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 410])
async def test_a_redirect_is_not_followed_and_a_refusal_not_repeated(receiver: Receiver, webhook: Webhook, status: int) -> None:
    elsewhere = f"{receiver.url}/elsewhere"
    receiver.script = [lambda: web.Response(status=status, headers={"Location": elsewhere})]
    with pytest.raises(WebhookRefused, match=str(status)):
        await webhook.post({}, key="k")
    assert [path for path, _, _ in receiver.got] == [f"/{TOKEN}"]


async def test_a_receiver_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection and says nothing."""
    monkeypatch.setattr(shared.web.webhook, "TIMEOUT_SECONDS", 0.05)
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: held.append(writer), "127.0.0.1", 0)
    webhook = Webhook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/{TOKEN}", clock=Clock(sleep=no_wait))
    with pytest.raises(RetryableError, match="no answer in time"):
        await webhook.post({}, key="k")
    assert len(held) == 3
    await webhook.close()
    for writer in held:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_no_error_and_no_log_line_tells_the_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for url in (f"http://127.0.0.1:9/{TOKEN}", f"http://no-such-host.invalid/{TOKEN}", f"http://[::1/{TOKEN}"):
            webhook = Webhook(url, clock=Clock(sleep=no_wait))
            with pytest.raises(ProcessorError) as raised:
                await webhook.post({}, key="k")
            assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r}"
            await webhook.close()
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("url", "allowed", "expected"),
    [
        ("https://hooks.example.com/x", "", None),
        ("https://10.0.0.7:8443/x", "", None),
        ("http://127.0.0.1:9000/x", "127.0.0.1:9000", None),
        ("http://127.0.0.1:9001/x", "127.0.0.1:9000", "https, or a host:port of FETCH_ALLOWED_PRIVATE_HOSTS"),
        ("http://hooks.example.com/x", "", "https, or a host:port of FETCH_ALLOWED_PRIVATE_HOSTS"),
        ("https://user:pass@hooks.example.com/x", "", "an https URL without a user name"),
        ("ftp://hooks.example.com/x", "", "an https URL"),
        ("hooks.example.com/x", "", "an https URL"),
        ("https://hooks.example.com:port/x", "", "a URL"),
    ],
)
def test_the_setting_takes_https_and_names_what_it_expects(url: str, allowed: str, expected: str | None) -> None:
    environ = {"ALERT_WEBHOOK_URL": url, "FETCH_ALLOWED_PRIVATE_HOSTS": allowed}
    if expected is None:
        assert Settings.from_environment(environ).alert_webhook_url is not None
        return
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_environment(environ)
    assert str(raised.value) == f"ALERT_WEBHOOK_URL: got a secret, expected {expected}"
