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
    r"\b(?P<name>api[-_ ]?key|account[-_ ]?key|sig|token|authorization|bearer|code|password|secret)\b"
    r"(?P<named>[\"']?\s*[:=]\s*[\"']?)?\s*(?:(?:bearer|basic)\s+)?(?<![a-z])(?P<value>[^\s,;&\"']{6,})",
    re.IGNORECASE,
)
_LONG_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
_WORD: Final = r"(?:[A-Z]{1,16}|[A-Z]?[a-z]{1,16}|\d{1,4})"
_NAME: Final = re.compile(rf"{_WORD}(?:[_/-]{_WORD})+")  # of a setting, a field, a module: no key looks like this
_PLAIN: Final = re.compile(r"[A-Z]?[a-z]+(?:[_-][a-z]+)*[.:]?")
MAX_TEXT: Final = 500


def scrub(text: str) -> str:
    """Return `text` fit for a log or a dead letter: no addresses, no keys, one line, at most 500 characters. What is hidden is
    the value; the name of a field or setting stays.
    """
    text = _URL.sub("<url>", " ".join(text.split()))
    text = _SECRET.sub(_hidden, text)
    return _LONG_TOKEN.sub(lambda found: found[0] if _NAME.fullmatch(found[0]) else "<token>", text)[:MAX_TEXT]


def _hidden(found: re.Match[str]) -> str:
    """Hide a value behind its name. A plain word is none where nothing says so (`token expired`), nor as a code of an error."""
    name = found["name"].lower()
    loose = not found["named"] or name == "code"
    if name != "bearer" and loose and _PLAIN.fullmatch(found["value"]):
        return found[0]
    return f"{found['name']}=<hidden>"


def log_event(logger: logging.Logger, sentence: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log `sentence` followed by `fields` as JSON; fields that are None are left out."""
    known = {name: value for name, value in {"traceId": trace_id(), **fields}.items() if value is not None}
    logger.log(level, "%s %s", sentence, json.dumps(known, default=str, sort_keys=True))
