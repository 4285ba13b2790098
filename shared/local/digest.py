"""Suggests what to buy without a language model: by rule, from the wardrobe's summary alone, the same every time.

Honest about its limits: it knows a list of pieces (`shared.local.catalogue`) and the figures that it is told, and no fashion.
First it fills the gaps, in their order; then it looks for what goes with a piece that is never worn, with one no longer worn
and with those worn most; then for what the wardrobe has few of and combines with most of what it was told of.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from shared.chat.base import Question
from shared.fashion.colours import colour_named
from shared.fashion.combining import combining
from shared.fashion.garments import Piece, alike, garment_in, piece_of, suits
from shared.fashion.suggestions import SuggestedItem, Suggestions
from shared.local.catalogue import NOT_FOR_ALL, Offer, offers
from shared.local.told import Told, ToldItem

WANTED: Final = 4
PAIRS: Final = 3
# What a candidate is worth, added to the share (0 to 1) of the told pieces that it combines with. The least of it is the share
# of all pieces that its category has; the last three hold for each suggestion already in the answer.
LIKED_COLOUR, LIKED_GARMENT, OWNED_NOUN, OUT_OF_SEASON, NOT_FOR_THEM = 0.25, 0.3, -0.2, -0.5, -0.8
SAME_COLOUR, SAME_CATEGORY, SAME_NOUN = -0.3, -0.4, -1.0
CONFIDENCE: Final = {"gap": 0.7, "beside": 0.6, "most_worn": 0.55, "general": 0.5}
NOT_WORN_ON_THE_BODY: Final = frozenset({"bags", "accessories"})  # they bring no garment out of the wardrobe
METALS: Final = frozenset({"gold", "silver"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is looked for: the figures that say so, a sentence to begin with, and what has to be true of a piece."""

    kind: Literal["gap", "beside", "most_worn", "general"]
    keys: tuple[str, ...]
    opening: str = ""
    category: str | None = None
    need: str | None = None
    beside: tuple[ToldItem, ...] = ()  # it has to combine with one of them


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece in a colour, and the told garments that it combines with."""

    offer: Offer
    colour: str
    piece: Piece
    goes_with: tuple[ToldItem, ...]

    @property
    def name(self) -> str:
        """The piece as it is suggested: "olive waxed rain jacket"."""
        return f"{self.colour} {self.offer.name}"


@dataclass(slots=True)
class Search:
    """What is left to choose from, what was chosen, and what the choice depends on."""

    told: Told
    candidates: Sequence[Candidate]
    liked_colours: Sequence[str]
    liked_nouns: frozenset[str]
    shares: Mapping[str, float]
    unfamiliar: frozenset[str]  # nouns that not everybody wears, and nothing says that they do
    chosen: list[Candidate] = field(default_factory=list)


def suggest(question: Question[Any]) -> Suggestions:
    """Solve `digest.compose`: 4 suggestions; fewer where nothing more is left that is neither owned nor was said before."""
    told = Told.parse(question.text)
    counts, liked = told.counts(), _liked(told)
    nouns = frozenset(found.noun for word in told.garments if (found := garment_in(word)))
    search = Search(
        told=told, candidates=_candidates(told, liked), liked_colours=liked, liked_nouns=nouns,
        shares={name: count / sum(counts.values()) for name, count in counts.items()},
        unfamiliar=frozenset().union(*(some for some in NOT_FOR_ALL if some.isdisjoint((*told.owned, *nouns)))),
    )  # fmt: skip
    suggestions: list[SuggestedItem] = []
    for reason in _reasons(told):
        if len(suggestions) == WANTED:
            break
        best = max(_fitting(reason, search.candidates), key=lambda one: _worth(one, search), default=None)
        if best is not None:
            suggestions.append(_suggestion(reason, best, told))
            search.chosen.append(best)
            search.candidates = [one for one in search.candidates if not alike(one.piece, best.piece)]
    return Suggestions(suggestions=suggestions)


def _liked(told: Told) -> list[str]:
    """Return the colours a cloth may be dyed in that the user likes."""
    named = (colour_named(word) for word in told.colours)
    return list(dict.fromkeys(name for name in named if name and name != "denim" and name not in METALS))


def _candidates(told: Told, liked: Sequence[str]) -> list[Candidate]:
    """Return every piece and colour that suits the climate and is neither owned nor like anything suggested before."""
    earlier = [piece_of(text) for text in told.earlier]
    goes_with: dict[tuple[str, str], tuple[ToldItem, ...]] = {}
    found = []
    for offer in offers():
        if not suits(offer.name, told.climate):
            continue
        for colour in dict.fromkeys((*liked, *offer.colours) if offer.dyed else offer.colours):
            piece = piece_of(f"{colour} {offer.name}")
            known = (other for other in earlier if other.noun in {None, piece.noun})
            if told.owns(offer.noun, colour) or any(alike(piece, other) for other in known):
                continue
            pair = (offer.category, colour)
            if pair not in goes_with:
                goes_with[pair] = tuple(told.items[at] for at in combining(*pair, told.items))
            found.append(Candidate(offer, colour, piece, goes_with[pair]))
    return found


def _fitting(reason: Reason, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    for one in candidates:
        if reason.category not in {None, one.offer.category} or (reason.need and reason.need not in one.offer.traits):
            continue
        if reason.kind == "beside" and one.offer.category in NOT_WORN_ON_THE_BODY:
            continue
        if not reason.beside or any(item in one.goes_with for item in reason.beside):
            yield one


def _worth(one: Candidate, search: Search) -> float:
    """Return what a candidate is worth; ties go to the catalogue's order. The weights stand at the top of the module."""
    offer, told = one.offer, search.told
    out_of_season = bool(offer.traits & {"warm", "heavy"}) if told.is_warm else offer.traits & {"light", "warm"} == {"light"}
    worth = len(one.goes_with) / max(len(told.items), 1) - search.shares.get(offer.category, 0.0)
    worth += LIKED_COLOUR * (one.colour in search.liked_colours) + LIKED_GARMENT * (offer.noun in search.liked_nouns)
    worth += OWNED_NOUN * (offer.noun in told.owned) + OUT_OF_SEASON * out_of_season
    worth += NOT_FOR_THEM * (offer.noun in search.unfamiliar)
    for other in search.chosen:
        worth += SAME_COLOUR * (other.colour == one.colour) + SAME_NOUN * (other.offer.noun == offer.noun)
        worth += SAME_CATEGORY * (other.offer.category == offer.category)
    return worth


def _reasons(told: Told) -> Iterator[Reason]:
    """Yield why to look, best first. The last two kinds repeat, for as long as suggestions are missing."""
    gaps = [Reason("gap", (one.key,), _gap_said(one.text), one.category, one.need) for one in told.figures if one.category]
    yield from gaps
    for kind, opening in (
        ("never_worn", "You have not worn your {} yet."),
        ("no_longer_worn", "You have not worn your {} in the last 180 days."),
    ):
        figure = told.figure(kind)
        for item in told.named_in(figure)[:1] if figure else ():
            yield Reason("beside", (figure.key,) if figure else (), opening.format(item.label), beside=(item,))
    worn = told.figure("most_worn")
    if worn and (items := told.named_in(worn)):
        yield Reason("most_worn", (worn.key,), beside=items)
    general = [figure.key for kind in ("categories", "total") if (figure := told.figure(kind))]
    yield from [Reason("general", tuple(general))] * WANTED


def _gap_said(text: str) -> str:
    """Say a gap's text to its reader: "0 of 9 owned items are for rain" as "Your 9 pieces include nothing for rain."."""

    def none(match: re.Match[str]) -> str:
        total, made = match.groups()
        return ("You own" if total in {"0", "1"} else f"Your {total} pieces include") + (" nothing made" if made else " no")

    text = re.sub(r"^0 of (\d+) owned items are( made)?", none, text)
    text = re.sub(r"^1 of (\d+) owned items is", r"Only 1 of your \1 pieces comes under", text)
    text = re.sub(r"^(\d+) of (\d+) owned items are", r"Only \1 of your \2 pieces come under", text)
    return re.sub(r"; (?=\d)", ", yet ", text).replace("; the reference", ", where the reference") + "."


def _suggestion(reason: Reason, one: Candidate, told: Told) -> SuggestedItem:
    pairs = _pairs(reason, one)
    return SuggestedItem(
        item=one.name, category=one.offer.category, colour=one.colour, why=_why(reason, one, pairs, told),
        figures=list(reason.keys), pairs_with=[item.ref for item in pairs],
        expected_price=told.prices.get(one.offer.category), expected_wears_a_year=one.offer.wears,
        confidence=CONFIDENCE[reason.kind],
    )  # fmt: skip


def _pairs(reason: Reason, one: Candidate) -> list[ToldItem]:
    """Return up to 3 garments to wear it with: those the reason is about, then one of each category, the most worn first."""
    about = [item for item in reason.beside if item in one.goes_with]
    by_category: dict[str, ToldItem] = {item.category: item for item in reversed(one.goes_with)}
    others = [item for item in one.goes_with if by_category[item.category] is item and item not in about]
    return ([*about] if reason.kind == "most_worn" else [*about, *others])[:PAIRS]


def _why(reason: Reason, one: Candidate, pairs: Sequence[ToldItem], told: Told) -> str:
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
    return f"{_share_said(one.offer.category, told)}{subject} would go with {f'your {_listed(labels)}' if labels else 'much'}."


def _share_said(category: str, told: Told) -> str:
    counts, total = told.counts(), told.figure("total")
    owned = total.text.partition(" ")[0] if total else "0"
    if category not in counts or owned in {"0", "1"}:
        return ""
    return f"Of your {owned} pieces, {counts[category]} {'comes' if counts[category] == 1 else 'come'} under {category}. "


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
