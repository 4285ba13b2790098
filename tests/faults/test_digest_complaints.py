"""My digest did not come: answered from a person's id in two calls, whatever it was."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from agents.api.http import Request
from agents.runs.ledger import Report, RunOutcome
from agents.timers import DIGEST
from shared.clock import to_iso
from shared.errors import ModelUnavailable
from shared.observe.metering import measure
from shared.store.containers import BACKGROUND_JOBS, DIGESTS, RUNS, USER_PROFILES, WARDROBE
from shared.store.query import Set
from tests.faults.test_digest_composing import QUEUE, USER, WINDOW, Atelier
from tests.faults.world import ProcessDied

HOURS = 3_600


@pytest.fixture
async def atelier() -> AsyncIterator[Atelier]:
    made = Atelier()
    made.time.at = made.time.at.replace(year=2026, month=11, day=22, hour=9, minute=5)
    await made.wiring.watch.dog.run()
    made.time.at = made.time.at.replace(day=23)
    yield made
    await made.store.close()


async def get(atelier: Atelier, name: str, status: int = 200, *, query: dict[str, str] | None = None, **route: str) -> Any:
    answer = await atelier.wiring.api.answer(name, Request(query=query or {}, route=route))
    assert answer.status == status, answer.body
    return json.loads(answer.body)


async def why(atelier: Atelier, user: str = USER, **query: str) -> tuple[str, str]:
    found = await get(atelier, "get_digest_why", userId=user, query=query)
    assert found["text"]
    return found["state"], found["cause"]


async def planned(atelier: Atelier, outcome: RunOutcome | None = RunOutcome.OK, **more: Any) -> None:
    """The row of Monday's run."""
    at = to_iso(DIGEST.schedule.slot_at(atelier.time.at))
    await atelier.store.upsert(RUNS.key, {
        "id": f"digest.{at}", "timer": "digest", "trigger": "timer", "plannedAt": at, "startedAt": at, "heartbeatAt": at,
        "finishedAt": at, "outcome": outcome.value if outcome else None, "parameters": {}, "error": "", **more,
    })  # fmt: skip


async def test_a_digest_that_went_well_at_once_is_in_its_persons_list_and_has_a_timeline(atelier: Atelier) -> None:
    await atelier.furnish()
    await atelier.send()
    asked_at = to_iso(atelier.time.at)
    atelier.time.advance(90)
    await atelier.drain()
    assert await atelier.store.find(BACKGROUND_JOBS.key, "x", "x") is None
    [job] = (await get(atelier, "get_jobs", query={"userId": USER}))["jobs"]
    assert (job["kind"], job["status"], job["userId"], job["createdAt"]) == ("weekly-digest", "completed", USER, asked_at)
    timeline = await get(atelier, "get_job_timeline", jobId=job["jobId"])
    assert [one["event"] for one in timeline["events"]] == ["accepted", "attempt_started", "completed"]
    assert timeline["events"][1]["at"] > asked_at
    assert (timeline["status"], timeline["message"], timeline["signal"]) == ("completed", None, None)
    assert (await get(atelier, "get_job", jobId=job["jobId"]))["jobId"] == job["jobId"]
    assert (await get(atelier, "get_jobs", query={"id": job["jobId"][:8]}))["jobs"] == [job]
    assert await why(atelier) == ("made", "composed")
    body = {"ids": [job["jobId"]], "dryRun": True, "reason": "to see", "actor": "me"}
    answer = await atelier.wiring.api.answer("post_retry_jobs", Request(json.dumps(body).encode()))
    [predicted] = json.loads(answer.body)["results"]
    assert (predicted["outcome"], predicted["detail"]) == ("skipped", "it has completed")


async def test_a_digest_whose_worker_was_killed_tells_of_the_lost_delivery(atelier: Atelier) -> None:
    await atelier.furnish()
    await atelier.send()
    atelier.stylist.errors = [ProcessDied()]
    await atelier.drain()
    [job] = (await get(atelier, "get_jobs", query={"userId": USER}))["jobs"]
    events = (await get(atelier, "get_job_timeline", jobId=job["jobId"]))["events"]
    assert [one["event"] for one in events] == ["accepted", "attempt_lost", "attempt_started", "completed"]


async def test_a_digest_that_failed_once_is_listed_once(atelier: Atelier) -> None:
    await atelier.furnish()
    await atelier.send()
    atelier.stylist.errors = [ModelUnavailable("503")] * 9
    await atelier.drain()
    found = (await get(atelier, "get_jobs", query={"userId": USER, "limit": "1"}))["jobs"]
    assert len(found) == 1
    everything = (await get(atelier, "get_jobs", query={"userId": USER}))["jobs"]
    assert [one["jobId"] for one in everything] == [found[0]["jobId"]]
    assert (await get(atelier, "get_jobs", query={"id": found[0]["jobId"][:6]}))["jobs"] == everything


@pytest.mark.parametrize(
    ("profile", "state", "cause"),
    [
        (None, "not_due", "user_unknown"), ({"recommendationOptIn": False}, "not_due", "opted_out"),
        ({"wardrobeFingerprint": "f", "digestState": {"fingerprint": "f"}}, "not_due", "unchanged"),
        ({}, "not_due", "nothing_owned"),
    ],
)  # fmt: skip
async def test_who_is_to_get_none_is_told_why(atelier: Atelier, profile: dict[str, Any] | None, state: str, cause: str) -> None:
    await planned(atelier)
    if profile is not None:
        await atelier.store.create(USER_PROFILES.key, {"id": USER, **profile})
    if cause == "unchanged":
        await atelier.store.create(WARDROBE.key, {"id": "coat", "userId": USER, "title": "coat", "category": "coats"})
    assert await why(atelier) == (state, cause)


async def test_a_wardrobe_that_is_the_one_of_the_last_digest_is_unchanged_without_a_fingerprint(atelier: Atelier) -> None:
    await atelier.furnish()
    await atelier.send()
    await atelier.drain()
    atelier.time.at = atelier.time.at.replace(month=11, day=30, hour=9, minute=5)
    await planned(atelier)
    assert await why(atelier) == ("not_due", "unchanged")
    assert await why(atelier, window=WINDOW) == ("made", "composed")


@pytest.mark.parametrize(
    ("outcome", "hours", "state", "cause"),
    [
        ("none", 0.5, "waiting", "run_due"), ("none", 2, "not_planned", "run_missed"), (None, 0.1, "waiting", "run_goes_on"),
        (RunOutcome.FAILED, 2, "not_planned", "run_failed"), (RunOutcome.SKIPPED_LATE, 2, "not_planned", "run_failed"),
        (RunOutcome.ABANDONED, 2, "not_planned", "run_failed"), (RunOutcome.SKIPPED_PAUSED, 2, "not_planned", "run_paused"),
        (RunOutcome.OK, 2, "unknown", "no_trace"), (RunOutcome.PARTIAL, 2, "unknown", "no_trace"),
    ],
)  # fmt: skip
async def test_what_the_weeks_run_has_to_do_with_it(
    atelier: Atelier, outcome: RunOutcome | str | None, hours: float, state: str, cause: str
) -> None:
    await atelier.furnish()
    if not isinstance(outcome, str) or isinstance(outcome, RunOutcome):
        await planned(atelier, outcome if isinstance(outcome, RunOutcome) else None)
    atelier.time.at = DIGEST.schedule.slot_at(atelier.time.at) + timedelta(hours=hours)
    assert await why(atelier) == (state, cause)


async def test_a_queue_of_digests_that_hangs_hides_nothing_else(atelier: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    await atelier.furnish()
    await planned(atelier, RunOutcome.OK)
    atelier.time.at = DIGEST.schedule.slot_at(atelier.time.at) + timedelta(hours=2)

    async def never(_queue: str) -> int:
        return await asyncio.Event().wait()

    monkeypatch.setattr(atelier.queues, "depth", never)
    assert await why(atelier) == ("unknown", "queue_unread")


async def test_a_week_from_before_the_app_knew_its_timer_is_unknown_and_not_missed(atelier: Atelier) -> None:
    await atelier.furnish()
    assert await why(atelier, window="2026-W47") == ("unknown", "not_known_then")
    await planned(atelier, RunOutcome.FAILED)
    assert await why(atelier) == ("not_planned", "run_failed")


async def test_a_run_by_hand_for_this_person_counts_and_one_for_another_does_not(atelier: Atelier) -> None:
    await atelier.furnish()
    ledger = atelier.wiring.ledger
    atelier.time.advance(3 * HOURS)

    async def work() -> Report:
        return Report(RunOutcome.OK)

    for user, cause in (("somebody else", "run_missed"), (USER, "no_trace")):
        run_id = await ledger.request("digest", "me", {"window": WINDOW, "userId": user})
        await ledger.run_requested("digest", run_id, work)
        assert (await why(atelier))[1] == cause
    await atelier.send()
    assert await why(atelier) == ("waiting", "queued")


async def test_a_job_that_waits_failed_or_died_is_the_reason(atelier: Atelier) -> None:
    await atelier.furnish()
    await planned(atelier)
    await atelier.send()
    runner = atelier.wiring.runners["weekly-digest"]
    [message] = await atelier.queues.receive(QUEUE, limit=1)
    body = message.body or b""
    atelier.stylist.errors = [ModelUnavailable("503")] * 9
    await runner.deliver(body)
    found = await get(atelier, "get_digest_why", userId=USER)
    assert (found["state"], found["cause"]) == ("waiting", "job_failed")
    assert "503" in found["text"]
    [job] = found["jobs"]
    await atelier.store.patch(BACKGROUND_JOBS.key, job["jobId"], job["jobId"], [Set("status", "dead_lettered")])
    assert await why(atelier) == ("dead_lettered", "job_died")


@pytest.mark.parametrize("window", ["2026-W49", "2026-W60", "2024-W01", "x", "2026-48"])
async def test_a_week_of_which_there_can_be_none_is_the_callers_mistake(atelier: Atelier, window: str) -> None:
    problem = await get(atelier, "get_digest_why", 400, userId=USER, query={"window": window})
    assert [one["field"] for one in problem["errors"]] == ["window"]
    assert problem["errors"][0]["expected"]


async def test_it_takes_a_bounded_number_of_questions_and_of_an_erased_person_nothing_is_told(atelier: Atelier) -> None:
    await atelier.furnish()
    with measure() as usage:
        await why(atelier)
    assert usage.operations == 7
    assert (await get(atelier, "get_jobs", query={"userId": "nobody"}))["jobs"] == []
    assert await atelier.store.find(DIGESTS.key, f"nobody.{WINDOW}", "nobody") is None
