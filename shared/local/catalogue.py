"""The pieces that the rule-based digest knows to suggest, each in colours that it is commonly sold in."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from shared.fashion.dressing import kinds_of
from shared.fashion.garment_lists import Trait
from shared.fashion.garments import garment_in, traits_of

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
# category: its pieces, the plainest first
PIECES: Final[dict[str, str]] = {
    "outerwear": (
        "waxed rain jacket/outdoor|wool coat/coat|cotton trench coat/trench|hooded parka/outdoor|quilted puffer jacket/outdoor|"
        "packable anorak/outdoor|bomber jacket/outdoor|quilted gilet/outdoor|zipped fleece/outdoor|denim jacket/denim|"
        "leather biker jacket/leather"
    ),
    "knitwear": "merino jumper/knit|cashmere cardigan/knit|ribbed turtleneck/knit|cotton hoodie/cloth|cotton jumper/light",
    "tops": (
        "linen shirt/light|cotton t-shirt/light|oxford shirt/light|polo shirt/cloth|silk blouse/light|tank top/light|"
        "sleeveless summer blouse/light|long-sleeved top/cloth|flannel shirt/cloth|fitted bodysuit/dark"
    ),
    "bottoms": (
        "pleated trousers/cloth|straight jeans/denim|linen shorts/light|midi skirt/cloth|jersey leggings/dark|"
        "cotton chinos/cloth"
    ),
    "shoes": (
        "leather loafers/leather|leather trainers/trainers|leather ankle boots/leather|waterproof snow boots/dark|"
        "wellingtons/outdoor|brogues/leather|leather sandals/leather|boat shoes/leather|espadrilles/light|"
        "ballet flats/leather|heels/dark"
    ),
    "bags": "leather tote/leather|canvas backpack/outdoor|crossbody bag/leather|handbag/leather|evening clutch/dark",
    "accessories": (
        "wool scarf/knit|leather belt/leather|knitted beanie/knit|leather gloves/leather|summer cap/cloth|"
        "brimmed summer hat/light|sunglasses/dark|umbrella/outdoor|leather wallet/leather|wristwatch/metal|wool socks/knit|"
        "cotton socks/cloth|opaque tights/dark|bracelet/metal|necklace/metal|earrings/metal|knitted tie/cloth|"
        "pocket square/light|cufflinks/metal|brooch/metal|hair ribbon/cloth|silk scarf/light"
    ),
    "tailoring": "unlined blazer/coat|tailored waistcoat/coat|wool suit/coat",
    "dresses": "linen dress/light|knitted wool dress/knit|wide-leg jumpsuit/cloth|dungarees/cloth|cotton shirt dress/cloth",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A piece to suggest, without its colour. `dyed`: whether it is sold in any colour; `kinds`: what kind of thing it is."""

    name: str
    noun: str
    category: str
    traits: frozenset[Trait]
    kinds: frozenset[str]
    colours: tuple[str, ...]
    dyed: bool


@cache
def offers() -> tuple[Offer, ...]:
    """Return every piece known here, by category; the order settles ties."""
    found = []
    for category, text in PIECES.items():
        for entry in text.split("|"):
            name, _, palette = entry.partition("/")
            dyed, colours = PALETTES[palette]
            garment = garment_in(name)
            noun = garment.noun if garment else name
            found.append(Offer(name, noun, category, traits_of(name), kinds_of(name), tuple(colours.split(", ")), dyed))
    return tuple(found)
