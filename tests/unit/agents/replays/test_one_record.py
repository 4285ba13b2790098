"""The replay of one record as a table: what would come of it, and that the same comes of it, for every state of its job."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.dead_letters.record import DeadLetter, record_id_of
from agents.jobs.job import Job, new_document
from agents.jobs.kinds import JobKinds
from agents.jobs.messages import encode
from agents.replays.one_record import Orders, Replaying
from agents.taste_analysis.message import parse, taste_kind
from shared.clock import to_iso
from shared.store.containers import DEAD_LETTERS, JOBS
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.world import embedded_store

FIELDS = {"user_id": "u", "item_id": "i", "image_url": "https://x.example/1", "generation": 7}
OTHER = {**FIELDS, "image_url": "https://x.example/2"}
KEY, OTHERS_KEY = parse(encode(FIELDS)).key, parse(encode(OTHER)).key
RECORD = record_id_of(KEY, 7)


class Scene:
    def __init__(self) -> None:
        self.time = VirtualTime()
        self.store = embedded_store(self.time)
        self.queues = MemoryQueues(lambda: self.time.at)
        self.kind = taste_kind("q", "q-poison")
        self.replaying = Replaying(
            store=self.store, queues=self.queues, clock=self.time.clock(), kinds=JobKinds((self.kind,))
        )  # fmt: skip

    async def job(self, body: dict[str, Any] = FIELDS, **changes: Any) -> None:
        message = parse(encode(body))
        fields = self.kind.fields(message, to_iso(self.time.at))
        document = new_document(fields, job_id=message.key, generation=7, at=self.time.at, outbox=False)
        await self.store.create(JOBS.key, {**document, **changes})

    async def record(self, **changes: Any) -> DeadLetter:
        body, now = encode(FIELDS), to_iso(self.time.at)
        document = {
            "id": RECORD, "jobId": KEY, "status": "open", "kind": "taste-analysis", "reason": "unknown", "description": "",
            "fingerprint": "f", "attempts": [], "payload": FIELDS, "rawPayload": base64.b64encode(body).decode(),
            "payloadBytes": len(body), "createdAt": now, "updatedAt": now, "sourceQueue": "q-poison", "replays": 0, **changes,
        }  # fmt: skip
        return DeadLetter((await self.store.create(DEAD_LETTERS.key, document)).body)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    await made.store.close()


DEAD = {"status": "dead_lettered"}


@pytest.mark.parametrize(
    ("record", "job", "outcome", "detail"),
    [
        ({}, DEAD, "requeued", ""),
        ({}, None, "requeued", ""),
        ({"status": "replayed"}, DEAD, "requeued", ""),
        ({}, {"status": "queued"}, "requeued", ""),
        ({}, {"status": "completed"}, "resolved", "its job has completed already"),
        ({}, {**DEAD, "generation": 8}, "skipped", "a newer job of the same id replaced this one"),
        ({"status": "resolved"}, DEAD, "skipped", "it is resolved already"),
        ({"status": "purged"}, DEAD, "skipped", "it is purged already"),
        ({"kind": "of a newer build"}, DEAD, "invalid", "this build knows no job of the kind of a newer build"),
        ({"repairedPayload": {"user_id": 5}}, DEAD, "invalid", "user_id: got int, input should be a valid string"),
        ({"repairedPayload": OTHER}, DEAD, "requeued", f"as the job {OTHERS_KEY}"),
        ({}, {**DEAD, "userId": "another"}, "invalid", "another job, about something else, has the same id"),
    ],
)
async def test_what_comes_of_a_replay_is_what_was_predicted(
    scene: Scene, record: dict[str, Any], job: dict[str, Any] | None, outcome: str, detail: str
) -> None:
    if job is not None:
        await scene.job(**job)
    await scene.record(**record)
    predicted = await scene.replaying.predict(RECORD, "replay")
    assert await scene.queues.depth("q") == 0
    done = await scene.replaying.carry_out(RECORD, Orders("replay", "me", "why", "op"))
    assert (predicted.outcome, done.outcome) == (outcome, outcome)
    assert detail in predicted.detail
    assert await scene.queues.depth("q") == int(outcome == "requeued")
    again = await scene.replaying.carry_out(RECORD, Orders("replay", "me", "why", "op"))
    assert again.outcome in {outcome, "skipped"}
    assert await scene.queues.depth("q") == int(outcome == "requeued"), "the same operation sends once"


async def test_a_replayed_job_begins_anew_with_all_its_attempts_and_keeps_its_history(scene: Scene) -> None:
    await scene.job(**DEAD, attempt=5, attempts=[{"n": 5}], analysis={"learnt": True}, replays=1)
    await scene.record()
    await scene.replaying.carry_out(RECORD, Orders("replay", "me", "why", "op"))
    job = Job((await scene.store.read(JOBS.key, KEY, KEY)).body)
    assert (job.status, job.attempt, job.attempts, job.analysis, job.replays) == ("queued", 0, [{"n": 5}], {"learnt": True}, 2)
    stored = DeadLetter((await scene.store.read(DEAD_LETTERS.key, RECORD, KEY)).body)
    assert (stored.status, [one["outcome"] for one in stored.history]) == ("replayed", ["requeued"])


@pytest.mark.parametrize(("version", "outcome"), [(None, "purged"), ("right", "purged"), ("0" * 16, "skipped")])
async def test_a_purge_drops_the_payload_keeps_its_hash_and_frees_the_job(
    scene: Scene, version: str | None, outcome: str
) -> None:
    await scene.job(**DEAD)
    record = await scene.record()
    seen = record.version if version == "right" else version
    done = await scene.replaying.carry_out(RECORD, Orders("purge", "me", "why", "op"), version=seen)
    stored = DeadLetter((await scene.store.read(DEAD_LETTERS.key, RECORD, KEY)).body)
    job = Job((await scene.store.read(JOBS.key, KEY, KEY)).body)
    gone = outcome == "purged"
    assert (done.outcome, stored.purged, job.purged) == (outcome, gone, gone)
    assert (len(stored.document.get("sha256", "")), stored.size > 0) == (64 * gone, True)


async def test_what_does_not_exist_is_missing(scene: Scene) -> None:
    assert (await scene.replaying.predict(RECORD, "purge")).outcome == "missing"
    assert (await scene.replaying.carry_out("raw.0", Orders("replay", "me", "why", "op"))).outcome == "missing"


@pytest.mark.parametrize(
    "sick", [{"rawPayload": 5}, {"repairs": 3, "status": "open"}, {"status": "of a newer build"}, {"history": 1}]
)
async def test_a_record_that_cannot_be_read_is_its_own_problem(scene: Scene, sick: dict[str, Any]) -> None:
    await scene.job(**DEAD)
    await scene.record(**sick)
    predicted = await scene.replaying.predict(RECORD, "replay")
    done = await scene.replaying.carry_out(RECORD, Orders("replay", "me", "why", "op"))
    assert {predicted.outcome, done.outcome} <= {"invalid", "requeued"}
