"""The app on devhost with what can go wrong for it at hand: a store and a model that can be taken away.

Store and model are doubles on the wire, in a thread of their own.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from devhost.azurite import Azurite
from shared.clock import Clock
from shared.store.containers import CATALOGUE
from shared.store.cosmos import CosmosStore
from tests.browser.stage import Stage
from tests.e2e.apps import MASTER_KEY
from tests.e2e.live import KEY, Live, living
from tests.fakes.azure_openai import GOOD, FakeAzureOpenAI, fails, says
from tests.fakes.cosmos import KEY as COSMOS_KEY
from tests.fakes.cosmos import FakeCosmos, Fault

EVER: Final = 1_000_000
LETTERS: Final = "TasteAnalysisJobDeadLetters"


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
        self.stage.play(scenario, self.live.url, key, **args)

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
