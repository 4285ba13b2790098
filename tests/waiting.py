"""How tests wait for what happens elsewhere: for the event itself, never for a time.

`until` counts how often it asked. On a busy machine a question takes longer, as does what is asked for, so that no test
fails because the machine is slow. It asks less often the longer it waits: what is asked works for its answer, and would be
slower by it. Where there is nothing to ask, `soon` waits, with a limit that only a hang can reach.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

T = TypeVar("T")
QUESTIONS: Final = 600
FIRST_PAUSE_SECONDS: Final = 0.02
LONGEST_PAUSE_SECONDS: Final = 0.25
HANGS_SECONDS: Final = 240.0


def _pauses() -> Iterator[float]:
    """Seconds between two questions: a quarter more each time, up to the longest."""
    pause = FIRST_PAUSE_SECONDS
    for _ in range(QUESTIONS):
        yield pause
        pause = min(1.25 * pause, LONGEST_PAUSE_SECONDS)


async def until(ask: Callable[[], Awaitable[T]], holds: Callable[[T], object] = bool, what: str = "the right answer") -> T:
    """Ask until the answer is right, and return it; fails with the last one."""
    answer: Any = None
    for pause in _pauses():
        answer = await ask()
        if holds(answer):
            return answer  # type: ignore[no-any-return]
        await asyncio.sleep(pause)
    raise AssertionError(f"no {what} after {QUESTIONS} questions; still {answer}")


def until_then(ask: Callable[[], T], holds: Callable[[T], object] = bool, what: str = "the right answer") -> T:
    """`until` for tests without a loop."""
    answer: Any = None
    for pause in _pauses():
        answer = ask()
        if holds(answer):
            return answer  # type: ignore[no-any-return]
        time.sleep(pause)
    raise AssertionError(f"no {what} after {QUESTIONS} questions; still {answer}")


async def soon(event: Awaitable[T], what: str) -> T:
    """Wait for what must come; fails when it hangs."""
    try:
        async with asyncio.timeout(HANGS_SECONDS):
            return await event
    except TimeoutError:
        raise AssertionError(f"{what} did not come within {HANGS_SECONDS:.0f} s: it hangs") from None
