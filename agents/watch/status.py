"""The state of everything in one document, and whether somebody has to be woken. Pure.

Computed from the ledger and the kept states on reading: an outside probe sees a dead app of ours, whose own watchdog tells
nobody anything.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from agents.watch.alerts.facts import Timer
from agents.watch.alerts.rule import Rule, Severity, Verdict
from agents.watch.alerts.slots import SUCCESS, Slot, SlotState, expected_next, missed, slots
from agents.watch.alerts.state import Alert, Phase
from agents.watch.alerts.thresholds import Thresholds
from agents.watch.alerts.timers import MISSED_WEEKLY, SILENCE, WITHOUT_SUCCESS
from agents.watch.collect.collector import Survey
from shared.clock import to_iso

SLOTS_OVER: Final = timedelta(days=15)
SHOWN_OVER: Final = timedelta(days=8)
LAST_RUNS: Final = 3
JUDGED_NOW: Final = frozenset({MISSED_WEEKLY, WITHOUT_SUCCESS, SILENCE})  # by the ledger alone, with one look
UNSETTLED: Final = frozenset({SlotState.WAITING, SlotState.RUNNING, SlotState.OVERDUE, SlotState.PAUSED})
Document = dict[str, Any]


def status_of(survey: Survey, rules: Sequence[Rule], thresholds: Thresholds) -> Document:
    """Return the status; `ok` is False when somebody has to be woken, and `problems` says why, one line each."""
    verdicts = {rule.key: rule.evaluate(survey.facts, survey.at) for rule in rules}
    found = {name: _slots(timer, survey.at, thresholds) for name, timer in (survey.facts.timers or {}).items()}
    problems = _problems(survey, rules, verdicts, found)
    return {
        "ok": not problems, "at": to_iso(survey.at), "problems": problems, "build": survey.marks.get("build", ""),
        "lastLookAt": _iso(survey.kept.last_look), "deployedAt": to_iso(survey.kept.deployed_at),
        "rules": [_rule(rule, survey.alerts.get(rule.key), verdicts[rule.key]) for rule in rules],
        "timers": _timers(survey, found), "queues": queues_of(survey),
    }  # fmt: skip


def _problems(
    survey: Survey, rules: Sequence[Rule], verdicts: Mapping[str, Verdict], found: Mapping[str, Sequence[Slot]]
) -> list[str]:
    parts = {"the ledger": survey.facts.timers, "the queues": survey.backlogs}
    problems = [f"cannot be read: {name}" for name, part in parts.items() if part is None]
    for rule in rules:
        alert, verdict = survey.alerts.get(rule.key), verdicts[rule.key]
        severity = alert.severity if alert and alert.phase is Phase.FIRING else None
        if severity is not None and severity.rank >= Severity.PAGE.rank:
            words = verdict.text if verdict.holds is not None else (alert.text if alert else "")
            problems.append(f"{rule.key} fires ({severity.value}): {words}")
        elif rule.name in JUDGED_NOW and verdict.holds and verdict.severity.rank >= Severity.PAGE.rank:
            problems.append(f"{rule.key} holds ({verdict.severity.value}): {verdict.text}")
    for name, timer in (survey.facts.timers or {}).items():
        lost = lost_slot(timer, found[name])
        if lost is not None:
            problems.append(f"{name}: the slot of {to_iso(lost.slot)} is {lost.state.value}")
    return problems


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


def _slots(timer: Timer, at: datetime, thresholds: Thresholds) -> tuple[Slot, ...]:
    return slots(timer, since=at - SLOTS_OVER, at=at, thresholds=thresholds)


def _rule(rule: Rule, alert: Alert | None, verdict: Verdict) -> Document:
    """`text` is of this moment where it can be judged, else of the last look that could."""
    known = verdict.holds is not None
    phase = alert.phase if alert else Phase.OK
    severity = alert.severity if alert and alert.severity and phase is Phase.FIRING else verdict.severity
    return {
        "alert": rule.key, "title": rule.title, "phase": phase.value, "severity": severity.value, "holds": verdict.holds,
        "text": verdict.text if known or not (alert and alert.text) else alert.text,
        "figures": dict(verdict.figures if known or not (alert and alert.figures) else alert.figures),
        "firedAt": _iso(alert.fired_at) if alert else None, "resolvedAt": _iso(alert.resolved_at) if alert else None,
        "unknownSince": _iso(alert.unknown_since) if alert else None, "untold": len(alert.untold) if alert else 0,
    }  # fmt: skip


def _timers(survey: Survey, found: Mapping[str, Sequence[Slot]]) -> list[Document] | None:
    timers = survey.facts.timers
    if timers is None:
        return None
    view = []
    for name, timer in timers.items():
        runs = sorted(timer.runs, key=lambda run: (run.planned_at, run.run_id), reverse=True)
        ends = [run.finished_at for run in runs if run.outcome in SUCCESS and run.finished_at]
        recent = [slot for slot in found[name] if survey.at - slot.slot <= SHOWN_OVER]
        view.append({
            "timer": name, "expectedNext": to_iso(expected_next(timer.plan, survey.at)),
            "lastSuccessAt": _iso(max(ends, default=None)),
            "missed": [{"slot": to_iso(slot.slot), "state": slot.state.value, "runId": slot.run_id} for slot in missed(recent)],
            "lastRuns": [
                {
                    "id": run.run_id, "trigger": run.trigger, "plannedAt": to_iso(run.planned_at),
                    "finishedAt": _iso(run.finished_at), "outcome": run.outcome or "running",
                }
                for run in runs[:LAST_RUNS]
            ],
        })  # fmt: skip
    return view


def queues_of(survey: Survey) -> list[Document] | None:
    """Return the queues. `visible` counts up to 32 of them; `parked` is None when the dead letters cannot be read."""
    if survey.backlogs is None:
        return None
    return [
        {
            "queue": one.name, "role": one.role, "kind": one.kind or None, "depth": one.depth, "visible": len(one.messages),
            "oldestAgeSeconds": round(one.age(survey.at).total_seconds()) if one.waiting_since else None,
            "parked": one.parked,
        }
        for one in survey.backlogs
    ]  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return to_iso(at) if at else None
