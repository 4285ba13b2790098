"""The window of a digest: an ISO week, written `2026-W48`. One digest a user and window. Pure."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from agents.timers import DIGEST

_FORM: Final = re.compile(r"(\d{4})-W(\d{2})")


def window_of(at: datetime) -> str:
    """Return the window that is current at `at`: that week's (ISO 8601) from Monday's slot on, before it the last one's."""
    year, week, _ = DIGEST.schedule.slot_at(at).date().isocalendar()
    return f"{year:04d}-W{week:02d}"


def slot_of(window: str) -> datetime:
    """Return the planned instant of a window, Monday 09:00 UTC. Raises ValueError for what is no ISO week."""
    match = _FORM.fullmatch(window)
    try:
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        monday = None
    if monday is None:
        raise ValueError(f"window: got {window[:20]!r}, expected an ISO week such as 2026-W48")
    return datetime(monday.year, monday.month, monday.day, DIGEST.schedule.hour, tzinfo=UTC)


def checked_window(window: str, now: datetime) -> str:
    """Return `window` if a digest of it may be made now: this one, or one of the last year. Raises ValueError."""
    slot = slot_of(window)
    if slot > DIGEST.schedule.slot_at(now) or slot < now - timedelta(days=370):
        raise ValueError(f"window: got {window}, expected {window_of(now)} or one of the year before it")
    return window
