"""A part that hangs, that is down, or that does not heed its end, is told as unread within its time; the others are told."""

import asyncio
import contextlib

import pytest

from agents.watch.collect.parts import Parts
from shared.errors import PermanentError, QueueUnavailable, Reason, StoreUnavailable


async def at_once(value: int) -> int:
    return value


async def never() -> int:
    await asyncio.Event().wait()
    return 0


async def fails(error: Exception) -> int:
    raise error


async def test_what_answers_is_told_and_what_hangs_is_named() -> None:
    parts = Parts(0.05)
    found = await asyncio.gather(parts.read("one", at_once(1)), parts.read("two", never()), parts.read("three", at_once(3)))
    assert found == [1, None, 3]
    assert parts.unread == {"two": "no answer within 0.05 s"}


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (StoreUnavailable("down"), "store_unavailable"),
        (QueueUnavailable("down"), "QueueUnavailable"),
        (PermanentError("no such container", reason=Reason.UNKNOWN), "PermanentError"),
    ],
)
async def test_an_error_of_ours_is_a_part_that_cannot_be_read_and_a_defect_is_raised(error: Exception, why: str) -> None:
    parts = Parts(None)
    assert await parts.read("it", fails(error)) is None
    assert parts.unread == {"it": why}
    with pytest.raises(ZeroDivisionError):
        await parts.read("it", fails(ZeroDivisionError()))


async def test_a_part_that_does_not_heed_its_end_holds_up_nobody() -> None:
    let_go = asyncio.Event()

    async def stubborn() -> int:
        while not let_go.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await let_go.wait()
        raise StoreUnavailable("nobody waits for this any more")

    parts = Parts(0.02)
    assert await parts.read("it", stubborn()) is None
    assert "it" in parts.unread
    let_go.set()
    await asyncio.sleep(0)


async def test_a_reading_that_is_given_up_gives_up_its_parts() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def part() -> int:
        began.set()
        try:
            return await never()
        finally:
            ended.set()

    reading = asyncio.create_task(Parts(None).read("it", part()))
    await began.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await ended.wait()


async def test_what_follows_a_slow_part_still_gets_a_moment() -> None:
    parts = Parts(0.02)
    assert await parts.read("slow", never()) is None
    assert await parts.read("next", at_once(2)) == 2
