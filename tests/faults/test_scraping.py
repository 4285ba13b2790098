"""Sources kicked and scraped over the real embedded store: killed, cancelled and lied to at every await, and by two at once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from agents.jobs.messages import encode
from agents.jobs.outcomes import Done
from agents.scraper.message import collect_body
from shared.clock import from_iso, to_iso
from shared.errors import ModelUnavailable
from shared.retry import QuickRetry
from shared.store.cosmos import CosmosStore
from tests.fakes.cosmos import FakeCosmos
from tests.fakes.pages import SHOP
from tests.faults.scraping_world import Process, Scene
from tests.faults.world import MODES, Faults

PRODUCTS = [("coat", 1), ("hat", 2), ("coat-again", 1), ("scarf", 3)]


async def test_a_source_that_is_due_is_scraped_and_its_items_are_what_others_read(scene: Scene) -> None:
    await scene.source()
    scene.web.shop(PRODUCTS)
    await scene.day()
    assert await scene.handles() == {"coat": 1, "hat": 1, "scarf": 1}
    [coat] = [item for item in await scene.items() if item["productUrl"].endswith("/coat")]
    assert len(coat.pop("pHash")) == 16
    assert coat.pop("embedding") != []
    assert coat.pop("id").startswith("shopify-")
    assert coat.pop("saveId")
    assert coat == {
        "userId": "global", "sourceId": "shop", "sourceType": "shopify", "title": "Product coat", "description": "About coat.",
        "imageUrl": "https://cdn.example/1.jpg", "productUrl": "https://shop.example/products/coat", "buyLinks": [],
        "price": {"amount": 10.0, "currency": None}, "brand": "Brand", "tags": ["new", "blue"], "galleryImages": [],
        "commentText": "", "redditScore": None, "scoreSignal": 0, "scrapedAt": to_iso(scene.time.at), "sourceCreatedAt": None,
        "imageExpired": False, "submitterId": None, "verified": False, "embeddingModel": "counting", "embeddingPending": False,
    }  # fmt: skip
    source = await scene.of_source()
    assert (await scene.is_free(), source["lastScrapedAt"]) == (True, to_iso(scene.time.at))
    health = source["health"]
    assert (health["lastOutcome"], health["found"], health["new"]) == ("ok", 4, 3)
    assert (health["duplicates"], health["consecutiveFailures"]) == ({"picture": 1}, 0)


async def test_a_second_day_finds_only_duplicates_and_resets_nothing(scene: Scene) -> None:
    await scene.source()
    scene.web.shop(PRODUCTS)
    await scene.day()
    for item in await scene.items():
        await scene.store.upsert("scraped_items", {**item, "scoreSignal": 5})
    before, calls = await scene.items(), scene.provider.calls
    scene.web.hits.clear()
    scene.time.advance(86_400)
    await scene.day()
    assert await scene.items() == before
    assert (scene.web.pictures(), scene.provider.calls) == (["https://cdn.example/1.jpg"], calls), "only the copy's"
    assert (await scene.of_source())["health"]["duplicates"] == {"url": 3, "picture": 1}


async def play(faults: Faults) -> Scene:
    scene = Scene(faults)
    await scene.source()
    scene.web.shop(PRODUCTS)
    for _ in range(2):  # the timer of two instances
        await scene.fire()
    await scene.drain()
    return scene


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
async def test_whatever_dies_anywhere_every_item_is_stored_once_and_the_source_is_free(mode: str) -> None:
    counted = await play(Faults())
    await counted.close()
    assert counted.faults.count > 25, "the harness must see the awaits"
    for index in counted.faults.places(mode):
        scene = await play(Faults(at=index, mode=mode))
        where = f"{mode} at {index} ({scene.faults.struck})"
        if scene.faults.struck == "store.create" and not await scene.rows():
            await scene.close()  # the timer itself failed: it is recorded as missed, by nobody
            continue
        pictures = Counter(item["imageUrl"].rpartition("/")[2] for item in await scene.items())
        later = scene.faults.struck == "web.get" and mode == "ambiguous"  # a picture that could not be had waits for tomorrow
        assert max(pictures.values()) == 1, where
        assert len(pictures) == 3 or (later and len(pictures) == 2), where
        assert await scene.reasons() == [], where
        [row] = await scene.rows()
        assert row["outcome"] == "ok", where
        source = await scene.of_source()
        assert from_iso(source["leaseExpiresAt"]) <= scene.time.at, where
        assert source["lastScrapedAt"] is not None, where
        assert source["health"]["lastOutcome"] == "ok", where
        assert not [item for item in await scene.items() if item["embeddingPending"]], where
        await scene.close()


async def collect(faults: Faults) -> tuple[Scene, object]:
    scene = Scene(faults, quick=QuickRetry(retries=1))
    await scene.source()
    scene.web.shop(PRODUCTS)
    body = collect_body("shopify", "shop", run_id="r", lease="", manual=True, at=to_iso(scene.time.at))
    return scene, await scene.process.runner.deliver(encode(body))


async def test_a_write_whose_answer_was_lost_is_known_as_our_own_and_nothing_is_done_again() -> None:
    counted, _ = await collect(Faults())
    log = list(counted.faults.log)
    await counted.close()
    writes = [index for index, name in enumerate(log, 1) if name in {"store.patch", "store.create", "store.batch"}]
    assert len(writes) >= 6
    for index in writes:
        scene, outcome = await collect(Faults(at=index, mode="ambiguous"))
        source = await scene.of_source()
        where = f"{index} ({scene.faults.struck})"
        assert (outcome, await scene.is_free()) == (Done("scraped"), True), where
        assert (source["health"]["new"], source["health"]["duplicates"]) == (3, {"picture": 1}), where
        await scene.close()


async def test_over_cosmos_too_items_are_stored_once_and_leases_hold(
    scene: Scene, cosmos: tuple[CosmosStore, FakeCosmos]
) -> None:
    embedded, scene.store = scene.store, cosmos[0]  # type: ignore[assignment]
    scene.restart()
    await scene.source()
    await scene.source("taken", leaseExpiresAt=to_iso(scene.time.at + timedelta(minutes=14)))
    await scene.source("null", shop="https://null.example", lastScrapedAt=None, leaseExpiresAt=None)
    scene.web.shop([*PRODUCTS, ("late", 9)])
    scene.web.shop([("same-coat", 1)], shop="https://null.example")
    scene.provider.errors = [ModelUnavailable("500")]
    await scene.day()
    pictures = sorted(item["imageUrl"].rpartition("/")[2] for item in await scene.items())
    assert pictures == ["1.jpg", "2.jpg", "3.jpg", "9.jpg"]
    assert not [item for item in await scene.items() if item["embeddingPending"]]
    scene.time.advance(86_400)
    scene.restart()
    await scene.day()
    assert len(await scene.items()) == 4
    healths = [(await scene.of_source(name))["health"] for name in ("shop", "null")]
    assert [(health["new"], health["lastOutcome"]) for health in healths] == [(0, "ok"), (0, "ok")]
    assert sum(sum(health["duplicates"].values()) for health in healths) == 6
    scene.store = embedded


async def test_two_workers_with_the_same_message_scrape_once(scene: Scene) -> None:
    await scene.source()
    scene.web.shop(PRODUCTS)
    await scene.fire()
    await scene._one("run-commands")
    bodies = [message.body or b"" for message in await scene.queues.receive("scrape-jobs")]
    [body] = [body for body in bodies if b'"collect"' in body]
    one, other = Process(scene), Process(scene)
    outcomes = await asyncio.gather(one.runner.deliver(body), other.runner.deliver(body))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Deferred", "Done"]
    assert await scene.handles() == {"coat": 1, "hat": 1, "scarf": 1}
    assert len(scene.web.pictures()) == 4


@pytest.mark.parametrize("how", ["same page", "same pictures"])
async def test_two_workers_that_meet_the_same_things_at_once_store_them_once(scene: Scene, how: str) -> None:
    other = SHOP if how == "same page" else "https://other.example"
    for source_id, shop in (("a", SHOP), ("b", other)):
        await scene.source(source_id, shop=shop)
        scene.web.shop(PRODUCTS, shop=shop)
    at = to_iso(scene.time.at)
    bodies = [encode(collect_body("shopify", name, run_id="r", lease="", manual=True, at=at)) for name in ("a", "b")]
    processes = [Process(scene) for _ in bodies]
    outcomes = await asyncio.gather(
        *(process.runner.deliver(body) for process, body in zip(processes, bodies, strict=True))
    )  # fmt: skip
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert await scene.handles() == {"coat": 1, "hat": 1, "scarf": 1}
    healths = [(await scene.of_source(name))["health"] for name in ("a", "b")]
    assert sum(health["new"] for health in healths) == 3
    assert sum(sum(health["duplicates"].values()) for health in healths) == 5
