"""The series of a window: a number where something is known, null where it is not, and marks that name nobody."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.watch.collect.memory import Change, flips
from agents.watch.history.points import Day
from agents.watch.history.series import MAX_MARKS, bounds, series_of
from shared.chat.breaker_state import BreakerState
from shared.clock import from_iso, to_iso
from shared.errors import ModelSuspended, Reason
from shared.observe.prices import ModelPrice, Prices

AT = from_iso("2026-11-26T00:07:00.000Z")
RUNNING = from_iso("2026-11-26T00:05:00.000Z")
FINE, DAY = timedelta(minutes=5), timedelta(days=1)


def day(at: datetime, counts: dict[str, int] | None = None, gauges: dict[str, int] | None = None) -> Day:
    made = Day(at.date())
    made = made if counts is None else made.counted({at: counts}, AT)
    return made if gauges is None else made.seen(gauges, at)


def shown(*days: Day, window: str = "1h", **more: Any) -> dict[str, Any]:
    given = {"changes": (), "actions": (), "prices": Prices(), **more}
    return json.loads(json.dumps(series_of(window, AT, days, **given)))  # type: ignore[no-any-return]


@pytest.mark.parametrize(("window", "points"), [("1h", 12), ("24h", 288), ("7d", 2_016)])
def test_a_window_ends_with_the_five_minutes_that_run(window: str, points: int) -> None:
    found = shown(window=window)
    assert len(found["at"]) == points
    assert (found["at"][0], found["at"][-1]) == (found["from"], to_iso(RUNNING))
    assert found["to"] == "2026-11-26T00:10:00.000Z"
    assert {len(numbers) for numbers in found["series"].values()} == {points}
    assert bounds(window, AT)[0] == from_iso(found["from"])


def test_where_nothing_is_known_nothing_is_zero() -> None:
    found = shown()
    names = ["ended", "dead", "deferred"]
    assert set(found["series"]) == {
        *(f"jobs.{name}" for name in names), "attempts.failed", "attempts.total",
        "model.calls", "model.tokens_in", "model.tokens_out", "model.cost",
    }  # fmt: skip
    assert {number for numbers in found["series"].values() for number in numbers} == {None}
    assert (found["countedTo"], found["currency"], found["marks"]) == (None, None, [])


def test_each_point_is_counted_seen_or_a_gap() -> None:
    yesterday = day(RUNNING - 3 * FINE, {"completed": 4, "dead": 1, "failed": 3, "deferred": 2})
    today = day(RUNNING, {}, {"queue.q.depth": 7}).seen({"queue.q.depth": 8, "queue.q.age_seconds": 60}, RUNNING - FINE)
    found = shown(yesterday, today)
    series = {name: numbers[-5:] for name, numbers in found["series"].items()}
    assert found["at"][-5:] == [to_iso(RUNNING - ahead * FINE) for ahead in (4, 3, 2, 1, 0)]
    assert series["jobs.ended"] == [None, 5, None, None, 0]
    assert series["jobs.dead"] == [None, 1, None, None, 0]
    assert series["attempts.total"] == [None, 7, None, None, 0]
    assert series["attempts.failed"] == [None, 3, None, None, 0]
    assert series["jobs.deferred"] == [None, 2, None, None, 0]
    assert series["queue.q.depth"] == [None, None, None, 8, 7]
    assert series["queue.q.age_seconds"] == [None, None, None, 60, None]
    assert series["model.cost"] == [None, 0.0, None, None, 0.0]
    assert found["countedTo"] == to_iso(AT)


def test_what_the_models_took_is_told_in_all_and_of_each_deployment() -> None:
    used = {"used.gpt-4.1-mini.answers": 2, "used.gpt-4.1-mini.in": 800_000, "used.gpt-4.1-mini.out": 500_000}
    other = {"used.mine.answers": 1, "used.mine.in": 1_000_000, "used.mine.out": 1_000_000}
    both = day(RUNNING, {**used, **other})
    found = shown(both.counted({RUNNING - FINE: used}, AT))
    assert found["series"]["model.calls"][-3:] == [None, 2, 3]
    assert found["series"]["model.gpt-4.1-mini.calls"][-3:] == [None, 2, 2]
    assert found["series"]["model.mine.tokens_out"][-3:] == [None, 0, 1_000_000]
    assert found["series"]["model.gpt-4.1-mini.cost"][-1] == pytest.approx(0.32 + 0.8)
    assert found["series"]["model.mine.cost"][-1] is None
    assert found["series"]["model.cost"][-1] is None, "a part would pass for the whole"
    prices = Prices({"mine": ModelPrice(input=1.0, output=2.0)})
    priced = shown(both, prices=prices)
    assert priced["series"]["model.cost"][-1] == pytest.approx(0.32 + 0.8 + 3.0)
    assert priced["currency"] == "USD"
    euros = shown(both, prices=Prices(prices.given, "EUR"))
    assert (euros["series"]["model.cost"][-1], euros["currency"]) == (None, None), "a list price in dollars is none in euros"
    known = Prices({**prices.given, "gpt-4.1-mini": ModelPrice(input=0.0, output=1.0)}, "EUR")
    assert shown(both, prices=known)["series"]["model.cost"][-1] == pytest.approx(0.5 + 3.0)
    assert shown(both, prices=known)["series"]["model.tokens_in"][-1] == 1_800_000


def test_marks_tell_what_changed_and_who_did_what_and_no_more() -> None:
    changes = (
        Change(AT - 2 * FINE, "deployment", "one is now two"), Change(AT - 2 * DAY, "setting", "A has changed"),
        Change(AT, "breaker", "the breaker of the model a.b opened: llm_timeout"),
    )  # fmt: skip
    action = {
        "createdAt": to_iso(AT - FINE), "action": "replay.requested", "actor": "ada", "reason": "for ada@example.com",
        "what": {"selection": {"filter": {"subject": "0a"}}, "queue": "taste-jobs"}, "after": {"records": 12},
    }  # fmt: skip
    broken = [{"createdAt": "soon", "action": "x"}, {}]
    found = shown(changes=changes, actions=[action, *broken])["marks"]
    assert [(one["kind"], one["text"], one["actor"]) for one in found] == [
        ("deployment", "one is now two", None), ("action", "replay.requested of 12 taste-jobs", "ada"),
        ("breaker", "the breaker of the model a.b opened: llm_timeout", None),
    ]  # fmt: skip
    many = [{**action, "createdAt": to_iso(AT - timedelta(seconds=ago))} for ago in range(MAX_MARKS + 50)]
    assert len(shown(actions=many)["marks"]) == MAX_MARKS


def test_a_breaker_that_opened_and_closed_between_two_looks_did_both() -> None:
    closed = BreakerState("a.b", reason=Reason.MODEL_TIMEOUT)
    opened = closed.tripped(
        ModelSuspended("down", delay_seconds=5, reason=Reason.MODEL_TIMEOUT), since=AT - timedelta(minutes=3), at=AT
    )
    again = opened.closed(AT + FINE)
    look = AT - FINE
    assert [one.text.split()[6] for one in flips(frozenset(), look, [opened], AT)] == ["opened:"]
    assert flips(frozenset({"a.b"}), AT, [opened], AT + FINE) == ()
    assert [one.text.split()[6] for one in flips(frozenset({"a.b"}), AT, [again], AT + 2 * FINE)] == ["closed"]
    both = flips(frozenset(), look, [again], AT + 2 * FINE)
    assert [(one.at, one.text.split()[6]) for one in both] == [
        (AT - timedelta(minutes=3), "opened:"), (AT + FINE, "closed"),
    ]  # fmt: skip
    assert flips(frozenset(), AT + 2 * FINE, [again], AT + 3 * FINE) == (), "that was told"
    assert flips(None, None, [again, closed], AT + 2 * FINE) == (), "the first look knows of no before"
    assert [one.text.split()[6] for one in flips(None, look, [opened], AT)] == ["opened:"]
    assert flips(None, AT, [opened], AT + FINE) == ()
