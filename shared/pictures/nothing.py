"""Pictures that show nothing: a tracking pixel, one colour, a shop's "no image". They teach nothing, and cost no model call.

Careful on one side: a like that is asked about in vain costs a call, one that is passed over is lost. What has shades, as any
photograph has, is never called a placeholder.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from PIL import Image

SHORTEST_SIDE: Final = 10  # pixels, of the reduced picture
SAME: Final = 6  # levels of a channel: what a flat colour varies by after an encoding
ONE_COLOUR_SHARE: Final = 0.995
COLOURLESS: Final = 12  # levels between the channels of one pixel
BACKGROUND, TWO_TONES, STROKES = 0.7, 0.975, 0.4  # shares, see `_is_placeholder`
SMALL: Final = 0.03
NEAR, APART = 4, 12  # levels


class Nothing(StrEnum):
    """Why there is nothing to see."""

    SLIVER = "sliver"
    TRANSPARENT = "fully_transparent"
    ONE_COLOUR = "one_colour"
    PLACEHOLDER = "placeholder"


def nothing_in(small: Image.Image, *, opaque: bool) -> Nothing | None:
    """Return why the reduced RGB picture shows nothing, None where it shows something. `opaque`: some of it can be seen."""
    if min(small.size) < SHORTEST_SIDE:
        return Nothing.SLIVER
    if not opaque:
        return Nothing.TRANSPARENT
    pixels = np.asarray(small, dtype=np.int16).reshape(-1, 3)
    near = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1) <= SAME
    if near.mean() >= ONE_COLOUR_SHARE:
        return Nothing.ONE_COLOUR
    return Nothing.PLACEHOLDER if _is_placeholder(pixels) else None


def _is_placeholder(pixels: "np.ndarray[tuple[int, int], np.dtype[np.int16]]") -> bool:
    """True for an icon or words in one grey on another: two flat tones without a shade between them, and no colour.

    Small words have soft edges, so of little content a part in its tone is enough.
    """
    if np.mean(pixels.max(axis=1) - pixels.min(axis=1) <= COLOURLESS) < ONE_COLOUR_SHARE:
        return False
    levels = np.bincount(pixels[:, 1].clip(0, 255), minlength=256) / len(pixels)
    ground, ground_share = _tone(levels)
    if ground_share < BACKGROUND:
        return False
    levels[max(0, ground - APART) : ground + APART + 1] = 0.0
    content = float(levels.sum())
    tone_share = _tone(levels)[1]
    return ground_share + tone_share >= TWO_TONES if content > SMALL else tone_share >= STROKES * content


def _tone(levels: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[int, float]:
    """Return the level around which most pixels are, and their share."""
    sums = np.convolve(levels, np.ones(2 * NEAR + 1), mode="same")
    level = int(sums.argmax())
    return level, float(sums[level])
