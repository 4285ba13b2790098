"""The events of a job and its exact message, from documents of any age."""

import base64
import json
from typing import Any

import pytest

from agents.dead_letters.record import DeadLetter
from agents.jobs.job import Job
from agents.timeline.events import CAUSAL, JobEvent, events_of
from agents.timeline.message import HEX_BYTES, TEXT_BYTES, message_of, shown
from agents.timeline.taught import taught_by
from shared.clock import from_iso

AT = "2026-11-25T12:00:00.000Z"
LATER = "2026-11-25T12:00:09.000Z"
RECORD = {
    "id": "a.1", "jobId": "a", "status": "open", "reason": "llm_refused", "createdAt": AT, "updatedAt": LATER, "replays": 0,
    "rawPayload": base64.b64encode(b"{}").decode(),
}  # fmt: skip


def job(**more: Any) -> Job:
    return Job({"jobId": "a", "status": "queued", "generation": 1_764_072_000_000, "createdAt": AT, **more})


def names(*found: Any) -> list[str]:
    return [one["event"].value for one in events_of(*found)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["accepted"]),
        ({"status": "in_flight", "claimedAt": LATER, "attempt": 1}, ["accepted", "attempt_started"]),
        ({"status": "in_flight", "attempt": 1}, ["accepted"]),  # claimed by an older build
        ({"status": "completed", "lastCompletedAt": LATER}, ["accepted", "completed"]),
        ({"status": "completed", "lastCompletedAt": LATER, "skipped": "gone"}, ["accepted", "skipped"]),
        ({"status": "completed", "lastCompletedAt": None}, ["accepted"]),
        ({"status": "queued", "lastCompletedAt": LATER}, ["accepted"]),  # of the generation before
        ({"attempts": [{"n": 1, "at": "nonsense"}, {}]}, ["accepted"]),
        ({"attempts": None, "duplicatesAt": [LATER], "withdrawnAt": LATER}, ["accepted", "duplicate", "withdrawn"]),
        (
            {"actions": [{"at": LATER, "action": "retry", "actor": "a"}, {"at": LATER, "action": "new"}]},
            ["accepted", "retried"],
        ),
        ({"status": "failed", "verdict": {"at": LATER, "reason": "r"}}, ["accepted", "dead_lettered"]),  # on its way there
        ({"status": "dead_lettered", "verdict": {"at": LATER, "reason": "r"}}, ["accepted"]),  # its record tells
        ({"createdAt": "yesterday"}, ["accepted"]),
        ({"createdAt": None, "generation": 1}, []),  # asked for at no time that we could know
    ],
)
def test_what_a_job_document_tells(fields: dict[str, Any], expected: list[str]) -> None:
    assert names(job(**fields), None, None) == expected


LEASED = "2026-11-25T12:03:00.000Z"
GONE = {"n": 1, "at": LATER, "startedAt": AT, "leasedUntil": "2026-11-25T12:00:08.000Z"}
ENDED = {"status": "completed", "lastCompletedAt": LEASED, "lostAttempts": [GONE]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "in_flight", "claimedAt": LATER, "attempt": 2, "lostAttempts": [GONE]}, ["lost 1", "started 2"]),
        ({"status": "in_flight", "claimedAt": AT, "attempt": 1, "lease": {"expiresAt": LEASED}}, []),
        ({"status": "in_flight", "claimedAt": AT, "attempt": 1, "lease": {"expiresAt": LATER}}, ["lost 1"]),
        ({"status": "in_flight", "attempt": 1, "lease": {"expiresAt": LATER}}, ["lost 1"]),  # claimed by an older build
        ({**ENDED, "lastAttempt": {"n": 1, "startedAt": AT}}, []),  # it was only late
        ({**ENDED, "lastAttempt": {"n": 2, "startedAt": LATER}}, ["lost 1", "started 2"]),
        ({"status": "queued", "lostAttempts": [GONE], "lease": {"owner": "", "expiresAt": ""}}, ["lost 1"]),
        ({"lostAttempts": [{"n": 1}, {}]}, []),
    ],
)  # fmt: skip
def test_an_attempt_whose_worker_died_is_told_with_what_is_known_of_it(fields: dict[str, Any], expected: list[str]) -> None:
    found = events_of(job(**fields), None, None, at=from_iso("2026-11-25T12:01:00Z"))
    lost = [one for one in found if one["event"] is JobEvent.ATTEMPT_LOST]
    told = [one for one in found if one["event"] is JobEvent.ATTEMPT_STARTED or one in lost]
    words = [f"{one['event'].value.removeprefix('attempt_')} {one['n']}" for one in told]
    if lost:
        assert words[words.index("lost 1") :] == expected
        assert "lost 1" in words[:2]
    else:
        assert not any(word.startswith("lost") for word in [*words, *expected])


def test_a_producers_time_that_is_none_is_told_by_the_generation() -> None:
    [accepted] = events_of(job(createdAt="yesterday"), None, None)
    assert accepted["at"] == "2025-11-25T12:00:00.000Z"


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        ({"errorType": "ModelUnavailable", "until": None}, ("attempt_failed", None)),
        ({"errorType": "StoreMisconfigured", "until": LATER}, ("deferred", LATER)),  # put off, whatever the error is
        ({"errorType": "DeferredError"}, ("deferred", "2026-11-26T00:00:00.000Z")),  # the last one: it waits for this
        ({"errorType": "ModelSuspended", "at": AT}, ("deferred", None)),
    ],
)
def test_a_deferral_is_no_failure(failure: dict[str, Any], expected: tuple[str, str | None]) -> None:
    failed = {"n": 1, "at": LATER, "reason": "llm_unavailable", "message": "503", **failure}
    found = job(status="failed", attempts=[failed], lastError={**failed, "at": LATER}, nextAttemptAt="2026-11-26T00:00:00.000Z")
    event = events_of(found, None, None)[-1]
    assert (event["event"].value, event.get("until")) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["dead_lettered"]),
        ({"deaths": [{"at": AT, "reason": "a"}, {"at": LATER, "reason": "b"}]}, ["dead_lettered", "dead_lettered"]),
        ({"status": "resolved"}, ["dead_lettered", "resolved"]),
        ({"status": "resolved", "history": [{"at": LATER, "outcome": "resolved"}]}, ["dead_lettered", "resolved"]),
        ({"status": "purged", "history": [{"at": LATER, "outcome": "purged"}]}, ["dead_lettered", "purged"]),
        ({"history": [{"at": LATER, "outcome": "a new one"}], "repairs": [{"at": LATER}]}, ["dead_lettered", "repaired"]),
    ],
)
def test_what_a_dead_letter_tells(fields: dict[str, Any], expected: list[str]) -> None:
    assert names(None, DeadLetter({**RECORD, **fields}), None) == expected


def test_of_a_record_that_was_renewed_by_an_older_build_the_first_reason_is_not_known() -> None:
    for replays, reason in ((0, "llm_refused"), (1, None)):
        [death] = events_of(None, DeadLetter({**RECORD, "replays": replays}), None)
        assert death["reason"] == reason


def test_what_happened_in_one_moment_is_told_in_the_order_of_cause_and_effect() -> None:
    last = {"n": 1, "startedAt": AT, "seconds": 0.0}
    done = job(status="completed", lastCompletedAt=AT, lastAttempt=last)
    signal = {"id": "s", "type": "signal", "storedAt": AT}
    record = DeadLetter({**RECORD, "status": "resolved", "updatedAt": AT})
    expected = ["accepted", "attempt_started", "signal_stored", "completed", "dead_lettered", "resolved"]
    assert names(done, record, signal) == expected
    assert len(CAUSAL) == len(JobEvent) == 16


@pytest.mark.parametrize(
    ("body", "text", "document"),
    [
        (b'{"a": 1}', '{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', '\ufeff{"a": 1}', {"a": 1}),
        (base64.b64encode(b'{"a": 1}'), "eyJhIjogMX0=", {"a": 1}),
        (b"\xff\x00", None, None),
        (b"", "", None),
        (b"[1]", "[1]", None),
        (b'{"a": NaN}', '{"a": NaN}', None),
        (b'{"a":' * 40 + b"1" + b"}" * 40, '{"a":' * 40 + "1" + "}" * 40, None),  # deeper than an answer may be
        (b'{"a":' * 5_000, '{"a":' * 5_000, None),
    ],
)
def test_a_message_is_shown_in_every_form_that_it_has(body: bytes, text: str | None, document: object) -> None:
    found = shown(body)
    assert (found["bytes"], found["text"], found["json"]) == (len(body), text, document)
    assert found["hex"] == body[:HEX_BYTES].hex()


def test_a_long_message_is_cut_between_two_letters() -> None:
    body = json.dumps({"text": "é" * TEXT_BYTES}, ensure_ascii=False).encode()
    found = shown(body)
    assert found["bytes"] == len(body)
    assert len(found["text"].encode()) in {TEXT_BYTES, TEXT_BYTES - 1}
    assert found["text"].endswith("é")
    assert (len(found["hex"]), found["json"]) == (2 * HEX_BYTES, None)
    assert shown(b"a" * TEXT_BYTES + b"\xff")["text"] is None


def test_a_purged_message_is_shown_by_nobody() -> None:
    kept = job(payload={"user_id": "u"})
    purged = DeadLetter({**RECORD, "rawPayload": None})
    assert message_of(kept, None) is not None
    assert message_of(kept, purged) is None
    assert message_of(Job({**kept.document, "purged": True}), None) is None
    assert message_of(Job({**kept.document, "purged": True}), DeadLetter(RECORD)) is not None  # its other job was replayed
    assert message_of(None, None) is None
    assert message_of(job(), None) is None


def test_a_signal_is_told_with_where_its_terms_stand() -> None:
    term = {"kind": "colour", "term": "navy", "surface": "navy", "weight": 0.5}
    signal = {
        "id": "s", "type": "signal", "userId": "u", "jobId": "a", "generation": 1, "itemId": "i", "imageUrl": "x", "at": AT,
        "terms": [term, {**term, "kind": "garment", "term": "coat"}], "model": "m", "promptVersion": "1", "pictureDigest": "d",
    }  # fmt: skip
    known = {"kind": "colour", "term": "navy", "weight": 2.0, "evidence": 3, "firstSeenAt": AT, "lastSeenAt": AT}
    profile = {"userId": "u", "signals": 3, "terms": [known], "updatedAt": AT}
    at = from_iso(AT)
    found = taught_by(signal, profile, {"preferredColours": ["Navy", 7]}, at)
    assert found is not None
    navy, coat = found["terms"]
    assert navy["inProfile"] == {"weight": 2.0, "evidence": 3, "firstSeenAt": AT, "lastSeenAt": AT, "projected": True}
    assert coat["inProfile"] is None
    for lists in (None, {"preferredColours": "navy"}, {"stylePreferences": ["navy"]}):
        again = taught_by(signal, profile, lists, at)
        assert again is not None
        assert again["terms"][0]["inProfile"]["projected"] is False
    assert taught_by({**signal, "type": "withdrawn"}, profile, None, at) is None
    assert taught_by(None, profile, None, at) is None
