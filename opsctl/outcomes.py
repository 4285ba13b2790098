"""How a command ends: the exit codes that scripts rely on, and the errors that stand for them."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """The process's exit code."""

    OK = 0
    WRONG = 1
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


EXPLAINED = """\
exit codes:
  0    done, and nothing is wrong
  1    the answer says that something is wrong: status 503, a dependency is
       down, a dead letter is not there or cannot be replayed as it is, an
       operation was stopped, failed or was cancelled, or some of its jobs
       failed or died again, a run failed or was done in part, a like died or
       still waits, the key does not let you act
  2    the command line is wrong, an id fits several records, or an answer was
       needed and there is no terminal to ask on
  3    the app refused the call; its reason is shown
  4    the app cannot be reached, or answers that it has failed
  130  interrupted; an operation or a run that was begun goes on
"""


class CommandError(Exception):
    """A command cannot go on; `code` is what the process ends with."""

    code = Exit.WRONG


class UsageError(CommandError):
    """The command line is wrong."""

    code = Exit.USAGE


class UnreachableError(CommandError):
    """Nobody answers, or what answers is not a working app."""

    code = Exit.UNREACHABLE


class RefusedError(CommandError):
    """The app refused the call: a problem document (RFC 9457), empty where none came."""

    code = Exit.REFUSED

    def __init__(self, message: str, problem: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.problem = problem
