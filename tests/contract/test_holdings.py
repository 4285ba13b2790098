"""Where a person's data is, under both adapters: every holding is found, erased and nothing else."""

import json

from agents.users.holdings import holdings_of
from shared.store.containers import (
    BACKGROUND_JOBS,
    DEAD_LETTERS,
    DIGESTS,
    JOBS,
    RUNS,
    SCRAPED_ITEMS,
    SCRAPER_SOURCES,
    TASTE,
    USER_PROFILES,
)
from tests.stores import Bench


async def test_a_persons_documents_are_found_and_erased_and_no_others(bench: Bench) -> None:
    store = bench.store
    for number, user in enumerate(("alice", "bob")):
        await store.create(JOBS.key, {"id": f"j{number}", "jobId": f"j{number}", "userId": user})
        await store.create(BACKGROUND_JOBS.key, {"id": f"b{number}", "jobId": f"b{number}", "payload": {"submitter_id": user}})
        await store.create(DEAD_LETTERS.key, {"id": f"d{number}", "jobId": f"d{number}", "payload": {"user_id": user}})
        await store.create(DEAD_LETTERS.key, {"id": f"e{number}", "jobId": f"e{number}", "payload": None})
        await store.create(TASTE.key, {"id": "profile", "userId": user})
        await store.create(USER_PROFILES.key, {"id": user})
        await store.create(DIGESTS.key, {"id": f"g{number}", "userId": user})
        await store.create(SCRAPED_ITEMS.key, {"id": f"s{number}", "userId": "global", "submitterId": user})
        await store.create(SCRAPER_SOURCES.key, {"id": f"o{number}", "sourceType": "reddit", "createdBy": user})
        await store.create(RUNS.key, {"id": f"r{number}", "timer": "digest", "parameters": {"userId": user}})
    found: dict[str, int] = {}
    for holding in holdings_of("alice"):
        async for page in holding.pages(store):
            assert all("alice" in json.dumps(document) and "bob" not in json.dumps(document) for document in page)
            found[holding.container.key] = found.get(holding.container.key, 0) + len(page)
            for document in page:
                await holding.erase(store, document)
                if holding.names is None:
                    await holding.erase(store, document)  # twice is harmless
    assert found == {
        "jobs": 1, "background_jobs": 1, "dead_letters": 1, "taste": 1, "user_profiles": 1, "digests": 1, "scraped_items": 1,
        "scraper_sources": 1, "runs": 1,
    }  # fmt: skip
    for holding in holdings_of("alice"):
        assert [page async for page in holding.pages(store)] == []
    left = [len(page) for holding in holdings_of("bob") async for page in holding.pages(store)]
    assert sum(left) == 9
