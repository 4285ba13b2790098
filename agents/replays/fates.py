"""What became of a dead letter that was replayed; and the settling of one whose payload ran as another job.

Reads: the dead letter, and where it was replayed as another job, that job. Writes: the dead letter, once that job has ended.
"""

from agents.dead_letters.record import DeadLetter, DeadLetterStatus, partition_of, record_id_of
from agents.jobs.job import Job, JobStatus
from agents.jobs.kinds import JobKinds
from agents.replays.progress import Fate
from shared.clock import Clock, to_iso
from shared.errors import SICK_DOCUMENT, ItemNotFound, PreconditionFailed
from shared.store.base import Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import Compare, Set


class Fates:
    """Tells fates, of every kind of job."""

    def __init__(self, *, store: Store, clock: Clock, kinds: JobKinds) -> None:
        self._store = store
        self._clock = clock
        self._kinds = kinds

    async def of(self, record_id: str) -> Fate | None:
        """Return the fate of a record that was replayed; None while it is not known, or cannot be read."""
        try:
            return await self._of(record_id)
        except SICK_DOCUMENT:
            return None

    async def _of(self, record_id: str) -> Fate | None:
        item = await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id))
        if item is None:
            return Fate.GONE
        record = DeadLetter(item.body)
        match record.status:
            case DeadLetterStatus.RESOLVED:
                return Fate.DIED_AGAIN if record.replaced else Fate.COMPLETED
            case DeadLetterStatus.OPEN:
                return Fate.DIED_AGAIN
            case DeadLetterStatus.REPLAYED:
                return await self.settle_elsewhere(record)
            case _:
                return Fate.GONE

    async def settle_elsewhere(self, record: DeadLetter) -> Fate | None:
        """Settle a record whose payload ran as another job, once that job has ended. None: it has not, or there is none."""
        elsewhere, kind = record.replayed_as, self._kinds.named(record.kind)
        if elsewhere is None or kind is None:
            return None
        job = Job.of(await self._store.find(kind.container, elsewhere.job_id, elsewhere.job_id))
        if job is None or (job.generation == elsewhere.generation and not job.ended):
            return None
        died = job.generation == elsewhere.generation and job.status is JobStatus.DEAD_LETTERED
        changes = [Set("status", DeadLetterStatus.RESOLVED), Set("updatedAt", to_iso(self._clock.now()))]
        if died:
            changes.append(Set("replacedBy", record_id_of(elsewhere.job_id, elsewhere.generation)))
        replayed = Compare("status", "=", DeadLetterStatus.REPLAYED)
        try:
            await self._store.patch(DEAD_LETTERS.key, record.record_id, record.job_id, changes, when=replayed)
        except (PreconditionFailed, ItemNotFound):
            return None  # somebody was faster: the next look tells
        return Fate.DIED_AGAIN if died else Fate.COMPLETED
