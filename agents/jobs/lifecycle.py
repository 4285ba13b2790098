"""The job document and its life: claim, complete, fail. One compare-and-set a step, the truth is in the store.

    queued -> in_flight -> completed
              in_flight -> failed (nextAttemptAt; or a verdict, on its way to the dead letters) -> in_flight ...
              * -> dead_lettered (set when the dead letter is stored) -> completed, when a late worker finished after all

A claim's `owner` is the fencing token: every later write asks that the lease still be the owner's, so other writers of
the document (the sender clearing its outbox flag) do no harm. The fence saves money; correctness rests on the create-only
signal. `attempt` counts claims; a deferral gives its attempt back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from agents.jobs.decide import JobPolicy, is_fresh
from agents.jobs.job import MAX_ATTEMPTS_KEPT, Claim, Condemned, Verdict, generation_at, new_document, parse_time
from agents.jobs.messages import QueuedJob
from agents.jobs.outcomes import Deferred, Duplicate, Outcome, Skipped
from shared import observe
from shared.clock import Clock, from_iso, to_iso
from shared.errors import (
    AlreadyExists,
    DeferredError,
    ItemNotFound,
    ModelGarbage,
    PermanentError,
    PreconditionFailed,
    ProcessorError,
    Reason,
    RetryableError,
)
from shared.observe.log import scrub
from shared.store.base import Document, Item, Store
from shared.store.query import AllOf, AnyOf, Compare, Increment, Set

CLAIM_ROUNDS: Final = 5


class Jobs:
    """The life of the jobs of one container."""

    def __init__(self, *, store: Store, clock: Clock, container: str, policy: JobPolicy) -> None:
        self._store = store
        self._clock = clock
        self._container = container
        self.policy = policy

    async def find(self, job_id: str) -> Item | None:
        """Point read of a job's document."""
        return await self._store.find(self._container, job_id, job_id)

    def unstored(self, message: QueuedJob, *, repeated: bool) -> Claim:
        """Return the claim of a lazy kind's first delivery, of which nothing is stored."""
        return Claim(message.key, 0, "", 0, self._in(self.policy.lease_seconds), {}, repeated)

    async def claim(self, message: QueuedJob, fields: Mapping[str, Any]) -> Claim | Condemned | Outcome:
        """Take the message's job, creating its document where it is missing (`fields`: the workflow's own).

        Returns an outcome when there is nothing to take: done already, leased by another, or not due yet.
        """
        generation = message.generation
        if generation is None:
            known = await self._generation_of_foreign(message, fields)
            if not isinstance(known, int):
                return known
            generation = known
        owner = self._clock.new_id()
        for _ in range(CLAIM_ROUNDS):
            try:
                return await self._try_claim(message.key, generation, owner)
            except ItemNotFound:
                await self._create_missing(message, fields, generation)
            except PreconditionFailed:
                decided = await self._decide(message.key, generation, owner, fields)
                if decided is not None:
                    return decided
        return Deferred(self._in(5), "the job's document keeps changing")

    async def _try_claim(self, job_id: str, generation: int, owner: str) -> Claim:
        now = self._clock.now()
        until = now + timedelta(seconds=self.policy.lease_seconds)
        due = AllOf((Compare("status", "=", "failed"), Compare("nextAttemptAt", "<=", to_iso(now))))
        abandoned = AllOf((Compare("status", "=", "in_flight"), Compare("lease.expiresAt", "<=", to_iso(now))))
        free = AllOf((
            Compare("generation", "=", generation),
            Compare("attempt", "<", self.policy.attempts),
            Compare("verdict", "=", None),
            AnyOf((Compare("status", "=", "queued"), due, abandoned)),
        ))  # fmt: skip
        item = await self._store.patch(
            self._container, job_id, job_id,
            [
                Set("status", "in_flight"), Set("lease", {"owner": owner, "expiresAt": to_iso(until)}),
                Increment("attempt"), Set("outbox", value=False), Set("updatedAt", to_iso(now)),
            ],
            when=free,
        )  # fmt: skip
        return self._claimed(item.body, owner)

    def _claimed(self, document: Document, owner: str) -> Claim:
        return Claim(
            job_id=document["jobId"], generation=document["generation"], owner=owner, attempt=document["attempt"],
            lease_until=from_iso(document["lease"]["expiresAt"]), document=document,
        )  # fmt: skip

    async def _generation_of_foreign(self, message: QueuedJob, fields: Mapping[str, Any]) -> int | Outcome:
        """A producer that knows no generations: is this the like that we know, or a new one?"""
        liked_at = parse_time(message.created_at, at_most=self._clock.now())
        item = await self.find(message.key)
        if item is None:
            return generation_at(liked_at or self._clock.now())
        document = item.body
        if document["status"] != "completed":
            return int(document["generation"])
        if message.created_at is not None and message.created_at == document.get("createdAt"):
            return Duplicate("completed already")
        if is_fresh(document, now=self._clock.now(), policy=self.policy):
            return Duplicate("completed a short while ago")
        return await self.begin_generation(item, fields, outbox=False)

    async def begin_generation(self, item: Item, fields: Mapping[str, Any], *, outbox: bool) -> int:
        """Turn a completed job into a new one, a like of the same picture again; returns its generation.

        Raises `PreconditionFailed` when somebody changed the job meanwhile.
        """
        now = self._clock.now()
        generation = generation_at(now, after=int(item.body["generation"]))
        kept = {**fields, "lastCompletedAt": item.body.get("lastCompletedAt")}
        document = new_document(kept, job_id=item.body["jobId"], generation=generation, at=now, outbox=outbox)
        await self._store.replace(self._container, document, if_match=item.etag)
        return generation

    async def _create_missing(self, message: QueuedJob, fields: Mapping[str, Any], generation: int) -> None:
        document = new_document(fields, job_id=message.key, generation=generation, at=self._clock.now(), outbox=False)
        try:
            await self._store.create(self._container, document)
        except AlreadyExists:
            return  # somebody else did: the next round meets their document

    async def _decide(
        self, job_id: str, generation: int, owner: str, fields: Mapping[str, Any]
    ) -> Claim | Condemned | Outcome | None:
        """The claim's condition did not hold: read why. None: it may hold now, try again."""
        item = await self.find(job_id)
        if item is None:
            return None
        document, now = item.body, self._clock.now()
        status, known = document["status"], int(document["generation"])
        if known > generation:
            return Duplicate("a newer like of the same picture replaced this one")
        if known < generation:
            if status in {"completed", "dead_lettered"}:
                fresh = new_document(fields, job_id=job_id, generation=generation, at=now, outbox=False)
                await self._store.replace(self._container, fresh, if_match=item.etag)
                return None
            return Deferred(self._in(self.policy.lease_seconds), "an older like of the same picture is in work")
        if status == "completed":
            return Duplicate("completed already")
        if status == "dead_lettered":
            return Skipped("dead-lettered, its record is stored")
        if document.get("verdict"):
            verdict = document["verdict"]
            return Condemned(known, Verdict(Reason(verdict["reason"]), verdict["description"]))
        lease = document["lease"]
        if status == "in_flight" and lease["owner"] == owner:
            return self._claimed(document, owner)  # our own write, whose answer was lost
        if status == "in_flight" and lease["expiresAt"] > to_iso(now):
            return Deferred(from_iso(lease["expiresAt"]), "leased by another worker")
        if status == "failed" and document["nextAttemptAt"] > to_iso(now):
            return Deferred(from_iso(document["nextAttemptAt"]), "not due yet")
        if document["attempt"] >= self.policy.attempts:
            return await self._condemn_spent(item)
        return None

    async def _condemn_spent(self, item: Item) -> Condemned | None:
        """Every attempt was taken and none of them lived to say why: the payload may be killing its workers."""
        document = item.body
        last = document.get("lastError") or {}
        in_flight = document["status"] == "in_flight"
        reason = Reason.HOST_CRASH_SUSPECTED if in_flight or not last else Reason(last["reason"])
        verdict = Verdict(reason, f"{document['attempt']} attempts were begun and none was finished")
        now = to_iso(self._clock.now())
        try:
            await self._store.patch(
                self._container, document["id"], document["id"],
                [Set("status", "failed"), Set("verdict", _verdict_document(verdict, now)), Set("updatedAt", now)],
                if_match=item.etag,
            )  # fmt: skip
        except PreconditionFailed:
            return None
        return Condemned(int(document["generation"]), verdict)

    async def complete(self, claim: Claim) -> Outcome | None:
        """Mark the job completed: its signal is stored, which makes it true whoever holds the lease by now.

        Returns None when our claim stood, else what became of it. A dead letter that was false by then is resolved by
        the caller (`Outcome` says so).
        """
        now = to_iso(self._clock.now())
        done = [
            Set("status", "completed"), Set("lastCompletedAt", now), Set("updatedAt", now), Set("verdict", None),
            Set("lease", {"owner": "", "expiresAt": ""}), Set("analysis", None), Set("deferredSince", None),
        ]  # fmt: skip
        try:
            await self._store.patch(self._container, claim.job_id, claim.job_id, done, when=_held_by(claim))
        except PreconditionFailed:
            pass
        except ItemNotFound:
            return Duplicate("the job's document is gone")
        else:
            return None
        for _ in range(CLAIM_ROUNDS):
            item = await self.find(claim.job_id)
            if item is None or item.body["generation"] != claim.generation or item.body["status"] == "completed":
                return Duplicate("completed by another worker")
            try:
                await self._store.patch(self._container, claim.job_id, claim.job_id, done, if_match=item.etag)
            except PreconditionFailed:
                continue
            return Duplicate("was dead-lettered" if item.body["status"] == "dead_lettered" else "lost its lease")
        raise RetryableError("the job's document keeps changing", reason=Reason.STORE_CONFLICT_EXHAUSTED)

    async def fail(self, claim: Claim, error: ProcessorError, checkpoint: Document | None) -> Deferred | Verdict:
        """Write down a failed attempt and decide: come back later (`Deferred`), or a `Verdict`.

        `checkpoint` is what the attempt had learnt from the model: kept, so that the next one need not ask again.
        """
        now = self._clock.now()
        decision, attempt, deferred_since = self._next_step(claim, error, now)
        entry = {
            "n": claim.attempt, "at": to_iso(now), "reason": error.reason.value,
            "errorType": type(error).__name__, "message": scrub(str(error)), "traceparent": observe.traceparent(),
        }  # fmt: skip
        verdict = _verdict_document(decision, to_iso(now)) if isinstance(decision, Verdict) else None
        due = decision.until if isinstance(decision, Deferred) else now
        operations = [
            Set("status", "failed"), Set("attempt", attempt), Set("retryCount", attempt), Set("lastError", entry),
            Set("attempts", [*claim.document["attempts"], entry][-MAX_ATTEMPTS_KEPT:]), Set("verdict", verdict),
            Set("nextAttemptAt", to_iso(due)), Set("updatedAt", to_iso(now)), Set("deferredSince", deferred_since),
            Set("analysis", checkpoint),
        ]  # fmt: skip
        try:
            await self._store.patch(self._container, claim.job_id, claim.job_id, operations, when=_held_by(claim))
        except (PreconditionFailed, ItemNotFound):
            return Deferred(now + timedelta(seconds=1), "lost its lease while failing")
        return decision

    def _next_step(self, claim: Claim, error: ProcessorError, now: datetime) -> tuple[Deferred | Verdict, int, str | None]:
        since = claim.document.get("deferredSince")
        jitter = self._clock.uniform(0.0, 1.0)
        if isinstance(error, DeferredError):
            since = since or to_iso(now)
            if now - from_iso(since) < timedelta(seconds=self.policy.defer_budget_seconds):
                spread = error.delay_seconds + jitter * min(30.0, 0.1 * error.delay_seconds)
                return Deferred(now + timedelta(seconds=spread), scrub(str(error))), claim.attempt - 1, since
            return Verdict(error.reason, f"deferred since {since}: {scrub(str(error))}"), claim.attempt, since
        verdict = Verdict(error.reason, scrub(str(error)))
        if isinstance(error, PermanentError) or claim.attempt >= self.policy.attempts:
            return verdict, claim.attempt, since
        if isinstance(error, ModelGarbage) and (claim.document.get("lastError") or {}).get("reason") == error.reason:
            return verdict, claim.attempt, since  # hopeless: the same answer after a repair, twice
        wait = self.policy.redelivery.delay(claim.attempt, jitter=jitter)
        if isinstance(error, RetryableError) and error.retry_after_seconds is not None:
            wait = max(wait, error.retry_after_seconds)
        return Deferred(now + timedelta(seconds=wait), scrub(str(error))), claim.attempt, since

    def _in(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)


def _held_by(claim: Claim) -> AllOf:
    return AllOf((Compare("status", "=", "in_flight"), Compare("lease.owner", "=", claim.owner)))


def _verdict_document(verdict: Verdict, at: str) -> Document:
    return {"reason": verdict.reason.value, "description": verdict.description, "at": at}
