"""The app through the host, with a real Azurite: likes by HTTP, profiles by HTTP, dead letters, and a host that is killed."""

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from devhost.azurite import Azurite
from samples.serving import HostProcess, served
from shared.queues.azure import StorageQueues
from tests.e2e.apps import HEADERS, KEY, MASTER_KEY, environment, let_leases_end
from tests.fakes.site import serving
from tests.waiting import soon, until

ROOT = Path(__file__).parents[2]


@dataclass
class App:
    """A running app and how to reach it."""

    host: HostProcess
    environ: dict[str, str]
    session: aiohttp.ClientSession
    queues: StorageQueues
    pictures: str
    queue: str
    folder: Path

    async def post(self, body: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(f"{self.host.url}/api/ops/taste-jobs", json=body) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        async with self.session.get(f"{self.host.url}/api/{path}") as answer:
            return answer.status, await answer.json()

    async def until(self, path: str, holds: Any) -> dict[str, Any]:
        return (await until(lambda: self.get(path), lambda answer: holds(answer[1]), path))[1]

    def like(self, user: str, photo: str) -> dict[str, str]:
        return {"userId": user, "itemId": "item", "imageUrl": f"http://{self.pictures}/{photo}", "signal": "up"}


@pytest.fixture
async def app(azurite: Azurite, queue_name: str, tmp_path: Path) -> AsyncIterator[App]:
    with served("photos") as pictures:
        environ = environment(
            azurite, queue_name, tmp_path, FETCH_ALLOWED_PRIVATE_HOSTS=pictures,
            MOOD_FEEDS=json.dumps([{"name": "Down", "url": "http://127.0.0.1:9/feed"}]),
        )  # fmt: skip
        queues = StorageQueues(azurite.connection_string)
        async with (
            HostProcess(environ, port=0, log=tmp_path / "host.log") as host,
            aiohttp.ClientSession(headers=HEADERS) as session,
        ):
            yield App(host, environ, session, queues, pictures, queue_name, tmp_path)
        await queues.close()


async def test_a_like_becomes_taste_once_and_a_second_like_is_a_duplicate(app: App) -> None:
    status, first = await app.post(app.like("u1", "red-dress.jpg"))
    assert (status, first["status"]) == (202, "queued")
    assert (await app.post(app.like("u1", "red-dress.jpg")))[1] == {"jobId": first["jobId"], "status": "duplicate"}
    job = await app.until(f"ops/taste-jobs/{first['jobId']}", lambda one: one.get("status") == "completed")
    assert job["attempt"] == 1
    status, taste = await app.get("ops/taste-profiles/u1")
    assert status == 200
    assert ("red", "colour", 1) in [(term["term"], term["kind"], term["evidence"]) for term in taste["terms"]]
    _, behind = await app.get("ops/taste-profiles/u1?term=colour:red")
    assert [signal["jobId"] for signal in behind["signals"]] == [first["jobId"]]
    message = {
        "job_id": first["jobId"], "user_id": "u1", "item_id": "item", "createdAt": job["createdAt"], "retryCount": 0,
        "image_url": f"http://{app.pictures}/red-dress.jpg", "gallery_image_index": None, "id": "spoofed",
    }  # fmt: skip
    await app.queues.send(app.queue, base64.b64encode(json.dumps(message).encode()))  # redelivered, and base64 twice
    await settle(app)
    assert (await app.get("ops/taste-profiles/u1"))[1]["terms"] == taste["terms"]


async def settle(app: App) -> None:
    await until(lambda: app.queues.depth(app.queue), lambda depth: depth == 0, "empty queue")


async def test_hopeless_messages_are_stored_byte_for_byte_without_burning_retries(app: App) -> None:
    bodies = [b"no json", b'{"user_id": 5}', b"\xff\xfe\x00", b"[1]", b"", b'{"job_id": "trunc']
    for body in bodies:
        await app.queues.send(app.queue, body)
    bodies.append(b"this is not base64!")
    await app.queues.send_raw(app.queue, bodies[-1].decode())
    listed = await app.until("ops/dead-letters", lambda page: len(page["deadLetters"]) == len(bodies))
    kept = set()
    for record in listed["deadLetters"]:
        _, full = await app.get(f"ops/dead-letters/{record['id']}")
        kept.add(base64.b64decode(full["rawPayload"]))
        assert full["reason"] in {"payload_undecodable", "payload_invalid"}
    assert kept == set(bodies)
    async with app.session.post(
        f"{app.host.url}/admin/functions/SweepDeadLetters", json={"input": ""}, headers={"x-functions-key": MASTER_KEY}
    ) as answer:
        assert answer.status == 202
    # the undecodable ones wait there for on-call; while one is parked anew it is there twice for a moment
    await until(lambda: app.queues.depth(f"{app.queue}-poison"), lambda depth: depth == 5, "parked messages")


async def test_a_wrong_picture_is_a_dead_letter_that_says_why(app: App) -> None:
    _, broken = await app.post(app.like("u2", "broken.jpg"))
    _, blocked = await app.post({**app.like("u2", "x"), "imageUrl": "https://169.254.169.254/latest"})
    listed = await app.until("ops/dead-letters", lambda page: len(page["deadLetters"]) == 2)
    assert {record["jobId"]: record["reason"] for record in listed["deadLetters"]} == {
        broken["jobId"]: "image_not_image", blocked["jobId"]: "image_blocked",
    }  # fmt: skip
    assert (await app.get("ops/taste-profiles/u2"))[0] == 404


async def test_a_complaint_is_followed_from_a_users_id_in_two_calls(app: App) -> None:
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    for photo in ("broken.jpg", "red-dress.jpg"):
        path = f"{app.host.url}/api/ops/taste-jobs"
        async with app.session.post(path, json=app.like("u3", photo), headers=trace) as answer:
            assert answer.status == 202
    await app.until("ops/jobs?userId=u3&status=completed", lambda page: page["jobs"])
    await app.until("ops/jobs?userId=u3&status=dead_lettered", lambda page: page["jobs"])
    first = (await app.get("ops/jobs?userId=u3&limit=1"))[1]
    second = (await app.get(f"ops/jobs?userId=u3&limit=1&cursor={first['cursor']}"))[1]
    assert (len(first["jobs"]), len(second["jobs"]), second["cursor"]) == (1, 1, None)
    newest, oldest = first["jobs"][0], second["jobs"][0]
    timeline = (await app.get(f"ops/jobs/{newest['jobId']}/timeline"))[1]
    assert [one["event"] for one in timeline["events"]] == ["accepted", "attempt_started", "signal_stored", "completed"]
    assert timeline["traceId"] == "0af7651916cd43dd8448eb211c80319c"
    assert timeline["signal"]["terms"][0]["inProfile"]["evidence"] == 1
    died = (await app.get(f"ops/jobs/{oldest['jobId']}/timeline"))[1]
    assert [one["event"] for one in died["events"]][-1] == "dead_lettered"
    assert died["message"]["json"]["image_url"].endswith("/broken.jpg")
    assert died["deadLetterId"] == oldest["deadLetterId"]
    letters = (await app.get("ops/dead-letters?userId=u3"))[1]["deadLetters"]
    assert [one["id"] for one in letters] == [oldest["deadLetterId"]]


async def replays(app: App, **body: Any) -> tuple[int, dict[str, Any]]:
    given = {"action": "replay", "reason": "the picture is back", "actor": "test", **body}
    async with app.session.post(f"{app.host.url}/api/ops/replays", json=given) as answer:
        return answer.status, await answer.json()


async def test_on_call_predicts_replays_and_purges_a_dead_letter(app: App) -> None:
    _, job = await app.post(app.like("u3", "broken.jpg"))
    listed = await app.until("ops/dead-letters", lambda page: page["deadLetters"])
    record_id = listed["deadLetters"][0]["id"]
    status, preflight = await app.get("ops/preflight")
    assert (status, preflight["ok"], preflight["down"]) == (200, True, [])
    status, predicted = await replays(app, ids=[record_id, "0.1"], dryRun=True)
    assert (status, [one["outcome"] for one in predicted["results"]]) == (200, ["requeued", "missing"])
    status, accepted = await replays(app, ids=[record_id])
    assert (status, accepted["status"], accepted["total"]) == (202, "queued", 1)
    died_again = await app.until(
        f"ops/dead-letters/{record_id}", lambda one: one["status"] == "open" and len(one["attempts"]) == 2
    )
    assert [entry["action"] for entry in died_again["history"]] == ["replay"]
    await app.until(f"ops/replays/{accepted['id']}", lambda one: one["status"] == "completed")
    _, predicted = await replays(app, ids=[record_id], action="purge", dryRun=True)
    assert (await replays(app, ids=[record_id], action="purge"))[0] == 428
    assert (await replays(app, ids=[record_id], action="purge", snapshot=predicted["snapshot"]))[0] == 202
    purged = await app.until(f"ops/dead-letters/{record_id}", lambda one: one["status"] == "purged")
    assert (purged["status"], purged["rawPayload"], purged["jobId"]) == ("purged", None, job["jobId"])
    for wrong in ({"ids": []}, {"ids": ["a/b"]}, {"ids": [record_id], "reason": ""}, {"ids": [record_id], "action": "drop"}):
        assert (await replays(app, **wrong))[0] == 422


async def test_bad_requests_name_the_field_and_keys_are_asked_for(app: App) -> None:
    status, problem = await app.post({"userId": 5, "signal": "up"})
    assert status == 422
    assert {error["field"] for error in problem["errors"]} == {"userId", "itemId", "imageUrl"}
    assert (await app.post([1]))[0] == 400
    assert (await app.post({**app.like("u", "x.jpg"), "pad": "x" * 20_000}))[0] == 413
    assert (await app.post({**app.like("u", "x.jpg"), "signal": "down"}))[1]["status"] == "ignored"
    assert (await app.get("ops/dead-letters?limit=0"))[0] == 400
    assert (await app.get("ops/dead-letters?cursor=zzz"))[0] == 400
    assert (await app.get("ops/taste-jobs/unknown"))[0] == 404
    url = f"{app.host.url}/api/ops/dead-letters"
    async with aiohttp.ClientSession() as stranger:
        for options in (
            {},
            {"headers": {"x-functions-key": "wrong"}},
            {"headers": {"x-functions-key": "wrong"}, "params": {"code": KEY}},
        ):
            async with stranger.get(url, **options) as answer:
                assert answer.status == 401
        async with stranger.get(url, params={"code": KEY}) as answer:
            assert answer.status == 200
        async with stranger.get(f"{app.host.url}/api/health") as answer:
            assert answer.status == 200
        async with stranger.post(f"{app.host.url}/admin/functions/ReconcileJobs", params={"code": KEY}) as answer:
            assert answer.status == 401


async def test_a_manual_run_whose_feeds_are_all_down_is_a_failed_run_in_the_ledger(app: App) -> None:
    async with app.session.post(f"{app.host.url}/api/ops/run/moods", params={"actor": "test"}) as answer:
        assert answer.status == 202
        run_id = (await answer.json())["runId"]
    runs = await app.until("ops/runs?timer=moods", lambda page: any(run["outcome"] for run in page.get("runs", [])))
    [run] = [run for run in runs["runs"] if run["id"] == run_id]
    assert (run["outcome"], run["error"], run["actor"]) == ("failed", "every feed failed", "test")
    for path, status in (("run/nothing", 404), ("run/moods?window=2026-W48", 422), ("run/digest?window=2030-W01", 422)):
        async with app.session.post(f"{app.host.url}/api/ops/{path}") as answer:
            assert answer.status == status
    assert (await app.get("ops/moods"))[1] == {"moods": [], "cursor": None}


class SlowPicture:
    """A picture that is asked for and does not come until it is released."""

    def __init__(self) -> None:
        self.asked, self.released = asyncio.Event(), asyncio.Event()

    async def answer(self, _request: aiohttp.web.Request) -> aiohttp.web.Response:
        self.asked.set()
        await self.released.wait()
        return aiohttp.web.Response(body=(ROOT / "samples/photos/red-dress.jpg").read_bytes(), content_type="image/jpeg")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = aiohttp.web.Application()
        server.router.add_get("/slow.jpg", self.answer)
        async with serving(server, shutdown_seconds=1) as pictures:
            yield pictures


@asynccontextmanager
async def running(environ: dict[str, str], folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A host over the folder's state, and its address. One that was not killed meanwhile ends in order."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devhost", "--port", "0", "--lock-seconds", "6", "--no-timers", "--state", str(folder),
        cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process, await address(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            assert await soon(process.wait(), "the end of the host") == 0


async def address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    while line := (await soon(process.stdout.readline(), "the host's start")).decode():
        if line.startswith("devhost ready: "):
            return line.split()[-1]
    raise AssertionError("the host did not start")


async def test_a_killed_host_loses_nothing_and_the_job_completes_elsewhere(
    azurite: Azurite, queue_name: str, tmp_path: Path
) -> None:
    """The first host hangs in the middle of a job (its picture never comes) and is killed there with SIGKILL."""
    slow = SlowPicture()
    async with slow.running() as pictures, aiohttp.ClientSession(headers=HEADERS) as session:
        environ = environment(azurite, queue_name, tmp_path, FETCH_ALLOWED_PRIVATE_HOSTS=pictures)
        async with running(environ, tmp_path) as (first, url):
            body = {"userId": "u", "itemId": "i", "imageUrl": f"http://{pictures}/slow.jpg", "signal": "up"}
            async with session.post(f"{url}/api/ops/taste-jobs", json=body) as answer:
                job_id = (await answer.json())["jobId"]
            await soon(slow.asked.wait(), "the request for the picture")
            first.send_signal(signal.SIGKILL)
            await first.wait()
        await let_leases_end(tmp_path)
        slow.released.set()
        async with running(environ, tmp_path) as (_, url):

            async def get(path: str) -> dict[str, Any]:
                async with session.get(f"{url}/api/ops/{path}") as answer:
                    return dict(await answer.json())

            job = await until(lambda: get(f"taste-jobs/{job_id}"), lambda one: one["status"] == "completed", "completed job")
            assert job["attempt"] == 2
            assert all(term["evidence"] == 1 for term in (await get("taste-profiles/u"))["terms"])
            events = [one["event"] for one in (await get(f"jobs/{job_id}/timeline"))["events"]]
            assert events[:4] == ["accepted", "attempt_started", "attempt_lost", "attempt_started"]


async def test_a_port_in_use_and_no_storage_are_one_line_each(tmp_path: Path, azurite: Azurite) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = str(taken.sockets[0].getsockname()[1])
    for environ, words in (
        ({"StorageQueue": azurite.connection_string}, f"port {port} on 127.0.0.1 is in use"),
        ({"StorageQueue": "UseDevelopmentStorage=true", "AZURITE_QUEUE_PORT": "1"}, "cannot be reached"),
        ({"StorageQueue": "nonsense"}, "connection string"),
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "devhost", "--port", port, "--state", str(tmp_path), cwd=ROOT, env={**os.environ, **environ},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, error = await soon(process.communicate(), "the end of the host")
        assert process.returncode == 2
        assert words in error.decode()
        assert "Traceback" not in error.decode()
    taken.close()
    await taken.wait_closed()
