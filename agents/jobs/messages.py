"""The bodies of the job queues: reading what came, ours or a foreign producer's, and writing what is sent.

Accepted: unknown fields (kept), and a body that is base64 once more than it should be. Nothing but the body is trusted:
properties of it can spoof the trigger's metadata.
"""

import base64
import binascii
import json
from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NoReturn, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from shared.clock import parse_time
from shared.errors import DeferredError, PermanentError, Reason
from shared.observe import readable

SCHEMA_VERSION: Final = 1
NEWER_SCHEMA_DELAY_SECONDS: Final = 300.0
_FORBIDDEN_IN_IDS: Final = frozenset("/\\#?")


def _stored_id(value: object) -> object:
    """User and item ids become document ids of the store, which refuses these characters."""
    if isinstance(value, str) and (_FORBIDDEN_IN_IDS & set(value) or not value.isprintable() or value != value.strip()):
        raise ValueError("must be printable, without / \\ # ? and without blanks at its ends")
    if isinstance(value, str) and value in {".", ".."}:  # an address drops them: it could be written and never be read
        raise ValueError("must not be . or ..")
    return value


def _whole(value: object) -> object:
    """`1.0` is an integer to JSON, and what some producers write."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


STORED_ID: Final = r"^[^\s/\\#?]([^\r\n\t/\\#?]*[^\s/\\#?])?$"  # the rule as far as a pattern can say it
StoredId = Annotated[
    StrictStr, Field(min_length=1, max_length=200, json_schema_extra={"pattern": STORED_ID}), BeforeValidator(_stored_id)
]
WHOLE: Final = BeforeValidator(_whole)


def named(snake: str, camel: str, *, default: Any = ...) -> Any:  # noqa: ANN401  (as pydantic's own `Field`)
    """Return a field that producers write in either case."""
    return Field(default, validation_alias=AliasChoices(snake, camel))


class QueuedJob(BaseModel):
    """A readable job message of any kind. `body` is the parsed object with every field that came."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    created_at: StrictStr | None = named("createdAt", "created_at", default=None)
    generation: Annotated[StrictInt, Field(ge=1, lt=2**53), WHOLE] | None = None
    deferrals: Annotated[StrictInt, Field(ge=0), WHOLE] = 0
    replays: Annotated[StrictInt, Field(ge=0, lt=10_000), WHOLE] = 0
    schema_version: Annotated[StrictInt, Field(ge=1), WHOLE] = named("schemaVersion", "schema_version", default=SCHEMA_VERSION)
    traceparent: Annotated[str | None, BeforeValidator(readable)] = None  # a malformed one is none, never an error
    body: dict[str, Any] = Field(default_factory=dict, repr=False)

    @property
    @abstractmethod
    def key(self) -> str:
        """The job's id, computed from what the job is about."""

    def encode(self, **changes: object) -> bytes:
        """Return the body to send, every field kept, with `changes` on top."""
        return encode({**self.body, **changes})


M = TypeVar("M", bound=QueuedJob)


def encode(message: Mapping[str, Any]) -> bytes:
    """Return a message's bytes: compact JSON in UTF-8."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def read(body: bytes, model: type[M]) -> M:
    """Read a queue body.

    Raises `PermanentError` (PAYLOAD_UNDECODABLE, PAYLOAD_INVALID: names the field, what came, what was expected), and
    `DeferredError` for a schema newer than ours, as a rolling deploy sends: a newer instance will take it.
    """
    fields = decode_object(body)
    version = fields.get("schemaVersion", fields.get("schema_version", SCHEMA_VERSION))
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        raise DeferredError(
            f"the message has schema {version}, this build reads up to {SCHEMA_VERSION}",
            delay_seconds=NEWER_SCHEMA_DELAY_SECONDS,
            reason=Reason.DEPLOY_MISMATCH,
        )
    try:
        return model.model_validate({**fields, "body": fields})
    except ValidationError as error:
        raise PermanentError(describe_problems(error), reason=Reason.PAYLOAD_INVALID) from None


def _undecodable(what: str) -> NoReturn:
    raise PermanentError(f"the body cannot be decoded: {what}", reason=Reason.PAYLOAD_UNDECODABLE)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _load(text: str) -> object:
    return json.loads(text, parse_constant=_refuse_constant)


def decode_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, unwrapping one superfluous base64.

    Raises `PermanentError`: PAYLOAD_UNDECODABLE when it is no JSON in UTF-8, PAYLOAD_INVALID when it is no object.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _undecodable(f"not UTF-8 at byte {error.start}")
    try:
        value = _load(text)
    except (ValueError, RecursionError) as error:
        try:
            value = _load(base64.b64decode(text.strip(), validate=True).decode("utf-8-sig"))
        except (binascii.Error, ValueError, RecursionError):
            what = "nested too deeply" if isinstance(error, RecursionError) else "not JSON"
            _undecodable("empty" if not text.strip() else what)
    if not isinstance(value, dict):
        raise PermanentError(f"the body is a JSON {type(value).__name__}, expected an object", reason=Reason.PAYLOAD_INVALID)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise PermanentError("the body holds half of a surrogate pair", reason=Reason.PAYLOAD_INVALID) from None
    return value


def asked_at(fields: Mapping[str, Any]) -> datetime | None:
    """Return when a job was asked for, by fields from outside, its name in either case; None where they do not say."""
    return parse_time(fields.get("createdAt")) or parse_time(fields.get("created_at"))


def trace_of(body: bytes) -> str | None:
    """Return the `traceparent` of a body that may be anything."""
    try:
        return readable(decode_object(body).get("traceparent"))
    except PermanentError:
        return None


def describe_problems(error: ValidationError) -> str:
    """Return every problem in one line: field, kind of value that came, what was expected. No values: they are the user's."""
    parts = []
    for problem in error.errors(include_url=False, include_context=False):
        name = ".".join(str(part) for part in problem["loc"])
        came = "nothing" if problem["type"] == "missing" else type(problem["input"]).__name__
        parts.append(f"{name}: got {came}, {problem['msg'][:1].lower()}{problem['msg'][1:]}")
    return "; ".join(parts)
