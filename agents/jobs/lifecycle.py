"""The job document and its life: claim, complete, fail. One compare-and-set a step, the truth is in the store.

    queued -> in_flight -> completed
              in_flight -> failed (nextAttemptAt; or a verdict, on its way to the dead letters) -> in_flight ...
              * -> dead_lettered (set when the dead letter is stored) -> completed, when a late worker finished after all

A claim's `owner` is the fencing token: every later write asks that the lease still be the owner's, so other writers of
the document (the sender clearing its outbox flag) do no harm. The fence saves money; correctness rests on the create-only
signal. `attempt` counts claims; a deferral gives its attempt back.
"""

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Generic

from agents.jobs.changes import changes_of_completion, changes_of_failure, changes_of_verdict, claimable, still_ours
from agents.jobs.decide import Defer, JobPolicy, asks_for_another, decide, verdict_over_spent
from agents.jobs.erased import erased_since
from agents.jobs.job import (
    Claim,
    Condemned,
    Job,
    JobStatus,
    Rescheduled,
    Verdict,
    ended_attempt,
    failed_attempt,
    generation_at,
    held_by,
    new_document,
)
from agents.jobs.kinds import JobKind
from agents.jobs.lost import lapsed, take_over
from agents.jobs.messages import M
from agents.jobs.outcomes import Completion, DeferReason, Deferred, Duplicate, DuplicateReason, Outcome, Skipped, SkipReason
from shared import observe
from shared.clock import Clock, parse_time, to_iso
from shared.errors import (
    AlreadyExists,
    DeferredError,
    ItemNotFound,
    PreconditionFailed,
    ProcessorError,
    Reason,
    RetryableError,
    StoreConflict,
)
from shared.observe.log import scrub
from shared.observe.metering import spent
from shared.store.base import Document, Item, Store
from shared.store.query import Compare, Increment, PatchOperation, Set

CLAIM_ROUNDS: Final = 5
MAX_DUPLICATES_KEPT: Final = 20
CONTENDED_SECONDS: Final = 5.0
COLLISION: Final = Verdict(Reason.JOB_ID_COLLISION, "another job, about something else, has the same id")
Taken = Claim | Condemned | Outcome


class Jobs(Generic[M]):
    """The life of the jobs of one kind."""

    def __init__(self, *, store: Store, clock: Clock, kind: JobKind[M]) -> None:
        self._store = store
        self._clock = clock
        self._kind = kind
        self._container = kind.container
        self.policy: JobPolicy = kind.policy

    async def find(self, job_id: str) -> Item | None:
        """Point read of a job's document."""
        return await self._store.find(self._container, job_id, job_id)

    async def claim(self, message: M, *, redelivered: bool = False) -> Taken:
        """Take the message's job. Returns an outcome when there is nothing to take: done already, leased, or not due.

        Of a lazy kind nothing is stored for the first delivery of a message; `redelivered`: it may have been begun before.
        """
        if self._kind.lazy and message.generation is None:
            return Claim(message.key, 0, "", 0, self._in(self.policy.lease_seconds), Job({}), redelivered)
        return await self._claim(message, redelivered=redelivered)

    async def _claim(self, message: M, *, redelivered: bool = False) -> Taken:
        """Claim in the store; the job's document is created where it is missing, and ours from its first moment."""
        fields = self._kind.fields(message, to_iso(self._clock.now()))
        owner = self._clock.new_id()
        generation = message.generation
        if generation is None and not redelivered:  # a producer's message, new for all we know
            taken = await self._create_claimed(message, fields, self._generation_asked_for(message), owner)
            if taken is not None:
                return taken
        if generation is None:
            known = await self._generation_of_foreign(message, fields)
            if not isinstance(known, int):
                return known
            generation = known
        for _ in range(CLAIM_ROUNDS):
            try:
                return await self._try_claim(message.key, generation, owner, fields)
            except ItemNotFound:
                taken = await self._create_claimed(message, fields, generation, owner)
                if taken is not None:
                    return taken
            except PreconditionFailed:
                decided = await self._refused(message.key, generation, owner, fields)
                if decided is not None:
                    return decided
        return Deferred(self._in(CONTENDED_SECONDS), DeferReason.CONTENDED)

    async def _try_claim(self, job_id: str, generation: int, owner: str, fields: Mapping[str, Any]) -> Claim:
        now = self._clock.now()
        free = claimable(generation, self.policy, ((name, fields.get(name)) for name in self._kind.identity), now)
        taken = [Set(name, value) for name, value in self._held_by(owner, now).items()]
        item = await self._store.patch(self._container, job_id, job_id, [*taken, Increment("attempt")], when=free)
        return _claimed(Job(item.body), owner)

    async def _generation_of_foreign(self, message: M, fields: Mapping[str, Any]) -> int | Condemned | Outcome:
        """A producer that knows no generations: is this the job that we know, or a new one?"""
        item = await self.find(message.key)
        if item is None:
            return self._generation_asked_for(message)
        job = Job(item.body)
        if not self._kind.is_about(job, fields):
            return Condemned(job.generation, COLLISION)
        same = message.created_at is not None and message.created_at == job.created_at
        if not same:
            job = await self._kind.as_taken_back(self._store, job)
        if asks_for_another(job, message.created_at, at=self._clock.now(), policy=self.policy):
            return await self.begin_generation(Item(job.document, item.etag), fields, outbox=False)
        if job.status is not JobStatus.COMPLETED:
            return job.generation
        await self.note_duplicate(job)
        return Duplicate(DuplicateReason.COMPLETED if same else DuplicateReason.COMPLETED_RECENTLY)

    def _generation_asked_for(self, message: M) -> int:
        now = self._clock.now()
        return generation_at(parse_time(message.created_at, at_most=now) or now)

    async def begin_generation(self, item: Item, fields: Mapping[str, Any], *, outbox: bool) -> int:
        """Turn a completed job into a new one, the same asked for again; returns its generation. Generations follow each other
        as the likes were made, not as they came: what was taken back is known by them.

        Raises `PreconditionFailed` when somebody changed the job meanwhile.
        """
        now, job = self._clock.now(), Job(item.body)
        asked = parse_time(fields.get("createdAt"), at_most=now) or now
        generation = generation_at(asked, after=job.generation)
        document = new_document(fields, job_id=job.job_id, generation=generation, at=now, outbox=outbox)
        await self._store.replace(self._container, job.followed_by(document), if_match=item.etag)
        return generation

    async def note_duplicate(self, job: Job) -> None:
        """Remember that the same was asked for again. A figure for on-call, never worth a failure; the last times are kept."""
        now = to_iso(self._clock.now())
        times = [*job.duplicates, now][-MAX_DUPLICATES_KEPT:]
        same = Compare("generation", "=", job.generation)
        with contextlib.suppress(RetryableError, StoreConflict):
            await self._store.patch(
                self._container, job.job_id, job.job_id, [Set("duplicatesAt", times), Set("lastDuplicateAt", now)], when=same
            )

    async def _create_claimed(
        self, message: M, fields: Mapping[str, Any], generation: int, owner: str
    ) -> Claim | Outcome | None:
        """Create the job as ours in one write. None: it is stored already, and its document says what to do."""
        if await erased_since(self._store, str(fields.get("userId", "")), fields.get("createdAt")):
            return Skipped(SkipReason.USER_ERASED)
        now = self._clock.now()
        document = new_document(fields, job_id=message.key, generation=generation, at=now, outbox=False)
        try:
            item = await self._store.create(self._container, {**document, **self._held_by(owner, now), "attempt": 1})
        except AlreadyExists:
            return None
        return _claimed(Job(item.body), owner, not_erased=True)

    def _held_by(self, owner: str, now: datetime) -> Document:
        return held_by(owner, since=now, until=now + timedelta(seconds=self.policy.lease_seconds))

    async def _refused(self, job_id: str, generation: int, owner: str, fields: Mapping[str, Any]) -> Taken | None:
        """The claim's condition did not hold: read why. None: it may hold now, try again."""
        item = await self.find(job_id)
        if item is None:
            return None
        job, now = Job(item.body), self._clock.now()
        if not self._kind.is_about(job, fields):
            return Condemned(generation, COLLISION)
        if job.generation > generation:
            return Duplicate(DuplicateReason.REPLACED)
        if job.generation < generation:
            return await self._replace_older(item, job, generation, fields)
        if job.status is JobStatus.COMPLETED:
            return Duplicate(DuplicateReason.COMPLETED)
        if job.status is JobStatus.DEAD_LETTERED:
            return Skipped(SkipReason.DEAD_LETTERED)
        if job.verdict is not None:
            return Condemned(job.generation, job.verdict)
        if job.status is JobStatus.IN_FLIGHT and job.lease_owner == owner:
            return _claimed(job, owner)  # our own write, whose answer was lost
        if job.status is JobStatus.IN_FLIGHT and job.leased_at(now):
            return Deferred(job.lease_until, DeferReason.LEASED)
        if job.status is JobStatus.FAILED and job.due > now:
            return Deferred(job.due, DeferReason.NOT_DUE)
        if job.attempt >= self.policy.attempts:
            return await self._condemn_spent(item, job)
        return await self._take_over(job, owner) if job.status is JobStatus.IN_FLIGHT else None

    async def _take_over(self, job: Job, owner: str) -> Claim | None:
        """Claim a job whose worker is gone, and note that its attempt was lost. None: it has changed since it was read."""
        now = self._clock.now()
        taken = take_over(job, owner, now, self._in(self.policy.lease_seconds))
        try:
            item = await self._store.patch(self._container, job.job_id, job.job_id, taken, when=lapsed(job, now))
        except (PreconditionFailed, ItemNotFound):
            return None
        return _claimed(Job(item.body), owner)

    async def _replace_older(self, item: Item, job: Job, generation: int, fields: Mapping[str, Any]) -> Deferred | None:
        """The document is an older generation's: it gives way once that one has ended."""
        if not job.ended:
            return Deferred(self._in(self.policy.lease_seconds), DeferReason.OLDER_IN_WORK)
        fresh = new_document(fields, job_id=job.job_id, generation=generation, at=self._clock.now(), outbox=False)
        await self._store.replace(self._container, job.followed_by(fresh), if_match=item.etag)
        return None

    async def _condemn_spent(self, item: Item, job: Job) -> Condemned | None:
        """Write the verdict over a job without an attempt left. None: it has changed since it was read."""
        verdict = verdict_over_spent(job)
        changes = changes_of_verdict(job, verdict, self._clock.now())
        try:
            await self._store.patch(self._container, job.job_id, job.job_id, changes, if_match=item.etag)
        except PreconditionFailed:
            return None
        return Condemned(job.generation, verdict)

    async def complete(self, claim: Claim, *, skipped: str | None = None) -> Completion:
        """Mark the job completed: its effect is stored, which makes it true whoever holds the lease by now. `skipped`: why it
        was right to have no effect, where it has none.

        A dead letter that was false by then is the caller's to settle (`Completion` says so).
        """
        if not claim.stored:
            return Completion.CLAIM_STOOD
        at = self._clock.now()
        ended = ended_attempt(claim.attempt, at, observe.traceparent(), started=self._began(claim), used=spent())
        done = changes_of_completion(ended, skipped, at)
        try:
            await self._store.patch(self._container, claim.job_id, claim.job_id, done, when=still_ours(claim))
        except PreconditionFailed:
            return await self._complete_late(claim, done)
        except ItemNotFound:
            return Completion.DOCUMENT_GONE
        return Completion.CLAIM_STOOD

    async def _complete_late(self, claim: Claim, done: list[PatchOperation]) -> Completion:
        """The lease is not ours any more, or we completed it and never heard: look, and say it all the same."""
        for _ in range(CLAIM_ROUNDS):
            item = await self.find(claim.job_id)
            job = Job.of(item)
            if item is None or job is None or job.generation != claim.generation or job.status is JobStatus.COMPLETED:
                return Completion.COMPLETED_ELSEWHERE
            try:
                await self._store.patch(self._container, claim.job_id, claim.job_id, done, if_match=item.etag)
            except PreconditionFailed:
                continue
            dead = job.status is JobStatus.DEAD_LETTERED
            return Completion.DEAD_LETTERED_MEANWHILE if dead else Completion.LEASE_LOST
        raise RetryableError("the job's document keeps changing", reason=Reason.STORE_CONFLICT_EXHAUSTED)

    async def put_off(
        self, claim: Claim, message: M, outcome: Deferred, checkpoint: Document | None
    ) -> Condemned | Rescheduled | Outcome:
        """The work itself asks to go on later: a stored job gives its lease and its attempt back, within the budget."""
        if not claim.stored:
            return outcome
        seconds = max(0.0, (outcome.until - self._clock.now()).total_seconds())
        error = DeferredError(outcome.detail or str(outcome.reason), delay_seconds=seconds, reason=Reason.UNKNOWN)
        return await self.fail(claim, message, error, checkpoint)

    async def fail(
        self, claim: Claim, message: M, error: ProcessorError, checkpoint: Document | None, held: timedelta = timedelta(0)
    ) -> Condemned | Rescheduled | Outcome:
        """Write down a failed attempt: the job comes back later, or a verdict stands from now on.

        A job of a lazy kind gets its document only now; where another has it by then, the outcome of that claim is returned.
        `checkpoint` is what the attempt had learnt from the model: kept, so that the next one need not ask again. `held`: how
        long its queue was paused since its first deferral.
        """
        taken = claim if claim.stored else await self._claim(message)
        if not isinstance(taken, Claim):
            return taken
        at, job = self._clock.now(), taken.job
        decision = decide(
            self.policy, attempt=taken.attempt, last_reason=job.last_reason, error=error, deferred_since=job.deferred_since,
            at=at, jitter=self._clock.uniform(0.0, 1.0), held=held,
        )  # fmt: skip
        until = decision.due if isinstance(decision, Defer) else None
        trace = observe.traceparent()
        failed = failed_attempt(
            taken.attempt, error, at, trace, started=self._began(claim), used=spent(), until=until
        )  # fmt: skip
        changes = changes_of_failure(job, decision, failed, taken.attempt, checkpoint, at)
        try:
            await self._store.patch(self._container, taken.job_id, taken.job_id, changes, when=still_ours(taken))
        except (PreconditionFailed, ItemNotFound):
            return Rescheduled(taken.generation, Deferred(at + timedelta(seconds=1), DeferReason.LEASE_LOST))
        if isinstance(decision, Verdict):
            observe.job_ended(self._kind.family, "verdict", taken.attempt)
            return Condemned(taken.generation, decision)
        reason = DeferReason.DEPENDENCY if isinstance(decision, Defer) else DeferReason.ATTEMPT_FAILED
        return Rescheduled(taken.generation, Deferred(decision.due, reason, scrub(str(error))))

    def _began(self, claim: Claim) -> datetime:
        return claim.lease_until - timedelta(seconds=self.policy.lease_seconds)

    def _in(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)


def _claimed(job: Job, owner: str, *, not_erased: bool = False) -> Claim:
    return Claim(job.job_id, job.generation, owner, job.attempt, job.lease_until, job, not_erased=not_erased)
