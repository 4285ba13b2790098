"""The commands for sources, moods, audit and likes: what they ask and show."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from opsctl.likes import MAX_LOOKS
from tests.unit.opsctl.fake_app import ACTION_KEY, FakeApp, Reply, problem, run

JOB = "b3cf0aa8" + "0" * 56
LIKE = ("like", "ada", "item-7", "https://cdn.example/7.jpg")
STATE: dict[str, Any] = {"jobId": JOB, "status": "queued", "attempt": 1, "updatedAt": "2026-11-24T11:59:00Z"}


def test_sources_say_how_they_are_doing(app: FakeApp) -> None:
    well = {"id": "a", "sourceType": "rss", "isActive": True, "lastScrapedAt": "2026-11-24T07:00:00Z",
            "health": {"lastOutcome": "ok", "found": 9, "new": 2, "lastSuccessAt": "2026-11-24T07:00:00Z"}}  # fmt: skip
    ill = {"id": "b", "health": {"lastOutcome": "failed", "consecutiveFailures": 3, "lastReason": "source_unreachable",
                                "lastRunAt": "2026-11-24T07:03:00Z"}}  # fmt: skip
    rest = [{"id": "c", "isActive": False}, {"id": "d", "health": {"barren": True}}, {"id": "e", "health": None}]
    app.tell("GET scraper/sources", {"sources": [well, ill, *rest], "cursor": None})
    shown = run(app, "sources", "--kind", "rss", "--limit", "7").out.splitlines()
    assert app.asked[-1].query == {"sourceType": "rss", "limit": "7"}
    states = [re.split(r"  +", line.strip()) for line in shown[1:]]
    assert [one[0] for one in states] == ["a", "b", "c", "d", "e"]
    for state, line in zip(("ok", "failed 3x", "off", "barren", "no run yet"), states, strict=True):
        assert state in line
    assert all(words in shown[2] for words in ("source_unreachable", "2026-11-24T07:03:00Z")), "a failed run is one as well"


def test_moods_and_audit_are_lists(app: FakeApp) -> None:
    app.tell(
        "GET moods",
        {"moods": [{"name": "Gorpcore", "primaryMood": "Sporty", "trendScore": 4, "momentum": 0.8}], "cursor": None},
    )
    assert "Gorpcore  Sporty   4" in run(app, "moods", "--primary", "Sporty").out
    assert app.asked[-1].query == {"primary": "Sporty", "limit": "50"}
    entry = {
        "createdAt": "2026-11-24T10:00:00.000Z", "actor": "ada", "action": "replay.requested", "reason": "it is back",
        "what": {"selection": {"ids": 1}, "snapshot": None, "rate": 1.0}, "after": {"status": "queued"}, "operationId": "op-1",
    }  # fmt: skip
    app.tell("GET audit", {"audit": [entry], "cursor": None})
    shown = run(app, "audit").out
    assert all(words in shown for words in ("ada", "replay.requested", "selection ids 1, rate 1.0", "it is back", "op-1"))
    assert run(app, "audit", "--json").document["audit"] == [entry]


def test_a_like_is_sent_and_its_job_named(app: FakeApp) -> None:
    app.tell("POST taste-jobs", Reply(202, {"jobId": JOB, "status": "queued"}))
    done = run(app, *LIKE, "--index", "2")
    assert (done.code, JOB in done.out) == (0, True)
    assert app.asked[0].body == {
        "userId": "ada", "itemId": "item-7", "imageUrl": "https://cdn.example/7.jpg", "galleryImageIndex": 2, "signal": "up",
    }  # fmt: skip
    app.tell("POST taste-jobs", Reply(202, {"jobId": JOB, "status": "withdrawn"}))
    assert "withdrawn" in run(app, *LIKE, "--signal", "none", "--wait").out, "there is nothing to wait for"


@pytest.mark.parametrize(("status", "code"), [("completed", 0), ("dead_lettered", 1)])
def test_a_like_is_followed_to_its_end(app: FakeApp, status: str, code: int) -> None:
    app.tell("POST taste-jobs", Reply(202, {"jobId": JOB, "status": "queued"}))
    error = {"reason": "image_unreachable", "message": "the host answered 404"}
    app.tell(f"GET taste-jobs/{JOB}", STATE, {**STATE, "status": "in_flight"}, {**STATE, "status": status, "lastError": error})
    done = run(app, *LIKE, "--wait")
    assert (done.code, done.slept, status in done.out) == (code, [1.0, 1.0], True)
    assert "image_unreachable: the host answered 404" in done.out
    assert "in_flight" in done.err


def test_a_like_that_waits_for_long_is_left_to_itself(app: FakeApp) -> None:
    app.tell("POST taste-jobs", Reply(202, {"jobId": JOB, "status": "queued"}))
    app.tell(f"GET taste-jobs/{JOB}", {**STATE, "nextAttemptAt": "2026-11-24T13:00:00Z"})
    done = run(app, *LIKE, "--wait")
    assert (done.code, len(done.slept), "2026-11-24T13:00:00Z" in done.out) == (1, MAX_LOOKS, True)


def test_the_action_key_goes_with_what_changes_something_alone(app: FakeApp) -> None:
    app.tell("POST reconcile", {"dryRun": False, "repairs": []})
    app.tell("GET preflight", {"ok": True, "down": []})
    for argv, environ in ((("--action-key", ACTION_KEY), {}), ((), {"PLUCKIT_ACTION_KEY": ACTION_KEY})):
        assert run(app, "reconcile", *argv, **environ).code == 0
        assert run(app, "preflight", *argv, **environ).code == 0
        assert [one.headers.get("x-ops-action-key") for one in app.asked[-2:]] == [ACTION_KEY, None]
    assert run(app, "reconcile", "--action-key", "k\u00e9y").code == 2
    app.tell("POST reconcile", problem(403, "A key is missing.", reason="action_key_required"))
    done = run(app, "reconcile")
    assert (done.code, "set PLUCKIT_ACTION_KEY, or give --action-key" in done.err) == (3, True)


def test_a_dry_run_is_told_by_outcome_and_cause(app: FakeApp) -> None:
    results = [{"id": f"{n:064x}.1", "outcome": "requeued", "detail": "queued again"} for n in range(30)]
    results.append({"id": "a.1", "outcome": "invalid", "detail": "user_id: got int"})
    counted = {"requeued": 470, "invalid": 30}
    app.tell("POST replays", {"action": "replay", "total": 500, "counts": counted, "snapshot": "s", "results": results})
    signed = ("--filter", "user=ada", "--reason", "why", "--actor", "me")
    shown = run(app, "replay", *signed, "--dry-run").out.splitlines()
    assert app.asked[-1].body["filter"] == {"userId": "ada"}
    assert re.match(r"requeued +30 +queued again", shown[1])
    assert re.match(r"invalid +1 +user_id: got int +a\.1", shown[2])
    assert any(re.match(r"looked into +the first 31", line) for line in shown)
    done = run(app, "replay", *signed, typed="n\n")
    assert "  requeued 30: queued again (as 00000000" in done.err


def test_causes_may_be_listed_with_what_a_replay_of_each_would_come_to(app: FakeApp) -> None:
    causes = [{"count": 9, "reason": "llm_garbage", "fingerprint": f"{n:016x}"} for n in range(2)]
    app.tell("GET dead-letters", {"groups": causes, "complete": True})
    app.tell(
        "POST replays", *({"total": n, "counts": {"requeued": n}, "down": [], "results": [], "snapshot": "s"} for n in (9, 8))
    )
    done = run(app, "dead-letters", "groups", "--dry-run", "--kind", "scrape", "--since", "2h")
    assert all(words in done.out for words in ("requeued 9", "requeued 8"))
    asked = [one.body for one in app.asked if one.method == "POST"]
    assert all(one["dryRun"] for one in asked)
    assert asked[0]["filter"] == {"kind": "scrape", "since": "2026-11-24T10:00:00Z", "fingerprint": f"{0:016x}"}
    assert [one["dryRun"]["total"] for one in run(app, "dead-letters", "groups", "--dry-run", "--json").document["groups"]] == [
        8,
        8,
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_needs_no_deployment(app: FakeApp, shell: str) -> None:
    done = run(app, "completion", shell, PLUCKIT_URL="", PLUCKIT_KEY="")
    assert (done.code, app.asked) == (0, [])
    for words in ("dead-letters", "reconcile", "operations", "dry-run", "unsilence"):
        assert words in done.out, (shell, words)


def test_bash_completes_a_command_and_its_options(app: FakeApp, tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(run(app, "completion", "bash").out)

    def completed(*words: str) -> set[str]:
        typed = " ".join(f"'{word}'" for word in words)
        code = (
            f"source {tmp_path / 'completion'}; COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; "
            f"$(complete -p opsctl | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${{COMPREPLY[@]}}\""
        )
        found = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
        return set(found.stdout.split())

    assert completed("opsctl", "dead-l") == {"dead-letters"}
    assert {"list", "groups", "show"} <= completed("opsctl", "dead-letters", "")
    assert completed("opsctl", "pause", "tim") == {"timer"}
    assert completed("opsctl", "replay", "--dry") == {"--dry-run"}
