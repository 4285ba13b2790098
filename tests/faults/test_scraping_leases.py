"""What a run leaves on its source: whose lease it lets go, what the next round needs, and health that counts runs."""

from datetime import timedelta
from typing import Any

import pytest

from agents.jobs.messages import encode
from agents.jobs.outcomes import Deferred, Done, Skipped
from agents.scraper.message import collect_body
from agents.scraper.worker import TIME
from shared.clock import from_iso, to_iso
from shared.errors import QueueUnavailable, RetryableError, StoreUnavailable
from shared.retry import QuickRetry
from shared.store.query import Compare, Query
from tests.faults.scraping_world import QUEUE, Scene
from tests.faults.test_scraping_runs import MANY, PAGE_1, PAGE_2, deliver
from tests.faults.world import MODES, Faults


@pytest.fixture
async def scene(scene: Scene) -> Scene:
    await scene.source()
    scene.web.shop([("coat", 1)])
    return scene


class Hooked:
    """A store that lets something happen before, or after, the first write of a run's health."""

    def __init__(self, inner: Any, *, before: Any = None, after: Any = None) -> None:
        self._inner, self._before, self._after = inner, before, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def patch(self, container: str, item_id: str, partition: str, changes: Any, **more: Any) -> Any:
        before = after = None
        if any(change.path == "health" for change in changes):
            before, after, self._before, self._after = self._before, self._after, None, None
        if before is not None:
            await before()
        done = await self._inner.patch(container, item_id, partition, changes, **more)
        if after is not None:
            await after()
        return done


async def test_a_source_that_was_let_go_is_found_by_clients_that_ask_for_leases_that_are_over(scene: Scene) -> None:
    assert await deliver(scene) == Done("scraped")
    over = Query(where=Compare("leaseExpiresAt", "<=", to_iso(scene.time.at)))
    page = await scene.store.page("scraper_sources", over, partition="shopify")
    assert [one["id"] for one in page.documents] == ["shop"]


async def test_a_lease_that_a_client_takes_at_the_last_moment_stays_theirs_and_health_is_written(scene: Scene) -> None:
    inner, theirs = scene.store, to_iso(scene.time.at + timedelta(minutes=14))

    async def take() -> None:
        source = await inner.read("scraper_sources", "shop", "shopify")
        await inner.upsert("scraper_sources", {**source.body, "leaseExpiresAt": theirs})

    scene.store = Hooked(inner, before=take)  # type: ignore[assignment]
    scene.restart()
    assert await deliver(scene) == Done("scraped")
    scene.store = inner
    source = await scene.of_source()
    assert (source["leaseExpiresAt"], source["health"]["lastOutcome"]) == (theirs, "ok")


async def test_a_release_whose_answer_was_lost_takes_nothing_from_who_came_next() -> None:
    scene = Scene(quick=QuickRetry(retries=2))
    await scene.source()
    scene.web.shop([("coat", 1)])
    inner, theirs = scene.store, to_iso(scene.time.at + timedelta(minutes=14))

    async def lose() -> None:
        source = await inner.read("scraper_sources", "shop", "shopify")
        await inner.upsert("scraper_sources", {**source.body, "leaseExpiresAt": theirs})
        raise StoreUnavailable("the answer was lost")

    scene.store = Hooked(inner, after=lose)  # type: ignore[assignment]
    scene.restart()
    assert await deliver(scene) == Done("scraped")
    scene.store = inner
    source = await scene.of_source()
    assert (source["leaseExpiresAt"], source["health"]["lastOutcome"]) == (theirs, "ok")
    await scene.close()


async def test_the_next_round_is_asked_for_before_the_run_counts_as_done(scene: Scene) -> None:
    scene.web.seconds = 3.0
    scene.web.shop(MANY)
    inner = scene.queues

    class Down:
        fails = 1

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

        async def send(self, queue: str, body: bytes, **more: Any) -> None:
            if b'"round":2' in body and self.fails:
                self.fails -= 1
                raise QueueUnavailable("down")
            await inner.send(queue, body, **more)

    scene.process.scraping.worker._queues = Down()  # type: ignore[assignment]
    assert isinstance(await deliver(scene), Deferred)
    assert (await scene.of_source())["health"]["lastSuccessAt"] is None
    await scene.drain()
    assert len(await scene.items()) == 130


async def test_attempts_of_one_run_are_one_failure(scene: Scene) -> None:
    scene.web.pages[PAGE_1] = RetryableError("down")
    for day in (1, 2):
        await scene.day()
        assert (await scene.of_source())["health"]["consecutiveFailures"] == day
        scene.time.advance(86_400)


async def test_a_run_by_hand_for_all_takes_sources_that_failed_half_way(scene: Scene) -> None:
    await scene.source("fresh", lastScrapedAt=to_iso(scene.time.at))
    failed = {"consecutiveFailures": 1, "lastOutcome": "failed", "scrapedAt": to_iso(scene.time.at)}
    await scene.change(lastScrapedAt=to_iso(scene.time.at), health=failed)
    row = await scene.by_hand()
    assert (row["done"]["enqueued"], row["done"]["not_due"], await scene.handles()) == (1, 1, {"coat": 1})


@pytest.mark.parametrize("ahead", [timedelta(minutes=30), timedelta(days=400)])
async def test_a_client_whose_clock_is_ahead_puts_nothing_off(scene: Scene, ahead: timedelta) -> None:
    await scene.change(lastScrapedAt=to_iso(scene.time.at + ahead))
    await scene.day()
    assert await scene.handles() == {"coat": 1}
    assert from_iso((await scene.of_source())["lastScrapedAt"]) <= scene.time.at


@pytest.mark.parametrize(
    "odd",
    [
        {"health": {"lastSuccessAt": "soon", "firstRunAt": 3, "lastItemsAt": "x", "consecutiveFailures": "many", "found": []}},
        {"health": []}, {"reading": {"config": 1}}, {"reading": "x"},
    ],
)  # fmt: skip
async def test_notes_of_ours_that_somebody_has_broken_stop_nothing(scene: Scene, odd: dict[str, Any]) -> None:
    first = await scene.of_source()
    await scene.store.upsert("scraper_sources", {**first, **odd})
    await scene.day()
    assert (await scene.of_source())["health"]["lastOutcome"] == "ok"
    assert await scene.queues.depth(QUEUE) == 0


async def test_a_broken_note_of_the_last_reading_is_no_reading(scene: Scene) -> None:
    scene.web.etag = '"v1"'
    await deliver(scene)
    reading = (await scene.of_source())["reading"]
    ahead = to_iso(scene.time.at + timedelta(days=400))
    for change in ({"at": "x"}, {"at": None}, {"at": ahead}, {"validators": "x"}):
        scene.time.advance(60)
        await scene.change(reading={**reading, **change})
        assert await deliver(scene) == Done("scraped"), change


async def test_a_source_that_is_broken_while_it_is_kicked_is_named_and_the_others_are_kicked(scene: Scene) -> None:
    inner = scene.store
    await scene.source("other", shop="https://other.example")

    class Torn(Hooked):
        async def patch(self, container: str, item_id: str, partition: str, changes: Any, **more: Any) -> Any:
            if item_id == "shop" and (await inner.read(container, item_id, partition)).body.get("leaseExpiresAt") is None:
                source = await inner.read(container, item_id, partition)
                await inner.upsert(container, {**source.body, "leaseExpiresAt": "soon"})
            return await inner.patch(container, item_id, partition, changes, **more)

    scene.store = Torn(inner)  # type: ignore[assignment]
    scene.restart()
    row = await scene.by_hand()
    scene.store = inner
    assert (row["outcome"], row["done"]["enqueued"], row["done"]["failed"]) == ("partial", 1, 1)
    assert "leaseExpiresAt" in row["detail"]["sources"]["shop"]


async def test_pages_that_there_was_no_time_for_are_another_rounds(scene: Scene) -> None:
    scene.web.shop(MANY)
    scene.web.pages[PAGE_2], page_2 = b'{"products": []}', scene.web.pages[PAGE_2]
    await deliver(scene)
    assert len(await scene.items()) == 100
    scene.web.pages[PAGE_2] = page_2
    slow = [TIME.total_seconds()]

    async def wait(_: str) -> None:
        scene.time.advance(slow.pop() if slow else 0)

    scene.web.on_hit = wait
    scene.time.advance(60)
    await deliver(scene, run_id="s")
    health = (await scene.of_source())["health"]
    assert (health["left"], health["stopped"], health["new"]) == (0, "time", 0)
    await scene.drain()
    assert len(await scene.items()) == 130


async def test_a_listing_that_ended_was_not_stopped_by_the_time(scene: Scene) -> None:
    scene.web.shop([])
    scene.web.seconds = TIME.total_seconds()
    await deliver(scene)
    assert (await scene.of_source())["health"]["stopped"] is None
    assert await scene.queues.depth(QUEUE) == 0


async def test_a_source_that_is_no_longer_shared_gives_nothing_to_all(scene: Scene) -> None:
    await scene.change(isGlobal=False)
    assert await deliver(scene) == Skipped("the source is not shared with all")


async def in_rounds(faults: Faults) -> Scene:
    """One collection of which a round has time for three pictures."""
    scene = Scene(faults)
    await scene.source()
    scene.web.shop([(f"p{number}", number) for number in range(7)])
    scene.web.seconds = TIME.total_seconds() / 4
    fields = {"run_id": "r", "lease": "", "manual": True, "at": to_iso(scene.time.at)}
    await scene.queues.send(QUEUE, encode(collect_body("shopify", "shop", **fields)))
    await scene.drain()
    return scene


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.slow
async def test_whatever_dies_between_rounds_the_rest_is_collected_the_same_day(mode: str) -> None:
    counted = await in_rounds(Faults())
    names = list(enumerate(counted.faults.log, 1))
    await counted.close()
    writes = [index for index, name in names if name in {"store.patch", "store.batch", "queues.send"}]
    assert len([name for _, name in names if name == "queues.send"]) >= 2, "rounds"
    for index in writes:
        scene = await in_rounds(Faults(at=index, mode=mode))
        where = f"{mode} at {index} ({scene.faults.struck})"
        assert await scene.handles() == {f"p{number}": 1 for number in range(7)}, where
        assert (await scene.reasons(), await scene.is_free()) == ([], True), where
        await scene.close()
