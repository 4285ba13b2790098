"""What a wardrobe lacks: for the weather it is worn in, for the season that comes, and against a reference mix of categories.

The reference mix and the needs of the seasons are this house's own, round numbers of common styling advice and not a study's;
every gap states the figures that it rests on, so that a reader may disagree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any, Final, Literal

from agents.weekly_digest.items import WardrobeItem, Wear
from agents.weekly_digest.wearing import Season, coming_season
from shared.fashion.climate import Climate, Weather, Zone
from shared.fashion.garments import Trait

MAX_GAPS: Final = 6
MIN_WEARS: Final = 10
SMALL_WARDROBE: Final = 12

# zone -> category: the least and the most of a hundred garments
REFERENCE_MIX: Final[Mapping[Zone, Mapping[str, tuple[int, int]]]] = {
    "tropical": {
        "tops": (25, 50), "bottoms": (15, 35), "shoes": (8, 20), "accessories": (4, 20), "bags": (2, 12),
    },
    "dry": {
        "tops": (22, 45), "bottoms": (15, 35), "outerwear": (4, 12), "shoes": (8, 20), "accessories": (5, 20),
        "bags": (2, 12),
    },
    "temperate": {
        "tops": (20, 40), "bottoms": (15, 30), "outerwear": (7, 18), "knitwear": (8, 22), "shoes": (8, 20),
        "accessories": (5, 20), "bags": (2, 12),
    },
    "continental": {
        "tops": (18, 38), "bottoms": (14, 28), "outerwear": (8, 20), "knitwear": (10, 25), "shoes": (9, 20),
        "accessories": (6, 20), "bags": (2, 12),
    },
    "polar": {
        "tops": (15, 35), "bottoms": (14, 28), "outerwear": (10, 25), "knitwear": (12, 30), "shoes": (9, 20),
        "accessories": (8, 22),
    },
}  # fmt: skip
CORE: Final = ("tops", "bottoms", "shoes", "outerwear")


@dataclass(frozen=True, slots=True)
class WeatherNeed:
    """What worn weather asks for: a trait, in this category alone or in any; from so many wears, and such a share of them."""

    weather: Weather
    days: str
    trait: Trait
    category: str
    only_there: bool
    phrase: str
    least: int
    share: float


WEATHER_NEEDS: Final = (
    WeatherNeed("wet", "wet", "rain", "outerwear", only_there=False, phrase="made for rain", least=5, share=0.2),
    WeatherNeed("snow", "snowy", "snow", "shoes", only_there=True, phrase="shoes for snow", least=3, share=0.1),
    WeatherNeed("cold", "cold", "warm", "outerwear", only_there=True, phrase="warm outerwear", least=6, share=0.2),
    WeatherNeed("hot", "hot", "light", "tops", only_there=False, phrase="made for heat", least=8, share=0.25),
)
Need = tuple[str, Trait | None]
COLD_NEEDS: Final[tuple[Need, ...]] = (("outerwear", "heavy"), ("shoes", "snow"), ("accessories", "warm"), ("knitwear", None))
TROPICAL_NEEDS: Final[tuple[Need, ...]] = (("outerwear", "rain"), ("tops", "light"), ("shoes", "light"))
SUMMER_NEEDS: Final[tuple[Need, ...]] = (("tops", "light"), ("shoes", "light"))
SEASON_NEEDS: Final[Mapping[Zone, Mapping[Season, tuple[Need, ...]]]] = {
    "tropical": dict.fromkeys(("winter", "spring", "summer", "autumn"), TROPICAL_NEEDS),
    "dry": {
        "winter": (("outerwear", None), ("knitwear", None)), "spring": SUMMER_NEEDS,
        "summer": (*SUMMER_NEEDS, ("accessories", "light")), "autumn": (("outerwear", None),),
    },
    "temperate": {
        "winter": (("outerwear", "warm"), ("knitwear", None), ("accessories", "warm")),
        "spring": (("outerwear", "rain"), ("tops", None)), "summer": SUMMER_NEEDS,
        "autumn": (("outerwear", "rain"), ("knitwear", None)),
    },
    "continental": {
        "winter": COLD_NEEDS, "spring": (("outerwear", "rain"), ("tops", None)), "summer": SUMMER_NEEDS,
        "autumn": (("outerwear", "warm"), ("knitwear", None)),
    },
    "polar": dict.fromkeys(("winter", "spring", "summer", "autumn"), COLD_NEEDS),
}  # fmt: skip
TRAIT_WORDS: Final[Mapping[Trait, str]] = {
    "rain": "rainproof ", "snow": "snowproof ", "warm": "warm ", "heavy": "heavy, warm ", "light": "light ",
}  # fmt: skip
SEASONLESS: Final = frozenset({"tropical", "polar"})
ASSUMED: Final[Zone] = "temperate"  # what is assumed where no climate is known: it asks for a bit of everything


@dataclass(frozen=True, slots=True)
class Gap:
    """One lack, with the figures that show it in its text. `need`: what a piece has to be good for to fill it."""

    key: str
    kind: Literal["climate", "season", "category"]
    category: str
    season: Season | None
    text: str
    need: Trait | None = None

    def to_document(self) -> dict[str, Any]:
        """Return it as the digest holds it."""
        return {"key": self.key, "kind": self.kind, "category": self.category, "season": self.season, "text": self.text}


def find_gaps(
    items: Sequence[WardrobeItem], *, at: datetime, climate: Climate | None, worn: Sequence[Wear]
) -> tuple[Gap, ...]:  # fmt: skip
    """Return at most 6 gaps, keyed g1 to g6: what the weather asked for first, then the season, then the mix.

    In a small wardrobe the categories that are missing altogether come before the rest, as the season needs them where it
    says so. Without a climate, no season is judged: the hemisphere is part of it. `worn`: the last wears with known weather.
    """
    mix, season = list(_of_the_mix(items, climate)), list(_of_the_season(items, at, climate))
    ordered = [*season, *mix]
    if len(items) < SMALL_WARDROBE:
        missing = [gap.category for gap in mix]
        ordered.sort(key=lambda gap: missing.index(gap.category) if gap.category in missing else len(missing))
    found: dict[tuple[str, Trait | None], Gap] = {}
    for gap in (*_of_the_weather(items, worn), *ordered):
        if not (gap.need is None and any(category == gap.category for category, _ in found)):
            found.setdefault((gap.category, gap.need), gap)
    return tuple(replace(gap, key=f"g{number}") for number, gap in enumerate(list(found.values())[:MAX_GAPS], start=1))


def plenty(items: Sequence[WardrobeItem], zone: Zone | None) -> tuple[tuple[str, int, int], ...]:
    """Return (category, count, most) for each category above the reference mix, the furthest above it first."""
    if len(items) < SMALL_WARDROBE:
        return ()
    counts = Counter(item.category for item in items)
    above = [
        (category, counts[category], ceil(most * len(items) / 100))
        for category, (_, most) in REFERENCE_MIX[zone or ASSUMED].items()
    ]
    return tuple(sorted((one for one in above if one[1] > one[2]), key=lambda one: (one[2] - one[1], one[0])))


def _of_the_weather(items: Sequence[WardrobeItem], last: Sequence[Wear]) -> Iterator[Gap]:
    if len(last) < MIN_WEARS:
        return
    for need in WEATHER_NEEDS:
        wears = sum(need.weather in wear.weather for wear in last)
        helps = any(need.trait in item.traits and (item.category == need.category or not need.only_there) for item in items)
        if wears >= max(need.least, need.share * len(last)) and not helps:
            days = f"{wears} of the last {len(last)} wears with known weather were on {need.days} days"
            text = f"0 of {len(items)} owned items are {need.phrase}; {days}"
            yield Gap("", "climate", need.category, None, text, need.trait)


def _of_the_season(items: Sequence[WardrobeItem], at: datetime, climate: Climate | None) -> Iterator[Gap]:
    if climate is None:
        return
    season = coming_season(at, climate.hemisphere)
    for category, trait in SEASON_NEEDS[climate.zone][season]:
        if any(item.category == category and (trait is None or trait in item.traits) for item in items):
            continue
        owned = f"0 of {len(items)} owned items are {TRAIT_WORDS[trait] if trait else ''}{category}"
        if climate.zone in SEASONLESS:
            yield Gap("", "climate", category, None, f"{owned}, in a {climate.zone} climate", trait)
        else:
            yield Gap("", "season", category, season, f"{owned} for the coming {season}", trait)


def _of_the_mix(items: Sequence[WardrobeItem], climate: Climate | None) -> Iterator[Gap]:
    counts, total = Counter(item.category for item in items), len(items)
    zone = climate.zone if climate else ASSUMED
    if total < SMALL_WARDROBE:
        for category in CORE:
            dressed = category == "bottoms" and counts["dresses"]
            if category in REFERENCE_MIX[zone] and not counts[category] and not dressed:
                yield Gap("", "category", category, None, f"0 of {total} owned items are {category}")
        return
    lacks = [(category, counts[category], ceil(least * total / 100)) for category, (least, _) in REFERENCE_MIX[zone].items()]
    for category, count, least in sorted(lacks, key=lambda one: (one[1] / one[2], -one[2], one[0])):
        if count < least:
            owned = f"{count} of {total} owned items {'is' if count == 1 else 'are'} {category}"
            mix = f"the reference mix for a {zone} climate" if climate else "the reference mix"
            yield Gap("", "category", category, None, f"{owned}; {mix} has at least {least}")
