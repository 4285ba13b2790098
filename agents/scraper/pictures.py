"""Looks at the pictures of items: fetched as politely as pages, hashed in threads, and dropped.

A picture that can never be had drops its item; one that cannot be had now leaves the item for another run. One that robots.txt
keeps from us is not looked at: its item is taken without a hash, and only its address tells it from others.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.clock import Clock
from shared.errors import HostShortage, PermanentError, Reason, RetryableError
from shared.observe.log import log_event
from shared.pictures.decoder import PictureDecoder
from shared.pictures.opening import PictureCut
from shared.pictures.source import MAX_BYTES
from shared.scraping.base import PageFetcher
from shared.scraping.urls import origin
from shared.web.bodies import kept
from shared.web.fetch import Fetched

logger = logging.getLogger(__name__)
ACCEPT: Final = "image/avif,image/webp,image/*"
HOSTS_AT_ONCE: Final = 4  # of one source; a host is asked for one thing at a time, so a slow one holds one slot, not all
FAILURES_A_HOST: Final = 3  # in a row; then the host is left alone for the rest of the run
DROPPED: Final = {
    Reason.SOURCE_UNREACHABLE: "picture_gone",
    Reason.SOURCE_BLOCKED: "picture_blocked",
    Reason.SOURCE_NOT_READABLE: "picture_too_large",
    Reason.IMAGE_TOO_LARGE: "picture_too_large",
    Reason.IMAGE_NOT_IMAGE: "not_a_picture",
}


@dataclass(slots=True)
class Viewing:
    """The pictures of one run: until when they may be looked at, and how often which hosts have failed in a row."""

    until: datetime
    failures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a picture. `hashes`: the one to store first, none where the picture is not comparable or was not looked at.
    `dropped`: why its item cannot be taken; `later`: it could not be had now; `left`: there was no time.
    """

    hashes: tuple[str, ...] = ()
    dropped: str = ""
    later: bool = False
    left: bool = False


class Pictures:
    """Looks at pictures; one object a worker."""

    def __init__(self, *, fetch: PageFetcher, clock: Clock, decoder: PictureDecoder | None = None) -> None:
        self._fetch = fetch
        self._clock = clock
        self._decoder = decoder or PictureDecoder()

    async def look_at(self, urls: Sequence[str], viewing: Viewing) -> list[Look]:
        """Return a look a picture, in order."""
        slots = asyncio.Semaphore(HOSTS_AT_ONCE)
        hosts: dict[str, list[int]] = {}
        for place, url in enumerate(urls):
            hosts.setdefault(_host(url), []).append(place)
        looks = [Look()] * len(urls)

        async def of_host(places: Sequence[int]) -> None:
            async with slots:
                for place in places:
                    looks[place] = await self._look(urls[place], viewing)

        for ended in await asyncio.gather(*map(of_host, hosts.values()), return_exceptions=True):  # all have ended by then
            if isinstance(ended, BaseException):
                raise ended
        return looks

    async def _look(self, url: str, viewing: Viewing) -> Look:
        host = _host(url)
        if not host:
            return Look(dropped="picture_blocked")
        if self._clock.now() >= viewing.until:
            return Look(left=True)
        if viewing.failures[host] >= FAILURES_A_HOST:
            return Look(later=True)
        try:
            with kept():
                answer = await self._fetch.get(url, accept=ACCEPT, max_bytes=MAX_BYTES)
                if not isinstance(answer, Fetched):
                    return Look(later=True)  # "not modified" to a question that was not conditional
                viewing.failures[host] = 0
                return Look(await self._decoder.lookup_hashes(answer.body))
        except RetryableError:
            viewing.failures[host] += 1
            return Look(later=True)
        except (HostShortage, MemoryError, PictureCut):  # what was cut short may be whole in the next run
            return Look(later=True)
        except PermanentError as error:
            if error.reason is Reason.ROBOTS_DISALLOWED:
                return Look()
            return Look(dropped=DROPPED.get(error.reason, "not_a_picture"))
        except Exception as error:  # noqa: BLE001  (what nobody foresaw about one picture costs no other)
            log_event(logger, "a picture could not be looked at", level=logging.ERROR, host=host, cause=type(error).__name__)
            return Look(dropped="picture_failed")


def _host(url: str) -> str:
    """Return the picture's origin; empty for an address that is none: that picture's own fault, and no other's."""
    try:
        return origin(url)
    except ValueError:
        return ""
