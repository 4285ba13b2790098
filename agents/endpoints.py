"""Which endpoints there are, and what each asks of the workflows: an object each, in the order of the API's document."""

from functools import partial
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
from agents.doctor import Doctor
from agents.holding import PauseKeeper
from agents.jobs.kinds import DIGEST, SCRAPE, JobKinds
from agents.jobs.listing import JobListing
from agents.mood_processor.extraction import EXTRACT
from agents.mood_processor.names import SAME
from agents.pauses.book import PauseBook
from agents.reconciler import Reconciler
from agents.replays.assembly import OnCall
from agents.replays.operations import Operations
from agents.runs.commands import Commands
from agents.runs.ledger import Ledger
from agents.scraper.assembly import Scraping
from agents.taste_analysis.analysis import DESCRIBE
from agents.taste_analysis.likes import Intake
from agents.taste_analysis.withdrawal import Withdrawals
from agents.timeline.reading import Timelines
from agents.users.erasure import Erasures
from agents.watch.assembly import Watch
from agents.watch.history.keeper import PointKeeper
from agents.weekly_digest.prompt import COMPOSE
from agents.weekly_digest.standing import DigestStandings
from shared.chat.base import Question
from shared.observe.prices import Prices
from shared.queues.base import Queues
from shared.services import Services
from shared.settings import Settings, queue_names
from shared.store.probe import StoreProbe

QUESTIONS: Final[tuple[Question[Any], ...]] = (DESCRIBE, EXTRACT, SAME, COMPOSE)  # all that a model is asked
RUN_BY_QUEUE: Final = {timers.DIGEST.name: DIGEST, timers.SCRAPER.name: SCRAPE}


def api_of(
    services: Services,
    *,
    queues: Queues,
    kinds: JobKinds,
    containers: StoreProbe,
    book: PauseBook,
    intake: Intake,
    withdrawals: Withdrawals,
    erasures: Erasures,
    scraping: Scraping,
    ledger: Ledger,
    commands: Commands,
    on_call: OnCall,
    reconciler: Reconciler,
    holding: PauseKeeper,
    watch: Watch,
) -> Api:
    """Return the API over these workflows."""
    store, clock = services.store, services.clock
    listing, rights = JobListing(store=store, kinds=kinds), rights_of(services.settings)
    return described((
        TasteEndpoints(store=store, clock=clock, intake=intake, withdrawals=withdrawals),
        JobEndpoints(listing=listing, timelines=Timelines(store=store, clock=clock, kinds=kinds, listing=listing)),
        series_endpoints(services, watch),
        UserEndpoints(store=store, clock=clock, erasures=erasures),
        OperationsEndpoints(containers=containers, clock=clock, reconciler=reconciler),
        DeadLetterEndpoints(inspection=on_call.inspection, repairs=on_call.repairs),
        replay_endpoints(services, kinds, on_call),
        DoctorEndpoints(doctor=doctor_of(services, queues), clock=clock),
        runs_endpoints(services, kinds, book=book, ledger=ledger, commands=commands),
        digest_endpoints(services, kinds, queues, watch),
        ScraperEndpoints(store=store, intake=scraping.intake),
        ConsoleEndpoints(),
        WatchEndpoints(collector=watch.collector, rules=watch.rules, preflight=on_call.preflight, thresholds=watch.thresholds),
        AlertEndpoints(quieting=watch.quieting),
        PauseEndpoints(holding=holding),
        CallerEndpoints(rights=rights),
    ), rights)  # fmt: skip


def series_endpoints(services: Services, watch: Watch) -> SeriesEndpoints:
    """Return what shows figures over time: what was measured, what was done meanwhile, what the models' tokens cost."""
    settings, store, clock = services.settings, services.store, services.clock
    return SeriesEndpoints(
        points=PointKeeper(store=store, clock=clock), memory=watch.collector.memory_store,
        operations=Operations(store=store, clock=clock), clock=clock,
        prices=Prices(settings.model_prices, settings.model_prices_currency),
    )  # fmt: skip


def replay_endpoints(services: Services, kinds: JobKinds, on_call: OnCall) -> ReplayEndpoints:
    """Return what replays, purges and retries; the queues that jobs come from are named to who names another."""
    return ReplayEndpoints(
        replays=on_call.replays, preflight=on_call.preflight, clock=services.clock,
        queues=(*(kind.queue for kind in kinds), services.settings.run_commands_queue_name),
    )  # fmt: skip


def runs_endpoints(
    services: Services, kinds: JobKinds, *, book: PauseBook, ledger: Ledger, commands: Commands
) -> RunsEndpoints:  # fmt: skip
    """Return what shows the timers' runs and begins them; one that sends jobs waits for their queue too, while it is paused."""
    waiting = {kind.name: kind.queue for kind in kinds}
    return RunsEndpoints(
        store=services.store, clock=services.clock, ledger=ledger, commands=commands, book=book,
        queues={timer: waiting[kind] for timer, kind in RUN_BY_QUEUE.items()},
    )  # fmt: skip


def digest_endpoints(services: Services, kinds: JobKinds, queues: Queues, watch: Watch) -> DigestEndpoints:
    """Return what shows digests, and why a person has none; the watchdog remembers since when the timer is known."""
    [kind] = [kind for kind in kinds if kind.name == DIGEST]
    known_since = partial(watch.collector.memory_store.known_since, timers.DIGEST.name)
    standings = DigestStandings(
        store=services.store, queues=queues, clock=services.clock, kind=kind, known_since=known_since
    )  # fmt: skip
    return DigestEndpoints(store=services.store, standings=standings)


def rights_of(settings: Settings) -> Rights:
    """Return what these settings ask of a caller."""
    key = settings.ops_action_key
    return Rights(key.get_secret_value() if key else None, easy_auth=settings.easy_auth)


def doctor_of(services: Services, queues: Queues) -> Doctor:
    """Return who looks whether a deployment has all it needs."""
    settings = services.settings
    return Doctor(
        store=services.store, queues=queues, clock=services.clock, chat=services.chat, embeddings=services.embeddings,
        queue_names=queue_names(settings), provider=settings.model_provider, deployed=settings.on_azure,
        embedded=settings.cosmos_endpoint is None, questions=QUESTIONS,
    )  # fmt: skip
