"""Where the triggers enter. The app behind is imported at the first call: a cold start only indexes the functions.

On Azure the host waits for indexing, for every function and instance, and gives up after ten seconds; what the functions
do costs twice as much to import as the triggers themselves.
"""

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from shared.collector import Settled

if TYPE_CHECKING:
    from agents.api.http import Response
    from agents.app import App
    from agents.timers import TimerRow
    from shared.clock import Clock
    from shared.observe.setup import Telemetry


class QueueMessage(Protocol):
    """What is used of a trigger's message."""

    @property
    def dequeue_count(self) -> int | None:
        """How often it was given out, this time included; None where the host does not say."""

    @property
    def id(self) -> str | None:
        """Its id in the queue, or what its body says of itself: of no use but to be shown."""

    def get_body(self) -> bytes:
        """Return the body as it came."""


class Entry:
    """Hands out the app, and makes it at the first call. `clock`: another than the machine's own, for who tries the app."""

    def __init__(self) -> None:
        self.clock: Clock | None = None
        self._lock = asyncio.Lock()
        self._loaded = Settled()  # with the first calls come the libraries that they need
        self._app: App | None = None
        self._telemetry: Telemetry | None = None

    async def app(self) -> "App":
        """Return the app; the first call imports it, in a thread."""
        if self._app is None:
            async with self._lock:
                if self._app is None:
                    made = await asyncio.to_thread(_make, self.clock)
                    self._telemetry, self._app = made
                    return made[1]
        return self._app

    async def deliver(self, kind: str, message: "QueueMessage") -> None:
        """Queue trigger: one job of a kind."""
        await (await self.app()).deliver(kind, message.get_body(), message.dequeue_count, message.id or "")
        self._loaded.settle()

    async def persist(self, kind: str, message: "QueueMessage") -> None:
        """Queue trigger: one dead letter of a kind."""
        await (await self.app()).persist(kind, message.get_body(), message.id or "")

    async def tick(self, timer: "TimerRow") -> None:
        """Timer."""
        await (await self.app()).tick(timer)
        self._loaded.settle()

    async def command(self, message: "QueueMessage") -> None:
        """Queue trigger: a run on demand, or a step."""
        await (await self.app()).command(message.get_body(), message.id or "")
        self._loaded.settle()

    async def answer(
        self, name: str, method: str, body: bytes, query: Mapping[str, str], route: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> "Response":  # fmt: skip
        """HTTP: the endpoint `name` answers."""
        app = await self.app()
        from agents.api.http import Request  # noqa: PLC0415  (loaded by now)

        lower = {header.lower(): value for header, value in headers.items()}
        return await app.answer(name, Request(body, dict(query), dict(route), lower, method))

    async def close(self) -> None:
        """Close the app, where one was made."""
        app, self._app = self._app, None
        if app is not None:
            await app.close()
        telemetry, self._telemetry = self._telemetry, None
        if telemetry is not None:
            await asyncio.to_thread(telemetry.stop)


def _make(clock: "Clock | None" = None) -> "tuple[Telemetry | None, App]":
    from agents.app import App  # noqa: PLC0415  (see the module)
    from shared.observe.setup import start  # noqa: PLC0415

    return start(os.environ), App(os.environ, own_process=True, clock=clock)


ENTRY: Final = Entry()
