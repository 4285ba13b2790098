"""Posts that clients have collected: by HTTP into jobs, by jobs into items, once, whatever happens on the way."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.api.http import Api, Request
from agents.api.scraper import ScraperEndpoints
from agents.jobs.messages import encode
from agents.scraper.message import MAX_POSTS
from agents.scraper.sources import LEASE
from shared.clock import to_iso
from shared.errors import PermanentError, Reason, RetryableError
from shared.queues.base import MAX_BODY_BYTES
from shared.store.containers import DEAD_LETTERS
from tests.fakes.pages import encoded, photo
from tests.faults.scraping_world import QUEUE, Scene
from tests.faults.world import MODES, Faults


async def made(faults: Faults | None = None) -> Scene:
    scene = Scene(faults)
    await scene.source("r-outfits", sourceType="reddit", config={"subreddit": "Outfits", "collectedBy": "clients"})
    for number in range(4):
        scene.web.pages[f"https://i.redd.it/picture{number}.jpg"] = encoded(photo(number))
    return scene


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    one = await made()
    yield one
    await one.close()


def post(scene: Scene, number: int, **more: Any) -> dict[str, Any]:
    return {
        "title": f"Outfit {number}", "permalink": f"/r/outfits/comments/abc{number}/outfit/",
        "imageUrl": f"https://i.redd.it/picture{number}.jpg", "createdAt": to_iso(scene.time.at), **more,
    }  # fmt: skip


async def send(scene: Scene, *posts: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    api = Api.of([ScraperEndpoints(store=scene.store, intake=scene.process.scraping.intake)])
    body = json.dumps({"subreddit": "outfits", "submitterId": "u1", "posts": posts, **more}, ensure_ascii=False).encode()
    answer = await api.answer("post_reddit_posts", Request(body=body))
    return answer.status, json.loads(answer.body)


async def test_right_posts_become_items_and_wrong_ones_are_named(scene: Scene) -> None:
    wrong = post(scene, 2, imageUrl="https://evil.example/x.jpg", over18=True)
    status, answer = await send(scene, post(scene, 0), wrong, post(scene, 1), post(scene, 1), {"title": "x"})
    assert (status, answer["accepted"], answer["duplicates"], len(answer["jobIds"])) == (202, 2, 1, 1)
    found = [(one["index"], one["field"], one["came"]) for one in answer["rejected"]]
    assert found == [
        (1, "over18", "true"), (1, "imageUrl", "'https://evil.example/x.jpg'"), (4, "permalink", "nothing"),
        (4, "imageUrl", "nothing"), (4, "createdAt", "nothing"),
    ]  # fmt: skip
    await scene.drain()
    items = {item["title"]: item for item in await scene.items()}
    assert set(items) == {"Outfit 0", "Outfit 1"}
    item = items["Outfit 0"]
    assert (item["submitterId"], item["sourceId"], item["sourceType"]) == ("u1", "r-outfits", "reddit")
    assert item["productUrl"] == "https://www.reddit.com/r/outfits/comments/abc0/outfit"
    assert len(item["pHash"]) == 16
    source = await scene.of_source("r-outfits", "reddit")
    assert source["lastScrapedAt"] == source["clientBatches"]["lastAt"]
    assert source["clientBatches"]["new"] == 2
    status, answer = await send(scene, post(scene, 0), post(scene, 1))
    assert (status, answer) == (200, {"accepted": 0, "duplicates": 2, "rejected": [], "jobIds": []})


async def test_the_same_batch_twice_before_it_is_taken_in_is_one(scene: Scene) -> None:
    answers = [await send(scene, post(scene, 0), post(scene, 1)) for _ in range(2)]
    assert answers[0] == answers[1]
    await scene.drain()
    assert len(await scene.items()) == 2


async def test_a_repost_of_a_picture_is_a_duplicate(scene: Scene) -> None:
    await send(scene, post(scene, 0), post(scene, 1, imageUrl="https://i.redd.it/picture0.jpg"))
    await scene.drain()
    assert [item["title"] for item in await scene.items()] == ["Outfit 0"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"posts": []}, "posts"), ({"posts": ["x"]}, "posts.0"),
     ({"posts": [{}] * (MAX_POSTS + 1)}, "posts"), ({"subreddit": "x"}, "subreddit"), ({"odd": 1}, "odd"),
     ({"submitterId": "a/b"}, "submitterId")],
)  # fmt: skip
async def test_a_wrong_batch_is_refused_by_field(scene: Scene, change: dict[str, Any], field: str) -> None:
    status, answer = await send(scene, post(scene, 0), **change)
    assert (status, answer["errors"][0]["field"]) == (422, field)
    assert await scene.queues.depth(QUEUE) == 0


async def test_a_subreddit_whose_source_is_switched_off_malformed_or_not_shared_is_unknown(scene: Scene) -> None:
    source = await scene.of_source("r-outfits", "reddit")
    for change in (
        {"isActive": False},
        {"isGlobal": False},
        {"config": {"subreddit": "x y"}},
        {"config": None},
        {"leaseExpiresAt": "soon"},
    ):
        await scene.store.upsert("scraper_sources", {**source, **change})
        assert (await send(scene, post(scene, 0)))[0] == 404, change
    assert (await send(scene, post(scene, 0), subreddit="nobody"))[0] == 404


async def test_a_batch_over_its_bytes_is_refused_and_a_large_one_travels_in_several_messages(scene: Scene) -> None:
    assert (await send(scene, *(post(scene, 0, description="x" * 2_000, odd="y" * 2_000) for _ in range(100))))[0] == 413
    posts = [post(scene, number, description="é" * 900) for number in range(60)]
    status, answer = await send(scene, *posts)
    assert (status, answer["accepted"]) == (202, 60)
    messages = await scene.queues.receive(QUEUE)
    assert len(messages) == len(set(answer["jobIds"])) == 3
    assert max(len(message.body or b"") for message in messages) <= MAX_BODY_BYTES


@pytest.mark.parametrize("letter", ["x", "é", "衣", "👗", '"', "\\"])
async def test_posts_in_any_script_fit_into_messages_that_grow_a_little_on_their_way(scene: Scene, letter: str) -> None:
    source = await scene.of_source("r-outfits", "reddit")
    await scene.store.delete("scraper_sources", "r-outfits", "reddit")
    await scene.store.upsert("scraper_sources", {**source, "id": "👗" * 60})
    count = 200_000 // (1_500 * len(json.dumps(letter, ensure_ascii=False).encode()))
    posts = [post(scene, number, description=letter * 1_500) for number in range(count)]
    status, answer = await send(scene, *posts, submitterId="👗" * 200)
    assert (status, answer["accepted"], answer["rejected"]) == (202, count, [])
    grown = {"generation": 2**53 - 1, "deferrals": 99_999, "retryCount": 9, "replays": 9_999, "traceparent": "0" * 55}
    titles = []
    for message in await scene.queues.receive(QUEUE):
        body = json.loads(message.body or b"")
        titles += [one["title"] for one in body["posts"]]
        assert len(encode({**body, **grown})) <= MAX_BODY_BYTES
    assert titles == [f"Outfit {number}" for number in range(count)], "each once, in order"


async def test_a_post_that_no_message_can_hold_is_named_and_the_others_are_taken(scene: Scene) -> None:
    more = {
        "galleryImages": [f"https://i.redd.it/{number}{'x' * 450}.jpg" for number in range(20)], "tags": ["👗" * 50] * 20,
        "buyLinks": ["👗" * 500] * 10, "description": "👗" * 2_000, "commentText": "👗" * 1_000,
    }  # fmt: skip
    large = post(scene, 0, **more)
    status, answer = await send(scene, large, post(scene, 1))
    assert (status, answer["accepted"]) == (202, 1)
    [wrong] = answer["rejected"]
    assert (wrong["index"], wrong["expected"]) == (0, "at most 40000 bytes")


async def test_a_post_with_thousands_of_mistakes_is_answered_by_a_few(scene: Scene) -> None:
    _, answer = await send(scene, post(scene, 0, galleryImages=[1] * 50_000), post(scene, 1, redditScore=10**300))
    assert len([one for one in answer["rejected"] if one["index"] == 0]) == 20
    assert [one["field"] for one in answer["rejected"] if one["index"] == 1] == ["redditScore"]


async def test_a_picture_that_cannot_be_had_now_keeps_the_job_and_its_posts(scene: Scene) -> None:
    scene.web.pages["https://i.redd.it/picture1.jpg"] = RetryableError("timeout")
    await send(scene, post(scene, 0), post(scene, 1))
    assert await scene._one(QUEUE)
    assert [item["title"] for item in await scene.items()] == ["Outfit 0"]
    scene.web.pages["https://i.redd.it/picture1.jpg"] = encoded(photo(1))
    await scene.drain()
    assert sorted(item["title"] for item in await scene.items()) == ["Outfit 0", "Outfit 1"]
    assert await scene.reasons() == []


async def test_posts_whose_pictures_stay_away_are_a_dead_letter_that_holds_them(scene: Scene) -> None:
    scene.web.pages["https://i.redd.it/picture0.jpg"] = RetryableError("timeout")
    await send(scene, post(scene, 0))
    await scene.drain()
    [record] = await scene.all(DEAD_LETTERS.key)
    assert (record["reason"], record["payload"]["posts"][0]["title"]) == ("image_unreachable", "Outfit 0")


async def test_pictures_that_robots_txt_keeps_from_us_leave_items_without_a_hash(scene: Scene) -> None:
    scene.web.pages["https://i.redd.it/picture0.jpg"] = PermanentError("no", reason=Reason.ROBOTS_DISALLOWED)
    await send(scene, post(scene, 0))
    await scene.drain()
    [item] = await scene.items()
    assert item["pHash"] is None


async def test_the_lease_of_a_client_is_left_to_it(scene: Scene) -> None:
    ends = to_iso(scene.time.at + LEASE)
    source = await scene.of_source("r-outfits", "reddit")
    await scene.store.upsert("scraper_sources", {**source, "leaseExpiresAt": ends})
    await send(scene, post(scene, 0))
    await scene.drain()
    assert (await scene.of_source("r-outfits", "reddit"))["leaseExpiresAt"] == ends


async def test_a_source_that_is_gone_when_its_posts_arrive_takes_none(scene: Scene) -> None:
    await send(scene, post(scene, 0))
    await scene.store.delete("scraper_sources", "r-outfits", "reddit")
    await scene.drain()
    assert (await scene.items(), await scene.reasons()) == ([], [])


async def test_an_outage_of_the_queue_is_answered_503_and_the_batch_can_come_again(scene: Scene) -> None:
    class Down:
        async def send(self, *_: Any, **__: Any) -> None:
            raise RetryableError("down")

    scene.process.scraping.intake._queues = Down()  # type: ignore[assignment]
    assert (await send(scene, post(scene, 0)))[0] == 503
    scene.restart()
    assert (await send(scene, post(scene, 0)))[0] == 202


async def take_in(faults: Faults) -> Scene:
    """One batch as a job, under faults; the client is sent no more."""
    calm = await made()
    await send(calm, post(calm, 0), post(calm, 1), post(calm, 2, imageUrl="https://i.redd.it/picture0.jpg"))
    [message] = await calm.queues.receive(QUEUE)
    await calm.close()
    scene = await made(faults)
    await scene.queues.send(QUEUE, message.body or b"")
    await scene.drain()
    return scene


@pytest.mark.parametrize("mode", MODES)
async def test_a_batch_whose_worker_dies_anywhere_is_taken_in_once(mode: str) -> None:
    counted = await take_in(Faults())
    await counted.close()
    assert counted.faults.count > 10
    for index in counted.faults.places(mode):
        scene = await take_in(Faults(at=index, mode=mode))
        where = f"{mode} at {index} ({scene.faults.struck})"
        pictures = sorted(item["imageUrl"] for item in await scene.items())
        assert pictures == ["https://i.redd.it/picture0.jpg", "https://i.redd.it/picture1.jpg"], where
        assert await scene.reasons() == [], where
        assert not [item for item in await scene.items() if item["embeddingPending"]], where
        await scene.close()


async def test_sources_are_listed_with_their_health(scene: Scene) -> None:
    await scene.source("shop")
    scene.web.shop([("coat", 1)])
    await scene.day()
    api = Api.of([ScraperEndpoints(store=scene.store, intake=scene.process.scraping.intake)])
    answer = json.loads((await api.answer("get_scraper_sources", Request())).body)
    found = {one["id"]: (one.get("health") or {}).get("lastOutcome") for one in answer["sources"]}
    assert (found, answer["cursor"]) == ({"shop": "ok", "r-outfits": None}, None)
    assert "config" not in answer["sources"][0]
    one = json.loads((await api.answer("get_scraper_sources", Request(query={"sourceType": "reddit"}))).body)
    assert [source["id"] for source in one["sources"]] == ["r-outfits"]


async def test_two_batches_with_the_same_picture_at_once_are_one_item(scene: Scene) -> None:
    for number in (0, 1):
        await send(scene, post(scene, number, imageUrl="https://i.redd.it/picture0.jpg"))
    messages = await scene.queues.receive(QUEUE)
    other = scene.process
    await asyncio.gather(*(
        process.runner.deliver(message.body or b"")
        for process, message in zip((other, scene.restart()), messages, strict=True)
    ))  # fmt: skip
    assert len(await scene.items()) == 1
    await other.embeddings.close()
