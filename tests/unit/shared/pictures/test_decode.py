"""What is made of the pictures that phones, CDNs and shops send: upright, over white, in sRGB, whole or refused by name."""

import io
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from shared.errors import HostShortage, PermanentError, Reason, RetryableError
from shared.pictures.decode import plan_reduction, reduce
from shared.pictures.nothing import Nothing
from shared.pictures.opening import DECODE_BYTES, PictureCut
from shared.pictures.perceptual_hash import perceptual_hash
from shared.pictures.webp import can_scale
from tests.unit.shared.pictures.making import chunk, encoded, off, png_with, quarters, scene


def exif(orientation: int) -> bytes:
    made = Image.Exif()
    made[0x0112] = orientation
    return made.tobytes()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95}), ("JPEG", {"quality": 95, "progressive": True}), ("PNG", {}), ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 95}), ("GIF", {}), ("AVIF", {"quality": 95}), ("HEIF", {}),
    ],
)  # fmt: skip
def test_every_kind_that_is_read(kind: str, options: dict[str, Any]) -> None:
    picture = reduce(encoded(scene(), kind, **options))
    assert (picture.width, picture.height) == (120, 160)
    assert off(picture.jpeg) <= 10
    assert picture.nothing is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(("orientation", "turned"), [(6, Image.Transpose.ROTATE_90), (3, Image.Transpose.ROTATE_180)])
def test_a_picture_is_turned_upright(kind: str, orientation: int, turned: Image.Transpose) -> None:
    lying = scene().transpose(turned)
    assert off(reduce(encoded(lying, kind, exif=exif(orientation), **({"quality": 95} if kind != "PNG" else {}))).jpeg) <= 10


def test_large_pictures_come_out_as_small_ones_do() -> None:
    for size in ((2_400, 3_200), (1_111, 3_333)):
        picture = reduce(encoded(scene(size)))
        assert max(picture.width, picture.height) == 512
        assert picture.width == round(512 * size[0] / size[1])
        assert off(picture.jpeg) <= 3


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P", "L", "RGB", "1", "I;16"])
def test_what_is_transparent_is_white_in_every_mode(mode: str) -> None:
    """A dark square on what is transparent, in each way a file can say so."""
    grey = Image.new("L", (80, 80), 200)
    grey.paste(60, (20, 20, 60, 60))
    options: dict[str, Any] = {}
    match mode:
        case "RGBA" | "LA":
            image = grey.convert(mode)
            image.putalpha(grey.point(lambda level: 0 if level == 200 else 255))
        case "P" | "PA":
            image = grey.convert("RGB").quantize(2)
            options["transparency"] = image.getpixel((0, 0))
        case "I;16":
            image = Image.new("I;16", (80, 80), 51_200)
            image.paste(15_420, (20, 20, 60, 60))  # both bytes alike: a paste sets the lower one
            options["transparency"] = 51_200
        case "1":
            image = grey.point(lambda level: 255 * (level < 100)).convert("1")
            options["transparency"] = 0
        case _:
            image = grey.convert(mode)
            options["transparency"] = 200 if mode == "L" else (200, 200, 200)
    shown = Image.open(io.BytesIO(reduce(encoded(image, **options)).jpeg))
    assert min(shown.getpixel((5, 5))) > 250  # type: ignore[arg-type, type-var]
    if mode != "1":
        assert abs(shown.getpixel((40, 40))[0] - 60) < 6  # type: ignore[index, operator]


def test_16_bits_of_grey_are_not_all_white() -> None:
    image = Image.new("I;16", (80, 80))
    for place, level in enumerate((0, 16_448, 32_896, 65_535)):
        image.paste(level, (place * 20, 0, place * 20 + 20, 80))
    shown = Image.open(io.BytesIO(reduce(encoded(image)).jpeg)).convert("L")
    assert [abs(shown.getpixel((x, 40)) - want) < 4 for x, want in ((10, 0), (30, 64), (50, 128), (70, 255))] == [True] * 4


def wide_profile() -> tuple[bytes, Image.Image]:
    """A profile of wide primaries made for this test, and the scene in it."""
    srgb = ImageCms.createProfile("sRGB")
    made = bytearray(ImageCms.ImageCmsProfile(srgb).tobytes())
    at = made.index(b"rXYZ")
    red = int.from_bytes(made[at + 4 : at + 8], "big")
    gat = made.index(b"gXYZ")
    green = int.from_bytes(made[gat + 4 : gat + 8], "big")
    made[red + 8 : red + 20], made[green + 8 : green + 20] = made[green + 8 : green + 20], made[red + 8 : red + 20]
    profile = bytes(made).replace(b"sRGB", b"swap").replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    red_band, green_band, blue_band = scene().split()
    return profile, Image.merge("RGB", (green_band, red_band, blue_band))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_an_icc_profile_is_applied(kind: str) -> None:
    """A space whose red and green are swapped: without its profile everything has the wrong colour."""
    profile, swapped = wide_profile()
    body = encoded(swapped, kind, icc_profile=profile, **({} if kind == "PNG" else {"quality": 95}))
    assert off(reduce(body).jpeg) <= 12
    assert perceptual_hash(body) == perceptual_hash(encoded(swapped, kind, **({} if kind == "PNG" else {"quality": 95})))


@pytest.mark.parametrize("profile", [b"garbage", b"", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()])
def test_a_profile_of_no_use_is_passed_over(profile: bytes) -> None:
    assert off(reduce(encoded(scene(), icc_profile=profile)).jpeg) <= 3


def test_a_png_may_have_any_amount_of_text_and_a_bad_checksum_where_it_does_not_matter() -> None:
    plain = encoded(scene())
    text = chunk(b"tEXt", b"Comment\0" + b"x" * 3_000_000)
    packed = chunk(b"zTXt", b"Comment\0\0" + __import__("zlib").compress(b"x" * 90_000_000))
    for body in (png_with(plain, text), png_with(plain, packed), png_with(plain, chunk(b"tEXt", b"a\0b", crc=7)),
                 png_with(plain, chunk(b"iCCP", b"x\0\0junk", crc=7)), plain[:-12], plain + b"trailing"):  # fmt: skip
        assert reduce(body).digest == reduce(plain).digest


@pytest.mark.parametrize("lead", [b"\xef\xbb\xbf", b"\r\n\r\n", b" \n"])
def test_what_a_script_puts_before_a_picture_is_passed_over(lead: bytes) -> None:
    assert reduce(lead + encoded(scene())).digest == reduce(encoded(scene())).digest


def kind_and_size(image: Image.Image) -> str:
    return f"{image.mode} {image.width}x{image.height}"


def noisy(size: tuple[int, int] = (160, 200)) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3))


@pytest.mark.parametrize("image", [scene(), noisy(), scene().convert("L"), noisy().convert("CMYK")], ids=kind_and_size)
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_last_bytes_is_shown_and_a_half_is_not(image: Image.Image, *, progressive: bool) -> None:
    body = encoded(image, "JPEG", quality=85, progressive=progressive)
    for missing in (1, 2, 5, 12):
        assert reduce(body[:-missing]).width == image.width
    for share in (0.3, 0.3 if progressive else 0.6):
        with pytest.raises(PictureCut):
            reduce(body[: int(len(body) * share)])


@pytest.mark.parametrize(
    "make",
    [
        lambda: encoded(noisy()), lambda: encoded(noisy(), "WEBP"), lambda: encoded(noisy(), "GIF"),
        lambda: encoded(noisy(), "AVIF"), lambda: encoded(noisy(), "HEIF"),
    ],
    ids=["PNG", "WEBP", "GIF", "AVIF", "HEIF"],
)  # fmt: skip
def test_what_is_cut_in_half_is_named_so(make: Callable[[], bytes]) -> None:
    body = make()
    with pytest.raises(PictureCut, match="cut short"):
        reduce(body[: len(body) // 2])


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "an empty body"), (b" \n ", "white space"), (b"<svg xmlns=''>", "an SVG"),
        (b"<?xml version='1.0'?><svg >", "an SVG"),
        (b"<!-- x --><svg>", "an SVG"), (b"\n<!DOCTYPE html><html>", "an HTML page"), (b"<HTML>please log in", "an HTML page"),
        (b'{"error": "x"}', "JSON"), (b"%PDF-1.7", "a PDF"), (b"II*\0....", "a TIFF"), (b"BM" + b"\0" * 20, "a BMP"),
        (b"\0\0\x01\0\1", "an icon"), (b"\xff\x0a\1", "a JPEG XL"), (b"\0\0\0\x0cjP  \r\n", "a JPEG 2000"),
        (b"\0\0\0\x18ftypisom", "a video (MP4)"), (b"\0\0\0\x18ftypcrx ", "a camera's raw"), (b"\x1f\x8b\x08", "gzip"),
        (b"Access denied for you.", "text"), (b"\x01\x02\xf3\x04", "of no known kind, and begins with 01 02 f3 04"),
        (b"<rss version='2.0'>", "an XML document"), (b"RIFF\0\0\0\0AVI ", "a video (AVI)"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_by_its_name(body: bytes, name: str) -> None:
    with pytest.raises(PermanentError, match="it is " + name.replace("(", r"\(").replace(")", r"\)")) as caught:
        reduce(body)
    assert caught.value.reason is Reason.IMAGE_NOT_IMAGE


def drawn(words: str = "No image\navailable") -> Image.Image:
    image = Image.new("RGB", (600, 600), (240, 240, 240))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((200, 180, 400, 330), 12, outline=(155, 155, 155), width=14)
    pen.ellipse((265, 220, 335, 290), fill=(155, 155, 155))
    pen.text((260, 360), words, fill=(155, 155, 155))
    return image


@pytest.mark.parametrize(
    ("make", "nothing"),
    [
        (lambda: encoded(Image.new("RGB", (1, 1))), Nothing.SLIVER),
        (lambda: encoded(Image.new("RGB", (1, 9_000), "red")), Nothing.SLIVER),
        (lambda: encoded(noisy((4_000, 60))), Nothing.SLIVER),
        (lambda: encoded(Image.new("RGBA", (90, 90), (200, 0, 0, 0))), Nothing.TRANSPARENT),
        (lambda: encoded(Image.new("RGB", (300, 300), "white"), "JPEG"), Nothing.ONE_COLOUR),
        (lambda: encoded(Image.new("L", (300, 300), 3), "WEBP"), Nothing.ONE_COLOUR),
        (lambda: encoded(drawn()), Nothing.PLACEHOLDER), (lambda: encoded(drawn(), "JPEG", quality=80), Nothing.PLACEHOLDER),
    ],
)  # fmt: skip
def test_what_shows_nothing(make: Callable[[], bytes], nothing: Nothing) -> None:
    assert reduce(make()).nothing is nothing


def shaded_shirt() -> Image.Image:
    """White on white, as shops photograph it: shades, and no colour."""
    image = Image.new("RGB", (400, 400), (252, 252, 252))
    pen = ImageDraw.Draw(image)
    for step in range(100):
        level = 205 + step // 3
        pen.rectangle((150 + step, 120, 151 + step, 280), fill=(level, level, level))
    return image


def glasses() -> Image.Image:
    image = Image.new("RGB", (500, 500), "white")
    pen = ImageDraw.Draw(image)
    for left in (120, 270):
        for step in range(50):
            level = 10 + 2 * step
            pen.ellipse((left + step, 200 + step, left + 110 - step, 290 - step // 2), outline=(level, level, level))
    return image


@pytest.mark.parametrize("image", [shaded_shirt(), glasses(), scene(), noisy(), scene().convert("L")], ids=kind_and_size)
def test_what_shows_something_is_never_taken_for_nothing(image: Image.Image) -> None:
    for kind in ("PNG", "JPEG"):
        assert reduce(encoded(image, kind)).nothing is None


@pytest.mark.parametrize(
    ("kind", "size", "allowed"),
    [
        ("JPEG", (8_160, 6_120), True), ("PNG", (7_000, 7_000), True), ("PNG", (8_000, 8_000), False),
        ("WEBP", (3_600, 3_600), True), ("WEBP", (6_300, 6_300), True), ("GIF", (16_000, 8_000), False),
    ],
)  # fmt: skip
def test_memory_is_the_limit_and_not_pixels(kind: str, size: tuple[int, int], *, allowed: bool) -> None:
    image = Image.new("P" if kind == "GIF" else "RGB", size)
    body = encoded(image, kind, **({"quality": 1, "method": 0} if kind == "WEBP" else {}))
    if allowed:
        assert plan_reduction(body).cost <= DECODE_BYTES
    else:
        with pytest.raises(PermanentError, match=f"{size[0]} x {size[1]} pixels") as caught:
            plan_reduction(body)
        assert caught.value.reason is Reason.IMAGE_TOO_LARGE


@pytest.mark.parametrize("options", [{"lossless": True, "quality": 0, "method": 0}, {"quality": 95, "method": 0}])
def test_a_large_webp_is_scaled_on_the_way_and_looks_the_same(options: dict[str, Any]) -> None:
    assert can_scale()
    profile, swapped = wide_profile()
    large = swapped.resize((1_900, 2_300)).transpose(Image.Transpose.ROTATE_90)
    body = encoded(large, "WEBP", exif=exif(6), icc_profile=profile, **options)
    planned = plan_reduction(body)
    assert planned.scaled == 1
    assert planned.cost < 16 * large.width * large.height
    assert off(reduce(body).jpeg) <= 12
    half_clear = scene((2_500, 2_500)).convert("RGBA")
    half_clear.paste((0, 0, 0, 0), (0, 0, 2_500, 1_250))
    shown = quarters(reduce(encoded(half_clear, "WEBP", **options)).jpeg)
    assert min(shown[0] + shown[1]) > 250
    assert abs(shown[2][2] - 181) < 12
    with pytest.raises(PictureCut):
        reduce(body[: len(body) // 2])


@pytest.mark.parametrize("error", [MemoryError(), OSError(12, "no memory"), OSError(28, "no space")])
def test_our_own_shortage_is_not_the_pictures_fault(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def short(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Image.Image, "resize", short)
    with pytest.raises(HostShortage):
        reduce(encoded(scene((1_000, 1_000))))


SEEDS = [
    encoded(scene((40, 40)), kind, **options)
    for kind, options in (
        ("JPEG", {}), ("JPEG", {"progressive": True, "exif": exif(6)}), ("PNG", {}), ("WEBP", {}), ("WEBP", {"lossless": True}),
        ("GIF", {}), ("AVIF", {}), ("HEIF", {}),
    )
] + [encoded(scene((40, 40)).quantize(4), transparency=0), png_with(encoded(scene()), chunk(b"eXIf", exif(6)[6:]))]  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 4_000), st.binary(min_size=0, max_size=6)), max_size=6),
       st.integers(0, 4_000))  # fmt: skip
def test_whatever_bytes_come_only_our_errors_leave(seed: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    body = bytearray(seed)
    for at, data in changes:
        body[at % len(body) : at % len(body) + len(data)] = data
    for make in (reduce, perceptual_hash):
        try:
            make(bytes(body[: len(body) - cut % 40]))
        except (PermanentError, RetryableError, HostShortage):
            continue


def test_the_quarters_are_where_they_should_be() -> None:
    assert len(set(quarters(encoded(scene())))) == 4
