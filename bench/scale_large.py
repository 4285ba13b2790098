"""The two large things that are held at once, for `bench/scale.py`: a wardrobe of ten thousand, and the library of items."""

import asyncio
import time
import tracemalloc
from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from agents.jobs.messages import encode
from agents.scraper.library import Library
from agents.scraper.message import GLOBAL
from agents.weekly_digest.message import message_body
from bench.report import Report
from shared.clock import Clock, to_iso
from shared.local.digest import suggest
from shared.observe.metering import measure
from shared.retry import QuickRetry
from shared.store.containers import USER_PROFILES, WARDROBE
from tests.fakes.models import FakeChat

WARDROBE_ITEMS: Final = 10_000
USER: Final = "ada"
PIECES: Final = (
    ("navy wool blazer", "tailoring", "navy"), ("white shirt", "tops", "white"), ("grey trousers", "bottoms", "grey"),
    ("black jeans", "bottoms", "black"), ("camel jumper", "knitwear", "camel"), ("white trainers", "shoes", "white"),
)  # fmt: skip


def garments(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    """A wardrobe, with thirty dated wears of its most worn pieces."""
    worn = [{"occurredAt": to_iso(now), "weatherSnapshot": {"conditions": "light rain", "temperatureC": 11}}] * 30
    for number in range(count):
        title, category, colour = PIECES[number % len(PIECES)]
        yield {
            "id": f"i{number:06}", "userId": USER, "title": f"{title} {number}", "category": category, "tags": ["wool"],
            "colours": [{"name": colour, "hex": "#123456"}], "price": {"amount": 50 + number % 90, "originalCurrency": "EUR"},
            "dateAdded": "2026-01-01T00:00:00Z", "wearCount": number % 31, "wearEvents": worn[: number % 31], "brand": "Arket",
            "draftStatus": None,
        }  # fmt: skip


@contextmanager
def steps_of_the_loop() -> Iterator[list[float]]:
    """Note what CPU each step of the event loop takes in its own thread, in seconds: what others take does not count."""
    taken: list[float] = []
    run: Callable[[Any], Any] = events.Handle._run  # type: ignore[attr-defined]

    def timed(handle: Any) -> Any:
        started = time.thread_time()
        try:
            return run(handle)
        finally:
            taken.append(time.thread_time() - started)

    events.Handle._run = timed  # type: ignore[attr-defined]
    try:
        yield taken
    finally:
        events.Handle._run = run  # type: ignore[attr-defined]


class _Stylist(FakeChat):
    """Suggests by rule, in a thread as the embedded model does."""

    async def ask(self, question: Any) -> Any:
        answer = await asyncio.to_thread(suggest, question)
        self.reply = lambda _question: answer
        return await super().ask(question)


async def wardrobe(report: Report, place: Any, fill: Any, count: int) -> None:
    """A digest of a large wardrobe: the longest that the event loop is held."""
    place.world.chat = _Stylist(suggest, model="stylist", checked=True)
    wiring = place.world.restart()
    await place.store.create(USER_PROFILES.key, {"id": USER, "locationCity": "Lyon", "currency": "EUR"})
    await fill(place.store, WARDROBE.key, garments(count, place.time.at))
    body = encode(message_body(USER, "2026-W48", "run", force=False, again=False, at=to_iso(place.time.at)))
    report.progress(f"scale: a wardrobe of {count:,}")
    started, used = time.perf_counter(), time.process_time()
    with steps_of_the_loop() as steps:
        outcome = await wiring.runners["weekly-digest"].deliver(body)
    took, used = time.perf_counter() - started, time.process_time() - used
    held = max(steps) * 1e3
    report.say(f"a digest of {count:,} garments: {outcome}, {took:.1f} s, {used:.1f} s of CPU")
    report.figure("scale.wardrobe_loop_ms", held, f"the longest that it holds the event loop: {held:.0f} ms of CPU")


async def library(report: Report, place: Any, count: int) -> None:
    """What loading the library of the items that are stored takes and holds."""
    report.progress(f"scale: a library of {count:,}")
    loaded = Library(store=place.store, clock=Clock(), quick=QuickRetry(), partition=GLOBAL)
    started = time.process_time()
    with measure() as usage:
        await loaded.refresh()
    took = time.process_time() - started
    tracemalloc.start()
    again = Library(store=place.store, clock=Clock(), quick=QuickRetry(), partition=GLOBAL)
    if count <= 2 * WARDROBE_ITEMS:  # tracing is slow, and what an item takes is the same
        await again.refresh()
    held = tracemalloc.get_traced_memory()[0] / count
    tracemalloc.stop()
    size = f", {held:.0f} bytes an item" if held > 1 else ""
    each = took / count * 1e6
    text = f"loading a library of {count:,}: {took:.1f} s of CPU, {each:.0f} us an item, {usage.operations} queries{size}"
    report.figure(f"scale.library_us_at_{count}", each, text)
