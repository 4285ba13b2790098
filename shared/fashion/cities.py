"""Where cities lie, as far as a climate needs it: 137,000 names of the cities over 15,000 people, in 0.6 MB.

The file is built by `infra/cities.py`, which describes it, from GeoNames (geonames.org, CC BY 4.0). Read on first use, in
0.15 s once.
"""

import json
import lzma
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

FILE: Final = Path(__file__).with_name("cities.xz")
USA: Final = "US"
SMALLEST: Final = 15_000  # people of the smallest cities that are known
STEPS: Final = 4  # to a doubling
COUNTRY_WORDS: Final[Mapping[str, str]] = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "usa": "US",
    "america": "US", "uae": "AE", "holland": "NL", "the netherlands": "NL", "czech republic": "CZ", "south korea": "KR",
    "korea": "KR", "russia": "RU", "turkey": "TR", "ivory coast": "CI", "macau": "MO", "deutschland": "DE", "espana": "ES",
    "italia": "IT", "brasil": "BR", "schweiz": "CH", "suisse": "CH", "osterreich": "AT", "polska": "PL", "sverige": "SE",
}  # fmt: skip
PUNCTUATION: Final = str.maketrans(dict.fromkeys(".-'\u2019()/_", " "))


class Place(NamedTuple):
    """A city: its country, its state (of the USA, else empty), its zone's letter, whether it is in the north, and about how
    many people live there (an eighth for a name that is not its usual one).
    """

    country: str
    state: str
    letter: str
    northern: bool
    people: float


@dataclass(frozen=True, slots=True)
class Cities:
    """`places`: folded name -> places, most populous first. `countries`, `states`: folded words -> codes."""

    places: Mapping[str, tuple[Place, ...]]
    countries: Mapping[str, str]
    states: Mapping[str, str]


@cache
def cities() -> Cities:
    """Return all of them. Blocks for 0.15 s the first time: call it in a thread."""
    countries, states, *lines = lzma.decompress(FILE.read_bytes()).decode().split("\n")
    found: dict[str, tuple[Place, ...]] = {}
    for line in lines:
        written, *names = line.split("\t")
        places = tuple(_place(one) for one in written.split(" "))
        found.update(dict.fromkeys(_names(names), places))
    return Cities(found, json.loads(countries), json.loads(states))


def folded(text: str) -> str:
    """Return a name without accents, case, points and hyphens."""
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(text.translate(PUNCTUATION).casefold().split())


def _place(text: str) -> Place:
    return Place(text[:2], text[2:-3], text[-3], text[-2] == "n", SMALLEST * 2 ** ((ord(text[-1]) - ord("0")) / STEPS))


def _names(coded: list[str]) -> Iterator[str]:
    before = ""
    for one in coded:
        before = before[: ord(one[0]) - ord("0")] + one[1:]
        yield before
