"""Who names what there is not is told at once, with what came and what there is; what cannot be looked up is an outage."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.api.http import Request
from shared.errors import StoreUnavailable
from shared.store.containers import RUNS, SCRAPER_SOURCES, USER_PROFILES
from shared.store.query import Query
from tests.fakes.clock import VirtualTime
from tests.faults.world import World, embedded_store

BODY = {"reason": "it is mended", "actor": "ada"}
PAUSE = {**BODY, "until": "2026-11-24T06:00:00Z"}


class Down:
    """A store that can be taken away."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.is_down = inner, False

    def __getattr__(self, name: str) -> Any:
        if self.is_down and name != "close":
            raise StoreUnavailable("the store is away")
        return getattr(self._inner, name)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    store = Down(embedded_store(VirtualTime()))
    found = World(store)  # type: ignore[arg-type]  # whatever is asked of it, it hands on
    for name, active in (("street-seams", True), ("old-shop", False)):
        await store.create(SCRAPER_SOURCES.key, {
            "id": name, "sourceType": "reddit", "name": name, "isActive": active, "isGlobal": True,
            "config": {"subreddit": name.replace("-", "")},
        })  # fmt: skip
    await store.create(USER_PROFILES.key, {"id": "ada"})
    yield found
    store.is_down = False
    await store.close()


async def ask(world: World, name: str, body: Any = None, query: dict[str, str] | None = None, **route: str) -> tuple[int, Any]:
    sent = b"" if body is None else json.dumps(body).encode()
    answer = await world.wiring.api.answer(name, Request(body=sent, query=query or {}, route=route, method="POST"))
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("name", "body", "query", "route", "status", "error"),
    [
        (
            "post_run", None, {"sourceId": "steet-seams"}, {"timer": "scraper"}, 422,
            ("sourceId", '"steet-seams"', "the id of a source: 'old-shop' or 'street-seams'"),
        ),
        (
            "post_run", None, {"window": "2027-W01"}, {"timer": "digest"}, 422,
            ("window", '"2027-W01"', "2026-W48 or one of the year before it"),
        ),
        (
            "post_run", None, {"sourceId": "street-seams"}, {"timer": "moods"}, 422,
            ("sourceId", '"street-seams"', "nothing: this timer takes no such parameter"),
        ),
        ("post_run", None, {}, {"timer": "scrapers"}, 404, ("timer", '"scrapers"', "digest, moods or scraper")),
        ("post_pause_timer", PAUSE, {}, {"timer": "mood"}, 404, ("timer", '"mood"', "moods")),
        ("post_resume_timer", BODY, {}, {"timer": "mood"}, 404, ("timer", '"mood"', "moods")),
        ("post_pause_queue", PAUSE, {}, {"queue": "scrape-job"}, 404, ("queue", '"scrape-job"', "scrape-jobs")),
        ("post_acknowledge_alert", BODY, {}, {"alert": "A7.mood"}, 404, ("alert", '"A7.mood"', "A7.moods")),
        (
            "post_replays", {**BODY, "action": "replay", "dryRun": True, "filter": {"queue": "scrape-job"}}, {}, {}, 422,
            (
                "filter.queue", '"scrape-job"',
                "a queue that jobs come from: 'taste-analysis-jobs', 'digest-jobs', 'scrape-jobs' or 'run-commands'",
            ),
        ),
        (
            "post_reddit_posts", {"subreddit": "streetseam", "posts": [{}]}, {}, {}, 404,
            ("subreddit", '"streetseam"', "one that an active source collects: 'streetseams'"),
        ),
    ],
)  # fmt: skip
async def test_a_name_that_there_is_not_is_told_with_those_that_there_are(
    world: World, name: str, body: Any, query: dict[str, str], route: dict[str, str], status: int, error: tuple[str, str, str]
) -> None:
    code, problem = await ask(world, name, body, query, **route)
    assert (code, problem["status"]) == (status, status)
    [wrong] = problem["errors"]
    assert (wrong["field"], wrong["came"], wrong["expected"]) == error
    assert wrong["came"] in problem["detail"]
    assert wrong["expected"] in problem["detail"]
    assert (await world.store.page(RUNS.key, Query())).documents == [], "nothing was begun"


@pytest.mark.parametrize(
    ("name", "body", "query", "route"),
    [
        ("post_run", None, {"sourceId": "nobody"}, {"timer": "scraper"}),
        ("post_replays", {**BODY, "action": "replay", "dryRun": True, "filter": {"queue": "no-queue"}}, {}, {}),
        ("post_reddit_posts", {"subreddit": "nobody", "posts": [{}]}, {}, {}),
    ],
)  # fmt: skip
async def test_what_cannot_be_looked_up_is_an_outage_and_nothing_unknown(
    world: World, name: str, body: Any, query: dict[str, str], route: dict[str, str]
) -> None:
    world.store.is_down = True  # type: ignore[attr-defined]  # a `Down`
    code, problem = await ask(world, name, body, query, **route)
    assert code == 503
    assert "store_unavailable" in problem["detail"]
    assert "errors" not in problem


async def test_of_very_many_names_the_nearest_is_told(world: World) -> None:
    for number in range(120):
        await world.store.create(SCRAPER_SOURCES.key, {"id": f"shop-{number:03}", "sourceType": "shopify"})
    _, problem = await ask(world, "post_run", None, {"sourceId": "shop-0077"}, timer="scraper")
    assert problem["errors"][0]["expected"] == "the id of a source: 'shop-077', or one of 121 other values"


async def test_a_source_and_a_person_that_there_are_have_their_run(world: World) -> None:
    for timer, query in (("scraper", {"sourceId": "old-shop"}), ("digest", {"userId": "ada"})):
        code, found = await ask(world, "post_run", None, query, timer=timer)
        assert (code, found["timer"]) == (202, timer)
