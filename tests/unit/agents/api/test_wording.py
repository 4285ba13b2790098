"""Errors in words: the value that came, the expectation as people say it."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.api.endpoint import NoBody
from agents.api.wording import PATTERNS, another, field_errors, sentence, shortened
from agents.jobs.messages import STORED_ID
from shared.errors import Reason
from tests.described import document, endpoints


class Everything(BaseModel):
    """A model with every kind of expectation."""

    model_config = ConfigDict(extra="forbid", strict=True)

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    name: Annotated[str, Field(min_length=2, max_length=5)] = "Ada"
    cursor: Annotated[str, Field(pattern=r"^[A-Za-z0-9_=-]+$")] = "x"
    action: Literal["replay", "purge"] = "replay"
    force: bool = False
    ids: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    more: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"limit": 999}, "limit: got 999, expected at most 200"), ({"limit": "9"}, 'limit: got "9", expected a whole number'),
        ({"limit": 0}, "limit: got 0, expected at least 1"), ({"name": "A"}, 'name: got "A", expected at least 2 characters'),
        ({"name": "Adalbert"}, 'name: got "Adalbert", expected at most 5 characters'),
        ({"name": 1}, "name: got 1, expected text"),
        ({"cursor": "ä"}, 'cursor: got "ä", expected a cursor that an earlier page gave'),
        ({"action": "delete"}, "action: got \"delete\", expected 'replay' or 'purge'"),
        ({"force": "yes"}, 'force: got "yes", expected true or false'),
        ({"ids": []}, "ids: got a list, expected at least 1 entry"),
        ({"ids": ["a", "b", "c"]}, "ids: got a list, expected at most 2 entries"),
        ({"ids": {}}, "ids: got an object, expected a list"),
        ({"share": 1}, "share: got 1, expected less than 1"), ({"more": None}, "more: got null, expected an object"),
        ({"lmit": 1}, "lmit: got 1, expected the name limit"), ({"ids": [1]}, "ids.0: got 1, expected text"),
        ({"limit": 0, "name": "A"}, "limit: got 0, expected at least 1 (1 more)"),
    ],
)  # fmt: skip
def test_every_kind_of_expectation_is_said_in_words(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        Everything.model_validate(given)
    assert sentence(field_errors(error.value, Everything.model_fields)) == told


def test_a_long_value_is_cut_and_an_absent_one_is_nothing() -> None:
    class Needs(BaseModel):
        name: str

    with pytest.raises(ValidationError) as error:
        Needs.model_validate({})
    assert sentence(field_errors(error.value)) == "name: got nothing, expected a value"
    assert shortened("x" * 500) == '"' + "x" * 79 + "…"


def test_of_many_values_the_nearest_is_named_and_no_list_is_cut_in_a_word() -> None:
    class Chosen(BaseModel):
        reason: Reason

    def told(value: str) -> str:
        with pytest.raises(ValidationError) as error:
            Chosen.model_validate({"reason": value})
        return field_errors(error.value)[0]["expected"]

    assert told("image_unreachible") == f"'image_unreachable', or one of {len(Reason) - 1} other values"
    listed, others = told("zzz").split(" or one of ")
    assert [one.strip("'") for one in listed.split(", ")] == [one.value for one in list(Reason)[: listed.count("'") // 2]]
    assert others == f"{len(Reason) - listed.count(chr(39)) // 2} other values"


def test_where_nothing_is_near_all_names_are_told() -> None:
    assert another("zzz", ["limit", "cursor"]) == "one of the names cursor, limit"
    assert another("zzz", []) == "no name at all"


def test_every_pattern_of_what_an_endpoint_takes_has_its_words() -> None:
    found = document()
    taken = [operation for methods in found["paths"].values() for operation in methods.values()]
    queries = [one for operation in taken for one in operation["parameters"] if one["in"] == "query"]
    bodies = [mark.body.model_json_schema() for mark in endpoints() if mark.body is not NoBody]
    assert patterns([queries, bodies]) - {STORED_ID} <= set(PATTERNS), "the id's rule is said by its own check"


def patterns(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["pattern"]} if isinstance(value.get("pattern"), str) else set()
        return own.union(*(patterns(one) for one in value.values()))
    return set().union(*(patterns(one) for one in value)) if isinstance(value, list) else set()
