"""From what an adapter read to items that may be stored: every check that holds for all kinds, in one place."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from shared.errors import ProcessorError
from shared.observe.log import log_event
from shared.scraping.base import Drop, FoundItem, Price
from shared.scraping.urls import has_token, without_token
from shared.text import one_line
from shared.web.urls import absolute, normalised

logger = logging.getLogger(__name__)
Entry = TypeVar("Entry")
Read = TypeVar("Read")
MAX_TITLE: Final = 300
MAX_DESCRIPTION: Final = 2_000
MAX_BRAND: Final = 100
MAX_TAG: Final = 50
MAX_TAGS: Final = 20
MAX_PICTURES: Final = 20
MAX_LINKS: Final = 10
NO_PICTURES: Final = (".svg", ".mp4", ".webm", ".m3u8", ".gifv", ".html", ".pdf", ".js", ".css")


@dataclass(frozen=True, slots=True)
class Draft:
    """What an adapter read of one item, unchecked: texts of any length, addresses relative to the page, best image first."""

    product_url: str = ""
    title: str = ""
    description: str = ""
    images: tuple[str, ...] = ()
    buy_links: tuple[str, ...] = ()
    price: Price | None = None
    brand: str = ""
    tags: tuple[str, ...] = ()
    reddit_score: int | None = None
    created_at: datetime | None = None

    def completed_by(self, other: "Draft") -> "Draft":
        """Return this draft with what it lacks taken from `other`."""
        return replace(
            self,
            product_url=self.product_url or other.product_url,
            title=self.title or other.title,
            description=self.description or other.description,
            images=self.images or other.images,
            buy_links=self.buy_links or other.buy_links,
            price=self.price or other.price,
            brand=self.brand or other.brand,
            tags=self.tags or other.tags,
            created_at=self.created_at or other.created_at,
        )


class ItemSheet:
    """Collects one page's items. `seen`: the product URLs of earlier pages, added to."""

    def __init__(self, *, base: str, at: datetime, limit: int, seen: set[str]) -> None:
        self.base = base
        self.at = at
        self.items: list[FoundItem] = []
        self.dropped: Counter[Drop] = Counter()
        self._limit = limit
        self._seen = seen

    def drop(self, why: Drop, count: int = 1) -> None:
        """Count something that was left out."""
        if count:
            self.dropped[why] += count

    def offer(self, draft: Draft) -> None:
        """Check `draft` and take it in, or count why not."""
        found = self._checked(draft)
        if isinstance(found, Drop):
            self.drop(found)
        elif found.product_url in self._seen:
            self.drop(Drop.DUPLICATE)
        elif len(self.items) >= self._limit:
            self.drop(Drop.OVER_ITEM_LIMIT)
        else:
            self._seen.add(found.product_url)
            self.items.append(found)

    def offer_each(self, entries: Iterable[Entry], draft_of: Callable[[Entry], Draft]) -> None:
        """Offer a draft of each entry."""
        for draft in self.each(entries, draft_of):
            self.offer(draft)

    def each(self, entries: Iterable[Entry], read: Callable[[Entry], Read]) -> list[Read]:
        """Return what `read` makes of each entry. One that fails in a way that nobody foresaw is counted and costs no other."""
        found = []
        for entry in entries:
            try:
                found.append(read(entry))
            except (ProcessorError, MemoryError):  # what is too much for the whole page, or for this instance
                raise
            except Exception as error:  # noqa: BLE001  (one entry's failure is its own)
                self.drop(Drop.FAILED)
                log_event(logger, "an entry of a source could not be read", level=logging.WARNING, cause=type(error).__name__)
        return found

    def _checked(self, draft: Draft) -> FoundItem | Drop:
        title = one_line(draft.title, MAX_TITLE)
        if not title:
            return Drop.NO_TITLE
        product_url = normalised(draft.product_url, base=self.base)
        if product_url is None:
            return Drop.NO_PRODUCT_URL
        if has_token(product_url):
            return Drop.PRODUCT_URL_WITH_TOKEN
        pictures = self._pictures(draft.images)
        if not pictures:
            return Drop.NO_IMAGE
        return FoundItem(
            title=title,
            image_url=pictures[0],
            product_url=product_url,
            description=one_line(draft.description, MAX_DESCRIPTION),
            buy_links=self._links(draft.buy_links),
            price=draft.price,
            brand=one_line(draft.brand, MAX_BRAND) or None,
            tags=_tags(draft.tags),
            gallery_images=pictures if len(pictures) > 1 else (),
            reddit_score=draft.reddit_score,
            source_created_at=min(draft.created_at, self.at) if draft.created_at else None,
        )

    def _pictures(self, addresses: Iterable[str]) -> tuple[str, ...]:
        """Return the addresses that may be stored, each once, in order; those left out are counted."""
        kept: dict[str, None] = {}
        for address in list(addresses)[: MAX_PICTURES * 2]:
            url = absolute(self.base, address)
            if url is None or url.partition("?")[0].casefold().endswith(NO_PICTURES):
                self.drop(Drop.IMAGE_NOT_USABLE)
                continue
            clean = without_token(url)
            if clean is None:
                self.drop(Drop.IMAGE_WITH_TOKEN)
            else:
                kept[clean] = None
        return tuple(kept)[:MAX_PICTURES]

    def _links(self, addresses: Iterable[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for address in addresses:
            url = normalised(address, base=self.base)
            if url and not has_token(url):
                found[url] = None
        return tuple(found)[:MAX_LINKS]


def _tags(texts: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for text in texts:
        tag = one_line(text, MAX_TAG)
        if tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:MAX_TAGS]
