"""The rules of the flow: attempts that fail before anything dies (A3), queues that grow old (A9), spend (A10), and what must
never be (A11).
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from agents.watch.alerts.facts import AgeSample, Facts, QueueAge, Spend
from agents.watch.alerts.next_calls import PREFLIGHT, QUEUES, RECONCILE, STATUS
from agents.watch.alerts.rule import Figures, Finding, Rule, Severity, hours, minutes, unknown
from agents.watch.alerts.thresholds import AlertThresholds
from shared.text import plural

ATTEMPTS: Final = "A3"
QUEUE_AGE: Final = "A9"
SPEND: Final = "A10"
INVARIANTS: Final = "A11"
_SLOPE_OVER: Final = timedelta(minutes=30)
_SLOPE_FROM: Final = timedelta(minutes=20)  # a sample this much nearer or farther than 30 minutes still serves
_SLOPE_TO: Final = timedelta(minutes=45)
_FAILING: Final = "{failed} of {total} attempts failed in 30 min, {ratio:.0%} (fires above {limit:.0%} of {minimum} or more)"
_IDLE: Final = "no attempt was made in 30 min (fires above {limit:.0%} failed of {minimum} or more)"
_SUSPENDED: Final = "the model's breaker has been open for {open_minutes:span} (fires after {open_limit:span})"
_OLD: Final = (
    "the oldest of {depth} waits {age_hours:.1f} h (fires above {limit_hours:.0f}) and grows by {slope:.2f} min a minute "
    "(fires above {slope_limit}), {dequeued} taken in 30 min: {kind} (critical above {critical_hours:.0f} h)"
)
_UNSEEN: Final = "how long the oldest of {depth} waits is not known (fires above {limit_hours:.0f} h)"
_HIDDEN: Final = "{depth} hidden, in work or put off: none is seen to be late (fires above {limit_hours:.0f} h)"
_NOTHING: Final = "nothing waits (fires above {limit_hours:.0f} h)"
_DEFERRED: Final = "; deferred work waits since {deferred_since}"
_NEVER: Final = "{unmarked:jobs} completed without a marker, {repairs:repairs} in an hour"


def flow_rules(thresholds: AlertThresholds, *, queues: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return A3, A9 for each queue, A10 and A11."""
    return (
        Rule(
            ATTEMPTS, "Attempts fail: jobs may die soon", Severity.TICKET, _FAILING, _attempts_judge(thresholds),
            page_after=thresholds.breaker_page, hint=dependency_hint, calls=lambda _subject, _figures: (PREFLIGHT, STATUS),
        ),
        *(
            Rule(
                QUEUE_AGE, f"The queue {name} grows old", Severity.PAGE,
                _OLD, _queue_judge(name, thresholds), subject=name, in_a_row=2, hint=_queue_hint,
                calls=lambda _subject, _figures: (QUEUES, RECONCILE),
            )
            for name in queues
        ),
        Rule(
            SPEND, "The models cost more than usual", Severity.TICKET,
            "{today:.0f} {unit} today (fires above {limit:.0f}, {factor} x the 95th percentile of {days} days); "
            "{projected:.0f} projected",
            _spend_judge(thresholds), hint=lambda _figures: "Is something asked again and again? A loop costs more than a day.",
        ),
        Rule(
            INVARIANTS, "What must never be has happened", Severity.PAGE, _NEVER, _invariants_judge(thresholds),
            quiet=timedelta(minutes=30), hint=_invariants_hint, calls=lambda _subject, _figures: (RECONCILE, STATUS),
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
        figures: Figures = {
            **limits, "failed": attempts.failed, "total": attempts.total, "ratio": ratio, "open_minutes": minutes(is_open),
            "open_records": facts.care.open_records if facts.care else None, "waiting": facts.waiting,
            "dependency": min((one.since, one.name) for one in facts.dependencies)[1] if facts.dependencies else None,
        }  # fmt: skip
        formula = _FAILING if attempts.total else _IDLE
        if suspended:
            formula = f"{_SUSPENDED}; {_FAILING}" if failing else _SUSPENDED
        return Finding(failing or suspended, figures, severity, clear, formula)

    return judge


def dependency_hint(figures: Figures) -> str:
    """Say what a failing dependency has cost so far, as far as that is known; where none is known to fail, that."""
    count, waiting = figures.get("open_records"), figures.get("waiting")
    found = [_cause(figures)]
    if isinstance(waiting, int) and waiting:
        found.append(plural(waiting, "message waits and comes back by itself.", "messages wait and come back by themselves."))
    if count is None:
        found.append("How many dead letters are open could not be read.")
    elif isinstance(count, int) and count:
        found.append(
            f"{plural(count, 'dead letter is', 'dead letters are')} open: once the cause is mended, replay what died of it."
        )
    else:
        found.append("No dead letter is open, so that nothing has to be replayed.")
    return " ".join(found)


def _cause(figures: Figures) -> str:
    if figures.get("dependency") or figures.get("open_minutes"):
        return "Mend the dependency first."
    return "No dependency is known to fail: see in the causes and in preflight what the attempts fail of."


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
        if queue.paused or queue.age is None:
            return _not_judged(queue, limits)
        slope = slope_of(queue, at)
        old = queue.age > thresholds.queue_age
        critical = queue.age > thresholds.critical_age
        growing = None if slope is None else slope > thresholds.queue_slope
        holds = critical or (old and growing)
        clear = not critical and (not old or (slope is not None and slope <= 0.0))
        figures = {
            **limits, "depth": queue.depth, "age_hours": hours(queue.age), "slope": slope, "dequeued": queue.dequeued,
            "kind": _kind(queue, slope, thresholds), "deferred_since": queue.deferred_since or None,
        }  # fmt: skip
        severity = Severity.CRITICAL if critical else Severity.PAGE
        return Finding(holds, figures, severity, clear, _queue_words(queue))

    return judge


def _not_judged(queue: QueueAge, limits: Figures) -> Finding:
    """What is paused is not late. Where the oldest cannot be seen, an alert neither fires nor ends."""
    figures: Figures = {
        **limits, "depth": queue.depth, "age_hours": None if queue.age is None else hours(queue.age), "paused": queue.paused,
        "deferred_since": queue.deferred_since or None,
    }  # fmt: skip
    if queue.paused:
        return Finding(holds=False, figures=figures, formula="it is paused {paused}, {depth} wait")
    return Finding(None, figures, formula=_UNSEEN + (_DEFERRED if queue.deferred_since else ""))


def _queue_words(queue: QueueAge) -> str:
    """Return the sentence of a queue that can be judged; empty: the rule's own. Deferred work is not late, and it waits."""
    if queue.age:
        return f"{_OLD}{_DEFERRED}" if queue.deferred_since else ""
    if queue.deferred_since:
        return f"nothing is late{_DEFERRED}"
    return _HIDDEN if queue.depth else _NOTHING


def slope_of(queue: QueueAge, at: datetime) -> float | None:
    """Return how many minutes the age grew a minute over the last 30: 1 is standing still. None: no earlier sample serves."""
    if queue.age is None:
        return None
    usable = [sample for sample in queue.samples if _SLOPE_FROM <= at - sample.at <= _SLOPE_TO]
    if not usable:
        return None
    earlier: AgeSample = min(usable, key=lambda sample: (abs(at - sample.at - _SLOPE_OVER), sample.at))
    return (queue.age - earlier.age) / (at - earlier.at)


def _kind(queue: QueueAge, slope: float | None, thresholds: AlertThresholds) -> str:
    if slope is None or slope <= thresholds.queue_slope:
        return "not growing" if slope is not None else "growth unknown"
    return "stuck" if slope > thresholds.stuck_slope and queue.dequeued == 0 else "backlog"


def _queue_hint(figures: Figures) -> str:
    if figures.get("kind") == "stuck":
        return "Nobody takes messages of this queue: is its trigger running?"
    return f"{figures.get('dequeued', 'some')} were taken in 30 min, and they come faster than they go: what is slow?"


def _spend_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, _at: datetime) -> Finding:
        spend = facts.spend
        limits = {"factor": thresholds.spend_factor}
        if spend is None:
            return unknown(**limits)
        limit = _spend_limit(spend, thresholds)
        above = limit is not None and spend.today >= thresholds.spend_floor and spend.today > limit
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
        figures = {
            "unmarked": found.completed_without_marker, "conflicts": found.conflicts_exhausted,
            "repairs": found.repairs_last_hour, "repairs_limit": thresholds.repairs_an_hour,
        }  # fmt: skip
        parts = [
            words
            for holds, words in (
                (found.completed_without_marker, "{unmarked:jobs} completed without a marker (fires at 1)"),
                (found.conflicts_exhausted, "{conflicts:profiles} given up after conflicts (fires at 1)"),
                (
                    found.repairs_last_hour > thresholds.repairs_an_hour,
                    "{repairs:repairs} in an hour (fires above {repairs_limit})",
                ),
            )
            if holds
        ]
        return Finding(bool(parts), figures, formula="; ".join(parts))

    return judge


def _invariants_hint(figures: Figures) -> str:
    if not figures.get("unmarked") and not figures.get("conflicts"):
        return "The reconciler mends more than a crash now and then leaves behind: its log lines name what, look for the cause."
    return "A defect of ours or an outside writer. Keep the evidence: replay nothing until it is understood."
