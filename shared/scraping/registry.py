"""Which kinds of source there are. A new kind is one file beside this one, and one line here."""

from typing import Final

from shared.errors import PermanentError, Reason
from shared.scraping.base import SourceAdapter
from shared.scraping.brand_site import BrandSite
from shared.scraping.reddit import Reddit
from shared.scraping.rss import Rss
from shared.scraping.shopify import Shopify
from shared.text import one_line

ADAPTERS: Final[dict[str, SourceAdapter]] = {
    "brand_site": BrandSite(),
    "reddit": Reddit(),
    "rss": Rss(),
    "shopify": Shopify(),
}


def adapter_of(kind: str) -> SourceAdapter:
    """Return the adapter of a `sourceType`. Raises `PermanentError(PAYLOAD_INVALID)` for a kind that nobody reads."""
    adapter = ADAPTERS.get(kind)
    if adapter is None:
        raise PermanentError(
            f"sourceType: got {one_line(repr(kind), 60)}, expected one of {', '.join(sorted(ADAPTERS))}",
            reason=Reason.PAYLOAD_INVALID,
        )
    return adapter
