"""Which names are one mood: its canonical name, however it is retold.

"Old Money", "the old-money look" and "Oldmoneycore" are one, and so are names that mean one thing ("Western", "Cowboycore").
"""

import re
import unicodedata
from functools import cache
from typing import Final

from shared.fashion.mood_lexicon import MOODS

RETOLD: Final = frozenset(
    {
        "aesthetic", "aesthetics", "style", "styles", "styled", "look", "looks", "core", "trend", "trends", "fashion",
        "dressing", "vibe", "vibes", "inspired", "the", "a", "of", "and", "chic", "wear", "era", "season", "revival",
        "comeback", "return", "renaissance", "new", "modern",
    }
)  # fmt: skip
MADE_UP: Final = re.compile(r"(?<=[a-z]{3})(core|wave)$")
PREFIX: Final = re.compile(r"\b(anti|non|neo|post|un)-")
ENDING: Final = re.compile(r"(?<=[a-z]{4})(ism|istic|ists?|ing|ers?|s|e)$|(?<=[a-z]{3})(?<![sui])s$")
# words that say the same of a mood, by the word that is kept
SAME_WORDS: Final = {
    word: kept
    for kept, words in {
        "grandmother": "grandma granny gran nana nan", "grandfather": "grandpa grandad", "90s": "nineties",
        "80s": "eighties", "70s": "seventies", "60s": "sixties", "50s": "fifties", "y2k": "noughties 2000s 00s",
        "colour": "color", "grey": "gray", "cowboy": "western cowgirl rodeo", "nautical": "sailor maritime naval",
        "goth": "gothic", "boho": "bohemian", "scandi": "scandinavian nordic", "academia": "academic academics",
        "fairy": "faerie fae fairies pixie", "witch": "witchy wicca", "football": "soccer", "library": "librarian",
        "biker": "moto motorcycle", "prep": "preppy preppie", "ballet": "ballerina", "dog": "canine puppy",
        "cat": "feline kitten", "horse": "equine equestrian", "cafe": "coffeehouse coffeeshop", "clown": "circus jester",
        "royal": "royalty regal", "angel": "angelic", "vampire": "vamp vampy vampiric", "hippie": "hippy",
        "sport": "sporty sports", "sea": "ocean marine", "forest": "woodland woods", "space": "cosmic galaxy",
        "doll": "dolly dollette", "pastel": "pastels",
    }.items()
    for word in words.split()
}  # fmt: skip


def fold(name: str) -> str:
    """Return a name without what retellings differ in: accents, case, hyphens, "aesthetic", endings, the order of words."""
    return "".join(sorted(_words(name))) or re.sub(r"[^a-z0-9]", "", _plain(name))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold().replace("'", "")


def _words(name: str) -> list[str]:
    words = re.sub(r"[^a-z0-9]+", " ", PREFIX.sub(r"\1", _plain(name))).split()
    return [_stem(word) for word in words if word not in RETOLD]


def _stem(word: str) -> str:
    word = MADE_UP.sub("", word)
    word = SAME_WORDS.get(word, word)
    return SAME_WORDS.get(ENDING.sub("", word), ENDING.sub("", word))


def canonical(name: str) -> str:
    """Return what makes a name this mood's, however it is retold, and whichever of its synonyms it is."""
    folded = fold(name)
    return _synonyms().get(folded, folded)


def are_apart(one: str, other: str) -> bool:
    """True for names of two moods that the vocabulary tells apart, a mood and a kind of it ("Pastel Goth"), and two kinds
    of one ("Summer Goth", "Winter Goth").
    """
    known = {canonical(one), canonical(other)}
    if len(known) == 1:
        return False
    mine, theirs = set(_words(one)), set(_words(other))
    return known <= set(_synonyms().values()) or mine < theirs or theirs < mine or bool(mine & theirs)


@cache
def _synonyms() -> dict[str, str]:
    found: dict[str, str] = {}
    for mood in MOODS:
        found.setdefault(fold(mood.name), fold(mood.name))
    for mood in MOODS:
        for alias in mood.surfaces:
            found.setdefault(fold(alias), fold(mood.name))
    return found
