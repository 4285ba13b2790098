"""Wires the workflows to the services, and is what the triggers call. Everything the app consists of is imported here.

`Wiring` is what a test builds with services of its own; `App` builds the real services, once, in the running loop.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from agents.api.http import Api, Request, Response, problem
from agents.api.operations import OperationsEndpoints
from agents.api.runs import RunsEndpoints
from agents.api.taste import TasteEndpoints
from agents.jobs.dead_letters import DeadLetters
from agents.jobs.delivery import Runner
from agents.jobs.kinds import JobKinds
from agents.jobs.life import JobPolicy, Jobs
from agents.jobs.reconciler import Reconciler
from agents.jobs.replays import Replays
from agents.moods.feeds import MoodFeeds
from agents.moods.names import MoodNames, thresholds_of
from agents.moods.processor import GRACE as MOODS_GRACE
from agents.moods.processor import TIMER as MOODS_TIMER
from agents.moods.processor import MoodProcessor
from agents.runs.commands import Commands
from agents.runs.ledger import Ledger
from agents.taste.analysis import TasteAnalysis, wardrobe_words
from agents.taste.likes import Intake
from agents.taste.message import TasteJobMessage, taste_kind
from agents.taste.projection import Projection
from shared.errors import ConfigurationError
from shared.queues import unwrap
from shared.retry import QuickRetry, Redelivery
from shared.schedules import MOODS as MOODS_SCHEDULE
from shared.services import Services, build
from shared.settings import Settings
from shared.store.containers import JOBS
from shared.telemetry import log_event

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wiring:
    """Every workflow of the app, wired to one set of services."""

    intake: Intake
    runner: Runner[TasteJobMessage]
    dead_letters: DeadLetters
    reconciler: Reconciler
    replays: Replays
    ledger: Ledger
    moods: MoodProcessor
    commands: Commands
    api: Api

    @classmethod
    def of(cls, services: Services) -> "Wiring":
        """Wire the workflows."""
        settings, store, queues, clock = services.settings, services.store, services.queues, services.clock
        taste = taste_kind(settings.taste_job_queue_name, settings.taste_job_dead_letter_queue_name)
        kinds = JobKinds((taste,))
        jobs = Jobs(store=store, clock=clock, container=JOBS.key, policy=job_policy(settings))
        analysis = TasteAnalysis(
            store=store, clock=clock, chat=services.chat, embeddings=services.embeddings, pictures=services.pictures,
            projection=Projection(store=store, clock=clock), quick=quick_retry_policy(settings),
            synonym_threshold=services.synonym_threshold,
            words=wardrobe_words(store) if settings.model_provider == "local" else None,
        )  # fmt: skip
        reconciler = Reconciler(store=store, queues=queues, clock=clock, kinds=kinds)
        intake = Intake(store=store, queues=queues, clock=clock, jobs=jobs, queue=taste.queue)
        replays = Replays(store=store, queues=queues, clock=clock, kinds=kinds)
        dead_letters = DeadLetters(store=store, queues=queues, clock=clock, kind=taste)
        ledger = Ledger(store=store, clock=clock)
        moods = mood_processor(services)
        commands = Commands(
            ledger=ledger, queues=queues, queue=settings.run_commands_queue_name, works={MOODS_TIMER: moods.run}
        )  # fmt: skip
        return cls(
            intake=intake,
            runner=Runner(kind=taste, workflow=analysis, jobs=jobs, queues=queues, clock=clock, dead_letters=dead_letters),
            dead_letters=dead_letters,
            reconciler=reconciler,
            ledger=ledger,
            moods=moods,
            commands=commands,
            replays=replays,
            api=Api.of((
                TasteEndpoints(store=store, clock=clock, intake=intake),
                OperationsEndpoints(store=store, clock=clock, reconciler=reconciler, replays=replays),
                RunsEndpoints(store=store, clock=clock, ledger=ledger, commands=commands),
            )),
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

    async def process_taste_job(self, content: bytes) -> None:
        """Queue trigger: one taste job. Returning acknowledges the message."""
        await (await self._wiring()).runner.deliver(unwrap(content))

    async def persist_dead_letter(self, content: bytes) -> None:
        """Queue trigger: one dead letter. Returning acknowledges the message."""
        await (await self._wiring()).dead_letters.persist(unwrap(content))

    async def sweep_dead_letters(self) -> None:
        """Timer: take in what the dead-letter trigger cannot see."""
        await (await self._wiring()).dead_letters.sweep()

    async def reconcile(self) -> None:
        """Timer: mend what a crash left behind."""
        await (await self._wiring()).reconciler.run()

    async def process_moods(self) -> None:
        """Timer: the moods of the day."""
        wiring = await self._wiring()
        await wiring.ledger.run_slot(MOODS_TIMER, MOODS_SCHEDULE, wiring.moods.run, grace=MOODS_GRACE)

    async def run_command(self, content: bytes) -> None:
        """Queue trigger: one manual run."""
        await (await self._wiring()).commands.handle(unwrap(content))

    async def answer(self, name: str, request: Request) -> Response:
        """HTTP: the endpoint `name` answers."""
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
        return self._built[1]
