"""The OpenAPI document: made of what the endpoints say of themselves, so that it can tell nothing else.

Every model becomes a schema under its own name, every error a problem document. What the platform answers by itself, as the
401 to a missing key, has no content.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from agents.api.endpoint import Answered, Endpoint, NoBody, NoParameters, endpoint
from agents.api.http import JSON_TYPE, PREFIX, PROBLEM_TYPE, Api, Call, Response
from agents.api.rights import ACTION_HEADER, Rights
from agents.jobs.messages import STORED_ID
from agents.timers import LEDGERED

VERSION: Final = "1.1"  # of the API: counts up when a client has to change
TEMPLATE: Final = "#/components/schemas/{model}"
IN_PATH: Final[Mapping[str, Mapping[str, Any]]] = {
    "alert": {
        "description": "The alert, as the status names it.",
        "pattern": r"^A[0-9]{1,3}(\.[a-z0-9-]+)?$",
        "maxLength": 100,
    },
    "id": {"description": "The id that a list gave.", "pattern": r"^[A-Za-z0-9._-]+$", "maxLength": 255},
    "jobId": {
        "description": "The job, by the id that a list gave, or a like was answered with.",
        "pattern": "^[0-9a-fA-F]{64}$",
    },
    "userId": {"description": "The user.", "pattern": STORED_ID, "maxLength": 255},
    "itemId": {"description": "The item that was liked.", "pattern": STORED_ID, "maxLength": 255},
    "name": {"description": "The file's name.", "pattern": r"^[A-Za-z0-9._-]+$", "maxLength": 100},
    "queue": {"description": "The queue, as the status names it.", "pattern": "^[a-z0-9-]+$", "maxLength": 63},
    "timer": {"description": "The timer.", "enum": [timer.name for timer in LEDGERED]},
}
IN_HEADER: Final[Mapping[str, Mapping[str, Any]]] = {
    "If-Match": {"maxLength": 100, "pattern": r'^(\*|(W/)?"?[A-Za-z0-9_.:-]+"?)$'},
    "If-None-Match": {"pattern": "^.*$"},  # what is no tag of ours matches none
    "Idempotency-Key": {"maxLength": 200, "pattern": "^[ -~]*$"},
    ACTION_HEADER: {"maxLength": 1_000, "pattern": "^[ -~]*$"},
}
TAGS: Final = {
    "alerts": "What on-call says of an alert.",
    "audit": "Who did what with dead letters, and why.", "console": "The console, a page for browsers.",
    "dead-letters": "What died, why, and its repair.",
    "digests": "The weekly digests.", "doctor": "Whether a deployment has all that it needs.",
    "erasures": "Erasures of a person, and their receipts.",
    "health": "Whether the app is up.", "incident-note": "The note for an incident.",
    "jobs": "Every job, and what happened to it.", "metrics": "Every figure, for a scraper of metrics.",
    "moods": "The moods that fashion is written about in.",
    "openapi.json": "This document.", "preflight": "Whether what a replay needs is up.", "queues": "The queues as they are.",
    "reconcile": "What a crash left behind.", "replays": "Replay and purge of dead letters.", "run": "Runs by hand.",
    "runs": "The ledger of the timers' runs.", "scraper": "Sources of outfits and products.",
    "series": "What was measured every five minutes.",
    "status": "Whether somebody has to be woken.", "taste-jobs": "Likes, and what became of them.",
    "timers": "Pausing and resuming of timers.",
    "taste-profiles": "What a user likes.", "users": "All that is kept of a person.",
    "whoami": "Who calls, and what they may.",
}  # fmt: skip
KEYED: Final[list[dict[str, list[str]]]] = [{"functionKey": []}, {"functionKeyInQuery": []}]
SECURITY: Final = {
    "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
    "functionKeyInQuery": {"type": "apiKey", "in": "query", "name": "code"},
}
WRONG: Final = {
    400: "The request is not valid: `errors` names the fields.",
    404: "There is no such thing.",
    413: "The body is too large.",
    422: "The body is not valid: `errors` names the fields.",
    500: "The request failed, for a reason of this app.",
    503: "A dependency is down, or the app's settings are wrong.",
}
Document = dict[str, Any]


class WrongField(Answered):
    """What is wrong with one field."""

    field: str
    came: str = Field(description="The value that came, shortened; `nothing` where it is missing.")
    expected: str


class Problem(Answered):
    """An error (RFC 9457). `errors`: the wrong fields, where fields are at fault; an error may have members of its own."""

    type: str
    status: int
    title: str
    detail: str
    errors: list[WrongField] | None = None


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


class _Schemas(GenerateJsonSchema):
    """Without titles: pydantic makes them of the Python names, which are not those in the documents."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002  (the base's)
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:  # noqa: ANN401  (pydantic's)
        """Without `default: null`: what may be left out says so by not being required."""
        made = super().default_schema(schema)
        if "default" in made and made["default"] is None:
            del made["default"]
        return made


class OpenApiEndpoints:
    """Describes the endpoints of `subjects`, and itself."""

    def __init__(self, subjects: Iterable[object]) -> None:
        self._subjects = (*subjects, self)
        self._document: Document | None = None

    @endpoint("GET", "ops/openapi.json", answers={200: OpenApi}, right="none")
    async def get_openapi(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Describe every endpoint in an OpenAPI 3.1 document."""
        if self._document is None:
            described = [marked for marked, _ in Api.of(self._subjects).endpoints.values()]
            self._document = await asyncio.to_thread(openapi_of, described)
        return Response(200, self._document)


def described(subjects: Sequence[object], rights: Rights | None = None) -> Api:
    """Return the API of `subjects`, with the endpoint that describes it."""
    return Api.of((*subjects, OpenApiEndpoints(subjects)), rights)


def openapi_of(endpoints: Iterable[Endpoint]) -> Document:
    """Return the document that describes `endpoints`."""
    ordered = sorted(endpoints, key=lambda one: (one.path, one.method))
    paths: dict[str, Document] = {}
    for one in ordered:
        paths.setdefault(f"/{one.path}", {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PluckIt Processor", "version": VERSION, "contact": {"name": "The maintainers of PluckIt.Processor"},
            "description": "Likes in, taste, moods and digests out; and what on-call does with what went wrong. Answers may "
            "have more fields than are listed here, and get more.",
        },
        "servers": [{"url": PREFIX, "description": "Behind the address of the Function App."}],
        "tags": [{"name": name, "description": TAGS.get(name, name)} for name in sorted({_tag(one) for one in ordered})],
        "security": KEYED,
        "paths": paths,
        "components": {"schemas": _schemas(ordered), "securitySchemes": SECURITY},
    }  # fmt: skip


def _operation(one: Endpoint) -> Document:
    operation: Document = {
        "operationId": one.name, "summary": one.summary, "description": one.description or one.summary, "tags": [_tag(one)],
        "parameters": [*_in_path(one), *_in_query(one.query), *_in_header(one)], "responses": _responses(one),
    }  # fmt: skip
    if "Accept" in one.headers:  # OpenAPI has no parameter of this name
        operation["description"] += f" Accept: {one.headers['Accept']}."
    if one.body is not NoBody:
        content: Document = {JSON_TYPE: {"schema": _reference(one.body)}}
        if one.example is not None:
            content[JSON_TYPE]["example"] = dict(one.example)
        operation["requestBody"] = {
            "required": not one.is_body_optional, "content": content, "description": f"At most {one.max_bytes} bytes."
        }  # fmt: skip
    if one.anonymous:
        operation["security"] = []
    return operation


def _tag(one: Endpoint) -> str:
    return one.path.removeprefix("ops/").partition("/")[0]


def _in_path(one: Endpoint) -> list[Document]:
    found = []
    for name in _names_in(one.path):
        rule = dict(IN_PATH[name])
        found.append({
            "name": name, "in": "path", "required": True, "description": rule.pop("description"),
            "schema": {"type": "string", "minLength": 1, **rule},
        })  # fmt: skip
    return found


def _in_query(query: type[BaseModel]) -> list[Document]:
    """A query's parameters; what may be left out is null in the model, and in an address simply not there."""
    schema = query.model_json_schema(schema_generator=_Schemas)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": given.pop("description", ""),
            "schema": given,
        }
        for name, given in ((name, _without_null(one, schema)) for name, one in schema.get("properties", {}).items())
    ]


def _without_null(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Document:
    """A parameter's schema: one that may be left out is null in the model, and in an address simply not there."""
    plain = {name: value for name, value in schema.items() if name not in {"anyOf", "$ref"}}
    for choice in (schema, *schema.get("anyOf", ())):
        if "$ref" in choice:  # an enum of its own: a parameter carries it with it
            kind = whole["$defs"][choice["$ref"].rpartition("/")[2]]
            plain = {**{name: value for name, value in kind.items() if name not in {"title", "description"}}, **plain}
    for choice in schema.get("anyOf", ()):
        if choice != {"type": "null"} and "$ref" not in choice:
            plain = {**choice, **plain}
    return plain


def _in_header(one: Endpoint) -> list[Document]:
    return [
        {"name": name, "in": "header", "required": False, "description": f"{text[:1].upper()}{text[1:]}.",
         "schema": {"type": "string", **IN_HEADER.get(name, {})}}
        for name, text in one.headers.items() if name != "Accept"
    ]  # fmt: skip


def _responses(one: Endpoint) -> Document:
    gives = {name: {"description": text, "schema": {"type": "string"}} for name, text in one.gives.items()}
    answers: dict[int, Document] = {}
    for status, kinds in one.answers.items():
        answers[status] = {"description": HTTPStatus(status).phrase, "content": _content(kinds)}
        if gives:
            answers[status]["headers"] = gives
    wrong = {status: {"description": text, "content": _problem()} for status, text in _wrong(one).items()}
    if 503 in wrong:  # noqa: PLR2004  (Service Unavailable)
        wrong[503]["headers"] = {
            "Retry-After": {"description": "Seconds to wait, where that is known.", "schema": {"type": "string"}}
        }
    if not one.anonymous:
        wrong[401] = {"description": "The key is missing or wrong; answered by the platform, without content."}
    merged = {**answers, **{status: wrong[status] for status in wrong.keys() - answers.keys()}}
    for status in wrong.keys() & answers.keys():  # as a status page whose 503 is an answer too
        merged[status] = _both(answers[status], wrong[status])
    return {str(status): merged[status] for status in sorted(merged)}


def _both(answer: Document, error: Document) -> Document:
    return {
        **answer, "content": {**answer["content"], **error["content"]},
        "headers": {**answer.get("headers", {}), **error.get("headers", {})},
    }  # fmt: skip


def _wrong(one: Endpoint) -> dict[int, str]:
    """The errors that can happen: by what the endpoint takes, and those that it names."""
    happen = {400, 500, 503}  # 400: no endpoint takes a parameter that it does not know
    if one.body is not NoBody:
        happen |= {413, 422}
    if _names_in(one.path):
        happen.add(404)
    return {status: WRONG[status] for status in sorted(happen)} | dict(one.problems)


def _content(kinds: type[BaseModel] | tuple[type[BaseModel] | str, ...]) -> Document:
    several = kinds if isinstance(kinds, tuple) else (kinds,)
    models = [_reference(kind) for kind in several if not isinstance(kind, str)]
    document = {"schema": models[0] if len(models) == 1 else {"oneOf": models}} if models else {}
    kinds_of = [kind if isinstance(kind, str) else JSON_TYPE for kind in several]  # the first is what comes unasked
    return {kind: document if kind == JSON_TYPE else {"schema": {"type": "string"}} for kind in dict.fromkeys(kinds_of)}


def _problem() -> Document:
    return {PROBLEM_TYPE: {"schema": _reference(Problem)}}


def _reference(model: type[BaseModel]) -> Document:
    return {"$ref": TEMPLATE.format(model=model.__name__)}


def _names_in(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def _schemas(endpoints: Iterable[Endpoint]) -> Document:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "validation")]
    for one in endpoints:
        kinds = [kind for given in one.answers.values() for kind in (given if isinstance(given, tuple) else (given,))]
        models += [(kind, "validation") for kind in kinds if not isinstance(kind, str)]
        models += [(one.body, "validation")] if one.body is not NoBody else []
    _, schema = models_json_schema(list(dict.fromkeys(models)), ref_template=TEMPLATE, schema_generator=_Schemas)
    definitions = schema["$defs"]
    return {name: _titled(definitions[name]) for name in sorted(definitions)}


def _titled(schema: Document) -> Document:
    """Descriptions are docstrings: one line of text each. Names that end in `At` hold instants (ISO 8601, UTC)."""
    if "description" in schema:
        schema = {**schema, "description": " ".join(schema["description"].split())}
    if "properties" in schema:
        properties = {
            name: _instant(given) if name.endswith("At") or name == "at" else given
            for name, given in schema["properties"].items()
        }
        schema = {**schema, "properties": properties}
    return {name: value for name, value in schema.items() if name != "title"}


def _instant(schema: Document) -> Document:
    if schema.get("type") == "string":
        return {**schema, "format": "date-time"}
    return {**schema, "anyOf": [_instant(one) for one in schema["anyOf"]]} if "anyOf" in schema else schema
