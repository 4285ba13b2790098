"""The names that the triggers need before anything else is loaded."""

from collections.abc import Mapping
from typing import Final

JOB_QUEUES: Final = {"TASTE_JOB": "taste-analysis-jobs", "DIGEST_JOB": "digest-jobs", "SCRAPE_JOB": "scrape-jobs"}  # by prefix
RUN_COMMANDS: Final = "run-commands"
PROBE: Final = "ops-probe"  # nobody's: the preflight sends to it
POISON: Final = "-poison"  # what the host adds to a queue's name for what it cannot deliver
HELD: Final = "-held"  # what we add to it for what waits while the queue is paused; nothing listens there


def queue_name(prefix: str, environ: Mapping[str, str]) -> str:
    """Return the queue of the jobs whose settings have this prefix; an empty setting counts as absent."""
    return environ.get(f"{prefix}_QUEUE_NAME", "").strip() or JOB_QUEUES[prefix]


def dead_letter_queue_name(prefix: str, environ: Mapping[str, str]) -> str:
    """Return their dead-letter queue: where nothing else is set, the one that the host itself moves messages to."""
    return environ.get(f"{prefix}_DEAD_LETTER_QUEUE_NAME", "").strip() or queue_name(prefix, environ) + POISON


def commands_queue_name(environ: Mapping[str, str]) -> str:
    """Return the queue of the runs on demand."""
    return environ.get("RUN_COMMANDS_QUEUE_NAME", "").strip() or RUN_COMMANDS
