"""Every metric and every span there is, as one table: docs/telemetry.md shows it, a test holds the two together.

Names and buckets of `messaging`, `gen_ai`, `db`, `faas` and `azure.cosmosdb` are those of OpenTelemetry's semantic
conventions, of which messaging, gen_ai and faas are still in development. Ours begin with `wardrobe.`.
"""

from dataclasses import dataclass
from typing import Final, Literal

from shared.observe.sink import SpanKind

InstrumentKind = Literal["counter", "histogram", "gauge"]

QUICK: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)  # messaging's own, seconds
STORE: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)  # db's own, seconds
JOB: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)  # messaging's own stop at 10 s, a job waits for a model
LONG: Final = (0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400)  # from a like to its effect, retries included
MODEL: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)  # gen_ai's own
TOKENS: Final = (1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864)
UNITS: Final = (1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000)  # request units
FEW: Final = (1, 2, 3, 4, 5, 6, 8, 10, 20)
ITEMS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
WAIT: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60)

MESSAGING: Final = (
    "messaging.system", "messaging.destination.name", "messaging.operation.name", "messaging.operation.type", "error.type",
)  # fmt: skip
GEN_AI: Final = (
    "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "error.type",
)  # fmt: skip
FAAS: Final = ("faas.trigger", "faas.name")
HTTP: Final = ("http.request.method", "http.response.status_code", "error.type")
DB: Final = ("db.system.name", "db.operation.name", "db.collection.name", "db.response.status_code", "error.type")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One metric; `buckets` of a histogram only."""

    name: str
    kind: InstrumentKind
    unit: str
    attributes: tuple[str, ...]
    description: str
    buckets: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One form of span; `name` with its variable parts in braces."""

    name: str
    kind: SpanKind
    attributes: tuple[str, ...]
    description: str


def _counter(name: str, unit: str, attributes: tuple[str, ...], description: str) -> Instrument:
    return Instrument(name, "counter", unit, attributes, description)


def _gauge(name: str, unit: str, attributes: tuple[str, ...], description: str) -> Instrument:
    return Instrument(name, "gauge", unit, attributes, description)


def _histogram(
    name: str, unit: str, attributes: tuple[str, ...], buckets: tuple[float, ...], description: str
) -> Instrument:  # fmt: skip
    return Instrument(name, "histogram", unit, attributes, description, buckets)


def of_jobs(family: str) -> tuple[Instrument, ...]:
    """Return the metrics of one kind of job."""
    job = f"wardrobe.{family}"
    return (
        _counter(f"{job}.outcome", "{message}", ("outcome", "reason"), "what came of each delivered message"),
        _histogram(f"{job}.attempts", "{attempt}", ("outcome",), FEW, "attempts that a job took until it was done or dead"),
        _histogram(f"{job}.latency", "s", (), LONG, "from the like, or the plan, to the stored effect"),
        _counter(f"{job}.lease", "{claim}", ("result",), "claims: claimed, refused, condemned, done, or lost at the end"),
    )


INSTRUMENTS: Final[tuple[Instrument, ...]] = (
    _counter("messaging.client.sent.messages", "{message}", MESSAGING, "messages sent, failed sends included"),
    _counter("messaging.client.consumed.messages", "{message}", MESSAGING, "messages taken from a queue"),
    _histogram("messaging.client.operation.duration", "s", MESSAGING, QUICK, "one call of the queue service"),
    _histogram("messaging.process.duration", "s", MESSAGING, JOB, "the work on one message"),
    _histogram("gen_ai.client.operation.duration", "s", GEN_AI, MODEL, "one call of a model"),
    _histogram("gen_ai.client.token.usage", "{token}", (*GEN_AI[:4], "gen_ai.token.type"), TOKENS, "tokens of one call"),
    _counter("faas.invocations", "{invocation}", FAAS, "invocations that ended well"),
    _counter("faas.errors", "{error}", FAAS, "invocations that raised, or answered 5xx"),
    _counter("faas.timeouts", "{timeout}", FAAS, "attempts cut because they took longer than their lease allows"),
    _counter("faas.coldstarts", "{coldstart}", FAAS, "processes that built the app"),
    _histogram("faas.invoke_duration", "s", FAAS, JOB, "one invocation"),
    _histogram("http.client.request.duration", "s", HTTP, QUICK, "one try to fetch a picture, a feed or a page"),
    _histogram("db.client.operation.duration", "s", DB, STORE, "one operation of the store"),
    _histogram(
        "azure.cosmosdb.client.operation.request_charge", "{request_unit}",
        (*DB[:4], "azure.cosmosdb.response.sub_status_code"), UNITS, "request units of one operation",
    ),
    _counter("wardrobe.taste_job.apply", "{signal}", ("result",), "signals: applied, already there, or met a conflict"),
    _gauge("wardrobe.queue.depth", "{message}", ("queue",), "messages in a queue when somebody looked, hidden ones included"),
    _gauge("wardrobe.queue.oldest_age", "s", ("queue",), "age of the oldest visible message when somebody looked"),
    _counter("wardrobe.dlq.ingress", "{record}", ("reason",), "dead letters stored for the first time"),
    _gauge("wardrobe.dlq.open", "{record}", ("reason",), "dead letters that wait for on-call"),
    _gauge("wardrobe.dlq.oldest_open_age", "s", (), "age of the oldest of them"),
    _counter("wardrobe.dlq.persist", "{message}", ("result",), "dead letters: created, known, erased (not stored), or outage"),
    _counter("wardrobe.dlq.operation.items", "{record}", ("action", "outcome"), "records that a replay or purge has handled"),
    _counter("wardrobe.timer.run", "{run}", ("timer", "outcome"), "runs of a timer that ended"),
    _histogram("wardrobe.timer.lateness", "s", ("timer",), LONG, "from the planned time to the start"),
    _histogram("wardrobe.timer.duration", "s", ("timer",), LONG, "from the start to the end, all stages"),
    _gauge(
        "wardrobe.timer.last_success_age", "s", ("timer",),
        "time since the last run that ended well, or since the deployment while none has",
    ),
    _counter("wardrobe.timer.work", "{item}", ("timer", "kind"), "what the runs have done"),
    _gauge("wardrobe.llm.breaker.state", "{state}", ("scope",), "0 closed, 1 open, 2 one worker probes"),
    _counter("wardrobe.llm.cost", "USD", ("model",), "calls of models whose price is known, at list price"),
    _counter("wardrobe.llm.cache", "{lookup}", ("result",), "descriptions of pictures: known to the process, stored, or miss"),
    _histogram("wardrobe.embedding.batch.items", "{text}", ("model",), ITEMS, "texts of one call"),
    _histogram("wardrobe.embedding.batch.tokens", "{token}", ("model",), TOKENS, "tokens of one call, estimated"),
    _histogram("wardrobe.embedding.batch.wait", "s", ("model",), WAIT, "from the first text of a batch to its call"),
    _counter("wardrobe.reconcile.repairs", "{repair}", ("kind",), "what the reconciler has mended"),
    _counter("wardrobe.invariant.violations", "{violation}", ("kind",), "two documents that contradicted each other"),
)  # fmt: skip


def instrument_of_jobs(name: str) -> Instrument:
    """Return a metric of a kind of job by its name, `wardrobe.<family>.<metric>`. Raises KeyError: there is none such."""
    return {one.name: one for one in of_jobs(name.split(".")[1])}[name]


SPANS: Final[tuple[SpanRow, ...]] = (
    SpanRow(
        "{method} /api/{route}", "server",
        ("http.request.method", "http.route", "http.response.status_code", "faas.trigger", "faas.name", "error.type"),
        "a request; continues the caller's `traceparent`",
    ),
    SpanRow(
        "{function}", "server", ("faas.trigger", "faas.name", "faas.cron", "faas.time", "error.type"),
        "the work of a timer's invocation",
    ),
    SpanRow(
        "process {queue}", "consumer",
        (
            *MESSAGING, "messaging.message.id", "messaging.message.conversation_id", "messaging.message.body.size",
            "faas.trigger", "wardrobe.job.attempt",
        ),
        "the work on one message; a child of what its body's `traceparent` names, linked to the invocation around it",
    ),
    SpanRow(
        "create {queue}", "producer", MESSAGING, "one message of a plan: begins a trace of its own, linked to the plan's run"
    ),
    SpanRow(
        "{operation} {queue}", "client",
        (*MESSAGING, "messaging.message.id", "messaging.message.body.size", "messaging.batch.message_count"),
        "one call of the queue service: send, receive, settle",
    ),
    SpanRow("{operation} {container}", "client", DB, "one operation of the store"),
    SpanRow("{method}", "client", HTTP, "one try to fetch a picture, a feed or a page; without its address"),
    SpanRow(
        "{operation} {model}", "client",
        (
            *GEN_AI, "gen_ai.response.finish_reasons", "gen_ai.response.id", "gen_ai.usage.input_tokens",
            "gen_ai.usage.output_tokens",
        ),
        "one call of a model: chat, embeddings",
    ),
)  # fmt: skip
