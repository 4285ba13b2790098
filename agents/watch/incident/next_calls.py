"""The exact calls to make next: by the rules that fire and by the causes. What changes anything is a dry run first."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agents.dead_letters.open_records import Cause
from agents.watch.alerts.state import Alert
from agents.watch.incident.hints import PERMANENT
from agents.watch.safe_text import is_fingerprint

DEAD_LETTER_RULES: Final = frozenset({"A1", "A2", "A4", "A5"})
MAX_REPLAYS: Final = 3


@dataclass(frozen=True, slots=True)
class NextCall:
    """One request. `body` is empty for none; `why` says what it is for."""

    method: str
    path: str
    why: str
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def curl(self) -> str:
        """The line to paste; `$APP` and `$KEY` are the app's address and a function key."""
        verb = "" if self.method == "GET" else f" -X {self.method}"
        data = f" -d '{json.dumps(self.body, ensure_ascii=True)}'" if self.body else ""
        return f'curl -s{verb} -H "x-functions-key: $KEY" "$APP{self.path}"{data}'

    def to_document(self) -> dict[str, Any]:
        """Return it for the note's JSON."""
        return {"method": self.method, "path": self.path, "why": self.why, "body": dict(self.body) or None, "curl": self.curl}


def next_calls(firing: Iterable[Alert], causes: Sequence[Cause]) -> tuple[NextCall, ...]:
    """Return what to call next, each call once, in the order of the alerts."""
    calls = [NextCall("GET", "/api/ops/preflight", "is everything up that the work needs?")]
    for alert in firing:
        calls += _calls_of(alert)
        if alert.rule in DEAD_LETTER_RULES:
            for cause in causes[:MAX_REPLAYS]:
                calls += _calls_of_cause(cause)
    once: dict[tuple[str, str, str], NextCall] = {}
    for call in calls:
        once.setdefault((call.method, call.path, json.dumps(call.body)), call)
    return tuple(once.values())


def _calls_of(alert: Alert) -> list[NextCall]:
    timer = alert.subject
    runs = NextCall("GET", f"/api/ops/runs?timer={timer}&limit=7", "what the last runs did")
    again = NextCall("POST", f"/api/ops/run/{timer}?actor=<you>", "once the cause is mended; twice does no harm")
    groups = NextCall("GET", "/api/ops/dead-letters?status=open&groupBy=fingerprint", "what they die of, by cause")
    window = alert.figures.get("window")
    missed = NextCall(
        "POST", f"/api/ops/run/{timer}?window={window}&actor=<you>", "the missed week, once the dependencies are up"
    )
    queues = NextCall("GET", "/api/ops/queues", "depth, age and what is parked")
    reconcile = NextCall("POST", "/api/ops/reconcile?dryRun=true", "what is out of step; without dryRun it is mended")
    status = NextCall("GET", "/api/ops/status", "every rule with its figures")
    table = {
        "A1": [groups], "A2": [groups], "A3": [status], "A4": [groups, queues], "A5": [groups],
        "A6": [runs, missed if window else again], "A7": [runs, again], "A8": [runs, again], "A9": [queues, reconcile],
        "A10": [status], "A11": [reconcile, status], "A12": [NextCall("GET", "/api/health", "is the app up?"), status],
    }  # fmt: skip
    return table.get(alert.rule, [status])


def _calls_of_cause(cause: Cause) -> list[NextCall]:
    """Look at what only a person can mend; predict the replay of the rest."""
    if not is_fingerprint(cause.fingerprint):
        return []
    if cause.reason in PERMANENT:
        path = f"/api/ops/dead-letters?status=open&fingerprint={cause.fingerprint}"
        return [NextCall("GET", path, f"look at these ({cause.reason.value}): a replay as they are dies again")]
    body = {
        "action": "replay", "filter": {"status": "open", "fingerprint": cause.fingerprint}, "dryRun": True,
        "canary": min(3, cause.count), "reason": "<why>", "actor": "<you>",
    }  # fmt: skip
    why = f"predict a replay of {cause.count} x {cause.reason.value}; then the same without dryRun, with the snapshot it gave"
    return [NextCall("POST", "/api/ops/replays", why, body)]
