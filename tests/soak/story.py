"""What is sent, and what is inflicted meanwhile: likes by both doors, copies, late copies, garbage, runs; kills and outages."""

import asyncio
import contextlib
import hashlib
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp

from samples.serving import HostProcess
from shared.clock import Clock, to_iso
from shared.queues.azure import StorageQueues
from tests.soak.proxy import Proxy

KEY: Final = "soak-key"
LOCK_SECONDS: Final = "20"
GONE: Final = 0.02  # of the pictures are not there until they are mended
WITHDRAWN: Final = 0.02  # of the likes are taken back
BY_QUEUE: Final = 0.3
TWICE: Final = 0.08
GARBAGE: Final = 0.003


@dataclass(frozen=True)
class Liked:
    """One like."""

    user: str
    item: str
    picture: str
    address: str
    at: str

    @property
    def job_id(self) -> str:
        identity = ":".join((self.user, self.item, self.address, "-"))
        return hashlib.sha256(identity.encode()).hexdigest()

    @property
    def body(self) -> dict[str, Any]:
        return {"userId": self.user, "itemId": self.item, "imageUrl": self.address, "signal": "up"}

    @property
    def message(self) -> bytes:
        told = {
            "job_id": self.job_id, "user_id": self.user, "item_id": self.item, "image_url": self.address, "createdAt": self.at,
        }  # fmt: skip
        return json.dumps(told).encode()


@dataclass
class Sent:
    """What was accepted: the ledger that the checks hold the app to."""

    likes: dict[str, Liked] = field(default_factory=dict)
    withdrawn: dict[str, Liked] = field(default_factory=dict)
    erased: dict[str, str] = field(default_factory=dict)  # the id of its erasure by user
    garbage: list[bytes] = field(default_factory=list)
    runs: dict[str, str] = field(default_factory=dict)  # the id, and of which timer
    operations: list[str] = field(default_factory=list)


def plan(rng: random.Random, count: int, users: int, site: str, at: str) -> tuple[list[Liked], list[str]]:
    """Return the likes in their order, and the pictures that are not there at first."""
    names = [f"p{number}.jpg" for number in range(max(8, count // 3))]
    gone = rng.sample(names, max(1, int(len(names) * GONE)))
    likes = []
    for number in range(count):
        picture = rng.choice(names)
        likes.append(Liked(f"user-{rng.randrange(users)}", f"item-{number}", picture, f"http://{site}/{picture}", at))
    return likes, gone


class Fleet:
    """The instances: each a process of its own, killed and begun again."""

    def __init__(self, environ: Mapping[str, str], count: int, folder: Path, inflicted: Counter[str]) -> None:
        self._environ, self._folder, self._inflicted = dict(environ), folder, inflicted
        self._hosts: list[HostProcess | None] = [None] * count
        self._begun = 0

    async def begin(self, number: int) -> None:
        """Start an instance; where its store or queue is away it ends at once, and is tried again as a platform does."""
        while True:
            folder = self._folder / f"host-{number}-{self._begun}"
            self._begun += 1
            folder.mkdir(parents=True)
            host = HostProcess(
                self._environ, port=0, log=folder / "devhost.log", timers=False, more=("--lock-seconds", LOCK_SECONDS)
            )
            try:
                self._hosts[number] = await host.__aenter__()
                return
            except Exception as error:  # noqa: BLE001  (whatever keeps it from starting: the outage is ours)
                self._inflicted[f"start refused ({type(error).__name__})"] += 1
                await asyncio.sleep(1)

    async def start(self) -> None:
        await asyncio.gather(*(self.begin(number) for number in range(len(self._hosts))))

    async def kill(self, number: int) -> None:
        """End an instance as a crash does, and begin another in its place."""
        host, self._hosts[number] = self._hosts[number], None
        if host is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(host.pid, signal.SIGKILL)
            await host.__aexit__()
            self._inflicted["instances killed"] += 1
        await self.begin(number)

    @property
    def size(self) -> int:
        return len(self._hosts)

    def url(self, rng: random.Random) -> str | None:
        up = [host.url for host in self._hosts if host is not None]
        return rng.choice(up) if up else None

    async def close(self) -> None:
        for host in self._hosts:
            if host is not None:
                await host.__aexit__()


class Client:
    """Calls the app as its callers do: until it is answered."""

    def __init__(self, fleet: Fleet, rng: random.Random) -> None:
        self._fleet, self._rng = fleet, rng
        self.session = aiohttp.ClientSession(headers={"x-functions-key": KEY}, timeout=aiohttp.ClientTimeout(total=30))

    async def call(self, method: str, path: str, body: object = None, *, take: Sequence[int] = (200, 202)) -> Any:
        """Call an instance, another when it is away or says 503; returns the answer."""
        while True:
            url = self._fleet.url(self._rng)
            if url is None:
                await asyncio.sleep(0.2)
                continue
            try:
                async with self.session.request(method, f"{url}/api/{path}", json=body) as response:
                    if response.status in take:
                        return await response.json()
                    told = await response.text()
                    if response.status < 500 and response.status != 429:
                        raise AssertionError(f"{method} {path}: {response.status} {told[:300]}")
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(0.3)


class Story:
    """Sends everything, while chaos reigns; afterwards the world is whole and what is left is let settle."""

    def __init__(
        self, *, client: Client, fleet: Fleet, queues: StorageQueues, queue: str, proxies: Mapping[str, Proxy],
        rng: random.Random, inflicted: Counter[str], outage_seconds: float, tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.sent = Sent()
        self._client, self._fleet, self._queues, self._queue = client, fleet, queues, queue
        self._proxies, self._rng, self._inflicted = proxies, rng, inflicted
        self._outage_seconds, self._tell = outage_seconds, tell
        self._later: list[tuple[float, bytes]] = []

    async def send(self, likes: Sequence[Liked], *, at_once: int = 24) -> None:
        """Send the likes, a few at once, with copies, late copies and garbage between them."""
        waiting = iter(likes)
        done = 0

        async def worker() -> None:
            nonlocal done
            for like in waiting:
                await self._like(like)
                done += 1
                if done % max(1, len(likes) // 10) == 0:
                    self._tell(f"{done} of {len(likes)} likes sent")

        await asyncio.gather(*(worker() for _ in range(at_once)))

    async def _like(self, like: Liked) -> None:
        if self._rng.random() < BY_QUEUE:
            await self._post(like.message)
        else:
            await self._client.call("POST", "ops/taste-jobs", like.body)
        self.sent.likes[like.job_id] = like
        if self._rng.random() < WITHDRAWN:
            await self._client.call("POST", "ops/taste-jobs", {**like.body, "signal": "none"})
            self.sent.withdrawn[like.job_id] = like
            self._inflicted["likes taken back"] += 1
        elif self._rng.random() < TWICE:
            self._inflicted["likes sent twice"] += 1
            delay = self._rng.choice((0, 0, 5, 20))
            if delay:
                self._inflicted["of them late"] += 1
            await self._post(like.message, delay)
        if self._rng.random() < GARBAGE:
            body = b"\xff" + self._rng.randbytes(12)
            await self._post(body)
            self.sent.garbage.append(body)
            self._inflicted["garbage sent"] += 1

    async def _post(self, body: bytes, delay: float = 0) -> None:
        """As a producer sends: until the queue has it. Sent twice where the answer was lost, which must not matter."""
        while True:
            try:
                await self._queues.send(self._queue, body, delay_seconds=delay)
            except Exception:  # noqa: BLE001  (the queue is away: the producer tries again)
                await asyncio.sleep(0.3)
            else:
                return

    async def erase(self, user: str) -> None:
        """Erase all that is kept of a user, whose likes are on their way still."""
        answer = await self._client.call("DELETE", f"ops/users/{user}?actor=soak&reason=asked-for")
        self.sent.erased[user] = answer["operationId"]
        self._inflicted["users erased"] += 1

    async def run(self, timer: str, query: str = "") -> None:
        """Ask for a run of a timer's work."""
        answer = await self._client.call("POST", f"ops/run/{timer}?actor=soak{query}")
        self.sent.runs[answer["runId"]] = timer

    async def inflict(self, until: asyncio.Event, *, calm: bool) -> None:
        """Kill, break and take away, at random, until told to stop. Which comes next is the seed's; when, the machine's."""
        acts: list[Callable[[], Awaitable[None]]] = [
            self._kill,
            self._kill,
            self._pause,
            *(self._away(one) for one in self._proxies.values()),
        ]
        await self._kill()  # however short it is
        while not (calm or until.is_set()):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), self._rng.uniform(2, 6))
            if not until.is_set():
                await self._rng.choice(acts)()
        for proxy in self._proxies.values():
            proxy.start()
            proxy.cut = 0

    async def _kill(self) -> None:
        await self._fleet.kill(self._rng.randrange(self._fleet.size))

    async def _pause(self) -> None:
        """Hold the queue for a while; the pause ends by itself."""
        until = to_iso(Clock().now() + timedelta(seconds=self._rng.uniform(3, 15)))
        body = {"until": until, "reason": "the soak holds it", "actor": "soak"}
        await self._client.call("POST", f"ops/queues/{self._queue}/pause", body)
        self._inflicted["queue paused"] += 1

    def _away(self, proxy: Proxy) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            proxy.stop()
            await asyncio.sleep(self._rng.uniform(0.3, 1) * self._outage_seconds)
            proxy.start()

        return act
