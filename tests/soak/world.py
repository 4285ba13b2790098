"""The world that the instances run in: their settings, the other end of the wire, and what stands in the store at first."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from samples.serving import ROOT
from samples.wardrobes import CITIES, wardrobe
from shared.clock import Clock
from shared.queues.azure import DEVELOPMENT_CONNECTION
from shared.store.base import Store
from shared.store.containers import WARDROBE
from tests.fakes.cosmos import KEY as COSMOS_KEY
from tests.soak.fleet import KEY

QUEUE: Final = "soak-jobs"
DIGEST_QUEUE: Final = "soak-digest-jobs"
HOST: Final = "AzureFunctionsJobHost__extensions__queues__"


def environment(azurite_port: int, model: str, site: str, folder: Path, cosmos: str | None) -> dict[str, str]:
    """The instances' settings: everything through the proxies, and lives short enough that an outage is many of them."""
    connection = DEVELOPMENT_CONNECTION.format(port=azurite_port)
    feeds = [{"name": name, "url": f"http://{site}/feeds/{name}"} for name in ("daily-hem.xml", "seam-ripper.atom")]
    store = {"COSMOS_DB_ENDPOINT": cosmos, "COSMOS_DB_KEY": COSMOS_KEY, "COSMOS_DB_DATABASE": "soak"} if cosmos else {}
    lives = {
        f"{prefix}_JOB_{name}": value
        for prefix in ("TASTE", "DIGEST")
        for name, value in {
            "LEASE_SECONDS": "20", "REQUEUE_BASE_SECONDS": "1", "REQUEUE_MAX_SECONDS": "8", "MAX_ATTEMPTS": "12",
            "BASE_BACKOFF_SECONDS": "0.1", "MAX_BACKOFF_SECONDS": "0.5",
        }.items()
    }  # fmt: skip
    return {
        **os.environ, **lives, **store, "StorageQueue": connection, "AzureWebJobsStorage": connection,
        "TASTE_JOB_QUEUE_NAME": QUEUE, "TASTE_JOB_DEAD_LETTER_QUEUE_NAME": f"{QUEUE}-poison",
        "DIGEST_JOB_QUEUE_NAME": DIGEST_QUEUE, "DIGEST_JOB_DEAD_LETTER_QUEUE_NAME": f"{DIGEST_QUEUE}-poison",
        "EMBEDDED_STORE_PATH": str(folder / "store.db"), "AZURE_OPENAI_ENDPOINT": model, "AZURE_OPENAI_API_KEY": "fake-key",
        "FETCH_ALLOWED_PRIVATE_HOSTS": site, "MOOD_FEEDS": json.dumps(feeds), "ALERT_WEBHOOK_URL": f"http://{site}/hook",
        "DEVHOST_FUNCTION_KEY": KEY, "DEVHOST_MASTER_KEY": KEY,
        f"{HOST}maxPollingInterval": "00:00:02", f"{HOST}visibilityTimeout": "00:00:02",
    }  # fmt: skip


@asynccontextmanager
async def servers() -> AsyncIterator[tuple[list[str], Callable[[str], None]]]:
    """Run the other end of the wire; yields its addresses, and what tells Cosmos DB by which it is to be known."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.servers"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    written, read = process.stdin, process.stdout

    def known_as(address: str) -> None:
        written.write(address + "\n")
        written.flush()
        read.readline()

    try:
        yield read.readline().split(), known_as
    finally:
        process.kill()
        process.wait()
        written.close()
        read.close()


async def furnish(store: Store, users: int) -> None:
    """Some users have a wardrobe, and get digests."""
    await store.ensure_containers()
    for number in range(max(2, users // 10)):
        user = f"user-{number}"
        for item in wardrobe(list(CITIES)[number % len(CITIES)], Clock().now())[:12]:
            await store.upsert(WARDROBE.key, {**item, "id": f"{user}-{item['id']}", "userId": user})
