"""Fetches what strangers point at: public HTTPS only, with caps on bytes, time, redirects and encodings.

The name is resolved here, every address of it is checked, and the connection goes to a checked address: the resolver
that the connector uses *is* the check, so a name cannot change its mind between look-up and connection. Each redirect
starts again from the top.
"""

import asyncio
import socket
import zlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp
import aiohttp.abc

from shared.clock import Clock
from shared.errors import PermanentError, Reason, RetryableError
from shared.web.addresses import Target, blocked, check_url, is_public, literal_address
from shared.web.headers import retry_after_seconds

MAX_REDIRECTS: Final = 3
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
CONDITIONAL: Final = frozenset({"If-None-Match", "If-Modified-Since"})
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


class SafeFetcher:
    """Fetches; one connection pool, built in the loop at the first call."""

    def __init__(
        self, *, clock: Clock, allowed_private_hosts: Collection[str] = frozenset(), lookup: Lookup = system_lookup
    ) -> None:
        self._clock = clock
        self._allowed = frozenset(allowed_private_hosts)
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None

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

        Without `follow` a redirect is the answer (its `location` is among the headers): for a caller who has to ask something
        of the new host first.

        `headers` go along: for a conditional request, whose 304 is an answer. `Accept-Encoding: gzip` among them makes gzip
        welcome; `max_bytes` then bounds what it unpacks to.

        Raises `PermanentError`: IMAGE_BLOCKED, IMAGE_UNREACHABLE (4xx), IMAGE_TOO_LARGE; `RetryableError` for 429, 5xx,
        timeouts and everything that the network does.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._follow(url, max_bytes, dict(headers or {}), follow=follow)
        except TimeoutError:
            raise RetryableError(
                f"the answer did not arrive in {timeout_seconds:.0f} s", reason=Reason.IMAGE_UNREACHABLE
            ) from None

    async def close(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()

    async def _follow(self, url: str, max_bytes: int, headers: dict[str, str], *, follow: bool) -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            target = check_url(url, self._allowed)
            try:
                async with self._open().get(url, headers=headers, allow_redirects=False) as response:
                    location = response.headers.get("Location")
                    if response.status in REDIRECTS and location:
                        if not follow:
                            return Fetched(target.url, "", b"", response.status, _lower(response))
                        url = urljoin(url, location)
                        continue
                    if response.status == 304 and CONDITIONAL & headers.keys():  # noqa: PLR2004  (HTTP's own number)
                        return Fetched(target.url, "", b"", 304, _lower(response))
                    self._check_status(response, gzip="gzip" in headers.get("Accept-Encoding", ""))
                    return await self._read(response, target, max_bytes)
            except (aiohttp.ClientError, OSError) as error:
                refusal = _refusal_behind(error)
                if refusal is not None:
                    raise refusal from None
                raise RetryableError(
                    f"it could not be fetched: {type(error).__name__}", reason=Reason.IMAGE_UNREACHABLE
                ) from error
            except ValueError as error:
                raise blocked("it is not a URL") from error
        raise blocked(f"more than {MAX_REDIRECTS} redirects")

    def _check_status(self, response: aiohttp.ClientResponse, *, gzip: bool) -> None:
        status = response.status
        if status == 429 or status >= 500 or status in {408, 425}:  # noqa: PLR2004  (HTTP's own numbers)
            raise RetryableError(
                f"the host answered {status}",
                retry_after_seconds=retry_after_seconds(response.headers, now=self._clock.now()),
                reason=Reason.IMAGE_UNREACHABLE,
            )
        if status != 200:  # noqa: PLR2004
            raise PermanentError(f"the host answered {status}", reason=Reason.IMAGE_UNREACHABLE)
        welcome = {"identity", "gzip", "x-gzip"} if gzip else {"identity"}
        if response.headers.get("Content-Encoding", "identity").casefold() not in welcome:
            raise PermanentError("the answer is compressed, which was not asked for", reason=Reason.IMAGE_NOT_IMAGE)

    async def _read(self, response: aiohttp.ClientResponse, target: Target, max_bytes: int) -> Fetched:
        too_large = PermanentError(f"the answer has more than {max_bytes} bytes", reason=Reason.IMAGE_TOO_LARGE)
        if (response.content_length or 0) > max_bytes:
            raise too_large
        packed = "gzip" in response.headers.get("Content-Encoding", "").casefold()
        unpack = zlib.decompressobj(wbits=31) if packed else None
        body = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            try:
                body += unpack.decompress(chunk, max_bytes - len(body) + 1) if unpack else chunk
            except zlib.error:
                raise PermanentError("the answer says gzip and is not", reason=Reason.IMAGE_NOT_IMAGE) from None
            if len(body) > max_bytes:
                raise too_large
        return Fetched(target.url, response.content_type, bytes(body), response.status, _lower(response))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=checking_resolver(self._lookup, self._allowed),
                use_dns_cache=False,
                limit=64,
                limit_per_host=16,
            )
            self._session = aiohttp.ClientSession(
                connector=connector, trust_env=False, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept": "image/*", "Accept-Encoding": "identity"},
                max_line_size=8_190, max_field_size=8_190,
            )  # fmt: skip
        return self._session


def _lower(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _refusal_behind(error: BaseException) -> PermanentError | None:
    """The resolver may raise an OSError only, which the connector wraps: our refusal is a cause of its cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PermanentError):
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
