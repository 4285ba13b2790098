"""Makes the pictures of the sample sites from the sample photos. `python -m samples.site_pictures` writes them.

Plain flat-lays of one shape are near-duplicates to a perceptual hash, rightly so: those that stand for different products are
laid out differently here, and three are copies on purpose (smaller, re-encoded, cropped), to be recognised as such.
"""

import sys
from pathlib import Path
from typing import Final

from PIL import Image

PHOTOS: Final = Path(__file__).parent / "photos"
PICTURES: Final = Path(__file__).parent / "sites" / "pictures"
CANVAS: Final = (420, 420)
PLACES: Final = {  # turned by degrees, then scaled, then put at x and y
    "navy-blazer.jpg": (0, 0.66, 40, 0),
    "red-dress.jpg": (0, 0.66, 40, 0),
    "black-trousers.jpg": (0, 0.66, 40, 0),
    "denim-jacket.jpg": (90, 0.60, 10, 60),
    "camel-coat.jpg": (35, 0.45, 10, 40),
    "olive-parka.jpg": (180, 0.40, 200, 150),
    "striped-shirt.jpg": (0, 0.38, 215, 10),
}
NO_PICTURE: Final = b"<!doctype html><title>Moved</title><p>This is a page and not the picture that its name promises.\n"


def laid_out(name: str) -> Image.Image:
    """Return a sample photo on a canvas of its own background colour."""
    degrees, scale, x, y = PLACES[name]
    with Image.open(PHOTOS / name) as photo:
        background = photo.getpixel((2, 2))
        turned = photo.rotate(degrees, expand=True, fillcolor=background, resample=Image.Resampling.BICUBIC)
    canvas = Image.new("RGB", CANVAS, background)
    canvas.paste(turned.resize((round(turned.width * scale), round(turned.height * scale))), (x, y))
    return canvas


def copies(pictures: dict[str, Image.Image]) -> dict[str, tuple[Image.Image, int]]:
    """Return the near-duplicates and the quality they are saved with."""
    blazer, dress, trousers = (pictures[name] for name in ("navy-blazer.jpg", "red-dress.jpg", "black-trousers.jpg"))
    edge = round(trousers.width * 0.01)
    return {
        "navy-blazer-small.jpg": (blazer.resize((210, 210)), 60),
        "red-dress-reposted.webp": (dress, 55),
        "black-trousers-cropped.jpg": (trousers.crop((edge, edge, trousers.width - edge, trousers.height - edge)), 80),
    }


def main() -> int:
    """Write every picture, and the one that is none."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    pictures = {name: laid_out(name) for name in PLACES}
    for name, picture in pictures.items():
        picture.save(PICTURES / name, quality=85)
    for name, (picture, quality) in copies(pictures).items():
        picture.save(PICTURES / name, quality=quality)
    (PICTURES / "not-a-picture.jpg").write_bytes(NO_PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
