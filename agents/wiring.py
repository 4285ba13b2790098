"""Wires the workflows to one set of services, the real ones or a test's: which gets which collaborator is said here alone."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from agents import timers
from agents.api.http import Api
from agents.dead_letters.persister import DeadLetters
from agents.dead_letters.sweeper import Sweeper, command_letters
from agents.endpoints import api_of
from agents.holding import PauseKeeper
from agents.jobs.decide import JobPolicy
from agents.jobs.delivery import Runner, Workflow
from agents.jobs.kinds import DIGEST, SCRAPE, TASTE, AnyKind, JobKinds
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
from agents.scraper.message import scrape_kind
from agents.taste_analysis.analysis import TasteAnalysis, wardrobe_words
from agents.taste_analysis.likes import Intake
from agents.taste_analysis.message import taste_kind
from agents.taste_analysis.picture_probe import picture_probe
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.sweep import TasteSweep
from agents.taste_analysis.withdrawal import Withdrawals
from agents.taste_analysis.words import taste_words
from agents.users.erasure import Erasures
from agents.watch.assembly import Watch
from agents.watch.build import marks_of
from agents.watch.collect.timers import WatchedTimer
from agents.weekly_digest.composer import DigestComposer
from agents.weekly_digest.message import digest_kind
from agents.weekly_digest.planner import DigestPlanner
from shared.queues.base import Queues
from shared.queues.claim_check import ClaimChecks
from shared.retry import QuickRetry
from shared.scraping.polite import PoliteFetcher
from shared.services import Services
from shared.settings import Settings
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
        queues, book = ClaimChecks(services.queues, store=store, clock=clock), PauseBook(store=store, clock=clock)
        containers = StoreProbe(store=store, clock=clock)
        job = job_parts(services, queues, book)
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
        run = run_parts(services, queues, book, job)
        watch = Watch.of(
            store=store, queues=queues, clock=clock, kinds=job.kinds, commands=settings.run_commands_queue_name,
            timers=WATCHED, marks=lambda: marks_of(settings), webhook=services.webhook, containers=containers,
        )  # fmt: skip
        return cls(
            intake=intake, runners=job.runners, dead_letters=job.dead_letters, reconciler=reconciler, on_call=on_call,
            erasures=erasures, ledger=run.ledger, moods=run.moods, commands=run.commands, watch=watch, holding=run.holding,
            chores={
                timers.SWEEP.name: partial(sweep, sweeper_of(services, queues, job), run.holding),
                timers.RECONCILE.name: partial(mend, reconciler, watch, run.commands, erasures, book),
                timers.WATCH.name: watch.dog.run,
                timers.SWEEP_TASTE.name: TasteSweep(
                    store=store, clock=clock, projection=Projection(store=store, clock=clock)
                ).run,
            },
            api=api_of(
                services, queues=queues, kinds=job.kinds, containers=containers, book=book, intake=intake,
                withdrawals=withdrawals, erasures=erasures, scraping=job.scraping, ledger=run.ledger, commands=run.commands,
                on_call=on_call, reconciler=reconciler, holding=run.holding, watch=watch,
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class JobParts:
    """What there is of each kind of job, by its name; and the parts of scraping, which keep the pace of every host."""

    kinds: JobKinds
    jobs: Mapping[str, Jobs[Any]]
    dead_letters: Mapping[str, DeadLetters]
    runners: Mapping[str, Runner[Any]]
    scraping: Scraping

    def queue(self, kind: str) -> str:
        """Return the queue of a kind."""
        return next(one.queue for one in self.kinds if one.name == kind)


def job_parts(services: Services, queues: Queues, book: PauseBook) -> JobParts:
    """Wire the kinds of jobs: a row of `KINDS` each."""
    store, clock = services.store, services.clock
    rows = [(row, row.of(services.settings)) for row in KINDS]
    kinds = JobKinds(tuple(kind for _, kind in rows))
    scraping = scraping_of(services, next(kind for kind in kinds if kind.name == SCRAPE), queues)
    parts = WorkflowParts(services, scraping)
    jobs = {kind.name: Jobs(store=store, clock=clock, kind=kind) for kind in kinds}
    dead_letters = {kind.name: DeadLetters(store=store, queues=queues, clock=clock, kind=kind) for kind in kinds}
    runners = {
        kind.name: Runner(
            kind=kind, workflow=row.workflow(parts, kind), jobs=jobs[kind.name], queues=queues, clock=clock,
            dead_letters=dead_letters[kind.name], pauses=book,
        )
        for row, kind in rows
    }  # fmt: skip
    return JobParts(kinds, jobs, dead_letters, runners, scraping)


@dataclass(frozen=True, slots=True)
class RunParts:
    """What the timers' runs are made of, and who holds them back."""

    ledger: Ledger
    moods: MoodProcessor
    commands: Commands
    holding: PauseKeeper


def run_parts(services: Services, queues: Queues, book: PauseBook, job: JobParts) -> RunParts:
    """Wire the runs of the timers, on schedule or asked for."""
    store, clock = services.store, services.clock
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


def sweeper_of(services: Services, queues: Queues, job: JobParts) -> Sweeper:
    """Return who takes in the dead letters of every queue, that of the commands too."""
    kind = command_letters(services.settings.run_commands_queue_name)
    letters = (
        *job.dead_letters.values(), DeadLetters(store=services.store, queues=queues, clock=services.clock, kind=kind),
    )  # fmt: skip
    return Sweeper(queues=queues, letters={one.queue: one.persist for one in letters})


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
