"""A small scene of four colours, and the files it is written into."""

import io
import struct
import subprocess
import sys
import zlib
from functools import lru_cache
from typing import Any

from PIL import Image

QUARTERS = ((200, 32, 47), (47, 138, 74), (47, 98, 181), (242, 207, 54))
SIZE = (120, 160)


def scene(size: tuple[int, int] = SIZE) -> Image.Image:
    """Red, green, blue, yellow: left to right, top to bottom."""
    image = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for place, colour in enumerate(QUARTERS):
        image.paste(colour, (place % 2 * width, place // 2 * height, size[0], size[1]))
        if place % 2 == 0:
            image.paste(colour, (0, place // 2 * height, width, size[1]))
    image.paste(QUARTERS[1], (width, 0, size[0], height))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    if kind == "HEIF":
        return heif(encoded(image), repr(options))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


ENCODE_HEIF = """
import ast, sys
import pillow_heif
from PIL import Image
image = Image.open(sys.stdin.buffer)
pillow_heif.from_pillow(image).save(sys.stdout.buffer, quality=90, **ast.literal_eval(sys.argv[1]))
"""


@lru_cache(maxsize=32)
def heif(png: bytes, options: str) -> bytes:
    """The picture as HEIC. Its writer is a build of the library that the app reads with, so it has a process of its own."""
    command = [sys.executable, "-c", ENCODE_HEIF, options]
    return subprocess.run(command, input=png, capture_output=True, check=True).stdout


def quarters(jpeg: bytes) -> list[tuple[int, ...]]:
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    width, height = image.size
    places = ((x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3))
    return [tuple(image.getpixel(place)) for place in places]  # type: ignore[arg-type]


def off(jpeg: bytes) -> int:
    """The largest difference of a channel from the scene's colours."""
    return max(abs(a - b) for got, want in zip(quarters(jpeg), QUARTERS, strict=True) for a, b in zip(got, want, strict=True))


def chunk(kind: bytes, data: bytes, *, crc: int | None = None) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)


def png_with(body: bytes, *chunks: bytes) -> bytes:
    """`body` with chunks after its header."""
    at = 8 + 25
    return body[:at] + b"".join(chunks) + body[at:]
