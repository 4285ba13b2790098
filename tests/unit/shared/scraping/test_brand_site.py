"""Brand sites: what pages say for machines, what selectors find, and what stands in their way."""

import json
from typing import Any

import pytest
from aiohttp import web

from shared.errors import PermanentError, Reason
from shared.scraping.base import Drop, PageOfItems, Price
from shared.scraping.html import ReadingTime, best_of_srcset, compile_selector, decoded, matches, parse_html
from shared.scraping.prices import read_price
from tests.faults.scraping_site import Answer, Site, guest, running

CARDS = {"productContainer": ".card", "title": ".name", "price": ".price", "productUrl": "a"}


async def read(body: Answer, **config: Any) -> PageOfItems:
    async with running(Site({"/list": body})) as site, guest(site) as visitor:
        pages = await visitor.pages("brand_site", {"sourceUrl": f"{site.url}/list", **config})
        assert len(pages) == 1
        return pages[0]


def short(url: str) -> str:
    return "/" + url.split("/", 3)[3] if url.startswith("http://127.") else url


def card(picture: str, link: str = "/p/1", name: str = "Coat") -> str:
    return f'<div class="card"><a href="{link}">{picture}<span class="name">{name}</span></a></div>'


def linked_data(*documents: Any, head: str = "") -> str:
    scripts = "".join(
        f'<script type="application/ld+json">{one if isinstance(one, str) else json.dumps(one)}</script>' for one in documents
    )
    return f"<html><head>{head}{scripts}</head><body></body></html>"


def product(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"@type": "Product", "name": f"Coat {number}", "url": f"/p/{number}", "image": f"/i/{number}.jpg", **more}


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        ('<img src="/i/a.jpg">', "/i/a.jpg"), ('<img src="i/a.jpg">', "/i/a.jpg"),
        ('<img src="//cdn.example/a.jpg">', "http://cdn.example/a.jpg"),
        ('<img src="data:image/gif;base64,R0lG" data-src="/i/a.jpg">', "/i/a.jpg"),
        ('<img src="/i/tiny.jpg" data-original="/i/a.jpg">', "/i/a.jpg"),
        ('<img src="/i/s.jpg" srcset="/i/s.jpg 320w, /i/m.jpg 1200w, /i/l.jpg 2400w">', "/i/m.jpg"),
        ('<img data-srcset="/i/a.jpg 1x,/i/b.jpg 2x">', "/i/b.jpg"),
        ('<img srcset="data:image/gif;base64,R0/lG 1w, /i/a.jpg 800w">', "/i/a.jpg"),
        ('<img data-src="/i/a_{width}x.jpg">', "/i/a_1200x.jpg"),
        ('<picture><source srcset="/i/a.webp 800w"><source srcset="/i/b.jpg"><img src="data:,"></picture>', "/i/a.webp"),
        ('<img src="/img/spacer.gif"><noscript><img src="/i/a.jpg"></noscript>', "/i/a.jpg"),
        ('<img src="/i/a.jpg?v=17&amp;w=2">', "/i/a.jpg?v=17&w=2"),
    ],
)  # fmt: skip
async def test_the_picture_is_found_however_it_is_loaded(picture: str, found: str) -> None:
    [item] = (await read(card(picture), **CARDS)).items
    assert short(item.image_url) == found


@pytest.mark.parametrize(
    ("picture", "selector", "name", "found"),
    [
        ('<img src="/i/small.jpg" data-zoom="/i/large.jpg">', "img", "data-zoom", "/i/large.jpg"),
        ('<img src="/i/a.jpg">', "img", "data-zoom", "/i/a.jpg"),
        ('<i class="bg" style="color:red; background-image: url(\'/i/a.jpg\')"></i>', ".bg", "style", "/i/a.jpg"),
        ('<i class="bg" style="background:url(/i/a.jpg)"></i>', ".bg", None, "/i/a.jpg"),
        ('<b class="box"><img src="/i/a.jpg"></b>', ".box", None, "/i/a.jpg"),
    ],
)  # fmt: skip
async def test_the_configured_attribute_comes_first(picture: str, selector: str, name: str | None, found: str) -> None:
    [item] = (await read(card(picture), **CARDS, imageUrl=selector, imageAttr=name)).items
    assert short(item.image_url) == found


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (card('<img src="javascript:alert(1)">'), {Drop.IMAGE_NOT_USABLE: 1, Drop.NO_IMAGE: 1}), (card(""), {Drop.NO_IMAGE: 1}),
        (card('<img src="/i/a.svg">'), {Drop.IMAGE_NOT_USABLE: 1, Drop.NO_IMAGE: 1}),
        (card('<img src="https://cdn.example/a.jpg?X-Amz-Signature=1">'), {Drop.IMAGE_WITH_TOKEN: 1, Drop.NO_IMAGE: 1}),
        (card('<img src="/i/a.jpg">', link="javascript:void(0)"), {Drop.NO_PRODUCT_URL: 1}),
        (card('<img src="/i/a.jpg">', name=" \u202e\n"), {Drop.NO_TITLE: 1}),
        (card('<img src="/i/a.jpg">', link="/p?access_token=1"), {Drop.PRODUCT_URL_WITH_TOKEN: 1}),
    ],
)  # fmt: skip
async def test_what_cannot_be_an_item_is_counted_by_why(body: str, why: dict[Drop, int]) -> None:
    page = await read(body, **CARDS)
    assert (page.items, dict(page.dropped)) == ((), why)


async def test_texts_are_one_bounded_line_and_one_product_is_one_item() -> None:
    long = card('<img src="/i/a.jpg">', name="A\n\t<b>very</b> \u202elong\u0000 " + "name " * 200)
    page = await read(
        long + card('<img src="/i/b.jpg">', link="/p/1/?utm_source=x#top") + card('<img src="/i/c.jpg">', link="/p/2"), **CARDS
    )
    first, second = page.items
    assert first.title.startswith("A very long name name")
    assert len(first.title) <= 300
    assert (short(first.product_url), short(first.image_url)) == ("/p/1", "/i/a.jpg")
    assert short(second.product_url) == "/p/2"


async def test_a_base_element_holds_for_relative_links() -> None:
    page = await read('<head><base href="https://shop.example/de/"></head>' + card('<img src="i.jpg">', link="p/1"), **CARDS)
    assert (page.items[0].product_url, page.items[0].image_url) == (
        "https://shop.example/de/p/1",
        "https://shop.example/de/i.jpg",
    )


OFFER = {"@type": "Offer", "price": "1,299.00", "priceCurrency": "usd"}
GRAPH = {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, product()]}
LISTED = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": product()}]}
DEEP = {"@type": "CollectionPage", "mainEntity": {"@type": ["ItemList"], "itemListElement": [product()]}}
PLAIN = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "url": "/p/1", "name": "Coat 1", "image": "/i/1.jpg"}]}
GROUP = {
    "@type": "ProductGroup", "name": "Coat 1", "url": "/p/1",
    "hasVariant": [{"@type": "Product", "name": "Coat 1, red", "image": "/i/1.jpg", "offers": OFFER}, product(9)],
}  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        product(), [product()], GRAPH, LISTED, DEEP, PLAIN, GROUP, product(**{"@type": "http://schema.org/Product"}),
        product(**{"@type": ["Thing", "schema:Product"]}),
    ],
    ids=["product", "list", "graph", "item-list", "collection", "plain-entries", "group", "long-type", "several-types"],
)  # fmt: skip
async def test_products_are_found_wherever_they_are_said(document: Any) -> None:
    [item] = (await read(linked_data(document))).items
    assert (item.title, short(item.product_url), short(item.image_url)) == ("Coat 1", "/p/1", "/i/1.jpg")


@pytest.mark.parametrize(
    ("offers", "price"),
    [
        (OFFER, Price(1299.0, "USD")), ([{"price": 0}, OFFER], Price(1299.0, "USD")),
        ({"@type": "AggregateOffer", "lowPrice": 12.5, "priceCurrency": "EUR"}, Price(12.5, "EUR")),
        ({"@type": "AggregateOffer", "offers": [OFFER]}, Price(1299.0, "USD")),
        ({"priceSpecification": {"price": "10", "priceCurrency": "GBP"}}, Price(10.0, "GBP")),
        ({"price": "$10"}, Price(10.0, None)), ({"price": float("inf")}, None), ({"price": True}, None),
        ({"price": {"x": 1}}, None), ("soon", None), ([None, 7], None), ({"price": -1}, None),
    ],
)  # fmt: skip
async def test_prices_are_read_or_left_out(offers: Any, price: Price | None) -> None:
    [item] = (await read(linked_data(product(offers=offers)))).items
    assert item.price == price


async def test_all_that_is_said_of_a_product_is_kept() -> None:
    said = product(
        name="Caf&eacute; coat", description="<p>Warm &amp; <b>long</b></p>", brand={"@type": "Brand", "name": "Plain"},
        category="coat",
        image=["/i/1.jpg", {"@type": "ImageObject", "contentUrl": "/i/2.jpg"}, "/i/1.jpg"], isRelatedTo=[product(2)],
    )  # fmt: skip
    [item] = (await read(linked_data(said))).items
    assert (item.title, item.description, item.brand, item.tags) == ("Café coat", "Warm & long", "Plain", ("coat",))
    assert [short(url) for url in item.gallery_images] == ["/i/1.jpg", "/i/2.jpg"]


@pytest.mark.parametrize(
    "broken",
    ['{"@type": "Product", ', "{'@type: 'Product'}", "[" * 100_000, '{"a": ' * 50_000, "<html>", "undefined", "1" * 6_000],
    ids=["cut", "quotes", "brackets", "nested", "html", "word", "number"],
)
async def test_a_broken_block_is_counted_and_the_rest_is_read(broken: str) -> None:
    page = await read(linked_data(broken, product()))
    assert [item.title for item in page.items] == ["Coat 1"]
    assert page.dropped == {Drop.BROKEN_STRUCTURED_DATA: 1}


@pytest.mark.parametrize("wrapped", ["<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "{};", "\n{}\n"])
async def test_marks_around_a_block_do_not_matter(wrapped: str) -> None:
    body = wrapped.replace("{}", json.dumps(product()).replace("Coat 1", "Coat\n1"))  # a raw line break, as some pages have
    assert [item.title for item in (await read(linked_data(body))).items] == ["Coat 1"]


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "name": "C", "item": "/c", "image": "/i/1.jpg"}]},
        {"@type": "Organization", "name": "Plain", "url": "/", "logo": "/logo.png", "image": "/i/1.jpg"},
        {"@type": "Review", "name": "Fine", "itemReviewed": product()},
        {"@type": 7, "x": [None, True, 1.5]},
        {"@type": "ItemList", "itemListElement": [{"@type": "Article", "name": "News", "url": "/n", "image": "/i/1.jpg"}]},
        "text", None, [],
    ],
)  # fmt: skip
async def test_what_is_no_product_is_no_item(document: Any) -> None:
    page = await read(linked_data(json.dumps(document)))
    assert (page.items, dict(page.dropped)) == ((), {})


async def test_the_machines_word_is_preferred_and_selectors_fill_the_gaps() -> None:
    said = {"@type": "ItemList", "itemListElement": [product(1, image=None, offers={"price": 5, "priceCurrency": "EUR"})]}
    cards = card('<img src="/i/a.jpg">', name="Shouted NAME") + card('<img src="/i/b.jpg">', link="/p/2", name="Unsaid")
    page = await read(linked_data(said) + cards, **CARDS, brand="Plain")
    assert [(item.title, short(item.image_url), item.price, item.brand) for item in page.items] == [
        ("Coat 1", "/i/a.jpg", Price(5.0, "EUR"), "Plain"), ("Unsaid", "/i/b.jpg", None, "Plain"),
    ]  # fmt: skip


GRAPH_TAGS = (
    '<meta property="og:type" content="{}"><meta property="og:title" content="A coat">'
    '<meta property="og:image" content="/i/1.jpg">'
    '<meta property="product:price:amount" content="12.00"><meta property="product:price:currency" content="EUR">'
)


async def test_open_graph_describes_a_product_page() -> None:
    [item] = (await read(linked_data(head=GRAPH_TAGS.format("product")))).items
    assert (item.title, short(item.product_url), item.price) == ("A coat", "/list", Price(12.0, "EUR"))
    assert (await read(linked_data(head=GRAPH_TAGS.format("website")))).items == ()


async def test_a_lone_product_without_an_address_is_the_page_itself() -> None:
    said = {"@type": "Product", "name": "Coat", "offers": {"price": 12, "priceCurrency": "EUR"}}
    [item] = (await read(linked_data(said, head=GRAPH_TAGS.format("product")))).items
    assert (item.title, short(item.product_url), short(item.image_url)) == ("Coat", "/list", "/i/1.jpg")


@pytest.mark.parametrize("name", ["list", "page"])
async def test_a_page_without_a_next_selector_may_say_itself_how_it_goes_on(name: str) -> None:
    head = f'<link rel="next" href="/{name}?page=2">'
    site = Site({"/list": linked_data(product(1), head=head), f"/{name}?page=2": linked_data(product(2))})
    async with running(site), guest(site) as visitor:
        assert len(await visitor.pages("brand_site", {"sourceUrl": f"{site.url}/list"})) == 2
        assert len(await visitor.pages("brand_site", {"sourceUrl": f"{site.url}/list", "pagination": {"type": "none"}})) == 1


async def test_a_shopify_listing_as_the_source_is_read_as_one() -> None:
    listing = {
        "products": [{"title": "Coat", "handle": "coat", "images": [{"src": "/i/1.jpg"}], "variants": [{"price": "9.00"}]}]
    }
    async with running(Site({"/products.json": listing})) as site, guest(site) as visitor:
        [page] = await visitor.pages("brand_site", {"sourceUrl": f"{site.url}/products.json", **CARDS, "currency": "EUR"})
        assert [(item.title, item.price) for item in page.items] == [("Coat", Price(9.0, "EUR"))]


@pytest.mark.parametrize(
    ("body", "header"),
    [
        ("caf\u00e9".encode("latin-1"), "text/html; charset=iso-8859-1"),
        ("<meta charset=iso-8859-1>caf\u00e9".encode("latin-1"), "text/html"),
        ("caf\u00e9".encode(), "text/html"), ("\ufeffcaf\u00e9".encode(), "text/html"),
        ("caf\u00e9".encode("utf-16"), "text/html"),
        ("caf\u00e9".encode(), "text/html; charset=no-such-thing"), ("caf\u00e9".encode(), 'text/html; charset="utf-8"'),
    ],
)  # fmt: skip
def test_letters_survive_the_encoding(body: bytes, header: str) -> None:
    assert decoded(body, header).endswith("caf\u00e9")


@pytest.mark.parametrize("encoding", ["hex", "rot13", "punycode", "utf-7", "unicode_escape", "undefined", "iso-8859-99"])
def test_an_encoding_that_is_none_of_letters_is_not_obeyed(encoding: str) -> None:
    assert decoded(b"+AGE-\\x61-\xc3\xa9", f"text/html; charset={encoding}") == "+AGE-\\x61-\u00e9"


async def test_pages_that_are_no_html_are_refused() -> None:
    with pytest.raises(PermanentError) as caught:
        await read(web.Response(body=b'{"html": false}', content_type="application/json"), **CARDS)
    assert caught.value.reason is Reason.SOURCE_NOT_READABLE


def test_reading_stops_when_its_time_is_up() -> None:
    soup = parse_html(b"<html>" + b"<i></i>" * 20_000, "text/html")
    with pytest.raises(PermanentError, match="too long"):
        matches(soup, compile_selector(":nth-last-of-type(7n+3)"), 10_000, ReadingTime(0.2))


@pytest.mark.parametrize(
    ("value", "best"),
    [
        ("/a.jpg 100w, /b.jpg 200w", "/b.jpg"), ("/a.jpg", "/a.jpg"), ("/a,b.jpg 1x", "/a,b.jpg"), ("", ""), (" , ,", ""),
        ("/a.jpg 1.5x, /b.jpg 3x", "/b.jpg"),
        ("/a.jpg x, /b.jpg 2w", "/b.jpg"), ("/a.jpg 1300w, /b.jpg 9999999999w", "/a.jpg"), (", " * 10_000, ""),
        (" " * 20_000, ""),
    ],
)  # fmt: skip
def test_the_best_of_several_sizes(value: str, best: str) -> None:
    assert best_of_srcset(value) == best


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("1.299,00 €", Price(1299.0, "EUR")), ("£45", Price(45.0, "GBP")), ("From 20.00 to 30.00 EUR", Price(20.0, "EUR")),
        ("$ 12", Price(12.0, None)),
        ("US$5", Price(5.0, "USD")), ("12,5", Price(12.5, None)), ("free", None), ("", None), ("sold out", None),
        ("9" * 300, None),
    ],
)  # fmt: skip
def test_prices_as_shops_write_them(text: str, price: Price | None) -> None:
    assert read_price(text) == price
