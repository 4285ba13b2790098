"""Suggests what to buy without a language model: by rule, from the wardrobe's summary alone, the same every time.

Honest about its limits: it knows a list of pieces (`shared.local.catalogue`), the rules of `shared.fashion.dressing` and the
figures that it is told, and no fashion. What is suggested is for the climate and the season that comes, of a kind that the
wearer wears or likes and has not turned down, and goes with what they own. First it looks at the first gaps and at what they
like, then for what goes with a piece that is never worn, with one no longer worn and with those worn most. Kinds
rotate: one that was suggested before comes again only when too little else is left, and then the one that is the longest ago.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Literal

from shared.chat.base import Question
from shared.fashion.colours import colour_named
from shared.fashion.combining import combining
from shared.fashion.dressing import fits_season, formality, is_for, is_too_bare, kinds_of, season_of, worn_together
from shared.fashion.garments import Piece, alike, garment_in, piece_of, suits, traits_of, warms
from shared.fashion.suggestions import JUST_SUGGESTED, MIN_SUGGESTIONS, SuggestedItem, Suggestions
from shared.local.catalogue import Offer, offers
from shared.local.tastes import likes_of
from shared.local.told import Told, ToldItem

WANTED, KINDS_TO_SPARE = 4, 10  # with fewer kinds left that are new, three a week last longer
PAIRS: Final = 3
GAPS: Final = 2  # a digest is no list of lacks
MIN_PARTNERS: Final = 2
# What a candidate is worth, added to the share (0 to 1) of the told pieces that it combines with. The least of it is the share
# of all pieces that its category has; the last three hold for each suggestion already in the answer.
LIKED_COLOUR, LIKED_GARMENT, LIKED_STYLE, STYLE_COLOUR, OWNED_NOUN = 0.35, 0.4, 0.35, 0.2, -0.2
SAME_COLOUR, SAME_CATEGORY, SAME_NOUN = -0.3, -0.4, -1.0
CONFIDENCE: Final = {"gap": 0.7, "taste": 0.65, "beside": 0.6, "most_worn": 0.55, "general": 0.5}
NOT_WORN_ON_THE_BODY: Final = frozenset({"bags", "accessories"})  # they bring no garment out of the wardrobe
METALS: Final = frozenset({"gold", "silver"})
SMART: Final = 3


@dataclass(frozen=True, slots=True)
class Ground:
    """Why something is looked for: the figures that say so, a sentence to begin with, and what has to be true of a piece."""

    kind: Literal["gap", "taste", "beside", "most_worn", "general"]
    keys: tuple[str, ...]
    opening: str = ""
    category: str | None = None
    need: str | None = None
    beside: tuple[ToldItem, ...] = ()  # it has to combine with one of them


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


@dataclass(slots=True)
class IdeaSearch:
    """What is left to choose from, what was chosen, and what the choice depends on."""

    told: Told
    candidates: Sequence[Candidate]
    shares: Mapping[str, float]
    chosen: list[Candidate] = field(default_factory=list)
    paired: set[str] = field(default_factory=set)


def suggest(question: Question[Any]) -> Suggestions:
    """Solve `digest.compose`: 4 suggestions; fewer where nothing more is left that may be suggested."""
    told = Told.parse(question.text)
    counts = told.counts()
    search = IdeaSearch(
        told=told, candidates=_candidates(told),
        shares={name: count / sum(counts.values()) for name, count in counts.items()},
    )  # fmt: skip
    suggestions: list[SuggestedItem] = []
    spare = len({one.offer.noun for one in search.candidates if one.age is None})
    wanted = WANTED if spare >= KINDS_TO_SPARE or not told.recent else MIN_SUGGESTIONS
    for reason in _reasons(told):
        if len(suggestions) == wanted:
            break
        best = _best(reason, search, short=len(suggestions) < MIN_SUGGESTIONS)
        if best is not None:
            suggestions.append(_suggestion(reason, best, search))
            search.chosen.append(best)
            search.candidates = [
                one for one in search.candidates if not alike(one.piece, best.piece) and not one.offer.kinds & best.offer.kinds
            ]
    return Suggestions(suggestions=suggestions)


def _candidates(told: Told) -> list[Candidate]:
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


def _best(reason: Ground, search: IdeaSearch, *, short: bool) -> Candidate | None:
    """Return the best candidate of the first of these groups that has one: of a kind that was not suggested before, with two
    partners or more; with fewer; and where suggestions are missing (`short`), the kind that was suggested the longest ago.
    """
    fitting = [one for one in _fitting(reason, search.candidates) if reason.kind != "taste" or one.liked]
    fresh = [one for one in fitting if one.age is None]
    needed = min(MIN_PARTNERS, len(search.told.items))
    groups = [[one for one in fresh if len(one.goes_with) >= needed]]
    if reason.kind == "general":
        groups.append(fresh)
        if short:
            oldest = max((one.age for one in fitting if one.age is not None), default=None)
            groups.append([one for one in fitting if one.age == oldest])
    for group in groups:
        if group:
            return max(group, key=lambda one: _worth(one, search))
    return None


def _fitting(reason: Ground, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    for one in candidates:
        if reason.category not in {None, one.offer.category} or (reason.need and reason.need not in one.offer.traits):
            continue
        if reason.need == "warm" and season_of(one.offer.name) != "winter":
            continue
        if reason.kind == "beside" and one.offer.category in NOT_WORN_ON_THE_BODY:
            continue
        if not reason.beside or any(item in one.goes_with for item in reason.beside):
            yield one


def _worth(one: Candidate, search: IdeaSearch) -> float:
    """Return what a candidate is worth; ties go to the catalogue's order. The weights stand at the top of the module."""
    offer, told = one.offer, search.told
    worth = len(one.goes_with) / max(len(told.items), 1) - search.shares.get(offer.category, 0.0)
    worth += one.liking + OWNED_NOUN * (offer.noun in told.owned)
    for other in search.chosen:
        worth += SAME_COLOUR * (other.colour == one.colour) + SAME_NOUN * (other.offer.noun == offer.noun)
        worth += SAME_CATEGORY * (other.offer.category == offer.category)
    return worth


def _reasons(told: Told) -> Iterator[Ground]:
    """Yield why to look, best first. The last kind repeats, for as long as suggestions are missing."""
    general = tuple(figure.key for kind in ("categories", "total") if (figure := told.figure(kind)))
    gaps = [Ground("gap", (one.key,), _gap_said(one.text), one.category, one.need) for one in told.figures if one.category]
    taste = Ground("taste", general)
    yield from gaps[:GAPS] if told.items else gaps
    yield taste
    for kind, opening in (
        ("never_worn", "You have not worn your {} yet."),
        ("no_longer_worn", "You have not worn your {} in the last 180 days."),
    ):
        figure = told.figure(kind)
        for item in told.named_in(figure)[:1] if figure else ():
            if fits_season(item.label, zone=told.climate, coming=told.coming_season):
                yield Ground("beside", (figure.key,) if figure else (), opening.format(item.label), beside=(item,))
    yield taste
    worn = told.figure("most_worn")
    if worn and (items := told.named_in(worn)):
        yield Ground("most_worn", (worn.key,), beside=items)
    yield from gaps[GAPS:]
    yield from [Ground("general", general)] * WANTED


def _gap_said(text: str) -> str:
    """Say a gap's text to its reader: "0 of 9 owned items are for rain" as "Your 9 pieces include nothing for rain."."""

    def none(match: re.Match[str]) -> str:
        total, made = match.groups()
        return ("You own" if total in {"0", "1"} else f"Your {total} pieces include") + (" nothing made" if made else " no")

    text = re.sub(r"^0 of (\d+) owned items are( made)?", none, text)
    text = re.sub(r"^1 of (\d+) owned items is (\w+)", r"Among your \1 pieces there is 1 that counts as \2", text)
    text = re.sub(r"^(\d+) of (\d+) owned items are (\w+)", r"Among your \2 pieces there are \1 \3", text)
    return re.sub(r"; (?=\d)", ", yet ", text).replace("; most wardrobes", ", where most wardrobes") + "."


def _suggestion(reason: Ground, one: Candidate, search: IdeaSearch) -> SuggestedItem:
    told = search.told
    pairs = _pairs(reason, one, search.paired)
    search.paired.update(item.ref for item in pairs)
    said = f" {one.liked}" if one.liked else ""
    return SuggestedItem(
        item=one.name, category=one.offer.category, colour=one.colour, why=_why(reason, one, pairs, told) + said,
        figures=list(reason.keys), pairs_with=[item.ref for item in pairs],
        expected_price=told.prices.get(one.offer.category), expected_wears_a_year=told.wears_a_year(one.offer.category),
        confidence=CONFIDENCE[reason.kind],
    )  # fmt: skip


def _pairs(reason: Ground, one: Candidate, paired: set[str]) -> list[ToldItem]:
    """Return up to 3 garments to wear it with: those the reason is about, then one of each category that no suggestion before
    was paired with, the most worn first; all of them go with one another as well.
    """
    about = [item for item in reason.beside if item in one.goes_with]
    order = sorted(one.goes_with, key=lambda item: item.ref in paired)
    chosen: list[ToldItem] = []
    for item in about if reason.kind == "most_worn" else [*about, *order]:
        fits = all(item.category != other.category and worn_together(item.label, other.label) for other in chosen)
        if item not in chosen and fits:
            chosen.append(item)
    return chosen[:PAIRS]


def _why(reason: Ground, one: Candidate, pairs: Sequence[ToldItem], told: Told) -> str:
    """Return one or two sentences that hold no number but those of the figures cited, and of the names of garments."""
    subject = _subject(one.name)
    labels = [item.label for item in pairs]
    if reason.kind == "gap":
        beside = f", and would go with your {_listed(labels)}" if labels else ""
        return f"{reason.opening} {subject} would change that{beside}."
    if reason.kind == "beside":
        beside = f", and with your {_listed(labels[1:])}" if labels[1:] else ""
        return f"{reason.opening} {subject} would go with {'them' if _is_plural(labels[0]) else 'it'}{beside}."
    if reason.kind == "most_worn":
        return f"{subject} would go with what you wear most of late: your {_listed(labels)}."
    wearing = f"go with your {_listed(labels)}" if labels else "be something new to wear"
    return f"{_share_said(one.offer.category, told)}{subject} would {wearing}."


def _share_said(category: str, told: Told) -> str:
    counts, total = told.counts(), told.figure("total")
    owned = total.text.partition(" ")[0] if total else "0"
    if category not in counts or owned in {"0", "1"}:
        return ""
    number = counts[category]
    return f"Of your {owned} pieces, {number} {'counts' if number == 1 else 'count'} as {category}. "


def _plural(noun: str) -> str:
    word = noun.replace("-", " ")
    return word if word.endswith("s") else f"{word}es" if word.endswith(("x", "ch", "sh")) else f"{word}s"


def _subject(name: str) -> str:
    """Return a name as a sentence begins with it: with its article, or without one for what comes in pairs."""
    if _is_plural(name):
        return name[:1].upper() + name[1:]
    return f"{'An' if name[:1] in 'aeiou' else 'A'} {name}"


def _is_plural(label: str) -> bool:
    noun = label.partition(" (")[0]
    return noun.endswith("s") and not noun.endswith("ss")


def _listed(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
