"""What a wardrobe lacks: by worn weather, by the coming season, by the reference mix; each with its figures."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.weekly_digest.gaps import MAX_GAPS, REFERENCE_MIX, SEASON_NEEDS, Gap, plenty
from agents.weekly_digest.items import WardrobeItem, owned_items
from shared.fashion.climate import Climate
from shared.fashion.suggestions import CATEGORIES
from tests.unit.agents.weekly_digest.wardrobes import CLIMATES, NOW, documents, figures, item, worn

TEMPERATE = Climate("temperate", "north")
CONTINENTAL = Climate("continental", "north")
TROPICAL = Climate("tropical", "north")
WINTER = [
    item("t1", "white t-shirt"), item("b1", "straight jeans"), item("s1", "leather boots"), item("o1", "wool coat"),
    item("k1", "merino jumper"), item("a1", "wool scarf"), item("g1", "leather tote"),
]  # fmt: skip


def gaps(items: list[WardrobeItem], climate: Climate | None = TEMPERATE) -> list[Gap]:
    return list(figures(items, climate).gaps)


def texts(items: list[WardrobeItem], climate: Climate | None = TEMPERATE) -> list[str]:
    return [gap.text for gap in gaps(items, climate)]


def wet(title: str = "cotton shirt", days: int = 12, sky: str = "light rain") -> WardrobeItem:
    return item("wet", title, wearEvents=worn(*range(1, days + 1), sky=sky))


def test_a_small_wardrobe_that_has_a_bit_of_everything_lacks_nothing() -> None:
    assert gaps(WINTER) == []


def test_many_wears_on_wet_days_and_nothing_for_rain_is_a_gap_of_the_climate() -> None:
    [gap] = gaps([*WINTER, wet()])
    assert (gap.key, gap.kind, gap.category, gap.need, gap.season) == ("g1", "climate", "outerwear", "rain", None)
    assert gap.text == "0 of 8 owned items are made for rain; 12 of the last 12 wears with known weather were on wet days"
    assert gaps([*WINTER, wet(), item("r", "waxed jacket")]) == []
    assert gaps([*WINTER, wet(), item("u", "umbrella")]) == []


def test_few_wears_and_a_few_wet_days_among_many_are_no_gap() -> None:
    assert gaps([*WINTER, wet(days=9)]) == []
    dry = [item(f"d{at}", "shirt", wearEvents=worn(*range(1, 11), sky="sunny, 15°C")) for at in range(2)]
    assert gaps([*WINTER, *dry, wet(days=4)]) == []
    assert len(gaps([*WINTER, *dry, wet(days=8)])) == 1
    many = [item(f"d{at}", "shirt", wearEvents=worn(*range(1, 14), sky="sunny, 15°C")) for at in range(2)]
    assert gaps([*WINTER, *many, wet(days=5)]) == [], "5 of the last 30 are less than a fifth"
    assert len(gaps([*WINTER, *many, wet(days=6)])) == 1


def test_snow_and_cold_ask_for_shoes_and_outerwear_that_stand_them() -> None:
    owned = [one for one in WINTER if one.id not in {"s1", "o1"}] + [item("s", "canvas sneakers"), item("j", "denim jacket")]
    found = {(gap.category, gap.need) for gap in gaps([*owned, wet(sky="snow, -4°C")]) if gap.kind == "climate"}
    assert found == {("shoes", "snow"), ("outerwear", "warm")}


def test_wears_of_more_than_a_year_ago_say_nothing_about_the_weather() -> None:
    old = item("old", "shirt", wearEvents=worn(*range(366, 390), sky="rain"))
    assert gaps([*WINTER, old]) == []


def test_the_coming_season_asks_for_what_it_needs() -> None:
    owned = [one for one in WINTER if one.id not in {"k1", "a1"}]
    assert [(gap.kind, gap.category, gap.season, gap.text) for gap in gaps(owned)] == [
        ("season", "knitwear", "winter", "0 of 5 owned items are knitwear for the coming winter"),
        ("season", "accessories", "winter", "0 of 5 owned items are warm accessories for the coming winter"),
    ]
    summer = gaps([one for one in owned if one.id != "t1"] + [item("x", "silk blouse")], Climate("temperate", "south"))
    assert [(gap.category, gap.need) for gap in summer] == [("tops", "light"), ("shoes", "light")]


def test_the_tropics_and_the_polar_cold_have_no_season_and_ask_the_same_all_year() -> None:
    found = gaps(WINTER, TROPICAL)
    assert {gap.kind for gap in found} == {"climate"}
    assert texts(WINTER, TROPICAL)[0] == "0 of 7 owned items are rainproof outerwear, in a tropical climate"
    assert gaps([*WINTER, item("p", "down puffer jacket")], Climate("polar", "north")) == []


def test_without_a_climate_only_the_mix_is_judged() -> None:
    assert gaps([item("t", "shirt")], None) == [
        Gap("g1", "category", "bottoms", None, "0 of 1 owned items are bottoms"),
        Gap("g2", "category", "shoes", None, "0 of 1 owned items are shoes"),
        Gap("g3", "category", "outerwear", None, "0 of 1 owned items are outerwear"),
    ]


def test_dresses_do_for_bottoms_in_a_small_wardrobe() -> None:
    assert [gap.category for gap in gaps([item("d", "linen dress"), item("t", "shirt")], None)] == ["shoes", "outerwear"]


def test_what_is_missing_altogether_comes_first_in_a_small_wardrobe_and_as_the_season_needs_it() -> None:
    found = gaps([item("k", "merino jumper"), item("t", "shirt"), item("b", "jeans"), item("s", "shoes")])
    assert [(gap.kind, gap.category, gap.need) for gap in found] == [
        ("season", "outerwear", "warm"),
        ("season", "accessories", "warm"),
    ]
    found = gaps([item("k", "merino jumper"), item("t", "shirt"), item("b", "jeans"), item("o", "wool coat")])
    assert [(gap.kind, gap.category) for gap in found] == [("category", "shoes"), ("season", "accessories")]


def test_a_large_wardrobe_is_held_against_the_reference_mix_of_its_climate() -> None:
    many = [item(f"t{at}", "white t-shirt") for at in range(20)]
    found = texts([*WINTER, *many])
    # 27 garments: 15 % bottoms are 4.05, so 5; 8 % knitwear are 2.16, so 3
    assert "1 of 27 owned items is bottoms; most wardrobes of this size have 5 or more" in found
    assert "1 of 27 owned items is knitwear; most wardrobes of this size have 3 or more" in found
    assert plenty([*WINTER, *many], "temperate") == (("tops", 21, 11),)
    assert plenty(WINTER, "temperate") == ()


@pytest.mark.parametrize("zone", list(REFERENCE_MIX))
def test_the_reference_mixes_can_be_met_and_name_known_categories(zone: Any) -> None:
    mix = REFERENCE_MIX[zone]
    assert set(mix) <= set(CATEGORIES)
    assert sum(least for least, _ in mix.values()) <= 100 <= sum(most for _, most in mix.values())
    assert all(0 < least < most for least, most in mix.values())
    assert set(SEASON_NEEDS[zone]) == {"winter", "spring", "summer", "autumn"}


@given(documents(most=80), st.sampled_from(CLIMATES))
@pytest.mark.slow
def test_there_are_at_most_six_gaps_each_of_its_own_and_none_that_the_wardrobe_disproves(
    wardrobe: list[Any], climate: Climate | None
) -> None:
    items = owned_items(wardrobe, now=NOW)
    found = gaps(list(items), climate)
    assert [gap.key for gap in found] == [f"g{number}" for number in range(1, len(found) + 1)]
    assert len(found) <= MAX_GAPS
    assert len({(gap.category, gap.need) for gap in found}) == len(found)
    for gap in found:
        assert f" of {len(items)} owned items" in gap.text
        if gap.need:
            assert not any(one.category == gap.category and gap.need in one.traits for one in items)


def test_what_is_not_understood_is_not_said_to_be_missing() -> None:
    finnish = [item(str(at), name) for at, name in enumerate(("musta takki", "siniset farkut", "ruskeat saappaat", "huivi"))]
    assert gaps(finnish) == []
    assert plenty(finnish * 4, "temperate") == ()
    german = [item(str(at), name) for at, name in enumerate(("schwarze Stiefel", "Wollmantel", "Jeans", "Hemd", "Wollschal"))]
    assert [gap.category for gap in gaps(german)] == ["knitwear"]
    assert gaps([*german, item("p", "Strickpullover")]) == []
    assert gaps([*german, item("x", "Zyzzyva")]) == [], "it may be what seems to be missing"


def test_a_category_whose_garments_cannot_be_read_is_denied_no_trait() -> None:
    outer = item("o", "tumma takki", category="outerwear")
    assert [gap for gap in gaps([*(one for one in WINTER if one.id != "o1"), outer]) if gap.need] == []


def test_dresses_and_suits_do_for_tops_and_bottoms_and_nobody_needs_a_hundred_tops() -> None:
    suits = [item(f"s{at}", "navy wool suit") for at in range(3)]
    assert not {"tops", "bottoms"} & {gap.category for gap in gaps(suits, None)}
    many = [item(f"j{at}", "jeans") for at in range(760)] + [item(f"t{at}", "t-shirt") for at in range(40)]
    assert "tops" not in {gap.category for gap in gaps(many, None)}
    assert any("most wardrobes of this size have 5 or more" in text for text in texts(many, None) if "shoes" in text)
