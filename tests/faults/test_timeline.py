"""One complaint is followed: from a user's id to the job, and from the job to what it taught, in two calls."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.api.http import Request
from agents.taste_analysis.likes import Like
from shared.errors import DeferredError, ModelSuspended, Reason, StoreUnavailable
from shared.pictures.decode import Picture
from shared.pictures.nothing import Nothing
from shared.store.containers import DEAD_LETTERS, JOBS, TASTE, USER_PROFILES
from tests.fakes.clock import FINE, VirtualTime
from tests.faults.operations import OUTAGE, asks, dead, done, gone, predicted
from tests.faults.world import QUEUE, FakePictures, ProcessDied, World, embedded_store, key_of

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class SlowPictures(FakePictures):
    """Every picture takes three seconds."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    async def load(self, url: str) -> Picture:
        self._time.advance(3)
        return await super().load(url)


class SlowWorld(World):
    def restart(self) -> Any:
        self.pictures = SlowPictures(self.time)
        return super().restart()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = SlowWorld(embedded_store(VirtualTime(FINE)))
    await made.store.create(USER_PROFILES.key, {"id": "u", "stylePreferences": ["Declared"]})
    yield made
    await made.store.close()


async def get(world: World, name: str, status: int = 200, *, query: dict[str, str] | None = None, **route: str) -> Any:
    answer = await world.wiring.api.answer(name, Request(query=query or {}, route=route))
    assert answer.status == status, answer.body
    return json.loads(answer.body)


async def follow(world: World, user: str = "u", **query: str) -> dict[str, Any]:
    """The two calls: the user's jobs, then the newest one's timeline."""
    jobs = (await get(world, "get_jobs", query={"userId": user, **query}))["jobs"]
    return await get(world, "get_job_timeline", jobId=jobs[0]["jobId"])  # type: ignore[no-any-return]


def told(timeline: dict[str, Any]) -> list[str]:
    assert [one["at"] for one in timeline["events"]] == sorted(one["at"] for one in timeline["events"])
    return [one["event"] for one in timeline["events"]]


async def test_a_like_is_followed_from_the_users_id_to_the_terms_that_it_taught(world: World) -> None:
    for item in ("i1", "i2"):
        await world.like("u", "minimalist|navy", item=item)
    await world.like("u", "tailored|navy", item="i3")
    await world.drain()
    timeline = await follow(world, itemId="i3")
    assert (timeline["kind"], timeline["status"], timeline["itemId"]) == ("taste-analysis", "completed", "i3")
    assert told(timeline) == ["accepted", "attempt_started", "signal_stored", "completed"]
    assert [timeline["events"][-1][name] for name in ("n", "seconds")] == [1, 3.0]
    terms = {one["term"]: one["inProfile"] for one in timeline["signal"]["terms"]}
    assert {term: (one["evidence"], one["projected"]) for term, one in terms.items()} == {
        "tailored": (1, False), "navy": (3, True),
    }  # fmt: skip
    assert timeline["signal"]["id"] == f"signal:{timeline['jobId']}.{timeline['generation']}"
    message = timeline["message"]
    assert message["json"]["user_id"] == "u"
    assert bytes.fromhex(message["hex"]).decode() == message["text"]
    assert message["bytes"] == len(message["text"].encode())


async def test_every_failed_attempt_is_told_with_its_length_and_its_words(world: World) -> None:
    world.chat.errors = OUTAGE * 5
    await world.like("u", "minimalist|navy")
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    waiting = await follow(world)
    assert told(waiting) == ["accepted", "attempt_started", "attempt_failed"]
    failed = waiting["events"][-1]
    assert (failed["n"], failed["reason"], failed["message"], failed["errorType"]) == (
        1, "llm_unavailable", "503", "ModelUnavailable",
    )  # fmt: skip
    assert failed["seconds"] >= 3.0
    await world.drain()
    ended = await follow(world)
    attempt = ["attempt_started", "attempt_failed"]
    assert told(ended)[:3] == ["accepted", *attempt]
    assert told(ended)[-3:] == ["attempt_started", "signal_stored", "completed"]


async def test_an_attempt_whose_worker_was_killed_is_told_by_whoever_comes_next(world: World) -> None:
    world.pictures.errors = [ProcessDied()]
    await world.like("u", "minimalist|navy")
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    assert told(await follow(world)) == ["accepted", "attempt_started"]
    world.time.advance(world.wiring.runners["taste-analysis"].jobs.policy.lease_seconds)
    assert told(await follow(world)) == ["accepted", "attempt_started", "attempt_lost"], "nobody has come yet"
    world.time.advance(600)
    world.pictures.errors = []
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    timeline = await follow(world)
    assert told(timeline)[:4] == ["accepted", "attempt_started", "attempt_lost", "attempt_started"]
    assert told(timeline)[4:] == ["signal_stored", "completed"]
    lost = timeline["events"][2]
    assert (lost["n"], lost["startedAt"]) == (1, timeline["events"][1]["at"])
    assert lost["startedAt"] < lost["leasedUntil"] < lost["at"]


async def test_a_deferral_says_until_when_and_is_no_failed_attempt(world: World) -> None:
    world.pictures.errors = [DeferredError("the host is down", delay_seconds=600, reason=Reason.IMAGE_UNREACHABLE)]
    await world.like("u", "minimalist|navy")
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    timeline = await follow(world)
    assert told(timeline) == ["accepted", "attempt_started", "deferred"]
    deferred = timeline["events"][-1]
    job = (await get(world, "get_jobs", query={"userId": "u"}))["jobs"][0]
    assert (deferred["until"], deferred["reason"]) == (job["nextAttemptAt"], "image_unreachable")
    assert job["attempt"] == 0


async def test_what_an_older_build_has_noted_is_told_as_far_as_it_goes(world: World) -> None:
    await world.like("u", "minimalist|navy")
    job_id = key_of("u", "minimalist|navy")
    job = (await world.store.read(JOBS.key, job_id, job_id)).body
    old = {"n": 1, "at": "2026-03-16T09:00:05.000Z", "reason": "llm_unavailable", "message": "503", "traceparent": TRACE}
    failures = [{**old, "errorType": "ModelUnavailable"}, {**old, "errorType": "ModelSuspended", "at": "2026-03-16T09:01:00Z"}]
    waiting = {"status": "failed", "attempts": failures, "lastError": failures[-1], "nextAttemptAt": "2026-03-17T00:00:00Z"}
    await world.store.replace(JOBS.key, {**job, **waiting})
    timeline = await follow(world)
    known = [one for one in timeline["events"] if one["event"] != "accepted"]
    assert [(one["event"], one["seconds"]) for one in known] == [("attempt_failed", None), ("deferred", None)]
    assert known[-1]["until"] == "2026-03-17T00:00:00Z"
    assert timeline["traceId"] == "0af7651916cd43dd8448eb211c80319c"


async def test_death_repair_and_replay_are_told_with_who_and_why(world: World) -> None:
    [record] = await dead(world)
    died = await follow(world)
    assert told(died)[-1] == "dead_lettered"
    assert (died["deadLetterId"], died["events"][-1]["reason"]) == (record["id"], "llm_unavailable")
    body = {"patch": {"note": "mended"}, "reason": "a trial", "actor": "ada", "version": "*"}
    repaired = await world.wiring.api.answer(
        "patch_dead_letter_payload", Request(body=json.dumps(body).encode(), route={"id": record["id"]})
    )
    assert repaired.status == 200, repaired.body
    world.time.advance(60)
    world.chat.errors = OUTAGE * 20
    await done(world, asks(record["id"]))
    world.chat.errors = []
    world.time.advance(60)
    operation = await done(world, asks(record["id"]))
    timeline = await follow(world)
    acts = [one for one in timeline["events"] if one["event"] in {"dead_lettered", "repaired", "replayed", "resolved"}]
    names = ["dead_lettered", "repaired", "replayed", "dead_lettered", "replayed", "resolved"]
    assert [one["event"] for one in acts] == names
    assert [(one["actor"], one["reason"]) for one in acts[1:3]] == [("ada", "a trial"), ("on-call", "the model is back")]
    assert acts[4]["operationId"] == operation["id"]
    assert {one["reason"] for one in acts if one["event"] == "dead_lettered"} == {"llm_unavailable"}


async def test_of_a_purged_dead_letter_no_message_is_shown(world: World) -> None:
    [record] = await dead(world)
    assert (await follow(world))["message"] is not None
    wanted = asks(record["id"], action="purge")
    await done(world, wanted.model_copy(update={"snapshot": await predicted(world, wanted)}))
    timeline = await follow(world)
    assert told(timeline)[-1] == "purged"
    assert timeline["message"] is None
    assert "img.example" not in json.dumps(timeline)


async def test_a_like_that_was_taken_back_or_taught_nothing_says_so(world: World) -> None:
    await world.like("u", "minimalist|navy", item="i1")
    await world.drain()
    world.time.advance(10)
    await world.wiring.intake.accept(Like(userId="u", itemId="i1", imageUrl="https://img.example/x", signal="none"))
    timeline = await follow(world)
    assert told(timeline)[-2:] == ["completed", "withdrawn"]
    assert timeline["signal"] is None
    world.pictures.nothing["blank|"] = next(iter(Nothing))
    await world.like("v", "blank|")
    await world.drain()
    skipped = (await follow(world, "v"))["events"][-1]
    assert (skipped["event"], bool(skipped["reason"])) == ("skipped", True)


async def test_a_part_that_cannot_be_read_is_null_and_the_rest_is_told(world: World) -> None:
    await world.like("u", "minimalist|navy")
    await world.drain()
    [signal] = await world.signals()
    await world.store.replace(TASTE.key, {**signal, "terms": [{"kind": "smell"}]})
    timeline = await follow(world)
    assert (timeline["signal"], told(timeline)[-1]) == (None, "completed")
    [record] = [one for one in await dead(world, user="v") if one["payload"]["user_id"] == "v"]
    await world.store.replace(DEAD_LETTERS.key, {**record, "rawPayload": "abcde"})
    timeline = await follow(world, "v")
    assert (timeline["message"], told(timeline)[-1]) == (None, "dead_lettered")


async def test_a_second_like_of_the_same_is_told_as_a_duplicate(world: World) -> None:
    await world.like("u", "minimalist|navy")
    await world.like("u", "minimalist|navy")
    assert told(await follow(world)) == ["accepted", "duplicate"]


async def test_a_worker_at_work_is_seen(world: World) -> None:
    await world.like("u", "minimalist|navy")
    seen: list[str] = []

    async def look(_url: str) -> Picture:
        seen.extend(told(await follow(world)))
        raise gone()

    world.pictures.load = look  # type: ignore[method-assign]
    await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    assert seen == ["accepted", "attempt_started"]


async def test_a_job_that_died_before_anything_was_written_of_it_has_the_timeline_of_its_dead_letter(world: World) -> None:
    body = {"user_id": "u", "window": "2026-W12", "run_id": "r", "createdAt": "2026-03-16T09:00:00Z"}
    await world.wiring.dead_letters["weekly-digest"].persist(json.dumps(body).encode())
    [record] = (await get(world, "get_dead_letters", query={"userId": "u"}))["deadLetters"]
    timeline = await get(world, "get_job_timeline", jobId=record["jobId"])
    assert (timeline["kind"], timeline["status"], timeline["userId"]) == ("weekly-digest", "dead_lettered", "u")
    assert told(timeline) == ["dead_lettered"]
    assert timeline["message"]["json"] == body
    await get(world, "get_job", 404, jobId=record["jobId"])


async def test_what_is_not_stored_is_not_found_and_what_cannot_be_read_is_an_outage(world: World) -> None:
    await world.like("u", "minimalist|navy")
    job_id = key_of("u", "minimalist|navy")
    for unknown in ("0" * 64, "no", "raw.1", job_id[:6]):
        await get(world, "get_job_timeline", 404, jobId=unknown)
        await get(world, "get_job", 404, jobId=unknown)
    assert (await get(world, "get_job", jobId=job_id.upper()))["attempts"] == []

    async def down(*_: object, **__: object) -> None:
        raise StoreUnavailable("down")

    for method in ("read", "find", "page"):
        setattr(world.store, method, down)
    world.restart()
    await get(world, "get_jobs", 503, query={"userId": "u"})
    await get(world, "get_job", 503, jobId=job_id)
    await get(world, "get_job_timeline", 503, jobId=job_id)


async def test_a_deferred_job_that_met_a_suspended_model_keeps_its_story_through_a_replay(world: World) -> None:
    world.chat.errors = [ModelSuspended("the model is down", delay_seconds=60, reason=Reason.MODEL_UNAVAILABLE)]
    await world.like("u", "minimalist|navy")
    await world.drain()
    assert told(await follow(world)) == [
        "accepted", "attempt_started", "deferred", "attempt_started", "signal_stored", "completed",
    ]  # fmt: skip


async def test_a_job_is_read_by_a_bounded_number_of_operations(world: World) -> None:
    await dead(world)
    answer = await world.wiring.api.answer("get_jobs", Request(query={"userId": "u"}))
    assert answer.headers["Cache-Control"] == "no-store"
    world.faults.log.clear()
    await follow(world)
    assert len(world.faults.log) <= 2 + 6, world.faults.log
