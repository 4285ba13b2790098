"""What a page says about its products for machines: JSON-LD `Product` and `ItemList` (schema.org), and OpenGraph.

Broken JSON-LD is common: such a block is counted and the rest of the page is still read.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bs4 import BeautifulSoup

from shared.scraping.base import Price
from shared.scraping.html import attribute, text_of_html
from shared.scraping.items import Draft
from shared.scraping.prices import read_price

MAX_NODES: Final = 20_000
MAX_PRODUCTS: Final = 1_000
PRODUCTS: Final = frozenset({"product", "productgroup", "individualproduct", "productmodel", "someproducts"})
LISTS: Final = frozenset({"itemlist", "offercatalog"})
ENTRIES: Final = frozenset({"listitem", "thing"})
REVIEWED: Final = "itemreviewed"  # a review's product is sold somewhere else
OPEN_GRAPH_PRODUCTS: Final = frozenset({"product", "og:product", "product.item"})


@dataclass(frozen=True, slots=True)
class StructuredData:
    """`products` in the page's order; `page` where OpenGraph says that the page itself is one; `broken` counts blocks."""

    products: tuple[Draft, ...] = ()
    page: Draft | None = None
    broken: int = 0


def read_structured_data(soup: BeautifulSoup, *, currency: str | None = None) -> StructuredData:
    """Return what the page has of both. `currency`: assumed where a price comes without one."""
    products: list[Draft] = []
    broken = 0
    for script in soup.find_all("script", attrs={"type": re.compile(r"^\s*application/ld\+json", re.IGNORECASE)}):
        text = script.get_text()
        if not text.strip():
            continue
        try:
            document = json.loads(_unwrapped(text), strict=False)
        except (ValueError, RecursionError):
            broken += 1
            continue
        products += [_product(node, currency) for node in _product_nodes(document)]
    return StructuredData(tuple(products[:MAX_PRODUCTS]), _open_graph(soup, currency), broken)


def _unwrapped(text: str) -> str:
    """Return the JSON between the comment or CDATA marks, and before the semicolon, that some pages put around it."""
    bare = text.strip()
    for mark in ("//<![CDATA[", "// <![CDATA[", "<![CDATA[", "<!--"):
        bare = bare.removeprefix(mark)
    bare = bare.rstrip("; \n\r\t")
    for mark in ("//]]>", "// ]]>", "]]>", "-->"):
        bare = bare.removesuffix(mark)
    return bare.strip().rstrip(";")


def _product_nodes(document: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  (JSON)
    """Yield every product, and every list entry that may be one, without those that are only related to another."""
    waiting: list[tuple[Any, bool]] = [(document, False)]
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node, listed = waiting.pop()
        if isinstance(node, list):
            waiting += [(one, listed) for one in reversed(node)]
            continue
        if not isinstance(node, dict):
            continue
        types = _types(node)
        inner = node.get("item") or node.get("itemOffered")
        if types & PRODUCTS or (listed and types <= ENTRIES and not isinstance(inner, dict)):
            yield node
            continue
        below = [
            (value, bool(types & LISTS and name.casefold() == "itemlistelement") or (listed and name == "item"))
            for name, value in node.items() if isinstance(value, dict | list) and name.casefold() != REVIEWED
        ]  # fmt: skip
        waiting += reversed(below)


def _types(node: dict[str, Any]) -> set[str]:
    return {text.rpartition("/")[2].rpartition(":")[2].casefold() for text in _texts(node.get("@type"))}


def _product(node: dict[str, Any], currency: str | None) -> Draft:
    variants = [one for one in _nodes(node.get("hasVariant")) if isinstance(one, dict)]
    offers = _nodes(node.get("offers")) or [offer for variant in variants for offer in _nodes(variant.get("offers"))]
    item = node.get("item")
    address = _first(node.get("url")) or (item if isinstance(item, str) else "") or _first(node.get("@id"), http=True)
    images = _images(node.get("image")) or [image for variant in variants for image in _images(variant.get("image"))]
    return Draft(
        product_url=address or next((_first(offer.get("url")) for offer in offers if isinstance(offer, dict)), ""),
        title=html.unescape(_first(node.get("name"))),
        description=text_of_html(html.unescape(_first(node.get("description")))),
        images=tuple(images),
        price=_offered(offers, currency),
        brand=html.unescape(_first(node.get("brand"))),
        tags=tuple(_texts(node.get("category"))),
    )


def _offered(offers: list[Any], currency: str | None) -> Price | None:
    """Return the first price among the offers; of an aggregate, the lowest."""
    for offer in offers:
        if not isinstance(offer, dict):
            continue
        inner = _nodes(offer.get("priceSpecification"))
        for one in (offer, *(entry for entry in inner if isinstance(entry, dict))):
            for name in ("price", "lowPrice"):
                price = read_price(one.get(name), one.get("priceCurrency") or offer.get("priceCurrency"), assumed=currency)
                if price is not None:
                    return price
        nested = _offered(_nodes(offer.get("offers")), currency) if "offers" in offer else None
        if nested is not None:
            return nested
    return None


def _nodes(value: Any) -> list[Any]:  # noqa: ANN401
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> list[str]:  # noqa: ANN401
    return [one for one in _nodes(value) if isinstance(one, str)]


def _first(value: Any, *, http: bool = False) -> str:  # noqa: ANN401
    """Return the first text of a property: plain, in a list, or the name of a node."""
    for one in _nodes(value):
        text = one.get("name") or one.get("@id") if isinstance(one, dict) else one
        if isinstance(text, str) and text.strip() and (not http or text.startswith(("http://", "https://"))):
            return text
    return ""


def _images(value: Any) -> list[str]:  # noqa: ANN401
    found = []
    for one in _nodes(value):
        address = (one.get("contentUrl") or one.get("url")) if isinstance(one, dict) else one
        found += [text for text in _nodes(address) if isinstance(text, str) and text.strip()]
    return found


def _open_graph(soup: BeautifulSoup, currency: str | None) -> Draft | None:
    """Return the page's own product (https://ogp.me, and the product: names that shops use); None where it is none."""
    said: dict[str, list[str]] = {}
    for element in soup.find_all("meta", limit=500):
        name = attribute(element, "property") or attribute(element, "name")
        content = attribute(element, "content")
        if content:
            said.setdefault(name.casefold(), []).append(content)

    def first(*names: str) -> str:
        return next((said[name][0] for name in names if name in said), "")

    if first("og:type").casefold() not in OPEN_GRAPH_PRODUCTS:
        return None
    price = read_price(
        first("product:price:amount", "og:price:amount"),
        first("product:price:currency", "og:price:currency"),
        assumed=currency,
    )
    return Draft(
        product_url=first("og:url"),
        title=first("og:title"),
        description=first("og:description", "description"),
        images=tuple(said.get("og:image:secure_url", []) or said.get("og:image", [])),
        price=price,
        brand=first("product:brand", "og:brand"),
    )
