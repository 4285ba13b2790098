"""How pieces are worn: how formal they are, for which season, with what, and by whom. Rules of thumb of this house.

Formality has five steps: 0 sport, beach and mud; 1 leisure; 2 smart casual; 3 business; 4 evening. A piece spans some of them,
and two pieces are worn together where their spans meet. What is for summer alone is not worn with what is for winter.
"""

import re
from collections.abc import Collection
from functools import cache, lru_cache
from typing import Final, Literal

from shared.fashion.climate import Zone
from shared.fashion.garments import garment_in, last_word, words_in

Season = Literal["winter", "spring", "summer", "autumn"]
ANY: Final = (0, 4)
# "low-high: nouns", as `garments.NOUNS` heads them
FORMALITY: Final = """
0-2: t-shirt jeans jacket rain-jacket parka puffer denim-jacket leather-jacket bomber gilet trainers sandals
0-2: espadrilles
0-1: tank-top shorts leggings joggers overalls anorak fleece hoodie rain-boots beanie cap backpack sports-bra
0-1: sports-top running-shorts yoga-pants tracksuit swimsuit bikini trunks
0-3: top jumper knit boots shoes tote crossbody-bag scarf hat belt sunglasses socks hair-ribbon
0-4: headscarf kufi gloves watch umbrella bracelet ring wallet
1-2: polo
1-3: shirt bodysuit trousers skirt jumpsuit cardigan turtleneck loafers flats bag
1-4: kurta saree kaftan abaya thobe kimono dress coat cape necklace earrings tights brooch
2-3: blazer
2-4: trench blouse heels brogues waistcoat tie
3-4: suit suit-trousers clutch pocket-square cufflinks
"""
MARKS: Final = re.compile(r"[:;.!?(\n]|\s[-\u2013\u2014]\s")
# words that say more than the noun
DRESSY: Final = frozenset({
    "evening", "gown", "ball", "tuxedo", "sequin", "sequinned", "sequined", "cocktail", "formal", "black-tie", "opera",
    "bridal",
})  # fmt: skip
SMART: Final = frozenset(
    {"tailored", "pleated", "oxford", "slip", "silk", "satin", "pencil", "patent", "pinstripe", "pinstriped"}
)
SPORTY: Final = frozenset({
    "running", "gym", "hiking", "trail", "sports", "sport", "track", "jogging", "ski", "football", "yoga", "cycling",
    "training", "flip", "swim", "board", "beach",
})  # fmt: skip
ROUGH: Final = frozenset({"cargo", "ripped", "distressed", "work", "combat", "snow", "hooded", "band"})
TAILORED: Final = frozenset({"blazer", "suit", "suit-trousers", "waistcoat"})
LEISURE: Final = frozenset({
    "canvas", "flannel", "denim", "jean", "hoodie", "graphic", "straw", "camouflage", "camo", "sweat", "waterproof",
    "quilted", "knitted", "packable",
})  # fmt: skip
SUMMER_NOUNS: Final = frozenset(
    {"sandals", "espadrilles", "shorts", "tank-top", "swimsuit", "bikini", "trunks", "running-shorts"}
)
SUMMER_WORDS: Final = frozenset({"linen", "straw", "summer", "seersucker", "sleeveless", "sundress", "beach", "slip", "mesh"})
COOL_NOUNS: Final = frozenset({"trench"})  # for spring and autumn: not with what is for summer
WINTER_NOUNS: Final = frozenset({"beanie", "gloves", "fleece", "puffer", "parka", "coat", "turtleneck"})
WINTER_WORDS: Final = frozenset({"snow", "shearling", "thermal", "winter", "lined", "down", "sherpa", "fur", "chunky"})
WOOL: Final = frozenset({"wool", "woollen", "woolen", "cashmere", "merino", "mohair"})
WOOL_ALL_YEAR: Final = frozenset({"blazer", "suit", "trousers", "suit-trousers", "waistcoat", "tie", "skirt", "dress"})
LIGHT_SCARVES: Final = frozenset({"silk", "cotton", "linen", "summer"})
# what a piece is worn with, where that is not simply what its category goes with
WORN_WITH: Final = {
    "tie": "shirt suit blazer waistcoat suit-trousers",
    "pocket-square": "blazer suit",
    "cufflinks": "shirt suit blazer",
    "waistcoat": "shirt suit suit-trousers trousers",
    "belt": "trousers jeans shorts skirt dress suit suit-trousers",
    "socks": "boots trainers loafers brogues shoes",
    "tights": "skirt dress",
    "umbrella": "coat trench jacket parka rain-jacket cape",
    "wallet": "",
    "hair-ribbon": "dress skirt blouse top",
    "brooch": "coat blazer jumper cardigan dress blouse",
    "leggings": "jumper hoodie t-shirt top trainers jacket anorak fleece",
}
# families of pieces that by no means everybody wears: for who owns, wears or likes one of the family
FAMILIES: Final = (
    "skirt dress jumpsuit saree abaya", "heels flats", "blouse bodysuit", "bag clutch", "necklace bracelet ring",
    "earrings necklace",
    "tights leggings",
    "hair-ribbon brooch", "tie pocket-square cufflinks", "suit suit-trousers waistcoat", "overalls", "swimsuit bikini trunks",
    "bra briefs lingerie pyjamas vest-top", "sports-bra sports-top running-shorts yoga-pants tracksuit", "cape", "blazer suit",
)  # fmt: skip


COVERING: Final = frozenset({"headscarf", "abaya", "thobe", "kufi"})
BARE: Final = frozenset(
    {"tank-top", "shorts", "bodysuit", "swimsuit", "bikini", "trunks", "running-shorts", "sports-bra", "leggings"}
)
BARE_WORDS: Final = frozenset({"sleeveless", "mini", "cropped", "crop", "sheer", "backless", "strapless", "slip"})


def formality(text: str) -> tuple[int, int]:
    """Return the least and the most formal step at which a piece is worn; all of them where its noun is not known."""
    garment = garment_in(text)
    return _formality(garment.noun, words_in(text)) if garment else ANY


def season_of(text: str) -> Literal["summer", "winter"] | None:
    """Return the one season that a piece is for; None where it is worn in several, or nothing is known of it."""
    garment, words = garment_in(text), words_in(text)
    noun = garment.noun if garment else ""
    if noun == "scarf":
        return None if words & LIGHT_SCARVES else "winter"
    if noun in WINTER_NOUNS or words & WINTER_WORDS:
        return "winter"
    if words & WOOL and (noun not in WOOL_ALL_YEAR or "knitted" in words):
        return "winter"
    return "summer" if noun in SUMMER_NOUNS or words & SUMMER_WORDS else None


def fits_season(text: str, *, zone: Zone | None, coming: Season) -> bool:
    """Whether a piece is for the season that comes; where no climate is known, any is."""
    if zone is None:
        return True
    season = season_of(text)
    if zone in {"tropical", "polar"}:
        return season != ("winter" if zone == "tropical" else "summer")
    return season is None or (season == "winter") == (coming in {"autumn", "winter"})


@lru_cache(maxsize=65_536)
def worn_together(one: str, other: str) -> bool:
    """Whether two described pieces go together: formality meets, seasons agree, and neither is worn with others only."""
    (low, high), (other_low, other_high) = formality(one), formality(other)
    if low > other_high or other_low > high:
        return False
    seasons = {season_of(one), season_of(other)}
    first, second = garment_in(one), garment_in(other)
    cool = any(garment is not None and garment.noun in COOL_NOUNS for garment in (first, second))
    if seasons == {"summer", "winter"} or (cool and "summer" in seasons):
        return False
    if first is None or second is None:
        return True
    partners = _partners()
    return second.noun in partners.get(first.noun, {second.noun}) and first.noun in partners.get(second.noun, {first.noun})


def is_for(noun: str, owned: Collection[str], liked: Collection[str]) -> bool:
    """Whether a kind of piece may be suggested: everybody wears it, or they own or like something of its families."""
    families = [family for family in _families() if noun in family]
    return not families or any(not family.isdisjoint(owned) or not family.isdisjoint(liked) for family in families)


def is_too_bare(text: str, owned: Collection[str], liked: Collection[str]) -> bool:
    """Whether a piece shows more than people show who dress as the wearer does: whose clothes or likes cover head or limbs, by
    custom, and who own and like nothing of its kind.
    """
    if COVERING.isdisjoint(owned) and COVERING.isdisjoint(liked):
        return False
    garment = garment_in(text)
    noun = garment.noun if garment else ""
    return (noun in BARE or bool(words_in(text) & BARE_WORDS)) and noun not in owned and noun not in liked


def kinds_of(text: str) -> frozenset[str]:
    """Return what kind of thing a text names: its noun, and its last word ("bomber jacket" is a jacket, too).

    Of a longer text, what stands before the first mark counts: "Navy scarf: it would go with your coat."
    """
    name = next((part for part in MARKS.split(text) if part.strip()), "")
    garment = garment_in(name)
    if garment is None:
        return frozenset()
    return frozenset({garment.noun, last_word(name)})


@lru_cache(maxsize=8192)
def _formality(noun: str, words: frozenset[str]) -> tuple[int, int]:
    low, high = _steps().get(noun, ANY)
    if words & DRESSY:
        return (3, 4)
    if words & SPORTY and noun not in TAILORED:
        return (0, 0)
    if words & ROUGH:
        return (0, 1)
    if words & LEISURE:
        high = min(high, 2)
        low = min(low, high)
    if words & SMART:
        low = max(low, 2)
        high = max(low, high)
    return low, high


@cache
def _steps() -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for line in FORMALITY.strip().splitlines():
        span, _, nouns = line.partition(":")
        low, high = span.split("-")
        found.update(dict.fromkeys(nouns.split(), (int(low), int(high))))
    return found


@cache
def _partners() -> dict[str, frozenset[str]]:
    return {noun: frozenset(others.split()) for noun, others in WORN_WITH.items()}


@cache
def _families() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(family.split()) for family in FAMILIES)
