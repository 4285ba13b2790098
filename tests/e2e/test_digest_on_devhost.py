"""The weekly digest through the host: asked for by HTTP, planned and composed by queue, read as JSON, page and Markdown."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from devhost.azurite import Azurite
from samples.serving import HostProcess
from samples.wardrobes import CITIES, wardrobe
from shared.clock import Clock
from shared.store.containers import USER_PROFILES, WARDROBE
from shared.store.sqlite import SqliteStore
from tests.e2e.apps import HEADERS, environment
from tests.waiting import until


@pytest.fixture
async def office(azurite: Azurite, queue_name: str, tmp_path: Path) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    store = SqliteStore(str(tmp_path / "store.db"), clock=Clock())
    for user, city in CITIES.items():
        await store.create(USER_PROFILES.key, {"id": user, "locationCity": city})
        for item in wardrobe(user, Clock().now()):
            await store.create(WARDROBE.key, item)
    await store.create(USER_PROFILES.key, {"id": "out", "recommendationOptIn": False})
    await store.create(USER_PROFILES.key, {"id": "naked"})
    await store.close()
    environ = environment(azurite, queue_name, tmp_path)
    async with (
        HostProcess(environ, port=0, log=tmp_path / "host.log") as host,
        aiohttp.ClientSession(headers=HEADERS) as session,
    ):
        yield f"{host.url}/api/ops", session


async def run(url: str, session: aiohttp.ClientSession, **parameters: str) -> dict[str, object]:
    """Ask for a run of the digests; returns its row once the plan has ended."""
    async with session.post(f"{url}/run/digest", params={"actor": "test", **parameters}) as answer:
        assert answer.status == 202
        run_id = (await answer.json())["runId"]

    async def row() -> dict[str, object]:
        async with session.get(f"{url}/runs", params={"timer": "digest"}) as answer:
            return next(dict(one) for one in (await answer.json())["runs"] if one["id"] == run_id)

    return await until(row, lambda one: one["outcome"], "end of the run")


async def latest(url: str, session: aiohttp.ClientSession, user: str, run_id: object = None) -> dict[str, object]:
    """Return a user's latest digest, once there is one, of that run where one is named."""

    async def look() -> dict[str, object]:
        async with session.get(f"{url}/digests/{user}/latest") as answer:
            return dict(await answer.json()) if answer.status == 200 else {}

    return await until(look, lambda one: one and run_id in {None, one["runId"]}, f"digest of {user}")


async def test_all_users_get_one_digest_and_its_pages_can_be_looked_at(office: tuple[str, aiohttp.ClientSession]) -> None:
    url, session = office
    row = await run(url, session)
    assert (row["outcome"], row["done"]) == ("ok", {"users": 5, "enqueued": 4, "unchanged": 0, "optedOut": 1})
    digests = [await latest(url, session, user) for user in CITIES]
    assert all(3 <= len(digest["suggestions"]) <= 5 for digest in digests)  # type: ignore[arg-type]
    page = f"{url}/digests/chiara/latest"
    async with session.get(page, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}) as answer:
        html = await answer.text()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in html
    async with session.get(page, headers={"Accept": "text/markdown"}) as answer:
        assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
        assert (await answer.text()).startswith("# ")
    async with session.get(page, headers={"Accept": "image/png"}) as answer:
        assert answer.status == 406
    async with session.get(f"{url}/digests/nobody/latest") as answer:
        assert answer.status == 404


async def test_a_second_run_changes_nothing_and_a_forced_one_replaces_one_users_digest(
    office: tuple[str, aiohttp.ClientSession],
) -> None:
    url, session = office
    await run(url, session)
    first = await latest(url, session, "ada")
    await run(url, session)
    assert await latest(url, session, "ada") == first
    row = await run(url, session, userId="ada", force="true")
    again = await latest(url, session, "ada", row["id"])
    assert (again["id"], again["window"]) == (first["id"], first["window"])
