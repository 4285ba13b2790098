"""The protocol of the endpoints: content negotiation, checked requests, problems that name the field."""

import asyncio
import json
from typing import Annotated

import pytest
from pydantic import Field

from agents.api.endpoint import READ_SECONDS, Answered, Body, NoBody, NoParameters, PageParameters, endpoint
from agents.api.http import PROBLEM_TYPE, UNKNOWN, Api, BadRequest, Call, Request, Response, json_object
from agents.api.parts import negotiated
from shared.errors import PermanentError, Reason, StoreUnavailable

OFFERED = ("application/json", "text/html", "text/markdown")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"), ("*/*", "application/json"), ("text/html", "text/html"), ("TEXT/HTML", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/markdown;q=0.5, text/html;q=0.4", "text/markdown"), ("text/*", "text/html"), ("image/png", None),
        ("application/json;q=0, */*;q=0.1", "text/html"), ("text/html;q=nonsense", None), ("*/*;q=0", None),
        ("text/html;level=1;q=0.3, text/markdown;q=0.2", "text/html"), (",,;", "application/json"),
    ],
)  # fmt: skip
def test_the_best_liked_content_type_is_answered(accept: str, kind: str | None) -> None:
    assert negotiated(accept, OFFERED) == kind


class Wish(Body):
    """A body."""

    name: Annotated[str, Field(min_length=2)]


class Subject:
    """Endpoints that fail in every way."""

    failure: Exception | None = None

    @endpoint("POST", "ops/wishes/{id}", query=PageParameters, body=Wish, answers={200: Answered}, max_bytes=100)
    async def post_wish(self, call: Call[PageParameters, Wish]) -> Response:
        """Take a wish."""
        if self.failure:
            raise self.failure
        return Response(200, {"name": call.body.name, "limit": call.query.limit, "id": call.route["id"]})


async def answered(subject: Subject, body: bytes, **query: str) -> tuple[int, dict[str, object], dict[str, str]]:
    response = await Api.of([subject]).answer("post_wish", Request(body, query, {"id": "7"}))
    return response.status, json.loads(response.body), dict(response.headers)


async def test_a_right_request_reaches_its_handler_checked() -> None:
    assert await answered(Subject(), b'{"name": "Ada"}', limit="7", code="the platform's key") == (
        200,
        {"name": "Ada", "limit": 7, "id": "7"},
        {},
    )


@pytest.mark.parametrize(
    ("body", "query", "status", "field"),
    [
        (b"{", {}, 400, None), (b"[1]", {}, 400, None), (b"\xff", {}, 400, None), (b'{"name": NaN}', {}, 400, None),
        (b'{"name": "\\ud800"}', {}, 400, None), (b"[" * 90, {}, 400, None), (b"x" * 101, {}, 413, None),
        (b"{}", {}, 422, "name"), (b'{"name": "A"}', {}, 422, "name"), (b'{"name": "Ada", "more": 1}', {}, 422, "more"),
        (b'{"name": "Ada"}', {"limit": "0"}, 400, "limit"), (b'{"name": "Ada"}', {"limit": "1_0"}, 400, "limit"),
        (b'{"name": "Ada"}', {"limit": "\u0661"}, 400, "limit"), (b'{"name": "Ada"}', {"limit": "9" * 400}, 400, "limit"),
        (b'{"name": "Ada"}', {"limit": " 5"}, 400, "limit"),
    ],
)  # fmt: skip
async def test_a_wrong_request_is_a_problem_that_names_the_field(
    body: bytes, query: dict[str, str], status: int, field: str | None
) -> None:
    got, document, _ = await answered(Subject(), body, **query)
    assert (got, document["status"]) == (status, status)
    errors = document.get("errors", [])
    assert isinstance(errors, list)
    assert [error["field"] for error in errors] == ([field] if field else [])


async def test_json_nested_deeply_is_refused_and_errors_are_bounded_in_number_and_length() -> None:
    class Free(Body):
        name: Annotated[str, Field(min_length=2)]

    class Wide(Subject):
        @endpoint("POST", "ops/wide", body=Free, answers={200: Answered})
        async def post_wide(self, call: Call[PageParameters, Free]) -> Response:
            """Take anything of this name."""
            return Response(200, {"name": call.body.name, "half": "\ud800"})

    async def answer(document: str) -> Response:
        return await Api.of([Wide()]).answer("post_wide", Request(document.encode()))

    assert (await answer('{"name": "Ada", "x": ' + "[" * 31 + "]" * 31 + "}")).status == 422, "32 levels are read"
    assert (await answer('{"name": "Ada", "x": ' + "[" * 32 + "]" * 32 + "}")).status == 400
    many = await answer(json.dumps({"n" * 300 + str(number): 1 for number in range(51)}))
    errors = json.loads(many.body)["errors"]
    assert (many.status, len(errors), max(len(error["field"]) for error in errors)) == (422, 50, 200)
    assert json.loads((await answer('{"name": "Ada"}')).body)["half"] == "?", "no answer is half a character"


async def test_an_outage_is_503_with_a_wait_and_a_defect_500_without_internals() -> None:
    subject = Subject()
    subject.failure = StoreUnavailable("account secret-name is down", retry_after_seconds=7)
    status, document, headers = await answered(subject, b'{"name": "Ada"}')
    assert (status, headers["Retry-After"]) == (503, "7")
    assert "secret-name" not in json.dumps(document)
    subject.failure = PermanentError("secret-name", reason=Reason.UNKNOWN)
    status, document, _ = await answered(subject, b'{"name": "Ada"}')
    assert status == 500
    assert "secret-name" not in json.dumps(document)


class Asked(PageParameters):
    """A query with a name of two words."""

    dry_run: bool = Field(default=False, alias="dryRun")


class Careful:
    """An endpoint with parameters, and one that takes none."""

    @endpoint("POST", "ops/wishes/{id}", query=Asked, answers={200: Answered})
    async def post_wish(self, call: Call[Asked, NoBody]) -> Response:
        """Take a wish."""
        return Response(200, {"dryRun": call.query.dry_run})

    @endpoint("GET", "ops/wishes", answers={200: Answered})
    async def get_wishes(self, _call: Call[NoParameters, NoBody]) -> Response:
        """List wishes."""
        return Response(200, {})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dryrun", "the name dryRun"), ("dry_run", "the name dryRun"),
        ("DryRun", "the name dryRun"), ("limits", "the name limit"),
        ("qwerty", "one of the names cursor, dryRun, limit"),
    ],
)  # fmt: skip
async def test_a_parameter_that_there_is_not_is_refused_and_the_nearest_is_named(name: str, expected: str) -> None:
    response = await Api.of([Careful()]).answer("post_wish", Request(query={name: "true"}))
    document = json.loads(response.body)
    assert (response.status, document["errors"]) == (400, [{"field": name, "came": '"true"', "expected": expected}])
    assert document["detail"] == f'The query is not valid: {name}: got "true", expected {expected}.'


async def test_an_endpoint_without_parameters_refuses_all_but_the_platforms() -> None:
    api = Api.of([Careful()])
    assert (await api.answer("get_wishes", Request(query={"code": "key", "clientId": "default"}))).status == 200
    assert (await api.answer("get_wishes", Request(query={"limit": "5"}))).status == 400


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "ops/wishes/7", 405, "POST"), ("DELETE", "ops/wishes", 405, "GET"), ("GET", "ops/wish", 404, None),
        ("GET", "", 404, None), ("POST", "x" * 9_000, 404, None), ("GET", "ops/wishes/7/8", 404, None),
    ],
)  # fmt: skip
async def test_an_address_that_no_endpoint_has_is_a_problem_document(
    method: str, path: str, status: int, allow: str | None
) -> None:
    response = await Api.of([Careful()]).answer(UNKNOWN, Request(route={"path": path}, method=method))
    assert (response.status, response.content_type, response.headers.get("Allow")) == (status, PROBLEM_TYPE, allow)
    assert json.loads(response.body)["status"] == status
    assert len(response.body) < 500


async def test_the_nearest_address_is_named() -> None:
    response = await Api.of([Careful()]).answer(UNKNOWN, Request(route={"path": "ops/wishs"}, method="GET"))
    assert json.loads(response.body)["detail"] == "There is no endpoint /api/ops/wishs; did you mean /api/ops/wishes?"


class Patient:
    """An endpoint whose dependency takes the request and never answers."""

    @endpoint("GET", "ops/slow", answers={200: Answered}, seconds=0.05)
    async def get_slow(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Wait."""
        await asyncio.Event().wait()
        return Response(200, {})

    @endpoint("GET", "ops/read", answers={200: Answered})
    async def get_read(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Read."""
        return Response(200, {})


async def test_whatever_hangs_a_read_is_answered_in_its_time() -> None:
    response = await Api.of([Patient()]).answer("get_slow", Request())
    assert (response.status, response.content_type, response.headers["Retry-After"]) == (503, PROBLEM_TYPE, "5")
    assert "No answer within 0.05 s" in json.loads(response.body)["detail"]


def test_what_reads_has_five_seconds_and_what_changes_something_the_time_that_it_needs() -> None:
    endpoints = Api.of([Patient(), Subject()]).endpoints
    assert {name: one.seconds for name, (one, _) in endpoints.items()} == {
        "get_slow": 0.05, "get_read": READ_SECONDS, "post_wish": None,
    }  # fmt: skip
    assert READ_SECONDS < 5


class Named:
    """One address by its name beside another's parameter."""

    @endpoint("GET", "ops/wishes/{id}", answers={200: Answered})
    async def get_one_wish(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Show a wish."""
        return Response(200, {})

    @endpoint("POST", "ops/wishes/grant-all", answers={200: Answered})
    async def post_grant_all(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Grant them all."""
        return Response(200, {})


async def test_a_name_outweighs_a_parameter_where_the_methods_of_an_address_are_told() -> None:
    api = Api.of([Named()])
    for path, allowed in (("ops/wishes/grant-all", "POST"), ("ops/wishes/7", "GET")):
        response = await api.answer(UNKNOWN, Request(route={"path": path}, method="OPTIONS"))
        assert (response.status, response.headers["Allow"]) == (405, allowed)
    response = await api.answer("get_one_wish", Request(route={"id": "grant-all"}))
    assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert (await api.answer("get_one_wish", Request(route={"id": "7"}))).status == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "The body is empty, expected a JSON object."),
        (b'{"a" 1}', "The body is not JSON (line 1, column 6: expecting ':' delimiter)."),
        (b"\xff", "The body is not JSON in UTF-8."), (b"[]", "The body is a list, expected a JSON object."),
        (b"null", "The body is null, expected a JSON object."), (b"5", "The body is a number, expected a JSON object."),
    ],
)  # fmt: skip
def test_a_body_that_is_no_object_is_told_what_it_is_and_where_it_breaks(body: bytes, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        json_object(body)
    assert str(refused.value) == told
