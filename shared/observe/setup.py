"""Sets telemetry up where its settings are present, and says which; without them nothing of OpenTelemetry is imported.

`OTEL_EXPORTER_OTLP_ENDPOINT` (or that of one signal): OTLP over HTTP. `APPLICATIONINSIGHTS_CONNECTION_STRING`: Application
Insights. Both: both. The standard `OTEL_*` settings are the SDK's own to read. With
`PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY` Azure's worker has set up the SDK for the whole process, and ours joins it.

Our providers are not made the process's own: the Azure SDKs and others would find them, and their spans carry addresses in
which user ids stand. Fails never: settings that are wrong are logged, and the app works without telemetry.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from shared.observe.log import log_event
from shared.observe.sink import SWITCH, Sink
from shared.observe.version import build_of

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

logger = logging.getLogger(__name__)
SERVICE: Final = "pluckit-processor"
INSIGHTS: Final = "APPLICATIONINSIGHTS_CONNECTION_STRING"
WORKERS_OWN: Final = "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"
OTLP: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
STOP_SECONDS: Final = 3.0
QUIET_SECONDS: Final = 300.0
# The Application Insights exporter would report on itself to Microsoft, and ask there for instructions.
NO_CALLS_HOME: Final = ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL", "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED")
_LOUD: Final = ("opentelemetry", "azure.monitor.opentelemetry.exporter")


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """Where telemetry goes. `workers_own`: to the providers that Azure's worker has set up."""

    otlp_spans: bool = False
    otlp_metrics: bool = False
    insights: str = field(default="", repr=False)
    workers_own: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "ExportPlan":
        """Read the settings."""

        def is_set(name: str, *values: str) -> bool:
            text = environ.get(name, "").strip()
            return text.lower() in values if values else bool(text)

        if is_set("OTEL_SDK_DISABLED", "true"):
            return cls()
        everywhere = is_set(OTLP)
        return cls(
            otlp_spans=(everywhere or is_set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
            and not is_set("OTEL_TRACES_EXPORTER", "none"),
            otlp_metrics=(everywhere or is_set("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))
            and not is_set("OTEL_METRICS_EXPORTER", "none"),
            insights=environ.get(INSIGHTS, "").strip(),
            workers_own=is_set(INSIGHTS) and is_set(WORKERS_OWN, "true", "1"),
        )

    @property
    def wanted(self) -> bool:
        """Whether there is any."""
        return bool(self.otlp_spans or self.otlp_metrics or self.insights)


class Telemetry:
    """What was set up, to be ended."""

    def __init__(self, sink: Sink, ends: tuple[Callable[[], object], ...] = ()) -> None:
        self.sink = sink
        self.ends = ends

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Send what is left, for so many seconds at most: a collector that hangs must not hold a process up."""
        if SWITCH.sink is self.sink:
            SWITCH.sink = None
        threads = [threading.Thread(target=end, daemon=True) for end in self.ends]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds / len(threads))


def start(environ: Mapping[str, str]) -> Telemetry | None:
    """Set telemetry up for the process; None: there is none. Imports for a tenth of a second: call it in a thread."""
    plan = ExportPlan.of(environ)
    if not plan.wanted:
        return None
    if environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf") != "http/protobuf":
        log_event(logger, "OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is spoken here", level=logging.WARNING)
    try:
        telemetry = _joined() if plan.workers_own else None
        telemetry = telemetry or _own(plan, environ)
    except (ImportError, ValueError, TypeError, OSError) as error:  # what SDK and exporters raise for settings of theirs
        log_event(
            logger, "telemetry cannot be set up, the app works without: look at the OTEL_… and APPLICATIONINSIGHTS_… settings",
            level=logging.ERROR, cause=type(error).__name__,
        )  # fmt: skip
        return None
    SWITCH.sink = telemetry.sink
    log_event(
        logger, "telemetry is on", otlpSpans=plan.otlp_spans, otlpMetrics=plan.otlp_metrics, insights=bool(plan.insights),
        workersOwn=not telemetry.ends,
    )  # fmt: skip
    return telemetry


def _joined() -> Telemetry | None:
    """Join the process's providers; None where nobody has set any up, as without Azure's distribution package."""
    from opentelemetry import metrics, trace  # noqa: PLC0415  (only with telemetry)
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    from shared.observe.otel import OpenTelemetrySink  # noqa: PLC0415

    tracers = trace.get_tracer_provider()
    if not isinstance(tracers, TracerProvider):
        return None
    return Telemetry(OpenTelemetrySink(tracers, metrics.get_meter_provider()))


def _own(plan: ExportPlan, environ: Mapping[str, str]) -> Telemetry:
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415  (only with telemetry)
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    from shared.observe.otel import OpenTelemetrySink  # noqa: PLC0415

    named = environ.get("OTEL_SERVICE_NAME") or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    known = {"service.name": SERVICE} if not named else {}
    if "service.version=" not in environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        known["service.version"] = build_of()
    resource = Resource.create(known)
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    spans, metrics = _exporters(plan, tracers)  # what settings are wrong for shows here, before any thread runs
    for exporter in spans:
        tracers.add_span_processor(BatchSpanProcessor(exporter))
    readers = [PeriodicExportingMetricReader(one) for one in metrics]
    meters = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
    _hush()
    return Telemetry(OpenTelemetrySink(tracers, meters), (tracers.shutdown, meters.shutdown))


def _exporters(plan: ExportPlan, tracers: "TracerProvider") -> tuple[list["SpanExporter"], list["MetricExporter"]]:
    spans: list[SpanExporter] = []
    metrics: list[MetricExporter] = []
    if plan.otlp_spans:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  (only with OTLP)

        spans.append(OTLPSpanExporter())
    if plan.otlp_metrics:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415

        metrics.append(OTLPMetricExporter())
    if plan.insights:
        for name in NO_CALLS_HOME:
            os.environ.setdefault(name, "true")
        from azure.monitor.opentelemetry.exporter import (  # noqa: PLC0415  (only with Application Insights)
            AzureMonitorMetricExporter,
            AzureMonitorTraceExporter,
        )

        options: dict[str, Any] = {"connection_string": plan.insights, "disable_offline_storage": True}
        spans.append(AzureMonitorTraceExporter(**options, tracer_provider=tracers))
        metrics.append(AzureMonitorMetricExporter(**options))
    return spans, metrics


class Sparse(logging.Filter):
    """Lets a logger's lines through once in a while: a collector that is down is one fact, not one a batch."""

    def __init__(self, seconds: float = QUIET_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._next: dict[int, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line may pass: its level has been silent long enough."""
        if record.created < self._next.get(record.levelno, 0.0):
            return False
        self._next[record.levelno] = record.created + self._seconds
        return True


def _hush() -> None:
    """Filter the exporters' loggers; a logger's filter does not see its children's lines, so each gets it."""
    sparse = Sparse()
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)  # one of them tells of every success
    for name in list(logging.Logger.manager.loggerDict):
        if name.startswith(_LOUD):
            found = logging.getLogger(name)
            if not any(isinstance(one, Sparse) for one in found.filters):
                found.addFilter(sparse)
