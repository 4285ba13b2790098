"""Takes a like back: what an item taught is unlearnt, and what is still on its way is not learnt any more.

Trigger: `POST /api/ops/taste-jobs` with `signal: none` or `down`; `DELETE /api/ops/taste-profiles/{userId}/items/{itemId}`.
Reads: the item's jobs, the user's signals and waiting dead letters. Writes: a mark on the jobs, the profile built anew from the
signals that are left, the dead letters of the item's likes (see `agents.dead_letters.taken_back`), the three lists.
Fails: `RetryableError`; a second try goes on from anywhere.

The profile notes when an item's likes were taken back, in the batch that unlearns them: a like from before that, delivered or
replayed afterwards, is not applied; so, for a week, where nothing of the like is stored yet, since its message may still be in
the queue. Of a signal only the marker stays, without what it taught, so that its job is never done
twice. The jobs are marked first: liking the item again then begins a new job, however fresh the old one is.

Clocks of instances differ. What is earlier and what later is therefore said by what stood in the store when it came: a
withdrawal is as late as the likes that it finds, and a like that the endpoint takes is later than the withdrawal that it finds.
Of a like straight from the queue the producer's clock alone tells.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from agents.dead_letters.record import WAITING, DeadLetter
from agents.dead_letters.taken_back import asked_by, settle
from agents.jobs.job import Job
from agents.jobs.kinds import TASTE as KIND
from agents.jobs.messages import asked_at
from agents.taste_analysis.profile import PROFILE_ID, Signal, TasteProfile, taken_back_ahead, without
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.rebuilding import stored_signals
from agents.taste_analysis.signals import tombstone
from agents.taste_analysis.taken_back import whose_and_what, withdrawn_at
from shared.clock import Clock, from_iso, parse_time, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, Reason, RetryableError
from shared.store.base import BatchStep, Create, Document, Replace, Store
from shared.store.containers import DEAD_LETTERS, JOBS, TASTE
from shared.store.query import AllOf, Compare, In, Query, Set
from shared.store.updates import update

ROUNDS: Final = 40
A_BATCH: Final = 90  # of the 100 steps that a batch may have
AT_ONCE: Final = 8
EARLIEST: Final = from_iso("1970-01-01T00:00:00Z")
CLOCK_AHEAD: Final = timedelta(days=1)  # of a producer, whose like is then "later" than its withdrawal
A_MOMENT: Final = timedelta(milliseconds=1)  # the resolution of what is stored


@dataclass(frozen=True, slots=True)
class _Found:
    """What is stored of an item's likes: jobs, signals, and, where it is neither, dead letters that wait for on-call. `begun`:
    a withdrawal died after its first step, the marks on the jobs.
    """

    profile: TasteProfile
    jobs: Sequence[Document]
    signals: Sequence[Signal]
    letters: Sequence[DeadLetter]
    begun: bool

    @property
    def liked(self) -> list[Document]:
        """The jobs of likes that nobody has taken back yet."""
        return [job for job in self.jobs if not Job(job).withdrawn]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to take back."""
        return not (self.liked or self.signals or self.letters or self.begun)

    @property
    def times(self) -> list[datetime]:
        """When they were liked."""
        told = [asked_at(asked_by(letter)) for letter in self.letters]
        return [*map(_created, self.jobs), *(signal.at for signal in self.signals), *(at for at in told if at is not None)]


class Withdrawals:
    """See the module."""

    def __init__(self, *, store: Store, clock: Clock, projection: Projection) -> None:
        self._store = store
        self._clock = clock
        self._projection = projection

    async def withdraw(self, user_id: str, item_id: str) -> bool:
        """Take back every like of an item. False: none is stored, and one that is still on its way will not be learnt."""
        found = await self._found(user_id, item_id)
        if found.nothing:
            await self._take_back_ahead(user_id, item_id)
            again = await self._found(user_id, item_id)  # what came between the reads and the mark is still learnt
            if again.nothing:
                if found.profile.has_withdrawn(item_id, EARLIEST):
                    await self._projection.project(again.profile)  # the withdrawal may have died before this
                return False
            found = again
        now = self._clock.now()
        at = min(max([now, *found.times]), now + CLOCK_AHEAD)
        at = from_iso(to_iso(at))  # as it is stored: a finer instant would never be found again
        await self._mark(found.liked, at)
        profile = await self._unlearn(user_id, item_id, at)
        for letter in await self._letters(user_id, item_id):  # of now: what is stored later is settled by who stores it
            if (asked_at(asked_by(letter)) or EARLIEST) <= at:
                await settle(self._store, self._clock, JOBS.key, letter.record_id, letter.job_id, at)
        await self._projection.project(profile)
        return True

    async def time_of_a_like(self, user_id: str, item_id: str) -> datetime:
        """Return when a like of now was made: now, or later, where a clock ahead of ours has taken back earlier ones."""
        at = await withdrawn_at(self._store, user_id, item_id)
        now = self._clock.now()
        return now if at is None else max(now, at + A_MOMENT)

    async def came_first(self, job: Job) -> bool:
        """Whether a job's like was taken back before anything of it was stored; it is marked then, as the others are.

        Until a worker has found that out nothing of it stands on the job, and a like of now would be taken for its duplicate.
        """
        user_id, item_id = str(job.document["userId"]), str(job.document["itemId"])
        at = await withdrawn_at(self._store, user_id, item_id)
        if at is None or _created(job.document) > at:
            return False
        await mark_withdrawn(self._store, job.job_id, job.generation, at)
        if job.dead_letter_id is not None:
            await settle(self._store, self._clock, JOBS.key, job.dead_letter_id, job.job_id, at)
        return True

    async def _take_back_ahead(self, user_id: str, item_id: str) -> None:
        now = self._clock.now()

        def changed(document: Document | None) -> Document:
            before = TasteProfile.from_document(document) if document else TasteProfile.empty(user_id)
            return taken_back_ahead(before, item_id, max(now, before.withdrawn_at(item_id) or now)).to_document()

        what = "the user's profile keeps changing"
        await update(self._store, self._clock, TASTE.key, PROFILE_ID, user_id, changed, what=what)

    async def _found(self, user_id: str, item_id: str) -> "_Found":
        about = Query(where=AllOf((Compare("userId", "=", user_id), Compare("itemId", "=", item_id))))
        jobs = [document async for document in self._all(JOBS.key, about)]
        item = await self._store.find(TASTE.key, PROFILE_ID, user_id)
        profile = TasteProfile.from_document(item.body) if item else TasteProfile.empty(user_id)
        signals = [signal for signal in await stored_signals(self._store, user_id) if signal.item_id == item_id]
        begun = bool(jobs) and not profile.has_withdrawn(item_id, EARLIEST)
        found = _Found(profile, jobs, signals, (), begun)
        return replace(found, letters=await self._letters(user_id, item_id)) if found.nothing else found

    async def _letters(self, user_id: str, item_id: str) -> list[DeadLetter]:
        """Return the dead letters of the item's likes that wait for on-call."""
        waiting = Query(where=AllOf((Compare("userId", "=", user_id), In("status", tuple(sorted(WAITING))))))
        found = [DeadLetter(document) async for document in self._all(DEAD_LETTERS.key, waiting)]
        return [one for one in found if (one.kind or KIND) == KIND and whose_and_what(one.payload) == (user_id, item_id)]

    async def _all(self, container: str, query: Query) -> AsyncIterator[Document]:
        cursor: str | None = None
        while True:
            page = await self._store.page(container, query, cursor=cursor)
            for document in page.documents:
                yield document
            cursor = page.cursor
            if cursor is None:
                return

    async def _mark(self, jobs: Sequence[Document], at: datetime) -> None:
        for start in range(0, len(jobs), AT_ONCE):
            some = jobs[start : start + AT_ONCE]
            await asyncio.gather(*(mark_withdrawn(self._store, job["id"], job["generation"], at) for job in some))

    async def _unlearn(self, user_id: str, item_id: str, at: datetime) -> TasteProfile:
        """Batch by batch: the profile always stands beside the signals that it is built from."""
        for _ in range(ROUNDS):
            item = await self._store.find(TASTE.key, PROFILE_ID, user_id)
            before = TasteProfile.from_document(item.body) if item else TasteProfile.empty(user_id)
            signals = await stored_signals(self._store, user_id)
            gone = [one for one in signals if one.item_id == item_id and one.at <= at][:A_BATCH]
            if not gone and before.has_withdrawn(item_id, at):
                return before
            ids = {signal.id for signal in gone}
            after = without(before, item_id, (signal for signal in signals if signal.id not in ids), at)
            document = self._projection.stamp_due(before, after).to_document()
            write: BatchStep = Replace(document, if_match=item.etag) if item else Create(document)
            steps: list[BatchStep] = [write, *(Replace(tombstone(signal, at)) for signal in gone)]
            try:
                await self._store.batch(TASTE.key, user_id, steps)
            except (AlreadyExists, PreconditionFailed, ItemNotFound):
                await self._clock.sleep(self._clock.uniform(0.0, 0.05))
        raise RetryableError("the user's profile keeps changing", reason=Reason.STORE_CONFLICT_EXHAUSTED)


async def mark_withdrawn(store: Store, job_id: str, generation: int, at: datetime) -> None:
    """Note on a job that its like was taken back at `at`: liking the item again is then no duplicate of it."""
    same = Compare("generation", "=", generation)
    try:
        await store.patch(JOBS.key, job_id, job_id, [Set("withdrawnAt", to_iso(at))], when=same)
    except (PreconditionFailed, ItemNotFound):
        return  # liked again meanwhile: that like is a new one


def after_withdrawal(job: Job, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a like that comes after the job's was taken back: it is later than that, in what is stored too."""
    taken_back = from_iso(job.document["withdrawnAt"])
    created = to_iso(max(from_iso(fields["createdAt"]), taken_back + A_MOMENT))
    return {**fields, "createdAt": created, "payload": {**fields["payload"], "createdAt": created}}


def _created(job: Document) -> datetime:
    return parse_time(job.get("createdAt")) or EARLIEST
