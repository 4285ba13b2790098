"""Loads the app: its settings, its host.json, and its functions as typed triggers."""

import importlib
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from devhost.errors import DevhostError

_TIMESPAN: Final = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d(?:\.\d{1,7})?)")
QUEUE_OPTIONS: Final = (
    "batchSize", "newBatchThreshold", "maxPollingInterval", "visibilityTimeout", "maxDequeueCount", "messageEncoding",
)  # fmt: skip
OVERRIDE: Final = "AzureFunctionsJobHost__"
_PERCENT: Final = re.compile(r"%([^%]+)%")
RESERVED_ROUTES: Final = ("admin", "runtime")
UserFunction = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class QueueTrigger:
    """A function on a queue. `binary`: it takes bytes; text would lose what is not UTF-8."""

    name: str
    function: UserFunction
    argument: str
    queue: str
    connection: str
    binary: bool


@dataclass(frozen=True, slots=True)
class TimerTrigger:
    """A function on a schedule of six fields, in UTC."""

    name: str
    function: UserFunction
    argument: str
    schedule: str
    use_monitor: bool


@dataclass(frozen=True, slots=True)
class HttpTrigger:
    """A function on a route. `auth_level`: anonymous, function or admin."""

    name: str
    function: UserFunction
    argument: str
    route: str
    methods: tuple[str, ...]
    auth_level: str


Trigger = QueueTrigger | TimerTrigger | HttpTrigger


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What host.json says of queues and routes; times in seconds. The defaults are the host's own."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_polling_seconds: float = 60.0
    visibility_seconds: float = 0.0
    max_dequeue_count: int = 5
    base64: bool = True
    route_prefix: str = "api"


def load_settings(directory: Path, environ: MutableMapping[str, str]) -> str:
    """Put `local.settings.json` (else the sample) under what the environment says already; returns the file's name.

    As `func start` does, say that this is development.
    """
    environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    for name in ("local.settings.json", "local.settings.sample.json"):
        path = directory / name
        if path.is_file():
            try:
                values = json.loads(path.read_text())["Values"]
            except (ValueError, KeyError, TypeError) as error:
                raise DevhostError(f"{name}: is not the JSON of local settings ({error})") from None
            for key, value in values.items():
                if str(value):
                    environ.setdefault(key, str(value))
            return name
    return "no settings file"


def load_options(directory: Path, environ: Mapping[str, str] | None = None) -> HostOptions:
    """Read host.json, and what the environment says instead of it; raises `DevhostError` for a value that the host would
    misread.

    As on Azure, a setting `AzureFunctionsJobHost__extensions__queues__batchSize` goes before that value of host.json.
    """
    try:
        document = json.loads((directory / "host.json").read_text())
    except FileNotFoundError:
        raise DevhostError(f"there is no host.json in {directory}: start devhost in the app's folder") from None
    except ValueError as error:
        raise DevhostError(f"host.json: is not JSON ({error})") from None
    extensions = document.get("extensions", {})
    queues = {**extensions.get("queues", {}), **_overrides(environ or {})}
    batch = int(queues.get("batchSize", 16))
    return HostOptions(
        batch_size=batch,
        new_batch_threshold=int(queues.get("newBatchThreshold", batch // 2 * (os.cpu_count() or 1))),
        max_polling_seconds=seconds_of(queues.get("maxPollingInterval", "00:01:00"), "maxPollingInterval"),
        visibility_seconds=seconds_of(queues.get("visibilityTimeout", "00:00:00"), "visibilityTimeout"),
        max_dequeue_count=int(queues.get("maxDequeueCount", 5)),
        base64=queues.get("messageEncoding", "base64") == "base64",
        route_prefix=extensions.get("http", {}).get("routePrefix", "api"),
    )


def _overrides(environ: Mapping[str, str]) -> dict[str, str]:
    """What the environment says of the queues; the host takes names in any case."""
    start = f"{OVERRIDE}extensions__queues__".casefold()
    given = {name.casefold(): value for name, value in environ.items() if name.casefold().startswith(start)}
    return {name: given[start + name.casefold()] for name in QUEUE_OPTIONS if start + name.casefold() in given}


def seconds_of(text: str, name: str) -> float:
    """Return the seconds of `hh:mm:ss` or `hh:mm:ss.fff`; the host would read a bare number as days, so it is refused."""
    match = _TIMESPAN.fullmatch(str(text))
    if match is None:
        raise DevhostError(f"host.json: {name} is {text!r}, expected hh:mm:ss")
    hours, minutes, seconds = map(float, match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds()


def load_functions(directory: Path, environ: Mapping[str, str]) -> list[Trigger]:
    """Import `function_app` and return its triggers."""
    sys.path.insert(0, str(directory))
    try:
        module = importlib.import_module("function_app")
    except ModuleNotFoundError as error:
        raise DevhostError(f"the app cannot be loaded: {error}; run `make setup`") from None
    return [_trigger(function, environ) for function in module.app.get_functions()]


def _trigger(function: Any, environ: Mapping[str, str]) -> Trigger:  # noqa: ANN401  (the library's own class)
    name, user, binding = function.get_function_name(), function.get_user_function(), function.get_trigger()
    fields = binding.get_dict_repr()
    argument = fields["name"]
    match fields["type"]:
        case "queueTrigger":
            queue = resolve(fields["queueName"], environ)
            binary = str(getattr(fields.get("dataType"), "name", "")) == "BINARY"
            return QueueTrigger(name, user, argument, queue, fields.get("connection") or "AzureWebJobsStorage", binary)
        case "timerTrigger":
            monitored = bool(fields.get("useMonitor", True))
            return TimerTrigger(name, user, argument, resolve(fields["schedule"], environ), monitored)
        case "httpTrigger":
            route = (fields.get("route") or name).strip("/")
            if route.startswith(RESERVED_ROUTES):
                raise DevhostError(f"{name}: the route {route!r} conflicts with the host's own, rename it")
            methods = tuple(getattr(one, "value", str(one)) for one in fields.get("methods") or ("GET", "POST"))
            level = getattr(fields.get("authLevel"), "value", None) or "function"
            return HttpTrigger(name, user, argument, route, methods, str(level).lower())
        case other:
            raise DevhostError(f"{name}: devhost does not know the trigger {other!r}")


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """Replace `%NAME%` by that setting; raises `DevhostError` where it is not set."""

    def value(match: re.Match[str]) -> str:
        try:
            return environ[match.group(1)]
        except KeyError:
            raise DevhostError(f"the setting {match.group(1)} is not set, a binding asks for it") from None

    return _PERCENT.sub(value, text)
