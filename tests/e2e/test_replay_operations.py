"""On call at three in the morning, through the host with a real Azurite: two hundred dead letters of five causes are grouped,
repaired, predicted, replayed, stopped by themselves while they die again, and replayed again; and a host that is killed.
"""

import asyncio
import base64
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from devhost.azurite import Azurite
from shared.chat.control import control_picture
from shared.queues.azure import StorageQueues
from tests.e2e.apps import HEADERS, ROOT, environment, let_leases_end
from tests.fakes.azure_openai import GOOD, FakeAzureOpenAI, Reply, fails, says
from tests.fakes.site import serving
from tests.waiting import soon, until

USERS = 20


@dataclass
class Pictures:
    """A server of pictures: those under `/gone/` and `/html/` are what their names say, until all is mended."""

    mended: bool = False
    photo: bytes = field(default_factory=(ROOT / "samples/photos/red-dress.jpg").read_bytes)

    async def answer(self, request: web.Request) -> web.Response:
        if not self.mended and "/gone/" in request.path:
            return web.Response(status=404)
        if not self.mended and "/html/" in request.path:
            return web.Response(text="<html>a login page</html>", content_type="text/html")
        return web.Response(body=self.photo, content_type="image/jpeg")


@dataclass
class App:
    """The app of a test, which may run in one host after the other."""

    environ: dict[str, str]
    folder: Path
    session: aiohttp.ClientSession
    queues: StorageQueues
    pictures: Pictures
    images: str
    model: FakeAzureOpenAI
    url: str = ""
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "devhost", "--port", "0", "--lock-seconds", "6", "--no-timers", "--state", str(self.folder),
            cwd=ROOT, env=self.environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdout is not None
        while line := (await soon(self.process.stdout.readline(), "the host's start")).decode():
            if line.startswith("devhost ready: "):
                self.url = line.split()[-1]
                return
        raise AssertionError("the host did not start")

    async def stop(self, how: signal.Signals) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
            await soon(self.process.wait(), "the end of the host")

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(method, f"{self.url}/api/ops/{path}", json=body, headers=given) as answer:
            return answer.status, await answer.json()

    async def replays(self, key: str = "", **body: Any) -> tuple[int, dict[str, Any]]:
        wanted = {"action": "replay", "reason": "the model is back", "actor": "on-call", "rate": 20, **body}
        return await self.call("POST", "replays", wanted, **({"Idempotency_Key": key} if key else {}))

    async def until(self, path: str, holds: Any) -> dict[str, Any]:
        return (await until(lambda: self.call("GET", path), lambda answer: holds(answer[1]), path))[1]

    async def likes(self, kind: str, count: int) -> None:
        """Likes of pictures of a kind, of twenty users in turn."""

        async def one(number: int) -> None:
            user, item = f"user-{number % USERS}", f"{kind}-{number}"
            body = {"userId": user, "itemId": item, "imageUrl": f"http://{self.images}/{kind}/{number}.jpg", "signal": "up"}
            assert (await self.call("POST", "taste-jobs", body))[0] == 202

        for at in range(0, count, 20):
            await asyncio.gather(*(one(number) for number in range(at, min(at + 20, count))))

    async def dead(self, count: int) -> dict[str, Any]:
        """Wait until so many dead letters are open; returns them by cause."""
        path = "dead-letters?status=open&groupBy=fingerprint"
        return await self.until(path, lambda found: found.get("records") == count)

    async def evidence(self) -> Counter[str]:
        """How often each user's taste says `minimalist`."""
        found: Counter[str] = Counter()
        for number in range(USERS):
            status, taste = await self.call("GET", f"taste-profiles/user-{number}")
            if status == 200:
                found[f"user-{number}"] = sum(one["evidence"] for one in taste["terms"] if one["term"] == "minimalist")
        return found


@asynccontextmanager
async def running(azurite: Azurite, queue: str, folder: Path, *, attempts: int = 1) -> AsyncIterator[App]:
    pictures = Pictures()
    site = web.Application()
    site.router.add_get("/{tail:.*}", pictures.answer)
    queues = StorageQueues(azurite.connection_string)
    async with (
        serving(site) as images,
        FakeAzureOpenAI(keep_bodies=False) as model,
        aiohttp.ClientSession(headers=HEADERS) as session,
    ):
        environ = environment(
            azurite, queue, folder, FETCH_ALLOWED_PRIVATE_HOSTS=images, MODEL_PROVIDER="azure",
            AZURE_OPENAI_ENDPOINT=model.endpoint, AZURE_OPENAI_API_KEY=model.key, TASTE_JOB_MAX_ATTEMPTS=str(attempts),
            TASTE_JOB_MAX_RETRIES="0",
        )  # fmt: skip
        app = App(environ, folder, session, queues, pictures, images, model)
        await app.start()
        try:
            yield app
        finally:
            await app.stop(signal.SIGTERM)
            await queues.close()


async def test_two_hundred_dead_letters_of_five_causes_are_mended_and_all_complete_exactly_once(
    azurite: Azurite, queue_name: str, tmp_path: Path
) -> None:
    async with running(azurite, queue_name, tmp_path) as app:
        await five_causes(app)
        await three_repairs(app)
        await refused_calls(app)
        await stops_itself_while_the_replayed_die_again(app)
        app.model.default, app.pictures.mended = says(GOOD), True
        wanted: dict[str, Any] = {"filter": {"status": "open"}, "canary": 3}
        status, predicted = await app.replays(**wanted, dryRun=True)
        assert (status, predicted["counts"], len(predicted["results"])) == (200, {"requeued": 200}, 200)
        status, accepted = await app.replays("the key", **wanted, snapshot=predicted["snapshot"])
        assert (status, accepted["status"], accepted["total"]) == (202, "queued", 200)
        status, again = await app.replays("the key", **wanted, snapshot=predicted["snapshot"])
        assert (status, again["id"]) == (202, accepted["id"])
        status, problem = await app.replays(ids=[predicted["results"][0]["id"]])
        assert (status, problem["operationId"]) == (409, accepted["id"]), "two operators at once"
        ended = await app.until(f"replays/{accepted['id']}", lambda one: one["status"] not in {"queued", "running"})
        assert (ended["status"], ended["fates"], ended["canary"]["state"]) == ("completed", {"completed": 200}, "passed")
        assert [one["action"] for one in ended["audit"]] == ["completed", "replay.requested"]
        _, listed = await app.call("GET", "replays?limit=1")
        assert [one["id"] for one in listed["replays"]] == [accepted["id"]]
        assert (await app.call("GET", "dead-letters?groupBy=fingerprint&status=resolved"))[1]["records"] == 200
        assert await app.evidence() == {f"user-{number}": 10 for number in range(USERS)}


async def five_causes(app: App) -> None:
    """60 likes of a picture that the model fails at, 57 refusals, 40 pictures gone, 40 that are none, 3 payloads of a
    producer's mistake.
    """
    app.model.default = of_this_picture_alone(fails(503))
    await app.likes("down", 60)
    await app.likes("gone", 40)
    await app.likes("html", 40)
    await app.dead(140)
    app.model.default = says(None, refusal="I cannot describe this")
    await app.likes("refused", 57)
    for number in range(3):
        name = f"http://{app.images}/photo/{number}.jpg"
        body = f'{{"user_id": {number}, "item_id": "wrong-{number}", "image_url": "{name}"}}'
        await app.queues.send(app.environ["TASTE_JOB_QUEUE_NAME"], body.encode())
    found = await app.dead(200)
    assert {group["reason"]: group["count"] for group in found["groups"]} == {
        "llm_unavailable": 60, "llm_refused": 57, "image_unreachable": 40, "image_not_image": 40, "payload_invalid": 3,
    }  # fmt: skip
    assert found["groups"][0]["firstSeenAt"] <= found["groups"][0]["lastSeenAt"]


def of_this_picture_alone(reply: Reply) -> Reply:
    """Answer the pictures of the likes with `reply`, and well what they are compared with: no outage, then."""
    control = base64.b64encode(control_picture()).decode()

    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return await (says(GOOD) if control in json.dumps(body) else reply)(request, body)

    return answer


async def three_repairs(app: App) -> None:
    """The users 17, 18 and 19 have one like less than the others, these three."""
    _, page = await app.call("GET", "dead-letters?reason=payload_invalid&status=open")
    assert len(page["deadLetters"]) == 3
    assert all("payload" not in one and one["expiresAt"] > one["createdAt"] for one in page["deadLetters"])
    for record in page["deadLetters"]:
        path = f"dead-letters/{record['id']}"
        _, found = await app.call("POST", f"{path}/validate")
        assert [(one["field"], one["came"]) for one in found["problems"]] == [("user_id", "int")]
        assert found["prediction"]["outcome"] == "invalid"
        _, full = await app.call("GET", path)
        body = {"patch": {"user_id": f"user-{17 + full['payload']['user_id']}"}, "reason": "it sent a number", "actor": "me"}
        assert (await app.call("PATCH", f"{path}/payload", body))[0] == 428
        assert (await app.call("PATCH", f"{path}/payload", body, If_Match='"0000000000000000"'))[0] == 412
        wrong = {**body, "patch": {"user_id": 7}}
        status, problem = await app.call("PATCH", f"{path}/payload", wrong, If_Match=f'"{full["version"]}"')
        assert (status, problem["errors"][0]["field"]) == (422, "user_id")
        status, repaired = await app.call("PATCH", f"{path}/payload", body, If_Match=f'"{full["version"]}"')
        assert (status, repaired["rawPayload"], repaired["otherJob"]) == (200, full["rawPayload"], True)
        _, found = await app.call("POST", f"{path}/validate")
        assert (found["readable"], found["prediction"]["outcome"]) == (True, "requeued")


async def refused_calls(app: App) -> None:
    """By filter and for a purge a snapshot is asked for; a wrong one, or one of another set, is refused."""
    chosen = {"filter": {"reason": "image_not_image"}}
    assert (await app.replays(**chosen))[0] == 428
    assert (await app.replays(**chosen, action="purge"))[0] == 428
    assert (await app.replays(**chosen, action="purge", snapshot="f" * 32))[0] == 409
    _, predicted = await app.replays(**chosen, dryRun=True)
    assert (await app.replays(**chosen, action="purge", snapshot=predicted["snapshot"]))[0] == 409, "it was of a replay"
    _, predicted = await app.replays(filter={"status": "open", "reason": "payload_invalid"}, dryRun=True)
    status, problem = await app.replays(**chosen, snapshot=predicted["snapshot"])
    assert (status, problem["difference"]["added"]["count"], problem["difference"]["removed"]["count"]) == (409, 40, 3)
    assert (await app.replays(ids=["a"], **chosen))[0] == 422
    assert (await app.replays(ids=["a"], rate=50))[0] == 422
    assert (await app.call("GET", "replays"))[1]["replays"] == []


async def stops_itself_while_the_replayed_die_again(app: App) -> None:
    app.model.default = of_this_picture_alone(fails(503))
    wanted: dict[str, Any] = {"filter": {"reason": "llm_unavailable"}}
    _, predicted = await app.replays(**wanted, dryRun=True)
    _, accepted = await app.replays(**wanted, snapshot=predicted["snapshot"])
    ended = await app.until(f"replays/{accepted['id']}", lambda one: one["status"] not in {"queued", "running"})
    assert (ended["status"], ended["outcomes"]) == ("stopped", {"requeued": 3})
    assert "canaries 0 completed" in ended["why"]
    await app.dead(200)
    assert sum((await app.evidence()).values()) == 0


async def test_a_replay_whose_host_is_killed_half_way_is_finished_by_another(
    azurite: Azurite, queue_name: str, tmp_path: Path
) -> None:
    async with running(azurite, queue_name, tmp_path, attempts=3) as app:  # the kill spends one of some
        await app.likes("gone", 40)
        await app.dead(40)
        app.pictures.mended = True
        wanted: dict[str, Any] = {"filter": {"status": "open"}, "canary": 0, "rate": 10}
        _, predicted = await app.replays(**wanted, dryRun=True)
        _, accepted = await app.replays(**wanted, snapshot=predicted["snapshot"])
        path = f"replays/{accepted['id']}"
        half = await app.until(f"{path}?limit=200", lambda one: sum(bool(item["outcome"]) for item in one["items"]) >= 15)
        assert half["status"] == "running"
        await app.stop(signal.SIGKILL)
        await let_leases_end(tmp_path)
        await app.start()
        ended = await app.until(f"{path}?limit=200", lambda one: one["status"] not in {"queued", "running"})
        assert (ended["status"], ended["handled"], ended["fates"]) == ("completed", 40, {"completed": 40})
        assert [one["fate"] for one in ended["items"]] == ["completed"] * 40
        assert await app.evidence() == {f"user-{number}": 2 for number in range(USERS)}
        for record in (await app.call("GET", "dead-letters?limit=200"))[1]["deadLetters"]:
            assert len(record["history"]) == 1, "nobody was replayed twice"
