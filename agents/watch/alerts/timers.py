"""The rules of the timers: a missed weekly run (A6), a daily one without success (A7), runs that do nothing, do not end or
die (A8), and a watchdog that does not look (A12). What was missed is computed from plan and rows, see `missed`.
"""

import statistics
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from agents.pauses.pause import overlap
from agents.watch.alerts.facts import Facts, Timer, TimerRun, window_of
from agents.watch.alerts.next_calls import HEALTH, STATUS, NextCall, run_again, runs_of
from agents.watch.alerts.rule import Figures, Finding, Rule, Severity, hours, minutes, span_words, unknown
from agents.watch.alerts.slots import SKIPPED_PAUSED, SUCCESS, Slot, SlotState, is_alive, slots
from agents.watch.alerts.thresholds import AlertThresholds

MISSED_WEEKLY: Final = "A6"
WITHOUT_SUCCESS: Final = "A7"
ODD_RUNS: Final = "A8"
SILENCE: Final = "A12"
_WEEKS_BACK: Final = timedelta(days=15)  # the last two weekly slots
_UNSETTLED: Final = frozenset({SlotState.WAITING, SlotState.RUNNING})
_FINE: Final = frozenset({SlotState.DONE, SlotState.PAUSED})  # what somebody has paused is not missed
_SATURDAY: Final = 5


def timer_rules(thresholds: AlertThresholds, *, weekly: tuple[str, ...], daily: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return A6 for each weekly timer, A7 for each daily one, A8 for all, and A12."""
    return (
        *(
            Rule(
                MISSED_WEEKLY, f"The weekly {name} was missed", Severity.TICKET,
                "slot {slot} is {state}, {late_minutes:.0f} min after it was due (fires after {allowance_minutes:.0f}, "
                "at once when it was skipped as too late); {remedy}",
                _weekly_judge(name, thresholds), subject=name, hint=_weekly_hint, calls=_week_again,
            )
            for name in weekly
        ),
        *(
            Rule(
                WITHOUT_SUCCESS, f"No successful run of {name}", Severity.PAGE,
                "{hours_since:.1f} h since {since}, {since_what} (fires after {limit_hours:.0f})",
                _daily_judge(name, thresholds), subject=name, hint=_daily_hint, calls=_again,
            )
            for name in daily
        ),
        *(
            Rule(
                ODD_RUNS, f"A run of {name} did nothing, does not end, or died", Severity.TICKET,
                "run {run}: {problem}", _odd_judge(name, thresholds), subject=name, hint=_odd_hint, calls=_again,
            )
            for name in (*weekly, *daily)
        ),
        Rule(
            SILENCE, "The watchdog does not look", Severity.PAGE,
            "{silent_minutes:span} since its last run at {since} (fires after {limit_minutes:span})",
            _silence_judge(thresholds),
            hint=lambda _figures: "The app's own timers are not running: is it started, and is its host healthy?",
            calls=lambda _subject, _figures: (HEALTH, STATUS),
        ),
    )  # fmt: skip


def _weekly_judge(name: str, thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    """A run that is under way delays the alert, and ends one only when it has ended well."""

    def judge(facts: Facts, at: datetime) -> Finding:
        timer, allowance = _timer(facts, name), minutes(thresholds.slot_allowance)
        if timer is None:
            return unknown(allowance_minutes=allowance)
        found = slots(timer, since=at - _WEEKS_BACK, at=at, thresholds=thresholds)
        settled = [slot for slot in found if _is_settled(slot, at, thresholds)]
        if not settled:
            return Finding(
                holds=False,
                figures={"slot": "none", "state": "due", "allowance_minutes": allowance, "remedy": "nothing to do"},
            )
        last = settled[-1]
        holds = last.state not in _FINE
        window = window_of(last.slot)
        remedy = f"not backfilled; run: POST /api/ops/run/{name}?window={window}" if holds else "nothing to do"
        figures: Figures = {
            "slot": _text(last.slot), "state": last.state.value, "late_minutes": minutes(at - last.slot),
            "allowance_minutes": allowance, "window": window, "remedy": remedy,
        }  # fmt: skip
        severity = Severity.PAGE if _in_office_hours(at, thresholds) else Severity.TICKET
        clear = not holds and all(slot.state is not SlotState.RUNNING for slot in found)
        return Finding(holds, figures, severity, clear)

    return judge


def _is_settled(slot: Slot, at: datetime, thresholds: AlertThresholds) -> bool:
    """Whether a slot can be judged. A failed run may be made good within the allowance, what was skipped is lost at once."""
    if slot.state in _UNSETTLED:
        return False
    return slot.state in {*_FINE, SlotState.SKIPPED_LATE} or at > slot.slot + thresholds.slot_allowance


def _daily_judge(name: str, thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, at: datetime) -> Finding:
        timer, limit = _timer(facts, name), hours(thresholds.without_success)
        if timer is None:
            return unknown(limit_hours=limit)
        ends = [run.finished_at for run in timer.runs if run.outcome in SUCCESS and run.finished_at]
        since = max(ends, default=timer.plan.deployed_at)
        elapsed = at - since - overlap(timer.plan.pauses, since, at)
        figures: Figures = {
            "hours_since": hours(elapsed), "since": _text(since),
            "since_what": "the last success" if ends else "the deployment, without any success", "limit_hours": limit,
        }  # fmt: skip
        return Finding(elapsed > thresholds.without_success, figures)

    return judge


def _odd_judge(name: str, thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    """Clear once a later run has ended without that."""

    def judge(facts: Facts, at: datetime) -> Finding:
        timer = _timer(facts, name)
        if timer is None:
            return unknown()
        begun = _begun(timer)
        alive = [run for run in begun if is_alive(run, at, thresholds)]
        running = max((at - run.started_at for run in alive if run.started_at), default=timedelta(0))
        zero_runs = _zero_runs([run for run in begun if run.outcome])
        problem = _problem_of(begun, at, thresholds)
        if zero_runs > timer.plan.quiet_runs:
            problem = (
                f"there was work to do and none was done, {zero_runs} run(s) in a row (fires above {timer.plan.quiet_runs})"
            )
        if running > timer.plan.max_runtime:
            limit = span_words(minutes(timer.plan.max_runtime))
            problem = f"it runs for {span_words(minutes(running))}, longer than it ever should ({limit})"
        figures: Figures = {
            "run": begun[-1].run_id if begun else "none", "problem": problem or "as it should be", "zero_runs": zero_runs,
            "quiet_runs": timer.plan.quiet_runs, "running_minutes": minutes(running),
            "limit_minutes": minutes(timer.plan.max_runtime),
        }  # fmt: skip
        return Finding(bool(problem), figures, clear=not problem and not alive)

    return judge


def _begun(timer: Timer) -> list[TimerRun]:
    """The runs that did begin, oldest first."""
    runs = [run for run in timer.runs if run.started_at and run.outcome not in {SlotState.SKIPPED_LATE, SKIPPED_PAUSED}]
    return sorted(runs, key=lambda run: (run.started_at or run.planned_at, run.run_id))


def _problem_of(begun: list[TimerRun], at: datetime, thresholds: AlertThresholds) -> str:
    """What is odd with the last run that was begun; empty: nothing."""
    if not begun:
        return ""
    last = begun[-1]
    if last.outcome == SlotState.ABANDONED or (not last.outcome and not is_alive(last, at, thresholds)):
        return "its process died"
    if last.outcome in SUCCESS and last.duration is not None:
        before = [run.duration for run in begun[:-1] if run.outcome in SUCCESS and run.duration is not None]
        recent = before[-thresholds.short_run_history :]
        if len(recent) == thresholds.short_run_history:
            median = timedelta(seconds=statistics.median(span.total_seconds() for span in recent))
            if median >= thresholds.short_run_median and last.duration < median * thresholds.short_run_share:
                return f"it took {minutes(last.duration):.1f} min, the runs before {minutes(median):.1f}"
    return ""


def _zero_runs(ended: list[TimerRun]) -> int:
    count = 0
    for run in reversed(ended):
        if run.outcome != SlotState.ZERO_WORK:
            break
        count += 1
    return count


def _silence_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, at: datetime) -> Finding:
        limit = minutes(thresholds.watch_silence)
        if facts.last_look is None:
            return unknown(limit_minutes=limit)
        since = facts.last_look.at or facts.last_look.deployed_at
        figures: Figures = {"silent_minutes": minutes(at - since), "since": _text(since), "limit_minutes": limit}
        return Finding(at - since > thresholds.watch_silence, figures)

    return judge


def _again(subject: str, _figures: Figures) -> tuple[NextCall, ...]:
    return runs_of(subject), run_again(subject)


def _week_again(subject: str, figures: Figures) -> tuple[NextCall, ...]:
    return runs_of(subject), run_again(subject, str(figures.get("window") or ""))


def _weekly_hint(figures: Figures) -> str:
    week = figures.get("window") or "that was missed"
    return f"The week {week} is not made up for by itself. Check the dependencies, then run it by hand."


def _daily_hint(figures: Figures) -> str:
    since = figures.get("since_what") or "the last success"
    return f"See the errors of the runs since {since}. Mend the cause; the next run, or one by hand, ends the alert."


def _odd_hint(figures: Figures) -> str:
    if figures.get("zero_runs"):
        return "It ended well and did nothing: look at what it reads from."
    return "See its row and its log. A run by hand counts nothing twice."


def _timer(facts: Facts, name: str) -> Timer | None:
    return facts.timers.get(name) if facts.timers is not None else None


def _in_office_hours(at: datetime, thresholds: AlertThresholds) -> bool:
    start, end = thresholds.office_hours
    return at.weekday() < _SATURDAY and start <= at.hour < end


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%MZ")
