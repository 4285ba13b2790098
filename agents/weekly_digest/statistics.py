"""The wardrobe in figures: a pure function of the owned garments, the instant and the climate."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from statistics import median
from typing import Any

from agents.weekly_digest.gaps import Gap, find_gaps
from agents.weekly_digest.items import Paid, WardrobeItem, Wear
from agents.weekly_digest.wearing import (
    Season,
    coming_season,
    is_never_worn,
    is_no_longer_worn,
    latest_weather,
    season_at,
    wear_score,
    wears_by_month,
)
from shared.clock import to_iso
from shared.fashion.climate import Climate, Hemisphere, Zone
from shared.fashion.colours import HEX

MAX_COLOURS, MAX_BRANDS, MAX_COSTS, MAX_LISTED = 12, 8, 3, 5
LAST_WEARS = 30


@dataclass(frozen=True, slots=True)
class ColourCount:
    """A colour, `#rrggbb` where it is known, and how many garments have it."""

    name: str
    hex: str | None
    count: int


@dataclass(frozen=True, slots=True)
class CostPerWear:
    """What one wear of a garment has cost so far: its price over its wears, or over one where it was never worn."""

    item: WardrobeItem
    amount: float


@dataclass(frozen=True, slots=True)
class CostsPerWear:
    """The costs per wear of the garments priced in one currency, the most frequent one; `best` are worn ones, lowest first."""

    currency: str
    costs: tuple[CostPerWear, ...]

    @property
    def median(self) -> float:
        """The middle cost."""
        return round(median(cost.amount for cost in self.costs), 2)

    @property
    def best(self) -> tuple[CostPerWear, ...]:
        """At most 3, the lowest first."""
        return tuple(islice((cost for cost in self.costs if cost.item.wears), MAX_COSTS))

    @property
    def dearest(self) -> tuple[CostPerWear, ...]:
        """At most 3, the highest first; none that is among the best."""
        best = self.best
        return tuple(islice((cost for cost in reversed(self.costs) if cost not in best), MAX_COSTS))


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures of a wardrobe at an instant. Lists are whole, `to_document` cuts them to what a page shows.

    `coming`: the season 45 days ahead. `last_weather`: the last 30 wears, of the last year, whose weather is known.
    """

    at: datetime
    zone: Zone | None
    hemisphere: Hemisphere
    season: Season
    coming: Season
    total: int
    with_wears: int
    total_wears: int
    categories: tuple[tuple[str, int], ...]
    colours: tuple[ColourCount, ...]
    brands: tuple[tuple[str, int], ...]
    by_month: tuple[tuple[str, int], ...]
    costs: CostsPerWear | None
    scores: tuple[tuple[WardrobeItem, float], ...]
    never_worn: tuple[WardrobeItem, ...]
    no_longer_worn: tuple[WardrobeItem, ...]
    last_weather: tuple[Wear, ...]
    gaps: tuple[Gap, ...]

    @property
    def median_prices(self) -> tuple[tuple[str, int], ...]:
        """The median price paid by category, in the currency of `costs`, for categories with two priced garments or more."""
        paid: dict[str, list[float]] = {}
        for cost in self.costs.costs if self.costs else ():
            if cost.item.price:
                paid.setdefault(cost.item.category, []).append(cost.item.price.amount)
        return tuple((name, max(round(median(found)), 1)) for name, found in sorted(paid.items()) if len(found) > 1)

    def to_document(self) -> dict[str, Any]:
        """Return the `statistics` of a digest."""
        return {
            "asOf": to_iso(self.at), "season": self.season, "hemisphere": self.hemisphere, "totalItems": self.total,
            "itemsWithWearHistory": self.with_wears,
            "categories": [{"name": name, "count": count} for name, count in self.categories],
            "colours": [{"name": one.name, "hex": one.hex, "count": one.count} for one in self.colours[:MAX_COLOURS]],
            "brands": [{"name": name, "count": count} for name, count in self.brands[:MAX_BRANDS]],
            "wears": {
                "total": self.total_wears,
                "byMonth": [{"month": month, "wears": wears} for month, wears in self.by_month],
            },
            "costPerWear": _costs_document(self.costs) if self.costs else None,
            "mostWorn": [
                shown_piece(item) | {"score": round(score, 2)} for item, score in self.scores[:MAX_LISTED] if score > 0
            ],
            "neverWorn": {"count": len(self.never_worn), "items": [
                shown_piece(item) | {"addedAt": to_iso(item.added_at) if item.added_at else None}
                for item in self.never_worn[:MAX_LISTED]
            ]},
            "noLongerWorn": {"count": len(self.no_longer_worn), "items": [
                shown_piece(item) | {"lastWornAt": to_iso(item.last_worn_at)}
                for item in self.no_longer_worn[:MAX_LISTED] if item.last_worn_at
            ]},
            "gaps": [gap.to_document() for gap in self.gaps],
        }  # fmt: skip


def shown_piece(item: WardrobeItem) -> dict[str, Any]:
    """Return a garment as a digest names it: its id, what it is called, and its first colour."""
    first = item.colours[0] if item.colours else None
    return {"id": item.id, "label": item.label, "colour": first.name if first else None, "hex": first.hex if first else None}


def wardrobe_hash(item_ids: Iterable[str]) -> str:
    """Return the first 16 hex digits of SHA-256 over the sorted ids joined by a comma."""
    return hashlib.sha256(",".join(sorted(item_ids)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def statistics_of(
    items: Sequence[WardrobeItem], *, at: datetime, climate: Climate | None, currency: str | None = None
) -> Statistics:
    """Return the figures of the owned garments.

    `climate`: None where it is not known; then months are read as in the north, and no season's gaps are looked for.
    `currency`: ISO 4217, that of prices which name none (older documents); None: the most frequent one of the wardrobe.
    """
    hemisphere: Hemisphere = climate.hemisphere if climate else "north"
    scores = sorted(((item, wear_score(item, at)) for item in items), key=lambda one: (-one[1], -one[0].wears, one[0].id))
    never = [item for item in items if is_never_worn(item, at)]
    past = [item for item in items if is_no_longer_worn(item, at)]
    last = latest_weather(items, at, LAST_WEARS)
    return Statistics(
        at=at, zone=climate.zone if climate else None, hemisphere=hemisphere, season=season_at(at, hemisphere),
        coming=coming_season(at, hemisphere), total=len(items),
        with_wears=sum(item.wears > 0 for item in items), total_wears=sum(item.wears for item in items),
        categories=_counted(item.category for item in items), colours=_colours(items),
        brands=_brands(items), by_month=wears_by_month(items, at), costs=_costs(items, currency), scores=tuple(scores),
        never_worn=tuple(sorted(never, key=lambda item: (item.added_at or at, item.id))),
        no_longer_worn=tuple(sorted(past, key=lambda item: (-item.wears, item.last_worn_at or at, item.id))),
        last_weather=last, gaps=find_gaps(items, at=at, climate=climate, worn=last),
    )  # fmt: skip


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])))


def _colours(items: Sequence[WardrobeItem]) -> tuple[ColourCount, ...]:
    """A garment counts once for each of its colours; an unknown colour word has the code its garments give most often."""
    colours = [colour for item in items for colour in item.colours]
    codes = _most_often([(one.name, one.hex) for one in colours if one.hex and one.name not in HEX])
    return tuple(
        ColourCount(name, HEX.get(name) or codes.get(name), count) for name, count in _counted([one.name for one in colours])
    )


def _brands(items: Sequence[WardrobeItem]) -> tuple[tuple[str, int], ...]:
    """Brands are one whatever their case; shown as they are written most often."""
    brands = [(item.brand.casefold(), item.brand) for item in items if item.brand]
    shown, counts = _most_often(brands), Counter([brand for brand, _ in brands])
    return tuple(sorted(((shown[brand], count) for brand, count in counts.items()), key=lambda one: (-one[1], one[0])))


def _most_often(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what stands most often beside each; of what stands there as often the first by the alphabet."""
    found: dict[str, str] = {}
    for name, beside in sorted((counts := Counter(pairs)), key=lambda pair: (-counts[pair], pair)):
        found.setdefault(name, beside)
    return found


def _costs(items: Sequence[WardrobeItem], currency: str | None) -> CostsPerWear | None:
    priced = [(item, item.price) for item in items if item.price]
    named = _counted(price.currency for _, price in priced if price.currency)
    assumed = currency or (named[0][0] if named else None)
    counted = _counted(code for _, price in priced if (code := price.currency or assumed))
    if not counted:
        return None
    code = counted[0][0]
    costs = [CostPerWear(item, _cost(item, price)) for item, price in priced if (price.currency or assumed) == code]
    return CostsPerWear(code, tuple(sorted(costs, key=lambda cost: (cost.amount, -cost.item.wears, cost.item.id))))


def _cost(item: WardrobeItem, price: Paid) -> float:
    return round(price.amount / max(item.wears, 1), 2)


def _costs_document(costs: CostsPerWear) -> dict[str, Any]:
    def shown(some: Iterable[CostPerWear]) -> list[dict[str, Any]]:
        return [{"label": cost.item.label, "amount": cost.amount, "wears": cost.item.wears} for cost in some]

    return {
        "currency": costs.currency, "items": len(costs.costs), "median": costs.median, "best": shown(costs.best),
        "dearest": shown(costs.dearest),
    }  # fmt: skip
