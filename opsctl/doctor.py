"""The command for a deployment that is new, or of which nobody knows what is wrong: a line a thing, and what to do."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from opsctl.outcomes import Exit, UnreachableError
from opsctl.times import parsed
from opsctl.tools import Tools

SKEW_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 900.0  # three looks of the watchdog
TAKEN_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 10.0
UNAVAILABLE: Final = frozenset({503})
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: `to_do` is empty where all is well."""

    name: str
    detail: str
    to_do: str = ""


def doctor(tools: Tools, given: Namespace) -> Exit:
    """Whether a deployment has all it needs: functions, timers, queues, containers, roles, models, telemetry, clock."""
    lines = [*_outside(tools, given.wait), *_inside(tools)]
    wrong = [one for one in lines if one.to_do]
    document = {
        "ok": not wrong,
        "findings": [{"name": one.name, "ok": not one.to_do, "detail": one.detail, "toDo": one.to_do} for one in lines],
    }

    def render() -> None:
        for one in lines:
            if one.to_do:
                tools.screen.line(f"wrong  {one.name}: {one.detail}: {one.to_do}", "bold red")
            else:
                tools.screen.line(f"ok     {one.name}: {one.detail}")

    tools.screen.show(document, render)
    return Exit.WRONG if wrong else Exit.OK


def _outside(tools: Tools, wait: float) -> list[Line]:
    """What can be told by calling: the functions are indexed, the timers run, the queues' triggers take messages."""
    described = _patiently(tools, wait, lambda: tools.client.get("openapi.json").document)
    return [
        Line("functions", f"{len(described.get('paths') or ())} endpoints answer; the host indexes all functions or none"),
        _seen("timers", lambda: _timers(tools.client.get("status", also=UNAVAILABLE).document, tools.now())),
        _seen("triggers", lambda: _triggers(tools.client.get("queues", once=True).document)),
    ]


def _seen(name: str, look: Callable[[], Line]) -> Line:
    """What cannot be read is a line of its own: the others are told all the same."""
    try:
        return look()
    except UnreachableError as error:
        return Line(name, str(error), "see what else is wrong, and ask again")


def _patiently(tools: Tools, wait: float, call: Callable[[], Document]) -> Document:
    """Call until the app answers: a deployment takes minutes. Raises `UnreachableError` when it never does."""
    waited = 0.0
    while True:
        try:
            return call()
        except UnreachableError:
            if waited >= wait:
                raise
            tools.screen.say(f"no answer yet, {wait - waited:.0f} s left")
            tools.sleep(RETRY_SECONDS)
            waited += RETRY_SECONDS


def _timers(status: Document, now: datetime) -> Line:
    if status.get("timers") is None and "timers" in status:
        return Line("timers", "they cannot be read", "see the line of the store, and ask again")
    planned = [str(one.get("timer")) for one in status.get("timers") or [] if one.get("expectedNext")]
    look = parsed(status.get("lastLookAt"))
    if not planned:
        return Line("timers", "none is planned", "look at the log of the host: the functions may not be indexed")
    if look is None:
        return Line("timers", f"{', '.join(planned)} are planned; OpsWatch has not looked yet (it does every five minutes)")
    silent = (now - look).total_seconds()
    if silent > LOOK_SECONDS:
        return Line("timers", f"OpsWatch last looked {silent / 60:.0f} min ago", "restart the app: its timers do not run")
    return Line("timers", f"{', '.join(planned)} are planned; OpsWatch looked {max(0.0, silent):.0f} s ago")


def _triggers(found: Document) -> Line:
    every = found.get("queues") or []
    stuck = [
        f"{one.get('queue')} ({_waits(one) / 60:.0f} min)" for one in every
        if one.get("visible") and _waits(one) > TAKEN_SECONDS and one.get("role") != "dead-letters"
    ]  # fmt: skip
    if stuck:
        return Line("triggers", f"messages wait in {', '.join(stuck)}", "is the app running? look at the log of the host")
    return Line("triggers", f"nothing waits for longer than {TAKEN_SECONDS / 60:.0f} min in {len(every)} queues")


def _waits(queue: Document) -> float:
    """For how many seconds the oldest work waits that nobody has put off."""
    if queue.get("deferredSince") is None:
        return float(queue.get("oldestAgeSeconds") or 0)
    return max((float(one.get("ageSeconds") or 0) for one in queue.get("messages") or ()), default=0.0)


def _inside(tools: Tools) -> list[Line]:
    """What the app itself sees; and how far its clock is from ours."""
    before = tools.now()
    found = tools.client.send("POST", "doctor").document
    lines = [
        Line(str(one.get("name")), str(one.get("detail")), "" if one.get("ok") else str(one.get("toDo") or "see the detail"))
        for one in found.get("findings") or []
    ]
    return [*lines, _clock(parsed(found.get("at")), before, tools.now())]


def _clock(theirs: datetime | None, before: datetime, after: datetime) -> Line:
    if theirs is None:
        return Line("clock", "the app told no time", "is this another service?")
    off = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if off > SKEW_SECONDS:
        return Line("clock", f"the app's differs from ours by {off:.0f} s", "set ours; if ours is right, restart the app")
    return Line("clock", f"the app's agrees with ours within {max(1.0, off):.0f} s")
