"""What to call next, as lines to paste: by `opsctl`, and the same by `curl`. What changes anything is a dry run first, where
there is one.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ACTOR: Final = "on-call"


@dataclass(frozen=True, slots=True)
class NextCall:
    """One request. `opsctl`: the same as arguments of that client, empty where it has none; `body` is empty for none."""

    method: str
    path: str
    why: str
    opsctl: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines to paste; they need PLUCKIT_URL and PLUCKIT_KEY, and nothing of them is left to fill in."""
        verb = "" if self.method == "GET" else f" -X {self.method}"
        data = f" -d '{json.dumps(self.body, ensure_ascii=True)}'" if self.body else ""
        curl = f'curl -s{verb} -H "x-functions-key: $PLUCKIT_KEY" "$PLUCKIT_URL{self.path}"{data}'
        return (f"python -m opsctl {self.opsctl}", curl) if self.opsctl else (curl,)

    def to_document(self) -> dict[str, Any]:
        """Return it for the note's JSON."""
        opsctl = self.lines[0] if self.opsctl else None
        return {
            "method": self.method, "path": self.path, "why": self.why, "body": dict(self.body) or None, "opsctl": opsctl,
            "curl": self.lines[-1],
        }  # fmt: skip


PREFLIGHT: Final = NextCall("GET", "/api/ops/preflight", "is everything up that the work needs?", "preflight")
HEALTH: Final = NextCall("GET", "/api/health", "is the app up?")
STATUS: Final = NextCall("GET", "/api/ops/status", "every rule with its figures", "status")
QUEUES: Final = NextCall("GET", "/api/ops/queues", "depth, age and what is parked", "queues")
GROUPS: Final = NextCall(
    "GET", "/api/ops/dead-letters?status=open&groupBy=fingerprint", "what they die of, by cause",
    "dead-letters groups --status open",
)  # fmt: skip
RECONCILE: Final = NextCall(
    "POST", "/api/ops/reconcile?dryRun=true", "what is out of step; without the dry run it is mended", "reconcile --dry-run"
)


def runs_of(timer: str) -> NextCall:
    """Look at the last runs of a timer."""
    return NextCall("GET", f"/api/ops/runs?timer={timer}&limit=7", "what the last runs did", f"runs --timer {timer} --limit 7")


def run_again(timer: str, window: str = "") -> NextCall:
    """Run a timer's work by hand, of one window where that is given."""
    query, option = (f"window={window}&", f" --window {window}") if window else ("", "")
    why = "the missed week, once the dependencies are up" if window else "once the cause is mended; twice does no harm"
    path = f"/api/ops/run/{timer}?{query}actor={ACTOR}"
    return NextCall("POST", path, why, f"run {timer}{option} --actor {ACTOR}")


def replay_of(fingerprint: str, count: int, reason: str) -> NextCall:
    """Predict the replay of one cause's open dead letters."""
    words = f"predicting a replay of {reason}"
    body = {
        "action": "replay", "filter": {"status": "open", "fingerprint": fingerprint}, "dryRun": True,
        "canary": min(3, count), "reason": words, "actor": ACTOR,
    }  # fmt: skip
    why = f"predict a replay of {count} x {reason}; then the same without the dry run, with the snapshot that it gave"
    command = f'replay --filter fingerprint={fingerprint} --reason "{words}" --actor {ACTOR} --dry-run'
    return NextCall("POST", "/api/ops/replays", why, command, body)


def look_at(fingerprint: str, reason: str) -> NextCall:
    """Look at what only a person can mend."""
    path = f"/api/ops/dead-letters?status=open&fingerprint={fingerprint}"
    why = f"look at these ({reason}): a replay as they are dies again"
    return NextCall("GET", path, why, f"dead-letters list --status open --fingerprint {fingerprint}")


def once_each(calls: Iterable[NextCall]) -> tuple[NextCall, ...]:
    """Return every call once, in the order in which they first came."""
    found: dict[tuple[str, str, str], NextCall] = {}
    for call in calls:
        found.setdefault((call.method, call.path, json.dumps(call.body)), call)
    return tuple(found.values())
