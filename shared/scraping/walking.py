"""Walks through a listing page by page, within budgets, until it ends, repeats itself, or wants no more visitors."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final

from shared.errors import PermanentError, ProcessorError, Reason
from shared.scraping.base import Continuation, Drop, NotModified, PageOfItems, Stopped, Visit, not_readable
from shared.scraping.items import ItemSheet
from shared.scraping.urls import origin
from shared.web.fetch import Fetched
from shared.web.urls import absolute

VALIDATORS: Final = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
MAX_VALIDATOR: Final = 500


@dataclass(frozen=True, slots=True)
class Perhaps:
    """The address of a page that may not be there: then the listing ends."""

    address: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a source starts and how one page of it is read. `read` runs in a thread: it offers drafts to the sheet and
    returns the next page's address, relative or not, or None at the end. It raises `PermanentError` for what it cannot read.
    """

    first: str
    accept: str
    read: Callable[[Fetched, ItemSheet], str | Perhaps | None]


async def walk(listing: Listing, visit: Visit) -> AsyncIterator[PageOfItems]:
    """Yield the listing's pages. The last one's `next` says why there is more that was not read, None where there is not.

    Never more than `Limits.pages` requests answered and `Limits.bytes` read; a page of a run is asked for only when the
    largest allowed page still fits into the bytes that are left.
    """
    so_far = _SoFar()
    url: str | None = listing.first
    while url is not None:
        so_far.visited.add(url)
        answer = await _asked(listing, visit, url, so_far)
        if isinstance(answer, NotModified):
            yield PageOfItems(not_modified=True, validators=dict(visit.validators))
            return
        if answer is None:
            return
        sheet = ItemSheet(base=answer.url, at=visit.at, limit=visit.limits.items - so_far.items, seen=so_far.seen)
        following = await asyncio.to_thread(_read, listing, answer, sheet)
        if so_far.perhaps and following is None and not sheet.items and not sheet.dropped:
            return
        so_far.took(answer, sheet, perhaps=isinstance(following, Perhaps))
        going_on = await _going_on(visit, answer, sheet, following, so_far)
        yield PageOfItems(
            items=tuple(sheet.items), next=going_on, dropped=sheet.dropped,
            validators=_validators(answer) if len(so_far.visited) == 1 else {},
        )  # fmt: skip
        url = going_on.url if going_on and going_on.stopped is None else None


@dataclass(slots=True)
class _SoFar:
    """What a walk has seen and spent. `perhaps`: the page that is asked for may not be there; `before`: the last one's body."""

    seen: set[str] = field(default_factory=set)
    visited: set[str] = field(default_factory=set)
    items: int = 0
    bytes_read: int = 0
    perhaps: bool = False
    before: bytes = b""

    def took(self, answer: Fetched, sheet: ItemSheet, *, perhaps: bool) -> None:
        self.items += len(sheet.items)
        self.bytes_read += len(answer.body)
        self.before, self.perhaps = answer.body, perhaps


async def _asked(listing: Listing, visit: Visit, url: str, so_far: _SoFar) -> Fetched | NotModified | None:
    """Return the page; None where it was only perhaps there, and is not."""
    validators = visit.validators if len(so_far.visited) == 1 else None
    try:
        answer = await visit.fetch.get(url, accept=listing.accept, max_bytes=visit.limits.page_bytes, validators=validators)
    except PermanentError as error:
        if so_far.perhaps and error.reason is Reason.SOURCE_UNREACHABLE:
            return None
        raise
    if isinstance(answer, Fetched) and so_far.perhaps and answer.body == so_far.before:
        return None  # whoever does not know the parameter gives the first page again
    return answer


async def _going_on(
    visit: Visit, answer: Fetched, sheet: ItemSheet, following: str | Perhaps | None, so_far: _SoFar
) -> Continuation | None:
    """Return where the listing goes on, and what keeps us from going there; None at its end."""
    address = following.address if isinstance(following, Perhaps) else following
    if address is None or (further := absolute(answer.url, address)) is None:
        return None
    exhausted = _exhausted(visit, pages=len(so_far.visited), items=so_far.items, bytes_read=so_far.bytes_read)
    repeats = Stopped.NOTHING_NEW if further in so_far.visited or _nothing_new(sheet) else None
    return Continuation(further, repeats or exhausted or await _objection(visit, answer.url, further))


def _read(listing: Listing, answer: Fetched, sheet: ItemSheet) -> str | Perhaps | None:
    """Read a page. What a library raises at it, and nobody foresaw, is a page that cannot be read."""
    try:
        return listing.read(answer, sheet)
    except (ProcessorError, MemoryError):
        raise
    except Exception as error:  # one page's failure is its source's own
        raise not_readable(f"the page cannot be read: {type(error).__name__}") from error


def _exhausted(visit: Visit, *, pages: int, items: int, bytes_read: int) -> Stopped | None:
    limits = visit.limits
    if pages >= limits.pages:
        return Stopped.PAGE_BUDGET
    if items >= limits.items:
        return Stopped.ITEM_BUDGET
    return Stopped.BYTE_BUDGET if bytes_read + limits.page_bytes > limits.bytes else None


def _nothing_new(sheet: ItemSheet) -> bool:
    """An empty page, or one of repetitions. A page of items that were refused is no end: the next may have good ones."""
    return not sheet.items and sheet.dropped.keys() <= {Drop.DUPLICATE}


async def _objection(visit: Visit, here: str, following: str) -> Stopped | None:
    """A listing goes on where it began: a next page on another host is somebody else's."""
    if origin(here) != origin(following):
        return Stopped.OTHER_HOST
    return await visit.fetch.objection(following)


def _validators(answer: Fetched) -> dict[str, str]:
    found = ((theirs, answer.headers.get(ours, "")) for ours, theirs in VALIDATORS)
    return {theirs: value for theirs, value in found if 0 < len(value) <= MAX_VALIDATOR and value.isprintable()}
