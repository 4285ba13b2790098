"""One save at a time into a partition of items, across all workers: what makes two copies of a picture one item.

A lock document that a save takes by compare-and-set and lets go again; a dead worker's lock ends after a minute. The ids of
items are create-only and need no lock. By picture it holds for saves that end within that minute: who stalls longer in the
middle of one may store a second copy. Two operations a save of up to 256 items.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, Reason, RetryableError
from shared.retry import QuickRetry, quick_retry
from shared.store.base import Store
from shared.store.containers import SERVICE_STATE
from shared.store.query import AnyOf, Compare, Set
from shared.telemetry import log_event

logger = logging.getLogger(__name__)
HELD_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 90.0


class SaveLock:
    """The lock of one partition."""

    def __init__(self, *, store: Store, clock: Clock, quick: QuickRetry, partition: str) -> None:
        self._store = store
        self._clock = clock
        self._quick = quick
        self._id = f"scraped-items-save.{partition}"
        self._here = asyncio.Lock()  # workers of one process queue up in memory

    @contextlib.asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Hold the lock for the block. Raises `RetryableError` when others hold it for too long, or the store is down."""
        async with self._here:
            owner = self._clock.new_id()
            await self._take(owner)
            try:
                yield
            finally:
                await self._release(owner)

    async def _take(self, owner: str) -> None:
        until = self._clock.now() + timedelta(seconds=PATIENCE_SECONDS)
        while not await quick_retry(lambda: self._try(owner), policy=self._quick, clock=self._clock):
            if self._clock.now() >= until:
                raise RetryableError("other saves hold the lock of the items", reason=Reason.STORE_CONFLICT_EXHAUSTED)
            await self._clock.sleep(self._clock.uniform(0.1, 0.5))

    async def _try(self, owner: str) -> bool:
        now = self._clock.now()
        ends = to_iso(now + timedelta(seconds=HELD_SECONDS))
        free = AnyOf((Compare("owner", "=", ""), Compare("owner", "=", owner), Compare("endsAt", "<=", to_iso(now))))
        try:
            await self._store.patch(
                SERVICE_STATE.key, self._id, self._id, [Set("owner", owner), Set("endsAt", ends)], when=free
            )
        except PreconditionFailed:
            return False
        except ItemNotFound:
            try:
                await self._store.create(SERVICE_STATE.key, {"id": self._id, "owner": owner, "endsAt": ends})
            except AlreadyExists:
                return False
        return True

    async def _release(self, owner: str) -> None:
        try:
            await self._store.patch(
                SERVICE_STATE.key, self._id, self._id, [Set("owner", "")], when=Compare("owner", "=", owner)
            )
        except (PreconditionFailed, ItemNotFound):
            return  # it has ended by itself
        except RetryableError:
            log_event(logger, "the lock of the items was not let go, it ends in a minute", level=logging.WARNING)
