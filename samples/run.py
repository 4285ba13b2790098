"""`make run`: the whole app on this machine, with sample likes, and what came of them. `--serve` is `make dev`.

Starts Azurite, serves the sample pictures, starts devhost as a process of its own, sends the likes through the HTTP
endpoint, waits until every job is settled, and shows the result. Whatever happens, no process is left behind.
"""

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp

from devhost.azurite import Azurite
from devhost.errors import DevhostError
from samples.serving import ROOT, HostProcess, served
from samples.show import Shown, console
from samples.site_server import NAMES, served_site, sources
from samples.story import DECLARED, LIKES, UNDECODABLE, wardrobe_items
from samples.wardrobes import CITIES, wardrobe
from shared.clock import Clock
from shared.errors import ConfigurationError, ProcessorError
from shared.queues.azure import StorageQueues, development_port
from shared.queues.names import queue_name
from shared.services import build_store
from shared.settings import Settings
from shared.store.base import Document
from shared.store.containers import SCRAPED_ITEMS, SCRAPER_SOURCES, USER_PROFILES, WARDROBE
from shared.store.query import Query

SETTLE_SECONDS: Final = 90.0
FINAL: Final = {"completed", "dead_lettered"}


async def send_likes(session: aiohttp.ClientSession, url: str, pictures: str, out: Shown) -> dict[str, str]:
    """Send every sample like; returns the answer's status by job id, the first one for a duplicate."""
    answers: dict[str, str] = {}
    told: Counter[str] = Counter()
    for like in LIKES:
        body = {"userId": like.user, "itemId": like.item, "imageUrl": f"http://{pictures}/{like.photo}", "signal": "up"}
        async with session.post(f"{url}/api/ops/taste-jobs", json=body) as response:
            document = await response.json()
            if response.status != 202:
                raise DevhostError(f"a like was answered {response.status}: {document.get('detail')}")
        told[document["status"]] += 1
        answers.setdefault(document["jobId"], document["status"])
    out.line("answered: " + ", ".join(f"{count} {status}" for status, count in told.items()))
    return answers


async def settled(session: aiohttp.ClientSession, url: str, job_ids: list[str], out: Shown) -> list[dict[str, Any]]:
    """Wait until every job is final; returns the jobs."""
    shown = -1
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            jobs = [await _get(session, f"{url}/api/ops/taste-jobs/{job_id}") for job_id in job_ids]
            done = sum(job["status"] in FINAL for job in jobs)
            if done != shown:
                out.line(f"{done} of {len(jobs)} jobs settled")
                shown = done
            records = (await _get(session, f"{url}/api/ops/dead-letters"))["deadLetters"]
            if done == len(jobs) and any(record["reason"] == "payload_undecodable" for record in records):
                return jobs
            await asyncio.sleep(0.5)


async def _get(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url) as response:
        return dict(await response.json())


async def tell_story(
    host: HostProcess, key: str, pictures: str, queues: StorageQueues, environ: dict[str, str], folder: Path
) -> None:
    """Send, wait, show."""
    out = Shown(console())
    async with aiohttp.ClientSession(headers={"x-functions-key": key}) as session:
        users = list(dict.fromkeys(like.user for like in LIKES))
        out.step(f"2/5 sending {len(LIKES)} likes of {len(users)} people, and one message that is no JSON")
        answers = await send_likes(session, host.url, pictures, out)
        await queues.send(queue_name("TASTE_JOB", environ), UNDECODABLE)
        jobs = await settled(session, host.url, list(answers), out)
        profiles = [await _get(session, f"{host.url}/api/ops/taste-profiles/{user}") for user in users]
        records = (await _get(session, f"{host.url}/api/ops/dead-letters"))["deadLetters"]
        out.step("3/5 learning the moods of the sample feeds")
        run = await run_timer(session, host.url, "moods")
        moods = (await _get(session, f"{host.url}/api/ops/moods"))["moods"]
        out.step("4/5 composing the digests of the sample wardrobes")
        digests = await compose_digests(session, host.url, folder)
        out.step("5/5 scraping the sample sites")
        scraped = await scrape_sites(session, host.url)
    items = await stored_items(environ)
    out.profiles(profiles)
    out.outcomes(jobs, records)
    out.moods(moods, run)
    out.digests(digests)
    out.sources(scraped)
    out.items(items)
    out.line()
    out.step("The digests as pages to look at, and as Markdown beside them:")
    for user in CITIES:
        out.line(str(_shown(folder / f"{user}.html")))
    out.line()
    out.step("Next: `make dev` keeps the app running and says what to try.")


async def run_timer(session: aiohttp.ClientSession, url: str, timer: str) -> dict[str, Any]:
    """Ask for a run of a timer's work; returns its row in the ledger once it has ended."""
    async with session.post(f"{url}/api/ops/run/{timer}", params={"actor": "make run"}) as response:
        run_id = (await response.json())["runId"]
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            runs = (await _get(session, f"{url}/api/ops/runs?timer={timer}"))["runs"]
            ended = [run for run in runs if run["id"] == run_id and run["outcome"]]
            if ended:
                return dict(ended[0])
            await asyncio.sleep(0.3)


async def compose_digests(session: aiohttp.ClientSession, url: str, folder: Path) -> list[dict[str, Any]]:
    """Have the digests of the sample wardrobes composed; keeps each as a page in `folder` and returns the documents."""
    await run_timer(session, url, "digest")
    digests = []
    async with asyncio.timeout(SETTLE_SECONDS):
        for user in CITIES:
            address = f"{url}/api/ops/digests/{user}/latest"
            while "suggestions" not in (digest := await _get(session, address)):  # noqa: ASYNC110  (it happens elsewhere)
                await asyncio.sleep(0.3)
            digests.append(digest)
            for kind, ending in (("text/html", "html"), ("text/markdown", "md")):
                async with session.get(address, headers={"Accept": kind}) as page:
                    (folder / f"{user}.{ending}").write_text(await page.text())
    return digests


async def scrape_sites(session: aiohttp.ClientSession, url: str) -> list[dict[str, Any]]:
    """Have every sample source scraped; returns the sources once each says how its run ended."""
    await run_timer(session, url, "scraper")
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            found: list[dict[str, Any]] = (await _get(session, f"{url}/api/ops/scraper/sources"))["sources"]
            if all("health" in source for source in found):
                return found
            await asyncio.sleep(0.3)


async def stored_items(environ: dict[str, str]) -> list[Document]:
    """Return the scraped items, as the web API would read them."""
    store = build_store(Settings.from_environment(environ), Clock())
    try:
        return (await store.page(SCRAPED_ITEMS.key, Query(), partition="global")).documents
    finally:
        await store.close()


async def prepare_store(environ: dict[str, str], pictures: str, sites: dict[str, str]) -> None:
    """Create the containers, and the wardrobes, profiles and sources that the web API would have written."""
    settings = Settings.from_environment(environ)
    store = build_store(settings, Clock())
    try:
        await store.ensure_containers()
        for item in wardrobe_items(f"http://{pictures}"):
            await store.upsert(WARDROBE.key, item)
        for source in sources(sites):
            await store.upsert(SCRAPER_SOURCES.key, source)
        for user, city in CITIES.items():
            for item in wardrobe(user, Clock().now()):
                await store.upsert(WARDROBE.key, item)
            if await store.find(USER_PROFILES.key, user, user) is None:
                await store.create(
                    USER_PROFILES.key, {"id": user, "locationCity": city, "currency": "EUR", **DECLARED.get(user, {})}
                )
    finally:
        await store.close()


def environment(state: Path, pictures: str, others: list[str], connection: str, key: str) -> dict[str, str]:
    """Return the app's environment: what this shell has set, and the local parts. Without a key the embedded models.

    `others`: the hosts of the feeds and of the sites, the feeds first.
    """
    names = {"The Daily Hem": "daily-hem.xml", "Seam Ripper": "seam-ripper.atom", "Loose Thread": "loose-thread.json"}
    own = {
        "MOOD_FEEDS": json.dumps([{"name": name, "url": f"http://{others[0]}/{file}"} for name, file in names.items()]),
        "StorageQueue": connection, "AzureWebJobsStorage": connection, "DEVHOST_FUNCTION_KEY": key,
        "EMBEDDED_STORE_PATH": str(state / "pluckit.db"), "FETCH_ALLOWED_PRIVATE_HOSTS": ",".join([pictures, *others]),
    }  # fmt: skip
    return {**os.environ, **own}


@contextlib.contextmanager
def held(state: Path) -> Iterator[None]:
    """Hold the folder for this run; raises `DevhostError` where another run has it. The kernel lets go with the process."""
    state.parent.mkdir(parents=True, exist_ok=True)
    with state.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DevhostError(f"another run is at work in {state}: wait for it, or stop it") from None
        yield


async def run(arguments: argparse.Namespace) -> None:
    """Start everything, tell the story or serve, stop everything, whatever ends it."""
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else lambda: None)
    state = arguments.state.absolute() / ("dev" if arguments.serve else "run")
    with held(state):
        await _run(arguments, state)


async def _run(arguments: argparse.Namespace, state: Path) -> None:
    # What is wrong with the settings is told before anything is started; the addresses are not known yet.
    Settings.from_environment(environment(state, "localhost:1", ["localhost:1"], "UseDevelopmentStorage=true", ""))
    if not arguments.serve:
        shutil.rmtree(state, ignore_errors=True)
    (state / "digests").mkdir(parents=True, exist_ok=True)
    key = os.environ.get("DEVHOST_FUNCTION_KEY") or secrets.token_hex(16)
    Shown(console()).step(f"{'' if arguments.serve else '1/5 '}starting Azurite and the app (log: {_shown(state)}/devhost.log)")
    azurite_port = development_port(os.environ) if arguments.serve else 0
    with contextlib.ExitStack() as parts:
        azurite = parts.enter_context(Azurite(state / "azurite", port=azurite_port))
        pictures, feeds = (parts.enter_context(served(name)) for name in ("photos", "feeds"))
        sites = {name: parts.enter_context(served_site(name)) for name in NAMES}
        environ = environment(state, pictures, [feeds, *sites.values()], azurite.connection_string, key)
        await prepare_store(environ, pictures, sites)
        queues = StorageQueues(azurite.connection_string)
        try:
            async with HostProcess(environ, port=7071 if arguments.serve else 0, log=state / "devhost.log") as host:
                if arguments.serve:
                    await _serve(host, key, pictures, state)
                else:
                    await tell_story(host, key, pictures, queues, environ, state / "digests")
        finally:
            await queues.close()


async def _serve(host: HostProcess, key: str, pictures: str, state: Path) -> None:
    """Print what to try, and wait for the signal that ends it."""
    print("\n".join(host.lines))
    print("\nready, stop with Ctrl-C. In another shell, in this order:\n")
    print("\n".join(to_try(host.url, key, pictures, state)), end="\n\n", flush=True)
    with contextlib.suppress(asyncio.CancelledError):  # a signal is how it is meant to end
        await asyncio.Event().wait()


def to_try(url: str, key: str, pictures: str, state: Path) -> list[str]:
    """Return lines for a shell, in an order in which every one works; headings are comments, so all may be pasted at once."""
    like = f'{{"userId":"me","itemId":"item-1","imageUrl":"http://{pictures}/navy-blazer.jpg","signal":"up"}}'
    curl, api = 'curl -sS -w "\\n" -H "x-functions-key: $PLUCKIT_KEY"', "$PLUCKIT_URL/api/ops"
    opsctl = f"{_shown(Path(sys.executable))} -m opsctl"
    return [
        f"  export PLUCKIT_URL={url} PLUCKIT_KEY={key}",
        "# send a like",
        f"  {curl} {api}/taste-jobs -d '{like}'",
        "# compose the digests, learn the moods of the sample feeds, scrape the sample shops",
        *(f"  {opsctl} run {name} --wait" for name in ("digest", "moods", "scraper")),
        "# what the like has taught, the moods, a digest as a page",
        f"  {curl} {api}/taste-profiles/me",
        f"  {curl} {api}/moods",
        f"  {curl} -H 'Accept: text/html' {api}/digests/ada/latest > {_shown(state / 'ada.html')}",
        "# what on-call sees",
        f"  {opsctl} status",
    ]


def _shown(state: Path) -> Path:
    """The folder as it is told: below this one where it is."""
    return state.relative_to(ROOT) if state.is_relative_to(ROOT) else state


def main() -> int:
    """Return the exit code: 0, or 2 with one line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m samples.run")
    parser.add_argument("--serve", action="store_true", help="keep the app running instead of telling the sample story")
    parser.add_argument("--state", type=Path, default=ROOT / ".local", help="where it keeps its files (default: .local)")
    arguments = parser.parse_args()
    log = _shown(arguments.state.absolute()) / ("dev" if arguments.serve else "run") / "devhost.log"
    try:
        asyncio.run(run(arguments))
    except (DevhostError, ConfigurationError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except TimeoutError:
        print(f"error: the jobs did not settle in time: see {log}", file=sys.stderr)
        return 1
    except (ProcessorError, aiohttp.ClientError) as error:
        print(f"error: {type(error).__name__}: {error}: see {log}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
