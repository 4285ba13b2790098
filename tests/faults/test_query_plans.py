"""No query of the app walks through a container: each finds its page by an index of the embedded store.

The plans are SQLite's own; nothing is timed. What asks is the app: every list, every filter, the look, the reconciler.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from agents.api.http import Request
from agents.jobs.kinds import JobKinds
from agents.users.holdings import Holding, holdings_of
from agents.watch.collect.sources import CountedSource, sources_of
from agents.wiring import MANIFESTS
from shared.store.base import Page
from shared.store.containers import CATALOGUE, DEAD_LETTERS, JOBS, TASTE
from shared.store.query import AllOf, AnyOf, Compare, In, Order, Query
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_schema import prepare
from shared.store.sqlite_select import select
from tests.fakes.clock import VirtualTime
from tests.faults.world import OPENED, Inline, World

SMALL = frozenset({"scraper_sources", "moods", "feeds"})  # some hundred documents, whatever there are of users and jobs
Asked = tuple[str, Query, str | None]


class Listening(SqliteStore):
    """Remembers what it was asked."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(":memory:", clock=time.clock(), thread=Inline())
        OPENED.append(self)
        self.time = time
        self.asked: dict[str, Asked] = {}

    async def page(self, container: str, query: Query, *, partition: str | None = None, cursor: str | None = None) -> Page:
        self.asked[f"{container} {query} {partition}"] = (container, query, partition)
        return await super().page(container, query, partition=partition, cursor=cursor)


def wrong_in(db: sqlite3.Connection, asked: Asked) -> list[str]:
    """Return what is wrong with the plan of a query's first page, or of one behind it."""
    container, query, partition = asked
    first = select(CATALOGUE[container], query, now=0.0, partition=partition)
    cursor = first.cursor(["2026", "id", 7] if first.by else ["", "id", partition or "p"])
    behind = select(CATALOGUE[container], query, now=0.0, partition=partition, cursor=cursor)
    return [line for one in (first, behind) for line in walks(plan_of(db, one.sql, one.parameters), asked)]


def plan_of(db: sqlite3.Connection, sql: str, parameters: list[Any]) -> list[str]:
    return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]


def walks(plan: list[str], asked: Asked) -> list[str]:
    """Return the lines of a plan that go through all documents, or sort more than is shown."""
    container, query, partition = asked
    if container in SMALL:
        return []
    everything = query.where == AllOf(()) and partition is None
    lines = [line for line in plan if "VIRTUAL TABLE" not in line]  # an array within a document
    wrong = [line for line in lines if line.startswith("SCAN ") and not (everything and "USING INDEX" in line)]
    few = any("MULTI-INDEX OR" in line or "$.userId=?" in line for line in lines) or (
        query.order is None and any("=?" in line for line in lines)
    )
    wrong += [f"not by its bound: {lines}"] if _bound_of(asked) and not any(re.search("[<>]\\?", one) for one in lines) else []
    return wrong + [line for line in lines if line.startswith("USE TEMP B-TREE") and not few]


def _bound_of(asked: Asked) -> set[str]:
    """Return the fields that a query without an order bounds and that have an index of their own."""
    container, query, _ = asked
    parts = query.where.parts if isinstance(query.where, AllOf) else (query.where,)
    bounded = {one.field for one in parts if isinstance(one, Compare) and one.op in {"<", "<=", ">", ">="}}
    return set() if query.order else bounded & {find.by for find in CATALOGUE[container].finds if not find.equal and find.by}


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    prepare(made)
    yield made
    made.close()


def up_to_two(filters: dict[str, str]) -> list[dict[str, str]]:
    return [dict(chosen) for count in (0, 1, 2) for chosen in combinations(filters.items(), count)]


LISTS: dict[str, list[dict[str, str]]] = {
    "get_dead_letters": up_to_two({
        "status": "open", "reason": "unknown", "fingerprint": "f", "queue": "q", "kind": "taste-analysis", "userId": "u",
        "since": "2026-01-01T00:00:00Z", "expiringWithinDays": "7",
    }),
    "get_jobs": up_to_two({
        "status": "failed", "reason": "unknown", "itemId": "i", "kind": "taste-analysis", "userId": "u",
        "since": "2026-01-01T00:00:00Z", "limit": "1",
    }),
    "get_runs": [{}, {"timer": "moods"}], "get_replays": [{}], "get_audit": [{}],
    "get_moods": [{}], "get_scraper_sources": [{}], "get_status": [{}], "get_incident_note": [{}],
}  # fmt: skip


async def ask_everything(store: Listening) -> set[int]:
    world = World(store)
    for number in range(3):
        await world.like("u", f"minimalist{number}|navy", f"item-{number}")
    await world.drain()
    for kind in world.wiring.runners.values():
        await world.queues.ensure(kind.kind.queue)
        await world.queues.ensure(kind.kind.dead_letter_queue)
    await world.queues.ensure("run-commands")
    statuses = set()
    for name in world.wiring.api.endpoints:
        for query in LISTS.get(name, []):
            answer = await world.wiring.api.answer(name, Request(b"", query, {}, {}))
            statuses.add(answer.status)
            if name == "get_jobs" and (cursor := json.loads(answer.body)["cursor"]):
                await world.wiring.api.answer(name, Request(b"", {**query, "cursor": cursor}, {}, {}))
            if name == "get_dead_letters":
                await world.wiring.api.answer(name, Request(b"", {**query, "groupBy": "fingerprint"}, {}, {}))
    await world.wiring.api.answer("get_latest_digest", Request(b"", {}, {"userId": "u"}, {}))
    await world.wiring.api.answer("get_digest_why", Request(b"", {}, {"userId": "u"}, {}))
    await world.wiring.api.answer("get_jobs", Request(b"", {"id": "abcdef"}, {}, {}))
    await world.wiring.api.answer("get_job", Request(b"", {}, {"jobId": "a" * 64}, {}))
    await world.wiring.api.answer("get_taste_profile", Request(b"", {"term": "navy"}, {"userId": "u"}, {}))
    await world.wiring.api.answer("delete_taste_item", Request(b"", {}, {"userId": "u", "itemId": "item-0"}, {}))
    for chore in world.wiring.chores.values():
        await chore()
    return statuses


async def test_every_query_of_the_app_finds_its_page_by_an_index(db: sqlite3.Connection) -> None:
    store = Listening(VirtualTime())
    statuses = await ask_everything(store)
    assert statuses <= {200, 503}
    assert len(store.asked) > 60
    wrong = {name: found for name, asked in store.asked.items() if (found := wrong_in(db, asked))}
    assert not wrong


@pytest.mark.parametrize("holding", holdings_of("u"), ids=lambda one: one.container.key)
def test_what_is_a_persons_is_found_by_an_index(db: sqlite3.Connection, holding: Holding) -> None:
    assert not wrong_in(db, (holding.container.key, holding.query, holding.partition))


SOURCES = sources_of(JobKinds(tuple(MANIFESTS.values())))


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.name)
def test_what_the_watchdog_counts_is_found_by_an_index(db: sqlite3.Connection, source: CountedSource) -> None:
    where = AllOf((Compare(source.field, ">=", "2026-01-01"), Compare(source.field, "<", "2026-01-02")))
    order = Order(source.field) if source.ordered else None
    assert not wrong_in(db, (source.container, Query(where=where, order=order), None))


def test_a_plan_that_walks_is_seen(db: sqlite3.Connection) -> None:
    for query in (
        Query(where=Compare("imageUrl", "=", "x")), Query(where=Compare("updatedAt", "<", "x"), order=Order("imageUrl")),
    ):  # fmt: skip
        assert wrong_in(db, ("jobs", query, None))


def test_the_pages_of_the_jobs_list_are_bounded_by_the_place_where_the_last_one_ended(db: sqlite3.Connection) -> None:
    """They go on by a condition of their own, over several containers: its alternatives have one bound in common."""
    behind = AnyOf((Compare("generation", "<", 7), AllOf((Compare("generation", "=", 7), Compare("id", "<", "j")))))
    query = Query(where=AllOf((Compare("status", "=", "failed"), behind)), order=Order("generation", descending=True))
    chosen = select(JOBS, query, now=0.0)
    [line] = plan_of(db, chosen.sql, chosen.parameters)
    assert "find_jobs_status_generation" in line
    assert "$.generation<?" in line


def test_what_a_sweep_reviews_is_found_by_when_it_is_due(db: sqlite3.Connection) -> None:
    chosen = select(TASTE, Query(where=Compare("reviewAt", "<=", "2026-01-01"), select=("userId",)), now=0.0)
    [line] = plan_of(db, chosen.sql, chosen.parameters)
    assert "find_taste_reviewAt ($.reviewAt>? AND $.reviewAt<?)" in line


async def test_a_page_takes_as_many_steps_among_ten_times_as_many(db: sqlite3.Connection) -> None:
    """Steps of SQLite's machine; all documents share one time, so that only the key tells them apart."""
    where = In("status", ("open", "replayed"))
    steps = []
    for count in (400, 4_000):
        db.executemany(
            "INSERT OR IGNORE INTO dead_letters (partition, id, etag, body) VALUES (?, ?, 'e', ?)",
            [
                (f"{n:06}", f"{n:06}", json.dumps({"createdAt": "2026-01-01", "status": "open" if n % 7 else "resolved"}))
                for n in range(count)
            ],
        )
        steps.append([_steps(db, Query(where=where, order=Order("createdAt", descending=True), page_size=50))])
    assert max(steps[1][0]) < 1.3 * max(steps[0][0])


def _steps(db: sqlite3.Connection, query: Query) -> list[int]:
    """Return the steps of three pages: the first, the second, and one far behind."""
    taken = []
    cursor = None
    for _ in range(3):
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        chosen = select(DEAD_LETTERS, query, now=0.0, cursor=cursor)
        db.set_progress_handler(count, 10)
        rows = db.execute(chosen.sql, chosen.parameters).fetchall()
        db.set_progress_handler(None, 0)
        assert len(rows) == query.page_size + 1
        taken.append(counted)
        cursor = chosen.cursor([*rows[-2][2:]]) if cursor is None else chosen.cursor([rows[0][2], "000150", 150])
    return taken
