"""The blocks of work that are watched: a request, a timer, a message, a call of queue, store or model. Each a span and metrics.

Arguments are closed sets of words, names from settings, and numbers. Nothing here takes a user's id, an address or a payload.
"""

import re
from datetime import datetime
from typing import Final

from shared.clock import to_iso
from shared.observe.context import Carrying, readable
from shared.observe.prices import cost_of
from shared.observe.sink import SWITCH, UNWATCHED, Attribute, BlockSpec, Watched

PROVIDERS: Final = {"azure": "azure.ai.openai", "openai": "openai", "local": "local"}
SYSTEM: Final = "azure_storage_queue"
_LONGEST: Final = 100
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def _carry(given: object) -> Watched:
    """Without telemetry a trace that came along is passed on all the same."""
    known = readable(given) if given is not None else None
    return Carrying(known) if known else UNWATCHED


def invocation(trigger: str, name: str) -> Watched:
    """Watch one invocation; `trigger`: `http`, `pubsub` or `timer`. A span is the work's own to make."""
    if SWITCH.sink is None:
        return UNWATCHED
    attributes = {"faas.trigger": trigger, "faas.name": name}
    return SWITCH.sink.watch(BlockSpec(
        None, "server", attributes, duration="faas.invoke_duration", successes="faas.invocations", failures="faas.errors"
    ))  # fmt: skip


def request(name: str, method: str, route: str, given: str | None) -> Watched:
    """Watch the answer to a request; `given` is its `traceparent` header, which may be anything."""
    if SWITCH.sink is None:
        return _carry(given)
    attributes = {"http.request.method": method, "http.route": f"/api/{route}", "faas.trigger": "http", "faas.name": name}
    return SWITCH.sink.watch(BlockSpec(f"{method} /api/{route}", "server", attributes, parent=given))


def answered(watched: Watched, status: int, *, expected: bool = False) -> None:
    """Note the status of an answer. `expected`: also one of 5xx is what was asked for, and no failure of the app."""
    watched.note("http.response.status_code", status)
    if status >= 500 and not expected:  # noqa: PLR2004  (as the conventions have it: 4xx is the caller's)
        watched.failed(str(status))


def timer(name: str, cron: str, at: datetime) -> Watched:
    """Watch the work of a timer's invocation."""
    if SWITCH.sink is None:
        return UNWATCHED
    attributes = {"faas.trigger": "timer", "faas.name": name, "faas.cron": cron, "faas.time": to_iso(at)}
    return SWITCH.sink.watch(BlockSpec(name, "server", attributes))


def processing(queue: str, size: int, given: object = None, key: str = "", message_id: str = "") -> Watched:
    """Watch the work on one message: its body's size, its `traceparent`, the key of the job that it is about, and its id in
    the queue: only a GUID is one, as a body can spoof it.
    """
    if SWITCH.sink is None:
        return _carry(given)
    attributes = _messaging(queue, "process", "process")
    attributes |= {"faas.trigger": "pubsub", "messaging.message.body.size": size}
    if key:
        attributes["messaging.message.conversation_id"] = key
    if _GUID.fullmatch(message_id):
        attributes["messaging.message.id"] = message_id.lower()
    parent = given if isinstance(given, str) else None
    return SWITCH.sink.watch(BlockSpec(
        f"process {queue}", "consumer", attributes, duration="messaging.process.duration",
        counts="messaging.client.consumed.messages", parent=parent,
    ))  # fmt: skip


def attempt(watched: Watched, number: int) -> None:
    """Note which attempt of its job a message has begun, 1 for the first."""
    watched.note("wardrobe.job.attempt", number)


def http_call(method: str) -> Watched:
    """Watch one try to fetch something of strangers: a picture, a feed, a page. Its address is nowhere in it."""
    if SWITCH.sink is None:
        return UNWATCHED
    return SWITCH.sink.watch(
        BlockSpec(method, "client", {"http.request.method": method}, duration="http.client.request.duration")
    )


def creating(queue: str) -> Watched:
    """Watch the making of one of many messages, each the beginning of a trace of its own: a plan's would have no end."""
    if SWITCH.sink is None:
        return UNWATCHED
    return SWITCH.sink.watch(BlockSpec(f"create {queue}", "producer", _messaging(queue, "create", "create"), alone=True))


def queue_call(operation: str, queue: str, *, size: int | None = None) -> Watched:
    """Watch a call of the queue service: `send`, `receive`, `settle`. `size`: of the message's body, in bytes."""
    if SWITCH.sink is None:
        return UNWATCHED
    attributes = _messaging(queue, operation, operation)
    if size is not None:
        attributes["messaging.message.body.size"] = size
    return SWITCH.sink.watch(BlockSpec(
        f"{operation} {queue}", "client", attributes, duration="messaging.client.operation.duration",
        counts="messaging.client.sent.messages" if operation == "send" else None,
    ))  # fmt: skip


def received(watched: Watched, queue: str, count: int) -> None:
    """Note how many messages a `receive` has brought."""
    if SWITCH.sink is not None:
        watched.note("messaging.batch.message_count", count)
        SWITCH.sink.record("messaging.client.consumed.messages", count, _messaging(queue, "receive", "receive"))


def store_call(system: str, operation: str, container: str) -> Watched:
    """Watch one operation of the store. A conflict is an answer that the caller asked for, not a failure."""
    if SWITCH.sink is None:
        return UNWATCHED
    attributes = {"db.system.name": system, "db.operation.name": operation, "db.collection.name": container}
    watch = BlockSpec(f"{operation} {container}", "client", attributes, duration="db.client.operation.duration")
    return SWITCH.sink.watch(watch)


def model_call(operation: str, provider: str, model: str) -> Watched:
    """Watch one call of a model: `chat` or `embeddings`; `provider` as MODEL_PROVIDER has it."""
    if SWITCH.sink is None:
        return UNWATCHED
    watch = BlockSpec(
        f"{operation} {model}", "client", _gen_ai(operation, provider, model), duration="gen_ai.client.operation.duration"
    )
    return SWITCH.sink.watch(watch)


def model_answered(
    watched: Watched, provider: str, model: str, *, answered_by: str, response_id: str, finish: str, tokens: tuple[int, int]
) -> None:  # fmt: skip
    """Note a chat model's answer; `tokens` in and out. The other side's words are cut and put on one line."""
    if SWITCH.sink is None:
        return
    answered_by, finish = _word(answered_by) or model, _word(finish)
    for name, value in (
        ("gen_ai.response.model", answered_by), ("gen_ai.response.id", _word(response_id)),
        ("gen_ai.response.finish_reasons", (finish,)), ("gen_ai.usage.input_tokens", tokens[0]),
        ("gen_ai.usage.output_tokens", tokens[1]),
    ):  # fmt: skip
        watched.note(name, value)
    attributes = {**_gen_ai("chat", provider, model), "gen_ai.response.model": answered_by}
    for kind, count in zip(("input", "output"), tokens, strict=True):
        SWITCH.sink.record("gen_ai.client.token.usage", count, {**attributes, "gen_ai.token.type": kind})
    cost = cost_of(answered_by, *tokens) or cost_of(model, *tokens)
    if cost is not None:
        SWITCH.sink.record("wardrobe.llm.cost", cost, {"model": model})


def _messaging(queue: str, operation: str, kind: str) -> dict[str, Attribute]:
    return {
        "messaging.system": SYSTEM, "messaging.destination.name": queue, "messaging.operation.name": operation,
        "messaging.operation.type": kind,
    }  # fmt: skip


def _gen_ai(operation: str, provider: str, model: str) -> dict[str, Attribute]:
    return {
        "gen_ai.operation.name": operation, "gen_ai.provider.name": PROVIDERS.get(provider, provider),
        "gen_ai.request.model": model,
    }  # fmt: skip


def _word(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
