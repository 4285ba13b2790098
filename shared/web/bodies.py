"""The bodies in flight of this process: a byte budget, and how long a body counts against it.

A body counts until `fetch` returns; inside `kept()` it counts until that block ends: for who goes on holding large bodies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from shared.byte_budget import Share

TOTAL_BYTES: Final = 48 * 1024 * 1024


class _Block:
    """The shares of one block; after its end it keeps nothing."""

    def __init__(self) -> None:
        self._shares: list[Share] = []
        self._open = True

    def keep(self, share: Share) -> None:
        if self._open:
            self._shares.append(share)
        else:
            share.release()  # read by a task that has outlived the block

    def end(self) -> None:
        self._open = False
        for share in self._shares:
            share.release()


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


def leave(share: Share) -> None:
    """Hand over the share of a body that was read: to the block it was read for, else back."""
    block = _kept.get()
    if block is None:
        share.release()
    else:
        block.keep(share)
