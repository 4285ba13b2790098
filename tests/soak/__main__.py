"""`make soak`, or `python -m tests.soak --likes 10000 --users 500 --seed 7 --store cosmos`: chaos, and what must hold after it.

Real instances (devhost, killed with -9), a real Azurite, and in turn the embedded store and Cosmos DB's wire; every connection
but the store's file goes through a proxy that breaks it. Exit code 1 when something was lost, doubled or is otherwise wrong;
the folder with the instances' logs is kept then.
"""

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from devhost.azurite import Azurite
from samples.serving import ROOT
from shared.clock import Clock, to_iso
from shared.queues.azure import StorageQueues
from shared.services import build_store
from shared.settings import Settings
from shared.store.base import Store
from tests.soak.chaos import Chaos
from tests.soak.fleet import Client, Fleet
from tests.soak.ledgers import Ledgers, Verdict
from tests.soak.oncall import OnCall
from tests.soak.proxy import Proxy
from tests.soak.settling import later, quiet, replay_the_dead, settle
from tests.soak.story import Story, plan
from tests.soak.webapi import WebApi
from tests.soak.world import DIGEST_QUEUE, QUEUE, environment, furnish, servers

SEEDS: Final = Path(__file__).with_name("seeds.txt")
CUT: Final = 0.002  # of the chunks that go through a proxy
PARTS: Final = 6  # after each of them a run, and somebody is erased
SMALL: Final = 500  # likes: fewer go in three parts
LEAVING: Final = 6  # users


@dataclass(frozen=True)
class Arena:
    """Instances over a store and queues, with a proxy in every wire between them."""

    site: str
    proxies: Mapping[str, Proxy]
    store: Store
    queues: StorageQueues
    fleet: Fleet


@asynccontextmanager
async def arena(
    asked: argparse.Namespace, store_kind: str, seed: int, folder: Path, inflicted: Counter[str]
) -> AsyncIterator[Arena]:  # fmt: skip
    """Run it all, unbroken so far."""
    async with AsyncExitStack() as stack:
        (model, site, cosmos), known_as = await stack.enter_async_context(servers())
        azurite = stack.enter_context(Azurite(folder / "azurite", in_memory=True))
        targets = {"queues": ("127.0.0.1", azurite.port), "model": _address(model)}
        if store_kind == "cosmos":
            targets["store"] = _address(cosmos)
        proxies = {
            name: await stack.enter_async_context(Proxy(name, *target, random.Random(f"{seed} {name}"), inflicted))
            for name, target in targets.items()
        }  # fmt: skip
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
        fleet = Fleet(
            environ, asked.hosts, folder, inflicted, skew=0.0 if asked.calm else asked.skew, builds=[ROOT, *asked.build]
        )
        stack.push_async_callback(fleet.close)
        await fleet.start()
        yield Arena(site, proxies, store, queues, fleet)


async def one_round(asked: argparse.Namespace, store_kind: str, seed: int, folder: Path) -> Verdict:
    """One seed against one store; prints what was inflicted and what came of it."""
    rng, inflicted = random.Random(seed), Counter[str]()
    tell = Telling()
    print(f"seed {seed}, {store_kind}: {asked.likes} likes of {asked.users} users, {asked.hosts} instances", flush=True)
    async with arena(asked, store_kind, seed, folder, inflicted) as made, AsyncExitStack() as stack:
        likes, missing = plan(rng, asked.likes, asked.users, made.site, to_iso(Clock().now()))
        client = Client(made.fleet, rng, f"http://{made.site}/seen")
        stack.push_async_callback(client.session.close)
        web_api = WebApi(made.store, random.Random(f"{seed} web API"), inflicted)
        story = Story(
            client=client, queues=made.queues, queue=QUEUE, web_api=web_api, rng=rng, inflicted=inflicted, tell=tell
        )  # fmt: skip
        chaos = Chaos(
            fleet=made.fleet, client=client, proxies=made.proxies, rng=random.Random(f"{seed} chaos"), inflicted=inflicted,
            outage_seconds=asked.outage_seconds, queues=[QUEUE, DIGEST_QUEUE],
            store_file=folder / "store.db" if store_kind == "sqlite" else None, likes=asked.likes, sent=lambda: story.count,
        )  # fmt: skip
        on_call = OnCall(client, random.Random(f"{seed} on-call"), inflicted)
        for proxy in made.proxies.values():
            proxy.cut = 0.0 if asked.calm else CUT
        await _missing(made.site, missing)
        await under_chaos(story, chaos, on_call, likes, calm=asked.calm)
        tell("the world is whole again")
        await _missing(made.site, [])
        ledgers = Ledgers(story.sent, web_api, on_call.operations, (chaos.paused, chaos.resumed))
        verdict = await aftermath(made, client, story, ledgers, tell, calm=asked.calm)
    print("inflicted: " + ", ".join(f"{count} {name}" for name, count in sorted(inflicted.items())))
    print("\n".join(f"  {line}" for line in verdict.lines()), flush=True)
    return verdict


class Telling:
    """Says how far it is, and after how many seconds."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, text: str) -> None:
        print(f"  {time.monotonic() - self._started:5.0f} s  {text}", flush=True)


async def aftermath(
    made: Arena, client: Client, story: Story, ledgers: Ledgers, tell: Telling, *, calm: bool
) -> Verdict:  # fmt: skip
    """Let it come to rest, replay what died, and see what holds: at once, and days later."""
    await settle(made.store, client, ledgers, tell)
    await replay_the_dead(client, ledgers, tell)
    await settle(made.store, client, ledgers, tell)
    await story.run("moods")
    verdict = await quiet(made.store, client, ledgers, tell)
    if not calm and not verdict.wrong:
        await later(made.store, made.fleet, client, ledgers, tell)
        ledgers.later = True
        verdict = await quiet(made.store, client, ledgers, tell)
    return verdict


async def under_chaos(story: Story, chaos: Chaos, on_call: OnCall, likes: Sequence[Any], *, calm: bool) -> None:
    """Send everything while things are inflicted, and on-call does something about it."""
    over = asyncio.Event()
    others = [asyncio.create_task(chaos.reign(over, calm=calm))]
    if not calm:
        others.append(asyncio.create_task(on_call.work(over)))
    leaving = sorted({like.user for like in likes})[:: max(1, len({like.user for like in likes}) // LEAVING)]
    parts = PARTS if len(likes) > SMALL else 3
    for part in range(parts):
        await story.send(likes[part * len(likes) // parts : (part + 1) * len(likes) // parts])
        await story.run(("digest", "moods")[part % 2])
        if part < len(leaving):
            await story.erase(leaving[part])
    over.set()
    await asyncio.gather(*others)


async def _missing(site: str, names: list[str]) -> None:
    """Say which pictures are not there."""
    async with aiohttp.ClientSession() as session:
        await (await session.post(f"http://{site}/missing", json=names)).release()


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
    parser.add_argument("--kept", action="store_true", help="besides, every seed that ever failed")
    parser.add_argument("--calm", action="store_true", help="kill one instance and break nothing: that everything still runs")
    parser.add_argument("--skew", type=float, default=1.0, help="seconds between the first and the last instance's clock")
    parser.add_argument(
        "--build", type=Path, action="append", default=[], help="the checkout of another build, deployed by turns"
    )
    parser.add_argument("--outage-seconds", type=float, default=60, help="the longest that something is away")
    asked = parser.parse_args(arguments)
    logging.getLogger("azure").setLevel(logging.ERROR)  # that the store is away is what was meant
    wrong = 0
    kept = kept_seeds() if asked.kept or not asked.seed else []
    for seed in dict.fromkeys([*(asked.seed or (1, 2, 3)), *kept]):
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
