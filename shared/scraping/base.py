"""What every source adapter speaks: a typed config in, pages of bounded items out.

An adapter turns its config into a `Listing` (where it starts, how one page is read) and lets `walking.walk` do the rest, so
that budgets, politeness and endless paginations are handled in one place.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from shared.errors import PermanentError, Reason
from shared.text import one_line
from shared.web.fetch import Fetched
from shared.web.urls import absolute

MAX_SHOWN: Final = 80


class Drop(StrEnum):
    """Why something of a page was left out."""

    NO_TITLE = "no_title"
    NO_PRODUCT_URL = "no_product_url"
    NO_IMAGE = "no_image"
    IMAGE_NOT_USABLE = "image_not_usable"
    IMAGE_WITH_TOKEN = "image_with_token"  # noqa: S105  (no password)
    PRODUCT_URL_WITH_TOKEN = "product_url_with_token"  # noqa: S105
    DUPLICATE = "duplicate"
    OVER_ITEM_LIMIT = "over_item_limit"
    NOT_READABLE = "not_readable"
    DELETED = "deleted"
    NSFW = "nsfw"
    ADVERTISEMENT = "advertisement"
    OTHER_SUBREDDIT = "other_subreddit"
    FAILED = "failed"
    BROKEN_STRUCTURED_DATA = "broken_structured_data"


class Stopped(StrEnum):
    """Why a listing that goes on was not read further."""

    PAGE_BUDGET = "page_budget"
    BYTE_BUDGET = "byte_budget"
    ITEM_BUDGET = "item_budget"
    ROBOTS = "robots"
    SLOW_HOST = "slow_host"
    OTHER_HOST = "other_host"
    NOTHING_NEW = "nothing_new"


@dataclass(frozen=True, slots=True)
class Price:
    """`amount` in whole units; `currency` as ISO 4217, None where the page does not say (a bare `$` does not)."""

    amount: float
    currency: str | None


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An outfit or product. Texts are one bounded line; URLs are absolute http(s), without a token; `product_url` is
    normalised; `gallery_images` has all pictures, the first of them `image_url`, where there is more than one.
    """

    title: str
    image_url: str
    product_url: str
    description: str = ""
    buy_links: tuple[str, ...] = ()
    price: Price | None = None
    brand: str | None = None
    tags: tuple[str, ...] = ()
    gallery_images: tuple[str, ...] = ()
    comment_text: str = ""
    reddit_score: int | None = None
    source_created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """Where the listing goes on. `stopped`: why that page will not be read now, None when it is read next."""

    url: str
    stopped: Stopped | None = None


@dataclass(frozen=True, slots=True)
class PageOfItems:
    """One page's items. `dropped`: what was left out, by why. `validators`: the headers for the next conditional request,
    given with the first page; to be kept only once all of the walk's items are stored. `not_modified`: nothing was sent.
    """

    items: tuple[FoundItem, ...] = ()
    next: Continuation | None = None
    dropped: Counter[Drop] = field(default_factory=Counter)
    validators: Mapping[str, str] = field(default_factory=dict)
    not_modified: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one source and run. `bytes` bounds the unpacked bodies together, `page_bytes` each of them."""

    pages: int = 5
    items: int = 300
    bytes: int = 20 * 1024 * 1024
    page_bytes: int = 3 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class NotModified:
    """The answer to a conditional request: what was read last time still holds."""


class PageFetcher(Protocol):
    """What adapters read through: `polite.PoliteFetcher`."""

    async def get(
        self, url: str, *, accept: str, max_bytes: int, validators: Mapping[str, str] | None = None
    ) -> Fetched | NotModified:
        """Return the page. Raises `PermanentError` or `RetryableError` with the reasons of sources."""

    async def objection(self, url: str) -> Stopped | None:
        """Return why a further page must not or cannot be read now, None when it may."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One run's circumstances. `at`: the run's instant; `validators`: those that the last complete run was given."""

    fetch: PageFetcher
    at: datetime
    limits: Limits = field(default_factory=Limits)
    validators: Mapping[str, str] = field(default_factory=dict)


def _http_address(text: str) -> str:
    url = absolute(text, text)
    if url is None:
        raise ValueError("an absolute http(s) URL")
    return url


HttpUrl = Annotated[str, AfterValidator(_http_address)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Name = Annotated[str, StringConstraints(max_length=100)]


class SourceConfig(BaseModel):
    """A source's `config`. Unknown fields are left alone: other apps write the catalogue, too."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class SourceAdapter(Protocol):
    """One kind of source."""

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `PermanentError(PAYLOAD_INVALID)` that names every wrong field of `config`."""

    def pages(self, config: Mapping[str, Any], visit: Visit) -> AsyncIterator[PageOfItems]:
        """Return the source's pages, newest first. A wrong config raises at once, as `check` does; everything else while
        iterating: `PermanentError` (a person has to look), `RetryableError` (later). Pages given before an error stand.
        """


ConfigT = TypeVar("ConfigT", bound=SourceConfig)


def parse_config(model: type[ConfigT], config: Mapping[str, Any]) -> ConfigT:
    """Return the typed config. Raises `PermanentError(PAYLOAD_INVALID)`: each wrong field, what came, what was expected."""
    try:
        return model.model_validate(dict(config))
    except ValidationError as error:
        wrong = "; ".join(
            f"config.{'.'.join(map(str, one['loc']))}: got {_shown(one)}, expected: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors(include_url=False)
        )
        raise PermanentError(wrong, reason=Reason.PAYLOAD_INVALID) from None


def _shown(error: Mapping[str, Any]) -> str:
    return "nothing" if error["type"] == "missing" else one_line(repr(error["input"]), MAX_SHOWN)


def not_readable(what: str) -> PermanentError:
    """Return the error of a source whose answer is not what its kind promises."""
    return PermanentError(what, reason=Reason.SOURCE_NOT_READABLE)
