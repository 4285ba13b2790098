"""What sets telemetry up, where it goes, and that nothing of it can hold the app up."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shared.observe.setup import ExportPlan, Sparse, Telemetry, start
from shared.observe.sink import SWITCH
from tests.fakes.telemetry import Recorder

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("environ", "plan"),
    [
        ({}, ExportPlan()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, ExportPlan(otlp_spans=True, otlp_metrics=True)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_METRICS_EXPORTER": "none"}, ExportPlan(otlp_spans=True)),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://c:4318/m"}, ExportPlan(otlp_metrics=True)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "TRUE"}, ExportPlan()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, ExportPlan()),
        ({"OTEL_SERVICE_NAME": "x"}, ExportPlan()),
        ({"APPLICATIONINSIGHTS_CONNECTION_STRING": "I"}, ExportPlan(insights="I")),
        ({"PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true"}, ExportPlan()),
        (
            {"APPLICATIONINSIGHTS_CONNECTION_STRING": "I", "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true"},
            ExportPlan(insights="I", workers_own=True),
        ),
    ],
)
def test_the_settings_say_where_telemetry_goes(environ: dict[str, str], plan: ExportPlan) -> None:
    assert ExportPlan.of(environ) == plan
    assert plan.wanted == bool(plan.otlp_spans or plan.otlp_metrics or plan.insights)


@pytest.mark.parametrize(
    ("name", "value"), [("APPLICATIONINSIGHTS_CONNECTION_STRING", "secret nonsense"), ("OTEL_BSP_MAX_QUEUE_SIZE", "-5")]
)
def test_wrong_settings_leave_the_app_without_telemetry_and_say_so(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(name, value)
    assert start({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", name: value}) is None
    assert SWITCH.sink is None
    assert "telemetry cannot be set up" in caplog.text
    assert "secret" not in caplog.text


WORKERS_OWN = """
import os, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from shared import observe
from shared.observe.setup import start

exporter = InMemorySpanExporter()
if sys.argv[1] == "joined":
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
telemetry = start(os.environ)
with observe.store_call("sqlite", "read", "jobs"):
    pass
print(
    [span.name for span in exporter.get_finished_spans()], type(trace.get_tracer_provider()).__name__,
    len(telemetry.ends), flush=True,
)
os._exit(0)
"""


@pytest.mark.parametrize(
    ("set_up", "told"), [("joined", "['read jobs'] TracerProvider 0"), ("not joined", "[] ProxyTracerProvider 2")]
)
def test_the_workers_providers_are_joined_where_there_are_any_and_ours_are_never_the_processs(set_up: str, told: str) -> None:
    environ = {
        "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=6bd1d4a1-6d1c-4b3a-9d0b-1f2f0d1a7c11;"
        "IngestionEndpoint=http://127.0.0.1:9",
        "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true", "PATH": "/usr/bin", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-c", WORKERS_OWN, set_up]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == told, done.stderr


def test_a_collector_that_hangs_does_not_hold_a_stop_up() -> None:
    release = threading.Event()
    telemetry = Telemetry(Recorder().sink, (release.wait, release.wait))
    SWITCH.sink = telemetry.sink
    telemetry.stop(0.2)
    assert not release.is_set(), "it waits for nobody: the exporters hang still"
    assert SWITCH.sink is None
    release.set()


def test_an_exporters_complaint_is_logged_once_in_a_while() -> None:
    sparse = Sparse(300)
    record = logging.makeLogRecord({"levelno": logging.ERROR, "created": 1_000.0})
    later = logging.makeLogRecord({"levelno": logging.ERROR, "created": 1_299.0})
    other = logging.makeLogRecord({"levelno": logging.WARNING, "created": 1_299.0})
    much_later = logging.makeLogRecord({"levelno": logging.ERROR, "created": 1_300.0})
    assert [sparse.filter(one) for one in (record, later, other, much_later)] == [True, False, True, True]
