"""Everything that on-call does with dead letters, put together over one set of services."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from agents.dead_letters.listing import Inspection
from agents.jobs.kinds import JobKinds
from agents.pauses.book import PauseBook
from agents.replays.fates import Fates
from agents.replays.one_job import Retrying
from agents.replays.one_record import Replaying
from agents.replays.operations import Operations
from agents.replays.preflight import Preflight, Probe
from agents.replays.repair import Repairs
from agents.replays.selection import Selection
from agents.replays.service import Replays
from agents.replays.steps import ReplaySteps
from agents.replays.works import Works
from shared.clock import Clock
from shared.queues.base import Queues
from shared.store.base import Store
from shared.store.probe import StoreProbe


@dataclass(frozen=True, slots=True)
class OnCall:
    """The parts; each says in its module what it does."""

    inspection: Inspection
    repairs: Repairs
    preflight: Preflight
    fates: Fates
    replaying: Replaying
    replays: Replays
    steps: ReplaySteps

    @classmethod
    def of(
        cls,
        *,
        store: Store,
        queues: Queues,
        clock: Clock,
        kinds: JobKinds,
        queue: str,
        probes: Mapping[str, Probe] | None = None,
        containers: StoreProbe | None = None,
        book: PauseBook | None = None,
    ) -> Self:
        """Put them together; `queue` carries the commands of the steps, `probes` are the preflight's."""
        book = book or PauseBook(store=store, clock=clock)
        preflight = Preflight(store=store, queues=queues, clock=clock, kinds=kinds, probes=probes, containers=containers)
        fates = Fates(store=store, clock=clock, kinds=kinds)
        replaying = Replaying(store=store, queues=queues, clock=clock, kinds=kinds)
        retrying = Retrying(store=store, queues=queues, clock=clock, kinds=kinds)
        works = Works(replaying=replaying, fates=fates, retrying=retrying)
        operations = Operations(store=store, clock=clock)
        return cls(
            inspection=Inspection(store=store, clock=clock),
            repairs=Repairs(store=store, clock=clock, kinds=kinds, replaying=replaying, preflight=preflight),
            preflight=preflight,
            fates=fates,
            replaying=replaying,
            replays=Replays(
                operations=operations, selection=Selection(store=store, clock=clock, kinds=kinds), works=works,
                preflight=preflight, queues=queues, queue=queue, clock=clock, kinds=kinds, book=book,
            ),
            steps=ReplaySteps(
                operations=operations, works=works, preflight=preflight, queues=queues, queue=queue,
                clock=clock, kinds=kinds, book=book,
            ),
        )  # fmt: skip
