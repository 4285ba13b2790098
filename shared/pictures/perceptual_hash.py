"""Perceptual hashes: 64 bits that stay nearly the same when a picture is re-encoded, resized or lightly cropped.

Blocking: call it in a thread. Pictures are opened as in `shared.pictures.opening`; only bits leave this room.

The bits are those of `imagehash.phash`, so they agree with what other apps computed by it for an upright picture without
transparency: a 32 x 32 grey picture, the 8 x 8 lowest frequencies of its cosine transform, one bit each: above their median
or not. Two such hashes differ by an even number of bits, and those of unlike photos by about 32.

What is not comparable: a flat picture, a plain gradient or plain stripes have next to no frequencies, so that the median
falls among zeros, or among the noise of an encoding, and unlike ones come out alike. Such a picture has no hash (None): it is
a duplicate of nothing.

Copies caught at fewer than 5 bits, by the own hash and by any of `lookup_hashes`, of 21 photographs (3, and 18 tiles cut from
them), measured by the test beside this module:

| copies | own hash | look-up hashes |
|---|---|---|
| re-encoded: JPEG at 40, 70, 90, PNG, WEBP | 105 of 105 | 105 of 105 |
| resized, 0.25 to 2 times | 105 of 105 | 105 of 105 |
| 10 % darker or brighter | 42 of 42 | 42 of 42 |
| cropped by 1 % on one side, on every side | 79 of 84, 18 of 21 | 81 of 84, 21 of 21 |
| cropped by 2 % | 69 of 84, 13 of 21 | 79 of 84, 21 of 21 |
| cropped by 3 % | 51 of 84, 8 of 21 | 69 of 84, 18 of 21 |

With 7 drawn garments, which have soft edges, plain grounds and near symmetry, it is 634 and 704 of 756 in all: a cut on one
side breaks the symmetry. Of different pictures 748 of 748 ordered pairs are kept apart by either; the closest differ by 12
bits (10 by look-up hashes). The hash sees greys and outlines, no colours: garments drawn from one outline in other colours are
taken for copies (8 of 8 ordered pairs).
"""

import re
from dataclasses import replace
from typing import Final

import numpy as np
from PIL import Image

from shared.errors import PermanentError, Reason
from shared.pictures.colour import plain
from shared.pictures.cosine_transform import cosine_transform
from shared.pictures.decode import STRIP_PIXELS, TURNS
from shared.pictures.opening import DecodePlan, OpenedPicture, guarded, open_picture, plan

WHOLE: Final = 1 << 16  # no JPEG has sides that long: none is decoded at a fraction, by which bits would change
ENOUGH: Final = 1_024  # for a JPEG that is too large to be decoded whole: a bit or two may change
SIDE, LOWEST = 32, 8  # imagehash.phash works on 32 x 32, and keeps 8 x 8 frequencies
WORKING_SIDE: Final = 320  # a hundredth of it is three pixels: enough to cut and to widen by
SHIFTS: Final = (0.01, 0.025)  # a side; the copies this is for lost 1 to 3 %
MIN_SPREAD: Final = 1.0  # grey levels: what is less is the noise of an encoding, as a rule
FEWEST_SET, MOST_SET = 20, 44  # a median sets 32 of 64 bits, unless it falls among equal values
HEX: Final = re.compile(r"[0-9a-fA-F]{16}")


def perceptual_hash(body: bytes) -> str | None:
    """Return the hash of the picture in `body` as 16 hex digits, or None when it is not comparable.

    Raises as `shared.pictures.decode.reduce` does.
    """
    return _hash(_grey(*plan_hashing(body)))


def plan_hashing(body: bytes) -> tuple[DecodePlan, int]:
    """Look at `body` before it is hashed; returns what decoding takes, and the sides that a JPEG is decoded with at least.

    Raises as `shared.pictures.opening.plan` does.
    """
    try:
        planned, at_least = plan(body, at_least=WHOLE), WHOLE
    except PermanentError as error:
        if error.reason is not Reason.IMAGE_TOO_LARGE:
            raise
        planned, at_least = plan(body, at_least=ENOUGH), ENOUGH
    return replace(planned, cost=planned.cost + planned.width * planned.height), at_least  # and a grey copy


def lookup_hashes(body: bytes) -> tuple[str, ...]:
    """Return the hash of the picture, and then those it would have with a little more or less around it.

    The first is the one to store. To look for a copy that was cropped, or whose original was, compare each of them with the
    stored ones. Empty when the picture is not comparable. Raises as `perceptual_hash` does.
    """
    return lookup_hashes_planned(*plan_hashing(body))


def lookup_hashes_planned(planned: DecodePlan, at_least: int) -> tuple[str, ...]:
    """Do what `lookup_hashes` does, for a picture that was looked at by `plan_hashing`."""
    grey = _grey(planned, at_least)
    own = _hash(grey)
    if own is None:
        return ()
    square = grey.resize((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    around = []
    for share in SHIFTS:
        margin = round(WORKING_SIDE * share)
        around.append(square.crop((margin, margin, WORKING_SIDE - margin, WORKING_SIDE - margin)))
        around.append(Image.fromarray(np.pad(np.asarray(square), margin, mode="edge")))
    return tuple(dict.fromkeys([own, *(found for found in map(_hash, around) if found is not None)]))


def comparable_bits(text: str) -> int | None:
    """Return a stored hash as a number for `NearDuplicates`; None for what is no 16 hex digits, or not comparable.

    Judged by its bits alone, for hashes that others stored.
    """
    if HEX.fullmatch(text) is None:
        return None
    bits = int(text, 16)
    return bits if FEWEST_SET <= bits.bit_count() <= MOST_SET else None


def _grey(planned: DecodePlan, at_least: int) -> Image.Image:
    opened = open_picture(planned, at_least=at_least)
    return guarded(planned.kind, planned.body, lambda: _upright_grey(opened))


def _upright_grey(opened: OpenedPicture) -> Image.Image:
    """Return it over white, in the greys of its own numbers: others' hashes know nothing of ICC profiles."""
    grey = Image.new("L", (opened.width, opened.height))
    rows = max(1, STRIP_PIXELS // opened.width)
    for top in range(0, opened.height, rows):
        strip, _ = plain(opened.strip(top, min(top + rows, opened.height)))
        strip = strip.convert("RGB") if strip.mode == "CMYK" else strip
        grey.paste(strip.convert("L"), (0, top))
    turn = TURNS.get(opened.orientation)
    return grey.transpose(turn) if turn is not None else grey


def _hash(grey: Image.Image) -> str | None:
    small = grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS)  # as phash itself would: it then finds nothing to resize
    if _spread(small) < MIN_SPREAD:
        return None
    lowest = cosine_transform(np.asarray(small))[:LOWEST, :LOWEST]
    bits = (lowest > np.median(lowest)).ravel()
    text = f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"
    return text if comparable_bits(text) is not None else None


def _spread(small: Image.Image) -> float:
    """Return the standard deviation of the levels without their row's and column's mean: of what is no gradient, no stripes."""
    levels = np.asarray(small, dtype=np.float64)
    rest = levels - levels.mean(axis=0) - levels.mean(axis=1, keepdims=True) + levels.mean()
    return float(rest.std())
