"""Reads single values of a wardrobe's documents, of whatever shape an app version wrote them in. Nothing here raises."""

import math
import re
from datetime import UTC, datetime
from typing import Any, Final

from shared.clock import from_iso, read_epoch

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)  # what is older is a default value of some library, not a date
MAX_PRICE: Final = 1_000_000.0
MAX_WEARS: Final = 100_000
SYMBOLS: Final = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY", "₹": "INR", "₩": "KRW", "zł": "PLN"}
DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
AMOUNT: Final = re.compile(r"\d[\d.,\s']*")
GROUPED: Final = re.compile(r"[1-9]\d{0,2}([.,\s'])\d{3}(?:\1\d{3})*")
ALONE: Final = re.compile(r"\s*([A-Za-z]{3})\s*")
CODE: Final = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")  # among other words only in capitals: "was 12 €" names none
MONTHS: Final = 12
MAX_NUMBER_TEXT: Final = 40


def instant(value: object, *, now: datetime) -> datetime | None:
    """Return the time that a value means, in UTC and never later than `now`; None for what is no date.

    Understood: ISO 8601 (a date alone is its midnight), epoch seconds or milliseconds, as number or text, and `31/12/2025`.
    With a day of at most 12 that last form could be either of two dates, so it is none.
    """
    try:
        at = _instant(value)
    except (ValueError, OverflowError, OSError):
        return None
    if at is None or at < EARLIEST:
        return None
    return at if at <= now else now


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return read_epoch(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    text = value.strip()[:MAX_NUMBER_TEXT]
    if text[4:5] == "-":
        return from_iso(text)
    if re.fullmatch(r"\d{9,14}(\.\d+)?", text):
        return _instant(float(text))
    if match := DAY_FIRST.fullmatch(text):
        first, second, year = (int(part) for part in match.groups())
        day, month = (first, second) if first > MONTHS or first == second else (second, first)
        unclear = first <= MONTHS and second <= MONTHS and first != second
        return None if unclear else datetime(year, month, day, tzinfo=UTC)
    return from_iso(text)


def price(value: object) -> tuple[float, str | None] | None:
    """Return an amount above zero and its currency, None where the value names none; None for what is no price.

    Zero counts as not known: it is what an empty form field leaves behind.
    """
    if isinstance(value, dict):
        found = price(value.get("amount"))
        named = currency(value.get("originalCurrency")) or currency(value.get("currency"))
        return (found[0], named or found[1]) if found else None
    if isinstance(value, str):
        amount = _amount(value[:MAX_NUMBER_TEXT])
        return (amount, currency(value[:MAX_NUMBER_TEXT])) if amount else None
    amount = number(value)
    return (amount, None) if amount and 0 < amount <= MAX_PRICE else None


def currency(value: object) -> str | None:
    """Return the ISO 4217 code in a text ("eur", "12 EUR", "12 €"); None when there is none."""
    if not isinstance(value, str):
        return None
    match = ALONE.fullmatch(value) or CODE.search(value)
    return match.group(1).upper() if match else next((code for sign, code in SYMBOLS.items() if sign in value), None)


def count(value: object) -> int:
    """Return a count of 0 to 100,000; what is no count is 0."""
    found = number(value)
    return min(int(found), MAX_WEARS) if found and found > 0 else 0


def number(value: object) -> float | None:
    """Return a finite number, from a number or its text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def flag(value: object) -> bool:
    """Whether a value says yes: true, 1, or such a text."""
    return value is True or value == 1 or (isinstance(value, str) and value.strip().casefold() in {"true", "1", "yes"})


def texts(value: object, limit: int) -> list[str]:
    """Return the texts of a list, or a text alone as a list of one; the first `limit`."""
    values: list[Any] = value[: 4 * limit] if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one.strip()][:limit]


def _amount(text: str) -> float | None:
    """Return the amount in a text: the last point or comma with one or two digits after it is the decimal one."""
    match = AMOUNT.search(text)
    if match is None or re.search(r"[-\u2212]\s*\D{0,2}$", text[: match.start()]):
        return None
    digits = match.group(0).strip(" .,'")
    if GROUPED.fullmatch(digits):
        found = number(re.sub(r"\D", "", digits))
    else:
        whole, _, decimals = digits.replace(",", ".").rpartition(".")
        found = number(f"{re.sub(r'[^0-9]', '', whole)}.{decimals}" if whole else re.sub(r"[^0-9]", "", decimals))
    return found if found and found <= MAX_PRICE else None
