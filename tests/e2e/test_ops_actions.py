"""On-call holds the line on a real host: a paused queue, a silenced alert, a job retried, with a key that only who acts has."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from devhost.azurite import Azurite
from shared.clock import Clock, to_iso
from tests.e2e.live import Live, living

ACTION_KEY = "only for those who act"
ACTS = {"x-ops-action-key": ACTION_KEY}
WORD = {"reason": "the store is being moved", "actor": "ada"}


@pytest.fixture(scope="module")
def live(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with living(azurite, Path(tmp_path_factory.mktemp("actions")), OPS_ACTION_KEY=ACTION_KEY) as running:
        yield running


def in_an_hour() -> str:
    return to_iso(Clock().now() + timedelta(hours=1))


def act(live: Live, path: str, **body: Any) -> httpx.Response:
    return live.call("POST", path, json={**WORD, **body}, headers=ACTS)


def queue_of(live: Live) -> dict[str, Any]:
    [queue] = [one for one in live.get("queues")["queues"] if one["kind"] == "taste-analysis" and one["role"] == "jobs"]
    return dict(queue)


def test_a_paused_queue_holds_a_like_until_it_is_resumed_and_the_status_tells(live: Live) -> None:
    name = queue_of(live)["queue"]
    paused = act(live, f"queues/{name}/pause", until=in_an_hour()).raise_for_status().json()
    assert (paused["queue"], paused["paused"]["by"]) == (name, "ada")
    job = live.like("ada", "red-dress.jpg")
    live.until("queues", lambda found: next(one for one in found["queues"] if one["queue"] == name)["held"] == 1)
    assert live.get(f"taste-jobs/{job}")["status"] == "queued"
    assert queue_of(live)["paused"]["reason"] == WORD["reason"]
    assert act(live, f"queues/{name}/resume").raise_for_status().json() == {"queue": name, "paused": None}
    done = live.until(f"taste-jobs/{job}", lambda found: found["status"] == "completed")
    assert done["attempt"] == 1
    assert queue_of(live)["held"] == 0


def test_what_changes_something_asks_for_the_key_and_what_looks_does_not(live: Live) -> None:
    refused = live.call("POST", "queues/run-commands/pause", json={**WORD, "until": in_an_hour()})
    assert (refused.status_code, refused.json()["reason"]) == (403, "action_key_required")
    role = {"auth_typ": "aad", "claims": [{"typ": "roles", "val": "Ops.Act"}, {"typ": "upn", "val": "eve"}]}
    forged = {"x-ms-client-principal": base64.b64encode(json.dumps(role).encode()).decode()}
    assert live.call("POST", "run/moods", headers=forged).status_code == 403
    assert live.get("whoami", headers=forged) == {"actor": None, "mayRead": True, "mayAct": False, "needs": "action_key"}
    assert live.get("whoami", headers=ACTS)["mayAct"] is True
    dry = {"all": True, "dryRun": True, **WORD}
    assert live.call("POST", "jobs/retry-now", json=dry).raise_for_status().json()["action"] == "retry"


def test_a_silenced_alert_stands_in_the_status_by_whom_and_until_when(live: Live) -> None:
    until = in_an_hour()
    assert act(live, "alerts/A12/silence", until=until).raise_for_status().json()["silenced"]["until"] == until
    [rule] = [one for one in live.get("status")["rules"] if one["alert"] == "A12"]
    assert (rule["silenced"]["by"], rule["acknowledged"]) == ("ada", None)
    assert act(live, "alerts/A12/acknowledge").status_code == 409
    assert act(live, "alerts/A12/unsilence").raise_for_status().json()["silenced"] is None
    actions = [one["action"] for one in live.get("audit")["audit"]]
    assert {"alert.silenced", "alert.unsilenced", "queue.paused", "queue.resumed"} <= set(actions)


def test_a_paused_timer_says_so_and_a_run_by_hand_is_told(live: Live) -> None:
    assert act(live, "timers/digest/pause", until=in_an_hour()).raise_for_status().json()["timer"] == "digest"
    [timer] = [one for one in live.get("status")["timers"] if one["timer"] == "digest"]
    assert timer["paused"]["by"] == "ada"
    told = live.call("POST", "run/digest", headers=ACTS).raise_for_status().json()["paused"]
    assert [(one["what"], one["name"]) for one in told] == [("timer", "digest")]
    assert act(live, "timers/digest/resume").raise_for_status().json()["paused"] is None
