"""One rule for addresses: what browsers read as one is one, and nothing else."""

import pytest

from shared.web.feeds import normalised as of_articles
from shared.web.urls import absolute, normalised

SAME = [
    ("https://m.test/caf%c3%a9", "https://m.test/caf%C3%A9"), ("https://m.test/caf\u00e9", "https://m.test/caf%C3%A9"),
    ("https://m.test/%7Ea", "https://m.test/~a"), ("https://m\u00fcller.test/a", "https://xn--mller-kva.test/a"),
    ("https://M\u00dcLLER.test/a", "https://xn--mller-kva.test/a"), ("https://m.test./a", "https://m.test/a"),
    ("https://m.test/x/../a", "https://m.test/a"), ("https://m.test/x/%2e%2E/a", "https://m.test/a"),
    ("https://m.test/./a/", "https://m.test/a"), ("https://m.test/a?y=1&x=2", "https://m.test/a?x=2&y=1"),
    ("http://m.test:80/a", "https://m.test/a"), ("https://m.test:443/a", "https://m.test/a"),
    ("https://m.test/a b", "https://m.test/a%20b"), ("https://m.test/a\n-b", "https://m.test/a-b"),
    ("https://m.test/a?q=a%20b", "https://m.test/a?q=a+b"), ("https://m.test/a?x=", "https://m.test/a?x"),
    ("https://m.test/a?", "https://m.test/a"), ("https://m.test/a#comments", "https://m.test/a"),
    ("https://m.test/a?x=1&amp;utm_source=rss", "https://m.test/a?x=1"), ("https://m.test/a?b|c", "https://m.test/a?b%7Cc"),
    ("https://m.test/a%2Cb", "https://m.test/a,b"), ("https://[2001:DB8:0::1]/a", "https://[2001:db8::1]/a"),
]  # fmt: skip
TRACKING = [
    "utm_source=x", "fbclid=1", "gclid=1", "yclid=1", "twclid=1", "ttclid=1", "msclkid=1", "gbraid=1", "mtm_campaign=1",
    "pk_campaign=1", "_hsenc=1&_hsmi=2", "mc_cid=1&mc_eid=2", "at_medium=RSS&at_campaign=rss", "ns_mchannel=rss", "wt_mc=rss.x",
    "xtor=RSS-1", "CMP=rss", "source=rss----abc---4", "partner=rss&emc=rss", "ftag=CAD", "guccounter=1", "ref=home",
    "ref=producthunt.com", "ref_src=twsrc%5Etfw", "mbid=social_twitter", "outputType=amp", "igsh=abc", "gad_source=1",
]  # fmt: skip
DIFFERENT = [
    ("https://m.test/view?1001", "https://m.test/view?1002"), ("https://m.test/p?n=%E9", "https://m.test/p?n=%E8"),
    ("https://m.test/%E9", "https://m.test/%E8"), ("https://m.test/p.php?ref=AB12", "https://m.test/p.php?ref=AB13"),
    ("https://m.test/p?ref=1001", "https://m.test/p?ref=1002"), ("https://m.test/p?ref=robe-noire", "https://m.test/p?ref=robe-bleue"),
    ("https://m.test/A", "https://m.test/a"), ("https://m.test/a%2Fb", "https://m.test/a/b"),
    ("https://m.test/a%3Fb=1", "https://m.test/a?b=1"), ("https://m.test/a%23b", "https://m.test/a#b"),
    ("https://m.test/p?a=b%26c=d", "https://m.test/p?a=b&c=d"), ("https://m.test/a?q=a+b", "https://m.test/a?q=a%2Bb"),
    ("https://m.test/a+b", "https://m.test/a%20b"), ("https://m.test/p;id=1", "https://m.test/p;id=2"),
    ("https://m.test:8443/a", "https://m.test/a"), ("http://m.test:443/a", "https://m.test/a"),
    ("https://m.test/#!/a", "https://m.test/#!/b"), ("https://m.test/#/p/1", "https://m.test/#/p/2"),
    ("https://m.test/?a", "https://m.test/?b"), ("https://m.test/a?id=&x=1", "https://m.test/a?x=1"),
    ("https://m.test/p?sid=1", "https://m.test/p?sid=2"), ("https://m.test/p?source=ab12", "https://m.test/p?source=ab13"),
    ("https://m.test/a%252Fb", "https://m.test/a%2Fb"), ("https://fr.m.test/a", "https://m.test/a"),
]  # fmt: skip
# after the tests of the WHATWG URL standard: inputs that are read in more than one step
IN_STEPS = [
    "https://ex%61mple.test/", "https://m.test/%2e/%2e%2e/a", "https://m.test/a/..%2f", "https://m.test/%25%32%45", "https://m.test/%",
    "https://m.test/%zz%4", "https://m.test/a%2525", "https://m.test?%3D=%3D", "https://m.test/?%26=%26&&=&=", "https://m.test/\u3002/",
    "https://\uff4d.test/\uff05\uff14\uff11", "https://m.test/a;b/..;c/.%2e/d", "https://m.test//x//..//", "https://m.test/`{}^|<>\"",
    "https://m.test/?`{}^|<>\"'", "https://0x7F.1/a", "https://m.test/#!/a b%20c", "https://m.test/%F0%9F%92%A9\U0001f4a9",
    "https://fa\u00df.test/", "https://\U0001f4a9.test/", "https://m.test:00443/", "https://m.test/a?b=c?d/e:f@g", "https://m.test/a?+%2B%20",
    "https://m.test/%2E%2E%2F%2E", "https://m.test/?x=%00%7F%80", "https://m.test/..", "https://m.test/a?amp;amp;1001", "https://m.test/a/%2E%2E?utm_x=1&ref=home#x",
]  # fmt: skip


def test_articles_and_items_have_one_rule() -> None:
    assert of_articles is normalised


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_address_however_it_is_written(one: str, other: str) -> None:
    assert normalised(one) == normalised(other) is not None


@pytest.mark.parametrize("query", TRACKING)
def test_tracking_is_no_part_of_an_address(query: str) -> None:
    assert normalised(f"https://m.test/a?{query}") == "https://m.test/a"
    assert normalised(f"https://m.test/a?id=7&{query}") == "https://m.test/a?id=7"


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_addresses_stay_two(one: str, other: str) -> None:
    found = normalised(one), normalised(other)
    assert None not in found
    assert found[0] != found[1]


@pytest.mark.parametrize("written", [*IN_STEPS, *(one for pair in [*SAME, *DIFFERENT] for one in pair)])
def test_what_is_normalised_is_so_for_good(written: str) -> None:
    once = normalised(written)
    assert once is not None
    assert normalised(once) == once


@pytest.mark.parametrize(
    ("base", "given_", "whole"),
    [
        ("https://s.test/p/q?z", "https://CDN.test:443/a%2fb.jpg?sig=rX7%2fXC&x='y'#f", "https://cdn.test/a%2fb.jpg?sig=rX7%2fXC&x='y'"),
        ("https://s.test/p/q", "/i/o'b(1).jpg?a={b}|c^d", "https://s.test/i/o'b(1).jpg?a={b}|c^d"),
        ("https://s.test/p/q", "//cdn.test/%7Ea%41.jpg?", "https://cdn.test/%7Ea%41.jpg?"),
        ("https://s.test/p/q", "../é.jpg?x='é'", "https://s.test/%C3%A9.jpg?x='%C3%A9'"),
        ("https://s.test/p/q", "https://c.test/./a/%2E%2E/b?../c", "https://c.test/b?../c"),
        ("https://s.test/p/q?z=1", "#top", "https://s.test/p/q?z=1"), ("https://s.test/p/q?z=1", "?n='1'", "https://s.test/p/q?n='1'"),
        ("https://s.test/p/q", "https://münchen.example?x=1", "https://xn--mnchen-3ya.example/?x=1"),
        ("https://s.test/a^b/q", "c^d.jpg", "https://s.test/a^b/c^d.jpg"), ("https://s.test/p/q", "//c.test:0/a", "https://c.test:0/a"),
    ],
)  # fmt: skip
def test_path_and_query_of_an_absolute_address_are_as_they_were_given(base: str, given_: str, whole: str) -> None:
    assert absolute(base, given_) == whole
    assert absolute(whole, whole) == whole


@pytest.mark.parametrize(
    "signed",
    [
        "https://cdn.test/a.jpg?sig=rX7%2FXC%3d", "https://cdn.test/a%40b%3A%27%2C%28%7E%2E.jpg", "https://cdn.test/a.jpg?",
        "https://cdn.test/%e9/a.jpg?x=%E9&y=~%7E",
    ],
)  # fmt: skip
def test_an_absolute_address_keeps_every_byte_that_can_travel(signed: str) -> None:
    assert absolute("https://shop.test/", signed) == signed


def test_a_relative_address_is_normalised_where_it_stands() -> None:
    assert normalised("../a?utm_source=x", base="https://m.test/x/y/z") == "https://m.test/x/a"
    assert normalised("../a") is None
    assert normalised("//cdn.test/a", base="https://m.test/") == "https://cdn.test/a"
    assert normalised("http://[x/1", base="https://m.test/") is None


@pytest.mark.parametrize("written", ["///cdn.test/a.jpg", "////cdn.test", "https://xn--/a", "//xn--a/", "https:///cdn.test/a"])
def test_what_names_no_host_is_no_address(written: str) -> None:
    assert absolute("https://s.test/p/q", written) is None
    assert normalised(written, base="https://s.test/p/q") is None
