"""Dead letters as a table: what is stored of a body, for every state that its job may be in."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.dead_letters.death import Death
from agents.dead_letters.persister import DeadLetters
from agents.dead_letters.record import DeadLetter, record_id_of
from agents.jobs.job import Job, new_document
from agents.jobs.messages import encode
from agents.taste_analysis.message import parse, taste_kind
from shared.clock import to_iso
from shared.errors import Reason
from shared.store.containers import DEAD_LETTERS, JOBS
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.world import embedded_store

FIELDS = {"user_id": "u", "item_id": "i", "image_url": "https://x.example/1"}
BODY = encode({**FIELDS, "generation": 7})
KEY = parse(BODY).key
PAST, FUTURE = "2026-11-23T08:00:00.000Z", "2026-11-23T10:00:00.000Z"


class Scene:
    def __init__(self) -> None:
        self.time = VirtualTime()
        self.store = embedded_store(self.time)
        self.queues = MemoryQueues(lambda: self.time.at)
        self.kind = taste_kind("q", "q-poison")
        self.letters = DeadLetters(store=self.store, queues=self.queues, clock=self.time.clock(), kind=self.kind)

    async def job(self, **changes: Any) -> None:
        fields = self.kind.fields(parse(BODY), to_iso(self.time.at))
        document = new_document(fields, job_id=KEY, generation=7, at=self.time.at, outbox=False)
        await self.store.create(JOBS.key, {**document, **changes})

    async def records(self) -> list[DeadLetter]:
        from shared.store.query import Query

        return [DeadLetter(one) for one in (await self.store.page(DEAD_LETTERS.key, Query())).documents]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    await made.store.close()


def flying(until: str) -> dict[str, Any]:
    return {"status": "in_flight", "attempt": 2, "lease": {"owner": "x", "expiresAt": until}}


@pytest.mark.parametrize(
    ("job", "reason", "words"),
    [
        (None, Reason.UNKNOWN, "no document of this job"),
        ({"generation": 6}, Reason.UNKNOWN, "no document of this job"),
        ({}, Reason.UNKNOWN, "before any attempt"),
        (flying(PAST), Reason.HOST_CRASH_SUSPECTED, "its lease has ended"),
        (flying(FUTURE), Reason.HOST_CRASH_SUSPECTED, "its lease still runs"),
        ({"status": "failed", "lastError": {"reason": "llm_timeout", "message": "slow"}}, Reason.MODEL_TIMEOUT, "after: slow"),
        ({"status": "failed", "verdict": {"reason": "llm_refused", "description": "no"}}, Reason.MODEL_REFUSED, "no"),
        ({"status": "failed", "verdict": {"reason": "of a newer build", "description": "x"}}, Reason.UNKNOWN, "x"),
    ],
)
async def test_why_a_job_died_is_what_its_document_knows(
    scene: Scene, job: dict[str, Any] | None, reason: Reason, words: str
) -> None:
    if job is not None:
        await scene.job(**job)
    await scene.letters.persist(BODY)
    [record] = await scene.records()
    assert (record.record_id, record.reason, record.status) == (record_id_of(KEY, 7), reason, "open")
    assert words in record.description
    assert (record.exact, record.size, record.queue) == (BODY, len(BODY), "q-poison")
    if job is not None and job.get("generation", 7) == 7:
        stored = Job((await scene.store.read(JOBS.key, KEY, KEY)).body)
        assert (stored.status, stored.dead_letter_id) == ("dead_lettered", record.record_id)


async def test_a_late_copy_of_what_has_completed_is_evidence_and_nobodys_work(scene: Scene) -> None:
    await scene.job(status="completed")
    await scene.letters.persist(BODY)
    [record] = await scene.records()
    assert record.status == "resolved"
    assert Job((await scene.store.read(JOBS.key, KEY, KEY)).body).status == "completed"


@pytest.mark.parametrize(
    ("body", "reason", "parked"),
    [
        (b"\xff\xfe", Reason.PAYLOAD_UNDECODABLE, True), (b"", Reason.PAYLOAD_UNDECODABLE, True),
        (b"[1]", Reason.PAYLOAD_INVALID, False), (b'{"user_id": 5}', Reason.PAYLOAD_INVALID, False),
        (encode({**FIELDS, "schemaVersion": 99}), Reason.DEPLOY_MISMATCH, False),
    ],
)  # fmt: skip
async def test_what_nobody_can_read_is_kept_byte_for_byte_and_parked_while_it_cannot_be_decoded(
    scene: Scene, body: bytes, reason: Reason, parked: bool
) -> None:
    done = await scene.letters.persist(body)
    [record] = await scene.records()
    assert (record.reason, record.exact, record.raw, record.generation) == (reason, body, True, None)
    assert done is not None
    assert (done.parked_seconds is not None, await scene.queues.depth("q-poison")) == (parked, int(parked))
    again = await scene.letters.persist(body)
    assert again is not None
    assert (again.created, len(await scene.records())) == (False, 1)


@pytest.mark.parametrize(("known", "came", "status"), [(0, 1, "open"), (1, 1, "replayed"), (2, 1, "replayed")])
async def test_a_replayed_job_that_dies_again_opens_its_record_and_a_late_copy_of_the_death_before_does_not(
    scene: Scene, known: int, came: int, status: str
) -> None:
    await scene.job(replays=max(known, came))
    await scene.letters.persist(BODY)
    [record] = await scene.records()
    await scene.store.replace(DEAD_LETTERS.key, {**record.document, "status": "replayed", "replays": known})
    await scene.letters.persist(encode({**FIELDS, "generation": 7, "replays": came}))
    [record] = await scene.records()
    assert record.status == status


def test_deaths_of_one_cause_have_one_fingerprint_whatever_their_numbers() -> None:
    def of(description: str, error: str = "ModelUnavailable") -> str:
        return Death(Reason.MODEL_UNAVAILABLE, description, ({"errorType": error},)).fingerprint

    assert of("status 503 after 12 s") == of("status 500 after 7 s")
    assert of("status 503") != of("reset")
    assert of("status 503") != of("status 503", "StoreThrottled")
