"""A user's taste in words, for workflows that want to know what somebody likes and not how it was learnt."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from agents.taste_analysis.profile import PROFILE_ID, Kind, TasteProfile, weight_at
from shared.clock import Clock
from shared.store.base import Store
from shared.store.containers import TASTE

WordsByKind = Mapping[str, Sequence[str]]


def taste_words(store: Store, clock: Clock) -> Callable[[str], Awaitable[WordsByKind]]:
    """Return a source of a user's terms by kind (`style`, `colour`, `garment`, `brand`), heaviest first as of now; one point
    read. It raises `RetryableError` in an outage; of an unknown user it gives none.
    """

    async def words(user_id: str) -> WordsByKind:
        item = await store.find(TASTE.key, PROFILE_ID, user_id)
        if item is None:
            return {}
        now = clock.now()
        states = sorted(
            TasteProfile.from_document(item.body).terms.values(), key=lambda state: (-weight_at(state, now), state.term)
        )
        return {kind.value: [state.term for state in states if state.kind is kind] for kind in Kind}

    return words
