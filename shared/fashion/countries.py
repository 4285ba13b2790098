"""Which countries what is known of a user speaks for: to tell the Valencia of Spain from that of Venezuela."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.fashion.cities import cities, folded

# how much more a country counts that is declared, whose money is paid, whose language is spoken
DECLARED, PAID, SPOKEN = 1_000.0, 12.0, 4.0
MAX_TEXT: Final = 60
# a currency's code begins with its country's; these are of several
MONEY: Final[Mapping[str, str]] = {
    "EUR": "AD AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MC ME MT NL PT SI SK SM VA XK", "USD": "US EC SV PA PR GU",
    "XOF": "BJ BF CI GW ML NE SN TG", "XAF": "CM CF TD CG GQ GA", "XCD": "AG DM GD KN LC VC", "XPF": "NC PF WF",
    "GBP": "GB GG JE IM", "CHF": "CH LI", "DKK": "DK GL FO", "ZAR": "ZA NA LS SZ",
}  # fmt: skip
LANGUAGES: Final[Mapping[str, str]] = {
    "en": "US GB IE CA AU NZ ZA IN SG NG KE GH JM PH", "es": "ES MX AR CO CL PE VE EC BO PY UY CR PA GT HN SV NI DO CU PR",
    "pt": "PT BR AO MZ CV", "fr": "FR BE CH CA LU MC SN CI CM MG HT", "de": "DE AT CH LI LU", "it": "IT CH SM VA",
    "nl": "NL BE SR", "ja": "JP", "sv": "SE FI", "da": "DK", "nb": "NO", "no": "NO", "fi": "FI", "pl": "PL", "cs": "CZ",
    "el": "GR CY", "tr": "TR CY", "ru": "RU BY KZ", "uk": "UA", "ko": "KR", "zh": "CN TW HK SG",
    "ar": "EG SA AE MA DZ TN JO LB",
    "he": "IL", "hi": "IN", "id": "ID", "th": "TH", "vi": "VN", "ro": "RO MD", "hu": "HU",
}  # fmt: skip


def countries_near(profile: Mapping[str, Any], money: str | None) -> dict[str, float]:
    """Return country code -> how much more it counts than one that nothing speaks for.

    By the profile's `country` or `countryCode`, its `locale` (`es-ES`), its `language`, its `currency`, and else `money`: the
    currency that the wardrobe was paid in. Blocks for 0.15 s the first time, as `cities` does.
    """
    found: dict[str, float] = {}
    for codes, weight in _said(profile, money):
        for code in codes:
            found[code] = found.get(code, 1.0) * weight
    return found


def _said(profile: Mapping[str, Any], money: str | None) -> Iterator[tuple[frozenset[str], float]]:
    declared = next((code for key in ("countryCode", "country") if (code := _country(_text(profile, key)))), None)
    language, region = _locale(_text(profile, "locale") or _text(profile, "language"))
    if code := declared or region:
        yield frozenset({code}), DECLARED
    if language in LANGUAGES:
        yield frozenset(LANGUAGES[language].split()), SPOKEN
    currency = (_text(profile, "currency") or money or "").upper()
    if re.fullmatch(r"[A-Z]{3}", currency):
        yield frozenset(MONEY.get(currency, currency[:2]).split()), PAID


def _text(profile: Mapping[str, Any], key: str) -> str:
    value = profile.get(key)
    return value.strip()[:MAX_TEXT] if isinstance(value, str) else ""


def _country(text: str) -> str | None:
    return cities().countries.get(folded(text)) if text else None


def _locale(text: str) -> tuple[str, str | None]:
    """Return the language and the region of a tag: `es-ES`, `es_ES.UTF-8`, `zh-Hant-TW`, `es`."""
    language, *parts = re.split(r"[-_]", text.partition(".")[0])
    return language.casefold(), next((part.upper() for part in parts if re.fullmatch(r"[A-Za-z]{2}", part)), None)
