"""What goes over the wire: the address as it was given, and bodies as servers really send them."""

import asyncio
import errno
import gzip
import zlib

import brotli_rs
import pytest

from shared.clock import Clock
from shared.errors import HostShortage, PermanentError, Reason, RetryableError
from shared.web.bodies import Bodies, kept
from shared.web.fetch import Fetched, SafeFetcher
from tests.faults.wire import HEAD, whole, wire

BODY = bytes(range(256)) * 200
FOUND = b"302 Found"


async def fetch(host: str, path: str = "/x", *, answers_to: SafeFetcher | None = None) -> Fetched:
    fetcher = answers_to or SafeFetcher(clock=Clock(), allowed_private_hosts={host})
    try:
        return await fetcher.fetch(f"http://{host}{path}", max_bytes=100_000, timeout_seconds=5.0)
    finally:
        await fetcher.close()


@pytest.mark.parametrize(
    "path",
    [
        "/a.jpg?sig=rX7%2FXC%3D&se=2026-01-01T00%3A00%3A00Z", "/a?c=a%40b.com", "/fit/http%3A%2F%2Fx.example%2Fa.jpg",
        "/w_300%2Ch_200/a(1)%28.jpg", "/a%7Eb%2Ejpg", "/robe-%c3%a9.jpg", "/a?", "/x/../%2e%2e/a", "/100%-cotton?d=50%",
        "//a//b", "/a?f=a|b&g[0]={1}^", "/a%252Fb%00%ff", "/a;b?c=d;e=f?g+h%20i'",
    ],
)  # fmt: skip
async def test_the_address_sent_is_the_address_given(path: str) -> None:
    async with wire(whole(BODY)) as server:
        await fetch(server.host, path)
        assert server.targets == [path]


async def test_only_what_cannot_travel_is_encoded() -> None:
    async with wire(whole(BODY)) as server:
        await fetch(server.host, '/robe été?q="a b"#part')
        assert server.targets == ["/robe%20%C3%A9t%C3%A9?q=%22a%20b%22"]


@pytest.mark.parametrize(
    ("location", "target"),
    [
        (b"/b?sig=%2f%3A&x=", "/b?sig=%2f%3A&x="), (b"/robe-\xe9t\xe9.jpg", "/robe-%E9t%E9.jpg"),
        ("/robe-été.jpg".encode(), "/robe-%C3%A9t%C3%A9.jpg"), (b"/robe rouge.jpg", "/robe%20rouge.jpg"),
        (b"c?", "/a/c?"), (b"../c%7e", "/c%7e"), (b"?q=%2f", "/a/b?q=%2f"),
    ],
)  # fmt: skip
async def test_a_redirect_is_followed_to_the_letter(location: bytes, target: str) -> None:
    async with wire(whole(b"", b"Location: " + location, status=FOUND), whole(BODY)) as server:
        await fetch(server.host, "/a/b?x=1")
        assert server.targets == ["/a/b?x=1", target]


@pytest.mark.parametrize("location", [b"http://[x/1", b"http://", b"https://a..b/", b"\xed\xa0\x80://"])
async def test_a_redirect_to_no_address_is_refused(location: bytes) -> None:
    async with wire(whole(b"", b"Location: " + location, status=FOUND)) as server:
        with pytest.raises(PermanentError):
            await fetch(server.host)


@pytest.mark.parametrize(
    "headers",
    [
        [b"Content-Encoding: "], [b"Content-Encoding: utf-8"], [b"Content-Encoding: aws-chunked"],
        [b"Content-Encoding: identity, identity"], [b"Content-Encoding: none", b"Content-Encoding: binary"], [],
    ],
)  # fmt: skip
async def test_a_coding_that_means_nothing_is_none(headers: list[bytes]) -> None:
    async with wire(whole(BODY, *headers)) as server:
        assert (await fetch(server.host)).body == BODY


@pytest.mark.parametrize(
    ("packed", "headers"),
    [
        (gzip.compress(BODY), [b"Content-Encoding: GZIP"]), (zlib.compress(BODY), [b"Content-Encoding: deflate"]),
        (brotli_rs.compress(BODY), [b"Content-Encoding: br"]),
        (gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]), [b"Content-Encoding: x-gzip, identity"]),
        (brotli_rs.compress(gzip.compress(BODY)), [b"Content-Encoding: gzip", b"Content-Encoding: br"]),
    ],
)  # fmt: skip
async def test_what_is_compressed_is_unpacked(packed: bytes, headers: list[bytes]) -> None:
    async with wire(whole(packed, *headers)) as server:
        assert (await fetch(server.host)).body == BODY


@pytest.mark.parametrize("status", [b"200 OK", b"201 Created", b"203 Non-Authoritative Information", b"206 Partial Content"])
async def test_a_whole_body_is_the_body_whatever_its_status_says(status: bytes) -> None:
    async with wire(whole(BODY, status=status)) as server:
        assert (await fetch(server.host)).body == BODY


async def test_a_part_that_is_named_one_is_a_part() -> None:
    async with wire(whole(BODY, b"Content-Range: bytes 0-%d/%d" % (len(BODY) - 1, len(BODY)), status=b"206 OK")) as server:
        assert (await fetch(server.host)).body == BODY
    async with wire(whole(BODY, b"Content-Range: bytes 0-%d/999999" % (len(BODY) - 1), status=b"206 OK")) as server:
        with pytest.raises(RetryableError, match="part"):
            await fetch(server.host)


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:-9],
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n",
        whole(gzip.compress(BODY)[:-9], b"Content-Encoding: gzip"),
        whole(brotli_rs.compress(BODY)[:-3], b"Content-Encoding: br"),
        HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(BODY)[:-5], b"", HEAD,
    ],
)  # fmt: skip
async def test_what_was_cut_short_is_asked_for_again(answer: bytes) -> None:
    async with wire(answer) as server:
        with pytest.raises(RetryableError):
            await fetch(server.host)


CHUNKS = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Type : image/jpeg\r\n" + LENGTH + b"\r\n" + BODY,
        HEAD + LENGTH.replace(b":", b"\t:") + b"\r\n" + BODY,
        HEAD + b"Transfer-Encoding: chunked\r\n" + LENGTH + b"\r\n" + CHUNKS,
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding : Chunked\r\n\r\n" + CHUNKS,
        HEAD + LENGTH + LENGTH + b"\r\n" + BODY, HEAD + b"Content-Length: %d, %d\r\n\r\n" % (len(BODY), len(BODY)) + BODY,
        HEAD + b"Content-Length: \r\n\r\n" + BODY, HEAD + b"Content-Length: -1\r\n\r\n" + BODY,
        HEAD + b"no header at all\r\n: x\r\nX(A): x\r\nX-A: a\rb\r\nX-B: a\r\n  b\r\n" + LENGTH + b"\r\n" + BODY,
        HEAD + b"Transfer-Encoding: identity\r\n" + LENGTH + b"\r\n" + BODY,
        (HEAD + LENGTH + b"\r\n").replace(b"\r", b"") + BODY,
        b"HTTP/1.1 103 Early Hints\r\nLink : </a>\r\n\r\n" + HEAD + b"X : y\r\n" + LENGTH + b"\r\n" + BODY,
        b"\r\n" + HEAD + LENGTH + b"\r\n" + BODY, b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
    ],
)  # fmt: skip
@pytest.mark.parametrize("split", [0, 1, 17, 60], ids=["whole", "in two", "early", "late"])
async def test_a_head_that_browsers_read_is_read(answer: bytes, split: int) -> None:
    async with wire(answer, split=split) as server:
        assert (await fetch(server.host)).body == BODY


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % (len(BODY) - 9) + BODY, "longer than its Content-Length"),
        (HEAD + b"Content-Length: %d\r\n\r\n" % (len(BODY) - 9) + BODY, "goes on behind its Content-Length"),
        (HEAD + LENGTH + b"Content-Length: 3\r\n\r\n" + BODY, "Duplicate Content-Length"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY, "chunk size"),
        (b"ICY 200 OK\r\n\r\n" + BODY, "does not begin as HTTP"), (BODY, "does not begin as HTTP"),
        (HEAD + b"X-Secret: a\0b\r\n" + LENGTH + b"\r\n" + BODY, "Invalid"),
    ],
)  # fmt: skip
async def test_an_answer_that_is_ambiguous_is_refused_by_its_reason(answer: bytes, why: str) -> None:
    async with wire(answer) as server:
        with pytest.raises(RetryableError, match=why) as raised:
            await fetch(server.host)
    assert "x00" not in str(raised.value)


async def test_one_connection_serves_answers_with_odd_heads_one_after_another() -> None:
    async with wire(HEAD + b"X : y\r\n" + LENGTH + b"\r\n" + BODY, keep_open=True) as server:
        fetcher = SafeFetcher(clock=Clock(), allowed_private_hosts={server.host})
        for _ in range(3):
            assert (await fetcher.fetch(f"http://{server.host}/x", max_bytes=100_000, timeout_seconds=5.0)).body == BODY
        await fetcher.close()
        assert (len(server.requests), server.connections) == (3, 1)


async def test_a_long_header_is_no_fault() -> None:
    async with wire(whole(BODY, b"Content-Security-Policy: " + b"x" * 9_000, *[b"Set-Cookie: " + b"v" * 3_000] * 10)) as server:
        assert (await fetch(server.host)).body == BODY


async def test_large_bodies_wait_for_one_another_and_all_arrive() -> None:
    async with wire(whole(BODY)) as server:
        room = Bodies(shared_bytes=len(BODY) * 3 // 2, spare_bytes=200_000)
        fetcher = SafeFetcher(clock=Clock(), allowed_private_hosts={server.host}, bodies=room)
        url = f"http://{server.host}/x"

        async def get() -> bytes:
            return (await fetcher.fetch(url, max_bytes=100_000, timeout_seconds=5.0)).body

        async with asyncio.TaskGroup() as tasks:
            with kept():
                assert await get() == BODY  # this body counts until the block ends
                waiting = [tasks.create_task(get()) for _ in range(3)]
                while len(server.requests) < 4:
                    await asyncio.sleep(0)
                assert not any(task.done() for task in waiting)
        assert [task.result() for task in waiting] == [BODY] * 3
        await fetcher.close()


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
async def test_what_this_instance_lacks_is_not_the_hosts_fault(code: int) -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        raise OSError(code, "no more")

    fetcher = SafeFetcher(clock=Clock(), lookup=lookup)
    with pytest.raises(HostShortage) as caught:
        await fetcher.fetch("https://pictures.example/x", max_bytes=9, timeout_seconds=5.0)
    assert caught.value.reason is Reason.HOST_SHORTAGE
    await fetcher.close()


async def test_a_redirect_to_the_platforms_own_address_is_refused() -> None:
    async with wire(whole(b"", b"Location: https://168.63.129.16/machine", status=FOUND)) as server:
        with pytest.raises(PermanentError) as caught:
            await fetch(server.host)
    assert caught.value.reason is Reason.IMAGE_BLOCKED
