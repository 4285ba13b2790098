"""The compare-and-set loop: nothing is lost between those who write at once, and who never comes through says so."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.errors import PreconditionFailed, Reason, RetryableError
from shared.store.base import Document, Item
from shared.store.containers import SERVICE_STATE
from shared.store.sqlite import SqliteStore
from shared.store.updates import update, update_with
from tests.fakes.clock import VirtualTime

KEY = SERVICE_STATE.key


@pytest.fixture
async def store() -> AsyncIterator[SqliteStore]:
    made = SqliteStore(":memory:", clock=VirtualTime().clock())
    yield made
    await made.close()


def more(document: Document | None) -> Document:
    return {"id": "d", "n": (document or {}).get("n", 0) + 1}


async def test_twenty_at_once_lose_nothing(store: SqliteStore) -> None:
    clock = VirtualTime().clock()
    await asyncio.gather(*(update(store, clock, KEY, "d", "d", more, what="busy", rounds=50) for _ in range(20)))
    assert (await store.read(KEY, "d", "d")).body["n"] == 20


@pytest.mark.parametrize("unchanged", [lambda document: None, lambda document: document])
async def test_what_changes_nothing_writes_nothing(store: SqliteStore, unchanged: object) -> None:
    clock = VirtualTime().clock()
    assert await update(store, clock, KEY, "d", "d", lambda document: None, what="busy") is None
    assert await store.find(KEY, "d", "d") is None
    await update(store, clock, KEY, "d", "d", more, what="busy")
    before = await store.read(KEY, "d", "d")
    assert await update(store, clock, KEY, "d", "d", unchanged, what="busy") == before.body  # type: ignore[arg-type]
    assert (await store.read(KEY, "d", "d")).etag == before.etag


async def test_who_never_comes_through_says_so_and_what_is_no_conflict_passes(store: SqliteStore) -> None:
    time = VirtualTime()

    async def refused(_item: Item | None) -> bool:
        raise PreconditionFailed("again")

    with pytest.raises(RetryableError, match="it keeps changing") as given_up:
        await update_with(store, time.clock(), KEY, "d", "d", refused, what="it keeps changing", rounds=3)
    assert given_up.value.reason is Reason.STORE_CONFLICT_EXHAUSTED

    async def broken(_item: Item | None) -> bool:
        raise KeyError("a defect")

    with pytest.raises(KeyError):
        await update_with(store, time.clock(), KEY, "d", "d", broken, what="it keeps changing")
