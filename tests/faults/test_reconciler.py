"""The reconciler: every kind of thing that a crash leaves behind, one sick record among them, and lists longer than a run."""

from typing import Any

import pytest

from agents.dead_letters.record import record_id_of
from agents.jobs.job import Job, new_document
from agents.reconciler import MAX_CANDIDATES, MAX_REPAIRS, Repair
from agents.taste_analysis.message import job_fields, job_id_of
from agents.taste_analysis.profile import signal_id
from shared.clock import to_iso
from shared.errors import PermanentError, Reason, StoreUnavailable
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS, TASTE
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World

LONG_AGO = 7 * 3_600


async def job(world: World, number: int, **changes: Any) -> Job:
    """A job that nobody has touched for seven hours."""
    user, item, url = "u", f"item-{number:05}", "https://img.example/minimalist|navy"
    at = world.time.at
    fields = job_fields(
        user_id=user, item_id=item, image_url=url, gallery_image_index=None, created_at=to_iso(at), payload=None
    )  # fmt: skip
    document = new_document(fields, job_id=job_id_of(user, item, url, None), generation=number + 1, at=at, outbox=False)
    world.time.advance(0.001)
    return Job((await world.store.create(JOBS.key, {**document, **changes})).body)


async def record(world: World, of: Job, **changes: Any) -> Document:
    record_id = record_id_of(of.job_id, of.generation)
    at = to_iso(world.time.at)
    document = {
        "id": record_id, "jobId": of.job_id, "status": "open", "kind": "taste-analysis", "createdAt": at, "updatedAt": at,
        "reason": "unknown", "description": "", "fingerprint": "f", "sourceQueue": DEAD_LETTER_QUEUE, "replays": 0,
        "attempts": [], "payload": None, "rawPayload": "", "payloadBytes": 0,
    }  # fmt: skip
    return (await world.store.create(DEAD_LETTERS.key, {**document, **changes})).body


async def mended(world: World, **more: Any) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.job_id, one.done) for one in await world.wiring.reconciler.run(**more)]


STATES: dict[str, dict[str, Any]] = {
    "unsent": {"outbox": True},
    "lease_expired": {"status": "in_flight", "attempt": 1, "lease": {"owner": "x", "expiresAt": "2026-11-23T09:10:00.000Z"}},
    "overdue": {"status": "failed", "attempt": 1, "nextAttemptAt": "2026-11-23T09:10:00.000Z"},
    "queued_too_long": {},
}


@pytest.mark.parametrize("kind", STATES)
async def test_what_a_crash_left_behind_is_woken_once(world: World, kind: str) -> None:
    left = await job(world, 1, **STATES[kind])
    world.time.advance(LONG_AGO)
    dry = await mended(world, dry_run=True)
    assert (kind, left.job_id, False) in dry
    assert await world.queues.depth(QUEUE) == 0
    assert (kind, left.job_id, True) in await mended(world)
    assert await world.queues.depth(QUEUE) >= 1
    assert await mended(world) == []
    await world.drain()
    await world.check()


async def test_a_verdict_whose_dead_letter_was_never_sent_is_sent(world: World) -> None:
    verdict = {"reason": "llm_refused", "description": "no", "at": to_iso(world.time.at)}
    await job(world, 1, **STATES["overdue"], verdict=verdict)
    world.time.advance(LONG_AGO)
    assert [kind for kind, _, _ in await mended(world)] == ["overdue"]
    assert await world.queues.depth(DEAD_LETTER_QUEUE) == 1


@pytest.mark.parametrize("kind", STATES)
@pytest.mark.parametrize("sickness", ["cannot be sent", "no payload", "a verdict of no kind"])
async def test_one_sick_job_stops_nobody_elses_repair(world: World, kind: str, sickness: str) -> None:
    ills: dict[str, dict[str, Any]] = {"no payload": {"payload": None}, "a verdict of no kind": {"verdict": {"reason": "x"}}}
    sick = await job(world, 1, **{**STATES[kind], **ills.get(sickness, {})})
    innocent = [await job(world, number, **STATES[kind]) for number in (2, 3)]
    world.time.advance(LONG_AGO)
    send = world.queues.send

    async def refusing(queue: str, body: bytes, **more: Any) -> None:
        if sickness == "cannot be sent" and b"item-00001" in body:
            raise PermanentError("it is too large", reason=Reason.PAYLOAD_TOO_LARGE)
        await send(queue, body, **more)

    world.queues.send = refusing  # type: ignore[method-assign]
    repairs = await world.wiring.reconciler.run()
    told = {(one.job_id, one.done, bool(one.problem)) for one in repairs if one.kind == kind}
    assert {(one.job_id, True, False) for one in innocent} <= told
    assert (sick.job_id, False, True) in told, "and it is told"


async def test_an_outage_ends_the_run_and_what_was_mended_before_is_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        await job(world, number, **STATES["overdue"])
    world.time.advance(LONG_AGO)
    patch, done = world.store.patch, 0

    async def failing(*args: Any, **more: Any) -> Any:
        nonlocal done
        done += 1
        if done > 3:
            raise StoreUnavailable("503")
        return await patch(*args, **more)

    world.store.patch = failing  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        await world.wiring.reconciler.run()
    assert sum("the reconciler found something" in line and '"done": true' in line for line in caplog.messages) == 3


async def test_behind_501_dead_letters_that_wait_the_newest_one_is_settled(world: World) -> None:
    for number in range(501):
        await record(world, await job(world, number, status="dead_lettered"))
    finished = await job(world, 501, status="completed")
    newest = await record(world, finished)
    assert await mended(world) == [("open_but_completed", finished.job_id, True)]
    stored = await world.store.read(DEAD_LETTERS.key, newest["id"], newest["jobId"])
    assert stored.body["status"] == "resolved"


async def test_behind_600_dead_jobs_the_last_one_whose_effect_is_stored_is_completed(world: World) -> None:
    for number in range(600):
        await job(world, number, status="dead_lettered")
    applied = await job(world, 600, status="dead_lettered")
    await world.store.create(TASTE.key, {"id": signal_id(applied.job_id, applied.generation), "userId": "u"})
    assert await mended(world) == [("dead_but_applied", applied.job_id, True)]
    assert (await world.store.read(JOBS.key, applied.job_id, applied.job_id)).body["status"] == "completed"


async def test_a_run_ends_after_its_share_and_the_next_one_goes_on_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.reconciler.MAX_CANDIDATES", 300)
    for number in range(450):
        await record(world, await job(world, number, status="dead_lettered"))
    finished = await job(world, 450, status="completed")
    await record(world, finished)
    runs = [await mended(world) for _ in range(3)]
    assert runs == [[], [("open_but_completed", finished.job_id, True)], []]
    first = await job(world, 451, status="completed")
    await record(world, first, createdAt="2026-11-01T00:00:00.000Z")
    assert [one for _ in range(3) for one in await mended(world)] == [("open_but_completed", first.job_id, True)]


async def test_more_than_one_runs_repairs_are_made_by_the_next_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.reconciler.MAX_REPAIRS", 150)
    for number in range(250):
        await job(world, number, **STATES["overdue"])
    world.time.advance(LONG_AGO)
    found = [await world.wiring.reconciler.run() for _ in range(3)]
    assert sum(len(one) for one in found) == 250
    assert found[0][0] == Repair("overdue", found[0][0].job_id, done=True)
    assert MAX_REPAIRS < MAX_CANDIDATES
