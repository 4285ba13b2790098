"""`python -m opsctl`: read the command line, call the app, end with the exit code."""

import os
import sys
import time
import uuid
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from opsctl.arguments import parser
from opsctl.client import Client
from opsctl.deployment import Deployment
from opsctl.outcomes import CommandError, Exit, RefusedError, UsageError
from opsctl.show import Screen
from opsctl.tools import Tools


@dataclass(frozen=True, slots=True)
class World:
    """What a command finds around it. `pause`: seconds between two looks at what runs."""

    environ: Mapping[str, str]
    stdin: TextIO
    out: TextIO
    err: TextIO
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_key: Callable[[], str] = lambda: uuid.uuid4().hex
    pause: float = 1.0


def main(argv: Sequence[str], world: World) -> int:
    """Run one command; returns the exit code."""
    try:
        given = parser().parse_args(argv)
    except SystemExit as ended:  # argparse has said why
        return int(ended.code or 0)
    screen = Screen(
        out=world.out, err=world.err, as_json=given.json, wide=given.wide, now=world.now, environ=world.environ
    )  # fmt: skip
    try:
        return _run(argv, given, world, screen)
    except RefusedError as error:
        screen.refusal(error)
        return error.code
    except CommandError as error:
        screen.say(f"opsctl: {error}", "bold red")
        return error.code
    except KeyboardInterrupt:
        screen.say("interrupted; what was begun goes on")
        return Exit.INTERRUPTED


def _run(argv: Sequence[str], given: Namespace, world: World, screen: Screen) -> Exit:
    if any("\ud800" <= letter <= "\udfff" for text in argv for letter in text):
        raise UsageError("the command line is not UTF-8")
    if given.local:
        done: Exit = given.local(screen, given)
        return done
    deployment = Deployment.of(given.url, given.key, world.environ, action_key=given.action_key)
    if deployment.is_exposed:
        screen.say(f"warning: the key travels to {deployment.url} unencrypted: use https", "bold yellow")
    with Client(deployment, timeout=given.timeout, sleep=world.sleep, say=screen.say) as client:
        tools = Tools(
            client=client, screen=screen, stdin=world.stdin, sleep=world.sleep, now=world.now, new_key=world.new_key,
            pause=world.pause,
        )  # fmt: skip
        code: Exit = given.command(tools, given)
        return code


def console() -> int:
    """Run it on this process's console."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # an old console prints what it can
    try:
        code = main(sys.argv[1:], World(os.environ, sys.stdin, sys.stdout, sys.stderr))
        sys.stdout.flush()
    except BrokenPipeError:  # `opsctl … | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    return code


if __name__ == "__main__":
    sys.exit(console())
