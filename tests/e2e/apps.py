"""The environment of an app of a test's own: its queues, its store, its keys, and a host that looks for messages often."""

import json
import os
from pathlib import Path
from typing import Final

from devhost.azurite import Azurite

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
        "DEVHOST_MASTER_KEY": MASTER_KEY, f"{HOST}maxPollingInterval": "00:00:00.2", f"{HOST}visibilityTimeout": "00:00:01",
        **settings,
    }  # fmt: skip
