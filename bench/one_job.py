"""The first job of a fresh process: `python -m bench.one_job FOLDER BODY`. It imports nothing that the job might not use.

Does what a host does for a first message: imports the function app in FOLDER, finds the function of its taste jobs' queue, and
calls it with BODY. Prints the process's CPU in seconds, the most memory in MiB, and what had been imported by then, as JSON.
"""

import asyncio
import importlib
import json
import resource
import sys
from types import SimpleNamespace

FUNCTIONS = {"Floor", "ProcessTasteAnalysisJob"}


async def run(folder: str, content: bytes) -> None:
    sys.path.insert(0, folder)
    app = importlib.import_module("function_app").app
    [function] = [one for one in app.get_functions() if one.get_function_name() in FUNCTIONS]
    await function.get_user_function()(SimpleNamespace(get_body=lambda: content, dequeue_count=1, id="first"))


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2].encode()))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(json.dumps({"cpu": cpu, "memory": memory, "modules": sorted(sys.modules)}))
