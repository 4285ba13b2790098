"""Feeds: four kinds, good and bad, reduced to bounded articles."""

import json
from datetime import UTC, datetime

import pytest

from shared.errors import PermanentError
from shared.web.feeds import MAX_HTML, MAX_SUMMARY, Article, normalised, plain_text, read_feed
from tests.steps import steps

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
URL = "https://hem.example/feed.xml"


def read(body: str | bytes, content_type: str = "application/xml", limit: int = 200) -> list[Article]:
    raw = body.encode() if isinstance(body, str) else body
    return read_feed(raw, content_type, url=URL, source="Hem", limit=limit, now=NOW)


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Hem</title>{"".join(items)}</channel></rss>'


def item(number: int, extra: str = "", date: str = "Sun, 22 Nov 2026 08:00:00 GMT") -> str:
    return (
        f"<item><title>Title {number}</title><link>https://hem.example/{number}</link><pubDate>{date}</pubDate>{extra}</item>"
    )


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Hem</title><entry><title>Title 1</title>
<link href="https://hem.example/1"/><updated>2026-11-22T08:00:00Z</updated><summary>text</summary></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Hem</title></channel><item><title>Title 1</title>
<link>https://hem.example/1</link><dc:date>2026-11-22T08:00:00Z</dc:date><description>text</description></item></rdf:RDF>"""
JSON_ITEM = {
    "url": "https://hem.example/1", "title": "Title 1", "content_text": "text", "date_published": "2026-11-22T08:00:00Z",
}  # fmt: skip
JSON_FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [JSON_ITEM]})


@pytest.mark.parametrize("body", [rss(item(1, "<description>text</description>")), ATOM, RDF, JSON_FEED])
def test_every_kind_gives_the_same_article(body: str) -> None:
    [article] = read(body, "text/xml" if body != JSON_FEED else "application/feed+json")
    assert (article.url, article.title, article.summary) == ("https://hem.example/1", "Title 1", "text")
    assert article.published == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [b"<!DOCTYPE html><html><body>blocked</body></html>", b"  <HTML>", b"", b"no feed at all", b"{}", b'{"items": []}', b"[1]",
     b'{"version": "https://jsonfeed.org/version/1.1", "items": {}}', b"<xml><a/></xml>", b"\xff\xfe\x00\x01"],
)  # fmt: skip
def test_what_is_no_feed_is_a_failure_and_not_an_empty_feed(body: bytes) -> None:
    with pytest.raises(PermanentError):
        read(body)


def test_broken_xml_gives_what_can_be_read() -> None:
    assert [one.title for one in read(rss(item(1)) + "<junk & more")] == ["Title 1"]
    assert [one.title for one in read(rss(item(1)).replace("</channel>", ""))] == ["Title 1"]


def test_a_wrong_declared_encoding_is_no_end() -> None:
    body = '<?xml version="1.0" encoding="utf-8"?>' + rss(item(1, "<description>caf\u00e9</description>")).partition("?>")[2]
    [article] = read(body.encode("latin-1"))
    assert article.summary.startswith("caf")


def test_missing_and_future_dates_and_links_that_are_none() -> None:
    undated = "<item><title>Undated</title><link>https://hem.example/u</link></item>"
    future = item(2, date="Tue, 22 Nov 2033 08:00:00 GMT")
    bad = (
        "<item><title>Bad</title><link>javascript:alert(1)</link></item><item><link>https://hem.example/untitled</link></item>"
    )
    articles = read(rss(undated, future, item(1), bad))
    assert [(one.title, one.published) for one in articles] == [
        ("Title 2", NOW), ("Title 1", datetime(2026, 11, 22, 8, 0, tzinfo=UTC)), ("Undated", None),
    ]  # fmt: skip


def test_one_address_counts_once_however_it_is_written() -> None:
    links = ["https://hem.example/a?utm_source=x#top", "https://HEM.example/a/", "http://hem.example/a", "/a"]
    items = "".join(f"<item><title>T</title><link>{link}</link></item>" for link in links)
    assert [one.url for one in read(rss(items))] == ["https://hem.example/a"]
    assert normalised("https://hem.example/a?b=1&fbclid=2") == "https://hem.example/a?b=1"
    assert normalised("ftp://hem.example/a") is None
    assert normalised("https://[") is None


@pytest.mark.slow
def test_ten_thousand_entries_are_bounded_to_the_newest() -> None:
    articles = read(rss(*(item(number, date=f"Sun, 22 Nov 2026 0{number % 8}:00:00 GMT") for number in range(10_000))))
    assert len(articles) == 200
    assert {one.published for one in articles} == {datetime(2026, 11, 22, 7, 0, tzinfo=UTC)}


def test_html_is_reduced_to_bounded_text() -> None:
    assert plain_text("<p>A <b>bold</b>\n<script>alert(1)</script>&amp; more</p>", 100) == "A bold & more"
    [article] = read(rss(item(1, f"<description>{'x' * 5_000}</description>")))
    assert len(article.summary) == MAX_SUMMARY


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<?xml version='1.0' encoding='latin-1'?><p>caf\u00e9</p>", "caf\u00e9"),
        ("https://hem.example/a", "https://hem.example/a"),
        ("1 < 2 and 3 > 2, I <3 it", "1 < 2 and 3 > 2, I <3 it"), ("AT&T &amp; co", "AT&T & co"),
        ("one<br>two</div> three", "one two three"),
        ("<style>p{}</style>a<!-- b --><script>c", "a"), ("nul\x00 and \ud800half", "nul and half"), ("<p>\ud800</p>x", "x"),
        ("", ""),
    ],
)  # fmt: skip
def test_text_of_any_markup(html: str, text: str) -> None:
    assert plain_text(html, 100) == text


def test_half_a_character_in_json_spoils_no_other_entry() -> None:
    halves = [JSON_ITEM | {"title": "\ud800 half"}, JSON_ITEM | {"url": "https://hem.example/\udfff?a=\ud800"}]
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": halves})
    assert [one.title for one in read(body, "application/json")] == ["half"]


@pytest.mark.parametrize("hostile", ["<a ", "<a b='", "<!--", "<![CDATA[", "</", "&", "<b>", "<b><p>", "<table>", "<"])
def test_no_tag_soup_costs_much_more_than_markup_of_its_length(hostile: str) -> None:
    benign = steps(lambda: plain_text("<p>word word</p> " * (MAX_HTML // 17), MAX_SUMMARY))
    assert steps(lambda: plain_text(hostile * (MAX_HTML // len(hostile)), MAX_SUMMARY)) < 4 * benign


def titles(*items: str, head: str = "") -> list[str]:
    return [one.title for one in read(head + rss(*items))]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Gorpcore &#55357;&#56840;", "Gorpcore \U0001f608"), ("Gorpcore &#xD83D;&#xde08;!", "Gorpcore \U0001f608!"),
        ("A &#1114112; B", "A \ufffd B"), ("A &#55357; B", "A \ufffd B"), ("A &#x110000; B &nbsp; C", "A \ufffd B C"),
        ("A &#99999999999999999999; B", "A \ufffd B"), ("A&#8;B", "A B"), ("H&M and A&W", "H&M and A&W"),
        ("<![CDATA[H&M &amp; co]]>", "H&M & co"),
    ],
)  # fmt: skip
def test_characters_are_read_however_they_are_written(written: str, title: str) -> None:
    assert titles(f"<item><title>{written}</title><link>/1</link></item>") == [title]


@pytest.mark.parametrize("value", ["C:\\data", "\\1", "\\g<0>", "C:\\Users\\me"])
def test_entities_of_a_doctype_do_no_harm(value: str) -> None:
    head = f'<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY p "{value}">\n]>\n'
    body = rss(item(1)).partition("?>")[2]
    assert [one.title for one in read(head + body)] == ["Title 1"]


@pytest.mark.parametrize(
    "extra",
    [
        '<georss:where><gml:Point srsName="urn:EPSG:x"><gml:pos>1 2</gml:pos></gml:Point></georss:where>',
        "<georss:point>one two</georss:point>", "<georss:polygon>1 2 3</georss:polygon>",
    ],
)  # fmt: skip
def test_what_nobody_reads_spoils_nothing(extra: str) -> None:
    spaces = 'xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"'
    body = rss(item(1, extra)).replace("<rss ", f"<rss {spaces} ")
    assert [one.title for one in read(body)] == ["Title 1"]


def test_a_link_that_is_no_address_costs_its_entry_alone() -> None:
    bad = "<item><title>Bad</title><link>http://[http://x.example/1</link></item>"
    assert titles(bad, item(1)) == ["Title 1"]


@pytest.mark.parametrize("guid", ["abc-123", "65f1c0ffee", "tag:hem.example,2026:1", "urn:uuid:1"])
def test_a_guid_that_is_no_address_is_none(guid: str) -> None:
    assert titles(f"<item><title>T</title><guid>{guid}</guid></item>", item(1)) == ["Title 1"]


def test_a_guid_that_is_an_address_is_one_and_a_link_may_lack_its_scheme() -> None:
    entries = [
        "<item><title>A</title><guid>https://hem.example/a</guid></item>",
        '<item><title>B</title><guid isPermaLink="false">https://hem.example/?p=1</guid></item>',
        "<item><title>C</title><link>www.hem.example/c</link></item>", "<item><title>D</title><link>/d</link></item>",
    ]  # fmt: skip
    assert {one.title: one.url for one in read(rss(*entries))} == {
        "A": "https://hem.example/a", "B": "https://hem.example/?p=1", "C": "https://www.hem.example/c",
        "D": "https://hem.example/d",
    }  # fmt: skip


def test_the_sites_own_address_is_known_behind_feedburners() -> None:
    def of(original: str) -> str:
        item = f"<item><title>A</title><link>http://feedproxy.google.com/~r/x/~3/abc/</link>{original}</item>"
        space = 'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
        body = f'<rss version="2.0" {space}><channel><title>x</title>{item}</channel></rss>'
        return read_feed(body.encode(), "application/rss+xml", url="https://x.example/f", source="x", limit=9, now=NOW)[0].url

    assert of("<feedburner:origLink>https://x.example/a?utm_source=feed</feedburner:origLink>") == "https://x.example/a"
    for none in ("", "<feedburner:origLink/>", "<feedburner:origLink>a word</feedburner:origLink>"):
        assert of(none).startswith("https://feedproxy.google.com/")


def test_a_feed_without_titles_is_named() -> None:
    body = rss("<item><link>https://hem.example/1</link><description>x</description></item>" * 3)
    with pytest.raises(PermanentError, match="of 3 entries none has both a title and an address; 3 have no title"):
        read(body)
    assert read(rss()) == []


MEDIA = (
    '<media:content url="/1.jpg"><media:title>Photo</media:title><media:description>Caption</media:description></media:content>'
)


@pytest.mark.parametrize("order", [("{own}", MEDIA), (MEDIA, "{own}")], ids=["own-first", "media-first"])
def test_a_pictures_caption_is_not_the_summary(order: tuple[str, str]) -> None:
    own = "<title>Own</title><description>Real</description>"
    entry = f"<item><link>/1</link>{''.join(order).format(own=own)}</item>"
    body = rss(entry).replace("<rss ", '<rss xmlns:media="http://search.yahoo.com/mrss/" ')
    assert [(one.title, one.summary) for one in read(body)] == [("Own", "Real")]
    lone = rss(f"<item><link>/1</link>{MEDIA}</item>").replace("<rss ", '<rss xmlns:media="http://search.yahoo.com/mrss/" ')
    assert [(one.title, one.summary) for one in read(lone)] == [("Photo", "Caption")]


@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_json_feed_is_read_in_the_letters_it_has(letters: str) -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [JSON_ITEM | {"title": "caf\u00e9"}]}
    assert [one.title for one in read(json.dumps(document, ensure_ascii=False).encode(letters), "application/feed+json")] == [
        "caf\u00e9"
    ]


def test_markup_is_read_whatever_it_is_sent_as() -> None:
    for content_type in ("application/json", "text/html", "text/plain", "application/octet-stream", ""):
        assert [one.title for one in read(rss(item(1)), content_type)] == ["Title 1"]
    assert [one.title for one in read("<!DOCTYPE html>\n" + rss(item(1)).partition("?>")[2])] == ["Title 1"]
    assert [one.title for one in read(rss(item(1)).encode("utf-16"))] == ["Title 1"]


def test_the_attributes_of_a_tag_are_bounded() -> None:
    crowd = " ".join(f'a{number}="x"' for number in range(300))
    with pytest.raises(PermanentError, match="more than 200 attributes"):
        read(rss(item(1)).replace("<item>", f"<item {crowd}>"))
