"""Reads the waits that other services announce in their headers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_WAIT_SECONDS: Final = 86_400.0


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return the announced wait in seconds (0 to one day), None where there is none or it cannot be read.

    `retry-after-ms` is finer and comes first (Azure OpenAI), then `Retry-After` as seconds or as an HTTP date (RFC 9110
    section 10.2.3).
    """
    folded = {name.casefold(): value for name, value in headers.items()}
    wait = _number(folded.get("retry-after-ms"), 0.001)
    if wait is None:
        wait = _number(folded.get("retry-after"), 1.0)
    if wait is None and "retry-after" in folded:
        try:
            at = parsedate_to_datetime(folded["retry-after"])
        except ValueError:
            return None
        wait = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return None if wait is None else min(max(wait, 0.0), MAX_WAIT_SECONDS)


def _number(text: str | None, unit: float) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value * unit if 0 <= value < float("inf") else None
