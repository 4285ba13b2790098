"""The client against the app on devhost: what on-call types, what it prints, how it ends.

A command runs in the test's own process, as `python -m opsctl` would run it there; what only a process shows (a terminal, a
signal, its exit code) is tried with one.
"""

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devhost.azurite import Azurite
from opsctl.__main__ import World, main
from opsctl.client import TRIES
from samples.serving import ROOT
from tests.e2e.live import KEY, SOURCE, Live, furnish, living
from tests.waiting import HANGS_SECONDS


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class Console:
    """Types commands. The key is in the environment, and in nothing that is printed."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.environ = {**os.environ, "PLUCKIT_URL": live.url, "PLUCKIT_KEY": KEY}

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "opsctl", *argv], cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def __call__(self, *argv: str) -> Done:
        """Type a command with nobody at the keyboard."""
        out, err = io.StringIO(), io.StringIO()
        code = main(argv, World(self.environ, io.StringIO(), out, err))
        return self._checked(Done(code, out.getvalue(), err.getvalue()))

    def as_process(self, *argv: str) -> Done:
        """The same in a process of its own."""
        process = self.start(*argv)
        out, err = process.communicate(timeout=HANGS_SECONDS)
        return self._checked(Done(process.returncode, out, err))

    def _checked(self, done: Done) -> Done:
        assert KEY not in done.out + done.err
        assert "Traceback" not in done.err
        return done

    def on_terminal(self, *argv: str) -> list[str]:
        """Type a command on a terminal of 80 columns without colour; returns the lines that it shows."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environ = {name: value for name, value in self.environ.items() if name != "COLUMNS"} | {"NO_COLOR": "1"}
        with subprocess.Popen([sys.executable, "-m", "opsctl", *argv], cwd=ROOT, env=environ, stdout=theirs) as process:
            os.close(theirs)
            shown = b""
            with contextlib.suppress(OSError):  # what a terminal says whose other end is closed
                while read := os.read(ours, 65_536):
                    shown += read
            assert process.wait(HANGS_SECONDS) == 0
        os.close(ours)
        return shown.decode().splitlines()


@pytest.fixture(scope="module")
def opsctl(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with living(azurite, Path(tmp_path_factory.mktemp("opsctl"))) as live:
        furnish(live)
        yield Console(live)


SIGNED = ("--reason", "a test of the client", "--actor", "test")


def test_dead_letters_are_listed_grouped_shown_and_repaired(opsctl: Console) -> None:
    listed = opsctl("dead-letters", "list", "--reason", "payload_invalid", "--status", "open", "--json")
    [letter] = listed.document["deadLetters"]
    assert letter["id"] in opsctl("dead-letters", "list").out
    groups = opsctl.as_process("dead-letters", "groups", "--status", "open").out
    assert all(reason in groups for reason in ("payload_invalid", "payload_undecodable", "image_not_image"))
    assert '"user_id": 5' in opsctl("dead-letters", "show", letter["id"]).out
    wrong = opsctl("dead-letters", "validate", letter["id"])
    assert (wrong.code, "user_id" in wrong.out) == (1, True)
    refused = opsctl("dead-letters", "repair", letter["id"], "--patch", '{"user_id": 7}', *SIGNED)
    assert (refused.code, "user_id: " in refused.err) == (3, True)
    assert opsctl("dead-letters", "repair", letter["id"], "--set", "user_id=eve", "--version", "0" * 16, *SIGNED).code == 3
    repaired = opsctl("dead-letters", "repair", letter["id"], "--set", "user_id=eve", *SIGNED, "--json")
    assert (repaired.code, repaired.document["repairedPayload"]["user_id"]) == (0, "eve")
    assert opsctl("dead-letters", "validate", letter["id"]).code == 0


def test_a_replay_is_predicted_carried_out_and_followed_to_its_end(opsctl: Console) -> None:
    records = opsctl.live.dead("rita", 4)
    opsctl.live.mend("rita", 4)
    chosen = ("--filter", "reason=image_unreachable", "--filter", "status=open")
    predicted = opsctl("replay", *chosen, "--dry-run", *SIGNED, "--json")
    assert (predicted.code, predicted.document["counts"]) == (0, {"requeued": 4})
    assert {one["id"] for one in predicted.document["results"]} == set(records)
    asked = opsctl.as_process("replay", *chosen, *SIGNED)
    assert (asked.code, "--yes" in asked.err) == (2, True), "nobody is there to be asked"
    done = opsctl.as_process("replay", *chosen, *SIGNED, "--rate", "10", "--canary", "1", "--yes")
    assert (done.code, "completed 4" in done.out, "4 of 4: " in done.err) == (0, True, True), done
    assert "completed" in opsctl("operations", "list").out
    assert opsctl("replay", *chosen, *SIGNED, "--yes").code == 0, "of nothing, nothing"


def test_a_replay_of_what_still_fails_is_exit_1(opsctl: Console) -> None:
    records = opsctl.live.dead("ina", 2)
    done = opsctl.as_process("replay", *records, *SIGNED, "--rate", "20", "--canary", "0", "--yes")
    assert (done.code, "died_again" in done.out) == (1, True), done
    purged = opsctl("purge", *records, *SIGNED, "--confirm", "2", "--json")
    assert (purged.code, purged.document["outcomes"]) == (0, {"purged": 2})
    again = opsctl("purge", *records, *SIGNED, "--dry-run", "--json")
    assert again.document["counts"] == {"skipped": 2}
    assert opsctl("purge", *records, *SIGNED, "--confirm", "1").code == 2


def test_an_interrupted_replay_goes_on_and_is_cancelled_by_its_id(opsctl: Console) -> None:
    records = opsctl.live.dead("noa", 12)
    slow = ("--rate", "0.1", "--canary", "0", "--yes")
    process = opsctl.start("replay", *records, *SIGNED, *slow)
    assert process.stderr is not None
    operation = next(line.split()[1].rstrip(":") for line in process.stderr if line.startswith("operation "))
    next(line for line in process.stderr if "running" in line)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=HANGS_SECONDS)
    assert (process.returncode, "what was begun goes on" in err, "Traceback" in err) == (130, True, False), err
    busy = opsctl("replay", records[0], *SIGNED, "--yes")
    assert (busy.code, operation in busy.err) == (3, True), "another operation is active"
    cancelled = opsctl("operations", "cancel", operation, *SIGNED)
    assert (cancelled.code, "cancelled by test" in cancelled.out) == (0, True)
    assert opsctl("operations", "show", operation).code == 1
    opsctl.live.idle()


def test_runs_are_started_by_hand_and_waited_for(opsctl: Console) -> None:
    done = opsctl("run", "digest", "--user", "ada", "--force", "--actor", "test", "--wait")
    assert (done.code, "enqueued 1" in done.out) == (0, True), done
    assert "digest.manual." in opsctl("runs", "--timer", "digest").out
    assert opsctl("run", "moods", "--window", "2026-W48").code == 3
    unknown = opsctl("run", "nothing")
    assert unknown.code == 3
    assert "expected digest, moods or scraper" in unknown.err
    assert opsctl("run", "moods", "--wait", "--json").document["outcome"] in {"ok", "zero_work"}


def test_on_call_sees_how_the_app_is_and_what_it_knows_of_a_user(opsctl: Console) -> None:
    assert opsctl("preflight").code == 0
    assert opsctl("reconcile", "--dry-run").out == "nothing to mend\n"
    assert "colour" in opsctl("taste", "ada", "--term", "colour:red").out
    assert opsctl("digest", "ada").out.startswith("# ")
    assert opsctl("digest", "ada", "--json").document["userId"] == "ada"
    assert opsctl("digest", "nobody").code == 3
    status = opsctl.as_process("status", "--json")
    assert status.code == (0 if status.document["ok"] else 1)
    assert opsctl("incident-note").out.startswith("# ")
    assert opsctl.live.environ["TASTE_JOB_QUEUE_NAME"] in opsctl("queues").out


def test_a_wrong_key_is_refused_and_a_wrong_address_is_not_reached(opsctl: Console) -> None:
    wrong = opsctl.as_process("status", "--key", "wrong")
    assert (wrong.code, wrong.err) == (3, "opsctl: the function key is wrong\n")
    unreached = opsctl("status", "--url", "http://127.0.0.1:9")
    assert (unreached.code, unreached.err.count("once more in")) == (4, TRIES - 1), unreached


def test_short_ids_are_what_every_command_accepts(opsctl: Console) -> None:
    [record] = opsctl.live.dead("sia", 1)
    assert opsctl("dead-letters", "show", record[:10], "--json").document["id"] == record
    assert opsctl("dead-letters", "validate", record.partition(".")[0]).code == 0
    done = opsctl("replay", record[:10], *SIGNED, "--dry-run", "--json")
    assert done.document["results"][0]["id"] == record
    assert opsctl("dead-letters", "show", "ffffffffffff").code == 3
    cause = opsctl("dead-letters", "show", record, "--json").document["fingerprint"]
    assert record in opsctl("dead-letters", "list", "--fingerprint", cause[:6], "--all").out
    assert "requeued" in opsctl("dead-letters", "groups", "--fingerprint", cause, "--dry-run").out


def test_a_like_is_sent_and_followed(opsctl: Console) -> None:
    picture = f"http://{opsctl.live.site}/red-dress.jpg"
    done = opsctl("like", "lia", "coat", picture, "--wait")
    assert (done.code, "completed" in done.out) == (0, True), done
    assert "red" in opsctl("taste", "lia").out
    assert opsctl("like", "lia", "coat", picture, "--signal", "none", "--json").document["status"] == "withdrawn"
    assert opsctl("like", "lia", "coat", "ftp://example.org/a.jpg").code == 3


def test_what_is_collected_and_done_is_listed_and_watched(opsctl: Console) -> None:
    assert SOURCE in opsctl("sources").out
    assert "Gorpcore" in opsctl("moods").out
    assert "replay.requested" in opsctl("audit").out
    watched = opsctl.as_process("watch", "--count", "2", "--every", "0.1")
    assert (watched.out.count(" every 0.1 s"), "open dead letters" in watched.out) == (2, True)


def test_eighty_columns_are_enough_on_a_terminal(opsctl: Console) -> None:
    head, *records = opsctl.on_terminal("dead-letters", "list")
    assert head.split()[0] == "created"
    assert len(records) == len(opsctl.live.get("dead-letters")["deadLetters"]), "a record is a line"
    for line in (head, *records):
        assert len(line) <= 80
        assert line.isprintable()
    assert all(re.search(r" ago .* [0-9a-f]{8,10} ", line) for line in records)


def test_a_complaint_is_followed_from_a_person_to_what_their_like_taught(opsctl: Console) -> None:
    picture = f"http://{opsctl.live.site}/red-dress.jpg"
    assert opsctl("like", "mia", "coat", picture, "--wait").code == 0
    [job] = opsctl("jobs", "--user", "mia", "--item", "coat", "--json").document["jobs"]
    assert job["jobId"] in opsctl("jobs", "--status", "completed", "--since", "1h", "--all").out
    followed = opsctl("timeline", job["jobId"][:12])
    assert (followed.code, "signal_stored" in followed.out, "red" in followed.out) == (0, True, True)
    assert any("accepted" in line for line in opsctl.on_terminal("timeline", job["jobId"][:8]))


def test_an_alert_is_silenced_and_heard_again(opsctl: Console) -> None:
    assert opsctl("whoami", "--json").document["mayAct"] is True
    silenced = opsctl("silence", "A2", "--until", "30m", *SIGNED, "--json")
    assert silenced.document["silenced"]["by"] == "test"
    assert "A2" in opsctl("status").out
    assert opsctl("unsilence", "A2", *SIGNED).code == 0
    assert opsctl("acknowledge", "A2", *SIGNED).code == 3, "it does not fire"


def test_a_queue_is_paused_and_holds_what_comes_and_the_series_are_drawn(opsctl: Console) -> None:
    queue = opsctl.live.environ["TASTE_JOB_QUEUE_NAME"]
    paused = opsctl("pause", "queue", queue, "--until", "10m", *SIGNED, "--json")
    assert paused.document["paused"]["by"] == "test"
    assert "test, until " in opsctl("queues").out
    assert opsctl("resume", "queue", queue, *SIGNED).code == 0
    assert opsctl("pause", "timer", "moods", "--until", "10m", *SIGNED).code == 0
    assert opsctl("resume", "timer", "moods", *SIGNED).code == 0
    assert opsctl("pause", "queue", "no-such-queue", "--until", "10m", *SIGNED).code == 3
    drawn = opsctl("series", "--window", "1h")
    assert (drawn.code, "jobs.ended" in drawn.out, "queue.paused" in drawn.out) == (0, True, True)


def test_what_waits_is_run_now_where_that_is_said(opsctl: Console) -> None:
    predicted = opsctl("retry-now", "--all", *SIGNED, "--dry-run", "--json")
    assert (predicted.code, predicted.document["action"]) == (0, "retry")
    assert opsctl("retry-now", *SIGNED, "--yes").code == 2, "everything has to be meant"
    chosen = opsctl("retry-now", "--filter", "user=mia", "--filter", "status=completed", *SIGNED, "--dry-run", "--json")
    assert (chosen.code, set(chosen.document["counts"]) <= {"skipped"}) == (0, True)
