"""The protocol of the endpoints: a request's parts in, checked against the endpoint's models; a status and a document out.

Errors are RFC 9457 problem documents without internals. Knows nothing of Azure's request
types; `function_app` turns one into the other.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from agents.api.endpoint import MAX_REQUEST_BYTES, READ_SECONDS, Endpoint, NoBody, Parameters
from agents.api.rights import ACT_ROLE, ACTION_HEADER, MAX_KEY, READ_ROLE, Caller, Rights, may_be_key
from agents.api.wording import MAX_ERRORS, field_errors, sentence, shortened, unknown_field
from shared import observe
from shared.deadline import within
from shared.errors import ProcessorError, RetryableError, StoreMisconfigured, StoreNotWritable
from shared.observe.log import log_event, scrub
from shared.store.base import Document, Page
from shared.text import nearest

logger = logging.getLogger(__name__)
MAX_DEPTH: Final = 32
MAX_SHOWN: Final = 100
PREFIX: Final = "/api"
UNKNOWN: Final = "unknown_endpoint"  # the trigger of every address that no endpoint has
PLATFORM_PARAMETERS: Final = frozenset({"code", "clientId"})  # the function key, and its name: the host's, not ours
KINDS: Final[Mapping[type, str]] = {list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
JSON_TYPE: Final = "application/json"
PROBLEM_TYPE: Final = "application/problem+json"


Q = TypeVar("Q", bound=Parameters)
B = TypeVar("B", bound=BaseModel)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that an answer may depend on. Header names are in lower case."""

    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    route: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = ""


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """A request whose query and body are what the endpoint takes. An `actor` of theirs is the token's, where there is one."""

    query: Q
    body: B
    route: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Caller = field(default_factory=Caller)


@dataclass(frozen=True, slots=True)
class Response:
    """Status, content, content type, headers. `content`: a model or an object, sent as JSON; or text or bytes as they are.
    `expected`: one of 5xx is the answer that was asked for, and no failure of the app.
    """

    status: int
    content: BaseModel | Mapping[str, Any] | str | bytes
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    expected: bool = False

    @property
    def body(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.content, bytes):
            return self.content
        if isinstance(self.content, str):
            return self.content.encode()
        document = self.content.model_dump(mode="json", by_alias=True) if isinstance(self.content, BaseModel) else self.content
        return json.dumps(document, ensure_ascii=False).encode(errors="replace")  # a caller's half a surrogate pair


class BadRequest(Exception):
    """The request is wrong; `status` and `title` say how, `errors` name the fields."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: list[dict[str, str]] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.response = problem(status, title, detail, errors, more)


def problem(
    status: int,
    title: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Return a problem document of RFC 9457; `more` are members of its own."""
    document: dict[str, Any] = {"type": "about:blank", "status": status, "title": title, "detail": detail, **(more or {})}
    if errors:
        document["errors"] = errors
    return Response(status, document, PROBLEM_TYPE)


class LateError(TimeoutError):
    """A part of a request that must not take long did not answer within `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.seconds = seconds


async def in_time(work: Coroutine[Any, Any, R], seconds: float = READ_SECONDS) -> R:
    """Return what `work` returns. Raises `LateError` after `seconds`: of an endpoint that may take longer for other work."""
    try:
        return await within(work, seconds)
    except TimeoutError:
        raise LateError(seconds) from None


def wrong_fields(status: int, what: str, errors: list[dict[str, str]]) -> BadRequest:
    """Return the error for fields that are wrong; its detail says the first."""
    title = "Bad Request" if status == 400 else "Unprocessable Content"  # noqa: PLR2004
    return BadRequest(status, title, f"{what}: {sentence(errors)}.", errors)


def not_found(detail: str, errors: list[dict[str, str]] | None = None) -> BadRequest:
    """Return the error for what does not exist; `errors` name the part of the address, or the field, that says it."""
    return BadRequest(404, "Not Found", detail, errors)


def no_such(noun: str, came: str, expected: str) -> BadRequest:
    """Return the error for an id that nothing has: what came, and which form such an id has, or where it is listed."""
    return not_found(f"There is no {noun} with the id {shortened(came)}; expected {expected}.")


Handler = Callable[[Call[Any, Any]], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Api:
    """All endpoints, by name, and what a caller must bring."""

    endpoints: Mapping[str, tuple[Endpoint, Handler]]
    rights: Rights = field(default_factory=Rights)

    @classmethod
    def of(cls, subjects: Iterable[object], rights: Rights | None = None) -> "Api":
        """Collect the marked methods of `subjects`."""
        found: dict[str, tuple[Endpoint, Handler]] = {}
        for subject in subjects:
            for name, marked in _marked(type(subject)):  # type: ignore[arg-type]  # a class is hashable
                found[marked.name] = marked, getattr(subject, name)
        return cls(found, rights or Rights())

    async def answer(self, name: str, request: Request) -> Response:
        """Check the request, run the handler; every failure becomes a problem document without internals."""
        if name == UNKNOWN:
            return self._no_endpoint(request.route.get("path", "").lstrip("/"), request.method)
        marked, handler = self.endpoints[name]
        path = "/".join(
            request.route.get(part[1:-1], part) if part.startswith("{") else part for part in marked.path.split("/")
        )
        if "{" in marked.path and any(_literal(one.path) > _literal(marked.path) for one in self._of(path)):
            # a parameter that is another's name
            return self._no_endpoint(path, marked.method)
        with observe.request(name, marked.method, marked.path, request.headers.get("traceparent")) as watched:
            response = await _answer(marked, handler, request, self.rights)
            observe.answered(watched, response.status, expected=response.expected)
            return response

    def _of(self, path: str) -> list[Endpoint]:
        """Return the endpoints of an address."""
        return [one for one, _ in self.endpoints.values() if _matches(one.path, path)]

    def _no_endpoint(self, path: str, method: str) -> Response:
        """Answer for an address or a method that no endpoint has: 404, or 405 with the methods that there are."""
        matching = self._of(path)
        closest = max((_literal(one.path) for one in matching), default=0)  # a name outweighs a parameter
        allowed = sorted({one.method for one in matching if _literal(one.path) == closest})
        if allowed and method not in allowed:
            asked = f"{method or 'This method'} {PREFIX}/{path[:MAX_SHOWN]}"
            detail = f"{asked} is not answered: expected {' or '.join(allowed)}."
            refused = problem(405, "Method Not Allowed", detail)
            return Response(refused.status, refused.content, refused.content_type, {"Allow": ", ".join(allowed)})
        near = nearest(path, {one.path for one, _ in self.endpoints.values()})
        guess = f"; did you mean {PREFIX}/{near}?" if near else f"; {PREFIX}/ops/openapi.json has them all."
        return problem(404, "Not Found", f"There is no endpoint {PREFIX}/{path[:MAX_SHOWN]}{guess}")


@cache
def _marked(subject: type) -> tuple[tuple[str, Endpoint], ...]:
    """Return the marked methods of a class by their names."""
    marked = ((name, getattr(getattr(subject, name), "__endpoint__", None)) for name in dir(subject))
    return tuple((name, one) for name, one in marked if isinstance(one, Endpoint))


def _matches(template: str, path: str) -> bool:
    """True where a path is of an endpoint's template."""
    ours, theirs = template.split("/"), path.split("/")
    return len(ours) == len(theirs) and all(
        one.startswith("{") or one == other for one, other in zip(ours, theirs, strict=True)
    )


def _literal(template: str) -> int:
    """How many parts of a template are names."""
    return sum(not part.startswith("{") for part in template.split("/"))


async def _answer(marked: Endpoint, handler: Handler, request: Request, rights: Rights) -> Response:
    try:
        call = _checked(marked, request, rights.caller(request.headers))
        _permit(marked, call, rights)
        return await within(handler(call), marked.seconds)
    except BadRequest as error:
        return error.response
    except TimeoutError as error:
        log_event(logger, "a request was not answered in time", level=logging.WARNING, endpoint=marked.name)
        limit = error.seconds if isinstance(error, LateError) else marked.seconds or 0.0
        words = f"No answer within {limit:g} s: a dependency hangs, `GET /api/ops/preflight` says which; try again."
        late = problem(503, "Service Unavailable", words)
        return Response(late.status, late.content, late.content_type, {"Retry-After": "5"})
    except RetryableError as error:
        return _outage(error)
    except ProcessorError as error:
        logger.exception("a request failed")
        return problem(500, "Internal Server Error", f"The request failed ({error.reason.value}).")


def _outage(error: RetryableError) -> Response:
    """Answer for a dependency that is down, in words without internals: the log and the preflight have those."""
    if isinstance(error, StoreMisconfigured) and not isinstance(error, StoreNotWritable):
        log_event(logger, "a request met a store that is not set up", level=logging.ERROR, problem=scrub(str(error)))
        return problem(
            503, "Service Unavailable",
            "The store is not set up as the app needs it, which an operator has to mend: the log and `GET /api/ops/preflight` "
            "name what is missing.",
        )  # fmt: skip
    what = f"A dependency is down ({error.reason.value})"
    if isinstance(error, StoreNotWritable):
        log_event(logger, "a request met a store that takes no writes", level=logging.ERROR, problem=scrub(str(error)))
        what = "The store takes no writes, its disk is full or its place read-only"
    else:
        log_event(logger, "a request met an outage", level=logging.WARNING, reason=error.reason.value)
    seconds = str(max(1, round(error.retry_after_seconds or 5)))
    outage = problem(503, "Service Unavailable", f"{what}, `GET /api/ops/preflight` says which; try again.")
    return Response(outage.status, outage.content, outage.content_type, {"Retry-After": seconds})


def _permit(marked: Endpoint, call: Call[Any, Any], rights: Rights) -> None:
    """Raise the refusal of a call whose caller lacks the right. A dry run changes nothing: reading is enough for it."""
    dry = getattr(call.body, "dry_run", False) is True or getattr(call.query, "dry_run", False) is True
    right = "read" if dry and marked.right == "act" else marked.right
    needs = rights.needs(call.caller, right)
    if needs is None:
        return
    log_event(
        logger, "a call was refused: its caller lacks the right", level=logging.WARNING, endpoint=marked.name, right=right,
        needs=needs,
    )  # fmt: skip
    role = ACT_ROLE if right == "act" else f"{READ_ROLE} or {ACT_ROLE}"
    words = {
        "action_key": f"This changes something: expected the action key in the header {ACTION_HEADER}.",
        "role": f"Expected a token with the app role {role}" + (" or the action key." if rights.action_key else "."),
    }
    raise BadRequest(403, "Forbidden", words[needs], more={"reason": f"{needs}_required"})


def _checked(marked: Endpoint, request: Request, caller: Caller) -> Call[Any, Any]:
    if ACTION_HEADER in marked.headers and not may_be_key(request.headers.get(ACTION_HEADER, "")):
        expected = f"{ACTION_HEADER}: expected at most {MAX_KEY} printable ASCII characters"
        raise BadRequest(400, "Bad Request", expected)
    try:
        query = marked.query.model_validate(_as(caller, marked.query, dict(request.query)))
    except ValidationError as error:
        raise wrong_fields(400, "The query is not valid", field_errors(error)) from None
    known = [one.alias or name for name, one in marked.query.model_fields.items()]
    unknown = [name for name in request.query if name not in known and name not in PLATFORM_PARAMETERS]
    if unknown:
        errors = [unknown_field(name, request.query[name], known) for name in unknown[:MAX_ERRORS]]
        raise wrong_fields(400, "The query is not valid", errors)
    body: BaseModel = NoBody()
    if marked.body is not NoBody:
        try:
            left_out = marked.is_body_optional and not request.body
            given = {} if left_out else json_object(request.body, marked.max_bytes)
            body = marked.body.model_validate(_as(caller, marked.body, given))
        except ValidationError as error:
            names = [one.alias or name for name, one in marked.body.model_fields.items()]
            raise wrong_fields(422, "The body is not valid", field_errors(error, names)) from None
    return Call(query, body, request.route, request.headers, caller)


def _as(caller: Caller, model: type[BaseModel], given: Document) -> Document:
    """Put the token's name in the place of what the call says of itself: who is signed in acts under no other name."""
    return {**given, "actor": caller.actor} if caller.actor and "actor" in model.model_fields else given


def json_object(body: bytes, max_bytes: int = MAX_REQUEST_BYTES) -> Document:
    """Return the body's JSON object; raises `BadRequest` for anything else."""
    if len(body) > max_bytes:
        raise BadRequest(413, "Content Too Large", f"The body has {len(body)} bytes, at most {max_bytes} are read.")
    if not body.strip():
        raise BadRequest(400, "Bad Request", "The body is empty, expected a JSON object.")
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # half a surrogate pair, NaN: JSON for Python alone
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
        raise BadRequest(400, "Bad Request", f"The body is not JSON ({place}).") from None
    except (ValueError, RecursionError):
        raise BadRequest(400, "Bad Request", "The body is not JSON in UTF-8.") from None
    if _is_deeper(value, MAX_DEPTH):
        raise BadRequest(400, "Bad Request", f"The body's JSON is nested deeper than {MAX_DEPTH} levels.")
    if not isinstance(value, dict):
        raise BadRequest(400, "Bad Request", f"The body is {KINDS.get(type(value), 'null')}, expected a JSON object.")
    return value


def _is_deeper(value: object, levels: int) -> bool:
    """True when JSON is nested deeper than `levels`: what walks it by recursion would not come back."""
    level = [value]
    for _ in range(levels):
        level = [
            inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, dict | list) for one in level)


async def checked_page(page: Awaitable[Page]) -> Page:
    """Await a page; a cursor that is not ours is the caller's mistake."""
    try:
        return await page
    except (ValueError, OverflowError, RecursionError):  # a forged one may hold anything
        raise BadRequest(400, "Bad Request", "cursor: is not one that this endpoint gave") from None
