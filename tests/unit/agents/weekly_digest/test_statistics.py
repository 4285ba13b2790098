"""The wardrobe in figures, against sums worked out by hand."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.weekly_digest.items import WardrobeItem, owned_items
from agents.weekly_digest.statistics import statistics_of, wardrobe_hash
from agents.weekly_digest.versatility import versatility
from agents.weekly_digest.wearing import coming_season, is_never_worn, is_no_longer_worn, season_at, wear_score
from shared.clock import to_iso
from shared.fashion.colours import go_together
from tests.steps import steps
from tests.unit.agents.weekly_digest.wardrobes import CLIMATES, NOW, ago, document, documents, figures, item, told, worn


def euros(amount: float) -> dict[str, Any]:
    return {"amount": amount, "originalCurrency": "EUR"}


def names(counts: tuple[tuple[str, int], ...]) -> list[str]:
    return [f"{name} {count}" for name, count in counts]


def test_cost_per_wear_is_the_price_over_the_wears_in_the_most_frequent_currency_alone() -> None:
    items = [
        item("a", "jeans", price=euros(90), wearCount=45), item("b", "shirt", price=euros(60), wearCount=4),
        item("c", "coat", price=euros(400), wearCount=50), item("d", "dress", price=euros(150)),
        item("e", "watch", price={"amount": 5, "originalCurrency": "GBP"}, wearCount=100), item("f", "cap", wearCount=9),
    ]  # fmt: skip
    costs = figures(items).to_document()["costPerWear"]
    # 90/45 = 2, 400/50 = 8, 60/4 = 15, 150/1 = 150: the middle of four is (8 + 15) / 2
    assert costs == {
        "currency": "EUR", "items": 4, "median": 11.5,
        "best": [{"label": "jeans", "amount": 2.0, "wears": 45}, {"label": "coat", "amount": 8.0, "wears": 50},
                 {"label": "shirt", "amount": 15.0, "wears": 4}],
        "dearest": [{"label": "dress", "amount": 150.0, "wears": 0}],
    }  # fmt: skip


def test_a_price_without_a_currency_is_in_the_users_or_else_in_the_most_frequent_one() -> None:
    bare, pounds = item("a", price=50), item("b", price={"amount": 20, "originalCurrency": "GBP"})
    for currency, expected, count in ((None, "GBP", 2), ("GBP", "GBP", 2), ("EUR", "EUR", 1)):
        costs = statistics_of([bare, pounds], at=NOW, climate=None, currency=currency).costs
        assert costs is not None
        assert (costs.currency, len(costs.costs)) == (expected, count)
    assert figures([bare]).costs is None


def test_median_prices_are_told_of_categories_with_two_prices_or_more() -> None:
    items = [item("a", "shirt", price=euros(20)), item("b", "tee", price=euros(41)), item("c", "coat", price=euros(300))]
    assert figures(items).median_prices == (("tops", 30),)


def test_a_dated_wear_counts_half_as_much_after_every_sixty_days() -> None:
    assert wear_score(item(wearEvents=worn(0)), NOW) == pytest.approx(1)
    assert wear_score(item(wearEvents=worn(60)), NOW) == pytest.approx(1 / 2)
    assert wear_score(item(wearEvents=worn(0, 60, 120, 240)), NOW) == pytest.approx(1 + 1 / 2 + 1 / 4 + 1 / 16)


def test_wears_without_a_date_are_spread_between_the_day_it_was_added_and_the_oldest_dated_one() -> None:
    spread = item(wearEvents=worn(60), wearCount=5, dateAdded=to_iso(ago(180)))
    # the mean of 2^(-t/60) from t = 60 to 180 is (1/2 - 1/8) / (ln 2 * 120/60)
    assert wear_score(spread, NOW) == pytest.approx(1 / 2 + 4 * (1 / 2 - 1 / 8) / (2 * log(2)))
    unknown = item(wearEvents=worn(60), wearCount=5)
    assert wear_score(unknown, NOW) == pytest.approx(5 / 2)
    assert wear_score(item(wearCount=5), NOW) == 0
    assert wear_score(item(wearCount=5, lastWornAt=to_iso(ago(120))), NOW) == pytest.approx(5 / 4)


@given(st.lists(st.floats(0, 2_000), min_size=1, max_size=30), st.integers(0, 500), st.none() | st.floats(0, 3_000))
def test_a_score_lies_between_its_dated_wears_and_all_of_them_on_the_newest_day(
    days: list[float], more: int, added: float | None
) -> None:
    found = item(
        wearEvents=worn(*days), wearCount=len(days) + more, dateAdded=None if added is None else to_iso(ago(added))
    )  # fmt: skip
    dated = sum(2.0 ** (-day / 60) for day in days)
    oldest = 2.0 ** (-max(days) / 60)
    assert dated - 1e-6 <= wear_score(found, NOW) <= dated + more * oldest + 1e-6


def test_never_worn_is_what_was_owned_for_more_than_thirty_days() -> None:
    assert is_never_worn(item(dateAdded=to_iso(ago(31))), NOW)
    assert is_never_worn(item(), NOW)
    assert not is_never_worn(item(dateAdded=to_iso(ago(30))), NOW)
    assert not is_never_worn(item(dateAdded=to_iso(ago(900)), wearCount=1), NOW)


def test_no_longer_worn_is_what_was_worn_and_not_in_the_last_half_year() -> None:
    assert is_no_longer_worn(item(wearEvents=worn(181)), NOW)
    assert not is_no_longer_worn(item(wearEvents=worn(180, 400)), NOW)
    assert not is_no_longer_worn(item(wearCount=5), NOW), "nobody knows when that was"
    assert not is_no_longer_worn(item(), NOW)


def test_wears_by_month_are_the_last_twelve_with_the_empty_ones() -> None:
    items = [item("a", wearEvents=worn(1, 2, 30)), item("b", wearEvents=worn(342, 364, 400))]
    months = figures(items).to_document()["wears"]["byMonth"]
    assert [one["month"] for one in months][::11] == ["2025-12", "2026-11"]
    assert {one["month"]: one["wears"] for one in months if one["wears"]} == {
        "2026-11": 2, "2026-10": 1, "2025-12": 1,
    }  # fmt: skip
    assert figures(items).total_wears == 6


def test_the_mix_counts_each_colour_of_a_garment_and_a_brand_whatever_its_case() -> None:
    items = [
        item("a", "shirt", colours=["navy", "white"], brand="cos"), item("b", "shirt", colours=["navy"], brand="COS"),
        item("c", "coat", colours=[{"name": "quux", "hex": "#123456"}], brand="COS"), item("d", "jeans", brand="Levi's"),
    ]  # fmt: skip
    found = figures(items)
    assert names(found.categories) == ["tops 2", "bottoms 1", "outerwear 1"]
    assert names(found.brands) == ["COS 3", "Levi's 1"]
    assert [(one.name, one.hex, one.count) for one in found.colours] == [
        ("navy", "#1d2a4d", 2), ("quux", "#123456", 1), ("white", "#fafafa", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "north", "coming"),
    [
        (datetime(2026, 12, 1, tzinfo=UTC), "winter", "winter"), (datetime(2026, 2, 28, tzinfo=UTC), "winter", "spring"),
        (datetime(2026, 3, 1, tzinfo=UTC), "spring", "spring"), (datetime(2026, 5, 1, tzinfo=UTC), "spring", "summer"),
        (datetime(2026, 8, 31, tzinfo=UTC), "summer", "autumn"), (datetime(2026, 11, 30, tzinfo=UTC), "autumn", "winter"),
    ],
)  # fmt: skip
def test_seasons_are_opposite_in_the_south(at: datetime, north: str, coming: str) -> None:
    opposite = {"winter": "summer", "summer": "winter", "spring": "autumn", "autumn": "spring"}
    assert (season_at(at, "north"), coming_season(at, "north")) == (north, coming)
    assert (season_at(at, "south"), coming_season(at, "south")) == (opposite[north], opposite[coming])


def test_a_piece_combines_with_other_categories_in_neutrals_neighbours_and_opposites() -> None:
    items = [
        item("jeans", "straight jeans", colours=["navy"]), item("skirt", "midi skirt", colours=["green"]),
        item("shirt", "linen shirt", colours=["white"]), item("scarf", "wool scarf", colours=["rust"]),
        item("odd", "handbag", colours=["quux"]), item("bikini", "bikini", colours=["black"]),
        item("both", "coat", colours=["black", "green"]),
    ]  # fmt: skip
    # a red top: not with another top, not with a hue 138 degrees away, nor with a colour that nobody knows
    assert versatility("tops", "Crimson red", items).item_ids == ("jeans", "scarf")
    assert versatility("tops", "black", items).item_ids == ("jeans", "skirt", "scarf", "odd", "both")
    assert versatility("tops", "no colour", items).item_ids == ("jeans",)
    assert versatility("swimwear", "black", items).count == 0
    assert versatility("rubbish", "black", items).count == 0


@given(st.sampled_from(["red", "navy", "green", "orange", "quux"]), st.sampled_from(["rust", "blue", "lilac", "white"]))
def test_colours_go_together_whichever_comes_first(one: str, other: str) -> None:
    assert go_together(one, other) == go_together(other, one)


def test_the_hash_is_of_the_sorted_ids() -> None:
    expected = hashlib.sha256(b"a,b,c").hexdigest()[:16]
    assert wardrobe_hash(["c", "a", "b"]) == wardrobe_hash(iter(["a", "b", "c"])) == expected
    assert wardrobe_hash([]) == hashlib.sha256(b"").hexdigest()[:16]


def test_an_empty_wardrobe_has_figures_of_nothing() -> None:
    found = figures(owned_items([document("a", draftStatus="pending")], now=NOW)).to_document()
    assert (found["totalItems"], found["categories"], found["costPerWear"], found["mostWorn"]) == (0, [], None, [])
    assert found["neverWorn"] == {"count": 0, "items": []}
    assert len(found["wears"]["byMonth"]) == 12


@given(documents(most=60), st.sampled_from(CLIMATES), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_the_figures_do_not_depend_on_the_order_of_the_documents(wardrobe: list[Any], climate: Any, randomly: Any) -> None:
    def written(some: list[Any]) -> str:
        items = owned_items(some, now=NOW)
        return json.dumps(figures(items, climate).to_document()) + told(items, climate).to_json()

    shuffled = randomly.sample(wardrobe, len(wardrobe))
    assert written(shuffled) == written(wardrobe)


def test_the_figures_are_of_the_instant_that_is_given() -> None:
    found = item(wearEvents=worn(0))
    later = statistics_of([found], at=NOW + timedelta(days=60), climate=None)
    [worn_most] = later.to_document()["mostWorn"]
    assert worn_most == {"id": "a", "label": "navy wool blazer", "colour": "navy", "hex": "#1d2a4d", "score": 0.5}


def ten_thousand() -> list[WardrobeItem]:
    parsed = owned_items(
        [document(f"p{at}", f"garment {at} coat", wearEvents=worn(*range(30), sky="rain")) for at in range(50)], now=NOW
    )
    return [replace(parsed[at % 50], id=f"i{at}") for at in range(10_000)]


@pytest.mark.slow
def test_ten_thousand_garments_take_seconds_and_their_summary_is_bounded() -> None:
    items = ten_thousand()
    assert figures(items, CLIMATES[-1]).total == 10_000
    assert len(told(items, CLIMATES[-1]).to_json().encode()) <= 9_000


def test_what_a_wardrobe_costs_grows_no_faster_than_the_wardrobe() -> None:
    items = ten_thousand()
    thousand, four = (
        steps(lambda: (figures(some, CLIMATES[-1]), told(some, CLIMATES[-1])))  # noqa: B023  (called at once)
        for some in (items[:1_000], items[:4_000])
    )
    assert four < 4.8 * thousand
