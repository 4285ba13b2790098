"""What a vision model is asked of style, and how the richer answer becomes words, each with how sure it is."""

from typing import Any

import pytest
from pydantic import ValidationError

from agents.taste_analysis.profile import Kind
from agents.taste_analysis.terms import words_of
from shared.chat.openai_chat import answer_schema
from shared.fashion.style import StyleDescription
from shared.fashion.style_question import COLOURS, EXAMPLES, FABRICS, FITS, INSTRUCTIONS, PATTERNS, STYLES, PictureReading
from shared.fashion.vocabulary import is_known, meaning_of
from shared.fashion.words import folded_word

NO_WORDS = {"other", "unclear"}
PLAIN: dict[str, Any] = {
    "garment": "Blazer", "category": "tailoring", "colour": "navy", "pattern": "plain", "fabric": "unclear", "fit": "regular",
    "prominence": "main", "confidence": 0.9,
}  # fmt: skip


def read(*garments: dict[str, Any], **fields: Any) -> StyleDescription:
    whole = {
        "is_fashion": True, "garments": [{**PLAIN, **one} for one in garments], "style_keywords": ["classic"],
        "other_styles": [], "brand": None, "confidence": 0.6,
    }  # fmt: skip
    return StyleDescription.model_validate({**whole, **fields})


def test_the_main_garment_comes_first_and_the_background_teaches_nothing() -> None:
    described = read(
        {"garment": "scarf", "colour": "red", "prominence": "second", "confidence": 0.4},
        {"garment": "coat", "colour": "yellow", "prominence": "background"},
        {"garment": "blazer", "pattern": "striped", "fabric": "linen"},
    )
    assert (described.garments, described.colours) == (["blazer", "scarf"], ["navy", "red"])
    assert described.style_keywords == ["classic", "striped", "linen"]
    assert [described.sure_of(word) for word in ("blazer", "striped", "scarf", "red", "classic")] == [0.9, 0.9, 0.4, 0.4, 0.6]


def test_a_sure_coat_lends_nothing_to_a_guessed_scarf() -> None:
    described = read({"garment": "coat"}, {"garment": "scarf", "colour": "unclear", "prominence": "second", "confidence": 0.2})
    weights = {word: round(weight, 3) for kind, word, weight in words_of(described) if kind is Kind.GARMENT}
    assert weights == {"coat": 0.72, "scarf": 0.16}


def test_no_fashion_is_an_honest_answer_and_what_is_not_clear_is_not_said() -> None:
    assert read(is_fashion=False, confidence=0.95).is_empty
    described = read(
        {"colour": "unclear", "pattern": "other", "fit": "unclear"}, style_keywords=["other"], other_styles=["Mob Wife"]
    )
    assert (described.colours, described.style_keywords) == ([], ["mob wife"])


def test_what_is_stored_is_read_again() -> None:
    described = read({}, {"garment": "scarf", "prominence": "second", "confidence": 0.3}, brand="Nike")
    assert StyleDescription.model_validate(described.model_dump()) == described


@pytest.mark.parametrize(
    "wrong", [{"garments": [{}, {"garment": 7}]}, {"strengths": {"navy": 9}}, {"garments": [[], {"garment": "a"}]}]
)
def test_what_is_no_garment_is_an_error_of_the_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        StyleDescription.model_validate({"style_keywords": ["classic"], "confidence": 0.5, **wrong})


def test_the_closed_lists_are_words_of_our_vocabulary_and_survive_cleaning() -> None:
    for word in {*STYLES, *FABRICS, *PATTERNS, *COLOURS} - NO_WORDS:
        assert folded_word(word, limit=40) == word
    for word in {*STYLES, *FABRICS, *PATTERNS} - NO_WORDS:
        assert is_known(word), word
        assert meaning_of(word).name == word
    assert {folded_word(word, limit=40) for word in (*FITS, *COLOURS)} >= set(FITS) - NO_WORDS
    assert "".join(folded_word(word, limit=40) for word in NO_WORDS) == ""


def test_the_examples_are_answers_of_the_schema() -> None:
    for _, answer in EXAMPLES:
        reading = PictureReading.model_validate_json(answer)
        assert answer in INSTRUCTIONS
        assert StyleDescription.model_validate_json(answer).is_empty is not reading.is_fashion
        for garment in reading.garments:
            assert garment.colour in COLOURS
            assert garment.fabric in FABRICS
    last = EXAMPLES[0][1]
    assert StyleDescription.model_validate_json(last).garments == ["blazer", "trousers"]


def test_the_schema_is_strict_and_has_no_reference_with_siblings() -> None:
    schema = answer_schema(PictureReading)["schema"]

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            assert "$ref" not in node or len(node) == 1
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert set(node["required"]) == set(node["properties"])
            for one in node.values():
                walk(one)
        elif isinstance(node, list):
            for one in node:
                walk(one)

    walk(schema)
    assert schema["$defs"]["GarmentSeen"]["properties"]["colour"]["enum"] == list(COLOURS)
