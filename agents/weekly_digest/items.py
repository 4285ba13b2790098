"""A garment as the digest sees it: parsed from any shape of the wardrobe's documents, bounded, and safe to show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from agents.weekly_digest import readings
from shared.fashion.climate import Weather, weather_in
from shared.fashion.colours import HEX, colour_named, colours_in, nearest_name, valid_hex
from shared.fashion.garment_lists import Trait
from shared.fashion.garments import Garment, Piece, category_named, garment_in, piece_of, traits_of
from shared.fashion.suggestions import CATEGORIES, plain_line

MAX_ITEMS: Final = 10_000
MAX_LABEL: Final = 60
MAX_NAME: Final = 80
MAX_BRAND: Final = 40
MAX_COLOUR: Final = 24
LONGEST_COLOUR: Final = 680  # letters in which its name is looked for
MAX_COLOURS: Final = 6
MAX_TAGS: Final = 20
MAX_EVENTS: Final = 30
MAX_ID: Final = 255
HYPHENATED: Final = frozenset({"t-shirt"})
SINGULAR: Final = {"other": "piece", "tops": "top", "dresses": "dress", "bags": "bag", "accessories": "accessory"}
FABRICS: Final = frozenset({
    "wool", "linen", "cotton", "silk", "leather", "suede", "denim", "cashmere", "merino", "velvet", "tweed", "corduroy",
    "canvas", "satin", "mohair", "nylon", "flannel", "jersey",
})  # fmt: skip
MAX_CONDITIONS: Final = 3
MAX_WEATHER: Final = 200
NOTHING_KNOWN: Final[frozenset[Weather]] = frozenset()
CELSIUS_KEYS: Final = ("temperatureC", "tempC", "temperatureCelsius")
CELSIUS: Final = frozenset(CELSIUS_KEYS)


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour by its name, the known one where there is one, and `#rrggbb` where it is known."""

    name: str
    hex: str | None

    @property
    def known(self) -> str | None:
        """The known name: its own, or that of the nearest colour where only the code is known ("marineblau, #1d2a4d")."""
        return self.name if self.name in HEX else nearest_name(self.hex) if self.hex else None


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid. `currency`: ISO 4217, None where the document names none."""

    amount: float
    currency: str | None


class Wear(NamedTuple):
    """One dated wear, and what is known of its weather."""

    at: datetime
    weather: frozenset[Weather]


@dataclass(frozen=True, slots=True)
class WardrobeItem:
    """One owned garment. `wears` counts all wears; `worn_at` are the times of the dated ones of the last 30, newest first, and
    `weathers` what is known of the weather of each. They are columns because a wardrobe has hundreds of wears: an object for
    each would have to be made, and be walked through by the collector for as long as the digest is in work.

    `known_colours`: the names of those colours whose look is known, in the document's order.
    """

    id: str
    label: str
    category: str
    colours: tuple[Colour, ...]
    known_colours: tuple[str, ...]
    brand: str | None
    price: Paid | None
    added_at: datetime | None
    wears: int
    last_worn_at: datetime | None
    worn_at: tuple[datetime, ...]
    weathers: tuple[frozenset[Weather], ...]
    traits: frozenset[Trait]
    piece: Piece


def is_owned(document: Mapping[str, Any]) -> bool:
    """Whether a document is a garment that is owned: no draft (`draftStatus` is null) and not on the wish list."""
    return document.get("draftStatus") is None and not readings.flag(document.get("isWishlisted"))


def owned_items(documents: Iterable[object], *, now: datetime) -> tuple[WardrobeItem, ...]:
    """Return the owned garments among a wardrobe's documents, each id once, at most 10,000; what is no garment is left out."""
    found: dict[str, WardrobeItem] = {}
    for document in documents:
        if len(found) >= MAX_ITEMS:
            break
        if isinstance(document, dict) and is_owned(document):
            item = parse_item(document, now=now)
            if item is not None:
                found.setdefault(item.id, item)
    return tuple(found.values())


def parse_item(document: Mapping[str, Any], *, now: datetime) -> WardrobeItem | None:
    """Return the garment of a document; None for one without an id. No other shape is refused."""
    identity = document.get("id")
    if not isinstance(identity, str) or not identity or len(identity) > MAX_ID:
        return None
    name = _text(document.get("title"), MAX_NAME) or _text(document.get("name"), MAX_NAME)
    tags = [
        plain_line(tag, MAX_COLOUR) for key in ("tags", "aestheticTags") for tag in readings.texts(document.get(key), MAX_TAGS)
    ]
    category, garment = _category(_text(document.get("category"), MAX_NAME), name, tags)
    colours = _colours(document.get("colours")) or tuple(Colour(one, HEX[one]) for one in colours_in(name)[:MAX_COLOURS])
    known = tuple(dict.fromkeys(seen for colour in colours if (seen := colour.known)))
    brand = _text(document.get("brand"), MAX_BRAND) or None
    paid = readings.price(document.get("price"))
    worn_at, weathers, counted = _events(document.get("wearEvents"), now)
    last = readings.instant(document.get("lastWornAt"), now=now)
    if worn_at and (last is None or last < worn_at[0]):
        last = worn_at[0]
    wears = max(readings.count(document.get("wearCount")), counted, 1 if last else 0)
    described = name or " ".join((garment.noun.replace("-", " ") if garment else "", *tags))
    shown = name or _made_up(category, garment, colours, tags)
    return WardrobeItem(
        id=identity, label=_label(shown, brand), category=category, colours=colours,
        known_colours=known, brand=brand,
        price=Paid(*paid) if paid else None, added_at=readings.instant(document.get("dateAdded"), now=now), wears=wears,
        last_worn_at=last, worn_at=worn_at, weathers=weathers, traits=traits_of(" ".join((described, *tags))),
        piece=piece_of(name or (garment.noun if garment else ""), known),
    )  # fmt: skip


def _text(value: object, limit: int) -> str:
    return plain_line(value, limit) if isinstance(value, str) else ""


def _category(given: str, name: str, tags: list[str]) -> tuple[str, Garment | None]:
    """Return the category and the garment: the document's own category first, then what its name and its tags say."""
    garments = (garment_in(name), *(garment_in(tag) for tag in tags), garment_in(given))
    plain = given.casefold()
    named = plain if plain in CATEGORIES and plain != "other" else category_named(given)
    fitting = [garment for garment in garments if garment and named in {None, garment.category}]
    category = named or (fitting[0].category if fitting else "other")
    return category, fitting[0] if fitting else next((garment for garment in garments if garment), None)


def _colours(value: object) -> tuple[Colour, ...]:
    """Colours of any shape: `{name, hex}`, a name or a code alone, a list or a single one."""
    entries = value[: 4 * MAX_COLOURS] if isinstance(value, list) else [value]
    found: dict[str, Colour] = {}
    for entry in entries:
        name, code = (entry.get("name"), entry.get("hex")) if isinstance(entry, dict) else (entry, entry)
        colour = _colour(name[:LONGEST_COLOUR] if isinstance(name, str) else "", valid_hex(code))
        if colour:
            found.setdefault(colour.name, colour)
    return tuple(found.values())[:MAX_COLOURS]


@lru_cache(maxsize=8192)
def _colour(name: str, code: str | None) -> Colour | None:
    text = plain_line(name, MAX_COLOUR).casefold() if valid_hex(name) is None else ""
    known = colour_named(text) or (nearest_name(code) if code and not text else None)
    if known:
        return Colour(known, HEX[known])
    return Colour(text, code) if text else None


def _events(value: object, now: datetime) -> tuple[tuple[datetime, ...], tuple[frozenset[Weather], ...], int]:
    """Return the times of the dated wears, newest first, the weather of each, and how many wears there are, dated or not."""
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    dated = [
        (at, entry.get("weatherSnapshot"))
        for entry in entries[-10 * MAX_EVENTS :]
        if (at := readings.instant(entry.get("occurredAt"), now=now)) is not None
    ]
    dated.sort(key=itemgetter(0), reverse=True)
    kept = dated[:MAX_EVENTS]
    times, weathers = tuple([at for at, _ in kept]), tuple([_weather(snapshot) for _, snapshot in kept])
    return times, weathers, min(len(entries), readings.MAX_WEARS)


def _weather(snapshot: object) -> frozenset[Weather]:
    if not isinstance(snapshot, dict):
        return weather_in(snapshot) if isinstance(snapshot, str) else NOTHING_KNOWN
    conditions = snapshot.get("conditions")
    text = conditions if isinstance(conditions, str) else " ".join(readings.texts(conditions, MAX_CONDITIONS))
    if CELSIUS.isdisjoint(snapshot):  # a wardrobe has hundreds of them, and few say more than a word
        return weather_in(text[:MAX_WEATHER])
    degrees = (readings.number(snapshot[key]) for key in CELSIUS_KEYS if key in snapshot)
    return weather_in(text[:MAX_WEATHER], next((known for known in degrees if known is not None), None))


def _label(name: str, brand: str | None) -> str:
    """Return a human name of at most 60 characters: "navy wool blazer (Arket)"."""
    mark = f" ({brand})" if brand and brand.casefold() not in name.casefold() else ""
    if len(name) + len(mark) > MAX_LABEL:
        mark = "" if len(mark) > MAX_LABEL // 2 else mark
        name = plain_line(name, MAX_LABEL - len(mark)).rstrip(" ,;:-")
    return (name + mark).strip() or "piece"


def _made_up(category: str, garment: Garment | None, colours: tuple[Colour, ...], tags: list[str]) -> str:
    """Return what a garment without a name is called: its first colour, its fabric where a tag names one, and its noun."""
    if garment:
        thing = garment.noun if garment.noun in HYPHENATED else garment.noun.replace("-", " ")
    else:
        thing = SINGULAR.get(category, category)
    fabric = next((tag for tag in tags if tag.casefold() in FABRICS), "")
    colour = next((colour.name for colour in colours), "")
    return " ".join(dict.fromkeys(word for word in (colour, fabric.casefold(), thing) if word))
