"""A scrape of a thousand new items and of the same again: its calls; and the library's memory and catch-up."""

import asyncio
import time
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from agents.jobs.delivery import Checkpoint
from agents.jobs.job import Claim, Job
from agents.scraper.assembly import Scraping
from agents.scraper.ingest import BATCH
from agents.scraper.library import Library
from agents.scraper.message import GLOBAL, CollectMessage, collect_body
from bench.report import Report
from shared.clock import Clock, to_iso
from shared.embeddings.client import BatchedEmbeddingClient
from shared.observe.metering import measure
from shared.retry import QuickRetry
from shared.scraping.base import Limits
from shared.store.base import Create
from shared.store.containers import SCRAPED_ITEMS, SCRAPER_SOURCES
from shared.store.sqlite import SqliteStore
from tests.fakes.models import FakeEmbeddings
from tests.fakes.pages import SHOP, FakeWeb

ITEMS, STORED, DIMENSIONS = 1_000, 50_000, 256


async def count_calls(report: Report, count: int) -> None:
    clock, shop, quick = Clock(), FakeWeb(), QuickRetry()
    provider = FakeEmbeddings(lambda text: [float(len(text)), *[0.5] * (DIMENSIONS - 1)], model="bench")
    shop.shop([(f"p{number}", number) for number in range(count)])
    store: Any = SqliteStore(":memory:", clock=clock)
    await store.create(SCRAPER_SOURCES.key, {
        "id": "shop", "sourceType": "shopify", "config": {"sourceUrl": SHOP}, "isActive": True, "isGlobal": True,
    })  # fmt: skip
    queues: Any = None
    scraping = Scraping.of(
        store=store, queues=queues, clock=clock, embeddings=BatchedEmbeddingClient(provider=provider, clock=clock),
        fetch=shop, quick=quick, queue="scrape-jobs", limits=Limits(pages=20, items=count),
    )  # fmt: skip
    for number, name in enumerate((f"{count:,} items of one source, all new", "the same again")):
        report.progress(f"scraping: {name}")
        body = collect_body("shopify", "shop", run_id=name[:3], lease="", manual=True, at=to_iso(clock.now()))
        message = CollectMessage.model_validate({**body, "body": body})
        calls, pictures, started = provider.calls, len(shop.pictures()), time.perf_counter()
        with measure() as usage:
            outcome = await scraping.worker.run(Claim(message.key, 0, "", 0, clock.now(), Job({})), message, Checkpoint())
        health = (await store.read(SCRAPER_SOURCES.key, "shop", "shopify")).body["health"]
        seconds = time.perf_counter() - started
        report.say(f"{name}: {outcome}, {health['new']} new, {sum(health['duplicates'].values())} duplicates, {seconds:.1f} s")
        asked, each, seen = provider.calls - calls, usage.operations / count, len(shop.pictures()) - pictures
        batches = -(-health["new"] // BATCH)
        if number == 0:
            report.figure(
                "scraping.embedding_calls_over_batches", asked - batches, f"embedding calls   {asked}, batches {batches}"
            )
            report.figure("scraping.operations_an_item", each, f"store operations  {usage.operations}, {each:.3f} an item")
            report.figure("scraping.pictures", seen, f"pictures fetched  {seen}")
        else:
            report.figure("scraping.known_pictures", asked + seen, f"embedding calls {asked}, pictures fetched {seen}")
            report.figure("scraping.known_operations", each, f"store operations  {usage.operations}, {each:.3f} an item")
    await store.close()


async def weigh_library(report: Report, folder: Path, count: int) -> None:
    """`count` items with embeddings: what loading them takes, and holds."""
    clock = Clock()
    store = SqliteStore(str(folder / "bench.db"), clock=clock)
    rng = np.random.default_rng(1)
    hashes = [f"{bits:016x}" for bits in rng.integers(0, 1 << 64, count, dtype=np.uint64)]
    for first in range(0, count, 100):
        report.progress(f"scraping: {first:,} of {count:,} items stored")
        steps = [
            Create({
                "id": f"shopify-{number:016x}", "userId": GLOBAL, "productUrl": f"{SHOP}/products/{number}", "saveId": "s",
                "pHash": hashes[number], "embedding": [0.5] * DIMENSIONS, "scrapedAt": to_iso(clock.now()),
            })
            for number in range(first, first + 100)
        ]  # fmt: skip
        await store.batch(SCRAPED_ITEMS.key, GLOBAL, steps)
    library = Library(store=store, clock=clock, quick=QuickRetry(), partition=GLOBAL)
    tracemalloc.start()
    await library.refresh()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    again = Library(store=store, clock=clock, quick=QuickRetry(), partition=GLOBAL)
    started = time.perf_counter()
    await again.refresh()
    loaded = time.perf_counter() - started
    report.say(f"the library of {count:,} stored items")
    text = f"memory   {held / count:.0f} bytes an item held, {peak / 2**20:.0f} MiB at most while loading"
    report.figure("scraping.bytes_an_item", held / count, text)
    report.figure("scraping.loading_s", loaded, f"loading  {loaded:.1f} s from the embedded store, once a worker and day")
    await store.close()


def run(report: Report) -> None:
    """Report both."""
    asyncio.run(count_calls(report, 100 if report.tiny else ITEMS))
    with TemporaryDirectory() as folder:
        asyncio.run(weigh_library(report, Path(folder), 2_000 if report.tiny else STORED))
