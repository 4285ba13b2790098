"""The rules of the extremes: next to nothing succeeds, or a dependency fails while work waits for it (A13); and nobody has
counted what happens, so that the other rules see nothing (A14).

The rules of chance (A1, A2) ask for many dead letters, and a job dies late: an outage of everything has to be told before.
Shares are of five and of ten minutes, since in thirty the good ones of before outweigh the bad ones of now.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from agents.watch.alerts.facts import Facts, FailingDependency, Tries
from agents.watch.alerts.flow import dependency_hint
from agents.watch.alerts.next_calls import HEALTH, PREFLIGHT, STATUS
from agents.watch.alerts.rule import Figures, Finding, Rule, Severity, minutes, unknown
from agents.watch.alerts.thresholds import AlertThresholds

OUTAGE: Final = "A13"
BLIND: Final = "A14"
_STOPPED: Final = (
    "{failed} of {total} attempts failed in {span_minutes:span}, {ratio:.0%} (fires above {limit:.0%} of {minimum} or more)"
)
_DOWN: Final = (
    "{dependency} has failed for {down_minutes:span} ({reason}) while {waiting:waits} (fires after {down_limit:span})"
)
_NOW: Final = timedelta(minutes=10)  # half an hour remembers the outage for too long to end its alert
_WELL: Final = "{failed} of {total} attempts failed in {span_minutes:span}; no dependency fails while work waits"
_IDLE: Final = "no attempt was made in {span_minutes:span}; no dependency fails while work waits"


def outage_rules(thresholds: AlertThresholds) -> tuple[Rule, ...]:
    """Return A13 and A14."""
    return (
        Rule(
            OUTAGE, "Nearly everything fails", Severity.PAGE, _WELL, _outage_judge(thresholds), quiet=timedelta(minutes=10),
            hint=dependency_hint, calls=lambda _subject, _figures: (PREFLIGHT, STATUS),
        ),
        Rule(
            BLIND, "What happens is not counted", Severity.PAGE,
            "counted up to {counted_to}, {behind_minutes:span} ago (fires after {limit_minutes:span}): A1, A2, A3, A10 and the "
            "shares of A13 see nothing newer",
            _blind_judge(thresholds), hint=_blind_hint, calls=lambda _subject, _figures: (HEALTH, STATUS),
        ),
    )  # fmt: skip


def _outage_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    """Either part may hold although the other is unknown. Clear: attempts succeed or none is made, and nothing is down."""

    def judge(facts: Facts, at: datetime) -> Finding:
        limits: Figures = {"limit": thresholds.outage_attempts, "minimum": thresholds.outage_minimum}
        tries = facts.attempts.recent if facts.attempts else ()
        late = _late(facts, at, thresholds)
        down = late if late is not None and (facts.waiting or late.at_once) else None
        if not tries and down is None and facts.dependencies is None:
            return unknown(**limits, span_minutes=None)
        stopped = [one for one in tries if one.total >= thresholds.outage_minimum and one.ratio > thresholds.outage_attempts]
        shown = max(stopped or tries, key=lambda one: (one.ratio, one.total), default=Tries(timedelta(0), 0, 0))
        figures: Figures = {
            **limits, "failed": shown.failed, "total": shown.total, "ratio": shown.ratio, "span_minutes": minutes(shown.span),
            "dependency": down.name if down else None, "reason": down.reason if down else None, "waiting": facts.waiting,
            "down_minutes": minutes(at - down.since) if down else None,
            "down_limit": minutes(_patience(down, thresholds)) if down else None,
            "open_records": facts.care.open_records if facts.care else None,
        }  # fmt: skip
        parts = [words for holds, words in ((stopped, _STOPPED), (down, _DOWN)) if holds]
        blind = facts.attempts is None or facts.dependencies is None or (late is not None and facts.waiting is None)
        if not parts and blind:
            return unknown(**figures)
        recovered = all(one.ratio <= thresholds.recovered_attempts for one in tries if one.span <= _NOW)
        clear = down is None and not stopped and recovered
        return Finding(bool(parts), figures, clear=clear, formula="; ".join(parts) or ("" if shown.total else _IDLE))

    return judge


def _late(facts: Facts, at: datetime, thresholds: AlertThresholds) -> FailingDependency | None:
    """Return what has failed for longest, for longer than it may while work waits for it."""
    late = [one for one in facts.dependencies or () if at - one.since >= _patience(one, thresholds)]
    return min(late, key=lambda one: (one.since, one.name), default=None)


def _patience(one: FailingDependency, thresholds: AlertThresholds) -> timedelta:
    """A limit that was met is up and lets us in again; what fails for everybody is told at the second look that sees it."""
    if one.at_once:
        return timedelta(0)
    return thresholds.dependency_limited if one.limit else thresholds.dependency_down


def _blind_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, at: datetime) -> Finding:
        limit = minutes(thresholds.uncounted)
        if facts.last_count is None:
            return unknown(limit_minutes=limit)
        since = max(facts.last_count.counted_to, facts.last_count.deployed_at)
        figures: Figures = {
            "counted_to": facts.last_count.counted_to.strftime("%Y-%m-%d %H:%MZ"), "behind_minutes": minutes(at - since),
            "limit_minutes": limit,
        }  # fmt: skip
        return Finding(at - since > thresholds.uncounted, figures)

    return judge


def _blind_hint(figures: Figures) -> str:
    return (
        f"Nothing after {figures.get('counted_to', 'an unknown time')} is counted: is OpsWatch running, and does the store "
        "answer it? After a pause it catches up by itself, fifty thousand documents a look; the time has to move on."
    )
