"""The kick: which sources get a job, whose lease is whose, and what a run says of it."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from agents.runs.commands import ParameterError
from agents.scraper import leases
from agents.scraper.sources import LEASE
from agents.timers import SCRAPER
from shared.clock import from_iso, to_iso
from shared.errors import RetryableError, StoreThrottled, StoreUnavailable
from shared.store.containers import SCRAPER_SOURCES
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.scraping_world import QUEUE, Scene


async def kicked(scene: Scene, hours: float = 1.5) -> list[dict[str, Any]]:
    """Fire the timer and play the commands alone; returns the collections that were enqueued."""
    await scene.fire()
    for _ in range(round(hours * 240)):
        if not await scene._one("run-commands"):
            scene.time.advance(15)
        if all(row["outcome"] for row in await scene.rows()):
            break
    bodies = [json.loads(message.body or b"") for message in await scene.queues.receive(QUEUE)]
    return [body for body in bodies if body["task"] == "collect"]


async def last_run(scene: Scene) -> dict[str, Any]:
    return max(await scene.rows(), key=lambda row: row["plannedAt"])


async def test_due_global_active_sources_are_leased_and_get_one_job_each(scene: Scene) -> None:
    hour_ago, day_ago = (to_iso(scene.time.at - timedelta(hours=hours)) for hours in (1, 24))
    soon = to_iso(scene.time.at + timedelta(minutes=5))
    await scene.source("new")
    await scene.source("old", lastScrapedAt=day_ago)
    await scene.source("fresh", lastScrapedAt=hour_ago)
    await scene.source("eager", lastScrapedAt=hour_ago, config={"sourceUrl": "https://x.example", "intervalHours": 0.5})
    await scene.source("leased", leaseExpiresAt=soon)
    await scene.source("lease-ended", leaseExpiresAt=hour_ago)
    await scene.source("lease-for-years", leaseExpiresAt="2036-01-01T00:00:00Z")
    await scene.source("off", isActive=False)
    await scene.source("private", isGlobal=False)
    await scene.source("clients", config={"sourceUrl": "https://x.example", "collectedBy": "clients"})
    bodies = await kicked(scene)
    assert sorted(body["source_id"] for body in bodies) == ["eager", "lease-ended", "lease-for-years", "new", "old"]
    row = await last_run(scene)
    assert (row["outcome"], row["expected"]) == ("ok", {"sources": 5})
    counts = {"sources": 10, "due": 5, "enqueued": 5, "failed": 0, "leased": 1, "not_due": 1, "switched_off": 1}
    assert row["done"] == {**counts, "not_global": 1, "by_clients": 1}
    assert row["detail"] == {"sources": {"leased": "leased"}}
    [new] = [body for body in bodies if body["source_id"] == "new"]
    assert (await scene.of_source("new"))["leaseExpiresAt"] == new["lease"]
    assert from_iso(new["lease"]) - from_iso(new["createdAt"]) == LEASE
    assert await kicked(scene) == [], "the slot has its run"


class Selective(MemoryQueues):
    """A queue that cannot take the job of one source, for a reason nobody foresaw."""

    async def send(self, queue: str, body: bytes, **options: Any) -> Any:
        if b'"odd"' in body:
            raise ZeroDivisionError("a defect")
        return await super().send(queue, body, **options)


async def test_what_nobody_foresaw_about_one_source_costs_no_other_and_is_named(scene: Scene) -> None:
    scene.queues = Selective(lambda: scene.time.at)
    scene.restart()
    for name in ("first", "odd", "last"):
        await scene.source(name)
    assert sorted(body["source_id"] for body in await kicked(scene)) == ["first", "last"]
    row = await last_run(scene)
    assert (row["outcome"], row["done"]["enqueued"], row["done"]["failed"]) == ("partial", 2, 1)
    assert row["detail"]["sources"] == {"odd": "unforeseen: ZeroDivisionError"}


async def test_malformed_sources_are_named_and_the_others_are_kicked(scene: Scene) -> None:
    await scene.source("good")
    await scene.source("config", config="https://shop.example")
    await scene.source("interval", config={"sourceUrl": "https://shop.example", "intervalHours": "daily"})
    await scene.source("time", lastScrapedAt="yesterday")
    await scene.source("off", isActive=False, config=None)
    assert [body["source_id"] for body in await kicked(scene)] == ["good"]
    row = await last_run(scene)
    assert (row["outcome"], row["done"]["failed"], row["done"]["switched_off"]) == ("partial", 3, 1)
    assert {name: words.partition(":")[0] for name, words in row["detail"]["sources"].items()} == {
        "config": "config", "interval": "config.intervalHours", "time": "lastScrapedAt",
    }  # fmt: skip
    assert row["detail"]["sources"]["time"] == "lastScrapedAt: got 'yesterday', expected a time as ISO 8601"


@pytest.mark.parametrize(("active", "outcome"), [(True, "ok"), (False, "zero_work")])
async def test_no_active_source_is_zero_work_and_none_that_is_due_is_not(scene: Scene, *, active: bool, outcome: str) -> None:
    await scene.source(lastScrapedAt=to_iso(scene.time.at), isActive=active)
    assert await kicked(scene) == []
    row = await last_run(scene)
    assert (row["outcome"], row["expected"]) == (outcome, {"sources": 0})


async def test_a_late_timer_waits_for_the_next_morning(scene: Scene) -> None:
    await scene.source()
    scene.time.advance(86_400 - 7_200 + SCRAPER.grace.total_seconds() + 60)
    assert await kicked(scene, hours=0.1) == []
    assert (await last_run(scene))["outcome"] == "skipped_late"


class Broken:
    """A store that fails for some calls."""

    def __init__(self, inner: Any, fails: Any, error: Exception) -> None:
        self._inner, self._fails, self._error = inner, fails, error

    def __getattr__(self, name: str) -> Any:
        target = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(target):
            return target

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self._fails(name, args):
                raise self._error
            return await target(*args, **kwargs)

        return call


async def test_a_run_that_cannot_list_its_sources_fails_after_an_hour_and_says_so(scene: Scene) -> None:
    await scene.source()
    inner = scene.store
    scene.store = Broken(inner, lambda name, args: name == "page" and args[0] == "scraper_sources", StoreUnavailable("down"))  # type: ignore[assignment]
    scene.restart()
    assert await kicked(scene, hours=3) == []
    scene.store = inner
    row = await last_run(scene)
    assert (row["outcome"], row["error"].split(":")[0]) == ("failed", "store_unavailable")


async def test_one_sources_outage_is_its_own(scene: Scene) -> None:
    for name in ("a", "b", "c"):
        await scene.source(name)
    inner = scene.store
    fails = Broken(inner, lambda name, args: name == "patch" and args[1] == "b", StoreThrottled("busy"))
    scene.store = fails  # type: ignore[assignment]
    scene.restart()
    assert [body["source_id"] for body in await kicked(scene)] == ["a", "c"]
    scene.store = inner
    row = await last_run(scene)
    assert (row["outcome"], row["done"]["enqueued"], row["done"]["failed"]) == ("partial", 2, 1)
    assert row["detail"]["sources"] == {"b": "store_throttled: busy"}


async def test_many_sources_are_kicked_page_by_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "PAGE", 4)
    for number in range(11):
        await scene.source(f"s{number:02}")
    assert len(await kicked(scene)) == 11
    assert (await last_run(scene))["done"]["enqueued"] == 11


async def test_two_kickers_at_once_lease_a_source_once(scene: Scene) -> None:
    await scene.source()
    ids = [await scene.process.commands.request("scraper", "test", {}) for _ in range(2)]
    messages = await scene.queues.receive("run-commands")
    await asyncio.gather(*(scene.process.commands.handle(message.body or b"") for message in messages))
    bodies = [json.loads(message.body or b"") for message in await scene.queues.receive(QUEUE)]
    [body] = [body for body in bodies if body["task"] == "collect"]
    assert body["run_id"] in ids
    assert sorted(row["done"]["enqueued"] for row in await scene.rows()) == [0, 1]


async def test_one_source_by_hand_ignores_its_interval_and_not_its_lease(scene: Scene) -> None:
    scene.web.shop([("coat", 1)])
    await scene.source(lastScrapedAt=to_iso(scene.time.at))
    row = await scene.by_hand(sourceId="shop")
    assert (row["outcome"], row["done"]["enqueued"], await scene.handles()) == ("ok", 1, {"coat": 1})
    await scene.change(leaseExpiresAt=to_iso(scene.time.at + LEASE))
    row = await scene.by_hand(sourceId="shop")
    assert (row["done"]["enqueued"], row["detail"]["sources"]) == (0, {"shop": "leased"})
    await scene.change(isActive=False)
    row = await scene.by_hand(sourceId="shop")
    assert (row["outcome"], row["detail"]["sources"]) == ("zero_work", {"shop": "switched_off"})


async def test_a_source_that_there_is_not_is_refused_with_those_that_there_are(scene: Scene) -> None:
    for name in ("shop", "blog"):
        await scene.source(name)
    for came in ("nobody", "a/b"):
        with pytest.raises(ParameterError) as refused:
            await scene.process.commands.request("scraper", "test", {"sourceId": came})
        assert (refused.value.field, refused.value.came, refused.value.known) == ("sourceId", came, ["blog", "shop"])
    assert (await scene.rows(), await scene.queues.depth("run-commands")) == ([], 0), "nothing was begun"


async def test_a_source_that_is_gone_when_its_run_begins_is_told_by_the_row(scene: Scene) -> None:
    await scene.source()
    await scene.process.commands.request("scraper", "test", {"sourceId": "shop"})
    await scene.store.delete(SCRAPER_SOURCES.key, "shop", "shopify")
    await scene.drain()
    row = await last_run(scene)
    assert (row["outcome"], row["error"]) == ("failed", "there is no source with this id")


async def test_sources_that_cannot_be_listed_are_an_outage_and_none_is_unknown(scene: Scene) -> None:
    scene.faults.at, scene.faults.mode = scene.faults.count + 1, "ambiguous"
    with pytest.raises(RetryableError):
        await scene.process.commands.request("scraper", "test", {"sourceId": "nobody"})


@pytest.mark.parametrize(("parameters", "words"), [({"sourceId": "a/b"}, "sourceId"), ({"window": "2026-W1"}, "window")])
async def test_wrong_parameters_are_named(scene: Scene, parameters: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        await scene.process.commands.request("scraper", "test", parameters)
