"""The run ledger over the real embedded store, on virtual time: two weeks of missed, late, early, doubled, killed runs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from agents.runs.ledger import Ledger, Report, RunFailedError, RunOutcome
from agents.runs.schedule import Schedule
from shared.errors import ModelUnavailable, StoreUnavailable
from shared.store.sqlite import SqliteStore
from tests.fakes.clock import VirtualTime
from tests.faults.world import embedded_store

DAILY, GRACE = Schedule(hour=6), timedelta(hours=6)


class Bench:
    """A ledger, its time, and a work that counts."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.time.at = self.time.at.replace(hour=6)
        self.store: SqliteStore = embedded_store(self.time)
        self.worked = 0
        self.report = Report(RunOutcome.OK, done={"moods": 3})

    def ledger(self) -> Ledger:
        return Ledger(store=self.store, clock=self.time.clock())

    async def work(self) -> Report:
        self.worked += 1
        await asyncio.sleep(0)
        return self.report

    async def fire(self) -> Report | None:
        return await self.ledger().run_slot("moods", DAILY, self.work, grace=GRACE)

    async def outcomes(self) -> list[str | None]:
        return [run["outcome"] for run in (await self.ledger().page("moods", limit=50, cursor=None)).documents]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.store.close()


async def test_a_slot_runs_once_whoever_fires_it_and_how_often(bench: Bench) -> None:
    await asyncio.gather(*(bench.fire() for _ in range(5)))
    bench.time.advance(3_600)
    assert await bench.fire() is None
    assert bench.worked == 1
    assert await bench.outcomes() == ["ok"]
    bench.time.advance(23 * 3_600 - 0.5)  # a moment early is the next slot
    assert await bench.fire() is not None
    assert bench.worked == 2


async def test_a_late_run_within_the_grace_runs_and_says_how_late_it_was(bench: Bench) -> None:
    bench.time.advance(5 * 3_600)
    await bench.fire()
    [run] = (await bench.ledger().page("moods", limit=5, cursor=None)).documents
    assert (run["latenessSeconds"], run["outcome"], run["done"]) == (18_000.0, "ok", {"moods": 3})


async def test_a_catch_up_beyond_the_grace_is_recorded_and_not_run(bench: Bench) -> None:
    bench.time.advance(7 * 3_600)
    assert await bench.fire() is None
    assert bench.worked == 0
    assert await bench.outcomes() == ["skipped_late"]
    bench.time.advance(17 * 3_600)
    await bench.fire()
    assert await bench.outcomes() == ["ok", "skipped_late"]


async def test_a_failed_run_is_in_the_ledger_before_it_is_raised(bench: Bench) -> None:
    async def fails() -> Report:
        raise ModelUnavailable("500 from sk-secret0123456789abcdefghijkl")

    with pytest.raises(RunFailedError):
        await bench.ledger().run_slot("moods", DAILY, fails, grace=GRACE)
    [run] = (await bench.ledger().page("moods", limit=5, cursor=None)).documents
    assert run["outcome"] == "failed"
    assert run["error"].startswith("llm_unavailable")
    bench.report = Report(RunOutcome.FAILED, error="all feeds down")
    bench.time.advance(86_400)
    with pytest.raises(RunFailedError, match="all feeds down"):
        await bench.fire()


async def test_a_run_done_in_part_is_raised_where_it_says_so_and_stays_partial_in_the_ledger(bench: Bench) -> None:
    bench.report = Report(RunOutcome.PARTIAL, error="1 of 2 moods could not be saved")
    with pytest.raises(RunFailedError, match="partial: 1 of 2"):
        await bench.fire()
    bench.report = Report(RunOutcome.PARTIAL)
    bench.time.advance(86_400)
    assert await bench.fire() == bench.report
    assert await bench.outcomes() == ["partial", "partial"]


async def test_a_defect_is_recorded_too(bench: Bench) -> None:
    async def defect() -> Report:
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError):
        await bench.ledger().run_slot("moods", DAILY, defect, grace=GRACE)
    assert await bench.outcomes() == ["failed"]


async def test_a_killed_run_is_abandoned_and_its_slot_is_not_run_again(bench: Bench) -> None:
    async def killed() -> Report:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await bench.ledger().run_slot("moods", DAILY, killed, grace=GRACE)
    assert await bench.outcomes() == [None]
    bench.time.advance(3_600)
    assert await bench.fire() is None  # the platform's catch-up after the restart
    assert await bench.outcomes() == ["abandoned"]
    bench.time.advance(23 * 3_600)
    await bench.fire()
    assert await bench.outcomes() == ["ok", "abandoned"]


async def test_a_long_run_with_a_heartbeat_is_not_abandoned(bench: Bench) -> None:
    release, eight = asyncio.Event(), asyncio.Event()

    async def beat(seconds: float) -> None:
        """The heartbeat's own sleeps move the time, until eight."""
        if bench.time.at.hour >= 8:
            eight.set()
            await asyncio.Event().wait()
        bench.time.advance(seconds)

    async def long() -> Report:
        await release.wait()
        return Report(RunOutcome.OK)

    ledger = Ledger(store=bench.store, clock=replace(bench.time.clock(), sleep=beat))
    running = asyncio.create_task(ledger.run_slot("moods", DAILY, long, grace=GRACE))
    await eight.wait()
    assert await bench.fire() is None
    assert await bench.outcomes() == [None]
    release.set()
    assert (await running) == Report(RunOutcome.OK)


async def test_with_the_ledger_down_nothing_is_begun(bench: Bench) -> None:
    await bench.store.close()
    with pytest.raises(StoreUnavailable):
        await bench.fire()
    assert bench.worked == 0


async def test_a_manual_run_is_once_however_often_its_message_comes(bench: Bench) -> None:
    run_id = await bench.ledger().request("moods", "on-call")
    assert await bench.ledger().run_requested("moods", run_id, bench.work) == bench.report
    assert await bench.ledger().run_requested("moods", run_id, bench.work) is None
    assert await bench.ledger().run_requested("moods", "moods.manual.unknown", bench.work) is None
    assert bench.worked == 1
    run = await bench.ledger().find("moods", run_id)
    assert run is not None
    assert (run["trigger"], run["actor"], run["outcome"]) == ("manual", "on-call", "ok")


async def test_two_weeks_of_daily_runs_leave_fourteen_rows_in_order(bench: Bench) -> None:
    for _ in range(14):
        await bench.fire()
        bench.time.advance(86_400)
    page = await bench.ledger().page("moods", limit=10, cursor=None)
    rest = await bench.ledger().page("moods", limit=10, cursor=page.cursor)
    planned = [run["plannedAt"] for run in [*page.documents, *rest.documents]]
    assert len(planned) == 14
    assert planned == sorted(planned, reverse=True)
