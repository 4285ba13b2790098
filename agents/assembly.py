"""What stands beside the jobs, wired to one set of services: endpoints, timers, commands, the watchdog, what on-call does.

A process that only works on jobs never imports it: `agents.wiring` builds it when something of it is asked for first.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from agents import timers
from agents.api.alerts import AlertEndpoints
from agents.api.console import ConsoleEndpoints
from agents.api.dead_letters import DeadLetterEndpoints
from agents.api.digests import DigestEndpoints
from agents.api.doctor import DoctorEndpoints
from agents.api.http import Api
from agents.api.jobs import JobEndpoints
from agents.api.openapi import described
from agents.api.operations import OperationsEndpoints
from agents.api.pauses import PauseEndpoints
from agents.api.replays import ReplayEndpoints
from agents.api.rights import Rights
from agents.api.runs import RunsEndpoints
from agents.api.scraper import ScraperEndpoints
from agents.api.series import SeriesEndpoints
from agents.api.taste import TasteEndpoints
from agents.api.users import UserEndpoints
from agents.api.watch import WatchEndpoints
from agents.api.whoami import CallerEndpoints
from agents.dead_letters.persister import DeadLetters
from agents.dead_letters.sweeper import Sweeper, command_letters
from agents.doctor import Doctor
from agents.holding import PauseKeeper
from agents.jobs.decide import JobPolicy
from agents.jobs.kinds import DIGEST, SCRAPE, TASTE, JobKinds
from agents.jobs.lifecycle import Jobs
from agents.jobs.listing import JobListing
from agents.mood_processor.feeds import MoodFeeds
from agents.mood_processor.names import MoodNames, thresholds_of
from agents.mood_processor.processor import MoodProcessor
from agents.mood_processor.stages import MoodRun
from agents.pauses.book import PauseBook
from agents.reconciler import Reconciler
from agents.replays.assembly import OnCall
from agents.replays.operations import Operations
from agents.runs.commands import Commands, TimerWork
from agents.runs.ledger import Ledger
from agents.runs.stages import Stages
from agents.scraper.assembly import Scraping
from agents.taste_analysis.likes import Intake
from agents.taste_analysis.picture_probe import picture_probe
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.sweep import TasteSweep
from agents.taste_analysis.withdrawal import Withdrawals
from agents.timeline.reading import Timelines
from agents.users.erasure import Erasures
from agents.watch.assembly import Watch
from agents.watch.build import marks_of
from agents.watch.collect.timers import WatchedTimer
from agents.watch.history.keeper import PointKeeper
from agents.weekly_digest.planner import DigestPlanner
from shared.observe.prices import Prices
from shared.queues.base import Queues
from shared.retry import QuickRetry
from shared.services import Services
from shared.settings import Settings, queue_names
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
    def of(cls, services: Services, parts: WiredJobs) -> "Assembly":
        """Wire them."""
        settings, store, clock = services.settings, services.store, services.clock
        queues, book, scraping = parts.queues, parts.book, parts.scraping
        kinds, jobs, dead_letters = parts.kinds, parts.jobs, parts.dead_letters
        by_name = {kind.name: kind for kind in kinds}
        taste, digest, scrape = by_name[TASTE], by_name[DIGEST], by_name[SCRAPE]
        containers = StoreProbe(store=store, clock=clock)
        on_call = OnCall.of(
            containers=containers, store=store, queues=queues, clock=clock, kinds=kinds, queue=settings.run_commands_queue_name,
            probes={"image host": picture_probe(store, services.pictures)}, book=book,
        )  # fmt: skip
        reconciler = Reconciler(
            store=store, queues=queues, clock=clock, kinds=kinds, fates=on_call.fates, operations=on_call.replays,
            book=book,
        )  # fmt: skip
        withdrawals = Withdrawals(store=store, clock=clock, projection=Projection(store=store, clock=clock))
        intake = Intake(
            store=store, queues=queues, clock=clock, jobs=jobs[TASTE], queue=taste.queue, withdrawals=withdrawals
        )  # fmt: skip
        erasures = Erasures(store=store, queues=queues, clock=clock, queue=settings.run_commands_queue_name)
        ledger = Ledger(store=store, clock=clock)
        moods = mood_processor(services)
        planner = DigestPlanner(store=store, queues=queues, clock=clock, queue=digest.queue)
        commands = Commands(
            ledger=ledger, stages=Stages(ledger=ledger, store=store, clock=clock), queues=queues,
            queue=settings.run_commands_queue_name, clock=clock, pauses=book,
            works={
                timers.MOODS.name: TimerWork(stages=MoodRun(processor=moods, clock=clock)),
                timers.DIGEST.name: TimerWork(stages=planner, check=planner.check),
                timers.SCRAPER.name: TimerWork(stages=scraping.kicker, check=scraping.kicker.check),
            },
        )  # fmt: skip
        holding = PauseKeeper(
            store=store, messages=queues, clock=clock, book=book, queues=(*(kind.queue for kind in kinds), commands.queue),
            timers={one.name: one for one in timers.LEDGERED}, commands=commands, ledger=ledger,
        )  # fmt: skip
        watch = Watch.of(
            store=store, queues=queues, clock=clock, kinds=kinds, commands=settings.run_commands_queue_name,
            timers=WATCHED, marks=lambda: marks_of(settings), webhook=services.webhook, containers=containers,
        )  # fmt: skip
        faded = TasteSweep(store=store, clock=clock, projection=Projection(store=store, clock=clock))
        commands_kind = command_letters(settings.run_commands_queue_name)
        letters = (*dead_letters.values(), DeadLetters(store=store, queues=queues, clock=clock, kind=commands_kind))
        sweeper = Sweeper(queues=queues, letters={one.queue: one.persist for one in letters})
        chores: dict[str, Callable[[], Awaitable[object]]] = {
            timers.SWEEP.name: lambda: sweep(sweeper, holding),
            timers.RECONCILE.name: lambda: mend(reconciler, watch, commands, erasures, book),
            timers.WATCH.name: watch.dog.run,
            timers.SWEEP_TASTE.name: faded.run,
        }  # fmt: skip
        listing = JobListing(store=store, kinds=kinds)
        timelines = Timelines(store=store, clock=clock, kinds=kinds, listing=listing)
        doctor = Doctor(
            store=store, queues=queues, clock=clock, chat=services.chat, embeddings=services.embeddings,
            queue_names=queue_names(settings), local=settings.model_provider == "local", deployed=settings.on_azure,
        )  # fmt: skip
        rights = rights_of(settings)
        return cls(
            intake=intake, chores=chores, reconciler=reconciler, ledger=ledger, moods=moods, commands=commands,
            on_call=on_call, erasures=erasures,
            watch=watch, holding=holding,
            api=described((
                TasteEndpoints(store=store, clock=clock, intake=intake, withdrawals=withdrawals),
                JobEndpoints(listing=listing, timelines=timelines),
                SeriesEndpoints(
                    points=PointKeeper(store=store, clock=clock), memory=watch.collector.memory_store,
                    operations=Operations(store=store, clock=clock), clock=clock,
                    prices=Prices(settings.model_prices, settings.model_prices_currency),
                ),
                UserEndpoints(store=store, clock=clock, erasures=erasures),
                OperationsEndpoints(containers=containers, clock=clock, reconciler=reconciler),
                DeadLetterEndpoints(inspection=on_call.inspection, repairs=on_call.repairs),
                ReplayEndpoints(replays=on_call.replays, preflight=on_call.preflight, clock=clock),
                DoctorEndpoints(doctor=doctor, clock=clock),
                RunsEndpoints(
                    store=store, clock=clock, ledger=ledger, commands=commands, book=book,
                    queues={timers.DIGEST.name: digest.queue, timers.SCRAPER.name: scrape.queue},
                ),
                DigestEndpoints(store=store),
                ScraperEndpoints(store=store, intake=scraping.intake),
                ConsoleEndpoints(),
                WatchEndpoints(
                    collector=watch.collector, rules=watch.rules, preflight=on_call.preflight, thresholds=watch.thresholds
                ),
                AlertEndpoints(quieting=watch.quieting),
                PauseEndpoints(holding=holding),
                CallerEndpoints(rights=rights),
            ), rights),
        )  # fmt: skip


async def sweep(sweeper: Sweeper, holding: PauseKeeper) -> None:
    """Take in dead letters, and settle the pauses that have ended, whether or not the other can be done."""
    try:
        await sweeper.sweep()
    finally:
        await holding.settle()


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


def rights_of(settings: Settings) -> Rights:
    """Return what these settings ask of a caller."""
    key = settings.ops_action_key
    return Rights(key.get_secret_value() if key else None, easy_auth=settings.easy_auth)


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
