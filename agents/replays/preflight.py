"""What a replayed job will need, looked at before anything is replayed: the store, the queues, the model's breaker, and what
the workflows need besides, by probes of their own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agents.jobs.kinds import JobKinds
from shared.clock import Clock, to_iso
from shared.errors import RetryableError
from shared.queues.base import Queues
from shared.store.base import Store
from shared.store.containers import SERVICE_STATE
from shared.store.query import Compare, Query

PROBE_QUEUE: Final = "ops-probe"
PROBE: Final = b"preflight"


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency: `problem` is empty when it is up."""

    name: str
    problem: str


Probe = Callable[[], Awaitable[str]]


class Preflight:
    """Checks the dependencies of every kind. `probes`: further ones by name; each returns its problem, empty when it is up."""

    def __init__(
        self, *, store: Store, queues: Queues, clock: Clock, kinds: JobKinds, probes: Mapping[str, Probe] | None = None
    ) -> None:
        self._probes = dict(probes or {})
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kinds = kinds

    async def checks(self) -> list[Check]:
        """Check all; what is down is named, never raised."""
        known = [await self._store_check(), await self._queue_check(), await self.model()]
        return [*known, *[Check(name, await probe()) for name, probe in self._probes.items()]]

    async def _store_check(self) -> Check:
        try:
            mark = {"id": "preflight", "at": to_iso(self._clock.now())}
            await self._store.upsert(SERVICE_STATE.key, mark)
            await self._store.read(SERVICE_STATE.key, "preflight", "preflight")
        except RetryableError as error:
            return Check("store", error.reason.value)
        return Check("store", "")

    async def _queue_check(self) -> Check:
        """Send, receive and delete in a queue of our own; ask every queue that is replayed to for its depth."""
        try:
            await self._queues.send(PROBE_QUEUE, PROBE)
            for message in await self._queues.receive(PROBE_QUEUE, visibility_seconds=30):
                await self._queues.delete(PROBE_QUEUE, message)
            await asyncio.gather(*(self._queues.depth(kind.queue) for kind in self._kinds))
        except RetryableError as error:
            return Check("queue", str(error))
        return Check("queue", "")

    async def model(self) -> Check:
        """The breaker knows without a paid call; with the store down nothing is known."""
        try:
            return Check("model", await self.suspension())
        except RetryableError:
            return Check("model", "unknown while the store is down")

    async def suspension(self) -> str:
        """Return until when and why a model is suspended, empty where none is. Raises `RetryableError` in an outage."""
        still_open = Compare("openUntil", ">", to_iso(self._clock.now()))
        found = (await self._store.page(SERVICE_STATE.key, Query(where=still_open))).documents
        return f"suspended until {found[0]['openUntil']}: {found[0]['reason']}" if found else ""


def down(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return what is down, as the endpoints show it."""
    return [{"dependency": check.name, "problem": check.problem} for check in checks if check.problem]
