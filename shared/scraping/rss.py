"""`rss`: a feed of outfits or products (RSS, Atom, and the `g:` fields of shops' product feeds); entries need a picture."""

import calendar
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import feedparser
from pydantic import Field

from shared.scraping.base import Currency, HttpUrl, Name, PageOfItems, SourceConfig, Visit, not_readable, parse_config
from shared.scraping.html import first_picture, text_of_html
from shared.scraping.items import Draft, ItemSheet
from shared.scraping.json_pages import texts
from shared.scraping.prices import read_price
from shared.scraping.walking import Listing, walk
from shared.web.feeds import HTML_PAGE
from shared.web.fetch import Fetched

ACCEPT: Final = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
MAX_ENTRIES: Final = 1_000


class RssConfig(SourceConfig):
    """A feed's `config`."""

    source_url: HttpUrl = Field(alias="sourceUrl")
    brand: Name | None = None
    currency: Currency | None = None


class Rss:
    """Implements `base.SourceAdapter`."""

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise what is wrong with `config`."""
        parse_config(RssConfig, config)

    def pages(self, config: Mapping[str, Any], visit: Visit) -> AsyncIterator[PageOfItems]:
        """Return the feed as one page."""
        feed = parse_config(RssConfig, config)

        def read(page: Fetched, sheet: ItemSheet) -> str | None:
            _read(page, sheet, feed)
            return None

        return walk(Listing(feed.source_url, ACCEPT, read), visit)


def _read(page: Fetched, sheet: ItemSheet, feed: RssConfig) -> None:
    if HTML_PAGE.match(page.body[:200]):
        raise not_readable("an HTML page came where a feed was expected")
    headers = {"content-type": page.headers.get("content-type", page.content_type)}
    parsed = feedparser.parse(page.body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version"):
        raise not_readable("it is no feed of a known kind")
    for entry in parsed["entries"][:MAX_ENTRIES]:
        sheet.offer(_draft(entry, feed))


def _draft(entry: Mapping[str, Any], feed: RssConfig) -> Draft:
    bodies = [str(one.get("value", "")) for one in entry.get("content", [])] + [str(entry.get("summary") or "")]
    return Draft(
        product_url=next(texts([entry.get("g_link"), entry.get("link"), entry.get("id")]), ""),
        title=text_of_html(next(texts([entry.get("title"), entry.get("g_title")]), "")),
        description=text_of_html(str(entry.get("summary") or entry.get("g_description") or "")),
        images=tuple(_pictures(entry) or next((found for body in bodies if (found := first_picture(body))), [])),
        price=read_price(entry.get("g_sale_price") or entry.get("g_price"), assumed=feed.currency),
        brand=next(texts([entry.get("g_brand"), feed.brand]), ""),
        tags=tuple(texts([one.get("term") for one in entry.get("tags", [])])),
        created_at=_published(entry),
    )


def _pictures(entry: Mapping[str, Any]) -> list[str]:
    """Return the entry's pictures: the shop's own field, Media RSS, enclosures, thumbnails."""
    media = [one.get("url") for one in entry.get("media_content", []) if _is_picture(one)]
    enclosed = [one.get("href") for one in entry.get("enclosures", []) if _is_picture(one)]
    full = list(texts([entry.get("g_image_link"), *media, *enclosed]))
    return full or list(texts([one.get("url") for one in entry.get("media_thumbnail", [])]))


def _is_picture(media: Mapping[str, Any]) -> bool:
    kind, medium = str(media.get("type") or ""), str(media.get("medium") or "")
    return kind.startswith("image/") or medium == "image" or not (kind or medium)


def _published(entry: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(entry.get("published_parsed") or entry["updated_parsed"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
