"""Finds moods in articles without a language model: names that the lexicon knows, `-core` words, and the pieces beside them.

Honest about its limits: it recognises what it was taught, and understands no sentence. Pairs of names are never judged the
same here; the embedding thresholds decide alone.
"""

import json
import re
from functools import cache
from typing import Any, Final

from shared.chat.base import Question
from shared.fashion.moods import FoundMood, FoundMoods, SameMoods
from shared.local.lexicon import find_words

# primary mood -> name: other words for it (description)
KNOWN: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "Minimalist": {
        "Quiet Luxury": ("stealth wealth|old money look|logo-free luxury", "fine fabrics, no logos, muted colours"),
        "Clean Girl": ("clean girl aesthetic", "slicked hair, bare skin, white basics and small gold hoops"),
        "Scandi Minimalism": ("scandi style|copenhagen style", "functional shapes, neutral layers, Nordic calm"),
        "Nineties Minimalism": ("90s minimalism|nineties slip dress", "slip dresses, plain black, bare lines"),
    },
    "Maximalist": {
        "Dopamine Dressing": ("dopamine dressing|mood-boosting colour", "bright clashing colours worn to cheer up"),
        "Cluttercore": ("more is more|print clashing", "piled up prints, beads and layers, more is more"),
        "Mob Wife": ("mob wife aesthetic", "fur coats, big hair, gold, leopard print"),
    },
    "Romantic": {
        "Balletcore": ("ballet core|ballerina style|ballet flats", "wrap cardigans, tulle skirts, ballet flats, blush pink"),
        "Coquette": ("coquette aesthetic|bows and ribbons", "bows, lace, ribbons, pastel girlishness"),
        "Regencycore": ("regency core|empire waist", "empire waists, puff sleeves and gloves of the Regency"),
    },
    "Edgy": {
        "Grunge Revival": ("grunge revival|nineties grunge", "ripped denim, flannel shirts, heavy boots"),
        "Gothic Glamour": ("goth glam|whimsigoth", "black lace, velvet, dark lips, silver crosses"),
        "Biker Chic": ("moto chic|biker jacket", "leather biker jackets, boots, black denim"),
    },
    "Preppy": {
        "Tenniscore": ("tennis core|tennis whites|court style", "pleated white skirts, polo shirts, cable knit vests"),
        "Ivy Style": ("ivy league style|collegiate style", "blazers, loafers, rugby shirts, college crests"),
        "Old Money": ("old money aesthetic", "inherited wealth: cashmere, pearls, riding boots, navy blazers"),
    },
    "Bohemian": {
        "Boho Revival": ("boho chic|boho is back|bohemian revival", "floaty blouses, fringed suede, seventies maxi dresses"),
        "Festival Style": ("festival fashion|festival dressing", "crochet tops, denim cut-offs, flowers in the hair"),
        "Cowboycore": ("cowboy core|western wear|western style", "cowboy boots, fringe, denim and bolo ties"),
    },
    "Sporty": {
        "Athleisure": ("athleisure|yoga wear all day", "leggings, hoodies and trainers worn all day"),
        "Blokecore": ("bloke core|football shirts", "vintage football shirts, straight jeans, trainers"),
        "Gorpcore": ("gorp core|hiking gear", "technical outdoor jackets, trail shoes, fleece"),
    },
    "Classic": {
        "Office Siren": ("office siren|sexy secretary", "pencil skirts, tight shirts, small glasses of the nineties office"),
        "Parisian Chic": ("french girl style|parisian style", "trench coats, striped tops, straight jeans, red lipstick"),
        "Capsule Wardrobe": ("capsule wardrobe|timeless staples", "few timeless pieces that all combine"),
    },
    "Streetwear": {
        "Y2K": ("y2k fashion|noughties revival", "low-rise jeans, baby tees, logos of the early two-thousands"),
        "Techwear": ("tech wear|urban ninja", "black technical fabrics, straps, taped seams"),
        "Skater Style": ("skater style|baggy skate", "baggy jeans, hoodies, flat trainers of skateboarders"),
    },
    "Coastal": {
        "Coastal Grandmother": ("coastal grandma", "linen shirts, cream knits, bucket hats, a house by the sea"),
        "Nautical": ("sailor style|breton stripes", "breton stripes, navy and white, brass buttons"),
        "Mermaidcore": ("mermaid core|shell jewellery", "sequins, shells, sea green and shimmering fabrics"),
    },
    "Cottagecore": {
        "Prairie Dress": ("prairie dresses|milkmaid dress", "long floral cotton dresses with puffed sleeves and ruffles"),
        "Gardencore": ("garden core|gardening style", "dungarees, straw hats, florals and rubber boots"),
        "Grannycore": ("granny chic|grandma cardigan", "crochet cardigans, pleated skirts, brooches"),
    },
    "Dark Academia": {
        "Dark Academia Tweed": ("tweed blazers|scholarly tweed", "tweed blazers, turtlenecks, oxford shoes, leather satchels"),
        "Gothic Library": ("gothic library|poetcore", "dark velvet, ruffled white shirts, candle-lit bookishness"),
    },
}  # fmt: skip
CORE: Final = re.compile(r"\b([a-z]{3,20})[- ]?core\b", re.IGNORECASE)
NOT_MOODS: Final = frozenset({"hard", "multi", "soft", "encore"})


def extract(question: Question[Any]) -> FoundMoods:
    """Solve `moods.extract`."""
    found: dict[tuple[str, str], FoundMood] = {}
    for article in json.loads(question.text):
        text = f"{article['title']}. {article['summary']}"
        for primary, name, description in _names_in(text):
            mood = found.setdefault(
                (primary, name), FoundMood(name=name, primary_mood=primary, description=description, articles=[])
            )
            mood.articles.append(article["number"])
            words = find_words(f"{text} {description}")
            mood.key_pieces = list(dict.fromkeys([*mood.key_pieces, *words.garments]))
            mood.fabrics = list(dict.fromkeys([*mood.fabrics, *(word for word in words.styles if word in FABRICS)]))
            mood.patterns = list(dict.fromkeys([*mood.patterns, *(word for word in words.styles if word in PATTERNS)]))
    return FoundMoods(moods=list(found.values()))


def same(question: Question[Any]) -> SameMoods:
    """Solve `moods.same`: it cannot tell, and says so with no."""
    return SameMoods(same=[False] * len(json.loads(question.text)))


FABRICS: Final = frozenset({"denim", "leather", "linen", "silk", "wool", "cotton", "knitted"})
PATTERNS: Final = frozenset({"striped", "checked"})


@cache
def _table() -> tuple[dict[str, tuple[str, str, str]], re.Pattern[str]]:
    surfaces: dict[str, tuple[str, str, str]] = {}
    for primary, names in KNOWN.items():
        for name, (others, description) in names.items():
            for surface in (name.casefold(), *others.split("|")):
                surfaces[surface] = (primary, name, description)
    longest = sorted(surfaces, key=lambda surface: (-len(surface), surface))
    return surfaces, re.compile(r"\b(" + "|".join(map(re.escape, longest)) + r")\b", re.IGNORECASE)


def _names_in(text: str) -> list[tuple[str, str, str]]:
    surfaces, pattern = _table()
    known = [surfaces[match.group(1).casefold()] for match in pattern.finditer(text)]
    coined = [
        (_primary_of(text), f"{match.group(1).capitalize()}core", "")
        for match in CORE.finditer(text)
        if match.group(1).casefold() not in NOT_MOODS and not _is_known(match.group(1).casefold(), surfaces)
    ]
    return list(dict.fromkeys([*known, *coined]))


def _is_known(stem: str, surfaces: dict[str, tuple[str, str, str]]) -> bool:
    return f"{stem}core" in surfaces or f"{stem} core" in surfaces


def _primary_of(text: str) -> str:
    """A coined `-core` belongs where the article's own style words point; else it is of the street."""
    styles = find_words(text).styles
    names = {primary.casefold(): primary for primary in KNOWN}
    return next((names[style] for style in styles if style in names), "Streetwear")
