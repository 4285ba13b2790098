"""`make doctor`: the app on devhost with embedded models and store, and the smoke test of a deployment run against it."""

import asyncio
import os
import secrets
import sys
import tempfile
from pathlib import Path

from devhost.azurite import Azurite
from samples.serving import ROOT, HostProcess


async def examine() -> int:
    """Start everything, run `opsctl doctor` against it, stop everything; returns its exit code."""
    key = secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder, Azurite(Path(folder) / "azurite", port=0) as azurite:
        environ = {
            **os.environ, "StorageQueue": azurite.connection_string, "MODEL_PROVIDER": "local", "COSMOS_DB_ENDPOINT": "",
            "EMBEDDED_STORE_PATH": str(Path(folder) / "pluckit.db"), "DEVHOST_FUNCTION_KEY": key,
        }  # fmt: skip
        async with HostProcess(environ, port=0, log=Path(folder) / "devhost.log") as host:
            command = [sys.executable, "-m", "opsctl", "doctor", *sys.argv[1:]]
            asked = {**os.environ, "PLUCKIT_URL": host.url, "PLUCKIT_KEY": key}
            running = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=asked)
            return await running.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(examine()))
