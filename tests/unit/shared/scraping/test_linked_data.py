"""JSON-LD as plugins write it: references, wrapped values, offers around products."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.scraping.base import FoundItem, Price, parse_config
from shared.scraping.brand_site import BrandSiteConfig, PageReader
from shared.scraping.items import ItemSheet
from shared.web.fetch import Fetched

PAGE = "https://shop.test/p/one"
OFFER = {"@type": "Offer", "price": "120.00", "priceCurrency": "EUR"}
PICTURE = "https://cdn.test/1.jpg"


def product(**more: Any) -> dict[str, Any]:
    return {"@type": "Product", "name": "Coat", "url": PAGE, "image": PICTURE, "offers": OFFER, **more}


def read(*blocks: Any) -> list[FoundItem]:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(one)}</script>' for one in blocks)
    sheet = ItemSheet(base=PAGE, at=datetime(2026, 11, 25, tzinfo=UTC), limit=50, seen=set())
    reader = PageReader(parse_config(BrandSiteConfig, {"sourceUrl": PAGE}))
    reader.read(Fetched(PAGE, "text/html", f"<html><head>{scripts}</head></html>".encode()), sheet)
    return sheet.items


PARTS = [
    {"@type": "ImageObject", "@id": "#i", "url": {"@id": "https://cdn.test/r.jpg"}},
    {"@type": "Brand", "@id": f"{PAGE}#b", "name": "Acme"},
    {"@type": "Offer", "@id": "#o", "price": "77", "priceCurrency": "EUR"},
]
REFERRING = product(image={"@id": f"{PAGE}#i"}, brand={"@id": "#b"}, offers=[{"@id": "#o"}])


@pytest.mark.parametrize(
    "blocks",
    [
        [{"@graph": [REFERRING, *PARTS]}],
        [{"@graph": [*PARTS, REFERRING]}],
        [REFERRING, *PARTS],
        [*PARTS, REFERRING],
        [product(image="#i", brand={"@id": "#b"}, offers={"@id": "#o"}), PARTS],
    ],
    ids=["graph", "parts-first", "blocks", "blocks-parts-first", "text"],
)
def test_references_are_followed_within_and_across_blocks(blocks: list[Any]) -> None:
    [item] = read(*blocks)
    assert (item.image_url, item.brand, item.price) == ("https://cdn.test/r.jpg", "Acme", Price(77.0, "EUR"))


def test_what_several_blocks_say_of_one_product_is_joined() -> None:
    [item] = read(
        {"@type": "Product", "@id": "#p", "name": "Coat", "image": PICTURE},
        {"@type": "Product", "@id": "#p", "offers": OFFER, "url": PAGE},
    )
    assert (item.title, item.price) == ("Coat", Price(120.0, "EUR"))


def test_references_in_a_circle_end() -> None:
    circle = product(image={"@id": "#i"}, brand={"@id": "#i"})
    assert read(circle, {"@id": "#i", "image": {"@id": "#i"}, "url": {"@id": "#i"}, "name": {"@id": "#i"}}) == []


@pytest.mark.parametrize(
    "name", [{"@value": "Coat", "@language": "en"}, [{"@value": "Coat"}], {"@list": ["Coat"]}, ["Coat", "Mantel"]]
)
def test_values_are_taken_out_of_their_wrappings(name: Any) -> None:
    assert [item.title for item in read(product(name=name))] == ["Coat"]


@pytest.mark.parametrize(
    "image",
    [
        f'["{PICTURE}"]',
        f"{PICTURE},https://cdn.test/2.jpg",
        f"{PICTURE}, //cdn.test/2.jpg",
        {"@type": "ImageObject", "thumbnail": PICTURE},
        {"@list": [PICTURE]},
        [None, "", PICTURE],
        {"contentUrl": [PICTURE]},
        {"url": {"@value": PICTURE}},
    ],
)
def test_a_picture_is_found_however_it_is_written(image: Any) -> None:
    assert [item.image_url for item in read(product(image=image))] == [PICTURE]


@pytest.mark.parametrize("kind", ["Offer", "AggregateOffer", "https://schema.org/Offer"])
def test_an_offer_may_stand_around_its_product(kind: str) -> None:
    inner = {"@type": "Product", "name": "Io", "image": PICTURE}
    [item] = read({"@type": kind, "price": "20", "priceCurrency": "EUR", "url": "/p/io", "itemOffered": inner})
    assert (item.product_url, item.price) == ("https://shop.test/p/io", Price(20.0, "EUR"))
    listed = {"@type": "OfferCatalog", "itemListElement": [{"@type": kind, "price": 5, "itemOffered": product()}]}
    [item] = read(listed)
    assert item.price is not None
    assert item.price.amount == 5 or item.price == Price(120.0, "EUR")
    [item] = read({"@type": kind, "price": 9, "url": "/p/9", "itemOffered": {"@id": "#x"}}, inner | {"@id": "#x"})
    assert item.title == "Io"


def test_what_templates_leave_of_nothing_is_nothing() -> None:
    [item] = read(product(brand="undefined", image=["null", PICTURE]))
    assert (item.brand, item.image_url) == (None, PICTURE)
