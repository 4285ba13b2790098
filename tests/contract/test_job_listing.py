"""The list of jobs of every kind over both stores: a page continues behind the last job shown, whatever is written between."""

import itertools
from typing import Any

import pytest

from agents.api.http import BadRequest, checked_page
from agents.dead_letters.filter import RecordFilter
from agents.dead_letters.listing import Inspection
from agents.jobs.filter import JobFilter
from agents.jobs.job import EPOCH, generation_at, new_document
from agents.jobs.kinds import JobKinds
from agents.jobs.listing import JobListing
from agents.wiring import MANIFESTS
from shared.clock import Clock, from_iso
from shared.observe.metering import measure
from shared.store.base import Document, Store
from shared.store.containers import BACKGROUND_JOBS, DEAD_LETTERS, JOBS
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


@pytest.mark.parametrize(
    "cursor", ["!", "W10=", "WzEsMl0=", "WzFlMzAwLCAiYSIsIDBd", "Wy0xLCAiYSIsIDBd", "W251bGwsICJhIiwgMF0=", "bnVsbA=="]
)  # fmt: skip
async def test_a_cursor_that_is_not_ours_is_the_callers_mistake(bench: Bench, cursor: str) -> None:
    listing = JobListing(store=bench.store, kinds=KINDS)
    with pytest.raises(BadRequest):
        await checked_page(listing.page(JobFilter(), limit=5, cursor=cursor))


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
