"""The runbook's commands, every one of them, typed into a shell against the app on devhost.

A block of `docs/operations.md` marked `sh` is executed, line by line and in order; what a comment says first is what the
command must answer. What stands in angle brackets is filled in with what was prepared or answered before. The first command of
the client in each block is a process, as on call; of the others the shell tells the words, and the client runs in the test's
process with them.
"""

import io
import json
import os
import re
import subprocess
import sys
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from devhost.azurite import Azurite
from opsctl.__main__ import World, main
from opsctl.arguments import parser
from samples.serving import ROOT
from tests.e2e.live import KEY, SOURCE, Live, furnish, living
from tests.waiting import HANGS_SECONDS

TEXT = (ROOT / "docs/operations.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SETUP, *EXECUTABLE = (block for language, block in BLOCKS if language == "sh")
LINES = [[line for line in block.replace("\\\n", " ").splitlines() if line.strip()] for block in EXECUTABLE]
COMMANDS = [line for lines in LINES for line in lines]
FIRST = {next((line for line in lines if line.startswith("opsctl ")), "") for lines in LINES}
SPLIT = re.compile(r"""^(?P<command>(?:[^'"#]|'[^']*'|"[^"]*")+?)\s*(?:\#\s*(?P<says>.*))?$""")
CODE = re.compile(r"(\d{1,3})(?!\w)")
WORDS = "opsctl() { printf '%s\\0' \"$@\"; }"
CURL = "curl() { command curl --max-time 60 -w '\\n%{http_code}' \"$@\"; }"


@dataclass
class Night:
    """One night on call: the app, and what the commands so far have told."""

    live: Live
    known: dict[str, str] = field(default_factory=dict)
    incidents: int = 0

    def prepare(self, command: str) -> None:
        """Bring about what the command is for: dead letters to replay or purge, an operation to cancel."""
        self.live.idle()
        if "cancel" in command:
            slow = {"ids": self.dead(12), "rate": 0.1, "canary": 0}
            body = {"action": "replay", **slow, "reason": "to be cancelled", "actor": "test"}
            self.known["operation"] = self.live.call("POST", "replays", json=body).raise_for_status().json()["id"]
        elif re.search(r"ops/replays .*dryRun\": true|opsctl (replay|purge)", command):
            self.known["dead-letter"] = self.dead(2)[0]

    def dead(self, count: int) -> list[str]:
        self.incidents += 1
        user = f"night-{self.incidents}"
        records = self.live.dead(user, count)
        self.live.mend(user, count)
        return records

    def filled(self, command: str) -> str:
        if "<version>" in command:
            self.known["version"] = self.live.get(f"dead-letters/{self.known['dead-letter']}")["version"]
        for name, value in self.known.items():
            command = command.replace(f"<{name}>", value)
        assert not re.search(r"<[a-z-]+>", command), "what is this to be filled with?"
        return command

    def learn(self, document: Mapping[str, Any], beside: str) -> None:
        operation = re.search(r"^operation (op-\w+)", beside, re.MULTILINE)
        if operation:
            self.known["operation"] = operation[1]
        if "snapshot" in document and document.get("dryRun"):
            self.known["snapshot"] = document["snapshot"]
        if str(document.get("operationId")).startswith("erasure."):
            self.known["erasure"] = document["operationId"]
        if str(document.get("id")).startswith("op-"):
            self.known["operation"] = document["id"]


@pytest.fixture(scope="module")
def night(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with living(azurite, Path(tmp_path_factory.mktemp("runbook"))) as live:
        furnish(live)
        job = live.like("ada", "red-dress.jpg")
        live.like("chiara", "red-dress.jpg", "item-7")
        [letter] = live.get("dead-letters?reason=payload_invalid")["deadLetters"]
        yield Night(
            live,
            {
                "job": job,
                "dead-letter": letter["id"],
                "user": "ada",
                "source": SOURCE,
                "person": "chiara",
                "item": "item-7",
                "picture": f"http://{live.site}/red-dress.jpg",
                "queue": live.environ["TASTE_JOB_QUEUE_NAME"],
            },
        )


@pytest.mark.parametrize("line", COMMANDS, ids=[f"{number}: {line[:70].strip()}" for number, line in enumerate(COMMANDS)])
def test_each_command_of_the_runbook_answers_what_the_runbook_says(line: str, night: Night) -> None:
    parts = SPLIT.match(line)
    assert parts, "a command and its comment"
    command, says = parts["command"], parts["says"] or ""
    assert command.split()[0] in {"curl", "opsctl"}, "nothing else is executed here"
    night.prepare(command)
    type_it = typed if command.startswith("curl") or line in FIRST else spoken
    done = type_it(night, night.filled(command))
    assert done.returncode < 126, done.stderr
    output, code = done.stdout, done.returncode
    if command.startswith("curl"):
        output, _, status = done.stdout.rpartition("\n")
        code = int(status)
    said = CODE.match(says)
    assert code == (int(said[1]) if said else 200 if command.startswith("curl") else 0), f"{output}{done.stderr}"
    document = json.loads(output) if output.startswith("{") else {}
    night.learn(document, done.stderr)
    if says.startswith("{"):
        promised, _ = json.JSONDecoder().raw_decode(says)
        assert {name: document.get(name) for name in promised} == promised


def typed(night: Night, command: str, functions: str = CURL) -> "subprocess.CompletedProcess[str]":
    """Type the set-up of the runbook and one command."""
    setup = SETUP.replace("<address>", night.live.url).replace("<key>", KEY)
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}
    return subprocess.run(
        ["bash", "-u", "-c", f"{setup}\n{functions}\n{command}"], cwd=ROOT, env=environ, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=HANGS_SECONDS, check=False,
    )  # fmt: skip


def spoken(night: Night, command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the client here, with the words that the shell makes of it."""
    words = typed(night, command, WORDS)
    assert words.returncode == 0, words.stderr
    environ = {**os.environ, "PLUCKIT_URL": night.live.url, "PLUCKIT_KEY": KEY, "COLUMNS": "200"}
    out, err = io.StringIO(), io.StringIO()
    code = main(words.stdout.split("\0")[:-1], World(environ, io.StringIO(), out, err))
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())


def test_no_command_stands_where_it_is_not_executed() -> None:
    assert "PLUCKIT_URL=<address>" in SETUP
    others = [block for language, block in BLOCKS if language != "sh"]
    assert [block for block in others if re.search(r"\bcurl\b|\bopsctl\b|\$APP", block)] == []
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"\bcurl -\S.*|python -m opsctl", prose) == []


def test_the_runbook_uses_every_command_of_the_client() -> None:
    def names(one: ArgumentParser) -> Iterator[str]:
        for action in one._actions:
            if isinstance(action, _SubParsersAction):
                for name, inner in action.choices.items():
                    below = list(names(inner))
                    yield from (f"{name} {more}" for more in below) if below else [name]

    typed_words = [f"{line.split('#')[0]} " for line in COMMANDS]
    assert [name for name in names(parser()) if not any(line.startswith(f"opsctl {name} ") for line in typed_words)] == []
