"""Brings pixels of every mode to RGB as they are meant: over white, in sRGB, 16 bits as 8."""

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from PIL import ImageCms

MAX_PROFILE: Final = 4 * 1024 * 1024  # bytes; the largest profiles of presses have 3 MB
SPACES: Final = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
DEEP: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I"})


def plain(strip: Image.Image) -> tuple[Image.Image, bool]:
    """Return `strip` in L, RGB or CMYK, over white where it is transparent; and whether anything in it can be seen."""
    if strip.mode in DEEP:
        return _of_16_bits(strip)
    if strip.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in strip.info:
        layer = strip.convert("RGBA")
        seen = layer.getchannel("A").getextrema()[1]
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB"), bool(seen)
    if strip.mode in SPACES:
        return strip, True
    return strip.convert("L" if strip.mode == "1" else "RGB"), True


def _of_16_bits(strip: Image.Image) -> tuple[Image.Image, bool]:
    import numpy as np  # noqa: PLC0415  (for the few pictures of 16 bits; in a thread)

    deep = np.asarray(strip).astype(np.uint32).clip(0, 65_535)
    levels = ((deep * 255 + 32_767) // 65_535).astype(np.uint8)
    hidden = strip.info.get("transparency")
    if not isinstance(hidden, int):
        return Image.fromarray(levels), True
    levels[deep == hidden] = 255
    return Image.fromarray(levels), bool((deep != hidden).any())


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture in L, RGB or CMYK as sRGB, by its ICC `profile` where it has one that is readable and its own."""
    if profile and len(profile) <= MAX_PROFILE:
        converted = _converted(image, profile)
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")


@lru_cache(maxsize=1)
def _srgb() -> "ImageCms.ImageCmsProfile":
    from PIL import ImageCms  # noqa: PLC0415

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Relative colorimetric with black point compensation, as browsers do; None for a profile that is of no use."""
    from PIL import ImageCms  # noqa: PLC0415  (20 ms, for the pictures that bring a profile of their own)

    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = str(theirs.profile.xcolor_space)
        if space == "GRAY" and image.mode == "RGB":
            image = image.convert("L")  # a grey picture that was laid over white
        if space.strip() != SPACES[image.mode].strip() or "sRGB" in (theirs.profile.profile_description or ""):
            return None
        made = ImageCms.profileToProfile(
            image, theirs, _srgb(), renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None
    return made
