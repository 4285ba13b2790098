"""The protocol of the endpoints: a request's parts in, checked against the endpoint's models; a status and a document out.

An endpoint is a method marked with `@endpoint`, which says everything that a stranger must know to call it: the OpenAPI
document is made of nothing else. Errors are RFC 9457 problem documents without internals. Knows nothing of Azure's request
types; `function_app` turns one into the other.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared import observe
from shared.errors import ProcessorError, RetryableError
from shared.observe.log import log_event
from shared.store.base import Document, Page

logger = logging.getLogger(__name__)
MAX_REQUEST_BYTES: Final = 16_384
MAX_PAGE: Final = 200
MAX_DEPTH: Final = 32
MAX_ERRORS: Final = 50
MAX_FIELD: Final = 200
JSON_TYPE: Final = "application/json"
PROBLEM_TYPE: Final = "application/problem+json"
F = TypeVar("F", bound=Callable[..., Any])


class Parameters(BaseModel):
    """The query of a call; names are as they stand in the address, unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Body(BaseModel):
    """The JSON object of a call; a name that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Answered(BaseModel):
    """What an endpoint answers. Fields that are not listed may come as well: clients ignore what they do not know."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class Outage(Answered):
    """A dependency that is down."""

    dependency: str
    problem: str


class NoParameters(Parameters):
    """An endpoint without a query."""


class NoBody(Body):
    """An endpoint without a body."""


def _whole(value: object) -> object:
    """Text of digits alone; pydantic would take ` 1_0 ` for a number as well."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 10):  # noqa: PLR2004
        raise ValueError("expected a whole number")
    return value


class PageParameters(Parameters):
    """Which page of a list: `cursor` is one that an earlier page gave."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(_whole)] = 50
    cursor: Annotated[str, Field(min_length=1, max_length=4_096, pattern=r"^[A-Za-z0-9_=-]+$")] | None = None


Q = TypeVar("Q", bound=Parameters)
B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that an answer may depend on. Header names are in lower case."""

    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    route: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """A request whose query and body are what the endpoint takes."""

    query: Q
    body: B
    route: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Response:
    """Status, content, content type, headers. `content`: a model or an object, sent as JSON; or text as it is. `expected`: one
    of 5xx is the answer that was asked for, and no failure of the app.
    """

    status: int
    content: BaseModel | Mapping[str, Any] | str
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    expected: bool = False

    @property
    def body(self) -> bytes:
        """The body's bytes."""
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


def not_found(detail: str) -> BadRequest:
    """Return the error for what does not exist."""
    return BadRequest(404, "Not Found", detail)


Kind = type[BaseModel] | str
Answers = Mapping[int, type[BaseModel] | tuple[Kind, ...]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Everything that a caller must know of an endpoint.

    `answers`: by status the model, or several kinds of content: a model for JSON, text by its type. `problems`: the errors
    that the handler itself answers with, and when. `headers`: the request's that matter, and why; `gives`: the answer's.
    """

    name: str
    method: str
    path: str
    summary: str
    answers: Answers
    query: type[Parameters] = NoParameters
    body: type[BaseModel] = NoBody
    problems: Mapping[int, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    gives: Mapping[str, str] = field(default_factory=dict)
    anonymous: bool = False
    max_bytes: int = MAX_REQUEST_BYTES


Handler = Callable[[Call[Any, Any]], Awaitable[Response]]


def endpoint(
    method: str,
    path: str,
    *,
    answers: Answers,
    query: type[Parameters] = NoParameters,
    body: type[BaseModel] = NoBody,
    problems: Mapping[int, str] | None = None,
    headers: Mapping[str, str] | None = None,
    gives: Mapping[str, str] | None = None,
    anonymous: bool = False,
    max_bytes: int = MAX_REQUEST_BYTES,
) -> Callable[[F], F]:
    """Mark a method as the endpoint of its name; its docstring's first line is the summary."""

    def mark(function: F) -> F:
        summary = (function.__doc__ or "").strip().splitlines()[0]
        function.__endpoint__ = Endpoint(  # type: ignore[attr-defined]  # the mark
            function.__name__, method, path, summary, answers, query, body, problems or {}, headers or {}, gives or {},
            anonymous, max_bytes,
        )  # fmt: skip
        return function

    return mark


@dataclass(frozen=True, slots=True)
class Api:
    """All endpoints, by name."""

    endpoints: Mapping[str, tuple[Endpoint, Handler]]

    @classmethod
    def of(cls, subjects: Iterable[object]) -> "Api":
        """Collect the marked methods of `subjects`."""
        found: dict[str, tuple[Endpoint, Handler]] = {}
        for subject in subjects:
            for name in dir(type(subject)):
                marked = getattr(getattr(type(subject), name), "__endpoint__", None)
                if isinstance(marked, Endpoint):
                    found[marked.name] = marked, getattr(subject, name)
        return cls(found)

    async def answer(self, name: str, request: Request) -> Response:
        """Check the request, run the handler; every failure becomes a problem document without internals."""
        marked, handler = self.endpoints[name]
        with observe.request(name, marked.method, marked.path, request.headers.get("traceparent")) as watched:
            response = await _answer(marked, handler, request)
            observe.answered(watched, response.status, expected=response.expected)
            return response


async def _answer(marked: Endpoint, handler: Handler, request: Request) -> Response:
    try:
        return await handler(_checked(marked, request))
    except BadRequest as error:
        return error.response
    except RetryableError as error:
        log_event(logger, "a request met an outage", level=logging.WARNING, reason=error.reason.value)
        seconds = str(max(1, round(error.retry_after_seconds or 5)))
        outage = problem(503, "Service Unavailable", f"A dependency is down ({error.reason.value}); try again.")
        return Response(outage.status, outage.content, outage.content_type, {"Retry-After": seconds})
    except ProcessorError as error:
        logger.exception("a request failed")
        return problem(500, "Internal Server Error", f"The request failed ({error.reason.value}).")


def _checked(marked: Endpoint, request: Request) -> Call[Any, Any]:
    try:
        query = marked.query.model_validate(dict(request.query))
    except ValidationError as error:
        raise BadRequest(400, "Bad Request", "The query is not valid.", field_errors(error)) from None
    body: BaseModel = NoBody()
    if marked.body is not NoBody:
        try:
            body = marked.body.model_validate(json_object(request.body, marked.max_bytes))
        except ValidationError as error:
            raise BadRequest(422, "Unprocessable Content", "The body is not valid.", field_errors(error)) from None
    return Call(query, body, request.route, request.headers)


def json_object(body: bytes, max_bytes: int = MAX_REQUEST_BYTES) -> Document:
    """Return the body's JSON object; raises `BadRequest` for anything else."""
    if len(body) > max_bytes:
        raise BadRequest(413, "Content Too Large", f"The body has {len(body)} bytes, at most {max_bytes} are read.")
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # half a surrogate pair, NaN: JSON for Python alone
    except (ValueError, RecursionError):
        raise BadRequest(400, "Bad Request", "The body is not JSON in UTF-8.") from None
    if _is_deeper(value, MAX_DEPTH):
        raise BadRequest(400, "Bad Request", f"The body's JSON is nested deeper than {MAX_DEPTH} levels.")
    if not isinstance(value, dict):
        raise BadRequest(400, "Bad Request", f"The body is a JSON {type(value).__name__}, expected an object.")
    return value


def _is_deeper(value: object, levels: int) -> bool:
    """True when JSON is nested deeper than `levels`: what walks it by recursion would not come back."""
    level = [value]
    for _ in range(levels):
        level = [
            inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, dict | list) for one in level)


def field_errors(error: ValidationError) -> list[dict[str, str]]:
    """Return a validation's first problems: the field, the kind of value that came, what was expected."""
    problems = []
    for one in error.errors(include_url=False, include_context=False)[:MAX_ERRORS]:
        came = "nothing" if one["type"] == "missing" else type(one["input"]).__name__
        problems.append({"field": ".".join(map(str, one["loc"]))[:MAX_FIELD], "came": came, "expected": one["msg"][:MAX_FIELD]})
    return problems


async def checked_page(page: Awaitable[Page]) -> Page:
    """Await a page; a cursor that is not ours is the caller's mistake."""
    try:
        return await page
    except (ValueError, OverflowError, RecursionError):  # a forged one may hold anything
        raise BadRequest(400, "Bad Request", "cursor: is not one that this endpoint gave") from None


def negotiated(accept: str, offered: Sequence[str]) -> str | None:
    """Return the content type that an `Accept` header likes best (RFC 9110 section 12.5.1), the first on a tie; None for none.

    A type that is named outweighs `type/*`, and that `*/*`; an absent header accepts all.
    """
    wishes: dict[str, float] = {}
    for part in accept.split(",")[:50]:
        name, *parameters = (piece.strip().casefold() for piece in part.split(";"))
        weight = next((one.removeprefix("q=") for one in parameters if one.startswith("q=")), "1")
        if name:
            wishes[name] = float(weight) if re.fullmatch(r"[01](\.\d{0,3})?", weight) else 0.0
    if not wishes:
        return offered[0]

    def weight_of(kind: str) -> float:
        ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
        return next((wishes[one] for one in ranges if one in wishes), 0.0)

    best = max(offered, key=weight_of)
    return best if weight_of(best) > 0 else None


def is_hex_digest(text: str) -> bool:
    """True for a SHA-256 in hex, the form of a job's id."""
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)  # noqa: PLR2004  (its length)


def is_stored_id(text: str) -> bool:
    """True for what may be the id of a stored document."""
    return 0 < len(text) <= 255 and text.isprintable() and not set("/\\#?") & set(text)  # noqa: PLR2004  (the store's limit)
