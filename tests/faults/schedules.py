"""Processes over one store and one set of queues, in an order that a seed decides, call by call.

Each process is an instance of the app with a wiring of its own. Every call of a collaborator waits for its turn, and one
process at a time has it: what happens between two calls happens at once, as for another process it does. Turns are given by
priority, which is drawn for each process, and falls at a few drawn steps: so that a fault that needs a few switches at the
wrong moments is met with a known chance (Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding
Bugs", ASPLOS 2010), where a fair coin at each step would hardly ever stay with one process for long enough.

`kill` names the step at which the process that has the turn dies: before its call, or after it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from agents.wiring import Wiring
from tests.faults.world import Faults, ProcessDied, World

STEPS: Final = 60  # about so many calls a story makes
SWITCHES: Final = 3
Process = Callable[[Wiring, "Turns"], Coroutine[Any, Any, None]]


class Schedule:
    """Whose turn it is."""

    def __init__(self, seed: int, *, kill: bool) -> None:
        self._rng = random.Random(seed)
        self._falls = {self._rng.randrange(1, STEPS): number for number in range(SWITCHES)}
        self._kill = self._rng.randrange(1, STEPS) if kill else 0
        self._after = self._rng.random() < 0.5
        self._waiting: list[tuple[str, asyncio.Future[str]]] = []
        self._priority: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._blocked: set[str] = set()
        self._lowest = 0.0
        self.steps = 0
        self.killed = ""
        self.told: list[str] = []

    async def turn(self, name: str) -> str:
        """Wait for it; returns "" or how the process dies with it."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((name, waiter))
        return await waiter

    async def when(self, name: str, event: asyncio.Event) -> None:
        """Wait for what another process does, without taking turns."""
        self._blocked.add(name)
        await event.wait()
        self._blocked.discard(name)

    def yields(self, name: str) -> None:
        """Let all others come first: there is nothing to do yet."""
        self._lowest -= 1
        self._priority[name] = self._lowest

    async def play(self, world: World, processes: dict[str, Process]) -> None:
        """Run the processes to their ends."""
        for name, process in processes.items():
            turns = Turns(self, name)
            world.faults = turns
            self._priority[name] = SWITCHES + self._rng.random()
            self._tasks[name] = asyncio.create_task(self._lives(process(world.restart(), turns)))
        while not all(task.done() for task in self._tasks.values()):
            await self._rest()
            if self._waiting:
                self._give()
        await asyncio.gather(*self._tasks.values())
        world.faults = Faults()
        world.restart()

    async def _lives(self, work: Awaitable[None]) -> None:
        try:
            await work
        except ProcessDied:
            return

    async def _rest(self) -> None:
        """Let all that can go on without a turn do so."""
        while True:
            await asyncio.sleep(0)
            waiting = self._blocked | {name for name, _ in self._waiting}
            if all(name in waiting or task.done() for name, task in self._tasks.items()):
                return

    def _give(self) -> None:
        self.steps += 1
        name, waiter = max(self._waiting, key=lambda one: self._priority[one[0]])
        if self.steps in self._falls:
            self._priority[name] = self._falls[self.steps] + self._rng.random() / 2
            name, waiter = max(self._waiting, key=lambda one: self._priority[one[0]])
        self._waiting.remove((name, waiter))
        dies = ""
        if self.steps == self._kill:
            self.killed, dies = name, "after" if self._after else "before"
        waiter.set_result(dies)


class Turns(Faults):
    """The calls of one process."""

    def __init__(self, schedule: Schedule, name: str) -> None:
        super().__init__()
        self.schedule, self.name = schedule, name

    async def call(self, name: str, method: Callable[..., Awaitable[Any]], error: Exception, *args: Any, **kwargs: Any) -> Any:
        """Make a call when it is this process's turn."""
        if self.dead:
            raise ProcessDied(name)
        dies = await self.schedule.turn(self.name)
        self.schedule.told.append(f"{self.name}: {name}{', and dies ' + dies + ' it' if dies else ''}")
        self.dead = self.dead or bool(dies)
        if dies == "before":
            raise ProcessDied(name)
        made = await method(*args, **kwargs)
        if dies:
            raise ProcessDied(name)
        return made

    async def step(self, what: str) -> None:
        """Wait for a turn of something that is no call."""
        await self.call(what, _nothing, RuntimeError())


async def _nothing() -> None:
    return None


@dataclass
class Host:
    """Delivers the messages of a queue to a process, as the host does."""

    world: World
    queue: str

    async def deliver(self, turns: Turns, handler: Callable[[bytes], Awaitable[object]], *, lock_seconds: float = 600) -> None:
        """Deliver one, if one is visible: it is deleted afterwards, or seen again when its lock has ended."""
        await turns.step(f"a message of {self.queue} is taken")
        taken = await self.world.queues.receive(self.queue, limit=1, visibility_seconds=lock_seconds)
        if not taken:
            turns.schedule.yields(turns.name)
            return
        assert taken[0].body is not None
        await handler(taken[0].body)
        await turns.step(f"a message of {self.queue} is deleted")
        await self.world.queues.delete(self.queue, taken[0])
