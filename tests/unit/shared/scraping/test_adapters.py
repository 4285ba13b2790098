"""Every kind of source over HTTP: what each reads, what all refuse, and where a listing ends."""

from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from aiohttp import web

from samples.site_server import NAMES, served_site, sources
from shared.errors import PermanentError, Reason, RetryableError
from shared.scraping.base import Drop, Limits, Price, Stopped, Visit
from shared.scraping.items import Draft, ItemSheet
from shared.scraping.polite import PoliteFetcher
from shared.scraping.registry import ADAPTERS, adapter_of
from shared.scraping.urls import has_token
from shared.scraping.walking import Listing, walk
from shared.web.fetch import Fetched, SafeFetcher
from tests.fakes.clock import VirtualTime
from tests.faults.scraping_site import NOW, Site, guest, running
from tests.steps import functions_of_this_thread

CARD = '<li class="card"><a href="/p/{0}"><img src="/i/{0}.jpg"><h3>Item {0}</h3></a><b class="price">{0},50 €</b></li>'
CONFIG: dict[str, Any] = {
    "productContainer": ".card", "title": "h3", "price": ".price", "imageUrl": "img", "imageAttr": "src", "productUrl": "a",
    "pagination": {"type": "link", "nextSelector": "a.next"},
}  # fmt: skip


def page(*numbers: int, following: str | None = None) -> str:
    link = f'<a class="next" href="{following}">more</a>' if following else ""
    return f"<html><body><ul>{''.join(CARD.format(number) for number in numbers)}</ul>{link}</body></html>"


def config_of(kind: str, site: Site) -> dict[str, Any]:
    if kind == "reddit":
        return {"subreddit": "outfits", "baseUrl": site.url}
    return {"sourceUrl": f"{site.url}/list", **(CONFIG if kind == "brand_site" else {})}


@pytest.mark.real_time("the sites are served by threads")
@pytest.mark.slow
async def test_the_sample_sites_give_what_they_were_made_for() -> None:
    with ExitStack() as stack:
        hosts = {name: stack.enter_context(served_site(name)) for name in NAMES}
        clock = VirtualTime(NOW).clock()
        safe = SafeFetcher(clock=clock, allowed_private_hosts=set(hosts.values()))
        fetch = PoliteFetcher(safe, clock=clock)
        read = {
            str(source["id"]): [
                one
                async for one in adapter_of(str(source["sourceType"])).pages(source["config"], Visit(fetch, NOW))  # type: ignore[arg-type]
            ]
            for source in sources(hosts)
        }
        await safe.close()
    titles = {name: [item.title for one in pages for item in one.items] for name, pages in read.items()}
    assert titles == {
        "plain-thread": [
            "Navy wool blazer", "Red slip dress", "Black wide trousers", "Camel coat", "Denim jacket",
            "Black wide trousers, petite",
        ],
        "r-outfits": ["First cold morning: my old blazer again", "Parka and stripes, three ways", "A picture that is none"],
        "street-seams": ["The coat of the week: camel", "Stripes, worn loose", "A red dress, seen before"],
    }  # fmt: skip
    brand, forum = read["plain-thread"], read["r-outfits"]
    assert [one.next.stopped if one.next else None for one in brand] == [None, Stopped.ROBOTS]
    assert brand[1].dropped == {Drop.NO_IMAGE: 1, Drop.BROKEN_STRUCTURED_DATA: 1}
    assert [item.price for item in brand[1].items] == [Price(249.0, "EUR"), Price(89.0, "EUR"), Price(99.0, "EUR")]
    assert forum[0].dropped == {
        Drop.IMAGE_WITH_TOKEN: 1, Drop.NO_IMAGE: 1, Drop.DELETED: 1, Drop.NSFW: 1, Drop.OTHER_SUBREDDIT: 1,
    }  # fmt: skip
    everything = [
        url for pages in read.values() for one in pages for item in one.items for url in (item.image_url, item.product_url)
    ]
    assert not any(has_token(url) for url in everything)


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (web.Response(status=404), Reason.SOURCE_UNREACHABLE), (web.Response(status=403), Reason.SOURCE_UNREACHABLE),
        (web.Response(body=b"\x89PNG\r\n", content_type="image/png"), Reason.SOURCE_NOT_READABLE),
        (web.Response(body=b"\0" * 4_000_000), Reason.SOURCE_NOT_READABLE),
        (web.Response(body=b"", content_type="application/pdf"), Reason.SOURCE_NOT_READABLE),
    ],
    ids=["gone", "closed", "picture", "huge", "pdf"],
)  # fmt: skip
async def test_what_cannot_be_read_is_an_error_and_no_empty_answer(kind: str, answer: web.Response, reason: Reason) -> None:
    site = Site(dict.fromkeys(("/list", "/list/products.json", "/r/outfits/new.json"), answer))
    async with running(site), guest(site) as visitor:
        with pytest.raises(PermanentError) as caught:
            await visitor.pages(kind, config_of(kind, site))
        assert caught.value.reason is reason
        assert len(site.read) == 1


@pytest.mark.parametrize("kind", ["reddit", "shopify", "rss"])
async def test_html_where_something_else_was_promised_is_an_error(kind: str) -> None:
    blocked = "<!doctype html><html><body>Please log in</body></html>"
    site = Site(dict.fromkeys(("/list", "/list/products.json", "/r/outfits/new.json"), blocked))
    async with running(site), guest(site) as visitor:
        with pytest.raises(PermanentError, match="HTML") as caught:
            await visitor.pages(kind, config_of(kind, site))
        assert caught.value.reason is Reason.SOURCE_NOT_READABLE


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
async def test_a_source_that_robots_forbids_is_not_read(kind: str) -> None:
    async with running(Site({"/robots.txt": "User-agent: *\nDisallow: /"})) as site, guest(site) as visitor:
        with pytest.raises(PermanentError) as caught:
            await visitor.pages(kind, config_of(kind, site))
        assert caught.value.reason is Reason.ROBOTS_DISALLOWED
        assert site.read == []


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
async def test_an_unchanged_source_costs_one_request(kind: str) -> None:
    async def unchanged(request: web.Request) -> web.Response:
        assert request.headers["If-None-Match"] == '"v1"'
        return web.Response(status=304)

    site = Site(dict.fromkeys(("/list", "/list/products.json", "/r/outfits/new.json"), unchanged))
    async with running(site), guest(site) as visitor:
        [only] = await visitor.pages(kind, config_of(kind, site), validators={"If-None-Match": '"v1"'})
        assert (only.not_modified, only.items, only.validators) == (True, (), {"If-None-Match": '"v1"'})


async def test_a_page_without_a_product_is_an_answer() -> None:
    async with running(Site({"/list": page()})) as site, guest(site) as visitor:
        [only] = await visitor.pages("brand_site", config_of("brand_site", site))
        assert (only.items, only.next, dict(only.dropped)) == ((), None, {})


async def test_pages_are_followed_and_validators_come_with_the_first() -> None:
    first = web.Response(
        text=page(1, 2, following="?page=2"), content_type="text/html", headers={"ETag": '"a"', "Last-Modified": "x"}
    )
    site = Site({"/list": first, "/list?page=2": page(3), "/list?page=3": page(4)})
    async with running(site), guest(site) as visitor:
        pages = await visitor.pages("brand_site", config_of("brand_site", site))
        assert [[item.title for item in one.items] for one in pages] == [["Item 1", "Item 2"], ["Item 3"]]
        assert [dict(one.validators) for one in pages] == [{"If-None-Match": '"a"', "If-Modified-Since": "x"}, {}]
        assert pages[1].next is None
        [item] = pages[1].items
        assert (item.product_url, item.image_url, item.price) == (f"{site.url}/p/3", f"{site.url}/i/3.jpg", Price(3.5, "EUR"))


async def endless(request: web.Request) -> web.Response:
    number = int(request.query.get("page", "1"))
    return web.Response(text=page(number, following=f"?page={number + 1}"), content_type="text/html")


@pytest.mark.parametrize(
    ("limits", "pages", "stopped"),
    [
        (Limits(pages=3), 3, Stopped.PAGE_BUDGET), (Limits(pages=100, items=4), 4, Stopped.ITEM_BUDGET),
        (Limits(pages=100, bytes=2_000, page_bytes=1_000), 6, Stopped.BYTE_BUDGET),
    ],
)  # fmt: skip
async def test_endless_listings_end_with_the_budget(limits: Limits, pages: int, stopped: Stopped) -> None:
    async with running(Site({"/list": endless})) as site, guest(site) as visitor:
        read = await visitor.pages("brand_site", config_of("brand_site", site), limits=limits)
        assert len(read) == len(site.read) == pages
        assert read[-1].next is not None
        assert read[-1].next.stopped is stopped
        assert [one.next.stopped for one in read[:-1] if one.next] == [None] * (pages - 1)


async def test_listings_that_repeat_themselves_end() -> None:
    numbers = count(2)

    async def again(_request: web.Request) -> web.Response:
        return web.Response(text=page(1, 2, following=f"?page={next(numbers)}"), content_type="text/html")

    async with running(Site({"/list": again})) as site, guest(site) as visitor:
        read = await visitor.pages("brand_site", config_of("brand_site", site))
        assert len(site.read) == 2
        assert read[1].next is not None
        assert (read[1].next.stopped, dict(read[1].dropped)) == (Stopped.NOTHING_NEW, {Drop.DUPLICATE: 2})


@pytest.mark.parametrize(
    ("following", "rules", "stopped"),
    [
        ("/list", "", Stopped.NOTHING_NEW), ("https://elsewhere.example/list", "", Stopped.OTHER_HOST),
        ("//127.0.0.1:1/list", "", Stopped.OTHER_HOST),
        ("/private/2", "User-agent: *\nDisallow: /private", Stopped.ROBOTS),
        ("/2", "User-agent: *\nCrawl-delay: 3600", Stopped.SLOW_HOST),
    ],
)  # fmt: skip
async def test_a_next_page_that_must_not_be_read_ends_the_listing(following: str, rules: str, stopped: Stopped) -> None:
    async with running(Site({"/robots.txt": rules, "/list": page(1, following=following)})) as site, guest(site) as visitor:
        [only] = await visitor.pages("brand_site", config_of("brand_site", site))
        assert only.next is not None
        assert (only.next.stopped, len(only.items), site.read) == (stopped, 1, ["/list"])


@pytest.mark.parametrize("following", ["javascript:void(0)", "#top", "mailto:a@b.example", "  ", "https://["])
async def test_a_next_link_that_leads_nowhere_is_the_end(following: str) -> None:
    async with running(Site({"/list": page(1, following=following)})) as site, guest(site) as visitor:
        [only] = await visitor.pages("brand_site", config_of("brand_site", site))
        assert only.next is None or only.next.stopped is Stopped.NOTHING_NEW
        assert site.read == ["/list"]


async def test_pages_that_were_read_before_a_fault_stand() -> None:
    site = Site({"/list": page(1, following="/two"), "/two": web.Response(status=503)})
    async with running(site), guest(site) as visitor:
        pages = adapter_of("brand_site").pages(config_of("brand_site", site), Visit(visitor.fetch, NOW))
        first = await anext(aiter(pages))
        assert [item.title for item in first.items] == ["Item 1"]
        with pytest.raises(RetryableError):
            await anext(aiter(pages))


SHOP = "https://s.example/"


@pytest.mark.parametrize(
    ("kind", "config", "says"),
    [
        ("reddit", {}, "config.subreddit: got nothing"),
        ("reddit", {"subreddit": "a/b"}, "config.subreddit: got 'a/b', expected: the name"),
        ("reddit", {"subreddit": "x+y"}, "config.subreddit"), ("reddit", {"subreddit": "../user"}, "config.subreddit"),
        ("reddit", {"subreddit": 7}, "config.subreddit: got 7"),
        ("reddit", {"subreddit": "ok", "baseUrl": "file:///etc"}, "config.baseUrl: got 'file:///etc', expected: an absolute"),
        ("rss", {"sourceUrl": "feed.xml"}, "config.sourceUrl: got 'feed.xml'"),
        ("shopify", {"sourceUrl": "https://s.example", "currency": "euro"}, "config.currency"),
        ("brand_site", {"productContainer": "li"}, "config.sourceUrl: got nothing"),
        ("brand_site", {"sourceUrl": SHOP, "title": "h3["}, "config.title: got 'h3[', expected: a CSS selector"),
        ("brand_site", {"sourceUrl": SHOP, "price": "p::text"}, "config.price: got 'p::text'"),
        ("brand_site", {"sourceUrl": SHOP, "imageUrl": "img" * 100}, "config.imageUrl: got 'imgimg"),
        ("brand_site", {"sourceUrl": SHOP, "productUrl": ":is(:is(:is(:is(a))))"}, "config.productUrl"),
        ("brand_site", {"sourceUrl": SHOP, "pagination": {"nextSelector": "$"}}, "config.pagination.nextSelector: got '$'"),
        ("brand_site", {"sourceUrl": SHOP, "pagination": "next"}, "config.pagination: got 'next'"),
    ],
)  # fmt: skip
async def test_a_wrong_config_names_the_field_what_came_and_what_was_expected(
    kind: str, config: dict[str, Any], says: str
) -> None:
    async with guest() as visitor:
        for act in (lambda: adapter_of(kind).check(config), lambda: adapter_of(kind).pages(config, Visit(visitor.fetch, NOW))):
            with pytest.raises(PermanentError) as caught:
                act()
            assert caught.value.reason is Reason.PAYLOAD_INVALID
            assert says in str(caught.value)
            assert len(str(caught.value)) < 400


def test_an_unknown_kind_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(PermanentError, match="got 'gopher', expected one of brand_site, reddit, rss, shopify"):
        adapter_of("gopher")


def test_fields_that_other_apps_add_to_a_config_are_left_alone() -> None:
    adapter_of("reddit").check({"subreddit": "r/MaleFashion", "colour": "blue"})
    adapter_of("brand_site").check({"sourceUrl": SHOP, "imageAttr": None, "pagination": None, "title": "", "note": {}})


REFUSED = "more than 60000 tags|nested more than 200 deep"
HOSTILE = {
    "unfinished-tags": ("<a " * 200_000, REFUSED), "unfinished-attributes": ("<a b='" * 100_000, None),
    "comments": ("<!--" * 200_000, REFUSED), "deep": ("<div>" * 100_000, REFUSED), "many": ("<i></i>" * 100_000, REFUSED),
    "nested": ("<div>" * 1_000, REFUSED), "brackets": ("<" * 600_000, REFUSED), "entities": ("&" * 600_000, None),
    "scripts": ("<script>" * 80_000, None),
    "deep-but-allowed": (("<div>" * 150 + "<p>x" + "</div>" * 150) * 150, None),
}  # fmt: skip


@pytest.mark.parametrize(("body", "refused"), HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.slow
async def test_a_pathological_page_does_not_hang_the_loop(body: str, refused: str | None) -> None:
    selectors = {
        "productContainer": "nav div div div p", "title": "section ~ p ~ p",
        "pagination": {"nextSelector": "i:nth-child(2n of i) ~ a"},
    }  # fmt: skip
    async with running(Site({"/list": body})) as site, guest(site) as visitor:
        pages = visitor.pages("brand_site", {"sourceUrl": f"{site.url}/list", **selectors})
        with functions_of_this_thread() as on_the_loop:
            if refused:
                with pytest.raises(PermanentError, match=refused):
                    await pages
            else:
                assert [page.items for page in await pages] == [()]
    assert "asyncio.events._run" in on_the_loop
    reading = [one for one in on_the_loop if one.startswith(("bs4.", "lxml.", "soupsieve.css_match.match"))]
    assert reading == [], "read on the loop, which hangs meanwhile"


async def test_what_a_library_raises_at_a_page_is_a_page_that_cannot_be_read() -> None:
    def read(page: Fetched, sheet: ItemSheet) -> str | None:
        raise KeyError("of a library")

    async with running(Site({"/a": "<html>"})) as site, guest(site) as visitor:
        with pytest.raises(PermanentError, match="KeyError") as caught:
            [page async for page in walk(Listing(f"{site.url}/a", "*/*", read), Visit(visitor.fetch, NOW))]
        assert caught.value.reason is Reason.SOURCE_NOT_READABLE


def test_what_nobody_foresaw_about_one_entry_costs_no_other() -> None:
    sheet = ItemSheet(base="https://shop.example/", at=NOW, limit=9, seen=set())
    good = Draft(product_url="/a", title="Coat", images=("/1.jpg",))
    sheet.offer_each([good, None, good], lambda entry: replace(entry, product_url=entry.product_url))  # type: ignore[union-attr, type-var]
    assert len(sheet.items) == 1
    assert sheet.dropped == {Drop.FAILED: 1, Drop.DUPLICATE: 1}
