"""The endpoints of dead letters and replays: what they refuse, and what their answers carry."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.api.dead_letters import DeadLetterEndpoints
from agents.api.http import Api, Request, Response
from agents.api.replays import ReplayEndpoints
from agents.jobs.kinds import JobKinds
from agents.replays.assembly import OnCall
from agents.taste_analysis.message import job_id_of, taste_kind
from shared.clock import Clock
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS
from shared.store.sqlite import SqliteStore
from tests.fakes.memory_queues import MemoryQueues

JOB = job_id_of("u", "i", "https://img.example/1", None)
RECORD = f"{JOB}.7"
PAYLOAD = {"user_id": "u", "item_id": "i", "image_url": "https://img.example/1"}
RAW = base64.b64encode(json.dumps(PAYLOAD).encode()).decode()


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    clock = Clock()
    store, queues = SqliteStore(":memory:", clock=clock), MemoryQueues(clock.now)
    on_call = OnCall.of(
        store=store, queues=queues, clock=clock, kinds=JobKinds((taste_kind("likes", "likes-poison"),)), queue="commands"
    )
    at = "2026-11-23T03:00:00.000Z"
    await store.create(DEAD_LETTERS.key, {
        "id": RECORD, "jobId": JOB, "status": "open", "reason": "llm_refused", "description": "no", "fingerprint": "f1",
        "attempts": [], "payload": PAYLOAD, "rawPayload": RAW, "payloadBytes": 2, "createdAt": at, "updatedAt": at,
        "sourceQueue": "likes-poison", "replays": 0, "kind": "taste-analysis",
    })  # fmt: skip
    yield Api.of((
        DeadLetterEndpoints(inspection=on_call.inspection, repairs=on_call.repairs),
        ReplayEndpoints(replays=on_call.replays, preflight=on_call.preflight, clock=clock, queues=()),
    ))  # fmt: skip
    await store.close()


async def call(
    api: Api, name: str, body: Any = None, *, record: str = "", query: dict[str, str] | None = None, **headers: str
) -> tuple[Response, Document]:
    route = {"id": record} if record else {}
    given = {header.replace("_", "-"): value for header, value in headers.items()}
    content = b"" if body is None else json.dumps(body).encode()
    answer = await api.answer(name, Request(content, query or {}, route, given))
    return answer, json.loads(answer.body)


def wanted(**more: Any) -> Document:
    return {"action": "replay", "ids": [RECORD], "reason": "a reason", "actor": "me", **more}


@pytest.mark.parametrize(
    "query",
    [
        {"since": "soon"}, {"until": "1"}, {"expiringWithinDays": "-1"}, {"expiringWithinDays": "1e3"}, {"groupBy": "user"},
        {"limit": "0"}, {"limit": "201"}, {"cursor": "zzz"}, {"status": ""}, {"reason": "x" * 101},
    ],
)  # fmt: skip
async def test_a_query_that_is_not_valid_is_refused(api: Api, query: dict[str, str]) -> None:
    answer, problem = await call(api, "get_dead_letters", query=query)
    assert (answer.status, answer.content_type, problem["status"]) == (400, "application/problem+json", 400)


async def test_lists_show_when_the_evidence_expires_and_no_payload(api: Api) -> None:
    _, page = await call(api, "get_dead_letters", query={"status": "open", "since": "2026-11-23", "queue": "likes-poison"})
    [shown] = page["deadLetters"]
    assert (shown["expiresAt"], shown["repaired"]) == ("2027-02-21T03:00:00.000Z", False)
    assert not {"payload", "rawPayload"} & shown.keys()
    _, grouped = await call(api, "get_dead_letters", query={"groupBy": "fingerprint"})
    assert [(one["fingerprint"], one["count"], one["sampleId"]) for one in grouped["groups"]] == [("f1", 1, RECORD)]
    answer, full = await call(api, "get_dead_letter", record=RECORD)
    assert (answer.headers["ETag"], full["payload"]) == (f'"{full["version"]}"', PAYLOAD)
    assert full["version"] == shown["version"]


async def test_a_repair_brings_the_version_it_was_made_for(api: Api) -> None:
    repair = {"patch": {"note": 1}, "reason": "a reason", "actor": "me"}
    _, full = await call(api, "get_dead_letter", record=RECORD)
    for headers, body, status in (
        ({}, repair, 428),
        ({"if_match": '"0" * 32'}, repair, 412),
        ({}, {**repair, "version": "0" * 32}, 412),
        ({"if_match": f'"{full["version"]}"'}, {**repair, "patch": {}}, 422),
        ({"if_match": f'"{full["version"]}"'}, {**repair, "patch": {"user_id": 5}}, 422),
        ({"if_match": f'"{full["version"]}"'}, {**repair, "actor": ""}, 422),
        ({"if_match": f'W/"{full["version"]}"'}, repair, 200),
        ({"if_match": f'"{full["version"]}"'}, repair, 412),
    ):
        answer, document = await call(api, "patch_dead_letter_payload", body, record=RECORD, **headers)
        assert answer.status == status, document
    _, repaired = await call(api, "get_dead_letter", record=RECORD)
    assert (repaired["repairedPayload"], repaired["rawPayload"]) == ({**PAYLOAD, "note": 1}, RAW)
    _, audit = await call(api, "get_audit")
    assert [(one["action"], one["what"]["fields"]) for one in audit["audit"]] == [("repair", ["note"])]


async def test_a_replay_is_accepted_with_its_address_and_refused_with_the_reason(api: Api) -> None:
    answer, predicted = await call(api, "post_replays", wanted(dryRun=True))
    assert (answer.status, predicted["counts"], predicted["down"]) == (200, {"requeued": 1}, [])
    for body, headers, status, word in (
        (wanted(action="purge"), {}, 428, "snapshot"),
        (wanted(snapshot="0" * 32), {}, 409, "snapshot"),
        (wanted(ids=["a/b"]), {}, 422, "not valid"),
        (wanted(filter={}), {}, 422, "not valid"),
        (wanted(), {"idempotency_key": "k" * 201}, 400, "Idempotency-Key"),
        (wanted(), {"idempotency_key": "\udcff"}, 400, "Idempotency-Key"),
    ):
        answer, problem = await call(api, "post_replays", body, **headers)
        assert (answer.status, word in problem["detail"]) == (status, True), problem
    answer, accepted = await call(api, "post_replays", wanted(), idempotency_key="k")
    assert (answer.status, answer.headers["Location"]) == (202, f"/api/ops/replays/{accepted['id']}")
    assert (accepted["etaSeconds"], accepted["handled"], accepted["rate"]["asked"]) == (1, 0, 1.0)
    answer, problem = await call(api, "post_replays", wanted(reason="another"), idempotency_key="k")
    assert (answer.status, "another body" in problem["detail"]) == (409, True)
    answer, problem = await call(api, "post_replays", wanted())
    assert (answer.status, problem["operationId"]) == (409, accepted["id"])
    answer, cancelled = await call(api, "post_cancel_replay", {"reason": "a reason", "actor": "me"}, record=accepted["id"])
    assert (answer.status, cancelled["status"], cancelled["etaSeconds"]) == (200, "cancelled", None)
    _, shown = await call(api, "get_replay", record=accepted["id"])
    assert ([one["id"] for one in shown["items"]], shown["cursor"]) == ([RECORD], None)
    assert sorted(one["action"] for one in shown["audit"]) == ["cancelled", "replay.requested"]


async def test_what_does_not_exist_is_not_found(api: Api) -> None:
    for name in ("get_dead_letter", "post_validate_dead_letter", "get_replay"):
        for record in ("0.1", "a/b", "raw.x", "x" * 300):
            assert (await call(api, name, record=record))[0].status == 404
    body = {"reason": "a reason", "actor": "me"}
    assert (await call(api, "post_cancel_replay", body, record="op-x"))[0].status == 404
    assert (await call(api, "get_replay", record="op-x", query={"cursor": "x"}))[0].status == 404
    _, accepted = await call(api, "post_replays", wanted())
    assert (await call(api, "get_replay", record=accepted["id"], query={"cursor": "-1"}))[0].status == 400
