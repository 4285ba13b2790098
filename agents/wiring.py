"""Wires the workflows to the services, and is what the triggers call. Everything the app consists of is imported here.

`Wiring` is what a test builds with services of its own; `App` builds the real services, once, in the running loop.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from agents.api.dead_letters import DeadLetterEndpoints
from agents.api.digests import DigestEndpoints
from agents.api.http import Api, Request, Response, problem
from agents.api.openapi import described
from agents.api.operations import OperationsEndpoints
from agents.api.replays import ReplayEndpoints
from agents.api.runs import RunsEndpoints
from agents.api.scraper import ScraperEndpoints
from agents.api.taste import TasteEndpoints
from agents.api.watch import WatchEndpoints
from agents.digest.composer import DigestComposer
from agents.digest.message import DigestJobMessage, digest_kind
from agents.digest.planner import GRACE as DIGEST_GRACE
from agents.digest.planner import TIMER as DIGEST_TIMER
from agents.digest.planner import DigestPlanner
from agents.jobs.dead_letters import DeadLetters
from agents.jobs.delivery import Runner
from agents.jobs.kinds import DIGEST, SCRAPE, TASTE, JobKind, JobKinds
from agents.jobs.life import JobPolicy, Jobs
from agents.jobs.messages import trace_of
from agents.jobs.on_call import OnCall
from agents.jobs.reconciler import Reconciler
from agents.moods.feeds import MoodFeeds
from agents.moods.names import MoodNames, thresholds_of
from agents.moods.processor import GRACE as MOODS_GRACE
from agents.moods.processor import TIMER as MOODS_TIMER
from agents.moods.processor import MoodProcessor
from agents.runs.commands import Commands, TimerWork
from agents.runs.ledger import Ledger
from agents.runs.stages import Stages
from agents.scraping.assembly import Scraping
from agents.scraping.kicker import GRACE as SCRAPER_GRACE
from agents.scraping.kicker import TIMER as SCRAPER_TIMER
from agents.scraping.message import ScrapeJobMessage, scrape_kind
from agents.scraping.worker import JOB_LEASE_SECONDS
from agents.taste.analysis import TasteAnalysis, wardrobe_words
from agents.taste.likes import Intake
from agents.taste.message import TasteJobMessage, taste_kind
from agents.taste.projection import Projection
from agents.taste.words import taste_words
from agents.watch.assembly import Watch
from agents.watch.timers import WatchedTimer
from shared import observe
from shared.build import marks_of
from shared.errors import ConfigurationError
from shared.queues import unwrap
from shared.retry import QuickRetry, Redelivery
from shared.schedules import DIGEST as DIGEST_SCHEDULE
from shared.schedules import MOODS as MOODS_SCHEDULE
from shared.schedules import SCRAPER as SCRAPER_SCHEDULE
from shared.scraping.polite import PoliteFetcher
from shared.services import Services, build
from shared.settings import Settings
from shared.telemetry import log_event

logger = logging.getLogger(__name__)
DEAD_LETTER_FUNCTIONS: Final = {
    TASTE: "ProcessTasteAnalysisJobDlq", DIGEST: "ProcessDigestJobDlq", SCRAPE: "ProcessScrapeJobDlq",
}  # fmt: skip
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
        policy = job_policy(settings)
        taste_lives = Jobs(store=store, clock=clock, container=taste.container, policy=policy)
        digest_lives = Jobs(store=store, clock=clock, container=digest.container, policy=policy)
        longer = replace(policy, lease_seconds=JOB_LEASE_SECONDS)
        scrape_lives = Jobs(store=store, clock=clock, container=scrape.container, policy=longer)
        on_call = OnCall.of(
            store=store, queues=queues, clock=clock, kinds=all_kinds, queue=settings.run_commands_queue_name
        )  # fmt: skip
        reconciler = Reconciler(
            store=store, queues=queues, clock=clock, kinds=all_kinds, fates=on_call.fates, operations=on_call.replays
        )  # fmt: skip
        intake = Intake(store=store, queues=queues, clock=clock, jobs=taste_lives, queue=taste.queue)
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
            taste_jobs=Runner(
                kind=taste, workflow=taste_analysis(services), jobs=taste_lives, queues=queues, clock=clock,
                dead_letters=dead_letters[taste.name],
            ),
            digest_jobs=Runner(
                kind=digest, workflow=digest_composer(services), jobs=digest_lives, queues=queues, clock=clock,
                dead_letters=dead_letters[digest.name], at_once=settings.weekly_digest_max_concurrency,
            ),
            scrape_jobs=Runner(
                kind=scrape, workflow=scraping.worker, jobs=scrape_lives, queues=queues, clock=clock,
                dead_letters=dead_letters[scrape.name], at_once=settings.scraper_max_concurrency,
            ),
            dead_letters=dead_letters,
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
                    surveyor=watch.surveyor, rules=watch.rules, preflight=on_call.preflight, thresholds=watch.thresholds
                ),
            )),
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


class App:
    """Every trigger's work. The services are built at the first call; a wrong setting shows there, with all others."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lock = asyncio.Lock()
        self._built: tuple[Services, Wiring] | None = None

    @observe.invoked("pubsub", "ProcessTasteAnalysisJob")
    async def process_taste_job(self, content: bytes) -> None:
        """Queue trigger: one taste job. Returning acknowledges the message."""
        await (await self._wiring()).taste_jobs.deliver(unwrap(content))

    @observe.invoked("pubsub", "ProcessDigestJob")
    async def process_digest_job(self, content: bytes, dequeue_count: object) -> None:
        """Queue trigger: one user's digest. `dequeue_count` is a hint that costs a read when it is wrong."""
        await (await self._wiring()).digest_jobs.deliver(unwrap(content), redelivered=dequeue_count != 1)

    @observe.invoked("pubsub", "ProcessScrapeJob")
    async def process_scrape_job(self, content: bytes, dequeue_count: object) -> None:
        """Queue trigger: one source, or what belongs to scraping besides. `dequeue_count` as above."""
        await (await self._wiring()).scrape_jobs.deliver(unwrap(content), redelivered=dequeue_count != 1)

    async def persist_dead_letter(self, kind: str, content: bytes) -> None:
        """Queue trigger: one dead letter of a kind of job. Returning acknowledges the message."""
        with observe.invocation("pubsub", DEAD_LETTER_FUNCTIONS.get(kind, kind)):
            await (await self._wiring()).dead_letters[kind].persist(unwrap(content))

    @observe.invoked("timer", "SweepDeadLetters", cron="30 */5 * * * *")
    async def sweep_dead_letters(self) -> None:
        """Timer: take in what the dead-letter triggers cannot see."""
        for dead_letters in (await self._wiring()).dead_letters.values():
            await dead_letters.sweep()

    @observe.invoked("timer", "ReconcileJobs", cron="0 */10 * * * *")
    async def reconcile(self) -> None:
        """Timer: mend what a crash left behind."""
        wiring = await self._wiring()
        repairs = await wiring.reconciler.run()
        await wiring.watch.dog.repaired(len(repairs))
        await wiring.commands.rescue()

    @observe.invoked("timer", "OpsWatch", cron="0 */5 * * * *")
    async def watch(self) -> None:
        """Timer: look whether on-call has to hear of something."""
        await (await self._wiring()).watch.dog.look()

    @observe.invoked("timer", "PluckItWeeklyDigest", cron=DIGEST_SCHEDULE.ncrontab)
    async def plan_digests(self) -> None:
        """Timer: begin the digests of the week; the plan itself goes in stages through the commands' queue."""
        await (await self._wiring()).commands.start_slot(DIGEST_TIMER, DIGEST_SCHEDULE, grace=DIGEST_GRACE)

    @observe.invoked("timer", "PluckItScraper", cron=SCRAPER_SCHEDULE.ncrontab)
    async def kick_scraper(self) -> None:
        """Timer: begin the collection of every due source; the kick itself goes in stages through the commands' queue."""
        await (await self._wiring()).commands.start_slot(SCRAPER_TIMER, SCRAPER_SCHEDULE, grace=SCRAPER_GRACE)

    @observe.invoked("timer", "PluckItMoodProcessor", cron=MOODS_SCHEDULE.ncrontab)
    async def process_moods(self) -> None:
        """Timer: the moods of the day."""
        wiring = await self._wiring()
        await wiring.ledger.run_slot(MOODS_TIMER, MOODS_SCHEDULE, wiring.moods.run, grace=MOODS_GRACE)

    @observe.invoked("pubsub", "RunOnDemand")
    async def run_command(self, content: bytes) -> None:
        """Queue trigger: the step of an operation on dead letters, or one manual run."""
        wiring, body = await self._wiring(), unwrap(content)
        with observe.processing(wiring.commands.queue, len(body), trace_of(body)):
            if not await wiring.on_call.steps.handle(body):
                await wiring.commands.handle(body)

    async def answer(self, name: str, request: Request) -> Response:
        """HTTP: the endpoint `name` answers."""
        with observe.invocation("http", name) as watched:
            response = await self._answer(name, request)
            observe.answered(watched, response.status)
            return response

    async def _answer(self, name: str, request: Request) -> Response:
        try:
            wiring = await self._wiring()
        except ConfigurationError as error:
            log_event(logger, "the settings are wrong", level=logging.CRITICAL, problems=str(error).splitlines())
            return problem(503, "Service Unavailable", "The app's settings are wrong; its log names every one of them.")
        return await wiring.api.answer(name, request)

    async def close(self) -> None:
        """Close what was built; for a host that can tell its app to end, as devhost does and Azure does not."""
        built, self._built = self._built, None
        if built is not None:
            await built[0].close()

    async def _wiring(self) -> Wiring:
        """Raise `ConfigurationError`, which names every wrong setting."""
        if self._built is None:
            async with self._lock:
                if self._built is None:
                    services = await build(Settings.from_environment(self._environ), environ=self._environ)
                    self._built = services, Wiring.of(services)
                    observe.cold_start()
        return self._built[1]
