"""When an item's likes were last taken back, as the profile notes it; what asks need not know the rest of a profile.

Reads: the taste profile, one point. Fails: `RetryableError` in an outage; a profile that cannot be read tells of no withdrawal,
and whoever works with all of it says what is wrong.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agents.jobs.messages import asked_at
from agents.taste_analysis.profile import PROFILE_ID, withdrawn_in
from shared.errors import SICK_DOCUMENT
from shared.store.base import Store
from shared.store.containers import TASTE


async def withdrawn_at(store: Store, user_id: str, item_id: str) -> datetime | None:
    """Return when likes of an item were last taken back, None where they never were."""
    stored = await store.find(TASTE.key, PROFILE_ID, user_id)
    try:
        return withdrawn_in(stored.body, item_id) if stored else None
    except SICK_DOCUMENT:
        return None


def whose_and_what(like: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return user and item of a like that came from outside, its names in either case; None where it does not say both."""
    user, item = (like.get(snake, like.get(camel)) for snake, camel in (("user_id", "userId"), ("item_id", "itemId")))
    return (user, item) if isinstance(user, str) and isinstance(item, str) and user and item else None


async def taken_back_since(store: Store, like: Mapping[str, Any]) -> datetime | None:
    """Return when a like was taken back. None: it was not, as far as is known; one of no known time is of now."""
    about, made = whose_and_what(like), asked_at(like)
    if about is None or made is None:
        return None
    at = await withdrawn_at(store, *about)
    return at if at is not None and made <= at else None
