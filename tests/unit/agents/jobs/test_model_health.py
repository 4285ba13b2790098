"""How the model does is told by the last ten minutes, and where nobody has asked it, nothing is known."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from agents.jobs.kinds import JobKinds
from agents.replays.model_health import model_health
from agents.replays.preflight import Preflight
from agents.taste_analysis.message import taste_kind
from shared.clock import to_iso
from shared.store.containers import JOBS, PICTURES, SERVICE_STATE
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.world import embedded_store

KINDS = JobKinds((taste_kind("likes", "likes-poison"),))
MINUTE = timedelta(minutes=1)


class Shop:
    """A store with what jobs and answers have left behind."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.store = embedded_store(self.time)

    async def failed(
        self, name: str, *minutes_ago: float, reason: str = "llm_unavailable", error: str = "ModelUnavailable"
    ) -> None:
        attempts = [
            {"at": to_iso(self.time.at - ago * MINUTE), "reason": reason, "errorType": error, "message": "503"}
            for ago in minutes_ago
        ]
        await self.store.create(JOBS.key, {"id": name, "jobId": name, "attempts": attempts, "lastError": attempts[-1]})

    async def answered(self, count: int, *, minutes_ago: float = 1) -> None:
        at = to_iso(self.time.at - minutes_ago * MINUTE)
        for number in range(count):
            await self.store.create(PICTURES.key, {"id": f"p{minutes_ago}-{number}", "createdAt": at})

    async def told(self) -> tuple[str, str]:
        found = await model_health(self.store, KINDS, self.time.at)
        return found.state, found.words


async def test_where_nobody_asked_nothing_is_known() -> None:
    shop = Shop()
    await shop.answered(5, minutes_ago=11)
    await shop.failed("old", 12)
    assert await shop.told() == ("unknown", "nobody has asked it in 10 min")


async def test_a_total_outage_is_failing_with_its_share_its_reason_and_since_when() -> None:
    shop = Shop()
    await shop.answered(1, minutes_ago=9)
    for number in range(32):
        await shop.failed(f"j{number}", 8 - number / 8)
    since = f"{shop.time.at - 8 * MINUTE:%H:%M}Z"
    assert await shop.told() == ("failing", f"failing 97% of 33 in 10 min: llm_unavailable (503) since {since}")


async def test_failures_of_one_job_or_of_few_attempts_are_no_outage() -> None:
    shop = Shop()
    await shop.failed("one", 9, 8, 6, 4, 2, 1)
    assert (await shop.told())[0] == "unknown"
    await shop.answered(3)
    assert await shop.told() == ("up", "3 answers in 10 min, 6 attempts failed")


async def test_what_is_no_attempt_and_what_is_not_the_models_is_not_counted() -> None:
    shop = Shop()
    for number in range(10):
        await shop.failed(f"d{number}", 3, error="ModelSuspended")
        await shop.failed(f"i{number}", 3, reason="image_unreachable")
    assert (await shop.told())[0] == "unknown"


@pytest.mark.parametrize(("left", "state"), [(5, "failing"), (-5, "unknown")])
async def test_an_open_breaker_is_failing_until_its_probe_is_due_and_unknown_afterwards(left: int, state: str) -> None:
    shop = Shop()
    until = to_iso(shop.time.at + left * MINUTE)
    await shop.store.create(SERVICE_STATE.key, {
        "id": "breaker.gpt", "openUntil": until, "openedAt": to_iso(shop.time.at - 20 * MINUTE), "reason": "llm_unavailable",
    })  # fmt: skip
    found = await model_health(shop.store, KINDS, shop.time.at)
    assert (found.state, found.suspended) == (state, left > 0)
    if left > 0:
        assert found.words == f"suspended until {until}: llm_unavailable, since {shop.time.at - 20 * MINUTE:%H:%M}Z"


class Hanging(MemoryQueues):
    """Queues that take a message and never answer."""

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0) -> None:
        await asyncio.Event().wait()


async def test_a_check_that_hangs_is_down_within_its_time_and_the_others_are_told() -> None:
    shop = Shop()
    queues: Any = Hanging(lambda: shop.time.at)
    preflight = Preflight(
        store=shop.store, queues=queues, clock=shop.time.clock(), kinds=KINDS, patience_seconds=0.2
    )  # fmt: skip
    checks = {one.name: one for one in await preflight.checks()}
    assert checks["queue"].problem == "no answer within 0.2 s"
    assert checks["store"].state == "up"
    assert checks["model"].state == "unknown"
