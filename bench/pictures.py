"""48 of the worst pictures at once, as many as an instance works on: the memory of a process that holds the whole app.

A child serves them, another one is the app: `function_app`, its wiring, the model client, the clients of queues and store.
The worst picture takes all that decoding may, and its file is as large as a file may be. There is no floor: what it is held
against is the memory of an instance, from which `infra/main.bicep` takes its size.
"""

import asyncio
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

from bench.report import Report
from samples.serving import ROOT, served

AT_ONCE = 48  # host.json: batchSize and newBatchThreshold
SIDE = 7_740  # an RGB picture of PNG takes 4 bytes a pixel: 239.6 of 240 MB
APP = "import sys, function_app; from bench.pictures import tell; tell(sys.argv[1], int(sys.argv[2]))"
NOISY_ROWS = 600  # what noise cannot be packed: 14 of 15 MiB


def worst(side: int, noisy_rows: int) -> bytes:
    """Return a PNG of `side` x `side` pixels."""
    picture = Image.new("RGB", (side, side), (47, 98, 181))
    picture.paste(Image.frombytes("RGB", (side, noisy_rows), os.urandom(3 * side * noisy_rows)))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


async def _load_all(url: str, count: int) -> dict[str, float]:
    """The app's process: build everything, then load the picture `count` times at once; MiB at rest and at the peak."""
    import langchain_openai  # noqa: F401  (what the first call of the model loads)

    from agents.wiring import Wiring
    from shared.services import build
    from shared.settings import Settings

    environ = {
        "MODEL_PROVIDER": "openai", "OPENAI_API_KEY": "none", "StorageQueue": "UseDevelopmentStorage=true",
        "FETCH_ALLOWED_PRIVATE_HOSTS": url.removeprefix("http://").partition("/")[0],
        "COSMOS_DB_ENDPOINT": "http://127.0.0.1:1/", "COSMOS_DB_KEY": "bm9uZQ==",
    }  # fmt: skip
    services = await build(Settings.from_environment(environ), environ=environ)
    Wiring.of(services)
    await services.pictures.load(url.replace("worst", "small"))  # what the first picture loads
    process = psutil.Process()
    rest, peak, done = process.memory_info().rss, [0], asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            peak[0] = max(peak[0], process.memory_info().rss)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(services.pictures.load(url) for _ in range(count)))
    done.set()
    await watching
    return {"rest": rest / 2**20, "peak": peak[0] / 2**20}


def tell(url: str, count: int) -> None:
    """What the child does."""
    print(json.dumps(asyncio.run(_load_all(url, count))))


def measured(report: Report) -> dict[str, Any]:
    """Return what a fresh process of the app says of its memory."""
    count, side, rows = (2, 600, 60) if report.tiny else (AT_ONCE, SIDE, NOISY_ROWS)
    with tempfile.TemporaryDirectory() as folder, served(folder) as host:
        (Path(folder) / "worst.png").write_bytes(worst(side, rows))
        (Path(folder) / "small.png").write_bytes(worst(200, 20))
        command = [sys.executable, "-c", APP, f"http://{host}/worst.png", str(count)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run(report: Report) -> None:
    """Report memory at rest and at the peak."""
    found = measured(report)
    report.say(f"memory of the app's process, RSS, with {2 if report.tiny else AT_ONCE} of the worst pictures at once")
    report.figure("pictures.rest_mib", found["rest"], f"everything loaded, nothing to do  {found['rest']:6.0f} MiB")
    report.figure("pictures.peak_mib", found["peak"], f"peak                              {found['peak']:6.0f} MiB")
