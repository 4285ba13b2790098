"""A complaint followed on the command line: one person's jobs, and what became of one of them."""

import re
from typing import Any

from rich.cells import cell_len

from tests.unit.opsctl.fake_app import FakeApp, run

JOB = "b3cf0aa8" + "0" * 56
LETTER = f"{JOB}.1795653900123"
ROW: dict[str, Any] = {
    "jobId": JOB, "kind": "taste-analysis", "status": "failed", "userId": "ada", "itemId": "item-7", "attempt": 2,
    "createdAt": "2026-11-24T10:00:00.000Z", "nextAttemptAt": "2026-11-24T12:15:00.000Z",
    "lastError": {"reason": "llm_unavailable", "message": "the model answered 503"},
}  # fmt: skip
TIMELINE: dict[str, Any] = {
    "jobId": JOB, "kind": "taste-analysis", "status": "dead_lettered", "userId": "ada", "itemId": "item-7",
    "traceId": "0af7651916cd43dd8448eb211c80319c", "deadLetterId": LETTER,
    "events": [
        {"at": "2026-11-24T10:00:00.500Z", "event": "accepted"},
        {"at": "2026-11-24T10:00:00.700Z", "event": "attempt_started", "n": 1},
        {"at": "2026-11-24T10:00:01.200Z", "event": "attempt_failed", "n": 1, "seconds": 0.5, "reason": "llm_timeout",
         "message": "no answer\x1b[2J", "errorType": "RetryableError"},
        {"at": "2026-11-24T10:15:00.000Z", "event": "deferred", "until": "2026-11-24T13:00:00Z", "reason": "llm_unavailable"},
        {"at": "2026-11-24T11:00:00.000Z", "event": "dead_lettered", "deadLetterId": LETTER, "reason": "llm_timeout"},
        {"at": "2026-11-24T11:30:00.000Z", "event": "replayed", "actor": "bob", "reason": "it is back", "operationId": "op-1"},
    ],
    "signal": {"id": "s", "at": "2026-11-24T10:00:00Z", "terms": [
        {"kind": "colour", "term": "red", "weight": 0.4,
         "inProfile": {"weight": 0.8, "evidence": 2, "lastSeenAt": "2026-11-24T10:00:00Z", "projected": True}},
        {"kind": "style", "term": "minimalist", "weight": None, "inProfile": None},
    ]},
    "message": {"bytes": 7, "text": '{"a":1}', "hex": "7b2261223a317d", "json": {"a": 1, "user_id": "ada"}},
}  # fmt: skip


def test_jobs_are_chosen_by_person_item_and_state(app: FakeApp) -> None:
    app.tell("GET jobs", {"jobs": [ROW, {**ROW, "status": "completed", "lastError": None}], "cursor": None})
    chosen = ("--user", "ada", "--item", "item-7", "--status", "failed", "--kind", "taste-analysis", "--reason", "x")
    done = run(app, "jobs", *chosen, "--since", "2h", "--until", "2026-11-24T12:00:00Z", "--limit", "7")
    assert app.asked[0].query == {
        "userId": "ada", "itemId": "item-7", "status": "failed", "kind": "taste-analysis", "reason": "x", "limit": "7",
        "since": "2026-11-24T10:00:00Z", "until": "2026-11-24T12:00:00Z",
    }  # fmt: skip
    _, failed, completed = done.out.splitlines()
    assert re.search(
        rf"failed +taste-analysis +ada +item-7 +2 +2026-11-24T12:15:00Z +{JOB} +llm_unavailable: the model", failed
    )
    assert "12:15" not in completed, "what has ended has no next attempt"
    head, row, _ = run(app, "jobs", terminal=True, COLUMNS="80", NO_COLOR="1").out.splitlines()
    assert head.split()[:2] == ["created", "status"]
    assert re.match(r"2h ago +failed +ada +item-7 +in 15m +b3cf0aa8 +llm_unavailable", row)


def test_a_timeline_tells_what_happened_and_what_it_taught(app: FakeApp) -> None:
    app.tell(f"GET jobs/{JOB}/timeline", TIMELINE)
    shown = run(app, "timeline", JOB).out
    for words in (
        "0af7651916cd43dd8448eb211c80319c", "no answer\\x1b[2J", "took 0.5s, errorType RetryableError", "+14m",
        "llm_unavailable, until 2026-11-24T13:00:00Z", "it is back, by bob, operationId op-1", '"user_id": "ada"',
    ):  # fmt: skip
        assert words in shown
    assert re.search(r"attempt_started +1\n", shown)
    assert re.search(r"red +colour +0\.40 +0\.80 +2 +2026-11-24T10:00:00Z +yes", shown)
    assert re.search(r"minimalist +style\n", shown), "what is not known is not zero"
    assert "7b2261" not in shown
    assert "7b2261" in run(app, "timeline", JOB, "--raw").out
    assert run(app, "timeline", JOB, "--json").document == TIMELINE


def test_a_timeline_is_a_line_an_event_on_a_terminal(app: FakeApp) -> None:
    app.tell("GET jobs", {"jobs": [ROW], "cursor": None})
    app.tell(f"GET jobs/{JOB}/timeline", TIMELINE)
    shown = run(app, "timeline", "b3cf0a", terminal=True, COLUMNS="80", NO_COLOR="1").out.splitlines()
    assert max(map(cell_len, shown)) <= 80
    events = [line for line in shown if line.startswith("11-24 1")]
    assert [line.split()[1] for line in events[:3]] == ["10:00:00Z", "10:00:00Z", "10:00:01Z"]
    assert len(events) == 6
    assert events[4].split()[3:] == ["dead_lettered", "llm_timeout"]


def test_bytes_that_are_no_text_are_shown_in_hex(app: FakeApp) -> None:
    app.tell(
        f"GET jobs/{JOB}/timeline",
        {**TIMELINE, "signal": None, "message": {"bytes": 2, "text": None, "hex": "ff00", "json": None}},
    )
    assert re.search(r"hex +ff00", run(app, "timeline", JOB).out)
    app.tell(f"GET jobs/{JOB}/timeline", {**TIMELINE, "message": {"bytes": 2, "text": "no\x07", "hex": "6e6f", "json": None}})
    assert "no\\x07" in run(app, "timeline", JOB).out
    app.tell(f"GET jobs/{JOB}/timeline", {**TIMELINE, "events": [], "signal": None, "message": None})
    assert run(app, "timeline", JOB).code == 0


WHY = {
    "userId": "ada", "window": "2026-W48", "slot": "2026-11-23T09:00:00.000Z", "state": "waiting", "cause": "job_failed",
    "text": "llm_unavailable: 503; tried again at noon", "digest": None, "latest": None,
    "jobs": [{"jobId": JOB, "status": "failed", "lastError": {"reason": "llm_unavailable", "message": "503"}}],
    "runs": [{"id": "digest.2026-11-23T09:00:00.000Z", "plannedAt": "2026-11-23T09:00:00.000Z", "outcome": "ok", "error": ""}],
}  # fmt: skip


def test_why_a_digest_did_not_come_is_said_with_its_job(app: FakeApp) -> None:
    app.tell("GET digests/ada/why", WHY)
    shown = run(app, "digest", "ada", "--window", "2026-W48", terminal=True, COLUMNS="80", NO_COLOR="1").out
    assert app.asked[-1].query == {"window": "2026-W48"}
    assert all(word in shown for word in ("job_failed", "503", JOB[:8], "ok"))
    assert max(len(line) for line in shown.splitlines()) <= 80
    app.tell("GET digests/ada/why", {**WHY, "jobs": [], "runs": [], "state": "not_planned", "cause": "run_missed"})
    assert "no run of this week is known" in run(app, "digest", "ada", "--why").out
    assert run(app, "digest", "ada", "--why", "--json").document["cause"] == "run_missed"


def test_an_attempt_whose_worker_was_killed_says_until_when_it_had_time(app: FakeApp) -> None:
    lost = {
        "at": "2026-11-26T04:10:01.000Z", "event": "attempt_lost", "n": 1, "startedAt": "2026-11-26T04:00:01.000Z",
        "leasedUntil": "2026-11-26T04:03:01.000Z",
    }  # fmt: skip
    app.tell(f"GET jobs/{JOB}/timeline", {**TIMELINE, "events": [lost], "signal": None, "message": None})
    shown = run(app, "timeline", JOB, terminal=True, COLUMNS="80", NO_COLOR="1").out
    assert "its worker was gone, it had until" in " ".join(shown.split())
    assert max(len(line) for line in shown.splitlines()) <= 80
