"""What the watchdog reads of the ledger, from both stores: a month of rows in a bounded number of questions."""

from datetime import timedelta

from agents.pauses.pause import Pauses
from agents.runs.schedule import Schedule
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.memory import ALWAYS
from agents.watch.collect.timers import MAX_PAGES, PAGE, ROWS_FOR, WatchedTimer, read_rows, timers_of
from agents.watch.slot_history import slot_history
from shared.clock import from_iso, to_iso
from shared.observe.metering import measure
from shared.store.base import Create, Store
from shared.store.containers import RUNS
from tests.stores import Bench

AT = from_iso("2026-11-23T12:00:00Z")
WEEKLY = WatchedTimer("digest", Schedule(hour=9, weekday=0), timedelta(hours=1))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def write(store: Store, trigger: str, *planned: timedelta) -> None:
    """Good runs that were planned so long ago."""
    rows = [
        Create({
            "id": f"digest.{trigger}.{index}.{to_iso(AT - ago)}", "timer": "digest", "trigger": trigger, "outcome": "ok",
            "plannedAt": to_iso(AT - ago), "startedAt": to_iso(AT - ago), "heartbeatAt": to_iso(AT - ago),
            "finishedAt": to_iso(AT - ago + HOUR), "parameters": {}, "expected": {}, "done": {}, "detail": {"long": "x" * 100},
        })
        for index, ago in enumerate(planned)
    ]  # fmt: skip
    for start in range(0, len(rows), 50):
        await store.batch(RUNS.key, "digest", rows[start : start + 50])


async def states(store: Store) -> list[str]:
    rows = await read_rows(store, [WEEKLY], AT)
    timer = timers_of([WEEKLY], rows, {"digest": ALWAYS}, Pauses())["digest"]
    return [one["state"] for one in slot_history(timer, AT, AlertThresholds(), pauses_known=True)]


async def test_a_month_of_slots_is_true_by_one_page_of_rows(bench: Bench) -> None:
    await write(bench.store, "timer", *(3 * HOUR + weeks * 7 * DAY for weeks in (0, 1, 2, 4, 5)))
    with measure() as usage:
        assert await states(bench.store) == ["done", "missed", "done", "done", "done"]
    assert usage.operations == 1


async def test_rows_of_a_month_that_are_too_many_make_its_oldest_slots_unknown_and_never_missed(bench: Bench) -> None:
    await write(bench.store, "timer", *(3 * HOUR + weeks * 7 * DAY for weeks in range(5)))
    crowd = MAX_PAGES * PAGE
    await write(bench.store, "manual", *(10 * DAY + n * timedelta(minutes=1) for n in range(crowd)))
    with measure() as usage:
        assert await states(bench.store) == ["unknown", "unknown", "unknown", "done", "done"]
    assert usage.operations == MAX_PAGES
    [rows] = (await read_rows(bench.store, [WEEKLY], AT)).values()
    assert len(rows.runs) == crowd
    assert rows.since > AT - ROWS_FOR
