"""The list of jobs of every kind over both stores: a page continues behind the last job shown, whatever is written between."""

import base64
import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from agents.api.http import BadRequest, checked_page
from agents.dead_letters.filter import RecordFilter
from agents.dead_letters.listing import Inspection
from agents.jobs.ended import made_by
from agents.jobs.filter import JobFilter
from agents.jobs.job import EPOCH, generation_at, new_document
from agents.jobs.kinds import JobKinds
from agents.jobs.listing import JobListing
from agents.wiring import MANIFESTS
from shared.clock import Clock, from_iso, to_iso
from shared.observe.metering import measure
from shared.store.base import Document, Store
from shared.store.containers import BACKGROUND_JOBS, DEAD_LETTERS, DIGESTS, JOBS
from tests.stores import Bench

KINDS = JobKinds(tuple(MANIFESTS.values()))
START = from_iso("2026-11-25T12:00:00.123Z")
BEGINNING = generation_at(START)


def document(number: int, *, generation: int | None = None, **more: Any) -> Document:
    fields = {"kind": "taste-analysis", "userId": f"user-{number % 3}", "itemId": f"item-{number}", "payload": {"secret": 1}}
    made = generation if generation is not None else BEGINNING + 1_000 * number
    return {
        **new_document(fields, job_id=f"{number:064x}", generation=made, at=EPOCH, outbox=False), **more,
    }  # fmt: skip


async def store_some(store: Store) -> list[str]:
    """Return the ids, newest first: both containers in turns, and some jobs of the very same moment."""
    for number in range(14):
        generation = BEGINNING + 1_000 * (number // 2 * 2)  # two of one moment, one in each container
        job = document(number, generation=generation)
        if number % 2:
            await store.create(BACKGROUND_JOBS.key, {**job, "kind": "weekly-digest"})
        else:
            await store.create(JOBS.key, job)
    return [f"{number:064x}" for number in reversed(range(14))]


async def walk(listing: JobListing, chosen: JobFilter, limit: int) -> list[str]:
    found: list[str] = []
    cursor = None
    for _ in range(50):
        page = await listing.page(chosen, limit=limit, cursor=cursor)
        assert len(page.documents) <= limit
        found += [job["jobId"] for job in page.documents]
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 13, 14, 200])
async def test_every_job_of_both_containers_comes_once_newest_first(bench: Bench, limit: int) -> None:
    expected = await store_some(bench.store)
    assert await walk(JobListing(store=bench.store, kinds=KINDS), JobFilter(), limit) == expected


async def test_two_jobs_that_share_generation_and_id_are_both_shown(bench: Bench) -> None:
    for container, kind in ((JOBS, "taste-analysis"), (BACKGROUND_JOBS, "scrape")):
        await bench.store.create(container.key, document(1, kind=kind))
    listing = JobListing(store=bench.store, kinds=KINDS)
    first = await listing.page(JobFilter(), limit=1, cursor=None)
    second = await listing.page(JobFilter(), limit=1, cursor=first.cursor)
    assert [one["kind"] for one in (*first.documents, *second.documents)] == ["taste-analysis", "scrape"]
    assert second.cursor is None


async def test_what_is_written_between_two_pages_loses_and_doubles_nothing(bench: Bench) -> None:
    expected = await store_some(bench.store)
    listing = JobListing(store=bench.store, kinds=KINDS)
    found, cursor = [], None
    for number in itertools.count(20):
        page = await listing.page(JobFilter(), limit=4, cursor=cursor)
        found += [job["jobId"] for job in page.documents]
        cursor = page.cursor
        await bench.store.create(JOBS.key, document(number))  # newer than all
        moved = (await bench.store.read(JOBS.key, f"{0:064x}", f"{0:064x}")).body
        await bench.store.replace(JOBS.key, {**moved, "updatedAt": "2027-01-01T00:00:00.000Z", "status": "failed"})
        if cursor is None:
            break
    assert found == expected


async def test_a_page_is_one_query_a_container_and_brings_no_payload(bench: Bench) -> None:
    await store_some(bench.store)
    listing = JobListing(store=bench.store, kinds=KINDS)
    with measure() as usage:
        page = await listing.page(JobFilter(), limit=5, cursor=None)
    assert usage.operations == 2
    assert not any("payload" in job or "analysis" in job for job in page.documents)
    with measure() as usage:
        await listing.page(JobFilter(kind="weekly-digest"), limit=5, cursor=None)
    assert usage.operations == 1


async def test_each_field_of_the_filter_chooses(bench: Bench) -> None:
    failed = {"at": "2026-11-25T13:00:00.000Z", "reason": "llm_refused", "message": "no"}
    verdict = {"reason": "host_crash_suspected", "description": "dead", "at": "2026-11-25T14:00:00.000Z"}
    await bench.store.create(JOBS.key, document(1, lastError=failed, status="failed"))
    await bench.store.create(JOBS.key, document(2, lastError=failed, verdict=verdict, status="dead_lettered"))
    old = document(3)
    del old["kind"]  # older than the second kind
    await bench.store.create(JOBS.key, old)
    await bench.store.create(BACKGROUND_JOBS.key, document(4, kind="scrape", userId=None))
    listing = JobListing(store=bench.store, kinds=KINDS)
    at = "2026-11-25T12:00:02.123Z"
    for wanted, numbers in (
        ({"userId": "user-1"}, [1]), ({"itemId": "item-2"}, [2]), ({"status": "dead_lettered"}, [2]),
        ({"kind": "taste-analysis"}, [3, 2, 1]), ({"kind": "scrape"}, [4]), ({"reason": "llm_refused"}, [1]),
        ({"reason": "host_crash_suspected"}, [2]), ({"since": at}, [4, 3, 2]), ({"until": at}, [1]),
        ({"since": "2026-11-25T14:00:02.123+02:00", "until": "2026-11-25T12:00:02.124Z"}, [2]),
        ({"userId": "user-1", "status": "queued"}, []),
    ):  # fmt: skip
        found = await walk(listing, JobFilter.model_validate(wanted), 50)
        assert found == [f"{number:064x}" for number in numbers], wanted
    rows = (await listing.page(JobFilter(), limit=50, cursor=None)).documents
    assert [row["kind"] for row in rows] == ["scrape", "taste-analysis", "taste-analysis", "taste-analysis"]
    assert [row["lastError"]["message"] for row in rows if row["lastError"]] == ["dead", "no"]


def digest(number: int, *, job: int | None = None, user: str = "user-1") -> Document:
    at = EPOCH + timedelta(milliseconds=BEGINNING + 1_000 * number)
    return {
        "id": f"{user}.w{number:02}", "userId": user, "generatedAt": to_iso(at),
        **({} if job is None else made_by(f"{job:064x}", asked_at=None, started_at=to_iso(at), repeated=False)),
    }  # fmt: skip


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
async def test_what_a_persons_jobs_have_made_tells_of_those_that_left_no_document(bench: Bench, limit: int) -> None:
    for number in (1, 4, 7):
        await bench.store.create(JOBS.key, document(number))
    await bench.store.create(BACKGROUND_JOBS.key, document(10, kind="weekly-digest", status="completed"))
    for made in (
        digest(2, job=102), digest(4, job=104), digest(8, job=108), digest(11, job=10), digest(12, job=112),
        digest(13), digest(9, job=109, user="user-2"), {**digest(3, job=103), "generatedAt": "last week"},
    ):  # fmt: skip
        await bench.store.create(DIGESTS.key, made)
    listing = JobListing(store=bench.store, kinds=KINDS)
    expected = [112, 10, 108, 7, 104, 4, 102, 1]  # of one moment, what has made something comes first: by its id
    assert await walk(listing, JobFilter(userId="user-1"), limit) == [f"{number:064x}" for number in expected]
    for wanted, numbers in (
        ({"kind": "weekly-digest"}, [112, 10, 108, 104, 102]), ({"status": "completed"}, [112, 10, 108, 104, 102]),
        ({"status": "queued"}, [7, 4, 1]), ({"kind": "taste-analysis"}, [7, 4, 1]), ({"itemId": "item-4"}, [4]),
        ({"reason": "llm_refused"}, []), ({"since": "2026-11-25T12:00:08.123Z"}, [112, 10, 108]),
        ({"until": "2026-11-25T12:00:04.123Z"}, [102, 1]),
    ):  # fmt: skip
        found = await walk(listing, JobFilter.model_validate({"userId": "user-1", **wanted}), limit)
        assert found == [f"{number:064x}" for number in numbers], wanted
    assert len(await walk(listing, JobFilter(), limit)) == 4, "without a person the documents alone"


async def test_a_beginning_of_an_id_finds_the_jobs_of_every_container_and_what_others_have_made(bench: Bench) -> None:
    one, other = "abc123" + "0" * 58, "abc12f" + "0" * 58
    await bench.store.create(JOBS.key, {**document(1), "id": one, "jobId": one})
    await bench.store.create(BACKGROUND_JOBS.key, {**document(2, kind="scrape"), "id": other, "jobId": other})
    await bench.store.create(DIGESTS.key, {**digest(3, job=1), "jobId": "abc123f" + "0" * 57})
    await bench.store.create(DIGESTS.key, {**digest(4, job=1), "jobId": one})
    listing = JobListing(store=bench.store, kinds=KINDS)
    with measure() as usage:
        found = [job["jobId"] for job in await listing.beginning("abc12", limit=50)]
    assert (usage.operations, found) == (3, ["abc123f" + "0" * 57, other, one])
    assert [job["jobId"] for job in await listing.beginning("abc123", limit=50)] == ["abc123f" + "0" * 57, one]
    assert await listing.beginning("abc124", limit=50) == []
    made = await listing.find_made("abc123f" + "0" * 57)
    assert made is not None
    assert (made.document["userId"], await listing.find_made("abc124" + "0" * 58)) == ("user-1", None)


@pytest.mark.parametrize(
    "cursor",
    [
        "!", "W10=", "WzEsMl0=", "WzFlMzAwLCAiYSIsIDBd", "Wy0xLCAiYSIsIDBd", "W251bGwsICJhIiwgMF0=", "bnVsbA==",
        "W05hTiwgImEiLCAwXQ==",
    ],
)  # fmt: skip
async def test_a_cursor_that_is_not_ours_is_the_callers_mistake(bench: Bench, cursor: str) -> None:
    listing = JobListing(store=bench.store, kinds=KINDS)
    with pytest.raises(BadRequest):
        await checked_page(listing.page(JobFilter(), limit=5, cursor=cursor))


async def test_a_cursor_from_beyond_all_times_is_the_end_or_the_beginning(bench: Bench) -> None:
    far = base64.urlsafe_b64encode(json.dumps([2**53 - 1, "a", 2]).encode()).decode()
    await bench.store.create(JOBS.key, document(1))
    listing = JobListing(store=bench.store, kinds=KINDS)
    page = await listing.page(JobFilter(userId="user-1"), limit=5, cursor=far)
    assert len(page.documents) == 1


async def test_the_dead_letters_of_one_user_are_found_in_old_and_new_records(bench: Bench) -> None:
    common = {
        "status": "open", "reason": "llm_refused", "description": "no", "fingerprint": "f", "attempts": [],
        "rawPayload": "e30=", "payloadBytes": 2, "updatedAt": "2026-11-25T12:00:00.000Z", "sourceQueue": "q-poison",
        "replays": 0,
    }  # fmt: skip
    for number, more in enumerate((
        {"payload": {"user_id": "ada"}, "userId": "ada"}, {"payload": {"user_id": "ada"}}, {"payload": {"userId": "ada"}},
        {"payload": {"user_id": "eve"}, "userId": "eve"}, {"payload": {"userId": "eve"}}, {"payload": None, "userId": None},
        {"payload": None},
    )):  # fmt: skip
        job_id, at = f"{number:064x}", f"2026-11-25T12:00:0{number}.000Z"
        record = {"id": f"{job_id}.1", "jobId": job_id, "createdAt": at, **common, **more}
        await bench.store.create(DEAD_LETTERS.key, record)
    inspection = Inspection(store=bench.store, clock=Clock())
    page = await inspection.page(RecordFilter(userId="ada"), expiring_days=None, limit=50, cursor=None)
    assert [one["jobId"] for one in page.documents] == [f"{number:064x}" for number in (2, 1, 0)]
    groups = await inspection.groups(RecordFilter(userId="eve"), expiring_days=None)
    assert [group.count for group in groups.groups] == [2]
