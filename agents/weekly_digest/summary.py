"""What a model is told of a wardrobe: numbered figures, taste, a bounded choice of garments, and what not to suggest again.

Bounded whatever the wardrobe holds: at most 3,000 tokens, counted carefully as UTF-8 bytes / 3 (English text has about four
bytes a token, and no tokenizer in use needs more than one token for three bytes of common scripts). Texts of others are one
line, bounded in letters and bytes, without quotes, backslashes and angle brackets; where it is too long, garments go first.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from agents.weekly_digest.figures import Figure, figures_of
from agents.weekly_digest.items import WardrobeItem
from agents.weekly_digest.statistics import Statistics
from agents.weekly_digest.wearing import Season, wears_a_year
from shared.fashion.climate import Zone
from shared.fashion.colours import HEX
from shared.fashion.suggestions import plain_line

MAX_SUMMARY_TOKENS: Final = 3_000
BYTES_A_TOKEN: Final = 3
MAX_ITEMS, MOST_WORN, SPREAD = 60, 24, 44
MAX_EARLIER, MAX_RECENT, MAX_EARLIER_LENGTH = 20, 40, 80
MAX_TASTE, MAX_DECLARED, MAX_TASTE_LENGTH = 8, 20, 24
MAX_FIGURE_LENGTH: Final = 180
MAX_LABEL_BYTES: Final = 80
OWNED_COLOURS: Final = (6, 3, 1, 0)
# what is cut, in this order, down to how many of each list are left
CUTS: Final = (("items", 10), ("recent", 8), ("rejected", 12), ("items", 0), ("rejected", 8))
HALF_A_NUMBER: Final = re.compile(r"[\d.,]+$")


@dataclass(frozen=True, slots=True)
class Taste:
    """What the caller knows of the user's taste, dearest first; it is bounded here.

    `declared`: how many at the head of `styles`, `colours` and `brands` the user declared; these are told, up to 20 of each.
    """

    styles: Sequence[str] = ()
    colours: Sequence[str] = ()
    garments: Sequence[str] = ()
    brands: Sequence[str] = ()
    declared: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """The text for the model, and the ways back from its answer. `figures`: key to text, gaps among them; `liked`: words for
    garments that the user likes.
    """

    window: str
    zone: Zone | None
    currency: str | None
    figures: Mapping[str, str]
    items: Mapping[str, WardrobeItem]
    rejected: tuple[str, ...]
    recent: tuple[str, ...]
    coming: Season
    liked: tuple[str, ...]
    _text: str = field(repr=False)

    def to_json(self) -> str:
        """Return the compact JSON text."""
        return self._text

    def item_of(self, ref: str) -> WardrobeItem | None:
        """Return the owned garment that a reference means."""
        return self.items.get(ref)


def tokens_of(text: str) -> int:
    """Return how many tokens a text has at most, as counted here."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def summarise(
    items: Sequence[WardrobeItem],
    statistics: Statistics,
    *,
    window: str,
    taste: Taste,
    rejected: Sequence[str] = (),
    recent: Sequence[str] = (),
) -> Summary:
    """Return the summary of a wardrobe. `rejected`, `recent`: earlier suggestions, the latest first; 20 of each are told."""
    facts = figures_of(items, statistics)
    figures = [Figure(one.key, one.kind, _fitted(one.text, MAX_FIGURE_LENGTH)) for one in facts]
    chosen = _chosen(statistics.scores)
    lists: dict[str, list[Any]] = {
        "items": [_told(number, item, statistics.at) for number, item in enumerate(chosen, start=1)],
        "rejected": _earlier(rejected, MAX_EARLIER),
        "recent": _earlier(recent, MAX_RECENT),
    }
    every_rejected, every_recent = tuple(lists["rejected"]), tuple(lists["recent"][:MAX_EARLIER])
    text = _cut_to_fit(_fixed(statistics, figures, window, taste), lists, items)
    return Summary(
        window=window, zone=statistics.zone, currency=statistics.costs.currency if statistics.costs else None,
        figures={figure.key: figure.text for figure in figures},
        items={f"i{number}": item for number, item in enumerate(chosen[: len(lists["items"])], start=1)},
        rejected=every_rejected, recent=every_recent, coming=statistics.coming, liked=_liked(taste),
        _text=text,
    )  # fmt: skip


def _liked(taste: Taste) -> tuple[str, ...]:
    return (*_bounded(taste.garments, 0), *_bounded(taste.styles, taste.declared.get("styles", 0)))


def _fixed(statistics: Statistics, figures: Sequence[Figure], window: str, taste: Taste) -> dict[str, Any]:
    """Return what is told of every wardrobe, whatever its size."""
    gaps = {gap.key: {"category": gap.category, "need": gap.need} for gap in statistics.gaps}
    return {
        "window": _fitted(window, MAX_TASTE_LENGTH), "season": statistics.season, "coming_season": statistics.coming,
        "climate": statistics.zone,
        "figures": [{"key": one.key, "kind": one.kind, "text": one.text, **gaps.get(one.key, {})} for one in figures],
        "taste": {
            name: _bounded(getattr(taste, name), taste.declared.get(name, 0))
            for name in ("styles", "colours", "garments", "brands")
        },
        "prices": _prices(statistics), "owned": {},
    }  # fmt: skip


def _cut_to_fit(fixed: dict[str, Any], lists: dict[str, list[Any]], items: Sequence[WardrobeItem]) -> str:
    """Return the text, having shortened the lists until it fits; colours of what is owned are told only while there is room."""
    text = ""
    for colours in OWNED_COLOURS:
        fixed["owned"] = _owned(items, colours)
        text = _compact(fixed | lists)
        if tokens_of(text) <= MAX_SUMMARY_TOKENS:
            return text
        if tokens_of(_compact(fixed)) <= MAX_SUMMARY_TOKENS // 2:
            break
    excess = len(text.encode()) - MAX_SUMMARY_TOKENS * BYTES_A_TOKEN
    for name, floor in CUTS:
        while len(lists[name]) > floor and excess > 0:
            comma = 1 if len(lists[name]) > 1 else 0
            excess -= len(_compact(lists[name].pop()).encode()) + comma
    return _compact(fixed | lists)


def _chosen(scores: Sequence[tuple[WardrobeItem, float]]) -> list[WardrobeItem]:
    """Return at most 60 garments: the most worn of late, then in turn from each category, then the newest."""
    chosen = [item for item, score in scores[:MOST_WORN] if score > 0]
    rest = [item for item, _ in scores[len(chosen) :]]
    shelves: dict[str, list[WardrobeItem]] = {}
    for item in rest:
        shelves.setdefault(item.category, []).append(item)
    turn = 0
    while len(chosen) < SPREAD and any(turn < len(shelf) for shelf in shelves.values()):
        chosen += [shelf[turn] for _, shelf in sorted(shelves.items()) if turn < len(shelf)][: SPREAD - len(chosen)]
        turn += 1
    known = {item.id for item in chosen}
    left = [item for item in rest if item.id not in known]
    left.sort(key=lambda item: (-(item.added_at.timestamp() if item.added_at else 0.0), item.id))
    return chosen + left[: MAX_ITEMS - len(chosen)]


def _told(number: int, item: WardrobeItem, at: datetime) -> dict[str, Any]:
    named = item.colours[0].name if item.colours else ""
    colour = item.known_colours[0] if item.known_colours else _fitted(named, MAX_TASTE_LENGTH)
    return {
        "ref": f"i{number}", "label": _safe(item.label, MAX_LABEL_BYTES), "category": item.category,
        "colour": colour or None, "wears": item.wears,
        "a_year": wears_a_year(item, at),
    }  # fmt: skip


def _owned(items: Sequence[WardrobeItem], limit: int) -> dict[str, str]:
    """Return noun to the colours it is owned in: "navy, red"; "any but rust" for more than `limit` of them, which names at most
    as many that are left; `*` where none is, or where one piece has no known colour.
    """
    found: dict[str, set[str]] = {}
    for item in items:
        if item.piece.noun:
            found.setdefault(item.piece.noun, set()).update(item.piece.colours or {"*"})
    return {noun: _owned_colours(colours, limit) for noun, colours in sorted(found.items())}


def _owned_colours(colours: set[str], limit: int) -> str:
    if "*" in colours:
        return "*"
    if len(colours) <= limit:
        return ", ".join(sorted(colours))
    left = [name for name in HEX if name not in colours and name != "denim"][:limit]
    return f"any but {', '.join(left)}" if left else "*"


def _prices(statistics: Statistics) -> dict[str, Any]:
    return dict(statistics.median_prices) | {"currency": statistics.costs.currency} if statistics.costs else {}


def _earlier(texts: Sequence[str], limit: int) -> list[str]:
    kept = (_fitted(plain_line(text, MAX_EARLIER_LENGTH), MAX_EARLIER_LENGTH) for text in texts)
    return list(dict.fromkeys(text for text in kept if text))[:limit]


def _bounded(words: Sequence[str], declared: int) -> list[str]:
    kept = (_fitted(word, MAX_TASTE_LENGTH) for word in words[: 4 * MAX_TASTE])
    return list(dict.fromkeys(word for word in kept if word))[: max(MAX_TASTE, min(declared, MAX_DECLARED))]


def _fitted(text: str, limit: int) -> str:
    """Return one safe line of at most `limit` letters and as many UTF-8 bytes; a number is not left in halves."""
    return _safe(plain_line(text, limit), limit)


def _safe(line: str, limit: int) -> str:
    """As `_fitted`, of a line of at most so many letters that is one already."""
    line = line.replace('"', "'").replace("\\", "/")
    if line.isascii() or len(line.encode()) <= limit:
        return line
    return HALF_A_NUMBER.sub("", line.encode()[:limit].decode(errors="ignore")).strip()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
