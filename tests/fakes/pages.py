"""Pages and pictures behind the fetching ports, in memory, and pictures that no other is like."""

import asyncio
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from shared.errors import PermanentError, Reason
from shared.scraping.base import NotModified, Stopped
from shared.web.fetch import Fetched
from tests.fakes.clock import VirtualTime

SHOP = "https://shop.example"


def photo(seed: int, *, side: int = 96) -> Image.Image:
    """A picture unlike that of any other seed: a few soft blots of grey."""
    rough = np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)
    return Image.fromarray(rough).resize((side, side), Image.Resampling.BICUBIC).convert("RGB")


def encoded(picture: Image.Image, kind: str = "JPEG", quality: int = 90) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, quality=quality)
    return out.getvalue()


class FakeWeb:
    """A `PageFetcher`: `pages` by address, a body or what is raised. `hits`: what was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Exception] = {}
        self.hits: list[str] = []
        self.etag = ""
        self.on_hit: Any = None
        self.seconds = 0.0  # what a request takes
        self.time: VirtualTime | None = None

    async def get(
        self, url: str, *, accept: str, max_bytes: int, validators: Mapping[str, str] | None = None
    ) -> Fetched | NotModified:
        self.hits.append(url)
        await asyncio.sleep(0)
        if self.time is not None:
            self.time.advance(self.seconds)
        if self.on_hit is not None:
            await self.on_hit(url)
        answer = self.pages.get(url)
        if answer is None:
            raise PermanentError("404", reason=Reason.SOURCE_UNREACHABLE)
        if isinstance(answer, Exception):
            raise answer
        if self.etag and (validators or {}).get("If-None-Match") == self.etag:
            return NotModified()
        return Fetched(url, "", answer, headers={"etag": self.etag} if self.etag else {})

    async def objection(self, url: str) -> Stopped | None:
        return None

    def pictures(self) -> list[str]:
        return [hit for hit in self.hits if hit.endswith(".jpg")]

    def shop(self, products: Sequence[tuple[str, int]], *, shop: str = SHOP, **more: Any) -> None:
        """A shop's listing of products by handle, each with the picture of a seed; a hundred a page."""
        for number in range(0, len(products) + 1, 100):
            page = [
                {
                    "handle": handle, "title": f"Product {handle}", "body_html": f"<p>About {handle}.</p>", "vendor": "Brand",
                    "tags": "new, blue", "variants": [{"price": "10.00"}],
                    "images": [{"src": f"https://cdn.example/{seed}.jpg"}], **more,
                }
                for handle, seed in products[number : number + 100]
            ]  # fmt: skip
            self.pages[f"{shop}/products.json?limit=100&page={number // 100 + 1}"] = json.dumps({"products": page}).encode()
        for _, seed in products:
            self.pages.setdefault(f"https://cdn.example/{seed}.jpg", encoded(photo(seed)))
