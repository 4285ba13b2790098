"""JSON that strangers send: an object or an error, and fields of the type that was hoped for or nothing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.clock import read_epoch, read_iso
from shared.scraping.base import not_readable
from shared.web.fetch import Fetched
from shared.web.json_body import read_json


def json_object(page: Fetched) -> dict[str, Any]:
    """Return the page's JSON object. Raises `PermanentError(SOURCE_NOT_READABLE)` for HTML and everything else."""
    if page.body.lstrip()[:1] == b"<":
        raise not_readable("HTML came where JSON was promised: a login, a block page or a moved listing")
    try:
        document = read_json(page.body, page.headers.get("content-type", page.content_type))
    except ValueError:
        raise not_readable("the answer is no JSON that can be read") from None
    if not isinstance(document, dict):
        raise not_readable("the JSON is no object")
    return document


def objects(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401  (JSON)
    """Return the objects in `value`: itself, or those of a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def texts(value: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield the texts in `value`: itself, or those of a list."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one.strip():
            yield one


def text_of(value: Any) -> str:  # noqa: ANN401
    """Return `value` where it is a text, else ""."""
    return value if isinstance(value, str) else ""


def instant(value: Any) -> datetime | None:  # noqa: ANN401
    """Return an ISO 8601 text or a count of seconds since 1970 as an instant, None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return read_epoch(value)
    return read_iso(value)
