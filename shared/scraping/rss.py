"""`rss`: a feed of outfits or products (RSS, Atom, and the `g:` fields of shops' product feeds); entries need a picture."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from shared.errors import PermanentError
from shared.scraping.base import Currency, HttpUrl, Name, PageOfItems, Price, SourceConfig, Visit, not_readable, parse_config
from shared.scraping.html import ReadingTime, pictures_shown, text_of_html
from shared.scraping.items import Draft, ItemSheet
from shared.scraping.json_pages import objects, texts
from shared.scraping.looks import Shown, looks, shared_by_many
from shared.scraping.prices import read_machine_price
from shared.scraping.walking import Listing, walk
from shared.web.feed_dates import read_date
from shared.web.feed_parser import opened, parse_feed
from shared.web.feeds import link_of, published_of
from shared.web.fetch import Fetched

ACCEPT: Final = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
MAX_ENTRIES: Final = 1_000
PICTURE_FILES: Final = (".jpg", ".jpeg", ".png", ".webp", ".avif")


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
    try:
        entries = parse_feed(opened(page.body), page.headers.get("content-type", page.content_type))[:MAX_ENTRIES]
    except PermanentError as error:
        raise not_readable(str(error)) from error
    left = ReadingTime()
    sights = sheet.each(entries, lambda entry: _Sight(entry, list(_attached(entry)), _in_its_text(entry, left)))
    shared = shared_by_many([[one.url for one in (*sight.attached, *sight.in_text)] for sight in sights])
    sheet.offer_each(sights, lambda sight: _draft(sight, feed, shared, sheet.at))


@dataclass(frozen=True, slots=True)
class _Sight:
    """An entry and the pictures that it shows: those that come with it, and those of its text."""

    entry: Mapping[str, Any]
    attached: list[Shown]
    in_text: list[Shown]


def _draft(sight: _Sight, feed: RssConfig, shared: frozenset[str], at: datetime) -> Draft:
    entry = sight.entry
    own = list(texts([entry.get("g_image_link"), entry.get("g_additional_image_link")]))  # a shop's variants share theirs
    return Draft(
        product_url=next(texts(entry.get("g_link")), "") or link_of(entry),
        title=text_of_html(next(texts([entry.get("title"), entry.get("g_title"), entry.get("media_heading")]), "")),
        description=text_of_html(next(texts([entry.get(name) for name in ("summary", "g_description", "media_caption")]), "")),
        images=tuple(own or looks(sight.attached, shared) or looks(sight.in_text, shared)[:1]),
        price=_price(entry, feed.currency, at),
        brand=next(texts([entry.get("g_brand"), feed.brand]), ""),
        tags=tuple(texts([one.get("term") for one in objects(entry.get("tags"))])),
        created_at=published_of(entry),
    )


def _attached(entry: Mapping[str, Any]) -> Iterator[Shown]:
    """Yield what comes with the entry: Media RSS, enclosures, its own image; thumbnails only where there is nothing else."""
    full = [
        *(_shown(one, one.get("url")) for one in objects(entry.get("media_content")) if _is_picture(one)),
        *(_shown(one, one.get("href")) for one in objects(entry.get("enclosures")) if _is_picture(one)),
        *(_shown(one, one.get("href") or one.get("url")) for one in objects(entry.get("image"))),
    ]
    found = [one for one in full if one.url]
    yield from found or (
        one for one in (_shown(one, one.get("url")) for one in objects(entry.get("media_thumbnail"))) if one.url
    )


def _in_its_text(entry: Mapping[str, Any], left: ReadingTime) -> list[Shown]:
    """Return the pictures of the first of its bodies that shows any look."""
    left.check()
    bodies = [*(one.get("value") for one in objects(entry.get("content"))), entry.get("summary")]
    shown = (pictures_shown(body) for body in texts(bodies))
    return next((found for found in shown if any(one.is_look for one in found)), [])


def _shown(media: Mapping[str, Any], url: object) -> Shown:
    return Shown.said(url if isinstance(url, str) else "", media.get("width"), media.get("height"))


def _is_picture(media: Mapping[str, Any]) -> bool:
    kind, medium = str(media.get("type") or ""), str(media.get("medium") or "")
    address = str(media.get("url") or media.get("href") or "").partition("?")[0].casefold()
    by_name = not medium and kind in {"", "application/octet-stream"} and address.endswith(PICTURE_FILES)
    return kind.startswith("image/") or medium == "image" or by_name or not (kind or medium)


def _price(entry: Mapping[str, Any], currency: str | None, at: datetime) -> Price | None:
    """Return what is paid now: the sale's price, unless it says that the sale is over or has not begun."""
    begins, _, ends = str(entry.get("g_sale_price_effective_date") or "").partition("/")
    start, end = read_date(begins), read_date(ends)
    on_sale = not ((start and at < start) or (end and at > end))
    sale = read_machine_price(entry.get("g_sale_price"), assumed=currency) if on_sale else None
    return sale or read_machine_price(entry.get("g_price"), assumed=currency)
