"""The OpenAPI document: valid, complete, and about the triggers that there are."""

import asyncio
import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from agents.api.http import PROBLEM_TYPE, Answered, Body, Call, NoParameters, PageParameters, Request, Response, endpoint
from agents.api.openapi import described
from agents.wiring import Wiring
from devhost.loading import HttpTrigger, Trigger
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
        for one in triggers if isinstance(one, HttpTrigger) for method in one.methods
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
            assert {"500", "503"} <= set(operation["responses"])
            assert all(one["description"] for one in operation["parameters"] if one["in"] != "query"), path
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
        problems={412: "It has changed."}, max_bytes=99,
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
    ]  # fmt: skip
    assert wish["parameters"][1]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert wish["parameters"][2]["schema"].items() >= {"type": "string", "maxLength": 4096}.items(), "and not null"
    assert wish["description"] == "Accept: JSON or text."
    assert wish["requestBody"]["description"] == "At most 99 bytes."
    assert set(wish["responses"]) == {"200", "400", "401", "404", "412", "413", "422", "500", "503"}
    assert set(wish["responses"]["200"]["content"]) == {"application/json", "text/plain"}
    assert set(wish["responses"]["503"]["content"]) == {"application/json", PROBLEM_TYPE}
    assert set(wish["responses"]["503"]["headers"]) == {"ETag", "Retry-After"}
    assert wish["responses"]["412"]["description"] == "It has changed."
    assert "content" not in wish["responses"]["401"]
    assert found["components"]["schemas"]["Wish"]["additionalProperties"] is False
    free = found["paths"]["/open"]["get"]
    assert (free["security"], set(free["responses"])) == ([], {"200", "500", "503"})


@pytest.mark.parametrize("name", ["Problem", "DeadLetterPage", "Digest"])
def test_an_answer_may_have_more_fields_than_are_listed(name: str) -> None:
    assert document()["components"]["schemas"][name]["additionalProperties"] is True
