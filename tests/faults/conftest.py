"""The worlds of the fault tests: what is durable, the outside, and the process of the moment.

`world` runs jobs, operations and the watchdog (`operations.py`, `watching.py` play their parts in it), `scene` scrapes.
A file that needs more in its world has a fixture of the same name, which is given this one.
"""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.clock import VirtualTime
from tests.faults.scraping_world import Scene
from tests.faults.world import World, embedded_store
from tests.stores import bench, cosmos

__all__ = ["bench", "cosmos", "scene", "world"]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Jobs over the real embedded store, on virtual time."""
    made = World(embedded_store(VirtualTime()))
    yield made
    await made.store.close()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Scraping, in the same way."""
    made = Scene()
    yield made
    await made.close()
