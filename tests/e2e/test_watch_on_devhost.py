"""The watchdog through the host: a healthy app, a missed slot, an alert at a webhook, the metrics, the queues, the note."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from agents.watch.collect.memory import ID as STATE
from devhost.azurite import Azurite
from samples.serving import ROOT, HostProcess
from shared.clock import Clock, to_iso
from shared.queues.azure import StorageQueues
from shared.store.containers import RUNS, SERVICE_STATE
from shared.store.sqlite import SqliteStore
from tests.e2e.apps import HEADERS, KEY, MASTER_KEY, environment
from tests.fakes.site import serving
from tests.waiting import soon, until

SECRET_PATH = "hook-0123456789"


@dataclass
class Office:
    """The app, on-call's webhook, and how to reach both."""

    url: str
    session: aiohttp.ClientSession
    queues: StorageQueues
    queue: str
    store_path: str
    log: Path
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def get(self, path: str, **headers: str) -> tuple[int, str, str]:
        async with self.session.get(f"{self.url}/api/{path}", headers=headers) as answer:
            return answer.status, answer.content_type, await answer.text()

    async def status(self) -> tuple[int, dict[str, Any]]:
        code, _, text = await self.get("ops/status")
        return code, json.loads(text)

    async def metrics(self) -> tuple[dict[tuple[str, ...], float], str]:
        """Every sample by its name and its labels, and the text that they were read from."""
        code, _, text = await self.get("ops/metrics")
        assert code == 200
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {(sample.name, *sample.labels.values()): sample.value for sample in samples}, text

    async def evaluate(self) -> None:
        """Have the timer run now, as the portal would."""
        before = (await self.status())[1]["lastLookAt"]
        key = {"x-functions-key": MASTER_KEY}
        async with self.session.post(f"{self.url}/admin/functions/OpsWatch", json={"input": ""}, headers=key) as answer:
            assert answer.status == 202
        await until(self.status, lambda answer: answer[1]["lastLookAt"] != before, "look of the watchdog")


@pytest.fixture
async def office(azurite: Azurite, queue_name: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with furnished(azurite, queue_name, tmp_path) as made:
        yield made


@asynccontextmanager
async def furnished(azurite: Azurite, queue_name: str, tmp_path: Path) -> AsyncIterator[Office]:
    posts: list[tuple[str, dict[str, Any]]] = []

    async def take(request: web.Request) -> web.Response:
        posts.append((request.headers["Idempotency-Key"], await request.json()))
        return web.Response()

    app = web.Application()
    app.router.add_post(f"/{SECRET_PATH}", take)
    async with serving(app) as hook:
        environ = environment(
            azurite, queue_name, tmp_path, FETCH_ALLOWED_PRIVATE_HOSTS=hook, ALERT_WEBHOOK_URL=f"http://{hook}/{SECRET_PATH}"
        )
        queues = StorageQueues(azurite.connection_string)
        async with (
            HostProcess(environ, port=0, log=tmp_path / "host.log") as host,
            aiohttp.ClientSession(headers=HEADERS) as session,
        ):
            yield Office(host.url, session, queues, queue_name, str(tmp_path / "store.db"), tmp_path / "host.log", posts)
        await queues.close()


@contextmanager
def stopped(azurite: Azurite) -> Iterator[None]:
    """The queue service takes connections and answers none of them."""
    assert azurite.pid is not None
    os.kill(azurite.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(azurite.pid, signal.SIGCONT)


async def rewrite_state(office: Office, **changes: Any) -> None:
    store = SqliteStore(office.store_path, clock=Clock())
    item = await store.read(SERVICE_STATE.key, STATE, STATE)
    await store.replace(SERVICE_STATE.key, {**item.body, **changes})
    await store.close()


async def test_a_missed_slot_is_seen_by_an_outside_probe_although_no_timer_of_the_app_tells(office: Office) -> None:
    code, status = await office.status()
    assert (code, status["ok"], status["problems"], status["lastLookAt"]) == (200, True, [], None)
    now = Clock().now()
    await rewrite_state(
        office, timers={name: to_iso(now - timedelta(days=1, hours=3)) for name in ("digest", "moods", "scraper")},
        lastLookAt=to_iso(now), deployedAt=to_iso(now - timedelta(days=2)),
    )  # fmt: skip
    code, status = await office.status()
    assert (code, status["ok"]) == (503, False)
    slots = {one["timer"]: [slot["state"] for slot in one["missed"]] for one in status["timers"]}
    assert set(slots["moods"]) == {"missed"}, "one or two, by the time of day"
    assert any(line.startswith("moods: the slot of") and line.endswith("is missed") for line in status["problems"])
    store = SqliteStore(office.store_path, clock=Clock())
    at = to_iso(Clock().now())
    for timer in ("moods", "scraper"):
        await store.create(RUNS.key, {
            "id": f"{timer}.manual.x", "timer": timer, "trigger": "manual", "plannedAt": at, "startedAt": at, "heartbeatAt": at,
            "finishedAt": at, "outcome": "ok", "expected": {}, "done": {}, "detail": {}, "error": "", "parameters": {},
            "latenessSeconds": 0.0, "owner": "", "cursor": None, "staged": False,
        })  # fmt: skip
    await store.close()
    problems = (await office.status())[1]["problems"]
    assert [line for line in problems if not line.startswith(("digest", "A6"))] == [], "a success since then mends a day"
    await rewrite_state(office, lastLookAt=to_iso(Clock().now() - timedelta(minutes=31)))
    code, status = await office.status()
    assert code == 503
    assert any(line.startswith("A12 holds (page): 31 min") for line in status["problems"])


async def test_a_payload_that_nobody_can_decode_reaches_the_webhook_the_status_and_the_note(office: Office) -> None:
    await office.evaluate()
    assert office.posts == []
    await office.queues.send(office.queue, b"\xff\xfe no json, ada@example.com")
    await until(lambda: office.get("ops/dead-letters"), lambda answer: json.loads(answer[2])["deadLetters"], "dead letter")
    await office.evaluate()
    series = json.loads((await office.get("ops/series?window=1h"))[2])
    assert sum(number or 0 for number in series["series"]["jobs.dead"]) == 1
    assert max(number or 0 for number in series["series"][f"queue.{office.queue}-poison.depth"]) == 1
    assert series["countedTo"] is not None
    [(key, posted)] = office.posts
    assert (posted["id"], posted["alert"], posted["event"], posted["severity"]) == (key, "A4", "fired", "page")
    code, status = await office.status()
    assert code == 503
    assert [line.partition(":")[0] for line in status["problems"]] == ["A4 fires (page)"]

    code, kind, text = await office.get("ops/incident-note")
    assert (code, kind) == (200, "text/markdown")
    assert text.startswith("# A4: Dead letters cannot be decoded or stored\n")
    code, kind, text = await office.get("ops/incident-note", Accept="application/json")
    note = json.loads(text)
    assert (kind, [one["rule"] for one in note["alerts"]]) == ("application/json", ["A4"])
    assert [one["reason"] for one in note["causes"]] == ["payload_undecodable"]
    assert (await office.get("ops/incident-note?format=md", Accept="application/json"))[1] == "text/markdown"
    assert (await office.get("ops/incident-note", Accept="image/png"))[0] == 406
    assert (await office.get("ops/incident-note?format=pdf"))[0] == 400

    found, text = await office.metrics()
    assert found["wardrobe_dlq_open", "payload_undecodable"] == 1
    assert found["wardrobe_alert_firing", "A4", "page", ""] == 1
    assert found["wardrobe_window_dead_letters", "1h"] == 1
    log = office.log.read_text()
    assert '"alert": "A4"' in log
    for hidden in (SECRET_PATH, "ada@example.com"):
        assert hidden not in log + text + json.dumps([office.posts, status, note])


async def test_the_queues_show_depth_age_and_what_is_parked_and_take_nothing(office: Office) -> None:
    await office.queues.send(f"{office.queue}-elsewhere", b"not ours")
    await office.queues.send(office.queue, b"\xff no json")

    async def look() -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads((await office.get("ops/queues"))[2])["queues"]
        return listed

    def parked(listed: list[dict[str, Any]]) -> bool:  # while it is parked it is there twice for a moment
        [poison] = [one for one in listed if one["queue"] == f"{office.queue}-poison"]
        return (poison["parked"], poison["depth"]) == (1, 1)

    listed = await until(look, parked, "parked message")
    found = {one["queue"]: one for one in listed}
    poison = found[f"{office.queue}-poison"]
    assert f"{office.queue}-elsewhere" not in found
    assert [one["role"] for one in listed[:2]] == ["jobs", "dead-letters"]
    assert (poison["kind"], poison["messages"]) == ("taste-analysis", [])
    await office.queues.send(f"{office.queue}-digest-jobs-poison", b"left by a host")  # taken at once, so perhaps not seen
    peeked = json.loads((await office.get("ops/queues?peek=true"))[2])["queues"]
    assert all("content" not in message and "body" not in message for one in peeked for message in one["messages"])
    assert (await office.get("ops/queues?peek=maybe"))[0] == 400


async def test_every_command_of_the_note_runs_as_it_is_printed(office: Office) -> None:
    await office.evaluate()
    await office.queues.send(office.queue, b'{"user_id": 7}')
    await office.queues.send(office.queue, b"\xff\xfe no json")
    await until(
        lambda: office.get("ops/dead-letters"), lambda answer: len(json.loads(answer[2])["deadLetters"]) == 2, "records"
    )
    await office.evaluate()
    text = (await office.get("ops/incident-note"))[2]
    block = text.partition("```sh\n")[2].partition("```")[0]
    commands = [line for line in block.splitlines() if not line.startswith("#")]
    assert sum("opsctl" in line for line in commands) >= 3
    setup, *calls = commands
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "PLUCKIT_URL": office.url, "PLUCKIT_KEY": KEY}
    for line in calls:
        typed = f"set -eu\n{setup}\n{line.replace('curl -s', 'curl -sf')}"
        done = await asyncio.create_subprocess_exec(
            "bash", "-c", typed, cwd=ROOT, env=environ, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await done.communicate()
        assert done.returncode in {0, 1}, f"{line}\n{out.decode()}{err.decode()}"  # 1: opsctl says that something is wrong
        assert out, line
    unset = {name: value for name, value in environ.items() if not name.startswith("PLUCKIT")}
    bare = await asyncio.create_subprocess_exec("bash", "-c", setup, env=unset, stderr=asyncio.subprocess.PIPE)
    assert b"the address of the deployment" in (await bare.communicate())[1]


async def test_with_the_queue_service_stopped_every_endpoint_of_on_call_answers_and_tells_the_rest(
    queue_name: str, tmp_path: Path
) -> None:
    """Stopped, it takes connections and never answers. Each answer says that the app gave up on it by its own limit; what
    waits for the client's timeouts would tell of those, more than a minute later.
    """
    with Azurite(tmp_path / "azurite") as own:
        async with furnished(own, queue_name, tmp_path) as office:
            await office.evaluate()
            paths = ("ops/status", "ops/metrics", "ops/queues", "ops/incident-note?format=json", "ops/preflight", "health")

            async def asked(path: str) -> tuple[str, int, str]:
                code, _, text = await soon(office.get(path), path)
                return path, code, text

            with stopped(own):
                answers = await asyncio.gather(*(asked(path) for path in paths for _ in range(6)))
            told = {path: (code, text) for path, code, text in answers}
            given_up = ("ops/status", "ops/incident-note?format=json", "ops/preflight")
            assert [path for path in given_up if "no answer within" not in told[path][1]] == []
            code, text = told["ops/status"]
            status = json.loads(text)
            assert (code, status["queues"]) == (503, None)
            assert any(line.startswith("cannot be read: the queues (no answer within") for line in status["problems"])
            assert len(status["timers"]) == 3
            assert told["ops/metrics"][0] == 200
            assert "wardrobe_timer_last_success_age_seconds" in told["ops/metrics"][1]
            assert "wardrobe_queue_depth{" not in told["ops/metrics"][1]
            assert told["ops/queues"][0] == 503
            note = json.loads(told["ops/incident-note?format=json"][1])
            assert "could not be read: the queues" in note["openQuestions"]
            states = {one["name"]: one["state"] for one in note["dependencies"]}
            assert (states["queue"], states["store"]) == ("failing", "up")
            down = {one["dependency"] for one in json.loads(told["ops/preflight"][1])["down"]}
            assert "queue" in down
            assert "store" not in down
            await until(office.status, lambda answer: answer[0] == 200, "recovery")
