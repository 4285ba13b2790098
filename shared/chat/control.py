"""The harmless request that a failed one is compared with: the same question, of a picture of ours or of no words at all."""

import asyncio
import dataclasses
import io
from functools import lru_cache
from typing import Final, TypeVar

from pydantic import BaseModel

from shared.chat.base import Question

T = TypeVar("T", bound=BaseModel)
CONTROL_TEXT: Final = "a plain navy cotton shirt"


async def control_of(question: Question[T]) -> Question[T]:
    """Return the same question of harmless content. Its check is left out: what matters is that an answer comes."""
    drawn = control_picture.cache_info().currsize > 0
    image = None if question.image is None else control_picture() if drawn else await asyncio.to_thread(control_picture)
    text = CONTROL_TEXT if question.text or image is None else ""
    return dataclasses.replace(question, text=text, image=image, check=None)


@lru_cache(maxsize=1)
def control_picture() -> bytes:
    """Return a JPEG of 256 by 320 pixels: a navy shirt before a light wall, a few flat shapes."""
    from PIL import Image, ImageDraw  # noqa: PLC0415  (it is needed in trouble only)

    picture = Image.new("RGB", (256, 320), (226, 222, 214))
    draw = ImageDraw.Draw(picture)
    sleeves_and_sides = [(84, 60), (172, 60), (236, 120), (206, 156), (180, 130), (180, 280)]
    draw.polygon([*sleeves_and_sides, (76, 280), (76, 130), (50, 156), (20, 120)], fill=(32, 44, 84))
    draw.ellipse([104, 44, 152, 78], fill=(226, 222, 214))
    for at in range(110, 270, 32):
        draw.ellipse([125, at, 131, at + 6], fill=(240, 240, 240))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=85)
    return content.getvalue()
