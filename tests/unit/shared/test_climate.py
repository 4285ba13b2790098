"""Climates: of a city's name, of a profile's words, of the weather that was worn; and what weather reports say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fashion.climate import Climate, Observation, Weather, climate_from_weather, climate_of, weather_in, zone_named
from shared.fashion.climate_map import ROWS, letter_at
from shared.fashion.countries import countries_near


@pytest.mark.parametrize(
    ("city", "zone", "hemisphere"),
    [
        ("Lyon", "temperate", "north"), ("São Paulo", "temperate", "south"), ("sao paulo", "temperate", "south"),
        ("Singapore", "tropical", "north"),
        ("MUMBAI", "tropical", "north"), ("Lagos", "tropical", "north"), ("Cairo", "dry", "north"), ("Dubai", "dry", "north"),
        ("Moscow", "continental", "north"), ("Helsinki", "continental", "north"), ("Chicago", "continental", "north"),
        ("Sydney", "temperate", "south"), ("Auckland", "temperate", "south"), ("Nuuk", "polar", "north"),
        ("München", "temperate", "north"),
        ("Phoenix", "dry", "north"), ("New-York", "temperate", "north"), ("  Tōkyō  ", "temperate", "north"),
    ],
)  # fmt: skip
def test_the_climate_of_a_city(city: str, zone: str, hemisphere: str) -> None:
    assert climate_of(city) == Climate(zone, hemisphere, "city")  # type: ignore[arg-type]


def test_of_several_cities_the_most_populous_is_meant_unless_a_country_or_state_is_named() -> None:
    assert climate_of("Santiago") == climate_of("Santiago, Chile") == Climate("dry", "south")
    assert climate_of("Santiago, Dominican Republic") == Climate("tropical", "north")
    assert climate_of("Portland, Maine") == Climate("continental", "north") != climate_of("Portland, OR")
    assert climate_of("Birmingham, UK") == Climate("temperate", "north")
    assert climate_of("Paris, Texas, USA") is not None
    assert climate_of("Paris, Île-de-France, France") == climate_of("Paris") == Climate("temperate", "north")
    assert climate_of("Lyon, Brazil") is None


@pytest.mark.parametrize(
    ("profile", "money", "climate"),
    [
        ({}, None, None), ({"currency": "EUR"}, None, Climate("dry", "north")),
        ({"currency": "ves"}, None, Climate("tropical", "north")),
        ({"locale": "es-ES"}, None, Climate("dry", "north")), ({"locale": "es_VE.UTF-8"}, "EUR", Climate("tropical", "north")),
        ({"country": "Spain"}, None, Climate("dry", "north")), ({"countryCode": "VE"}, "EUR", Climate("tropical", "north")),
        ({"language": "es"}, None, None), ({}, "EUR", Climate("dry", "north")), ({"currency": 7, "locale": None}, "??", None),
        ({"currency": "JPY"}, None, None), ({"country": "Brobdingnag"}, "EUR", Climate("dry", "north")),
    ],
)  # fmt: skip
def test_which_valencia_is_meant(profile: dict[str, Any], money: str | None, climate: Climate | None) -> None:
    assert climate_of("Valencia", countries_near(profile, money)) == climate


def test_what_speaks_for_a_country_does_not_outweigh_a_city_that_everybody_means() -> None:
    assert climate_of("Paris", countries_near({"currency": "USD", "locale": "en"}, None)) == climate_of("Paris, France")
    assert climate_of("London", countries_near({"locale": "en-CA"}, None)) == climate_of("London, Ontario, Canada")
    assert climate_of("Sydney", countries_near({"currency": "CAD"}, None)) == climate_of("Sydney, Australia")
    assert climate_of("Rome") == climate_of("Rome, Italy"), "by that name few mean Lomé"


@pytest.mark.parametrize(
    "city", ["", " ", ",", ".", "-, .", "Brobdingnag", "x" * 5_000, "Lyon\x00", ", France", "'; DROP TABLE", "🧥"]
)
def test_what_is_no_city_has_no_climate(city: str) -> None:
    assert climate_of(city) is None


@given(st.text(max_size=200))
def test_any_text_may_be_asked_for(text: str) -> None:
    assert climate_of(text) is None or isinstance(climate_of(text), Climate)
    assert zone_named(text) in {None, "tropical", "dry", "temperate", "continental", "polar"}
    assert weather_in(text) <= {"wet", "snow", "cold", "mild", "hot"}


@pytest.mark.parametrize(
    ("text", "zone"),
    [("Cfb", "temperate"), ("Af", "tropical"), ("BWh", "dry"), ("dfc", "continental"), ("ET", "polar"),
    ("Mediterranean", "temperate"),
     ("semi-arid steppe", "dry"), ("humid continental", "continental"), ("Tropical monsoon", "tropical"), ("nice", None),
     ("", None), ("A", None)],
)  # fmt: skip
def test_a_zone_by_its_name_or_koeppen_class(text: str, zone: str | None) -> None:
    assert zone_named(text) == zone


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("Light rain, 7°C", {"wet", "cold"}), ("Thunderstorm", {"wet"}), ("snow showers", {"snow", "cold", "wet"}),
        ("Sunny, 31 °C", {"hot"}),
        ("12°C", {"mild"}), ("7°", {"cold"}), ("12-15°C", {"mild"}), ("-5 °C", {"cold"}), ("\u22125°C", {"cold"}),
        ("50 °F", {"mild"}),
        ("90F", {"hot"}), ("hot, 4°C", {"cold"}), ("999°C", set()), ("cloudy", set()), ("no rain, not cold", set()),
        ("train, theatre", set()),
        ("icy roads", {"snow", "cold"}), ("humid heat", {"hot"}), ("", set()), ("rain" + " " * 500 + "hot", {"wet"}),
    ],
)  # fmt: skip
def test_what_a_weather_report_says(conditions: str, expected: set[Weather]) -> None:
    assert weather_in(conditions) == expected


def test_a_measured_temperature_outweighs_the_words() -> None:
    assert weather_in("hot", 3.0) == {"cold"}
    assert weather_in("rain", 28.0) == {"wet", "hot"}
    assert weather_in("hot", 1_000.0) == {"hot"}


def seen(count: int, *weather: Weather, month: int = 7) -> list[Observation]:
    return [Observation(month, frozenset(weather))] * count


def test_a_climate_is_guessed_from_twenty_wears_or_more_by_their_shares() -> None:
    assert climate_from_weather([*seen(19, "hot"), *seen(50)]) is None
    assert climate_from_weather([*seen(12, "hot"), *seen(8, "mild")]) == Climate("dry", "north", "weather")
    assert climate_from_weather([*seen(12, "hot"), *seen(4, "mild", "wet"), *seen(4, "mild")]) == Climate(
        "tropical", "north", "weather"
    )
    assert climate_from_weather([*seen(8, "cold", month=1), *seen(12, "mild")]) == Climate("continental", "north", "weather")
    assert climate_from_weather([*seen(7, "cold", month=1), *seen(13, "mild")]) == Climate("temperate", "north", "weather")
    assert climate_from_weather([*seen(7, "cold"), *seen(13, "hot", month=1)]) == Climate("dry", "south", "weather")


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_of_the_earth_has_a_climate(latitude: float, longitude: float) -> None:
    assert letter_at(latitude, longitude) in set("ABCDE")


def test_the_map_is_whole() -> None:
    assert {len(row) for row in ROWS} == {120}
    assert set("".join(ROWS)) == set("ABCDE.")
    assert [letter_at(90, 0), letter_at(-90, 0), letter_at(0, -150), letter_at(0, 180), letter_at(40, -40)] == [
        "E",
        "E",
        "A",
        "A",
        "C",
    ]
