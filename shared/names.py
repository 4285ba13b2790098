"""The names that the triggers need before anything else is loaded."""

from collections.abc import Mapping
from typing import Final

RUN_COMMANDS: Final = "run-commands"
TASTE_JOBS: Final = "taste-analysis-jobs"
TASTE_DEAD_LETTERS: Final = "taste-analysis-jobs-poison"


def queue_names(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the names of the taste queue and of its dead letters; an empty setting counts as absent."""
    return (
        environ.get("TASTE_JOB_QUEUE_NAME") or TASTE_JOBS,
        environ.get("TASTE_JOB_DEAD_LETTER_QUEUE_NAME") or TASTE_DEAD_LETTERS,
    )


def command_queue_name(environ: Mapping[str, str]) -> str:
    """Return the queue of manual runs."""
    return environ.get("RUN_COMMANDS_QUEUE_NAME") or RUN_COMMANDS
