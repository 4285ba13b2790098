"""Instants as a person reads and writes them: in UTC, as so long ago, and as `2h` on the command line. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from opsctl.outcomes import UsageError

_SPAN: Final = re.compile(r"(\d{1,5})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_STEPS: Final = ((120, 1, "s"), (7_200, 60, "m"), (172_800, 3_600, "h"))  # two digits at least, where there are any
_DAY: Final = 86_400


def parsed(value: object) -> datetime | None:
    """Return an instant of ISO 8601; None for anything else. One without a zone is in UTC."""
    try:
        found = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def iso(at: datetime) -> str:
    """Return an instant to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(seconds: float) -> str:
    """Return a length of time in one unit: `90s`, `45m`, `30h`, `12d`."""
    for below, unit, name in _STEPS:
        if seconds < below:
            return f"{int(seconds // unit)}{name}"
    return f"{int(seconds // _DAY)}d"


def relative(at: datetime, now: datetime) -> str:
    """Return how far an instant is from now: `45m ago`, `in 3d`."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(-seconds)}"


def brief(at: datetime, now: datetime, *, exact: bool = False) -> str:
    """Return an instant to the minute, or exactly to the second, without this year: `11-24 10:00Z`."""
    at = at.astimezone(UTC)
    text = f"{at:%Y-%m-%d %H:%M:%SZ}" if exact else f"{at:%Y-%m-%d %H:%MZ}"
    return text[5:] if at.year == now.year else text


def before(text: str, now: datetime) -> str:
    """Return an instant of ISO 8601 as it is, and `90m`, `2h` or `3d` as so long before `now`."""
    length = length_of(text)
    return text if length is None else iso(now - length)


def after(text: str, now: datetime) -> str:
    """Return an instant of ISO 8601 as it is, and `90m`, `2h` or `3d` as so long after `now`. Raises `UsageError`."""
    length = length_of(text)
    if length is not None:
        return iso(now + length)
    if parsed(text) is None:
        raise UsageError(f"expected an instant as 2026-11-24T10:00:00Z, or a length as 90m, 2h, 3d; got {text!r}")
    return text


def length_of(text: str) -> timedelta | None:
    """Return the length that `90m`, `2h` or `3d` stands for; None for anything else."""
    found = _SPAN.fullmatch(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
