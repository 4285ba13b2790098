"""Fetches a liked picture safely and reduces it, off the event loop."""

from typing import Final

from shared.pictures.decode import Picture
from shared.pictures.decoder import PictureDecoder
from shared.pictures.opening import PictureCut
from shared.web.bodies import kept
from shared.web.fetch import SafeFetcher

MAX_BYTES: Final = 15 * 1024 * 1024
TIMEOUT_SECONDS: Final = 20.0


class FetchedPictures:
    """The pictures of the world outside. What is in flight and what is decoded at once is bounded in bytes; others wait."""

    def __init__(self, fetcher: SafeFetcher, decoder: PictureDecoder | None = None) -> None:
        self._fetcher = fetcher
        self._decoder = decoder or PictureDecoder()

    async def load(self, url: str) -> Picture:
        """Return the reduced picture; raises as `SafeFetcher.fetch` and `decode.reduce` do.

        A picture whose end is missing is fetched a second time: what ends by closing cannot be told from what was cut.
        """
        try:
            return await self._load(url)
        except PictureCut:
            return await self._load(url)

    async def _load(self, url: str) -> Picture:
        with kept():
            fetched = await self._fetcher.fetch(url, max_bytes=MAX_BYTES, timeout_seconds=TIMEOUT_SECONDS)
            return await self._decoder.reduce(fetched.body)
