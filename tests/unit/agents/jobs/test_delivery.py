"""What the runner makes of a workflow's outcomes, over the real embedded store, on virtual time."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agents.jobs import delivery
from agents.jobs.decide import JobPolicy
from agents.jobs.delivery import Checkpoint, Runner
from agents.jobs.job import Claim
from agents.jobs.lifecycle import Jobs
from agents.jobs.messages import encode
from agents.jobs.outcomes import Deferred, Done, Outcome
from agents.weekly_digest.message import DigestJobMessage, digest_kind, message_body
from shared.errors import RetryableError
from shared.store.containers import BACKGROUND_JOBS
from shared.store.query import Query
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.world import embedded_store

BODY = encode(message_body("u", "2026-W48", "run", force=False, again=False, at="2026-11-23T09:00:00.000Z"))


class Work:
    """A workflow that does what it is told, the n-th time it runs."""

    def __init__(self, does: Callable[[int], Outcome]) -> None:
        self.runs, self._does, self.together, self.most = 0, does, 0, 0
        self.gate: asyncio.Event | None = None

    async def run(self, _claim: Claim, _message: DigestJobMessage, _checkpoint: Checkpoint) -> Outcome:
        self.runs += 1
        self.together += 1
        self.most = max(self.most, self.together)
        try:
            if self.gate:
                await self.gate.wait()
            return self._does(self.runs)
        finally:
            self.together -= 1


class Bench:
    """A runner of a lazy kind, and the host that feeds it."""

    def __init__(self, does: Callable[[int], Outcome], *, at_once: int | None = None) -> None:
        self.time = VirtualTime()
        self.store = embedded_store(self.time)
        self.queues = MemoryQueues(lambda: self.time.at)
        self.work = Work(does)
        clock = self.time.clock()
        kind = digest_kind("q", "dead", policy=JobPolicy(defer_budget_seconds=7_200), at_once=at_once)
        jobs = Jobs(store=self.store, clock=clock, kind=kind)
        self.runner = Runner(
            kind=kind, workflow=self.work, jobs=jobs, queues=self.queues, clock=clock, dead_letters=self,
        )  # fmt: skip

    async def resolve(self, job_id: str, generation: int) -> None:
        """No dead letters here."""

    async def drain(self, hours: int) -> None:
        for _ in range(hours * 60):
            for message in await self.queues.receive("q", limit=1):
                await self.runner.deliver(message.body or b"")
                await self.queues.delete("q", message)
            self.time.advance(60)

    async def jobs(self) -> list[dict[str, Any]]:
        return (await self.store.page(BACKGROUND_JOBS.key, Query())).documents


def puts_off(after: int, bench: list[Bench], *, first_fails: bool) -> Callable[[int], Outcome]:
    def does(run: int) -> Outcome:
        if run == 1 and first_fails:
            raise RetryableError("the document comes into being")
        return Done() if run > after else Deferred(bench[0].time.at + timedelta(minutes=15), "somebody has it")

    return does


@pytest.mark.parametrize("first_fails", [False, True])
async def test_work_that_is_put_off_spends_no_attempt(first_fails: bool) -> None:
    holder: list[Bench] = []
    bench = Bench(puts_off(7, holder, first_fails=first_fails))
    holder.append(bench)
    await bench.queues.send("q", BODY)
    await bench.drain(3)
    assert bench.work.runs == 8
    assert [(job["status"], job["attempt"]) for job in await bench.jobs()] == ([("completed", 2)] if first_fails else [])
    assert await bench.queues.depth("q") == await bench.queues.depth("dead") == 0
    await bench.store.close()


async def test_a_stored_job_that_is_put_off_for_longer_than_its_budget_is_a_dead_letter() -> None:
    holder: list[Bench] = []
    bench = Bench(puts_off(99, holder, first_fails=True))
    holder.append(bench)
    await bench.queues.send("q", BODY)
    await bench.drain(5)
    assert await bench.queues.depth("dead") == 1
    [job] = await bench.jobs()
    assert job["verdict"]["description"].startswith("deferred since")
    await bench.store.close()


async def test_no_more_work_at_once_than_there_are_slots_and_who_waits_too_long_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(lambda _run: Done(), at_once=2)
    bench.work.gate = asyncio.Event()
    monkeypatch.setattr(delivery, "SLOT_SECONDS", 0.05)
    working = [asyncio.create_task(bench.runner.deliver(BODY)) for _ in range(2)]
    await asyncio.sleep(0)
    crowded = await bench.runner.deliver(BODY)
    assert isinstance(crowded, Deferred)
    assert await bench.queues.depth("q") == 1
    bench.work.gate.set()
    assert [await one for one in working] == [Done(), Done()]
    await bench.drain(1)
    assert (bench.work.runs, bench.work.most) == (3, 2)
    await bench.store.close()
