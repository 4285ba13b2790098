"""`shopify`: a Shopify shop's public listing, `/products.json` or `/collections/<name>/products.json`."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from pydantic import Field
from yarl import URL

from shared.scraping.base import Currency, Drop, HttpUrl, Name, PageOfItems, SourceConfig, Visit, not_readable, parse_config
from shared.scraping.html import text_of_html
from shared.scraping.items import Draft, ItemSheet
from shared.scraping.json_pages import instant, json_object, objects, text_of, texts
from shared.scraping.prices import read_machine_price
from shared.scraping.walking import Listing, Perhaps, walk
from shared.web.fetch import Fetched

ACCEPT: Final = "application/json"
PAGE_SIZE: Final = 100
FILE: Final = "products.json"
ADDRESS: Final = re.compile(r"^\s*((https?:)?//|/)", re.IGNORECASE)
NUMBER: Final = re.compile(r"^[0-9]{1,6}$")


def is_products_json(url: str) -> bool:
    """True for the address of a Shopify listing."""
    return URL(url).path.endswith(f"/{FILE}")


class ShopifyConfig(SourceConfig):
    """A shop's `config`. `currency`: that of its prices, which the listing does not say."""

    source_url: HttpUrl = Field(alias="sourceUrl")
    brand: Name | None = None
    currency: Currency | None = None


class Shopify:
    """Implements `base.SourceAdapter`."""

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise what is wrong with `config`."""
        parse_config(ShopifyConfig, config)

    def pages(self, config: Mapping[str, Any], visit: Visit) -> AsyncIterator[PageOfItems]:
        """Return the listing's pages."""
        shop = parse_config(ShopifyConfig, config)

        def read(page: Fetched, sheet: ItemSheet) -> str | Perhaps | None:
            return _read(page, sheet, shop)

        return walk(Listing(_page_address(shop.source_url, 1), ACCEPT, read), visit)


def _page_address(source_url: str, number: int) -> str:
    url = URL(source_url)
    listing = url if is_products_json(source_url) else url / FILE
    return str(listing.update_query(limit=str(PAGE_SIZE), page=str(number)))


def _read(page: Fetched, sheet: ItemSheet, shop: ShopifyConfig) -> str | Perhaps | None:
    """Offer the page's products. Only an empty page is the last: what is sold out, or for other countries, is left out of a
    page after it was counted.
    """
    products = json_object(page).get("products")
    if not isinstance(products, list):
        raise not_readable("the JSON has no list of products: this is no Shopify listing")
    readable = [one for one in objects(products) if isinstance(one.get("handle"), str)]
    sheet.drop(Drop.NOT_READABLE, len(products) - len(readable))
    sheet.offer_each(readable, lambda product: _draft(product, shop))
    if not products:
        return None
    number = URL(page.url).query.get("page", "1")
    further = _page_address(page.url, int(number) + 1 if NUMBER.match(number) else 2)
    return further if len(products) >= PAGE_SIZE else Perhaps(further)


def _draft(product: dict[str, Any], shop: ShopifyConfig) -> Draft:
    variants = objects(product.get("variants"))
    sold = [one for one in variants if one.get("available") is not False] or variants
    prices = [price for one in sold if (price := read_machine_price(one.get("price"), assumed=shop.currency))]
    tags = product.get("tags")
    return Draft(
        product_url=f"/products/{product['handle']}",
        title=text_of(product.get("title")),
        description=text_of_html(text_of(product.get("body_html"))),
        images=tuple(_pictures(product, variants)),
        price=min(prices, key=lambda price: price.amount, default=None),
        brand=shop.brand or text_of(product.get("vendor")),
        tags=(*texts(product.get("product_type")), *(tags.split(",") if isinstance(tags, str) else texts(tags))),
        created_at=instant(product.get("published_at")),
    )


def _pictures(product: dict[str, Any], variants: list[dict[str, Any]]) -> list[str]:
    """Return a product's pictures: its own, else its variants'; as objects, or as addresses where a clone lists those."""
    images = product.get("images")
    listed = images if isinstance(images, list) else [images]
    found = [one.get("src") if isinstance(one, dict) else one for one in (*listed, product.get("image"))]
    own = [address for address in texts(found) if ADDRESS.match(address)]
    return list(dict.fromkeys(own or texts([one.get("src") for one in objects([v.get("featured_image") for v in variants])])))
