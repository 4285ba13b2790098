"""What embeddings of collected items took is noted on their source, and counted once by the next look."""

import pytest

from agents.scraper.message import USES
from agents.watch.collect.counter import Counter
from agents.watch.collect.traffic import USED
from agents.watch.history.points import counts_of
from shared.observe.prices import Prices
from shared.store.containers import SCRAPER_SOURCES
from tests.faults.scraping_world import Scene
from tests.faults.test_scraping import PRODUCTS

MODEL = "text-embedding-3-small"


async def counted(scene: Scene) -> dict[str, int]:
    """Look once more: what of the models was counted so far."""
    counter = Counter(store=scene.store, clock=scene.time.clock(), kinds=scene.process.kinds)
    cells = counts_of((await counter.count(scene.time.at, None)).traffic).values()
    found: dict[str, int] = {}
    for name, count in ((name, count) for cell in cells for name, count in cell.items() if name.startswith(USED)):
        found[name.removeprefix(USED)] = found.get(name.removeprefix(USED), 0) + count
    return found


async def test_each_collection_is_counted_once_however_often_somebody_looks() -> None:
    scene = Scene()
    scene.provider.model, scene.provider.tokens = MODEL, 10
    scene.web.shop(PRODUCTS)
    await counted(scene)
    await scene.source()
    await scene.by_hand(sourceId="shop")
    items = len(await scene.items())
    [use] = (await scene.of_source())[USES]
    assert use["used"] == {MODEL: [1, 10 * items, 0]}
    scene.time.advance(1)
    expected = {f"{MODEL}.answers": 1, f"{MODEL}.in": 10 * items}
    assert await counted(scene) == expected
    assert await counted(scene) == expected
    scene.time.advance(600)
    assert await counted(scene) == expected
    assert Prices().cost(MODEL, 1_000_000, 0) == pytest.approx(0.02)
    await scene.close()


async def test_what_two_collections_between_two_looks_took_is_counted() -> None:
    scene = Scene()
    scene.time.at = scene.time.at.replace(hour=6, minute=58)
    await counted(scene)
    await scene.source()
    await scene.store.upsert(SCRAPER_SOURCES.key, {
        **await scene.of_source(), "lastScrapedAt": "2026-11-23T06:59:40.000Z",
        USES: [
            {"at": "2026-11-23T06:58:40.000Z", "used": {MODEL: [1, 5, 0]}},
            {"at": "2026-11-23T06:59:40.000Z", "used": {MODEL: [1, 7, 0]}}, {"at": "nonsense", "used": {MODEL: [1, 9, 0]}},
                "nonsense", {"at": "2026-11-23T06:59:40.000Z"},
        ],
    })  # fmt: skip
    scene.time.at = scene.time.at.replace(hour=7, minute=0, second=1)
    assert await counted(scene) == {f"{MODEL}.answers": 2, f"{MODEL}.in": 12}
    await scene.close()
