"""The store under both adapters: the embedded one, and Cosmos DB over the real SDK and HTTP."""

import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared.clock import Clock
from shared.store.base import Store
from shared.store.containers import CATALOGUE
from shared.store.cosmos import CosmosStore
from shared.store.sqlite import SqliteStore
from tests.fakes.clock import VirtualTime
from tests.fakes.cosmos import KEY, FakeCosmos

NAMES = {container.key: container.name for container in CATALOGUE.values()}


@dataclass
class Bench:
    """A store, and a way to let time pass for it."""

    store: Store
    advance: Any


@pytest.fixture
async def cosmos() -> AsyncIterator[tuple[CosmosStore, FakeCosmos]]:
    async with FakeCosmos() as fake:
        store = CosmosStore(fake.endpoint, KEY, database=f"db{uuid.uuid4().hex[:8]}", names=NAMES, clock=Clock())
        await store.ensure_containers()
        yield store, fake
        await store.close()


@pytest.fixture(params=["sqlite", "cosmos"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """`COSMOS_TEST_ENDPOINT` and `COSMOS_TEST_KEY` point the Cosmos half at a real account."""
    if request.param == "sqlite":
        time = VirtualTime()
        store = SqliteStore(":memory:", clock=time.clock())
        await store.ensure_containers()
        yield Bench(store, time.advance)
        await store.close()
    elif endpoint := os.environ.get("COSMOS_TEST_ENDPOINT"):
        real = CosmosStore(
            endpoint, os.environ.get("COSMOS_TEST_KEY"), database=f"t{uuid.uuid4().hex[:8]}", names=NAMES, clock=Clock()
        )
        await real.ensure_containers()
        yield Bench(real, None)
        await real.close()
    else:
        async with FakeCosmos() as fake:
            wired = CosmosStore(fake.endpoint, KEY, database=f"db{uuid.uuid4().hex[:8]}", names=NAMES, clock=Clock())
            await wired.ensure_containers()

            def advance(seconds: float) -> None:
                fake.skew_seconds += seconds

            yield Bench(wired, advance)
            await wired.close()
