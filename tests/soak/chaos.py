"""What is inflicted: instances killed and replaced, queues held, and model, queue and store taken away."""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from shared.clock import Clock, to_iso
from tests.soak.fleet import Client, Fleet
from tests.soak.proxy import Proxy

Act = Callable[[], Awaitable[None]]
DEATHS: Final = 250  # likes between two; in a short story there are six
TROUBLES: Final = 800
AT_LEAST: Final = 6
LOOK_SECONDS: Final = 0.1
PAUSE_SECONDS: Final = (3.0, 15.0)


class Chaos:
    """Two hands: one ends instances, the other takes things away meanwhile. What comes next is the seed's, after so many likes.

    `sent`: how many of the `likes` are sent. `store_file`: the embedded store, which no proxy can take away; somebody else
    holds its lock instead.
    """

    def __init__(
        self, *, fleet: Fleet, client: Client, proxies: Mapping[str, Proxy], rng: random.Random, inflicted: Counter[str],
        outage_seconds: float, queues: Sequence[str], store_file: Path | None, likes: int, sent: Callable[[], int],
    ) -> None:  # fmt: skip
        self._fleet, self._client, self._proxies = fleet, client, proxies
        self._rng, self._inflicted, self._outage_seconds = rng, inflicted, outage_seconds
        self._queues, self._store_file = queues, store_file
        self._likes, self._sent = likes, sent
        self.paused = self.resumed = 0
        self._later: list[asyncio.Task[None]] = []

    async def reign(self, until: asyncio.Event, *, calm: bool) -> None:
        """Inflict until told to stop; calm: one kill, and no more."""
        await self._kill()  # however short it is
        if not calm:
            away = [self._away(name, proxy) for name, proxy in self._proxies.items()]
            if self._store_file is not None:
                away.append(self._hold_the_file)
            await asyncio.gather(
                self._hand(until, DEATHS, [self._kill, self._kill, self._kill, self._deploy, self._kill_all]),
                self._hand(until, TROUBLES, [*away, self._pause]),
            )
        for proxy in self._proxies.values():
            proxy.start()
            proxy.cut = 0
        await asyncio.gather(*self._later)

    async def _hand(self, until: asyncio.Event, every: int, acts: Sequence[Act]) -> None:
        left: list[Act] = []
        every = min(every, self._likes // AT_LEAST)
        due = self._rng.uniform(0.2, 1) * every
        while not until.is_set():
            if self._sent() < due:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            left = left or self._rng.sample(acts, len(acts))  # each of them before any comes again
            await left.pop()()
            due = self._sent() + self._rng.uniform(0.5, 1.5) * every

    async def _last(self) -> int:
        """Let an outage last, somebody dying in the midst of it perhaps; returns its seconds."""
        seconds = self._rng.uniform(0.3, 1) * self._outage_seconds
        await asyncio.sleep(seconds / 2)
        dying = asyncio.create_task(self._kill()) if self._rng.random() < 0.5 else None
        await asyncio.sleep(seconds / 2)
        if dying is not None:
            self._later.append(dying)
        return round(seconds)

    async def _kill(self) -> None:
        await self._fleet.kill(self._rng.randrange(self._fleet.size))

    async def _kill_all(self) -> None:
        await asyncio.gather(*(self._fleet.kill(number) for number in range(self._fleet.size)))
        self._inflicted["times all instances killed at once"] += 1

    async def _deploy(self) -> None:
        await self._fleet.deploy(self._rng.randrange(self._fleet.size))

    async def _pause(self) -> None:
        """Hold a queue for a while; the pause ends by itself, or somebody ends it."""
        seconds, queue = self._rng.uniform(*PAUSE_SECONDS), self._rng.choice(self._queues)
        said = {"reason": "the soak holds it", "actor": "soak"}
        until = to_iso(Clock().now() + timedelta(seconds=seconds))
        status, _ = await self._client.ask("POST", f"/api/ops/queues/{queue}/pause", {**said, "until": until}, take=(200, 422))
        if status != 200:
            return  # nobody answered before it was over
        self._inflicted["queues paused"] += 1
        self.paused += 1
        if self._rng.random() < 0.5:
            await asyncio.sleep(seconds / 2)
            await self._client.call("POST", f"ops/queues/{queue}/resume", said)
            self._inflicted["queues resumed early"] += 1
            self.resumed += 1

    def _away(self, name: str, proxy: Proxy) -> Act:
        async def act() -> None:
            proxy.stop()
            try:
                self._inflicted[f"seconds without the {name}"] += await self._last()
            finally:
                proxy.start()

        return act

    async def _hold_the_file(self) -> None:
        assert self._store_file is not None
        held = await asyncio.to_thread(_held, self._store_file)
        try:
            self._inflicted["store taken away"] += 1
            self._inflicted["seconds without the store"] += await self._last()
        finally:
            await asyncio.to_thread(held.close)  # nothing was written: the lock goes with the connection


def _held(file: Path) -> sqlite3.Connection:
    """Return a connection that holds the lock of all writing."""
    held = sqlite3.connect(file, timeout=300, isolation_level=None, check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")
    return held
