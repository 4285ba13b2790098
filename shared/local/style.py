"""Describes a picture without a vision model: colours from the pixels, styles and garments from the item's own words."""

from typing import Any, Final

from shared.chat.base import Question
from shared.fashion.style import StyleDescription
from shared.local.colours import dominant_colours
from shared.local.lexicon import find_words

CONFIDENCE_WITH_WORDS: Final = 0.8
CONFIDENCE_COLOURS_ONLY: Final = 0.4


def describe(question: Question[Any]) -> StyleDescription:
    """Solve `taste.describe-picture`. A brand is never guessed: that takes eyes."""
    colours = dominant_colours(question.image) if question.image else []
    words = find_words(question.text)
    return StyleDescription(
        style_keywords=list(words.styles),
        colours=[colour.name for colour in colours],
        garments=list(words.garments),
        brand=None,
        confidence=CONFIDENCE_WITH_WORDS if words.styles or words.garments else CONFIDENCE_COLOURS_ONLY,
    )
