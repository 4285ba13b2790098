"""Operations and the looks at dead letters over both stores: batches, conditional patches, pages, snapshots."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.audit import audit_document
from agents.dead_letters.filter import RecordFilter
from agents.dead_letters.listing import Inspection
from agents.dead_letters.record import DeadLetter
from agents.jobs.kinds import JobKinds
from agents.replays.one_record import Handled
from agents.replays.operations import CHUNK, OperationLostError, Operations
from agents.replays.progress import Fate
from agents.replays.requests import ReplayRequest
from agents.replays.selection import Selection, TooManyRecordsError, token_of
from shared.clock import Clock, from_iso, to_iso
from shared.errors import AlreadyExists, PreconditionFailed
from shared.store.base import Document, Store
from shared.store.containers import DEAD_LETTERS
from tests.stores import Bench

WANTED = ReplayRequest.model_validate(
    {"action": "replay", "filter": {"reason": "llm_refused"}, "reason": "a reason", "actor": "me", "canary": 2}
)


def record(number: int, **more: Any) -> Document:
    at = to_iso(Clock().now() - timedelta(minutes=number))
    return {
        "id": f"{number:064x}.1", "jobId": f"{number:064x}", "status": "open", "reason": "llm_refused", "description": "no",
        "fingerprint": "f1", "attempts": [], "payload": {"user_id": "secret"}, "rawPayload": "e30=", "payloadBytes": 2,
        "createdAt": at, "updatedAt": at, "sourceQueue": "q-poison", "replays": 0, "kind": "taste-analysis", **more,
    }  # fmt: skip


async def chosen_of(store: Store, wanted: ReplayRequest) -> list[tuple[str, str]]:
    return [
        (one.record_id, one.version)
        async for some in Selection(store=store, clock=Clock(), kinds=JobKinds(())).of(wanted)
        for one in some
    ]  # fmt: skip


def audit(_operation: object, at: str) -> Document:
    return audit_document("op-1", "completed", at=at, actor="a", reason="r", what={}, before={}, after={})


async def test_an_operation_is_created_whole_taken_by_one_and_closed_once(bench: Bench) -> None:
    operations = Operations(store=bench.store, clock=Clock())
    versions = [(f"{number:064x}.1", "0" * 16) for number in range(CHUNK + 5)]
    operation = await operations.create("op-1", WANTED, versions, before={"statuses": {"open": CHUNK + 5}})
    with pytest.raises(AlreadyExists):
        await operations.create("op-1", WANTED, versions[:1], before={})
    taken = await operations.take(operation, "me")
    with pytest.raises(PreconditionFailed):
        await operations.take(operation, "another")
    with pytest.raises(OperationLostError):
        await operations.renew("op-1", "another")
    await operations.renew("op-1", "me")
    await operations.note("op-1", CHUNK + 1, Handled("x", "requeued", "d" * 1_000))
    await operations.note_fates("op-1", {CHUNK + 1: Fate.COMPLETED})
    chunk = (await operations.chunk("op-1", CHUNK + 1)).body
    assert (len(chunk["records"]), chunk["done"]["i1"]["fate"], len(chunk["done"]["i1"]["detail"])) == (5, "completed", 300)
    progress = taken.progress.handled("requeued", Clock().now())
    closed = await operations.close("op-1", "cancelled", "enough", audit=audit)
    assert closed is not None
    again = await operations.close("op-1", "completed", "", audit=audit)
    assert again is not None
    assert again.status == "cancelled"
    saved = await operations.release(taken, "me", progress)
    assert (saved.status, saved.step, saved.progress.cursor) == ("cancelled", 1, 1), "its progress is saved all the same"
    with pytest.raises(OperationLostError):
        await operations.release(taken, "me", progress)
    page = await operations.audit("op-1", limit=10)
    assert [one["action"] for one in page.documents] == ["completed", "replay.requested"]
    assert [one["id"] for one in (await operations.page(limit=10, cursor=None)).documents] == ["op-1"]
    assert await operations.find("items.0000") is None


async def test_one_operation_is_active_until_it_has_ended(bench: Bench) -> None:
    operations = Operations(store=bench.store, clock=Clock())
    assert await operations.activate("op-1") is None
    assert await operations.activate("op-2") == "op-1", "it may be about to be created"
    await operations.create("op-1", WANTED, [], before={})
    assert await operations.activate("op-1") is None
    assert await operations.activate("op-2") == "op-1"
    await operations.close("op-1", "completed", "", audit=audit)
    assert await operations.activate("op-2") is None
    assert await operations.activate("op-1") == "op-2"


async def test_stalled_operations_are_found(bench: Bench) -> None:
    await Operations(store=bench.store, clock=Clock()).create("op-1", WANTED, [], before={})
    assert await Operations(store=bench.store, clock=Clock()).stalled() == []

    def later() -> datetime:
        return Clock().now() + timedelta(minutes=5)

    assert [one.operation_id for one in await Operations(store=bench.store, clock=Clock(now=later)).stalled()] == ["op-1"]


async def test_dead_letters_are_chosen_oldest_first_and_a_snapshot_tells_what_has_changed(bench: Bench) -> None:
    for number in range(1, 6):
        await bench.store.create(DEAD_LETTERS.key, record(number))
    await bench.store.create(DEAD_LETTERS.key, record(9, reason="unknown"))
    selection = Selection(store=bench.store, clock=Clock(), kinds=JobKinds(()))
    before = await chosen_of(bench.store, WANTED)
    assert [one[0] for one in before] == [f"{number:064x}.1" for number in (5, 4, 3, 2, 1)]
    token = token_of("replay", before)
    await selection.keep(token, before)
    assert await selection.difference("0" * 32, before) is None
    assert await selection.difference("../../x", before) is None
    await bench.store.create(DEAD_LETTERS.key, record(7))
    await bench.store.upsert(DEAD_LETTERS.key, record(3, description="new"))
    await bench.store.upsert(DEAD_LETTERS.key, record(4, status="resolved"))
    difference = await selection.difference(token, await chosen_of(bench.store, WANTED))
    assert difference is not None
    assert {name: one["ids"] for name, one in difference.to_document().items()} == {
        "added": [f"{7:064x}.1"], "removed": [f"{4:064x}.1"], "changed": [f"{3:064x}.1"],
    }  # fmt: skip


async def test_causes_are_grouped_over_many_pages_and_lists_hold_nothing_of_a_user(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.dead_letters.listing.PAGE", 4)
    for number in range(1, 11):
        await bench.store.create(DEAD_LETTERS.key, record(number, fingerprint=f"f{number % 3}", reason=f"r{number % 3}"))
    inspection = Inspection(store=bench.store, clock=Clock())
    found = await inspection.groups(RecordFilter(), expiring_days=None)
    assert [(one.fingerprint, one.count, one.reason) for one in found.groups] == [
        ("f1", 4, "r1"), ("f0", 3, "r0"), ("f2", 3, "r2"),
    ]  # fmt: skip
    assert (found.records, found.complete, found.groups[0].sample) == (10, True, f"{1:064x}.1")
    assert found.groups[0].first_seen < found.groups[0].last_seen
    monkeypatch.setattr("agents.dead_letters.listing.MAX_GROUPS", 2)
    found = await inspection.groups(RecordFilter(), expiring_days=None)
    assert (len(found.groups), found.complete) == (2, False)
    chosen = RecordFilter(
        queue="q-poison", kind="taste-analysis", until=to_iso(Clock().now() - timedelta(minutes=4, seconds=30))
    )
    page = await inspection.page(chosen, expiring_days=None, limit=3, cursor=None)
    rest = await inspection.page(chosen, expiring_days=None, limit=50, cursor=page.cursor)
    assert [int(one["jobId"], 16) for one in [*page.documents, *rest.documents]] == [5, 6, 7, 8, 9, 10]
    assert "secret" not in str(page.documents)


async def test_expiring_evidence_is_listed_by_the_last_write(bench: Bench) -> None:
    for number, days in enumerate((89, 80, 1)):
        at = to_iso(Clock().now() - timedelta(days=days))
        await bench.store.create(DEAD_LETTERS.key, record(number, createdAt=at, updatedAt=at))
    inspection = Inspection(store=bench.store, clock=Clock())
    for within, count in ((0, 0), (2, 1), (11, 2), (90, 3)):
        page = await inspection.page(RecordFilter(), expiring_days=within, limit=10, cursor=None)
        assert len(page.documents) == count
    old = record(5, updatedAt="2026-01-01T00:00:00.000Z")
    assert DeadLetter(old).expires_at - from_iso(old["updatedAt"]) == timedelta(days=90)
    assert DeadLetter(old).shown(full=True)["expiresAt"] == "2026-04-01T00:00:00.000Z"


async def test_a_filter_that_matches_too_many_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.replays.selection.MAX_RECORDS", 2)
    for number in range(3):
        await bench.store.create(DEAD_LETTERS.key, record(number))
    with pytest.raises(TooManyRecordsError):
        await chosen_of(bench.store, WANTED)


async def test_a_kind_that_older_records_do_not_name_is_the_taste_jobs(bench: Bench) -> None:
    old = record(1)
    del old["kind"]
    await bench.store.create(DEAD_LETTERS.key, old)
    await bench.store.create(DEAD_LETTERS.key, record(2, kind="scrape"))
    inspection = Inspection(store=bench.store, clock=Clock())
    for kind, number in (("taste-analysis", 1), ("scrape", 2)):
        page = await inspection.page(RecordFilter(kind=kind), expiring_days=None, limit=9, cursor=None)
        assert [one["jobId"] for one in page.documents] == [f"{number:064x}"]
