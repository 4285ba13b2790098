"""A small lexicon of fashion words: which words of an item are styles and which are garments. Longest match first."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

STYLES: Final = {
    "minimalist": "minimalist minimal minimalism|clean lines|understated|pared back",
    "maximalist": "maximalist maximalism|bold mix|clashing",
    "tailored": "tailored tailoring|sharp cut|structured",
    "classic": "classic timeless|heritage",
    "preppy": "preppy prep|collegiate|ivy",
    "bohemian": "bohemian boho|folk|hippie",
    "romantic": "romantic|ruffled|lace|frilly|floral",
    "edgy": "edgy|punk|studded|grunge",
    "streetwear": "streetwear|street style|urban|hype",
    "sporty": "sporty|athleisure|athletic|activewear",
    "coastal": "coastal|nautical|marine|breton|seaside",
    "cottagecore": "cottagecore|prairie|rustic|gingham",
    "dark academia": "dark academia|scholarly|tweed|library",
    "quiet luxury": "quiet luxury|stealth wealth|old money|cashmere",
    "utility": "utility|workwear|cargo|military",
    "vintage": "vintage|retro|seventies|sixties",
    "glamorous": "glamorous|glam|sequin|sequinned|evening",
    "casual": "casual|relaxed|everyday|laid back",
    "smart casual": "smart casual|business casual",
    "outdoorsy": "outdoorsy|gorpcore|hiking|technical",
    "oversized": "oversized|slouchy|baggy",
    "layered": "layered|layering",
    "monochrome": "monochrome|tonal|tone on tone",
    "western": "western|cowboy|fringed",
    "feminine": "feminine|ladylike",
    "androgynous": "androgynous|unisex|boyish",
    "striped": "striped stripes|pinstripe",
    "checked": "checked plaid tartan|houndstooth",
    "denim": "denim|jean",
    "leather": "leather|suede",
    "linen": "linen",
    "silk": "silk satin silky",
    "wool": "wool woollen|merino",
    "cotton": "cotton",
    "knitted": "knitted knit|cable knit|crochet",
    "space age": "space age|futuristic|metallic",
    "cosy": "cosy cozy|comfy|hygge",
}  # fmt: skip
GARMENTS: Final = (
    "blazer|coat trench overcoat|jacket bomber|parka anorak|cardigan|jumper sweater pullover|hoodie sweatshirt|shirt "
    "button-down|blouse|t-shirt tee|top camisole|dress gown|skirt|trousers pants chinos slacks|jeans|shorts|suit|"
    "jumpsuit overalls coverall|waistcoat vest gilet|boots|loafers|trainers sneakers|heels pumps|sandals|scarf|hat beanie|"
    "cap|bag tote handbag|belt|gloves mittens|sunglasses glasses|mug|helmet"
)


@dataclass(frozen=True, slots=True)
class FoundWords:
    """Canonical words in the order of their first mention."""

    styles: tuple[str, ...]
    garments: tuple[str, ...]


@cache
def _table() -> tuple[dict[str, tuple[str, str]], re.Pattern[str]]:
    """Return surface -> (kind, canonical), and one pattern of all surfaces, longest first, at word boundaries."""
    surfaces: dict[str, tuple[str, str]] = {}
    for canonical, text in STYLES.items():
        for group in text.split("|"):
            surfaces[group] = ("style", canonical)
            surfaces.update({word: ("style", canonical) for word in group.split() if group.split()[0] == canonical})
        surfaces[canonical] = ("style", canonical)
    for group in GARMENTS.split("|"):
        words = group.split()
        surfaces.update(dict.fromkeys(words, ("garment", words[0])))
    longest = sorted(surfaces, key=lambda surface: (-len(surface), surface))
    return surfaces, re.compile(r"\b(" + "|".join(map(re.escape, longest)) + r")s?\b", re.IGNORECASE)


def find_words(text: str) -> FoundWords:
    """Return the lexicon's words in `text`."""
    surfaces, pattern = _table()
    found: dict[tuple[str, str], None] = {}
    for match in pattern.finditer(text):
        found.setdefault(surfaces[match.group(1).casefold()])
    return FoundWords(
        tuple(word for kind, word in found if kind == "style"), tuple(word for kind, word in found if kind == "garment")
    )
