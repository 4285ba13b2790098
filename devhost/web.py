"""The HTTP side: routes with function keys, and the host's own `admin` endpoints."""

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from azure.functions import HttpRequest, HttpResponse

from devhost.loading import HttpTrigger, Trigger

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
MAX_HEADER_BYTES: Final = 32_768  # as the platform's server: who is signed in by it brings a long one


@dataclass(frozen=True, slots=True)
class Keys:
    """The function key opens routes of level `function`, the master key all."""

    function: str
    master: str

    def allows(self, level: str, given: str) -> bool:
        """Compare in constant time."""
        if level == "anonymous":
            return True
        key = given.encode(errors="surrogatepass")  # a header may hold any bytes
        is_master = hmac.compare_digest(key, self.master.encode())
        is_function = hmac.compare_digest(key, self.function.encode())
        return is_master or (level == "function" and is_function)


def build_app(
    triggers: list[Trigger],
    *,
    prefix: str,
    keys: Keys,
    invoke_http: Callable[[HttpTrigger, HttpRequest], Awaitable[HttpResponse]],
    invoke_now: Callable[[Trigger, str], Coroutine[None, None, None]],
) -> web.Application:
    """Return the server of all routes."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    for trigger in triggers:
        if isinstance(trigger, HttpTrigger):
            for method in trigger.methods:
                app.router.add_route(
                    method, _path(prefix, trigger.route), _guarded(keys, trigger.auth_level, _route(trigger, invoke_http))
                )
    admin = _Admin(triggers, invoke_now)
    app.router.add_get("/admin/host/status", _guarded(keys, "admin", admin.status))
    app.router.add_route("*", "/admin/host/ping", admin.ping)
    app.router.add_post("/admin/functions/{name}", _guarded(keys, "admin", admin.invoke))
    return app


class _Admin:
    """The host's own endpoints. What they start runs in the background: its caller hears of no result."""

    def __init__(self, triggers: list[Trigger], invoke_now: Callable[[Trigger, str], Coroutine[None, None, None]]) -> None:
        self._by_name = {trigger.name.lower(): trigger for trigger in triggers}
        self._invoke_now = invoke_now
        self._background: set[asyncio.Task[None]] = set()

    async def invoke(self, request: web.Request) -> web.StreamResponse:
        trigger = self._by_name.get(request.match_info["name"].lower())
        if trigger is None or isinstance(trigger, HttpTrigger):
            return web.Response(status=404)
        try:
            given = json.loads(await request.text())["input"]
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        task = asyncio.create_task(self._invoke_now(trigger, str(given)))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return web.Response(status=202)

    async def status(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"state": "Running", "version": "devhost", "functions": sorted(self._by_name)})

    async def ping(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=200)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _guarded(keys: Keys, level: str, handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("x-functions-key") or request.query.get("code", "")
        if not keys.allows(level, given):
            return web.Response(status=401)
        return await handler(request)

    return handle


def _path(prefix: str, route: str) -> str:
    whole = re.sub(r"{(\w+)}", r"{\1:[^/]+}", route)  # a segment may hold braces
    rest = re.sub(r"{\*(\w+)}", r"{\1:.*}", whole)  # a route's rest, as ASP.NET writes it
    return "/" + "/".join(part for part in (prefix, rest) if part)


def _route(
    trigger: HttpTrigger, invoke: Callable[[HttpTrigger, HttpRequest], Awaitable[HttpResponse]]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        answer = await invoke(
            trigger,
            HttpRequest(
                request.method, str(request.url), headers=dict(request.headers), params=dict(request.query),
                route_params=dict(request.match_info), body=await request.read(),
            ),
        )  # fmt: skip
        charset = f"; charset={answer.charset}" if answer.mimetype.startswith("text/") else ""
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-type"}
        headers["Content-Type"] = f"{answer.mimetype}{charset}"
        return web.Response(body=answer.get_body(), status=answer.status_code, headers=headers)

    return handle
