"""Where the pauses stand, and what an instance knows of them: the stored document, read again every twenty seconds.

Reads and writes: `ServiceState`, one document, by compare-and-set. An instance that cannot read it goes by what it knew and
says so: who is told to hold must not forget it in an outage, and must put nothing where nobody would look for it.
Fails: `read` and `change` raise `RetryableError` in an outage; `known` never does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from agents.pauses.pause import ID, Pause, Pauses, What
from shared.clock import Clock
from shared.errors import SICK_DOCUMENT, ProcessorError
from shared.observe.metering import unmeasured
from shared.store.base import Document, Store
from shared.store.containers import SERVICE_STATE
from shared.store.updates import update

GOOD_FOR: Final = timedelta(seconds=20)
AGAIN_AFTER: Final = timedelta(seconds=5)  # a read that failed


@dataclass(frozen=True, slots=True)
class Known:
    """What an instance knows. `fresh`: it was read a moment ago; else the store could not be read."""

    pauses: Pauses
    fresh: bool


class Pausing(Protocol):
    """What those who work must know: whether they may."""

    async def known(self) -> Known:
        """Return what is known. Raises nothing."""


class NeverPaused:
    """For those who are never paused."""

    async def known(self) -> Known:
        """Return that nothing is paused."""
        return Known(Pauses(), fresh=True)


NEVER: Final = NeverPaused()


class PauseBook:
    """The pauses of this deployment; one object a process."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._known = Known(Pauses(), fresh=False)
        self._look_at: datetime | None = None

    async def known(self) -> Known:
        """Return what is known, read again where that is too old."""
        if self._is_due():
            async with self._lock:
                if self._is_due():
                    await self._look()
        return self._known

    def _is_due(self) -> bool:
        return self._look_at is None or self._clock.now() >= self._look_at

    async def _look(self) -> None:
        try:
            with unmeasured():  # upkeep, which many jobs share
                await self.read()
        except (ProcessorError, *SICK_DOCUMENT):
            self._known = Known(self._known.pauses, fresh=False)
            self._look_at = self._clock.now() + AGAIN_AFTER

    async def read(self) -> Pauses:
        """Return what is stored now. Raises `RetryableError` in an outage."""
        item = await self._store.find(SERVICE_STATE.key, ID, ID)
        return self._learnt(Pauses.from_document(item.body if item else None))

    def _learnt(self, pauses: Pauses) -> Pauses:
        self._known, self._look_at = Known(pauses, fresh=True), self._clock.now() + GOOD_FOR
        return pauses

    async def paused(self, what: What, name: str) -> Pause | None:
        """Return the pause that holds now, as it is stored. Raises `RetryableError` in an outage."""
        return (await self.read()).of(what, name, self._clock.now())

    async def change(self, change: Callable[[Pauses], Pauses]) -> Pauses:
        """Write what `change` makes of them; it may be called several times. Raises `RetryableError` in an outage."""

        def write(document: Document | None) -> Document | None:
            before = Pauses.from_document(document)
            after = change(before)
            return None if after == before else after.to_document(self._clock.now())

        stands = await update(self._store, self._clock, SERVICE_STATE.key, ID, ID, write, what="the pauses keep changing")
        return self._learnt(Pauses.from_document(stands))
