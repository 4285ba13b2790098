"""The first job of a fresh process, which every scale-out pays for: CPU and memory beside the floor's, and what is imported.

A child imports a function app, runs its taste job once, and says what it took: its own CPU and the most memory that it ever
had. The floor is the app of `bench/floor`: it imports langchain-openai, fetches the picture and asks the model. Both meet the
same wire (`bench.wire`); a trial run before writes the byte code. What the app imports above the floor is named, with the time
that its modules took by themselves.
"""

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.report import Report
from bench.throughput import child
from shared.clock import Clock
from shared.services import build_store
from shared.settings import Settings

ROOT = Path(__file__).parent.parent
ROUNDS = 5
SHOWN_MS = 3.0
FOLDERS = {"floor": ROOT / "bench" / "floor", "app": ROOT}
IMPORT = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \|\s*([\w.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Took:
    """What a process took until its first job was done: CPU in seconds, the most memory in MiB; and what it had imported."""

    cpu: float
    memory: float
    modules: frozenset[str]
    log: str

    def packages(self, floor: "Took") -> Counter[str]:
        """Return the milliseconds of the modules that `floor` had not imported, each by itself, summed by package."""
        found: Counter[str] = Counter()
        for microseconds, module in IMPORT.findall(self.log):
            if module not in floor.modules:
                found[package_of(module)] += int(microseconds) / 1_000
        return found


def package_of(module: str) -> str:
    """Return what a module is counted under: its package; of our own rooms, and of what is installed in parts, the part."""
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] in {"azure", "agents", "shared", "opentelemetry"} else 1])


def environment(model: str, pictures: str, store: str) -> dict[str, str]:
    return {
        **os.environ, "StorageQueue": "UseDevelopmentStorage=true", "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        "TASTE_JOB_QUEUE_NAME": "taste-jobs", "AZURE_OPENAI_ENDPOINT": model, "AZURE_OPENAI_API_KEY": "fake-key",
        "FETCH_ALLOWED_PRIVATE_HOSTS": pictures, "COSMOS_DB_ENDPOINT": store, "COSMOS_DB_KEY": "Y29zbW9zLXRlc3Qta2V5",
        "COSMOS_DB_DATABASE": "first", "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def one_job(side: str, environ: dict[str, str], pictures: str, number: int, *, log: bool = False) -> Took:
    """Run a fresh process's first job; `log`: with the interpreter's own log of its imports."""
    options = ["-X", "importtime"] if log else []
    body = {"user_id": f"{side}-{number}", "item_id": "i", "image_url": f"http://{pictures}/{side}-{number}.jpg"}
    text = base64.b64encode(json.dumps(body).encode()).decode()
    command = [sys.executable, *options, "-m", "bench.one_job", str(FOLDERS[side]), text]
    done = subprocess.run(command, env=environ, cwd=FOLDERS[side], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"the first job of {side} failed: {done.stderr[-2_000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Took(told["cpu"], told["memory"], frozenset(told["modules"]), done.stderr)


async def provide(environ: dict[str, str]) -> None:
    store = build_store(Settings.from_environment(environ), Clock())
    await store.ensure_containers()
    await store.close()


def measure(report: Report, model: str, pictures: str, store: str) -> tuple[dict[str, list[Took]], dict[str, Took]]:
    """Return the runs of both sides in turns, and a run of each with its log of imports."""
    environ = environment(model, pictures, store)
    asyncio.run(provide(environ))
    logged = {side: one_job(side, environ, pictures, 0, log=True) for side in FOLDERS}
    runs: dict[str, list[Took]] = {side: [] for side in FOLDERS}
    if report.tiny:
        return {side: [took] for side, took in logged.items()}, logged
    for number in range(1, 1 + ROUNDS):
        for side in FOLDERS:
            report.progress(f"first_job: round {number}, {side}")
            runs[side].append(one_job(side, environ, pictures, number))
    return runs, logged


def run(report: Report) -> None:
    """Report both, their ratios, and what the app imports that the floor does not."""
    with child("model") as (model, pictures), child("store") as (store,):
        runs, logged = measure(report, model, pictures, store)
    report.say(f"the first job of a fresh process, {len(runs['app'])} pairs, medians")
    for side, words in (("floor", "floor: imports langchain-openai, fetches, asks"), ("app", "app")):
        cpu, memory = (median(getattr(one, what) for one in runs[side]) for what in ("cpu", "memory"))
        report.figure(f"first_job.{side}_cpu_s", cpu, f"{words:47} {cpu:5.2f} s CPU")
        report.figure(f"first_job.{side}_memory_mib", memory, f"{words:47} {memory:5.0f} MiB at most")
    for what, name in (("cpu", "cpu_ratio"), ("memory", "memory_ratio")):
        ratio = median(getattr(app, what) / getattr(floor, what) for app, floor in zip(runs["app"], runs["floor"], strict=True))
        report.figure(f"first_job.{name}", ratio, f"app to floor, {what:33} {ratio:5.2f}")
    say_imports(report, logged["app"], logged["floor"])


def say_imports(report: Report, app: Took, floor: Took) -> None:
    """Name each package of which the app imports what the floor does not, the longest first."""
    above = app.packages(floor)
    count = len(app.modules - floor.modules)
    report.figure("first_job.modules_above", count, f"modules that the app imports and the floor does not: {count}")
    total = sum(above.values())
    report.figure(
        "first_job.imports_above_ms", total, f"importing them                                  {total:5.0f} ms, of these"
    )
    for name, taken in above.most_common():
        if taken >= SHOWN_MS:
            report.say(f"    {name:40} {taken:6.0f} ms")
