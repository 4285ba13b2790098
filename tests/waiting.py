"""How tests wait for what happens elsewhere: for the event itself, never for a time.

`until` counts how often it asked. On a busy machine a question takes longer, as does what is asked for, so that no test
fails because the machine is slow. Where there is nothing to ask, `soon` waits, with a limit that only a hang can reach.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")
QUESTIONS: Final = 1_500
PAUSE_SECONDS: Final = 0.04
HANGS_SECONDS: Final = 240.0


async def until(ask: Callable[[], Awaitable[T]], holds: Callable[[T], object] = bool, what: str = "the right answer") -> T:
    """Ask until the answer is right, and return it; fails with the last one."""
    answer: Any = None
    for _ in range(QUESTIONS):
        answer = await ask()
        if holds(answer):
            return answer  # type: ignore[no-any-return]
        await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError(f"no {what} after {QUESTIONS} questions; still {answer}")


def until_then(ask: Callable[[], T], holds: Callable[[T], object] = bool, what: str = "the right answer") -> T:
    """`until` for tests without a loop."""
    answer: Any = None
    for _ in range(QUESTIONS):
        answer = ask()
        if holds(answer):
            return answer  # type: ignore[no-any-return]
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"no {what} after {QUESTIONS} questions; still {answer}")


async def soon(event: Awaitable[T], what: str) -> T:
    """Wait for what must come; fails when it hangs."""
    try:
        async with asyncio.timeout(HANGS_SECONDS):
            return await event
    except TimeoutError:
        raise AssertionError(f"{what} did not come within {HANGS_SECONDS:.0f} s: it hangs") from None
