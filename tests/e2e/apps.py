"""The environment of an app of a test's own: its queues, its store, its keys, and a host that looks for messages often."""

import json
import os
from pathlib import Path
from typing import Final

from devhost.azurite import Azurite
from shared.clock import Clock
from shared.store.containers import JOBS
from shared.store.query import Compare, Query, Set
from shared.store.sqlite import SqliteStore

ROOT: Final = Path(__file__).parents[2]
KEY: Final = "test-key-3f9a"
MASTER_KEY: Final = "test-master"
HOST: Final = "AzureFunctionsJobHost__extensions__queues__"
SAMPLE: Final = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
QUEUES: Final = {name: value for name, value in SAMPLE.items() if name.endswith("_QUEUE_NAME")}
HEADERS: Final = {"x-functions-key": KEY}


def environment(azurite: Azurite, queue: str, folder: Path, **settings: str) -> dict[str, str]:
    """Return the environment for devhost. Every queue of the sample settings, a new one too, becomes a test's own: that of
    the taste jobs is `queue`, the others' names begin with it.
    """
    base = QUEUES["TASTE_JOB_QUEUE_NAME"]
    own = {name: value.replace(base, queue) if base in value else f"{queue}-{value}" for name, value in QUEUES.items()}
    return {
        **os.environ, **own, "StorageQueue": azurite.connection_string, "AzureWebJobsStorage": azurite.connection_string,
        "EMBEDDED_STORE_PATH": str(folder / "store.db"), "MODEL_PROVIDER": "local", "DEVHOST_FUNCTION_KEY": KEY,
        "DEVHOST_MASTER_KEY": MASTER_KEY, f"{HOST}maxPollingInterval": "00:00:00.5", f"{HOST}visibilityTimeout": "00:00:01",
        **settings,
    }  # fmt: skip


async def let_leases_end(folder: Path) -> None:
    """What time does after a worker has died, done at once: no job in work is leased any more."""
    store = SqliteStore(str(folder / "store.db"), clock=Clock())
    for job in (await store.page(JOBS.key, Query(where=Compare("status", "=", "in_flight"), page_size=500))).documents:
        await store.patch(JOBS.key, job["id"], job["jobId"], [Set("lease.expiresAt", "2000-01-01T00:00:00.000Z")])
    await store.close()
