"""The pieces that the rule-based digest knows to suggest, each in colours that it is commonly sold in."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from shared.fashion.garments import Trait, garment_in, traits_of

# palette: whether any colour the user likes is fine as well, and the usual ones, the most common first
PALETTES: Final[dict[str, tuple[bool, str]]] = {
    "cloth": (True, "navy, grey, cream, olive, burgundy, black, white, forest green, brown"),
    "light": (True, "white, sky blue, cream, beige, olive, navy, blush, sage"),
    "knit": (True, "cream, navy, camel, grey, burgundy, forest green, rust, black"),
    "coat": (True, "camel, navy, charcoal, black, olive, burgundy, brown"),
    "outdoor": (True, "olive, navy, black, forest green, khaki, charcoal, mustard"),
    "trench": (False, "beige, navy, khaki, black, olive"),
    "denim": (False, "black, grey, ivory, navy, white"),
    "leather": (False, "brown, black, tan, burgundy, chocolate, navy"),
    "trainers": (True, "white, black, grey, navy, cream, green"),
    "metal": (False, "gold, silver"),
    "dark": (False, "black, brown, navy, grey"),
}
# category: how often a year such a piece is worn (a rule of thumb, for the cost of a wear), and its pieces, the plainest first
PIECES: Final[dict[str, tuple[int, str]]] = {
    "outerwear": (
        45,
        "waxed rain jacket/outdoor|wool coat/coat|trench coat/trench|hooded parka/outdoor|quilted puffer jacket/outdoor|"
        "packable anorak/outdoor|bomber jacket/outdoor|quilted gilet/outdoor|zipped fleece/outdoor|denim jacket/denim",
    ),
    "knitwear": (
        35,
        "merino jumper/knit|cashmere cardigan/knit|ribbed turtleneck/knit|cotton hoodie/cloth|cotton jumper/light",
    ),
    "tops": (
        25,
        "linen shirt/light|cotton t-shirt/light|oxford shirt/light|polo shirt/cloth|silk blouse/light|tank top/light|"
        "sleeveless summer blouse/light|long-sleeved top/cloth",
    ),
    "bottoms": (40, "pleated trousers/cloth|straight jeans/denim|linen shorts/light|midi skirt/cloth|jersey leggings/dark"),
    "shoes": (
        50,
        "leather loafers/leather|leather trainers/trainers|leather ankle boots/leather|waterproof snow boots/dark|"
        "wellingtons/outdoor|brogues/leather|leather sandals/leather|espadrilles/light|ballet flats/leather|heels/dark",
    ),
    "bags": (80, "leather tote/leather|canvas backpack/outdoor|crossbody bag/leather|handbag/leather|evening clutch/dark"),
    "accessories": (
        30,
        "wool scarf/knit|leather belt/leather|knitted beanie/knit|leather gloves/leather|summer cap/cloth|"
        "brimmed summer hat/light|sunglasses/dark|umbrella/outdoor|leather wallet/leather|wristwatch/metal|wool socks/knit|"
        "bracelet/metal|necklace/metal|earrings/metal|knitted tie/cloth|pocket square/light|cufflinks/metal|brooch/metal|"
        "hair ribbon/cloth",
    ),
    "tailoring": (20, "unlined blazer/coat|tailored waistcoat/coat|wool suit/coat"),
    "dresses": (15, "linen dress/light|knitted wool dress/knit|wide-leg jumpsuit/cloth|dungarees/cloth"),
}
# pieces that by no means everybody wears, in groups: for a wardrobe that has one of the group, or a taste that names one
NOT_FOR_ALL: Final = (
    frozenset({
        "dress", "jumpsuit", "overalls", "skirt", "blouse", "heels", "flats", "clutch", "earrings", "hair-ribbon", "brooch",
        "leggings", "bag", "necklace", "bracelet",
    }),
    frozenset({"suit", "waistcoat", "tie", "pocket-square", "cufflinks"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A piece to suggest, without its colour. `dyed`: whether it is sold in any colour; `wears`: about how many a year."""

    name: str
    noun: str
    category: str
    traits: frozenset[Trait]
    wears: int
    colours: tuple[str, ...]
    dyed: bool


@cache
def offers() -> tuple[Offer, ...]:
    """Return every piece known here, by category; the order settles ties."""
    found = []
    for category, (wears, text) in PIECES.items():
        for entry in text.split("|"):
            name, _, palette = entry.partition("/")
            dyed, colours = PALETTES[palette]
            garment = garment_in(name)
            noun = garment.noun if garment else name
            found.append(Offer(name, noun, category, traits_of(name), wears, tuple(colours.split(", ")), dyed))
    return tuple(found)
