"""Pictures, reduced to what the vision model is billed for. Blocking: call it in a thread."""

import hashlib
import io
import math
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from shared.pictures.colour import plain, to_srgb
from shared.pictures.nothing import Nothing, nothing_in
from shared.pictures.opening import DecodePlan, OpenedPicture, guarded, open_picture, plan
from shared.pictures.resampling import resampled

LONGEST_SIDE: Final = 512
AT_LEAST: Final = 2 * LONGEST_SIDE
STRIP_PIXELS: Final = 500_000  # most pictures of the web are one strip
TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip  (EXIF 2.3, tag 0x0112)


@dataclass(frozen=True, slots=True)
class Picture:
    """A reduced picture as JPEG. `digest`: its SHA-256, the same for every lossless copy of the original.

    `nothing`: why there is nothing to see in it, None where there is.
    """

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    digest: str
    nothing: Nothing | None = None


def plan_reduction(body: bytes) -> DecodePlan:
    """Look at `body` before it is reduced; raises as `shared.pictures.opening.plan` does."""
    return plan(body, at_least=AT_LEAST)


def reduce(body: bytes, *, quality: int = 80) -> Picture:
    """Scale `body` down to `LONGEST_SIDE`, upright, over white, in sRGB.

    Raises `PermanentError`: IMAGE_NOT_IMAGE (as `PictureCut` where bytes are missing), IMAGE_TOO_LARGE; `HostShortage`.
    """
    return reduce_planned(plan_reduction(body), quality=quality)


def reduce_planned(planned: DecodePlan, *, quality: int = 80) -> Picture:
    """Do what `reduce` does, for a picture that was looked at."""
    opened = open_picture(planned, at_least=AT_LEAST)
    return guarded(planned.kind, planned.body, lambda: _reduced(opened, quality))


def _reduced(opened: OpenedPicture, quality: int) -> Picture:
    small, seen = _shrunk(opened, LONGEST_SIDE)
    small = to_srgb(small, opened.profile)
    turn = TURNS.get(opened.orientation)
    small = small.transpose(turn) if turn is not None else small
    small.info.clear()  # a comment in the original would travel along
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality)
    jpeg = out.getvalue()
    digest = hashlib.sha256(jpeg).hexdigest()
    return Picture(jpeg, small.width, small.height, digest, nothing_in(small, opaque=seen))


def _shrunk(opened: OpenedPicture, longest: int) -> tuple[Image.Image, bool]:
    """Return the picture with sides of at most `longest`, in L, RGB or CMYK, and whether anything in it can be seen.

    Strip by strip it is laid over white and averaged down to twice the size that is wanted, then resampled: the second
    step sees all the first one left, and no copy of the whole is made on the way.
    """
    scale = min(1.0, longest / max(opened.width, opened.height))
    factor = int(1 / scale / 2.0) or 1
    rows = max(1, STRIP_PIXELS // opened.width // factor) * factor
    whole: Image.Image | None = None
    seen = False
    for top in range(0, opened.height, rows):
        strip, some = plain(opened.strip(top, min(top + rows, opened.height)))
        seen = seen or some
        strip = strip.reduce(factor) if factor > 1 else strip
        if rows >= opened.height and scale < 1.0:
            whole = strip  # the only one, of which the resampling below makes a copy
            break
        if whole is None:
            whole = Image.new(strip.mode, (strip.width, math.ceil(opened.height / factor)))
        whole.paste(strip, (0, top // factor))
    if whole is None:
        raise ValueError("a picture without rows")
    if scale == 1.0:
        return whole, seen
    size = (max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))
    return resampled(whole, size, (opened.width / factor, opened.height / factor)), seen
