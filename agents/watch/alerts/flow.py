"""The rules of the flow: attempts that fail before anything dies (A3), queues that grow old (A9), spend (A10), and what must
never be (A11).
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from agents.watch.alerts.facts import AgeSample, Facts, QueueAge, Spend
from agents.watch.alerts.rule import Finding, Rule, Severity, hours, minutes, unknown
from agents.watch.alerts.thresholds import AlertThresholds

ATTEMPTS: Final = "A3"
QUEUE_AGE: Final = "A9"
SPEND: Final = "A10"
INVARIANTS: Final = "A11"
_SLOPE_OVER: Final = timedelta(minutes=30)
_SLOPE_FROM: Final = timedelta(minutes=20)  # a sample this much nearer or farther than 30 minutes still serves
_SLOPE_TO: Final = timedelta(minutes=45)


def flow_rules(thresholds: AlertThresholds, *, queues: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return A3, A9 for each queue, A10 and A11."""
    return (
        Rule(
            ATTEMPTS, "Attempts fail: jobs may die soon", Severity.TICKET,
            "{failed} of {total} attempts failed in 30 min, {ratio:.0%} (fires above {limit:.0%} of {minimum} or more); "
            "the model's breaker has been open for {open_minutes:.0f} min (fires after {open_limit:.0f})",
            _attempts_judge(thresholds), page_after=thresholds.breaker_page,
        ),
        *(
            Rule(
                QUEUE_AGE, f"The queue {name} grows old", Severity.PAGE,
                "the oldest of {depth} waits {age_hours:.1f} h (fires above {limit_hours:.0f}) and grows by {slope:.2f} min "
                "a minute (fires above {slope_limit}), {dequeued} taken in 30 min: {kind} "
                "(critical above {critical_hours:.0f} h)",
                _queue_judge(name, thresholds), subject=name, in_a_row=2,
            )
            for name in queues
        ),
        Rule(
            SPEND, "The models cost more than usual", Severity.TICKET,
            "{today:.0f} {unit} today (fires above {limit:.0f}, {factor} x the 95th percentile of {days} days); "
            "{projected:.0f} projected",
            _spend_judge(thresholds),
        ),
        Rule(
            INVARIANTS, "What must never be has happened", Severity.PAGE,
            "{unmarked} job(s) completed without a marker, {conflicts} profile(s) given up after "
            "conflicts (each fires at 1); {repairs} repairs in an hour (fires above {repairs_limit})",
            _invariants_judge(thresholds), quiet=timedelta(minutes=30),
        ),
    )  # fmt: skip


def _attempts_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    """Clear only when attempts succeed again, or none is made: a share that swings about the limit is one alert."""

    def judge(facts: Facts, at: datetime) -> Finding:
        attempts = facts.attempts
        limits = {
            "limit": thresholds.failing_attempts, "minimum": thresholds.minimum_attempts,
            "open_limit": minutes(thresholds.breaker_open),
        }  # fmt: skip
        if attempts is None:
            return unknown(**limits)
        ratio = attempts.failed / attempts.total if attempts.total else 0.0
        is_open = at - attempts.breaker_open_since if attempts.breaker_open_since else timedelta(0)
        failing = attempts.total >= thresholds.minimum_attempts and ratio > thresholds.failing_attempts
        suspended = is_open > thresholds.breaker_open
        clear = not suspended and ratio <= thresholds.recovered_attempts
        severity = Severity.PAGE if is_open > thresholds.breaker_page else Severity.TICKET
        figures = {
            **limits, "failed": attempts.failed, "total": attempts.total, "ratio": ratio, "open_minutes": minutes(is_open),
        }  # fmt: skip
        return Finding(failing or suspended, figures, severity, clear)

    return judge


def _queue_judge(name: str, thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    """Clear when the age is below the limit or shrinks: growing more slowly alone is no end."""

    def judge(facts: Facts, at: datetime) -> Finding:
        queue = facts.queues.get(name) if facts.queues is not None else None
        limits = {
            "limit_hours": hours(thresholds.queue_age), "slope_limit": thresholds.queue_slope,
            "critical_hours": hours(thresholds.critical_age),
        }  # fmt: skip
        if queue is None:
            return unknown(**limits)
        slope = slope_of(queue, at)
        old = queue.age > thresholds.queue_age
        critical = queue.age > thresholds.critical_age
        growing = None if slope is None else slope > thresholds.queue_slope
        holds = critical or (old and growing)
        clear = not critical and (not old or (slope is not None and slope <= 0.0))
        figures = {
            **limits, "depth": queue.depth, "age_hours": hours(queue.age), "slope": slope, "dequeued": queue.dequeued,
            "kind": _kind(queue, slope, thresholds),
        }  # fmt: skip
        return Finding(holds, figures, Severity.CRITICAL if critical else Severity.PAGE, clear)

    return judge


def slope_of(queue: QueueAge, at: datetime) -> float | None:
    """Return how many minutes the age grew a minute over the last 30: 1 is standing still. None: no earlier sample serves."""
    usable = [sample for sample in queue.samples if _SLOPE_FROM <= at - sample.at <= _SLOPE_TO]
    if not usable:
        return None
    earlier: AgeSample = min(usable, key=lambda sample: (abs(at - sample.at - _SLOPE_OVER), sample.at))
    return (queue.age - earlier.age) / (at - earlier.at)


def _kind(queue: QueueAge, slope: float | None, thresholds: AlertThresholds) -> str:
    if slope is None or slope <= thresholds.queue_slope:
        return "not growing" if slope is not None else "growth unknown"
    return "stuck" if slope > thresholds.stuck_slope and queue.dequeued == 0 else "backlog"


def _spend_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, _at: datetime) -> Finding:
        spend = facts.spend
        limits = {"factor": thresholds.spend_factor}
        if spend is None:
            return unknown(**limits)
        limit = _spend_limit(spend, thresholds)
        worth = spend.today >= thresholds.spend_floor
        above = limit is not None and worth and spend.today > limit
        figures = {
            **limits, "today": spend.today, "unit": spend.unit, "limit": limit, "days": len(spend.days),
            "projected": spend.projected,
        }  # fmt: skip
        return Finding(above, figures)

    return judge


def _spend_limit(spend: Spend, thresholds: AlertThresholds) -> float | None:
    """Return the day's limit; None while there are too few days to compare with. The percentile is by nearest rank."""
    if len(spend.days) < thresholds.spend_history:
        return None
    ranked = sorted(spend.days)
    return thresholds.spend_factor * ranked[math.ceil(0.95 * len(ranked)) - 1]


def _invariants_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, _at: datetime) -> Finding:
        found = facts.invariants
        if found is None:
            return unknown(repairs_limit=thresholds.repairs_an_hour)
        broken = found.completed_without_marker + found.conflicts_exhausted
        figures = {
            "unmarked": found.completed_without_marker, "conflicts": found.conflicts_exhausted,
            "repairs": found.repairs_last_hour, "repairs_limit": thresholds.repairs_an_hour,
        }  # fmt: skip
        return Finding(broken > 0 or found.repairs_last_hour > thresholds.repairs_an_hour, figures)

    return judge
