"""Dead letters of what was taken back since: settled, since nobody wants any more what died.

Reads: the job, and what its kind knows of withdrawals. Writes: the job, which is completed without effect, then its record.
Whoever comes upon such a record settles it: the withdrawal itself, the persister whose letter was under way, the reconciler
after a crash, and a replay, which is refused.
Fails: `RetryableError` in an outage; a second try goes on from anywhere.
"""

import contextlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from agents.dead_letters.history import noted
from agents.dead_letters.record import WAITING, DeadLetter, DeadLetterStatus
from agents.jobs.job import Job, JobStatus
from agents.jobs.kinds import AnyKind
from agents.jobs.messages import asked_at
from agents.jobs.outcomes import SkipReason
from shared.clock import Clock, to_iso
from shared.errors import ItemNotFound, PreconditionFailed, Reason, RetryableError
from shared.observe.log import log_event
from shared.store.base import Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare, Exists, In, PatchOperation, Set

logger = logging.getLogger(__name__)
ROUNDS: Final = 10
ACTION: Final = "withdraw"
OUTCOME: Final = "withdrawn"


async def taken_back(
    store: Store, kind: AnyKind, job: Job | None, generation: int | None, asked: Mapping[str, Any]
) -> datetime | None:  # fmt: skip
    """Return when what asked for a job of this generation was taken back; None if it was not.

    The job says it of its own generation, and of earlier ones as far as it knows; else its kind may know, by what was asked.
    """
    if kind.taken_back is None:
        return None
    at = job.withdrawn_at(generation) if job is not None else None
    if at is not None or (job is not None and job.generation == generation):
        return at
    return await kind.taken_back(store, asked)


async def record_taken_back(store: Store, kind: AnyKind, record: DeadLetter, job: Job | None) -> datetime | None:
    """The same of a stored record and the job that died, as it is now; a repaired payload may ask for another job."""
    if kind.taken_back is None:
        return None
    asked = asked_by(record)
    return await taken_back(store, kind, None if record.repaired else job, record.generation, asked)


def asked_by(record: DeadLetter) -> Mapping[str, Any]:
    """Return what a record's payload asks for. One that does not say since when did so before it died."""
    payload = record.payload
    return payload if asked_at(payload) else {**payload, "createdAt": record.created_at}


async def settle(store: Store, clock: Clock, container: str, record_id: str, job_id: str, at: datetime) -> None:
    """Settle one record, and before it its job: who dies in between leaves what the reconciler finds."""
    for _ in range(ROUNDS):
        item = await store.find(DEAD_LETTERS.key, record_id, job_id)
        record = DeadLetter.of(item)
        if item is None or record is None:
            return
        if record.generation is not None:
            await end_job(store, clock, container, job_id, record.generation, at)
        if record.status not in WAITING:
            return
        changes = [
            Set("status", DeadLetterStatus.RESOLVED),
            *noted(
                record, at=to_iso(clock.now()), action=ACTION, actor="the user", reason=f"it was taken back at {to_iso(at)}",
                outcome=OUTCOME,
            ),
        ]  # fmt: skip
        try:
            await store.patch(DEAD_LETTERS.key, record_id, job_id, changes, if_match=item.etag)
        except (PreconditionFailed, ItemNotFound):
            continue
        log_event(logger, "a dead letter was settled: what died was taken back", deadLetterId=record_id)
        return
    raise RetryableError("a dead letter keeps changing", reason=Reason.STORE_CONFLICT_EXHAUSTED)


async def end_job(
    store: Store, clock: Clock, container: str, job_id: str, generation: int, at: datetime | None
) -> None:  # fmt: skip
    """Complete a job that died, without effect. `at` None: only one that is marked as taken back already.

    One that is in work, or about to be, is left to its worker, and to whoever may be about to say that it died: with the mark
    they find out.
    """
    now = to_iso(clock.now())
    changes: list[PatchOperation] = [
        Set("status", JobStatus.COMPLETED), Set("skipped", SkipReason.WITHDRAWN), Set("lastCompletedAt", now),
        Set("updatedAt", now), Set("verdict", None), Set("deferredSince", None), Set("analysis", None),
        Set("outbox", value=False), *(() if at is None else (Set("withdrawnAt", to_iso(at)),)),
    ]  # fmt: skip
    same = Compare("generation", "=", generation)
    dead = AllOf((
        same, In("status", (JobStatus.DEAD_LETTERED.value, JobStatus.FAILED.value)),
        *((Exists("withdrawnAt"),) if at is None else ()),
    ))  # fmt: skip
    try:
        await store.patch(container, job_id, job_id, changes, when=dead)
    except ItemNotFound:
        return
    except PreconditionFailed:
        if at is not None:
            unmarked = AllOf((same, Exists("withdrawnAt", exists=False)))
            with contextlib.suppress(PreconditionFailed, ItemNotFound):
                await store.patch(container, job_id, job_id, [Set("withdrawnAt", to_iso(at))], when=unmarked)
