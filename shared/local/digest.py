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
from typing import Any, Final, Literal

from shared.chat.base import Question
from shared.fashion.dressing import fits_season, season_of, worn_together
from shared.fashion.garments import alike
from shared.fashion.suggestions import MIN_SUGGESTIONS, SuggestedItem, Suggestions
from shared.local.candidates import OWNED_NOUN, SAME_CATEGORY, SAME_COLOUR, SAME_NOUN, Candidate, candidates_for
from shared.local.told import Told, ToldItem

WANTED, KINDS_TO_SPARE = 4, 10  # with fewer kinds left that are new, three a week last longer
PAIRS: Final = 3
GAPS: Final = 2  # a digest is no list of lacks
MIN_PARTNERS: Final = 2
CONFIDENCE: Final = {"gap": 0.7, "taste": 0.65, "beside": 0.6, "most_worn": 0.55, "general": 0.5}
NOT_WORN_ON_THE_BODY: Final = frozenset({"bags", "accessories"})  # they bring no garment out of the wardrobe


@dataclass(frozen=True, slots=True)
class Ground:
    """Why something is looked for: the figures that say so, a sentence to begin with, and what has to be true of a piece."""

    kind: Literal["gap", "taste", "beside", "most_worn", "general"]
    keys: tuple[str, ...]
    opening: str = ""
    category: str | None = None
    need: str | None = None
    beside: tuple[ToldItem, ...] = ()  # it has to combine with one of them


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
        told=told, candidates=candidates_for(told),
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
    """Return what a candidate is worth; ties go to the catalogue's order. The weights stand in `shared.local.candidates`."""
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
