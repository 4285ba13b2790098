"""What strangers serve as pictures: bytes, addresses and answers. Only errors of ours leave, and what is shown is bounded."""

import asyncio
import gzip

from hypothesis import example, given
from hypothesis import strategies as st

from shared.clock import Clock
from shared.errors import DeferredError, PermanentError, RetryableError
from shared.pictures.decode import plan_reduction, reduce_planned
from shared.pictures.opening import DECODE_BYTES
from shared.pictures.perceptual_hash import lookup_hashes
from shared.web.addresses import check_url, joined
from shared.web.fetch import SafeFetcher
from tests.faults.wire import HEAD, whole, wire
from tests.fuzz.mutations import TEXTS, mutated
from tests.unit.shared.pictures.making import chunk, encoded, png_with, scene

OURS = (PermanentError, RetryableError, DeferredError)
SMALL = scene((40, 56))
PICTURES = [
    encoded(SMALL, "JPEG"), encoded(SMALL, "JPEG", progressive=True), encoded(SMALL.convert("CMYK"), "JPEG"), encoded(SMALL),
    encoded(SMALL.quantize(4), transparency=1), encoded(SMALL.convert("RGBA"), "WEBP", lossless=True), encoded(SMALL, "WEBP"),
    encoded(SMALL, "GIF"), encoded(SMALL, "AVIF"), encoded(SMALL, "HEIF"),
    png_with(encoded(SMALL), chunk(b"iCCP", b"x\0\0junk")),
    encoded(scene((2_100, 2_100)), "WEBP", method=0, quality=10), encoded(SMALL, "GIF", save_all=True, append_images=[SMALL]),
]  # fmt: skip
PIECES = [
    b"\xff\xd8\xff", b"\xff\xd9", b"\xff\xda", b"\xff\xc2", b"\xff\xff", b"\0" * 8, b"\xff" * 8, b"\x7f\xff\xff\xff", b"IDAT",
    b"IEND", b"RIFF", b"VP8L", b"ANMF", b"ftypheic", b"meta", b"iloc", b"mdat", b"GIF89a", b"!\xf9\x04", b"Exif\0\0MM\0*",
]  # fmt: skip


@given(mutated(PICTURES, PIECES) | st.binary(max_size=200))
def test_bytes(body: bytes) -> None:
    try:
        planned = plan_reduction(body)
        assert planned.cost <= DECODE_BYTES
        picture = reduce_planned(planned)
    except OURS:
        return
    assert 0 < picture.width <= 512
    assert 0 < picture.height <= 512
    assert picture.jpeg.startswith(b"\xff\xd8")
    try:
        assert all(len(each) == 16 for each in lookup_hashes(body))
    except OURS:
        return


PARTS = st.sampled_from([
    "https://a.test", "http", "s:", "//", "/", "\\", "@", "?", "#", "%2F", "%", ":", "[::1]", "[", "]", ".", "..", "é",
    "\udce9", "\ud800", "127.1", "0x7f", "10.0.0.1", ":443", " ", "\n", "\u3002", "\u2460", "x" * 70,
])  # fmt: skip
ADDRESSES = st.lists(PARTS | st.sampled_from(TEXTS) | st.text(max_size=5), max_size=10).map("".join)


@example("https://a.test", "http://[x/1")
@given(ADDRESSES, ADDRESSES)
def test_addresses(url: str, location: str) -> None:
    for make in (lambda: check_url(url, ()), lambda: check_url(joined("https://a.test/b?c", location), ())):
        try:
            target = make()
        except PermanentError:
            continue
        sent = target.to_wire().raw_path_qs
        assert sent.isascii()
        assert sent.isprintable()
        assert " " not in sent
        again = check_url(f"https://{f'[{target.host}]' if ':' in target.host else target.host}{sent}", ())
        assert (again.host, again.to_wire().raw_path_qs) == (target.host, sent)


ANSWERS = [
    whole(PICTURES[0], b"Content-Type: image/jpeg"), whole(gzip.compress(PICTURES[3]), b"Content-Encoding: gzip"),
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", whole(b"", b"Location: /b", status=b"302 Found"),
    whole(b"", b"Retry-After: 9", status=b"429 Slow"), whole(b"x", b"Content-Range: bytes 0-0/1", status=b"206 Part"),
    HEAD + b"\r\nx",
]  # fmt: skip
WORDS = [
    b"\r\n", b"\n", b": ", b"Content-Length: 3\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Encoding: br\r\n", b"Location: http://[x/1\r\n", b"Location: \xe9\xff\r\n", b"Retry-After: 1e999\r\n", b"\0",
    b"HTTP/9.9 ", b"Retry-After: Mon, 99 Jan 99999 00:00:00 GMT\r\n", b"\xff",
    b"ffffffffffffffffff\r\n", b"Content-Type: ;;=\r\n",
    b"Upgrade: h2c\r\nConnection: upgrade\r\n", b"HTTP/1.1 101 Switch\r\n", b"Set-Cookie: \xf0\x9f=\r\n",
]  # fmt: skip


@given(mutated(ANSWERS, WORDS))
def test_answers(answer: bytes) -> None:
    async def fetch() -> None:
        async with wire(answer) as server:
            fetcher = SafeFetcher(clock=Clock(), allowed_private_hosts={server.host})
            try:
                fetched = await fetcher.fetch(f"http://{server.host}/a", max_bytes=5_000, timeout_seconds=10.0)
                assert len(fetched.body) <= 5_000
            except OURS:
                pass
            finally:
                await fetcher.close()

    asyncio.run(fetch())
