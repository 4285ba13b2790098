"""Prices as pages write them. A currency that is not said is not guessed: `$` is that of twenty countries."""

import math
import re
from typing import Final

from price_parser import Price as ParsedPrice

from shared.scraping.base import Price

MAX_TEXT: Final = 120
MAX_AMOUNT: Final = 10_000_000.0
SYMBOLS: Final = {
    "\u20ac": "EUR", "\u00a3": "GBP", "\u20b9": "INR", "\u20a9": "KRW", "\u20ba": "TRY", "\u20aa": "ILS", "\u20ab": "VND",
    "z\u0142": "PLN", "K\u010d": "CZK", "US$": "USD", "CA$": "CAD", "C$": "CAD", "CAD$": "CAD", "A$": "AUD", "AU$": "AUD",
    "NZ$": "NZD", "HK$": "HKD", "R$": "BRL", "S$": "SGD",
}  # fmt: skip
CODE: Final = re.compile(r"^[A-Z]{3}$")


def read_price(value: object, currency: object = None, *, assumed: str | None = None) -> Price | None:
    """Return the first price in `value` (text or number); None where there is none, or a zero one.

    `currency`: what the page says beside it; `assumed`: the source's config, for a page that says nothing definite.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    amount, symbol = (value, None) if not isinstance(value, str) else _parsed(value)
    if amount is None or not 0 < amount <= MAX_AMOUNT or not math.isfinite(amount):
        return None
    named = _code(currency) if isinstance(currency, str) else None
    return Price(round(float(amount), 2), named or (_code(symbol) if symbol else None) or assumed)


def _parsed(text: str) -> tuple[float | None, str | None]:
    found = ParsedPrice.fromstring(" ".join(text.split())[:MAX_TEXT])
    return (None if found.amount is None else float(found.amount)), found.currency


def _code(text: str) -> str | None:
    code = text.strip()
    upper = code.upper()
    return SYMBOLS.get(code) or (upper if CODE.match(upper) else None)
