"""What a call of the store leaves behind: nothing that waits for the collector, which would walk the whole app for it."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from shared.errors import AlreadyExists, PreconditionFailed
from shared.store.base import Create
from shared.store.cosmos import CosmosStore
from shared.store.query import Order, Query, Set
from tests.fakes.cosmos import FakeCosmos

Pair = tuple[CosmosStore, FakeCosmos]
JOB = {"id": "j", "jobId": "j", "status": "queued", "createdAt": "2026-11-26T00:00:00.000Z"}
TIMES = 10
YOUNG = 0  # the generation of all that was made since the last time: the rest of the heap need not be walked through


async def _refused(call: Awaitable[Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        await call


CALLS: dict[str, Callable[[CosmosStore], Awaitable[Any]]] = {
    "find nothing": lambda store: store.find("jobs", "nobody", "nobody"),
    "create what exists": lambda store: _refused(store.create("jobs", JOB), AlreadyExists),
    "patch what has changed": lambda store: _refused(
        store.patch("jobs", "j", "j", [Set("status", "x")], if_match='"other"'), PreconditionFailed
    ),
    "batch what exists": lambda store: _refused(store.batch("jobs", "j", [Create(JOB)]), AlreadyExists),
    "page": lambda store: store.page("jobs", Query(), partition="j"),
    "page in order": lambda store: store.page("jobs", Query(order=Order("updatedAt"))),
}


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("name", CALLS)
async def test_a_call_leaves_nothing_to_the_collector(cosmos: Pair, name: str) -> None:
    store, _ = cosmos
    await store.create("jobs", JOB)
    await CALLS[name](store)  # what is made once is made
    await asyncio.sleep(0)
    gc.collect(YOUNG)
    for _ in range(TIMES):
        await CALLS[name](store)
    await asyncio.sleep(0)
    left = gc.collect(YOUNG)
    assert left < TIMES * 10, f"{left / TIMES:.0f} objects a call wait for the collector"
