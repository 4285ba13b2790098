"""Pages of a query, and the cursors between them: an order's last key, or the service's own continuation."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from shared.store.base import Document, Page
from shared.store.query import Query

SYSTEM_FIELDS: Final = frozenset({"_rid", "_self", "_etag", "_attachments", "_ts", "_lsn"})


def plain(document: Mapping[str, Any]) -> Document:
    """Return a document without the service's own fields."""
    return {name: value for name, value in document.items() if name not in SYSTEM_FIELDS}


def page_of(query: Query, found: list[Document], token: str | None) -> Page:
    """Return the page that was asked for of what was found, as it was; one more than a page where the order is ours."""
    cursor = None
    if query.order is not None and len(found) > query.page_size:
        found = found[: query.page_size]
        value: Any = found[-1]
        for part in query.order.field.split("."):
            value = value[part]
        cursor = _encode([value, found[-1]["id"]])
    elif query.order is None and token:
        cursor = _encode([token])
    if query.select is None:
        return Page([plain(one) for one in found], cursor)
    names = [name for name in query.select if name not in SYSTEM_FIELDS]
    return Page([{name: one[name] for name in names if name in one} for one in found], cursor)


def _encode(key: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def decode_cursor(cursor: str) -> list[Any]:
    """Raises ValueError on a cursor that is not ours."""
    key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    if not isinstance(key, list) or not 1 <= len(key) <= 2 or not all(isinstance(v, str | int | float) for v in key):  # noqa: PLR2004
        raise ValueError("not a cursor of this store")
    return key
