"""Decodes pictures off the event loop, as many at once as memory allows: one object a process.

A picture is looked at, then waits for its share of `DECODE_BYTES`, then is decoded by one of two threads of its own. So any
number of jobs with the largest pictures allowed takes as much memory as one of them, and none is refused for want of room.
Where there is room for a small one, it is looked at and decoded in one go: each way to a thread and back costs CPU.

Small ones have one thread and the others one, so that a small one waits for a large only where memory is short. With the event
loop's that is what two cores can do: in two threads a small picture took a tenth more of CPU, and was no sooner done.
"""

import asyncio
import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar, cast

from shared.byte_budget import ByteBudget
from shared.pictures.decode import Picture, plan_reduction, reduce_planned
from shared.pictures.opening import DECODE_BYTES, DecodePlan

T = TypeVar("T")
LARGE: Final = 32_000_000  # bytes
SMALL: Final = 6_000_000  # bytes: what 1,080 by 1,350 pixels take


def _trimmed(cost: int, work: Callable[[], T]) -> T:
    """Do `work`; after a large picture the C library's heap is given back to the system, which it keeps by itself."""
    try:
        return work()
    finally:
        if cost >= LARGE and _trim is not None:
            _trim(0)


def _reduced_if_small(body: bytes) -> Picture | DecodePlan:
    planned = plan_reduction(body)
    return reduce_planned(planned) if planned.cost <= SMALL else planned


def _heap_trimmer() -> Callable[[int], int] | None:
    try:
        return cast(Callable[[int], int], ctypes.CDLL(None).malloc_trim)  # glibc's; others need none, or have none
    except (AttributeError, OSError, TypeError):
        return None


_trim: Final = _heap_trimmer()


def _planned_hashing(body: bytes) -> tuple[DecodePlan, int]:
    from shared.pictures.perceptual_hash import plan_hashing  # noqa: PLC0415  (numpy, which no taste job needs)

    return plan_hashing(body)


class PictureDecoder:
    """Reduces and hashes; see the module. Errors are those of `decode.reduce`."""

    def __init__(self, *, decode_bytes: int = DECODE_BYTES) -> None:
        self.budget = ByteBudget(decode_bytes)
        # One thread each, which keeps a heap of its own that is seldom given back.
        self._small = ThreadPoolExecutor(1, thread_name_prefix="pictures-small")
        self._large = ThreadPoolExecutor(1, thread_name_prefix="pictures-large")

    async def reduce(self, body: bytes) -> Picture:
        """Return the reduced picture."""
        planned: DecodePlan
        if self.budget.has(SMALL):
            async with self.budget.hold(SMALL):
                done = await _run(self._small, lambda: _reduced_if_small(body))
            if isinstance(done, Picture):
                return done
            planned = done
        else:
            planned = await _run(self._small, lambda: plan_reduction(body))
        return await self._decode(planned, lambda: reduce_planned(planned))

    async def lookup_hashes(self, body: bytes) -> tuple[str, ...]:
        """Return what `perceptual_hash.lookup_hashes` does."""
        planned, at_least = await _run(self._small, lambda: _planned_hashing(body))
        from shared.pictures.perceptual_hash import lookup_hashes_planned  # noqa: PLC0415  (imported already, in the thread)

        return await self._decode(planned, lambda: lookup_hashes_planned(planned, at_least))

    def close(self) -> None:
        """End the threads when they are done."""
        self._small.shutdown(wait=False)
        self._large.shutdown(wait=False)

    async def _decode(self, planned: DecodePlan, work: Callable[[], T]) -> T:
        """Do `work`, which decodes what was planned, when there is room for it."""
        async with self.budget.hold(planned.cost):
            thread = self._small if planned.cost <= SMALL else self._large
            return await _run(thread, lambda: _trimmed(planned.cost, work))


async def _run(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Run `work` in the thread to its end, even if the caller gives up: its memory is in use until then."""
    running = asyncio.get_running_loop().run_in_executor(thread, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # nobody is left to hear of it
        raise
