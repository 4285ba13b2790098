"""Telemetry as the app knows it: functions that say what happened, blocks that are watched, the trace that goes along.

`from shared import observe`, then `observe.lease(kind, "claimed")`. Without settings it all comes to nothing, and
OpenTelemetry is not imported. The table of every span and metric is in `table`, what sets it up in `setup`.
"""

from shared.observe.blocks import (
    answered,
    attempt,
    creating,
    http_call,
    invocation,
    model_answered,
    model_call,
    processing,
    queue_call,
    received,
    request,
    store_call,
    timer,
)
from shared.observe.context import readable
from shared.observe.current import active, trace_id, trace_id_of, traced, traceparent
from shared.observe.events import (
    attempt_timed_out,
    breaker,
    cold_start,
    dead_letter_persisted,
    dead_letter_stored,
    dead_letters_open,
    description_cache,
    embedded,
    job_ended,
    job_finished,
    lease,
    operation_item,
    queue_depth,
    queue_oldest_age,
    repaired,
    request_charge,
    run_ended,
    run_late,
    run_success_age,
    signal,
)
from shared.observe.sink import UNWATCHED, Watched

__all__ = [
    "UNWATCHED", "Watched", "active", "answered", "attempt", "attempt_timed_out", "breaker", "cold_start", "creating",
    "dead_letter_persisted", "dead_letter_stored", "dead_letters_open", "description_cache", "embedded", "http_call",
    "invocation", "job_ended", "job_finished", "lease", "model_answered", "model_call", "operation_item", "processing",
    "queue_call", "queue_depth", "queue_oldest_age", "readable", "received", "repaired", "request", "request_charge",
    "run_ended", "run_late", "run_success_age", "signal", "store_call", "timer", "trace_id", "trace_id_of", "traced",
    "traceparent",
]  # fmt: skip
