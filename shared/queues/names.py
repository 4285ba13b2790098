"""The names that the triggers need before anything else is loaded."""

from collections.abc import Mapping
from typing import Final

DEFAULTS: Final = {
    "TASTE_JOB_QUEUE_NAME": "taste-analysis-jobs",
    "TASTE_JOB_DEAD_LETTER_QUEUE_NAME": "taste-analysis-jobs-poison",
    "DIGEST_JOB_QUEUE_NAME": "digest-jobs",
    "DIGEST_JOB_DEAD_LETTER_QUEUE_NAME": "digest-jobs-poison",
    "SCRAPE_JOB_QUEUE_NAME": "scrape-jobs",
    "SCRAPE_JOB_DEAD_LETTER_QUEUE_NAME": "scrape-jobs-poison",
    "RUN_COMMANDS_QUEUE_NAME": "run-commands",
}


def queue_name(setting: str, environ: Mapping[str, str]) -> str:
    """Return a queue's name by its setting; an empty setting counts as absent."""
    return environ.get(setting, "").strip() or DEFAULTS[setting]
