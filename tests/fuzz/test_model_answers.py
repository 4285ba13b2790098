"""Whatever a model says is an answer or garbage, never an error of a library, and read in little time."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.chat.reading import read_answer
from shared.errors import ModelGarbage
from shared.fashion.moods import FoundMoods
from shared.fashion.style import StyleDescription
from shared.fashion.suggestions import Suggestions

ANSWERS: list[type[BaseModel]] = [StyleDescription, FoundMoods, Suggestions]
NAMES = sorted(
    {name for answer in ANSWERS for name in answer.model_fields}
    | {"StyleDescription", "answer", "colors", "", "is_fashion", "garment", "prominence", "fabric", "colour"}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([10**400, -(10**400), "None", "\ud83d", "\0"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
)
PIECES = st.sampled_from(
    ["```", "```json\n", "~~~", "<think>", "</think>", "{", "}", "[", "]", '"', ",", ":", "\ufeff", "\\ud83d", "null", "NaN",
     "1e999",
     "Here you are: ", "\n", "{" * 5_000, "[" * 5_000, '{"a":' * 2_000, "9" * 6_000, " " * 3_000, "</think>" * 500, "`" * 2_000]
)  # fmt: skip
TEXTS = st.one_of(
    VALUES.map(json.dumps),
    st.lists(st.one_of(PIECES, VALUES.map(json.dumps)), max_size=8).map("".join),
    st.text(max_size=200),
)


@pytest.mark.parametrize("answer", ANSWERS)
@given(text=TEXTS, cut=st.booleans())
def test_whatever_comes_is_an_answer_or_garbage(answer: type[BaseModel], text: str, cut: bool) -> None:
    try:
        value = read_answer(text, answer, cut=cut)
    except ModelGarbage:
        return
    assert isinstance(value, answer)
    value.model_dump_json().encode()


@given(
    fields=st.dictionaries(st.sampled_from(sorted(StyleDescription.model_fields)), VALUES, max_size=5),
    before=st.sampled_from(["", "Sure:\n", "```json\n", "<think>{}</think>", "\ufeff"]),
    after=st.sampled_from(["", "\n```", "\nHope it helps {smile}", "\n\n"]),
)
def test_what_stands_around_an_object_changes_nothing(fields: dict[str, Any], before: str, after: str) -> None:
    plain = json.dumps(fields)

    def read(text: str) -> StyleDescription | None:
        try:
            return read_answer(text, StyleDescription)
        except ModelGarbage:
            return None

    assert read(before + plain + after) == read(plain)


@pytest.mark.parametrize(
    "text",
    ["<think>" * 8_000, "</think>" * 7_000, "```" * 20_000, "{" * 60_000, '{"a":' * 10_000, "," + " " * 50_000, "[" * 60_000],
)
def test_hostile_texts_are_read_in_few_steps(text: str) -> None:
    with pytest.raises(ModelGarbage):
        read_answer(text, StyleDescription)
