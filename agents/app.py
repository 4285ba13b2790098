"""What the triggers call: a message of a kind, a dead letter, a timer, a command, a request. The services behind are built at
the first call, once, in the running loop.
"""

import asyncio
import importlib
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from agents.jobs.messages import trace_of
from agents.timers import LedgeredTimer, TimerRow
from agents.wiring import MANIFESTS, Wiring
from shared import observe
from shared.clock import Clock
from shared.errors import ConfigurationError
from shared.loading import much_is_imported
from shared.observe.log import log_event
from shared.queues.base import unwrap
from shared.services import Services, build
from shared.settings import Settings

if TYPE_CHECKING:
    from agents.api.http import Request, Response
    from agents.jobs.delivery import Runner

logger = logging.getLogger(__name__)
COMMANDS_FUNCTION: Final = "RunOnDemand"


class App:
    """Every trigger's work. The services are built at the first call; a wrong setting shows there, with all others.

    `own_process`: no other app lives in the process, so the collector may leave out what is imported. `clock`: another than
    the machine's own.
    """

    def __init__(self, environ: Mapping[str, str], *, own_process: bool = False, clock: Clock | None = None) -> None:
        self._environ = environ
        self._clock = clock or Clock()
        self._own_process = own_process
        self._lock = asyncio.Lock()
        self._built: tuple[Services, Wiring] | None = None
        self._ready: set[str] = set()  # kinds of job whose code is imported, and "assembly" when all else is

    async def deliver(self, kind: str, content: bytes, dequeue_count: object, message_id: str = "") -> None:
        """Queue trigger: one job of a kind. Returning acknowledges the message.

        `dequeue_count` is a hint that costs a read when it is wrong.
        """
        with observe.invocation("pubsub", MANIFESTS[kind].function):
            runner = await self._runner(kind)
            await runner.deliver(unwrap(content), redelivered=dequeue_count != 1, message_id=message_id)

    async def persist(self, kind: str, content: bytes, message_id: str = "") -> None:
        """Queue trigger: one dead letter of a kind of job. Returning acknowledges the message."""
        with observe.invocation("pubsub", MANIFESTS[kind].dead_letter_function):
            await (await self._wiring()).dead_letters[kind].persist(unwrap(content), message_id=message_id)

    async def tick(self, timer: TimerRow) -> None:
        """Timer: take the slot that is due, or do the chore."""
        with observe.invocation("timer", timer.function), observe.timer(timer.function, timer.ncrontab, self._clock.now()):
            wiring = await self._all()
            if isinstance(timer, LedgeredTimer):
                await wiring.commands.fire(timer.name, timer.schedule, grace=timer.grace)
            else:
                await wiring.chores[timer.name]()

    async def command(self, content: bytes, message_id: str = "") -> None:
        """Queue trigger: the step of an operation on dead letters, or a run that was asked for, or its next stage."""
        with observe.invocation("pubsub", COMMANDS_FUNCTION):
            wiring, body = await self._all(), unwrap(content)
            with observe.processing(wiring.commands.queue, len(body), trace_of(body), message_id=message_id):
                if await wiring.holding.handle(body) or await wiring.holding.held(body):
                    return
                if not await wiring.on_call.steps.handle(body) and not await wiring.erasures.handle(body):
                    await wiring.commands.handle(body)

    async def answer(self, name: str, request: "Request") -> "Response":
        """HTTP: the endpoint `name` answers."""
        with observe.invocation("http", name) as watched:
            response = await self._answer(name, request)
            observe.answered(watched, response.status, expected=response.expected)
            return response

    async def _answer(self, name: str, request: "Request") -> "Response":
        try:
            wiring = await self._all()
        except ConfigurationError as error:
            from agents.api.http import problem  # noqa: PLC0415  (no job needs the endpoints' code)

            log_event(logger, "the settings are wrong", level=logging.CRITICAL, problems=str(error).splitlines())
            return problem(503, "Service Unavailable", "The app's settings are wrong; its log names every one of them.")
        return await wiring.api.answer(name, request)

    async def close(self) -> None:
        """Close what was built; for a host that can tell its app to end, as devhost does and Azure does not."""
        built, self._built = self._built, None
        if built is not None:
            await built[0].close()

    async def _runner(self, kind: str) -> "Runner[Any]":
        """Return a kind's runner, whose code the first job of the kind imports, in a thread."""
        wiring = await self._wiring()
        if kind not in self._ready:
            async with self._lock:
                await asyncio.to_thread(wiring.runners.__getitem__, kind)
                self._ready.add(kind)
        return wiring.runners[kind]

    async def _all(self) -> Wiring:
        """Return the wiring, with the code of all that is no job's work; the first call imports it, in a thread."""
        wiring = await self._wiring()
        if "assembly" not in self._ready:
            async with self._lock:
                await asyncio.to_thread(importlib.import_module, "agents.assembly")
                self._ready.add("assembly")
        return wiring

    async def _wiring(self) -> Wiring:
        """Raise `ConfigurationError`, which names every wrong setting."""
        if self._built is None:
            async with self._lock:
                if self._built is None:
                    settings = Settings.from_environment(self._environ)
                    for line in Settings.strangers(self._environ):
                        log_event(logger, "a setting is not known", level=logging.WARNING, problem=line)
                    with much_is_imported(to_stay=self._own_process):
                        services = await build(settings, environ=self._environ, clock=self._clock)
                    self._built = services, Wiring.of(services)
                    observe.cold_start()
        return self._built[1]
