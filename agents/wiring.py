"""Wires the workflows to one set of services, the real ones or a test's: which gets which collaborator is said here alone."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

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
from agents.jobs.delivery import Runner, Workflow
from agents.jobs.kinds import DIGEST, SCRAPE, TASTE, AnyKind, JobKinds
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
from agents.scraper.message import scrape_kind
from agents.taste_analysis.analysis import TasteAnalysis, wardrobe_words
from agents.taste_analysis.likes import Intake
from agents.taste_analysis.message import taste_kind
from agents.taste_analysis.picture_probe import picture_probe
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.sweep import TasteSweep
from agents.taste_analysis.withdrawal import Withdrawals
from agents.taste_analysis.words import taste_words
from agents.timeline.reading import Timelines
from agents.users.erasure import Erasures
from agents.watch.assembly import Watch
from agents.watch.build import marks_of
from agents.watch.collect.timers import WatchedTimer
from agents.watch.history.keeper import PointKeeper
from agents.weekly_digest.composer import DigestComposer
from agents.weekly_digest.message import digest_kind
from agents.weekly_digest.planner import DigestPlanner
from shared.observe.prices import Prices
from shared.queues.base import Queues
from shared.queues.claim_check import ClaimChecks
from shared.retry import QuickRetry
from shared.scraping.polite import PoliteFetcher
from shared.services import Services
from shared.settings import Settings, queue_names
from shared.store.probe import StoreProbe


@dataclass(frozen=True, slots=True)
class WorkflowParts:
    """What a workflow may be built of: the services, and what several workflows share."""

    services: Services
    scraping: Scraping


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of job: its settings, those with the prefix and `at_once`; its manifest; and its workflow."""

    prefix: str
    make: Callable[..., AnyKind]
    workflow: Callable[[WorkflowParts, AnyKind], Workflow[Any]]
    at_once: Callable[[Settings], int | None] = lambda _settings: None

    def of(self, settings: Settings) -> AnyKind:
        """Return its manifest under these settings."""
        mine = settings.jobs[self.prefix]
        return self.make(
            mine.queue_name, mine.dead_letter_queue_name, policy=JobPolicy.of(mine), at_once=self.at_once(settings)
        )

    def described(self) -> AnyKind:
        """Return its manifest without any: what stands in code alone."""
        return self.make("", "")


KINDS: Final = (
    KindRow("TASTE_JOB", taste_kind, lambda parts, kind: taste_analysis(parts.services, kind)),
    KindRow(
        "DIGEST_JOB",
        digest_kind,
        lambda parts, kind: digest_composer(parts.services, kind),
        at_once=lambda settings: settings.weekly_digest_max_concurrency,
    ),
    KindRow(
        "SCRAPE_JOB",
        scrape_kind,
        lambda parts, _kind: parts.scraping.worker,
        at_once=lambda settings: settings.scraper_max_concurrency,
    ),
)
WATCHED: Final = tuple(
    WatchedTimer(one.name, one.schedule, one.longest_run, quiet_runs=one.quiet_runs) for one in timers.LEDGERED
)
MANIFESTS: Final = {kind.name: kind for kind in (row.described() for row in KINDS)}  # as they are without any setting


@dataclass(frozen=True)
class Wiring:
    """Every workflow of the app, wired to one set of services. `runners` and `dead_letters`: by the name of the kind of job;
    `chores`: by the name of the timer.
    """

    intake: Intake
    runners: Mapping[str, Runner[Any]]
    dead_letters: Mapping[str, DeadLetters]
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
    def of(cls, services: Services) -> "Wiring":
        """Wire the workflows."""
        settings, store, clock = services.settings, services.store, services.clock
        queues = ClaimChecks(services.queues, store=store, clock=clock)
        rows = [(row, row.of(settings)) for row in KINDS]
        kinds = JobKinds(tuple(kind for _, kind in rows))
        by_name = {kind.name: kind for kind in kinds}
        taste, digest, scrape = by_name[TASTE], by_name[DIGEST], by_name[SCRAPE]
        scraping = scraping_of(services, scrape, queues)
        parts = WorkflowParts(services, scraping)
        workflows = {kind.name: row.workflow(parts, kind) for row, kind in rows}
        jobs = {kind.name: Jobs(store=store, clock=clock, kind=kind) for kind in kinds}
        dead_letters = {kind.name: DeadLetters(store=store, queues=queues, clock=clock, kind=kind) for kind in kinds}
        book = PauseBook(store=store, clock=clock)
        runners = {
            kind.name: Runner(
                kind=kind, workflow=workflows[kind.name], jobs=jobs[kind.name], queues=queues, clock=clock,
                dead_letters=dead_letters[kind.name], pauses=book,
            )
            for kind in kinds
        }  # fmt: skip
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
            intake=intake, runners=runners, dead_letters=dead_letters, chores=chores, reconciler=reconciler, ledger=ledger,
            moods=moods, commands=commands, on_call=on_call, erasures=erasures, watch=watch, holding=holding,
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


def taste_analysis(services: Services, kind: AnyKind) -> TasteAnalysis:
    """Return the taste jobs' workflow over these services."""
    store, clock = services.store, services.clock
    return TasteAnalysis(
        store=store, clock=clock, chat=services.chat, embeddings=services.embeddings, pictures=services.pictures,
        projection=Projection(store=store, clock=clock), quick=kind.policy.quick,
        synonym_threshold=services.synonym_threshold,
        words=wardrobe_words(store) if services.settings.model_provider == "local" else None,
    )  # fmt: skip


def digest_composer(services: Services, kind: AnyKind) -> DigestComposer:
    """Return the digest jobs' workflow over these services."""
    return DigestComposer(
        store=services.store, clock=services.clock, chat=services.chat, quick=kind.policy.quick,
        taste=taste_words(services.store, services.clock),
    )  # fmt: skip


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


def scraping_of(services: Services, kind: AnyKind, queues: Queues) -> Scraping:
    """Return the parts of scraping over these services. Its polite fetcher keeps the pace of every host: one a process."""
    return Scraping.of(
        store=services.store, queues=queues, clock=services.clock, embeddings=services.embeddings,
        fetch=PoliteFetcher(services.fetcher, clock=services.clock), quick=kind.policy.quick, queue=kind.queue,
        decoder=services.decoder,
    )  # fmt: skip


def quick_retry_policy(services: Services) -> QuickRetry:
    """Return the quick tries of what belongs to no kind of job: as a taste job's."""
    return JobPolicy.of(services.settings.jobs["TASTE_JOB"]).quick
