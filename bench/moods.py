"""A mood run: its calls against 5,000 stored moods, its memory, and the arithmetic of 200 names beside its floor."""

import asyncio
import hashlib
import itertools
import time
import tracemalloc
from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np
from pydantic import BaseModel

from agents.mood_processor.documents import Mention
from agents.mood_processor.extraction import CHUNK
from agents.mood_processor.feeds import MoodFeeds
from agents.mood_processor.names import MoodNames, Thresholds
from agents.mood_processor.processor import MoodProcessor
from bench.report import Report
from shared.chat.base import Question
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
from tests.fakes.models import FakeChat, FakeEmbeddings

FEEDS, ARTICLES, FOUND, STORED, DIMENSIONS = 5, 250, 40, 5_000, 256
NEW, LARGE = 200, 1_536


def vector(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    values = np.random.default_rng(seed).standard_normal(dimensions)
    return [float(value) for value in values / np.linalg.norm(values)]


def model() -> FakeChat:
    """A model that answers at once: two moods a chunk, `FOUND` names in all; no two names are one."""
    chunks = itertools.count()

    def reply(question: Question[Any]) -> BaseModel:
        if question.name == "moods.same":
            return SameMoods(same=[False] * question.text.count('"one"'))
        start = next(chunks) * 2
        return FoundMoods(moods=[
            FoundMood(
                name=f"Found {number % FOUND}", primary_mood=PRIMARY_MOODS[number % FOUND % 12], description="d",
                articles=[0, 1],
            )
            for number in range(start, start + 2)
        ])  # fmt: skip

    return FakeChat(reply, model="bench")


def provider() -> FakeEmbeddings:
    return FakeEmbeddings(vector, model="bench")


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


async def count_calls(report: Report, count: int) -> None:
    store = await stored(count, PRIMARY_MOODS)
    chat, vectors, clock, quick = model(), provider(), Clock(), QuickRetry()
    embeddings = BatchedEmbeddingClient(provider=vectors, clock=clock)
    processor = MoodProcessor(
        store=store, clock=clock, chat=chat, embeddings=embeddings, quick=quick,
        feeds=MoodFeeds(store=store, fetcher=Newsstand(), clock=clock, quick=quick),
        names=MoodNames(store=store, chat=chat, embeddings=embeddings, thresholds=Thresholds(0.6, 0.8)),
        sources=[Feed(name=f"f{index}", url=f"https://feed{index}.example/rss") for index in range(FEEDS)],
    )  # fmt: skip
    with measure() as usage:
        done = await processor.run()
    changed, chunks = done.done["moods"], -(-ARTICLES // CHUNK)
    report.say(f"{ARTICLES} articles of {FEEDS} feeds, {changed} moods against {count:,} stored: {done.outcome}")
    report.figure("moods.model_calls_over_chunks", chat.calls - chunks, f"model calls       {chat.calls}, chunks {chunks}")
    report.figure("moods.embedding_calls", vectors.calls, f"embedding calls   {vectors.calls}")
    each = usage.operations / changed
    report.figure("moods.operations_a_mood", each, f"store operations  {usage.operations}, {each:.2f} a changed mood")
    await store.close()


async def peak_memory(count: int) -> float:
    """MiB that naming takes at most, with all moods in one primary."""
    store = await stored(count, PRIMARY_MOODS[:1])
    embeddings = BatchedEmbeddingClient(provider=provider(), clock=Clock())
    names = MoodNames(store=store, chat=model(), embeddings=embeddings, thresholds=Thresholds(0.6, 0.8))
    mentions = [Mention(f"Found {number}", PRIMARY_MOODS[0], "d", ()) for number in range(FOUND)]
    tracemalloc.start()
    await names.settle(mentions)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    await store.close()
    return peak


def compare_times(report: Report, count: int, rounds: int) -> None:
    """The naming's arithmetic beside one bare product of the same size."""
    rng = np.random.default_rng(1)
    known = rng.standard_normal((count, LARGE)).astype(np.float32)
    new = rng.standard_normal((NEW, LARGE)).astype(np.float32)
    names = [str(number) for number in range(count)]
    pairs = []
    for _ in range(rounds):
        started = time.perf_counter()
        new @ known.T
        floor = time.perf_counter() - started
        started = time.perf_counter()
        nearest = NearestSoFar(new)
        for page in range(0, count, 500):
            nearest.look(names[page : page + 500], known[page : page + 500])
        products_among(new)
        pairs.append((floor, time.perf_counter() - started))
    report.say(f"{NEW} new names against {count:,} stored of {LARGE:,} numbers, {rounds} pairs, medians")
    floor, app = median(one for one, _ in pairs) * 1000, median(one for _, one in pairs) * 1000
    report.figure("moods.naming_floor_ms", floor, f"floor  one numpy product       {floor:6.1f} ms")
    report.figure("moods.naming_ms", app, f"app    pages, nearest, among   {app:6.1f} ms")
    ratio = median(after / before for before, after in pairs)
    report.figure("moods.naming_ratio", ratio, f"ratio  {ratio:.2f}")


def run(report: Report) -> None:
    """Report all three."""
    asyncio.run(count_calls(report, 200 if report.tiny else STORED))
    small, large = (100, 200) if report.tiny else (2_000, 10_000)
    few, many = asyncio.run(peak_memory(small)), asyncio.run(peak_memory(large))
    report.say("peak memory of naming, all stored moods under one primary, pages of 500")
    text = f"{small:,} stored {few:.1f} MiB   {large:,} stored {many:.1f} MiB   ratio {many / few:.2f}"
    report.figure("moods.memory_ratio", many / few, text)
    compare_times(report, *((500, 1) if report.tiny else (STORED, 9)))
