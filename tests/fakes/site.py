"""A web server on loopback for the length of a block: what pictures, feeds, webhooks and collectors are served by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serving(app: web.Application, *, shutdown_seconds: float = 0.1) -> AsyncIterator[str]:
    """Serve the application on a free port; yields `host:port`."""
    runner = web.AppRunner(app, shutdown_timeout=shutdown_seconds, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
