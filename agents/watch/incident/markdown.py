"""The incident note as Markdown, ready to paste: short lines, tables only for numbers, outside texts in code spans."""

from typing import Any, Final

from agents.watch.incident.note import Document, IncidentNote
from agents.watch.safe_text import code

NEEDED: Final = ': "${PLUCKIT_URL:?the address of the deployment}" "${PLUCKIT_KEY:?a function key of it}"  # export both first'


def to_markdown(note: IncidentNote) -> str:
    """Return the note's text; it ends with a line feed."""
    parts = (_head, _alerts, _impact, _causes, _changes, _state, _timers, _next, _footer)
    blocks = [lines for part in parts if (lines := part(note.document))]
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def _head(note: Document) -> list[str]:
    return [f"# {note['title']}", "", f"As of {_minute(note['at'])}, build {code(note['build'])}."]


def _alerts(note: Document) -> list[str]:
    lines = ["## What fires", ""]
    for alert in note["alerts"]:
        name = f"{alert['rule']} {alert['subject']}".strip()
        lines.append(f"- **{name}: {alert['title']}** ({alert['severity']})")
        lines.append(f"  - fired for: {code(alert['condition'])}")
        if alert["now"] and alert["now"] != alert["condition"]:
            lines.append(f"  - now: {code(alert['now'])}")
        if alert["silenced"]:
            quiet = alert["silenced"]
            lines.append(f"  - silenced by {code(quiet['by'])} until {_minute(quiet['until'])}: {code(quiet['reason'])}")
        if alert["acknowledged"]:
            somebody = alert["acknowledged"]
            lines.append(f"  - acknowledged by {code(somebody['by'])} at {_minute(somebody['at'])}: {code(somebody['reason'])}")
        if alert["clearSince"]:
            lines.append(f"  - it no longer holds, since {_minute(alert['clearSince'])}, and resolves if that lasts")
        lines.append(
            f"  - held since {_minute(alert['heldSince'])}, fired {_minute(alert['firedAt'])}, "
            f"last looked at {_minute(alert['updatedAt'])}"
        )
        if alert["unknownSince"]:
            lines.append(f"  - cannot be judged since {_minute(alert['unknownSince'])}: the numbers are older")
    if not note["alertsKnown"]:
        lines.append("Not known: the kept alerts cannot be read.")
        lines += [f"- holds at this moment: {code(words)}" for words in note["holding"]]
    elif not note["alerts"]:
        lines.append("Nothing.")
    if note["notJudged"]:
        lines.append(f"- cannot be judged now: {', '.join(note['notJudged'])}")
    return lines


def _impact(note: Document) -> list[str]:
    impact, spent = note["impact"], note["impact"]["spentToday"]
    lines = [
        "## Impact",
        "",
        f"- dead letters: {_known(impact['deadLetters24h'])} in 24 h, {_known(impact['openDeadLetters'])} open; "
        f"users concerned: {_known(impact['users'])}",
        f"- timer slots missed in 8 days: {_known(impact['slotsMissed8d'])}; messages waiting: {_known(impact['waiting'])}",
    ]
    lines += [f"- attempts that failed: {_shares(impact['attempts'])}"] if impact["attempts"] else []
    if spent:
        unit = spent["unit"].removesuffix("s") if spent["amount"] == 1 else spent["unit"]
        lines.append(f"- spent today: {spent['amount']:.0f} {unit}")
    if note["windows"]:
        lines += ["", "| window | jobs ended | dead | ratio |", "|---|---|---|---|"]
        lines += [f"| {one['window']} | {one['ended']} | {one['dead']} | {_ratio(one)} |" for one in note["windows"]]
    return lines


def _causes(note: Document) -> list[str]:
    lines = ["## Top causes", ""]
    for place, cause in enumerate(note["causes"], 1):
        lines.append(
            f"{place}. {code(cause['fingerprint'])} {cause['reason']}: {cause['count']} ({cause['share']:.0%}), "
            f"{_minute(cause['firstSeen'])} to {_minute(cause['lastSeen'])}"
        )
        lines.append(f"   - {code(cause['description'])}")
        if cause["samples"]:
            lines.append(f"   - for example {', '.join(code(sample) for sample in cause['samples'])}")
    return lines if note["causes"] else []


def _changes(note: Document) -> list[str]:
    if note["changes"] is None:
        return ["## What changed in 24 h", "", "- not known: what the watchdog keeps cannot be read"]
    found = [f"- {_minute(change['at'])} {code(change['kind'])} {code(change['text'])}" for change in note["changes"]]
    return ["## What changed in 24 h", "", *(found or ["- nothing that this app knows of"])]


def _state(note: Document) -> list[str]:
    checks = [
        f"- {code(one['name'])}: {one['state'].upper() if one['problem'] else one['state']}"
        + (f", {code(one['problem'] or one['detail'])}" if one["problem"] or one["detail"] else "")
        for one in note["dependencies"] or []
    ]
    queues = [
        f"- queue {code(one['queue'])}: {_waiting(one)}"
        + (f", deferred work since {_since(one['deferredSince'])}" if one["deferredSince"] else "")
        + (f", paused {code(one['paused'])}" if one["paused"] else "")
        for one in note["queues"] or []
    ]
    return ["## Dependencies and queues", "", *checks, *queues] if checks or queues else []


def _timers(note: Document) -> list[str]:
    lines = []
    for timer in note["timers"] or []:
        runs = ", ".join(f"{_minute(run['planned'])} {run['outcome']}" for run in timer["lastRuns"]) or "no run yet"
        lines.append(f"- {timer['timer']}: {runs}; next {_minute(timer['expectedNext'])}")
        lines += [f"  - paused until {_minute(timer['pausedUntil'])}"] if timer["pausedUntil"] else []
        lines += [f"  - missed: {_minute(slot['slot'])} ({slot['state']})" for slot in timer["missed"]]
    return ["## Timers", "", *lines] if lines else []


def _next(note: Document) -> list[str]:
    lines = [f"- {hint}" for hint in note["hints"]]
    if note["calls"]:
        lines += ["", "```sh", NEEDED]
        for call in note["calls"]:
            lines += [f"# {call['why']}", *(line for line in (call["opsctl"], call["curl"]) if line)]
        lines.append("```")
    return ["## What to do", "", *lines] if lines else []


def _footer(note: Document) -> list[str]:
    lines = [f"Safe: {'; '.join(note['safe'])}.", "", f"Not safe: {'; '.join(note['unsafe'])}."]
    if note["openQuestions"]:
        lines += ["", "Open questions:", "", *(f"- {question}" for question in note["openQuestions"])]
    return [*lines, "", f"Runbook: {note['runbook']}. Note format {note['schemaVersion']}."]


def _waiting(queue: Document) -> str:
    oldest = queue["oldestMinutes"]
    if oldest is None:
        return f"{queue['depth']} wait, for how long is not known"
    if not queue["depth"] and not oldest:
        return "0 wait"
    return f"{queue['depth']} wait, the oldest {oldest:.0f} min" + ("" if queue["oldestKnown"] else " or more")


def _since(text: str) -> str:
    at, _, more = text.partition(" ")
    return f"{_minute(at)} {more}".rstrip()


def _shares(attempts: list[Document]) -> str:
    """An attempt that nobody made is no good one: `0 of 0` says nothing."""
    return ", ".join(
        f"{one['failed']} of {one['total']} in {one['minutes']} min" if one["total"] else f"none made in {one['minutes']} min"
        for one in attempts
    )


def _ratio(window: Document) -> str:
    return f"{window['ratio']:.2%}" if window["ended"] else "-"


def _minute(text: str | None) -> str:
    return f"{text[:10]} {text[11:16]}Z" if text else "unknown"


def _known(value: Any) -> str:  # noqa: ANN401  (a number or None)
    return "unknown" if value is None else str(value)
