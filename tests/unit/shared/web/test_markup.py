"""What is too expensive to parse is told before it is parsed."""

import pytest

from shared.errors import PermanentError
from shared.scraping.html import parse_html
from shared.web.feed_parser import MAX_MARKS, is_whole, parse_feed
from shared.web.json_body import MAX_VALUES, read_json
from shared.web.markup import MAX_TAG, made_to_be_expensive

CROWD = b" ".join(b'a%d="x"' % number for number in range(300))
FEED = b"<rss><channel><item><title>x</title>%s</item></channel></rss>"


@pytest.mark.parametrize("attribute", [b'a="x" ', b"a=x ", b"a ", b"a='x y' ", b"a = x ", b"@a=1 "])
def test_a_crowd_of_attributes_is_told(attribute: bytes) -> None:
    assert "attributes" in made_to_be_expensive(b"<p " + attribute * 300 + b">")
    assert made_to_be_expensive((b"<p " + attribute * 100 + b">") * 10) == ""


def test_a_tag_without_an_end_is_told_and_text_is_none() -> None:
    assert "longer" in made_to_be_expensive(b"<item " + b"a" * MAX_TAG)
    assert made_to_be_expensive(b"1 < 2 " + b"a" * MAX_TAG + b"<p>" * 5_000) == ""


def test_pages_and_feeds_with_one_are_refused_but_not_what_their_text_holds() -> None:
    with pytest.raises(PermanentError, match="attributes"):
        parse_html(b"<html><p " + CROWD + b">", "text/html")
    with pytest.raises(PermanentError, match="attributes"):
        parse_feed(FEED % (b"<a " + CROWD + b"/>"), "")
    assert len(parse_feed(FEED % (b"<description><![CDATA[<a " + CROWD + b">]]></description>"), "")) == 1
    parse_html(b'<html><script>var x = "<a ' + CROWD + b'>";</script><p>x</p></html>', "text/html")


def test_what_is_too_much_is_refused() -> None:
    with pytest.raises(PermanentError, match="tags and references"):
        parse_feed(FEED % (b"<a>" * MAX_MARKS), "")
    with pytest.raises(ValueError, match="values"):
        read_json(b"[" + b"0," * MAX_VALUES + b"0]")


@pytest.mark.parametrize(
    "body", [FEED % b"", FEED % b"" + b"\n\n", (FEED % b"").decode().encode("utf-16"), b'{"items": []}', b"words"]
)
def test_what_ends_where_its_root_does_is_whole(body: bytes) -> None:
    assert is_whole(body)


@pytest.mark.parametrize("body", [FEED[:40], b'<feed xmlns="x"><entry>', b"<rss>" + b"<item/>" * 500])
def test_what_ends_before_its_root_does_is_not(body: bytes) -> None:
    assert not is_whole(body)
