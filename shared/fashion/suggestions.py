"""What a model is asked to suggest for a wardrobe, as a typed answer: lenient where it is sloppy, strict where meaning changes.

Texts are trimmed to one bounded line, keys and references to their bare form; a price or a confidence that cannot be is an
error, and not a guess. What a single answer cannot know (is it owned, is the key known) is judged by the digest's checks.
"""

import math
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.text import one_line

PROMPT_VERSION: Final = "digest-2"
CATEGORIES: Final = (
    "tops", "bottoms", "dresses", "outerwear", "knitwear", "shoes", "bags", "accessories", "activewear", "tailoring",
    "swimwear", "underwear", "other",
)  # fmt: skip
MIN_SUGGESTIONS, MAX_SUGGESTIONS = 3, 5
JUST_SUGGESTED: Final = 8  # so many of the last suggestions are of kinds that are not to come again: two weeks' or so
MAX_ITEM, MAX_COLOUR, MAX_WHY, MAX_CITED, MAX_ANSWERED = 80, 24, 500, 6, 10


def plain_line(text: str, limit: int) -> str:
    """Return untrusted text as one line of whole words, without angle brackets."""
    return one_line(text, limit, whole_words=True, banned="<>")


def _line(limit: int) -> BeforeValidator:
    def clean(value: object) -> object:
        return plain_line(value, limit) if isinstance(value, str) else value

    return BeforeValidator(clean)


def _word(value: object) -> object:
    """A colour or category: lower case; null means none."""
    return "" if value is None else one_line(value, MAX_COLOUR).casefold() if isinstance(value, str) else value


def _keys(value: object) -> object:
    """Keys and references: `[F1]` is `f1`, "f1, g2" are two; blanks and repeats are dropped, the first six kept."""
    if value is None:
        return []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
        raise ValueError("expected a list of text")
    cleaned = (one_line(key, MAX_COLOUR).strip(" []()#.").casefold() for key in value)
    return list(dict.fromkeys(key for key in cleaned if key))[:MAX_CITED]


def _known(value: object) -> object:
    """Zero is how a model says "unknown"."""
    return None if isinstance(value, float | int) and (value == 0 or math.isnan(value)) else value


def _first(value: object) -> object:
    return value[:MAX_ANSWERED] if isinstance(value, list) else value


Keys = Annotated[list[str], BeforeValidator(_keys)]
Word = Annotated[str, BeforeValidator(_word)]


class SuggestedItem(BaseModel):
    """One piece worth buying, and what in the wardrobe says so. `expected_price` is in the summary's currency."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    item: Annotated[str, _line(MAX_ITEM)] = Field(min_length=1, description="the piece, e.g. waxed rain jacket")
    category: Word = Field(min_length=1, description=f"one of: {', '.join(CATEGORIES)}")
    colour: Word = Field(default="", description="one colour word, e.g. olive")
    why: Annotated[str, _line(MAX_WHY)] = Field(
        min_length=1, description="one to three sentences; every number in it stands in a cited figure"
    )
    figures: Keys = Field(default_factory=list, description="keys of the figures it rests on, e.g. f3 or g1; at least one")
    pairs_with: Keys = Field(default_factory=list, description="refs of owned items it is worn with, e.g. i4")
    expected_price: Annotated[float | None, BeforeValidator(_known)] = Field(
        default=None, gt=0, le=100_000, allow_inf_nan=False, description="a fair price in the summary's currency, or null"
    )
    expected_wears_a_year: Annotated[int | None, BeforeValidator(_known)] = Field(
        default=None, gt=0, le=366, description="how often it would be worn in a year, or null"
    )
    confidence: float = Field(ge=0.0, le=1.0, description="how sure you are, 0 to 1")


class Suggestions(BaseModel):
    """The answer: 3 to 5 suggestions, best first. Other counts are readable too, so that the checks can say what is wrong."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    suggestions: Annotated[list[SuggestedItem], BeforeValidator(_first)]
