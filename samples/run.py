"""`make run`: the whole app on this machine, with sample likes, and what came of them. `--serve` is `make dev`.

Starts Azurite, serves the sample pictures, starts devhost as a process of its own, sends the likes through the HTTP
endpoint, waits until every job is settled, and shows the result. Whatever happens, no process is left behind.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import aiohttp
from rich.columns import Columns

from devhost.azurite import Azurite
from devhost.errors import DevhostError
from samples import show
from samples.story import LIKES, UNDECODABLE, wardrobe_items
from shared.clock import Clock
from shared.errors import ConfigurationError, ProcessorError
from shared.names import queue_names
from shared.queue_storage import StorageQueues
from shared.services import build_store
from shared.settings import Settings
from shared.store.containers import USER_PROFILES, WARDROBE

ROOT: Final = Path(__file__).parent.parent
SETTLE_SECONDS: Final = 90.0
FINAL: Final = {"completed", "dead_lettered"}


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map: Final = {
        ".jpg": "image/jpeg", ".xml": "application/rss+xml", ".atom": "application/atom+xml", ".json": "application/feed+json",
    }  # type: ignore[misc]  # fmt: skip

    def log_message(self, *_args: object) -> None:
        """Say nothing: the host's log tells of every job."""


@contextlib.contextmanager
def served(folder: str) -> Iterator[str]:
    """Serve a folder of `samples` on a free local port; yields `host:port`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(ROOT / "samples" / folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class HostProcess:
    """devhost as a child process."""

    def __init__(self, environ: dict[str, str], *, port: int, log: Path, directory: Path = ROOT) -> None:
        self._environ = environ
        self._port = port
        self._log = log
        self._directory = directory
        self.lines: list[str] = []
        self.url = ""

    async def __aenter__(self) -> "HostProcess":
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "devhost", "--port", str(self._port), "--state", str(self._log.parent / "timers"),
                "--directory", str(self._directory), cwd=ROOT, env=self._environ, stdout=asyncio.subprocess.PIPE, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        assert self._process.stdout is not None  # noqa: S101  (for the type checker: PIPE was asked for)
        try:
            async with asyncio.timeout(60):
                while line := (await self._process.stdout.readline()).decode().rstrip():
                    if line.startswith("devhost ready: "):
                        self.url = line.removeprefix("devhost ready: ")
                        return self
                    self.lines.append(line)
        except TimeoutError:
            pass
        await self.__aexit__()
        last = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()][-1:]
        raise DevhostError((last[0] if last else "devhost did not start").removeprefix("devhost: "))

    @property
    def pid(self) -> int:
        """The host's process id."""
        return self._process.pid

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), 15)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


async def send_likes(session: aiohttp.ClientSession, url: str, pictures: str) -> dict[str, str]:
    """Send every sample like; returns the answer's status by job id, the last one for a duplicate."""
    answers: dict[str, str] = {}
    for like in LIKES:
        body = {"userId": like.user, "itemId": like.item, "imageUrl": f"http://{pictures}/{like.photo}", "signal": "up"}
        async with session.post(f"{url}/api/ops/taste-jobs", json=body) as response:
            document = await response.json()
            if response.status != 202:
                raise DevhostError(f"a like was answered {response.status}: {document.get('detail')}")
        print(f"  {like.user:7} likes {like.photo:20} {document['status']}")
        answers.setdefault(document["jobId"], document["status"])
    return answers


async def settled(session: aiohttp.ClientSession, url: str, job_ids: list[str]) -> list[dict[str, Any]]:
    """Wait until every job is final; returns the jobs."""
    shown = -1
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            jobs = [await _get(session, f"{url}/api/ops/taste-jobs/{job_id}") for job_id in job_ids]
            done = sum(job["status"] in FINAL for job in jobs)
            if done != shown:
                print(f"  {done} of {len(jobs)} jobs settled", flush=True)
                shown = done
            records = (await _get(session, f"{url}/api/ops/dead-letters"))["deadLetters"]
            if done == len(jobs) and any(record["reason"] == "payload_undecodable" for record in records):
                return jobs
            await asyncio.sleep(0.5)


async def _get(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url) as response:
        return dict(await response.json())


async def tell_story(host: HostProcess, key: str, pictures: str, queues: StorageQueues, environ: dict[str, str]) -> None:
    """Send, wait, show."""
    out = show.console()
    async with aiohttp.ClientSession(headers={"x-functions-key": key}) as session:
        print("sending the sample likes")
        answers = await send_likes(session, host.url, pictures)
        await queues.send(queue_names(environ)[0], UNDECODABLE)
        print("  and one message that is no JSON, straight to the queue")
        jobs = await settled(session, host.url, list(answers))
        users = list(dict.fromkeys(like.user for like in LIKES))
        profiles = [await _get(session, f"{host.url}/api/ops/taste-profiles/{user}") for user in users]
        records = (await _get(session, f"{host.url}/api/ops/dead-letters"))["deadLetters"]
        print("learning the moods of the sample feeds", flush=True)
        run = await run_moods(session, host.url)
        moods = (await _get(session, f"{host.url}/api/ops/moods"))["moods"]
    out.print()
    out.print(Columns([show.profile(document) for document in profiles]))
    out.print(show.outcomes(sorted(jobs, key=lambda job: (job["userId"], job["itemId"]))))
    out.print()
    out.print(show.dead_letters(records))
    out.print()
    out.print(show.moods(moods, run))


async def run_moods(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    """Ask for a run of the moods; returns its row in the ledger once it has ended."""
    async with session.post(f"{url}/api/ops/run/moods", params={"actor": "make run"}) as response:
        run_id = (await response.json())["runId"]
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            runs = (await _get(session, f"{url}/api/ops/runs?timer=moods"))["runs"]
            ended = [run for run in runs if run["id"] == run_id and run["outcome"]]
            if ended:
                return dict(ended[0])
            await asyncio.sleep(0.3)


async def prepare_store(environ: dict[str, str], pictures: str) -> None:
    """Create the containers, and the wardrobes and profiles that the web API would have written."""
    settings = Settings.from_environment(environ)
    store = build_store(settings, Clock())
    try:
        await store.ensure_containers()
        for item in wardrobe_items(f"http://{pictures}"):
            await store.upsert(WARDROBE.key, item)
        profile = await store.find(USER_PROFILES.key, "ada", "ada")
        if profile is None:
            await store.create(USER_PROFILES.key, {"id": "ada", "stylePreferences": ["Parisian"], "currency": "EUR"})
    finally:
        await store.close()


def environment(state: Path, pictures: str, feeds: str, connection: str, key: str) -> dict[str, str]:
    """Return the app's environment: what this shell has set, and the local parts. Without a key the embedded models."""
    names = {"The Daily Hem": "daily-hem.xml", "Seam Ripper": "seam-ripper.atom", "Loose Thread": "loose-thread.json"}
    own = {
        "MOOD_FEEDS": json.dumps([{"name": name, "url": f"http://{feeds}/{file}"} for name, file in names.items()]),
        "StorageQueue": connection, "AzureWebJobsStorage": connection, "DEVHOST_FUNCTION_KEY": key,
        "EMBEDDED_STORE_PATH": str(state / "pluckit.db"), "FETCH_ALLOWED_PRIVATE_HOSTS": f"{pictures},{feeds}",
    }  # fmt: skip
    return {**os.environ, **own}


async def run(arguments: argparse.Namespace) -> None:
    """Start everything, tell the story or serve, stop everything."""
    state = ROOT / ".local" / ("dev" if arguments.serve else "run")
    if not arguments.serve:
        shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True, exist_ok=True)
    key = os.environ.get("DEVHOST_FUNCTION_KEY") or secrets.token_hex(16)
    print("starting Azurite and the app (log: .local/" + state.name + "/devhost.log)", flush=True)
    azurite_port = int(os.environ.get("AZURITE_QUEUE_PORT") or "10001") if arguments.serve else 0
    with Azurite(state / "azurite", port=azurite_port) as azurite, served("photos") as pictures, served("feeds") as feeds:
        environ = environment(state, pictures, feeds, azurite.connection_string, key)
        await prepare_store(environ, pictures)
        queues = StorageQueues(azurite.connection_string)
        try:
            async with HostProcess(environ, port=7071 if arguments.serve else 0, log=state / "devhost.log") as host:
                if arguments.serve:
                    await _serve(host, key, pictures)
                else:
                    await tell_story(host, key, pictures, queues, environ)
        finally:
            await queues.close()


async def _serve(host: HostProcess, key: str, pictures: str) -> None:
    print("\n".join(host.lines))
    print(f"ready: {host.url}, stop with Ctrl-C. Send a like:\n")
    body = f'{{"userId":"me","itemId":"item-1","imageUrl":"http://{pictures}/navy-blazer.jpg","signal":"up"}}'
    print(f"  curl -H 'x-functions-key: {key}' -d '{body}' {host.url}/api/ops/taste-jobs")
    print(f"  curl -H 'x-functions-key: {key}' {host.url}/api/ops/taste-profiles/me")
    print(f"  curl -X POST -H 'x-functions-key: {key}' {host.url}/api/ops/run/moods\n", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def main() -> int:
    """Return the exit code: 0, or 2 with one line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m samples.run")
    parser.add_argument("--serve", action="store_true", help="keep the app running instead of telling the sample story")
    try:
        asyncio.run(run(parser.parse_args()))
    except (DevhostError, ConfigurationError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except TimeoutError:
        print("error: the jobs did not settle in time: see .local/run/devhost.log", file=sys.stderr)
        return 1
    except (ProcessorError, aiohttp.ClientError) as error:
        print(f"error: {type(error).__name__}: {error}: see .local/run/devhost.log", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
