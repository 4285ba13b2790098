"""Walks through a listing page by page, within budgets, until it ends, repeats itself, or wants no more visitors."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
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
    seen: set[str] = set()
    visited: set[str] = set()
    items = bytes_read = 0
    perhaps, before = False, b""
    url: str | None = listing.first
    while url is not None:
        visited.add(url)
        validators = visit.validators if len(visited) == 1 else None
        try:
            answer = await visit.fetch.get(url, accept=listing.accept, max_bytes=visit.limits.page_bytes, validators=validators)
        except PermanentError as error:
            if perhaps and error.reason is Reason.SOURCE_UNREACHABLE:
                return
            raise
        if isinstance(answer, NotModified):
            yield PageOfItems(not_modified=True, validators=dict(visit.validators))
            return
        if perhaps and answer.body == before:  # whoever does not know the parameter gives the first page again
            return
        before = answer.body
        bytes_read += len(answer.body)
        sheet = ItemSheet(base=answer.url, at=visit.at, limit=visit.limits.items - items, seen=seen)
        following = await asyncio.to_thread(_read, listing, answer, sheet)
        if perhaps and following is None and not sheet.items and not sheet.dropped:
            return
        perhaps = isinstance(following, Perhaps)
        address = following.address if isinstance(following, Perhaps) else following
        items += len(sheet.items)
        going_on = None
        if address is not None and (further := absolute(answer.url, address)) is not None:
            exhausted = _exhausted(visit, pages=len(visited), items=items, bytes_read=bytes_read)
            repeats = Stopped.NOTHING_NEW if further in visited or _nothing_new(sheet) else None
            going_on = Continuation(further, repeats or exhausted or await _objection(visit, answer.url, further))
        yield PageOfItems(
            items=tuple(sheet.items),
            next=going_on,
            dropped=sheet.dropped,
            validators=_validators(answer) if len(visited) == 1 else {},
        )
        url = going_on.url if going_on and going_on.stopped is None else None


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
