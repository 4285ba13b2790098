"""Reads a stored digest into what both pages print: typed, bounded, tolerant. What is missing or odd is left out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from agents.weekly_digest.page.colours import paint
from agents.weekly_digest.page.pictures import shown_address
from agents.weekly_digest.page.text import decimal, lines, mapping, plainly, rows, shown_line, whole
from shared.clock import read_iso

ITEM, RATIONALE, FIGURE, LABEL, NAME, GAP = 120, 900, 240, 80, 40, 300
NO_PICTURES: Final[Mapping[str, object]] = {}
MAX_SUGGESTIONS: Final = 8
MAX_PAIRS: Final = 12
MAX_ROWS: Final = 13
MONTHS_SHOWN: Final = 12
CLIMATES: Final = {"temperate", "continental", "dry", "tropical", "polar"}
SEASONS: Final = {"spring", "summer", "autumn", "winter"}
CURRENCY: Final = re.compile(r"[A-Z]{3}")
WEEK: Final = re.compile(r"([0-9]{4})-W([0-9]{2})")
MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Tint:
    """A colour as it is called and, where it may be painted, its `#rrggbb`."""

    name: str
    hex: str | None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; `currency` is an ISO 4217 code, or empty when none was given."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """An owned garment: what it is called, its first colour, and its picture's address where one may be shown."""

    label: str
    tint: Tint
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class ShownSuggestion:
    """One thing to buy. None: the digest does not say."""

    item: str
    category: str
    tint: Tint
    rationale: str
    figures: tuple[str, ...]
    pairs_with: tuple[ShownPiece, ...]
    combines_with: int | None
    price: Money | None
    wears_a_year: int | None
    cost_per_wear: Money | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class ShownShare:
    """A named part of the wardrobe and how many garments it has."""

    name: str
    count: int
    hex: str | None = None


@dataclass(frozen=True, slots=True)
class MonthWears:
    """The wears of one month; `first` is the month's first day."""

    first: date
    wears: int


@dataclass(frozen=True, slots=True)
class Cost:
    """A garment's cost per wear so far, and its wears."""

    label: str
    money: Money
    wears: int | None


@dataclass(frozen=True, slots=True)
class CostLine:
    """What a wear costs: the median of `items` priced garments, the best and the dearest."""

    items: int
    median: Money
    best: tuple[Cost, ...]
    dearest: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """A garment and the day that matters for its list."""

    piece: ShownPiece
    on: date | None


@dataclass(frozen=True, slots=True)
class DatedList:
    """Some garments of a longer list of `count`."""

    count: int
    items: tuple[Dated, ...]


@dataclass(frozen=True, slots=True)
class PageContent:
    """A digest as it is printed."""

    monday: date | None
    written: datetime | None
    suggestions: tuple[ShownSuggestion, ...]
    styles: tuple[str, ...]
    total: int | None
    cut_at: int | None  # there is more in the wardrobe than so many, which the figures count
    worn: int | None
    climate: str
    season: str
    model: str
    prompt: str
    categories: tuple[ShownShare, ...]
    colours: tuple[ShownShare, ...]
    brands: tuple[ShownShare, ...]
    wears: int | None
    months: tuple[MonthWears, ...]
    costs: CostLine | None
    most_worn: tuple[ShownPiece, ...]
    never_worn: DatedList
    no_longer_worn: DatedList
    gaps: tuple[str, ...]

    @property
    def pictures(self) -> tuple[str, ...]:
        """The addresses of the pictures that are shown, each once."""
        paired = (piece for one in self.suggestions for piece in one.pairs_with)
        dated = (one.piece for one in (*self.never_worn.items, *self.no_longer_worn.items))
        return tuple(dict.fromkeys(one.picture for one in (*paired, *self.most_worn, *dated) if one.picture))

    @property
    def has_figures(self) -> bool:
        """True when the second half of the page has something to show."""
        parts = (self.categories, self.colours, self.brands, self.months, self.costs, self.most_worn, self.gaps)
        return any(parts) or self.never_worn.count > 0 or self.no_longer_worn.count > 0


def read(digest: Mapping[str, Any], pictures: Mapping[str, object] = NO_PICTURES) -> PageContent:
    """Return the digest as it is printed. Raises nothing: what cannot be read is left out.

    `pictures`: the wardrobe's `imageUrl` by the piece's id; those that may not be shown are left out.
    """
    statistics = mapping(digest.get("statistics"))
    wears = mapping(statistics.get("wears"))
    total = whole(digest.get("totalItems"))
    worn = whole(digest.get("itemsWithWearHistory"))
    return PageContent(
        monday=_monday(digest.get("window")),
        written=read_iso(digest.get("generatedAt")),
        suggestions=tuple(
            suggestion
            for row in rows(digest.get("suggestions"), MAX_SUGGESTIONS)
            if (suggestion := _suggestion(row, pictures)).item
        ),
        styles=lines(digest.get("stylesConsidered"), limit=12, longest=NAME),
        total=whole(statistics.get("totalItems")) if total is None else total,
        cut_at=whole(digest.get("wardrobeCutAt")),
        worn=whole(statistics.get("itemsWithWearHistory")) if worn is None else worn,
        climate=_one_of(digest.get("climateZone"), CLIMATES),
        season=_one_of(statistics.get("season"), SEASONS),
        model=shown_line(digest.get("model"), NAME),
        prompt=shown_line(digest.get("promptVersion"), NAME),
        categories=_shares(statistics.get("categories")),
        colours=_shares(statistics.get("colours"), painted=True),
        brands=_shares(statistics.get("brands")),
        wears=whole(wears.get("total")),
        months=_months(wears.get("byMonth")),
        costs=_costs(statistics.get("costPerWear")),
        most_worn=tuple(piece for row in rows(statistics.get("mostWorn"), 5) if (piece := _piece(row, pictures))),
        never_worn=_dated(statistics.get("neverWorn"), "addedAt", pictures),
        no_longer_worn=_dated(statistics.get("noLongerWorn"), "lastWornAt", pictures),
        gaps=tuple(plainly(text) for row in rows(statistics.get("gaps"), 6) if (text := shown_line(row.get("text"), GAP))),
    )


def _suggestion(row: Mapping[str, Any], pictures: Mapping[str, object]) -> ShownSuggestion:
    price = _money(mapping(row.get("expectedPrice")).get("amount"), mapping(row.get("expectedPrice")).get("currency"))
    cost = _money(row.get("expectedCostPerWear"), price.currency if price else "")
    pieces = (_piece(one, pictures) for one in rows(row.get("pairsWith"), MAX_PAIRS))
    return ShownSuggestion(
        item=shown_line(row.get("item"), ITEM),
        category=shown_line(row.get("category"), NAME),
        tint=_tint(row.get("colour")),
        rationale=shown_line(row.get("rationale"), RATIONALE),
        figures=tuple(map(plainly, lines(row.get("figures"), limit=6, longest=FIGURE))),
        pairs_with=tuple(piece for piece in pieces if piece),
        combines_with=whole(row.get("combinesWith")),
        price=price,
        wears_a_year=whole(row.get("expectedWearsAYear")),
        cost_per_wear=cost,
        confidence=decimal(row.get("confidence"), most=1.0),
    )


def _piece(row: Mapping[str, Any], pictures: Mapping[str, object]) -> ShownPiece | None:
    label, identity = shown_line(row.get("label"), LABEL), row.get("id")
    picture = shown_address(pictures.get(identity)) if isinstance(identity, str) else None
    return ShownPiece(label, _tint(row.get("colour"), row.get("hex")), picture) if label else None


def _tint(value: object, code: object = None) -> Tint:
    name = shown_line(value, NAME)
    return Tint(name, paint(name, code))


def _money(amount: object, currency: object) -> Money | None:
    value = decimal(amount)
    if value is None:
        return None
    return Money(value, currency if isinstance(currency, str) and CURRENCY.fullmatch(currency) else "")


def _shares(value: object, *, painted: bool = False) -> tuple[ShownShare, ...]:
    shares = []
    for row in rows(value, MAX_ROWS):
        name, count = shown_line(row.get("name"), NAME), whole(row.get("count"))
        if name and count:
            shares.append(ShownShare(name, count, paint(name, row.get("hex")) if painted else None))
    return tuple(shares)


def _months(value: object) -> tuple[MonthWears, ...]:
    found: dict[date, int] = {}
    for row in rows(value, 10 * MONTHS_SHOWN):
        first, wears = _first_of(row.get("month")), whole(row.get("wears"))
        if first is not None and wears is not None:
            found[first] = wears
    shown = tuple(MonthWears(first, found[first]) for first in sorted(found)[-MONTHS_SHOWN:])
    return shown if any(month.wears for month in shown) else ()


def _costs(value: object) -> CostLine | None:
    document = mapping(value)
    median, items = _money(document.get("median"), document.get("currency")), whole(document.get("items"))
    if median is None or not items:
        return None
    best, dearest = (_ranked(document.get(name), median.currency) for name in ("best", "dearest"))
    return CostLine(items, median, best, dearest)


def _ranked(value: object, currency: str) -> tuple[Cost, ...]:
    found = []
    for row in rows(value, 3):
        label, money = shown_line(row.get("label"), LABEL), _money(row.get("amount"), currency)
        if label and money is not None:
            found.append(Cost(label, money, whole(row.get("wears"))))
    return tuple(found)


def _dated(value: object, day: str, pictures: Mapping[str, object]) -> DatedList:
    document = mapping(value)
    items = []
    for row in rows(document.get("items"), 5):
        piece, at = _piece(row, pictures), read_iso(row.get(day))
        if piece:
            items.append(Dated(piece, at.date() if at else None))
    return DatedList(max(whole(document.get("count")) or 0, len(items)), tuple(items))


def _one_of(value: object, known: set[str]) -> str:
    return value if isinstance(value, str) and value in known else ""


def _monday(value: object) -> date | None:
    """Return the Monday of an ISO 8601 week such as `2026-W48`."""
    match = WEEK.fullmatch(value) if isinstance(value, str) else None
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        return None


def _first_of(value: object) -> date | None:
    match = MONTH.fullmatch(value) if isinstance(value, str) else None
    try:
        return date(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        return None
