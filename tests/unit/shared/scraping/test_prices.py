"""Prices for people and for machines, and which of several is paid now."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.scraping.base import Price
from shared.scraping.linked_data import Graph
from shared.scraping.offers import price_now
from shared.scraping.prices import read_machine_price, read_price

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("25.500", 25.5),
        ("129.900", 129.9),
        ("129.9000", 129.9),
        ("1.2E+2", 120.0),
        ("1.2e2", 120.0),
        ("12990", 12990.0),
        (".5", 0.5),
        ("1.299", 1.3),
        (129.9, 129.9),
        (120, 120.0),
        ("1,299.00", 1299.0),
        ("39,95", 39.95),
        ("12,800", 12800.0),
        (" 25.500 ", 25.5),
    ],
)
def test_a_machines_point_is_a_point(written: object, amount: float) -> None:
    assert read_machine_price(written, "EUR") == Price(amount, "EUR")


def test_a_machines_price_may_bring_its_currency() -> None:
    assert read_machine_price("25.500 KWD") == Price(25.5, "KWD")
    assert read_machine_price("KWD 25.125") == Price(25.125, "KWD")
    assert read_machine_price("25.125", "EUR") == Price(25.12, "EUR")
    assert read_machine_price("EUR 1.299,00") == Price(1299.0, "EUR")
    assert read_machine_price("1.299 \u20ac") == Price(1299.0, "EUR")


def test_a_price_for_people_may_part_its_thousands() -> None:
    assert read_price("1.299", "EUR") == Price(1299.0, "EUR")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "free",
        "0",
        "0.00",
        "NaN",
        "1e999",
        "1e308",
        "9" * 400,
        float("nan"),
        float("inf"),
        1e308,
        10**400,
        True,
        None,
        [],
        {},
        "\u2460",
        "\u00bd",
    ],
)
def test_what_is_no_price_is_none(written: object) -> None:
    assert read_machine_price(written, "EUR") is None


def specification(amount: str, kind: str = "", **more: Any) -> dict[str, Any]:
    said = {"@type": "UnitPriceSpecification", "price": amount, "priceCurrency": "EUR", **more}
    return said | ({"priceType": f"https://schema.org/{kind}"} if kind else {})


def paid(offer: dict[str, Any] | list[dict[str, Any]], **more: Any) -> float | None:
    offers = offer if isinstance(offer, list) else [offer]
    price = price_now(offers, Graph([], ""), at=NOW, currency=None, **more)
    return price.amount if price else None


SALE = specification("150.00", "SalePrice")
STRUCK = [
    specification("200.00", kind)
    for kind in ("ListPrice", "StrikethroughPrice", "SRP", "MSRP", "RegularPrice", "InvoicePrice", "MinimumAdvertisedPrice")
]


@pytest.mark.parametrize("struck", STRUCK, ids=lambda one: one["priceType"].rpartition("/")[2])
def test_what_is_paid_now_is_found_in_any_order(struck: dict[str, Any]) -> None:
    plain = specification("150.00")
    for order in ([struck, SALE], [SALE, struck], [struck, plain], [plain, struck]):
        assert paid({"@type": "Offer", "priceSpecification": order}) == 150
    assert paid({"@type": "Offer", "price": "150.00", "priceSpecification": [struck]}) == 150
    assert paid({"@type": "Offer", "price": "200.00", "priceSpecification": [SALE]}) == 150
    assert paid({"@type": "Offer", "priceSpecification": struck}) is None


def test_conditions_of_a_price_are_kept() -> None:
    plain = specification("150.00")
    others = [
        specification("90.00", "SalePrice", validThrough="2026-11-01"),
        specification("90.00", "SalePrice", validFrom="2026-12-01"),
        specification("90.00", validForMemberTier={"@type": "MemberProgramTier"}),
        specification("90.00", eligibleQuantity={"minValue": 10}),
        specification("15.00", referenceQuantity={"value": 100}),
        specification("126.05", valueAddedTaxIncluded=False),
        specification("5.00") | {"@type": "DeliveryChargeSpecification"},
    ]
    for other in others:
        assert paid({"priceSpecification": [other, plain]}) == paid({"priceSpecification": [plain, other]}) == 150


def test_aggregates_and_what_is_sold_out() -> None:
    assert paid({"@type": "AggregateOffer", "lowPrice": "99.900", "highPrice": "150", "priceCurrency": "GBP"}) == 99.9
    assert paid({"@type": "AggregateOffer", "offers": [{"price": 20}]}) == 20
    gone = {"price": 200, "availability": "https://schema.org/OutOfStock"}
    assert paid([gone, {"price": 55, "availability": "https://schema.org/InStock"}]) == 55
    assert paid([gone]) == 200
    assert paid([{"price": 0}, {"price": ["120.00"], "priceCurrency": ["EUR"]}]) == 120
