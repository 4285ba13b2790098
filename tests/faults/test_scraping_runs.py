"""Runs over one source: leases that clients take, failures in the middle, health, conditional requests, rounds."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from agents.jobs.delivery import Runner
from agents.jobs.job import Verdict
from agents.jobs.messages import encode
from agents.jobs.outcomes import Deferred, Done, Outcome, Skipped
from agents.scraper.message import collect_body
from agents.scraper.sources import LEASE
from agents.scraper.worker import TIME
from shared.clock import from_iso, to_iso
from shared.errors import PermanentError, Reason, RetryableError, StoreUnavailable
from shared.store.containers import BACKGROUND_JOBS
from tests.fakes.pages import SHOP
from tests.faults.scraping_world import QUEUE, Scene
from tests.faults.test_scraping_kick import Broken

PAGE_1, PAGE_2 = (f"{SHOP}/products.json?limit=100&page={number}" for number in (1, 2))
MANY = [(f"p{number}", number) for number in range(130)]


@pytest.fixture
async def scene(scene: Scene) -> Scene:
    await scene.source()
    scene.web.shop([("coat", 1)])
    return scene


async def deliver(scene: Scene, **more: Any) -> Outcome | Verdict:
    """Deliver one collection by hand."""
    fields = {"run_id": "r", "lease": "", "manual": True, "at": to_iso(scene.time.at), **more}
    return await scene.process.runner.deliver(encode(collect_body("shopify", "shop", **fields)))


async def test_a_job_waits_for_the_lease_of_a_client_and_finds_its_work_done(scene: Scene) -> None:
    ends = scene.time.at + timedelta(minutes=9)
    await scene.change(leaseExpiresAt=to_iso(ends))
    assert await deliver(scene) == Deferred(ends + timedelta(seconds=1), "leased by another worker or a client")
    assert await scene.queues.peek(QUEUE) == [], "not visible yet"
    scene.time.advance(300)
    await scene.change(lastScrapedAt=to_iso(scene.time.at), leaseExpiresAt=None)
    await scene.drain()
    assert (scene.web.hits, await scene.items()) == ([], [])


async def test_a_lease_that_a_client_takes_meanwhile_stops_the_run_and_stays_theirs(scene: Scene) -> None:
    scene.web.shop(MANY)
    theirs = to_iso(scene.time.at + timedelta(minutes=14))

    async def take(url: str) -> None:
        if url == PAGE_2:
            await scene.change(leaseExpiresAt=theirs)

    scene.web.on_hit = take
    assert await deliver(scene) == Skipped("its lease was taken by somebody else")
    source = await scene.of_source()
    assert (source["leaseExpiresAt"], source["health"]["lastReason"]) == (theirs, "lease_lost")
    assert scene.web.pictures() == []


async def test_the_lease_of_the_kick_passes_to_its_job_alone(scene: Scene) -> None:
    lease = to_iso(scene.time.at + LEASE)
    await scene.change(leaseExpiresAt=lease, leaseOwner="run-1")
    assert isinstance(await deliver(scene, run_id="run-2", lease=lease), Deferred)
    assert await deliver(scene, run_id="run-1", lease=lease) == Done("scraped")
    assert await scene.handles() == {"coat": 1}


async def test_what_was_read_before_a_failure_stands_and_the_source_says_what_happened(scene: Scene) -> None:
    scene.web.shop(MANY)
    scene.web.pages[PAGE_2] = RetryableError("down", reason=Reason.SOURCE_UNREACHABLE)
    outcome = await deliver(scene)
    assert isinstance(outcome, Deferred)
    source = await scene.of_source()
    assert (len(await scene.items()), await scene.is_free(), source["lastScrapedAt"]) == (100, True, to_iso(scene.time.at))
    health = source["health"]
    assert (health["lastOutcome"], health["lastReason"], health["consecutiveFailures"]) == ("failed", "source_unreachable", 1)
    assert (health["found"], health["new"], health["lastSuccessAt"]) == (100, 100, None)
    scene.web.shop(MANY)
    await scene.drain()
    assert len(await scene.items()) == 130
    health = (await scene.of_source())["health"]
    assert (health["lastOutcome"], health["consecutiveFailures"], health["new"]) == ("ok", 0, 30)


async def test_an_outage_of_the_store_in_the_middle_is_retried_and_nothing_is_lost_or_doubled(scene: Scene) -> None:
    scene.web.shop(MANY)
    inner, batches = scene.store, []

    def fails(name: str, args: Any) -> bool:
        batches.append(name) if name == "batch" else None
        return name == "batch" and len(batches) == 2

    scene.store = Broken(inner, fails, StoreUnavailable("down"))  # type: ignore[assignment]
    scene.restart()
    assert isinstance(await deliver(scene), Deferred)
    source = await scene.of_source()
    assert (source["health"]["lastReason"], await scene.is_free()) == ("store_unavailable", True)
    await scene.drain()
    scene.store = inner
    assert len(await scene.items()) == 130
    assert max((await scene.handles()).values()) == 1


@pytest.mark.parametrize(
    ("config", "answer", "reason"),
    [
        ({"sourceUrl": SHOP}, PermanentError("no", reason=Reason.ROBOTS_DISALLOWED), "robots_disallowed"),
        ({"sourceUrl": SHOP}, PermanentError("no", reason=Reason.SOURCE_BLOCKED), "source_blocked"),
        ({"sourceUrl": SHOP}, b"<html>login</html>", "source_not_readable"),
        ({"sourceUrl": "ftp://shop"}, b"", "payload_invalid"),
        ({"sourceUrl": SHOP}, RetryableError("down", reason=Reason.SOURCE_UNREACHABLE), "source_unreachable"),
    ],
)
async def test_a_fault_that_lasts_is_a_dead_letter_and_the_sources_health_says_it(
    scene: Scene, config: dict[str, Any], answer: Any, reason: str
) -> None:
    await scene.change(config=config)
    scene.web.pages[PAGE_1] = answer
    await scene.day()
    assert await scene.reasons() == [reason]
    source = await scene.of_source()
    assert (source["health"]["lastReason"], source["health"]["lastOutcome"]) == (reason, "failed")
    assert source["health"]["consecutiveFailures"] == 1, "however many attempts the run took"
    assert await scene.is_free()
    assert "lastScrapedAt" not in source, "nothing was read: it stays due"


async def test_an_unknown_kind_of_source_is_a_dead_letter(scene: Scene) -> None:
    await scene.source("odd", sourceType="carrier_pigeon")
    await scene.day()
    assert await scene.reasons() == ["payload_invalid"]
    assert (await scene.of_source("odd", "carrier_pigeon"))["health"]["lastReason"] == "payload_invalid"


async def test_a_replayed_collection_runs_although_it_is_old(scene: Scene) -> None:
    scene.time.advance(40 * 3_600)
    old = to_iso(scene.time.at - timedelta(hours=30))
    assert await deliver(scene, at=old) == Skipped("too old, a later run takes the source")
    body = {**collect_body("shopify", "shop", run_id="r", lease="", manual=True, at=old), "replays": 1}
    assert await scene.process.runner.deliver(encode(body)) == Done("scraped")


async def test_gone_and_switched_off_sources_are_skipped(scene: Scene) -> None:
    await scene.change(isActive=False)
    assert await deliver(scene) == Skipped("the source is switched off")
    await scene.store.delete("scraper_sources", "shop", "shopify")
    assert await deliver(scene) == Skipped("the source is gone")


async def test_a_source_that_is_deleted_meanwhile_harms_nothing(scene: Scene) -> None:
    async def delete(url: str) -> None:
        if url == PAGE_1:
            await scene.store.delete("scraper_sources", "shop", "shopify")

    scene.web.on_hit = delete
    assert await deliver(scene) == Skipped("its lease was taken by somebody else")


async def test_an_unchanged_page_is_not_read_again_until_a_week_has_passed_or_its_config_changes(scene: Scene) -> None:
    scene.web.etag = '"v1"'
    await deliver(scene)
    for days, outcome in ((1, "not modified"), (5, "not modified"), (2, "scraped"), (1, "not modified")):
        scene.time.advance(days * 86_400)
        assert await deliver(scene) == Done(outcome), days
        health = (await scene.of_source())["health"]
        assert (health["lastOutcome"], health["found"]) == ("ok" if outcome == "scraped" else "not_modified", 1)
    await scene.change(config={"sourceUrl": SHOP, "brand": "Other"})
    assert await deliver(scene) == Done("scraped")


async def test_validators_are_kept_only_when_everything_was_stored(scene: Scene) -> None:
    scene.web.etag = '"v1"'
    scene.web.shop([("coat", 1), ("hat", 2)])
    scene.web.pages["https://cdn.example/2.jpg"] = RetryableError("slow")
    await deliver(scene)
    health = (await scene.of_source())["health"]
    assert (health["later"], await scene.handles()) == (1, {"coat": 1})
    scene.web.shop([("coat", 1), ("hat", 2)])
    scene.web.pages["https://cdn.example/2.jpg"] = scene.web.pages["https://cdn.example/1.jpg"]
    scene.time.advance(1)
    assert await deliver(scene) == Done("scraped")


async def test_a_source_that_offers_nothing_for_a_week_is_flagged_until_it_offers_something(scene: Scene) -> None:
    flags = []
    for day, products in enumerate([[("coat", 1)], *[[]] * 7, [("hat", 2)]]):
        scene.web.shop(products)
        scene.time.advance(86_400 if day else 0)
        await deliver(scene)
        flags.append((await scene.of_source())["health"]["barren"])
    assert flags == [*[False] * 7, True, False]


async def test_a_large_source_is_taken_in_rounds_that_each_keep_to_their_time(scene: Scene) -> None:
    scene.web.seconds = 3.0
    scene.web.shop(MANY)
    started = scene.time.at
    await deliver(scene)
    assert scene.time.at - started < TIME + timedelta(seconds=30)
    assert (await scene.of_source())["health"]["left"] > 0
    await scene.drain()
    assert len(await scene.items()) == 130
    pictures = scene.web.pictures()
    assert len(pictures) == 130, "none is looked at twice"


async def test_a_run_that_is_cut_leaves_a_free_source_and_its_health(scene: Scene) -> None:
    runner: Runner[Any] = scene.process.runner
    runner.jobs.policy = type(runner.jobs.policy)(lease_seconds=0.25)

    async def hang(url: str) -> None:
        if url == PAGE_1:
            await asyncio.sleep(10)

    scene.web.on_hit = hang
    assert isinstance(await deliver(scene), Deferred)
    source = await scene.of_source()
    assert (await scene.is_free(), source["health"]["lastReason"]) == (True, "interrupted")


async def test_a_failed_job_has_a_document_and_a_good_one_none(scene: Scene) -> None:
    await deliver(scene)
    assert await scene.all(BACKGROUND_JOBS.key) == []
    scene.web.pages[PAGE_1] = RetryableError("down", reason=Reason.SOURCE_UNREACHABLE)
    scene.time.advance(1)
    await deliver(scene, run_id="s")
    [job] = await scene.all(BACKGROUND_JOBS.key)
    assert (job["kind"], job["task"], job["sourceId"], job["status"]) == ("scrape", "collect", "shop", "failed")
    assert from_iso(job["nextAttemptAt"]) > scene.time.at


@pytest.mark.parametrize("change", [{"task": "dance"}, {"source_id": "a/b"}, {"round": 9}, {"source_type": 3}])
async def test_a_message_that_cannot_be_read_is_a_dead_letter_that_names_the_field(scene: Scene, change: Any) -> None:
    body = {**collect_body("shopify", "shop", run_id="r", lease="", manual=True, at=to_iso(scene.time.at)), **change}
    await scene.queues.send(QUEUE, json.dumps(body).encode())
    await scene.drain(hours=0.1)
    [record] = await scene.all("dead_letters")
    assert (record["reason"], record["description"].partition(":")[0]) == ("payload_invalid", next(iter(change)))
