"""The HTTP side: routes with function keys, and the host's own `admin` endpoints."""

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from azure.functions import HttpRequest, HttpResponse

from devhost.loading import HttpTrigger, Trigger

MAX_BODY_BYTES: Final = 10 * 1024 * 1024


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
    background: set[asyncio.Task[None]] = set()
    by_name = {trigger.name.lower(): trigger for trigger in triggers}

    def guarded(level: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:  # noqa: ANN401
        async def handle(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("x-functions-key") or request.query.get("code", "")
            if not keys.allows(level, given):
                return web.Response(status=401)
            return await handler(request)

        return handle

    async def invoke_function(request: web.Request) -> web.StreamResponse:
        trigger = by_name.get(request.match_info["name"].lower())
        if trigger is None or isinstance(trigger, HttpTrigger):
            return web.Response(status=404)
        try:
            given = json.loads(await request.text())["input"]
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        task = asyncio.create_task(invoke_now(trigger, str(given)))
        background.add(task)
        task.add_done_callback(background.discard)
        return web.Response(status=202)

    async def status(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"state": "Running", "version": "devhost", "functions": sorted(by_name)})

    async def ping(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=200)

    for trigger in triggers:
        if isinstance(trigger, HttpTrigger):
            whole = re.sub(r"{(\w+)}", r"{\1:[^/]+}", trigger.route)  # a segment may hold braces
            route = re.sub(r"{\*(\w+)}", r"{\1:.*}", whole)  # a route's rest, as ASP.NET writes it
            path = "/" + "/".join(part for part in (prefix, route) if part)
            for method in trigger.methods:
                handler = guarded(trigger.auth_level, _route(trigger, invoke_http))
                app.router.add_route(method, path, handler)
    app.router.add_get("/admin/host/status", guarded("admin", status))
    app.router.add_route("*", "/admin/host/ping", ping)
    app.router.add_post("/admin/functions/{name}", guarded("admin", invoke_function))
    return app


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
