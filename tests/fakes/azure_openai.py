"""A fake Azure OpenAI on the wire: chat completions and embeddings, answering by script, else from the picture itself."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Self

from aiohttp import web

from tests.fakes.models import hashed
from tests.fakes.site import serving

VECTOR = hashed(32)
Reply = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
GOOD = {"style_keywords": ["minimalist"], "colours": ["navy"], "garments": ["blazer"], "brand": None, "confidence": 0.9}


def completion(content: str | None, *, finish: str = "stop", refusal: str | None = None) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-4.1-mini",
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": 400, "completion_tokens": 40, "total_tokens": 440},
    }  # fmt: skip


def says(content: object, *, finish: str = "stop", refusal: str | None = None) -> Reply:
    text = content if isinstance(content, str) or content is None else json.dumps(content)

    async def reply(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(completion(text, finish=finish, refusal=refusal))

    return reply


def answers(body: object) -> Reply:
    """The whole body of a 200, whatever it is."""
    return answers_text(json.dumps(body))


def answers_text(text: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    async def reply(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type="application/json", headers=headers)

    return reply


def fails(
    status: int, code: str = "error", headers: dict[str, str] | None = None, *, message: str = "no",
    body: dict[str, Any] | None = None,
) -> Reply:  # fmt: skip
    told = {"error": {"code": code, "message": message}} if body is None else body

    async def reply(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(told, status=status, headers=headers)

    return reply


def takes(*, not_these: Collection[str], reply: Reply) -> Reply:
    """A deployment that refuses these parameters in OpenAI's words, one at a time, and else answers."""

    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        for name in not_these:
            if name in body:
                told = f"Unsupported parameter: '{name}' is not supported with this model."
                hint = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
                error = {
                    "message": told + hint,
                    "type": "invalid_request_error",
                    "param": name,
                    "code": "unsupported_parameter",
                }
                return web.json_response({"error": error}, status=400)
        return await reply(request, body)

    return answer


async def resets(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hangs(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def drips(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    while True:
        await answer.write(b" ")
        await asyncio.sleep(0.02)


async def no_json(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return web.Response(text="<html>gateway</html>", content_type="text/html")


class FakeAzureOpenAI:
    """`async with FakeAzureOpenAI() as fake:`; `fake.script` holds replies for the next chat calls."""

    key = "fake-key"

    def __init__(self, *, latency_seconds: float = 0.0, default: Reply | None = None, keep_bodies: bool = True) -> None:
        self.script: deque[Reply] = deque()
        self.default = default or says(GOOD)
        self.latency_seconds = latency_seconds
        self.calls: Counter[str] = Counter()
        self.bodies: deque[dict[str, Any]] = deque(maxlen=None if keep_bodies else 1)
        self.endpoint = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=50_000_000)
        app.router.add_post("/{head:.*}/chat/completions", self._chat)
        app.router.add_post("/{head:.*}/embeddings", self._embeddings)
        self._serving = serving(app)
        self.endpoint = f"http://{await self._serving.__aenter__()}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._serving.__aexit__(None, None, None)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        self.calls["chat"] += 1
        body = await request.json()
        self.bodies.append(body)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        reply = self.script.popleft() if self.script else self.default
        return await reply(request, body)

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        self.calls["embeddings"] += 1
        body = await request.json()
        self.bodies.append(body)
        vectors = [{"object": "embedding", "index": i, "embedding": VECTOR(text)} for i, text in enumerate(body["input"])]
        usage = {"prompt_tokens": len(vectors), "total_tokens": len(vectors)}
        return web.json_response({"object": "list", "data": vectors, "model": "e", "usage": usage})
