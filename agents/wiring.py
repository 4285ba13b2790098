"""Wires the workflows to one set of services, the real ones or a test's: which gets which collaborator is said here and in
`agents.assembly` alone.

Here are the jobs, and only what the first of a kind needs is imported with it: an instance that was started for more taste
jobs loads neither endpoints nor timers, nor the other kinds' work.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from agents.dead_letters.persister import DeadLetters
from agents.jobs.decide import JobPolicy
from agents.jobs.delivery import Runner, Workflow
from agents.jobs.kinds import AnyKind, JobKinds
from agents.jobs.lifecycle import Jobs
from agents.pauses.book import PauseBook
from agents.scraper.message import scrape_kind
from agents.taste_analysis.message import taste_kind
from agents.weekly_digest.message import digest_kind
from shared.queues.base import Queues
from shared.queues.claim_check import ClaimChecks
from shared.services import Services
from shared.settings import Settings

if TYPE_CHECKING:
    from agents.api.http import Api
    from agents.assembly import Assembly
    from agents.holding import PauseKeeper
    from agents.mood_processor.processor import MoodProcessor
    from agents.reconciler import Reconciler
    from agents.replays.assembly import OnCall
    from agents.runs.commands import Commands
    from agents.runs.ledger import Ledger
    from agents.scraper.assembly import Scraping
    from agents.taste_analysis.likes import Intake
    from agents.users.erasure import Erasures
    from agents.watch.assembly import Watch


class WorkflowParts:
    """What a workflow may be built of: the services, and what several workflows share."""

    def __init__(self, services: Services, scraping: Callable[[], "Scraping"]) -> None:
        self.services = services
        self._scraping = scraping

    @property
    def scraping(self) -> "Scraping":
        """The parts of scraping, made for whoever asks first."""
        return self._scraping()


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
MANIFESTS: Final = {kind.name: kind for kind in (row.described() for row in KINDS)}  # as they are without any setting


class Runners(Mapping[str, Runner[Any]]):
    """A runner a kind of job, each made when it is first asked for: with it comes the code of its workflow."""

    def __init__(self, names: tuple[str, ...], make: Callable[[str], Runner[Any]]) -> None:
        self._names = names
        self._make = make
        self._made: dict[str, Runner[Any]] = {}

    def __getitem__(self, name: str) -> Runner[Any]:
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Wiring:
    """Every workflow of the app, wired to one set of services. `runners` and `dead_letters`: by the name of the kind of job;
    `chores`: by the name of the timer.
    """

    def __init__(self, services: Services) -> None:
        settings, store, clock = services.settings, services.store, services.clock
        self._services = services
        self._rows = {kind.name: (row, kind) for row, kind in ((row, row.of(settings)) for row in KINDS)}
        self.kinds: JobKinds = JobKinds(tuple(kind for _, kind in self._rows.values()))
        self.queues: Queues = ClaimChecks(services.queues, store=store, clock=clock)
        self.book = PauseBook(store=store, clock=clock)
        self.jobs: Mapping[str, Jobs[Any]] = {kind.name: Jobs(store=store, clock=clock, kind=kind) for kind in self.kinds}
        self.dead_letters: Mapping[str, DeadLetters] = {
            kind.name: DeadLetters(store=store, queues=self.queues, clock=clock, kind=kind) for kind in self.kinds
        }
        self.runners: Mapping[str, Runner[Any]] = Runners(tuple(self._rows), self._runner)

    def queue(self, kind: str) -> str:
        """Return the queue of a kind."""
        return self._rows[kind][1].queue

    @classmethod
    def of(cls, services: Services) -> "Wiring":
        """Wire the workflows."""
        return cls(services)

    def _runner(self, name: str) -> Runner[Any]:
        row, kind = self._rows[name]
        return Runner(
            kind=kind, workflow=row.workflow(WorkflowParts(self._services, lambda: self.scraping), kind), jobs=self.jobs[name],
            queues=self.queues, clock=self._services.clock, dead_letters=self.dead_letters[name], pauses=self.book,
        )  # fmt: skip

    @cached_property
    def scraping(self) -> "Scraping":
        """The parts of scraping: one set a process, since it keeps the pace of every host."""
        return scraping_of(self._services, self._rows["scrape"][1], self.queues)

    @cached_property
    def assembly(self) -> "Assembly":
        """What is no job's work."""
        from agents.assembly import Assembly  # noqa: PLC0415  (half a second of imports, which no job needs)

        return Assembly.of(self._services, self)

    @property
    def intake(self) -> "Intake":
        """Takes in likes."""
        return self.assembly.intake

    @property
    def chores(self) -> Mapping[str, Callable[[], Awaitable[object]]]:
        """What timers do that keep no ledger."""
        return self.assembly.chores

    @property
    def reconciler(self) -> "Reconciler":
        """Sets going again what a crash left behind."""
        return self.assembly.reconciler

    @property
    def on_call(self) -> "OnCall":
        """What on-call does with dead letters."""
        return self.assembly.on_call

    @property
    def erasures(self) -> "Erasures":
        """Erases persons."""
        return self.assembly.erasures

    @property
    def ledger(self) -> "Ledger":
        """The runs of the timers."""
        return self.assembly.ledger

    @property
    def moods(self) -> "MoodProcessor":
        """Learns the moods."""
        return self.assembly.moods

    @property
    def commands(self) -> "Commands":
        """Runs on demand, and their stages."""
        return self.assembly.commands

    @property
    def watch(self) -> "Watch":
        """The watchdog and what it shows."""
        return self.assembly.watch

    @property
    def holding(self) -> "PauseKeeper":
        """Pauses and resumes."""
        return self.assembly.holding

    @property
    def api(self) -> "Api":
        """The endpoints."""
        return self.assembly.api


def taste_analysis(services: Services, kind: AnyKind) -> Workflow[Any]:
    """Return the taste jobs' workflow over these services."""
    from agents.taste_analysis.analysis import TasteAnalysis, wardrobe_words  # noqa: PLC0415  (of the kind that comes alone)
    from agents.taste_analysis.projection import Projection  # noqa: PLC0415

    store, clock = services.store, services.clock
    return TasteAnalysis(
        store=store, clock=clock, chat=services.chat, embeddings=services.embeddings, pictures=services.pictures,
        projection=Projection(store=store, clock=clock), quick=kind.policy.quick,
        synonym_threshold=services.synonym_threshold,
        words=wardrobe_words(store) if services.settings.model_provider == "local" else None,
    )  # fmt: skip


def digest_composer(services: Services, kind: AnyKind) -> Workflow[Any]:
    """Return the digest jobs' workflow over these services."""
    from agents.taste_analysis.words import taste_words  # noqa: PLC0415
    from agents.weekly_digest.composer import DigestComposer  # noqa: PLC0415

    return DigestComposer(
        store=services.store, clock=services.clock, chat=services.chat, quick=kind.policy.quick,
        taste=taste_words(services.store, services.clock),
    )  # fmt: skip


def scraping_of(services: Services, kind: AnyKind, queues: Queues) -> "Scraping":
    """Return the parts of scraping over these services. Its polite fetcher keeps the pace of every host: one a process."""
    from agents.scraper.assembly import Scraping  # noqa: PLC0415
    from shared.scraping.polite import PoliteFetcher  # noqa: PLC0415

    return Scraping.of(
        store=services.store, queues=queues, clock=services.clock, embeddings=services.embeddings,
        fetch=PoliteFetcher(services.fetcher, clock=services.clock), quick=kind.policy.quick, queue=kind.queue,
        decoder=services.decoder,
    )  # fmt: skip
