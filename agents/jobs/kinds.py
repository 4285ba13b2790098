"""What the machinery of jobs must know of a kind: its queues, its documents, its messages, and what proves its effect."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic

from agents.jobs.messages import M
from shared.store.base import Document

TASTE: Final = "taste-analysis"
DIGEST: Final = "weekly-digest"
SCRAPE: Final = "scrape"


@dataclass(frozen=True, slots=True)
class Marker:
    """The document whose existence says that a job's effect is stored."""

    container: str
    item_id: str
    partition: str


@dataclass(frozen=True, slots=True)
class JobKind(Generic[M]):
    """One kind of job. `parse` raises as `messages.read` does; `fields` are the kind's own of a new job document, at an
    instant, its `payload` among them; `marker` is None where nothing proves the effect.

    `lazy`: the first delivery of a message writes no job document. For kinds whose effect is created once under an id of its
    own, so that a document is worth its price only when something has gone wrong.
    """

    name: str
    container: str
    queue: str
    dead_letter_queue: str
    parse: Callable[[bytes], M]
    fields: Callable[[M, str], Mapping[str, Any]]
    marker: Callable[[Document], Marker | None] = field(default=lambda _job: None)
    lazy: bool = False


AnyKind = JobKind[Any]


@dataclass(frozen=True, slots=True)
class JobKinds:
    """All kinds. A document that names none is a taste job: those are older than the others."""

    kinds: tuple[AnyKind, ...]

    def __iter__(self) -> Iterator[AnyKind]:
        """Iterate over the kinds."""
        return iter(self.kinds)

    def of(self, document: Document) -> AnyKind | None:
        """Return the kind of a job's document or dead letter, None for one that this build does not know."""
        name = document.get("kind") or TASTE
        return next((kind for kind in self.kinds if kind.name == name), None)

    @property
    def containers(self) -> tuple[str, ...]:
        """The containers of job documents, each once."""
        return tuple(dict.fromkeys(kind.container for kind in self.kinds))
