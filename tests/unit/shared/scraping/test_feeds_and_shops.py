"""Feeds of outfits and products, and Shopify's listing: good ones, odd ones, hostile ones."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from shared.errors import PermanentError, Reason
from shared.scraping.base import Drop, PageOfItems, Price
from tests.faults.scraping_site import Answer, Site, guest, running

SPACES = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:g="http://base.google.com/ns/1.0"'


def entry(inside: str, title: str = "A look", link: str = "/looks/1") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{inside}</item>"


def rss(*items: str) -> web.Response:
    body = f'<?xml version="1.0"?><rss version="2.0" {SPACES}><channel><title>T</title>{"".join(items)}</channel></rss>'
    return web.Response(body=body.encode(), content_type="application/rss+xml")


async def read_feed(body: Answer, **config: Any) -> PageOfItems:
    async with running(Site({"/feed": body})) as site, guest(site) as visitor:
        [page] = await visitor.pages("rss", {"sourceUrl": f"{site.url}/feed", **config})
        return page


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@pytest.mark.parametrize(
    "picture",
    [
        '<enclosure url="/i/1.jpg" type="image/jpeg" length="1"/>', '<media:content url="/i/1.jpg" medium="image"/>',
        '<media:content url="/i/1.jpg" type="image/png"/>',
        '<media:thumbnail url="/i/1.jpg"/>',
        '<media:thumbnail url="/i/small.jpg"/><media:content url="/i/1.jpg" medium="image"/>',
        "<g:image_link>/i/1.jpg</g:image_link>",
        '<description>&lt;p&gt;words &lt;img data-src="/i/1.jpg"&gt;&lt;img src="/i/2.jpg"&gt;</description>',
        '<enclosure url="/sound.mp3" type="audio/mpeg" length="1"/><description><![CDATA[<img src="/i/1.jpg">]]></description>',
    ],
)  # fmt: skip
async def test_an_entrys_picture_is_found_wherever_it_is(picture: str) -> None:
    [item] = (await read_feed(rss(entry(picture)))).items
    assert (path(item.image_url), path(item.product_url)) == ("/i/1.jpg", "/looks/1")


async def test_all_that_an_entry_says_is_kept() -> None:
    inside = (
        "<pubDate>Sat, 21 Nov 2026 08:00:00 GMT</pubDate><category>coats</category>"
        '<media:content url="/i/1.jpg" medium="image"/>'
        "<description>&lt;b&gt;Warm&lt;/b&gt; &amp;amp; long</description><g:price>120.00 EUR</g:price><g:brand>Plain</g:brand>"
    )
    [item] = (await read_feed(rss(entry(inside, title="Caf&amp;eacute; coat", link="/looks/1?utm_source=rss#top")))).items
    assert (item.title, item.description, path(item.product_url)) == ("Café coat", "Warm & long", "/looks/1")
    assert (item.tags, item.price, item.brand) == (("coats",), Price(120.0, "EUR"), "Plain")
    assert item.source_created_at == datetime(2026, 11, 21, 8, tzinfo=UTC)


async def test_an_atom_feed_is_read_as_well() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>A look</title><link href="/looks/1"/>'
        "<id>tag:x,2026:1</id>"
        '<updated>2026-11-21T08:00:00Z</updated><link rel="enclosure" type="image/jpeg" href="/i/1.jpg"/></entry></feed>'
    )
    [item] = (await read_feed(web.Response(body=body.encode(), content_type="application/atom+xml"))).items
    assert (path(item.image_url), path(item.product_url)) == ("/i/1.jpg", "/looks/1")


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (entry("words"), {Drop.NO_IMAGE: 1}),
        (entry('<enclosure url="/i/1.jpg" type="image/jpeg"/>', title=""), {Drop.NO_TITLE: 1}),
        (entry('<enclosure url="/i/1.jpg" type="image/jpeg"/>', link="javascript:x"), {Drop.NO_PRODUCT_URL: 1}),
        (
            entry('<enclosure url="https://c.example/1.jpg?Signature=1&amp;Expires=2" type="image/jpeg"/>'),
            {Drop.IMAGE_WITH_TOKEN: 1, Drop.NO_IMAGE: 1},
        ),
        (entry('<enclosure url="file:///etc/passwd" type="image/jpeg"/>'), {Drop.IMAGE_NOT_USABLE: 1, Drop.NO_IMAGE: 1}),
    ],
)  # fmt: skip
async def test_entries_that_cannot_be_items_are_counted(item: str, why: dict[Drop, int]) -> None:
    page = await read_feed(rss(item))
    assert (page.items, dict(page.dropped)) == ((), why)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefghi", "bcdefghij", strict=True))
    + ']><rss version="2.0"><channel><item><title>&j;</title><link>/1</link></item></channel></rss>'
)
FILE = (
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&f;</title>'
    "<link>/1</link></item></channel></rss>"
)


@pytest.mark.parametrize("body", [BOMB, FILE], ids=["bomb", "file"])
async def test_entities_are_neither_multiplied_nor_read_from_files(body: str) -> None:
    picture = '<enclosure url="/i/1.jpg" type="image/jpeg"/></item>'
    answer = web.Response(body=body.replace("</item>", picture).encode(), content_type="application/rss+xml")
    [item] = (await read_feed(answer)).items
    assert "root:" not in item.title
    assert "haha" not in item.title
    assert len(item.title) < 100


@pytest.mark.parametrize("body", [b"", b"{}", b"words", b"<xml/>", b"<!doctype html><p>blocked"])
async def test_what_is_no_feed_is_an_error(body: bytes) -> None:
    with pytest.raises(PermanentError) as caught:
        await read_feed(body)
    assert caught.value.reason is Reason.SOURCE_NOT_READABLE


def product(number: int, **more: Any) -> dict[str, Any]:
    return {
        "title": f"Coat {number}", "handle": f"coat-{number}", "body_html": "<p>Warm &amp; long</p>", "vendor": "Plain",
        "product_type": "Coats",
        "tags": ["wool", "winter"], "published_at": "2026-11-20T08:00:00+01:00",
        "images": [{"src": f"https://cdn.example/{number}.jpg?v=1"}],
        "variants": [{"price": "129.00"}, {"price": "99.00"}], **more,
    }  # fmt: skip


async def read_shop(*products: Any, source: str = "", **config: Any) -> PageOfItems:
    site = Site(
        {"/products.json": {"products": list(products)}, "/collections/new/products.json": {"products": list(products)}}
    )
    async with running(site), guest(site) as visitor:
        [page] = await visitor.pages("shopify", {"sourceUrl": f"{site.url}{source}", **config})
        return page


@pytest.mark.parametrize("source", ["", "/", "/products.json", "/collections/new", "/collections/new/products.json?limit=5"])
async def test_a_shop_is_read_from_its_listing(source: str) -> None:
    [item] = (await read_shop(product(1), source=source, currency="EUR")).items
    assert (item.title, item.description, item.brand, path(item.product_url)) == (
        "Coat 1",
        "Warm & long",
        "Plain",
        "/products/coat-1",
    )
    assert (item.tags, item.price, item.image_url) == (
        ("Coats", "wool", "winter"),
        Price(99.0, "EUR"),
        "https://cdn.example/1.jpg?v=1",
    )
    assert item.source_created_at == datetime(2026, 11, 20, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"images": []}, {Drop.NO_IMAGE: 1}), ({"images": None}, {Drop.NO_IMAGE: 1}), ({"images": ["x"]}, {Drop.NO_IMAGE: 1}),
        ({"title": None}, {Drop.NO_TITLE: 1}),
        ({"handle": None}, {Drop.NOT_READABLE: 1}), ({"handle": "../../x?token=1"}, {Drop.PRODUCT_URL_WITH_TOKEN: 1}),
    ],
)  # fmt: skip
async def test_products_that_cannot_be_items_are_counted(more: dict[str, Any], why: dict[Drop, int]) -> None:
    page = await read_shop(product(1, **more))
    assert (page.items, dict(page.dropped)) == ((), why)


async def test_odd_fields_cost_the_field_and_not_the_item() -> None:
    odd = product(
        1, body_html=7, vendor=None, tags="a, b", variants=[None, {"price": "soon"}, {}], published_at=[], product_type=None
    )
    [item] = (await read_shop(odd)).items
    assert (item.description, item.brand, item.tags, item.price, item.source_created_at) == ("", None, ("a", "b"), None, None)


async def test_a_shop_is_read_until_a_page_is_empty() -> None:
    async def answer(request: web.Request) -> web.Response:
        number = int(request.query["page"])
        assert request.query["limit"] == "100"
        size = {1: 100, 2: 40, 3: 4}.get(number, 0)
        return web.Response(
            text=json.dumps({"products": [product(number * 1000 + one) for one in range(size)]}),
            content_type="application/json",
        )

    async with running(Site({"/products.json": answer})) as site, guest(site) as visitor:
        pages = await visitor.pages("shopify", {"sourceUrl": site.url})
        assert [len(page.items) for page in pages] == [100, 40, 4]
        assert len(site.read) == 4


@pytest.mark.parametrize("status", [404, 410])
async def test_a_page_that_is_not_there_ends_a_shop_and_is_no_failure(status: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.query["page"] != "1":
            return web.Response(status=status)
        return web.Response(text=json.dumps({"products": [product(1)]}), content_type="application/json")

    async with running(Site({"/products.json": answer})) as site, guest(site) as visitor:
        assert [len(page.items) for page in await visitor.pages("shopify", {"sourceUrl": site.url})] == [1]


@pytest.mark.parametrize("body", [b"[]", b'{"products": {}}', b"{}", b"<html>password</html>", b'{"products": ['])
async def test_what_is_no_shop_is_an_error(body: bytes) -> None:
    async with running(Site({"/products.json": body})) as site, guest(site) as visitor:
        with pytest.raises(PermanentError) as caught:
            await visitor.pages("shopify", {"sourceUrl": site.url})
        assert caught.value.reason is Reason.SOURCE_NOT_READABLE
