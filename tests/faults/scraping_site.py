"""A site on loopback that answers as a test says, and a guest who reads it as the app does, on virtual time."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from shared.scraping.base import Limits, PageOfItems, Visit
from shared.scraping.polite import PoliteFetcher, Politeness
from shared.scraping.registry import adapter_of
from shared.web.fetch import SafeFetcher
from tests.fakes.clock import VirtualTime, lowest
from tests.fakes.site import serving

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]] | web.Response | str | bytes | dict[str, Any]


@dataclass
class Site:
    """`pages`: what a path (with its query, if that is listed) answers; everything else is 404."""

    pages: dict[str, Answer] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def read(self) -> list[str]:
        """The hits without those of robots.txt."""
        return [hit for hit in self.hits if hit != "/robots.txt"]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.hits.append(request.path_qs)
        self.headers.append(dict(request.headers))
        answer = self.pages.get(request.path_qs, self.pages.get(request.path))
        if answer is None:
            return web.Response(status=404)
        if callable(answer):
            return await answer(request)
        if isinstance(answer, web.Response):
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        if isinstance(answer, dict):
            return web.Response(body=json.dumps(answer).encode(), content_type="application/json")
        if request.path == "/robots.txt":
            return web.Response(body=answer, content_type="text/plain")
        return web.Response(body=answer, content_type="text/html", charset="utf-8")


@asynccontextmanager
async def running(site: Site) -> AsyncIterator[Site]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", site.handle)
    async with serving(app) as host:
        site.port = int(host.rpartition(":")[2])
        yield site


@dataclass
class Guest:
    """Reads sites as the app does."""

    time: VirtualTime
    safe: SafeFetcher
    fetch: PoliteFetcher

    async def pages(
        self, kind: str, config: dict[str, Any], *, limits: Limits | None = None, validators: Mapping[str, str] | None = None
    ) -> list[PageOfItems]:
        visit = Visit(self.fetch, NOW, limits or Limits(), validators or {})
        return [page async for page in adapter_of(kind).pages(config, visit)]


@asynccontextmanager
async def guest(*sites: Site, politeness: Politeness | None = None) -> AsyncIterator[Guest]:
    time = VirtualTime(NOW, uniform=lowest)
    clock = time.clock()
    safe = SafeFetcher(clock=clock, allowed_private_hosts={site.host for site in sites})
    try:
        yield Guest(time, safe, PoliteFetcher(safe, clock=clock, politeness=politeness))
    finally:
        await safe.close()
