"""What stands beside the jobs, wired to one set of services: endpoints, timers, commands, the watchdog, what on-call does.

A process that only works on jobs never imports it: `agents.wiring` builds it when something of it is asked for first.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from agents import timers
from agents.api.http import Api
from agents.dead_letters.persister import DeadLetters
from agents.dead_letters.sweeper import Sweeper, command_letters
from agents.endpoints import api_of
from agents.holding import PauseKeeper
from agents.jobs.decide import JobPolicy
from agents.jobs.kinds import DIGEST, TASTE, JobKinds
from agents.jobs.lifecycle import Jobs
from agents.mood_processor.feeds import MoodFeeds
from agents.mood_processor.names import MoodNames, thresholds_of
from agents.mood_processor.processor import MoodProcessor
from agents.mood_processor.stages import MoodRun
from agents.pauses.book import PauseBook
from agents.reconciler import Reconciler
from agents.replays.assembly import OnCall
from agents.runs.commands import Commands, TimerWork
from agents.runs.ledger import Ledger
from agents.runs.stages import Stages
from agents.scraper.assembly import Scraping
from agents.taste_analysis.likes import Intake
from agents.taste_analysis.picture_probe import picture_probe
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.sweep import TasteSweep
from agents.taste_analysis.withdrawal import Withdrawals
from agents.users.erasure import Erasures
from agents.watch.assembly import Watch
from agents.watch.build import marks_of
from agents.watch.collect.timers import WatchedTimer
from agents.weekly_digest.planner import DigestPlanner
from shared.queues.base import Queues
from shared.retry import QuickRetry
from shared.services import Services
from shared.store.probe import StoreProbe

WATCHED: Final = tuple(
    WatchedTimer(one.name, one.schedule, one.longest_run, quiet_runs=one.quiet_runs) for one in timers.LEDGERED
)


class WiredJobs(Protocol):
    """What the wiring of the jobs has made already, each by the name of its kind."""

    @property
    def kinds(self) -> JobKinds:
        """Every kind of job."""

    @property
    def jobs(self) -> Mapping[str, Jobs[Any]]:
        """The lives of their jobs."""

    @property
    def dead_letters(self) -> Mapping[str, DeadLetters]:
        """What takes in their dead letters."""

    @property
    def queues(self) -> Queues:
        """The queues, for bodies of any size."""

    @property
    def book(self) -> PauseBook:
        """What is paused."""

    @property
    def scraping(self) -> Scraping:
        """The parts of scraping."""

    def queue(self, kind: str) -> str:
        """Return the queue of a kind."""


@dataclass(frozen=True)
class Assembly:
    """Every workflow that is no job's. `chores`: by the name of the timer."""

    intake: Intake
    chores: Mapping[str, Callable[[], Awaitable[object]]]
    reconciler: Reconciler
    on_call: OnCall
    erasures: Erasures
    ledger: Ledger
    moods: MoodProcessor
    commands: Commands
    watch: Watch
    holding: PauseKeeper
    api: Api

    @classmethod
    def of(cls, services: Services, job: WiredJobs) -> "Assembly":
        """Wire them."""
        settings, store, clock = services.settings, services.store, services.clock
        queues, book = job.queues, job.book
        containers = StoreProbe(store=store, clock=clock)
        on_call = OnCall.of(
            containers=containers, store=store, queues=queues, clock=clock, kinds=job.kinds, book=book,
            queue=settings.run_commands_queue_name, probes={"image host": picture_probe(store, services.pictures)},
        )  # fmt: skip
        reconciler = Reconciler(
            store=store, queues=queues, clock=clock, kinds=job.kinds, fates=on_call.fates, operations=on_call.replays, book=book
        )
        withdrawals = Withdrawals(store=store, clock=clock, projection=Projection(store=store, clock=clock))
        intake = Intake(
            store=store, queues=queues, clock=clock, jobs=job.jobs[TASTE], queue=job.queue(TASTE), withdrawals=withdrawals
        )
        erasures = Erasures(store=store, queues=queues, clock=clock, queue=settings.run_commands_queue_name)
        run = run_parts(services, job)
        watch = Watch.of(
            store=store, queues=queues, clock=clock, kinds=job.kinds, commands=settings.run_commands_queue_name,
            timers=WATCHED, marks=lambda: marks_of(settings), webhook=services.webhook, containers=containers,
        )  # fmt: skip
        return cls(
            intake=intake, reconciler=reconciler, on_call=on_call,
            erasures=erasures, ledger=run.ledger, moods=run.moods, commands=run.commands, watch=watch, holding=run.holding,
            chores=chores_of(services, job, run, reconciler=reconciler, watch=watch, erasures=erasures),
            api=api_of(
                services, queues=queues, kinds=job.kinds, containers=containers, book=book, intake=intake,
                withdrawals=withdrawals, erasures=erasures, scraping=job.scraping, ledger=run.ledger, commands=run.commands,
                on_call=on_call, reconciler=reconciler, holding=run.holding, watch=watch,
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunParts:
    """What the timers' runs are made of, and who holds them back."""

    ledger: Ledger
    moods: MoodProcessor
    commands: Commands
    holding: PauseKeeper


def run_parts(services: Services, job: WiredJobs) -> RunParts:
    """Wire the runs of the timers, on schedule or asked for."""
    store, clock, queues, book = services.store, services.clock, job.queues, job.book
    ledger, moods = Ledger(store=store, clock=clock), mood_processor(services)
    planner = DigestPlanner(store=store, queues=queues, clock=clock, queue=job.queue(DIGEST))
    kicker = job.scraping.kicker
    commands = Commands(
        ledger=ledger, stages=Stages(ledger=ledger, store=store, clock=clock), queues=queues,
        queue=services.settings.run_commands_queue_name, clock=clock, pauses=book,
        works={
            timers.MOODS.name: TimerWork(stages=MoodRun(processor=moods, clock=clock)),
            timers.DIGEST.name: TimerWork(stages=planner, check=planner.check),
            timers.SCRAPER.name: TimerWork(stages=kicker, check=kicker.check),
        },
    )  # fmt: skip
    holding = PauseKeeper(
        store=store, messages=queues, clock=clock, book=book, queues=(*(kind.queue for kind in job.kinds), commands.queue),
        timers={one.name: one for one in timers.LEDGERED}, commands=commands, ledger=ledger,
    )  # fmt: skip
    return RunParts(ledger, moods, commands, holding)


def chores_of(
    services: Services, job: WiredJobs, run: RunParts, *, reconciler: Reconciler, watch: Watch, erasures: Erasures
) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """Return what the timers do that keep the house in order, by their names; their runs are in no ledger."""
    store, clock = services.store, services.clock
    return {
        timers.SWEEP.name: partial(sweep, sweeper_of(services, job), run.holding),
        timers.RECONCILE.name: partial(mend, reconciler, watch, run.commands, erasures, job.book),
        timers.WATCH.name: watch.dog.run,
        timers.SWEEP_TASTE.name: TasteSweep(store=store, clock=clock, projection=Projection(store=store, clock=clock)).run,
    }


def sweeper_of(services: Services, job: WiredJobs) -> Sweeper:
    """Return who takes in the dead letters of every queue, that of the commands too."""
    kind = command_letters(services.settings.run_commands_queue_name)
    letters = (
        *job.dead_letters.values(), DeadLetters(store=services.store, queues=job.queues, clock=services.clock, kind=kind),
    )  # fmt: skip
    return Sweeper(queues=job.queues, letters={one.queue: one.persist for one in letters})


async def sweep(sweeper: Sweeper, holding: PauseKeeper) -> None:
    """Take in dead letters, and settle the pauses that have ended, whether or not the other can be done."""
    try:
        await sweeper.sweep()
    finally:
        await holding.sweep()


async def mend(reconciler: Reconciler, watch: Watch, commands: Commands, erasures: Erasures, book: PauseBook) -> None:
    """Mend what a crash left behind, and send for the runs and erasures that nobody works on, each whether or not the others
    can be done; what waits in a paused queue is nobody's loss.
    """
    try:
        repairs = await reconciler.run()
        await watch.dog.repaired(sum(repair.done for repair in repairs))
    finally:
        try:
            await commands.rescue()
        finally:
            if await book.paused("queue", commands.queue) is None:
                await erasures.rescue()


def mood_processor(services: Services) -> MoodProcessor:
    """Return the moods' workflow over these services."""
    settings, store, clock, quick = services.settings, services.store, services.clock, quick_retry_policy(services)
    embeddings = services.embeddings
    names = MoodNames(store=store, chat=services.chat, embeddings=embeddings, thresholds=thresholds_of(embeddings.model))
    feeds = MoodFeeds(store=store, fetcher=services.fetcher, clock=clock, quick=quick)
    return MoodProcessor(
        store=store, clock=clock, chat=services.chat, embeddings=embeddings, feeds=feeds, names=names, quick=quick,
        sources=settings.mood_feeds,
    )  # fmt: skip


def quick_retry_policy(services: Services) -> QuickRetry:
    """Return the quick tries of what belongs to no kind of job: as a taste job's."""
    return JobPolicy.of(services.settings.jobs["TASTE_JOB"]).quick
