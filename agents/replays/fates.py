"""What became of a dead letter that was replayed; and the settling of one whose payload ran as another job.

Reads: the dead letter, and where it was replayed as another job, that job. Writes: the dead letter, once that job has ended.
"""

from agents.dead_letters.record import partition_of, record_id_of
from agents.jobs.kinds import JobKinds
from agents.replays.progress import Fate
from shared.clock import Clock, to_iso
from shared.errors import ItemNotFound, PreconditionFailed
from shared.store.base import Document, Store
from shared.store.containers import DEAD_LETTERS
from shared.store.query import Compare, Set


class Fates:
    """Tells fates, of every kind of job."""

    def __init__(self, *, store: Store, clock: Clock, kinds: JobKinds) -> None:
        self._store = store
        self._clock = clock
        self._kinds = kinds

    async def of(self, record_id: str) -> Fate | None:
        """Return the fate of a record that was replayed; None while it is not known."""
        item = await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id))
        if item is None:
            return Fate.GONE
        match item.body["status"]:
            case "resolved":
                return Fate.DIED_AGAIN if item.body.get("replacedBy") else Fate.COMPLETED
            case "open":
                return Fate.DIED_AGAIN
            case "replayed":
                return await self.settle_elsewhere(item.body)
            case _:
                return Fate.GONE

    async def settle_elsewhere(self, record: Document) -> Fate | None:
        """Settle a record whose payload ran as another job, once that job has ended. None: it has not, or there is none."""
        elsewhere, kind = record.get("replayedAs"), self._kinds.named(record.get("kind"))
        if not elsewhere or kind is None:
            return None
        job_id, generation = elsewhere["jobId"], int(elsewhere["generation"])
        item = await self._store.find(kind.container, job_id, job_id)
        if item is None:
            return None
        ended = item.body["status"] in {"completed", "dead_lettered"}
        if int(item.body["generation"]) == generation and not ended:
            return None
        died = int(item.body["generation"]) == generation and item.body["status"] == "dead_lettered"
        changes = [Set("status", "resolved"), Set("updatedAt", to_iso(self._clock.now()))]
        if died:
            changes.append(Set("replacedBy", record_id_of(job_id, generation)))
        try:
            await self._store.patch(
                DEAD_LETTERS.key, record["id"], record["jobId"], changes, when=Compare("status", "=", "replayed")
            )
        except (PreconditionFailed, ItemNotFound):
            return None  # somebody was faster: the next look tells
        return Fate.DIED_AGAIN if died else Fate.COMPLETED
