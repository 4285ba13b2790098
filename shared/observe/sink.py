"""Where events go: nowhere, until `setup.start` has found telemetry's settings. The port has no word of OpenTelemetry.

Without telemetry an event costs one look at an attribute, and a watched block enters and leaves one object that does nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Literal, Protocol, Self

Attribute = str | int | float | bool | tuple[str, ...]
Attributes = Mapping[str, Attribute]
SpanKind = Literal["server", "client", "producer", "consumer", "internal"]


class Watched(Protocol):
    """A block of work that is being watched. Leaving it by an exception is a failure, but for the store's conflicts."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None:
        """End."""

    def note(self, name: str, value: Attribute) -> None:
        """Set an attribute: of the span, and of the metrics that have it in the table."""

    def failed(self, error_type: str) -> None:
        """Say that the work has failed although nothing is raised; `error_type` is one of few words."""


class Unwatched:
    """Stands for every watched block while there is no telemetry."""

    __slots__ = ()

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def note(self, name: str, value: Attribute) -> None:
        """Do nothing."""

    def failed(self, error_type: str) -> None:
        """Do nothing."""


UNWATCHED: Final = Unwatched()


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """What is to be watched. `span`: its name, None for no span; `attributes`: of the span and, where the table has them, of
    the metrics; `duration`: the histogram that takes the seconds; `counts`: the counter that takes one at the end, `successes`
    and `failures` those that take one if it ended well or failed.

    `parent`: a `traceparent` that the span continues; `alone`: the span begins a trace of its own, linked to the one around.
    """

    span: str | None
    kind: SpanKind
    attributes: Attributes = field(default_factory=dict)
    duration: str | None = None
    counts: str | None = None
    successes: str | None = None
    failures: str | None = None
    parent: str | None = None
    alone: bool = False


class Sink(Protocol):
    """Takes events. Never raises, and never waits."""

    def record(self, instrument: str, value: float, attributes: Attributes) -> None:
        """Add to a counter, or record in a histogram, or set a gauge: as the table has it."""

    def watch(self, what: BlockSpec) -> Watched:
        """Return the block to enter."""

    def traceparent(self) -> str | None:
        """Return the `traceparent` of the span around, None where there is none."""


class Switch:
    """Holds the sink. One object, so that an event finds it by one look at an attribute."""

    __slots__ = ("sink",)

    def __init__(self) -> None:
        self.sink: Sink | None = None


SWITCH: Final = Switch()
