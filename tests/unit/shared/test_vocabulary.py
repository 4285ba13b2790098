"""The vocabulary: consistent with itself, deaf to spelling, and firm where words only seem alike."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fashion.colours import HEX, OTHER_WORDS
from shared.fashion.style_question import STYLES
from shared.fashion.vocabulary import brand_key, clash, colour_name, is_known, is_loaded, load, meaning_of, same_meaning
from shared.fashion.vocabulary.folding import folded
from shared.fashion.vocabulary.kinds import KINDS
from shared.fashion.vocabulary.meaning import groups
from shared.local.tastes import likes_of

GROUPS = groups()


def test_no_word_is_in_two_groups_and_every_alias_means_its_group() -> None:
    of: dict[str, str] = {}
    for name, aliases in GROUPS:
        for alias in aliases:
            assert of.setdefault("".join(folded(alias)), name) == name, alias
            assert (meaning_of(alias).name, meaning_of(alias).known) == (name, True), alias
    assert len(GROUPS) > 1_000


def test_loading_beforehand_leaves_nothing_for_the_first_question() -> None:
    load()
    assert is_loaded()


def test_plurals_hyphens_case_and_spelling_do_not_matter() -> None:
    for one, other in (
        ("T-Shirt", "t shirts"), ("sweat-pants", "Sweatpants"), ("pyjama", "pajamas"), ("colour blocking", "color-block"),
        ("hoodies", "hoody"), ("dresses", "a dress"), ("pair of jeans", "jeans"), ("Crêpe", "crepe"), ("grey", "gray"),
        ("women's wear", "womenswear"), ("personalised", "personalized"), ("honeyed colour", "honeyed"),
    ):  # fmt: skip
        assert same_meaning(one, other), (one, other)


def test_a_phrase_means_what_its_words_mean() -> None:
    assert meaning_of("woollen sports coat").name == "wool blazer"
    assert same_meaning("satin pants", "satin trousers")
    assert same_meaning("bellbottom pants", "bellbottom trousers")
    assert same_meaning("long-sleeved tee", "long sleeve t-shirt")
    assert same_meaning("bohemian style", "boho look")
    assert not same_meaning("garment bag", "bag")
    for one, other in (
        ("pleated midi skirt", "midi pleated skirt"), ("faux fur coat", "fake fur coat"),
        ("jacket with embroidery", "embroidered jacket"),
        ("cap-sleeved", "cap sleeve"), ("kitten-heeled", "kitten heel"), ("dress in silk", "silk dress"),
    ):  # fmt: skip
        assert same_meaning(one, other), (one, other)
    assert not same_meaning("shirt dress", "dress shirt")
    assert not same_meaning("coat with a dress", "coat")


def test_a_kind_before_its_thing_is_the_kind_alone() -> None:
    names = {name for name, _ in GROUPS}
    assert {name for thing, kinds in KINDS.items() for name in (thing, *kinds)} <= names
    assert same_meaning("fedora hat", "fedora")
    assert same_meaning("parka coat", "anorak")
    assert same_meaning("chino pants", "chinos")
    for one, other in (
        ("shirt dress", "shirt"),
        ("slip dress", "slip"),
        ("knit hat", "knit"),
        ("sweater vest", "sweater"),
        ("hat", "fedora"),
    ):
        assert not same_meaning(one, other), (one, other)
    assert not is_known("zorbish blazer")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("long sleeve", "short sleeve"), ("linen trousers", "wool trousers"), ("zorbish trousers", "wool trousers"),
        ("skirt", "hobble skirt"), ("faux zorb", "real zorb"), ("woven", "unwoven"), ("metallic", "nonmetallic"),
        ("colourless", "colourful"), ("zorbless", "zorbful"), ("light zorb", "dark zorb"), ("suede", "leather"),
        ("goth", "grunge"), ("mini dress", "midi dress"), ("black tie", "white tie"), ("crew socks", "crew neck"),
        ("collar", "collarless"), ("pump", "pumpkin"), ("court", "courtly"),
        ("minimalism", "maximal"), ("comfortable", "uncomfortable"), ("formal", "informal"), ("shorts", "short"),
    ],
)  # fmt: skip
def test_what_only_seems_alike_never_joins(one: str, other: str) -> None:
    assert clash(one, other)
    assert clash(other, one)
    assert not same_meaning(one, other)


def test_unknown_words_are_left_to_the_embedding() -> None:
    assert not clash("zorbish", "zorblike")
    assert not clash("zorbish", "boho")


def test_brands_are_one_however_they_are_written() -> None:
    assert brand_key("Levi's") == brand_key("LEVIS") == brand_key("levi\u2019s")
    assert brand_key("H&M") == brand_key("H and M")
    assert brand_key("A.P.C.") == brand_key("apc")
    assert brand_key("Arket AB") == brand_key("Arket")
    assert brand_key("Gap") != brand_key("Gant")
    assert brand_key("SA") == "sa"


def test_colours_are_called_by_the_table_alone() -> None:
    assert {colour_name(word) for word in OTHER_WORDS} <= set(HEX)
    assert [colour_name(name) for name in HEX] == list(HEX)
    assert (colour_name("Off-White"), colour_name("navy blue"), colour_name("Gray coloured")) == ("ivory", "navy", "grey")
    assert (colour_name("grey with stripes"), colour_name("moonlight")) == (None, None)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_means_itself_and_the_relation_is_symmetric(one: str, other: str) -> None:
    assert same_meaning(one, one)
    assert same_meaning(one, other) == same_meaning(other, one)
    assert clash(one, other) == clash(other, one)
    assert not (clash(one, other) and same_meaning(one, other))


def test_every_label_that_a_model_may_answer_is_known_is_no_other_and_is_heard_by_the_digest() -> None:
    assert [label for label in STYLES if not is_known(label)] == []
    assert [pair for pair in combinations(STYLES, 2) if same_meaning(*pair)] == []
    assert [label for label in STYLES if not any(likes_of(label))] == []
