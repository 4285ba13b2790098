"""What each command asks, shows and ends with."""

import json
from pathlib import Path
from typing import Any

import pytest

from opsctl.show import clean
from tests.unit.opsctl.fake_app import FakeApp, Reply, problem, run

LETTER = {
    "id": "a.1", "jobId": "a", "status": "open", "reason": "llm_garbage", "description": "no [bold]answer[/bold]\x1b[2J",
    "createdAt": "2026-11-24T10:00:00.123Z", "expiresAt": "2027-02-22T10:00:00.123Z", "kind": "taste-analysis",
    "version": "v1", "payload": {"user_id": 5}, "rawPayload": "eyJ9",
    "attempts": [{"n": 1, "at": "2026-11-24T09:00:00.000Z", "reason": "llm_garbage", "message": "nothing"}],
    "history": [{"at": "2026-11-24T11:00:00.000Z", "action": "replay", "outcome": "requeued", "actor": "me", "reason": "why"}],
}  # fmt: skip
STATUS: dict[str, Any] = {
    "ok": True, "at": "2026-11-24T12:00:00.000Z", "problems": [], "lastLookAt": None, "build": "abc",
    "rules": [{"alert": "A1", "phase": "ok", "severity": "page", "text": "fine"}],
    "timers": [{"timer": "moods", "lastRuns": [{"outcome": "ok"}], "lastSuccessAt": None, "expectedNext": None, "missed": []}],
    "queues": [{"queue": "q", "role": "jobs", "depth": 3, "visible": 1, "oldestAgeSeconds": 5, "parked": 0}],
}  # fmt: skip
FIRES = {
    **STATUS, "ok": False, "problems": ["A1 fires (page): 30% of 100"],
    "rules": [{"alert": "A1", "phase": "firing", "severity": "page", "text": "30% of 100"}],
}  # fmt: skip


def test_the_status_is_0_while_all_is_well_and_1_when_somebody_has_to_be_woken(app: FakeApp) -> None:
    app.tell("GET status", STATUS)
    done = run(app, "status")
    assert (done.code, "nobody has to be woken" in done.out, "moods" in done.out, "A1" in done.out) == (0, True, True, False)
    app.tell("GET status", Reply(503, FIRES))
    done = run(app, "status")
    assert (done.code, done.slept) == (1, []), "a 503 that is an answer is not asked again"
    assert "A1 fires (page): 30% of 100" in done.out
    assert run(app, "status", "--json").document == FIRES
    app.tell("GET status", problem(503, "The app's settings are wrong; its log names every one of them."))
    assert run(app, "status").code == 4


def test_preflight_is_1_when_something_is_down(app: FakeApp) -> None:
    app.tell("GET preflight", {"ok": False, "down": [{"dependency": "model", "problem": "suspended"}]})
    done = run(app, "preflight")
    assert (done.code, done.out) == (1, "down: model: suspended\n")


def test_queues_and_repairs_are_tables(app: FakeApp) -> None:
    app.tell("GET queues", {"at": "x", "queues": [{**STATUS["queues"][0], "messages": [{"id": "m1", "bytes": 9}]}]})
    done = run(app, "queues", "--peek")
    assert done.out.splitlines()[0].split("  ")[0] == "queue"
    assert (app.asked[-1].query, "id m1, bytes 9" in done.out) == ({"peek": "true"}, True)
    app.tell("POST reconcile", {"dryRun": True, "repairs": [{"kind": "unsent", "jobId": "j", "done": False}]})
    done = run(app, "reconcile", "--dry-run")
    assert (app.asked[-1].query, done.out) == ({"dryRun": "true"}, "kind    mended  job\nunsent  no      j\n")
    app.tell("POST reconcile", {"dryRun": False, "repairs": []})
    assert run(app, "reconcile").out == "nothing to mend\n"


def test_a_note_comes_as_text_and_as_json(app: FakeApp) -> None:
    app.tell("GET incident-note", Reply(200, "# Nöte\n\n- one\x1b[31m\n".encode(), kind="text/markdown; charset=utf-8"))
    assert run(app, "incident-note").out == "# Nöte\n\n- one\\x1b[31m\n", "no control character reaches the terminal"
    assert app.asked[-1].headers["accept"] == "text/markdown"
    app.tell("GET incident-note", {"title": "Nothing fires"})
    assert run(app, "incident-note", "--json").document == {"title": "Nothing fires"}
    assert app.asked[-1].headers["accept"] == "application/json"


def test_a_digest_is_asked_for_in_the_format_that_is_wanted(app: FakeApp) -> None:
    app.tell("GET digests/ada%20l/latest", Reply(200, b"<!doctype html>", kind="text/html; charset=utf-8"))
    assert run(app, "digest", "ada l", "--format", "html").out == "<!doctype html>\n"
    assert app.asked[-1].headers["accept"] == "text/html"


def test_taste_shows_terms_and_the_likes_behind_one(app: FakeApp) -> None:
    term = {"term": "red", "kind": "colour", "weight": 1.25, "evidence": 2, "lastSeenAt": "2026-11-24T10:00:00.000Z"}
    signal = {"at": "2026-11-24T10:00:00.000Z", "itemId": "i", "imageUrl": "https://x/y"}
    app.tell("GET taste-profiles/ada", {"userId": "ada", "terms": [term], "signals": [signal]})
    done = run(app, "taste", "ada", "--term", "colour:red")
    assert app.asked[-1].query == {"term": "colour:red"}
    assert "red   colour  1.25    2      2026-11-24T10:00:00Z" in done.out
    assert "https://x/y" in done.out


def test_dead_letters_are_listed_page_by_page(app: FakeApp) -> None:
    app.tell("GET dead-letters", {"deadLetters": [LETTER], "cursor": "next"})
    done = run(app, "dead-letters", "list", "--status", "open", "--since", "2h", "--until", "2026-11-24", "--limit", "1")
    assert app.asked[-1].query == {"status": "open", "since": "2026-11-24T10:00:00Z", "until": "2026-11-24", "limit": "1"}
    assert (done.code, "--cursor next" in done.err) == (0, True)
    assert r"no [bold]answer[/bold]\x1b[2J" in done.out, "the app's text is neither markup nor control"
    app.tell("GET dead-letters", {"deadLetters": [LETTER], "cursor": "next"}, {"deadLetters": [], "cursor": None})
    done = run(app, "dead-letters", "list", "--all", "--json")
    decoder, pages, rest = json.JSONDecoder(), [], done.out
    while rest.strip():
        page, end = decoder.raw_decode(rest)
        pages.append(page)
        rest = rest[end:].lstrip()
    assert [page["cursor"] for page in pages] == ["next", None]
    assert app.asked[-1].query["cursor"] == "next"


def test_causes_are_listed_and_an_incomplete_count_is_said(app: FakeApp) -> None:
    cause = {"count": 9, "reason": "llm_garbage", "fingerprint": "f", "statuses": {"open": 9}, "sampleId": "a.1"}
    app.tell("GET dead-letters", {"groups": [cause], "complete": False})
    done = run(app, "dead-letters", "groups", "--expiring-within-days", "7")
    assert app.asked[-1].query == {"expiringWithinDays": "7", "groupBy": "fingerprint", "limit": "50"}
    assert ("open 9" in done.out, "more than were looked at" in done.err) == (True, True)


def test_a_dead_letter_is_shown_in_full(app: FakeApp) -> None:
    app.tell("GET dead-letters/a.1", LETTER)
    done = run(app, "dead-letters", "show", "a.1")
    for words in ('{"user_id": 5}', "nothing", "requeued"):
        assert words in done.out
    app.tell("GET dead-letters/a.1", {**LETTER, "payload": None})
    assert "eyJ9" in run(app, "dead-letters", "show", "a.1").out


@pytest.mark.parametrize(
    ("change", "code"),
    [({}, 0), ({"readable": False}, 1), ({"prediction": {"outcome": "invalid"}}, 1), ({"down": [{"dependency": "model"}]}, 1)],
)
def test_validation_is_1_when_a_replay_would_not_help(app: FakeApp, change: dict[str, Any], code: int) -> None:
    sound = {
        "id": "a.1", "readable": True, "problems": [{"field": "user_id", "came": "int", "expected": "text"}], "job": None,
        "alreadyApplied": False, "prediction": {"outcome": "requeued", "detail": "why"}, "down": [],
    }  # fmt: skip
    app.tell("POST dead-letters/a.1/validate", {**sound, **change})
    done = run(app, "dead-letters", "validate", "a.1")
    assert (done.code, "user_id" in done.out) == (code, True)


def test_a_repair_is_for_the_version_that_is_there_or_the_one_that_was_seen(app: FakeApp, tmp_path: Path) -> None:
    app.tell("GET dead-letters/a.1", LETTER)
    app.tell("PATCH dead-letters/a.1/payload", {**LETTER, "otherJob": True})
    wanted = ("dead-letters", "repair", "a.1", "--reason", "it sent a number", "--actor", "me")
    done = run(app, *wanted, "--set", "user_id=u=5", "--unset", "x", "--patch", '{"x": 1, "n": {"m": 2}}')
    assert (done.code, "another job" in done.err) == (0, True)
    assert app.asked[-1].headers["if-match"] == '"v1"'
    assert app.asked[-1].body == {
        "patch": {"x": None, "n": {"m": 2}, "user_id": "u=5"}, "reason": "it sent a number", "actor": "me",
    }  # fmt: skip
    (tmp_path / "patch.json").write_text('{"a": 1}')
    before = len(app.asked)
    assert run(app, *wanted, "--patch", f"@{tmp_path / 'patch.json'}", "--version", "seen").code == 0
    assert (len(app.asked) - before, app.asked[-1].headers["if-match"]) == (1, '"seen"')


@pytest.mark.parametrize(
    "options", [(), ("--patch", "{"), ("--patch", "[1]"), ("--patch", "@/no/such/file"), ("--set", "x"), ("--set", "=x")]
)
def test_a_repair_of_nothing_or_of_no_json_is_exit_2(app: FakeApp, options: tuple[str, ...]) -> None:
    assert run(app, "dead-letters", "repair", "a.1", "--reason", "why", *options).code == 2
    assert app.asked == []


def test_runs_are_listed_and_a_run_is_waited_for(app: FakeApp) -> None:
    row = {"id": "digest.manual.1", "timer": "digest", "outcome": None, "startedAt": None, "done": {}, "expected": {}}
    ended = {**row, "startedAt": "x", "outcome": "ok", "done": {"users": 5}}
    app.tell("POST run/digest", Reply(202, {"runId": row["id"], "timer": "digest"}))
    app.tell("GET runs", {"runs": [row], "cursor": None}, {"runs": [{**row, "startedAt": "x"}], "cursor": None},
             {"runs": [ended], "cursor": None})  # fmt: skip
    done = run(app, "run", "digest", "--user", "ada", "--force", "--window", "2026-W48", "--actor", "me", "--wait")
    assert app.asked[0].query == {"actor": "me", "userId": "ada", "force": "true", "window": "2026-W48"}
    assert (done.code, done.slept, "users 5" in done.out) == (0, [1.0, 1.0], True)
    assert "waits" in done.err
    done = run(app, "run", "digest", "--json")
    assert (done.code, done.document) == (0, {"runId": row["id"], "timer": "digest"})
    assert "digest.manual.1" in run(app, "runs", "--timer", "digest").out


@pytest.mark.parametrize(
    ("outcome", "code"), [("ok", 0), ("zero_work", 0), ("partial", 1), ("failed", 1), ("abandoned", 1), ("skipped_late", 1)]
)
def test_a_run_that_did_not_go_well_is_exit_1(app: FakeApp, outcome: str, code: int) -> None:
    app.tell("POST run/moods", Reply(202, {"runId": "r", "timer": "moods"}))
    app.tell(
        "GET runs", {"runs": [], "cursor": "c"}, {"runs": [{"id": "r", "outcome": outcome, "error": "why"}], "cursor": None}
    )
    done = run(app, "run", "moods", "--wait")
    assert (done.code, app.asked[-1].query["cursor"]) == (code, "c"), "it is looked for on later pages"


def test_a_run_that_the_ledger_does_not_show_is_exit_4(app: FakeApp) -> None:
    app.tell("POST run/moods", Reply(202, {"runId": "r", "timer": "moods"}))
    app.tell("GET runs", {"runs": [], "cursor": None})
    assert run(app, "run", "moods", "--wait").code == 4


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (None, ""), (True, "true"), (0, "0"), ("a\nb\tc", "a b c"), ("\x1b]0;x\x07", "\\x1b]0;x\\x07"), ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"), ({"b": 1, "a": "\x00"}, '{"a": "\\u0000", "b": 1}'), ("é", "é"),
    ],
)  # fmt: skip
def test_what_comes_from_the_app_is_one_safe_line(value: object, line: str) -> None:
    assert clean(value) == line


def test_a_long_value_is_cut() -> None:
    assert clean("x" * 400) == "x" * 299 + "…"
    assert len(clean("\x00" * 400)) == 300
    assert clean("x" * 300) == "x" * 300


def test_a_terminal_gets_a_coloured_table_and_a_pipe_plain_columns(app: FakeApp) -> None:
    app.tell("GET dead-letters", {"deadLetters": [LETTER], "cursor": None})
    shown = run(app, "dead-letters", "list", terminal=True, TERM="xterm", COLUMNS="300")
    plain = run(app, "dead-letters", "list")
    assert "a.1" in shown.out
    assert "\x1b[2J" not in shown.out
    assert [line.split("  ")[0] for line in plain.out.splitlines()] == ["created", "2026-11-24T10:00:00Z"]
