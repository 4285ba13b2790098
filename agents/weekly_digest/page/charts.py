"""The geometry of the page's drawings. Lengths are percent of the drawing's width, or pixels where the name says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.weekly_digest.page.reading import MonthWears, ShownShare

PLOT_PIXELS: Final = 112
TOP_PIXELS: Final = 22
DOT_COLUMNS: Final = 12
MONTHS_A_YEAR: Final = 12
DOT_STEP: Final = 13
MAX_DOTS: Final = 140
GAP: Final = 0.5


@dataclass(frozen=True, slots=True)
class Column:
    """A month's bar: left edge, width and middle in percent; top and height in pixels."""

    month: MonthWears
    left: float
    width: float
    middle: float
    top: float
    height: float


def columns(months: Sequence[MonthWears]) -> list[Column]:
    """Return a bar a month, at most twelve, the highest `PLOT_PIXELS` tall; a month without wears keeps a line of one pixel."""
    most = max((one.wears for one in months), default=0) or 1
    step = 100 / MONTHS_A_YEAR
    drawn = []
    for index, one in enumerate(months):
        height = max(round(PLOT_PIXELS * one.wears / most, 1), 1.0)
        left, middle = ((index + part) * step for part in (0.24, 0.5))
        drawn.append(
            Column(one, round(left, 2), round(0.52 * step, 2), round(middle, 2), TOP_PIXELS + PLOT_PIXELS - height, height)
        )
    return drawn


@dataclass(frozen=True, slots=True)
class Band:
    """A colour's part of the strip: left edge and width in percent."""

    share: ShownShare
    left: float
    width: float


def bands(shares: Sequence[ShownShare]) -> list[Band]:
    """Return the colours side by side, each as wide as its count, with a thin gap between them."""
    total = sum(one.count for one in shares)
    drawn: list[Band] = []
    left = 0.0
    for one in shares:
        width = 100 * one.count / total
        drawn.append(Band(one, round(left, 2), round(max(width - GAP, 0.3), 2)))
        left += width
    return drawn


@dataclass(frozen=True, slots=True)
class Dots:
    """A dot an owned garment: their middles in pixels, the first `filled` of them inked, and the drawing's size."""

    middles: tuple[tuple[float, float], ...]
    filled: int
    width: int
    height: int


def dots(filled: int | None, total: int | None) -> Dots | None:
    """Return the dots of `filled` garments out of `total`; None where there is nothing to compare, or too much to count."""
    if filled is None or total is None or not 0 < total <= MAX_DOTS or filled > total:
        return None
    half = DOT_STEP / 2
    places = (divmod(index, DOT_COLUMNS) for index in range(total))
    middles = tuple((column * DOT_STEP + half, row * DOT_STEP + half) for row, column in places)
    return Dots(middles, filled, min(total, DOT_COLUMNS) * DOT_STEP, -(-total // DOT_COLUMNS) * DOT_STEP)


def pinked(side: float, teeth: int) -> str:
    """Return the points of a square cut with pinking shears, as a polygon, one tooth high inside `side` pixels."""
    tooth = side / teeth
    depth = tooth * 0.55
    edge = [(index * tooth / 2, 0.0 if index % 2 else depth) for index in range(1, 2 * teeth)]
    corner = depth * 0.6
    points = [(corner, corner), *edge, (side - corner, corner)]
    points += [(side - y, x) for x, y in edge]
    points += [(side - corner, side - corner)]
    points += [(side - x, side - y) for x, y in edge]
    points += [(corner, side - corner)]
    points += [(y, side - x) for x, y in edge]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
