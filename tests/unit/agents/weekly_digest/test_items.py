"""Garments of every shape that an app version wrote: read without an error, bounded, and safe to show."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.weekly_digest.items import MAX_ITEMS, MAX_LABEL, Colour, Paid, is_owned, owned_items, parse_item
from shared.fashion.suggestions import CATEGORIES
from tests.unit.agents.weekly_digest.wardrobes import NOW, STRANGE, document, item, worn

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(STRANGE)
    | st.sampled_from(["2026-11-01", "-5", "nan", "1e999", "10.000,50 kr", "31/12/2025", {"name": "navy", "hex": "#zzz"}]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["amount", "originalCurrency", "occurredAt", "weatherSnapshot", "conditions", "name", "hex",
        "tempC"]), inner,
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip
FIELDS = st.sampled_from(
    ["title", "name", "category", "tags", "aestheticTags", "colours", "brand", "price", "dateAdded", "wearCount", "lastWornAt",
     "wearEvents", "draftStatus", "isWishlisted"],
)  # fmt: skip


@given(st.dictionaries(FIELDS, JSON, max_size=14))
def test_no_shape_of_a_document_is_an_error_and_all_that_comes_out_is_bounded(fields: dict[str, Any]) -> None:
    found = parse_item({"id": "a", **fields}, now=NOW)
    assert found is not None
    assert 0 < len(found.label) <= MAX_LABEL
    assert found.label.isprintable()
    assert not set("<>") & set(found.label)
    assert found.category in CATEGORIES
    assert 0 <= len(found.worn_at) == len(found.weathers) <= 30
    assert found.wears >= len(found.worn_at)
    assert found.price is None or 0 < found.price.amount < 1_000_001
    times = [one for one in (found.added_at, found.last_worn_at, *found.worn_at) if one]
    assert all(one <= NOW for one in times)
    assert list(found.worn_at) == sorted(found.worn_at, reverse=True)


def test_drafts_and_wishes_are_not_owned() -> None:
    assert is_owned(document())
    assert is_owned(document(draftStatus=None, isWishlisted=False))
    for fields in ({"draftStatus": "pending"}, {"draftStatus": ""}, {"isWishlisted": True}, {"isWishlisted": "true"}):
        assert not is_owned(document(**fields))
    assert owned_items([document("a", draftStatus="ready"), document("b", isWishlisted=1)], now=NOW) == ()


def test_what_is_no_garment_is_left_out_and_an_id_counts_once() -> None:
    documents = [None, "x", 7, [], {}, {"id": ""}, {"id": 5}, {"id": "x" * 256}, document("a"), document("a", "second")]
    assert [one.label for one in owned_items(documents, now=NOW)] == ["navy wool blazer"]


def test_a_wardrobe_is_read_up_to_ten_thousand_garments() -> None:
    assert len(owned_items((document(f"i{at}") for at in range(MAX_ITEMS + 5)), now=NOW)) == MAX_ITEMS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (59, Paid(59.0, None)), (59.9, Paid(59.9, None)), ("59,90", Paid(59.9, None)), ("1.299,00 €", Paid(1299.0, "EUR")),
        ("$1,299.50", Paid(1299.5, "USD")), ("1 299 SEK", Paid(1299.0, "SEK")), ("1.299", Paid(1299.0, None)),
        ("0.999", Paid(0.999, None)), ("was 40 €", Paid(40.0, "EUR")),
        ({"amount": 120, "originalCurrency": "EUR"}, Paid(120.0, "EUR")), ({"amount": "120 usd"}, Paid(120.0, None)),
        ({"amount": "12 GBP"}, Paid(12.0, "GBP")), ({"amount": 5, "originalCurrency": "eur"}, Paid(5.0, "EUR")),
        ({"amount": 5, "originalCurrency": "euros"}, Paid(5.0, None)), ({"originalCurrency": "EUR"}, None), ({}, None),
        (0, None),
        (-5, None), ("-5", None), (float("nan"), None), (float("inf"), None), (10**400, None), (1_000_001, None), (True, None),
        (None, None), ("free", None), ([59], None),
    ],
)  # fmt: skip
def test_a_price_of_any_shape(value: object, expected: Paid | None) -> None:
    assert item(price=value).price == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-05", datetime(2026, 3, 5, tzinfo=UTC)), ("2026-03-05T10:00:00Z", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("2026-03-05T10:00:00.123456+02:00", datetime(2026, 3, 5, 8, 0, 0, 123456, tzinfo=UTC)),
        ("2026-03-05T10:00:00", datetime(2026, 3, 5, 10, tzinfo=UTC)), (1_772_668_800, datetime(2026, 3, 5, tzinfo=UTC)),
        (1_772_668_800_000, datetime(2026, 3, 5, tzinfo=UTC)), ("1772668800", datetime(2026, 3, 5, tzinfo=UTC)),
        ("31/12/2025", datetime(2025, 12, 31, tzinfo=UTC)), ("12/31/2025", datetime(2025, 12, 31, tzinfo=UTC)),
        ("5/5/2026", datetime(2026, 5, 5, tzinfo=UTC)), ("5/6/2026", None), ("31.12.2025", datetime(2025, 12, 31, tzinfo=UTC)),
        ("2027-01-01", NOW), ("0001-01-01T00:00:00Z", None), (0, None), ("yesterday", None), ("2026-13-40", None), ("", None),
        (float("nan"), None), (10**400, None), (True, None), (None, None), ({"$date": 5}, None),
    ],
)  # fmt: skip
def test_a_date_of_any_shape_is_none_in_doubt_and_never_in_the_future(value: object, expected: datetime | None) -> None:
    assert item(dateAdded=value).added_at == expected


def test_wears_are_known_from_the_count_or_from_the_events_whichever_says_more() -> None:
    assert item(wearEvents=worn(1, 2, 3)).wears == 3
    assert item(wearEvents=worn(1, 2, 3), wearCount=50).wears == 50
    assert item(wearEvents=worn(1, 2, 3), wearCount=1).wears == 3
    assert item(wearCount="12").wears == 12
    assert item(wearCount=-4).wears == 0
    assert item(lastWornAt="2026-11-01").wears == 1
    undated = item(wearEvents=[*worn(4), {"occasion": "work"}, {"occurredAt": "rubbish"}, "no event"])
    assert (undated.wears, len(undated.worn_at)) == (3, 1)


def test_the_last_wear_is_the_later_of_the_field_and_the_events() -> None:
    assert item(wearEvents=worn(9, 2), lastWornAt="2026-01-01").last_worn_at == NOW - timedelta(days=2)
    assert item(wearEvents=worn(9), lastWornAt="2026-11-22").last_worn_at == datetime(2026, 11, 22, tzinfo=UTC)
    assert item().last_worn_at is None


def test_of_more_than_thirty_events_the_newest_are_dated_and_all_are_counted() -> None:
    found = item(wearEvents=worn(*range(40, 0, -1)))
    assert (len(found.worn_at), found.wears) == (30, 40)
    assert found.worn_at[0] == NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        ({"conditions": "Light rain"}, {"wet"}), ({"conditions": ["Snow", "cold"]}, {"snow", "cold"}), ("hot", {"hot"}),
        ({"conditions": "cloudy", "tempC": 31}, {"hot"}), ({"temperatureC": "2", "conditions": 9}, {"cold"}),
        ({"conditions": None}, set()), (None, set()), (["rain"], set()), (5, set()),
    ],
)  # fmt: skip
def test_the_weather_of_a_wear(snapshot: object, expected: set[str]) -> None:
    [weather] = item(wearEvents=[{"occurredAt": "2026-11-01", "weatherSnapshot": snapshot}]).weathers
    assert weather == expected


def test_colours_of_every_shape_are_named_as_here() -> None:
    assert item(colours=["Dark Blue", "gray"]).known_colours == ("navy", "grey")
    assert item(colours=[{"name": "Off-White", "hex": "#ffffff"}]).colours == (Colour("ivory", "#f6f0de"),)
    assert item(colours="camel").known_colours == ("camel",)
    assert item(colours=["#1d2a4d"]).colours == (Colour("navy", "#1d2a4d"),)
    assert item(colours=[{"name": None, "hex": "1D2A4D"}]).known_colours == ("navy",)
    assert item(colours=[{"name": "navy", "hex": "zz"}, None, 5, {}, ["red"], ""]).known_colours == ("navy",)


def test_without_colours_those_of_the_name_count() -> None:
    assert item(title="red and dark blue scarf").known_colours == ("red", "navy")
    assert item(title="red scarf", colours=["green"]).known_colours == ("green",)
    assert item(title="scarf").known_colours == ()


def test_a_colour_word_that_is_not_known_is_judged_by_its_code() -> None:
    found = item(colours=[{"name": "Marineblau", "hex": "#1d2a4e"}, {"name": "Quux", "hex": None}])
    assert found.colours == (Colour("marineblau", "#1d2a4e"), Colour("quux", None))
    assert found.known_colours == ("navy",)


@pytest.mark.parametrize(
    ("fields", "category"),
    [
        ({"category": "Tops"}, "tops"), ({"category": "Women > Knitwear"}, "knitwear"), ({"category": "Footwear"}, "shoes"),
        ({"category": "Damen", "title": "silk dress"}, "dresses"), ({"category": "other", "title": "wool coat"}, "outerwear"),
        ({"title": "shirt dress"}, "dresses"), ({"title": "dress shirt"}, "tops"), ({"title": "jeans with belt"}, "bottoms"),
        ({"title": "Something", "tags": ["autumn", "loafers"]}, "shoes"),
        ({"title": None, "aestheticTags": ["bikini"]}, "swimwear"),
        ({"title": "suit jacket", "category": "tailoring"}, "tailoring"), ({"title": "x", "category": 7}, "other"),
    ],
)  # fmt: skip
def test_the_category_is_what_the_document_says_or_else_its_name_and_tags(fields: dict[str, Any], category: str) -> None:
    assert item(**fields).category == category


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"brand": "Arket"}, "navy wool blazer (Arket)"), ({"title": "Arket blazer", "brand": "ARKET"}, "Arket blazer"),
        ({"title": None, "tags": ["work", "Wool", "blazer"], "colours": ["navy"], "brand": "COS"}, "navy wool blazer (COS)"),
        ({"title": None, "category": "tops", "colours": ["red"]}, "red top"), ({"title": None}, "piece"),
        ({"title": "", "name": "old name"}, "old name"),
        ({"title": None, "tags": ["denim", "jeans"], "colours": ["denim"]}, "denim jeans"),
        ({"title": "two\nlines\tand\u202e <b>tags</b>"}, "two lines and b tags /b"),
        ({"title": "word " * 1_000, "brand": "Brand"}, "word word word word word word word word word word (Brand)"),
    ],
)  # fmt: skip
def test_a_label_is_one_human_line(fields: dict[str, Any], label: str) -> None:
    assert item(**fields).label == label
