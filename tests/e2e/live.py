"""The app on devhost as its callers meet it: a process, an address and a key, with a little of everything stored.

Synchronous, so that clients of any kind can be run against it.
"""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from devhost.azurite import Azurite
from samples.serving import ROOT, served
from samples.site_server import NAMES, served_site, sources
from samples.wardrobes import CITIES, wardrobe
from shared.clock import Clock
from shared.queues.azure import StorageQueues
from shared.store.containers import SCRAPER_SOURCES, USER_PROFILES, WARDROBE
from shared.store.sqlite import SqliteStore
from tests.e2e.apps import HEADERS, KEY, environment
from tests.waiting import HANGS_SECONDS, until_then

__all__ = ["KEY", "Live", "furnish", "living"]

NO_JSON: Final = b"no json"
SOURCE: Final = "street-seams"


@dataclass
class Live:
    """A running app. `pictures` is the folder of the site that its likes are of."""

    url: str
    site: str
    shops: Mapping[str, str]
    pictures: Path
    environ: Mapping[str, str]
    session: httpx.Client

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.session.request(method, f"{self.url}/api/ops/{path}", **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options).raise_for_status().json()

    def until(self, path: str, holds: Callable[[Any], object]) -> Any:
        """Ask until the answer is right; fails with the last one."""
        return until_then(lambda: self.call("GET", path).json(), holds, path)

    def like(self, user: str, photo: str, item: str = "item") -> str:
        """Send a like; returns the job's id."""
        body = {"userId": user, "itemId": item, "imageUrl": f"http://{self.site}/{photo}", "signal": "up"}
        return str(self.call("POST", "taste-jobs", json=body).raise_for_status().json()["jobId"])

    def dead(self, user: str, count: int) -> list[str]:
        """Let likes of pictures that are not there die; returns the ids of their dead letters."""
        jobs = [self.like(user, f"gone-{user}-{number}.jpg", f"gone-{number}") for number in range(count)]
        path = "dead-letters?status=open&reason=image_unreachable&limit=200"
        page = self.until(path, lambda one: set(jobs) <= {letter["jobId"] for letter in one["deadLetters"]})
        return [letter["id"] for letter in page["deadLetters"] if letter["jobId"] in jobs]

    def mend(self, user: str, count: int) -> None:
        """Put the pictures of `dead` there."""
        for number in range(count):
            shutil.copy(ROOT / "samples/photos/red-dress.jpg", self.pictures / f"gone-{user}-{number}.jpg")

    def send(self, queue: str, body: bytes) -> None:
        """Send a message to the queue that the setting names."""
        asyncio.run(_send(self.environ, queue, body))

    def idle(self) -> None:
        """Wait until no operation is active."""
        self.until("replays", lambda page: all(one["status"] not in {"queued", "running"} for one in page["replays"]))


@contextmanager
def living(azurite: Azurite, folder: Path, **settings: str) -> Iterator[Live]:
    """Run the app with its files in `folder`; ends it by its id."""
    pictures = folder / "pictures"
    pictures.mkdir()
    for photo in ("red-dress.jpg", "broken.jpg"):
        shutil.copy(ROOT / "samples/photos" / photo, pictures)
    name = f"q{Clock().new_id()[:16]}"
    with ExitStack() as parts:
        site, feeds = parts.enter_context(served(str(pictures))), parts.enter_context(served("feeds"))
        shops = {shop: parts.enter_context(served_site(shop)) for shop in NAMES}
        environ = environment(
            azurite, name, folder, FETCH_ALLOWED_PRIVATE_HOSTS=",".join((site, feeds, *shops.values())),
            MOOD_FEEDS=json.dumps([{"name": "Sample", "url": f"http://{feeds}/daily-hem.xml"}]), **settings,
        )  # fmt: skip
        with _host(environ, folder) as url, httpx.Client(headers=HEADERS, timeout=HANGS_SECONDS) as session:
            yield Live(url, site, shops, pictures, environ, session)


@contextmanager
def _host(environ: Mapping[str, str], folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "devhost", "--port", "0", "--no-timers", "--lock-seconds", "6", "--state", str(folder)]
    with (folder / "host.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
    assert process.stdout is not None
    with process.stdout:
        try:
            lines = (line.decode() for line in process.stdout)
            ready = next((line for line in lines if line.startswith("devhost ready: ")), None)
            assert ready, (folder / "host.log").read_text()
            yield ready.split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(HANGS_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def furnish(live: Live) -> None:
    """Store a little of everything: wardrobes, sources, taste, moods, digests, runs, dead letters of three reasons, an
    operation.
    """
    asyncio.run(_stored(live))
    live.like("ada", "red-dress.jpg")
    live.like("ada", "broken.jpg")
    live.send("TASTE_JOB_QUEUE_NAME", NO_JSON)
    live.send("TASTE_JOB_QUEUE_NAME", b'{"user_id": 5, "item_id": "wrong", "image_url": "https://example.org/a.jpg"}')
    page = live.until("dead-letters", lambda one: len(one["deadLetters"]) == 3)
    for timer in ("moods", "digest"):
        live.call("POST", f"run/{timer}", params={"actor": "test"}).raise_for_status()
        live.until(f"runs?timer={timer}", lambda one: one["runs"] and all(run["outcome"] for run in one["runs"]))
    live.until("digests/ada/latest", lambda one: "suggestions" in one)
    live.until("taste-profiles/ada", lambda one: one.get("terms"))
    broken = next(letter["id"] for letter in page["deadLetters"] if letter["reason"] == "image_not_image")
    body = {"action": "replay", "ids": [broken], "reason": "to have one", "actor": "test"}
    live.call("POST", "replays", json=body).raise_for_status()
    live.idle()


async def _stored(live: Live) -> None:
    store = SqliteStore(live.environ["EMBEDDED_STORE_PATH"], clock=Clock())
    await store.upsert(SCRAPER_SOURCES.key, next(one for one in sources(live.shops) if one["id"] == SOURCE))
    for user, city in CITIES.items():
        await store.upsert(USER_PROFILES.key, {"id": user, "locationCity": city})
        for item in wardrobe(user, Clock().now()):
            await store.upsert(WARDROBE.key, item)
    await store.close()


async def _send(environ: Mapping[str, str], queue: str, body: bytes) -> None:
    queues = StorageQueues(environ["StorageQueue"])
    await queues.send(environ[queue], body)
    await queues.close()
