"""What may be suggested at all by rule: each piece of the catalogue in each colour, with what speaks for it.

What the wearer turned down, was suggested lately, owns already or would not wear is none. `shared.local.digest` chooses.
"""

from dataclasses import dataclass
from itertools import chain
from typing import Final

from shared.fashion.colours import colour_named
from shared.fashion.combining import combining
from shared.fashion.dressing import fits_season, formality, is_for, is_too_bare, kinds_of, season_of, worn_together
from shared.fashion.garments import Piece, alike, garment_in, piece_of, suits, traits_of, warms
from shared.fashion.suggestions import JUST_SUGGESTED
from shared.local.catalogue import Offer, offers
from shared.local.tastes import likes_of
from shared.local.told import Told, ToldItem

# What a candidate is worth, added to the share (0 to 1) of the told pieces that it combines with. The least of it is the share
# of all pieces that its category has; the last three hold for each suggestion already in the answer.
LIKED_COLOUR, LIKED_GARMENT, LIKED_STYLE, STYLE_COLOUR, OWNED_NOUN = 0.35, 0.4, 0.35, 0.2, -0.2
SAME_COLOUR, SAME_CATEGORY, SAME_NOUN = -0.3, -0.4, -1.0
METALS: Final = frozenset({"gold", "silver"})
SMART: Final = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece in a colour, the told garments that it combines with, and what of the taste speaks for it.

    `age`: how many suggestions ago its kind was suggested; None: never, as far as is known.
    """

    offer: Offer
    colour: str
    piece: Piece
    goes_with: tuple[ToldItem, ...]
    liked: str
    liking: float
    age: int | None

    @property
    def name(self) -> str:
        """The piece as it is suggested: "olive waxed rain jacket"."""
        return f"{self.colour} {self.offer.name}"


@dataclass(frozen=True, slots=True)
class Liking:
    """The taste, as far as a rule can use it. `styles`: each with the words for pieces and the colours that it likes."""

    colours: tuple[str, ...]
    nouns: frozenset[str]
    styles: tuple[tuple[str, frozenset[str], frozenset[str]], ...]

    @classmethod
    def of(cls, told: Told) -> "Liking":
        """Read it. The colours are those that a cloth may be dyed in."""
        named = (colour_named(word) for word in told.colours)
        colours = dict.fromkeys(name for name in named if name and name != "denim" and name not in METALS)
        nouns = frozenset(found.noun for word in (*told.garments, *told.styles) if (found := garment_in(word)))
        return cls(tuple(colours), nouns, tuple((style, *likes_of(style)) for style in told.styles))

    def of_piece(self, offer: Offer, colour: str) -> tuple[str, float]:
        """Return what to say of it, empty for nothing, and what it is worth."""
        said, worth = "", 0.0
        words = {*offer.name.replace("-", " ").split(), offer.noun}
        for style, pieces, colours in self.styles:
            if words & pieces:
                said, worth = f"It suits the {style} style that you like.", worth + LIKED_STYLE
                break
            if colour in colours:
                worth += STYLE_COLOUR
                break
        if offer.noun in self.nouns:
            said, worth = said or f"You like {_plural(offer.noun)}.", worth + LIKED_GARMENT
        if colour in self.colours:
            said, worth = f"It comes in the {colour} that you like.", worth + LIKED_COLOUR
        return said, worth


def candidates_for(told: Told) -> list[Candidate]:
    """Return every piece and colour that may be suggested at all: what the digest's checks ask for, and no more."""
    liking = Liking.of(told)
    earlier = [piece_of(text) for text in (*told.rejected, *told.recent)]
    refused = frozenset(chain.from_iterable(kinds_of(text) for text in told.rejected))
    ages: dict[str, int] = {}
    for place, text in enumerate(told.recent):
        for kind in kinds_of(text):
            ages.setdefault(kind, place)
    smart = _wears_smart(told, liking)
    found = []
    for offer in offers():
        if not _is_wearable(offer, told, liking) or offer.kinds & refused or (formality(offer.name)[0] >= SMART and not smart):
            continue
        age = min((ages[kind] for kind in offer.kinds if kind in ages), default=None)
        if age is not None and age < JUST_SUGGESTED:
            continue
        partners = [item for item in told.items if worn_together(offer.name, item.label)]
        for colour in dict.fromkeys((*liking.colours, *offer.colours) if offer.dyed else offer.colours):
            piece = piece_of(f"{colour} {offer.name}")
            known = (other for other in earlier if other.noun in {None, piece.noun})
            if told.owns(offer.noun, colour) or any(alike(piece, other) for other in known):
                continue
            goes_with = tuple(partners[at] for at in combining(offer.category, colour, partners))
            found.append(Candidate(offer, colour, piece, goes_with, *liking.of_piece(offer, colour), age))
    return found


def _is_wearable(offer: Offer, told: Told, liking: Liking) -> bool:
    return (
        suits(offer.name, told.climate)
        and fits_season(offer.name, zone=told.climate, coming=told.coming_season)
        and (told.climate is not None or season_of(offer.name) is None or not told.items)
        and not (told.climate == "dry" and _is_warm(offer.name) and told.items and not _wears_winter(told))
        and is_for(offer.noun, told.owned, liking.nouns)
        and not is_too_bare(offer.name, told.owned, liking.nouns)
    )


def _is_warm(name: str) -> bool:
    return season_of(name) == "winter" or warms(name)


def _wears_winter(told: Told) -> bool:
    """Whether told pieces are for the cold, two at least or a heavy one: dry climates are hot ones or not, and a wardrobe tells
    which; a shawl alone does not.
    """
    cold = [item.label for item in told.items if season_of(item.label) == "winter"]
    return len(cold) > 1 or any("heavy" in traits_of(label) for label in cold)


def _wears_smart(told: Told, liking: Liking) -> bool:
    """Whether business and evening clothes are worn: two such pieces are owned, or one is liked."""
    owned = sum(formality(item.label)[0] >= SMART for item in told.items)
    return owned > 1 or any(formality(noun)[0] >= SMART for noun in liking.nouns)


def _plural(noun: str) -> str:
    word = noun.replace("-", " ")
    return word if word.endswith("s") else f"{word}es" if word.endswith(("x", "ch", "sh")) else f"{word}s"
