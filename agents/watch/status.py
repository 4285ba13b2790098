"""The state of everything in one document, and whether somebody has to be woken. Pure.

Computed from the ledger and the kept states on reading: an outside probe sees a dead app of ours, whose own watchdog tells
nobody anything.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from agents.watch.alerts.evaluation import evaluations as evaluate_all
from agents.watch.alerts.facts import Timer
from agents.watch.alerts.outage import BLIND, OUTAGE
from agents.watch.alerts.rule import Evaluation, Rule, Severity, minutes
from agents.watch.alerts.slots import SUCCESS, Slot, SlotState, expected_next, missed, slots
from agents.watch.alerts.state import Alert, Phase
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.alerts.timers import MISSED_WEEKLY, SILENCE, WITHOUT_SUCCESS
from agents.watch.collect.collector import Collected
from agents.watch.collect.traffic import DUPLICATES
from agents.watch.safe_text import one_line
from agents.watch.slot_history import slot_history
from shared.clock import to_iso

SLOTS_OVER: Final = timedelta(days=15)
MISSED_OVER: Final = timedelta(days=8)  # what was missed of late; `slots` has a month
LAST_RUNS: Final = 3
JUDGED_NOW: Final = frozenset({MISSED_WEEKLY, WITHOUT_SUCCESS, SILENCE, OUTAGE, BLIND})  # with one look
UNSETTLED: Final = frozenset({SlotState.WAITING, SlotState.RUNNING, SlotState.OVERDUE})
Document = dict[str, Any]


def status_of(collected: Collected, rules: Sequence[Rule], thresholds: AlertThresholds) -> Document:
    """Return the status; `ok` is False when somebody has to be woken, and `problems` says why, one line each; what would be
    one and is silenced stands in `silenced`. Open dead letters, failing attempts and dependencies stand in it whether they
    are a problem or not; None: could not be read.
    """
    evaluations = evaluate_all(rules, collected.facts, collected.alerts, collected.at)
    found = {name: _slots(timer, collected.at, thresholds) for name, timer in (collected.facts.timers or {}).items()}
    problems, quiet = _problems(collected, rules, evaluations, found)
    return {
        "ok": not problems, "at": to_iso(collected.at), "problems": problems, "silenced": quiet,
        "build": collected.marks.get("build", ""),
        "duplicates": _duplicates(collected),
        "deadLetters": _dead_letters(collected), "attempts": _attempts(collected), "dependencies": _dependencies(collected),
        "countedTo": _iso(collected.facts.last_count.counted_to if collected.facts.last_count else None),
        "lastLookAt": _iso(collected.memory.last_look),
        "deployedAt": to_iso(collected.memory.deployed_at) if collected.memory_known else None,
        "rules": [
            rule_state(
                rule, collected.alerts.get(rule.key), evaluations[rule.key], collected.at, kept=collected.alerts_known
            )
            for rule in rules
        ],
        "timers": _timers(collected, found, thresholds), "queues": queues_of(collected),
    }  # fmt: skip


def _problems(
    collected: Collected, rules: Sequence[Rule], evaluations: Mapping[str, Evaluation], found: Mapping[str, Sequence[Slot]]
) -> tuple[list[str], list[str]]:
    """Return what is a problem, and what would be one were it not silenced, a line each."""
    problems = [f"cannot be read: {name} ({why})" for name, why in sorted(collected.unread.items())]
    quiet: list[str] = []

    def tell(key: str, severity: Severity, what: str, words: str) -> None:
        alert = collected.alerts.get(key)
        hush = alert.quiet(severity, collected.at) if alert else None
        if hush is None:
            problems.append(f"{what}: {words}")
        else:
            quiet.append(f"{what}, silenced by {one_line(hush.by, 100)} until {to_iso(hush.until)}: {words}")

    for rule in rules:
        alert, evaluation = collected.alerts.get(rule.key), evaluations[rule.key]
        severity = alert.severity if alert and alert.phase is Phase.FIRING else None
        if alert and severity is not None and severity.rank >= Severity.PAGE.rank:
            tell(rule.key, severity, f"{rule.key} fires ({severity.value})", _why(alert, evaluation))
        elif rule.name in JUDGED_NOW and evaluation.holds and evaluation.severity.rank >= Severity.PAGE.rank:
            tell(rule.key, evaluation.severity, f"{rule.key} holds ({evaluation.severity.value})", evaluation.text)
    for name, timer in (collected.facts.timers or {}).items():
        lost = lost_slot(timer, found[name])
        if lost is not None:
            rule_name = MISSED_WEEKLY if timer.plan.schedule.weekday is not None else WITHOUT_SUCCESS
            words = f"the slot of {to_iso(lost.slot)} is {lost.state.value}"
            tell(f"{rule_name}.{name}", Severity.TICKET, name, words)
    return problems, quiet


def _why(alert: Alert, evaluation: Evaluation) -> str:
    """What it fires for: as it is now, as it was at the last look that could tell, or as it was when it has ceased to hold."""
    if evaluation.holds is None:
        return alert.text
    if evaluation.holds or not alert.fired_text:
        return evaluation.text
    return f"{alert.fired_text}; it no longer holds, and resolves if that lasts"


def _dead_letters(collected: Collected) -> Document | None:
    """`complete` is False when there are more than were read, and every count is the least."""
    found = collected.open_records
    if found is None:
        return None
    return {
        "open": len(found.found), "complete": found.complete, "oldestAt": _iso(found.oldest),
        "byReason": {reason.value: count for reason, count in sorted(found.by_reason().items())},
    }  # fmt: skip


def _attempts(collected: Collected) -> list[Document] | None:
    """Attempts of jobs, deferrals left out, of spans that end where everything was counted to."""
    if collected.traffic is None:
        return None
    return [
        {"minutes": round(minutes(one.span)), "failed": one.failed, "total": one.total, "failing": round(one.ratio, 4)}
        for one in collected.traffic.tries()
    ]


def _duplicates(collected: Collected) -> Document | None:
    """Jobs that were asked for again and dropped, in windows that end where everything was counted to."""
    if collected.traffic is None:
        return None
    return {name: collected.traffic.recent(DUPLICATES, timedelta(hours=hours)) for name, hours in (("1h", 1), ("24h", 24))}


def _dependencies(collected: Collected) -> list[Document] | None:
    """What fails for different jobs alike, since when, and until when nobody asks again."""
    if collected.suspensions is None:
        return None
    return [
        {
            "name": one.dependency.name, "state": "failing", "since": to_iso(one.since), "reason": one.reason,
            "nextProbeAt": to_iso(one.until), "waiting": collected.facts.waiting,
        }
        for one in collected.suspensions
    ]  # fmt: skip


def lost_slot(timer: Timer, found: Sequence[Slot]) -> Slot | None:
    """Return the last slot that is settled if nobody ran it, or too late; None: it ran, or something after it went well.

    A run that failed is the rules' to judge. A week is made good for by a run of that week alone, a day by any success since.
    """
    settled = [slot for slot in found if slot.state not in UNSETTLED]
    if not settled or settled[-1].state not in {SlotState.MISSED, SlotState.SKIPPED_LATE}:
        return None
    last = settled[-1]
    weekly = timer.plan.schedule.weekday is not None
    later = any(run.outcome in SUCCESS and run.started_at and run.started_at >= last.slot for run in timer.runs)
    return None if later and not weekly else last


def _slots(timer: Timer, at: datetime, thresholds: AlertThresholds) -> tuple[Slot, ...]:
    return slots(timer, since=at - SLOTS_OVER, at=at, thresholds=thresholds)


def rule_state(rule: Rule, alert: Alert | None, evaluation: Evaluation, at: datetime, *, kept: bool = True) -> Document:
    """Return a rule's state. `text` is of this moment where it can be judged, else of the last look that could. `kept`: the
    alerts could be read; else whether this one fires is not known.
    """
    known = evaluation.holds is not None
    phase = alert.phase if alert else Phase.OK
    severity = alert.severity if alert and alert.severity and phase is Phase.FIRING else evaluation.severity
    return {
        "alert": rule.key, "title": rule.title, "phase": phase.value if kept else None, "severity": severity.value,
        "holds": evaluation.holds,
        "text": evaluation.text if known or not (alert and alert.text) else alert.text,
        "figures": dict(evaluation.figures if known or not (alert and alert.figures) else alert.figures),
        "firedAt": _iso(alert.fired_at) if alert else None, "resolvedAt": _iso(alert.resolved_at) if alert else None,
        "unknownSince": _iso(alert.unknown_since) if alert else None,
        "untold": (len(alert.untold) if alert else 0) if kept else None,
        **said_of(alert, severity, at),
    }  # fmt: skip


def said_of(alert: Alert | None, severity: Severity, at: datetime) -> Document:
    """Return what on-call has said of an alert that is of this severity now."""
    hush = alert.quiet(severity, at) if alert else None
    somebody = alert.acknowledged if alert and alert.phase is Phase.FIRING else None
    return {
        "acknowledged": somebody and somebody.to_document(),
        "silenced": hush and {"until": to_iso(hush.until), "by": hush.by, "reason": hush.reason},
    }


def _timers(collected: Collected, found: Mapping[str, Sequence[Slot]], thresholds: AlertThresholds) -> list[Document] | None:
    timers = collected.facts.timers
    if timers is None:
        return None
    view = []
    for name, timer in timers.items():
        runs = sorted(timer.runs, key=lambda run: (run.planned_at, run.run_id), reverse=True)
        ends = [run.finished_at for run in runs if run.outcome in SUCCESS and run.finished_at]
        recent = [slot for slot in found[name] if collected.at - slot.slot <= MISSED_OVER]
        view.append({
            "timer": name, "expectedNext": to_iso(expected_next(timer.plan, collected.at)),
            "lastSuccessAt": _iso(max(ends, default=None)), "paused": _paused(collected, name),
            "missed": [{"slot": to_iso(slot.slot), "state": slot.state.value, "runId": slot.run_id} for slot in missed(recent)],
            "slots": slot_history(timer, collected.at, thresholds, pauses_known=collected.pauses is not None),
            "lastRuns": [
                {
                    "id": run.run_id, "trigger": run.trigger, "plannedAt": to_iso(run.planned_at),
                    "finishedAt": _iso(run.finished_at), "outcome": run.outcome or "running",
                }
                for run in runs[:LAST_RUNS]
            ],
        })  # fmt: skip
    return view


def _paused(collected: Collected, timer: str) -> Document | None:
    pause = collected.pauses.of("timer", timer, collected.at) if collected.pauses else None
    return pause.shown() if pause else None


def queues_of(collected: Collected) -> list[Document] | None:
    """Return the queues. `visible` counts up to 32 of them; `parked` is None when the dead letters cannot be read, `held` and
    `paused` when the pauses cannot.
    """
    if collected.backlogs is None:
        return None
    return [
        {
            "queue": one.name, "role": one.role, "kind": one.kind or None, "visible": len(one.messages),
            "depth": None if one.missing else one.depth,
            "oldestAgeSeconds": _seconds(one.oldest_age(collected.at)), "oldestAt": _iso(one.oldest_at),
            "oldestKnown": one.is_age_known, "deferredSince": _iso(one.deferred.since if one.deferred else None),
            "parked": one.parked, "held": one.held, "paused": one.pause.shown() if one.pause else None,
            **({"exists": False} if one.missing else {}),
        }
        for one in collected.backlogs
    ]  # fmt: skip


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())


def _iso(at: datetime | None) -> str | None:
    return to_iso(at) if at else None
