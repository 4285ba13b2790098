"""Makes the series of a window out of the points, with what changed and what was done as marks. Pure.

A series has a number every five minutes, null where it is not known. The last is of the five minutes that still run: they
are counted up to `countedTo`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from agents.watch.collect.memory import Change
from agents.watch.collect.traffic import FINE, USED, floor
from agents.watch.history.points import QUEUE, Day, Point, steps
from agents.watch.safe_text import safe
from shared.clock import read_iso, to_iso
from shared.observe.prices import Prices
from shared.store.base import Document

WINDOWS: Final = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
MAX_MARKS: Final = 200
MAX_ACTOR: Final = 100
SUBJECTS: Final = ("alert", "queue", "timer", "kind")  # of an action, where its audit names one: names of ours, no person's
Numbers = list[float | None]


def bounds(window: str, at: datetime) -> tuple[datetime, datetime]:
    """Return from when to when a window goes: to the end of the five minutes that run at `at`."""
    until = floor(at, FINE) + FINE
    return until - WINDOWS[window], until


def series_of(
    window: str, at: datetime, days: Sequence[Day], *, changes: Iterable[Change], actions: Iterable[Document], prices: Prices
) -> Document:  # fmt: skip
    """Return the answer. `actions`: audit documents, newest first."""
    since, until = bounds(window, at)
    starts = list(steps(since, until))
    by_day = {one.day: one for one in days}
    points = [by_day[start.date()].at(start) if start.date() in by_day else None for start in starts]
    counted_to = max((one.counted_to for one in days if one.counted_to is not None), default=None)
    cost = _each(points, lambda point: _cost(point, prices))
    return {
        "window": window, "from": to_iso(since), "to": to_iso(until), "stepSeconds": int(FINE.total_seconds()),
        "countedTo": to_iso(counted_to) if counted_to else None, "at": [to_iso(start) for start in starts],
        "series": {**_jobs(points), **_queues(points), **_models(points, prices), "model.cost": cost},
        "currency": prices.currency if any(one is not None for one in cost) else None,
        "marks": _marks(since, until, changes, actions),
    }  # fmt: skip


def _each(points: Iterable[Point | None], read: Callable[[Point], float | None]) -> Numbers:
    """Read every point that is counted; of the others nothing is known."""
    return [read(point) if point is not None and point.counted else None for point in points]


def _sum(points: Iterable[Point | None], *names: str) -> Numbers:
    return _each(points, lambda point: sum(point.values.get(name, 0) for name in names))


def _jobs(points: Sequence[Point | None]) -> dict[str, Numbers]:
    return {
        "jobs.ended": _sum(points, "completed", "dead"), "jobs.dead": _sum(points, "dead"),
        "attempts.failed": _sum(points, "failed"), "attempts.total": _sum(points, "failed", "completed"),
        "jobs.deferred": _sum(points, "deferred"),
    }  # fmt: skip


def _queues(points: Sequence[Point | None]) -> dict[str, Numbers]:
    names = sorted({name for point in points if point for name in point.values if name.startswith(QUEUE)})
    return {name: [point.values.get(name) if point else None for point in points] for name in names}


def _models(points: Sequence[Point | None], prices: Prices) -> dict[str, Numbers]:
    models = sorted({model for point in points if point for model in _used(point)})
    found: dict[str, Numbers] = {
        name: _sum(points, *(f"{USED}{model}.{part}" for model in models))
        for name, part in (("model.calls", "answers"), ("model.tokens_in", "in"), ("model.tokens_out", "out"))
    }
    for model in models:
        for name, part in (("calls", "answers"), ("tokens_in", "in"), ("tokens_out", "out")):
            found[f"model.{model}.{name}"] = _sum(points, f"{USED}{model}.{part}")
        found[f"model.{model}.cost"] = _each(points, lambda point, model=model: _cost_of(model, point, prices))  # type: ignore[misc]  # mypy: a default is no part of a lambda's type
    return found


def _used(point: Point) -> list[str]:
    """Return the deployments that answered."""
    return sorted({name.removeprefix(USED).rpartition(".")[0] for name in point.values if name.startswith(USED)})


def _cost(point: Point, prices: Prices) -> float | None:
    """Return what all deployments took; None when the price of one of them is not known: a part would pass for the whole."""
    costs = [_cost_of(model, point, prices) for model in _used(point)]
    known = [one for one in costs if one is not None]
    return round(sum(known), 6) if len(known) == len(costs) else None


def _cost_of(model: str, point: Point, prices: Prices) -> float | None:
    tokens_in, tokens_out = (point.values.get(f"{USED}{model}.{part}", 0) for part in ("in", "out"))
    cost = prices.cost(model, tokens_in, tokens_out)
    return None if cost is None else round(cost, 6)


def _marks(
    since: datetime, until: datetime, changes: Iterable[Change], actions: Iterable[Document]
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what changed and what was done, oldest first, the newest of them."""
    marks: list[tuple[datetime, str, str, str | None]] = [(one.at, one.kind, safe(one.text), None) for one in changes]
    for one in actions:
        at = read_iso(one.get("createdAt"))
        if at is not None:
            marks.append((at, "action", _words(one), str(one.get("actor") or "")[:MAX_ACTOR] or None))
    inside = sorted((one for one in marks if since <= one[0] < until), key=lambda one: one[0])[-MAX_MARKS:]
    return [{"at": to_iso(at), "kind": kind, "text": text, "actor": actor} for at, kind, text, actor in inside]


def _words(action: Mapping[str, Any]) -> str:
    """Return what was done; why, and to whom, stands in the audit alone."""
    after, what = action.get("after") or {}, action.get("what") or {}
    records = after.get("records")
    many = f" of {records}" if isinstance(records, int) else ""
    about = next((f" {what[name]}" for name in SUBJECTS if isinstance(what.get(name), str)), "")
    name, of = str(action.get("action")), what.get("action")
    whole = f"{of}.{name}" if isinstance(of, str) and "." not in name else name  # how an operation ended is told by one word
    return safe(f"{whole}{many}{about}")
