"""The host itself: listeners, timers and the web server over one event loop."""

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import web
from azure.core.exceptions import AzureError
from azure.functions import HttpRequest, HttpResponse
from azure.functions.queue import QueueMessage
from azure.functions.timer import TimerRequest
from azure.storage.queue.aio import QueueServiceClient

from devhost.errors import DevhostError
from devhost.loading import (
    HttpTrigger,
    QueueTrigger,
    TimerTrigger,
    Trigger,
    load_functions,
    load_options,
    load_settings,
)
from devhost.queues import QueueListener
from devhost.timers import TimerListener
from devhost.web import MAX_HEADER_BYTES, Keys, build_app
from shared.clock import Clock
from shared.errors import ConfigurationError
from shared.identity import client_id_of
from shared.queues.azure import open_service, resolve_connection
from shared.unreached import why_unreached

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

logger = logging.getLogger("devhost")
SHUTDOWN_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class HostArguments:
    """How to run. `port` 0 takes a free one; empty keys are made up; `lock_seconds` is the queue lock, ten minutes on Azure."""

    directory: Path = field(default_factory=Path.cwd)
    address: str = "127.0.0.1"
    port: int = 7071
    function_key: str = ""
    master_key: str = ""
    state: Path = Path(".local/devhost")
    timers: bool = True
    lock_seconds: float = 600.0


class Host:
    """`async with Host(arguments) as host:` serves until the block ends."""

    def __init__(self, arguments: HostArguments, *, environ: MutableMapping[str, str] = os.environ) -> None:
        self._arguments = arguments
        self._environ = environ
        self.keys = Keys(arguments.function_key or secrets.token_hex(16), arguments.master_key or secrets.token_hex(16))
        self.triggers: list[Trigger] = []
        self.url = ""
        self._listeners: list[QueueListener] = []
        self._services: dict[str, QueueServiceClient] = {}
        self._credentials: dict[str, AsyncTokenCredential | None] = {}
        self._timers: dict[str, TimerListener] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        directory = self._arguments.directory.resolve()
        load_settings(directory, self._environ)
        self._options = load_options(directory, self._environ)
        self.triggers = load_functions(directory, self._environ)
        try:
            await self._start_queues()
            await self._start_web()
        except BaseException:
            await self.close()
            raise
        for trigger in self.triggers:
            if isinstance(trigger, TimerTrigger):
                timer = TimerListener(trigger, clock=Clock(), invoke=self._invoke_timer, state=self._arguments.state)
                self._timers[trigger.name] = timer
                if self._arguments.timers:
                    timer.start()
        for listener in self._listeners:
            listener.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop receiving, give what runs ten seconds, close."""
        stopping = [listener.stop(SHUTDOWN_SECONDS) for listener in self._listeners]
        stopping += [timer.stop(SHUTDOWN_SECONDS) for timer in self._timers.values()]
        await asyncio.gather(*stopping)
        if self._runner is not None:
            await self._runner.cleanup()
        for service in self._services.values():
            await service.close()
        for credential in self._credentials.values():
            if credential is not None:
                await credential.close()

    async def _start_queues(self) -> None:
        for trigger in self.triggers:
            if not isinstance(trigger, QueueTrigger):
                continue
            listener = QueueListener(
                trigger, service=self._service(trigger.connection), options=self._options, invoke=self._invoke_queue,
                notify=self._notify, lock_seconds=self._arguments.lock_seconds,
            )  # fmt: skip
            self._listeners.append(listener)
            try:
                await listener.prepare()
            except AzureError as error:
                raise DevhostError(
                    f"the queue storage of {trigger.connection} cannot be reached ({why_unreached(error)}): "
                    "is Azurite running? `make dev` starts it"
                ) from None

    def _service(self, connection: str) -> QueueServiceClient:
        if connection not in self._services:
            try:
                opened = open_service(resolve_connection(connection, self._environ), client_id_of(connection, self._environ))
                self._credentials[connection], self._services[connection] = opened
            except ConfigurationError as error:
                raise DevhostError(str(error)) from None
        return self._services[connection]

    async def _start_web(self) -> None:
        app = build_app(
            self.triggers, prefix=self._options.route_prefix, keys=self.keys, invoke_http=self._invoke_http,
            invoke_now=self._invoke_now,
        )  # fmt: skip
        self._runner = web.AppRunner(app, access_log=None, max_field_size=MAX_HEADER_BYTES)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._arguments.address, self._arguments.port)
        try:
            await site.start()
        except OSError:
            raise DevhostError(
                f"port {self._arguments.port} on {self._arguments.address} is in use: stop what uses it, or give --port"
            ) from None
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    def _notify(self, queue: str) -> None:
        for listener in self._listeners:
            if listener.trigger.queue == queue:
                listener.wake()

    async def _invoke_queue(self, trigger: QueueTrigger, message: QueueMessage) -> bool:
        return await self._run(trigger, message)

    async def _invoke_timer(self, trigger: TimerTrigger, request: TimerRequest) -> bool:
        return await self._run(trigger, request)

    async def _invoke_now(self, trigger: Trigger, text: str) -> None:
        """`/admin/functions/{name}`: beside the schedule, without retries, nobody hears of a failure."""
        if isinstance(trigger, QueueTrigger):
            await self._run(trigger, QueueMessage(id=None, body=text.encode(), dequeue_count=0))  # type: ignore[no-untyped-call]  # the library leaves it untyped
        else:
            await self._timers[trigger.name].run_by_hand()

    async def _invoke_http(self, trigger: HttpTrigger, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        try:
            answer = await trigger.function(**{trigger.argument: request})
        except Exception:  # the host's own net: any failure of the app is a 500 here
            logger.exception("%s failed", trigger.name)
            return HttpResponse(status_code=500)
        logger.info("%s %s %s in %.0f ms", trigger.name, request.method, answer.status_code, _ms(started))
        return answer if isinstance(answer, HttpResponse) else HttpResponse(status_code=500)

    async def _run(self, trigger: Trigger, argument: Any) -> bool:  # noqa: ANN401  (one of the worker's own classes)
        started = time.monotonic()
        try:
            returned = await trigger.function(**{trigger.argument: argument})
            if returned is not None:
                raise RuntimeError(f"function {trigger.name} without a $return binding returned a value")  # noqa: TRY301
        except Exception:  # the host's own net: any failure of the app is a failed invocation
            logger.exception("%s failed", trigger.name)
            return False
        logger.info("%s ok in %.0f ms", trigger.name, _ms(started))
        return True


def _ms(started: float) -> float:
    return 1000 * (time.monotonic() - started)


async def serve(arguments: HostArguments, stop: asyncio.Event) -> None:
    """Serve until `stop`, telling on the console what is served."""
    async with Host(arguments) as host:
        for line in describe(host):
            print(line)
        print(f"devhost ready: {host.url}", flush=True)
        with contextlib.suppress(asyncio.CancelledError):
            await stop.wait()
        print("devhost is stopping", flush=True)


def describe(host: Host) -> list[str]:
    """Return what the host serves, a line each."""
    lines = []
    for trigger in host.triggers:
        match trigger:
            case HttpTrigger(methods=methods, route=route, auth_level=level):
                lines.append(f"  http   {','.join(methods):5} {host.url}/api/{route}  ({level})")
            case QueueTrigger(name=name, queue=queue):
                lines.append(f"  queue  {queue} -> {name}")
            case TimerTrigger(name=name, schedule=schedule):
                lines.append(f"  timer  {schedule} -> {name}")
    return [*sorted(lines), f"  function key (x-functions-key): {host.keys.function}"]
