"""Garment words: which category a word belongs to, what the thing is good for, and when two descriptions mean one piece."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from shared.fashion.climate import Zone
from shared.fashion.colours import colours_in
from shared.fashion.garment_lists import CATEGORY_WORDS, NOUNS, TRAITS, Trait
from shared.fashion.translations import in_english

HOT_IN: Final = frozenset({"boots", "trench", "turtleneck"})
SUMMER_ONLY: Final = frozenset({"sandals", "espadrilles", "shorts", "tank-top"})
MAX_TEXT: Final = 300
# what stands behind it is no part of the thing: "boots with a strap", "camisa de lino"
BESIDE: Final = re.compile(r"\b(?:with|for|to wear|mit|fuer|aus|avec|pour|con|para|com|met|voor|de|di|van|von)\b")
# words for things that here are none: "jeans, boot cut" are no boots, and a "t-shirt, tie dye" is no tie
NO_THINGS: Final = re.compile(
    r"\b(?:tie-?[ -]?dye[d]?|boot[ -]cut|cap[ -]sleeves?|cape[ -]sleeves?|bell[ -]bottom|tie (?:waist|front|neck|back)"
    r"|ring detail|belt loops?|(?:block|kitten|low|flat|stacked|wedge|chunky|small|mid) heel|heel height|scarf print"
    r"|(?:tank|vest|shirt|coat|jacket) style|skirt length|top (?:stitched|stitching|handle))\b"
)
MIN_SHARED_WORDS: Final = 2
NOT_NAMES: Final = frozenset({
    "a", "an", "and", "the", "of", "in", "with", "for", "or", "my", "new", "pair", "men", "mens", "women", "womens",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Garment:
    """What a text names: the head noun ("rain-jacket"), and its category."""

    noun: str
    category: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A description reduced to what tells pieces apart: the words of its name, its head noun, its colours."""

    words: frozenset[str]
    noun: str | None
    colours: frozenset[str]


@lru_cache(maxsize=8192)
def garment_in(text: str) -> Garment | None:
    """Return the head noun of a text, the last garment that it names before a "with" or "for": None when it names none."""
    surfaces, pattern = _nouns()
    head = re.split(BESIDE, NO_THINGS.sub(" ", _plain(text)), maxsplit=1)[0]
    found = [surfaces[match.group(1)] for match in pattern.finditer(head)]
    return found[-1] if found else None


@lru_cache(maxsize=8192)
def category_named(text: str) -> str | None:
    """Return the category of the closed list that a category's free text means ("Women > T-Shirts"); None when unclear."""
    words = _plain(text).split()
    table = _category_words()
    named = next((table[word] for word in reversed(words) if word in table), None)
    garment = None if named else garment_in(text)
    return named or (garment.category if garment else None)


@lru_cache(maxsize=8192)
def words_in(text: str) -> frozenset[str]:
    """Return the words of a description, in English as far as they are known."""
    return frozenset(_plain(text).replace("-", " ").split()) | frozenset(_plain(text).split())


@lru_cache(maxsize=8192)
def last_word(text: str) -> str:
    """Return the last word of a description before a "with" or "for", in the singular: "bomber jackets" is a jacket."""
    words = re.split(BESIDE, _plain(text), maxsplit=1)[0].split()
    last = _singular(words[-1]) if words else ""
    return last if last == "t-shirt" else last.rpartition("-")[2]


@lru_cache(maxsize=8192)
def traits_of(text: str) -> frozenset[Trait]:
    """Return what a piece is good for, by the words of its description and its head noun."""
    garment = garment_in(text)
    words = {*_plain(text).split(), *([garment.noun] if garment else [])}
    return frozenset(trait for trait, known in _traits().items() if words & known)


def warms(text: str) -> bool:
    """Whether a piece is too warm for where it is always hot."""
    garment, traits = garment_in(text), traits_of(text)
    if garment is None:
        return "heavy" in traits
    return "heavy" in traits or garment.noun in HOT_IN or ("warm" in traits and garment.category == "outerwear")


def suits(text: str, zone: Zone | None) -> bool:
    """Whether a piece can be worn in a climate, as far as its words decide it.

    A heavy winter coat is not for the tropics, and what is worn on beaches alone is not for polar cold.
    """
    if zone == "tropical":
        return not warms(text)
    garment = garment_in(text)
    return not (zone == "polar" and garment and (garment.category == "swimwear" or garment.noun in SUMMER_ONLY))


def piece_of(text: str, colours: Iterable[str] = ()) -> Piece:
    """Return what tells a described piece apart; `colours`: those that are known besides the text."""
    return _piece_of(text[:MAX_TEXT], tuple(colours))


@lru_cache(maxsize=8192)
def _piece_of(text: str, colours: tuple[str, ...]) -> Piece:
    garment = garment_in(text)
    named = frozenset((*colours_in(text), *colours)) - {"denim"}
    nouns, _ = _nouns()
    words = {
        nouns[word].noun if word in nouns else _singular(word)
        for word in _plain(text).split()
        if word in nouns or not (word in NOT_NAMES or colours_in(word))
    }
    return Piece(frozenset(words), garment.noun if garment else None, named)


def alike(one: Piece, other: Piece) -> bool:
    """Whether two pieces are the same thing to buy.

    They are when neither their nouns nor their colours contradict, and: the words of their names are the same; or noun and
    colour are; or the words of one name, two at least, are all among the other's. A colour that is not known contradicts none.
    """
    if one.noun and other.noun and one.noun != other.noun:
        return False
    if one.colours and other.colours and not one.colours & other.colours:
        return False
    if one.words and one.words == other.words:
        return True
    if one.noun is None or one.noun != other.noun:
        return False
    fewer, more = sorted((one.words, other.words), key=len)
    return bool(one.colours & other.colours) or (len(fewer) >= MIN_SHARED_WORDS and fewer <= more)


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """In English as far as we know the words, lower case, without accents; words of several parts that we know are joined by a
    hyphen, all else by spaces.
    """
    bounded = in_english(text[:MAX_TEXT])
    if not bounded.isascii():
        bounded = "".join(one for one in unicodedata.normalize("NFKD", bounded) if not unicodedata.combining(one))
    spaced = " ".join(re.findall(r"\w+", bounded.casefold()))
    return _compounds().sub(lambda match: match.group(0).replace(" ", "-"), spaced)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004


@cache
def _compounds() -> re.Pattern[str]:
    texts = (*NOUNS.values(), *CATEGORY_WORDS.values(), *TRAITS.values())
    parts = {word.replace("-", " ") for text in texts for word in re.split(r"[ |]", text) if "-" in word}
    longest = sorted(parts, key=lambda part: (-len(part), part))
    return re.compile(r"\b(" + "|".join(map(re.escape, longest)) + r")(?:e?s)?\b")


@cache
def _nouns() -> tuple[dict[str, Garment], re.Pattern[str]]:
    surfaces: dict[str, Garment] = {}
    for category, text in NOUNS.items():
        for group in text.split("|"):
            words = group.split()
            for word in words:
                for surface in (word, f"{word}s", f"{word}es"):
                    surfaces.setdefault(surface, Garment(words[0], category))
    del surfaces["thongs"]  # underwear here, sandals in Australia
    longest = sorted(surfaces, key=lambda surface: (-len(surface), surface))
    return surfaces, re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, longest)) + r")(?![\w-])")


@cache
def _category_words() -> dict[str, str]:
    return {word: category for category, text in CATEGORY_WORDS.items() for word in text.split()}


@cache
def _traits() -> dict[Trait, frozenset[str]]:
    return {trait: frozenset(text.split()) for trait, text in TRAITS.items()}
