"""Shares are had in turn, and come back whatever happens."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.byte_budget import ByteBudget


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_comes_first_is_served_first_and_nobody_is_refused() -> None:
    budget, order = ByteBudget(10), []

    async def use(name: str, size: int) -> None:
        async with budget.hold(size):
            order.append(name)

    first = await budget.take(4)
    tasks = [asyncio.create_task(use(name, size)) for name, size in (("large", 8), ("small", 1), ("too large", 99))]
    await settle()
    assert order == []  # the small one does not overtake the large one
    first.release()
    first.release()
    await asyncio.gather(*tasks)
    assert order == ["large", "small", "too large"]
    assert budget.free == 10


async def test_what_is_given_back_early_is_had_by_others() -> None:
    budget = ByteBudget(10)
    share = await budget.take(10)
    other = asyncio.create_task(budget.take(6))
    await settle()
    share.shrink_to(4)
    assert (await other).size == 6
    share.shrink_to(8)  # a share never grows
    assert share.size == 4


@pytest.mark.parametrize("granted", [False, True])
async def test_a_taker_who_gives_up_leaves_nothing_behind(*, granted: bool) -> None:
    budget = ByteBudget(10)
    share = await budget.take(10)
    waiting = [asyncio.create_task(budget.take(size)) for size in (9, 5)]
    await settle()
    if granted:
        share.release()  # the first one's turn has come, and it does not know yet
    waiting[0].cancel()
    await settle()
    share.release()
    assert (await waiting[1]).size == 5
    assert budget.free == 5


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 4), st.booleans()), max_size=30))
async def test_the_sum_of_shares_never_passes_the_total(steps: list[tuple[int, int, bool]]) -> None:
    budget, held = ByteBudget(10), 0

    async def use(size: int, rounds: int) -> None:
        nonlocal held
        async with budget.hold(size) as share:
            held += share.size
            assert held <= 10
            for _ in range(rounds):
                await asyncio.sleep(0)
            held -= share.size

    tasks = []
    for size, rounds, cancel in steps:
        tasks.append(asyncio.create_task(use(size, rounds)))
        await asyncio.sleep(0)
        if cancel and not held:
            tasks[-1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not [task for task in tasks if not task.cancelled() and task.exception()]
    assert budget.free == 10
