"""Names a colour as people do: the nearest of many examples of each name, by CIEDE2000. The one namer.

The examples are what people meant by these words, and by the same words with "light", "dark", "bright" and the like, in the
colour survey of xkcd (222,500 sessions, 2010; the results are in the public domain), and our own of each name. An example
that lies among those of another name was left out.

CIEDE2000 is ISO/CIE 11664-6:2014, as in Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", Color Research and
Application 30 (2005); sRGB is IEC 61966-2-1, with the white point D65.
"""

from functools import cache
from typing import Any, Final

import numpy as np

from shared.fashion.colours import HEX

Array = Any  # numpy's types stay in here
SURVEY: Final = {
    "black": "000000",
    "charcoal": "343837 363737 516572",
    "grey": "7d7f7c 929591 95a3a6 978a84",
    "silver": "c5c9c7",
    "white": "ffffff",
    "ivory": "ffffcb ffffe4",
    "cream": "feffca fff39a ffffc2",
    "beige": "7f684e ada587 b9a281 e2ca76 e6daa6",
    "camel": "c69f59",
    "tan": "af884a d1b26f",
    "brown": "410200 653700 7f5112 876e4b 964e02",
    "chocolate": "1d0200 341c02 3d1c02",
    "rust": "a83c09 ca6641",
    "orange": "d8863b f0833a f0944d f97306 fdaa48 ff5b00",
    "peach": "ffb07c ffd8b1",
    "coral": "fc5a50",
    "red": "8c000f a90308 b9484e bb3f3f be0119 d3494e e50000 ff000d",
    "burgundy": "3c0008 610023 650021 7b002c 7b0323 840000 a24857 a8415b",
    "pink": "b5485d c0737a c74767 cb416b cf6275 d1768f d5869d d58a94 de9dac fb5581 fdb0c0 ff81c0",
    "blush": "f29e8e ffd1df",
    "fuchsia": "960056 9d0759 a0025c c20078 d767ad d90166 ed0dd9 fa5ff7 ff028d ff08e8",
    "purple": (
        "2a0134 34013f 35063e 36013f 3f012c 490648 580f41 720058 751973 7e1e9c 805b87 825f87 84597e 916e99 952e8f 9900fa "
        "9a0eea 9d5783 9e43a2 a552e6 a66fb5 ad0afd be03fd bf77f6 f6cefc"
    ),
    "lilac": "856798 8d5eb7 966ebd 9c6da5 ac86a8 c760ff c79fef c95efb cea2fd dfc5fe e4cbff edc8ff eecffe",
    "navy": "000133 00035b 000435 01153e 03012d 1f0954 380282 6d5acf",
    "blue": (
        "010fcc 014182 0165fc 0203e2 021bf9 0343df 0504aa 0c06f7 152eff 1e488f 247afd 2c6fbb 3a2efe 3d7afd 4b57db 6488ea "
        "658cbb d0fefe d6fffe"
    ),
    "denim": "3b638c",
    "sky blue": "02ccfe 0d75f8 448ee4 75bbfd 95d0fc a2cffe bdf6fe c6fcff cafffb d5ffff",
    "teal": "00555a 005f6a 014d4e 029386 4c9085 5f9e8f",
    "turquoise": "00ffff 06c2ac 0bf9ea 0ffef9 13eac9 41fdfe 7ef4cc 8cffdb acfffc b7fffa",
    "mint": "2dfe54 48c072 96f97b 9ffeb0 b1fc99 b6ffbb c8ffb0 d1ffbd",
    "green": "01a049 089404 15b01a 287c37 33b864 39ad48 56ae57 5fa052",
    "olive": "373e02 4b5d16 6e750e 9cbb04 b9cc81",
    "khaki": "9b8f55 aaa662",
    "sage": "87ae73",
    "forest green": "002d04 033500 044a05 062e03 06470c",
    "yellow": "eedc5b feff7f fffd01 fffe71 fffe7a ffff14 ffff84",
    "mustard": "a88905 bf9005 ceb301",
    "gold": "dbb40c f5bf03",
}  # fmt: skip
# The survey's mahogany and dried blood, of clothes oxblood; and its limes, which lie nearest to its "light green", our mint.
MORE: Final = {"burgundy": ("4a0100", "4b0101", "5c0a10"), "green": ("89fe05", "aaff32", "0cff0c", "65fe08")}
_POWER: Final = 25.0**7
_MATRIX: Final = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))


def names_of(rgb: Array) -> list[str]:
    """Return the name of each colour; `rgb` of shape (n, 3), levels of 0..255."""
    names, examples = _examples()
    return [names[index] for index in difference(lab_of(rgb), examples).argmin(axis=1)]


def lab_of(rgb: Array) -> Array:
    """Return L*a*b* of sRGB levels of 0..255; arrays of shape (n, 3)."""
    share = np.asarray(rgb, dtype=np.float64) / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004  (IEC 61966-2-1)
    xyz = linear @ np.array(_MATRIX).T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def difference(some: Array, others: Array) -> Array:
    """Return CIEDE2000 between each of `some` and each of `others`, L*a*b* of shapes (n, 3) and (m, 3): shape (n, m)."""
    (l1, a1, b1), (l2, a2, b2) = (some[:, None, at] for at in range(3)), (others[None, :, at] for at in range(3))
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean_c7 / (mean_c7 + _POWER))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = np.arctan2(b1, stretch * a1), np.arctan2(b2, stretch * a2)
    turn = np.where(c1 * c2 == 0, 0.0, (h2 - h1 + np.pi) % (2 * np.pi) - np.pi)
    hue, lightness, chroma = h1 + turn / 2, (l1 + l2) / 2, (c1 + c2) / 2
    ripple = (
        1 - 0.17 * np.cos(hue - np.pi / 6) + 0.24 * np.cos(2 * hue) + 0.32 * np.cos(3 * hue + np.pi / 30)
        - 0.20 * np.cos(4 * hue - np.radians(63))
    )  # fmt: skip
    off = (lightness - 50) ** 2
    d_l = (l2 - l1) / (1 + 0.015 * off / np.sqrt(20 + off))
    d_c = (c2 - c1) / (1 + 0.045 * chroma)
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / (1 + 0.015 * chroma * ripple)
    blue = np.exp(-(((np.degrees(hue) % 360 - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + _POWER)) * np.sin(np.radians(60) * blue)
    return np.sqrt(np.maximum(d_l**2 + d_c**2 + d_h**2 + rotation * d_c * d_h, 0.0))


@cache
def _examples() -> tuple[list[str], Array]:
    pairs = [(name, code.lstrip("#")) for name in HEX for code in (HEX[name], *SURVEY[name].split(), *MORE.get(name, ()))]
    levels = np.array([[int(code[at : at + 2], 16) for at in (0, 2, 4)] for _, code in pairs])
    return [name for name, _ in pairs], lab_of(levels)
