"""Asks of every container that the app uses whether it is there, may be read, and may be written where the app writes it.

A container that is missing reads like one without the document, and a store that takes no writes reads well: neither is seen
by a look at one document. Nothing is changed: what is patched has an id that nobody uses. A full disk refuses alone what is
written in truth: one mark is, in `ServiceState`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.clock import Clock, to_iso
from shared.errors import ItemNotFound, ProcessorError
from shared.store.base import Store
from shared.store.containers import CATALOGUE, READ_ONLY, SERVICE_STATE, Container
from shared.store.query import Set

NOBODY: Final = "no-such-document.probe"
MARK: Final = "probe"
AT_ONCE: Final = 8
FEW: Final = 3
GOOD_FOR: Final = timedelta(seconds=15)  # health is asked by anybody, as often as they like


@dataclass(frozen=True, slots=True)
class ContainerProblem:
    """What is wrong with one container, by the name that it has in our code."""

    container: str
    error: ProcessorError

    @property
    def text(self) -> str:
        """In one line."""
        return f"{self.container}: {self.error}"


class StoreProbe:
    """Looks at every container; a good answer is good for some seconds."""

    def __init__(self, *, store: Store, clock: Clock, containers: Sequence[Container] = tuple(CATALOGUE.values())) -> None:
        self._store = store
        self._clock = clock
        self._containers = tuple(containers)
        self._good_until: datetime | None = None

    async def problems(self) -> list[ContainerProblem]:
        """Return what is wrong, container by container; empty when all is well. Raises nothing of the store's."""
        now = self._clock.now()
        if self._good_until is not None and now < self._good_until:
            return []
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(container: Container) -> ContainerProblem | None:
            async with slots:
                try:
                    await self._look(container)
                except ProcessorError as error:
                    return ContainerProblem(container.name, error)
                return None

        found = [problem for problem in await asyncio.gather(*map(one, self._containers)) if problem is not None]
        self._good_until = None if found else now + GOOD_FOR
        return found

    async def _look(self, container: Container) -> None:
        if container.key in READ_ONLY:
            await self._store.find(container.key, NOBODY, NOBODY)
            return
        if container.key == SERVICE_STATE.key:
            await self._store.write_mark(container.key, {"id": MARK, "at": to_iso(self._clock.now())})
            return
        try:
            await self._store.patch(container.key, NOBODY, NOBODY, [Set("at", to_iso(self._clock.now()))])
        except ItemNotFound:
            await self._store.find(container.key, NOBODY, NOBODY)


def told(problems: Sequence[ContainerProblem]) -> str:
    """Return what is wrong in a line: what is the same for several containers once."""
    by_cause: dict[str, list[str]] = {}
    for one in problems:
        by_cause.setdefault(str(one.error), []).append(one.container)
    return "; ".join(
        f"{', '.join(names) if len(names) <= FEW else f'{len(names)} containers'}: {cause}" for cause, names in by_cause.items()
    )
