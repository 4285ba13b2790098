"""The watchdog put together over one set of services: what looks, and what those read who ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from agents.jobs.kinds import JobKinds
from agents.watch.alerts.catalogue import catalogue
from agents.watch.alerts.rule import Rule
from agents.watch.alerts.thresholds import AlertThresholds, Pace
from agents.watch.collect.collector import Collector, Marks
from agents.watch.collect.timers import WatchedTimer
from agents.watch.notifier import Receiver
from agents.watch.quieting import Quieting
from agents.watch.watchdog import Watchdog
from shared.clock import Clock
from shared.queues.base import Queues
from shared.store.base import Store
from shared.store.probe import StoreProbe


@dataclass(frozen=True, slots=True)
class Watch:
    """The parts; each says in its module what it does."""

    collector: Collector
    dog: Watchdog
    rules: tuple[Rule, ...]
    thresholds: AlertThresholds
    quieting: Quieting

    @classmethod
    def of(
        cls,
        *,
        store: Store,
        queues: Queues,
        clock: Clock,
        kinds: JobKinds,
        commands: str,
        timers: Sequence[WatchedTimer],
        marks: Marks,
        webhook: Receiver | None,
        containers: StoreProbe | None = None,
        thresholds: AlertThresholds | None = None,
        pace: Pace | None = None,
    ) -> Self:
        """Put them together. `commands`: the queue of the runs; `marks`: hashes of the build and the settings."""
        thresholds = thresholds or AlertThresholds()
        rules = catalogue(
            thresholds, weekly=tuple(timer.name for timer in timers if timer.weekly),
            daily=tuple(timer.name for timer in timers if not timer.weekly),
            queues=(*(kind.queue for kind in kinds), commands),
        )  # fmt: skip
        collector = Collector(
            store=store, queues=queues, clock=clock, kinds=kinds, commands=commands, timers=timers, marks=marks,
            thresholds=thresholds, containers=containers or StoreProbe(store=store, clock=clock, containers=()),
        )  # fmt: skip
        dog = Watchdog(
            store=store, clock=clock, collector=collector, rules=rules, webhook=webhook, pace=pace or Pace()
        )  # fmt: skip
        quieting = Quieting(store=store, clock=clock, collector=collector, rules=rules)
        return cls(collector, dog, rules, thresholds, quieting)
