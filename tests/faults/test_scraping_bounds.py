"""What keeps a save within its bounds: one slow host, the lock's minute, the store's bytes, a library that is full."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from agents.scraper.documents import Origin
from agents.scraper.library import Library
from agents.scraper.lock import HELD_SECONDS, SaveLock
from agents.scraper.message import GLOBAL
from agents.scraper.pictures import FAILURES_A_HOST, Pictures, Viewing
from shared.clock import to_iso
from shared.errors import RetryableError
from shared.scraping.base import FoundItem
from tests.fakes.pages import encoded, photo
from tests.faults.scraping_world import ONCE, Scene


@pytest.fixture
async def scene(scene: Scene) -> Scene:
    await scene.source()
    return scene


def viewing(scene: Scene, minutes: float = 4.0) -> Viewing:
    return Viewing(scene.time.at + timedelta(minutes=minutes))


async def test_one_slow_host_leaves_the_other_slots_to_the_others(scene: Scene) -> None:
    stuck = asyncio.Event()
    others = [f"https://{name}.example/{number}.jpg" for number in range(3) for name in ("a", "b")]
    slow = [f"https://slow.example/{number}.jpg" for number in range(8)]
    for url in (*others, *slow):
        scene.web.pages[url] = encoded(photo(1))

    async def wait(url: str) -> None:
        if "slow" in url:
            await stuck.wait()

    scene.web.on_hit = wait
    looking = asyncio.create_task(Pictures(fetch=scene.web, clock=scene.time.clock()).look_at([*slow, *others], viewing(scene)))
    async with asyncio.timeout(5):
        while len(scene.web.hits) < len(others) + 1:
            await asyncio.sleep(0.001)
    assert (sorted(scene.web.hits)[: len(others)], scene.web.hits.count(slow[0])) == (sorted(others), 1)
    stuck.set()
    looks = await looking
    assert [bool(look.hashes) for look in looks] == [True] * (len(slow) + len(others))


async def test_looks_come_in_the_order_of_their_addresses(scene: Scene) -> None:
    urls = [f"https://{name}.example/{number}.jpg" for number in range(3) for name in ("a", "b")]
    for url in urls[1:]:
        scene.web.pages[url] = encoded(photo(1))
    looks = await Pictures(fetch=scene.web, clock=scene.time.clock()).look_at([*urls, urls[1]], viewing(scene))
    assert [look.dropped for look in looks] == ["picture_gone", *[""] * 6]


async def test_failures_that_do_not_follow_one_another_cost_a_host_nothing(scene: Scene) -> None:
    urls = [f"https://cdn.example/{number}.jpg" for number in range(4 * FAILURES_A_HOST)]
    for number, url in enumerate(urls):
        scene.web.pages[url] = encoded(photo(1)) if number % 2 else RetryableError("timeout")
    looks = await Pictures(fetch=scene.web, clock=scene.time.clock()).look_at(urls, viewing(scene))
    assert (len(scene.web.hits), sum(look.later for look in looks)) == (len(urls), len(urls) // 2)


def lock(scene: Scene) -> SaveLock:
    return SaveLock(store=scene.store, clock=scene.time.clock(), quick=ONCE, partition="p")


async def test_a_lock_that_grows_old_is_taken_anew_before_another_batch(scene: Scene) -> None:
    async with lock(scene).hold() as held:
        for _ in range(3):
            scene.time.advance(HELD_SECONDS * 0.75)
            await held.keep()
        document = (await scene.store.read("service_state", "scraped-items-save.p", "scraped-items-save.p")).body
        assert document["endsAt"] == to_iso(scene.time.at + timedelta(seconds=HELD_SECONDS))


async def test_a_lock_that_claims_to_last_a_day_is_a_wrong_clocks_and_holds_nobody_off(scene: Scene) -> None:
    key, ends = "scraped-items-save.p", to_iso(scene.time.at + timedelta(days=1))
    await scene.store.create("service_state", {"id": key, "owner": "odd", "endsAt": ends})
    async with lock(scene).hold():
        document = (await scene.store.read("service_state", key, key)).body
        assert document["endsAt"] == to_iso(scene.time.at + timedelta(seconds=HELD_SECONDS))


@pytest.mark.parametrize("early", [True, False])
async def test_who_stalled_while_another_had_the_lock_saves_nothing_more(scene: Scene, *, early: bool) -> None:
    async with lock(scene).hold() as held:
        scene.time.advance(HELD_SECONDS + 1)
        async with lock(scene).hold():
            if early:
                with pytest.raises(RetryableError, match="lock"):
                    await held.keep()
        with pytest.raises(RetryableError, match="lock"):
            await held.keep()


async def test_a_batch_that_comes_too_late_is_stored_once_all_the_same(scene: Scene) -> None:
    """Each batch takes 40 s of the minute: the lock is taken anew for each."""
    inner, taken = scene.store, []

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

        async def batch(self, *args: Any, **more: Any) -> Any:
            scene.time.advance(40)
            return await inner.batch(*args, **more)

        async def patch(self, container: str, *args: Any, **more: Any) -> Any:
            taken.append(container) if container == "service_state" else None
            return await inner.patch(container, *args, **more)

    scene.store = Slow()  # type: ignore[assignment]
    ingest = scene.restart().scraping.worker._ingest
    items = []
    for number in range(250):
        scene.web.pages[f"https://cdn.example/{number}.jpg"] = encoded(photo(number))
        items.append(FoundItem("T", f"https://cdn.example/{number}.jpg", f"https://shop.example/products/{number}"))
    tally = await ingest.take_in(items, Origin("shop", "shopify"), viewing(scene))
    scene.store = inner
    assert (tally.new, len(await scene.items())) == (250, 250)
    assert len(taken) == 1 + 2 + 1, "taken (or created), taken anew before the second and third batch, let go"


async def test_batches_stay_far_below_what_the_store_takes(scene: Scene) -> None:
    inner, sizes = scene.store, []

    class Measured:
        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

        async def batch(self, container: str, partition: str, steps: Any) -> Any:
            sizes.append(len(json.dumps([step.body for step in steps]).encode()))
            return await inner.batch(container, partition, steps)

    class Large:
        model = "large"

        async def embed(self, texts: Any) -> Any:
            return [[-1 / (3 + number) for number in range(3_072)] for _ in texts]

    scene.store = Measured()  # type: ignore[assignment]
    ingest = scene.restart().scraping.worker._ingest
    ingest._embeddings = Large()
    items = []
    for number in range(120):
        scene.web.pages[f"https://cdn.example/{number}.jpg"] = encoded(photo(number))
        url = f"https://shop.example/products/{number}"
        items.append(FoundItem("T" * 300, f"https://cdn.example/{number}.jpg", url, description="衣" * 2_000))
    tally = await ingest.take_in(items, Origin("shop", "shopify"), viewing(scene))
    scene.store = inner
    assert (tally.new, len(sizes) > 2, max(sizes) < 1_600_000) == (120, True, True), sizes


async def test_a_full_library_keeps_the_newest_and_takes_in_what_is_newer_still(scene: Scene) -> None:
    for number in range(30):  # the ids say nothing of the age
        at = scene.time.at - timedelta(days=number)
        await scene.store_item(f"i{number * 7 % 30:02}", scrapedAt=to_iso(at), productUrl=f"https://other.example/{number}")
    await scene.store_item("old", scrapedAt=None, productUrl="https://other.example/old")
    made = Library(store=scene.store, clock=scene.time.clock(), quick=ONCE, partition=GLOBAL, limit=20)
    await made.refresh()
    known = [number for number in range(30) if made.has_url(f"https://other.example/{number}")]
    assert known == list(range(18)), "a tenth stays free for what comes"
    for number in range(4):
        scene.time.advance(300)
        await scene.store_item(f"n{number}", scrapedAt=to_iso(scene.time.at), productUrl=f"https://new.example/{number}")
        await made.refresh()
        assert made.has_url(f"https://new.example/{number}"), number
    await made.refresh()
    assert sum(made.has_url(f"https://other.example/{number}") for number in range(30)) <= 18
    assert all(made.has_url(f"https://new.example/{number}") for number in range(4))


async def test_items_without_a_time_are_in_the_library_while_there_is_room(scene: Scene) -> None:
    await scene.store_item("null", scrapedAt=None)
    await scene.store_item("odd", scrapedAt="")
    await scene.store_item("old", scrapedAt="2019-01-01T00:00:00Z")
    await scene.store_item("ahead", scrapedAt="2031-01-01T00:00:00Z")
    absent = {"id": "absent", "userId": GLOBAL, "productUrl": "https://other.example/absent"}
    await scene.store.create("scraped_items", absent)
    made = Library(store=scene.store, clock=scene.time.clock(), quick=ONCE, partition=GLOBAL)
    await made.refresh()
    for name in ("null", "odd", "old", "ahead", "absent"):
        assert made.has_url(f"https://other.example/{name}"), name
