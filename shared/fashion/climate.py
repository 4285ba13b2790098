"""The climate a wardrobe lives in: from the name of a city, or else from the weather its garments were worn in.

Five zones, the main classes of Köppen and Geiger, and a hemisphere, without which no month has a season. Cities come from
`shared.fashion.cities`, read on first use: 0.15 s once, so call `climate_of` in a thread.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from shared.fashion.cities import USA, cities, folded

Zone = Literal["tropical", "dry", "temperate", "continental", "polar"]
Hemisphere = Literal["north", "south"]
Weather = Literal["wet", "snow", "cold", "mild", "hot"]

ZONES: Final[Mapping[str, Zone]] = {"A": "tropical", "B": "dry", "C": "temperate", "D": "continental", "E": "polar"}
ZONE_WORDS: Final[Mapping[str, Zone]] = {
    "tropical": "tropical", "equatorial": "tropical", "monsoon": "tropical", "savanna": "tropical", "dry": "dry",
    "arid": "dry", "semiarid": "dry", "desert": "dry", "steppe": "dry", "temperate": "temperate", "oceanic": "temperate",
    "maritime": "temperate", "mediterranean": "temperate", "subtropical": "temperate", "mild": "temperate",
    "continental": "continental", "cold": "continental", "boreal": "continental", "subarctic": "continental",
    "polar": "polar", "arctic": "polar", "tundra": "polar",
}  # fmt: skip
MAX_CITY: Final = 100
CLEARLY: Final = 2.2  # times as many people as the next city of another climate
NOWHERE: Final[Mapping[str, float]] = {}
WEATHER_WORDS: Final[Mapping[Weather, re.Pattern[str]]] = {
    "snow": re.compile(r"snow|sleet|blizzard|flurr|\bice\b|\bicy\b", re.IGNORECASE),
    "wet": re.compile(r"\brain|drizzl|shower|thunder|\bstorm|\bwet\b|downpour|sleet|monsoon|hail", re.IGNORECASE),
    "hot": re.compile(r"\bhot\b|\bheat|scorch|swelter|humid", re.IGNORECASE),
    "cold": re.compile(r"\bcold\b|freez|frost|chill|snow|blizzard|\bice\b|\bicy\b|bitter", re.IGNORECASE),
    "mild": re.compile(r"\bmild\b|\bcool\b|\bwarm\b|pleasant", re.IGNORECASE),
}
# the minus is none between two numbers: "12-15°C"
CELSIUS: Final = re.compile(r"(?<![\d.])([-\u2212]?\d{1,2}(?:\.\d+)?)\s*(?:°(?!\s*F\b)|C\b)", re.IGNORECASE)
FAHRENHEIT: Final = re.compile(r"(?<![\d.])([-\u2212]?\d{1,3}(?:\.\d+)?)\s*°?\s*F\b", re.IGNORECASE)
NEGATED: Final = re.compile(r"\b(?:no|not|without)\s+\w+", re.IGNORECASE)
HOT_FROM, COLD_BELOW, HOTTEST, COLDEST = 25.0, 8.0, 60.0, -60.0  # °C
MAX_CONDITIONS: Final = 200
MIN_OBSERVATIONS: Final = 20
MAY, OCTOBER = 5, 10


@dataclass(frozen=True, slots=True)
class Climate:
    """A zone and a hemisphere, and where they are known from."""

    zone: Zone
    hemisphere: Hemisphere
    source: Literal["city", "weather", "declared"] = "city"


@dataclass(frozen=True, slots=True)
class Observation:
    """The weather on an occasion that something was worn: the month (1 to 12), and what is known of the weather."""

    month: int
    weather: frozenset[Weather]


def climate_of(city: str, near: Mapping[str, float] = NOWHERE) -> Climate | None:
    """Return the climate of a city: "Lyon", "São Paulo", "Paris, Texas, USA"; None for one that is not known, or not clear.

    The most populous of that name is meant, in the country (or state of the USA) that is named, if it is one we know.
    `near`: country codes that something speaks for, by how much more than for any other (`shared.fashion.countries`): the
    people of a city count so many times. Where a city of another climate has nearly as many, none is meant: of Valencia in
    Spain and in Venezuela, one is of the tropics. Blocks for 0.15 s the first time: call it in a thread.
    """
    return _climate_of(city[:MAX_CITY], tuple(sorted(near.items())))


def climate_from_weather(observations: Iterable[Observation]) -> Climate | None:
    """Return the climate that the weather of 20 or more wears suggests; None where they are fewer.

    A rough guess, by the shares of the observations, in this order: hot on 60 % and wet on 20 %: tropical; hot on 60 %: dry;
    snow or cold on 40 %: continental; else temperate. Polar is not guessed: people who live there name their city. South is
    where it was hot more often, and cold less often, from November to April than from May to October.
    """
    seen = [one for one in observations if one.weather]
    if len(seen) < MIN_OBSERVATIONS:
        return None
    hot, wet, cold = (sum(kind in one.weather for one in seen) / len(seen) for kind in ("hot", "wet", "cold"))
    zone: Zone = "temperate"
    if hot >= 0.6:  # noqa: PLR2004  (the shares that the docstring names)
        zone = "tropical" if wet >= 0.2 else "dry"  # noqa: PLR2004
    elif cold >= 0.4:  # noqa: PLR2004
        zone = "continental"
    northern = sum(
        (("hot" in one.weather) - ("cold" in one.weather)) * (1 if MAY <= one.month <= OCTOBER else -1) for one in seen
    )
    return Climate(zone, "south" if northern < 0 else "north", "weather")


def zone_named(text: str) -> Zone | None:
    """Return the zone that a profile's free text means ("Mediterranean", "Cfb", "semi-arid"); None when it says none."""
    plain = folded(text[:MAX_CITY])
    if re.fullmatch(r"(a[fmsw]|b[sw][hk]?|[cd][fsw][abcd]?|e[ft])", plain):
        return ZONES[plain[0].upper()]
    words = plain.replace("semi arid", "semiarid").split()
    return next((ZONE_WORDS[word] for word in words if word in ZONE_WORDS), None)


@lru_cache(maxsize=4096)
def weather_in(conditions: str, celsius: float | None = None) -> frozenset[Weather]:
    """Return what a weather report of a few words says ("Light rain, 7°C"), and its temperature where there is one."""
    text = NEGATED.sub(" ", conditions[:MAX_CONDITIONS])
    found = {kind for kind, pattern in WEATHER_WORDS.items() if pattern.search(text)}
    degrees = celsius if celsius is not None else _degrees(text)
    if degrees is not None and COLDEST <= degrees <= HOTTEST:
        found -= {"hot", "cold", "mild"}
        found.add("hot" if degrees >= HOT_FROM else "cold" if degrees < COLD_BELOW else "mild")
    return frozenset(found)


def _degrees(text: str) -> float | None:
    if match := FAHRENHEIT.search(text):
        return (float(match.group(1).replace("\u2212", "-")) - 32) / 1.8
    match = CELSIUS.search(text)
    return float(match.group(1).replace("\u2212", "-")) if match else None


@lru_cache(maxsize=4096)
def _climate_of(text: str, near: tuple[tuple[str, float], ...]) -> Climate | None:
    known = cities()
    city, *qualifiers = [part for part in map(folded, text.split(",")) if part] or [""]
    places = known.places.get(city, ()) if city else ()
    for qualifier in qualifiers:
        country, state = known.countries.get(qualifier), known.states.get(qualifier)
        if country or state:
            places = tuple(
                one for one in places if one.country == country or (state and (one.country, one.state) == (USA, state))
            )
    speaks_for = dict(near)
    weights: dict[Climate, float] = {}
    for one in places:
        climate = Climate(ZONES[one.letter], "north" if one.northern else "south")
        weights[climate] = max(weights.get(climate, 0.0), one.people * speaks_for.get(one.country, 1.0))
    if not weights:
        return None
    first, *others = sorted(weights, key=lambda climate: -weights[climate])
    return first if all(weights[first] >= CLEARLY * weights[other] for other in others) else None
