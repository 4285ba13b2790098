"""Which trace this task works in."""

from collections.abc import Mapping
from typing import Any

from shared.observe.context import TraceContext, carried
from shared.observe.sink import SWITCH


def active() -> bool:
    """Whether there is telemetry: asked where what an event tells would have to be computed first."""
    return SWITCH.sink is not None


def traceparent() -> str | None:
    """Return the `traceparent` for what this task causes elsewhere; None outside a trace."""
    sink = SWITCH.sink
    return sink.traceparent() if sink is not None else carried()


def traced(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message's body with the `traceparent` of this task, where there is one."""
    trace = traceparent()
    return {**body, "traceparent": trace} if trace else body


def trace_id_of(*traceparents: object) -> str | None:
    """Return the trace of the first `traceparent` that is one."""
    contexts = (TraceContext.parse(one) for one in traceparents)
    return next((context.trace_id for context in contexts if context is not None), None)


def trace_id() -> str | None:
    """Return the trace that this task works in, for log lines."""
    context = TraceContext.parse(traceparent())
    return context.trace_id if context else None
