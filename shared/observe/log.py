"""One log line an event: a sentence, then structured fields as JSON, built here and nowhere else.

The worker forwards only the formatted text to the host, so the fields are part of it; inside a trace its id is among them.
Spans and metrics are in `shared.observe`. Payloads, addresses of pictures,
user ids and secrets are never passed in; what could carry them (a foreign error's text) goes through `scrub` first.
"""

import json
import logging
import re
from typing import Final

from shared.observe.current import trace_id

_URL: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_SECRET: Final = re.compile(
    r"(?i)\b(api[-_ ]?key|accountkey|sig|token|authorization|bearer|code)\b(\s*[:=]\s*|\s+)[^\s,;&\"']{6,}"
)
_LONG_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
MAX_TEXT: Final = 500


def scrub(text: str) -> str:
    """Return `text` fit for a log or a dead letter: no addresses, no keys, one line, at most 500 characters."""
    text = _URL.sub("<url>", " ".join(text.split()))
    text = _SECRET.sub(r"\1=<hidden>", text)
    return _LONG_TOKEN.sub("<token>", text)[:MAX_TEXT]


def log_event(logger: logging.Logger, sentence: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log `sentence` followed by `fields` as JSON; fields that are None are left out."""
    known = {name: value for name, value in {"traceId": trace_id(), **fields}.items() if value is not None}
    logger.log(level, "%s %s", sentence, json.dumps(known, default=str, sort_keys=True))
