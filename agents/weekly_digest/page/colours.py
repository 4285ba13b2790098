"""Colours that may be painted: a checked `#rrggbb`, or a name from a closed table. Anything else is left out."""

import re
from typing import Final

from shared.fashion.colours import HEX as KNOWN

CODE: Final = re.compile(r"#[0-9a-fA-F]{6}")
# the tones that are known elsewhere too, and their relatives
NAMES: Final = KNOWN | {
    "gray": "#808285", "light grey": "#c3c5c7", "dark grey": "#4b4e52", "anthracite": "#36393f", "off-white": "#f4f0e6",
    "ecru": "#eee5cd", "oatmeal": "#ddd0b8", "sand": "#dcc7a0", "stone": "#bdb4a3", "taupe": "#8b7e70", "cognac": "#95521f",
    "terracotta": "#bb5a3c", "brick": "#94392b", "copper": "#b06a3f", "bronze": "#8a6a3a", "ochre": "#c48a2c",
    "maroon": "#5f1a26", "bordeaux": "#5e1626", "wine": "#63192c", "rose": "#d9808f", "salmon": "#f3947f", "magenta": "#c22a82",
    "plum": "#5a2d4f", "aubergine": "#3f2238", "lavender": "#c3b4dd", "violet": "#6d46a0", "indigo": "#363a78",
    "light blue": "#a9cbe8", "dark blue": "#1f2f5c", "royal blue": "#2a4bb0", "petrol": "#1b4f5c", "aqua": "#7fd0cf",
    "emerald": "#1d7a55", "dark green": "#21492f", "light green": "#a9d3a0", "lime": "#b5d33c", "nude": "#e2c0a6",
}  # fmt: skip


def paint(name: str, code: object = None) -> str | None:
    """Return the `#rrggbb`, lower case, to paint a colour with: `code` where it is one, else by the name's last words."""
    if isinstance(code, str) and CODE.fullmatch(code):
        return code.lower()
    words = name.casefold().split()
    for start in range(len(words)):
        known = NAMES.get(" ".join(words[start:]))
        if known is not None:
            return known
    return None
