"""Reads the heads of answers as browsers read them, where a strict parser refuses what harms nobody.

Servers write a space before the colon of a header, a length beside chunks, one length twice, lines that are no header. Over a
connection of our own, with no proxy in between, none of it can smuggle anything: what is wrong is mended before the parser sees
it. What is really ambiguous (two different lengths, half a chunk) is left to it, and refused.
"""

import asyncio
import re
from functools import partial
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler

LONGEST_HEAD: Final = 262_144
END: Final = re.compile(rb"\r?\n\r?\n")
NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
INTERIM: Final = re.compile(rb"HTTP/1\.[01] 1\d\d\b")
UPGRADE: Final = re.compile(rb"HTTP/1\.[01] 101\b")


class LenientHandler(ResponseHandler):
    """The protocol of one connection, with the heads of its answers mended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._head: bytes | None = None  # what came of a head; None inside a body

    def set_response_params(self, **parameters: Any) -> None:  # noqa: ANN401  (the base's)
        """A new answer begins."""
        self._head = b""
        super().set_response_params(**parameters)

    def data_received(self, data: bytes) -> None:
        """Give the parser what came, heads only when they are whole."""
        if self._head is None:
            super().data_received(data)
            return
        head = (self._head + data).lstrip(b"\r\n")
        end = END.search(head)
        if end is None and len(head) <= LONGEST_HEAD:
            self._head = head
            return
        self._head = None
        at = end.end() if end else 0
        if INTERIM.match(head) and not UPGRADE.match(head) and at:
            self._head = b""  # a further head comes
            super().data_received(mended(head[:at]))
            if head[at:]:
                self.data_received(head[at:])
            return
        super().data_received((mended(head[:at]) if at else b"") + head[at:])

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the parser the head that ended in the middle: it says what is wrong with it."""
        rest, self._head = self._head, None
        if rest:
            super().data_received(rest)
        super().connection_lost(exc)


class LenientConnector(aiohttp.TCPConnector):
    """A connector whose connections read heads so."""

    def __init__(self, *, resolver: AbstractResolver, limit: int) -> None:
        super().__init__(resolver=resolver, use_dns_cache=False, limit=limit)
        self._factory = partial(LenientHandler, self._loop)  # type: ignore[assignment]  # a partial is invariant in what it makes


def mended(head: bytes) -> bytes:
    """Return the head of an answer, with its empty line, as a strict parser takes it; what is right stays as it is."""
    status, *lines = re.split(rb"\r?\n", END.sub(b"", head))
    kept: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in {b" ", b"\t"} and kept:  # a header that goes on
            kept[-1] = (kept[-1][0], kept[-1][1] + b" " + line.strip())
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")
        if colon and NAME.fullmatch(name):
            kept.append((name, value.replace(b"\r", b" ").strip(b" \t")))
    chunked = any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in kept)
    lengths = {part.strip() for name, value in kept if name.lower() == b"content-length" for part in value.split(b",")}
    length = lengths.pop() if len(lengths) == 1 else None
    fields = [(name, value) for name, value in kept if not _says_nothing(name.lower(), value, chunked=chunked)]
    if length is not None:
        fields = [(name, value) for name, value in fields if name.lower() != b"content-length"]
        if length.isdigit() and not chunked:
            fields.append((b"Content-Length", length))
    return b"\r\n".join([status, *(name + b": " + value for name, value in fields), b"", b""])


def _says_nothing(name: bytes, value: bytes, *, chunked: bool) -> bool:
    if name == b"transfer-encoding":
        return value.lower() in {b"", b"identity"}
    return name == b"content-length" and chunked  # RFC 9112 section 6.3: the chunks decide
