"""Detects what outlives its work: somebody who waits for a call that is over, a slot or a lock that nobody gave back."""

import asyncio
from typing import Any


def leftovers(*owners: Any) -> list[str]:
    """Return what these objects still hold, in words: pending futures, tasks, locked locks, taken slots; in their attributes,
    and in lists, sets and dictionaries there.
    """
    return [
        f"{type(owner).__name__}.{name}: {what}"
        for owner in owners
        for name, value in _attributes(owner)
        for what in _held(value)
    ]


async def settle(*owners: Any, steps: int = 200) -> list[str]:
    """Let the loop run until nothing is held, at most so many steps; returns what is held still."""
    for _ in range(steps):
        if not leftovers(*owners):
            return []
        await asyncio.sleep(0)
    return leftovers(*owners)


def _attributes(owner: Any) -> list[tuple[str, Any]]:
    slots = [(name, getattr(owner, name, None)) for name in getattr(type(owner), "__slots__", ())]
    return [*vars(owner).items(), *slots] if hasattr(owner, "__dict__") else slots


def _held(value: Any) -> list[str]:
    if isinstance(value, asyncio.Future):  # tasks are futures
        return [] if value.done() else ["somebody waits"]
    if isinstance(value, asyncio.Lock):
        return ["locked"] if value.locked() else []
    if isinstance(value, asyncio.Semaphore):
        waiting = [one for one in getattr(value, "_waiters", None) or () if not one.done()]
        return ["somebody waits for a slot"] if waiting else []
    if isinstance(value, dict):
        return [what for one in value.values() for what in _of_member(one)]
    if isinstance(value, list | set | tuple):
        return [what for one in value for what in _of_member(one)]
    return []


def _of_member(value: Any) -> list[str]:
    found = _held(value)
    if not found and hasattr(type(value), "__slots__"):
        found = [what for _, inner in _attributes(value) for what in _held(inner)]
    return found
