"""The app on devhost with what can go wrong for it at hand: a store and a model that can be taken away.

Store and model are doubles on the wire, in a thread of their own.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from agents.timers import DIGEST, LEDGERED
from devhost.azurite import Azurite
from shared.clock import Clock, to_iso
from shared.store.containers import CATALOGUE, RUNS, SERVICE_STATE
from shared.store.cosmos import CosmosStore
from tests.browser.stage import Stage
from tests.e2e.apps import MASTER_KEY
from tests.e2e.live import KEY, Live, living
from tests.fakes.azure_openai import GOOD, FakeAzureOpenAI, fails, says
from tests.fakes.cosmos import KEY as COSMOS_KEY
from tests.fakes.cosmos import FakeCosmos, Fault

EVER: Final = 1_000_000
LETTERS: Final = "TasteAnalysisJobDeadLetters"
STATE: Final = SERVICE_STATE.name


@dataclass
class Troubled:
    """The app, and what it depends on."""

    live: Live
    cosmos: FakeCosmos
    model: FakeAzureOpenAI
    stage: Stage
    log: Path

    def play(self, scenario: str, *, key: str = KEY, **args: Any) -> None:
        """Let a scenario play against this app."""
        action_key = self.live.environ.get("OPS_ACTION_KEY", "")
        self.stage.play(scenario, self.live.url, key, action_key=action_key, **args)

    @contextmanager
    def without_model(self) -> Iterator[None]:
        """Every call of the model is answered 503."""
        self.model.default = fails(503)
        yield
        self.model.default = says(GOOD)

    @contextmanager
    def without_store(self) -> Iterator[None]:
        """Every request to the store is answered 503."""
        self.cosmos.faults.append(Fault("*", 503, times=EVER))
        yield
        self.cosmos.faults.clear()

    def look(self) -> None:
        """Have the watchdog look now, as the portal would."""
        before = self.live.call("GET", "status").json()["lastLookAt"]
        address = f"{self.live.url}/admin/functions/OpsWatch"
        answer = self.live.session.post(address, json={"input": ""}, headers={"x-functions-key": MASTER_KEY})
        assert answer.status_code == 202
        self.live.until("status", lambda status: status["lastLookAt"] != before)

    def missed_monday(self) -> str:
        """Store what the timers did in thirty days, but for the digest of the last Monday; returns that slot's day."""
        self.look()
        now = Clock().now()
        state = self.cosmos.container(STATE).documents["watch.state", "watch.state"]
        since = to_iso(now - timedelta(days=40))
        seen = {**_plain(state), "deployedAt": since, "timers": dict.fromkeys(state["timers"], since)}
        self.store(STATE, "watch.state", seen)
        missed = DIGEST.schedule.slot_at(now - timedelta(hours=2))
        for timer in LEDGERED:
            for slot in timer.schedule.slots_between(now - timedelta(days=30), now):
                if (timer, slot) != (DIGEST, missed):
                    self.store(RUNS.name, timer.name, _run(timer.name, slot))
        return missed.date().isoformat()

    def store(self, container: str, partition: str, body: dict[str, Any]) -> None:
        """Put a document into the store, past the app."""
        answer = self.cosmos.container(container).apply(partition, {"operationType": "upsert", "resourceBody": body})
        assert not answer.failed, answer

    def letters(self, count: int, **changed: Any) -> None:
        """Store so many dead letters, each a copy of one that is there, with ids and times of their own."""
        container = self.cosmos.container(LETTERS)
        like = next(one for one in container.documents.values() if not one["id"].startswith("raw."))
        for number in range(count):
            job = f"{number:064x}"
            body = {**like, **changed, "id": f"{job}.{number}", "jobId": job}
            body["createdAt"] = f"{like['createdAt'][:10]}T00:00:{number // 1000:02}.{number % 1000:03}Z"
            answer = container.apply(job, {"operationType": "create", "resourceBody": body})
            assert not answer.failed, answer


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not name.startswith("_")}


def _run(timer: str, slot: datetime) -> dict[str, Any]:
    """A run of a slot that went well, as the ledger keeps it."""
    begun, ended = to_iso(slot), to_iso(slot + timedelta(minutes=3))
    return {
        "id": f"{timer}.{begun}", "timer": timer, "trigger": "timer", "plannedAt": begun, "startedAt": begun,
        "heartbeatAt": ended, "finishedAt": ended, "latenessSeconds": 0.2, "outcome": "ok", "expected": {"users": 3},
        "done": {"digests": 3}, "detail": {}, "error": "", "parameters": {}, "owner": "", "cursor": None, "staged": False,
    }  # fmt: skip


@contextmanager
def troubled(azurite: Azurite, folder: Path, stage: Stage, **settings: str) -> Iterator[Troubled]:
    """Run the app with its files in `folder`."""
    with _outside() as (cosmos, model):
        asyncio.run(_provisioned(cosmos.endpoint))
        given = {
            "COSMOS_DB_ENDPOINT": cosmos.endpoint, "COSMOS_DB_KEY": COSMOS_KEY, "MODEL_PROVIDER": "azure",
            "AZURE_OPENAI_ENDPOINT": model.endpoint, "AZURE_OPENAI_API_KEY": model.key, "TASTE_JOB_MAX_RETRIES": "0",
            **settings,
        }  # fmt: skip
        with living(azurite, folder, **given) as live:
            yield Troubled(live, cosmos, model, stage, folder / "host.log")


async def _provisioned(endpoint: str) -> None:
    names = {key: one.name for key, one in CATALOGUE.items()}
    store = CosmosStore(endpoint, COSMOS_KEY, database="PluckIt", names=names, clock=Clock())
    await store.ensure_containers()
    await store.close()


@contextmanager
def _outside() -> Iterator[tuple[FakeCosmos, FakeAzureOpenAI]]:
    """Serve both doubles from a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def there(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    parts = AsyncExitStack()
    try:
        cosmos = there(parts.enter_async_context(FakeCosmos()))
        yield cosmos, there(parts.enter_async_context(FakeAzureOpenAI(keep_bodies=False)))
    finally:
        there(parts.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
