"""Hands a person all that is kept of them. Reads: every container of `holdings`. Fails: `RetryableError` in an outage."""

from typing import Any

from agents.users.holdings import holdings_of
from shared.clock import Clock, to_iso
from shared.store.base import Store


async def export_of(store: Store, clock: Clock, user_id: str) -> dict[str, Any] | None:
    """Return every document by its container's name; None when nothing is kept."""
    found: dict[str, list[dict[str, Any]]] = {}
    for holding in holdings_of(user_id):
        async for page in holding.pages(store):
            found.setdefault(holding.container.name, []).extend(page)
    if not found:
        return None
    count = sum(len(documents) for documents in found.values())
    return {"userId": user_id, "exportedAt": to_iso(clock.now()), "documentCount": count, "documents": found}
