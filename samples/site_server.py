"""The sample sites: each on a port of its own as hosts of their own would be; all of them know `/pictures/`."""

from contextlib import AbstractContextManager
from typing import Final

from samples.serving import served

NAMES: Final = ("brand", "forum", "magazine")


def served_site(name: str) -> AbstractContextManager[str]:
    """Serve one of `NAMES` on a free local port; yields `host:port`."""
    return served(f"sites/{name}")


def sources(hosts: dict[str, str]) -> list[dict[str, object]]:
    """Return the catalogue's documents of the sample sites; `hosts`: `host:port` by name."""
    common = {"isGlobal": True, "isActive": True, "createdAt": "2026-11-20T08:00:00.000Z", "createdBy": "sample"}
    brand = {
        "sourceUrl": f"http://{hosts['brand']}/collection.html", "productContainer": "article.card", "title": ".card__name",
        "price": ".card__price", "imageUrl": "img", "imageAttr": "data-src", "productUrl": "a.card__link",
        "pagination": {"type": "link", "nextSelector": "a.next"},
    }  # fmt: skip
    return [
        {"id": "plain-thread", "sourceType": "brand_site", "name": "Plain Thread", "config": brand, **common},
        {
            "id": "r-outfits", "sourceType": "reddit", "name": "r/outfits",
            "config": {"subreddit": "outfits", "baseUrl": f"http://{hosts['forum']}"}, **common,
        },
        {
            "id": "street-seams", "sourceType": "rss", "name": "Street Seams",
            "config": {"sourceUrl": f"http://{hosts['magazine']}/feed.xml"}, **common,
        },
    ]  # fmt: skip
