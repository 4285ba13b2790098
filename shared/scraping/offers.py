"""What is paid now, among all the prices that offers state (schema.org `Offer`, `AggregateOffer`, `UnitPriceSpecification`)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from shared.scraping.base import Price
from shared.scraping.linked_data import Graph, nodes, values
from shared.scraping.prices import read_machine_price
from shared.web.feed_dates import read_date

# https://schema.org/PriceTypeEnumeration; what shops write beside them
NOT_PAID: Final = (
    "list",
    "strikethrough",
    "srp",
    "msrp",
    "rrp",
    "regular",
    "original",
    "compare",
    "was",
    "invoice",
    "minimumadvertised",
)
PAID: Final = ("sale", "special", "discount", "promo", "current", "final")
GONE: Final = ("outofstock", "soldout", "discontinued")
MAX_DEPTH: Final = 3


def price_now(
    offers: Sequence[dict[str, Any]], graph: Graph, *, at: datetime, currency: str | None, depth: int = MAX_DEPTH
) -> Price | None:
    """Return the price of the first offer that has one, those in stock first; of an aggregate, the lowest."""
    for offer in sorted(offers, key=_is_gone):
        price = _of_offer(offer, graph, at, currency)
        if price is None and depth:
            price = price_now(graph.objects(offer.get("offers")), graph, at=at, currency=currency, depth=depth - 1)
        if price is not None:
            return price
    return None


def _of_offer(offer: dict[str, Any], graph: Graph, at: datetime, currency: str | None) -> Price | None:
    """Return an offer's price: a sale's before its own, its own before another specification's, none that is struck out."""
    ranked = []
    for rank, said in _stated(offer, graph, at):
        code = next(values(said.get("priceCurrency")), None) or next(values(offer.get("priceCurrency")), None)
        price = next(
            (
                found
                for name in ("price", "lowPrice")
                for one in nodes(said.get(name))
                if (found := read_machine_price(one, code, assumed=currency))
            ),
            None,
        )
        if price is not None:
            ranked.append((rank, price.amount, price))
    return min(ranked, key=lambda one: one[:2])[2] if ranked else None


def _stated(offer: dict[str, Any], graph: Graph, at: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the statements of a price that may be the one that is paid, each with its rank: the lowest is to be believed."""
    kind = _kind(offer)
    if not _is(kind, NOT_PAID):
        yield (0 if _is(kind, PAID) else 1), offer
    for said in graph.objects(offer.get("priceSpecification")):
        kind = _kind(said)
        begins, ends = read_date(said.get("validFrom")), read_date(said.get("validThrough"))
        if _is(kind, NOT_PAID) or (begins and at < begins) or (ends and at > ends) or _is_conditional(said):
            continue
        net = said.get("valueAddedTaxIncluded") in {False, "false", "False"}
        part = "referenceQuantity" in said  # a price by weight or length, of which the whole is more
        yield (4 if part else 3 if net else 0 if _is(kind, PAID) else 2), said


def _kind(said: dict[str, Any]) -> str:
    return next(values(said.get("priceType")), "").rpartition("/")[2].casefold()


def _is(kind: str, words: Sequence[str]) -> bool:
    return kind.startswith(tuple(words))


def _is_conditional(said: dict[str, Any]) -> bool:
    """True for what is a fee, or is asked of some only: members, or those who take many."""
    kinds = {text.rpartition("/")[2].casefold() for text in values(said.get("@type"))}
    fee = any("charge" in kind for kind in kinds)
    return fee or bool(said.get("validForMemberTier")) or _least(said.get("eligibleQuantity")) > 1


def _least(quantity: object) -> float:
    value = quantity.get("minValue") or quantity.get("value") if isinstance(quantity, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _is_gone(offer: dict[str, Any]) -> bool:
    said = next(values(offer.get("availability")), "").rpartition("/")[2].casefold()
    return said in GONE
