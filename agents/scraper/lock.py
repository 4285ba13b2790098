"""One save at a time into a partition of items, across all workers: what makes two copies of a picture one item.

A lock document that a save takes by compare-and-set and lets go again; a dead worker's lock ends after a minute. The ids of
items are create-only and need no lock. A save that takes longer prolongs the lock before each write, and ends where somebody
else has had it since. Who stalls for more than the rest of the minute within one call of the store may still store a second
copy. Two operations a save of up to 256 items.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, Reason, RetryableError
from shared.observe.log import log_event
from shared.retry import QuickRetry, quick_retry
from shared.store.base import Store
from shared.store.containers import SERVICE_STATE
from shared.store.query import AnyOf, Compare, Condition, Set

logger = logging.getLogger(__name__)
HELD_SECONDS: Final = 60.0
LONGEST_SECONDS: Final = 600.0  # a lock that claims to last longer was taken by a wrong clock, and holds nobody off
PATIENCE_SECONDS: Final = 90.0
YOUNG_SECONDS: Final = 30.0  # one call of the store may take as long, and must end within the minute


class Held:
    """The lock while it is held."""

    def __init__(self, lock: "SaveLock", owner: str, since: datetime) -> None:
        self._lock = lock
        self._owner = owner
        self._since = since

    async def keep(self) -> None:
        """Before each write: hold the lock for longer when it has grown old. Raises `RetryableError` when somebody else has had
        it since, who may have saved what this save has not seen.
        """
        now = self._lock.now()
        if now - self._since >= timedelta(seconds=YOUNG_SECONDS):
            if not await self._lock.prolong(self._owner):
                raise RetryableError("the lock of the items ended before its save did", reason=Reason.STORE_CONFLICT_EXHAUSTED)
            self._since = now


class SaveLock:
    """The lock of one partition."""

    def __init__(self, *, store: Store, clock: Clock, quick: QuickRetry, partition: str) -> None:
        self._store = store
        self._clock = clock
        self._quick = quick
        self._id = f"scraped-items-save.{partition}"
        self._here = asyncio.Lock()  # workers of one process queue up in memory

    @contextlib.asynccontextmanager
    async def hold(self) -> AsyncIterator[Held]:
        """Hold the lock for the block. Raises `RetryableError` when others hold it for too long, or the store is down."""
        async with self._here:
            owner = self._clock.new_id()
            since = await self._take(owner)
            try:
                yield Held(self, owner, since)
            finally:
                await self._release(owner)

    def now(self) -> datetime:
        """The time by which the lock ends."""
        return self._clock.now()

    async def prolong(self, owner: str) -> bool:
        """Hold the lock for another minute; False when somebody else has taken it since, also when it is free again."""
        mine = Compare("owner", "=", owner)
        try:
            await quick_retry(lambda: self._write(owner, mine), policy=self._quick, clock=self._clock)
        except (PreconditionFailed, ItemNotFound):
            return False
        return True

    async def _take(self, owner: str) -> datetime:
        until = self._clock.now() + timedelta(seconds=PATIENCE_SECONDS)
        while True:
            since = self._clock.now()
            if await quick_retry(lambda: self._try(owner), policy=self._quick, clock=self._clock):
                return since
            if self._clock.now() >= until:
                raise RetryableError("other saves hold the lock of the items", reason=Reason.STORE_CONFLICT_EXHAUSTED)
            await self._clock.sleep(self._clock.uniform(0.1, 0.5))

    async def _try(self, owner: str) -> bool:
        now = self._clock.now()
        over = Compare("endsAt", "<=", to_iso(now))
        odd = Compare("endsAt", ">", to_iso(now + timedelta(seconds=LONGEST_SECONDS)))
        try:
            await self._write(owner, AnyOf((Compare("owner", "=", ""), Compare("owner", "=", owner), over, odd)))
        except PreconditionFailed:
            return False
        except ItemNotFound:
            try:
                await self._store.create(SERVICE_STATE.key, {"id": self._id, "owner": owner, "endsAt": self._end()})
            except AlreadyExists:
                return False
        return True

    async def _write(self, owner: str, when: Condition) -> None:
        changes = [Set("owner", owner), Set("endsAt", self._end())]
        await self._store.patch(SERVICE_STATE.key, self._id, self._id, changes, when=when)

    def _end(self) -> str:
        return to_iso(self._clock.now() + timedelta(seconds=HELD_SECONDS))

    async def _release(self, owner: str) -> None:
        try:
            await self._store.patch(
                SERVICE_STATE.key, self._id, self._id, [Set("owner", "")], when=Compare("owner", "=", owner)
            )
        except (PreconditionFailed, ItemNotFound):
            return  # it has ended by itself
        except RetryableError:
            log_event(logger, "the lock of the items was not let go, it ends in a minute", level=logging.WARNING)
