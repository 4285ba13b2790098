"""Fetches a liked picture safely and reduces it, off the event loop."""

import asyncio
from typing import Final

from shared.pictures.decode import Picture, reduce
from shared.web.fetch import SafeFetcher

MAX_BYTES: Final = 15 * 1024 * 1024
TIMEOUT_SECONDS: Final = 20.0


class FetchedPictures:
    """The pictures of the world outside. At most `at_once` are decoded together: each holds its pixels in memory."""

    def __init__(self, fetcher: SafeFetcher, *, at_once: int = 4) -> None:
        self._fetcher = fetcher
        self._decoding = asyncio.Semaphore(at_once)

    async def load(self, url: str) -> Picture:
        """Return the reduced picture; raises as `SafeFetcher.fetch` and `pictures.reduce` do."""
        fetched = await self._fetcher.fetch(url, max_bytes=MAX_BYTES, timeout_seconds=TIMEOUT_SECONDS)
        async with self._decoding:
            return await asyncio.to_thread(reduce, fetched.body)
