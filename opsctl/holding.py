"""Commands that hold the line for a while: alerts silenced or acknowledged, queues and timers paused. And who is asking."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Final

from opsctl.client import Document, segment
from opsctl.outcomes import Exit
from opsctl.show import When
from opsctl.times import after
from opsctl.tools import Tools

NAMED: Final = ("alert", "queue", "timer", "title", "phase", "severity", "depth", "held", "due", "expectedNext")
INSTANTS: Final = frozenset({"at", "until", "due", "expectedNext"})
HOLDS: Final = ("acknowledged", "silenced", "paused")


def acknowledge(tools: Tools, given: Namespace) -> Exit:
    """Say that somebody is at it: the alert is not told again until it gets graver."""
    return _changed(tools, given, f"alerts/{segment(given.alert)}/acknowledge")


def silence(tools: Tools, given: Namespace) -> Exit:
    """Silence an alert for a while, a day at most; when it gets graver it is told all the same."""
    return _changed(tools, given, f"alerts/{segment(given.alert)}/silence", until=_until(tools, given))


def unsilence(tools: Tools, given: Namespace) -> Exit:
    """End the silence of an alert."""
    return _changed(tools, given, f"alerts/{segment(given.alert)}/unsilence")


def pause(tools: Tools, given: Namespace) -> Exit:
    """Hold a queue's messages, or a timer, for a while: nothing is lost, no attempt is spent."""
    return _changed(tools, given, f"{given.what}s/{segment(given.name)}/pause", until=_until(tools, given))


def resume(tools: Tools, given: Namespace) -> Exit:
    """Let a paused queue or timer go on."""
    return _changed(tools, given, f"{given.what}s/{segment(given.name)}/resume")


def whoami(tools: Tools, _given: Namespace) -> Exit:
    """Who the app takes you for, and whether you may change anything."""
    found = tools.client.get("whoami", acting=True).document
    actor = found.get("actor") or f"{tools.actor(None)} (the login name: the app was shown no token)"
    tools.screen.show(found, lambda: tools.screen.fields({
        "actor": actor, "may read": _yes(found.get("mayRead")), "may act": _yes(found.get("mayAct")),
        "needs": found.get("needs"),
    }))  # fmt: skip
    return Exit.OK if found.get("mayAct") else Exit.WRONG


def _yes(value: object) -> str:
    return "" if value is None else "yes" if value else "no"


def _until(tools: Tools, given: Namespace) -> str:
    return after(given.until, tools.now())


def _changed(tools: Tools, given: Namespace, path: str, **more: str) -> Exit:
    body = {**more, "reason": given.reason, "actor": tools.actor(given.actor)}
    found = tools.client.send("POST", path, body, repeatable=True).document
    tools.screen.show(found, lambda: tools.screen.fields(_shown(found)))
    return Exit.OK


def _shown(found: Document) -> dict[str, object]:
    """Return what stands now: which alert, queue or timer, and who holds it."""
    told = {name: _part(name, found.get(name)) for name in NAMED}
    for name in HOLDS:
        hold = found.get(name)
        if isinstance(hold, Mapping):
            told |= {f"{name} {part}": _part(part, inner) for part, inner in hold.items()}
        elif name in found:
            told[name] = "no"
    return told


def _part(name: str, value: object) -> object:
    return When(value) if name in INSTANTS or name.endswith("At") else value
