"""Draws the flat-lays among the sample pictures: plain garments in clear colours. `python -m samples.draw` writes them."""

import sys
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

PHOTOS: Final = Path(__file__).parent / "photos"
SIZE: Final = (512, 640)
Points = list[tuple[int, int]]
TOP: Final[Points] = [
    (176, 90), (226, 72), (256, 104), (286, 72), (336, 90), (420, 170), (382, 232), (342, 200), (348, 430),
    (164, 430), (170, 200), (130, 232), (92, 170),
]  # fmt: skip
COAT: Final[Points] = [
    (176, 70), (226, 54), (256, 88), (286, 54), (336, 70), (430, 190), (408, 420), (366, 416), (352, 230), (380, 580),
    (132, 580), (160, 230), (146, 416), (104, 420), (82, 190),
]  # fmt: skip
DRESS: Final[Points] = [
    (208, 70),
    (238, 70),
    (256, 110),
    (274, 70),
    (304, 70),
    (316, 250),
    (404, 580),
    (108, 580),
    (196, 250),
]
TROUSERS: Final[Points] = [(180, 80), (332, 80), (352, 580), (276, 580), (256, 220), (236, 580), (160, 580)]
DRAWN: Final = {
    "navy-blazer.jpg": (COAT, "#1d2a4d", "#fafafa", "#ece7df"),
    "camel-coat.jpg": (COAT, "#c19a6b", "#f1e4c3", "#dfe3e6"),
    "red-dress.jpg": (DRESS, "#c8202f", "#141414", "#f0ece6"),
    "denim-jacket.jpg": (TOP, "#55749c", "#c9a646", "#efe6da"),
    "olive-parka.jpg": (COAT, "#65672f", "#6b4429", "#e7e9ea"),
    "striped-shirt.jpg": (TOP, "#fafafa", "#1d2a4d", "#cfd8cf"),
    "black-trousers.jpg": (TROUSERS, "#141414", "#36393f", "#eee9e2"),
}


def draw(shape: Points, cloth: str, accent: str, background: str, *, stripes: bool) -> Image.Image:
    """Return one flat-lay: a soft shadow, the garment, a seam or stripes in the accent colour."""
    picture = Image.new("RGB", SIZE, background)
    shadow = Image.new("L", SIZE, 0)
    ImageDraw.Draw(shadow).polygon([(x + 8, y + 12) for x, y in shape], fill=90)
    picture.paste(Image.new("RGB", SIZE, "#888888"), mask=shadow.filter(ImageFilter.GaussianBlur(9)))
    mask = Image.new("L", SIZE, 0)
    ImageDraw.Draw(mask).polygon(shape, fill=255)
    fabric = Image.new("RGB", SIZE, cloth)
    pen = ImageDraw.Draw(fabric)
    if stripes:
        for y in range(100, 440, 36):
            pen.rectangle((0, y, SIZE[0], y + 12), fill=accent)
    else:
        pen.line((256, 80, 256, 600), fill=accent, width=6)
        for y in range(200, 420, 60):
            pen.ellipse((266, y, 276, y + 10), fill=accent)
    picture.paste(fabric, mask=mask)
    return picture


def main() -> int:
    """Write every drawn picture."""
    PHOTOS.mkdir(exist_ok=True)
    for name, (shape, cloth, accent, background) in DRAWN.items():
        drawn = draw(shape, cloth, accent, background, stripes=name.startswith("striped"))
        drawn.save(PHOTOS / name, quality=85)
    return 0


if __name__ == "__main__":
    sys.exit(main())
