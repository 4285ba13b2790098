"""The numbered facts that suggestions have to cite: `f1`, `f2`, … of the wardrobe, and its gaps `g1`, `g2`, …"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from agents.weekly_digest.gaps import plenty
from agents.weekly_digest.items import WardrobeItem
from agents.weekly_digest.statistics import CostPerWear, Statistics

NAMED: Final = 3
LISTED: Final = 8
WEATHERS: Final = ("wet", "snow", "cold", "mild", "hot")
Kind = Literal[
    "total", "worn", "categories", "colours", "most_worn", "cost", "lowest_cost", "highest_cost", "never_worn",
    "no_longer_worn", "plenty", "weather", "climate", "season", "category",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One fact. The kinds `climate`, `season` and `category` are those of the gaps."""

    key: str
    kind: Kind
    text: str


def figures_of(items: Sequence[WardrobeItem], statistics: Statistics) -> tuple[Figure, ...]:
    """Return the facts, the gaps last. Every number that a suggestion may use stands in one of them."""
    facts = [Figure(f"f{number}", kind, text) for number, (kind, text) in enumerate(_facts(items, statistics), start=1)]
    return (*facts, *(Figure(gap.key, gap.kind, gap.text) for gap in statistics.gaps))


def _facts(items: Sequence[WardrobeItem], statistics: Statistics) -> Iterator[tuple[Kind, str]]:
    total = statistics.total
    yield "total", f"{total} owned items, {len(statistics.never_worn)} of them never worn"
    if not total:
        return
    yield "worn", f"{statistics.with_wears} of {total} owned items have been worn, {statistics.total_wears} times in all"
    yield "categories", "owned items by category: " + _mix(statistics.categories)
    if statistics.colours:
        yield "colours", "owned items by colour: " + _mix((one.name, one.count) for one in statistics.colours)
    if worn := [item for item, score in statistics.scores[:NAMED] if score > 0]:
        yield "most_worn", "most worn of late: " + _labels(worn)
    yield from _costs(statistics)
    if statistics.never_worn:
        yield "never_worn", "never worn: " + _labels(statistics.never_worn)
    if past := statistics.no_longer_worn:
        were = "was" if len(past) == 1 else "were"
        yield (
            "no_longer_worn",
            f"{len(past)} of {total} owned items {were} worn before, not in the last 180 days: {_labels(past)}",
        )
    for category, count, most in plenty(items, statistics.zone)[:1]:
        yield "plenty", f"{count} of {total} owned items are {category}; most wardrobes of this size have at most {most}"
    if last := statistics.last_weather:
        counts = [(name, sum(name in wear.weather for wear in last)) for name in WEATHERS]
        yield "weather", f"of the last {len(last)} wears with known weather: " + _mix(one for one in counts if one[1])


def _costs(statistics: Statistics) -> Iterator[tuple[Kind, str]]:
    costs = statistics.costs
    if costs is None:
        return
    priced = "1 priced item" if len(costs.costs) == 1 else f"{len(costs.costs)} priced items"
    yield "cost", f"median cost per wear of {priced}: {costs.median:.2f} {costs.currency}"
    if costs.best:
        yield "lowest_cost", f"lowest cost per wear: {_cost(costs.best[0], costs.currency)}"
    if costs.dearest:
        yield "highest_cost", f"highest cost per wear: {_cost(costs.dearest[0], costs.currency)}"


def _cost(cost: CostPerWear, currency: str) -> str:
    wears = cost.item.wears
    return f"{cost.item.label}, {cost.amount:.2f} {currency} with {wears} {'wear' if wears == 1 else 'wears'}"


def _mix(counts: Iterator[tuple[str, int]] | Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in islice(counts, LISTED))


def _labels(items: Sequence[WardrobeItem]) -> str:
    return ", ".join(item.label for item in items[:NAMED])
