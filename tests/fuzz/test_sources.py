"""Feeds, shops, forums, prices, addresses and robots.txt, mutated."""

import json
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import PermanentError
from shared.scraping import reddit, rss, shopify
from shared.scraping.base import FoundItem, parse_config
from shared.scraping.brand_site import BrandSiteConfig, PageReader
from shared.scraping.items import ItemSheet
from shared.scraping.lenient_json import read_lenient_json
from shared.scraping.prices import MAX_AMOUNT, read_machine_price, read_price
from shared.scraping.robots import LONGEST_DELAY, parse_robots
from shared.scraping.urls import has_token, origin, without_token
from shared.web.feed_dates import YEARS, read_date
from shared.web.feeds import read_feed
from shared.web.fetch import Fetched
from shared.web.json_body import read_json
from shared.web.urls import absolute, normalised
from tests.fuzz.mutations import NUMBERS, TEXTS, mutated, odd_values, spoilt

NOW = datetime(2026, 11, 25, tzinfo=UTC)
PAGE = "https://shop.test/p/one"
ITEM = (
    b"<item><title>Coat</title><link>https://m.test/a</link><pubDate>Tue, 24 Nov 2026 10:00:00 +0000</pubDate>"
    b"<description>d</description></item>"
)
NAMESPACES = (
    b' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    b' xmlns:media="http://search.yahoo.com/mrss/" xmlns:georss="http://www.georss.org/georss"'
    b' xmlns:gml="http://www.opengis.net/gml" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    b' xmlns:psc="http://podlove.org/simple-chapters" xmlns:g="http://base.google.com/ns/1.0"'
)
FEEDS = [
    b'<?xml version="1.0"?><rss version="2.0"' + NAMESPACES + b"><channel><title>c</title>" + ITEM + ITEM + b"</channel></rss>",
    b'<feed xmlns="http://www.w3.org/2005/Atom"'
    + NAMESPACES
    + b'><entry><title type="html">T</title><link href="https://m.test/1"/>'
    b"<updated>2026-11-24T10:00:00Z</updated><summary>s</summary></entry></feed>",
    json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [
                {"url": "https://m.test/1", "title": "T", "date_published": "2026-11-24T10:00:00Z", "content_html": "<p>x"}
            ],
        }
    ).encode(),
]
FEED_PIECES = [
    b"&#55357;&#56840;",
    b"&#xD83D;&#xDE08;",
    b"&#1114112;",
    b"&#99999999999999999999;",
    b"&p;",
    b"&",
    b"<",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b'<!DOCTYPE rss [<!ENTITY p "C:\\data">]>',
    b'<!ENTITY p "\\1">',
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe9",
    b"<item>",
    b"</channel>",
    b'<georss:where><gml:Point srsName="urn:EPSG:x"><gml:pos>1 x 2</gml:pos></gml:Point></georss:where>',
    b"<georss:point>a b</georss:point>",
    b"<georss:polygon>1 2 3</georss:polygon>",
    b'<gml:posList srsDimension="x">1 2</gml:posList>',
    b"<georss:box>1</georss:box>",
    b'<media:content url="http://[x/1" width="1e9" height="-1"><media:title>t</media:title></media:content>',
    b"<media:description>m</media:description>",
    b'<media:thumbnail url="/t.jpg"/>',
    b'<enclosure url="/a.jpg" type="image/jpeg" length="x"/>',
    b"<link>http://[x/1</link>",
    b"<guid>x</guid>",
    b"<pubDate>1764000000</pubDate>",
    b"<pubDate>Fri, 31 Dec 9999 23:59:59 -9999</pubDate>",
    b"<dc:date>0000-00-00</dc:date>",
    b'<itunes:duration>x</itunes:duration><itunes:image href="//i"/>',
    b'<psc:chapters><psc:chapter start="x:y"/></psc:chapters>',
    b"<content:encoded>&lt;img src=&quot;/a.jpg&quot; width=&quot;1&quot;&gt;</content:encoded>",
    b"<g:price>9e999</g:price>",
    b"<category/>",
    b'xml:base="http://[x/"',
    b' a="1"',
    b'<?xml version="1.0" encoding="utf-7"?>',
    b'<?xml version="1.0" encoding="no-such"?>',
    b'<cf:treatAs xmlns:cf="x"/>',
    b"<image><url>x</url></image>",
    b"<cloud/>",
    b"<source/>",
    b'<xhtml:div xmlns:xhtml="http://www.w3.org/1999/xhtml">',
]
TYPES = st.sampled_from(
    [
        "application/rss+xml",
        "text/xml; charset=utf-8",
        "text/html",
        "application/json",
        "",
        "text/xml; charset=no-such",
        "application/octet-stream",
    ]
)
PRODUCT = {
    "@context": "https://schema.org",
    "@type": "Product",
    "@id": "#p",
    "name": "Coat",
    "url": PAGE,
    "image": "https://cdn.test/1.jpg",
    "brand": {"@id": "#b"},
    "offers": {"@type": "Offer", "price": "120.00", "priceCurrency": "EUR"},
}
LINKED_NAMES = [
    "@type",
    "@id",
    "@value",
    "@list",
    "@graph",
    "name",
    "url",
    "image",
    "brand",
    "offers",
    "price",
    "lowPrice",
    "priceCurrency",
    "itemOffered",
    "priceSpecification",
    "priceType",
    "hasVariant",
    "itemListElement",
    "item",
    "contentUrl",
    "availability",
    "validThrough",
    "eligibleQuantity",
]
GOODS = {
    "handle": "coat",
    "title": "Coat",
    "variants": [{"price": "25.500", "available": True}],
    "images": [{"src": "https://cdn.test/1.jpg"}],
    "tags": "a, b",
    "body_html": "<p>x",
    "published_at": "2026-11-20T10:00:00-05:00",
}
GOODS_NAMES = ["image", "featured_image", "src", "price", "product_type", "vendor", "available"]
POST = {
    "subreddit": "outfits",
    "title": "Look",
    "permalink": "/r/outfits/comments/abc/look/",
    "url_overridden_by_dest": "https://i.redd.it/a.jpg",
    "over_18": False,
    "selftext": "",
    "author": "u",
    "score": 1,
    "created_utc": 1764000000,
}
POST_NAMES = [
    "gallery_data",
    "media_metadata",
    "items",
    "media_id",
    "s",
    "u",
    "e",
    "preview",
    "images",
    "source",
    "crosspost_parent_list",
    "is_gallery",
]
LISTING = {"kind": "t3"}


def sheet(url: str = PAGE) -> ItemSheet:
    return ItemSheet(base=url, at=NOW, limit=300, seen=set())


def check(items: list[FoundItem]) -> None:
    """What every stored item must be, wherever it came from."""
    for item in items:
        json.dumps([item.title, item.description, item.image_url, item.product_url]).encode()
        f"{item.title}{item.description}{item.brand}{item.tags}".encode()
        assert item.title.isprintable()
        assert normalised(item.product_url) == item.product_url
        assert item.image_url.startswith(("https://", "http://"))
        assert item.price is None or 0 < item.price.amount <= MAX_AMOUNT


@given(mutated(FEEDS, FEED_PIECES), TYPES)
@example(FEEDS[0].replace(b"Coat", b"&#55357;&#56840;"), "application/rss+xml")
@example(FEEDS[0].replace(b"Coat", b"&#1114112;"), "application/rss+xml")
def test_feeds(body: bytes, content_type: str) -> None:
    try:
        articles = read_feed(body, content_type, url="https://feed.test/f.xml", source="s", limit=50, now=NOW)
    except PermanentError:
        return
    for one in articles:
        assert normalised(one.url) == one.url
        assert one.published is None or (one.published.year in YEARS and one.published <= NOW)
        f"{one.title}{one.summary}".encode()


@given(mutated(FEEDS[:2], FEED_PIECES), TYPES)
def test_feeds_of_outfits(body: bytes, content_type: str) -> None:
    found = sheet("https://feed.test/f.xml")
    page = Fetched(found.base, content_type, body, headers={"content-type": content_type})
    try:
        rss._read(page, found, parse_config(rss.RssConfig, {"sourceUrl": found.base}))
    except PermanentError:
        return
    check(found.items)


LINKED = [
    json.dumps(PRODUCT).encode(),
    json.dumps({"@graph": [PRODUCT, {"@id": "#b", "@type": "Brand", "name": "Acme"}]}).encode(),
]
LINKED_PIECES = [
    b"<!--",
    b"-->",
    b"// x\n",
    b"/* y */",
    b",",
    b"\\'",
    b"\\x41",
    b'"',
    b"'",
    b"{",
    b"}",
    b"[",
    b"]",
    b"&quot;",
    b"<![CDATA[",
    b"]]>",
    b"NaN",
    b"1e308",
    b"\xef\xbb\xbf",
    b"undefined",
    b";",
    b"\0",
    b"\\ud800",
    b"</script>",
    b"9" * 5_000,
    b"{" * 300,
    b"[" * 300,
]


def read_page(blocks: list[bytes]) -> ItemSheet:
    found = sheet()
    html = b"".join(b'<script type="application/ld+json">' + block + b"</script>" for block in blocks)
    page = Fetched(
        PAGE, "text/html", b"<html><head>" + html + b"</head></html>", headers={"content-type": "text/html; charset=utf-8"}
    )
    PageReader(parse_config(BrandSiteConfig, {"sourceUrl": PAGE})).read(page, found)
    check(found.items)
    return found


@given(st.lists(mutated(LINKED, LINKED_PIECES), max_size=3))
def test_blocks_of_linked_data(blocks: list[bytes]) -> None:
    read_page(blocks)


@given(st.lists(spoilt(PRODUCT, LINKED_NAMES) | odd_values(LINKED_NAMES), max_size=3))
def test_what_linked_data_says(documents: list[object]) -> None:
    found = read_page([json.dumps(one).encode() for one in documents])
    assert "failed" not in {why.value for why in found.dropped}


@given(mutated([*LINKED, b"{a: 'b', c: [1,],}"], LINKED_PIECES))
def test_lenient_json(text: bytes) -> None:
    for read in (
        lambda: read_lenient_json(text.decode(errors="replace")),
        lambda: read_json(text, "application/json; charset=x"),
    ):
        try:
            read()
        except ValueError:
            continue


@given(st.lists(spoilt(GOODS, GOODS_NAMES) | odd_values(GOODS_NAMES), max_size=3))
@example([GOODS | {"variants": 1e308}])
def test_shops(products: list[object]) -> None:
    found = sheet("https://shop.test/products.json")
    page = Fetched(found.base, "application/json", json.dumps({"products": products}).encode())
    shopify._read(page, found, parse_config(shopify.ShopifyConfig, {"sourceUrl": "https://shop.test/"}))
    check(found.items)
    assert "failed" not in {why.value for why in found.dropped}


@given(st.lists(spoilt(POST, POST_NAMES) | odd_values(POST_NAMES), max_size=3))
def test_forums(posts: list[object]) -> None:
    found = sheet("https://www.reddit.com/r/outfits/new.json")
    body = json.dumps({"data": {"children": [{"kind": "t3", "data": post} for post in posts]}})
    page = Fetched(found.base, "application/json", body.encode())
    reddit._read(page, found, parse_config(reddit.RedditConfig, {"subreddit": "outfits"}))
    check(found.items)
    assert "failed" not in {why.value for why in found.dropped}


PRICE_LETTERS = st.text("0123456789.,' \u00a0eE+-\u20ac$\u00a3kr\u0661\u0be7\u00bd\u2460", max_size=20)


@given(
    PRICE_LETTERS | st.text(max_size=20) | st.sampled_from([*NUMBERS, *TEXTS]) | odd_values(["a"]),
    st.sampled_from(["EUR", "KWD", "", None, 5]),
)
def test_prices(value: object, currency: object) -> None:
    for read in (read_price, read_machine_price):
        price = read(value, currency)
        assert price is None or 0 < price.amount <= MAX_AMOUNT
        assert price is None or price.currency is None or len(price.currency) == 3


ADDRESS_PIECES = [
    b"%",
    b"%2",
    b"%E9",
    b"%2e%2E",
    b"/",
    b"//",
    b"\\",
    b"?",
    b"#",
    b"&",
    b"=",
    b"+",
    b"@",
    b":",
    b":99999",
    b"[",
    b"]",
    b"..",
    b".",
    b"%00",
    b"\t",
    b"\n",
    b" ",
    "\u00e9".encode(),
    "\u2764".encode(),
    "\u3002".encode(),
    b"xn--",
    b"0x7f.1",
    b"amp;",
    b";",
    b"|",
    b"'",
    b"%27",
    b"<",
    b"utm_source=x",
    b"ref=AB1",
    b"!/x",
]
ADDRESSES = [
    b"https://m.test/a/b?x=1&y=2#z",
    b"http://user@M.test:80/../c",
    b"//cdn.test/a.jpg",
    b"/a?1001",
    "https://m\u00fcller.test/caf\u00e9".encode(),
    b"https://[::1]:8443/",
]


@given(mutated(ADDRESSES, ADDRESS_PIECES) | st.text(max_size=40).map(lambda text: text.encode(errors="surrogatepass")))
def test_addresses(raw: bytes) -> None:
    address = raw.decode(errors="surrogatepass") if raw[:1] == b"\xed" else raw.decode(errors="replace")
    whole = absolute(PAGE, address)
    once = normalised(address, base=PAGE)
    has_token(address)
    without_token(address)
    if whole is not None:
        assert absolute(whole, whole) == whole
        origin(whole)
    if once is not None:
        assert whole is not None
        assert normalised(once) == once
        assert once.isascii()
        assert once.isprintable()
        assert " " not in once


ROBOTS = [
    b"User-agent: *\nDisallow: /private\nAllow: /private/a$\nCrawl-delay: 2\n\n"
    b"User-agent: PluckItProcessor/1.0\nDisallow: /x*y\n"
]
ROBOTS_PIECES = [
    b"Crawl-delay: 1000000000000\n",
    b"Request-rate: 1/99999999999999999999h\n",
    b"Request-rate: 1/0\n",
    b"Visit-time: x\n",
    b"User-agent:",
    b"Sitemap: x\n",
    b":",
    b"\r",
    b"\n",
    b"#",
    b"*",
    b"$",
    b"%",
    b"%E9",
    b"\0",
    b"\xff",
    b"Foo: bar\n",
    b"Disallow:\n",
    b"Crawl-delay: nan\n",
    "\u2028".encode(),
    b"Request-rate: " + b"9" * 5000 + b"/1",
    b"Request-rate: 1/" + b"9" * 400 + b"d\n",
]


@given(mutated(ROBOTS, ROBOTS_PIECES), st.sampled_from(ADDRESSES))
def test_robots(body: bytes, address: bytes) -> None:
    rules = parse_robots(body)
    assert 0 <= rules.delay_seconds <= LONGEST_DELAY
    rules.allow(absolute(PAGE, address.decode()) or PAGE)
    rules.allow("http://[x/1")


@given(
    st.text("0123456789-/:.,TZ+ aehjnouprvdc\u5e74\u6708", max_size=40)
    | st.text(max_size=30)
    | st.sampled_from([*NUMBERS, *TEXTS])
    | odd_values(["a"])
)
def test_dates(value: object) -> None:
    at = read_date(value)
    assert at is None or at.year in YEARS
