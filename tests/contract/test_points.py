"""The kept points over both stores: two looks at once, midnight, a ring of eight days, a bounded number of operations."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agents.watch.collect.memory import ALWAYS
from agents.watch.collect.queues import Backlog
from agents.watch.collect.traffic import ENDED, FINE, Happening, Series, Traffic, cells_of
from agents.watch.history.keeper import RING, PointKeeper
from agents.watch.history.points import Point
from shared.clock import Clock
from shared.errors import StoreUnavailable
from shared.observe.metering import measure
from shared.store.containers import SERVICE_STATE
from tests.stores import Bench
from tests.unit.agents.watch.facts_of import MONDAY
from tests.unit.agents.watch.test_views import KEPT, collected

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = MONDAY + 12 * HOUR


def seen(at: datetime, count: int = 3, *, depth: int = 2, **more: Any) -> Any:
    series = Series.beginning(at)
    cells = cells_of([Happening(f"{ENDED}taste-analysis", at - FINE / 2, count)])
    traffic = Traffic({"all": series.counted(series.start(), at, cells)})
    backlogs = (Backlog("q", "jobs", "taste-analysis", depth, (), at),)
    known = {"counted": traffic, "backlogs": backlogs, "memory": replace(KEPT, points_since=ALWAYS)}
    return replace(collected(**{**known, **more}), at=at)


async def test_what_two_looks_keep_at_once_is_there_once(bench: Bench) -> None:
    keepers = [PointKeeper(store=bench.store, clock=Clock()) for _ in range(4)]
    await asyncio.gather(*(keeper.keep(seen(NOON)) for keeper in keepers))
    await asyncio.gather(*(keeper.keep(seen(NOON + FINE)) for keeper in keepers))
    [day] = await keepers[0].read(NOON - HOUR, NOON + HOUR)
    assert day.at(NOON) == Point(counted=True, values={"completed": 3, "queue.q.depth": 2, "queue.q.age_seconds": 0})
    assert day.counted_to == NOON + FINE


async def test_after_midnight_both_days_are_kept(bench: Bench) -> None:
    keeper = PointKeeper(store=bench.store, clock=Clock())
    await keeper.keep(seen(MONDAY + DAY + timedelta(seconds=1), count=5))
    before, after = await keeper.read(MONDAY + 20 * HOUR, MONDAY + DAY + HOUR)
    assert before.at(MONDAY + DAY - FINE) == Point(counted=True, values={"completed": 5})
    running = after.at(MONDAY + DAY)
    assert running is not None
    assert running.values["queue.q.depth"] == 2


async def test_a_look_and_a_reader_make_a_bounded_number_of_operations(bench: Bench) -> None:
    keeper = PointKeeper(store=bench.store, clock=Clock())
    for at, most in ((NOON, 2), (NOON + FINE, 2), (MONDAY + DAY + FINE, 4), (MONDAY + DAY + FINE, 3), (NOON + DAY, 2)):
        with measure() as usage:
            await keeper.keep(seen(at, count=10_000))
        assert usage.operations <= most, (at, usage.kinds)
    with measure() as usage:
        await keeper.read(NOON - 7 * DAY, NOON)
    assert usage.operations == 8


async def test_a_ninth_day_takes_the_place_of_the_first(bench: Bench) -> None:
    keeper = PointKeeper(store=bench.store, clock=Clock())
    for number in range(RING + 1):
        await keeper.keep(seen(NOON + number * DAY))
    assert await keeper.read(NOON, NOON + HOUR) == ()
    assert len(await keeper.read(NOON + DAY, NOON + 8 * DAY)) == 8
    await keeper.keep(seen(NOON))  # a look that took a week
    assert len(await keeper.read(NOON + DAY, NOON + 8 * DAY)) == 8


async def test_what_was_not_read_is_a_gap_and_what_is_no_day_is_begun_anew(bench: Bench) -> None:
    keeper = PointKeeper(store=bench.store, clock=Clock())
    await keeper.keep(seen(NOON, counted=None))
    [day] = await keeper.read(NOON, NOON)
    assert day.at(NOON) == Point(values={"queue.q.depth": 2, "queue.q.age_seconds": 0})
    assert day.counted_to is None
    await keeper.keep(seen(NOON, counted=None, backlogs=None))
    place = f"watch.points.{NOON.toordinal() % RING}"
    await bench.store.upsert(SERVICE_STATE.key, {"id": place, "day": "soon"})
    assert await keeper.read(NOON, NOON) == ()
    await keeper.keep(seen(NOON))
    [day] = await keeper.read(NOON, NOON)
    assert day.counted_to == NOON


async def test_an_outage_costs_a_look_its_points_and_nothing_more(bench: Bench) -> None:
    class Down:
        def __getattr__(self, name: str) -> Any:
            async def down(*_: object, **__: object) -> None:
                raise StoreUnavailable("down")

            return down

    await PointKeeper(store=Down(), clock=Clock()).keep(seen(NOON))  # type: ignore[arg-type]
    keeper = PointKeeper(store=bench.store, clock=Clock())
    await keeper.keep(seen(NOON + FINE))
    [day] = await keeper.read(NOON, NOON)
    assert day.at(NOON - FINE) == Point(counted=True), "the next look keeps what it still knows"


async def test_what_an_older_build_has_counted_is_not_believed(bench: Bench) -> None:
    """It knew nothing of deferrals and tokens: its cells would say zero."""
    keeper = PointKeeper(store=bench.store, clock=Clock())
    first = seen(NOON, memory=KEPT)
    await keeper.keep(first)
    [day] = await keeper.read(NOON, NOON)
    assert {place for place, point in day.points.items() if point.counted} == set()
    after = first.memory.looked(NOON, {}, {}, judged=True)
    await keeper.keep(seen(NOON + FINE, memory=after))
    [day] = await keeper.read(NOON, NOON)
    running = day.at(NOON)
    assert running is not None
    assert (running.counted, day.at(NOON - FINE)) == (True, None)
