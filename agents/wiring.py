"""Wires the workflows to one set of services, the real ones or a test's: which gets which collaborator is said here alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from agents.api.dead_letters import DeadLetterEndpoints
from agents.api.digests import DigestEndpoints
from agents.api.http import Api
from agents.api.openapi import described
from agents.api.operations import OperationsEndpoints
from agents.api.replays import ReplayEndpoints
from agents.api.runs import RunsEndpoints
from agents.api.scraper import ScraperEndpoints
from agents.api.taste import TasteEndpoints
from agents.api.watch import WatchEndpoints
from agents.dead_letters.persister import DeadLetters
from agents.jobs.decide import JobPolicy
from agents.jobs.delivery import Runner, Workflow
from agents.jobs.kinds import AnyKind, JobKind, JobKinds
from agents.jobs.lifecycle import Jobs
from agents.jobs.messages import M
from agents.mood_processor.feeds import MoodFeeds
from agents.mood_processor.names import MoodNames, thresholds_of
from agents.mood_processor.processor import TIMER as MOODS_TIMER
from agents.mood_processor.processor import MoodProcessor
from agents.reconciler import Reconciler
from agents.replays.assembly import OnCall
from agents.runs.commands import Commands, TimerWork
from agents.runs.ledger import Ledger
from agents.runs.schedule import DIGEST as DIGEST_SCHEDULE
from agents.runs.schedule import MOODS as MOODS_SCHEDULE
from agents.runs.schedule import SCRAPER as SCRAPER_SCHEDULE
from agents.runs.stages import Stages
from agents.scraper.assembly import Scraping
from agents.scraper.kicker import TIMER as SCRAPER_TIMER
from agents.scraper.message import ScrapeJobMessage, scrape_kind
from agents.scraper.worker import JOB_LEASE_SECONDS
from agents.taste_analysis.analysis import TasteAnalysis, wardrobe_words
from agents.taste_analysis.likes import Intake
from agents.taste_analysis.message import TasteJobMessage, taste_kind
from agents.taste_analysis.picture_probe import picture_probe
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.sweep import TasteSweep
from agents.taste_analysis.words import taste_words
from agents.watch.assembly import Watch
from agents.watch.build import marks_of
from agents.watch.collect.timers import WatchedTimer
from agents.weekly_digest.composer import DigestComposer
from agents.weekly_digest.message import DigestJobMessage, digest_kind
from agents.weekly_digest.planner import TIMER as DIGEST_TIMER
from agents.weekly_digest.planner import DigestPlanner
from shared.retry import QuickRetry, Redelivery
from shared.scraping.polite import PoliteFetcher
from shared.services import Services
from shared.settings import Settings

WATCHED: Final = (
    WatchedTimer(DIGEST_TIMER, DIGEST_SCHEDULE, timedelta(minutes=60)),
    WatchedTimer(MOODS_TIMER, MOODS_SCHEDULE, timedelta(minutes=30), quiet_runs=2),  # feeds rest over a weekend
    WatchedTimer(SCRAPER_TIMER, SCRAPER_SCHEDULE, timedelta(minutes=120)),
)


@dataclass(frozen=True)
class Wiring:
    """Every workflow of the app, wired to one set of services. `dead_letters`: by the name of the kind of job."""

    intake: Intake
    taste_jobs: Runner[TasteJobMessage]
    digest_jobs: Runner[DigestJobMessage]
    scrape_jobs: Runner[ScrapeJobMessage]
    dead_letters: Mapping[str, DeadLetters]
    taste_sweep: TasteSweep
    reconciler: Reconciler
    on_call: OnCall
    ledger: Ledger
    moods: MoodProcessor
    commands: Commands
    watch: Watch
    api: Api

    @classmethod
    def of(cls, services: Services) -> "Wiring":
        """Wire the workflows."""
        settings, store, queues, clock = services.settings, services.store, services.queues, services.clock
        taste, digest, scrape = kinds = _kinds(settings)
        all_kinds = JobKinds(kinds)
        dead_letters = {
            kind.name: DeadLetters(store=store, queues=queues, clock=clock, kind=kind) for kind in all_kinds
        }  # fmt: skip
        on_call = OnCall.of(
            store=store, queues=queues, clock=clock, kinds=all_kinds, queue=settings.run_commands_queue_name,
            probes={"image host": picture_probe(store, services.pictures)},
        )  # fmt: skip
        reconciler = Reconciler(
            store=store, queues=queues, clock=clock, kinds=all_kinds, fates=on_call.fates, operations=on_call.replays
        )  # fmt: skip
        intake = Intake(store=store, queues=queues, clock=clock, jobs=lives(services, taste), queue=taste.queue)
        ledger = Ledger(store=store, clock=clock)
        moods = mood_processor(services)
        scraping = scraping_of(services)
        planner = DigestPlanner(store=store, queues=queues, clock=clock, queue=digest.queue)
        commands = Commands(
            ledger=ledger, stages=Stages(ledger=ledger, store=store, clock=clock), queues=queues,
            queue=settings.run_commands_queue_name,
            works={
                MOODS_TIMER: TimerWork(run=lambda _parameters: moods.run),
                DIGEST_TIMER: TimerWork(stages=planner, check=planner.check),
                SCRAPER_TIMER: TimerWork(stages=scraping.kicker, check=scraping.kicker.check),
            },
        )  # fmt: skip
        watch = Watch.of(
            store=store, queues=queues, clock=clock, kinds=all_kinds, commands=settings.run_commands_queue_name,
            timers=WATCHED, marks=lambda: marks_of(settings), webhook=services.webhook,
        )  # fmt: skip
        return cls(
            intake=intake,
            taste_jobs=runner(services, taste, taste_analysis(services), dead_letters),
            digest_jobs=runner(
                services, digest, digest_composer(services), dead_letters, at_once=settings.weekly_digest_max_concurrency
            ),
            scrape_jobs=runner(
                services, scrape, scraping.worker, dead_letters, at_once=settings.scraper_max_concurrency,
                lease_seconds=JOB_LEASE_SECONDS,
            ),
            dead_letters=dead_letters,
            taste_sweep=TasteSweep(store=store, clock=clock, projection=Projection(store=store, clock=clock)),
            reconciler=reconciler,
            ledger=ledger,
            moods=moods,
            commands=commands,
            on_call=on_call,
            watch=watch,
            api=described((
                TasteEndpoints(store=store, clock=clock, intake=intake),
                OperationsEndpoints(store=store, clock=clock, reconciler=reconciler),
                DeadLetterEndpoints(inspection=on_call.inspection, repairs=on_call.repairs),
                ReplayEndpoints(replays=on_call.replays, preflight=on_call.preflight, clock=clock),
                RunsEndpoints(store=store, clock=clock, ledger=ledger, commands=commands),
                DigestEndpoints(store=store),
                ScraperEndpoints(store=store, intake=scraping.intake),
                WatchEndpoints(
                    collector=watch.collector, rules=watch.rules, preflight=on_call.preflight, thresholds=watch.thresholds
                ),
            )),
        )  # fmt: skip


def lives(services: Services, kind: AnyKind, *, lease_seconds: float | None = None) -> Jobs:
    """Return the life of a kind's jobs; `lease_seconds` where they take longer than a taste job."""
    policy = job_policy(services.settings)
    policy = policy if lease_seconds is None else replace(policy, lease_seconds=lease_seconds)
    return Jobs(store=services.store, clock=services.clock, container=kind.container, policy=policy)


def runner(
    services: Services,
    kind: JobKind[M],
    workflow: Workflow[M],
    dead_letters: Mapping[str, DeadLetters],
    *,
    at_once: int | None = None,
    lease_seconds: float | None = None,
) -> Runner[M]:
    """Return what delivers a kind's messages to its workflow."""
    return Runner(
        kind=kind, workflow=workflow, jobs=lives(services, kind, lease_seconds=lease_seconds), queues=services.queues,
        clock=services.clock, dead_letters=dead_letters[kind.name], at_once=at_once,
    )  # fmt: skip


def _kinds(
    settings: Settings,
) -> tuple[JobKind[TasteJobMessage], JobKind[DigestJobMessage], JobKind[ScrapeJobMessage]]:
    return (
        taste_kind(settings.taste_job_queue_name, settings.taste_job_dead_letter_queue_name),
        digest_kind(settings.digest_job_queue_name, settings.digest_job_dead_letter_queue_name),
        scrape_kind(settings.scrape_job_queue_name, settings.scrape_job_dead_letter_queue_name),
    )


def taste_analysis(services: Services) -> TasteAnalysis:
    """Return the taste jobs' workflow over these services."""
    store, clock = services.store, services.clock
    return TasteAnalysis(
        store=store, clock=clock, chat=services.chat, embeddings=services.embeddings, pictures=services.pictures,
        projection=Projection(store=store, clock=clock), quick=quick_retry_policy(services.settings),
        synonym_threshold=services.synonym_threshold,
        words=wardrobe_words(store) if services.settings.model_provider == "local" else None,
    )  # fmt: skip


def digest_composer(services: Services) -> DigestComposer:
    """Return the digest jobs' workflow over these services."""
    return DigestComposer(
        store=services.store, clock=services.clock, chat=services.chat, quick=quick_retry_policy(services.settings),
        taste=taste_words(services.store, services.clock),
    )  # fmt: skip


def mood_processor(services: Services) -> MoodProcessor:
    """Return the moods' workflow over these services."""
    settings, store, clock, quick = services.settings, services.store, services.clock, quick_retry_policy(services.settings)
    embeddings = services.embeddings
    names = MoodNames(store=store, chat=services.chat, embeddings=embeddings, thresholds=thresholds_of(embeddings.model))
    feeds = MoodFeeds(store=store, fetcher=services.fetcher, clock=clock, quick=quick)
    return MoodProcessor(
        store=store, clock=clock, chat=services.chat, embeddings=embeddings, feeds=feeds, names=names, quick=quick,
        sources=settings.mood_feeds,
    )  # fmt: skip


def scraping_of(services: Services) -> Scraping:
    """Return the parts of scraping over these services. Its polite fetcher keeps the pace of every host: one a process."""
    return Scraping.of(
        store=services.store, queues=services.queues, clock=services.clock, embeddings=services.embeddings,
        fetch=PoliteFetcher(services.fetcher, clock=services.clock), quick=quick_retry_policy(services.settings),
        queue=services.settings.scrape_job_queue_name,
    )  # fmt: skip


def job_policy(settings: Settings) -> JobPolicy:
    """Return the limits of a taste job's life."""
    return JobPolicy(
        attempts=settings.taste_job_max_attempts,
        lease_seconds=settings.taste_job_lease_seconds,
        defer_budget_seconds=settings.taste_job_defer_budget_seconds,
        completed_ttl_seconds=settings.taste_job_completed_ttl_seconds,
        dedupe_ttl_seconds=settings.taste_job_dedupe_ttl_seconds,
        redelivery=Redelivery(settings.taste_job_requeue_base_seconds, settings.taste_job_requeue_max_seconds),
    )


def quick_retry_policy(settings: Settings) -> QuickRetry:
    """Return the quick tries inside an attempt."""
    return QuickRetry(
        retries=settings.taste_job_max_retries,
        base_seconds=settings.taste_job_base_backoff_seconds,
        maximum_seconds=settings.taste_job_max_backoff_seconds,
        jitter_seconds=settings.taste_job_jitter_seconds,
    )
