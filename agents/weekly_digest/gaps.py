"""What a wardrobe lacks: for the weather it is worn in, for the season that comes, and beside what most wardrobes hold.

What is not understood is not absent: where fewer than 70 % of the garments could be read (a name in a language that is not
known, no category), in a small wardrobe not all of them, nothing is said to be missing; and of a category whose garments
have no name that is known, no trait is denied. A dress does for a top and bottoms, so does a suit; a jumper does for a top.

The mix and the needs of the seasons are this house's own, round numbers of common styling advice and not a study's;
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
from shared.fashion.garment_lists import Trait

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
# nobody needs more, however large the wardrobe
ENOUGH: Final[Mapping[str, int]] = {
    "tops": 12, "bottoms": 8, "shoes": 5, "outerwear": 4, "knitwear": 5, "accessories": 4, "bags": 2,
}  # fmt: skip
UNDERSTOOD: Final = 0.7
COVERS: Final[Mapping[str, tuple[str, ...]]] = {
    "dresses": ("tops", "bottoms"), "knitwear": ("tops",), "activewear": ("tops", "bottoms"), "suit": ("tops", "bottoms"),
    "suit-trousers": ("bottoms",), "blazer": ("outerwear",), "thobe": ("bottoms",),
}  # fmt: skip


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
    if not is_understood(items):
        return ()
    covered = _covered(items)
    mix, season = list(_of_the_mix(items, covered, climate)), list(_of_the_season(items, covered, at, climate))
    ordered = [*season, *mix]
    if len(items) < SMALL_WARDROBE:
        missing = [gap.category for gap in mix]
        ordered.sort(key=lambda gap: missing.index(gap.category) if gap.category in missing else len(missing))
    found: dict[tuple[str, Trait | None], Gap] = {}
    for gap in (*_of_the_weather(items, worn), *ordered):
        if not (gap.need is None and any(category == gap.category for category, _ in found)):
            found.setdefault((gap.category, gap.need), gap)
    return tuple(replace(gap, key=f"g{number}") for number, gap in enumerate(list(found.values())[:MAX_GAPS], start=1))


def is_understood(items: Sequence[WardrobeItem]) -> bool:
    """Whether enough of the garments could be read to say what is not among them: in a small wardrobe, all."""
    read = sum(item.category != "other" for item in items)
    return read >= (UNDERSTOOD * len(items) if len(items) >= SMALL_WARDROBE else len(items))


def _covered(items: Sequence[WardrobeItem]) -> Counter[str]:
    """Return how many garments do for each category."""
    counts = Counter(item.category for item in items)
    for kind, count in Counter([(item.category, item.piece.noun or "") for item in items]).items():
        for name in set(kind) & COVERS.keys():
            for other in COVERS[name]:
                counts[other] += count
    return counts


def _is_read(items: Sequence[WardrobeItem], category: str) -> bool:
    """Whether the names of a category's garments say enough to deny them a trait."""
    named = [item.piece.noun is not None for item in items if item.category == category]
    return sum(named) >= UNDERSTOOD * len(named)


def plenty(items: Sequence[WardrobeItem], zone: Zone | None) -> tuple[tuple[str, int, int], ...]:
    """Return (category, count, most) for each category above the reference mix, the furthest above it first."""
    if len(items) < SMALL_WARDROBE or not is_understood(items):
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
        wears = sum([need.weather in wear.weather for wear in last])
        if wears < max(need.least, need.share * len(last)):
            continue
        helps = any(need.trait in item.traits and (item.category == need.category or not need.only_there) for item in items)
        read = all(_is_read(items, one) for one in ({need.category} if need.only_there else {item.category for item in items}))
        if not helps and read:
            days = f"{wears} of the last {len(last)} wears with known weather were on {need.days} days"
            text = f"0 of {len(items)} owned items are {need.phrase}; {days}"
            yield Gap("", "climate", need.category, None, text, need.trait)


def _of_the_season(
    items: Sequence[WardrobeItem], covered: Counter[str], at: datetime, climate: Climate | None
) -> Iterator[Gap]:  # fmt: skip
    if climate is None:
        return
    season = coming_season(at, climate.hemisphere)
    for category, trait in SEASON_NEEDS[climate.zone][season]:
        if any(item.category == category and (trait is None or trait in item.traits) for item in items):
            continue
        if trait is None and covered[category]:
            continue
        if trait is not None and not _is_read(items, category):
            continue
        owned = f"0 of {len(items)} owned items are {TRAIT_WORDS[trait] if trait else ''}{category}"
        if climate.zone in SEASONLESS:
            yield Gap("", "climate", category, None, f"{owned}, in a {climate.zone} climate", trait)
        else:
            yield Gap("", "season", category, season, f"{owned} for the coming {season}", trait)


def _of_the_mix(items: Sequence[WardrobeItem], covered: Counter[str], climate: Climate | None) -> Iterator[Gap]:
    counts, total = Counter(item.category for item in items), len(items)
    zone = climate.zone if climate else ASSUMED
    if total < SMALL_WARDROBE:
        for category in CORE:
            if category in REFERENCE_MIX[zone] and not covered[category]:
                yield Gap("", "category", category, None, f"0 of {total} owned items are {category}")
        return
    lacks = [
        (category, covered[category], min(ceil(least * total / 100), ENOUGH.get(category, total)))
        for category, (least, _) in REFERENCE_MIX[zone].items()
    ]
    for category, have, least in sorted(lacks, key=lambda one: (one[1] / one[2], -one[2], one[0])):
        if have < least:
            owned = f"{counts[category]} of {total} owned items {'is' if counts[category] == 1 else 'are'} {category}"
            yield Gap("", "category", category, None, f"{owned}; most wardrobes of this size have {least} or more")
