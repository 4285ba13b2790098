"""The one module that knows OpenTelemetry's API: the table's instruments, and spans around watched blocks.

Imported only when telemetry is set up. A failure is told by one word: neither the error's text nor its stack goes out, since
they may hold what a user or a stranger wrote.
"""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.metrics import Counter, Histogram, MeterProvider
from opentelemetry.metrics import _Gauge as Gauge
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags, TracerProvider
from opentelemetry.trace.status import Status, StatusCode

from shared.errors import ProcessorError, Reason, StoreConflict
from shared.observe.context import TraceContext, carried
from shared.observe.sink import Attribute, Attributes, BlockSpec, Watched
from shared.observe.table import INSTRUMENTS, Instrument, instrument_of_jobs

if TYPE_CHECKING:
    from contextvars import Token

SCOPE: Final = "pluckit-processor"
KINDS: Final = {
    "server": SpanKind.SERVER, "client": SpanKind.CLIENT, "producer": SpanKind.PRODUCER, "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}  # fmt: skip
_ALLOWED: Final = {one.name: frozenset(one.attributes) for one in INSTRUMENTS}


class OpenTelemetrySink:
    """A `Sink` over a tracer and a meter provider."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self._tracer = tracers.get_tracer(SCOPE)
        self._meter = meters.get_meter(SCOPE)
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        self._gauges: dict[str, Gauge] = {}
        for one in INSTRUMENTS:
            self._add(one)

    def _add(self, one: Instrument) -> None:
        if one.kind == "counter":
            self._counters[one.name] = self._meter.create_counter(one.name, one.unit, one.description)
        elif one.kind == "gauge":
            self._gauges[one.name] = self._meter.create_gauge(one.name, one.unit, one.description)
        else:
            self._histograms[one.name] = self._meter.create_histogram(
                one.name, one.unit, one.description, explicit_bucket_boundaries_advisory=one.buckets
            )

    def record(self, instrument: str, value: float, attributes: Attributes) -> None:
        """Record; see the port. The metrics of a kind of job begin with its first one."""
        if instrument not in self._counters and instrument not in self._histograms and instrument not in self._gauges:
            self._add(instrument_of_jobs(instrument))
        if instrument in self._counters:
            self._counters[instrument].add(value, attributes)
        elif instrument in self._histograms:
            self._histograms[instrument].record(value, attributes)
        else:
            self._gauges[instrument].set(value, attributes)

    def watch(self, what: BlockSpec) -> Watched:
        """Return the block; see the port."""
        return _SpanBlock(self, what)

    def traceparent(self) -> str | None:
        """Return the current span's; see the port."""
        current = trace.get_current_span().get_span_context()
        return str(_described(current)) if current.is_valid else carried()

    def start(self, what: BlockSpec) -> Span:
        """Start the span of a block: where it continues a trace that came as text, it is linked to the span around."""
        around = trace.get_current_span().get_span_context()
        parent = TraceContext.parse(what.parent)
        context, links = None, []
        if what.alone:
            context = otel_context.Context()
        elif parent is not None and not (around.is_valid and _described(around).trace_id == parent.trace_id):
            context = trace.set_span_in_context(NonRecordingSpan(_remote(parent)))
        if context is not None and around.is_valid:
            links.append(Link(around))
        return self._tracer.start_span(
            what.span or "", context=context, kind=KINDS[what.kind], attributes=what.attributes, links=links,
            record_exception=False, set_status_on_exception=False,
        )  # fmt: skip


class _SpanBlock:
    """One watched block. Seconds are those of the machine's own clock, which nothing sets back."""

    __slots__ = ("_attributes", "_error", "_sink", "_span", "_started", "_token", "_what")

    def __init__(self, sink: OpenTelemetrySink, what: BlockSpec) -> None:
        self._sink = sink
        self._what = what
        self._attributes: dict[str, Attribute] = dict(what.attributes)
        self._error = ""
        self._span: Span | None = None
        self._token: Token[otel_context.Context] | None = None
        self._started = 0.0

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        if self._what.span is not None:
            self._span = self._sink.start(self._what)
            self._token = otel_context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_back: TracebackType | None, /
    ) -> None:
        if kind is not None and not issubclass(kind, StoreConflict):
            self.failed(error_word(error) if error is not None else kind.__name__)
        self._measure(time.perf_counter() - self._started)
        if self._token is not None:
            otel_context.detach(self._token)
        if self._span is not None:
            self._span.end()

    def note(self, name: str, value: Attribute) -> None:
        self._attributes[name] = value
        if self._span is not None:
            self._span.set_attribute(name, value)

    def failed(self, error_type: str) -> None:
        self._error = error_type
        self.note("error.type", error_type)
        if self._span is not None:
            self._span.set_status(Status(StatusCode.ERROR))

    def _measure(self, seconds: float) -> None:
        """Record while the span is still the current one: its trace is the example of the measurement."""
        what = self._what
        taken = {what.counts: 1.0, what.duration: seconds, (what.failures if self._error else what.successes): 1.0}
        for name, value in taken.items():
            if name is not None:
                self._sink.record(name, value, allowed(name, self._attributes))


def allowed(instrument: str, attributes: Attributes) -> Mapping[str, Attribute]:
    """Return those attributes that the table gives the instrument: a span has some that would be a time series each."""
    names = _ALLOWED[instrument]
    return {name: value for name, value in attributes.items() if name in names}


def error_word(error: BaseException) -> str:
    """Return one of few words for an error: its reason where it has one, else its class."""
    if isinstance(error, ProcessorError) and error.reason is not Reason.UNKNOWN:
        return error.reason.value
    return type(error).__name__


def _described(context: SpanContext) -> TraceContext:
    return TraceContext(f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled)


def _remote(context: TraceContext) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if context.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(context.trace_id, 16), int(context.span_id, 16), is_remote=True, trace_flags=flags)
