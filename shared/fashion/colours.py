"""Colour words: what they are called here, what they look like, and which of them go together."""

import colorsys
import re
from functools import cache, lru_cache
from typing import Final

HEX: Final = {
    "black": "#141414", "charcoal": "#36393f", "grey": "#808285", "silver": "#b9bcc0", "white": "#fafafa",
    "ivory": "#f6f0de", "cream": "#f1e4c3", "beige": "#d9c3a0", "camel": "#c19a6b", "tan": "#b58457",
    "brown": "#6b4429", "chocolate": "#43291b", "rust": "#a6461f", "orange": "#ee7a22", "peach": "#f7bd95",
    "coral": "#f57c64", "red": "#c8202f", "burgundy": "#6e1a2d", "pink": "#f08fb0", "blush": "#eecbc8",
    "fuchsia": "#c92a86", "purple": "#6b3a8c", "lilac": "#bfa3d4", "navy": "#1d2a4d", "blue": "#2f62b5",
    "denim": "#55749c", "sky blue": "#96c5e6", "teal": "#1f7377", "turquoise": "#3fbfb7", "mint": "#b1e0c6",
    "green": "#2f8a4a", "olive": "#65672f", "khaki": "#a69a6a", "sage": "#a3b096", "forest green": "#20452f",
    "yellow": "#f2cf36", "mustard": "#cf9b26", "gold": "#c9a646",
}  # fmt: skip
OTHER_WORDS: Final = {
    "gray": "grey", "anthracite": "charcoal", "slate": "charcoal", "dark grey": "charcoal", "dark gray": "charcoal",
    "off white": "ivory", "ecru": "cream", "oatmeal": "beige", "sand": "beige", "stone": "beige", "taupe": "beige",
    "nude": "beige", "cognac": "tan", "dark brown": "chocolate", "terracotta": "rust", "crimson": "red", "scarlet": "red",
    "maroon": "burgundy", "bordeaux": "burgundy", "oxblood": "burgundy", "wine red": "burgundy", "dark red": "burgundy",
    "magenta": "fuchsia", "hot pink": "fuchsia", "rose": "pink", "light pink": "blush", "violet": "purple", "plum": "purple",
    "lavender": "lilac", "dark blue": "navy", "midnight": "navy", "indigo": "navy", "cobalt": "blue", "royal blue": "blue",
    "light blue": "sky blue", "baby blue": "sky blue", "petrol": "teal", "aqua": "turquoise", "cyan": "turquoise",
    "emerald": "green", "dark green": "forest green", "bottle green": "forest green", "army green": "olive",
    "light green": "mint", "ochre": "mustard", "golden": "gold",
}  # fmt: skip
NEUTRALS: Final = frozenset({
    "black", "charcoal", "grey", "silver", "white", "ivory", "cream", "beige", "camel", "tan", "brown", "chocolate", "navy",
    "denim", "olive", "khaki",
})  # fmt: skip
CLOSE, OPPOSITE = 30.0, 150.0  # degrees of hue
HEX_PATTERN: Final = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)


@lru_cache(maxsize=8192)
def colours_in(text: str) -> tuple[str, ...]:
    """Return the colours that a text names, as they are called here, each once, in its order: "Navy/Off-White"."""
    surfaces, pattern = _words()
    plain = text.casefold().replace("-", " ")
    return tuple(dict.fromkeys(surfaces[match.group(1)] for match in pattern.finditer(plain)))


def colour_named(text: str) -> str | None:
    """Return the first colour that a text names, as it is called here; None when it names none that is known."""
    return next(iter(colours_in(text)), None)


def valid_hex(value: object) -> str | None:
    """Return `#rrggbb` in lower case, or None for what is no colour code."""
    match = HEX_PATTERN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    digits = match.group(1).lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))  # noqa: PLR2004


@lru_cache(maxsize=4096)
def nearest_name(code: str) -> str:
    """Return what people call `#rrggbb`, of the names that are known here."""
    from shared.fashion.colour_names import names_of  # noqa: PLC0415  (numpy: who only reads words does without)

    return names_of([_rgb(code)])[0]


@cache
def go_together(one: str, other: str) -> bool:
    """Whether two colours combine: a neutral with all; else known hues at most 30 degrees apart, or at least 150.

    The harmonies of the colour wheel, kept to the two that nobody disputes: neighbours and opposites.
    """
    if one in NEUTRALS or other in NEUTRALS:
        return True
    if one not in HEX or other not in HEX:
        return False
    apart = abs(_hue(one) - _hue(other))
    apart = min(apart, 360 - apart)
    return apart <= CLOSE or apart >= OPPOSITE


def _hue(name: str) -> float:
    red, green, blue = _rgb(HEX[name])
    return colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)[0] * 360


def _rgb(code: str) -> tuple[int, int, int]:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


@cache
def _words() -> tuple[dict[str, str], re.Pattern[str]]:
    surfaces = {**{name: name for name in HEX}, **OTHER_WORDS}
    longest = sorted(surfaces, key=lambda word: (-len(word), word))
    return surfaces, re.compile(r"\b(" + "|".join(map(re.escape, longest)) + r")\b")
