"""A queue service at the wire, in the time of the loop that serves it: what the SDK asks, and what Azure Storage answers.

Azurite is the queue service of the other tests. This double is for those in which ten minutes pass: its messages become
visible and expire by the loop's own time, which a test may simulate. The contract suite holds it against Azurite.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final, Self
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from aiohttp import web

from shared.queues.azure import DEVELOPMENT_CONNECTION
from tests.fakes.site import serving

STARTED: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WEEK_SECONDS: Final = 7 * 86_400
NEVER: Final = -1
MAX_TEXT_BYTES: Final = 65_536


@dataclass
class Held:
    """A message; times in seconds of the loop, `expires_at` None for never."""

    message_id: str
    text: str
    inserted_at: float
    visible_at: float
    expires_at: float | None
    dequeue_count: int = 0
    receipt: str = ""


@dataclass(frozen=True)
class Asked:
    """A request as it was answered. `what`: receive, peek, send, update, delete, create, drop or count.

    `seconds`: the visibility that it asked for; `limit`: how many messages; `messages`: their ids; `text`: of a sent one.
    """

    at: float
    what: str
    queue: str
    status: int
    messages: tuple[str, ...] = ()
    seconds: float | None = None
    limit: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class _Call:
    what: str
    queue: str
    message_id: str
    query: Mapping[str, str]
    body: bytes

    def seconds(self, default: float) -> float:
        return float(self.query.get("visibilitytimeout", default))


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[Held, ...] = ()
    seconds: float | None = None
    limit: int | None = None


class _Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class QueueServiceDouble:
    """`async with QueueServiceDouble() as service:`; give `service.connection_string` to the SDK.

    `asked` remembers every request. `put`, `make`, `drop` and `take_away` are what others do, beside the wire.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.queues: dict[str, list[Held]] = {}
        self.connection_string = ""
        self._count = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._serving = serving(app)
        host = await self._serving.__aenter__()
        self.connection_string = DEVELOPMENT_CONNECTION.format(port=host.rsplit(":", 1)[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._serving.__aexit__(None, None, None)

    @staticmethod
    def now() -> float:
        """The time, in seconds of the loop."""
        return asyncio.get_running_loop().time()

    def make(self, queue: str) -> None:
        """Create a queue, where there is none."""
        self.queues.setdefault(queue, [])

    def drop(self, queue: str) -> None:
        """Delete a queue with all that is in it."""
        self.queues.pop(queue, None)

    def put(self, queue: str, text: str, *, visible_in: float = 0, life: float = WEEK_SECONDS) -> Held:
        """Add a message; `life` in seconds, NEVER for one without end."""
        now = self.now()
        held = Held(f"m-{self._next()}", text, now, now + visible_in, None if life == NEVER else now + life)
        held.receipt = f"r-{self._next()}"
        self.messages(queue).append(held)
        return held

    def take_away(self, message_id: str) -> None:
        """Delete a message, whoever holds it."""
        for held in self.queues.values():
            held[:] = [one for one in held if one.message_id != message_id]

    def messages(self, queue: str) -> list[Held]:
        """What is in a queue and has not expired; raises as the service does where there is none."""
        if queue not in self.queues:
            raise _Refused(404, "QueueNotFound")
        now, held = self.now(), self.queues[queue]
        held[:] = [one for one in held if one.expires_at is None or one.expires_at > now]
        return held

    def _next(self) -> int:
        self._count += 1
        return self._count

    async def _handle(self, request: web.Request) -> web.Response:
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        what, answer = self._answers(request, parts)
        call = _Call(what, parts[1], parts[3] if len(parts) > 3 else "", request.query, await request.read())
        text = _text_of(call.body) if what == "send" else None
        try:
            reply = answer(call)
            body = _listed(reply.messages, what) if what in {"receive", "peek", "send"} else ""
        except _Refused as refusal:
            reply = _Reply(refusal.status, {"x-ms-error-code": refusal.code})
            body = f"<Error><Code>{refusal.code}</Code><Message>{refusal.code}</Message></Error>"
        ids = tuple(one.message_id for one in reply.messages) or tuple(filter(None, [call.message_id]))
        self.asked.append(Asked(self.now(), what, call.queue, reply.status, ids, reply.seconds, reply.limit, text))
        return web.Response(status=reply.status, headers=reply.headers, text=body, content_type="application/xml")

    def _answers(self, request: web.Request, parts: list[str]) -> tuple[str, Callable[[_Call], _Reply]]:
        if len(parts) > 3:
            return ("update", self._update) if request.method == "PUT" else ("delete", self._delete)
        if parts[-1] == "messages":
            if request.method == "POST":
                return "send", self._send
            return ("peek", self._peek) if request.query.get("peekonly") == "true" else ("receive", self._receive)
        if request.method == "PUT":
            return "create", self._create
        return ("drop", self._drop) if request.method == "DELETE" else ("count", self._properties)

    def _create(self, call: _Call) -> _Reply:
        there = call.queue in self.queues
        self.make(call.queue)
        return _Reply(204 if there else 201)

    def _drop(self, call: _Call) -> _Reply:
        self.messages(call.queue)
        self.drop(call.queue)
        return _Reply(204)

    def _properties(self, call: _Call) -> _Reply:
        return _Reply(200, {"x-ms-approximate-messages-count": str(len(self.messages(call.queue)))})

    def _send(self, call: _Call) -> _Reply:
        self.messages(call.queue)
        text, seconds = _text_of(call.body), call.seconds(0)
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise _Refused(413, "RequestBodyTooLarge")
        life = float(call.query.get("messagettl", WEEK_SECONDS))
        return _Reply(201, messages=(self.put(call.queue, text, visible_in=seconds, life=life),), seconds=seconds)

    def _peek(self, call: _Call) -> _Reply:
        return _Reply(200, messages=tuple(self._visible(call)))

    def _receive(self, call: _Call) -> _Reply:
        found, seconds = self._visible(call), call.seconds(30)
        for held in found:
            held.dequeue_count += 1
            held.receipt = f"r-{self._next()}"
            held.visible_at = self.now() + seconds
        limit = int(call.query.get("numofmessages", 1))
        return _Reply(200, messages=tuple(found), seconds=seconds, limit=limit)

    def _visible(self, call: _Call) -> list[Held]:
        now = self.now()
        ready = sorted((one for one in self.messages(call.queue) if one.visible_at <= now), key=lambda one: one.visible_at)
        return ready[: int(call.query.get("numofmessages", 1))]

    def _update(self, call: _Call) -> _Reply:
        held, seconds = self._held(call), call.seconds(0)
        held.receipt = f"r-{self._next()}"
        held.visible_at = self.now() + seconds
        if call.body:
            held.text = _text_of(call.body)
        return _Reply(204, {"x-ms-popreceipt": held.receipt, "x-ms-time-next-visible": _date(held.visible_at)}, seconds=seconds)

    def _delete(self, call: _Call) -> _Reply:
        self.queues[call.queue].remove(self._held(call))
        return _Reply(204)

    def _held(self, call: _Call) -> Held:
        for held in self.messages(call.queue):
            if held.message_id == call.message_id:
                if held.receipt != call.query.get("popreceipt"):
                    raise _Refused(400, "PopReceiptMismatch")
                return held
        raise _Refused(404, "MessageNotFound")


def _text_of(body: bytes) -> str:
    return ET.fromstring(body).findtext("MessageText") or ""  # noqa: S314  (the SDK wrote it)


def _date(at: float | None) -> str:
    when = STARTED + timedelta(seconds=at) if at is not None else datetime(9999, 12, 31, tzinfo=UTC)
    return format_datetime(when, usegmt=True)


def _listed(messages: tuple[Held, ...], what: str) -> str:
    root = ET.Element("QueueMessagesList")
    for held in messages:
        one = ET.SubElement(root, "QueueMessage")
        fields = {
            "MessageId": held.message_id,
            "InsertionTime": _date(held.inserted_at),
            "ExpirationTime": _date(held.expires_at),
        }
        if what != "peek":
            fields |= {"PopReceipt": held.receipt, "TimeNextVisible": _date(held.visible_at)}
        if what != "send":
            fields |= {"DequeueCount": str(held.dequeue_count), "MessageText": held.text}
        for name, value in fields.items():
            ET.SubElement(one, name).text = value
    return ET.tostring(root, encoding="unicode")
