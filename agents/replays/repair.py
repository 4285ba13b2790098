"""What is wrong with a dead letter, and the repair of its payload: the original is kept, what replaced it is kept beside it.

Reads: the dead letter, its job, the dependencies. Writes: the dead letter, and the audit of each repair.
A repair is a JSON merge patch (RFC 7396) over the payload as it is to be replayed now; nothing is stored that the kind cannot
read. A job's id is made of what the job is about, so a repair may make it another job: the id in the payload follows, and
`one_record` says what becomes of both. Which generation of a job a payload is about is never a matter of repair:
`generation` and `replays` can only be taken out.
"""

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agents.audit import audit_document
from agents.dead_letters.record import WAITING, DeadLetter, partition_of
from agents.jobs.job import Job
from agents.jobs.kinds import AnyKind, JobKinds
from agents.jobs.messages import QueuedJob, encode
from agents.replays.one_record import Handled, Replaying
from agents.replays.preflight import Preflight, down
from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, DeferredError, ItemNotFound, PermanentError, PreconditionFailed
from shared.observe.log import log_event
from shared.queues.base import MAX_BODY_BYTES
from shared.queues.claim_check import MAX_WHOLE_BYTES
from shared.store.base import Item, Store
from shared.store.containers import DEAD_LETTERS, OPERATIONS

logger = logging.getLogger(__name__)
MAX_REPAIRS: Final = 20
NOT_REPAIRABLE: Final = ("generation", "replays")
JOB_IDS: Final = ("job_id", "jobId")
_PROBLEM: Final = re.compile(r"(?P<field>[\w.]+): got (?P<came>\w+), (?P<expected>.*)", re.DOTALL)
_NEXT_PROBLEM: Final = re.compile(r"; (?=[\w.]+: got \w+, )")


class RepairRefusedError(Exception):
    """The repair cannot be stored; `problems` name the fields, where fields are at fault."""

    def __init__(self, message: str, problems: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or []


class RecordChangedError(Exception):
    """The record is not the version that the repair was made for; `version` is what it is now."""

    def __init__(self, version: str) -> None:
        super().__init__("the dead letter has changed: read it again")
        self.version = version


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a dead letter. `problems`: of its payload, field by field; `job`: the state of the job that a replay
    would run, None where there is none; `prediction`: what a replay would do; `down`: what a replay needs and is not up.
    """

    readable: bool
    problems: tuple[Mapping[str, str], ...]
    job: Mapping[str, Any] | None
    already_applied: bool
    prediction: Handled
    down: tuple[Mapping[str, Any], ...]


class Repairs:
    """Validates and repairs dead letters of every kind."""

    def __init__(self, *, store: Store, clock: Clock, kinds: JobKinds, replaying: Replaying, preflight: Preflight) -> None:
        self._store = store
        self._clock = clock
        self._kinds = kinds
        self._replaying = replaying
        self._preflight = preflight

    async def find(self, record_id: str) -> Item | None:
        """Return one dead letter."""
        return await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id))

    async def validate(self, record: DeadLetter) -> Diagnosis:
        """Say what is wrong with it; changes nothing."""
        kind = self._kinds.named(record.kind)
        message, problems = _readable(kind, record)
        job = Job.of(await self._store.find(kind.container, message.key, message.key)) if kind and message else None
        applied = False
        if kind is not None and job is not None:
            marker = kind.marker(job.document)
            applied = marker is not None and bool(
                await self._store.find(marker.container, marker.item_id, marker.partition)
            )  # fmt: skip
        prediction = await self._replaying.predict_of(record.record_id, record, "replay")
        return Diagnosis(
            readable=message is not None, problems=tuple(problems), job=_shown(job), prediction=prediction,
            already_applied=applied or prediction.outcome == "resolved",
            down=tuple(down(await self._preflight.checks())),
        )  # fmt: skip

    async def repair(
        self, item: Item, patch: Mapping[str, Any], *, version: str, reason: str, actor: str
    ) -> tuple[DeadLetter, bool]:
        """Store a repaired payload; returns the record, and whether it stands for another job than the one that died.

        Raises `RecordChangedError`, and `RepairRefusedError` for a payload that the kind cannot read.
        """
        record = DeadLetter(item.body)
        if version != "*" and not record.is_at(version):
            raise RecordChangedError(record.version)
        if record.status not in WAITING:
            raise RepairRefusedError(f"it is {record.status} already")
        if len(record.repairs) >= MAX_REPAIRS:
            raise RepairRefusedError(f"it was repaired {MAX_REPAIRS} times already")
        kind = self._kinds.named(record.kind)
        if kind is None:
            raise RepairRefusedError(f"this build knows no job of the kind {record.kind}")
        message = self._repaired(kind, record, patch)
        now = to_iso(self._clock.now())
        entry = {
            "at": now, "actor": actor, "reason": reason, "patch": dict(patch), "fields": sorted(patch),
            "before": _digest(record.body), "after": _digest(encode(message.body)),
        }  # fmt: skip
        changed = {**record.document, "repairedPayload": message.body, "repairs": [*record.repairs, entry], "updatedAt": now}
        try:
            stored = await self._store.replace(DEAD_LETTERS.key, changed, if_match=item.etag)
        except (PreconditionFailed, ItemNotFound):
            again = DeadLetter.of(await self.find(record.record_id))
            raise RecordChangedError(again.version if again else "") from None
        await self._audit(record, entry)
        return DeadLetter(stored.body), message.key != record.job_id

    def _repaired(self, kind: AnyKind, record: DeadLetter, patch: Mapping[str, Any]) -> QueuedJob:
        wrong = [name for name in NOT_REPAIRABLE if patch.get(name) is not None]
        if wrong:
            raise RepairRefusedError(
                "a repair cannot say which generation of a job it is about",
                [{"field": name, "came": type(patch[name]).__name__, "expected": "null, or nothing"} for name in wrong],
            )
        merged = merge_patch(record.payload, patch)
        message, problems = _read(kind, merged)
        if message is None and not any(patch.get(name) is not None for name in JOB_IDS):
            without = {name: value for name, value in merged.items() if name not in JOB_IDS}
            message, others = _read(kind, without)
            problems = others or problems
            if message is not None:
                followed = {name: message.key for name in JOB_IDS if name in merged}
                message = message.model_copy(update={"body": {**without, **followed}})
        if message is None:
            raise RepairRefusedError("the repaired payload cannot be read", problems)
        limit = MAX_BODY_BYTES if record.size <= MAX_BODY_BYTES else MAX_WHOLE_BYTES  # what came larger may stay so
        if len(encode(message.body)) > limit:
            raise RepairRefusedError(f"the repaired payload is larger than {limit} bytes")
        return message

    async def _audit(self, record: DeadLetter, entry: Mapping[str, Any]) -> None:
        """The record holds the repair already; the audit is what outlives the record. Without values: they are the user's."""
        document = audit_document(
            f"repair.{_digest(record.record_id.encode())}.{entry['after'][:16]}.{entry['at']}", "repair", at=entry["at"],
            actor=entry["actor"], reason=entry["reason"], what={"deadLetterId": record.record_id, "fields": entry["fields"]},
            before={"sha256": entry["before"]}, after={"sha256": entry["after"]},
        )  # fmt: skip
        try:
            await self._store.create(OPERATIONS.key, document)
        except AlreadyExists:
            return
        log_event(logger, "a dead letter's payload was repaired", deadLetterId=record.record_id, fields=entry["fields"])


def merge_patch(target: object, patch: object) -> Any:  # noqa: ANN401  (JSON of any kind)
    """Return `target` after a JSON merge patch: objects are merged, null removes, all else replaces (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def field_problems(description: str) -> list[dict[str, str]]:
    """Return the problems that a kind's `parse` put into one line, field by field; what names no field stands alone."""
    problems = []
    for part in _NEXT_PROBLEM.split(description):
        found = _PROBLEM.fullmatch(part)
        problems.append(_in_words(found.groupdict()) if found else {"field": "", "came": "", "expected": part})
    return problems


def _in_words(problem: dict[str, str]) -> dict[str, str]:
    said = problem["expected"]
    words = "a value" if said == "field required" else said.removeprefix("input should be ").removeprefix("expected ")
    return {**problem, "expected": words}


def _read(kind: AnyKind, payload: Mapping[str, Any]) -> tuple[QueuedJob | None, list[dict[str, str]]]:
    try:
        message = kind.parse(encode(payload))
    except (PermanentError, DeferredError) as error:
        return None, field_problems(str(error))
    return message, []


def _readable(kind: AnyKind | None, record: DeadLetter) -> tuple[QueuedJob | None, list[dict[str, str]]]:
    if kind is None:
        return None, field_problems(f"this build knows no job of the kind {record.kind}")
    if record.purged:
        return None, field_problems("the payload was purged")
    try:
        return kind.parse(record.body), []
    except (PermanentError, DeferredError) as error:
        return None, field_problems(str(error))


def _shown(job: Job | None) -> dict[str, Any] | None:
    names = ("jobId", "status", "generation", "attempt", "replays", "nextAttemptAt", "lastCompletedAt")
    return {name: job.document.get(name) for name in names} if job else None


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()
