"""Makes the facts that rules are judged by out of what was read. Pure: what could not be read is None, and stays unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from agents.dead_letters.open_records import OpenRecords
from agents.pauses.pause import Pauses
from agents.watch.alerts.facts import (
    Attempts,
    DeadLetterCare,
    Facts,
    FailingDependency,
    Invariants,
    LastCount,
    LastLook,
    QueueAge,
)
from agents.watch.collect.counter import Counted
from agents.watch.collect.memory import Memory
from agents.watch.collect.queues import Backlog, by_role
from agents.watch.collect.timers import Rows, WatchedTimer, timers_of
from agents.watch.collect.traffic import Traffic
from shared.chat.breaker_state import BreakerState
from shared.clock import to_iso
from shared.errors import Reason, StoreMisconfigured
from shared.store.probe import ContainerProblem

ATTEMPTS_OVER: Final = timedelta(minutes=30)
LIMITS: Final = frozenset({Reason.MODEL_RATE_LIMITED.value, Reason.MODEL_BUDGET_EXHAUSTED.value})
BREAKER_SLACK: Final = timedelta(minutes=5)  # a probe comes with the next job; without one nothing waits for the model


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
class Read:
    """What was read at `at`. `counted_to`: up to when everything is counted; `unmarked`: jobs without their marker."""

    at: datetime
    memory: Memory | None
    rows: Mapping[str, Rows] | None
    open_records: OpenRecords | None
    backlogs: tuple[Backlog, ...] | None
    counted: Counted | None
    counted_to: datetime | None
    breakers: tuple[BreakerState, ...] | None
    unmarked: int | None
    wrong: Sequence[ContainerProblem] = ()
    pauses: Pauses = field(default_factory=Pauses)

    @property
    def traffic(self) -> Traffic | None:
        """The traffic, where everything of it is counted."""
        return self.counted.traffic if self.counted and self.counted.complete else None

    @property
    def waiting(self) -> int | None:
        """How many messages the queues of jobs hold."""
        return None if self.backlogs is None else sum(one.depth for one in by_role(self.backlogs, "jobs"))

    @property
    def suspensions(self) -> tuple[Suspension, ...] | None:
        """The breakers that are open."""
        return None if self.breakers is None else suspensions_of(self.breakers, self.waiting, self.at)


def facts_of(read: Read, timers: Sequence[WatchedTimer]) -> Facts:
    """Return the facts."""
    traffic, memory, suspended = read.traffic, read.memory, read.suspensions
    known = None if suspended is None else tuple(one.dependency for one in suspended)
    return Facts(
        ingress=traffic.ingress(read.open_records.recent) if traffic and read.open_records is not None else None,
        attempts=None if traffic is None or suspended is None else _attempts(traffic, suspended),
        care=_care(read),
        timers=None if read.rows is None or memory is None else timers_of(timers, read.rows, memory.timers, read.pauses),
        queues=None if read.backlogs is None else _queues(read.backlogs, memory, traffic, read.at),
        spend=traffic.spend() if traffic else None,
        invariants=_invariants(read, memory) if memory else None,
        last_look=LastLook(memory.last_look, memory.deployed_at) if memory else None,
        last_count=LastCount(read.counted_to, memory.deployed_at) if memory and read.counted_to else None,
        dependencies=with_store(known, read.wrong, read.backlogs or (), read.at),
        waiting=read.waiting,
    )


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


def _care(read: Read) -> DeadLetterCare | None:
    if read.open_records is None or read.backlogs is None or read.counted is None:
        return None
    dead = by_role(read.backlogs, "dead-letters")
    undecodable = sum(one.reason is Reason.PAYLOAD_UNDECODABLE for one in read.counted.fresh)
    waiting = [one.waiting_since for one in dead if one.waiting_since]
    return DeadLetterCare(
        persist_failures=sum(one.not_stored for one in dead), decode_failures=undecodable,
        oldest_age=read.at - min(waiting) if waiting else None,
        nearest_expiry=read.open_records.nearest_expiry, open_records=len(read.open_records.found),
    )  # fmt: skip


def _queues(backlogs: Sequence[Backlog], memory: Memory | None, traffic: Traffic | None, at: datetime) -> dict[str, QueueAge]:
    """Return the queues of jobs and of commands. What was taken from one is known by its kind's attempts."""
    found = {}
    for one in (*by_role(backlogs, "jobs"), *by_role(backlogs, "commands")):
        taken = traffic.attempts(ATTEMPTS_OVER, one.kind)[1] if traffic and one.kind else 0
        samples = memory.samples.get(one.name, ()) if memory else ()
        found[one.name] = QueueAge(
            one.age(at) if one.jobs_known else None, samples, taken, one.depth + (one.held or 0),
            f"by {one.pause.by} until {to_iso(one.pause.until)}" if one.pause else "", one.oldest_age(at), _deferred(one),
        )  # fmt: skip
    return found


def _deferred(queue: Backlog) -> str:
    """Say since when deferred work waits; empty where none does."""
    if queue.deferred is None:
        return ""
    return f"{to_iso(queue.deferred.since)}{' or earlier' if queue.deferred.at_least else ''}"


def _invariants(read: Read, memory: Memory) -> Invariants | None:
    if read.counted is None or read.unmarked is None:
        return None
    conflicts = sum(one.reason is Reason.STORE_CONFLICT_EXHAUSTED for one in read.counted.fresh)
    return Invariants(read.unmarked, conflicts, memory.repairs_since(read.at - timedelta(hours=1)))


def ages_of(facts: Facts) -> dict[str, timedelta]:
    """Return the queues' ages, as the next looks compare theirs with."""
    return {name: queue.age for name, queue in (facts.queues or {}).items() if queue.age is not None}
