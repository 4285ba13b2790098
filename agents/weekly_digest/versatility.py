"""How many owned garments a piece combines with: the figure that tells a good buy from one more thing on the rail."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.weekly_digest.items import WardrobeItem
from shared.fashion.colours import colour_named
from shared.fashion.combining import combining
from shared.fashion.dressing import worn_together


@dataclass(frozen=True, slots=True)
class Versatility:
    """The owned garments that a piece combines with, in the order they were given."""

    item_ids: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.item_ids)


def versatility(category: str, colour: str, items: Sequence[WardrobeItem], name: str = "") -> Versatility:
    """Return which owned garments a piece of this category, colour and name combines with (rules: `shared.fashion.combining`
    and `dressing`).
    """
    positions = combining(category, colour_named(colour) or "", items)
    combined = (items[position] for position in positions)
    return Versatility(tuple(item.id for item in combined if worn_together(name, item.label)))
