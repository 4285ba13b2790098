"""What may be asked for, what a filter matches, and a repair's patch."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.dead_letters.filter import RecordFilter
from agents.replays.repair import field_problems, merge_patch
from agents.replays.requests import ReplayRequest

GOOD: dict[str, Any] = {"action": "replay", "ids": ["a"], "reason": "a reason", "actor": "me"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "change",
    [
        {"ids": None}, {"filter": {}}, {"ids": []}, {"ids": ["a"] * 1_001}, {"action": "drop"}, {"reason": "no"}, {"actor": ""},
        {"rate": 0.05}, {"rate": 21}, {"rate": "1"}, {"rate": float("nan")}, {"rate": True}, {"canary": 21}, {"canary": -1},
        {"canary": True}, {"force": 1}, {"unknown": 1}, {"ids": None, "filter": {"colour": "red"}},
        {"ids": None, "filter": {"since": "yesterday"}}, {"ids": None, "filter": {"status": ""}},
    ],
)  # fmt: skip
def test_what_is_no_order_is_refused(change: dict[str, Any]) -> None:
    ReplayRequest.model_validate(GOOD)
    with pytest.raises(ValidationError):
        ReplayRequest.model_validate({**GOOD, **change})


def test_a_snapshot_is_asked_for_by_filter_and_for_every_purge() -> None:
    assert not ReplayRequest.model_validate(GOOD).needs_snapshot
    assert ReplayRequest.model_validate({**GOOD, "action": "purge"}).needs_snapshot
    by_filter = ReplayRequest.model_validate({**GOOD, "ids": None, "filter": {}})
    assert by_filter.needs_snapshot
    assert by_filter.chosen.status == "open", "what is settled or on its way is not meant"


def test_a_call_is_told_from_another_by_all_that_it_asks() -> None:
    first = ReplayRequest.model_validate(GOOD)
    assert first.digest == ReplayRequest.model_validate({**GOOD, "rate": 1.0, "canary": 3}).digest
    assert first.digest != ReplayRequest.model_validate({**GOOD, "reason": "another"}).digest


def test_instants_of_a_filter_are_compared_as_the_store_writes_them() -> None:
    chosen = RecordFilter.model_validate({"since": "2026-11-23T04:00:00+01:00", "until": "2026-11-23"})
    assert (chosen.since, chosen.until) == ("2026-11-23T03:00:00.000Z", "2026-11-23T00:00:00.000Z")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-23T04:00:00 01:00", "03:00:00.000"), ("2026-11-23T04:00 0100", "03:00:00.000"),  # a `+` of an address
        ("2026-11-23T04:00:00.5 01:00", "03:00:00.500"), ("2026-11-23 04:00", "04:00:00.000"),
        ("2026-11-23t04:00:00z", "04:00:00.000"), ("20261123T040000Z", "04:00:00.000"), ("2026-11-23T04:00", "04:00:00.000"),
    ],
)  # fmt: skip
def test_an_instant_is_read_as_people_and_addresses_write_it(typed: str, meant: str) -> None:
    assert RecordFilter.model_validate({"since": typed}).since == f"2026-11-23T{meant}Z"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("0001-01-01T01:00:00+12:00", "0001-01-01T00:00:00.000Z"), ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999Z")],
)
def test_an_instant_whose_offset_leads_out_of_the_calendar_is_its_first_or_last(typed: str, meant: str) -> None:
    assert RecordFilter.model_validate({"since": typed}).since == meant


@pytest.mark.parametrize(
    "typed", ["yesterday", "1795665600", "", "1d", "2026-11-23T25:00:00Z", "04:00", "2026-11-23T04:00 1:00"]
)
def test_what_is_no_instant_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValidationError, match="an instant in ISO 8601, as 2026-11-25T18:00:00Z"):
        RecordFilter.model_validate({"since": typed})


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [1]}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ([1], {"a": 1}, {"a": 1}),
        ({"a": 1}, ["c"], ["c"]),
    ],
)
def test_a_merge_patch_does_what_rfc_7396_says(target: object, patch: object, result: object) -> None:
    assert merge_patch(target, patch) == result


@given(JSON, st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_a_merge_patch_leaves_no_name_that_it_removes_and_changes_nothing_twice(target: object, patch: dict[str, Any]) -> None:
    once = merge_patch(target, patch)
    assert all(name not in once for name, value in patch.items() if value is None)
    assert merge_patch(once, patch) == once


def test_problems_are_told_field_by_field() -> None:
    line = "user_id: got int, input should be a valid string; a.0.b: got nothing, field required; or not"
    line += "; b: got nothing, field required"
    assert field_problems(line) == [
        {"field": "user_id", "came": "int", "expected": "a valid string"},
        {"field": "a.0.b", "came": "nothing", "expected": "field required; or not"},
        {"field": "b", "came": "nothing", "expected": "a value"},
    ]
    assert field_problems("the body cannot be decoded: empty") == [
        {"field": "", "came": "", "expected": "the body cannot be decoded: empty"}
    ]
