"""Reads the dates of feeds: RFC 822, ISO 8601, Unix time, and what publishing systems make of them in seven languages.

A date that cannot be read for certain is none: `03/04/2026` is two days, and no feed is from before 1990. The libraries that
guess (dateparser) take milliseconds a date and load in half a second; feedparser's own guesses made 1763 of Unix time.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

from shared.clock import from_iso

YEARS: Final = range(1990, 2100)
MAX_DATE: Final = 100
UNIX: Final = re.compile(r"^\d{9,10}(\.\d{1,9})?$|^\d{12,13}$")
MILLISECONDS: Final = 100_000_000_000
_MONTHS: Final = (  # English, German, French, Spanish, Italian, Portuguese, Dutch; by how they begin
    "jan|j\u00e4n|gen|ene", "feb|fev|f\u00e9v", "mar|m\u00e4r|mrt|maa", "apr|avr|abr", "may|mai|mag|mei", "jun|juin|giu",
    "jul|juil|lug", "aug|aou|ao\u00fb|ago", "sep|set", "oct|okt|ott|out", "nov", "dec|dez|d\u00e9c|dic",
)  # fmt: skip
MONTHS: Final = {start: month for month, starts in enumerate(_MONTHS, 1) for start in starts.split("|")}
ENGLISH: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
IN_ENGLISH: Final = re.compile(rf"\b({'|'.join(ENGLISH)})\b.*\d:\d\d")
BEFORE_CHRIST: Final = re.compile(r"\s-\d{4}\s+\d")  # what PHP makes of no date
CLOCK: Final = r"(?:\D{1,12}?(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s?([AaPp])\.?[Mm]\b)?)?"
ZONE: Final = r"\s*(?:(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?|Z|UTC|GMT)?"
DAY_MONTH: Final = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.|\u00ba|\u00b0)?[\s-]+(?:de\s+)?([^\W\d]{{3,12}})\.?,?[\s-](?:de\s+)?(\d{{4}})(?!\d){CLOCK}{ZONE}"
)
MONTH_DAY: Final = re.compile(rf"([^\W\d]{{3,12}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d){CLOCK}{ZONE}")
YEAR_FIRST: Final = re.compile(rf"^(\d{{4}})[-./\u5e74]\s?(\d{{1,2}})[-./\u6708]\s?(\d{{1,2}})\u65e5?(?!\d){CLOCK}{ZONE}")
DAY_FIRST: Final = re.compile(rf"^(?:\w{{2,10}},?\s+)?(\d{{1,2}})([-./])(\d{{1,2}})\2(\d{{4}})(?!\d){CLOCK}{ZONE}")


def read_date(value: object) -> datetime | None:
    """Return the instant that a feed's date means; None where there is none, or none for certain."""
    at: datetime | None = None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            at = _from_unix(float(value))
        elif isinstance(value, str):
            at = _from_text(" ".join(value[:MAX_DATE].split()))
        return at.astimezone(UTC) if at is not None and at.year in YEARS else None
    except (ValueError, OverflowError, OSError):
        return None


def _from_unix(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds / 1_000 if abs(seconds) >= MILLISECONDS else seconds, UTC)


def _from_text(text: str) -> datetime | None:
    if UNIX.match(text):
        return _from_unix(float(text))
    if text.isdigit() and len(text) != len("20261124"):
        return None
    for read in (from_iso, _from_mail, _from_words, _from_numbers):
        try:
            at = read(text)
        except (ValueError, TypeError, IndexError):
            continue
        if at is not None:
            return at
    return None


def _from_mail(text: str) -> datetime | None:
    """RFC 822, with its month in English and its zone said: elsewhere the library guesses."""
    if not IN_ENGLISH.search(text) or BEFORE_CHRIST.search(text):
        return None
    at = parsedate_to_datetime(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _from_words(text: str) -> datetime | None:
    for pattern, day, month in ((DAY_MONTH, 1, 2), (MONTH_DAY, 2, 1)):
        found = pattern.search(text)
        number = _month(found[month]) if found else None
        if found and number:
            return _instant(int(found[3]), number, int(found[day]), found.groups()[3:])
    return None


def _month(word: str) -> int | None:
    folded = unicodedata.normalize("NFC", word).casefold()
    return MONTHS.get(folded[:4]) or MONTHS.get(folded[:3])


def _from_numbers(text: str) -> datetime | None:
    if found := YEAR_FIRST.match(text):
        return _instant(int(found[1]), int(found[2]), int(found[3]), found.groups()[3:])
    if found := DAY_FIRST.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == "." or first > 12 or first == second:  # noqa: PLR2004  (months in a year)
            return _instant(year, second, first, found.groups()[4:])
        return _instant(year, first, second, found.groups()[4:]) if second > 12 else None  # noqa: PLR2004
    return None


def _instant(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> datetime:
    hour, minute, second, half, sign, zone_hours, zone_minutes = clock
    hours = int(hour or 0) % 12 + (12 if half in {"p", "P"} else 0) if half else int(hour or 0)
    offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
    zone = timezone(-offset if sign == "-" else offset)
    return datetime(year, month, day, hours, int(minute or 0), min(int(second or 0), 59), tzinfo=zone)
