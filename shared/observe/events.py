"""The one place that maps what happens to metrics; blocks of work are in `shared.observe.blocks`. Callers know no telemetry.

Arguments are closed sets of words, names from settings, and numbers. Nothing here takes a user's id, an address or a payload.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from shared.errors import Reason
from shared.observe.sink import SWITCH, Attribute, Watched

_REASONS: Final = frozenset(reason.value for reason in Reason)
_BREAKER: Final = {"closed": 0, "open": 1, "probing": 2}
_CONTRADICTIONS: Final = frozenset({"dead_but_applied", "open_but_completed"})


def job_finished(family: str, outcome: str, reason: Reason | None, watched: Watched) -> None:
    """A delivered message of a kind of job has its outcome; `reason` is that of the failure, if it was one."""
    if SWITCH.sink is not None:
        if reason is not None:
            watched.failed(reason.value)
        attributes = {"outcome": outcome, "reason": reason.value if reason else ""}
        SWITCH.sink.record(f"wardrobe.{family}.outcome", 1, attributes)


def job_ended(family: str, outcome: str, attempts: int, seconds: float | None = None) -> None:
    """A job is done or dead after so many attempts, `seconds` after it was asked for."""
    if SWITCH.sink is not None:
        SWITCH.sink.record(f"wardrobe.{family}.attempts", attempts, {"outcome": outcome})
        if seconds is not None:
            SWITCH.sink.record(f"wardrobe.{family}.latency", max(0.0, seconds), {})


def lease(family: str, result: str) -> None:
    """A claim was made: claimed, refused, condemned, done; or lost before the end."""
    if SWITCH.sink is not None:
        SWITCH.sink.record(f"wardrobe.{family}.lease", 1, {"result": result})


def attempt_timed_out(name: str) -> None:
    """An attempt was cut because it took longer than its lease allows."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("faas.timeouts", 1, {"faas.trigger": "pubsub", "faas.name": name})


def cold_start() -> None:
    """The app was built in this process."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("faas.coldstarts", 1, {})


def signal(result: str) -> None:
    """A like's signal was applied, was there already, or met a conflict."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.taste_job.apply", 1, {"result": result})


def description_cache(result: str) -> None:
    """A picture's description was known to the process, stored, or missing."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.llm.cache", 1, {"result": result})


def queue_depth(queue: str, messages: int) -> None:
    """Somebody has counted a queue."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.queue.depth", messages, {"queue": queue})


def queue_oldest_age(queue: str, seconds: float) -> None:
    """Somebody has looked at the head of a queue."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.queue.oldest_age", max(0.0, seconds), {"queue": queue})


def dead_letter_stored(reason: str) -> None:
    """A dead letter got its record."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.dlq.ingress", 1, {"reason": reason})


def dead_letter_persisted(result: str) -> None:
    """A dead-letter message was handled: created, known, erased (its person was, nothing is stored), or outage."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.dlq.persist", 1, {"result": result})


def dead_letters_open(by_reason: Mapping[str, int], oldest_seconds: float) -> None:
    """Somebody has counted the dead letters that wait for on-call. A reason that has none is set to zero."""
    if SWITCH.sink is not None:
        for reason in _REASONS:
            SWITCH.sink.record("wardrobe.dlq.open", by_reason.get(reason, 0), {"reason": reason})
        SWITCH.sink.record("wardrobe.dlq.oldest_open_age", max(0.0, oldest_seconds), {})


def operation_item(action: str, outcome: str) -> None:
    """A replay or purge has handled a record."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.dlq.operation.items", 1, {"action": action, "outcome": outcome})


def run_late(timer_name: str, seconds: float) -> None:
    """A timer's slot was taken so long after its time."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.timer.lateness", seconds, {"timer": timer_name})


def run_ended(timer_name: str, outcome: str, seconds: float | None, work: Mapping[str, int]) -> None:
    """A run of a timer ended; `work`: counts by name of what it has done."""
    if SWITCH.sink is None:
        return
    SWITCH.sink.record("wardrobe.timer.run", 1, {"timer": timer_name, "outcome": outcome})
    if seconds is not None:
        SWITCH.sink.record("wardrobe.timer.duration", max(0.0, seconds), {"timer": timer_name})
    for kind, count in work.items():
        SWITCH.sink.record("wardrobe.timer.work", count, {"timer": timer_name, "kind": kind})


def run_success_age(timer_name: str, seconds: float) -> None:
    """Somebody knows when a timer last ended well."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.timer.last_success_age", max(0.0, seconds), {"timer": timer_name})


def breaker(scope: str, state: str) -> None:
    """A model's breaker is closed, open, or probing."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.llm.breaker.state", _BREAKER[state], {"scope": scope})


def embedded(model: str, texts: int, tokens: int, waited_seconds: float) -> None:
    """A batch of texts went out."""
    if SWITCH.sink is not None:
        SWITCH.sink.record("wardrobe.embedding.batch.items", texts, {"model": model})
        SWITCH.sink.record("wardrobe.embedding.batch.tokens", tokens, {"model": model})
        SWITCH.sink.record("wardrobe.embedding.batch.wait", max(0.0, waited_seconds), {"model": model})


def request_charge(operation: str, container: str, charge: float, *, status: int, sub_status: int) -> None:
    """The store has charged for an operation, in request units."""
    if SWITCH.sink is not None:
        attributes: dict[str, Attribute] = {
            "db.system.name": "azure.cosmosdb", "db.operation.name": operation, "db.collection.name": container,
            "db.response.status_code": str(status), "azure.cosmosdb.response.sub_status_code": sub_status,
        }  # fmt: skip
        SWITCH.sink.record("azure.cosmosdb.client.operation.request_charge", charge, attributes)


def repaired(kinds: Sequence[str]) -> None:
    """The reconciler has mended this; of some kinds it should never find any."""
    if SWITCH.sink is not None:
        for kind in kinds:
            SWITCH.sink.record("wardrobe.reconcile.repairs", 1, {"kind": kind})
            if kind in _CONTRADICTIONS:
                SWITCH.sink.record("wardrobe.invariant.violations", 1, {"kind": kind})
