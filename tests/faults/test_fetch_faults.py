"""What strangers point at: refused with a reason, and no request ever reaches a private address."""

import asyncio
import gzip
import io
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from PIL import Image

from shared.clock import Clock
from shared.errors import PermanentError, Reason, RetryableError
from shared.pictures.decode import reduce
from shared.web.addresses import check_url
from shared.web.fetch import SafeFetcher
from tests.fakes.site import serving


@dataclass
class Server:
    """A server on loopback: allowed by name where a test says so, forbidden ground for all others."""

    port: int = 0
    hits: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


def bomb() -> bytes:
    """A PNG of 50,000 x 50,000 pixels in a few bytes."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = b""
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 32), "navy").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    known = Server()

    async def handle(request: web.Request) -> web.StreamResponse:
        known.hits.append(request.path)
        match request.path:
            case "/good":
                return web.Response(body=photo(), content_type="image/png")
            case "/status":
                return web.Response(status=int(request.query["code"]), headers={"Retry-After": "7"})
            case "/big":
                answer = web.StreamResponse()
                await answer.prepare(request)
                for _ in range(60):
                    await answer.write(b"\0" * 1024 * 1024)
                return answer
            case "/announced":
                return web.Response(body=b"\0" * 2_000_000)
            case "/drip":
                answer = web.StreamResponse()
                await answer.prepare(request)
                while True:
                    await answer.write(b"x")
                    await asyncio.sleep(0.02)
            case "/redirect":
                raise web.HTTPFound(request.query["to"])
            case "/loop":
                raise web.HTTPFound("/loop")
            case "/gzip":
                return web.Response(body=gzip.compress(b"x" * 1000), headers={"Content-Encoding": "gzip"})
            case "/reset":
                assert request.transport is not None
                request.transport.abort()
        return web.Response(body=b"")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    async with serving(app) as host:
        known.port = int(host.rpartition(":")[2])
        yield known


@pytest.fixture
async def fetcher(server: Server) -> AsyncIterator[SafeFetcher]:
    made = SafeFetcher(clock=Clock(), allowed_private_hosts={server.host})
    yield made
    await made.close()


async def fetch(fetcher: SafeFetcher, url: str, seconds: float = 5.0) -> bytes:
    return (await fetcher.fetch(url, max_bytes=1_000_000, timeout_seconds=seconds)).body


async def test_a_picture_is_fetched_and_reduced(server: Server, fetcher: SafeFetcher) -> None:
    picture = reduce(await fetch(fetcher, f"http://{server.host}/good"))
    assert (picture.width, picture.height) == (64, 32)


@pytest.mark.parametrize("code", [404, 410, 204, 400])
async def test_a_picture_that_is_gone_is_a_permanent_fault(server: Server, fetcher: SafeFetcher, code: int) -> None:
    with pytest.raises(PermanentError) as caught:
        await fetch(fetcher, f"http://{server.host}/status?code={code}")
    assert caught.value.reason is Reason.IMAGE_UNREACHABLE


@pytest.mark.parametrize("code", [401, 403])
async def test_a_host_that_refuses_us_is_named_as_such(server: Server, fetcher: SafeFetcher, code: int) -> None:
    with pytest.raises(PermanentError, match="User-Agent, a Referer") as caught:
        await fetch(fetcher, f"http://{server.host}/status?code={code}")
    assert caught.value.reason is Reason.IMAGE_FORBIDDEN


@pytest.mark.parametrize("code", [202, 421, 423, 425, 429, 499, 500, 503])
async def test_a_host_in_trouble_is_tried_again_with_its_own_wait(server: Server, fetcher: SafeFetcher, code: int) -> None:
    with pytest.raises(RetryableError) as caught:
        await fetch(fetcher, f"http://{server.host}/status?code={code}")
    assert caught.value.retry_after_seconds == 7


@pytest.mark.parametrize("path", ["/big", "/announced"])
async def test_too_many_bytes_are_not_read(server: Server, fetcher: SafeFetcher, path: str) -> None:
    with pytest.raises(PermanentError) as caught:
        await fetch(fetcher, f"http://{server.host}{path}")
    assert caught.value.reason is Reason.IMAGE_TOO_LARGE


async def test_a_slow_drip_is_cut(server: Server, fetcher: SafeFetcher) -> None:
    with pytest.raises(RetryableError, match="did not arrive"):
        await fetch(fetcher, f"http://{server.host}/drip", seconds=0.3)


async def test_a_reset_is_tried_again(server: Server, fetcher: SafeFetcher) -> None:
    with pytest.raises(RetryableError):
        await fetch(fetcher, f"http://{server.host}/reset")


async def test_a_compressed_answer_is_unpacked_whether_asked_for_or_not(server: Server, fetcher: SafeFetcher) -> None:
    assert await fetch(fetcher, f"http://{server.host}/gzip") == b"x" * 1000


async def test_redirect_loops_end(server: Server, fetcher: SafeFetcher) -> None:
    with pytest.raises(PermanentError, match="redirects") as caught:
        await fetch(fetcher, f"http://{server.host}/loop")
    assert caught.value.reason is Reason.IMAGE_UNREACHABLE  # its address was never refused
    assert len(server.hits) == 4


@pytest.mark.parametrize("to", ["http://127.0.0.1:{0}/good", "https://localhost/x", "https://[::1]/x", "file:///etc/passwd"])
async def test_a_redirect_to_a_private_address_is_not_followed(server: Server, to: str) -> None:
    other = await asyncio.start_server(lambda *_: server.hits.append("PRIVATE"), "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    fetcher = SafeFetcher(clock=Clock(), allowed_private_hosts={server.host})
    with pytest.raises(PermanentError) as caught:
        await fetch(fetcher, f"http://{server.host}/redirect?to={to.format(port)}")
    assert caught.value.reason is Reason.IMAGE_BLOCKED
    assert server.hits == ["/redirect"]
    await fetcher.close()
    other.close()
    await other.wait_closed()


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.8"], ["169.254.169.254"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["fd00::1"]],
)
async def test_a_name_that_resolves_to_a_private_address_is_refused(server: Server, addresses: list[str]) -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return addresses

    fetcher = SafeFetcher(clock=Clock(), lookup=lookup)
    with pytest.raises(PermanentError, match="not public") as caught:
        await fetch(fetcher, "https://pictures.example/x.jpg")
    assert caught.value.reason is Reason.IMAGE_BLOCKED
    assert server.hits == []
    await fetcher.close()


async def test_a_name_that_cannot_be_resolved_is_tried_again() -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    fetcher = SafeFetcher(clock=Clock(), lookup=lookup)
    with pytest.raises(RetryableError):
        await fetch(fetcher, "https://pictures.example/x.jpg")
    await fetcher.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://pictures.example/x", "ftp://pictures.example/x", "https://127.0.0.1/", "https://2130706433/",
        "https://0x7f000001/", "https://0x7f.1/", "https://017700000001/", "https://127.1/", "https://[::1]/",
        "https://[::ffff:127.0.0.1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
        "https://[fe80::1%25eth0]/", "https://169.254.169.254/latest", "https://100.64.0.1/", "https://0.0.0.0/",
        "https://224.0.0.1/", "https://localhost/", "https://pictures.example:8443/", "https://u:p@pictures.example/",
        "https://\u2460.example/", "https:///x", "https://[::1/", "not a url", "https://10.0.0.1/", "https://192.168.1.1/",
    ],
)  # fmt: skip
def test_what_is_not_a_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_url(url, frozenset())
    assert caught.value.reason is Reason.IMAGE_BLOCKED


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.IMAGE_NOT_IMAGE), (b"<html><body>gone</body></html>", Reason.IMAGE_NOT_IMAGE),
        (photo()[:60], Reason.IMAGE_NOT_IMAGE), (bomb(), Reason.IMAGE_TOO_LARGE),
        (b"GIF89a" + b"\xff" * 40, Reason.IMAGE_NOT_IMAGE), (b"%PDF-1.7", Reason.IMAGE_NOT_IMAGE),
    ],
    ids=["empty", "html", "truncated", "bomb", "garbage-gif", "pdf"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_without_decoding_it(body: bytes, reason: Reason) -> None:
    with pytest.raises(PermanentError) as caught:
        reduce(body)
    assert caught.value.reason is reason


def test_the_same_pixels_have_the_same_digest_whatever_the_file() -> None:
    image = Image.new("RGB", (700, 300), "olive")
    files = []
    for kind in ("PNG", "WEBP"):
        out = io.BytesIO()
        image.save(out, kind, **({"lossless": True} if kind == "WEBP" else {}))
        files.append(reduce(out.getvalue()))
    assert files[0].digest == files[1].digest
    assert (files[0].width, files[0].height) == (512, 219)
