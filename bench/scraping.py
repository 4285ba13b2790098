"""A scrape of a thousand new items and of the same again: its calls; and the library's memory and catch-up."""

import asyncio
import io
import json
import time
import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from agents.jobs.delivery import Checkpoint
from agents.jobs.job import Claim, Job
from agents.scraper.assembly import Scraping
from agents.scraper.ingest import BATCH
from agents.scraper.library import Library
from agents.scraper.message import GLOBAL, CollectMessage, collect_body
from shared.clock import Clock, to_iso
from shared.embeddings.client import BatchedEmbeddingClient
from shared.observe.metering import measure
from shared.retry import QuickRetry
from shared.scraping.base import Limits, Stopped
from shared.store.base import Create
from shared.store.containers import SCRAPED_ITEMS, SCRAPER_SOURCES
from shared.store.sqlite import SqliteStore
from shared.web.fetch import Fetched

ITEMS, STORED, DIMENSIONS = 1_000, 50_000, 256
SHOP = "https://shop.example"


class Provider:
    model = "bench"

    def __init__(self) -> None:
        self.calls = 0

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.calls += 1
        return [[float(len(text)), *[0.5] * (DIMENSIONS - 1)] for text in texts]

    async def close(self) -> None:
        return None


class Site:
    """A shop of `ITEMS` products, each with a picture of its own."""

    def __init__(self) -> None:
        self.pictures = 0

    async def get(
        self, url: str, *, accept: str, max_bytes: int, validators: Mapping[str, str] | None = None
    ) -> Fetched:  # fmt: skip
        name, _, query = url.rpartition("/")[2].partition("?")
        if name.endswith(".jpg"):
            self.pictures += 1
            rough = np.random.default_rng(int(name[:-4])).integers(0, 256, (8, 8), dtype=np.uint8)
            out = io.BytesIO()
            Image.fromarray(rough).resize((400, 400), Image.Resampling.BICUBIC).save(out, "JPEG")
            return Fetched(url, "image/jpeg", out.getvalue())
        first = (int(query.rpartition("=")[2]) - 1) * 100
        products = [
            {"handle": f"p{number}", "title": f"Product {number}", "body_html": "About it. " * 20, "images": [
                {"src": f"https://cdn.example/{number}.jpg"}
            ]}
            for number in range(first, min(first + 100, ITEMS))
        ]  # fmt: skip
        return Fetched(url, "application/json", json.dumps({"products": products}).encode())

    async def objection(self, url: str) -> Stopped | None:
        return None


async def count_calls() -> None:
    clock, site, provider, quick = Clock(), Site(), Provider(), QuickRetry()
    store: Any = SqliteStore(":memory:", clock=clock)
    await store.create(SCRAPER_SOURCES.key, {
        "id": "shop", "sourceType": "shopify", "config": {"sourceUrl": SHOP}, "isActive": True, "isGlobal": True,
    })  # fmt: skip
    queues: Any = None
    scraping = Scraping.of(
        store=store, queues=queues, clock=clock, embeddings=BatchedEmbeddingClient(provider=provider, clock=clock),
        fetch=site, quick=quick, queue="scrape-jobs", limits=Limits(pages=20, items=ITEMS),
    )  # fmt: skip
    for name in (f"{ITEMS:,} items of one source, all new", "the same again"):
        body = collect_body("shopify", "shop", run_id=name[:3], lease="", manual=True, at=to_iso(clock.now()))
        message = CollectMessage.model_validate({**body, "body": body})
        calls, pictures, started = provider.calls, site.pictures, time.perf_counter()
        with measure() as usage:
            outcome = await scraping.worker.run(Claim(message.key, 0, "", 0, clock.now(), Job({})), message, Checkpoint())
        health = (await store.read(SCRAPER_SOURCES.key, "shop", "shopify")).body["health"]
        seconds = time.perf_counter() - started
        print(f"{name}: {outcome}, {health['new']} new, {sum(health['duplicates'].values())} duplicates, {seconds:.1f} s")
        print(f"  embedding calls   {provider.calls - calls}   (new / {BATCH}, rounded up: {-(-health['new'] // BATCH)})")
        print(f"  store operations  {usage.operations}   ({usage.operations / ITEMS:.3f} an item, at most 1.1): {usage.kinds}")
        print(f"  pictures fetched  {site.pictures - pictures}")
    print()
    await store.close()


async def weigh_library(folder: Path) -> None:
    """`STORED` items with embeddings: what loading them takes, and holds."""
    clock = Clock()
    store = SqliteStore(str(folder / "bench.db"), clock=clock)
    rng = np.random.default_rng(1)
    hashes = [f"{bits:016x}" for bits in rng.integers(0, 1 << 64, STORED, dtype=np.uint64)]
    for first in range(0, STORED, 100):
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
    print(f"the library of {STORED:,} stored items")
    print(f"  memory   {held / STORED:.0f} bytes an item held, {peak / 2**20:.0f} MiB at most while loading")
    print(f"  loading  {loaded:.1f} s from the embedded store, once a worker and day\n")
    await store.close()


def run() -> None:
    """Print both."""
    asyncio.run(count_calls())
    with TemporaryDirectory() as folder:
        asyncio.run(weigh_library(Path(folder)))


if __name__ == "__main__":
    run()
