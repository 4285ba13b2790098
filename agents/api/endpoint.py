"""What an endpoint says of itself: a method marked with `@endpoint`, and the models of its query, body and answers.

It is everything that a stranger must know to call it: the OpenAPI document is made of nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agents.api.rights import ACTION_HEADER, Right

MAX_REQUEST_BYTES: Final = 16_384
MAX_PAGE: Final = 200
READ_SECONDS: Final = 4.8  # an answer within five, also when the store or a queue takes a request and never answers
ACTION: Final = "where the deployment has an action key (`OPS_ACTION_KEY`): that key"
REFUSED: Final = "This needs a right that the caller has not: `reason` says which."
F = TypeVar("F", bound=Callable[..., Any])


class Parameters(BaseModel):
    """The query of a call; names are as they stand in the address, one that is not known is an error."""

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
    """Text of digits alone, `18.0` included (an integer to JSON Schema); pydantic would take ` 1_0 ` for a number as well."""
    if not isinstance(value, str):
        return value
    digits, _, zeros = value.partition(".")
    if not (value.isascii() and digits.isdigit() and len(value) < 10 and not zeros.strip("0")):  # noqa: PLR2004
        raise ValueError("expected a whole number")
    return int(digits)


def _flag(value: object) -> object:
    """`true` or `false` alone: what was meant by anything else is not guessed."""
    if isinstance(value, str) and value not in {"true", "false"}:
        raise ValueError("expected true or false")
    return value == "true" if isinstance(value, str) else value


WHOLE: Final = BeforeValidator(_whole)  # after the bounds, so that the schema shows them
Flag = Annotated[bool, BeforeValidator(_flag)]
Cursor = Annotated[
    str, Field(min_length=1, max_length=4_096, pattern=r"^[A-Za-z0-9_=-]+$", description="Where an earlier page ended.")
]


class PageParameters(Parameters):
    """Which page of a list: `cursor` is one that an earlier page gave."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="How many, at most."), WHOLE] = 50
    cursor: Cursor | None = None


Kind = type[BaseModel] | str
Answers = Mapping[int, type[BaseModel] | tuple[Kind, ...]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Everything that a caller must know of an endpoint.

    `answers`: by status the model, or several kinds of content: models for JSON, text by its type. `problems`: the errors
    that the handler itself answers with, and when. `headers`: the request's that matter, and why; `gives`: the answer's.
    `example`: of the body. `seconds`: how long an answer may take, whatever hangs; None: as long as it does. `right`: what the
    caller must have; where that is `act`, a dry run needs no more than `read`.
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
    description: str = ""
    example: Mapping[str, Any] | None = None
    seconds: float | None = None
    right: Right = "read"

    @property
    def is_body_optional(self) -> bool:
        """Whether a body may be left out: where it has nothing that must be said."""
        return not any(field.is_required() for field in self.body.model_fields.values())


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
    example: Mapping[str, Any] | None = None,
    seconds: float | None = None,
    right: Right | None = None,
) -> Callable[[F], F]:
    """Mark a method as the endpoint of its name; its docstring's first line is the summary. `example`: of the body.

    `seconds`: by default what reads answers within five, and what changes something takes the time that it needs. `right`: by
    default `read` for a GET, and else `act`.
    """
    limit = seconds if seconds is not None or method != "GET" else READ_SECONDS
    needed: Right = right or ("none" if anonymous else "read" if method == "GET" else "act")
    wrong = dict(problems or {}) if needed in {"none", "send"} else {403: REFUSED, **(problems or {})}
    sent = {**(headers or {}), ACTION_HEADER: ACTION} if needed == "act" else headers or {}

    def mark(function: F) -> F:
        text = " ".join((function.__doc__ or "").split())
        summary = (function.__doc__ or "").strip().splitlines()[0]
        function.__endpoint__ = Endpoint(  # type: ignore[attr-defined]  # the mark
            function.__name__, method, path, summary, answers, query, body, wrong, sent, gives or {}, anonymous,
            max_bytes, text, example, limit, needed,
        )  # fmt: skip
        return function

    return mark
