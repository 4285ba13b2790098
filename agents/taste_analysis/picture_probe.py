"""Whether pictures can be fetched at all: for on-call, before anything is replayed.

One shop that is down is its jobs' own trouble; when no host of the latest likes answers, the way out is closed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from agents.taste_analysis.analysis import PictureSource
from shared.errors import DeferredError, PermanentError, RetryableError
from shared.store.base import Store
from shared.store.containers import JOBS
from shared.store.query import Order, Query
from shared.web.addresses import host_of

LATEST: Final = 20
HOSTS: Final = 3
SECONDS: Final = 8.0


def picture_probe(store: Store, pictures: PictureSource) -> Callable[[], Awaitable[str]]:
    """Return a probe: it fetches a picture from up to three hosts of the latest likes, and returns the problem when none of
    them answers, empty when one does or nobody has liked anything. A picture that is gone is an answer.
    """

    async def answers(url: str) -> bool:
        try:
            async with asyncio.timeout(SECONDS):
                await pictures.load(url)
        except PermanentError:
            return True
        except (RetryableError, DeferredError, TimeoutError):
            return False
        return True

    async def probe() -> str:
        query = Query(order=Order("updatedAt", descending=True), select=("imageUrl",), page_size=LATEST)
        try:
            jobs = (await store.page(JOBS.key, query)).documents
        except RetryableError:
            return "unknown while the store is down"
        hosts: dict[str, str] = {}
        for job in jobs:
            url = str(job.get("imageUrl") or "")
            hosts.setdefault(host_of(url), url)
        hosts.pop("", None)  # no address at all: its host cannot be asked
        urls = list(hosts.values())[:HOSTS]
        up = await asyncio.gather(*map(answers, urls))
        return f"none of the {len(urls)} hosts of the latest likes answers" if urls and not any(up) else ""

    return probe
