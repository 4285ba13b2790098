"""What the triggers call, a method a trigger. The services behind are built at the first call, once, in the running loop."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from agents.api.http import Request, Response, problem
from agents.jobs.kinds import DIGEST, SCRAPE, TASTE
from agents.jobs.messages import trace_of
from agents.mood_processor.processor import GRACE as MOODS_GRACE
from agents.mood_processor.processor import TIMER as MOODS_TIMER
from agents.runs.schedule import DIGEST as DIGEST_SCHEDULE
from agents.runs.schedule import MOODS as MOODS_SCHEDULE
from agents.runs.schedule import SCRAPER as SCRAPER_SCHEDULE
from agents.scraper.kicker import GRACE as SCRAPER_GRACE
from agents.scraper.kicker import TIMER as SCRAPER_TIMER
from agents.taste_analysis.sweep import CRON as SWEEP_CRON
from agents.weekly_digest.planner import GRACE as DIGEST_GRACE
from agents.weekly_digest.planner import TIMER as DIGEST_TIMER
from agents.wiring import Wiring
from shared import observe
from shared.errors import ConfigurationError
from shared.observe.log import log_event
from shared.queues.base import unwrap
from shared.services import Services, build
from shared.settings import Settings

logger = logging.getLogger(__name__)
DEAD_LETTER_FUNCTIONS: Final = {
    TASTE: "ProcessTasteAnalysisJobDlq", DIGEST: "ProcessDigestJobDlq", SCRAPE: "ProcessScrapeJobDlq",
}  # fmt: skip


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

    @observe.invoked("timer", "SweepTaste", cron=SWEEP_CRON)
    async def sweep_taste(self) -> None:
        """Timer: take out of the lists what has faded without a like."""
        await (await self._wiring()).taste_sweep.run()

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
        await (await self._wiring()).watch.dog.run()

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
