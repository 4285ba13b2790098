"""What a replayed job will need, looked at before anything is replayed: the store, the queues, the model, and what the
workflows need besides, by probes of their own. Each check has some seconds: what hangs is down, and holds up no other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agents.jobs.kinds import JobKinds
from agents.replays.model_health import State, model_health
from shared.clock import Clock, to_iso
from shared.deadline import within
from shared.errors import ProcessorError, Reason, StoreMisconfigured
from shared.queues.base import Queues
from shared.queues.names import PROBE as PROBE_QUEUE
from shared.store.base import Store
from shared.store.containers import SERVICE_STATE
from shared.store.probe import StoreProbe, told

PROBE: Final = b"preflight"
SECONDS: Final = 3.5


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency: `problem` is empty unless it is down or failing; `detail` says by which figures, where there are some.

    `holds_back`: nothing may be replayed now. What merely failed in the last minutes may have been mended since: a replay's
    canaries find that out.
    """

    name: str
    problem: str
    state: State = "up"
    detail: str = ""
    holds_back: bool = True


Probe = Callable[[], Awaitable[str]]


class Preflight:
    """Checks the dependencies of every kind. `probes`: further ones by name; each returns its problem, empty when it is up."""

    def __init__(
        self, *, store: Store, queues: Queues, clock: Clock, kinds: JobKinds, probes: Mapping[str, Probe] | None = None,
        containers: StoreProbe | None = None, patience_seconds: float = SECONDS,
    ) -> None:  # fmt: skip
        self._probes = dict(probes or {})
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kinds = kinds
        self._patience = patience_seconds
        self._containers = containers or StoreProbe(store=store, clock=clock)

    async def everything(self) -> list[Check]:
        """Check all, and that every container and queue of the app is there, readable and writable."""
        found = await asyncio.gather(
            self.checks(), self._within("containers", self._all_containers()), self._within("queues", self._all_queues())
        )
        return [*found[0], found[1], found[2]]

    async def _all_containers(self) -> Check:
        wrong = await self._containers.problems()
        return _down("containers", told(wrong)) if wrong else Check("containers", "")

    async def _all_queues(self) -> Check:
        try:
            missing = await missing_queues(self._queues, self._kinds)
        except ProcessorError as error:
            return _down("queues", str(error))
        return _down("queues", f"there is no queue {', '.join(missing)}") if missing else Check("queues", "")

    async def checks(self) -> list[Check]:
        """Check what a replay needs; what is down is named, never raised."""
        checks = [self._within("store", self._store_check()), self._within("queue", self._queue_check())]
        checks.append(self._within("model", self.model()))
        checks += [self._within(name, _probed(name, probe)) for name, probe in self._probes.items()]
        return list(await asyncio.gather(*checks))

    async def _within(self, name: str, check: Coroutine[Any, Any, Check]) -> Check:
        try:
            return await within(check, self._patience)
        except TimeoutError:
            return _down(name, f"no answer within {self._patience:g} s")
        except ProcessorError as error:  # of a probe that does not say it itself
            return _down(name, _word(error))

    async def _store_check(self) -> Check:
        try:
            mark = {"id": "preflight", "at": to_iso(self._clock.now())}
            await self._store.write_mark(SERVICE_STATE.key, mark)
            await self._store.read(SERVICE_STATE.key, "preflight", "preflight")
        except ProcessorError as error:
            return _down("store", str(error) if isinstance(error, StoreMisconfigured) else _word(error))
        return Check("store", "")

    async def _queue_check(self) -> Check:
        """Send, receive and delete in a queue of our own; look into every queue that is replayed to."""
        try:
            await self._queues.send(PROBE_QUEUE, PROBE)
            for message in await self._queues.receive(PROBE_QUEUE, visibility_seconds=30):
                await self._queues.delete(PROBE_QUEUE, message)
            await asyncio.gather(*(self._queues.peek(kind.queue, limit=1) for kind in self._kinds))
        except ProcessorError as error:
            return _down("queue", str(error))
        return Check("queue", "")

    async def model(self) -> Check:
        """The last minutes' outcomes tell without a paid call; with the store down nothing is known."""
        try:
            health = await model_health(self._store, self._kinds, self._clock.now())
        except ProcessorError:
            return Check("model", "unknown while the store is down", "unknown")
        problem = health.words if health.state == "failing" else ""
        return Check("model", problem, health.state, health.words, holds_back=health.suspended)

    async def suspension(self) -> str:
        """Return until when and why a model is suspended, empty where none is. Raises `RetryableError` in an outage."""
        health = await model_health(self._store, self._kinds, self._clock.now())
        return health.words if health.suspended else ""


async def missing_queues(queues: Queues, kinds: JobKinds) -> list[str]:
    """Return the queues of the kinds, and of their dead letters, that do not exist. Raises `QueueUnavailable`."""
    names = [name for kind in kinds for name in (kind.queue, kind.dead_letter_queue)]
    there = await asyncio.gather(*map(queues.exists, names))
    return [name for name, exists in zip(names, there, strict=True) if not exists]


async def _probed(name: str, probe: Probe) -> Check:
    problem = await probe()
    return _down(name, problem) if problem else Check(name, "")


def _word(error: ProcessorError) -> str:
    return error.reason.value if error.reason is not Reason.UNKNOWN else type(error).__name__


def _down(name: str, problem: str) -> Check:
    return Check(name, problem, "failing")


def down(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return what is down, as the endpoints show it."""
    return [{"dependency": check.name, "problem": check.problem} for check in checks if check.problem]


def shown(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return every check: up, failing, or unknown, and by which figures."""
    return [{"dependency": check.name, "state": check.state, "detail": check.problem or check.detail} for check in checks]
