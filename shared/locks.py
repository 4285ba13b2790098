"""One lock a key, within this process and loop; forgotten when nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class KeyedLocks:
    """Mutual exclusion by key, for economy: correctness never rests on a lock of one process.

    With `at_once` a key has so many holders together.
    """

    def __init__(self, *, at_once: int = 1) -> None:
        self._at_once = at_once
        self._locks: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold `key`'s lock for the block."""
        lock, holders = self._locks.get(key, (asyncio.Semaphore(self._at_once), 0))
        self._locks[key] = (lock, holders + 1)
        try:
            async with lock:
                yield
        finally:
            lock, holders = self._locks[key]
            if holders == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, holders - 1)
