"""Reading a queue body: ours, a foreign producer's, and the hopeless."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.taste_analysis.message import job_id_of, parse
from shared.errors import DeferredError, PermanentError, ProcessorError, Reason

GOOD = {
    "job_id": job_id_of("u1", "i1", "https://img.example/1.jpg", None),
    "user_id": "u1", "item_id": "i1", "image_url": "https://img.example/1.jpg", "gallery_image_index": None,
    "createdAt": "2026-11-23T10:00:00Z", "retryCount": 0,
}  # fmt: skip


def body(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


def test_a_body_of_the_contract_is_read() -> None:
    message = parse(body())
    assert (message.user_id, message.item_id, message.gallery_image_index) == ("u1", "i1", None)
    assert message.key == GOOD["job_id"]


def test_the_same_names_in_camel_case_are_read() -> None:
    camel = {
        "jobId": job_id_of("u1", "i1", "https://img.example/1.jpg", 3), "userId": "u1", "itemId": "i1",
        "imageUrl": "https://img.example/1.jpg", "galleryImageIndex": 3,
    }  # fmt: skip
    message = parse(json.dumps(camel).encode())
    assert message.gallery_image_index == 3
    assert message.key == camel["jobId"]


def test_a_body_that_is_base64_once_more_is_read() -> None:
    assert parse(base64.b64encode(body())).user_id == "u1"


def test_a_byte_order_mark_is_no_reason_to_refuse() -> None:
    assert parse(b"\xef\xbb\xbf" + body()).user_id == "u1"


def test_unknown_fields_are_kept_when_the_message_is_sent_again() -> None:
    again = json.loads(parse(body(campaign="autumn")).encode(generation=7))
    assert again["campaign"] == "autumn"
    assert again["generation"] == 7


def test_a_property_named_id_is_a_field_like_any_other() -> None:
    message = parse(body(id="spoofed", dequeueCount=99))
    assert message.key == GOOD["job_id"]


def test_a_body_of_48_kib_is_read() -> None:
    filler = "x" * (49_152 - len(body(filler="")))
    assert parse(body(filler=filler)).user_id == "u1"


@pytest.mark.parametrize(
    "raw",
    [b"", b"   ", b"not json", body()[:-5], b"\xff\xfe\x00bad", b"[" * 100_000, b'{"a": NaN}', b"bm90IGpzb24="],
    ids=["empty", "blank", "not-json", "truncated", "not-utf8", "nested", "nan", "base64-of-no-json"],
)
def test_what_is_no_json_is_undecodable(raw: bytes) -> None:
    with pytest.raises(PermanentError) as caught:
        parse(raw)
    assert caught.value.reason is Reason.PAYLOAD_UNDECODABLE


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"null", b"5", b"true"])
def test_json_that_is_no_object_is_invalid(raw: bytes) -> None:
    with pytest.raises(PermanentError, match="expected an object") as caught:
        parse(raw)
    assert caught.value.reason is Reason.PAYLOAD_INVALID


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (without("user_id"), "user_id"), (without("item_id"), "item_id"), (without("image_url"), "image_url"),
        (body(user_id=5), "user_id"), (body(user_id=""), "user_id"), (body(user_id="a/b"), "user_id"),
        (body(user_id="x" * 201), "user_id"), (body(image_url=None), "image_url"),
        (body(image_url="https://h/" + "x" * 2048), "image_url"), (body(gallery_image_index="1"), "gallery_image_index"),
        (body(gallery_image_index=True), "gallery_image_index"), (body(gallery_image_index=-1), "gallery_image_index"),
        (body(job_id="0" * 64), "job_id"), (body(generation=0), "generation"), (body(user_id="\ud800"), ""),
        (body(user_id="u\x00"), "user_id"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_its_value_is_not_shown(raw: bytes, field: str) -> None:
    with pytest.raises(PermanentError) as caught:
        parse(raw)
    assert caught.value.reason is Reason.PAYLOAD_INVALID
    assert field in str(caught.value)
    assert "img.example" not in str(caught.value)


def test_a_newer_schema_waits_for_a_newer_build_instead_of_dying() -> None:
    with pytest.raises(DeferredError) as caught:
        parse(body(schemaVersion=2))
    assert caught.value.reason is Reason.DEPLOY_MISMATCH


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_by_our_own_errors(raw: bytes) -> None:
    try:
        parse(raw)
    except ProcessorError:
        return


@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "generation", "deferrals", "schemaVersion"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.integers(), max_size=2)),
    )
)
def test_any_object_is_read_or_refused_by_our_own_errors(changes: dict[str, object]) -> None:
    try:
        parse(body(**changes))
    except ProcessorError:
        return
