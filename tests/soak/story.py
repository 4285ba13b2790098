"""What is sent: likes by both doors, copies, late copies, changes of mind, declarations, garbage, runs and erasures."""

import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.queues.azure import StorageQueues
from tests.soak.fleet import Client
from tests.soak.webapi import WebApi

GONE: Final = 0.02  # of the pictures are not there until they are mended
WITHDRAWN: Final = 0.03  # of the likes are taken back
AGAIN: Final = 0.3  # of those are liked again
DECLARES: Final = 0.05
DECLINES: Final = 0.02
BY_QUEUE: Final = 0.3
TWICE: Final = 0.08
GARBAGE: Final = 0.003
LOOK_EVERY: Final = 50  # likes
LONGEST_QUEUE: Final = 500
PATIENCE: Final = 90  # seconds


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
    withdrawn: dict[str, Liked] = field(default_factory=dict)  # and not liked again
    leaving: set[str] = field(default_factory=set)  # they send nothing more, and are about to be erased
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


class Story:
    """Sends everything, while chaos reigns."""

    def __init__(
        self, *, client: Client, queues: StorageQueues, queue: str, web_api: WebApi, rng: random.Random,
        inflicted: Counter[str], tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.sent = Sent()
        self._client, self._queues, self._queue, self._web_api = client, queues, queue, web_api
        self._rng, self._inflicted, self._tell = rng, inflicted, tell
        self._busy: Counter[str] = Counter()
        self.count = 0  # of the likes that are sent
        self._looked = 0
        self._open = asyncio.Event()
        self._open.set()

    async def send(self, likes: Sequence[Liked], *, at_once: int = 24) -> None:
        """Send the likes, a few at once, with everything else between them."""
        waiting = iter(likes)
        done = 0

        async def worker() -> None:
            nonlocal done
            for like in waiting:
                await self._room()
                if like.user not in self.sent.leaving:
                    self._busy[like.user] += 1
                    await self._like(like)
                    self._busy[like.user] -= 1
                done += 1
                self.count += 1
                if done % max(1, len(likes) // 3) == 0:
                    self._tell(f"{done} of {len(likes)} likes sent")

        await asyncio.gather(*(worker() for _ in range(at_once)))

    async def _room(self) -> None:
        """Wait, though not for ever, while the queue is long: Azurite takes as long for a message as there are messages."""
        if self.count % LOOK_EVERY == 0 and self.count != self._looked:
            self._looked = self.count
            self._open.clear()
            for _ in range(PATIENCE):
                try:
                    depth = await self._queues.depth(self._queue)
                except Exception:  # noqa: BLE001  (the queue is away)
                    break
                if depth < LONGEST_QUEUE:
                    break
                await asyncio.sleep(1)
            self._open.set()
        await self._open.wait()

    async def _like(self, like: Liked) -> None:
        draw = self._rng.random
        if draw() < BY_QUEUE:
            await self._post(like.message)
        else:
            await self._client.call("POST", "ops/taste-jobs", like.body)
        self.sent.likes[like.job_id] = like
        if draw() < WITHDRAWN:
            await self._change_of_mind(like)
        elif draw() < TWICE:
            self._inflicted["likes sent twice"] += 1
            await self._copy(like)
        if draw() < DECLARES:
            await self._web_api.declare(like.user)
        if draw() < DECLINES:
            await self._web_api.decline(like.user)
        if draw() < GARBAGE:
            body = b"\xff" + self._rng.randbytes(12)
            await self._post(body)
            self.sent.garbage.append(body)
            self._inflicted["garbage sent"] += 1

    async def _change_of_mind(self, like: Liked) -> None:
        """Take it back, with a copy of its message that comes after that, perhaps; and like it again, perhaps."""
        await self._client.call("POST", "ops/taste-jobs", {**like.body, "signal": "none"})
        self._inflicted["likes taken back"] += 1
        if self._rng.random() < 0.5:
            self._inflicted["copies after they were taken back"] += 1
            await self._copy(like)
        if self._rng.random() < AGAIN:
            await self._client.call("POST", "ops/taste-jobs", like.body)
            self._inflicted["of them liked again"] += 1
        else:
            self.sent.withdrawn[like.job_id] = like

    async def _copy(self, like: Liked) -> None:
        delay = self._rng.choice((0, 0, 5, 20))
        if delay:
            self._inflicted["late copies"] += 1
        await self._post(like.message, delay)

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
        """Erase all that is kept of a user, who sends nothing more, and whose likes are on their way still."""
        self.sent.leaving.add(user)
        while self._busy[user]:
            await asyncio.sleep(0.1)
        answer = await self._client.call("DELETE", f"ops/users/{user}?actor=soak&reason=asked-for")
        self.sent.erased[user] = answer["operationId"]
        self._inflicted["users erased"] += 1

    async def run(self, timer: str, query: str = "") -> None:
        """Ask for a run of a timer's work."""
        answer = await self._client.call("POST", f"ops/run/{timer}?actor=soak{query}")
        self.sent.runs[answer["runId"]] = timer
        self._inflicted[f"runs of {timer}"] += 1
