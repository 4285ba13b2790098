"""288 taste jobs, 48 at a time, over HTTP to the model, the queue and Cosmos DB, beside a floor on the same host.

All run in devhost with the app's own host.json, from queues in the same Azurite, in turns. All messages become visible
at one instant; the time runs from then until the queue is empty, the CPU is the host process's own. The floor fetches the
picture and asks the model, with the bare clients; a second one also shrinks the picture first, as the app has to.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
import psutil

from agents.jobs.lifecycle import Jobs
from agents.taste_analysis.likes import Intake, Like
from agents.taste_analysis.message import taste_kind
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.withdrawal import Withdrawals
from bench.report import Report
from devhost.azurite import Azurite
from samples.serving import HostProcess
from shared.clock import Clock
from shared.queues.azure import StorageQueues
from shared.services import build_store
from shared.settings import Settings
from shared.store.base import Store
from shared.store.containers import JOBS

ROOT = Path(__file__).parent.parent
USERS = 96
SIDES = {"floor": "floor: fetch, ask", "shrinking": "floor: fetch, shrink, ask", "app": "app"}


@dataclass
class Measured:
    """One run: what a job took of wall time (all jobs at once) and of the host's CPU."""

    seconds: float
    cpu_ms: float

    @property
    def rate(self) -> float:
        """Jobs a second."""
        return 1 / self.seconds


@dataclass(frozen=True)
class Size:
    """Jobs a round, rounds, the jobs that warm up, and the lead that a round gives its sending: see `starting_gun`."""

    total: int
    rounds: int
    warm: int
    lead_seconds: float


FULL, TINY = Size(288, 5, 12, 1.6), Size(6, 1, 2, 0)


@contextmanager
def child(*arguments: str) -> Iterator[list[str]]:
    """Run a part of the wire; yields the words that it prints first."""
    process = subprocess.Popen([sys.executable, "-m", "bench.wire", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()
    finally:
        for one in [*psutil.Process(process.pid).children(recursive=True), process]:
            one.kill()
        process.wait()
        process.stdout.close()


class Side:
    """One of the two: its host, its queue, and how its jobs are sent."""

    def __init__(self, name: str, host: HostProcess, queues: StorageQueues, queue: str, intake: Intake, pictures: str) -> None:
        self.name, self._host, self._queues, self._queue, self._intake = name, host, queues, queue, intake
        self._pictures = pictures
        self._sent = 0
        self.job_ids: list[str] = []

    async def measure(self, count: int, lead_seconds: float) -> Measured:
        """Send `count` likes that become visible together; measure until none is left. What was sent too late is not measured,
        and others are sent with twice the lead.
        """
        while (visible := await self._sent_by(count, lead_seconds)) is None:
            lead_seconds *= 2
        process = psutil.Process(self._host.pid)
        await asyncio.sleep(max(0.0, visible - time.time()))
        before, started = process.cpu_times(), time.perf_counter()
        await self._none_left()
        seconds = time.perf_counter() - started
        after = process.cpu_times()
        used = after.user + after.system - before.user - before.system
        return Measured(seconds / count, used * 1000 / count)

    async def _sent_by(self, count: int, lead_seconds: float) -> float | None:
        """Return the instant at which they become visible; None where that was before the last was sent."""
        visible = starting_gun(count, lead_seconds)
        self._intake._queues = Delayed(self._queues, visible)  # the likes of a bench wait for their starting gun
        likes = [self._like(number) for number in range(count)]
        async with aiohttp.ClientSession() as session:
            for start in range(0, count, 24):
                some = likes[start : start + 24]
                self.job_ids += [one.job_id for one in await asyncio.gather(*(self._intake.accept(like) for like in some))]
                for like in some:  # the picture is drawn now, not while it is measured
                    await (await session.get(like.image_url)).release()
        if in_time(visible, lead_seconds):
            return visible
        await self._none_left()
        return None

    async def _none_left(self) -> None:
        while await self._queues.depth(self._queue):
            await asyncio.sleep(0.05)

    def _like(self, number: int) -> Like:
        self._sent += 1
        name = f"{self.name}-{self._sent}.jpg"
        return Like(
            userId=f"user-{number % USERS}", itemId=f"item-{name}", imageUrl=f"http://{self._pictures}/{name}", signal="up"
        )


def starting_gun(count: int, lead_seconds: float) -> float:
    """Return the instant (seconds since the epoch) at which `count` messages become visible: after the lead, and once more
    for 150 of them; at once without a lead.
    """
    return time.time() + lead_seconds * (1 + count / 150)


def in_time(visible: float, lead_seconds: float) -> bool:
    """Whether the last was sent before the first became visible: else what is measured would be the sending."""
    return not lead_seconds or time.time() < visible


class Delayed:
    """Queues whose messages become visible at one instant."""

    def __init__(self, queues: StorageQueues, visible: float) -> None:
        self._queues, self._visible = queues, visible

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0.0) -> None:
        await self._queues.send(queue, body, delay_seconds=max(0.0, self._visible - time.time()))


def environment(azurite: Azurite, queue: str, model: str, pictures: str, store: str) -> dict[str, str]:
    return {
        **os.environ, "StorageQueue": azurite.connection_string, "AzureWebJobsStorage": azurite.connection_string,
        "TASTE_JOB_QUEUE_NAME": queue, "TASTE_JOB_DEAD_LETTER_QUEUE_NAME": f"{queue}-poison",
        "AZURE_OPENAI_ENDPOINT": model, "AZURE_OPENAI_API_KEY": "fake-key", "FETCH_ALLOWED_PRIVATE_HOSTS": pictures,
        "COSMOS_DB_ENDPOINT": store, "COSMOS_DB_KEY": "Y29zbW9zLXRlc3Qta2V5", "COSMOS_DB_DATABASE": "bench",
    }  # fmt: skip


async def compare(
    report: Report, size: Size, folder: Path, model: str, pictures: str, store_url: str
) -> dict[str, list[Measured]]:
    """Measure all sides in turns; returns the runs of each."""
    with Azurite(folder / "azurite") as azurite:
        queues = StorageQueues(azurite.connection_string)
        environs = {name: environment(azurite, f"bench-{name}", model, pictures, store_url) for name in SIDES}
        environs["shrinking"]["FLOOR_SHRINKS"] = "1"
        settings = Settings.from_environment(environs["app"])
        store = build_store(settings, Clock())
        await store.ensure_containers()
        floor = folder / "floor"
        floor.mkdir()
        shutil.copy(ROOT / "bench/floor/function_app.py", floor)
        shutil.copy(ROOT / "host.json", floor)
        async with AsyncExitStack() as stack:
            sides = {}
            for name, environ in environs.items():
                directory = ROOT if name == "app" else floor  # no timers: what they look after is no part of a job
                host = HostProcess(environ, port=0, log=folder / f"{name}.log", directory=directory, timers=False)
                await stack.enter_async_context(host)
                source = intake(store, queues, f"bench-{name}")
                sides[name] = Side(name, host, queues, f"bench-{name}", source, pictures)
                await sides[name].measure(size.warm, size.lead_seconds)
            runs: dict[str, list[Measured]] = {name: [] for name in SIDES}
            for number in range(size.rounds):
                for name, side in sides.items():
                    report.progress(f"throughput: round {number + 1} of {size.rounds}, {SIDES[name]}")
                    runs[name].append(await side.measure(size.total, size.lead_seconds))
        await check_all_completed(store, sides["app"].job_ids)
        await store.close()
        await queues.close()
    return runs


def intake(store: Store, queues: StorageQueues, queue: str) -> Intake:
    clock = Clock()
    jobs = Jobs(store=store, clock=clock, kind=taste_kind("jobs", "dead"))
    withdrawals = Withdrawals(store=store, clock=clock, projection=Projection(store=store, clock=clock))
    return Intake(store=store, queues=queues, clock=clock, jobs=jobs, queue=queue, withdrawals=withdrawals)


async def check_all_completed(store: Store, job_ids: list[str]) -> None:
    """A bench of jobs that failed would be no bench."""
    for job_id in job_ids:
        job = (await store.read(JOBS.key, job_id, job_id)).body
        assert (job["status"], job["attempt"]) == ("completed", 1), f"{job['status']}: {job['lastError']}"


def run(report: Report) -> None:
    """Report all sides, and the app's ratio to each floor."""
    size = TINY if report.tiny else FULL
    with tempfile.TemporaryDirectory() as text, child("model") as (model, pictures), child("store") as (store,):
        runs = asyncio.run(compare(report, size, Path(text), model, pictures, store))
    report.say(f"{size.total} jobs, 48 at a time, model latency 0.5 s, all over the wire, {size.rounds} rounds, medians")
    for name, words in SIDES.items():
        rate, cpu = median(one.rate for one in runs[name]), median(one.cpu_ms for one in runs[name])
        report.figure(f"throughput.{name}_rate", rate, f"{words:28} {rate:6.1f} jobs/s")
        report.figure(f"throughput.{name}_cpu_ms", cpu, f"{words:28} {cpu:6.1f} ms CPU a job")
    # The barest floor sends the picture as it came, at the model's price for its size; the other shrinks it as the app does.
    for name, tail in (("floor", ""), ("shrinking", "_to_shrinking")):
        pairs = list(zip(runs["app"], runs[name], strict=True))
        rate, cpu = median(app.rate / one.rate for app, one in pairs), median(app.cpu_ms / one.cpu_ms for app, one in pairs)
        report.figure(f"throughput.ratio{tail}", rate, f"app to {SIDES[name]:28} throughput {rate:.2f}")
        report.figure(f"throughput.cpu_ratio{tail}", cpu, f"app to {SIDES[name]:28} CPU        {cpu:.2f}")
