"""Collects what the rules are judged by: the same for a look of the watchdog and for whoever reads the status.

Reads: the ledger, the queues, the jobs, the dead letters, the kept states. A look counts the traffic as well. A part that
cannot be read is None, and its rules are unknown. Fails: `RetryableError` when the kept states cannot be read.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from agents.dead_letters.open_records import OpenRecords, read_open_records
from agents.jobs.kinds import TASTE, JobKinds
from agents.pauses.book import PauseBook
from agents.pauses.pause import Pauses
from agents.watch.alerts.facts import Facts
from agents.watch.alerts.state import Alert
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.counter import Counted, Counter
from agents.watch.collect.facts_of import ATTEMPTS_OVER, Read, Suspension, facts_of
from agents.watch.collect.memory import Memory, MemoryStore
from agents.watch.collect.parts import SECONDS, Parts
from agents.watch.collect.queues import Backlog, Backlogs
from agents.watch.collect.timers import Rows, WatchedTimer, read_rows
from agents.watch.collect.traffic import Traffic
from shared.chat.breaker_state import BreakerState
from shared.clock import Clock, to_iso
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.store.base import Store
from shared.store.containers import JOBS, SERVICE_STATE
from shared.store.probe import ContainerProblem, StoreProbe
from shared.store.query import AllOf, AnyOf, Compare, Exists, Query

logger = logging.getLogger(__name__)
TRAFFIC_GOOD_FOR: Final = timedelta(minutes=11)
MARKERS_CHECKED: Final = 20
KEPT: Final = "what the watchdog keeps"
ALERTS: Final = "the alerts"
Marks = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Collected:
    """All that was read at `at`. None: could not be read, `unread` says why. `traffic`: only while everything is counted;
    `counted`: as far as it is. `suspensions`: the open ones of `breakers`. `marks`: the build and the settings, as hashes.
    """

    at: datetime
    memory: Memory
    alerts: Mapping[str, Alert]
    facts: Facts
    open_records: OpenRecords | None = None
    backlogs: tuple[Backlog, ...] | None = None
    traffic: Traffic | None = None
    counted: Traffic | None = None
    suspensions: tuple[Suspension, ...] | None = None
    breakers: tuple[BreakerState, ...] | None = None
    kinds: tuple[str, ...] = ()
    timer_names: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    pauses: Pauses | None = None
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def alerts_known(self) -> bool:
        """Whether the kept alerts could be read; else `alerts` is empty, and says nothing."""
        return ALERTS not in self.unread

    @property
    def memory_known(self) -> bool:
        """Whether what is kept between looks could be read; else `memory` says nothing."""
        return KEPT not in self.unread

    @property
    def judged(self) -> bool:
        """Whether everything that is new since the last look was there to be judged."""
        return self.facts.care is not None and self.facts.invariants is not None


class Collector:
    """Reads every part that the rules are judged by. `marks` reads files, so it is called once, in a thread."""

    def __init__(
        self,
        *,
        store: Store,
        queues: Queues,
        clock: Clock,
        kinds: JobKinds,
        commands: str,
        timers: Sequence[WatchedTimer],
        marks: Marks,
        thresholds: AlertThresholds,
        containers: StoreProbe,
        patience_seconds: float = SECONDS,
    ) -> None:
        self._store = store
        self._containers = containers
        self._clock = clock
        self._kinds = kinds
        self._timers = tuple(timers)
        self._marks = marks
        self._known_marks: Mapping[str, str] | None = None
        self._thresholds = thresholds
        self._patience = patience_seconds
        self._backlogs = Backlogs(store=store, queues=queues, clock=clock, kinds=kinds, commands=commands)
        self._book = PauseBook(store=store, clock=clock)
        self._counter = Counter(store=store, clock=clock, kinds=kinds)
        self.memory_store = MemoryStore(store=store, clock=clock)

    @property
    def timer_names(self) -> tuple[str, ...]:
        """The timers that are watched."""
        return tuple(timer.name for timer in self._timers)

    async def collect(self, *, counting: bool) -> Collected:
        """Collect. `counting`: count the traffic up to now, as a look does; else what the last look counted is used, and a part
        that is not there within some seconds is left out. Raises `RetryableError` for a look that cannot read what is kept.
        """
        at, marks = self._clock.now(), await self.marks()
        parts = Parts(None if counting else self._patience)
        memory: Memory | None
        alerts: dict[str, Alert] | None
        if counting:
            memory, alerts = await self.memory_store.read(self.timer_names), await self._alerts()
            read = await self._read(parts, at, memory, counting=True)
        else:
            memory, alerts, read = await asyncio.gather(
                parts.read(KEPT, self.memory_store.read(self.timer_names)),
                parts.read(ALERTS, self._alerts()),
                self._read(parts, at, None, counting=False),
            )
        rows, open_records, (backlogs, pauses), counted, breakers, wrong = read
        seen = backlogs and tuple(one.with_parked(open_records) for one in backlogs)
        counted_to = counted.traffic.counted_to if counted and counted.traffic.series else None
        if counting and counted is None and memory:
            counted_to = await parts.read("the counts", self._counted_to(memory))
        found = Read(
            at, memory, rows, open_records, seen, counted, counted_to, breakers,
            unmarked=await parts.read("the markers", self._unmarked(memory, at)) if counting and memory else None,
            wrong=wrong or (), pauses=pauses or Pauses(),
        )  # fmt: skip
        return Collected(
            at, memory or Memory(at), alerts or {}, facts_of(found, self._timers), open_records, seen, traffic=found.traffic,
            counted=counted.traffic if counted and counted.traffic.series else None, suspensions=found.suspensions,
            breakers=breakers, marks=marks, unread=parts.unread, kinds=tuple(kind.name for kind in self._kinds),
            timer_names=self.timer_names, pauses=pauses,
        )  # fmt: skip

    async def _read(self, parts: Parts, at: datetime, memory: Memory | None, *, counting: bool) -> "_Read":
        notice = self._thresholds.expiry_notice
        return await asyncio.gather(
            parts.read("the ledger", read_rows(self._store, self._timers, at)),
            parts.read("the dead letters", read_open_records(self._store, self._clock, notice)),
            self._queues_and_pauses(parts, at),
            parts.read("the traffic", self._counted(at, memory, counting=counting)),
            parts.read("the breakers", self._breakers()),
            parts.read("the containers", self._containers.problems()),
        )

    async def _queues_and_pauses(self, parts: Parts, at: datetime) -> tuple[tuple[Backlog, ...] | None, Pauses | None]:
        backlogs, (pauses, held) = await asyncio.gather(self._backlogs.read(parts), self._pauses(parts, at))
        if backlogs is None:
            return None, pauses
        if pauses is None:
            return tuple(replace(one, held=None, pauses_known=False) for one in backlogs), None
        return tuple(one.with_pauses(pauses, held, at) for one in backlogs), pauses

    async def _pauses(self, parts: Parts, at: datetime) -> tuple[Pauses | None, Mapping[str, int | None]]:
        """Return the pauses, and how many messages wait beside the queues that are paused."""
        pauses = await parts.read("the pauses", self._book.read())
        return pauses, await self._backlogs.held(parts, pauses, at) if pauses and pauses.all else {}

    async def marks(self) -> Mapping[str, str]:
        """Return the hashes of the build and of the settings."""
        if self._known_marks is None:
            self._known_marks = await asyncio.to_thread(self._marks)
        return self._known_marks

    async def _alerts(self) -> dict[str, Alert]:
        found: dict[str, Alert] = {}
        query, cursor = Query(where=Compare("type", "=", "alert")), None
        while True:
            page = await self._store.page(SERVICE_STATE.key, query, cursor=cursor)
            for document in page.documents:
                alert = Alert.from_document(document)
                found[alert.key] = alert
            cursor = page.cursor
            if cursor is None:
                return found

    async def _counted(self, at: datetime, memory: Memory | None, *, counting: bool) -> Counted:
        if counting:
            return await self._counter.count(at, memory.judged_to if memory else None)
        traffic = await self._counter.read()
        if traffic is None or at - traffic.counted_to > TRAFFIC_GOOD_FOR:
            return Counted(traffic or Traffic({}), complete=False)
        return Counted(traffic, complete=True)

    async def _counted_to(self, memory: Memory) -> datetime:
        """Return up to when an earlier look has counted, for a look that could not: the deployment where none ever has."""
        traffic = await self._counter.read()
        return traffic.counted_to if traffic else memory.deployed_at

    async def _breakers(self) -> tuple[BreakerState, ...]:
        """Return the breakers of the models, open or not."""
        page = await self._store.page(SERVICE_STATE.key, Query(where=Compare("openUntil", ">=", "")))
        found = [BreakerState.from_document(one) for one in page.documents if str(one["id"]).startswith("breaker.")]
        return tuple(sorted(found, key=lambda one: one.scope))

    async def _unmarked(self, memory: Memory, at: datetime) -> int:
        """Of the taste jobs that completed since the last look, count those without their signal; some, not all of them."""
        kind = next((one for one in self._kinds if one.name == TASTE), None)
        if kind is None:
            return 0
        since = to_iso(memory.judged_to or at - ATTEMPTS_OVER)
        marked = AnyOf((Compare("skipped", "=", None), Exists("skipped", exists=False)))  # a skipped one has no effect to mark
        where = AllOf((Compare("status", "=", "completed"), Compare("lastCompletedAt", ">=", since), marked))
        fields = ("id", "jobId", "generation", "userId")
        page = await self._store.page(JOBS.key, Query(where=where, select=fields, page_size=MARKERS_CHECKED))
        missing = 0
        for job in page.documents[:MARKERS_CHECKED]:
            marker = kind.marker(job)
            if marker is not None and await self._store.find(marker.container, marker.item_id, marker.partition) is None:
                missing += 1
                log_event(logger, "a completed job has no signal", level=logging.ERROR, jobId=job["jobId"])
        return missing


_Read = tuple[
    dict[str, Rows] | None, OpenRecords | None,
    tuple[tuple[Backlog, ...] | None, Pauses | None], Counted | None,
    tuple[BreakerState, ...] | None, list[ContainerProblem] | None,
]  # fmt: skip
