"""Fetches what strangers point at: public HTTPS only, with caps on bytes, time, redirects and encodings.

The name is resolved here, every address of it is checked, and the connection goes to a checked address: the resolver
that the connector uses *is* the check, so a name cannot change its mind between look-up and connection. Each redirect
starts again from the top.
"""

import asyncio
import io
import re
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import aiohttp
import aiohttp.abc
import aiohttp.http_exceptions

from shared import observe
from shared.clock import Clock
from shared.errors import PermanentError, ProcessorError, Reason, RetryableError
from shared.locks import KeyedLocks
from shared.shortage import shortage_behind
from shared.unreached import why_unreached
from shared.web.addresses import Target, blocked, check_url, is_public, joined, literal_address
from shared.web.bodies import Bodies
from shared.web.content_encoding import codings, unpacked
from shared.web.lenient_wire import LenientConnector
from shared.web.statuses import refusal

MAX_REDIRECTS: Final = 3
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
CONDITIONAL: Final = frozenset({"If-None-Match", "If-Modified-Since"})
NOT_MODIFIED: Final = 304
AT_ONCE, AT_ONCE_A_HOST = 64, 16
PIECE: Final = 65_536
PARSED: Final = re.compile(r":?\s*\n|:\s*b['\"]")  # in what the parser says: behind it stands what the host sent
LONGEST_WHY: Final = 100
TOLD: Final = {
    "Data after `Connection: close`": "it is longer than its Content-Length says",
    "Bad status line": "it does not begin as HTTP does, or goes on behind its Content-Length",
}
LONGEST_HEADER: Final = 65_536  # a line of a shop's Content-Security-Policy has 9 KB and more
USER_AGENT: Final = "PluckItProcessor/1.0 (wardrobe app; pictures and fashion feeds)"
Lookup = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that was read whole, or a 304 or redirect without one. `headers`: the last answer's, names in lower case."""

    url: str
    content_type: str
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


async def system_lookup(host: str, port: int) -> list[str]:
    """Resolve through the system; returns addresses as text."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Fetcher(Protocol):
    """What readers of strangers' addresses ask: the safe fetch."""

    async def fetch(
        self, url: str, *, max_bytes: int, timeout_seconds: float, headers: Mapping[str, str] | None = None, follow: bool = True
    ) -> Fetched:
        """Raise `PermanentError` or `RetryableError`."""


class SafeFetcher:
    """Fetches; one connection pool, built in the loop at the first call, and one budget for the bodies in flight."""

    def __init__(
        self,
        *,
        clock: Clock,
        allowed_private_hosts: Collection[str] = frozenset(),
        lookup: Lookup = system_lookup,
        bodies: Bodies | None = None,
    ) -> None:
        self._clock = clock
        self._allowed = frozenset(allowed_private_hosts)
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None
        self._bodies = bodies or Bodies()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._slots_of_host = KeyedLocks(at_once=AT_ONCE_A_HOST)

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        timeout_seconds: float,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> Fetched:
        """Fetch `url`, at most `max_bytes` in at most `timeout_seconds` for all redirects together.

        The wait for a free connection, and for room in the budget of bodies, is ours and no part of that time.

        Without `follow` a redirect is the answer (its `location` is among the headers): for a caller who has to ask something
        of the new host first.

        `headers` go along: for a conditional request, whose 304 is an answer. gzip, deflate and br are undone whether they
        were asked for or not; `max_bytes` bounds what came, and what it unpacks to.

        Raises `PermanentError`: IMAGE_BLOCKED, IMAGE_FORBIDDEN (401, 403), IMAGE_UNREACHABLE (other 4xx, endless redirects),
        IMAGE_TOO_LARGE, IMAGE_NOT_IMAGE (not compressed as it says); `RetryableError` for 202, 429, 5xx, timeouts, a body cut
        short and everything that the network does; `HostShortage` for what this instance lacks. Nothing else.
        """
        target = check_url(url, self._allowed)
        async with self._slots_of_host.hold(f"{target.host}:{target.port}"), self._slots:
            try:
                with observe.http_call("GET") as watched:
                    async with asyncio.timeout(timeout_seconds) as limit:
                        return await self._follow(target, max_bytes, dict(headers or {}), limit, watched, follow=follow)
            except TimeoutError:
                raise RetryableError(
                    f"the answer did not arrive in {timeout_seconds:.0f} s", reason=Reason.IMAGE_UNREACHABLE
                ) from None

    async def close(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()

    async def _follow(
        self, target: Target, max_bytes: int, headers: dict[str, str], limit: asyncio.Timeout, watched: observe.Watched,
        *, follow: bool,
    ) -> Fetched:  # fmt: skip
        for _ in range(MAX_REDIRECTS + 1):
            with _ours():
                async with self._open().get(target.to_wire(), headers=headers, allow_redirects=False) as response:
                    watched.note("http.response.status_code", response.status)
                    location = response.headers.get("Location")
                    if response.status in REDIRECTS and location:
                        if not follow:
                            return Fetched(target.url, "", b"", response.status, _lower(response))
                        target = check_url(joined(target.url, location), self._allowed)
                        continue
                    if response.status == NOT_MODIFIED and CONDITIONAL & headers.keys():
                        return Fetched(target.url, "", b"", NOT_MODIFIED, _lower(response))
                    refused = refusal(response.status, response.headers, now=self._clock.now())
                    if refused is not None:
                        raise refused
                    return await self._read(response, target, max_bytes, limit)
        raise PermanentError(f"more than {MAX_REDIRECTS} redirects", reason=Reason.IMAGE_UNREACHABLE)

    async def _read(self, response: aiohttp.ClientResponse, target: Target, max_bytes: int, limit: asyncio.Timeout) -> Fetched:
        too_large = PermanentError(f"the answer has more than {max_bytes} bytes", reason=Reason.IMAGE_TOO_LARGE)
        length = response.content_length
        if (length or 0) > max_bytes:
            raise too_large
        packed = codings(response.headers.getall("Content-Encoding", ()))
        most = (max_bytes if length is None else length) + (max_bytes if packed else 0)
        async with self._bodies.room(most, limit) as room:
            buffer = io.BytesIO()
            async for piece in response.content.iter_chunked(PIECE):
                await room.reach(buffer.tell() + len(piece))
                buffer.write(piece)
                if buffer.tell() > max_bytes:
                    raise too_large
            body = buffer.getvalue()
            if packed:
                await room.reach(len(body) + max_bytes)
                body = await asyncio.to_thread(unpacked, body, packed, max_bytes)
            room.settle(len(body))
            return Fetched(target.url, response.content_type, body, response.status, _lower(response))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = LenientConnector(
                resolver=checking_resolver(self._lookup, self._allowed),
                limit=0,  # the slots above bound it
            )
            self._session = aiohttp.ClientSession(
                connector=connector, trust_env=False, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept": "image/*", "Accept-Encoding": "identity"},
                max_line_size=LONGEST_HEADER, max_field_size=LONGEST_HEADER, timeout=aiohttp.ClientTimeout(),
            )  # fmt: skip
        return self._session


@contextmanager
def _ours() -> Iterator[None]:
    """Turn what the client, the resolver and the network raise in the block into errors of ours."""
    try:
        yield
    except (aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError, ValueError, MemoryError) as error:
        if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ClientError):
            raise  # the caller's own limit
        ours = _refusal_behind(error) or shortage_behind(error)
        if ours is not None:
            raise ours from error
        if isinstance(error, aiohttp.InvalidURL) or not isinstance(error, aiohttp.ClientError | OSError):
            raise blocked("it is not a URL") from error
        raise RetryableError(_why(error), reason=Reason.IMAGE_UNREACHABLE) from error


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer was cut short"
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.http_exceptions.HttpProcessingError):
        said = PARSED.split(error.message, maxsplit=1)[0][:LONGEST_WHY]
        return f"the answer is no HTTP that can be read: {TOLD.get(said, said)}"
    return f"it could not be fetched: {why_unreached(error)}"


def _lower(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _refusal_behind(error: BaseException) -> ProcessorError | None:
    """The resolver may raise an OSError only, which the connector wraps: our refusal is a cause of its cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ProcessorError):
            return cause
        cause = cause.__cause__
    return None


def checking_resolver(lookup: Lookup, allowed: Collection[str]) -> aiohttp.abc.AbstractResolver:
    """Return a resolver that gives the connector checked addresses only, or fails."""

    class CheckingResolver(aiohttp.abc.AbstractResolver):
        """One private address among several refuses the whole name."""

        async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[Any]:  # noqa: ARG002  (the base's)
            texts = await lookup(host, port)
            addresses = [literal_address(text.partition("%")[0]) for text in texts]
            trusted = f"{host}:{port}" in allowed
            if not trusted and not all(address is not None and is_public(address) for address in addresses):
                error = OSError("refused")
                raise error from blocked("its name resolves to an address that is not public")
            if not addresses:
                raise OSError("the name has no address")
            return [
                {
                    "hostname": host, "host": str(address), "port": port, "proto": 0, "flags": socket.AI_NUMERICHOST,
                    "family": socket.AF_INET6 if address.version == 6 else socket.AF_INET,  # noqa: PLR2004
                }
                for address in addresses if address is not None
            ]  # fmt: skip

        async def close(self) -> None:
            """Nothing is held."""

    return CheckingResolver()
