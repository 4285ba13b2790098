"""Telemetry's own rules: what a trace context is, what an event costs without telemetry, and what it tells with it."""

import dis
import inspect
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.app import COMMANDS_FUNCTION
from agents.jobs import kinds
from agents.timers import CHORES, LEDGERED
from agents.wiring import MANIFESTS
from devhost.loading import HttpTrigger, TimerTrigger, Trigger
from shared import observe
from shared.errors import AlreadyExists, Reason, StoreThrottled
from shared.observe import blocks, events
from shared.observe.context import TraceContext
from shared.observe.prices import cost_of
from shared.observe.sink import SWITCH
from shared.observe.table import INSTRUMENTS as OF_THE_APP
from shared.observe.table import SPANS, of_jobs
from tests.fakes.telemetry import points, recorded, trace_of

ROOT = Path(__file__).parents[3]
GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
HEX = "0123456789abcdef"
FAMILIES = tuple(kind.family for kind in MANIFESTS.values())
INSTRUMENTS = (*OF_THE_APP, *(one for family in FAMILIES for one in of_jobs(family)))


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        (GIVEN, GIVEN),
        (f" {GIVEN}\t", GIVEN),
        (GIVEN[:-2] + "00", GIVEN[:-2] + "00"),
        (GIVEN[:-2] + "03", GIVEN),  # flags that we do not know are not passed on
        ("cc" + GIVEN[2:] + "-what-comes-later", GIVEN),
        (GIVEN + "-more", None),
        ("ff" + GIVEN[2:], None),
        (GIVEN.upper(), None),
        (GIVEN.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32), None),
        (GIVEN.replace("00f067aa0ba902b7", "0" * 16), None),
        (GIVEN.replace("4bf9", "\N{FULLWIDTH DIGIT FOUR}bf9"), None),  # a digit of another script
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_a_traceparent_is_read_as_the_standard_has_it(given_: object, read: str | None) -> None:
    assert observe.readable(given_) == read


@given(JSON | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.?"))
def test_reading_a_traceparent_never_fails_and_reading_it_again_changes_nothing(value: object) -> None:
    read = observe.readable(value)
    assert read is None or observe.readable(read) == read


@given(st.text(HEX, min_size=32, max_size=32), st.text(HEX, min_size=16, max_size=16), st.booleans())
def test_a_trace_context_is_read_as_it_was_written(trace_id: str, span_id: str, sampled: bool) -> None:
    context = TraceContext(trace_id, span_id, sampled)
    assert TraceContext.parse(str(context)) == (context if trace_id.strip("0") and span_id.strip("0") else None)


def calls() -> dict[str, Callable[[], object]]:
    """Every event and block, as a workflow calls it."""
    return {
        "lease": lambda: observe.lease("taste_job", "claimed"),
        "signal": lambda: observe.signal("applied"),
        "job_ended": lambda: observe.job_ended("taste_job", "done", 1, 2.0),
        "job_finished": lambda: observe.job_finished("taste_job", "verdict", Reason.MODEL_REFUSED, observe.UNWATCHED),
        "attempt_timed_out": lambda: observe.attempt_timed_out("taste-analysis"),
        "cold_start": observe.cold_start,
        "description_cache": lambda: observe.description_cache("miss"),
        "queue_depth": lambda: observe.queue_depth("q", 5),
        "queue_oldest_age": lambda: observe.queue_oldest_age("q", 5.0),
        "dead_letter_stored": lambda: observe.dead_letter_stored("llm_refused"),
        "dead_letter_persisted": lambda: observe.dead_letter_persisted("created"),
        "dead_letters_open": lambda: observe.dead_letters_open({"llm_refused": 2}, 60.0),
        "operation_item": lambda: observe.operation_item("replay", "requeued"),
        "run_late": lambda: observe.run_late("moods", 3.0),
        "run_ended": lambda: observe.run_ended("moods", "ok", 3.0, {"moods": 4}),
        "run_success_age": lambda: observe.run_success_age("moods", 3.0),
        "breaker": lambda: observe.breaker("openai.gpt", "probing"),
        "embedded": lambda: observe.embedded("small", 3, 40, 0.01),
        "request_charge": lambda: observe.request_charge("patch", "jobs", 11.4, status=412, sub_status=0),
        "repaired": lambda: observe.repaired(["dead_but_applied", "unsent"]),
        "received": lambda: observe.received(observe.UNWATCHED, "q", 3),
        "attempt": lambda: observe.attempt(observe.UNWATCHED, 2),
        "http_call": lambda: enter(observe.http_call("GET")),
        "answered": lambda: observe.answered(observe.UNWATCHED, 200),
        "model_answered": lambda: observe.model_answered(
            observe.UNWATCHED, "azure", "mine", answered_by="gpt-4.1-mini-2025", response_id="r", finish="stop", tokens=(9, 1)
        ),
        "invocation": lambda: enter(observe.invocation("pubsub", "ProcessTasteAnalysisJob")),
        "timer": lambda: enter(observe.timer("ReconcileJobs", "0 */10 * * * *", kinds_time())),
        "request": lambda: enter(observe.request("get_health", "GET", "health", None)),
        "processing": lambda: enter(observe.processing("q", 300, None, "k" * 64)),
        "creating": lambda: enter(observe.creating("q")),
        "queue_call": lambda: enter(observe.queue_call("send", "q", size=300)),
        "store_call": lambda: enter(observe.store_call("sqlite", "read", "jobs")),
        "model_call": lambda: enter(observe.model_call("chat", "azure", "mine")),
    }


def kinds_time() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def enter(block: observe.Watched) -> None:
    with block as watched:
        watched.note("db.response.status_code", "404")


def instructions(call: Callable[[], object]) -> int:
    """How many bytecode instructions a call executes, its own lambda among them."""
    count = 0

    def trace(frame: Any, event: str, _argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def test_the_list_of_calls_is_complete() -> None:
    public = {
        name for module in (blocks, events) for name, one in inspect.getmembers(module, inspect.isfunction)
        if one.__module__ == module.__name__ and not name.startswith("_")
    }  # fmt: skip
    assert public == set(calls())
    assert public <= set(observe.__all__)


@pytest.mark.parametrize("name", sorted(calls()))
def test_an_event_without_telemetry_costs_a_look_at_an_attribute(name: str) -> None:
    """Instructions, not seconds: the call, one look, the return; a block enters and leaves an object that does nothing."""
    assert SWITCH.sink is None
    block = "enter" in {instruction.argval for instruction in dis.get_instructions(calls()[name])}
    assert instructions(calls()[name]) <= (65 if block else 25)


def test_blocks_without_telemetry_are_one_object() -> None:
    assert observe.store_call("sqlite", "read", "jobs") is observe.model_call("chat", "local", "m") is observe.UNWATCHED
    assert observe.traceparent() is None


@pytest.mark.slow
def test_without_settings_nothing_of_opentelemetry_is_imported_by_the_app_and_a_like() -> None:
    code = """
import asyncio, sys

class Guard:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise SystemExit(f"{name} is imported")

sys.meta_path.insert(0, Guard())
from agents.entry import _make
telemetry, _ = _make()
import shared.queues.azure, shared.store.cosmos
from tests.fakes.clock import VirtualTime
from tests.faults.world import World, embedded_store

async def main():
    world = World(embedded_store(VirtualTime()))
    await world.like("u", "minimalist|navy")
    await world.drain()
    await world.check()
    await world.store.close()

asyncio.run(main())
print(telemetry, [name for name in sys.modules if name.startswith("opentelemetry")])
"""
    clean = {"PATH": "/usr/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("None []", 0), done.stderr


def test_every_event_emits_what_the_table_says_and_every_row_is_emitted() -> None:
    with recorded() as telemetry:
        for call in calls().values():
            call()
        with observe.queue_call("send", "q") as watched:
            watched.failed("timeout")
        with pytest.raises(StoreThrottled), observe.invocation("http", "f"):
            raise StoreThrottled("slow")
        with observe.store_call("azure.cosmosdb", "read", "jobs"):
            pass
        for family in FAMILIES:
            observe.job_finished(family, "done", None, observe.UNWATCHED)
            observe.job_ended(family, "done", 1, 1.0)
            observe.lease(family, "claimed")
        metrics = telemetry.metrics()
        spans = telemetry.spans
    assert set(metrics) == {one.name for one in INSTRUMENTS}
    for one in INSTRUMENTS:
        found = metrics[one.name]
        assert (found["unit"], found["description"]) == (one.unit, one.description)
        for point in found["data"]["data_points"]:
            assert set(point["attributes"]) <= set(one.attributes), one.name
            if one.buckets:
                assert point["explicit_bounds"] == list(one.buckets)
    known = {name for row in SPANS for name in row.attributes}
    assert {name for span in spans for name in span.attributes or {}} <= known
    assert {span.kind.name.lower() for span in spans} <= {row.kind for row in SPANS}


def test_a_conflict_of_the_store_is_an_answer_and_an_outage_is_a_failure() -> None:
    with recorded() as telemetry:
        with pytest.raises(AlreadyExists), observe.store_call("sqlite", "create", "jobs"):
            raise AlreadyExists("user-1 has it")
        with pytest.raises(StoreThrottled), observe.store_call("sqlite", "create", "jobs"):
            raise StoreThrottled("user-1 is slow")
        conflict, outage = telemetry.spans
        assert (conflict.status.is_ok, "error.type" in conflict.attributes) == (True, False)
        assert (outage.status.is_ok, outage.attributes["error.type"]) == (False, "store_throttled")
        assert "user-1" not in telemetry.everything()


def test_a_message_is_a_child_of_its_sender_and_linked_to_the_invocation_around() -> None:
    with recorded() as telemetry:
        with telemetry.tracers.get_tracer("worker").start_as_current_span("the host's invocation") as host:
            with observe.processing("q", 1, GIVEN):
                inside = observe.traceparent()
            with observe.request("f", "GET", "x", None):
                pass
        message, request, _ = telemetry.spans
    assert trace_of(message) == GIVEN.split("-")[1] == (inside or "").split("-")[1]
    assert message.parent is not None
    assert message.parent.is_remote
    assert [link.context.span_id for link in message.links] == [host.get_span_context().span_id]
    assert request.parent is not None
    assert request.parent.span_id == host.get_span_context().span_id, "the host has continued the caller's trace already"


def test_a_log_line_inside_a_trace_names_it(caplog: pytest.LogCaptureFixture) -> None:
    from shared.observe.log import log_event

    with caplog.at_level(logging.INFO):
        log_event(logging.getLogger("t"), "outside")
        with recorded(), observe.processing("q", 1, GIVEN):
            log_event(logging.getLogger("t"), "inside")
        with observe.processing("q", 1, GIVEN):
            log_event(logging.getLogger("t"), "inside, without telemetry")
    outside, inside, without = caplog.messages
    assert "traceId" not in outside
    assert f'"traceId": "{GIVEN.split("-")[1]}"' in inside
    assert f'"traceId": "{GIVEN.split("-")[1]}"' in without


def test_a_models_words_are_cut_and_its_price_is_that_of_the_model_that_answered() -> None:
    with recorded() as telemetry:
        with observe.model_call("chat", "azure", "my-deployment") as watched:
            observe.model_answered(
                watched, "azure", "my-deployment", answered_by="gpt-4.1-mini-2025-04-14", response_id="x\n" * 900,
                finish="stop", tokens=(1_000_000, 500_000),
            )  # fmt: skip
        [span] = telemetry.spans
        metrics = telemetry.metrics()
    assert len(span.attributes["gen_ai.response.id"]) == 100
    assert "\n" not in span.attributes["gen_ai.response.id"]
    assert span.attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert points(metrics["wardrobe.llm.cost"]) == {"my-deployment": pytest.approx(1.2)}
    assert cost_of("somebody-elses-model", 5, 5) is None


def test_the_documented_tables_are_the_ones_that_are_used() -> None:
    rows = {line for line in (ROOT / "docs/telemetry.md").read_text().splitlines() if line.startswith("| `")}
    rows = {line for line in rows if not line.startswith("| `wardrobe_")}  # what is scraped, see the watch's own test

    def code(names: tuple[str, ...]) -> str:
        return ", ".join(f"`{name}`" for name in names) or "—"

    told = {
        *(f"| `{one.name}` | {one.kind} | `{one.unit}` | {code(one.attributes)} | {one.description} |" for one in INSTRUMENTS),
        *(f"| `{one.name}` | {one.kind} | {code(one.attributes)} | {one.description} |" for one in SPANS),
    }
    assert rows == told


def test_every_kind_of_job_has_its_metrics_and_every_function_its_mark(triggers: list[Trigger]) -> None:
    assert set(MANIFESTS) >= {kinds.TASTE, kinds.DIGEST, kinds.SCRAPE}
    marked = {("timer", one.function, one.ncrontab) for one in (*LEDGERED, *CHORES)} | {("pubsub", COMMANDS_FUNCTION, "")}
    marked |= {("pubsub", name, "") for one in MANIFESTS.values() for name in (one.function, one.dead_letter_function)}
    assert marked == {
        ("timer", one.name, one.schedule) if isinstance(one, TimerTrigger) else ("pubsub", one.name, "")
        for one in triggers if not isinstance(one, HttpTrigger)
    }  # fmt: skip
