"""On-call in mid-chaos, and the timers' small work: looks, replays, retries, repairs. What is refused is tried again later."""

import asyncio
import contextlib
import random
from collections import Counter
from typing import Final

from tests.soak.fleet import Client

PAUSE_SECONDS: Final = (4.0, 12.0)
REFUSED: Final = (404, 409, 422, 428, 503)
REASONS: Final = (
    "image_unreachable", "llm_unavailable", "store_unavailable", "host_crash_suspected", "unknown", "llm_timeout",
)  # fmt: skip
WHY: Final = {"reason": "the soak's on-call", "actor": "soak"}


class OnCall:
    """`operations`: the ids of what was begun."""

    def __init__(self, client: Client, rng: random.Random, inflicted: Counter[str]) -> None:
        self._client, self._rng, self._inflicted = client, rng, inflicted
        self.operations: list[str] = []

    async def work(self, until: asyncio.Event) -> None:
        """Do one thing after another until told to stop."""
        acts = [self._look, self._look, self._repair, self._replay, self._replay, self._retry, self._read]
        while not until.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), self._rng.uniform(*PAUSE_SECONDS))
            if not until.is_set():
                await self._rng.choice(acts)()

    async def _look(self) -> None:
        await self._client.trigger("OpsWatch")
        self._inflicted["looks of the watchdog"] += 1

    async def _repair(self) -> None:
        await self._client.trigger("SweepDeadLetters")
        await self._client.trigger("ReconcileJobs")
        self._inflicted["sweeps and repairs"] += 1

    async def _read(self) -> None:
        """What on-call reads is answered, whatever is away; 503 says that somebody has to be woken."""
        for path in ("status", "queues", "dead-letters?groupBy=fingerprint", "jobs?status=failed", "audit"):
            await self._client.ask("GET", f"/api/ops/{path}", take=(200, 503))
        self._inflicted["rounds of reading"] += 1

    async def _replay(self) -> None:
        asked = {"action": "replay", "filter": {"reason": self._rng.choice(REASONS), "kind": "taste-analysis"}}
        await self._begin("replays", asked, force=self._rng.random() < 0.5)

    async def _retry(self) -> None:
        await self._begin("jobs/retry-now", {"filter": {"kind": "taste-analysis"}}, force=self._rng.random() < 0.5)

    async def _begin(self, path: str, asked: dict[str, object], *, force: bool) -> None:
        status, told = await self._client.ask(
            "POST", f"/api/ops/{path}", {**asked, **WHY, "dryRun": True}, take=(200, *REFUSED)
        )
        if status != 200 or not told["total"]:
            return
        body = {**asked, **WHY, "snapshot": told["snapshot"], "rate": 20, "force": force}
        status, told = await self._client.ask("POST", f"/api/ops/{path}", body, take=(202, *REFUSED))
        if status != 202:
            self._inflicted["replays refused in mid-chaos"] += 1
            return
        self.operations.append(told["id"])
        self._inflicted[f"{'retries' if 'retry' in path else 'replays'} in mid-chaos"] += 1
        if self._rng.random() < 0.2:
            await self._client.ask("POST", f"/api/ops/replays/{told['id']}/cancel", WHY, take=(200, *REFUSED))
            self._inflicted["of them cancelled"] += 1
