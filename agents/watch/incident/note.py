"""The incident note: what fires and by which numbers, what it comes of, what changed, and what to call next.

Deterministic: the same situation gives the same note, word for word. It has no user ids, no addresses of pictures and no
payloads; outside texts in it are scrubbed and bounded, and stand in code spans. No model writes any of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from agents.dead_letters.open_records import Cause
from agents.watch.alerts.dead_letters import RULES_OF_DEAD_LETTERS
from agents.watch.alerts.evaluation import evaluations
from agents.watch.alerts.facts import QueueAge
from agents.watch.alerts.next_calls import PREFLIGHT, NextCall, look_at, once_each, replay_of
from agents.watch.alerts.rule import Evaluation, Figures, Rule, Severity, minutes
from agents.watch.alerts.slots import Slot, expected_next, missed, slots
from agents.watch.alerts.state import Alert, Phase
from agents.watch.incident.hints import BY_REASON, DOMINANT, PERMANENT, SAFE, UNSAFE
from agents.watch.incident.situation import Situation
from agents.watch.safe_text import is_fingerprint, is_record_id, one_line, safe
from shared.clock import to_iso

SCHEMA_VERSION: Final = 1
TOP_CAUSES: Final = 3
MAX_SAMPLES: Final = 3
MAX_CHANGES: Final = 10
CHANGES_OVER: Final = timedelta(hours=24)
SLOTS_OVER: Final = timedelta(days=8)
RUNBOOK: Final = "docs/operations.md"
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IncidentNote:
    """A finished note: its title, and its document, of which `agents.watch.incident.markdown` makes the text to paste."""

    title: str
    document: Document

    def to_json(self) -> str:
        """Return the note as JSON, two spaces deep."""
        return json.dumps(self.document, ensure_ascii=False, indent=2, sort_keys=False) + "\n"


def write_note(situation: Situation) -> IncidentNote:
    """Return the note of a situation."""
    firing = sorted(
        (alert for alert in situation.alerts if alert.phase is Phase.FIRING),
        key=lambda alert: (-(alert.severity.rank if alert.severity else 0), alert.key),
    )
    causes = _ranked(situation)
    found = evaluations(situation.rules, situation.facts, {one.key: one for one in situation.alerts}, situation.at)
    title = _title(situation, firing)
    document: Document = {
        "schemaVersion": SCHEMA_VERSION,
        "title": title,
        "at": to_iso(situation.at),
        "build": safe(situation.build, 40),
        "alerts": [_alert(situation, alert, found.get(alert.key)) for alert in firing],
        "alertsKnown": situation.alerts_known,
        "holding": _holding(situation, found),
        "notJudged": _not_judged(situation, found),
        "impact": _impact(situation),
        "windows": _windows(situation),
        "causes": _causes(causes),
        "changes": _changes(situation),
        "dependencies": _dependencies(situation),
        "queues": _queues(situation),
        "timers": _timers(situation),
        "hints": _hints(situation, firing, causes, found),
        "calls": [call.to_document() for call in _calls(situation, firing, causes, found)],
        "safe": list(SAFE),
        "unsafe": list(UNSAFE),
        "openQuestions": _open_questions(situation, firing),
        "runbook": RUNBOOK,
    }
    return IncidentNote(title, document)


def _title(situation: Situation, firing: list[Alert]) -> str:
    if not situation.alerts_known:
        return "Whether anything fires is not known"
    if not firing:
        return "Nothing fires"
    first = f"{firing[0].key}: {_title_of(situation, firing[0])}"
    return first if len(firing) == 1 else f"{first}, and {len(firing) - 1} more"


def _title_of(situation: Situation, alert: Alert) -> str:
    rule = _rule_of(situation, alert)
    return rule.title if rule else "a rule of another build"


def _rule_of(situation: Situation, alert: Alert) -> Rule | None:
    return next((rule for rule in situation.rules if rule.key == alert.key), None)


def _figures(alert: Alert, now: Evaluation | None) -> Figures:
    """Those of this moment where they are known, else of the last look that knew some."""
    return now.figures if now and now.holds is not None else alert.figures


def _alert(situation: Situation, alert: Alert, now: Evaluation | None) -> Document:
    """Say what it fired for, which stays what it was, and how that stands now."""
    known = now is not None and now.holds is not None
    return {
        "rule": alert.rule, "subject": alert.subject, "title": _title_of(situation, alert),
        "severity": alert.severity.value if alert.severity else None,
        "condition": safe(alert.fired_text or alert.text, 500), "now": safe(now.text, 500) if now and known else None,
        "holdsNow": now.holds if now else None, "clearSince": _iso(alert.clear_since),
        "heldSince": _iso(alert.held_since), "firedAt": _iso(alert.fired_at), "updatedAt": _iso(alert.updated_at),
        "unknownSince": _iso(alert.unknown_since), "incident": alert.incident, **_said_of(alert, situation.at),
    }  # fmt: skip


def _said_of(alert: Alert, at: datetime) -> Document:
    hush = alert.quiet(alert.severity or Severity.PAGE, at)
    somebody = alert.acknowledged
    return {
        "silenced": hush and {"until": to_iso(hush.until), "by": one_line(hush.by, 100), "reason": safe(hush.reason)},
        "acknowledged": somebody
        and {"at": to_iso(somebody.at), "by": one_line(somebody.by, 100), "reason": safe(somebody.reason)},
    }


def _holding(situation: Situation, found: Mapping[str, Evaluation]) -> list[str]:
    """What holds at this moment, where nobody can say what fires."""
    if situation.alerts_known:
        return []
    return [f"{key}: {safe(one.text, 500)}" for key, one in found.items() if one.holds]


def _not_judged(situation: Situation, found: Mapping[str, Evaluation]) -> list[str]:
    if not situation.alerts_known:
        return [key for key, one in found.items() if one.holds is None]
    memory = {alert.key: alert for alert in situation.alerts}
    return [rule.key for rule in situation.rules if (alert := memory.get(rule.key)) and alert.unknown_since]


def _impact(situation: Situation) -> Document:
    facts = situation.facts
    lost = [slot for _, found in _slots(situation) for slot in missed(found)]
    return {
        "deadLetters24h": facts.ingress.day.dead if facts.ingress else None,
        "openDeadLetters": facts.care.open_records if facts.care else None,
        "users": situation.users,
        "attempts": _tries(situation),
        "slotsMissed8d": len(lost) if facts.timers is not None else None,
        "waiting": sum(queue.depth for queue in facts.queues.values()) if facts.queues is not None else None,
        "spentToday": {"amount": facts.spend.today, "unit": facts.spend.unit} if facts.spend else None,
    }


def _tries(situation: Situation) -> list[Document] | None:
    attempts = situation.facts.attempts
    if attempts is None:
        return None
    return [{"minutes": round(minutes(one.span)), "failed": one.failed, "total": one.total} for one in attempts.recent]


def _windows(situation: Situation) -> list[Document] | None:
    ingress = situation.facts.ingress
    if ingress is None:
        return None
    named = {
        "1 h": ingress.hour,
        "6 h": ingress.six_hours,
        "24 h": ingress.day,
        "72 h": ingress.three_days,
        "7 d": ingress.week,
    }
    return [
        {
            "window": name, "ended": one.trials, "dead": one.dead,
            "ratio": round(one.dead / one.trials, 4) if one.trials else 0.0,
        }
        for name, one in named.items()
    ]  # fmt: skip


def _ranked(situation: Situation) -> list[Cause]:
    return sorted(situation.causes or (), key=lambda cause: (-cause.count, cause.fingerprint))


def _causes(causes: list[Cause]) -> list[Document]:
    whole = sum(cause.count for cause in causes)
    return [
        {
            "fingerprint": cause.fingerprint if is_fingerprint(cause.fingerprint) else "unreadable",
            "reason": cause.reason.value, "count": cause.count, "share": round(cause.count / whole, 3) if whole else 0.0,
            "firstSeen": to_iso(cause.first_seen), "lastSeen": to_iso(cause.last_seen), "description": safe(cause.description),
            "samples": [sample for sample in cause.sample_ids if is_record_id(sample)][:MAX_SAMPLES],
        }
        for cause in causes[:TOP_CAUSES]
    ]  # fmt: skip


def _changes(situation: Situation) -> list[Document] | None:
    if situation.changes is None:
        return None
    recent = [change for change in situation.changes if situation.at - change.at <= CHANGES_OVER]
    newest = sorted(recent, key=lambda change: (change.at, change.kind, change.text), reverse=True)[:MAX_CHANGES]
    return [{"at": to_iso(change.at), "kind": safe(change.kind, 40), "text": safe(change.text)} for change in newest]


def _dependencies(situation: Situation) -> list[Document] | None:
    if situation.preflight is None:
        return None
    return [
        {
            "name": safe(one.name, 40), "state": one.state or ("failing" if one.problem else "up"),
            "up": not one.problem and one.state != "unknown", "problem": safe(one.problem), "detail": safe(one.detail),
        }
        for one in sorted(situation.preflight, key=lambda one: (not one.problem, one.name))
    ]  # fmt: skip


def _queues(situation: Situation) -> list[Document] | None:
    queues = situation.facts.queues
    if queues is None:
        return None
    return [
        {
            "queue": safe(name, 63),
            "depth": queue.depth,
            "oldestMinutes": _minutes(queue),
            "oldestKnown": queue.age is not None,
            "deferredSince": queue.deferred_since or None,
            "paused": one_line(queue.paused),
        }
        for name, queue in sorted(queues.items())
    ]


def _minutes(queue: QueueAge) -> float | None:
    """Return how long the oldest work is seen to wait; None where that is not known: no age, or hidden messages alone."""
    if queue.oldest is None:
        return None if queue.depth or queue.age is None else 0.0  # of hidden messages nobody knows it
    return round(minutes(queue.oldest), 1)


def _slots(situation: Situation) -> list[tuple[str, tuple[Slot, ...]]]:
    since = situation.at - SLOTS_OVER
    return [
        (name, slots(timer, since=since, at=situation.at, thresholds=situation.thresholds))
        for name, timer in sorted((situation.facts.timers or {}).items())
    ]


def _timers(situation: Situation) -> list[Document] | None:
    timers = situation.facts.timers
    if timers is None:
        return None
    view = []
    for name, found in _slots(situation):
        runs = sorted(timers[name].runs, key=lambda run: (run.planned_at, run.run_id), reverse=True)[:3]
        view.append({
            "timer": name,
            "expectedNext": to_iso(expected_next(timers[name].plan, situation.at)),
            "pausedUntil": _iso(max((end for start, end in timers[name].plan.pauses if end > situation.at), default=None)),
            "missed": [{"slot": to_iso(slot.slot), "state": slot.state.value} for slot in missed(found)],
            "lastRuns": [
                {"planned": to_iso(run.planned_at), "trigger": run.trigger, "outcome": run.outcome or "running"} for run in runs
            ],
        })  # fmt: skip
    return view


def _hints(
    situation: Situation, firing: list[Alert], causes: list[Cause], now: Mapping[str, Evaluation]
) -> list[str]:  # fmt: skip
    rules = [(alert, rule) for alert in firing if (rule := _rule_of(situation, alert))]
    found = [rule.hint(_figures(alert, now.get(alert.key))) for alert, rule in rules]
    whole = sum(cause.count for cause in causes)
    if whole and causes[0].count / whole > DOMINANT:
        one = f"One cause stands behind {causes[0].count} of the {whole} open dead letters that were read"
        permanent = causes[0].reason in PERMANENT
        found.append(f"{one}, and a replay cannot mend it: repair or resolve." if permanent else f"{one}: mend that first.")
    found += [BY_REASON[cause.reason] for cause in causes[:TOP_CAUSES]]
    return list(dict.fromkeys(hint for hint in found if hint))


def _calls(
    situation: Situation, firing: list[Alert], causes: list[Cause], now: Mapping[str, Evaluation]
) -> tuple[NextCall, ...]:  # fmt: skip
    """Return what to call next, each call once, in the order of the alerts; none while nothing fires."""
    calls = [PREFLIGHT] if firing or not situation.alerts_known else []
    for alert in firing:
        rule = _rule_of(situation, alert)
        calls += rule.calls(alert.subject, _figures(alert, now.get(alert.key))) if rule else ()
        if alert.rule in RULES_OF_DEAD_LETTERS:
            calls += [_call_of(cause) for cause in causes[:TOP_CAUSES] if is_fingerprint(cause.fingerprint)]
    return once_each(calls)


def _call_of(cause: Cause) -> NextCall:
    """Look at what only a person can mend; predict the replay of the rest."""
    if cause.reason in PERMANENT:
        return look_at(cause.fingerprint, cause.reason.value)
    return replay_of(cause.fingerprint, cause.count, cause.reason.value)


def _open_questions(situation: Situation, firing: list[Alert]) -> list[str]:
    """What this note could not find out; an answer is not to be read into its silence."""
    unread = {
        "the dead letters' causes": situation.causes, "what changed in the last day": situation.changes,
        "the dependency checks": situation.preflight, "the ledger of the timers": situation.facts.timers,
        "the queues": situation.facts.queues, "the counts of dead letters": situation.facts.ingress,
        "how many users are concerned": situation.users,
    }  # fmt: skip
    questions = [f"could not be read: {name}" for name, value in unread.items() if value is None]
    questions += [f"could not be read: {name} ({safe(why, 100)})" for name, why in sorted(situation.unread.items())]
    if not situation.alerts_known:
        questions.append("which alerts fire cannot be read: see in the pages and tickets that came before")
    if firing and _changes(situation) == []:
        questions.append("nothing is known to have changed in the last day: what did, outside of this app?")
    return questions


def _iso(at: datetime | None) -> str | None:
    return to_iso(at) if at else None
