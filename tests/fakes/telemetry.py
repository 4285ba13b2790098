"""Telemetry in memory: the real SDK and our sink, with exporters that keep what they are given."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.observe.otel import OpenTelemetrySink
from shared.observe.sink import SWITCH


class Recorder:
    """What was exported since it was made."""

    def __init__(self) -> None:
        self._exporter, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._meters = MeterProvider([self._reader], shutdown_on_exit=False)
        self.sink = OpenTelemetrySink(self.tracers, self._meters)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    def metrics(self) -> dict[str, dict[str, Any]]:
        """Every metric as the SDK's own JSON has it, by name. Once: reading it takes the gauges' points away."""
        data = self._reader.get_metrics_data()
        document = json.loads(data.to_json()) if data else {"resource_metrics": []}
        scopes = [scope for resource in document["resource_metrics"] for scope in resource["scope_metrics"]]
        return {metric["name"]: metric for scope in scopes for metric in scope["metrics"]}

    def everything(self) -> str:
        """All that leaves the process, as text."""
        return "\n".join([*(span.to_json() for span in self.spans), json.dumps(self.metrics())])


def trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}"


def points(metric: dict[str, Any]) -> dict[str, float]:
    """A counter's or gauge's values, or a histogram's counts, by their attributes' values in order of their names."""
    return {
        ",".join(str(value) for _, value in sorted(point["attributes"].items())): point.get("value", point.get("count"))
        for point in metric["data"]["data_points"]
    }


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Switch telemetry on for the block."""
    recorder = Recorder()
    SWITCH.sink = recorder.sink
    try:
        yield recorder
    finally:
        SWITCH.sink = None
