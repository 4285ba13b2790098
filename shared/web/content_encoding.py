"""Undoes what `Content-Encoding` says was done to a body, under a cap. Blocking: call it in a thread.

Servers write there what is no coding at all (`utf-8`, `aws-chunked`, `binary`, nothing): all but the few names that mean one
are taken for identity. What says that it is compressed has to be whole: a stream that is cut short is a transfer cut short,
and bytes after its end are a fault. gzip may be of several members one after another (RFC 1952 section 2.2).
"""

import zlib
from collections.abc import Callable, Iterable
from typing import Final

from shared.errors import PermanentError, Reason, RetryableError

PIECE: Final = 65_536
MAX_CODINGS: Final = 3
MAX_MEMBERS: Final = 2_048  # files of blocks have one in 64 KB; a body of empty ones only costs time
GZIP: Final = b"\x1f\x8b"
ZLIB_METHOD: Final = 8  # RFC 1950: the low half of the first byte; the first two bytes are a multiple of 31
FOREIGN: Final = {"zstd": b"\x28\xb5\x2f\xfd", "compress": b"\x1f\x9d", "x-compress": b"\x1f\x9d"}  # known, and not undone


def codings(values: Iterable[str]) -> list[str]:
    """Return the names in the headers' `values` that mean something, in lower case, in the order of their doing."""
    tokens = (token.strip(" \t\"'").casefold() for value in values for token in value.split(","))
    return [token for token in tokens if token in UNDO or token in FOREIGN]


def unpacked(body: bytes, names: Iterable[str], max_bytes: int) -> bytes:
    """Return `body` without the codings `names`, as `codings` gives them.

    Raises `RetryableError(IMAGE_UNREACHABLE)` for a stream that is cut short; `PermanentError`: IMAGE_TOO_LARGE for more than
    `max_bytes`, IMAGE_NOT_IMAGE for what is not what its header says.
    """
    applied = list(names)
    if len(applied) > MAX_CODINGS:
        raise _broken(f"is compressed {len(applied)} times over")
    for name in reversed(applied):
        if name in FOREIGN:
            if body.startswith(FOREIGN[name]):
                raise _broken(f"is compressed with {name}, which was not asked for")
        elif body:  # an empty body is empty, whatever its header says
            body = UNDO[name](body, max_bytes)
    return body


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size, at, rest = 0, 0, b""
    for _ in range(MAX_MEMBERS):
        if parts and not GZIP.startswith((rest or body[at : at + 2])[:2]):
            if (rest + body[at:]).strip(b"\0"):
                raise _broken("has bytes after the end of its gzip stream")
            return b"".join(parts)  # padding with zeros is what tapes and some servers add
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not rest:
                rest, at = body[at : at + PIECE], at + PIECE
            if not rest:
                raise _cut("gzip")
            parts.append(_inflate(member, rest, "gzip", max_bytes - size, max_bytes))
            size += len(parts[-1])
            rest = member.unused_data
        if not rest and at >= len(body):
            return b"".join(parts)
    raise _broken(f"has more than {MAX_MEMBERS} gzip members")


def _undo_deflate(body: bytes, max_bytes: int) -> bytes:
    """Zlib's format, as the standard has it (RFC 9110 section 8.4.1.2), or bare deflate, as many servers have."""
    wrapped = body[0] & 15 == ZLIB_METHOD and int.from_bytes(body[:2], "big") % 31 == 0
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    plain = _inflate(stream, body, "deflate", max_bytes, max_bytes)
    if not stream.eof:
        raise _cut("deflate")
    if stream.unused_data:
        raise _broken("has bytes after the end of its deflate stream")
    return plain


def _inflate(stream: "zlib._Decompress", packed: bytes, name: str, room: int, max_bytes: int) -> bytes:
    try:
        plain = stream.decompress(packed, room + 1)
    except zlib.error:
        raise _broken(f"says {name} and is not") from None
    if len(plain) > room:
        raise _too_large(max_bytes)
    return plain


def _undo_brotli(body: bytes, max_bytes: int) -> bytes:
    import brotli_rs  # noqa: PLC0415  (30 ms and 6 MB, for servers that send it unasked)

    stream = brotli_rs.Decompressor()
    parts: list[bytes] = []
    size, at = 0, 0
    try:
        while not stream.is_finished():
            piece = body[at : at + PIECE] if stream.can_accept_more_data() else b""
            at += len(piece)
            parts.append(stream.process(piece, output_buffer_limit=PIECE))
            size += len(parts[-1])
            if size > max_bytes:
                raise _too_large(max_bytes)
            if not piece and not parts[-1] and at >= len(body) and not stream.is_finished():
                raise _cut("br")
    except brotli_rs.error:
        raise _broken("says br and is not, or has bytes after its end") from None
    if at < len(body):
        raise _broken("has bytes after the end of its br stream")
    return b"".join(parts)


def _broken(what: str) -> PermanentError:
    return PermanentError(f"the answer {what}", reason=Reason.IMAGE_NOT_IMAGE)


def _cut(name: str) -> RetryableError:
    return RetryableError(f"the answer's {name} stream ends before its end: it was cut short", reason=Reason.IMAGE_UNREACHABLE)


def _too_large(max_bytes: int) -> PermanentError:
    return PermanentError(f"the answer unpacks to more than {max_bytes} bytes", reason=Reason.IMAGE_TOO_LARGE)


UNDO: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gunzip, "x-gzip": _gunzip, "deflate": _undo_deflate, "br": _undo_brotli,
}  # fmt: skip
