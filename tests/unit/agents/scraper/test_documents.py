"""Ids, and the text that is embedded."""

import hashlib

from agents.scraper.documents import MAX_TEXT, Origin, item_id, text_of_document, text_of_item
from shared.scraping.base import FoundItem


def test_an_id_is_of_the_source_and_the_address() -> None:
    url = "https://shop.example/products/coat"
    digest = hashlib.sha256(f"shop-1:{url}".encode()).hexdigest()[:16]
    assert item_id(Origin("shop-1", "brand_site"), url) == f"brand_site-{digest}"


def test_a_text_names_the_thing_first_in_one_bounded_line() -> None:
    item = FoundItem("A\ncoat", "https://x/i", "https://x/p", description="d " * 2_000, brand="B", tags=("warm", "blue"))
    text = text_of_item(item)
    assert text.startswith("A coat. B. warm, blue. d d")
    assert len(text) <= MAX_TEXT


def test_a_stored_item_that_others_wrote_has_what_text_it_has() -> None:
    assert text_of_document({"title": "Hat", "brand": None, "tags": "warm", "description": 3}) == "Hat"
    assert text_of_document({}) == ""
