"""What shows nothing, by histograms: as its definition has it, pixel by pixel, and without a look at the pixels of a photo."""

import random

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from shared.pictures.nothing import COLOURLESS, ONE_COLOUR_SHARE, SAME, Nothing, nothing_in
from tests.unit.shared.pictures.making import scene


def one_colour_by_definition(image: Image.Image) -> bool:
    pixels = np.asarray(image, dtype=np.int16).reshape(-1, 3)
    near = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1) <= SAME
    return bool(near.mean() >= ONE_COLOUR_SHARE)


def drawn(seed: int, longest: int = 90) -> Image.Image:
    """A ground of one colour, and on some a few marks, noise or a shade."""
    chance = random.Random(seed)
    size = (chance.randrange(10, longest), chance.randrange(10, longest))
    ground = chance.randrange(256)
    image = Image.new("RGB", size, tuple(min(255, max(0, ground + chance.randint(-10, 10))) for _ in range(3)))
    marks = ImageDraw.Draw(image)
    for _ in range(chance.randrange(4)):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        marks.rectangle((x, y, x + chance.randrange(6), y + chance.randrange(6)), fill=(chance.randrange(256),) * 3)
    if chance.random() < 0.5:
        image = Image.blend(image, Image.effect_noise(size, 40).convert("RGB"), chance.choice((0.03, 0.1, 0.2)))
    return image


@pytest.mark.parametrize("seed", range(150))
def test_one_colour_is_what_the_median_of_all_pixels_says(seed: int) -> None:
    image = drawn(seed)
    assert (nothing_in(image, opaque=True) is Nothing.ONE_COLOUR) == one_colour_by_definition(image)


@pytest.mark.parametrize("seed", range(60))
def test_the_sample_of_a_larger_picture_changes_no_verdict(seed: int) -> None:
    image = drawn(seed, longest=400)
    assert (nothing_in(image, opaque=True) is Nothing.ONE_COLOUR) == one_colour_by_definition(image)


@pytest.mark.parametrize("step", range(2, 13))
def test_a_placeholder_of_fine_lines_stays_one_whatever_of_them_a_sample_meets(step: int) -> None:
    image = Image.new("RGB", (410, 512), (238, 238, 238))
    marks = ImageDraw.Draw(image)
    for x in range(100, 300, step):
        marks.line((x, 150, x, 350), fill=(150, 150, 150))
    assert nothing_in(image, opaque=True) is Nothing.PLACEHOLDER
    marks.rectangle((0, 0, 120, 120), fill=(150, 30, 30))
    assert nothing_in(image, opaque=True) is None


def test_each_channel_may_be_near_its_median_and_the_pixels_not() -> None:
    image = Image.new("RGB", (100, 100), (100, 100, 100))
    for place, colour in enumerate(((200, 100, 100), (100, 200, 100), (100, 100, 200))):
        image.paste(colour, (0, place, 40, place + 1))  # 0.4 % of the pixels each: 1.2 % together
    assert nothing_in(image, opaque=True) is None
    assert not one_colour_by_definition(image)


def test_two_greys_are_a_placeholder_and_with_a_tinge_they_are_not() -> None:
    image = Image.new("RGB", (100, 100), (240, 240, 240))
    image.paste((180, 180, 180), (30, 30, 70, 70))
    assert nothing_in(image, opaque=True) is Nothing.PLACEHOLDER
    image.paste((180, 180, 180 - COLOURLESS - 1), (30, 30, 70, 70))
    assert nothing_in(image, opaque=True) is None


def test_a_photo_is_told_by_its_histogram_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    monkeypatch.setattr(ImageChops, "darker", lambda *images: looked.append(images))
    assert nothing_in(scene(), opaque=True) is None
    assert not looked
