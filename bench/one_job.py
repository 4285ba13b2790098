"""The first job of a fresh process: `python -m bench.one_job FOLDER BODY`. It imports nothing that the job might not use.

Does what a host does for a first message: imports the function app in FOLDER, finds the function of its taste jobs' queue, and
calls it with BODY. Prints the process's CPU in seconds, the most memory in MiB, and what had been imported by then, as JSON.
With a number as well, so many jobs follow, each of a user and a picture of its own, 48 at once: for `bench.profile`.
"""

import asyncio
import base64
import importlib
import json
import resource
import sys
from pathlib import Path
from types import SimpleNamespace

FUNCTIONS = {"Floor", "ProcessTasteAnalysisJob"}


AT_ONCE = 48


async def run(folder: str, content: bytes, more: int) -> None:
    sys.path.insert(0, folder)
    app = importlib.import_module("function_app").app
    [function] = [one for one in app.get_functions() if one.get_function_name() in FUNCTIONS]
    places = asyncio.Semaphore(AT_ONCE)

    async def job(body: bytes) -> None:
        async with places:
            await function.get_user_function()(SimpleNamespace(get_body=lambda: body, dequeue_count=1, id="first"))

    await job(content)
    await asyncio.gather(*(job(another(content, number)) for number in range(more)))


def most_memory() -> int:
    """KiB that this process has held at most. Linux's `ru_maxrss` counts its parent, of which it was a copy before `exec`."""
    status = Path("/proc/self/status")
    if status.exists():
        [peak] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(peak.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def another(content: bytes, number: int) -> bytes:
    body = json.loads(base64.b64decode(content))
    body |= {"user_id": f"user-{number % 96}", "item_id": f"{number}", "image_url": f"{body['image_url']}.{number}.jpg"}
    return base64.b64encode(json.dumps(body).encode())


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2].encode(), int(sys.argv[3]) if sys.argv[3:] else 0))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, memory = used.ru_utime + used.ru_stime, most_memory() / 1024
    print(json.dumps({"cpu": cpu, "memory": memory, "modules": sorted(sys.modules)}))
