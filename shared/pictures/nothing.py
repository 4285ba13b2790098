"""Pictures that show nothing: a tracking pixel, one colour, a shop's "no image". They teach nothing, and cost no model call.

Careful on one side: a like that is asked about in vain costs a call, one that is passed over is lost. What has shades, as any
photograph has, is never called a placeholder.

Every picture passes here, so what a few thousand of its pixels can rule out is ruled out by them, then by the histogram of
all; only what is left is looked at pixel by pixel.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate
from typing import Final

from PIL import Image, ImageChops

SHORTEST_SIDE: Final = 10  # pixels, of the reduced picture
SAME: Final = 6  # levels of a channel: what a flat colour varies by after an encoding
ONE_COLOUR_SHARE: Final = 0.995
COLOURLESS: Final = 12  # levels between the channels of one pixel
BACKGROUND, TWO_TONES, STROKES = 0.7, 0.975, 0.4  # shares, see `_is_placeholder`
SMALL: Final = 0.03
NEAR, APART = 4, 12  # levels
LEVELS: Final = 256
SAMPLED: Final = 64  # pixels each way
FAR_FROM_ONE, FAR_FROM_GROUND, FAR_FROM_GREY = 0.97, 0.6, 0.97  # shares in a sample that are beyond chance of the real ones


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
    if min(small.size) > 2 * SAMPLED and _surely_shows(small):
        return None
    counts = small.histogram()
    bands = [counts[first : first + LEVELS] for first in range(0, 3 * LEVELS, LEVELS)]
    if _is_one_colour(small, bands):
        return Nothing.ONE_COLOUR
    return Nothing.PLACEHOLDER if _is_placeholder(small, bands[1]) else None


def _surely_shows(small: Image.Image) -> bool:
    """True where a sample says that far too few pixels are of one tone, or that far too many are coloured, for it to be any of
    these. A sample may be wrong; here only on the careful side.
    """
    sample = small.resize((SAMPLED, SAMPLED), Image.Resampling.NEAREST)
    pixels = SAMPLED * SAMPLED
    on_ground = _tone(sample.histogram()[LEVELS : 2 * LEVELS], SAME)[1] / pixels
    return on_ground < FAR_FROM_GROUND or (on_ground < FAR_FROM_ONE and _colourless(sample) < FAR_FROM_GREY)


def _colourless(image: Image.Image) -> float:
    """Return the share of pixels whose channels are alike."""
    red, green, blue = image.split()
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    spread = ImageChops.subtract(lightest, darkest).histogram()
    return sum(spread[: COLOURLESS + 1]) / (image.width * image.height)


def _is_one_colour(small: Image.Image, bands: Sequence[Sequence[int]]) -> bool:
    """True where nearly all pixels are near the median of each channel. Each channel's own share bounds theirs from above."""
    pixels = small.width * small.height
    nearby = [_levels_near(_median(band), SAME) for band in bands]
    if any(_count(band, levels) / pixels < ONE_COLOUR_SHARE for band, levels in zip(bands, nearby, strict=True)):
        return False
    red, green, blue = small.point([255 * (level in levels) for levels in nearby for level in range(LEVELS)]).split()
    near = ImageChops.darker(ImageChops.darker(red, green), blue)
    return near.histogram()[-1] / pixels >= ONE_COLOUR_SHARE


def _is_placeholder(small: Image.Image, greens: Sequence[int]) -> bool:
    """True for an icon or words in one grey on another: two flat tones without a shade between them, and no colour.

    Small words have soft edges, so of little content a part in its tone is enough. `greens`: the histogram of green.
    """
    pixels = small.width * small.height
    levels = list(greens)
    ground, on_ground = _tone(levels)
    if on_ground / pixels < BACKGROUND:
        return False
    if _colourless(small) < ONE_COLOUR_SHARE:
        return False
    about = slice(max(0, ground - APART), ground + APART + 1)
    levels[about] = [0] * len(levels[about])
    content, in_tone = sum(levels), _tone(levels)[1]
    if content > SMALL * pixels:
        return (on_ground + in_tone) / pixels >= TWO_TONES
    return in_tone >= STROKES * content


def _median(counts: Sequence[int]) -> float:
    """Return the median of values whose histogram this is: the mean of the middle two where their number is even."""
    total, sums = sum(counts), list(accumulate(counts))
    lower, upper = ((total - 1) // 2, total // 2)
    middle = [next(level for level, below in enumerate(sums) if below > place) for place in (lower, upper)]
    return sum(middle) / 2


def _levels_near(middle: float, most: int) -> range:
    """Return the levels at most `most` from `middle`, which is a whole or a half."""
    return range(max(0, math.ceil(middle - most)), min(LEVELS, math.floor(middle + most) + 1))


def _count(counts: Sequence[int], levels: range) -> int:
    return sum(counts[levels.start : levels.stop])


def _tone(counts: Sequence[int], near_by: int = NEAR) -> tuple[int, int]:
    """Return the level around which most pixels are, and their number."""
    beyond = [0] * near_by
    sums = [0, *accumulate([*beyond, *counts, *beyond])]
    near = [upper - lower for lower, upper in zip(sums, sums[2 * near_by + 1 :], strict=False)]
    most = max(near)
    return near.index(most), most
