"""A world for scraping: shops and pictures behind a polite fetcher that is ours, and processes that kick and scrape."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from agents.dead_letters.persister import DeadLetters
from agents.jobs.decide import JobPolicy
from agents.jobs.delivery import Runner
from agents.jobs.kinds import JobKinds
from agents.jobs.lifecycle import Jobs
from agents.runs.commands import Commands, TimerWork
from agents.runs.ledger import Ledger
from agents.runs.stages import Stages
from agents.scraper.assembly import Scraping
from agents.scraper.message import GLOBAL, ScrapeJobMessage, scrape_kind
from agents.timers import SCRAPER
from shared.clock import from_iso, to_iso
from shared.embeddings.client import BatchedEmbeddingClient
from shared.errors import ModelUnavailable, QueueUnavailable, Reason, RetryableError, StoreUnavailable
from shared.retry import QuickRetry
from shared.scraping.base import Limits
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, RUNS, SCRAPED_ITEMS, SCRAPER_SOURCES
from shared.store.query import Query
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.models import FakeEmbeddings
from tests.fakes.pages import SHOP, FakeWeb
from tests.faults.world import Faults, Faulty, ProcessDied, embedded_store

QUEUE, DEAD_LETTER_QUEUE, COMMANDS = "scrape-jobs", "scrape-jobs-poison", "run-commands"
LOCK_SECONDS = 600.0
ONCE = QuickRetry(retries=0)


class Process:
    """One instance of the app, as far as scraping goes."""

    def __init__(self, scene: "Scene") -> None:
        faults, clock = scene.faults, scene.time.clock()
        store: Any = Faulty(scene.store, faults, "store", StoreUnavailable("reported as failed"))
        queues: Any = Faulty(scene.queues, faults, "queues", QueueUnavailable("reported as failed"))
        fetch: Any = Faulty(scene.web, faults, "web", RetryableError("reported as failed", reason=Reason.SOURCE_UNREACHABLE))
        self.embeddings = BatchedEmbeddingClient(provider=scene.provider, clock=clock, wait_seconds=0.0)
        embeddings: Any = Faulty(self.embeddings, faults, "embeddings", ModelUnavailable("reported as failed"))
        self.scraping = Scraping.of(
            store=store, queues=queues, clock=clock, embeddings=embeddings, fetch=fetch, quick=scene.quick, queue=QUEUE,
            limits=scene.limits,
        )  # fmt: skip
        kind = scrape_kind(QUEUE, DEAD_LETTER_QUEUE, policy=JobPolicy(lease_seconds=500.0))
        lives = Jobs(store=store, clock=clock, kind=kind)
        self.dead_letters = DeadLetters(store=store, queues=queues, clock=clock, kind=kind)
        self.kinds = JobKinds((kind,))
        self.runner: Runner[ScrapeJobMessage] = Runner(
            kind=kind, workflow=self.scraping.worker, jobs=lives, queues=queues, clock=clock, dead_letters=self.dead_letters,
        )  # fmt: skip
        ledger = Ledger(store=store, clock=clock)
        kicker = self.scraping.kicker
        self.commands = Commands(
            ledger=ledger, stages=Stages(ledger=ledger, store=store, clock=clock), queues=queues, queue=COMMANDS, clock=clock,
            works={SCRAPER.name: TimerWork(stages=kicker, check=kicker.check)},
        )  # fmt: skip


class Scene:
    """What is durable, the outside world, and the process of the moment."""

    def __init__(self, faults: Faults | None = None, *, limits: Limits | None = None, quick: QuickRetry = ONCE) -> None:
        self.time = VirtualTime()
        self.store = embedded_store(self.time)
        self.queues = MemoryQueues(lambda: self.time.at)
        self.faults = faults or Faults()
        self.limits, self.quick = limits, quick
        self.web, self.provider = FakeWeb(), FakeEmbeddings(lambda text: [float(len(text)), 1.0], model="counting")
        self.web.time = self.time
        self.process = Process(self)

    def restart(self) -> Process:
        self.process = Process(self)
        return self.process

    async def source(self, source_id: str = "shop", *, shop: str = SHOP, **more: Any) -> Document:
        document = {
            "id": source_id, "sourceType": "shopify", "name": source_id, "config": {"sourceUrl": shop}, "isGlobal": True,
            "isActive": True, "createdAt": to_iso(self.time.at), "createdBy": "test", **more,
        }  # fmt: skip
        await self.store.upsert(SCRAPER_SOURCES.key, document)
        return document

    async def of_source(self, source_id: str = "shop", source_type: str = "shopify") -> Document:
        return (await self.store.read(SCRAPER_SOURCES.key, source_id, source_type)).body

    async def is_free(self, source_id: str = "shop", source_type: str = "shopify") -> bool:
        """True when the lease of a source has been let go: it is a time that is over."""
        source = await self.of_source(source_id, source_type)
        return from_iso(source["leaseExpiresAt"]) <= self.time.at and source["leaseOwner"] == ""

    async def change(self, source_id: str = "shop", **fields: Any) -> None:
        await self.store.upsert(SCRAPER_SOURCES.key, {**await self.of_source(source_id), **fields})

    async def fire(self) -> None:
        """The timer; the host hears of a failure and does nothing."""
        try:
            await self.process.commands.start_slot(SCRAPER.name, SCRAPER.schedule, grace=SCRAPER.grace)
        except (ProcessDied, asyncio.CancelledError, RetryableError):
            self.restart()

    async def day(self) -> None:
        """The timer, and everything that follows from it."""
        await self.fire()
        await self.drain()

    async def by_hand(self, **parameters: str) -> Document:
        """A manual run to its end; returns its row."""
        run_id = await self.process.commands.request(SCRAPER.name, "test", parameters)
        await self.drain()
        return (await self.store.read(RUNS.key, run_id, SCRAPER.name)).body

    async def drain(self, *, hours: float = 8.0) -> None:
        """Play the host until the queues are empty and every run has ended; reconciler's rescue every ten minutes."""
        until = self.time.at + timedelta(hours=hours)
        rescued = self.time.at
        while self.time.at < until:
            busy = await self._one(COMMANDS) | await self._one(QUEUE) | await self._one(DEAD_LETTER_QUEUE)
            if busy:
                continue
            if await self._is_quiet():
                return
            timer = rescued + timedelta(minutes=10)
            self.time.leap(15, until, timer, self.queues.next_visible(COMMANDS, QUEUE, DEAD_LETTER_QUEUE))
            if self.time.at - rescued >= timedelta(minutes=10):
                rescued = self.time.at
                try:
                    await self.process.commands.rescue()
                except (ProcessDied, asyncio.CancelledError, RetryableError):
                    self.restart()

    async def _is_quiet(self) -> bool:
        depths = [await self.queues.depth(queue) for queue in (COMMANDS, QUEUE, DEAD_LETTER_QUEUE)]
        return not any(depths) and all(row["outcome"] for row in await self.rows())

    async def _one(self, queue: str) -> bool:
        taken = await self.queues.receive(queue, limit=1, visibility_seconds=LOCK_SECONDS)
        for message in taken:
            try:
                await self._handle(queue, message.body or b"", again=message.dequeue_count > 1)
            except (ProcessDied, asyncio.CancelledError):
                self.restart()
            except RetryableError:
                pass  # the lock runs on
            else:
                await self.queues.delete(queue, message)
        return bool(taken)

    async def _handle(self, queue: str, body: bytes, *, again: bool) -> None:
        if queue == COMMANDS:
            await self.process.commands.handle(body)
        elif queue == QUEUE:
            await self.process.runner.deliver(body, redelivered=again)
        else:
            await self.process.dead_letters.persist(body)

    async def all(self, container: str) -> list[Document]:
        found: list[Document] = []
        cursor = None
        while True:
            page = await self.store.page(container, Query(page_size=1_000), cursor=cursor)
            found += page.documents
            cursor = page.cursor
            if cursor is None:
                return found

    async def rows(self) -> list[Document]:
        return await self.all(RUNS.key)

    async def items(self) -> list[Document]:
        return await self.all(SCRAPED_ITEMS.key)

    async def handles(self) -> Counter[str]:
        return Counter(str(item["productUrl"]).rpartition("/")[2] for item in await self.items())

    async def reasons(self) -> list[str]:
        return [record["reason"] for record in await self.all(DEAD_LETTERS.key) if record["status"] == "open"]

    async def store_item(self, item_id: str, **fields: Any) -> None:
        """An item that somebody else has stored."""
        await self.store.create(SCRAPED_ITEMS.key, {
            "id": item_id, "userId": GLOBAL, "sourceId": "other", "productUrl": f"https://other.example/{item_id}",
            "pHash": None, "scoreSignal": 7, "scrapedAt": to_iso(self.time.at), **fields,
        })  # fmt: skip

    async def close(self) -> None:
        await self.process.embeddings.close()
        await self.store.close()
