"""A mood run: its calls against 5,000 stored moods, its memory, and the arithmetic of 200 names beside its floor."""

import asyncio
import hashlib
import time
import tracemalloc
from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np

from agents.mood_processor.documents import Mention
from agents.mood_processor.extraction import CHUNK
from agents.mood_processor.feeds import MoodFeeds
from agents.mood_processor.names import MoodNames, Thresholds
from agents.mood_processor.processor import MoodProcessor
from shared.chat.base import Answer, Question
from shared.clock import Clock
from shared.embeddings.client import BatchedEmbeddingClient
from shared.embeddings.similarity import NearestSoFar, products_among
from shared.fashion.moods import PRIMARY_MOODS, FoundMood, FoundMoods, SameMoods
from shared.observe.metering import measure
from shared.retry import QuickRetry
from shared.settings import Feed
from shared.store.containers import MOODS
from shared.store.sqlite import SqliteStore
from shared.web.fetch import Fetched

FEEDS, ARTICLES, FOUND, STORED, DIMENSIONS = 5, 250, 40, 5_000, 256
NEW, LARGE = 200, 1_536


def vector(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    values = np.random.default_rng(seed).standard_normal(dimensions)
    return [float(value) for value in values / np.linalg.norm(values)]


class Provider:
    model = "bench"

    def __init__(self) -> None:
        self.calls = 0

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.calls += 1
        return [vector(text) for text in texts]

    async def close(self) -> None:
        return None


class Chat:
    model = "bench"

    def __init__(self) -> None:
        self.calls = 0

    async def ask(self, question: Question[Any]) -> Answer[Any]:
        self.calls += 1
        if question.name == "moods.same":
            return Answer(SameMoods(same=[False] * question.text.count('"one"')), self.model)
        start = (self.calls - 1) * 2
        moods = [
            FoundMood(
                name=f"Found {number % FOUND}",
                primary_mood=PRIMARY_MOODS[number % FOUND % 12],
                description="d",
                articles=[0, 1],
            )
            for number in range(start, start + 2)
        ]
        return Answer(FoundMoods(moods=moods), self.model)

    async def close(self) -> None:
        return None


class Newsstand:
    async def fetch(self, url: str, **_: Any) -> Fetched:
        items = "".join(
            f"<item><title>Title {number}</title><link>{url}/{number}</link></item>" for number in range(ARTICLES // FEEDS)
        )
        body = f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
        return Fetched(url, "application/rss+xml", body.encode())


async def stored(count: int, primaries: Sequence[str]) -> SqliteStore:
    store = SqliteStore(":memory:", clock=Clock())
    await store.ensure_containers()
    for number in range(count):
        primary = primaries[number % len(primaries)]
        await store.create(
            MOODS.key,
            {
                "id": f"{primary.casefold()}-{number}", "primaryMood": primary, "name": f"Mood {number}", "description": "",
                "nameEmbedding": vector(f"{number}"), "embeddingModel": "bench", "trendScore": 1, "countedArticles": {},
            },
        )  # fmt: skip
    return store


async def count_calls() -> None:
    store = await stored(STORED, PRIMARY_MOODS)
    chat, provider, clock, quick = Chat(), Provider(), Clock(), QuickRetry()
    embeddings = BatchedEmbeddingClient(provider=provider, clock=clock)
    processor = MoodProcessor(
        store=store, clock=clock, chat=chat, embeddings=embeddings, quick=quick,
        feeds=MoodFeeds(store=store, fetcher=Newsstand(), clock=clock, quick=quick),
        names=MoodNames(store=store, chat=chat, embeddings=embeddings, thresholds=Thresholds(0.6, 0.8)),
        sources=[Feed(name=f"f{index}", url=f"https://feed{index}.example/rss") for index in range(FEEDS)],
    )  # fmt: skip
    with measure() as usage:
        report = await processor.run()
    changed, chunks = report.done["moods"], -(-ARTICLES // CHUNK)
    print(f"{ARTICLES} articles of {FEEDS} feeds, {changed} moods against {STORED} stored: {report.outcome}")
    print(f"  model calls       {chat.calls}   (chunks {chunks}, at most 1 more)")
    print(f"  embedding calls   {provider.calls}   (1)")
    print(f"  store operations  {usage.operations}   ({usage.operations / changed:.2f} a changed mood, at most 3)\n")
    await store.close()


async def peak_memory(count: int) -> float:
    """MiB that naming takes at most, with all moods in one primary."""
    store = await stored(count, PRIMARY_MOODS[:1])
    embeddings = BatchedEmbeddingClient(provider=Provider(), clock=Clock())
    names = MoodNames(store=store, chat=Chat(), embeddings=embeddings, thresholds=Thresholds(0.6, 0.8))
    mentions = [Mention(f"Found {number}", PRIMARY_MOODS[0], "d", ()) for number in range(FOUND)]
    tracemalloc.start()
    await names.settle(mentions)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    await store.close()
    return peak


def compare_times() -> None:
    """The naming's arithmetic beside one bare product of the same size."""
    rng = np.random.default_rng(1)
    known = rng.standard_normal((STORED, LARGE)).astype(np.float32)
    new = rng.standard_normal((NEW, LARGE)).astype(np.float32)
    names = [str(number) for number in range(STORED)]
    pairs = []
    for _ in range(9):
        started = time.perf_counter()
        new @ known.T
        floor = time.perf_counter() - started
        started = time.perf_counter()
        nearest = NearestSoFar(new)
        for page in range(0, STORED, 500):
            nearest.look(names[page : page + 500], known[page : page + 500])
        products_among(new)
        pairs.append((floor, time.perf_counter() - started))
    print(f"{NEW} new names against {STORED} stored of {LARGE} numbers, {len(pairs)} pairs, medians")
    print(f"  floor  one numpy product       {median(one for one, _ in pairs) * 1000:6.1f} ms")
    print(f"  app    pages, nearest, among   {median(one for _, one in pairs) * 1000:6.1f} ms")
    print(f"  ratio  {median(after / before for before, after in pairs):.2f}   (at most 3)\n")


def run() -> None:
    """Print all three."""
    asyncio.run(count_calls())
    few, many = asyncio.run(peak_memory(2_000)), asyncio.run(peak_memory(10_000))
    print("peak memory of naming, all stored moods under one primary, pages of 500")
    print(f"  2,000 stored {few:.1f} MiB   10,000 stored {many:.1f} MiB   ratio {many / few:.2f}\n")
    compare_times()


if __name__ == "__main__":
    run()
