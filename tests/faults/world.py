"""A whole world for the fault tests: virtual time, a real embedded store, queues, and collaborators that fail on demand.

Every await of every collaborator is an index. `Faults.at` names one of them and what happens there: the process dies
before or after the call, the call is cancelled, or it is executed and reported as failed. A dead process loses its memory;
`World.restart` wires a new one over the same store and queues, and `World.drain` plays the host until all is quiet.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from agents.reconciler import Repair
from agents.taste_analysis.likes import Accepted, Like
from agents.taste_analysis.message import job_id_of
from agents.taste_analysis.profile import PROFILE_ID, TasteProfile
from agents.wiring import Wiring
from shared.chat.base import Question
from shared.errors import ModelUnavailable, QueueUnavailable, RetryableError, StoreUnavailable
from shared.fashion.style import StyleDescription
from shared.pictures.decode import Picture
from shared.pictures.nothing import Nothing
from shared.services import Services
from shared.settings import Settings
from shared.store.base import Document, Store
from shared.store.containers import DEAD_LETTERS, JOBS, TASTE
from shared.store.query import Compare, Query
from shared.store.sqlite import SqliteStore
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.models import Axes, FakeChat, FakeEmbeddings
from tests.inline import Inline

QUEUE, DEAD_LETTER_QUEUE = "taste-analysis-jobs", "taste-analysis-jobs-poison"
LOCK_SECONDS = 600.0
MAX_DEQUEUE_COUNT = 5
MODES = ("crash_before", "crash_after", "cancel", "ambiguous")


READS = frozenset({
    "store.read", "store.find", "store.page", "breaker's store.read", "breaker's store.find", "breaker's store.page",
    "queues.peek", "queues.depth", "queues.exists",
})  # fmt: skip


class ProcessDied(BaseException):
    """The process is gone: nobody may catch this."""


@dataclass
class Faults:
    """Counts the awaits and strikes at one of them. `errors`: what an ambiguous call of a collaborator reports."""

    at: int = 0
    mode: str = ""
    count: int = 0
    struck: str = ""
    dead: bool = False  # until a new process is wired: what `finally` blocks try to write is not written
    log: list[str] = field(default_factory=list)

    def places(self, mode: str) -> list[int]:
        """Return the awaits to strike at in the story that was counted here.

        Whether a process dies before or after a call that only reads, it leaves the same behind: it dies before it.
        """
        counted = self.log[len(self.log) - self.count :]
        return [at for at, name in enumerate(counted, 1) if mode != "crash_after" or name not in READS]

    async def call(self, name: str, method: Callable[..., Awaitable[Any]], error: Exception, *args: Any, **kwargs: Any) -> Any:
        if self.dead:
            raise ProcessDied(name)
        self.count += 1
        self.log.append(name)
        if self.count != self.at:
            return await method(*args, **kwargs)
        self.struck = name
        self.dead = self.mode == "crash_before"
        if self.dead:
            raise ProcessDied(name)
        if self.mode == "cancel":
            raise asyncio.CancelledError(name)
        await method(*args, **kwargs)
        self.dead = self.mode == "crash_after"
        if self.dead:
            raise ProcessDied(name)
        raise error


class Faulty:
    """Any collaborator, each await of it an index of `faults`."""

    def __init__(self, inner: Any, faults: Faults, name: str, error: Exception) -> None:
        faults.dead = False  # wiring collaborators anew is what a new process does
        self._inner, self._faults, self._name, self._error = inner, faults, name, error

    def __getattr__(self, method: str) -> Any:
        target = getattr(self._inner, method)
        if not asyncio.iscoroutinefunction(target):
            return target

        name = f"{self._name}.{method}"

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._faults.call(name, target, self._error, *args, **kwargs)

        return call


def described(question: Question[Any]) -> StyleDescription:
    """A model that reads the picture's own bytes: `word,word|colour`."""
    words, _, colours = (question.image or b"").decode().partition("|")
    return StyleDescription(
        style_keywords=words.split(","), colours=colours.split(",") if colours else [], garments=[], confidence=1.0
    )


class FakePictures:
    """`https://img.example/<words>|<colours>`: the address is the picture."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.nothing: dict[str, Nothing] = {}

    async def load(self, url: str) -> Picture:
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        content = url.rpartition("/")[2].encode()
        nothing = self.nothing.get(content.decode())
        return Picture(jpeg=content, width=1, height=1, digest=content.hex(), nothing=nothing)


class World:
    """The store, the queues, the clock, and the process of the moment."""

    def __init__(self, store: Store, *, attempts: int = 5, faults: Faults | None = None) -> None:
        self.time = self._time_of(store)
        self.store = store
        self.queues = MemoryQueues(lambda: self.time.at)
        self.faults = faults or Faults()
        self.settings = Settings.from_environment(
            {"MODEL_PROVIDER": "openai", "OPENAI_API_KEY": "none", "TASTE_JOB_MAX_ATTEMPTS": str(attempts)}
        )
        self.reconciles = True
        self.chat, self.pictures, self.embeddings = FakeChat(described), FakePictures(), FakeEmbeddings(Axes())
        self.wiring = self.restart()

    @staticmethod
    def _time_of(store: Store) -> VirtualTime:
        return store.time  # type: ignore[attr-defined, no-any-return]

    def restart(self) -> Wiring:
        """A new process over what is durable."""
        store: Any = Faulty(self.store, self.faults, "store", StoreUnavailable("reported as failed"))
        queues: Any = Faulty(self.queues, self.faults, "queues", QueueUnavailable("reported as failed"))
        chat: Any = Faulty(self.chat, self.faults, "chat", ModelUnavailable("reported as failed"))
        embeddings: Any = Faulty(self.embeddings, self.faults, "embeddings", ModelUnavailable("reported as failed"))
        pictures: Any = Faulty(self.pictures, self.faults, "pictures", ModelUnavailable("reported as failed"))
        fetcher: Any = None  # the stories of the taste jobs fetch through `pictures`
        services = Services(
            settings=self.settings, clock=self.time.clock(), store=store, queues=queues, chat=self.guarded(chat),
            embeddings=embeddings, fetcher=fetcher, pictures=pictures, synonym_threshold=0.8,
        )  # fmt: skip
        self.wiring = Wiring.of(services)
        return self.wiring

    def guarded(self, chat: Any) -> Any:
        """The model as the workflows get it; the stories of breakers put one in front."""
        return chat

    async def like(self, user: str, picture: str, item: str = "item-1") -> Accepted:
        """A client's like; it sends again while it gets no answer."""
        like = Like(userId=user, itemId=item, imageUrl=f"https://img.example/{picture}", signal="up")
        for _ in range(10):
            try:
                return await self.wiring.intake.accept(like)
            except (ProcessDied, asyncio.CancelledError, RetryableError):
                self.restart()
        raise AssertionError("a like was refused ten times")

    async def work_one(self) -> bool:
        """Play the host for one message of the taste jobs, which hears whether it was given out before."""
        deliver = self.wiring.runners["taste-analysis"].deliver
        return await self.deliver_one(QUEUE, deliver, tells_redelivery=True)

    async def deliver_one(
        self, queue: str, handler: Callable[..., Awaitable[object]], *, tells_redelivery: bool = False
    ) -> bool:
        """Play the host for one message: delete it, release it, or move it to poison. False: none was visible."""
        taken = await self.queues.receive(queue, limit=1, visibility_seconds=LOCK_SECONDS)
        if not taken:
            return False
        message = taken[0]
        assert message.body is not None
        if message.dequeue_count <= MAX_DEQUEUE_COUNT or queue == DEAD_LETTER_QUEUE:
            told = {"redelivered": message.dequeue_count > 1} if tells_redelivery else {}
            try:
                await handler(message.body, **told)
            except (ProcessDied, asyncio.CancelledError):
                self.restart()  # the lock of ten minutes runs on
                return True
            except Exception:  # noqa: BLE001  (the host's own net)
                if message.dequeue_count < MAX_DEQUEUE_COUNT or queue == DEAD_LETTER_QUEUE:
                    return True
            else:
                await self.queues.delete(queue, message)
                return True
        await self.queues.send_raw(DEAD_LETTER_QUEUE, message.content)
        await self.queues.delete(queue, message)
        return True

    async def drain(self, *, hours: float = 30.0) -> list[Repair]:
        """Play the host until nothing is left to do; the reconciler runs every ten minutes. Returns its repairs."""
        repairs: list[Repair] = []
        until = self.time.at + timedelta(hours=hours)
        next_timer = self.time.at + timedelta(seconds=600)
        while self.time.at < until:
            busy = await self.work_one()
            busy = await self.deliver_one(DEAD_LETTER_QUEUE, self.wiring.dead_letters["taste-analysis"].persist) or busy
            if busy:
                continue
            if await self.is_quiet():
                return repairs
            timer = next_timer if self.reconciles else None
            self.time.leap(15, until, timer, self.queues.next_visible(QUEUE, DEAD_LETTER_QUEUE))
            if self.reconciles and self.time.at >= next_timer:
                next_timer = self.time.at + timedelta(seconds=600)
                try:
                    repairs += await self.wiring.reconciler.run()
                except (ProcessDied, asyncio.CancelledError, RetryableError):
                    self.restart()
        return repairs

    async def is_quiet(self) -> bool:
        if await self.queues.depth(QUEUE) or await self.queues.depth(DEAD_LETTER_QUEUE):
            return False
        final = {"completed", "dead_lettered"}
        return all(job["status"] in final for job in await self.documents(JOBS.key))

    async def documents(self, container: str, where: Compare | None = None) -> list[Document]:
        found: list[Document] = []
        cursor = None
        while True:
            query = Query(where=where) if where else Query()
            page = await self.store.page(container, query, cursor=cursor)
            found.extend(page.documents)
            cursor = page.cursor
            if cursor is None:
                return found

    async def signals(self) -> list[Document]:
        return await self.documents(TASTE.key, Compare("type", "=", "signal"))

    async def profile(self, user: str) -> TasteProfile | None:
        item = await self.store.find(TASTE.key, PROFILE_ID, user)
        return TasteProfile.from_document(item.body) if item else None

    async def check(self, *, users: int = 1) -> None:
        """The invariants that hold whenever all is quiet."""
        signals = await self.signals()
        jobs = await self.documents(JOBS.key)
        records = {record["id"]: record for record in await self.documents(DEAD_LETTERS.key)}
        applied = {f"{signal['jobId']}.{signal['generation']}" for signal in signals}
        assert len(applied) == len(signals), "a signal was applied twice"
        for job in jobs:
            key = f"{job['jobId']}.{job['generation']}"
            assert job["status"] in {"completed", "dead_lettered"}, f"stuck: {job}"
            assert (job["status"] == "completed") == (key in applied), f"{job['status']}, applied: {key in applied}"
            if job["status"] == "dead_lettered":
                assert records[key]["status"] == "open", records[key]
            elif key in records:
                assert records[key]["status"] == "resolved", records[key]
        per_user: dict[str, int] = {}
        for signal in signals:
            per_user[signal["userId"]] = per_user.get(signal["userId"], 0) + 1
        for user, count in per_user.items():
            profile = await self.profile(user)
            assert profile is not None, "a signal without its profile"
            assert profile.signals == count, f"profile counts {profile.signals}, there are {count} signals"
            evidence = sum(state.evidence for state in profile.terms.values())
            assert evidence == sum(len(signal["terms"]) for signal in signals if signal["userId"] == user)
        assert len(per_user) <= users


def key_of(user: str, picture: str, item: str = "item-1") -> str:
    return job_id_of(user, item, f"https://img.example/{picture}", None)


OPENED: Final[list[SqliteStore]] = []


def embedded_store(time: VirtualTime) -> SqliteStore:
    """The real embedded store, in memory, on the world's time and in the caller's own thread."""
    store = SqliteStore(":memory:", clock=time.clock(), thread=Inline())
    store.time = time  # type: ignore[attr-defined]
    OPENED.append(store)
    return store


def close_stores() -> None:
    """Close what a test has left open: from Python 3.13 on a connection that nobody closes is warned of."""
    while OPENED:
        OPENED.pop()._lanes._close_connections()
