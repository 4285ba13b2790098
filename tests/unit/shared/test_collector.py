"""The collector of garbage: what it leaves alone, and when it waits."""

import gc
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType

import pytest
from bs4 import BeautifulSoup

from shared.collector import MANY, SELDOM, Settled, Uncollected
from shared.scraping import brand_site
from shared.scraping.base import parse_config
from shared.scraping.html import parse_html
from shared.scraping.items import ItemSheet
from shared.web.fetch import Fetched


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The suite's own modules are kept out too, and are so again."""
    often = gc.get_threshold()
    yield
    gc.set_threshold(*often)
    gc.freeze()
    gc.enable()


def test_what_was_loaded_is_kept_out_once_and_again_when_much_more_was(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.unfreeze()
    settled = Settled()
    settled.settle()
    first = gc.get_freeze_count()
    assert first > 10_000
    assert gc.get_threshold() == SELDOM
    kept: list[list[int]] = [[] for _ in range(1_000)]
    settled.settle()
    assert gc.get_freeze_count() <= first + 100, "nothing was loaded since"
    for number in range(MANY):
        monkeypatch.setitem(sys.modules, f"loaded_{number}", ModuleType("loaded"))
    settled.settle()
    assert gc.get_freeze_count() > first + 900
    assert len(kept) == 1_000


def test_nothing_is_collected_while_anybody_is_inside() -> None:
    gate = Uncollected()
    with gate:
        with gate:
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    with gate:
        pass
    assert not gc.isenabled(), "whoever had switched it off finds it so"


def test_a_page_that_was_read_leaves_no_cycles_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    trees: list[BeautifulSoup] = []

    def parsed(body: bytes, content_type: str) -> BeautifulSoup:
        assert not gc.isenabled()
        trees.append(parse_html(body, content_type))
        return trees[-1]

    monkeypatch.setattr(brand_site, "parse_html", parsed)
    config = {
        "sourceUrl": "https://shop.example/",
        "productContainer": ".p",
        "title": "a",
        "imageUrl": "img",
        "productUrl": "a",
    }
    reader = brand_site.PageReader(parse_config(brand_site.BrandSiteConfig, config))
    body = b"".join(b'<div class=p><a href="/%d">coat %d</a><img src="/%d.jpg"></div>' % (n, n, n) for n in range(20))
    sheet = ItemSheet(base="https://shop.example/", at=datetime(2026, 11, 23, tzinfo=UTC), limit=50, seen=set())
    reader.read(Fetched("https://shop.example/", "text/html", body), sheet)
    assert [item.title for item in sheet.items] == [f"coat {number}" for number in range(20)]
    assert [tree.contents for tree in trees] == [[]]
    assert gc.isenabled()
