"""What the actions of operations have in common: predicted for one record, carried out on it, and what became of it."""

from agents.dead_letters.record import DeadLetter
from agents.jobs.job import Job
from agents.replays.fates import Fates
from agents.replays.one_job import Retrying
from agents.replays.one_record import Action, Handled, Orders, Replaying
from agents.replays.progress import Fate
from agents.replays.selection import Chosen


class Works:
    """Hands each record to what does its action: dead letters are replayed or purged, jobs are retried."""

    def __init__(self, *, replaying: Replaying, fates: Fates, retrying: Retrying) -> None:
        self._replaying = replaying
        self._fates = fates
        self._retrying = retrying

    async def predict(self, one: Chosen, action: Action) -> Handled:
        """Say what `carry_out` would do; changes nothing."""
        if action == "retry":
            return self._retrying.predict(one.record_id, one.record if isinstance(one.record, Job) else None)
        record = one.record if isinstance(one.record, DeadLetter) else None
        return await self._replaying.predict_of(one.record_id, record, action)

    async def carry_out(self, record_id: str, orders: Orders, *, version: str, canary: bool) -> Handled:
        """Do it. `canary` is of a replay: the job has one attempt, so that one without hope is known at once."""
        if orders.action == "retry":
            return await self._retrying.carry_out(record_id, orders)
        return await self._replaying.carry_out(record_id, orders, version=version, canary=canary)

    async def fate(self, record_id: str, orders: Orders) -> Fate | None:
        """Return what became of a job that was queued again; None while it is not known."""
        if orders.action == "retry":
            return await self._retrying.fate(record_id, orders.operation_id)
        return await self._fates.of(record_id)
