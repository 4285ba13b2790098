"""What a page says about its products for machines: JSON-LD `Product` and `ItemList` (schema.org), and OpenGraph.

Broken JSON-LD is common: such a block is counted and the rest of the page is still read.
"""

import html
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bs4 import BeautifulSoup

from shared.observe.log import log_event
from shared.scraping.html import attribute, text_of_html
from shared.scraping.items import Draft
from shared.scraping.lenient_json import read_lenient_json
from shared.scraping.linked_data import Graph, nodes, values
from shared.scraping.offers import price_now
from shared.scraping.prices import read_machine_price

logger = logging.getLogger(__name__)
MAX_NODES: Final = 20_000
MAX_PRODUCTS: Final = 1_000
PRODUCTS: Final = frozenset({"product", "productgroup", "individualproduct", "productmodel", "someproducts"})
LISTS: Final = frozenset({"itemlist", "offercatalog"})
ENTRIES: Final = frozenset({"listitem", "thing"})
REVIEWED: Final = "itemreviewed"  # a review's product is sold somewhere else
OFFERS: Final = frozenset({"offer", "aggregateoffer"})
LINKED_DATA: Final = re.compile(r"^\s*application/ld\+json", re.IGNORECASE)
BETWEEN_ADDRESSES: Final = re.compile(r",\s*(?=(?:https?:)?//)", re.IGNORECASE)
PICTURE_PROPERTIES: Final = ("contentUrl", "url", "thumbnail", "thumbnailUrl")
MAX_INSIDE: Final = 2
NOTHING: Final = frozenset({"undefined", "null", "None", "NaN", "[]"})  # what templates leave of no value
OPEN_GRAPH_PRODUCTS: Final = frozenset({"product", "og:product", "product.item"})


@dataclass(frozen=True, slots=True)
class StructuredData:
    """`products` in the page's order; `page` where OpenGraph says that the page itself is one; `broken` counts blocks."""

    products: tuple[Draft, ...] = ()
    page: Draft | None = None
    broken: int = 0


def read_structured_data(
    soup: BeautifulSoup, *, at: datetime, currency: str | None = None, page_url: str = ""
) -> StructuredData:
    """Return what the page has of both. `currency`: assumed where a price comes without one; `at`: the instant whose price
    counts; `page_url`: what the ids of its nodes are relative to.
    """
    documents: list[Any] = []
    broken = 0
    for script in soup.find_all("script", attrs={"type": LINKED_DATA}):
        text = script.get_text()
        if not text.strip():
            continue
        try:
            documents += read_lenient_json(text)
        except ValueError:
            broken += 1
    graph = Graph(documents, page_url)
    products = []
    for node in _product_nodes(documents, graph):
        try:
            products.append(_product(node, graph, currency, at))
        except Exception as error:  # noqa: BLE001  (one node's failure, which nobody foresaw, is its own: it counts as broken)
            broken += 1
            log_event(logger, "a node of a page could not be read", level=logging.WARNING, cause=type(error).__name__)
        if len(products) >= MAX_PRODUCTS:
            break
    return StructuredData(tuple(products), _open_graph(soup, currency), broken)


def _product_nodes(documents: list[Any], graph: Graph) -> Iterator[dict[str, Any]]:
    """Yield every product, and every list entry that may be one, without those that are only related to another. A product
    inside of an offer brings that offer along.
    """
    waiting: list[tuple[Any, bool]] = [(documents, False)]
    yielded: set[str] = set()
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node, listed = waiting.pop()
        if isinstance(node, list):
            waiting += [(one, listed) for one in reversed(node)]
            continue
        if not isinstance(node, dict):
            continue
        node = graph.whole(node)
        types = _types(node)
        offered = next((graph.whole(one) for one in nodes(node.get("itemOffered")) if isinstance(one, dict)), None)
        if types & OFFERS and offered is not None:
            waiting.append(({"offers": node, "url": node.get("url"), **offered}, listed))
            continue
        if types & PRODUCTS or (listed and types <= ENTRIES and not isinstance(node.get("item"), dict)):
            key = node.get("@id")
            if not isinstance(key, str) or key not in yielded:
                yield node
            yielded.add(str(key))
            continue
        below = [
            (value, bool(types & LISTS and name.casefold() == "itemlistelement") or (listed and name == "item"))
            for name, value in node.items() if isinstance(value, dict | list) and name.casefold() != REVIEWED
        ]  # fmt: skip
        waiting += reversed(below)


def _types(node: dict[str, Any]) -> set[str]:
    return {text.rpartition("/")[2].rpartition(":")[2].casefold() for text in values(node.get("@type"))}


def _product(node: dict[str, Any], graph: Graph, currency: str | None, at: datetime) -> Draft:
    variants = graph.objects(node.get("hasVariant"))
    offers = graph.objects(node.get("offers")) or [one for each in variants for one in graph.objects(each.get("offers"))]
    images = _images(node.get("image"), graph) or [one for each in variants for one in _images(each.get("image"), graph)]
    item = node.get("item")
    addresses = (
        _first(node.get("url"), graph), item if isinstance(item, str) else "",
        _first(node.get("mainEntityOfPage"), graph, http=True), _first(node.get("@id"), graph, http=True),
        *(_first(offer.get("url"), graph) for offer in offers[:1]),
    )  # fmt: skip
    return Draft(
        product_url=next(filter(None, addresses), ""),
        title=html.unescape(_first(node.get("name"), graph)),
        description=text_of_html(html.unescape(_first(node.get("description"), graph))),
        images=tuple(images),
        price=price_now(offers, graph, at=at, currency=currency),
        brand=html.unescape(_first(node.get("brand"), graph)),
        tags=tuple(values(node.get("category"))),
    )


def _first(value: Any, graph: Graph, *, http: bool = False) -> str:  # noqa: ANN401
    """Return the first text of a property: plain, in a list, with its language, or the name of a node."""
    for one in nodes(value):
        text = one
        if isinstance(one, dict):
            node = graph.whole(one)
            text = next((said for name in ("name", "url", "@id") for said in values(node.get(name))), "")
        if isinstance(text, str) and text.strip() and (not http or text.startswith(("http://", "https://"))):
            return "" if text.strip() in NOTHING else text
    return ""


def _images(value: Any, graph: Graph, *, inside: int = 0) -> list[str]:  # noqa: ANN401
    """Return a property's pictures: addresses, several in one text, or nodes that have some. `inside`: of how many nodes."""
    found: list[str] = []
    for one in nodes(value):
        node = graph.whole(one) if isinstance(one, dict) else graph.named(one)
        if node is not None and inside < MAX_INSIDE:
            inner = (_images(node.get(name), graph, inside=inside + 1) for name in PICTURE_PROPERTIES)
            own = next(filter(None, inner), [])
            # the id of an image's address is the address, that of an image is only its name
            found += own or ([_first(node.get("@id"), graph, http=True)] if inside else [])
        elif isinstance(one, str):
            found += _addresses(one)
    return [one for one in found if one]


def _addresses(text: str) -> list[str]:
    """Return the addresses in a text: one, a JSON list, or several between commas."""
    bare = text.strip()
    if bare.startswith("["):
        try:
            return list(values(json.loads(bare)))
        except (ValueError, RecursionError):
            return []
    return [one.strip() for one in BETWEEN_ADDRESSES.split(bare) if one.strip() and one.strip() not in NOTHING]


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
    price = read_machine_price(
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
