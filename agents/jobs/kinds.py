"""The manifest of a kind of job: all that delivery, dead letters, telemetry and the watchdog must know of it, in one value."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, Literal

from agents.jobs.decide import JobPolicy
from agents.jobs.job import Job
from agents.jobs.messages import M
from shared.store.base import Document, Store

TASTE: Final = "taste-analysis"
DIGEST: Final = "weekly-digest"
SCRAPE: Final = "scrape"
KindName = Literal["taste-analysis", "weekly-digest", "scrape"]


@dataclass(frozen=True, slots=True)
class Marker:
    """The document whose existence says that a job's effect is stored."""

    container: str
    item_id: str
    partition: str


@dataclass(frozen=True, slots=True)
class EndedJobs:
    """Where the watchdog sees that jobs of a kind have ended: documents of `container`, at the time in `field`.

    `calls_model`: each of them cost a call of the chat model as well; `uses`: where each says what the models took, for it, for
    the last attempt at it, or for several works at their times; `names_job`: each says which job made it, see
    `agents.jobs.ended`, and is kept by its user.
    """

    container: str
    field: str
    calls_model: bool = False
    uses: str = "lastAttempt"
    names_job: bool = False


@dataclass(frozen=True, slots=True)
class JobKind(Generic[M]):
    """One kind of job. `parse` raises as `messages.read` does; `fields` are the kind's own of a new job document, at an
    instant, its `payload` among them; `marker` is None where nothing proves the effect.

    `family`: the name of its metrics, `wardrobe.<family>.…`; `function` and `dead_letter_function`: its triggers' names;
    `at_once`: how many of its jobs one instance works on together, None for as many as the host hands out.

    `identity`: the fields of the job's document that say what it is about. Ids are hashes of these, joined by a character that
    they may hold themselves, so that two different jobs can have one id: they are told apart by the fields.

    `lazy`: the first delivery of a message writes no job document. For kinds whose effect is created once under an id of its
    own, so that a document is worth its price only when something has gone wrong.

    `taken_back`: of kinds whose jobs somebody may take back, when that was, of what a payload asks for; None if it was not.
    """

    name: str
    family: str
    function: str
    container: str
    queue: str
    dead_letter_queue: str
    parse: Callable[[bytes], M]
    fields: Callable[[M, str], Mapping[str, Any]]
    ended: EndedJobs
    marker: Callable[[Document], Marker | None] = field(default=lambda _job: None)
    identity: tuple[str, ...] = ()
    policy: JobPolicy = field(default_factory=JobPolicy)
    at_once: int | None = None
    lazy: bool = False
    taken_back: Callable[[Store, Mapping[str, Any]], Awaitable[datetime | None]] | None = None

    def is_about(self, job: Job, fields: Mapping[str, Any]) -> bool:
        """Whether a stored job is about the same as a message's `fields`, and not another of the same id."""
        return all(job.document.get(name) == fields.get(name) for name in self.identity)

    async def as_taken_back(self, store: Store, job: Job) -> Job:
        """Return a job with the mark that what asked for it was taken back, also where that is known of its kind alone: a like
        may have been taken back before anything of it was stored. The mark is not stored.
        """
        at = None if job.withdrawn or self.taken_back is None else await self.taken_back(store, job.document)
        return job if at is None else job.marked(at)

    @property
    def dead_letter_function(self) -> str:
        """The trigger of its dead-letter queue."""
        return f"{self.function}Dlq"


AnyKind = JobKind[Any]


@dataclass(frozen=True, slots=True)
class JobKinds:
    """All kinds. A document that names none is a taste job: those are older than the others."""

    kinds: tuple[AnyKind, ...]

    def __iter__(self) -> Iterator[AnyKind]:
        """Iterate over the kinds."""
        return iter(self.kinds)

    def named(self, name: str | None) -> AnyKind | None:
        """Return the kind that a document names, None for one that this build does not know."""
        return next((kind for kind in self.kinds if kind.name == (name or TASTE)), None)

    def of(self, job: Job) -> AnyKind | None:
        """Return the kind of a job, None for one that this build does not know."""
        return self.named(job.kind)

    @property
    def containers(self) -> tuple[str, ...]:
        """The containers of job documents, each once."""
        return tuple(dict.fromkeys(kind.container for kind in self.kinds))
