"""What is a duplicate and what is not, embeddings that fail, pictures that are none, and what a thousand new items cost."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agents.jobs.outcomes import Deferred, Done, Skipped
from agents.scraper.documents import Origin
from agents.scraper.ingest import BATCH
from agents.scraper.library import KEPT, Library
from agents.scraper.lock import HELD_SECONDS, SaveLock
from agents.scraper.message import GLOBAL
from agents.scraper.pictures import FAILURES_A_HOST, Viewing
from shared.clock import to_iso
from shared.errors import ModelSuspended, ModelUnavailable, PermanentError, ProcessorError, Reason, RetryableError
from shared.observe.metering import measure
from shared.scraping.base import FoundItem, Limits
from shared.store.containers import SCRAPED_ITEMS, SERVICE_STATE
from tests.fakes.pages import encoded, photo
from tests.faults.scraping_world import ONCE, Process, Scene
from tests.faults.test_scraping_runs import deliver

PICTURES = Path(__file__).parents[2] / "samples/sites/pictures"
OTHERS = [
    picture for picture in sorted(PICTURES.glob("*.jpg")) if not picture.stem.endswith(("-small", "-cropped", "-picture"))
]


@pytest.fixture
async def scene(scene: Scene) -> Scene:
    await scene.source()
    return scene


async def test_copies_of_a_photo_are_caught_and_different_photos_are_kept(scene: Scene) -> None:
    products = [(picture.stem, number) for number, picture in enumerate(OTHERS)]
    copies = [("small", 100), ("reposted", 101), ("cropped", 102)]
    scene.web.shop([*products, *copies])
    for number, picture in enumerate(OTHERS):
        scene.web.pages[f"https://cdn.example/{number}.jpg"] = picture.read_bytes()
    for number, name in enumerate(("navy-blazer-small.jpg", "red-dress-reposted.webp", "black-trousers-cropped.jpg")):
        scene.web.pages[f"https://cdn.example/{100 + number}.jpg"] = (PICTURES / name).read_bytes()
    await deliver(scene)
    assert set(await scene.handles()) == {name for name, _ in products}
    assert len(products) == 7
    assert (await scene.of_source())["health"]["duplicates"] == {"picture": 3}


async def test_a_copy_of_what_another_process_stored_is_caught_without_loading_everything_again(scene: Scene) -> None:
    scene.web.shop([("hat", 2)])
    await deliver(scene)
    other = Process(scene)
    await scene.source("b", shop="https://b.example")
    await scene.source("c", shop="https://c.example")
    for shop, product in (("https://b.example", ("coat", 1)), ("https://c.example", ("coat-copy", 50))):
        scene.web.shop([product], shop=shop)
    scene.web.pages["https://cdn.example/50.jpg"] = encoded(photo(1).resize((60, 60)), quality=40)
    scene.time.advance(5)
    first, scene.process = scene.process, other
    await scene.by_hand(sourceId="b")
    scene.process = first
    await scene.by_hand(sourceId="c")
    assert await scene.handles() == {"hat": 1, "coat": 1}
    assert (await scene.of_source("c"))["health"]["duplicates"] == {"picture": 1}
    await other.embeddings.close()


async def test_an_address_of_an_older_system_is_known_however_it_was_written(scene: Scene) -> None:
    await scene.store_item("old-1", productUrl="http://SHOP.example/products/coat/?utm_source=x#top", pHash="not a hash")
    await scene.store_item("old-2", productUrl=None)
    scene.web.shop([("coat", 1), ("hat", 2)])
    await deliver(scene)
    assert (await scene.handles())["hat"] == 1
    assert (await scene.of_source())["health"]["duplicates"] == {"url": 1}
    [old] = [item for item in await scene.items() if item["id"] == "old-1"]
    assert old["scoreSignal"] == 7


async def test_flat_pictures_are_copies_of_nothing(scene: Scene) -> None:
    scene.web.shop([("one", 1), ("two", 2)])
    for seed, grey in ((1, 90), (2, 91)):
        scene.web.pages[f"https://cdn.example/{seed}.jpg"] = encoded(photo(1).point([grey] * 768))
    await deliver(scene)
    assert [item["pHash"] for item in await scene.items()] == [None, None]


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (b"<html>moved</html>", {"not_a_picture": 1}),
        (PermanentError("404", reason=Reason.SOURCE_UNREACHABLE), {"picture_gone": 1}),
        (PermanentError("private", reason=Reason.SOURCE_BLOCKED), {"picture_blocked": 1}),
        (PermanentError("large", reason=Reason.SOURCE_NOT_READABLE), {"picture_too_large": 1}),
    ],
)
async def test_an_item_without_a_picture_is_dropped_and_counted(
    scene: Scene, answer: bytes | Exception, counts: dict[str, int]
) -> None:
    scene.web.shop([("coat", 1), ("hat", 2)])
    scene.web.pages["https://cdn.example/1.jpg"] = answer
    await deliver(scene)
    assert (await scene.handles(), (await scene.of_source())["health"]["dropped"]) == ({"hat": 1}, counts)


async def test_what_nobody_foresaw_about_one_picture_costs_no_other(scene: Scene) -> None:
    scene.web.shop([("coat", 1), ("hat", 2), ("shoe", 3)])
    scene.web.pages["https://cdn.example/2.jpg"] = KeyError("of a library")
    await deliver(scene)
    assert await scene.handles() == {"coat": 1, "shoe": 1}
    health = (await scene.of_source())["health"]
    assert (health["lastOutcome"], health["dropped"]) == ("ok", {"picture_failed": 1})


async def test_a_picture_that_robots_txt_keeps_from_us_is_not_looked_at_and_its_item_is_known_by_its_address(
    scene: Scene,
) -> None:
    scene.web.shop([("coat", 1)])
    scene.web.pages["https://cdn.example/1.jpg"] = PermanentError("no", reason=Reason.ROBOTS_DISALLOWED)
    await deliver(scene)
    [item] = await scene.items()
    assert (item["pHash"], item["embeddingPending"]) == (None, False)
    scene.time.advance(1)
    await deliver(scene)
    assert len(await scene.items()) == 1


async def test_a_host_whose_pictures_keep_failing_is_left_alone_for_the_run(scene: Scene) -> None:
    scene.web.shop([(f"p{number}", number) for number in range(20)])
    for number in range(20):
        scene.web.pages[f"https://cdn.example/{number}.jpg"] = RetryableError("timeout")
    assert await deliver(scene) == Done("scraped")
    health = (await scene.of_source())["health"]
    assert (health["later"], await scene.items()) == (20, [])
    assert len(scene.web.pictures()) < FAILURES_A_HOST + 4, "those under way are finished"


OUTAGES = [
    ModelUnavailable("500"),
    ModelSuspended("quota", delay_seconds=900, reason=Reason.MODEL_BUDGET_EXHAUSTED),
]


@pytest.mark.parametrize("error", OUTAGES)
async def test_items_that_cannot_be_embedded_are_stored_without_a_vector_and_embedded_later(
    scene: Scene, error: ProcessorError
) -> None:
    scene.provider.errors = [error]
    scene.web.shop([("coat", 1), ("hat", 2)])
    await deliver(scene)
    items = await scene.items()
    assert [(one["embedding"], one["embeddingPending"], one["embeddingModel"]) for one in items] == [(None, True, None)] * 2
    await scene.store.upsert(SCRAPED_ITEMS.key, {**items[0], "scoreSignal": 3})
    await scene.drain()
    items = await scene.items()
    assert [(len(one["embedding"]), one["embeddingPending"], one["embeddingModel"]) for one in items] == [
        (2, False, "counting"), (2, False, "counting"),
    ]  # fmt: skip
    assert items[0]["scoreSignal"] == 3
    assert [len(texts) for texts in scene.provider.batches] == [2, 2]


async def test_a_text_that_can_never_be_embedded_fails_alone(scene: Scene) -> None:
    scene.provider.refused = {"Product hat"}
    scene.web.shop([("coat", 1), ("hat", 2), ("scarf", 3)])
    await deliver(scene)
    found = {one["title"]: (one["embedding"] is not None, one["embeddingPending"]) for one in await scene.items()}
    assert found == {"Product coat": (True, False), "Product hat": (False, False), "Product scarf": (True, False)}
    await scene.store_item("legacy", embeddingPending=True, title="")
    assert await scene.process.scraping.worker._missing.fill_in() == Done("embedded")
    assert not [one for one in await scene.items() if one.get("embeddingPending")]


async def test_what_a_crash_left_without_an_embedding_the_next_kick_fills_in(scene: Scene) -> None:
    await scene.store_item("lost", embeddingPending=True, embedding=None, title="A hat", tags=["warm", 3], brand=None)
    await scene.change(isActive=False)
    await scene.day()
    [item] = await scene.items()
    assert (item["embeddingPending"], scene.provider.batches) == (False, [["A hat. warm"]])


async def test_missing_embeddings_are_taken_a_page_at_a_time_and_an_empty_list_is_no_work(scene: Scene) -> None:
    process = scene.process
    missing = process.scraping.worker._missing
    assert await missing.fill_in() == Skipped("nothing waits for an embedding")
    for number in range(300):
        await scene.store_item(f"i{number}", embeddingPending=True, title=f"Thing {number}")
    assert await missing.fill_in() == Done("embedded")
    assert [len(texts) for texts in scene.provider.batches] == [256, 44]


@pytest.mark.slow
async def test_a_thousand_new_items_cost_few_calls() -> None:
    scene = Scene(limits=Limits(pages=20, items=1_000))
    await scene.source()
    scene.web.shop([(f"p{number}", number) for number in range(1_000)])
    with measure() as usage:
        assert await deliver(scene) == Done("scraped")
    assert len(await scene.items()) == (await scene.of_source())["health"]["new"] == 1_000
    assert scene.provider.calls == -(-1_000 // BATCH)
    assert usage.operations <= 1_000 * 0.06, usage.kinds
    await scene.close()


async def test_a_dead_worker_holds_the_lock_of_saves_for_a_minute(scene: Scene) -> None:
    ends = to_iso(scene.time.at + timedelta(seconds=HELD_SECONDS))
    await scene.store.create(SERVICE_STATE.key, {"id": f"scraped-items-save.{GLOBAL}", "owner": "dead", "endsAt": ends})
    scene.web.shop([("coat", 1)])
    started = scene.time.at
    assert await deliver(scene) == Done("scraped")
    assert timedelta(seconds=55) < scene.time.at - started < timedelta(seconds=70)


async def test_a_lock_that_is_never_free_is_given_up_and_the_job_comes_back(scene: Scene) -> None:
    ends = to_iso(scene.time.at + timedelta(minutes=5))
    await scene.store.create(SERVICE_STATE.key, {"id": f"scraped-items-save.{GLOBAL}", "owner": "odd", "endsAt": ends})
    scene.web.shop([("coat", 1)])
    assert isinstance(await deliver(scene), Deferred)
    assert (await scene.of_source())["health"]["lastReason"] == "store_conflict_exhausted"


async def test_one_save_at_a_time_holds_the_lock(scene: Scene) -> None:
    inside: list[int] = []

    async def turn(_seconds: float) -> None:
        await asyncio.sleep(0)

    clock = replace(scene.time.clock(), sleep=turn)  # who waits gives way, and no time passes: patience ends for nobody

    async def save(lock: SaveLock) -> None:
        async with lock.hold():
            inside.append(1)
            for _ in range(5):
                await asyncio.sleep(0)
            assert sum(inside) == 1
            inside.append(-1)

    locks = [SaveLock(store=scene.store, clock=clock, quick=ONCE, partition="p") for _ in range(3)]
    await asyncio.gather(*(save(lock) for lock in locks for _ in range(3)))
    assert len(inside) == 18


async def library(scene: Scene, **more: int) -> Library:
    made = Library(store=scene.store, clock=scene.time.clock(), quick=ONCE, partition=GLOBAL, **more)
    await made.refresh()
    return made


async def test_the_library_forgets_what_has_expired_with_its_next_load_and_keeps_to_its_limit(scene: Scene) -> None:
    for number in range(5):
        await scene.store_item(f"i{number}")
    known = await library(scene)
    assert known.has_url("https://other.example/i3")
    await scene.store.delete(SCRAPED_ITEMS.key, "i3", GLOBAL)
    await known.refresh()
    assert known.has_url("https://other.example/i3")
    scene.time.advance(KEPT.total_seconds())
    await known.refresh()
    assert not known.has_url("https://other.example/i3")
    small = await library(scene, limit=3)
    assert sum(small.has_url(f"https://other.example/i{number}") for number in range(5)) == 2


async def test_a_load_that_is_cut_goes_on_for_the_next_who_asks(scene: Scene) -> None:
    await scene.store_item("i1")
    made = Library(store=scene.store, clock=scene.time.clock(), quick=ONCE, partition=GLOBAL)
    first = asyncio.create_task(made.refresh())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    with measure() as usage:
        await made.refresh()
    assert made.has_url("https://other.example/i1")
    assert usage.operations == 0, "it was under way already"


async def test_items_of_one_address_in_a_batch_are_one(scene: Scene) -> None:
    ingest = scene.process.scraping.worker._ingest
    scene.web.pages["https://cdn.example/9.jpg"] = encoded(photo(9))
    item = FoundItem("T", "https://cdn.example/9.jpg", "https://shop.example/products/new")
    tally = await ingest.take_in([item, item], Origin("shop", "shopify"), Viewing(scene.time.at + timedelta(minutes=1)))
    assert (tally.new, tally.duplicates["url"]) == (1, 1)
