"""How pieces are worn: the table of what goes together, for which season, for whom; and clothes named in eight languages."""

import pytest

from shared.fashion.dressing import (
    FAMILIES,
    FORMALITY,
    WORN_WITH,
    fits_season,
    formality,
    is_for,
    is_too_bare,
    kinds_of,
    season_of,
    worn_together,
)
from shared.fashion.garments import NOUNS, category_named, garment_in, suits, traits_of, warms
from shared.fashion.translations import in_english

KNOWN = {group.split()[0] for text in NOUNS.values() for group in text.split("|")}


def test_the_rules_are_about_known_nouns() -> None:
    named = {noun for line in FORMALITY.strip().splitlines() for noun in line.partition(":")[2].split()}
    assert named <= KNOWN
    assert set(WORN_WITH) | {noun for others in WORN_WITH.values() for noun in others.split()} <= KNOWN
    assert {noun for family in FAMILIES for noun in family.split()} <= KNOWN


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("snow boots", "black slip dress", False), ("wool scarf", "leather sandals", False),
        ("blue jeans", "navy blazer", True),
        ("grey hoodie", "leather brogues", False), ("silk tie", "white t-shirt", False), ("silk tie", "oxford shirt", True),
        ("white trainers", "navy wool suit", False), ("running shorts", "wool coat", False), ("belt", "blue jeans", True),
        ("belt", "rain jacket", False), ("linen shirt", "wool coat", False), ("wool jumper", "blue jeans", True),
        ("cotton trench coat", "sandals", False), ("knitted wool dress", "sandals", False),
        ("Wollschal", "Sandalen", False), ("スニーカー", "ジーンズ", True), ("thing", "other thing", True),
    ],
)  # fmt: skip
def test_what_is_worn_together(one: str, other: str, together: bool) -> None:
    assert worn_together(one, other) is together
    assert worn_together(other, one) is together


def test_seasons_and_occasions() -> None:
    assert [season_of(text) for text in ("wool scarf", "silk scarf", "linen shirt", "jeans", "wool blazer", "fleece")] == [
        "winter", None, "summer", None, None, "winter",
    ]  # fmt: skip
    assert fits_season("wool scarf", zone="temperate", coming="autumn")
    assert not fits_season("wool scarf", zone="temperate", coming="spring")
    assert not fits_season("wool scarf", zone="tropical", coming="winter")
    assert fits_season("sandals", zone=None, coming="winter"), "where no climate is known, no season is judged"
    assert formality("black evening gown") == (3, 4)
    assert formality("running shoes") == (0, 0)
    assert formality("sports coat") == (2, 3)
    assert formality("nothing known") == (0, 4)


def test_what_not_everybody_wears_waits_for_a_sign() -> None:
    assert is_for("jeans", (), ())
    assert not is_for("skirt", ("jeans", "denim-jacket"), ())
    assert is_for("skirt", ("dress",), ())
    assert is_for("skirt", (), ("skirt",))
    assert is_for("tie", ("cufflinks",), ())


def test_who_covers_head_and_limbs_is_shown_nothing_that_bares_them() -> None:
    assert is_too_bare("white tank top", {"headscarf", "trousers"}, ())
    assert is_too_bare("sleeveless summer blouse", (), {"abaya"})
    assert not is_too_bare("white tank top", {"trousers"}, ())
    assert not is_too_bare("white linen shorts", {"thobe", "shorts"}, ()), "what they own they wear"
    assert not is_too_bare("linen shirt", {"headscarf"}, ())


@pytest.mark.parametrize(
    ("text", "warm"),
    [("quilted gilet", True), ("leather ankle boots", True), ("cotton trench coat", True), ("waxed rain jacket", False),
     ("cotton hoodie", False), ("wellingtons", False), ("down parka", True), ("thing", False)],
)  # fmt: skip
def test_what_is_too_warm_where_it_is_always_hot(text: str, warm: bool) -> None:
    assert warms(text) is warm
    assert suits(text, "tropical") is not warm
    assert suits(text, "temperate")


def test_a_kind_is_its_noun_and_its_last_word() -> None:
    assert kinds_of("olive waxed rain jacket") & kinds_of("denim jacket")
    assert kinds_of("navy scarf") & kinds_of("Red scarves")
    assert not kinds_of("white t-shirt") & kinds_of("oxford shirt")
    assert kinds_of("something") == frozenset()
    assert kinds_of("Navy scarf: it would go well under your coat.") == {"scarf"}
    assert kinds_of("Navy scarf - for the winter coat") == {"scarf"}


@pytest.mark.parametrize(
    ("text", "noun", "category"),
    [
        ("chamarra de piel", "jacket", "outerwear"), ("campera negra", "jacket", "outerwear"),
        ("remera gris", "t-shirt", "tops"),
        ("camicetta bianca", "blouse", "tops"), ("scialle di lana", "scarf", "accessories"), ("tuque", "beanie", "accessories"),
        ("regata branca", "tank-top", "tops"), ("rasteirinha", "sandals", "shoes"),
        ("Fietshandschoenen", "gloves", "accessories"),
        ("Funktionsshirt", "t-shirt", "tops"), ("baskets blanches", "trainers", "shoes"), ("トレーナー", "hoodie", "knitwear"),
        ("schwarze Lederstiefel", "boots", "shoes"), ("Winterjacke", "puffer", "outerwear"),
        ("blauer Rock", "skirt", "bottoms"),
        ("Herrenhemd", "shirt", "tops"), ("Gürtel", "belt", "accessories"), ("Robe noire", "dress", "dresses"),
        ("chemise blanche en lin", "shirt", "tops"), ("écharpe en laine", "scarf", "accessories"),
        ("bottes de pluie", "rain-boots", "shoes"), ("vaqueros negros", "jeans", "bottoms"),
        ("zapatillas blancas", "trainers", "shoes"), ("camisa de lino", "shirt", "tops"),
        ("maglione di lana", "jumper", "knitwear"),
        ("scarpe", "shoes", "shoes"), ("calças de ganga", "jeans", "bottoms"), ("sandálias castanhas", "sandals", "shoes"),
        ("regenjas", "rain-jacket", "outerwear"), ("zwarte enkellaarsjes", "boots", "shoes"),
        ("wollen trui", "jumper", "knitwear"),
        ("黒いブーツ", "boots", "shoes"), ("ウールのコート", "coat", "outerwear"), ("白いTシャツ", "t-shirt", "tops"),
        ("rock t-shirt", "t-shirt", "tops"), ("pull-on boots", "boots", "shoes"), ("black pumps", "heels", "shoes"),
        ("white vest", "gilet", "outerwear"),
    ],
)  # fmt: skip
def test_clothes_are_read_in_eight_languages(text: str, noun: str, category: str) -> None:
    found = garment_in(text)
    assert found is not None
    assert (found.noun, found.category) == (noun, category)


def test_categories_and_traits_are_read_in_other_languages_too() -> None:
    for text, category in (
        ("Damen > Schuhe", "shoes"), ("Robes", "dresses"), ("Pantalons", "bottoms"), ("Abrigos", "outerwear"),
        ("Borse", "bags"), ("Acessórios", "accessories"), ("Jassen", "outerwear"), ("トップス", "tops"), ("Röcke", "bottoms"),
    ):  # fmt: skip
        assert category_named(text) == category, text
    assert "rain" in traits_of("Regenjacke")
    assert "warm" in traits_of("maglione di lana")
    assert "light" in traits_of("camicia di lino")
    assert in_english("navy wool blazer") == "navy wool blazer"
