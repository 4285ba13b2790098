"""A rolling deployment: the last released build beside this one, on the same queues and the same store, there and back.

The released build is the newest tag `v*`; until there is one, the commit in `released.txt`. A clone without that history
(a shallow one) has nothing to compare with.
"""

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devhost.azurite import Azurite
from samples.serving import ROOT, HostProcess, served
from shared.clock import Clock
from shared.queues.azure import StorageQueues
from shared.store.containers import TASTE
from shared.store.query import Compare, Query
from shared.store.sqlite import SqliteStore
from tests.e2e.apps import HEADERS, environment
from tests.waiting import until

PHOTOS = ("red-dress.jpg", "navy-blazer.jpg", "camel-coat.jpg", "olive-parka.jpg")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


RELEASED = (
    _git("describe", "--tags", "--abbrev=0", "--match", "v*") or Path(__file__).with_name("released.txt").read_text().strip()
)

pytestmark = pytest.mark.skipif(
    not _git("cat-file", "-t", RELEASED), reason=f"the history does not go back to the released build {RELEASED}"
)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released build, as it was."""
    folder = tmp_path_factory.mktemp("released")
    packed = subprocess.run(["git", "archive", RELEASED], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder


class Callers:
    """Who calls both builds."""

    def __init__(self, session: aiohttp.ClientSession, site: str) -> None:
        self.session, self.site = session, site
        self.jobs: list[str] = []

    async def like(self, host: HostProcess, user: str, number: int) -> str:
        photo = PHOTOS[number % len(PHOTOS)]
        body = {"userId": user, "itemId": f"item-{number}", "imageUrl": f"http://{self.site}/{photo}", "signal": "up"}
        async with self.session.post(f"{host.url}/api/ops/taste-jobs", json=body) as answer:
            told = await answer.json()
            assert answer.status == 202, told
        if told["status"] == "queued":
            self.jobs.append(told["jobId"])
        return str(told["status"])

    async def get(self, host: HostProcess, path: str) -> Any:
        async with self.session.get(f"{host.url}/api/ops/{path}") as answer:
            assert answer.status == 200, (path, await answer.text())
            return await answer.json()

    async def evidence(self, host: HostProcess, user: str) -> int:
        profile = await self.get(host, f"taste-profiles/{user}")
        return max(term["evidence"] for term in profile["terms"])

    async def settled(self, host: HostProcess) -> None:
        async def all_done() -> bool:
            return all([(await self.get(host, f"taste-jobs/{one}"))["status"] == "completed" for one in self.jobs])

        await until(all_done)


async def test_two_builds_side_by_side_lose_nothing_and_a_downgrade_is_safe(
    azurite: Azurite, queue_name: str, tmp_path: Path, released: Path
) -> None:
    with served("photos") as site:
        environ = environment(azurite, queue_name, tmp_path, FETCH_ALLOWED_PRIVATE_HOSTS=site)
        old = HostProcess(environ, port=0, log=tmp_path / "old.log", checkout=released, timers=False)
        new = HostProcess(environ, port=0, log=tmp_path / "new.log", timers=False)
        async with aiohttp.ClientSession(headers=HEADERS) as session:
            callers = Callers(session, site)
            async with old:
                for number in range(3):
                    assert await callers.like(old, "ada", number) == "queued"
                async with new:
                    for number in range(3, 6):
                        assert await callers.like(new, "ada", number) == "queued"
                        assert await callers.like(old, "bruno", number) == "queued"
                    newer = StorageQueues(azurite.connection_string)
                    await newer.send(queue_name, json.dumps({"schemaVersion": 99, "user_id": "ada"}).encode())
                    for host in (old, new):
                        await callers.settled(host)
                        assert (await callers.get(host, "dead-letters"))["deadLetters"] == []
                    one, other = await callers.evidence(old, "ada"), await callers.evidence(new, "ada")
                    assert one == other, "both read the same profile"
                    assert await callers.like(new, "ada", 0) == "duplicate", "what the old build did is known to the new one"
                    assert await callers.like(old, "ada", 4) == "duplicate", "and the other way round"
                    await until(lambda: _waits(newer, queue_name))
                await newer.close()
                assert await callers.like(old, "ada", 6) == "queued", "the old build alone again"
                await callers.settled(old)
                assert (await callers.get(old, "dead-letters"))["deadLetters"] == []
            again = HostProcess(environ, port=0, log=tmp_path / "again.log", timers=False)
            async with again:
                await callers.settled(again)
                async with session.post(f"{again.url}/api/ops/reconcile?dryRun=true") as answer:
                    assert (await answer.json())["repairs"] == []
    assert await signals(tmp_path) == {"ada": 7, "bruno": 3}, "every like is counted once, whoever took it"


async def signals(folder: Path) -> dict[str, int]:
    """How many likes were applied, by user."""
    store = SqliteStore(str(folder / "store.db"), clock=Clock())
    found = (await store.page(TASTE.key, Query(where=Compare("type", "=", "signal"), page_size=500))).documents
    await store.close()
    return dict(Counter(one["userId"] for one in found))


async def _waits(queues: StorageQueues, queue: str) -> bool:
    """Whether the message of the newer schema is the only one, put off and not lost."""
    return await queues.depth(queue) == 1
