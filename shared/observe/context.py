"""The `traceparent` of W3C Trace Context (level 2, section 3.2): what ties the work of one request together, as text.

It travels in a header, in the body of a message, on a job and on its dead letter. A malformed one is as good as none: it
comes from strangers and must never be an error. Nothing of OpenTelemetry is needed to carry it along.
"""

import re
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Final, Self

_FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Which trace, and which span of it caused what follows; `sampled`: the caller records the trace."""

    trace_id: str
    span_id: str
    sampled: bool

    @classmethod
    def parse(cls, value: object) -> Self | None:
        """Return None for whatever is no `traceparent`: any value may come. A newer version is read as far as we know it."""
        if not isinstance(value, str) or len(value) > _LONGEST:
            return None
        found = _FORM.fullmatch(value.strip())
        if found is None:
            return None
        version, trace_id, span_id, flags, rest = found.groups()
        if version == "ff" or (version == "00" and rest) or not (trace_id.strip("0") and span_id.strip("0")):
            return None
        return cls(trace_id, span_id, bool(int(flags, 16) & 1))

    def __str__(self) -> str:
        """Return the header's value."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def readable(value: object) -> str | None:
    """Return a `traceparent` as we write it, None for what is none."""
    context = TraceContext.parse(value)
    return str(context) if context else None


_CARRIED: ContextVar[str | None] = ContextVar("traceparent", default=None)


def carried() -> str | None:
    """Return what came with the request or message that this task works on."""
    return _CARRIED.get()


class Carrying:
    """A block whose work belongs to the trace of `traceparent`, while no telemetry is set up."""

    __slots__ = ("_token", "_traceparent")

    def __init__(self, traceparent: str) -> None:
        self._traceparent = traceparent
        self._token: Token[str | None] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        self._token = _CARRIED.set(self._traceparent)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        if self._token is not None:
            _CARRIED.reset(self._token)

    def note(self, name: str, value: object) -> None:
        """Do nothing: there is no telemetry."""

    def failed(self, error_type: str) -> None:
        """Do nothing: there is no telemetry."""
