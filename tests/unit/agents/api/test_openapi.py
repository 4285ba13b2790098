"""The OpenAPI document: valid, complete, and about the triggers that there are."""

import asyncio
import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from agents.api.endpoint import Answered, Body, NoBody, NoParameters, PageParameters, endpoint
from agents.api.http import PROBLEM_TYPE, UNKNOWN, Call, Request, Response
from agents.api.openapi import TAGS, described
from agents.wiring import Wiring
from devhost.loading import HttpTrigger, Trigger
from shared.errors import Reason
from shared.queues.azure import DEVELOPMENT_CONNECTION
from shared.services import build
from shared.settings import Settings
from tests.described import document, endpoints


def test_every_http_trigger_has_its_endpoint_and_every_endpoint_its_trigger(triggers: list[Trigger]) -> None:
    environ = {
        "EMBEDDED_STORE_PATH": ":memory:",
        "StorageQueue": DEVELOPMENT_CONNECTION.format(port=1),
        "MODEL_PROVIDER": "local",
    }

    async def wired() -> set[tuple[str, str, str, bool]]:
        services = await build(Settings.from_environment(environ), environ=environ)
        marks = [mark for mark, _ in Wiring.of(services).api.endpoints.values()]
        await services.close()
        return {(mark.name, mark.method, mark.path, mark.anonymous) for mark in marks}

    bound = {
        (one.name, method, one.route, one.auth_level == "anonymous")
        for one in triggers if isinstance(one, HttpTrigger) and one.name != UNKNOWN for method in one.methods
    }  # fmt: skip
    assert asyncio.run(wired()) == bound
    assert {(mark.name, mark.method, mark.path, mark.anonymous) for mark in endpoints()} == bound


def test_the_document_is_valid_and_every_reference_in_it_leads_somewhere() -> None:
    found = document()
    validate(found)
    schemas = found["components"]["schemas"]
    used = {one.removeprefix("#/components/schemas/") for one in references(found)}
    assert used == set(schemas), "nothing dangles, nothing is left over"


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(one) for one in value.values()))
    return set().union(*(references(one) for one in value)) if isinstance(value, list) else set()


def test_every_answer_and_every_property_is_described_by_a_type() -> None:
    found = document()
    for path, methods in found["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert {"400", "500", "503"} <= set(operation["responses"])
            assert all(one["description"] for one in operation["parameters"]), path
            assert operation["description"], path
            assert set(operation["tags"]) <= {tag["name"] for tag in found["tags"]}, path
            assert ("401" in operation["responses"]) == (operation.get("security") != []), path
    for name, schema in found["components"]["schemas"].items():
        assert schema.get("description"), name


class Wish(Body):
    """A wish."""

    name: str


class Granted(Answered):
    """A wish that was granted."""

    name: str


class Subject:
    """One endpoint that has everything."""

    @endpoint(
        "PUT", "ops/wishes/{id}", query=PageParameters, body=Wish, answers={200: (Granted, "text/plain"), 503: Granted},
        headers={"Accept": "JSON or text", "If-Match": "the version"}, gives={"ETag": "the new version"},
        problems={412: "It has changed."}, max_bytes=99, example={"name": "a coat"},
    )  # fmt: skip
    async def put_wish(self, _call: Call[PageParameters, Wish]) -> Response:
        """Grant a wish."""
        raise NotImplementedError

    @endpoint("GET", "open", answers={200: Granted}, anonymous=True)
    async def get_open(self, _call: Call[NoParameters, Body]) -> Response:
        """Ask without a key."""
        raise NotImplementedError


async def test_an_endpoint_is_described_by_what_it_says_of_itself() -> None:
    api = described([Subject()])
    response = await api.answer("get_openapi", Request())
    found = json.loads(response.body)
    validate(found)
    assert set(found["paths"]) == {"/ops/wishes/{id}", "/open", "/ops/openapi.json"}
    wish = found["paths"]["/ops/wishes/{id}"]["put"]
    assert [(one["name"], one["in"], one["required"]) for one in wish["parameters"]] == [
        ("id", "path", True), ("limit", "query", False), ("cursor", "query", False), ("If-Match", "header", False),
            ("x-ops-action-key", "header", False),
    ]  # fmt: skip
    assert wish["parameters"][1]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert wish["parameters"][1]["description"] == "How many, at most."
    assert wish["parameters"][2]["schema"].items() >= {"type": "string", "maxLength": 4096}.items(), "and not null"
    assert wish["description"] == "Grant a wish. Accept: JSON or text."
    assert wish["requestBody"]["content"]["application/json"]["example"] == {"name": "a coat"}
    assert wish["requestBody"]["description"] == "At most 99 bytes."
    assert set(wish["responses"]) == {"200", "400", "401", "403", "404", "412", "413", "422", "500", "503"}
    assert set(wish["responses"]["200"]["content"]) == {"application/json", "text/plain"}
    assert set(wish["responses"]["503"]["content"]) == {"application/json", PROBLEM_TYPE}
    assert set(wish["responses"]["503"]["headers"]) == {"ETag", "Retry-After"}
    assert wish["responses"]["412"]["description"] == "It has changed."
    assert "content" not in wish["responses"]["401"]
    assert found["components"]["schemas"]["Wish"]["additionalProperties"] is False
    free = found["paths"]["/open"]["get"]
    assert (free["security"], set(free["responses"])) == ([], {"200", "400", "500", "503"})


@pytest.mark.parametrize("name", ["Problem", "DeadLetterPage", "Digest"])
def test_an_answer_may_have_more_fields_than_are_listed(name: str) -> None:
    assert document()["components"]["schemas"][name]["additionalProperties"] is True


def test_every_body_has_an_example_that_its_model_takes() -> None:
    for mark in endpoints():
        if mark.body is not NoBody:
            assert mark.example, mark.name
            mark.body.model_validate(dict(mark.example))


def test_every_tag_says_what_it_is_about() -> None:
    assert {tag["name"] for tag in document()["tags"]} <= set(TAGS)


def test_what_is_one_of_a_list_is_an_enum_and_instants_are_date_times() -> None:
    schemas = document()["components"]["schemas"]
    letter = schemas["DeadLetterSummary"]["properties"]
    assert letter["status"]["enum"] == ["open", "replayed", "resolved", "purged"]
    assert schemas["Reason"]["enum"] == [reason.value for reason in Reason]
    assert letter["createdAt"] == {"type": "string", "format": "date-time"}
    assert schemas["Run"]["properties"]["finishedAt"]["anyOf"] == [{"type": "string", "format": "date-time"}, {"type": "null"}]
    parameters = {one["name"]: one["schema"] for one in document()["paths"]["/ops/dead-letters"]["get"]["parameters"]}
    assert parameters["reason"]["enum"] == schemas["Reason"]["enum"]
    assert parameters["kind"]["enum"] == ["taste-analysis", "weekly-digest", "scrape"]
    [timer, *query] = document()["paths"]["/ops/run/{timer}"]["post"]["parameters"]
    assert timer["schema"]["enum"] == ["digest", "moods", "scraper"]
    assert next(one["schema"] for one in query if one["name"] == "force") == {"type": "boolean"}


def test_nothing_defaults_to_null_and_every_array_says_of_what() -> None:
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            assert not ("default" in value and value["default"] is None), value
            assert value.get("type") != "array" or "items" in value, value
            [walk(one) for one in value.values()]
        elif isinstance(value, list):
            [walk(one) for one in value]

    walk(document())


def test_headers_and_paths_say_what_they_take() -> None:
    operations = [operation for methods in document()["paths"].values() for operation in methods.values()]
    parameters = [one for operation in operations for one in operation["parameters"]]
    headers = [one for one in parameters if one["in"] == "header"]
    assert {one["name"] for one in headers} == {"If-Match", "If-None-Match", "Idempotency-Key", "x-ops-action-key"}
    assert all(one["schema"].get("pattern") for one in headers)
    assert all(one["schema"].keys() & {"pattern", "enum"} for one in parameters if one["in"] == "path")
