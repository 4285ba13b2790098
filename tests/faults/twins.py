"""A world in the state of another. A story of which every await is struck has a beginning that nothing strikes: it is played
once, and each strike begins with a twin of what came of it.
"""

import sqlite3

from tests.faults.world import Faults, World, embedded_store


async def twin(world: World, faults: Faults | None = None) -> World:
    """Return another world with the same documents, messages, settings and time. Its process is a new one, and its outside
    answers as at first.
    """
    store = embedded_store(world.time.twin())
    opened: list[sqlite3.Connection] = []
    await store._lanes.run("writes", opened.append)
    await world.store._lanes.run("writes", lambda source: source.backup(opened[0]))  # type: ignore[attr-defined]
    made = World(store, faults=faults)
    made.settings = world.settings
    made.queues.take_over(world.queues)
    made.restart()
    return made
