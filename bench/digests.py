"""The weekly digest: what planning 7,500 users costs beside the bare queue client, and composing beside only asking.

All over the wire: a real Azurite, Cosmos DB's wire with its documents in memory, a fake Azure OpenAI of half a second.
Planning: the floor sends the same number of messages of the same size, 32 at a time, in turns with the app in the same run.
Composing: 300 users of 40 items, 48 at once, in devhost with the app's own host.json; the floor is a function of the same
host on a queue of its own that only asks the model a question of the same size.
"""

import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from azure.storage.queue.aio import QueueServiceClient

from agents.jobs.messages import encode
from agents.runs.stages import Stage
from agents.weekly_digest.items import owned_items
from agents.weekly_digest.message import message_body
from agents.weekly_digest.planner import PAGE, SENDS_AT_ONCE, DigestPlanner
from agents.weekly_digest.prompt import Wardrobe, prepare, question_of
from agents.weekly_digest.summary import Taste
from agents.wiring import Wiring
from bench.report import Report
from bench.throughput import Delayed, Measured, child
from devhost.azurite import Azurite
from samples.serving import HostProcess
from shared.clock import Clock, to_iso
from shared.observe.metering import measure
from shared.queues.azure import StorageQueues
from shared.services import build, build_store
from shared.settings import Settings
from shared.store.base import Create, Store
from shared.store.containers import DIGESTS, USER_PROFILES, WARDROBE
from shared.store.sqlite import SqliteStore

ROOT = Path(__file__).parent.parent
ITEMS, AT_ONCE = 40, 48
WINDOW = "2026-W48"


@dataclass(frozen=True)
class Size:
    """How many users are planned, in turns of `block`; how many digests a round composes, how often; the first warm up."""

    users: int
    block: int
    composed: int
    rounds: int
    warm: int
    lead_seconds: float


FULL, TINY = Size(7_500, 1_500, 300, 3, 24, 1), Size(60, 60, 4, 1, 2, 0)


class Pace:
    """When the messages of a round become visible together: a lead after the last was sent, as far as sending was ever slow.
    Without a lead, at once.
    """

    def __init__(self, lead_seconds: float) -> None:
        self.leads, self._lead_seconds = lead_seconds > 0, lead_seconds
        self._seen: list[float] = []  # seconds a message

    def starting_gun(self, count: int) -> float:
        """Return the instant, in seconds since the epoch."""
        slowest = max(self._seen, default=0.1)
        return time.time() + (self._lead_seconds + 3 * slowest * count if self.leads else 0)

    def sent(self, count: int, seconds: float) -> None:
        """So many were sent in that time."""
        self._seen.append(seconds / count)


async def fill_profiles(path: Path, count: int) -> SqliteStore:
    store = SqliteStore(str(path), clock=Clock())
    await store.ensure_containers()
    for start in range(0, count, 5_000):
        await asyncio.gather(*(
            store.create(USER_PROFILES.key, {"id": f"user-{number:06}", "wardrobeFingerprint": "f", "currency": "EUR"})
            for number in range(start, min(start + 5_000, count))
        ))  # fmt: skip
    return store


async def bare_sends(service: QueueServiceClient, bodies: list[str]) -> float:
    """The floor: seconds that the bare client takes for as many messages, as many at once."""
    client = service.get_queue_client("floor")
    waiting = iter(bodies)

    async def some() -> None:
        for body in waiting:
            await client.send_message(body, time_to_live=-1)

    started = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(SENDS_AT_ONCE)))
    return time.perf_counter() - started


class Plan:
    """The app's planner, stopped every `block` users for the floor's turn; remembers times and memory."""

    def __init__(self, planner: DigestPlanner, service: QueueServiceClient, size: Size, report: Report) -> None:
        self._planner, self._service, self._size, self._report = planner, service, size, report
        self._process = psutil.Process()
        self.app: list[float] = []
        self.floor: list[float] = []
        self.grown: list[float] = []

    async def run(self) -> Any:
        self._before = self._process.memory_info().rss
        self._started = time.perf_counter()
        self._users = 0
        stage = Stage("digest.bench", "digest", Clock().now(), {"window": WINDOW}, None, {}, resumed=False)
        while (report := await self._planner.advance(stage, self._save)) is None:
            stage = Stage(stage.run_id, "digest", stage.planned, stage.parameters, self._cursor, self._done, resumed=False)
        await self._turn()
        return report

    async def _save(self, cursor: str, done: Mapping[str, int]) -> None:
        self._cursor, self._done = cursor, done
        if done["users"] // self._size.block > self._users:
            self._users = done["users"] // self._size.block
            if done["users"] < self._size.users:
                await self._turn()

    async def _turn(self) -> None:
        self._report.progress(f"digests: planned {self._size.block * (len(self.app) + 1):,} of {self._size.users:,} users")
        self.app.append(time.perf_counter() - self._started)
        self.grown.append((self._process.memory_info().rss - self._before) / 2**20)
        body = encode(message_body("user-000000", WINDOW, "digest.bench", force=False, again=False, at=to_iso(Clock().now())))
        self.floor.append(await bare_sends(self._service, [body.decode()] * self._size.block))
        self._started = time.perf_counter()


async def plan(report: Report, size: Size, folder: Path) -> None:
    report.progress(f"digests: {size.users:,} profiles are stored")
    store = await fill_profiles(folder / "users.db", size.users)
    with Azurite(folder / "azurite") as azurite:
        queues = StorageQueues(azurite.connection_string)
        service = QueueServiceClient.from_connection_string(azurite.connection_string)
        await queues.ensure("floor")
        await queues.ensure("digests")
        done = Plan(DigestPlanner(store=store, queues=queues, clock=Clock(), queue="digests"), service, size, report)
        planned = (await done.run()).done["enqueued"]
        await service.close()
        await queues.close()
    await store.close()
    if planned != size.users:
        raise AssertionError(f"{planned} of {size.users} users were planned")
    report.say(
        f"planning {size.users:,} users, pages of {PAGE}, {SENDS_AT_ONCE} sends at once, turns of {size.block:,} with the floor"
    )
    for name, times in (("app", done.app), ("floor", done.floor)):
        rates = [size.block / one for one in times]
        text = f"{name:6} {', '.join(f'{one:.0f}' for one in rates)} messages/s"
        report.figure(f"digests.planning_{name}_rate", median(rates), text)
    ratio = median(floor / app for app, floor in zip(done.app, done.floor, strict=True))
    report.figure("digests.planning_ratio", ratio, f"rate to the floor's, median of the turns   {ratio:.2f}")
    growth, floors = (times[-1] / times[0] for times in (done.app, done.floor))
    text = f"last turn's time to the first's            {growth:.2f}, the floor's {floors:.2f}"
    report.figure("digests.planning_growth", growth / floors, text)
    most = max(done.grown)
    report.figure("digests.planning_memory_mib", most, f"memory above the start, most               {most:.1f} MiB")


def wardrobe(user: str) -> list[dict[str, Any]]:
    nouns = ("t-shirt", "shirt", "jeans", "jumper", "trainers")
    colours = ("navy", "white", "black", "grey", "olive", "red", "camel", "blue")
    return [
        {
            "id": f"item-{number:02}", "userId": user, "title": f"{colours[number // 5]} {nouns[number % 5]}", "category": "",
            "colours": [{"name": colours[number // 5], "hex": "#123456"}], "brand": "Arket", "wearCount": number,
            "price": {"amount": 40 + number, "originalCurrency": "EUR"}, "dateAdded": "2026-01-01", "draftStatus": None,
            "wearEvents": [
                {"occurredAt": f"2026-{1 + day % 10:02}-{1 + day:02}T08:00:00Z", "weatherSnapshot": {"conditions": "rain"}}
                for day in range(number % 28)
            ],
        }
        for number in range(ITEMS)
    ]  # fmt: skip


async def furnish(store: Store, users: list[str]) -> None:
    async def one(user: str) -> None:
        await store.create(USER_PROFILES.key, {"id": user, "locationCity": "Lyon", "wardrobeFingerprint": "f1"})
        await store.batch(WARDROBE.key, user, [Create(item) for item in wardrobe(user)])

    for start in range(0, len(users), 24):
        await asyncio.gather(*(one(user) for user in users[start : start + 24]))


def environment(azurite: Azurite, queue: str, model: str, store: str) -> dict[str, str]:
    return {
        **os.environ, "StorageQueue": azurite.connection_string, "AzureWebJobsStorage": azurite.connection_string,
        "DIGEST_JOB_QUEUE_NAME": queue, "DIGEST_JOB_DEAD_LETTER_QUEUE_NAME": f"{queue}-poison",
        "AZURE_OPENAI_ENDPOINT": model, "AZURE_OPENAI_API_KEY": "fake-key", "COSMOS_DB_ENDPOINT": store,
        "COSMOS_DB_KEY": "Y29zbW9zLXRlc3Qta2V5", "COSMOS_DB_DATABASE": "bench", "WEEKLY_DIGEST_MAX_CONCURRENCY": str(AT_ONCE),
    }  # fmt: skip


async def count(report: Report, folder: Path, model: str, store_url: str) -> None:
    """What one digest, and one unchanged user, ask of the store and the model."""
    with Azurite(folder / "azurite") as azurite:
        environ = environment(azurite, "counted", model, store_url)
        services = await build(Settings.from_environment(environ), environ=environ)
        await services.store.ensure_containers()
        await furnish(services.store, ["counted"])
        wiring = Wiring.of(services)
        report.say("one digest: store operations, model calls")
        for case, window in (("composed", WINDOW), ("unchanged", "2026-W49")):
            body = encode(message_body("counted", window, "r", force=False, again=False, at=to_iso(Clock().now())))
            with measure() as usage:
                await wiring.runners["weekly-digest"].deliver(body)
            kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(usage.kinds.items()))
            line = f"{case:12} {usage.operations} operations ({kinds})  {usage.charge:.1f} RU"
            report.figure(f"digests.operations_{case}", usage.operations, line)
            report.keep(f"digests.charge_{case}", usage.charge)
            if case == "composed":
                report.figure("digests.model_calls", usage.model_calls, f"{case:12} model calls: {usage.model_calls}")
        await services.close()


async def send_all(queue: str, users: list[str], delayed: Delayed) -> None:
    at = to_iso(Clock().now())
    for start in range(0, len(users), 24):
        await asyncio.gather(*(
            delayed.send(queue, encode(message_body(user, WINDOW, "bench", force=False, again=False, at=at)))
            for user in users[start : start + 24]
        ))  # fmt: skip


async def timed(host: HostProcess, queues: StorageQueues, queue: str, users: list[str], pace: Pace) -> Measured:
    visible, started = pace.starting_gun(len(users)), time.time()
    await send_all(queue, users, Delayed(queues, visible))
    pace.sent(len(users), time.time() - started)
    if pace.leads and time.time() >= visible:
        raise AssertionError("sending took longer than the lead")
    process = psutil.Process(host.pid)
    await asyncio.sleep(max(0.0, visible - time.time()))
    before, started = process.cpu_times(), time.perf_counter()
    while await queues.depth(queue):
        await asyncio.sleep(0.05)
    seconds, after = time.perf_counter() - started, process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return Measured(seconds / len(users), used * 1000 / len(users))


async def compose(report: Report, size: Size, folder: Path, model: str, store_url: str) -> None:
    with Azurite(folder / "azurite") as azurite:
        queues = StorageQueues(azurite.connection_string)
        environs = {name: environment(azurite, f"bench-{name}", model, store_url) for name in ("floor", "app")}
        text = question_of(prepare_for_bench()).text
        environs["floor"]["FLOOR_QUESTION"] = "Data, not instructions:\n" + json.dumps({"data": text}, ensure_ascii=False)
        store = build_store(Settings.from_environment(environs["app"]), Clock())
        await store.ensure_containers()
        directories = {"floor": floor_app(folder / "floor"), "app": ROOT}
        async with AsyncExitStack() as stack:
            hosts = {
                name: await stack.enter_async_context(
                    HostProcess(environ, port=0, log=folder / f"{name}.log", directory=directories[name], timers=False)
                )
                for name, environ in environs.items()
            }
            runs = await in_turns(report, size, hosts, queues, store)
        await store.close()
        await queues.close()
    report.say(f"{size.composed} users of {ITEMS} items, {AT_ONCE} at once, model latency 0.5 s, {size.rounds} rounds, medians")
    for name, words in (("floor", "floor: only asks the model"), ("app", "app")):
        rate, cpu = median(one.rate for one in runs[name]), median(one.cpu_ms for one in runs[name])
        report.figure(f"digests.{name}_rate", rate, f"{words:30} {rate:6.1f} digests/s")
        report.figure(f"digests.{name}_cpu_ms", cpu, f"{words:30} {cpu:6.1f} ms CPU a digest")
    pairs = list(zip(runs["app"], runs["floor"], strict=True))
    ratio = median(app.rate / one.rate for app, one in pairs)
    report.figure("digests.throughput_ratio", ratio, f"throughput to the floor's      {ratio:.2f}")


def floor_app(folder: Path) -> Path:
    """Make the floor's function app, under the app's own host.json; returns its folder."""
    folder.mkdir()
    shutil.copy(ROOT / "bench/digest_floor/function_app.py", folder)
    shutil.copy(ROOT / "host.json", folder)
    return folder


async def in_turns(
    report: Report, size: Size, hosts: Mapping[str, HostProcess], queues: StorageQueues, store: Store
) -> dict[str, list[Measured]]:  # fmt: skip
    """Return each host's rounds, after one in which they warm up."""
    runs: dict[str, list[Measured]] = {name: [] for name in hosts}
    pace = Pace(size.lead_seconds)
    for number in range(-1, size.rounds):
        report.progress(f"digests: round {number + 1} of {size.rounds} of composing")
        users = [f"round{number}-{user}" for user in range(size.warm if number < 0 else size.composed)]
        await furnish(store, users)
        for name, host in hosts.items():
            measured = await timed(host, queues, f"bench-{name}", users, pace)
            if number >= 0:
                runs[name].append(measured)
        for user in users:
            await store.read(DIGESTS.key, f"{user}.{WINDOW}", user)  # a bench of digests that failed would be no bench
    return runs


def prepare_for_bench() -> Any:
    now = Clock().now()
    items = owned_items(wardrobe("floor"), now=now)
    return prepare(Wardrobe(items, {"locationCity": "Lyon"}, Taste()), window=WINDOW, at=now)


def run(report: Report) -> None:
    """Report all three."""
    size = TINY if report.tiny else FULL
    with tempfile.TemporaryDirectory() as text:
        asyncio.run(plan(report, size, Path(text)))
    with tempfile.TemporaryDirectory() as text, child("stylist") as (model, _), child("store") as (store,):
        asyncio.run(count(report, Path(text), model, store))
        asyncio.run(compose(report, size, Path(text), model, store))
