"""Which owned pieces a new one combines with: categories that are worn together, and colours that go together."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol

from shared.fashion.colours import go_together

# What is worn with what, one way; the other way follows. Pieces of one category are not worn together, layers apart.
WORN_WITH: Final = {
    "tops": ("bottoms", "outerwear", "knitwear", "tailoring", "shoes", "bags", "accessories"),
    "bottoms": ("outerwear", "knitwear", "tailoring", "shoes", "bags", "accessories"),
    "dresses": ("outerwear", "knitwear", "tailoring", "shoes", "bags", "accessories"),
    "outerwear": ("knitwear", "tailoring", "shoes", "bags", "accessories", "activewear"),
    "knitwear": ("tailoring", "shoes", "bags", "accessories"),
    "shoes": ("tailoring", "bags", "accessories"),
    "bags": ("tailoring", "accessories"),
    "accessories": ("tailoring",),
    "activewear": (),
    "tailoring": (),
    "swimwear": (),
    "underwear": (),
    "other": (),
}  # fmt: skip
PARTNERS: Final = {
    category: frozenset((*others, *(one for one, theirs in WORN_WITH.items() if category in theirs)))
    for category, others in WORN_WITH.items()
}
COLOURS_JUDGED: Final = 3


class Worn(Protocol):
    """What must be known of an owned piece: its category, and the known colours, most of it first."""

    @property
    def category(self) -> str:
        """One of the closed list."""

    @property
    def known_colours(self) -> tuple[str, ...]:
        """Names that `shared.fashion.colours` knows."""


def combining(category: str, colour: str, pieces: Sequence[Worn]) -> tuple[int, ...]:
    """Return the positions of the owned pieces that one of this category and colour is worn with.

    `colour`: a known name, or "" for one not known. Where one of two colours is not known, the other has to be a neutral,
    which goes with all. Of an owned piece, the first three colours are judged, and all have to go with the new one's.
    """
    partners = PARTNERS.get(category, frozenset())
    return tuple(
        at for at, piece in enumerate(pieces) if piece.category in partners and _harmonises(colour, piece.known_colours)
    )


@lru_cache(maxsize=65_536)
def _harmonises(colour: str, others: tuple[str, ...]) -> bool:
    return all(go_together(colour, other) for other in others[:COLOURS_JUDGED] or ("",))
