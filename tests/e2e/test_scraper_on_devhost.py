"""Scraping through the host: sample sites kicked by HTTP, scraped by queue, stored once; posts of a client by HTTP."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devhost.azurite import Azurite
from samples.serving import HostProcess
from samples.site_server import NAMES, served_site, sources
from shared.clock import Clock
from shared.store.base import Document
from shared.store.containers import SCRAPED_ITEMS, SCRAPER_SOURCES
from shared.store.query import Query, Set
from shared.store.sqlite import SqliteStore
from tests.e2e.apps import HEADERS, environment
from tests.waiting import until


@dataclass
class Studio:
    """The app, its store, and a client."""

    url: str
    session: aiohttp.ClientSession
    store: SqliteStore

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        async with self.session.get(f"{self.url}/{path}", params=query) as answer:
            assert answer.status == 200
            return dict(await answer.json())

    async def run(self, **parameters: str) -> dict[str, Any]:
        """Ask for a kick; returns its row once it has ended."""
        async with self.session.post(f"{self.url}/run/scraper", params={"actor": "test", **parameters}) as answer:
            assert answer.status == 202
            run_id = (await answer.json())["runId"]

        async def row() -> dict[str, Any]:
            return next(dict(one) for one in (await self.get("runs", timer="scraper"))["runs"] if one["id"] == run_id)

        return await until(row, lambda one: one["outcome"], "end of the run")

    async def health(self) -> dict[str, dict[str, Any]]:
        """Return how the sources are, by id."""
        return {one["id"]: one.get("health") or {} for one in (await self.get("scraper/sources"))["sources"]}

    async def settled(self) -> dict[str, dict[str, Any]]:
        """Wait until every source has run; returns how they are by id."""
        return await until(self.health, lambda found: all(one.get("lastRunAt") for one in found.values()), "run of each source")

    async def again(self, source: str, last: str) -> dict[str, Any]:
        """Wait until a source has run again; returns how it is."""
        return (await until(self.health, lambda found: found[source]["lastRunAt"] != last, f"new run of {source}"))[source]

    async def items(self) -> list[Document]:
        return (await self.store.page(SCRAPED_ITEMS.key, Query(), partition="global")).documents


@pytest.fixture
async def studio(azurite: Azurite, queue_name: str, tmp_path: Path) -> AsyncIterator[Studio]:
    with contextlib.ExitStack() as parts:
        sites = {name: parts.enter_context(served_site(name)) for name in NAMES}
        store = SqliteStore(str(tmp_path / "store.db"), clock=Clock())
        for source in sources(sites):
            await store.create(SCRAPER_SOURCES.key, source)
        environ = environment(azurite, queue_name, tmp_path, FETCH_ALLOWED_PRIVATE_HOSTS=",".join(sites.values()))
        async with (
            HostProcess(environ, port=0, log=tmp_path / "host.log") as host,
            aiohttp.ClientSession(headers=HEADERS) as session,
        ):
            yield Studio(f"{host.url}/api/ops", session, store)
        await store.close()


async def test_sample_sites_are_scraped_once_and_found_again_as_duplicates(studio: Studio) -> None:
    row = await studio.run()
    assert (row["outcome"], row["done"]["enqueued"]) == ("ok", 3)
    first = await studio.settled()
    assert {health["lastOutcome"] for health in first.values()} == {"ok"}
    items = await studio.items()
    assert len(items) == sum(health["new"] for health in first.values()) == 7
    assert len({item["pHash"] for item in items}) == 7
    assert all(len(item["embedding"]) == 256 and item["scoreSignal"] == 0 for item in items)
    assert sum(health["duplicates"].get("picture", 0) for health in first.values()) == 4
    assert first["r-outfits"]["dropped"]["not_a_picture"] == 1
    assert not [item for item in items if "?" in item["imageUrl"] or "secret" in item["productUrl"]]
    assert (await studio.run())["done"]["not_due"] == 3
    row = await studio.run(sourceId="plain-thread")
    assert row["done"]["enqueued"] == 1
    last = first["plain-thread"]["lastRunAt"]
    again = await studio.again("plain-thread", last)
    assert (again["lastOutcome"], again["new"]) == ("not_modified", 0)
    await studio.store.patch(SCRAPER_SOURCES.key, "plain-thread", "brand_site", [Set("reading", None)])
    last = again["lastRunAt"]
    await studio.run(sourceId="plain-thread")
    again = await studio.again("plain-thread", last)
    assert (again["lastOutcome"], again["found"], again["new"], sum(again["duplicates"].values())) == ("ok", 6, 0, 6)
    assert await studio.items() == items


async def test_a_clients_posts_are_checked_one_by_one(studio: Studio) -> None:
    at = Clock().now().isoformat()
    good = {"title": "A coat", "permalink": "/r/outfits/comments/abc1/x/", "imageUrl": "https://i.redd.it/abcdef123.jpg"}
    body = {"subreddit": "outfits", "posts": [{**good, "createdAt": at}, {**good, "imageUrl": "https://x.example/a.jpg"}]}
    async with studio.session.post(f"{studio.url}/scraper/ingest/reddit", json=body) as answer:
        document = await answer.json()
    assert (answer.status, document["accepted"]) == (202, 1)
    assert {(one["index"], one["field"]) for one in document["rejected"]} == {(1, "createdAt")}
    async with studio.session.post(f"{studio.url}/scraper/ingest/reddit", json={**body, "subreddit": "nobody"}) as answer:
        assert answer.status == 404
