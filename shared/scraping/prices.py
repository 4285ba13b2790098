"""Prices as pages write them, for people or for machines. A currency that is not said is not guessed: `$` is that of twenty
countries.

For people `1.299` is more than a thousand; for machines (JSON-LD, `g:` fields, Shopify) a point is a point, as schema.org,
Google's product data and Shopify's API have it: `25.500` Kuwaiti dinar are 25.5.
"""

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
OF_MACHINES: Final = re.compile(
    r"^(?:([A-Z]{3})\s?)?(\d{1,15}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE]([+-]?\d{1,4}))?(?:\s?([A-Z]{3}))?$", re.ASCII
)
THREE_DECIMALS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})  # ISO 4217


def read_price(value: object, currency: object = None, *, assumed: str | None = None) -> Price | None:
    """Return the first price in `value` (text for people, or a number); None where there is none, or a zero one.

    `currency`: what the page says beside it; `assumed`: the source's config, for a page that says nothing definite.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    amount, symbol = (value, None) if not isinstance(value, str) else _parsed(value)
    return _price(amount, symbol, currency, assumed)


def read_machine_price(value: object, currency: object = None, *, assumed: str | None = None) -> Price | None:
    """Return a price that is written for machines; one that is written for people all the same is read as such."""
    written = OF_MACHINES.match(value.strip()) if isinstance(value, str) else None
    if written is None:
        return read_price(value, currency, assumed=assumed)
    amount = float(f"{written[2]}e{written[3] or 0}")
    return _price(amount, written[1] or written[4], currency, assumed)


def _price(amount: float | None, symbol: str | None, currency: object, assumed: str | None) -> Price | None:
    if amount is None or not 0 < amount <= MAX_AMOUNT or not math.isfinite(amount):
        return None
    said = _code(currency) if isinstance(currency, str) else None
    code = said or (_code(symbol) if symbol else None) or assumed
    rounded = round(float(amount), 3 if code in THREE_DECIMALS else 2)
    return Price(rounded, code) if rounded else None


def _parsed(text: str) -> tuple[float | None, str | None]:
    try:
        found = ParsedPrice.fromstring(" ".join(text.split())[:MAX_TEXT])
        return (None if found.amount is None else float(found.amount)), found.currency
    except (ArithmeticError, ValueError):  # digits of other alphabets, and the like
        return None, None


def _code(text: str) -> str | None:
    code = text.strip()
    upper = code.upper()
    return SYMBOLS.get(code) or (upper if CODE.match(upper) else None)
