"""What stands on the screen: 80 columns and 120, without colour, in ASCII, in a pipe; and the live view, frame by frame."""

import re
from typing import Any

import pytest
from rich.cells import cell_len

from tests.unit.opsctl.fake_app import FakeApp, Reply, problem, run

JOB = "69d56047295ecbf9ea4f41f6a52f2a759c298b14563be3d2ceb0b53e480cf31a"
LETTERS = [
    {"id": f"{JOB}.1795652561736", "status": "open", "reason": "image_unreachable", "kind": "taste-analysis",
     "createdAt": "2026-11-24T10:00:00.000Z", "expiresAt": "2027-02-22T10:00:00.123Z",
     "description": "the host answered 404 — and nothing else for a long time \x1b[2J 漢字漢字漢字漢字漢字漢字漢字"},
    {"id": "raw.5ad3040044b6d872316bf4312926c3b9", "status": "resolved", "reason": "payload_undecodable", "kind": "scrape",
     "createdAt": "2025-11-23T10:00:00.123Z", "expiresAt": None, "description": "not JSON"},
]  # fmt: skip
QUEUE = {"queue": "taste-analysis-jobs", "role": "jobs", "depth": 281, "visible": 32, "oldestAgeSeconds": 7_300, "parked": None}
HELD = {"until": "2026-11-24T13:00:00Z", "by": "ada", "reason": "a deployment"}
STATUS: dict[str, Any] = {
    "ok": False, "at": "2026-11-24T11:59:58.000Z", "lastLookAt": "2026-11-24T11:58:00.000Z", "build": "abc",
    "problems": ["A13.model fires (page): model failing 97% of 33 in 10 min (llm_unavailable: the model answered 503)"],
    "deadLetters": {"open": 12, "complete": True, "byReason": {"image_unreachable": 12}}, "attempts": None, "duplicates": None,
    "dependencies": [{"name": "model", "since": "2026-11-24T10:00:00Z", "reason": "llm_unavailable", "waiting": 281,
                      "nextProbeAt": "2026-11-24T12:05:00Z"}],
    "rules": [
        {"alert": "A13.model", "phase": "firing", "severity": "page", "text": "97% of 33", "firedAt": "2026-11-24T10:04:00Z",
         "silenced": HELD},
        {"alert": "A2", "phase": "ok", "severity": "ticket", "text": "fine"},
        {"alert": "A9", "phase": "firing", "severity": "critical", "text": "old", "firedAt": "2026-11-24T11:00:00Z",
         "acknowledged": {"at": "2026-11-24T11:30:00Z", "by": "bob", "reason": "on it"}},
    ],
    "timers": [{"timer": "moods", "lastRuns": [{"outcome": "ok"}], "lastSuccessAt": "2026-11-24T06:00:10Z",
                "expectedNext": "2026-11-25T06:00:00Z", "missed": []}],
    "queues": [{**QUEUE, "paused": HELD}],
}  # fmt: skip
OPERATION = {"id": "op-8ff5d3f9eeff49949ea072c0d73485d2", "action": "replay", "status": "running", "handled": 3, "total": 9}


def lines(app: FakeApp, *argv: str, columns: int = 80, **more: Any) -> list[str]:
    return run(app, *argv, terminal=True, COLUMNS=str(columns), NO_COLOR="1", **more).out.splitlines()


@pytest.fixture(autouse=True)
def telling(app: FakeApp) -> None:
    app.tell("GET dead-letters", {"deadLetters": LETTERS, "cursor": None})
    app.tell("GET status", Reply(503, STATUS))
    app.tell("GET replays", {"replays": [OPERATION], "cursor": None})


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
@pytest.mark.parametrize("argv", [("dead-letters", "list"), ("status",), ("watch", "--count", "1"), ("operations", "list")])
def test_a_terminal_is_never_overrun(app: FakeApp, argv: tuple[str, ...], columns: int) -> None:
    shown = lines(app, *argv, columns=columns)
    frames = [re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "\n", line).splitlines() for line in shown]
    assert max(cell_len(line) for frame in frames for line in frame) <= columns


def test_a_record_is_a_line_with_a_short_id_and_a_relative_time(app: FakeApp) -> None:
    head, first, second = lines(app, "dead-letters", "list")
    assert head.split() == ["created", "status", "reason", "expires", "id", "description"]
    assert re.match(r"2h ago +open +image_unreach\S+ +in 89d +69d56047 +the host", first)
    assert re.match(r"366d ago +resolved +payload_undec\S+ +5ad30400 +not JSON", second)
    wide = lines(app, "dead-letters", "list", columns=200)
    assert "11-24 10:00Z 2h ago" in wide[1]
    assert "2025-11-23 10:00Z 366d ago" in wide[2]


def test_nothing_is_shortened_where_that_is_wished_or_nobody_looks(app: FakeApp) -> None:
    for shown in (lines(app, "dead-letters", "list", "--wide"), run(app, "dead-letters", "list").out.splitlines()):
        assert re.match(
            rf"2026-11-24T10:00:00Z +open +image_unreachable +taste-analysis +2027-02-22T10:00:00Z +{JOB}", shown[1]
        )


def test_no_control_character_leaves_for_what_is_no_terminal(app: FakeApp) -> None:
    for argv in (("dead-letters", "list"), ("status",), ("watch", "--count", "2"), ("dead-letters", "list", "--wide")):
        done = run(app, *argv, FORCE_COLOR="1")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.out + done.err)


def test_without_colour_a_table_is_text_alone(app: FakeApp) -> None:
    assert "\x1b" not in "".join(lines(app, "dead-letters", "list"))
    assert "\x1b[31m" in run(app, "dead-letters", "list", terminal=True, COLUMNS="80").out


def test_an_ascii_terminal_gets_ascii_that_still_fits(app: FakeApp) -> None:
    for argv in (("dead-letters", "list"), ("status",)):
        shown = lines(app, *argv, charset="ascii")
        assert max(map(len, shown)) <= 80
    assert any(line.endswith("..") for line in lines(app, "dead-letters", "list", charset="ascii"))
    assert r"\u2014" in run(app, "dead-letters", "list", charset="ascii").out, "what a stream cannot say is spelled"


def test_problems_are_broken_between_words(app: FakeApp) -> None:
    shown = lines(app, "status")
    assert shown[0].endswith("(llm_unavailable: the")
    assert shown[1] == "  model answered 503)"


def test_the_status_says_who_holds_what_and_until_when(app: FakeApp) -> None:
    shown = "\n".join(lines(app, "status"))
    assert re.search(r"A13\.model +firing +page .*ada, ends in 60m", shown)
    assert re.search(r"A9 +firing +critical .*bob", shown)
    assert re.search(r"taste-analysis-jobs +jobs +281 +32 +2h +ada, ends in 60m", shown)
    assert "until 2026-11-24T13:00:00Z" in run(app, "status").out


def test_the_live_view_draws_a_frame_a_look(app: FakeApp) -> None:
    app.tell("GET status", Reply(503, STATUS), {**STATUS, "ok": True, "problems": [], "rules": []})
    done = run(app, "watch", "--count", "3", "--every", "7")
    assert (done.code, done.slept) == (0, [7.0, 7.0])
    bars = [line for line in done.out.splitlines() if " · every 7 s" in line]
    assert [bar.split(" · ")[0] for bar in bars] == ["CRITICAL", "OK", "OK"], "the gravest of what fires comes first"
    assert "replay op-8ff5d3f9eeff49949ea072c0d73485d2: 3 of 9" in done.out


def test_the_live_view_redraws_a_terminal_and_leaves_the_last_frame(app: FakeApp) -> None:
    done = run(app, "watch", "--count", "2", terminal=True, COLUMNS="80", TERM="xterm")
    entered, _, rest = done.out.partition("\x1b[?1049h")
    drawn, _, left = rest.partition("\x1b[?1049l")
    assert (entered, drawn.count("CRITICAL"), left.count("CRITICAL")) == ("", 2, 1)


def test_the_live_view_outlives_an_outage_and_says_that_it_knows_nothing_newer(app: FakeApp) -> None:
    app.tell("GET status", Reply(503, STATUS), problem(503, "The app's settings are wrong."), Reply(503, STATUS))
    done = run(app, "watch", "--count", "3")
    bars = [line.split(" · ")[0] for line in done.out.splitlines() if " · every " in line]
    assert bars == ["CRITICAL", "UNKNOWN", "CRITICAL"]
    assert (done.code, done.slept) == (1, [5.0, 5.0]), "a look that failed is not tried again before the next"
    assert "no answer: " in done.out
    app.tell("GET status", Reply(502, b"", kind="text/plain"))
    assert run(app, "watch", "--count", "1").code == 4


def test_the_live_view_ends_by_ctrl_c_as_it_should_and_at_once_for_a_wrong_key(app: FakeApp) -> None:
    assert run(app, "watch", interrupted=True).code == 0
    app.tell("GET status", Reply(401))
    assert run(app, "watch").code == 3


def test_the_live_view_is_a_document_a_look_for_machines(app: FakeApp) -> None:
    app.tell("GET status", {**STATUS, "ok": True})
    done = run(app, "watch", "--count", "1", "--json")
    assert (done.code, done.document["ok"]) == (0, True)


@pytest.mark.parametrize("argv", [(), ("doctor",), ("dead-letters",), ("dead-letters", "groups"), ("replay",)])
def test_help_fits_eighty_columns(
    app: FakeApp, argv: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(app, *argv, "--help").code == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


UNREAD = {
    "ok": False, "at": "2026-11-24T12:00:00Z", "problems": ["cannot be read: the alerts (no answer within 3.5 s)"],
    "rules": [{"alert": "A1", "phase": None, "holds": None}], "timers": None,
    "queues": [
        {"queue": "likes", "role": "jobs", "depth": 7, "visible": 0, "oldestAgeSeconds": None, "oldestKnown": False,
         "held": None, "deferredSince": None},
        {"queue": "scrapes", "role": "jobs", "depth": 2, "visible": 1, "oldestAgeSeconds": 2_460, "oldestKnown": False,
         "held": None, "deferredSince": "2026-11-24T11:19:00Z"},
    ],
}  # fmt: skip


def test_a_status_that_misses_parts_is_shown_at_once_and_nothing_unknown_as_nought(app: FakeApp) -> None:
    app.tell("GET status", Reply(503, UNREAD, {"Retry-After": "5"}))
    done = run(app, "status")
    assert (done.code, done.slept, done.err) == (1, [], "")
    [likes, scrapes] = [re.split(r" {2,}", line) for line in done.out.splitlines() if line.startswith(("likes", "scrapes"))]
    assert likes[4] == "unknown"
    assert (scrapes[4], scrapes[5]) == ("41m or more", "2026-11-24T11:19:00Z")
    assert "A1" not in done.out.replace("alerts", ""), "a phase that nobody knows is no alert"


def test_the_live_view_shows_the_status_while_what_runs_cannot_be_read(app: FakeApp) -> None:
    app.tell("GET status", Reply(503, UNREAD, {"Retry-After": "5"}))
    app.tell("GET replays", problem(503, "No answer within 4.8 s"))
    done = run(app, "watch", "--count", "1")
    assert done.code == 1
    assert "cannot be read: the alerts" in done.out
    assert "what runs is not known: " in done.out
