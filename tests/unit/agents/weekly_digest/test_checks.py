"""What is wrong with an answer, in sentences for the model; and how lenient the answer's own form is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.weekly_digest.checks import numbers_in, problems_of
from agents.weekly_digest.items import WardrobeItem
from agents.weekly_digest.summary import Summary, Taste
from shared.fashion.climate import Climate
from shared.fashion.suggestions import SuggestedItem, Suggestions
from tests.unit.agents.weekly_digest.wardrobes import item, told, worn

OWNED = [
    item("a", "navy wool blazer", wearEvents=worn(1)), item("b", "501 jeans", wearEvents=worn(2)),
    *(item(f"t{at}", f"white tee {at}", wearEvents=worn(5 + at)) for at in range(7)),
]  # fmt: skip


def summary(climate: Climate | None = None, **earlier: Any) -> Summary:
    return told(OWNED, climate, **earlier)


def suggested(name: str = "olive waxed rain jacket", **fields: Any) -> dict[str, Any]:
    return {
        "item": name, "category": "outerwear", "colour": "", "why": "It would be useful.", "figures": ["f1"], "confidence": 0.5,
        **fields,
    }  # fmt: skip


OTHERS = [suggested("camel jumper", category="knitwear"), suggested("leather belt", category="accessories")]


def problems(*answers: dict[str, Any], about: Summary | None = None, owned: list[WardrobeItem] | None = None) -> list[str]:
    suggestions = Suggestions.model_validate({"suggestions": list(answers)})
    return problems_of(suggestions, about or summary(), OWNED if owned is None else owned)


def problems_with(name: str = "olive waxed rain jacket", about: Summary | None = None, **fields: Any) -> list[str]:
    return problems(suggested(name, **fields), *OTHERS, about=about)


def test_a_good_answer_has_no_problem() -> None:
    assert problems_with() == []


@pytest.mark.parametrize("count", [0, 1, 2, 6])
def test_three_to_five_are_asked_for(count: int) -> None:
    names = ["rain jacket", "leather belt", "wool scarf", "oxford shirt", "canvas tote", "summer cap"][:count]
    assert problems(*map(suggested, names)) == [f"There are {count} suggestions; give 3 to 5."]


def test_two_of_the_same_thing_are_one_too_many() -> None:
    found = problems(suggested("olive raincoat"), suggested("Olive rain-jacket, waxed"), *OTHERS)
    assert found == ['"olive raincoat" and "Olive rain-jacket, waxed" are the same thing; suggest two different ones.']


@pytest.mark.parametrize("name", ["navy blazer", "Dark blue wool blazers", "wool blazer"])
def test_what_is_owned_already_is_not_suggested(name: str) -> None:
    assert problems_with(name, colour="navy") == [f'"{name}" is owned already ("navy wool blazer"); suggest something else.']


@pytest.mark.parametrize("name", ["camel blazer", "navy trousers", "unlined blazer"])
def test_another_colour_or_another_thing_is_not_owned(name: str) -> None:
    assert problems_with(name) == []


def test_what_was_rejected_or_suggested_before_is_not_suggested_again() -> None:
    about = summary(rejected=["Waxed olive rain jacket"], recent=["brown leather belts"])
    assert problems_with(about=about) == [
        '"olive waxed rain jacket" was rejected before ("Waxed olive rain jacket"); suggest something else.',
        '"leather belt" was suggested before ("brown leather belts"); suggest something else.',
    ]


def test_figures_have_to_be_cited_and_known() -> None:
    [problem] = problems_with(figures=[])
    assert problem == '"olive waxed rain jacket" cites no figure; name at least one key from the figures.'
    assert problems_with(figures=["f1", "f99"]) == [
        '"olive waxed rain jacket" cites f99, which is no figure; cite keys from the figures.'
    ]
    assert len(problems_with(figures=["f99"])) == 2


@pytest.mark.parametrize(
    "why",
    [
        "9 owned items say so.", "Nine owned items say so.", "Wear it 2 or three times, 1st in the 1990s or 90s, then a 22nd.",
        "In 2026 or 2027, with your 501s.", "At 120 EUR and 30 wears a year it costs 4 a wear.", "At 120.0 it is fair.",
    ],
)  # fmt: skip
def test_numbers_of_the_cited_figures_and_small_ones_are_free(why: str) -> None:
    assert problems_with(why=why, pairs_with=["i2"], expected_price=120, expected_wears_a_year=30) == []


@pytest.mark.parametrize(
    ("why", "named"),
    [
        ("You own 14 tops.", "14"), ("Fourteen of your tops.", "14"), ("Saves 30 %.", "30"),
        ("Worn 1,200 times at 7.50.", "7.5, 1200"),
        ("A dozen wears.", "12"), ("Since 2019.", "2019"), ("About 7,5 EUR.", "7.5"), ("In 60-70 days.", "60, 70"),
    ],
)  # fmt: skip
def test_numbers_out_of_the_blue_are_named(why: str, named: str) -> None:
    assert problems_with(why=why) == [
        f'The why of "olive waxed rain jacket" has numbers that stand in none of the figures it cites: {named}.'
    ]


def test_a_number_of_a_figure_that_is_not_cited_is_out_of_the_blue() -> None:
    about = summary()
    mix = next(key for key, text in about.figures.items() if "7" in text and key != "f1")
    assert problems_with(why="You own 7 tops.", figures=[mix], about=about) == []
    assert len(problems_with(why="You own 7 tops.", figures=["f1"], about=about)) == 1


def test_unknown_references_and_categories_are_named() -> None:
    [problem] = problems_with(pairs_with=["i1", "i99", "navy"])
    assert problem == '"olive waxed rain jacket" pairs with i99, navy, which is no owned item; use refs from the items.'
    [problem] = problems_with(category="jackets")
    assert "has the category 'jackets'; use one of tops, bottoms" in problem


@pytest.mark.parametrize(
    ("name", "climate", "fits"),
    [
        ("heavy winter coat", Climate("tropical", "north"), False), ("down puffer jacket", Climate("tropical", "north"), False),
        ("lightweight raincoat", Climate("tropical", "north"), True), ("beach sandals", Climate("polar", "north"), False),
        ("bikini", Climate("polar", "south"), False), ("heavy winter coat", Climate("polar", "north"), True),
        ("heavy winter coat", None, True), ("linen shorts", Climate("temperate", "south"), True),
    ],
)  # fmt: skip
def test_what_does_not_suit_the_climate_is_refused(name: str, climate: Climate | None, fits: bool) -> None:
    found = problems_with(name, about=summary(climate))
    assert (found == []) == fits
    zone = climate.zone if climate else None
    assert fits or found == [f'"{name}" is not for a {zone} climate; suggest something that is.']


@given(st.text(max_size=200))
def test_any_text_can_be_searched_for_numbers(text: str) -> None:
    assert all(number >= 0 for number in numbers_in(text))


@given(st.integers(6, 99_999), st.sampled_from(["{}", "({})", "{},", "{}.", "-{}-", "{}%", "x {} y"]))
def test_a_number_is_found_wherever_it_stands(number: int, around: str) -> None:
    assert numbers_in(around.format(number)) == {float(number)}
    assert numbers_in(around.format(f"{number:,}")) == {float(number)}


def test_a_sloppy_answer_is_read_and_a_wrong_one_is_not() -> None:
    read = SuggestedItem.model_validate(
        suggested(
            " navy\n<b>coat</b> ", category="Outerwear", colour=None, figures="[F1], g2", pairs_with=[" I3 ", "i3", ""],
            expected_price=0, expected_wears_a_year=0, confidence="0.5", unknown=5,
        )
    )  # fmt: skip
    assert (read.item, read.category, read.colour, read.figures, read.pairs_with) == (
        "navy b coat /b", "outerwear", "", ["f1", "g2"], ["i3"],
    )  # fmt: skip
    assert (read.expected_price, read.expected_wears_a_year) == (None, None)
    for wrong in (
        {"confidence": 80}, {"confidence": None}, {"expected_price": -5}, {"expected_price": "much"}, {"item": " "},
        {"why": "\n"},
        {"expected_wears_a_year": 400}, {"figures": [1]}, {"pairs_with": {"i1": 1}}, {"category": None},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            SuggestedItem.model_validate(suggested() | wrong)


def test_a_kind_that_was_turned_down_is_turned_down_in_every_colour() -> None:
    about = summary(rejected=["red knitted scarf"])
    assert problems(suggested("navy silk scarf"), *OTHERS, about=about) == [
        '"navy silk scarf" is the kind of thing that was turned down ("red knitted scarf"); suggest another kind.'
    ]
    about = summary(rejected=["brown bomber jacket"])
    assert "turned down" in problems(suggested("blue denim jacket"), *OTHERS, about=about)[0], "a jacket, too"


def test_a_kind_rests_for_the_next_suggestions() -> None:
    recent = ["red knitted scarf", *(f"thing {number}" for number in range(7))]
    said = problems(suggested("navy silk scarf"), *OTHERS, about=summary(recent=recent))
    assert said == ['"navy silk scarf" is of the kind that was suggested lately ("red knitted scarf"); suggest another kind.']
    assert problems(suggested("navy silk scarf"), *OTHERS, about=summary(recent=[*recent[1:], "thing", recent[0]])) == []


def test_what_shows_no_sign_of_being_worn_is_refused_and_what_is_liked_is_not() -> None:
    refused = '"coral midi skirt" is of a kind that they neither own, wear nor like; suggest what they would wear.'
    assert problems(suggested("coral midi skirt"), *OTHERS) == [refused]
    assert problems(suggested("coral midi skirt"), *OTHERS, about=told(OWNED, None, Taste(garments=["skirts"]))) == []


def test_what_is_not_for_the_coming_season_is_refused() -> None:
    temperate = Climate("temperate", "north")
    assert problems_with("linen shorts", about=summary(temperate)) == [
        '"linen shorts" is not for the coming winter; suggest something that is.'
    ]
    assert problems_with("wool scarf", about=summary(temperate)) == []
    assert problems_with("wool scarf", about=summary(Climate("temperate", "south"))) != []


def test_a_pairing_has_to_be_wearable_and_a_why_in_plain_words() -> None:
    owned = [item("d", "black slip dress", wearEvents=worn(1)), item("b", "501 jeans", wearEvents=worn(2))]
    about = told(owned, Climate("continental", "north"))
    ref = next(ref for ref, one in about.items.items() if one.id == "d")
    found = problems(suggested("snow boots", pairs_with=[ref]), *OTHERS, about=about, owned=owned)
    assert found == ['"snow boots" is not worn with "black slip dress": the occasion or the season of one is not the other\'s.']
    said = problems_with(why="The reference mix asks for it.")
    assert said == ['The why of "olive waxed rain jacket" says "reference mix", which nobody says; use plain words.']


def test_in_a_wardrobe_that_cannot_be_read_no_kind_shows_no_sign() -> None:
    finnish = [
        item(f"f{at}", name, wearEvents=worn(1 + at)) for at, name in enumerate(("punainen hame", "paita", "takki", "kengät"))
    ]
    assert problems(suggested("coral midi skirt"), *OTHERS, about=told(finnish), owned=finnish) == []
