"""Where a wardrobe's figures are computed: those of a usual one at once, those of a large one in a thread, one at a time.

A way to a thread and back costs a fifth of a millisecond of CPU and waits for the interpreter's lock, and what waits holds the
documents of its page; all the figures of a usual wardrobe take a few milliseconds. The tables that they are looked up in, a
quarter of a second to read, are read in a thread before the first of them.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from agents.weekly_digest.items import owned_items
from agents.weekly_digest.prompt import USUAL, Wardrobe, prepare, question_of
from agents.weekly_digest.summary import Taste
from shared.fashion.suggestions import SuggestedItem, Suggestions

T = TypeVar("T")


class Figuring:
    """Computes for all digests of a process; its steps are pure."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)  # pure Python in several threads at once only keeps the event loop waiting
        self._ready = False

    async def do(self, size: int, work: Callable[[], T]) -> T:
        """Return what `work` returns. `size`: how many garments it goes through."""
        if self._ready and size <= USUAL:
            return work()
        async with self._turn:
            if not self._ready:
                await asyncio.to_thread(read_tables)
                self._ready = True
            return work() if size <= USUAL else await asyncio.to_thread(work)


def read_tables() -> None:
    """Compute the figures of one garment, which reads and compiles all that any wardrobe's are looked up in."""
    piece, at = {"id": "1", "title": "navy wool shirt", "colours": [{"hex": "#123456"}]}, datetime(2026, 1, 1, tzinfo=UTC)
    wardrobe = Wardrobe(owned_items([piece], now=at), {"locationCity": "Lyon"}, Taste())
    question = question_of(prepare(wardrobe, window="2026-W01", at=at))
    suggested = SuggestedItem(item="rain jacket", category="outerwear", why="It rains.", pairs_with=["i1"], confidence=0.5)
    if question.check is not None:
        question.check(Suggestions(suggestions=[suggested]))
