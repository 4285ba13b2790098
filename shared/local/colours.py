"""Names the colours of a picture from its pixels: nearest name in CIELAB, weighed by area, the background left out.

Distance is CIE76, the Euclidean distance in L*a*b* (CIE 15:2004), from sRGB by IEC 61966-2-1 with the D65 white point.
"""

import io
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PIL import Image

from shared.fashion.colours import HEX

SIDE: Final = 96
MIN_SHARE: Final = 0.08
BACKGROUND_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class MeasuredColour:
    """A named colour and its share of the counted pixels, 0..1."""

    name: str
    hex: str
    share: float


def dominant_colours(jpeg: bytes, *, limit: int = 4) -> list[MeasuredColour]:
    """Return up to `limit` colours with at least 8 % of the picture, most first. A border of one colour is background.

    Raises what the image library raises for bytes that are no picture: the caller has reduced it before.
    """
    with Image.open(io.BytesIO(jpeg)) as opened:
        small = opened.convert("RGB").resize((SIDE, SIDE))
    pixels = np.asarray(small, dtype=np.float64) / 255.0
    table = np.array([[int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)] for code in HEX.values()])
    lab, named = _lab(pixels.reshape(-1, 3)), _lab(table)
    nearest = ((lab[:, None, :] - named[None, :, :]) ** 2).sum(axis=2).argmin(axis=1).reshape(SIDE, SIDE)
    border = Counter(int(index) for edge in (nearest[0], nearest[-1], nearest[:, 0], nearest[:, -1]) for index in edge)
    background, count = border.most_common(1)[0]
    total = Counter(int(index) for index in nearest.ravel())
    if count / (4 * SIDE) >= BACKGROUND_SHARE and len(total) > 1:
        del total[background]
    counted = sum(total.values())
    names = list(HEX)
    return [
        MeasuredColour(names[index], HEX[names[index]], round(amount / counted, 3))
        for index, amount in total.most_common(limit)
        if amount / counted >= MIN_SHARE
    ]


def _lab(rgb: Any) -> Any:  # noqa: ANN401  (arrays)
    """Return L*a*b* of sRGB in 0..1; arrays of shape (n, 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004  (IEC 61966-2-1)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ matrix.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
