"""Keeps the points of seven days, a document a day in a ring of eight, by compare-and-set.

Reads and writes: `ServiceState`. A look keeps what it has counted and seen: one document, two in the hours after midnight. A
reader reads eight at most. Fails: `RetryableError` in an outage; what a look could not keep of its counts the next one keeps,
as long as the traffic knows it by five minutes; how deep the queues were is then a gap.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from agents.watch.collect.collector import Collected
from agents.watch.history.points import Day, counts_of, days_of, gauges_of
from shared.clock import Clock
from shared.errors import SICK_DOCUMENT, RetryableError
from shared.observe.log import log_event
from shared.store.base import Document, Store
from shared.store.containers import SERVICE_STATE
from shared.store.updates import update

logger = logging.getLogger(__name__)
RING: Final = 8  # days: seven that are whole, and today


class PointKeeper:
    """See the module."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def keep(self, collected: Collected) -> None:
        """Keep what a look has counted and seen. An outage is logged: the look has done its work all the same."""
        since = collected.memory.points_known(collected.at)
        counts = counts_of(collected.counted) if collected.counted else {}
        cells = {at: values for at, values in counts.items() if at >= since}
        until = collected.counted.counted_to if collected.counted else collected.at
        gauges = gauges_of(collected.backlogs or (), collected.at)
        for day in sorted({at.date() for at in cells} | ({collected.at.date()} if gauges else set())):

            def change(document: Document | None, day: date = day) -> Document | None:
                stands = _of(document)
                if stands is not None and stands.day > day:
                    return None  # a look that took a week
                before = stands if stands is not None and stands.day == day else Day(day)
                return {"id": _id(day), **before.counted(cells, until).seen(gauges, collected.at).to_document()}

            try:
                await update(
                    self._store, self._clock, SERVICE_STATE.key, _id(day), _id(day), change, what="the points keep changing"
                )
            except RetryableError as error:
                log_event(logger, "the points cannot be kept now", level=logging.WARNING, reason=error.reason.value)

    async def read(self, since: datetime, until: datetime) -> tuple[Day, ...]:
        """Return the days that [`since`, `until`] touches, as far as they are kept. Raises `RetryableError`."""
        days = days_of(since, until)[-RING:]
        items = await asyncio.gather(*(self._store.find(SERVICE_STATE.key, _id(day), _id(day)) for day in days))
        return await asyncio.to_thread(_days, days, [item.body if item else None for item in items])  # a week: 20 ms


def _days(days: Sequence[date], documents: Sequence[Document | None]) -> tuple[Day, ...]:
    found = map(_of, documents)
    return tuple(one for day, one in zip(days, found, strict=True) if one is not None and one.day == day)


def _id(day: date) -> str:
    return f"watch.points.{day.toordinal() % RING}"


def _of(document: Document | None) -> Day | None:
    """Return a day as it is stored; None where there is none, or none that can be read: it is begun anew."""
    try:
        return Day.from_document(document) if document else None
    except SICK_DOCUMENT as error:
        log_event(logger, "a day's points cannot be read", level=logging.ERROR, cause=type(error).__name__)
        return None
