"""Serves the sample sites, each on a port of its own as hosts of their own would be; all of them know `/pictures/`."""

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

SITES: Final = Path(__file__).parent / "sites"
NAMES: Final = ("brand", "forum", "magazine")


class _SiteHandler(SimpleHTTPRequestHandler):
    extensions_map: Final = {  # type: ignore[misc]  # as http.server documents it
        ".html": "text/html; charset=utf-8", ".json": "application/json", ".xml": "application/rss+xml", ".txt": "text/plain",
        ".jpg": "image/jpeg", ".webp": "image/webp", "": "application/octet-stream",
    }  # fmt: skip

    def translate_path(self, path: str) -> str:
        """Return the file: of the site, or of the pictures beside the sites."""
        if path.startswith("/pictures/"):
            return str(SITES / "pictures" / Path(path.partition("?")[0]).name)
        return super().translate_path(path)

    def log_message(self, *_args: object) -> None:
        """Say nothing: the app's log tells of every page."""


@contextlib.contextmanager
def served_site(name: str) -> Iterator[str]:
    """Serve one of `NAMES` on a free local port; yields `host:port`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_SiteHandler, directory=str(SITES / name)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


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
