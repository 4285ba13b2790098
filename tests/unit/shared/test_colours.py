"""Colours are named as people name them, and are the garment's: not the ground's, not the wearer's."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from quality.colours import GROUNDS, SKIN, jpeg, worn
from samples.draw import DRAWN, PHOTOS
from shared.fashion.colour_names import difference, lab_of, names_of
from shared.fashion.colours import HEX, nearest_name
from shared.local.colours import dominant_colours


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082), ((50, -1, 2), (50, 0, 0), 2.3669),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644), ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ],
)  # fmt: skip
def test_the_difference_is_that_of_the_published_pairs(one: tuple[float, ...], other: tuple[float, ...], apart: float) -> None:
    assert difference(np.array([one]), np.array([other]))[0, 0] == pytest.approx(apart, abs=1e-4)
    assert difference(np.array([other]), np.array([one]))[0, 0] == pytest.approx(apart, abs=1e-4)


def test_every_name_is_the_name_of_its_own_swatch() -> None:
    assert {name: nearest_name(code) for name, code in HEX.items()} == {name: name for name in HEX}
    assert lab_of([[255, 255, 255]])[0] == pytest.approx([100, 0, 0], abs=0.02)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("#000080", "navy"), ("#800000", "burgundy"), ("#ff0000", "red"), ("#008000", "green"), ("#ffd700", "yellow"),
        ("#00ffff", "turquoise"), ("#ffffff", "white"), ("#000000", "black"), ("#5e0c10", "burgundy"), ("#4b5320", "olive"),
        ("#008080", "teal"), ("#add8e6", "sky blue"), ("#8b4513", "brown"),
        ("#c0c0c0", "silver"), ("#36454f", "charcoal"), ("#7cfc00", "green"),
    ],
)  # fmt: skip
def test_common_colours_have_their_common_names(code: str, name: str) -> None:
    assert nearest_name(code) == name


@pytest.mark.parametrize("skin", SKIN)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(
    "name", ["red", "navy", "forest green", "burgundy", "mustard", "lilac", "teal", "black", "purple", "pink"]
)
def test_what_is_worn_is_named_and_nothing_else(name: str, ground: tuple[int, int, int], skin: tuple[int, int, int]) -> None:
    code = HEX[name]
    garment = (int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16))
    assert [colour.name for colour in dominant_colours(worn(garment, ground, skin))] == [name]


def test_a_garment_of_the_colour_of_skin_is_a_garment() -> None:
    colours = dominant_colours((PHOTOS.parent / "photos" / "camel-coat.jpg").read_bytes())
    assert [colour.name for colour in colours] == ["camel"]


@pytest.mark.parametrize("name", DRAWN)
def test_the_drawn_samples_have_the_colour_of_their_names(name: str) -> None:
    first = dominant_colours((PHOTOS / name).read_bytes())[0]
    wanted = {"striped-shirt": "white"}.get(name.removesuffix(".jpg"), name.partition("-")[0])
    assert first.name == wanted


def test_white_on_white_and_one_colour_all_over_still_have_a_colour() -> None:
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).rectangle((60, 40, 140, 170), fill=(244, 243, 240))
    assert dominant_colours(jpeg(image))[0].name in {"white", "ivory"}
    assert [colour.name for colour in dominant_colours(jpeg(Image.new("RGB", (50, 50), HEX["teal"])))] == ["teal"]


def test_a_large_shade_of_two_is_listed_and_a_small_one_is_not() -> None:
    image = Image.new("RGB", (200, 200), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((50, 30, 100, 170), fill=HEX["red"])
    pen.rectangle((100, 30, 150, 170), fill=HEX["navy"])
    pen.rectangle((90, 90, 110, 100), fill=HEX["yellow"])
    assert {colour.name for colour in dominant_colours(jpeg(image))} == {"red", "navy"}


def test_names_are_given_to_many_at_once() -> None:
    assert names_of(np.array([[200, 32, 47], [29, 42, 77]])) == ["red", "navy"]
