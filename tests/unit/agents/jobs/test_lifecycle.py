"""The life of a job as tables: what a claim comes to, what completing says, what a failure writes; each from a stored state."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.jobs.decide import JobPolicy
from agents.jobs.job import Claim, Condemned, Job, Rescheduled, Verdict, new_document
from agents.jobs.lifecycle import COLLISION, Jobs, Taken
from agents.jobs.outcomes import (
    Completion,
    DeferReason,
    Deferred,
    Duplicate,
    DuplicateReason,
    Skipped,
    SkipReason,
)
from agents.taste_analysis.message import TasteJobMessage, parse, taste_kind
from shared.clock import to_iso
from shared.errors import DeferredError, ModelUnavailable, PermanentError, ProcessorError, Reason
from shared.observe.metering import measure
from shared.store.containers import JOBS
from shared.store.patching import MAX_PATCH_OPERATIONS
from tests.fakes.clock import VirtualTime
from tests.faults.world import embedded_store

GENERATION = 7
BODY = b'{"user_id": "u", "item_id": "i", "image_url": "https://x.example/1", "generation": 7}'
EARLIER, LATER = "2026-11-23T08:00:00.000Z", "2026-11-23T10:00:00.000Z"
FLYING = {"status": "in_flight", "attempt": 1}
SPENT = {"attempt": 3}


class Scene:
    """The life of the taste jobs over a store of its own, at one instant."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.store = embedded_store(self.time)
        self.kind = taste_kind("q", "q-poison", policy=JobPolicy(attempts=3))
        self.jobs: Jobs[TasteJobMessage] = Jobs(store=self.store, clock=self.time.clock(), kind=self.kind)
        self.message = parse(BODY)

    async def stored(self, **changes: Any) -> None:
        fields, key = self.kind.fields(self.message, to_iso(self.time.at)), self.message.key
        queued = new_document(fields, job_id=key, generation=GENERATION, at=self.time.at, outbox=False)
        await self.store.upsert(JOBS.key, {**queued, **changes})

    async def job(self) -> Job:
        return Job((await self.store.read(JOBS.key, self.message.key, self.message.key)).body)

    async def claim(self) -> Claim:
        taken = await self.jobs.claim(self.message)
        assert isinstance(taken, Claim)
        return taken


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    await made.store.close()


def lease(until: str) -> dict[str, str]:
    return {"owner": "another", "expiresAt": until}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, Claim),
        ({"status": "failed", "attempt": 1, "nextAttemptAt": EARLIER}, Claim),
        ({**FLYING, "lease": lease(EARLIER)}, Claim),
        ({"status": "failed", "attempt": 1, "nextAttemptAt": LATER}, DeferReason.NOT_DUE),
        ({**FLYING, "lease": lease(LATER)}, DeferReason.LEASED),
        ({"status": "completed"}, DuplicateReason.COMPLETED),
        ({"status": "dead_lettered"}, SkipReason.DEAD_LETTERED),
        ({"generation": 8}, DuplicateReason.REPLACED),
        ({"generation": 6}, DeferReason.OLDER_IN_WORK),
        ({"generation": 6, "status": "completed"}, Claim),
        ({"generation": 6, "status": "dead_lettered"}, Claim),
        ({"status": "failed", "verdict": {"reason": "llm_refused", "description": "no"}}, Verdict(Reason.MODEL_REFUSED, "no")),
        ({**SPENT, "status": "failed", "nextAttemptAt": EARLIER, "lastError": {"reason": "llm_timeout"}}, Reason.MODEL_TIMEOUT),
        ({**SPENT, "status": "in_flight", "lease": lease(EARLIER)}, Reason.HOST_CRASH_SUSPECTED),
        ({"userId": "somebody else"}, COLLISION),
        ({"galleryImageIndex": 3, "status": "completed"}, COLLISION),
    ],
)  # fmt: skip
async def test_what_a_claim_comes_to(scene: Scene, state: dict[str, Any], expected: object) -> None:
    await scene.stored(**state)
    taken: Taken = await scene.jobs.claim(scene.message)
    match taken:
        case Claim():
            assert expected is Claim
            before = state.get("attempt", 0) if state.get("generation", GENERATION) == GENERATION else 0
            assert (taken.generation, taken.attempt, taken.stored) == (GENERATION, before + 1, True)
            assert (await scene.job()).lease_owner == taken.owner
        case Condemned(verdict=verdict):
            assert expected in (verdict, verdict.reason)
        case Deferred(until=until, reason=reason):
            assert reason is expected
            assert until > scene.time.at
        case Duplicate(reason) | Skipped(reason):
            assert reason is expected
        case _:
            raise AssertionError(taken)


async def test_who_takes_a_job_over_keeps_what_is_known_of_the_attempt_that_was_lost(scene: Scene) -> None:
    first = await scene.claim()
    began = to_iso(scene.time.at)
    scene.time.advance(scene.jobs.policy.lease_seconds + 1)
    taken = await scene.claim()
    lost = {"n": 1, "at": to_iso(scene.time.at), "startedAt": began, "leasedUntil": to_iso(first.lease_until)}
    assert (taken.attempt, taken.job.document["lostAttempts"]) == (2, [lost])
    scene.time.advance(scene.jobs.policy.lease_seconds + 1)
    assert (await scene.claim()).attempt == 3
    scene.time.advance(scene.jobs.policy.lease_seconds + 1)
    condemned = await scene.jobs.claim(scene.message)
    assert isinstance(condemned, Condemned)
    assert condemned.verdict.reason is Reason.HOST_CRASH_SUSPECTED
    assert [one["n"] for one in (await scene.job()).document["lostAttempts"]] == [1, 2, 3]


async def test_of_many_who_take_a_job_over_one_does_and_one_loss_is_noted(scene: Scene) -> None:
    await scene.claim()
    scene.time.advance(scene.jobs.policy.lease_seconds + 1)
    taken = await asyncio.gather(*(scene.jobs.claim(scene.message) for _ in range(4)))
    assert sorted(type(one).__name__ for one in taken) == ["Claim", "Deferred", "Deferred", "Deferred"]
    assert [one["n"] for one in (await scene.job()).document["lostAttempts"]] == [1]


async def test_a_worker_that_is_late_all_the_same_completes_the_job_that_another_has_taken_over(scene: Scene) -> None:
    late = await scene.claim()
    scene.time.advance(scene.jobs.policy.lease_seconds + 1)
    await scene.claim()
    assert await scene.jobs.complete(late) is Completion.LEASE_LOST
    job = (await scene.job()).document
    assert (job["lastAttempt"]["n"], job["lastAttempt"]["startedAt"]) == (1, job["lostAttempts"][0]["startedAt"])


@pytest.mark.parametrize("state", [{}, {"status": "failed", "attempt": 1, "nextAttemptAt": EARLIER}])
async def test_a_claim_is_one_write_where_nobody_was_lost(scene: Scene, state: dict[str, Any]) -> None:
    await scene.stored(**state)
    with measure() as usage:
        await scene.jobs.claim(parse(json.dumps({**json.loads(BODY), "generation": GENERATION}).encode()))
    assert usage.operations == 1
    assert "lostAttempts" not in (await scene.job()).document


async def test_a_claim_makes_the_document_that_is_missing(scene: Scene) -> None:
    taken = await scene.claim()
    assert (taken.job.status, taken.job.generation, taken.job.outbox) == ("in_flight", GENERATION, False)


@pytest.mark.parametrize(
    ("meanwhile", "completion", "status"),
    [
        ({}, Completion.CLAIM_STOOD, "completed"),
        ({"lease": lease(LATER)}, Completion.LEASE_LOST, "completed"),
        ({"status": "failed"}, Completion.LEASE_LOST, "completed"),
        ({"status": "dead_lettered"}, Completion.DEAD_LETTERED_MEANWHILE, "completed"),
        ({"status": "completed"}, Completion.COMPLETED_ELSEWHERE, "completed"),
        ({"generation": 8, "status": "queued"}, Completion.COMPLETED_ELSEWHERE, "queued"),
    ],
)
async def test_what_completing_says_of_what_happened_meanwhile(
    scene: Scene, meanwhile: dict[str, Any], completion: Completion, status: str
) -> None:
    claim = await scene.claim()
    item = await scene.store.read(JOBS.key, claim.job_id, claim.job_id)
    if meanwhile:
        await scene.store.replace(JOBS.key, {**item.body, **meanwhile})
    assert await scene.jobs.complete(claim) is completion
    assert (await scene.job()).status == status


async def test_completing_a_job_whose_document_is_gone_says_so(scene: Scene) -> None:
    claim = await scene.claim()
    await scene.store.delete(JOBS.key, claim.job_id, claim.job_id)
    assert await scene.jobs.complete(claim) is Completion.DOCUMENT_GONE


@pytest.mark.parametrize(
    ("error", "kind", "attempt", "deferred"),
    [
        (ModelUnavailable("503"), Rescheduled, 1, False),
        (DeferredError("quota", delay_seconds=60, reason=Reason.MODEL_BUDGET_EXHAUSTED), Rescheduled, 0, True),
        (PermanentError("no", reason=Reason.MODEL_REFUSED), Condemned, 1, False),
    ],
)
async def test_what_a_failure_writes(scene: Scene, error: ProcessorError, kind: type, attempt: int, deferred: bool) -> None:
    claim = await scene.claim()
    patched: list[int] = []
    patch = scene.store.patch

    async def counting(container: str, item_id: str, partition: str, operations: Any, **more: Any) -> Any:
        patched.append(len(operations))
        return await patch(container, item_id, partition, operations, **more)

    scene.store.patch = counting  # type: ignore[method-assign]
    assert isinstance(await scene.jobs.fail(claim, scene.message, error, {"learnt": True}), kind)
    assert max(patched) < MAX_PATCH_OPERATIONS, "at the platform's limit the next field is one too many"
    job = await scene.job()
    assert (job.status, job.attempt, job.last_reason, job.analysis) == ("failed", attempt, error.reason, {"learnt": True})
    assert (job.deferred_since is not None, job.verdict is not None) == (deferred, kind is Condemned)
    assert [one["message"] for one in job.attempts] == [str(error)]


async def test_who_fails_without_the_lease_writes_nothing(scene: Scene) -> None:
    claim = await scene.claim()
    item = await scene.store.read(JOBS.key, claim.job_id, claim.job_id)
    await scene.store.replace(JOBS.key, {**item.body, "lease": lease(LATER)})
    failed = await scene.jobs.fail(claim, scene.message, ModelUnavailable("503"), None)
    assert isinstance(failed, Rescheduled)
    assert failed.deferred.reason is DeferReason.LEASE_LOST
    assert (await scene.job()).attempts == []
