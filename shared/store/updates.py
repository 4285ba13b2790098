"""The one compare-and-set loop over a document: read, change, write on the condition that nobody wrote meanwhile; else again.

For plain updates, whose change depends on nothing but the document as it stands. What is protocol, a job's claim or the batch
of a signal and its profile, reads its own conflicts and has loops of its own.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from shared.clock import Clock
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, Reason, RetryableError
from shared.store.base import Document, Item, Store

ROUNDS: Final = 10
PAUSE_SECONDS: Final = 0.05  # at most, by chance, before the next round: who met once must not go on meeting

Change = Callable[[Document | None], Document | None]
Write = Callable[[Item | None], Awaitable[bool]]


async def update(
    store: Store, clock: Clock, container: str, item_id: str, partition: str, change: Change, *, what: str,
    rounds: int = ROUNDS,
) -> Document | None:  # fmt: skip
    """Write what `change` makes of the document, None where there is none; returns the document as it stands then.

    `change` returns None, or the document as it was, to leave it as it is. It may be called several times. Raises
    `RetryableError` with `what`, a sentence for people, when the document keeps changing.
    """
    stands: Document | None = None

    async def write(item: Item | None) -> bool:
        nonlocal stands
        before = item.body if item else None
        after = change(before)
        stands = before if after is None else after
        if after is None or after == before:
            return False
        if item is None:
            stands = (await store.create(container, after)).body
        else:
            stands = (await store.replace(container, after, if_match=item.etag)).body
        return True

    await update_with(store, clock, container, item_id, partition, write, what=what, rounds=rounds)
    return stands


async def update_with(
    store: Store, clock: Clock, container: str, item_id: str, partition: str, write: Write, *, what: str,
    rounds: int = ROUNDS,
) -> bool:  # fmt: skip
    """As `update`, for those who write in a way of their own: `write` gets what was read, and raises the store's conflicts.

    Returns what `write` returned: whether something was written.
    """
    for _ in range(rounds):
        item = await store.find(container, item_id, partition)
        try:
            return await write(item)
        except (AlreadyExists, PreconditionFailed, ItemNotFound):
            await clock.sleep(clock.uniform(0.0, PAUSE_SECONDS))
    raise RetryableError(what, reason=Reason.STORE_CONFLICT_EXHAUSTED)
