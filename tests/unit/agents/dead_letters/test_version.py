"""A dead letter's version: another one after every change but a repeat, the same however the record is read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.dead_letters.record import LIFETIME, REPEATS, DeadLetter
from shared.clock import to_iso

RECORD: dict[str, Any] = {
    "id": "raw.1", "jobId": "raw.1", "status": "open", "payload": {"b": 1, "a": ["é", None, 1.5, True]},
    "updatedAt": "2026-11-26",
}  # fmt: skip
OF_AN_EARLIER_BUILD = "566dcb7f638e0410"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8,
)  # fmt: skip


def version(**changed: Any) -> str:
    return DeadLetter({**RECORD, **changed}).version


@pytest.mark.parametrize(
    "changed",
    [{"status": "replayed"}, {"updatedAt": "2026-11-27"}, {"payload": None}, {"repairedPayload": {}}, {"history": []}],
)
def test_a_change_makes_another_version(changed: dict[str, Any]) -> None:
    assert version(**changed) != version()


@pytest.mark.parametrize("name", sorted(REPEATS))
def test_that_the_same_bytes_came_again_makes_none(name: str) -> None:
    assert version(**{name: "2026-11-27"}) == version()


@given(JSON, JSON)
def test_any_json_has_a_version_which_is_its_own(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (version(payload=one) == version(payload=other)) is same


@pytest.mark.parametrize("odd", [2**64, -(2**80), "\ud800", 1e400, json.loads("[" * 300 + "]" * 300)])
def test_what_the_fast_encoder_refuses_has_a_version_too(odd: Any) -> None:
    assert version(payload=odd) != version(payload=[odd])
    assert DeadLetter({**RECORD, "payload": odd}).is_at(version(payload=odd))


@pytest.mark.parametrize(
    "at", ["2026-11-26T04:05:06.789Z", "2024-02-28T23:59:59.999Z", "2026-11-26T04:05:06Z", "2026-11-26T04:05:06.789+02:00"]
)
def test_its_end_is_a_lifetime_after_its_last_write_however_that_is_written(at: str) -> None:
    record = DeadLetter({**RECORD, "updatedAt": at})
    assert record.expires == to_iso(record.expires_at)


def test_the_order_of_the_fields_counts_for_nothing() -> None:
    turned = {**dict(reversed(RECORD.items())), "payload": dict(reversed(RECORD["payload"].items()))}
    assert DeadLetter(turned).version == version()


def test_what_an_earlier_build_saw_is_known() -> None:
    record = DeadLetter(RECORD)
    assert record.is_at(OF_AN_EARLIER_BUILD)
    assert record.is_at(record.version)
    assert not DeadLetter({**RECORD, "status": "replayed"}).is_at(OF_AN_EARLIER_BUILD)
    assert not record.is_at("")


def test_a_lifetime_is_whole_days() -> None:
    assert LIFETIME.seconds == 0
