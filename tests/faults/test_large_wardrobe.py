"""A wardrobe of any size: it is cut where it is said to be, and no figure of a large one is computed on the event loop."""

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

import agents.weekly_digest.composer
import tests.faults.test_digest_composing
from agents.weekly_digest.page.html_page import as_html
from agents.weekly_digest.page.markdown_page import as_markdown
from agents.weekly_digest.prompt import USUAL
from shared.store.base import Document
from shared.store.containers import DIGESTS
from tests.faults.test_digest_composing import PIECES, Atelier, atelier

__all__ = ["atelier"]
SLOW = frozenset({"parse_item", "statistics_of", "summarise", "versatility", "problems_of"})


async def composed(atelier: Atelier) -> Document:
    await atelier.furnish()
    await atelier.send()
    await atelier.drain()
    [digest] = await atelier.all(DIGESTS.key)
    return digest


async def test_a_wardrobe_that_is_cut_says_so_in_the_digest_and_on_its_page(
    atelier: Atelier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents.weekly_digest.composer, "MAX_ITEMS", 6)
    monkeypatch.setattr(agents.weekly_digest.composer, "PAGE", 4)
    digest = await composed(atelier)
    assert (digest["totalItems"], digest["wardrobeCutAt"]) == (6, 6)
    told = "Your wardrobe holds more than is counted here: the first 6 pieces."
    for page in (as_html(digest), as_markdown(digest)):
        assert told in page
        assert "You own" not in page


@pytest.mark.parametrize("page", [3, len(PIECES), 100])
async def test_a_wardrobe_that_just_fits_is_whole(atelier: Atelier, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    monkeypatch.setattr(agents.weekly_digest.composer, "MAX_ITEMS", len(PIECES))
    monkeypatch.setattr(agents.weekly_digest.composer, "PAGE", page)
    digest = await composed(atelier)
    assert digest["totalItems"] == len(PIECES)
    assert "wardrobeCutAt" not in digest
    assert "You own 8 pieces" in as_html(digest)


@pytest.fixture
def called() -> Iterator[set[str]]:
    """The names of the functions that are called in this thread, which is the event loop's."""
    names: set[str] = set()

    def watch(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            names.add(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(watch)
    yield names
    sys.setprofile(before)


async def test_what_grows_with_the_wardrobe_is_computed_in_threads(
    atelier: Atelier, called: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tests.faults.test_digest_composing, "PIECES", PIECES * (USUAL // len(PIECES) + 1))
    await composed(atelier)
    assert "_compose" in called, "it is seen what the loop does"
    assert not called & SLOW


async def test_the_tables_of_the_first_wardrobe_are_read_in_a_thread_and_a_usual_one_is_figured_at_once(
    atelier: Atelier, called: set[str]
) -> None:
    await composed(atelier)
    assert "read_tables" not in called
    assert {"parse_item", "statistics_of", "versatility", "problems_of"} <= called
