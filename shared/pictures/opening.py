"""Opens the bytes of strangers as a picture whose rows can be taken strip by strip, and knows beforehand what that costs.

Memory is the limit, and not pixels: a JPEG is decoded at a fraction, so 50 megapixels of it cost less than 4 of WebP. The
costs are bytes at the peak of decoding, measured for each kind (docs/inputs.md); what is done with the rows afterwards adds
a few strips. Decoding is refused over `DECODE_BYTES`, which is also what all of a process may decode at once.
"""

import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from PIL import Image, ImageChops

from shared.errors import PermanentError, ProcessorError, Reason
from shared.pictures import webp
from shared.pictures.containers import Jpeg, is_cut, png_essentials, read_jpeg
from shared.pictures.kinds import READ, Media, kind_of, name_of, without_lead
from shared.shortage import shortage_behind

T = TypeVar("T")
DECODE_BYTES: Final = 240_000_000
MAX_PIXELS: Final = 120_000_000  # time is a limit as well: a decoder looks at each of them, if only to leave it out
FRACTIONS: Final = (8, 4, 2, 1)  # a JPEG is decoded at
BYTES_A_PIXEL: Final = {"1": 1.0, "L": 1.0, "P": 1.0, "I;16": 2.0}  # of a decoded picture by mode; the others have 4
WEBP_COST: Final = 16.25  # two canvases, a copy, and the picture
WEBP_SCALED_FROM: Final = 4_000_000  # pixels; a larger one is scaled while it is decoded: within, its alpha, and scaled rows
WEBP_LOSSLESS, WEBP_LOSSY, WEBP_ALPHA, WEBP_ROWS = 4.5, 0.25, 1.25, 8.0
AVIF_COST, AVIF_DEEP_COST = 14.0, 20.0  # planes of 8 or of up to 16 bits, a copy, and the picture
HEIF_COST, HEIF_ALPHA, HEIF_DEEP = 4.9, 1.6, 3.0  # planes and rows; and what transparency or more than 8 bits add
JPEG_EOI: Final = b"\xff\xd9"
NOISES: Final = tuple(bytes((each * 73 + first) % 251 for each in range(count)) for count in (24, 8, 96) for first in (41, 7))
BLEEDING: Final = 3  # rows over which the colours of one row of blocks reach into the next


class PictureCut(PermanentError):
    """Bytes are missing at the picture's end; fetched again it may be whole."""

    def __init__(self) -> None:
        super().__init__("the picture is cut short: bytes are missing at its end", reason=Reason.IMAGE_NOT_IMAGE)


@dataclass(frozen=True, slots=True)
class DecodePlan:
    """A picture that may be decoded. `cost`: bytes at the peak. `scaled`: what the sides of a large WebP are divided by."""

    kind: Media
    body: bytes
    width: int
    height: int
    cost: int
    jpeg: Jpeg | None = None
    scaled: int = 0


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A decoded picture. `strip` gives the rows from one to another, whose `info` says what is transparent.

    `orientation`: EXIF's, 1 for upright. `profile`: the ICC profile.
    """

    width: int
    height: int
    strip: Callable[[int, int], Image.Image]
    orientation: int = 1
    profile: bytes | None = None


def plan(body: bytes, *, at_least: int) -> DecodePlan:
    """Look at the head of `body`; for a JPEG of which a fraction with sides of `at_least` pixels is enough.

    Raises `PermanentError`: IMAGE_NOT_IMAGE, by name, for what is no picture that is read; IMAGE_TOO_LARGE.
    """
    body = without_lead(body)
    kind = kind_of(body)
    if kind is None:
        raise PermanentError(f"it is {name_of(body)}; {READ}", reason=Reason.IMAGE_NOT_IMAGE)
    if kind is Media.PNG:
        body = png_essentials(body)
    made = guarded(kind, body, lambda: _PLANS[kind](body, at_least))
    pixels = made.width * made.height
    if pixels > MAX_PIXELS or made.cost > DECODE_BYTES:
        raise PermanentError(
            f"the {kind} has {made.width} x {made.height} pixels: at most {MAX_PIXELS // 1_000_000} megapixels are read, and "
            f"at most {DECODE_BYTES // 1_000_000} MB spent on decoding; this one takes {made.cost // 1_000_000}",
            reason=Reason.IMAGE_TOO_LARGE,
        )
    return made


def open_picture(planned: DecodePlan, *, at_least: int) -> OpenedPicture:
    """Decode; raises as `plan` does, `PictureCut` where bytes are missing, `HostShortage` where this instance lacks memory."""
    return guarded(planned.kind, planned.body, lambda: _opened(planned, at_least))


def guarded(kind: Media, body: bytes, work: Callable[[], T]) -> T:
    """Return what `work` does; whatever the libraries raise at strangers' bytes becomes an error of ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of bombs, which the plan refuses, and of damage, which is shown or raised
            return work()
    except ProcessorError:
        raise
    except Image.DecompressionBombError as error:
        raise PermanentError("the picture has too many pixels", reason=Reason.IMAGE_TOO_LARGE) from error
    except Exception as error:
        short = shortage_behind(error)
        if short is not None:
            raise short from error
        if is_cut(kind, body):
            raise PictureCut from error
        raise PermanentError(
            f"the {kind} cannot be decoded: its bytes are damaged ({type(error).__name__})", reason=Reason.IMAGE_NOT_IMAGE
        ) from error


def _pillow(kind: Media, body: bytes) -> Image.Image:
    if kind not in Image.OPEN:
        Image.preinit()  # the usual few: all fifty readers take 20 ms, and 3 MB
    if kind not in Image.OPEN:
        Image.init()
    return Image.open(io.BytesIO(body), formats=[kind.value])


def _plan_jpeg(body: bytes, at_least: int) -> DecodePlan:
    jpeg = read_jpeg(body)
    with _pillow(Media.JPEG, body) as opened:
        (width, height), mode = opened.size, opened.mode
    fraction = _fraction(width, height, at_least)
    copies = 1 if jpeg.ended or jpeg.buffered else 4  # two ways to end it, in RGB, and their difference
    each = copies * BYTES_A_PIXEL.get(mode, 4.0) / fraction**2 + (2 * jpeg.samples if jpeg.buffered else 0.0)
    cost = width * height * each
    return DecodePlan(Media.JPEG, body, width, height, int(cost), jpeg)


def _fraction(width: int, height: int, at_least: int) -> int:
    return next(each for each in FRACTIONS if each <= max(1, min(width, height) // at_least))


def _plan_by_mode(kind: Media) -> Callable[[bytes, int], DecodePlan]:
    def planned(body: bytes, _at_least: int) -> DecodePlan:
        with _pillow(kind, body) as opened:
            (width, height), mode = opened.size, opened.mode
        frame = 2.0 if kind is Media.GIF else BYTES_A_PIXEL.get(mode, 4.0)
        return DecodePlan(kind, body, width, height, int(width * height * frame))

    return planned


def _plan_avif(body: bytes, _at_least: int) -> DecodePlan:
    with _pillow(Media.AVIF, body) as opened:
        width, height = opened.size
    at = body.find(b"av1C")
    deep = at < 0 or at + 6 >= len(body) or bool(body[at + 6] & 0x40)  # its flag `high_bitdepth`
    return DecodePlan(Media.AVIF, body, width, height, int(width * height * (AVIF_DEEP_COST if deep else AVIF_COST)))


def _plan_webp(body: bytes, at_least: int) -> DecodePlan:
    """Read the size without the library, which would make its canvases at once."""
    chunk, data = body[12:16], body[20:30]
    if chunk == b"VP8X":
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (4, 7))
    elif chunk == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    flags = data[0] if chunk == b"VP8X" else 0
    if width * height < WEBP_SCALED_FROM or flags & webp.ANIMATION_FLAG or not webp.can_scale():
        return DecodePlan(Media.WEBP, body, width, height, int(width * height * WEBP_COST))
    fraction = max(1, min(width, height) // at_least)
    lossless = any(name == b"VP8L" for name, _ in webp.chunks(body))
    within = WEBP_LOSSLESS if lossless else WEBP_LOSSY
    cost = width * height * (within + WEBP_ALPHA * bool(flags & webp.ALPHA_FLAG) + WEBP_ROWS / fraction**2)
    return DecodePlan(Media.WEBP, body, width, height, int(cost), scaled=fraction)


def _heif(body: bytes) -> Any:  # noqa: ANN401  (the library's class; it is loaded for phones' pictures alone)
    import pi_heif  # noqa: PLC0415  (a tenth of a second, and 4 MB)

    container = pi_heif.open_heif(body, convert_hdr_to_8bit=True)
    return container[container.primary_index]


def _plan_heif(body: bytes, _at_least: int) -> DecodePlan:
    image = _heif(body)
    width, height = image.size
    each = HEIF_COST + HEIF_ALPHA * image.has_alpha + HEIF_DEEP * (int(image.info.get("bit_depth", 8)) > 8)  # noqa: PLR2004
    return DecodePlan(Media.HEIF, body, width, height, int(width * height * each))


_PLANS: Final[Mapping[Media, Callable[[bytes, int], DecodePlan]]] = {
    Media.JPEG: _plan_jpeg, Media.PNG: _plan_by_mode(Media.PNG), Media.GIF: _plan_by_mode(Media.GIF), Media.AVIF: _plan_avif,
    Media.WEBP: _plan_webp, Media.HEIF: _plan_heif,
}  # fmt: skip


def _opened(planned: DecodePlan, at_least: int) -> OpenedPicture:
    if planned.kind is Media.HEIF:
        return _opened_heif(planned.body)
    if planned.scaled:
        return _opened_webp(planned)
    jpeg = planned.jpeg
    if jpeg is not None and not jpeg.ended:
        image = _ended(planned.body, jpeg, at_least)
    else:
        image = _pillow(planned.kind, planned.body)
        image.draft("CMYK" if image.mode == "CMYK" else "RGB", (at_least, at_least))
    profile, orientation = image.info.get("icc_profile"), _orientation(image)
    image.load()
    return OpenedPicture(*image.size, _strips(image), orientation, profile if isinstance(profile, bytes) else None)


def _strips(image: Image.Image) -> Callable[[int, int], Image.Image]:
    width, height = image.size

    def strip(top: int, bottom: int) -> Image.Image:
        return image if (top, bottom) == (0, height) else image.crop((0, top, width, bottom))

    return strip


def _ended(body: bytes, jpeg: Jpeg, at_least: int) -> Image.Image:
    """Return a JPEG without its end mark, where it shows all there is but for a part of its last row of blocks.

    A progressive one: where each coefficient has come once, and only refinements are missing. Another: it is ended in two
    ways, at once and after some noise. Where the two pictures are alike, what is shown had come. Raises `PictureCut`.
    """
    body = body.rstrip(b"\xff")  # the first half of the mark, or fill bytes
    if jpeg.buffered:
        shown = jpeg.covered and (_as_far(body, at_least) or _as_far(body[: jpeg.whole], at_least))
        if not shown:
            raise PictureCut
        return shown
    shown = _as_far(body, at_least)
    noisy = next((made for made in (_as_far(body + noise, at_least) for noise in NOISES) if made is not None), None)
    if shown is None or noisy is None:
        raise PictureCut
    differs = ImageChops.difference(shown.convert("RGB"), noisy.convert("RGB")).convert("L").getbbox()
    fraction = jpeg.height / shown.height
    if differs is not None and differs[1] * fraction < jpeg.height - jpeg.row - BLEEDING * fraction:
        raise PictureCut
    return shown


def _as_far(body: bytes, at_least: int) -> Image.Image | None:
    """Return the JPEG ended here, None where the decoder finds that broken."""
    try:
        image = _pillow(Media.JPEG, body + JPEG_EOI)
        image.draft("CMYK" if image.mode == "CMYK" else "RGB", (at_least, at_least))
        image.load()
    except (OSError, SyntaxError) as error:
        if shortage_behind(error) is not None:
            raise
        return None
    return image


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:  # noqa: BLE001  (EXIF of phones and editors is broken in every way; the picture is not)
        return 1
    return value if isinstance(value, int) else 1


def _opened_webp(planned: DecodePlan) -> OpenedPicture:
    """Scaled; what stands beside the picture is read from its chunks, since the library behind `Image.open` decodes at once."""
    size = (-(-planned.width // planned.scaled), -(-planned.height // planned.scaled))
    image = webp.scaled(planned.body, *size)
    beside = {name: data for name, data in webp.chunks(planned.body) if name in {b"EXIF", b"ICCP"}}
    exif = Image.Exif()
    try:
        exif.load(beside.get(b"EXIF", b""))
        value = exif.get(0x0112, 1)
    except Exception:  # noqa: BLE001  (as in `_orientation`)
        value = 1
    return OpenedPicture(*size, _strips(image), value if isinstance(value, int) else 1, beside.get(b"ICCP"))


def _opened_heif(body: bytes) -> OpenedPicture:
    """The library has turned it upright. Its rows are taken as they lie in its memory, without a copy of the whole: the memory
    is the library's image's, and gone with it, so each strip asks the image.
    """
    image = _heif(body)
    (width, height), mode = image.size, image.mode
    stride = image.stride

    def strip(top: int, bottom: int) -> Image.Image:
        rows = image.data[top * stride : bottom * stride]
        return Image.frombuffer(mode, (width, bottom - top), rows, "raw", mode, stride, 1).copy()

    return OpenedPicture(width, height, strip, 1, image.info.get("icc_profile") or None)
