"""A time limit that holds whatever hangs: what does not heed its cancellation is let go all the same."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def within(work: Coroutine[Any, Any, T], seconds: float | None) -> T:
    """Return what `work` returns, or raise what it raises. Raises `TimeoutError` after `seconds`; None: as long as it takes.

    `asyncio.timeout` waits until the cancelled work has ended. This does not: for whoever has an answer to give by then.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(_heeded)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not done:
        raise TimeoutError
    return task.result()


def _heeded(task: "asyncio.Future[Any]") -> None:
    """Take the error of work that was let go: nobody waits for it any more."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
