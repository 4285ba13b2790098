"""Garment words: which category a word belongs to, what the thing is good for, and when two descriptions mean one piece."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from shared.fashion.climate import Zone
from shared.fashion.colours import colours_in
from shared.fashion.translations import in_english

Trait = Literal["rain", "snow", "warm", "heavy", "light"]

# category: "name other words | name ..."; a word of several parts is joined by hyphens
NOUNS: Final = {
    "tops": (
        "t-shirt tee tshirt|shirt button-down overshirt|blouse|polo polo-shirt|top camisole cami tunic|tank-top tank|bodysuit"
    ),
    "bottoms": (
        "trousers trouser pants pant chinos chino slacks culottes|jeans jean|shorts|skirt|leggings legging|"
        "joggers jogger sweatpants"
    ),
    "dresses": "dress gown sundress|jumpsuit playsuit romper|overalls dungarees",
    "outerwear": (
        "jacket blouson|coat overcoat|rain-jacket raincoat rain-coat mac waterproof-jacket waxed-jacket cagoule shell-jacket|"
        "trench trench-coat|parka|anorak windbreaker|puffer puffer-jacket down-jacket|denim-jacket jean-jacket trucker-jacket|"
        "leather-jacket biker-jacket|bomber bomber-jacket|gilet vest bodywarmer|cape poncho|fleece"
    ),
    "knitwear": "jumper sweater pullover|cardigan|hoodie sweatshirt hoody|turtleneck roll-neck rollneck polo-neck|knit",
    "shoes": (
        "boots boot|rain-boots wellingtons wellies|loafers loafer moccasins|trainers trainer sneakers sneaker|heels heel pumps "
        "pump stilettos|sandals sandal flip-flops|flats ballet-flats ballerinas|brogues oxfords derbies|espadrilles|"
        "shoes shoe mules"
    ),
    "bags": "bag handbag|tote tote-bag|backpack rucksack|clutch|crossbody-bag shoulder-bag satchel",
    "accessories": (
        "scarf scarves shawl|"
        "hat fedora|beanie|cap|belt|gloves glove mittens|sunglasses glasses|tie necktie bow-tie|watch wristwatch|"
        "umbrella|necklace|earrings earring hoops|bracelet|ring|wallet cardholder|socks sock|tights|pocket-square|brooch|"
        "hair-ribbon|cufflinks cufflink"
    ),
    "activewear": "sports-bra|sports-top running-top|running-shorts cycling-shorts|yoga-pants|tracksuit",
    "tailoring": (
        "blazer sport-coat sports-coat suit-jacket|suit tuxedo|waistcoat|suit-trousers dress-trousers tailored-trousers"
    ),
    "swimwear": "swimsuit swimming-costume|bikini|trunks swim-shorts boardshorts",
    "underwear": "bra|briefs boxers panties knickers thong|lingerie|pyjamas pajamas|vest-top undershirt",
}  # fmt: skip
CATEGORY_WORDS: Final = {
    "tops": "tops t-shirts tees shirts blouses camisoles",
    "bottoms": "bottoms bottom trousers pants denim jeans skirts shorts",
    "dresses": "dresses dress jumpsuits all-in-one onepiece one-piece",
    "outerwear": "outerwear outer coats jackets outdoor",
    "knitwear": "knitwear knits knit sweaters jumpers sweatshirts hoodies",
    "shoes": "shoes shoe footwear boots sneakers trainers",
    "bags": "bags bag handbags luggage",
    "accessories": "accessories accessory jewellery jewelry hats scarves belts eyewear watches",
    "activewear": "activewear sportswear gym sports athletic athleisure",
    "tailoring": "tailoring suits suiting blazers formal formalwear",
    "swimwear": "swimwear swim beachwear",
    "underwear": "underwear lingerie sleepwear nightwear loungewear hosiery",
}  # fmt: skip
TRAITS: Final[dict[Trait, str]] = {
    "rain": (
        "rain rain-jacket trench parka anorak rain-boots umbrella raincoat waterproof waxed gore-tex wellington water-resistant"
    ),
    "snow": "snow boots rain-boots",
    "warm": (
        "coat parka puffer fleece jumper turtleneck beanie gloves scarf wool woollen merino cashmere shearling thermal winter "
        "quilted padded insulated down knitted sherpa"
    ),
    "heavy": "coat parka puffer shearling thermal winter padded insulated snow sherpa",
    "light": (
        "linen shorts sandals espadrilles swimsuit bikini trunks sundress seersucker tank-top summer sleeveless t-shirt cap"
    ),
}  # fmt: skip
SUMMER_ONLY: Final = frozenset({"sandals", "espadrilles", "shorts", "tank-top"})
MAX_TEXT: Final = 300
# what stands behind it is no part of the thing: "boots with a strap", "camisa de lino"
BESIDE: Final = re.compile(r"\b(?:with|for|to wear|mit|fur|aus|avec|pour|con|para|com|met|voor|de|di|van|von)\b")
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
    head = re.split(BESIDE, _plain(text), maxsplit=1)[0]
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


def suits(text: str, zone: Zone | None) -> bool:
    """Whether a piece can be worn in a climate, as far as its words decide it.

    A heavy winter coat is not for the tropics, and what is worn on beaches alone is not for polar cold.
    """
    if zone == "tropical":
        return "heavy" not in traits_of(text)
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
    longest = sorted(surfaces, key=lambda surface: (-len(surface), surface))
    return surfaces, re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, longest)) + r")(?![\w-])")


@cache
def _category_words() -> dict[str, str]:
    return {word: category for category, text in CATEGORY_WORDS.items() for word in text.split()}


@cache
def _traits() -> dict[Trait, frozenset[str]]:
    return {trait: frozenset(text.split()) for trait, text in TRAITS.items()}
