"""The watchdog through the host: a healthy app, a missed slot, an alert at a webhook, the metrics, the queues, the note."""

import json
from collections.abc import AsyncIterator
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
from samples.serving import HostProcess
from shared.clock import Clock, to_iso
from shared.queues.azure import StorageQueues
from shared.store.containers import RUNS, SERVICE_STATE
from shared.store.sqlite import SqliteStore
from tests.e2e.apps import HEADERS, MASTER_KEY, environment
from tests.fakes.site import serving
from tests.waiting import until

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

    async def evaluate(self) -> None:
        """Have the timer run now, as the portal would."""
        before = (await self.status())[1]["lastLookAt"]
        key = {"x-functions-key": MASTER_KEY}
        async with self.session.post(f"{self.url}/admin/functions/OpsWatch", json={"input": ""}, headers=key) as answer:
            assert answer.status == 202
        await until(self.status, lambda answer: answer[1]["lastLookAt"] != before, "look of the watchdog")


@pytest.fixture
async def office(azurite: Azurite, queue_name: str, tmp_path: Path) -> AsyncIterator[Office]:
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
    assert slots["moods"] == ["missed"]
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

    code, _, text = await office.get("ops/metrics")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert code == 200
    assert found["wardrobe_dlq_open", "payload_undecodable"] == 1
    assert found["wardrobe_alert_firing", "A4", "", "page"] == 1
    assert found["wardrobe_dlq_ingress", "1h"] == 1
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
