"""Codings are undone whole or not at all."""

import contextlib
import gzip
import zlib

import brotli_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import PermanentError, Reason, RetryableError
from shared.web.content_encoding import MAX_MEMBERS, codings, unpacked

BODY = bytes(range(256)) * 400
MAX = 300_000


def bare_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


PACK = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli_rs.compress}


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([""], []), (["utf-8", "aws-chunked,binary"], []), (["GZIP, identity", "x-gzip"], ["gzip", "x-gzip"]),
        ([' "br" ;q=1'], []), (["deflate,br"], ["deflate", "br"]), (["zstd"], ["zstd"]),
    ],
)  # fmt: skip
def test_which_names_mean_something(values: list[str], names: list[str]) -> None:
    assert codings(values) == names


@given(st.binary(max_size=3_000), st.lists(st.sampled_from(sorted(PACK)), max_size=3))
def test_what_was_packed_comes_out_again(body: bytes, names: list[str]) -> None:
    packed = body
    for name in names:
        packed = PACK[name](packed)
    assert unpacked(packed, names, 10_000) == body


def test_bare_deflate_members_and_padding() -> None:
    assert unpacked(bare_deflate(BODY), ["deflate"], MAX) == BODY
    assert unpacked(gzip.compress(BODY) + gzip.compress(b"end") + b"\0" * 70_000, ["gzip"], MAX) == BODY + b"end"


@pytest.mark.parametrize("name", PACK)
@pytest.mark.parametrize("missing", [1, 4, 9, 200])
def test_a_stream_cut_short_is_a_transfer_cut_short(name: str, missing: int) -> None:
    with pytest.raises(RetryableError, match="cut short"):
        unpacked(PACK[name](BODY)[:-missing], [name], MAX)


def test_a_second_member_cut_short_is_not_taken_for_the_end() -> None:
    with pytest.raises(RetryableError):
        unpacked(gzip.compress(BODY) + gzip.compress(BODY)[:15], ["gzip"], MAX)


@pytest.mark.parametrize("name", PACK)
@pytest.mark.parametrize("tail", [b"junk", b"\xff" * 70_000])
def test_bytes_after_the_end_are_a_fault(name: str, tail: bytes) -> None:
    with pytest.raises(PermanentError) as caught:
        unpacked(PACK[name](BODY) + tail, [name], MAX)
    assert caught.value.reason is Reason.IMAGE_NOT_IMAGE


@pytest.mark.parametrize("name", PACK)
def test_a_bomb_is_not_unpacked(name: str) -> None:
    with pytest.raises(PermanentError) as caught:
        unpacked(PACK[name](b"\0" * 30_000_000), [name], MAX)
    assert caught.value.reason is Reason.IMAGE_TOO_LARGE
    assert unpacked(PACK[name](b"\0" * MAX), [name], MAX) == b"\0" * MAX


def test_members_and_codings_without_end_are_refused() -> None:
    with pytest.raises(PermanentError, match="members"):
        unpacked(gzip.compress(b"") * (MAX_MEMBERS + 1), ["gzip"], MAX)
    with pytest.raises(PermanentError, match="4 times"):
        unpacked(b"x", ["gzip"] * 4, MAX)
    with pytest.raises(PermanentError, match="zstd"):
        unpacked(b"\x28\xb5\x2f\xfd....", ["zstd"], MAX)
    assert unpacked(BODY, ["zstd"], MAX) == BODY  # says so, and is not


@given(st.binary(max_size=500), st.lists(st.sampled_from([*PACK, "x-gzip"]), min_size=1, max_size=3))
def test_whatever_comes_only_our_errors_leave(body: bytes, names: list[str]) -> None:
    with contextlib.suppress(PermanentError, RetryableError):
        unpacked(body, names, 1_000)
