"""`make soak`, or `python -m tests.soak --likes 10000 --users 500 --seed 7 --store cosmos`: chaos, and what must hold after it.

Real instances (devhost, killed with -9), a real Azurite, and in turn the embedded store and Cosmos DB's wire; every connection
but the store's file goes through a proxy that breaks it. Exit code 1 when something was lost, doubled or is otherwise wrong;
the folder with the instances' logs is kept then.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from devhost.azurite import Azurite
from samples.wardrobes import CITIES, wardrobe
from shared.clock import Clock, to_iso
from shared.queues.azure import DEVELOPMENT_CONNECTION, StorageQueues
from shared.services import build_store
from shared.settings import Settings
from shared.store.base import Store
from shared.store.containers import JOBS, USER_PROFILES, WARDROBE
from tests.fakes.cosmos import KEY as COSMOS_KEY
from tests.soak.checks import ENDED, Verdict, everything, examine
from tests.soak.proxy import Proxy
from tests.soak.story import KEY, Client, Fleet, Sent, Story, plan

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = Path(__file__).with_name("seeds.txt")
QUEUE: Final = "soak-jobs"
SETTLE_SECONDS: Final = 900
LOOK_SHARE: Final = 4  # looking at everything takes at most a fifth of the time
CUT: Final = {"sqlite": 0.002, "cosmos": 0.002}
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
        "EMBEDDED_STORE_PATH": str(folder / "store.db"), "AZURE_OPENAI_ENDPOINT": model, "AZURE_OPENAI_API_KEY": "fake-key",
        "FETCH_ALLOWED_PRIVATE_HOSTS": site, "MOOD_FEEDS": json.dumps(feeds), "DEVHOST_FUNCTION_KEY": KEY,
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
        await store.upsert(USER_PROFILES.key, {"id": user, "locationCity": "Lyon", "stylePreferences": ["Declared"]})


async def settle(store: Store, client: Client, sent: Sent, tell: Callable[[str], None]) -> None:
    """Let what is left come to its end: the reconciler is asked as its timer would, only sooner."""
    started, shown = time.monotonic(), -1
    while time.monotonic() - started < SETTLE_SECONDS:
        await client.call("POST", "ops/reconcile")
        looked = time.monotonic()
        jobs = {one["jobId"]: one["status"] for one in await everything(store, JOBS.key)}
        open_jobs = sum(jobs.get(job_id) not in ENDED for job_id, like in sent.likes.items() if like.user not in sent.erased)
        if open_jobs != shown:
            tell(f"{open_jobs} likes have not ended")
            shown = open_jobs
        if not open_jobs:
            return
        await asyncio.sleep(3 + LOOK_SHARE * (time.monotonic() - looked))


async def replay_the_dead(client: Client, story: Story, tell: Callable[[str], None]) -> None:
    """Replay what died, now that the world is whole; the garbage stays."""
    for reason in (
        "image_unreachable",
        "llm_unavailable",
        "store_unavailable",
        "host_crash_suspected",
        "unknown",
        "llm_timeout",
    ):
        asked = {
            "action": "replay",
            "filter": {"reason": reason, "kind": "taste-analysis"},
            "reason": "all is up",
            "actor": "soak",
        }
        predicted = await client.call("POST", "ops/replays", {**asked, "dryRun": True})
        if not predicted["total"]:
            continue
        body = {**asked, "snapshot": predicted["snapshot"], "rate": 20, "force": True}
        operation = (await client.call("POST", "ops/replays", body))["id"]
        story.sent.operations.append(operation)
        tell(f"replaying {predicted['total']} dead letters: {reason}")
        started = time.monotonic()
        while time.monotonic() - started < SETTLE_SECONDS:
            state = await client.call("GET", f"ops/replays/{operation}")
            if state["status"] not in {"queued", "running"}:
                break
            await asyncio.sleep(1)


async def one_round(asked: argparse.Namespace, store_kind: str, seed: int, folder: Path) -> Verdict:
    """One seed against one store; prints what was inflicted and what came of it."""
    rng, inflicted = random.Random(seed), Counter[str]()
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"  {time.monotonic() - started:5.0f} s  {text}", flush=True)

    print(f"seed {seed}, {store_kind}: {asked.likes} likes of {asked.users} users, {asked.hosts} instances", flush=True)
    async with AsyncExitStack() as stack:
        (model, site, cosmos), known_as = await stack.enter_async_context(servers())
        azurite = stack.enter_context(Azurite(folder / "azurite", in_memory=True))
        targets = {"queues": ("127.0.0.1", azurite.port), "model": _address(model)}
        if store_kind == "cosmos":
            targets["store"] = _address(cosmos)
        proxies = {
            name: await stack.enter_async_context(Proxy(name, *target, rng, inflicted)) for name, target in targets.items()
        }
        through = f"http://127.0.0.1:{proxies['store'].port}/" if "store" in proxies else None
        known_as(through or cosmos)
        environ = environment(
            proxies["queues"].port, f"http://127.0.0.1:{proxies['model'].port}", site, folder, through
        )  # fmt: skip
        store = build_store(Settings.from_environment(environ), Clock())
        stack.push_async_callback(store.close)
        queues = StorageQueues(azurite.connection_string)
        stack.push_async_callback(queues.close)
        await furnish(store, asked.users)
        likes, gone = plan(rng, asked.likes, asked.users, site, to_iso(Clock().now()))
        async with aiohttp.ClientSession() as session:
            await (await session.post(f"http://{site}/missing", json=gone)).release()
            fleet = Fleet(environ, asked.hosts, folder, inflicted)
            stack.push_async_callback(fleet.close)
            await fleet.start()
            client = Client(fleet, rng)
            stack.push_async_callback(client.session.close)
            story = Story(
                client=client, fleet=fleet, queues=queues, queue=QUEUE, proxies=proxies, rng=rng, inflicted=inflicted,
                outage_seconds=asked.outage_seconds, tell=tell,
            )  # fmt: skip
            for proxy in proxies.values():
                proxy.cut = 0.0 if asked.calm else CUT[store_kind]
            await under_chaos(story, likes, calm=asked.calm)
            tell("the world is whole again")
            await (await session.post(f"http://{site}/missing", json=[])).release()
            await settle(store, client, story.sent, tell)
            await replay_the_dead(client, story, tell)
            await settle(store, client, story.sent, tell)
            await quiet(store, client, story, tell)
            verdict = await examine(store, client, story.sent)
    print("inflicted: " + ", ".join(f"{count} {name}" for name, count in sorted(inflicted.items())))
    print("\n".join(f"  {line}" for line in verdict.lines()), flush=True)
    return verdict


async def under_chaos(story: Story, likes: Sequence[Any], *, calm: bool) -> None:
    """Send everything while things are inflicted."""
    over = asyncio.Event()
    chaos = asyncio.create_task(story.inflict(over, calm=calm))
    third = len(likes) // 3
    await story.send(likes[:third])
    await story.run("digest")
    await story.send(likes[third : 2 * third])
    await story.run("moods")
    await story.send(likes[2 * third :])
    await story.erase(likes[0].user)
    over.set()
    await chaos


async def quiet(store: Store, client: Client, story: Story, tell: Callable[[str], None]) -> None:
    """Wait until the runs that were asked for and the other jobs have ended, and nothing is left to be mended."""
    started = time.monotonic()
    while time.monotonic() - started < SETTLE_SECONDS:
        left = (await client.call("POST", "ops/reconcile"))["repairs"]
        verdict = await examine(store, client, story.sent)
        waiting = [kind for kind in verdict.wrong if kind.endswith("not ended") or kind in {"lost", "still to be mended"}]
        if not left and not waiting:
            return
        tell(f"not yet quiet: {', '.join(waiting) or f'{len(left)} mended'}")
        await asyncio.sleep(5)


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0


def kept_seeds() -> list[int]:
    """Return the seeds that ever failed: they are run for ever."""
    lines = [line.partition("#")[0].strip() for line in SEEDS.read_text().splitlines()]
    return [int(line) for line in lines if line]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--likes", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=3, help="instances at once")
    parser.add_argument("--store", choices=("sqlite", "cosmos"), action="append", help="default: both, in turn")
    parser.add_argument("--seed", type=int, action="append", help="default: 1, 2, 3 and every seed that ever failed")
    parser.add_argument("--calm", action="store_true", help="kill one instance and break nothing: that everything still runs")
    parser.add_argument("--outage-seconds", type=float, default=60, help="the longest that something is away")
    asked = parser.parse_args(arguments)
    wrong = 0
    for seed in asked.seed or list(dict.fromkeys([1, 2, 3, *kept_seeds()])):
        for store_kind in asked.store or ("sqlite", "cosmos"):
            folder = Path(tempfile.mkdtemp(prefix="soak-"))
            verdict = asyncio.run(one_round(asked, store_kind, seed, folder))
            if verdict.wrong:
                wrong += 1
                print(f"  the instances' logs: {folder}; add the seed to {SEEDS.relative_to(ROOT)}")
            else:
                shutil.rmtree(folder)
    print(f"{wrong} rounds with faults" if wrong else "lost 0, doubled 0 in every round")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
