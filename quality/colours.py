"""The colours that the embedded model measures, on people drawn here in dresses of known colours, and on the sample pictures.

The baseline names every pixel, and lists the four names with the largest shares: no ground, no skin, no middle.
"""

import io
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw

from quality.figure import Figure
from samples.draw import DRAWN, PHOTOS
from shared.fashion.colour_names import names_of
from shared.fashion.colours import HEX
from shared.local.colours import dominant_colours

SKIN = ((224, 172, 138), (198, 134, 94), (141, 85, 54), (241, 205, 180))
GROUNDS = ((250, 250, 250), (225, 220, 214), (150, 200, 230), (60, 60, 66))
SAME = ({"grey", "silver"}, {"white", "ivory"}, {"blush", "pink"}, {"mustard", "gold"}, {"tan", "camel", "beige"})
Rgb = tuple[int, int, int]


def jpeg(image: Image.Image) -> bytes:
    """Return it as a shop would send it."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def worn(garment: Rgb, ground: Rgb, skin: Rgb) -> bytes:
    """Draw a person in a dress: hair, face, arms and legs, on a ground that gets darker downwards."""
    image = Image.new("RGB", (300, 400))
    pen = ImageDraw.Draw(image)
    for row in range(400):
        pen.line((0, row, 300, row), fill=tuple(level - row // 40 for level in ground))
    pen.ellipse((115, 20, 185, 110), fill=(45, 30, 24))
    pen.ellipse((125, 35, 175, 100), fill=skin)
    for left, top, right, bottom in ((95, 110, 112, 230), (188, 110, 205, 230), (125, 290, 145, 390), (155, 290, 175, 390)):
        pen.rectangle((left, top, right, bottom), fill=skin)
    pen.polygon([(115, 105), (185, 105), (210, 300), (90, 300)], fill=garment)
    for fold in range(3):
        pen.line((125 + 20 * fold, 150, 115 + 25 * fold, 295), fill=tuple(level * 3 // 4 for level in garment), width=4)
    return jpeg(image)


def cases() -> Iterator[tuple[str, set[str], bytes]]:
    """Yield what it is, the names that are right, and the picture."""
    for number, (name, code) in enumerate(HEX.items()):
        garment = (int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16))
        right = {name}.union(*(group for group in SAME if name in group))
        for turn in range(4):
            ground, skin = GROUNDS[(number + turn) % 4], SKIN[turn]
            if max(abs(one - other) for one, other in zip(garment, ground, strict=True)) > 60:
                yield f"{name} on {ground}, skin {skin}", right, worn(garment, ground, skin)
    for file in DRAWN:
        colour = "white" if file.startswith("striped") else file.partition("-")[0]
        yield file, {colour}, (PHOTOS / file).read_bytes()


def every_pixel(picture: bytes) -> list[str]:
    """Return the baseline's names."""
    with Image.open(io.BytesIO(picture)) as opened:
        levels = np.asarray(opened.convert("RGB").resize((48, 48)), dtype=np.int32).reshape(-1, 3)
    return [name for name, _ in Counter(names_of(levels)).most_common(4)]


async def measure() -> Sequence[Figure]:
    """Return the figures."""
    rows = [(what, right, picture) for what, right, picture in cases()]
    found = [(right, [colour.name for colour in dominant_colours(picture)]) for _, right, picture in rows]
    bare = [(right, every_pixel(picture)) for _, right, picture in rows]
    worst = [f"{row[0]}: {', '.join(names)}" for row, (right, names) in zip(rows, found, strict=True) if set(names) - right]
    first, listed, share = _scores(found)
    bare_first, bare_listed, bare_share = _scores(bare)
    return [
        Figure("colours: the garment's colour comes first", first, ">=", 0.95, bare_first, worst),
        Figure("colours: the garment's colour is listed", listed, ">=", 1.0, bare_listed),
        Figure("colours: share of the listed colours that are the garment's", share, ">=", 0.85, bare_share),
    ]


def _scores(found: Sequence[tuple[set[str], list[str]]]) -> tuple[float, float, float]:
    hits = [sum(name in right for name in names) for right, names in found]
    first = sum(names[0] in right for right, names in found) / len(found)
    share = sum(hit / len(names) for hit, (_, names) in zip(hits, found, strict=True)) / len(found)
    return first, sum(hit > 0 for hit in hits) / len(found), share
