"""The OpenAPI document at the wire: strangers' requests, generated from it, against the app with a little of everything."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import httpx
import pytest
import requests
import schemathesis
from hypothesis import settings
from schemathesis.checks import CHECKS

from agents.api.endpoint import Endpoint, NoBody
from devhost.azurite import Azurite
from tests import described
from tests.e2e.live import KEY, Live, furnish, living
from tests.waiting import HANGS_SECONDS

DOCUMENT = described.document()
ENDPOINTS = described.endpoints()
NAMES = [mark.name for mark in ENDPOINTS]
OPAQUE = (  # beyond what a schema can say
    "is not one that this endpoint gave", "gave this snapshot", "brings the snapshot of a dry run", "printable, without",
    "either ids or filter", "an ISO week such as", "or one of the year before it", "an instant within the next",
    "takes no such parameter",  # which of them a timer takes
    "the id of a source",  # which there are
)  # fmt: skip
HOSTILE = (  # as they stand in an address
    "%00", "%FF%FE", "%ED%A0%80", "%F0%9F%98%80", "%C2%85", "..%2F..%2Fetc%2Fpasswd", "%27%22%3E%3Cscript%3E",
    "%7B%22$gt%22:1%7D", "1e999", "NaN", "-1", "9" * 400, "a" * 3000, "%0D%0AX-Injected:1", "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00%2B23:59",
    "W1s=", "W05hTiwgImEiLCAiYiJd", "WzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDUsICJhIiwgImIiXQ==", "W1tbW1tbW1tbW1tbW1tbW1tbW1tb", "",
)  # fmt: skip
BAD, WRONG = {400}, {422, 404}  # what is no JSON; what is JSON, and not the model's
BODIES: tuple[tuple[bytes, set[int]], ...] = (
    (b"", BAD), (b"null", BAD), (b"[1]", BAD), (b"\xff\xfe", BAD), (b"{", BAD), (b'{"a": NaN}', BAD), (b'{"a": 1e999}', BAD),
    (b'{"a": "\\ud800"}', BAD), (b"[" * 9_000, BAD), (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, {400, 413}),
    (b'{"a":' * 500 + b"1" + b"}" * 500, BAD), (b'{"a": ' + b"9" * 5_000 + b"}", BAD), (b"{}", WRONG),
    (b'{"a": 1, "a": 2}', WRONG), (b'{"\\u0000": "\\u0000"}', WRONG),
)  # fmt: skip
schema = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def live(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with living(azurite, Path(tmp_path_factory.mktemp("openapi"))) as running:
        furnish(running)
        yield running


@pytest.fixture(scope="module")
def kept() -> Iterator[requests.Session]:
    """Connections for the generated requests: one for each is a third of what sending them costs."""
    with requests.Session() as session:
        yield session


def test_the_app_answers_with_the_document_that_its_code_describes(live: Live) -> None:
    assert live.get("openapi.json") == DOCUMENT


def asked(mark: Endpoint) -> Callable[..., None]:
    """Return the test of one endpoint. What schemathesis collects is collected when that test runs: it makes up its requests
    then, which takes all processes of a parallel run seconds, and one of them asks.
    """

    @schema.include(path=f"/{mark.path}", method=mark.method).parametrize()
    @settings(max_examples=30, derandomize=True, deadline=None, database=None)
    def no_request_meets_a_defect_and_every_answer_is_as_described(
        case: schemathesis.Case, live: Live, kept: requests.Session
    ) -> None:
        answer = case.call(base_url=f"{live.url}/api", headers={"x-functions-key": KEY}, session=kept)
        refused = any(words in answer.text for words in OPAQUE)
        [acceptance] = CHECKS.get_by_names(["positive_data_acceptance"])
        case.validate_response(answer, excluded_checks=[acceptance] if refused else [])

    def ask(live: Live, kept: requests.Session, request: pytest.FixtureRequest) -> None:
        made = request.node.ihook.pytest_pycollect_makeitem(
            collector=request.node.parent,
            name=request.node.name,
            obj=no_request_meets_a_defect_and_every_answer_is_as_described,
        )
        [item] = made.collect()
        item.funcargs = {"live": live, "kept": kept}
        item.ihook.pytest_pyfunc_call(pyfuncitem=item)

    return ask


globals().update({f"test_no_request_meets_a_defect_at_{mark.name}": asked(mark) for mark in ENDPOINTS})


@pytest.fixture(scope="module")
def stranger() -> Iterator[httpx.Client]:
    """Somebody without a key."""
    with httpx.Client(timeout=HANGS_SECONDS) as client:
        yield client


def address(live: Live, mark: Endpoint, value: str = "x") -> str:
    """Return an endpoint's address with `value`, already encoded, for every parameter of its path."""
    return f"{live.url}/api/{re.sub(r'{.*?}', lambda _: value, mark.path)}"


@pytest.mark.parametrize("mark", ENDPOINTS, ids=NAMES)
def test_every_endpoint_asks_for_the_key_in_the_header_or_else_in_the_query(
    live: Live, stranger: httpx.Client, mark: Endpoint
) -> None:
    for headers, query in (
        ({}, {}),
        ({"x-functions-key": "no"}, {}),
        ({}, {"code": "no"}),
        ({"x-functions-key": "no"}, {"code": KEY}),
    ):
        answer = stranger.request(mark.method, address(live, mark), headers=headers, params=query)
        assert (answer.status_code == 401) is not mark.anonymous
        assert mark.anonymous or not answer.content
    answer = stranger.request(mark.method, address(live, mark), headers={"x-functions-key": b"\xff\xfe"})
    assert (answer.status_code == 401) is not mark.anonymous
    for headers, query in ({"x-functions-key": KEY}, {}), ({}, {"code": KEY}):
        answer = stranger.request(mark.method, address(live, mark), headers=headers, params=query)
        assert answer.status_code != 401


@pytest.mark.parametrize("mark", ENDPOINTS, ids=NAMES)
def test_hostile_values_in_path_query_and_headers_are_no_defect(live: Live, mark: Endpoint) -> None:
    names = ["code", *(field.alias or name for name, field in mark.query.model_fields.items())]
    for value in HOSTILE:
        addresses = [f"{address(live, mark)}?{name}={value}" for name in names]
        addresses += [address(live, mark, value)] if "{" in mark.path else []
        for one in addresses:
            known(live.session.request(mark.method, one), mark)
        raw = bytes(byte for byte in unquote_to_bytes(value) if byte > 32)
        known(live.session.request(mark.method, address(live, mark), headers=dict.fromkeys(mark.headers, raw)), mark)


@pytest.mark.parametrize("mark", [one for one in ENDPOINTS if one.body is not NoBody], ids=lambda mark: mark.name)
def test_hostile_bodies_are_refused_and_name_their_fault(live: Live, mark: Endpoint) -> None:
    for body, status in BODIES:
        if mark.is_body_optional and body in {b"", b"{}"}:
            continue  # what nobody has to send is not refused
        answer = live.session.request(mark.method, address(live, mark), content=body)
        known(answer, mark)
        assert answer.status_code in status, (body[:50], answer.text)
    answer = live.session.request(mark.method, address(live, mark), content=b" " * (mark.max_bytes + 1))
    assert answer.status_code == 413
    many = json.dumps({f"field-{number}": number for number in range(700)})
    answer = live.session.request(mark.method, address(live, mark), content=many)
    assert answer.status_code in {404, 413, 422}
    assert len(answer.json().get("errors", [])) <= 50, "an answer is bounded whatever came"


def known(answer: httpx.Response, mark: Endpoint) -> None:
    """An answer of the kinds that the document lists; an error of the host's own has no JSON."""
    described = DOCUMENT["paths"][f"/{mark.path}"][mark.method.lower()]["responses"]
    assert answer.status_code < 500 or mark.name == "get_status", answer.text
    if answer.status_code >= 400 and "json" in answer.headers.get("content-type", ""):
        assert str(answer.status_code) in described, answer.text
        assert answer.json()["status"] == answer.status_code
