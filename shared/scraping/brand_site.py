"""`brand_site`: a shop's own pages. What the page says for machines is preferred; the config's CSS selectors fill the gaps.

A `sourceUrl` that ends in `products.json` is a Shopify shop's own listing and is read as such.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final

from bs4 import BeautifulSoup, Tag
from pydantic import AfterValidator, Field

from shared.collector import UNCOLLECTED
from shared.scraping.base import Currency, Drop, HttpUrl, Name, PageOfItems, SourceConfig, Visit, parse_config
from shared.scraping.html import ReadingTime, Selecting, attribute, compile_selector, matches, parse_html, pictures_of
from shared.scraping.items import Draft, ItemSheet
from shared.scraping.prices import read_price
from shared.scraping.shopify import Shopify, is_products_json
from shared.scraping.structured_data import StructuredData, read_structured_data
from shared.scraping.walking import Listing, walk
from shared.web.fetch import Fetched
from shared.web.urls import absolute, normalised

ACCEPT: Final = "text/html, application/xhtml+xml, */*;q=0.1"
MAX_CONTAINERS: Final = 500
REL_NEXT: Final = compile_selector('link[rel~="next"][href], a[rel~="next"][href]')


def _selector(text: str) -> str:
    if text:
        compile_selector(text)
    return text


Selector = Annotated[str, AfterValidator(_selector)]


class Pagination(SourceConfig):
    """How a listing goes on. `type` `none`: it does not. Without a `nextSelector` the page's own `rel="next"` is followed."""

    type: str = "next"
    next_selector: Selector | None = Field(None, alias="nextSelector")


class BrandSiteConfig(SourceConfig):
    """A brand site's `config`. All selectors but `productContainer` are tried inside a container.

    Defaults: no `productContainer` (only what the page says for machines is read), the first heading, no price, the first
    `img`, the first link. `imageAttr` is tried before the lazy-load attributes and `src`.
    """

    source_url: HttpUrl = Field(alias="sourceUrl")
    product_container: Selector | None = Field(None, alias="productContainer")
    title: Selector | None = None
    price: Selector | None = None
    image_url: Selector | None = Field(None, alias="imageUrl")
    image_attr: Name | None = Field(None, alias="imageAttr")
    product_url: Selector | None = Field(None, alias="productUrl")
    pagination: Pagination | None = None
    brand: Name | None = None
    currency: Currency | None = None


class BrandSite:
    """Implements `base.SourceAdapter`."""

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise what is wrong with `config`."""
        parse_config(BrandSiteConfig, config)

    def pages(self, config: Mapping[str, Any], visit: Visit) -> AsyncIterator[PageOfItems]:
        """Return the listing's pages."""
        site = parse_config(BrandSiteConfig, config)
        if is_products_json(site.source_url):
            return Shopify().pages(config, visit)
        reader = PageReader(site)
        return walk(Listing(site.source_url, ACCEPT, reader.read), visit)


class PageReader:
    """Reads one page of a brand's listing."""

    def __init__(self, site: BrandSiteConfig) -> None:
        self._site = site
        self._container = compile_selector(site.product_container) if site.product_container else None
        self._title = compile_selector(site.title or "h1, h2, h3, h4")
        self._price = compile_selector(site.price) if site.price else None
        self._image = compile_selector(site.image_url or "img")
        self._link = compile_selector(site.product_url or "a[href]")
        following = site.pagination.next_selector if site.pagination else None
        self._next = compile_selector(following) if following else REL_NEXT
        self._ends = site.pagination is not None and site.pagination.type.casefold() == "none"

    def read(self, page: Fetched, sheet: ItemSheet) -> str | None:
        """Offer the page's products; return the next page's address."""
        left = ReadingTime()
        with UNCOLLECTED:
            soup = parse_html(page.body, page.headers.get("content-type", page.content_type))
            try:
                return self._read(soup, page, sheet, left)
            finally:
                soup.clear(decompose=True)  # a tree is all cycles: broken here, no collection has to walk through it

    def _read(self, soup: BeautifulSoup, page: Fetched, sheet: ItemSheet, left: ReadingTime) -> str | None:
        sheet.base = _base(soup, page.url)
        structured = read_structured_data(soup, at=sheet.at, currency=self._site.currency, page_url=page.url)
        sheet.drop(Drop.BROKEN_STRUCTURED_DATA, structured.broken)
        for draft in self._merged(structured, self._selected(soup, left), sheet.base, page.url):
            sheet.offer(draft)
        return self._following(soup, sheet.base, left)

    def _selected(self, soup: BeautifulSoup, left: ReadingTime) -> list[Draft]:
        if self._container is None:
            return []
        return [self._draft(one, left) for one in matches(soup, self._container, MAX_CONTAINERS, left)]

    def _draft(self, container: Tag, left: ReadingTime) -> Draft:
        def first(selector: Selecting | None) -> Tag | None:
            return next(iter(matches(container, selector, 1, left)), None) if selector else None

        title, link, price = first(self._title), first(self._link), first(self._price)
        pictures = [
            found for one in matches(container, self._image, 3, left) for found in pictures_of(one, self._site.image_attr)
        ]
        return Draft(
            product_url=_href(link) if link else "",
            title=(_text_or(title, "title") if title else "") or (attribute(link, "title") if link else ""),
            images=tuple(pictures),
            price=read_price(price.get_text(" ") or attribute(price, "content"), assumed=self._site.currency)
            if price
            else None,
        )

    def _merged(self, structured: StructuredData, selected: list[Draft], base: str, page_url: str) -> list[Draft]:
        """Join what both say of one product: the machines' word first. A lone product without an address is the page."""
        said = list(structured.products)
        if structured.page is not None and not selected:
            alone = said[0].completed_by(structured.page) if len(said) == 1 else structured.page
            said = [alone] if len(said) <= 1 else said
        if len(said) == 1 and not selected and not said[0].product_url:
            said = [said[0].completed_by(Draft(product_url=page_url))]
        drafts: dict[str, Draft] = {}
        for number, draft in enumerate([*said, *selected]):
            key = normalised(draft.product_url, base=base) or f"#{number}"
            drafts[key] = drafts[key].completed_by(draft) if key in drafts else draft
        own = Draft(brand=self._site.brand or "")
        return [draft.completed_by(own) for draft in drafts.values()]

    def _following(self, soup: BeautifulSoup, base: str, left: ReadingTime) -> str | None:
        if self._ends:
            return None
        found = matches(soup, self._next, 1, left)
        return absolute(base, _href(found[0])) if found and _href(found[0]) else None


def _text_or(element: Tag, name: str) -> str:
    return element.get_text(" ").strip() or attribute(element, name)


def _href(element: Tag) -> str:
    """Return where a link leads; of an element around a link, where that does."""
    inner = element.find("a", href=True) if not element.has_attr("href") else None
    return attribute(inner if isinstance(inner, Tag) else element, "href") or attribute(element, "data-href")


def _base(soup: BeautifulSoup, page_url: str) -> str:
    element = soup.find("base", href=True)
    return (absolute(page_url, attribute(element, "href")) if isinstance(element, Tag) else None) or page_url
