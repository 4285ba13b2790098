"""Outside words made fit for a note: one line, bounded, nobody named, and nothing that Markdown would act on."""

import re
from typing import Final

from shared.observe.log import scrub

MAX_WORDS: Final = 200
_PERSON: Final = re.compile(
    r"[\w.+-]+@[\w-]+(\.[\w-]+)*"  # mail addresses
    r"|\b[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\b"  # GUIDs
    r"|(?P<name>\buser[-_ ]?(id)?[\"']?\s*[=:]\s*)(?!got\b)\S+",  # `got` is ours: it tells the kind of value, and no value
    re.IGNORECASE,
)
_BARE_ADDRESS: Final = re.compile(r"\b(www\.\S+|[\w.-]+\.[a-z]{2,12}/\S*)", re.IGNORECASE)
_RECORD: Final = re.compile(r"(raw\.)?[0-9a-f]{8,64}(\.[0-9]{1,20})?")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{8,64}")


def safe(text: str, limit: int = MAX_WORDS) -> str:
    """Return `text` without addresses, keys, people and control characters; one line of at most `limit` characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    hidden = _BARE_ADDRESS.sub("<url>", _PERSON.sub(lambda found: f"{found['name'] or ''}<id>", scrub(printable)))
    return hidden if len(hidden) <= limit else hidden[: limit - 1] + "…"


def one_line(text: str, limit: int = MAX_WORDS) -> str:
    """Return who of on-call did something, or why, as they wrote it: a line of at most `limit` printable characters."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def code(text: str) -> str:
    """Return `text` as a code span of Markdown, in which nothing has a meaning; also inside of a table."""
    return f"`{text.replace('`', chr(39)).replace('|', '¦') or ' '}`"


def is_record_id(text: str) -> bool:
    """Whether `text` is the id of a dead letter: hexadecimal, so that it names nobody."""
    return _RECORD.fullmatch(text) is not None


def is_fingerprint(text: str) -> bool:
    """Whether `text` is the fingerprint of a cause."""
    return _FINGERPRINT.fullmatch(text) is not None
