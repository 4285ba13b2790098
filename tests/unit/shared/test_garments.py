"""Garment words: what a text names, what the thing is good for, and when two texts mean one piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fashion.climate import Zone
from shared.fashion.combining import PARTNERS, WORN_WITH
from shared.fashion.garments import CATEGORY_WORDS, NOUNS, alike, category_named, garment_in, piece_of, suits, traits_of
from shared.fashion.suggestions import CATEGORIES
from tests.unit.agents.weekly_digest.wardrobes import STRANGE, THINGS

TEXTS = st.one_of(
    st.text(max_size=60), st.sampled_from([*THINGS, *STRANGE]), st.builds("{} {}".format, st.sampled_from(THINGS), st.text())
)


@pytest.mark.parametrize(
    ("text", "noun", "category"),
    [
        ("Navy T-Shirts", "t-shirt", "tops"), ("tee", "t-shirt", "tops"), ("shirt dress", "dress", "dresses"),
        ("jeans with a belt", "jeans", "bottoms"), ("shoes for jeans", "shoes", "shoes"),
        ("Rain Jacket", "rain-jacket", "outerwear"),
        ("waxed jacket", "rain-jacket", "outerwear"), ("jean jacket", "denim-jacket", "outerwear"),
        ("réglisse zorb", None, None), ("white high-tops", "trainers", "shoes"), ("faux fur coat", "coat", "outerwear"),
        ("fur hat", "hat", "accessories"), ("Schuhe für Damen", "shoes", "shoes"), ("jeans, boot cut", "jeans", "bottoms"),
        ("t-shirt tie dye", "t-shirt", "tops"), ("boots with block heel", "boots", "shoes"),
        ("boots block heel", "boots", "shoes"),
        ("kitten heels", "heels", "shoes"), ("quarter-zip", "hoodie", "knitwear"), ("silk saree", "saree", "dresses"),
        ("white thobe", "thobe", "tops"), ("black hijab", "headscarf", "accessories"), ("thongs", None, None),
        ("rash vest", "swimsuit", "swimwear"), ("capri pants", "trousers", "bottoms"),
        ("Cárdigan", "cardigan", "knitwear"), ("ballet flats", "flats", "shoes"), ("suit jacket", "blazer", "tailoring"),
        ("trench coat", "trench", "outerwear"), ("sports bra", "sports-bra", "activewear"), ("capsule", None, None),
        ("", None, None),
        ("a scarf, then trousers", "trousers", "bottoms"), ("with jeans", None, None), ("roll-neck", "turtleneck", "knitwear"),
    ],
)  # fmt: skip
def test_a_text_names_its_last_garment(text: str, noun: str | None, category: str | None) -> None:
    found = garment_in(text)
    assert (found.noun if found else None, found.category if found else None) == (noun, category)


@pytest.mark.parametrize(
    ("text", "category"),
    [("Women > T-Shirts", "tops"), ("Footwear", "shoes"), ("Coats & Jackets", "outerwear"), ("one piece", "dresses"),
    ("loafer", "shoes"),
     ("Nachtwäsche", None), ("", None)],
)  # fmt: skip
def test_a_categorys_free_text(text: str, category: str | None) -> None:
    assert category_named(text) == category


def test_every_category_word_and_garment_is_of_the_closed_list() -> None:
    assert set(NOUNS) | {"other"} == set(CATEGORIES)
    assert set(CATEGORY_WORDS) | {"other"} == set(CATEGORIES)
    assert set(WORN_WITH) == set(CATEGORIES)


def test_what_is_worn_together_is_so_both_ways_and_nothing_with_its_own_kind() -> None:
    for category, partners in PARTNERS.items():
        assert category not in partners
        assert all(category in PARTNERS[partner] for partner in partners)
    assert PARTNERS["tailoring"] == {"tops", "bottoms", "dresses", "outerwear", "knitwear", "shoes", "bags", "accessories"}


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        ("waxed jacket", {"rain"}), ("Gore-Tex shell jacket", {"rain"}), ("wool coat", {"warm", "heavy"}),
        ("parka", {"rain", "warm", "heavy"}),
        ("leather boots", {"snow"}), ("linen shirt", {"light"}), ("tee", {"light"}), ("cotton shirt", set()),
        ("wellies", {"snow", "rain"}),
        ("trench coat", {"rain"}), ("raincoat", {"rain"}), ("rain coat", {"rain"}),
    ],
)  # fmt: skip
def test_what_a_piece_is_good_for(text: str, traits: set[str]) -> None:
    assert traits_of(text) == traits


@pytest.mark.parametrize(
    ("text", "zone", "fits"),
    [("winter coat", "tropical", False), ("rain coat", "tropical", True), ("winter coat", None, True),
    ("espadrilles", "polar", False),
     ("linen shirt", "polar", True), ("shorts", "dry", True)],
)  # fmt: skip
def test_what_suits_a_climate(text: str, zone: Zone | None, fits: bool) -> None:
    assert suits(text, zone) == fits


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("navy wool blazer", "wool blazer in dark blue", True), ("navy blazer", "camel blazer", False),
        ("blazer", "navy blazer", True),
        ("wool blazer", "navy wool blazer", True), ("navy blazer", "navy trousers", False), ("raincoat", "rain jacket", True),
        ("the pocket square", "a pocket square", True), ("pearl thing", "a new pearl thing", True),
        ("pearl thing", "gold thing", False),
        ("red and navy scarf", "navy scarf", True), ("denim jacket", "a denim jacket", True), ("", "", False),
        ("?", "navy", False),
    ],
)  # fmt: skip
def test_when_two_descriptions_mean_one_piece(one: str, other: str, same: bool) -> None:
    assert alike(piece_of(one), piece_of(other)) == same


@given(TEXTS, TEXTS)
def test_likeness_has_no_direction_and_a_piece_is_like_itself_if_it_has_a_name(one: str, other: str) -> None:
    mine, theirs = piece_of(one), piece_of(other)
    assert alike(mine, theirs) == alike(theirs, mine)
    assert alike(mine, mine) == bool(mine.words)


@given(TEXTS)
def test_any_text_is_read_and_case_and_accents_do_not_matter(text: str) -> None:
    garment = garment_in(text)
    assert garment is None or garment.category in CATEGORIES
    if text.isascii():
        assert garment_in(text.upper()) == garment
        assert traits_of(text.upper()) == traits_of(text)
    assert category_named(text) in {None, *CATEGORIES}
