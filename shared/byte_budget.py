"""A budget of bytes for one process: who needs memory takes its share first, and waits until there is one.

First come, first served: a large share is not overtaken by small ones for ever. What is larger than the whole budget gets all
of it, alone. One event loop's.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Share:
    """A share of a budget; whoever took it gives it back once, in whole or piece by piece."""

    __slots__ = ("_budget", "size")

    def __init__(self, budget: "ByteBudget", size: int) -> None:
        self._budget = budget
        self.size = size

    def shrink_to(self, size: int) -> None:
        """Give back what is over `size` bytes."""
        back = self.size - max(size, 0)
        if back > 0:
            self.size -= back
            self._budget._give(back)

    def grow_to(self, size: int) -> bool:
        """Take what is missing to `size` bytes if it is free and nobody waits; False, and nothing taken, where it is not."""
        if self._budget.has(size - self.size):
            self._budget._take(size - self.size)
            self.size = max(size, self.size)
            return True
        return False

    def release(self) -> None:
        """Give all of it back; a second time does nothing."""
        self.shrink_to(0)


class ByteBudget:
    """`total` bytes, of which shares are taken."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._free = total
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()

    @property
    def free(self) -> int:
        """Bytes that nobody holds."""
        return self._free

    def has(self, size: int) -> bool:
        """True where a share of `size` bytes is had without waiting."""
        return size <= 0 or (not self._waiting and min(size, self.total) <= self._free)

    async def take(self, size: int) -> Share:
        """Wait for `size` bytes, or for all of them where it is more than there are; the caller releases the share."""
        size = min(max(size, 0), self.total)
        if self.has(size):
            self._take(size)
            return Share(self, size)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, size))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give(size)  # it was granted in the very moment that its taker gave up
            self._grant()
            raise
        return Share(self, size)

    @asynccontextmanager
    async def hold(self, size: int) -> AsyncIterator[Share]:
        """Hold a share of `size` bytes for the block."""
        share = await self.take(size)
        try:
            yield share
        finally:
            share.release()

    def _take(self, size: int) -> None:
        self._free -= max(size, 0)

    def _give(self, size: int) -> None:
        self._free += size
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            turn, size = self._waiting[0]
            if not turn.cancelled():
                if size > self._free:
                    return
                self._free -= size
                turn.set_result(None)
            self._waiting.popleft()
