"""The fast resampling beside Pillow's: the same picture, whatever its mode and however odd its sides."""

import random

import pytest
from PIL import Image, ImageChops, ImageStat

from shared.pictures import resampling
from shared.pictures.resampling import resampled

SIZES = [
    ((640, 512), (512, 410)),
    ((1_023, 1_365), (384, 512)),
    ((1, 1_000), (1, 512)),
    ((1_000, 1), (512, 1)),
    ((700, 3), (512, 2)),
    ((4_200, 1_100), (512, 134)),  # more than Pillow keeps in one block of memory
]


def noisy(mode: str, size: tuple[int, int], seed: int = 0) -> Image.Image:
    bands = [Image.frombytes("L", size, random.Random(seed + index).randbytes(size[0] * size[1])) for index in range(4)]
    soft = [band.resize((max(1, size[0] // 8), max(1, size[1] // 8))).resize(size) for band in bands]
    return {"L": lambda: soft[0], "RGB": lambda: Image.merge("RGB", soft[:3]), "CMYK": lambda: Image.merge("CMYK", soft)}[
        mode
    ]()


@pytest.mark.skipif(resampling.Resizer is None, reason="there is no build of it for this machine")
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(("size", "to"), SIZES)
@pytest.mark.parametrize("part", [0.0, 0.4])
def test_it_is_what_pillow_makes(mode: str, size: tuple[int, int], to: tuple[int, int], part: float) -> None:
    image, box = noisy(mode, size), (size[0] - part, size[1] - part)
    fast, slow = resampled(image, to, box), image.resize(to, Image.Resampling.BICUBIC, (0.0, 0.0, *box))
    assert (fast.mode, fast.size) == (slow.mode, slow.size)
    difference = ImageStat.Stat(ImageChops.difference(fast, slow))
    assert max(difference.mean) < 0.6
    assert max(high for _, high in difference.extrema) <= 6


def limited(extensions: str) -> object:
    """A resizer that uses these instructions of the processor and no newer ones."""
    from cykooz_resizer import CpuExtensions, Resizer

    resizer = Resizer()
    resizer.cpu_extensions = CpuExtensions[extensions]
    return resizer


@pytest.mark.skipif(resampling.Resizer is None, reason="there is no build of it for this machine")
def test_every_kind_of_instructions_makes_the_same_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    made = set()
    for extensions in ("none", "sse4_1", "avx2"):
        monkeypatch.setattr(resampling, "Resizer", lambda extensions=extensions: limited(extensions))
        made.add(resampled(noisy("RGB", (640, 512)), (512, 410), (639.6, 511.2)).tobytes())
    assert len(made) == 1, "a picture's digest would depend on the machine that read it"


def test_other_modes_and_other_machines_are_pillows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resampled(Image.new("YCbCr", (20, 20)), (10, 10), (20.0, 20.0)).mode == "YCbCr"
    monkeypatch.setattr(resampling, "Resizer", None)
    assert resampled(noisy("RGB", (64, 64)), (10, 20), (64.0, 64.0)).size == (10, 20)
