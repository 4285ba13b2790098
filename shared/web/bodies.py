"""The bodies in flight of this process: what they may take together, and how long one counts against it.

A body takes room as it comes, piece by piece, so a host that drips holds little. Where there is none, it waits for the spare
room, which is enough to finish it: whoever has taken of that waits for nothing more, so there is always one that ends.

A body counts until `fetch` returns; inside `kept()` it counts until that block ends: for who goes on holding large bodies.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

from shared.byte_budget import ByteBudget, Share

SHARED_BYTES: Final = 24 * 1024 * 1024
SPARE_BYTES: Final = 32 * 1024 * 1024  # twice the largest body: as it came, and unpacked
STEP: Final = 512 * 1024


class _Block:
    """The room of one block's bodies; after its end it keeps nothing."""

    def __init__(self) -> None:
        self._rooms: list[Room] = []
        self._open = True

    def keep(self, room: "Room") -> None:
        if self._open:
            self._rooms.append(room)
        else:
            room.release()  # read by a task that has outlived the block

    def end(self) -> None:
        self._open = False
        for room in self._rooms:
            room.release()


class Bodies:
    """The room for all bodies of one fetcher."""

    def __init__(self, shared_bytes: int = SHARED_BYTES, spare_bytes: int = SPARE_BYTES) -> None:
        self._shared = ByteBudget(shared_bytes)
        self._spare = ByteBudget(spare_bytes)

    @asynccontextmanager
    async def room(self, most: int, limit: asyncio.Timeout) -> "AsyncIterator[Room]":
        """Give room to a body of at most `most` bytes; while there is none, the clock of `limit` stands still."""
        room = Room(self._shared, self._spare, most, limit)
        try:
            await room.open()
            yield room
        except BaseException:
            room.release()
            raise
        block = _kept.get()
        if block is None:
            room.release()
        else:
            block.keep(room)


class Room:
    """What one body has taken."""

    def __init__(self, shared: ByteBudget, spare: ByteBudget, most: int, limit: asyncio.Timeout) -> None:
        self._shared, self._spare, self._most, self._limit = shared, spare, most, limit
        self._share: Share | None = None
        self._rest: Share | None = None

    async def open(self) -> None:
        """Take the first step."""
        self._share = await self._wait(self._shared, min(STEP, self._most))

    async def reach(self, size: int) -> None:
        """Have room for `size` bytes in all."""
        share = self._share
        if share is None or size <= share.size or self._rest is not None:
            return
        if not share.grow_to(size + STEP):
            self._rest = await self._wait(self._spare, self._most - share.size)

    def settle(self, size: int) -> None:
        """Keep room for the `size` bytes that it came to."""
        if self._share is not None and self._rest is not None:
            self._rest.shrink_to(size - self._share.size)
        elif self._share is not None:
            self._share.shrink_to(size)

    def release(self) -> None:
        """Give all of it back."""
        for share in (self._share, self._rest):
            if share is not None:
                share.release()

    async def _wait(self, budget: ByteBudget, size: int) -> Share:
        """Waiting for room is ours, and no part of the time that the host has."""
        loop = asyncio.get_running_loop()
        left = (self._limit.when() or loop.time()) - loop.time()
        self._limit.reschedule(None)
        try:
            return await budget.take(size)
        finally:
            self._limit.reschedule(loop.time() + left)


_kept: ContextVar[_Block | None] = ContextVar("kept_bodies", default=None)


@contextmanager
def kept() -> Iterator[None]:
    """Count what is fetched in the block, and by tasks that begin in it, until its end."""
    block = _Block()
    before = _kept.set(block)
    try:
        yield
    finally:
        _kept.reset(before)
        block.end()
