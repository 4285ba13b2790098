"""JSON bodies as the web sends them: in UTF-8 or not, with a byte order mark or a guard in front, and in bounded time.

The library reads all of a body without letting another thread go on, so the number of values is bounded and not only the bytes,
and the collector of garbage, which would walk through all of them several times, waits meanwhile: JSON has no cycles.
"""

import json
import re
from typing import Any, Final

from shared.collector import UNCOLLECTED

MAX_VALUES: Final = 250_000
GUARD: Final = re.compile(rb"^\s*\)\]\}',?\s*")  # against being loaded as a script
CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def looks_like_json(body: bytes, content_type: str) -> bool:
    """True for what begins as a JSON object, and for what says that it is JSON and is no markup."""
    start = body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1]
    return start == b"{" or ("json" in content_type.casefold() and start != b"<")


def read_json(body: bytes, content_type: str = "") -> Any:  # noqa: ANN401  (JSON)
    """Return what a body says. Raises ValueError for what cannot be read."""
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise ValueError(f"it has more than {MAX_VALUES} values")
    body = GUARD.sub(b"", body, count=1)
    return load_json(_text(body, content_type))


def load_json(text: str, *, strict: bool = True) -> Any:  # noqa: ANN401
    """Return the one document in `text`. Raises ValueError."""
    try:
        with UNCOLLECTED:
            return json.loads(text, strict=strict)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _text(body: bytes, content_type: str) -> str:
    """Return the body as text: Unicode as the standard has it, else as its header says, else Windows' Latin letters."""
    while body.startswith(MARKS[0] * 2):
        body = body.removeprefix(MARKS[0])
    try:
        return body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        said = CHARSET.search(content_type)
        try:
            return body.decode(said[1] if said and not said[1].casefold().startswith("utf") else "cp1252", errors="replace")
        except LookupError:
            return body.decode("cp1252", errors="replace")
