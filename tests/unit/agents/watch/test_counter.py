"""The counter under what a busy Monday, or a pause, leaves behind: it always gets on, and counts nothing twice.

The store here is a list in the order of time, paged as the port says; what it holds is made on the fly.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

import agents.watch.collect.counter
from agents.jobs.kinds import JobKinds
from agents.taste_analysis.message import taste_kind
from agents.watch.collect.counter import ID, Counter
from agents.watch.collect.traffic import Traffic
from agents.weekly_digest.message import digest_kind
from shared.clock import Clock, from_iso, to_iso
from shared.store.base import Document, Item, Page
from shared.store.containers import DIGESTS, JOBS, SERVICE_STATE
from shared.store.query import AllOf, Compare, Query
from tests.unit.agents.watch.facts_of import MINUTE, MONDAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = JobKinds((taste_kind("likes", "likes-poison"), digest_kind("digests", "digests-poison")))
FIELDS = {JOBS.key: "lastCompletedAt", DIGESTS.key: "generatedAt"}


@dataclass
class Line:
    """So many documents of a container, each at a time that its place gives, in order."""

    count: int
    at: Callable[[int], datetime]


@dataclass
class Orderly:
    """A store that pages lines in order; `pages` counts what was read."""

    lines: dict[str, Line]
    state: Document | None = None
    pages: int = 0
    etags: list[str] = field(default_factory=lambda: ["0"])

    async def page(self, container: str, query: Query, *, partition: str | None = None, cursor: str | None = None) -> Page:
        self.pages += 1
        line = self.lines.get(container)
        if line is None or query.order is None:
            return Page([], None)
        assert isinstance(query.where, AllOf)
        since, until = (from_iso(str(part.value)) for part in query.where.parts if isinstance(part, Compare))
        places = range(line.count)
        first = int(cursor) if cursor else bisect_left(places, since, key=line.at)
        end = bisect_left(places, until, key=line.at)
        last = min(first + query.page_size, end)
        found = [{FIELDS[container]: to_iso(line.at(place))} for place in range(first, last)]
        return Page(found, str(last) if last < end else None)

    async def find(self, container: str, item_id: str, partition: str) -> Item | None:
        assert (container, item_id) == (SERVICE_STATE.key, ID)
        return Item(self.state, self.etags[-1]) if self.state else None

    async def create(self, container: str, body: Document) -> Item:
        self.state = body
        return Item(body, self.etags[-1])

    async def replace(self, container: str, body: Document, *, if_match: str | None = None) -> Item:
        return await self.create(container, body)


def counter_of(store: Orderly, at: datetime) -> Counter:
    made: Any = store
    return Counter(store=made, clock=Clock(now=lambda: at), kinds=KINDS)


async def looks_until_done(store: Orderly, at: datetime, *, most: int) -> list[Traffic]:
    """Look every five minutes until everything is counted; each look must get on."""
    seen: list[Traffic] = []
    for _ in range(most):
        counted = await counter_of(store, at).count(at, None)
        if seen:
            assert counted.traffic.counted_to > seen[-1].counted_to
        seen.append(counted.traffic)
        if counted.complete:
            return seen
        at += 5 * MINUTE
    raise AssertionError(f"not done after {most} looks, counted to {seen[-1].counted_to}")


async def first_look(store: Orderly, at: datetime) -> None:
    """The app was watched before; then the time comes that the test is about."""
    await counter_of(store, at).count(at, None)


async def test_more_than_ten_thousand_digests_in_a_cell_are_all_counted() -> None:
    nine = MONDAY + 9 * HOUR
    store = Orderly({DIGESTS.key: Line(10_001, lambda place: nine + timedelta(milliseconds=place * 20))})
    await first_look(store, nine)
    [traffic] = await looks_until_done(store, nine + 5 * MINUTE, most=1)
    assert traffic.recent("ended.weekly-digest", HOUR) == 10_001
    assert not traffic.at_least


async def test_a_cell_that_is_too_full_counts_for_the_least_and_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents.watch.collect.counter, "PAGE", 10)
    monkeypatch.setattr(agents.watch.collect.counter, "PAGES", 4)
    nine = MONDAY + 9 * HOUR
    full = [nine + timedelta(seconds=place) for place in range(200)]
    times = [*full, *(nine + 10 * MINUTE + place * MINUTE for place in range(20))]
    store = Orderly({DIGESTS.key: Line(len(times), lambda place: times[place])})
    await first_look(store, nine)
    traffic = (await looks_until_done(store, nine + 31 * MINUTE, most=3))[-1]
    assert traffic.at_least
    assert 40 <= traffic.total("ended.weekly-digest", nine, nine + 5 * MINUTE) <= 200
    assert traffic.total("ended.weekly-digest", nine + 10 * MINUTE, nine + 35 * MINUTE) == 20
    assert traffic.ingress().at_least


async def test_one_cell_after_another_that_is_too_full_is_passed_at_its_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents.watch.collect.counter, "PAGE", 10)
    monkeypatch.setattr(agents.watch.collect.counter, "PAGES", 2)
    store = Orderly({DIGESTS.key: Line(20_000, lambda place: MONDAY + timedelta(seconds=place))})
    await first_look(store, MONDAY)
    at, behind = MONDAY, []
    for _ in range(50):
        at += 5 * MINUTE
        counted = await counter_of(store, at).count(at, None)
        behind.append(at - counted.traffic.counted_to)
    assert max(behind) <= 5 * MINUTE


@pytest.mark.slow
async def test_half_a_million_jobs_in_a_day_are_counted_once_each() -> None:
    count, step = 500_000, DAY / 500_000
    store = Orderly({JOBS.key: Line(count, lambda place: MONDAY + place * step)})
    await first_look(store, MONDAY)
    seen = await looks_until_done(store, MONDAY + DAY, most=8)
    assert seen[-1].total("ended.taste-analysis", MONDAY - HOUR, MONDAY + 2 * DAY) == count
    totals = sum(seen[-1].totals("ended.").values())
    assert count - 5_000 < totals <= count
    assert store.pages < 1.2 * count / 500 + 300, "what was read is not read again"


@pytest.mark.parametrize("pause", [6 * HOUR, DAY])
async def test_after_a_pause_it_gets_on_look_by_look_and_keeps_what_it_has(
    pause: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifteen jobs a second, in the hundredth: what a look may read is made smaller still."""
    monkeypatch.setattr(agents.watch.collect.counter, "PAGE", 125)
    every = timedelta(seconds=1) * 100 / 15
    store = Orderly({JOBS.key: Line(30_000, lambda place: MONDAY + place * every)})
    await first_look(store, MONDAY)
    seen = await looks_until_done(store, MONDAY + pause, most=30)
    assert len(seen) <= {6 * HOUR: 5, DAY: 20}[pause]
    end = seen[-1].counted_to
    assert seen[-1].total("ended.", MONDAY - HOUR, end + DAY) == bisect_left(
        range(30_000), end, key=lambda n: MONDAY + n * every
    )


async def test_a_document_of_an_older_build_is_counted_anew() -> None:
    old = {
        "id": ID,
        "type": "traffic",
        "since": to_iso(MONDAY),
        "countedTo": to_iso(MONDAY),
        "names": [],
        "fine": [],
        "hours": [],
    }
    store = Orderly({JOBS.key: Line(10, lambda place: MONDAY + place * MINUTE)}, state=old)
    at = MONDAY + HOUR
    assert await counter_of(store, at).read() is None
    counted = await counter_of(store, at).count(at, None)
    assert (counted.complete, counted.traffic.recent("ended.", 2 * HOUR)) == (True, 10)
