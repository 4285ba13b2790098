"""Judges a model's suggestions against the summary and the wardrobe, in sentences that a model can be told.

Numbers: every number in a `why` has to stand in a figure that it cites. Free are zero to five, ordinals ("2nd"), decades
("1970s", "90s"), the window's year and its neighbours, the suggestion's own price, wears a year and their quotient, and the
numbers in the names of the piece and of what it is paired with ("501 jeans").
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from agents.weekly_digest.gaps import UNDERSTOOD
from agents.weekly_digest.items import WardrobeItem
from agents.weekly_digest.summary import Summary
from shared.fashion.dressing import fits_season, is_for, is_too_bare, kinds_of, worn_together
from shared.fashion.garments import Piece, alike, garment_in, piece_of, suits
from shared.fashion.suggestions import (
    CATEGORIES,
    JUST_SUGGESTED,
    MAX_SUGGESTIONS,
    MIN_SUGGESTIONS,
    SuggestedItem,
    Suggestions,
    plain_line,
)

FREE_UP_TO: Final = 5
NUMBER_WORDS: Final = {
    "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0, "thirteen": 13.0,
    "fourteen": 14.0, "fifteen": 15.0, "sixteen": 16.0, "seventeen": 17.0, "eighteen": 18.0, "nineteen": 19.0, "twenty": 20.0,
    "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "eighty": 80.0, "ninety": 90.0,
    "dozen": 12.0, "hundred": 100.0,
}  # fmt: skip
NOT_A_FIGURE: Final = re.compile(r"\b\d+(?:st|nd|rd|th)\b|\b\d{2,4}s\b", re.IGNORECASE)
DIGIT: Final = re.compile(r"\d")
NUMBER: Final = re.compile(r"(?<!\w)\d+(?:[.,]\d+)*")
THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
WORD: Final = re.compile(r"\w+")
MAX_NAMED: Final = 60
JARGON: Final = re.compile(
    r"\b(?:reference mix|wear history|figures? [fg]\d+|(?:key|ref) i\d+|versatility score|wardrobe gaps?|"
    r"gap analysis)\b", re.IGNORECASE,
)  # fmt: skip


def problems_of(suggestions: Suggestions, summary: Summary, owned_items: Sequence[WardrobeItem]) -> list[str]:
    """Return what is wrong, one sentence each, at most one of a kind for a suggestion; empty where they may be sent.

    A piece counts as owned, or as suggested before, by `shared.fashion.garments.alike`: the same noun and colour, or the same
    name, where neither contradicts. Whether it suits the user's taste is not judged: no rule could.
    """
    found = suggestions.suggestions
    named = [item.piece.noun for item in owned_items if item.piece.noun]
    # what a wardrobe whose names cannot be read does not show is not absent
    owned_nouns = frozenset(named) if len(named) >= UNDERSTOOD * len(owned_items) else frozenset()
    liked_nouns = frozenset(garment.noun for word in summary.liked if (garment := garment_in(word)))
    problems = []
    if not MIN_SUGGESTIONS <= len(found) <= MAX_SUGGESTIONS:
        problems.append(f"There are {len(found)} suggestions; give {MIN_SUGGESTIONS} to {MAX_SUGGESTIONS}.")
    pieces = [_piece(one) for one in found]
    owned = [(item.label, item.piece) for item in owned_items]
    rejected, recent = _pieces(summary.rejected), _pieces(summary.recent)
    for (one, piece), (other, other_piece) in combinations(zip(found, pieces, strict=True), 2):
        if alike(piece, other_piece):
            problems.append(f"{_name(one)} and {_name(other)} are the same thing; suggest two different ones.")
    for one, piece in zip(found, pieces, strict=True):
        before = list(_known_before(one, piece, owned, rejected, recent))
        problems += before or _of_its_kind(one, summary, owned_nouns, liked_nouns)
        problems += _of_one(one, summary)
        problems += _of_its_pairs(one, summary)
    return problems


def numbers_in(text: str) -> set[float]:
    """Return the numbers in a text, in digits or in words from six on; ordinals and decades are none."""
    has_digits = DIGIT.search(text) is not None  # a name seldom has
    plain = NOT_A_FIGURE.sub(" ", text) if has_digits else text
    found = {NUMBER_WORDS[word] for word in WORD.findall(plain.casefold()) if word in NUMBER_WORDS}
    for match in NUMBER.finditer(plain) if has_digits else ():
        digits = match.group(0)
        clean = digits.replace(",", "") if THOUSANDS.fullmatch(digits) else digits.replace(",", ".")
        found |= {float(part) for part in ([clean] if clean.count(".") <= 1 else clean.split("."))}
    return found


def _known_before(
    one: SuggestedItem, piece: Piece, owned: Iterable[tuple[str, Piece]], rejected: Iterable[tuple[str, Piece]],
    recent: Iterable[tuple[str, Piece]],
) -> Iterator[str]:  # fmt: skip
    for known, said in ((owned, "is owned already"), (rejected, "was rejected before"), (recent, "was suggested before")):
        same = next((label for label, other in known if alike(piece, other)), None)
        if same is not None:
            yield f'{_name(one)} {said} ("{same}"); suggest something else.'


def _of_its_kind(
    one: SuggestedItem, summary: Summary, owned: frozenset[str], liked: frozenset[str]
) -> Iterator[str]:  # fmt: skip
    kinds, garment = kinds_of(one.item), garment_in(one.item)
    if not kinds or garment is None or not suits(one.item, summary.zone):
        return  # what is not for the climate is told elsewhere
    if refused := next((text for text in summary.rejected if kinds & kinds_of(text)), None):
        yield f'{_name(one)} is the kind of thing that was turned down ("{refused}"); suggest another kind.'
    elif lately := next((text for text in summary.recent[:JUST_SUGGESTED] if kinds & kinds_of(text)), None):
        yield f'{_name(one)} is of the kind that was suggested lately ("{lately}"); suggest another kind.'
    if owned and not is_for(garment.noun, owned, liked):
        yield f"{_name(one)} is of a kind that they neither own, wear nor like; suggest what they would wear."
    elif is_too_bare(one.item, owned, liked):
        yield f"{_name(one)} shows more than they show who dress like this; suggest what they would wear."
    if not fits_season(one.item, zone=summary.zone, coming=summary.coming):
        yield f"{_name(one)} is not for the coming {summary.coming}; suggest something that is."


def _of_its_pairs(one: SuggestedItem, summary: Summary) -> Iterator[str]:
    owned = [item for ref in one.pairs_with if (item := summary.item_of(ref))]
    if strange := next((item.label for item in owned if not worn_together(one.item, item.label)), None):
        yield f'{_name(one)} is not worn with "{strange}": the occasion or the season of one is not the other\'s.'
    if words := JARGON.search(one.why):
        yield f'The why of {_name(one)} says "{words.group(0)}", which nobody says; use plain words.'


def _of_one(one: SuggestedItem, summary: Summary) -> Iterator[str]:
    if one.category not in CATEGORIES:
        yield f"{_name(one)} has the category {one.category!r}; use one of {', '.join(CATEGORIES)}."
    unknown = [key for key in one.figures if key not in summary.figures]
    if unknown:
        yield f"{_name(one)} cites {', '.join(unknown)}, which is no figure; cite keys from the figures."
    if not any(key in summary.figures for key in one.figures):
        yield f"{_name(one)} cites no figure; name at least one key from the figures."
    if strange := [ref for ref in one.pairs_with if ref not in summary.items]:
        yield f"{_name(one)} pairs with {', '.join(strange)}, which is no owned item; use refs from the items."
    if invented := sorted(numbers_in(one.why) - _allowed(one, summary)):
        numbers = ", ".join(f"{number:g}" for number in invented)
        yield f"The why of {_name(one)} has numbers that stand in none of the figures it cites: {numbers}."
    if not suits(one.item, summary.zone):
        yield f"{_name(one)} is not for a {summary.zone} climate; suggest something that is."


def _allowed(one: SuggestedItem, summary: Summary) -> set[float]:
    names = [one.item, *(item.label for ref in one.pairs_with if (item := summary.item_of(ref)))]
    cited = [summary.figures[key] for key in one.figures if key in summary.figures]
    allowed = {number for text in (*cited, *names) for number in numbers_in(text)} | {float(n) for n in range(FREE_UP_TO + 1)}
    price, wears = one.expected_price, one.expected_wears_a_year
    allowed |= {float(number) for number in (price, wears) if number is not None}
    if price is not None and wears is not None:
        allowed |= {round(price / wears, digits) for digits in (0, 1, 2)}
    year = re.match(r"\d{4}", summary.window)
    return allowed | ({float(int(year.group()) + shift) for shift in (-1, 0, 1)} if year else set())


def _piece(one: SuggestedItem) -> Piece:
    return piece_of(one.item, piece_of(one.colour).colours)


def _pieces(texts: Iterable[str]) -> list[tuple[str, Piece]]:
    return [(text, piece_of(text)) for text in texts]


def _name(one: SuggestedItem) -> str:
    return f'"{plain_line(one.item, MAX_NAMED)}"'
