"""A guest's manners: rules first, one at a time, as slowly as asked, and never further than was agreed."""

import asyncio
import gzip
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from shared.errors import PermanentError, Reason, RetryableError
from shared.scraping.base import NotModified, Stopped
from shared.scraping.polite import Politeness
from shared.scraping.robots import parse_robots
from shared.web.fetch import Fetched
from tests.faults.scraping_site import Guest, Site, guest, running

KB = 1024


async def get(visitor: Guest, url: str, **more: Any) -> Fetched | NotModified:
    return await visitor.fetch.get(url, accept="text/html", max_bytes=64 * KB, **more)


async def test_robots_is_asked_once_and_honoured_by_our_own_name() -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: PluckItProcessor\nDisallow: /private\n"
    async with running(Site({"/robots.txt": rules, "/list": "<html>", "/private/x": "<html>"})) as site, guest(site) as visitor:
        await get(visitor, f"{site.url}/list")
        with pytest.raises(PermanentError) as caught:
            await get(visitor, f"{site.url}/private/x")
        assert caught.value.reason is Reason.ROBOTS_DISALLOWED
        assert site.hits == ["/robots.txt", "/list"]
        assert site.headers[0]["User-Agent"].startswith("PluckItProcessor/")
        assert await visitor.fetch.objection(f"{site.url}/private/x") is Stopped.ROBOTS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_host_without_rules_may_be_read(status: int) -> None:
    async with running(Site({"/robots.txt": web.Response(status=status), "/list": "<html>"})) as site, guest(site) as visitor:
        await get(visitor, f"{site.url}/list")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_host_whose_rules_cannot_be_had_is_left_alone_for_now(status: int) -> None:
    site = Site({"/robots.txt": web.Response(status=status), "/list": "<html>"})
    async with running(site), guest(site) as visitor:
        for _ in range(3):
            with pytest.raises(RetryableError) as caught:
                await get(visitor, f"{site.url}/list")
            assert caught.value.retry_after_seconds == pytest.approx(300, abs=5)
        assert site.read == []
        assert len(site.hits) == 2  # one quick retry, then the failure is remembered
        site.pages["/robots.txt"] = ""
        visitor.time.at += timedelta(seconds=300)
        await get(visitor, f"{site.url}/list")


async def test_rules_are_read_again_after_an_hour() -> None:
    async with running(Site({"/robots.txt": "", "/list": "<html>"})) as site, guest(site) as visitor:
        await get(visitor, f"{site.url}/list")
        site.pages["/robots.txt"] = "User-agent: *\nDisallow: /list"
        await get(visitor, f"{site.url}/list")
        visitor.time.at += timedelta(hours=1)
        with pytest.raises(PermanentError):
            await get(visitor, f"{site.url}/list")


async def test_rules_hold_for_the_host_that_a_redirect_leads_to() -> None:
    closed = Site({"/robots.txt": "User-agent: *\nDisallow: /", "/there": "<html>secret"})
    async with running(closed), running(Site()) as site, guest(site, closed) as visitor:
        site.pages["/here"] = web.Response(status=302, headers={"Location": f"{closed.url}/there"})
        with pytest.raises(PermanentError) as caught:
            await get(visitor, f"{site.url}/here")
        assert caught.value.reason is Reason.ROBOTS_DISALLOWED
        assert closed.read == []


async def test_a_redirect_within_the_rules_is_followed_and_the_answer_says_where_it_came_from() -> None:
    async with running(Site({"/b": "<html>ok"})) as other, running(Site()) as site, guest(site, other) as visitor:
        site.pages["/a"] = web.Response(status=301, headers={"Location": f"//{other.host}/b"})
        answer = await get(visitor, f"{site.url}/a")
        assert isinstance(answer, Fetched)
        assert (answer.url, answer.body) == (f"{other.url}/b", b"<html>ok")


async def test_redirect_loops_end() -> None:
    async with running(Site({"/a": web.Response(status=302, headers={"Location": "/a"})})) as site, guest(site) as visitor:
        with pytest.raises(PermanentError, match="redirects") as caught:
            await get(visitor, f"{site.url}/a")
        assert caught.value.reason is Reason.SOURCE_UNREACHABLE
        assert len(site.read) == 4


async def test_robots_that_redirect_for_ever_are_as_good_as_none() -> None:
    site = Site({"/robots.txt": web.Response(status=302, headers={"Location": "/robots.txt"}), "/list": "<html>"})
    async with running(site), guest(site) as visitor:
        await get(visitor, f"{site.url}/list")
        assert len(site.hits) == 7


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://10.0.0.8/", "ftp://shop.example/", "https://[", "https://localhost/x"]
)
async def test_only_public_https_is_read(url: str) -> None:
    async with guest() as visitor:
        with pytest.raises(PermanentError) as caught:
            await get(visitor, url)
        assert caught.value.reason is Reason.SOURCE_BLOCKED


async def test_a_redirect_to_a_private_address_is_refused() -> None:
    async with running(Site({"/robots.txt": ""})) as private, running(Site()) as site, guest(site) as visitor:
        site.pages["/a"] = web.Response(status=302, headers={"Location": f"{private.url}/x"})
        with pytest.raises(PermanentError) as caught:
            await get(visitor, f"{site.url}/a")
        assert caught.value.reason is Reason.SOURCE_BLOCKED
        assert private.hits == []


async def test_requests_to_one_host_come_one_at_a_time_and_a_second_apart() -> None:
    at_once: list[int] = [0, 0]

    async def answer(_request: web.Request) -> web.Response:
        at_once[0] += 1
        at_once[1] = max(at_once)
        await asyncio.sleep(0.01)
        at_once[0] -= 1
        return web.Response(text="<html>")

    async with running(Site({"/list": answer})) as site, guest(site) as visitor:
        await asyncio.gather(*(get(visitor, f"{site.url}/list?{number}") for number in range(5)))
        assert at_once[1] == 1
        assert visitor.time.slept == [1.0] * 5


@pytest.mark.parametrize(
    ("line", "pause"), [("Crawl-delay: 7", 7.0), ("Request-rate: 1/5", 5.0), ("Crawl-delay: 0", 1.0), ("Crawl-delay: x", 1.0)]
)
async def test_the_pause_that_a_host_asks_for_is_kept(line: str, pause: float) -> None:
    async with running(Site({"/robots.txt": f"User-agent: *\n{line}", "/a": "<html>"})) as site, guest(site) as visitor:
        for _ in range(3):
            await get(visitor, f"{site.url}/a")
        assert visitor.time.slept == [1.0, pause, pause]


async def test_a_host_that_wants_minutes_between_requests_is_asked_once_a_run() -> None:
    async with (
        running(Site({"/robots.txt": "User-agent: *\nCrawl-delay: 600", "/a": "<html>"})) as site,
        guest(site) as visitor,
    ):
        await get(visitor, f"{site.url}/a")
        assert await visitor.fetch.objection(f"{site.url}/b") is Stopped.SLOW_HOST
        with pytest.raises(RetryableError) as caught:
            await get(visitor, f"{site.url}/a")
        assert caught.value.retry_after_seconds == 600
        assert site.read == ["/a"]


async def test_a_short_retry_after_is_slept() -> None:
    answers = [web.Response(status=429, headers={"Retry-After": "9"}), web.Response(text="<html>")]

    async def answer(_request: web.Request) -> web.Response:
        return answers.pop(0)

    async with running(Site({"/a": answer})) as site, guest(site) as visitor:
        await get(visitor, f"{site.url}/a")
        assert visitor.time.slept == [1.0, 9.0]


async def test_a_long_retry_after_is_raised_and_the_host_is_left_alone_meanwhile() -> None:
    site = Site({"/a": web.Response(status=503, headers={"Retry-After": "900"}), "/b": "<html>"})
    async with running(site), guest(site) as visitor:
        for path in ("/a", "/b"):
            with pytest.raises(RetryableError) as caught:
                await get(visitor, f"{site.url}{path}")
            assert caught.value.reason is Reason.SOURCE_UNREACHABLE
            assert caught.value.retry_after_seconds == pytest.approx(900, abs=2)
        assert site.read == ["/a"]
        visitor.time.at += timedelta(seconds=900)
        await get(visitor, f"{site.url}/b")


async def test_what_has_not_changed_is_not_sent_again() -> None:
    async def answer(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"v1"'
        return web.Response(status=304) if known else web.Response(text="<html>", headers={"ETag": '"v1"'})

    async with running(Site({"/a": answer})) as site, guest(site) as visitor:
        assert isinstance(await get(visitor, f"{site.url}/a"), Fetched)
        assert isinstance(await get(visitor, f"{site.url}/a", validators={"If-None-Match": '"v1"'}), NotModified)


async def test_gzip_is_unpacked_up_to_the_limit() -> None:
    def packed(size: int) -> web.Response:
        return web.Response(body=gzip.compress(b"x" * size), headers={"Content-Encoding": "gzip"})

    async with running(Site({"/a": packed(60 * KB), "/b": packed(50_000 * KB)})) as site, guest(site) as visitor:
        answer = await get(visitor, f"{site.url}/a")
        assert isinstance(answer, Fetched)
        assert len(answer.body) == 60 * KB
        with pytest.raises(PermanentError) as caught:
            await get(visitor, f"{site.url}/b")
        assert caught.value.reason is Reason.SOURCE_NOT_READABLE


async def test_a_slow_drip_is_cut() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x")
            await asyncio.sleep(0.02)

    site = Site({"/a": drip})
    async with running(site), guest(site, politeness=Politeness(timeout=0.2, retries=0)) as visitor:
        with pytest.raises(RetryableError) as caught:
            await get(visitor, f"{site.url}/a")
        assert caught.value.reason is Reason.SOURCE_UNREACHABLE


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_page_that_is_gone_or_closed_is_a_permanent_fault(status: int) -> None:
    async with running(Site({"/a": web.Response(status=status)})) as site, guest(site) as visitor:
        with pytest.raises(PermanentError, match=str(status)) as caught:
            await get(visitor, f"{site.url}/a")
        assert caught.value.reason is Reason.SOURCE_UNREACHABLE


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (b"", True), (b"<html><body>not found</body></html>", True), (b"\xef\xbb\xbfUser-agent: *\nDisallow: /a", False),
        (b"\xff\xfe\x00garbage", True), (b"User-agent: *\nDisallow: /*/private$\nAllow: /a", True),
        (b"user-agent: *\r\ndisallow: /a%2", True),
        (b"User-agent: PluckItProcessor\nDisallow: /a\n\nUser-agent: *\nAllow: /", False),
        (b"User-agent: OtherBot\nDisallow: /", True),
        (b"".join(b"User-agent: bot%d\n" % n for n in range(20_000)) + b"Disallow: /x\n" * 9_000, True),
    ],
    ids=["empty", "html", "bom", "garbage", "wildcard", "crlf", "own-group", "other-bot", "many-others"],
)  # fmt: skip
def test_rules_as_they_come(body: bytes, allowed: bool) -> None:
    assert parse_robots(body).allow("https://shop.example/a") is allowed


async def test_rules_that_are_too_large_to_be_read_forbid_all() -> None:
    async with running(Site({"/robots.txt": "# x\n" * 200_000, "/a": "<html>"})) as site, guest(site) as visitor:
        with pytest.raises(PermanentError) as caught:
            await get(visitor, f"{site.url}/a")
        assert caught.value.reason is Reason.ROBOTS_DISALLOWED
