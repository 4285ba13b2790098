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
from agents.watch.alerts.facts import (
    Attempts,
    DeadLetterCare,
    Facts,
    FailingDependency,
    Invariants,
    LastCount,
    LastLook,
    QueueAge,
    TimerRun,
)
from agents.watch.alerts.state import Alert
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.counter import Counted, Counter
from agents.watch.collect.memory import Memory, MemoryStore
from agents.watch.collect.parts import SECONDS, Parts
from agents.watch.collect.queues import Backlog, Backlogs, by_role
from agents.watch.collect.timers import WatchedTimer, read_rows, timers_of
from agents.watch.collect.traffic import Traffic
from shared.chat.breaker_state import BreakerState
from shared.clock import Clock, to_iso
from shared.errors import Reason, StoreMisconfigured
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.store.base import Store
from shared.store.containers import JOBS, SERVICE_STATE
from shared.store.probe import ContainerProblem, StoreProbe
from shared.store.query import AllOf, Compare, Query

logger = logging.getLogger(__name__)
ATTEMPTS_OVER: Final = timedelta(minutes=30)
LIMITS: Final = frozenset({Reason.MODEL_RATE_LIMITED.value, Reason.MODEL_BUDGET_EXHAUSTED.value})
BREAKER_SLACK: Final = timedelta(minutes=5)  # a probe comes with the next job; without one nothing waits for the model
TRAFFIC_GOOD_FOR: Final = timedelta(minutes=11)
MARKERS_CHECKED: Final = 20
Marks = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Suspension:
    """The model's breaker while it is open."""

    since: datetime
    until: datetime
    reason: str
    scope: str = ""

    @property
    def dependency(self) -> FailingDependency:
        """The model, as something that work waits for."""
        return FailingDependency(f"the model {self.scope}".strip(), self.since, self.reason, self.reason in LIMITS)


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
    unread: Mapping[str, str] = field(default_factory=dict)

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
        at = self._clock.now()
        parts = Parts(None if counting else self._patience)
        memory: Memory | None
        alerts: dict[str, Alert] | None
        if counting:
            memory, alerts = await self.memory_store.read(self.timer_names), await self._alerts()
            read = await self._read(parts, at, memory, counting=True)
        else:
            memory, alerts, read = await asyncio.gather(
                parts.read("what the watchdog keeps", self.memory_store.read(self.timer_names)),
                parts.read("the alerts", self._alerts()),
                self._read(parts, at, None, counting=False),
            )
        rows, open_records, backlogs, counted, breakers, marks = read
        unmarked = await parts.read("the markers", self._unmarked(memory, at)) if counting and memory else None
        known = memory or Memory(at)
        seen = backlogs and tuple(one.with_parked(open_records) for one in backlogs)
        waiting = None if seen is None else sum(one.depth for one in by_role(seen, "jobs"))
        suspended = None if breakers is None else suspensions_of(breakers, waiting, at)
        counted_to = counted.traffic.counted_to if counted and counted.traffic.series else None
        if counting and counted is None and memory:
            counted_to = await parts.read("the counts", self._counted_to(memory))
        facts = self._facts(at, memory, rows, open_records, seen, counted, counted_to, suspended, waiting, unmarked)
        wrong = await parts.read("the containers", self._containers.problems()) or ()
        facts = replace(facts, dependencies=with_store(facts.dependencies, wrong, seen or (), at))
        return Collected(
            at, known, alerts or {}, facts, open_records, seen,
            traffic=counted.traffic if counted and counted.complete else None,
            counted=counted.traffic if counted and counted.traffic.series else None,
            suspensions=suspended, breakers=breakers, marks=marks, unread=parts.unread,
            kinds=tuple(kind.name for kind in self._kinds), timer_names=self.timer_names,
        )  # fmt: skip

    async def _read(self, parts: Parts, at: datetime, memory: Memory | None, *, counting: bool) -> "_Read":
        notice = self._thresholds.expiry_notice
        return await asyncio.gather(
            parts.read("the ledger", read_rows(self._store, self._timers, at)),
            parts.read("the dead letters", read_open_records(self._store, self._clock, notice)),
            self._backlogs.read(parts),
            parts.read("the traffic", self._counted(at, memory, counting=counting)),
            parts.read("the breakers", self._breakers()),
            self.marks(),
        )

    def _facts(
        self,
        at: datetime,
        memory: Memory | None,
        rows: Mapping[str, Sequence[TimerRun]] | None,
        open_records: OpenRecords | None,
        backlogs: tuple[Backlog, ...] | None,
        counted: Counted | None,
        counted_to: datetime | None,
        suspended: tuple[Suspension, ...] | None,
        waiting: int | None,
        unmarked: int | None,
    ) -> Facts:
        traffic = counted.traffic if counted and counted.complete else None
        judgeable = traffic is not None and open_records is not None
        return Facts(
            ingress=traffic.ingress(open_records.recent) if traffic and open_records and judgeable else None,
            attempts=None if traffic is None or suspended is None else _attempts(traffic, suspended),
            care=_care(open_records, backlogs, counted, at),
            timers=None if rows is None or memory is None else timers_of(self._timers, rows, memory.timers),
            queues=None if backlogs is None or memory is None else _queues(backlogs, memory, traffic, at),
            spend=traffic.spend() if traffic else None,
            invariants=_invariants(memory, counted, unmarked, at) if memory else None,
            last_look=LastLook(memory.last_look, memory.deployed_at) if memory else None,
            last_count=LastCount(counted_to, memory.deployed_at) if memory and counted_to else None,
            dependencies=None if suspended is None else tuple(one.dependency for one in suspended),
            waiting=waiting,
        )

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
        where = AllOf((Compare("status", "=", "completed"), Compare("lastCompletedAt", ">=", since)))
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
    dict[str, tuple[TimerRun, ...]] | None, OpenRecords | None, tuple[Backlog, ...] | None, Counted | None,
    tuple[BreakerState, ...] | None, Mapping[str, str],
]  # fmt: skip


def with_store(
    known: tuple[FailingDependency, ...] | None, wrong: Sequence[ContainerProblem], backlogs: Sequence[Backlog], at: datetime
) -> tuple[FailingDependency, ...] | None:
    """Add the containers and queues that are not as the app needs them: told at once, since no time mends them."""
    found = [
        FailingDependency(f"the store ({one.text})", at, one.error.reason.value, at_once=True)
        for one in wrong
        if isinstance(one.error, StoreMisconfigured)
    ]
    found += [
        FailingDependency(f"the queue {one.name}", at, "it does not exist", at_once=True) for one in backlogs if one.missing
    ]
    return known if not found else (*(known or ()), *found)


def suspensions_of(breakers: Sequence[BreakerState], waiting: int | None, at: datetime) -> tuple[Suspension, ...]:
    """Return those that are open, the oldest first. One whose probe is overdue may be closed in truth, if nothing waits for it:
    only work would find out.
    """
    found = [
        Suspension(one.since, one.until, one.reason.value, one.scope)
        for one in breakers
        if one.since and one.until and (one.until > at - BREAKER_SLACK or waiting)
    ]
    return tuple(sorted(found, key=lambda one: one.since))


def _attempts(traffic: Traffic, breakers: Sequence[Suspension]) -> Attempts:
    failed, total = traffic.attempts(ATTEMPTS_OVER)
    return Attempts(failed, total, breakers[0].since if breakers else None, traffic.tries())


def _care(
    open_records: OpenRecords | None, backlogs: Sequence[Backlog] | None, counted: Counted | None, at: datetime
) -> DeadLetterCare | None:
    if open_records is None or backlogs is None or counted is None:
        return None
    dead = by_role(backlogs, "dead-letters")
    undecodable = sum(one.reason is Reason.PAYLOAD_UNDECODABLE for one in counted.fresh)
    waiting = [one.waiting_since for one in dead if one.waiting_since]
    return DeadLetterCare(
        persist_failures=sum(one.not_stored for one in dead), decode_failures=undecodable,
        oldest_age=at - min(waiting) if waiting else None,
        nearest_expiry=open_records.nearest_expiry, open_records=len(open_records.found),
    )  # fmt: skip


def _queues(backlogs: Sequence[Backlog], memory: Memory, traffic: Traffic | None, at: datetime) -> dict[str, QueueAge]:
    """Return the queues of jobs and of commands. What was taken from one is known by its kind's attempts."""
    found = {}
    for one in (*by_role(backlogs, "jobs"), *by_role(backlogs, "commands")):
        taken = traffic.attempts(ATTEMPTS_OVER, one.kind)[1] if traffic and one.kind else 0
        found[one.name] = QueueAge(one.age(at), memory.samples.get(one.name, ()), taken, one.depth)
    return found


def _invariants(memory: Memory, counted: Counted | None, unmarked: int | None, at: datetime) -> Invariants | None:
    if counted is None or unmarked is None:
        return None
    conflicts = sum(one.reason is Reason.STORE_CONFLICT_EXHAUSTED for one in counted.fresh)
    return Invariants(unmarked, conflicts, memory.repairs_since(at - timedelta(hours=1)))


def ages_of(facts: Facts) -> dict[str, timedelta]:
    """Return the queues' ages, as the next looks compare theirs with."""
    return {name: queue.age for name, queue in (facts.queues or {}).items()}
