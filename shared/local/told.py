"""The summary of a wardrobe as the rule-based digest reads it back: from its JSON text, as a language model gets it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from shared.fashion.climate import Zone
from shared.fashion.colours import HEX
from shared.fashion.dressing import Season

WARM_SEASONS: Final = frozenset({"spring", "summer"})
MOST_A_YEAR: Final = 366
COUNTED: Final = re.compile(r"([a-z]+) (\d+)")


@dataclass(frozen=True, slots=True, eq=False)
class ToldItem:
    """A garment that the summary tells of; see `shared.fashion.combining.Worn`."""

    ref: str
    label: str
    category: str
    known_colours: tuple[str, ...]
    a_year: int | None = None


@dataclass(frozen=True, slots=True)
class ToldFigure:
    """A figure; a gap has the category that it is about, and what a piece has to be good for."""

    key: str
    kind: str
    text: str
    category: str | None
    need: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """All of it. `owned`: noun to its colours, see `owns`; `rejected`, `recent`: earlier suggestions, the latest first."""

    climate: Zone | None
    coming_season: Season
    figures: tuple[ToldFigure, ...]
    items: tuple[ToldItem, ...]
    owned: Mapping[str, str]
    prices: Mapping[str, Any]
    colours: tuple[str, ...]
    garments: tuple[str, ...]
    styles: tuple[str, ...]
    rejected: tuple[str, ...]
    recent: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Told":
        """Read the summary's text."""
        told: dict[str, Any] = json.loads(text)
        return cls(
            climate=told["climate"], coming_season=told["coming_season"],
            figures=tuple(
                ToldFigure(one["key"], one["kind"], one["text"], one.get("category"), one.get("need"))
                for one in told["figures"]
            ),
            items=tuple(
                ToldItem(
                    one["ref"], one["label"], one["category"], (one["colour"],) if one["colour"] in HEX else (),
                    one.get("a_year"),
                )
                for one in told["items"]
            ),
            owned=told["owned"], prices=told["prices"], colours=tuple(told["taste"]["colours"]),
            garments=tuple(told["taste"]["garments"]), styles=tuple(told["taste"]["styles"]),
            rejected=tuple(told["rejected"]), recent=tuple(told["recent"]),
        )  # fmt: skip

    @property
    def is_warm(self) -> bool:
        """Whether warm days are ahead: always in the tropics, never in polar cold, else in spring and summer."""
        return self.climate == "tropical" or (self.climate != "polar" and self.coming_season in WARM_SEASONS)

    def wears_a_year(self, category: str) -> int | None:
        """Return how often the wearer's own pieces of a category, or all of them, are worn in a year: the middle one."""
        of_category = [item.a_year for item in self.items if item.category == category and item.a_year]
        known = of_category or [item.a_year for item in self.items if item.a_year]
        return min(round(median(known)), MOST_A_YEAR) if known else None

    def figure(self, kind: str) -> ToldFigure | None:
        """Return the figure of a kind."""
        return next((one for one in self.figures if one.kind == kind), None)

    def owns(self, noun: str, colour: str) -> bool:
        """Whether a thing is owned in this colour: "navy, red" lists them, "any but rust" those that are not, `*` is all."""
        colours = self.owned.get(noun)
        if colours is None or colours == "*":
            return colours == "*"
        left = colours.removeprefix("any but ")
        return (colour in left.split(", ")) == (left == colours)

    def named_in(self, figure: ToldFigure) -> tuple[ToldItem, ...]:
        """Return the garments that a figure lists after its colon, in its order; what it could not tell whole is left out."""
        _, _, rest = figure.text.partition(": ")
        found = []
        while rest:
            fitting = [item for item in self.items if f"{rest}, ".startswith(f"{item.label}, ")]
            if not fitting:
                break
            item = max(fitting, key=lambda item: len(item.label))
            found.append(item)
            rest = rest[len(item.label) + 2 :]
        return tuple(found)

    def counts(self) -> dict[str, int]:
        """Return category to how many are owned, as far as a figure names them."""
        figure = self.figure("categories")
        return {name: int(count) for name, count in COUNTED.findall(figure.text)} if figure else {}
