"""A world with a breaker before its model, likes that come at their times, and what became of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.chat.base import Question
from shared.chat.breaker import Breaker, GuardedChat
from shared.clock import from_iso
from shared.errors import StoreUnavailable
from shared.fashion.style import StyleDescription
from shared.store.base import Document, Store
from shared.store.containers import DEAD_LETTERS, JOBS
from tests.fakes.clock import VirtualTime
from tests.fakes.models import FakeChat
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, Faults, Faulty, World, embedded_store, key_of

SICK = "sick"
CONTROL = "control"
Fault = Callable[[str, datetime], Exception | None]


class Model(FakeChat):
    """Fails as `fault` says of the picture's words at that time; remembers when it was asked."""

    def __init__(self, time: VirtualTime, fault: Fault) -> None:
        super().__init__(self._describe)
        self._time = time
        self._fault = fault
        self.told: list[tuple[datetime, str]] = []

    def _describe(self, question: Question[Any]) -> StyleDescription:
        image = question.image or b""
        words = CONTROL if image.startswith(b"\xff\xd8") else image.decode()
        self.told.append((self._time.at, words))
        error = self._fault(words, self._time.at)
        if error is not None:
            raise error
        return StyleDescription(style_keywords=[words], colours=[], garments=[], confidence=1.0)


class OutageWorld(World):
    """A world whose model stands behind the fleet's breaker."""

    def __init__(self, store: Store, fault: Fault, *, faults: Faults | None = None) -> None:
        super().__init__(store, faults=faults)
        self.model = Model(self.time, fault)
        self.chat = self.model
        self.wiring = self.restart()

    def guarded(self, chat: Any) -> Any:
        store: Any = Faulty(self.store, self.faults, "breaker's store", StoreUnavailable("reported as failed"))
        return GuardedChat(chat, Breaker(store=store, clock=self.time.clock(), scope="azure.mine"))


@dataclass
class Outcome:
    """What became of the likes, by picture: seconds until each was completed, and the dead with their reasons."""

    waits: dict[str, float] = field(default_factory=dict)
    dead: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Document] = field(default_factory=dict)

    def p90(self) -> float:
        ordered = sorted(self.waits.values())
        return ordered[int(len(ordered) * 0.9)]


async def play(
    fault: Fault, likes: Sequence[tuple[float, str]], *, hours: float, on_tick: Callable[[OutageWorld], Any] | None = None
) -> tuple[OutageWorld, Outcome]:
    """Send each like `(seconds, picture)` at its time, and play the host until all is quiet, or the hours are over."""
    world = OutageWorld(embedded_store(VirtualTime()), fault)
    began, due = world.time.at, sorted(likes)
    end = began + timedelta(hours=hours)
    sent: dict[str, datetime] = {}
    while world.time.at < end:
        while due and world.time.at >= began + timedelta(seconds=due[0][0]):
            _, picture = due.pop(0)
            await world.like(f"u-{picture}", picture)
            sent[picture] = world.time.at
        busy = await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
        busy = await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist) or busy
        if busy:
            continue
        if on_tick is not None:
            await on_tick(world)
        if not due and await world.is_quiet():
            break
        next_like = began + timedelta(seconds=due[0][0]) if due else None
        next_tick = world.time.at if on_tick is not None else None
        world.time.leap(5, end, next_like, next_tick, world.queues.next_visible(QUEUE, DEAD_LETTER_QUEUE))
    return world, await _outcome(world, sent)


async def _outcome(world: OutageWorld, sent: Mapping[str, datetime]) -> Outcome:
    found = Outcome()
    for picture, at in sent.items():
        key = key_of(f"u-{picture}", picture)
        job = (await world.store.read(JOBS.key, key, key)).body
        found.jobs[picture] = job
        if job["status"] == "completed":
            found.waits[picture] = (from_iso(job["lastCompletedAt"]) - at).total_seconds()
    for record in await world.documents(DEAD_LETTERS.key):
        found.dead[record["payload"]["image_url"].rpartition("/")[2]] = record["reason"]
    return found
