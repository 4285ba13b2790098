"""Pictures: decoded under limits, and reduced to what the vision model is billed for. Blocking: call it in a thread."""

import hashlib
import io
import warnings
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from shared.errors import PermanentError, Reason

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS: Final = 40_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A reduced picture as JPEG. `digest`: its SHA-256, the same for every lossless copy of the original."""

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    digest: str


def open_upright(body: bytes, *, at_least: int) -> Image.Image:
    """Decode `body`, turn it upright and put it on white, in RGB; the content decides what it is, never a name or a header.

    A JPEG of twice `at_least` pixels a side or more is decoded at the smallest fraction that leaves both sides that long.

    Raises `PermanentError`: IMAGE_NOT_IMAGE for what cannot be decoded whole, IMAGE_TOO_LARGE over `MAX_PIXELS`, which
    is read from the header before a single pixel is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns of bombs; the check below refuses them
            with Image.open(io.BytesIO(body), formats=_available(FORMATS)) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise PermanentError(
                        f"the picture has {opened.width} x {opened.height} pixels, at most {MAX_PIXELS} are read",
                        reason=Reason.IMAGE_TOO_LARGE,
                    )
                opened.draft("RGB", (at_least, at_least))
                ImageOps.exif_transpose(opened, in_place=True)
                return _on_white(opened)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError, IndexError) as error:
        raise PermanentError(
            f"the bytes cannot be decoded as a picture ({type(error).__name__})", reason=Reason.IMAGE_NOT_IMAGE
        ) from error
    except Image.DecompressionBombError as error:
        raise PermanentError("the picture has too many pixels", reason=Reason.IMAGE_TOO_LARGE) from error


def reduce(body: bytes, *, longest_side: int = 512, quality: int = 80) -> Picture:
    """Scale `body` down to `longest_side` pixels; decodes, and raises, as `open_upright` does."""
    small = open_upright(body, at_least=longest_side * 2)
    small.thumbnail((longest_side, longest_side), Image.Resampling.HAMMING)  # half the price of LANCZOS, as sharp here
    small.info.clear()  # a comment in the original would travel along
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality)
    jpeg = out.getvalue()
    return Picture(jpeg, small.width, small.height, hashlib.sha256(jpeg).hexdigest())


def _available(names: tuple[str, ...]) -> list[str]:
    Image.init()
    return [name for name in names if name in Image.OPEN]


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    image.load()
    return image if image.mode == "RGB" else image.convert("RGB")
