"""A user's signals as they are stored, and the profile built anew from them."""

from dataclasses import replace
from typing import Final

from agents.taste_analysis.profile import FORM, Signal, TasteProfile, fold_all
from shared.store.base import Store
from shared.store.containers import TASTE
from shared.store.query import AllOf, Compare, Condition, Query

PAGE: Final = 500


async def stored_signals(store: Store, user_id: str, *where: Condition) -> list[Signal]:
    """Return a user's signals, in no order. Raises `RetryableError` in an outage."""
    query = Query(where=AllOf((Compare("type", "=", "signal"), *where)), page_size=PAGE)
    found: list[Signal] = []
    cursor: str | None = None
    while True:
        page = await store.page(TASTE.key, query, partition=user_id, cursor=cursor)
        found += [Signal.from_document(document) for document in page.documents]
        cursor = page.cursor
        if cursor is None:
            return found


async def in_this_form(store: Store, profile: TasteProfile) -> TasteProfile:
    """Return a profile of an older form built anew from its signals: it forgot words that the signals hold.

    Where fewer signals are stored than it has counted, it knows more than they do and stays as it is.
    """
    if profile.form >= FORM:
        return profile
    signals = await stored_signals(store, profile.user_id)
    if len(signals) < profile.signals:
        return replace(profile, form=FORM)
    return replace(
        fold_all(profile.user_id, signals), version=profile.version, withdrawn=profile.withdrawn, ahead=profile.ahead
    )
