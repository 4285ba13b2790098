"""Which copies of a picture its hash still knows, which pictures it keeps apart, and what has no hash at all.

The pairs: 3 photographs, 18 tiles cut from them, 7 drawn garments, and of each the copies below. `python -m
tests.unit.shared.test_perceptual_hash` prints the figures that the docstring of `shared.pictures.perceptual_hash` states.
"""

import io
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance

from samples.draw import DRAWN, PHOTOS
from shared.errors import PermanentError, Reason
from shared.pictures.perceptual_hash import comparable_bits, lookup_hashes, perceptual_hash

SAME_CUT = [{"navy-blazer", "camel-coat", "olive-parka"}, {"denim-jacket", "striped-shirt"}]  # drawn from one outline
pytestmark = pytest.mark.slow  # the pairs are made once, which takes seconds
COLUMNS = ("photo", "tile", "drawn")


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **({"compress_level": 1} if kind == "PNG" else options))  # the pixels are the same, made faster
    return out.getvalue()


@cache
def pictures() -> dict[tuple[str, str], Image.Image]:
    """By column and name."""
    found = {}
    for name in ("astronaut", "chelsea", "coffee"):
        photo = Image.open(PHOTOS / f"{name}.jpg").convert("RGB")
        found["photo", name] = photo
        width, height = photo.width // 3, photo.height // 2
        for column, row in itertools.product(range(3), range(2)):
            left, top = column * width, row * height
            found["tile", f"{name}-{column}{row}"] = photo.crop((left, top, left + width, top + height))
    return found | {("drawn", Path(name).stem): Image.open(PHOTOS / name).convert("RGB") for name in DRAWN}


def resized(image: Image.Image, factor: float) -> bytes:
    size = (round(image.width * factor), round(image.height * factor))
    return encoded(image.resize(size, Image.Resampling.BICUBIC), "JPEG", quality=85)


def cropped(image: Image.Image, share: float, sides: str) -> bytes:
    x, y = round(image.width * share), round(image.height * share)
    box = ("l" in sides) * x, ("t" in sides) * y, image.width - ("r" in sides) * x, image.height - ("b" in sides) * y
    return encoded(image.crop(box), "JPEG", quality=85)


def copies(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    """Every copy with the row it is counted in."""
    for quality in (40, 70, 90):
        yield "re-encoded", encoded(image, "JPEG", quality=quality)
    yield "re-encoded", encoded(image)
    yield "re-encoded", encoded(image, "WEBP", quality=75)
    for factor in (0.25, 0.5, 0.75, 1.5, 2.0):
        yield "resized 0.25 to 2 times", resized(image, factor)
    for factor in (0.9, 1.1):
        yield "10 % darker or brighter", encoded(ImageEnhance.Brightness(image).enhance(factor), "JPEG", quality=85)
    for share in (0.01, 0.02, 0.03):
        yield f"cropped {share:.0%} on every side", cropped(image, share, "ltrb")
        for side in "ltrb":
            yield f"cropped {share:.0%} on one side", cropped(image, share, side)


def is_near(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and (int(one, 16) ^ int(other, 16)).bit_count() < 5


Figures = dict[str, Counter[tuple[str, str]]]


@cache
def figures() -> Figures:
    """Count by copy and column: all of them, those known by their own hash, by any look-up hash, and the other way round."""
    counted: Figures = {kind: Counter() for kind in ("all", "own", "lookup", "reverse")}
    for (column, _), image in pictures().items():
        original = lookup_hashes(encoded(image))
        for copy, body in copies(image):
            found = lookup_hashes(body)
            cell = (copy, column)
            counted["all"][cell] += 1
            counted["own"][cell] += is_near(found[0], original[0])
            counted["lookup"][cell] += any(is_near(each, original[0]) for each in found)
            counted["reverse"][cell] += any(is_near(each, found[0]) for each in original)
    return counted


def caught_by(kind: str, wanted: Callable[[str, str], bool]) -> float:
    cells = [cell for cell in figures()["all"] if wanted(*cell)]
    return sum(figures()[kind][cell] for cell in cells) / sum(figures()["all"][cell] for cell in cells)


def test_there_are_enough_pairs() -> None:
    assert figures()["all"].total() == 28 * 27


def test_re_encoded_resized_and_brighter_copies_are_known_by_their_own_hash() -> None:
    assert caught_by("own", lambda copy, _: copy.startswith(("re-", "resized"))) == 1.0
    assert caught_by("own", lambda copy, column: copy.startswith("10") and column != "drawn") == 1.0
    assert caught_by("own", lambda copy, _: copy.startswith("10")) >= 0.95


@pytest.mark.parametrize(("percent", "own", "lookup"), [("1%", 0.9, 0.97), ("2%", 0.75, 0.92), ("3%", 0.5, 0.8)])
def test_lightly_cropped_copies_of_photos_are_known_by_their_look_up_hashes(percent: str, own: float, lookup: float) -> None:
    def cropped_photos(copy: str, column: str) -> bool:
        return copy.startswith(f"cropped {percent}") and column != "drawn"

    assert caught_by("own", cropped_photos) >= own
    assert caught_by("lookup", cropped_photos) >= lookup
    assert caught_by("reverse", cropped_photos) >= lookup


def unlike() -> Iterator[tuple[tuple[str, ...], tuple[str, ...], bool]]:
    """Yield the look-up hashes of every two different pictures, and whether both were drawn from one outline."""
    found = {name: lookup_hashes(encoded(image)) for (_, name), image in pictures().items()}
    for one, other in itertools.permutations(found, 2):
        yield found[one], found[other], any({one, other} <= group for group in SAME_CUT)


def test_different_pictures_are_kept_apart_also_by_their_look_up_hashes() -> None:
    kept = [not any(is_near(each, other[0]) for each in one) for one, other, same_cut in unlike() if not same_cut]
    assert len(kept) == 28 * 27 - 8
    assert all(kept)


def test_one_cut_in_two_colours_is_one_picture_to_a_hash_of_greys() -> None:
    """Not wanted, and known: the hash sees outlines, so garments drawn from one outline are taken for copies."""
    assert all(is_near(one[0], other[0]) for one, other, same_cut in unlike() if same_cut)


@pytest.mark.parametrize("side", [300, 900, 1_500, 3_100])
def test_the_bits_are_those_that_others_compute(side: int) -> None:
    """Also where a JPEG is decoded at a fraction."""
    import imagehash  # which takes a while to load

    for (column, _), image in pictures().items():
        if column == "photo":
            body = encoded(image.resize((side * image.width // image.height, side)), "JPEG", quality=88)
            assert perceptual_hash(body) == str(imagehash.phash(Image.open(io.BytesIO(body))))


def gradient(*, turned: bool) -> Image.Image:
    image = Image.linear_gradient("L").resize((500, 400))
    return image.rotate(90) if turned else image


def striped(width: int) -> Image.Image:
    image = Image.new("L", (480, 400), 255)
    for left in range(0, 480, 2 * width):
        image.paste(0, (left, 0, left + width, 400))
    return image


EMPTY: dict[str, Callable[[], Image.Image]] = {
    "white": lambda: Image.new("RGB", (500, 400), "white"), "black": lambda: Image.new("RGB", (500, 400), "black"),
    "camel": lambda: Image.new("RGB", (300, 300), "#c19a6b"), "pixel": lambda: Image.new("RGB", (1, 1), "red"),
    "transparent": lambda: Image.new("RGBA", (200, 200), (0, 0, 0, 0)), "gradient": lambda: gradient(turned=False),
    "turned": lambda: gradient(turned=True).crop((50, 50, 350, 350)), "pinstripes": lambda: striped(5),
    "stripes": lambda: striped(40), "noise": lambda: Image.effect_noise((400, 400), 8),
}  # fmt: skip


@pytest.mark.parametrize("drawn", EMPTY)
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_what_shows_next_to_nothing_has_no_hash(drawn: str, kind: str) -> None:
    image = EMPTY[drawn]()
    body = encoded(image.convert("RGB") if kind == "JPEG" else image, kind)
    assert perceptual_hash(body) is None
    assert lookup_hashes(body) == ()


def test_the_first_look_up_hash_is_the_one_to_store() -> None:
    for image in pictures().values():
        own, *others = lookup_hashes(encoded(image))
        assert own == perceptual_hash(encoded(image))
        assert comparable_bits(own) == int(own, 16)
        assert len(others) <= 4


def test_a_turned_photo_is_hashed_upright_and_a_cut_out_on_white() -> None:
    photo = pictures()["photo", "coffee"]
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter to the right
    turned = encoded(photo.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=90, exif=exif)
    assert is_near(perceptual_hash(turned), perceptual_hash(encoded(photo)))
    cut_out = photo.copy()
    cut_out.putalpha(Image.radial_gradient("L").resize(photo.size).point(lambda level: 255 * (level < 128)))
    on_white = Image.new("RGB", photo.size, "white")
    on_white.paste(photo, mask=cut_out.getchannel("A"))
    assert is_near(perceptual_hash(encoded(cut_out)), perceptual_hash(encoded(on_white, "JPEG", quality=90)))


@pytest.mark.parametrize(
    "text",
    ["", "e91e87a59a4a9a7", "e91e87a59a4a9a780", "0xe91e87a59a4a9a", "e91e87a59a4a9a7g", "e91e87a59a4a9a78\n",
     "8000000000000000", "0" * 16, "f" * 16, "a8008200a0002800"],
)  # fmt: skip
def test_a_stored_hash_that_is_none_or_says_nothing_is_not_comparable(text: str) -> None:
    assert comparable_bits(text) is None


def test_a_stored_hash_is_comparable_in_either_case() -> None:
    assert comparable_bits("E91E87A59A4A9A78") == comparable_bits("e91e87a59a4a9a78") == 0xE91E87A59A4A9A78


@pytest.mark.parametrize(
    ("body", "reason"),
    [(lambda: b"", Reason.IMAGE_NOT_IMAGE), (lambda: b"<html>gone</html>", Reason.IMAGE_NOT_IMAGE),
     (lambda: encoded(Image.new("RGB", (64, 64)), "BMP"), Reason.IMAGE_NOT_IMAGE),
     (lambda: encoded(Image.new("RGB", (64, 64), "red"), "JPEG")[:200], Reason.IMAGE_NOT_IMAGE),
     (lambda: encoded(Image.new("1", (12_000, 10_001))), Reason.IMAGE_TOO_LARGE)],
    ids=["empty", "html", "another format", "truncated", "too many pixels"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_as_everywhere(body: Callable[[], bytes], reason: Reason) -> None:
    for hashing in (perceptual_hash, lookup_hashes):
        with pytest.raises(PermanentError) as caught:
            hashing(body())
        assert caught.value.reason is reason


def main() -> None:
    counted = figures()
    for copy in dict.fromkeys(copy for copy, _ in counted["all"]):
        cells = [
            "/".join(str(counted[kind][copy, column]) for kind in ("own", "lookup", "reverse", "all")) for column in COLUMNS
        ]
        print(f"{copy:28}" + "".join(f"{cell:>18}" for cell in cells))  # noqa: T201  (a console program)
    for kind in ("own", "lookup", "reverse", "all"):
        print(kind, counted[kind].total())  # noqa: T201


if __name__ == "__main__":
    main()
