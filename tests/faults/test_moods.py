"""The mood run over the real embedded store, the real safe fetch, and feeds on the wire; the model and its faults are ours."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel

from agents.mood_processor.documents import Mention
from agents.mood_processor.extraction import CHUNK
from agents.mood_processor.feeds import MoodFeeds
from agents.mood_processor.names import MoodNames, Thresholds
from agents.mood_processor.processor import MoodProcessor
from agents.runs.ledger import Ledger, Report, RunOutcome
from agents.runs.schedule import Schedule
from shared.chat.base import Question
from shared.clock import from_iso
from shared.errors import ModelGarbage, ModelUnavailable, StoreUnavailable
from shared.fashion.moods import FoundMood, FoundMoods, SameMoods
from shared.local.moods import extract as local_extract
from shared.retry import QuickRetry
from shared.settings import Feed
from shared.store.base import Document
from shared.store.containers import FEEDS, MOODS
from shared.store.cosmos import CosmosStore
from shared.store.query import Query
from shared.web.fetch import SafeFetcher
from tests.fakes.clock import VirtualTime
from tests.fakes.cosmos import FakeCosmos
from tests.fakes.models import Axes, FakeChat, FakeEmbeddings
from tests.fakes.site import serving
from tests.faults.world import MODES, Faults, Faulty, ProcessDied, embedded_store

ONCE = QuickRetry(retries=0)


class Newsstand:
    """Feeds on the wire: `answers` by path."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Newsstand"]:
        app = web.Application()
        app.router.add_get("/{name}", self._answer)
        async with serving(app) as self.host:
            yield self

    def feed(self, name: str, *titles: str, **options: Any) -> Feed:
        items = "".join(
            f"<item><title>{title}</title><link>https://x.example/{name}/{title.replace(' ', '-')}</link></item>"
            for title in titles
        )
        body = f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()
        self.answers[name] = {"body": body, "content_type": "application/rss+xml", **options}
        return Feed(name=name, url=f"http://{self.host}/{name}")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append((name, dict(request.headers)))
        answer = dict(self.answers[name])
        etag = answer.pop("etag", None)
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        if answer.pop("drip", False):
            slow = web.StreamResponse()
            await slow.prepare(request)
            while True:
                await slow.write(b" ")
                await asyncio.sleep(0.01)
        headers = {**answer.pop("headers", {}), **({"ETag": etag} if etag else {})}
        return web.Response(headers=headers, **answer)


class Reader(FakeChat):
    """A model that finds what the titles say, or `found`; `same`: whether two names are one (None: one answer too many)."""

    def __init__(self) -> None:
        super().__init__(self._read, model="reader")
        self.same: bool | None = True
        self.found: FoundMoods | None = None

    def _read(self, question: Question[Any]) -> BaseModel:
        if question.name == "moods.same":
            count = question.text.count('"one"')
            return SameMoods(same=[bool(self.same)] * (count if self.same is not None else count + 1))
        return self.found or local_extract(question)


class Morning:
    """A world for the mood run."""

    def __init__(self, stand: Newsstand) -> None:
        self.time = VirtualTime()
        self.store = embedded_store(self.time)
        self.stand, self.reader = stand, Reader()
        self.places = Axes(40, name=lambda text: text.partition(":")[0])
        self.vectors = FakeEmbeddings(self.places, model="vectors")
        self.fetcher = SafeFetcher(clock=self.time.clock(), allowed_private_hosts={stand.host})

    def processor(self, *feeds: Feed, store: Any = None, faults: Faults | None = None) -> MoodProcessor:
        def faulty(inner: Any, name: str, error: Exception) -> Any:
            return Faulty(inner, faults, name, error) if faults else inner

        clock = self.time.clock()
        store = faulty(store or self.store, "store", StoreUnavailable("reported as failed"))
        chat = faulty(self.reader, "chat", ModelUnavailable("reported as failed"))
        vectors = faulty(self.vectors, "embeddings", ModelUnavailable("reported as failed"))
        names = MoodNames(store=store, chat=chat, embeddings=vectors, thresholds=Thresholds(grey=0.6, sure=0.8))
        return MoodProcessor(
            store=store, clock=clock, chat=chat, embeddings=vectors, quick=ONCE, sources=feeds, names=names,
            feeds=MoodFeeds(store=store, fetcher=self.fetcher, clock=clock, quick=ONCE),
        )  # fmt: skip

    async def run(self, *feeds: Feed) -> Report:
        return await self.processor(*feeds).run()

    async def close(self) -> None:
        await self.fetcher.close()
        await self.store.close()

    async def moods(self) -> dict[str, Document]:
        page = await self.store.page(MOODS.key, Query(page_size=1_000))
        return {mood["name"]: mood for mood in page.documents}


@pytest.fixture
async def morning() -> AsyncIterator[Morning]:
    async with Newsstand().open() as stand:
        made = Morning(stand)
        yield made
        await made.close()


async def test_the_same_feeds_on_three_days_change_no_score(morning: Morning) -> None:
    feeds = [morning.stand.feed("a", "Quiet luxury", "Gorpcore again"), morning.stand.feed("b", "Stealth wealth")]
    first = await morning.run(*feeds)
    scores = {name: mood["trendScore"] for name, mood in (await morning.moods()).items()}
    assert (first.outcome, scores) == (RunOutcome.OK, {"Quiet Luxury": 2, "Gorpcore": 1})
    for _ in range(2):
        morning.time.advance(86_400)
        report = await morning.run(*feeds)
        assert report.outcome is RunOutcome.ZERO_WORK
    assert {name: mood["trendScore"] for name, mood in (await morning.moods()).items()} == scores
    assert morning.reader.asked == ["moods.extract"], "articles that were read are not paid for again"
    assert morning.vectors.calls == 1


async def test_a_forgotten_reading_and_a_crash_before_remembering_count_nothing_twice(morning: Morning) -> None:
    feed = morning.stand.feed("a", "Quiet luxury")
    await morning.run(feed)
    [state] = (await morning.store.page(FEEDS.key, Query())).documents
    await morning.store.delete(FEEDS.key, state["id"], state["id"])
    await morning.run(feed)
    assert (await morning.moods())["Quiet Luxury"]["trendScore"] == 1


async def test_two_runs_at_once_and_two_feeds_with_one_article_count_it_once(morning: Morning) -> None:
    one = morning.stand.feed("a", "Quiet luxury", "Gorpcore")
    other = Feed(name="b", url=f"http://{morning.stand.host}/b")
    morning.stand.answers["b"] = morning.stand.answers["a"]
    await asyncio.gather(*(morning.run(one, other) for _ in range(3)))
    assert {name: mood["trendScore"] for name, mood in (await morning.moods()).items()} == {"Quiet Luxury": 1, "Gorpcore": 1}


async def run_under(faults: Faults) -> dict[str, int]:
    """Run once under faults, then once more without; returns the scores."""
    async with Newsstand().open() as stand:
        morning = Morning(stand)
        feeds = [stand.feed("a", "Quiet luxury", "Gorpcore"), stand.feed("b", "Stealth wealth")]
        with contextlib.suppress(ProcessDied, asyncio.CancelledError, StoreUnavailable):
            await morning.processor(*feeds, faults=faults).run()
        await asyncio.sleep(0.01)  # what the dead run had begun beside the fault comes to its end
        await morning.run(*feeds)
        scores = {name: mood["trendScore"] for name, mood in (await morning.moods()).items()}
        await morning.close()
    return scores


@pytest.mark.parametrize("mode", MODES)
async def test_a_run_that_dies_at_any_await_and_the_next_one_count_every_article_once(mode: str) -> None:
    counted = Faults()
    await run_under(counted)
    assert counted.count >= 10, "the harness must see the run's awaits"
    for index in range(1, counted.count + 1):
        faults = Faults(at=index, mode=mode)
        assert await run_under(faults) == {"Quiet Luxury": 2, "Gorpcore": 1}, f"{mode} at await {index}, {faults.struck}"


async def test_over_cosmos_too_names_merge_and_slots_run_once(morning: Morning, cosmos: tuple[CosmosStore, FakeCosmos]) -> None:
    store, clock = cosmos[0], morning.time.clock()
    morning.places.near("Silent Riches", "Quiet Luxury", 0.9)
    morning.reader.found = found(("Quiet Luxury", "Dark Academia"))
    feeds = [morning.stand.feed("a", "one"), morning.stand.feed("b", "two")]
    ledger, schedule = Ledger(store=store, clock=clock), Schedule(hour=9)
    for feed, name in zip(feeds, ("Quiet Luxury", "Silent Riches"), strict=True):
        morning.reader.found = found((name, "Dark Academia"))
        work = morning.processor(feed, store=store).run
        assert await ledger.run_slot("moods", schedule, work, grace=timedelta(hours=1)) is not None
        assert await ledger.run_slot("moods", schedule, work, grace=timedelta(hours=1)) is None
        morning.time.advance(86_400)
    [mood] = (await store.page(MOODS.key, Query())).documents
    assert (mood["id"], mood["trendScore"], mood["aliases"]) == ("dark academia-quiet-luxury", 2, ["Silent Riches"])
    runs = (await ledger.page("moods", limit=1, cursor=None)).documents
    assert [run["outcome"] for run in runs] == ["ok"]


async def test_not_modified_is_asked_for_and_no_failure(morning: Morning) -> None:
    feed = morning.stand.feed("a", "Quiet luxury", etag='"v1"')
    await morning.run(feed)
    report = await morning.run(feed)
    assert morning.stand.asked[-1][1]["If-None-Match"] == '"v1"'
    assert report.detail["feeds"][0]["outcome"] == "not_modified"
    assert report.outcome is RunOutcome.ZERO_WORK


async def test_a_failed_chunk_costs_its_own_articles_which_come_again_the_next_day(morning: Morning) -> None:
    titles = [f"Plain news {number}" for number in range(12)]
    feed = morning.stand.feed("a", "Quiet luxury", *titles, etag='"v1"')
    morning.reader.errors = [ModelUnavailable("500")]
    report = await morning.run(feed)
    assert report.outcome is RunOutcome.PARTIAL
    assert (report.expected["articles"], report.done["articles"], report.detail["chunkFailures"]) == (
        13,
        1,
        ["llm_unavailable"],
    )
    report = await morning.run(feed)
    assert "If-None-Match" not in morning.stand.asked[-1][1], "not modified would hide the unread"
    assert (report.outcome, report.expected["articles"]) == (RunOutcome.OK, 12)
    assert (await morning.moods())["Quiet Luxury"]["trendScore"] == 1


@pytest.mark.parametrize("error", [ModelUnavailable("500"), ModelGarbage("no JSON")])
async def test_every_chunk_failing_fails_the_run_and_loses_nothing(morning: Morning, error: Exception) -> None:
    feed = morning.stand.feed("a", "Quiet luxury")
    morning.reader.errors = [error]
    report = await morning.run(feed)
    assert report.outcome is RunOutcome.FAILED
    assert report.error.startswith("every chunk failed")
    assert (await morning.run(feed)).done["moods"] == 1


BAD_FEEDS: list[tuple[dict[str, Any], str]] = [
    ({"status": 404}, "404"),
    ({"status": 429}, "429"),
    ({"status": 503}, "503"),
    ({"body": b"<!doctype html><html>block page</html>", "content_type": "text/html"}, "HTML page"),
    ({"body": b"not a feed"}, "no feed"),
    ({"status": 302, "headers": {"Location": "https://169.254.169.254/feed"}}, "refused"),
    ({"body": b"x" * 6_000_000}, "more than"),
    ({"body": gzip.compress(b"x" * 6_000_000), "headers": {"Content-Encoding": "gzip"}}, "more than"),
    ({"body": b"not gzip", "headers": {"Content-Encoding": "gzip"}}, "gzip"),
]


@pytest.mark.parametrize(("answer", "words"), BAD_FEEDS)
async def test_one_bad_feed_is_its_own_failure_and_all_bad_feeds_fail_the_run(
    morning: Morning, answer: dict[str, Any], words: str
) -> None:
    good, bad = morning.stand.feed("good", "Quiet luxury"), morning.stand.feed("bad", "x")
    morning.stand.answers["bad"] = answer
    report = await morning.run(good, bad)
    assert report.outcome is RunOutcome.PARTIAL
    assert report.detail["feeds"][1]["outcome"] == "failed"
    assert words in report.detail["feeds"][1]["error"]
    assert (await morning.moods())["Quiet Luxury"]["trendScore"] == 1
    report = await morning.run(bad)
    assert (report.outcome, report.error) == (RunOutcome.FAILED, "every feed failed")


class Unforeseen:
    """A fetcher that raises for one feed what no error tree has."""

    def __init__(self, inner: SafeFetcher, url: str) -> None:
        self._inner, self._url = inner, url

    async def fetch(self, url: str, **options: Any) -> Any:
        if url == self._url:
            raise KeyError("of a library")
        return await self._inner.fetch(url, **options)

    async def close(self) -> None:
        await self._inner.close()


async def test_what_nobody_foresaw_about_one_feed_is_its_own_failure_and_named(morning: Morning) -> None:
    good, bad = morning.stand.feed("a", "Quiet luxury"), morning.stand.feed("b", "Gorpcore")
    morning.fetcher = Unforeseen(morning.fetcher, bad.url)  # type: ignore[assignment]
    report = await morning.run(good, bad)
    assert (report.outcome, set(await morning.moods())) == (RunOutcome.PARTIAL, {"Quiet Luxury"})
    assert report.detail["feeds"][1]["error"] == "unforeseen: KeyError"


async def test_what_nobody_foresaw_about_one_chunk_costs_no_other(morning: Morning) -> None:
    fillers = [f"Gorpcore number {number}" for number in range(CHUNK)]
    feed = morning.stand.feed("a", "Quiet luxury", *fillers)

    def reply(question: Question[Any]) -> BaseModel:
        if question.name == "moods.extract" and "Quiet luxury" in question.text:
            raise ZeroDivisionError("a defect")
        return local_extract(question)

    morning.reader.reply = reply
    report = await morning.run(feed)
    assert (report.outcome, set(await morning.moods())) == (RunOutcome.PARTIAL, {"Gorpcore"})
    assert report.detail["chunkFailures"] == ["unknown"]
    morning.reader.reply = morning.reader._read
    await morning.run(feed)
    assert set(await morning.moods()) == {"Gorpcore", "Quiet Luxury"}, "what was lost is read the next time"


class Selective:
    """A store that cannot save one mood, for a reason nobody foresaw."""

    def __init__(self, inner: Any, name: str) -> None:
        self._inner, self._name = inner, name

    def __getattr__(self, method: str) -> Any:
        return getattr(self._inner, method)

    async def create(self, container: str, document: Document) -> Any:
        if document.get("name") == self._name:
            raise TypeError("a defect")
        return await self._inner.create(container, document)


async def test_a_mood_that_cannot_be_saved_for_a_reason_nobody_foresaw_costs_no_other(morning: Morning) -> None:
    feed = morning.stand.feed("a", "Quiet luxury", "Gorpcore")
    report = await morning.processor(feed, store=Selective(morning.store, "Gorpcore")).run()
    assert (report.outcome, set(await morning.moods())) == (RunOutcome.PARTIAL, {"Quiet Luxury"})
    await morning.run(feed)
    assert {name: mood["trendScore"] for name, mood in (await morning.moods()).items()} == {"Quiet Luxury": 1, "Gorpcore": 1}


HOSTILE = ["Gorpcore &#1114112;", "Gorpcore &#55357;&#56840;", "<![CDATA[Gorpcore &#55357;]]>"]


@pytest.mark.parametrize("title", HOSTILE, ids=["beyond-unicode", "halves", "half-in-cdata"])
async def test_what_a_feed_says_ends_no_morning(morning: Morning, title: str) -> None:
    report = await morning.run(morning.stand.feed("a", "Quiet luxury"), morning.stand.feed("b", title))
    assert report.done["feeds"] == 2
    assert (await morning.moods()).keys() == {"Quiet Luxury", "Gorpcore"}


async def test_a_feed_that_drips_is_cut_off(morning: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.mood_processor.feeds.TIMEOUT_SECONDS", 0.3)
    feed = morning.stand.feed("a", "x")
    morning.stand.answers["a"] = {"drip": True}
    assert (await morning.run(feed)).outcome is RunOutcome.FAILED


async def test_a_feed_that_is_a_packed_file_is_read_and_one_that_is_cut_is_not(morning: Morning) -> None:
    feed = morning.stand.feed("a", "Quiet luxury")
    packed = gzip.compress(morning.stand.answers["a"]["body"])
    morning.stand.answers["a"] = {"body": packed[:-9], "content_type": "application/gzip", "etag": '"1"'}
    report = await morning.run(feed)
    assert (report.outcome, report.detail["feeds"][0]["error"]) == (
        RunOutcome.FAILED, "the answer's gzip stream ends before its end: it was cut short",
    )  # fmt: skip
    morning.stand.answers["a"] = {"body": packed, "content_type": "application/gzip", "etag": '"2"'}
    assert (await morning.run(feed)).done["moods"] == 1


async def test_a_gzipped_feed_is_read(morning: Morning) -> None:
    feed = morning.stand.feed("a", "Quiet luxury")
    packed = gzip.compress(morning.stand.answers["a"]["body"])
    morning.stand.answers["a"] = {
        "body": packed,
        "content_type": "application/rss+xml",
        "headers": {"Content-Encoding": "gzip"},
    }
    assert (await morning.run(feed)).done["moods"] == 1


def found(*moods: tuple[str, str]) -> FoundMoods:
    return FoundMoods(
        moods=[FoundMood(name=name, primary_mood=primary, description="d", articles=[0]) for name, primary in moods]
    )


async def test_near_names_merge_within_a_run_and_against_the_store_and_relatives_do_not(morning: Morning) -> None:
    morning.places.near("Stealth Wealth", "Quiet Luxury", 0.9)
    morning.places.near("Silent Riches", "Quiet Luxury", 0.95)
    morning.reader.found = found(("Quiet Luxury", "Minimalist"), ("Stealth Wealth", "Minimalist"), ("Old Money", "Minimalist"))
    await morning.run(morning.stand.feed("a", "one"))
    assert set(await morning.moods()) == {"Quiet Luxury", "Old Money"}
    morning.reader.found = found(("Silent Riches", "Minimalist"))
    report = await morning.run(morning.stand.feed("b", "two"))
    moods = await morning.moods()
    assert set(moods) == {"Quiet Luxury", "Old Money"}
    assert moods["Quiet Luxury"]["trendScore"] == 2
    assert moods["Quiet Luxury"]["aliases"] == ["Stealth Wealth", "Silent Riches"]
    assert (report.done["merged"], morning.vectors.calls) == (1, 2)


BOTH = {"Quiet Luxury", "Silent Riches"}


@pytest.mark.parametrize(("same", "names"), [(True, {"Quiet Luxury"}), (False, BOTH), (None, BOTH)])
async def test_the_grey_zone_is_one_question_and_without_a_sound_answer_nothing_merges(
    morning: Morning, same: bool | None, names: set[str]
) -> None:
    morning.places.near("Silent Riches", "Quiet Luxury", 0.7)
    morning.reader.same = same
    morning.reader.found = found(("Quiet Luxury", "Minimalist"), ("Silent Riches", "Minimalist"))
    report = await morning.run(morning.stand.feed("a", "one"))
    assert set(await morning.moods()) == names
    assert morning.reader.asked.count("moods.same") == 1
    assert report.outcome is (RunOutcome.PARTIAL if same is None else RunOutcome.OK)


async def test_moods_of_different_primaries_never_merge(morning: Morning) -> None:
    morning.places.near("Silent Riches", "Quiet Luxury", 1.0)
    morning.reader.found = found(("Quiet Luxury", "Minimalist"), ("Silent Riches", "Classic"))
    await morning.run(morning.stand.feed("a", "one"))
    assert set(await morning.moods()) == {"Quiet Luxury", "Silent Riches"}


@pytest.mark.parametrize("error", [ModelUnavailable("500"), ModelGarbage("asked for 1 embeddings, 2 came")])
async def test_without_embeddings_a_mood_is_saved_under_its_own_name_and_embedded_later(
    morning: Morning, error: Exception
) -> None:
    morning.vectors.errors = [error]
    feed = morning.stand.feed("a", "Quiet luxury")
    report = await morning.run(feed)
    mood = (await morning.moods())["Quiet Luxury"]
    assert (report.outcome, mood["trendScore"], mood["nameEmbedding"]) == (RunOutcome.PARTIAL, 1, [])
    await morning.run(feed)
    mood = (await morning.moods())["Quiet Luxury"]
    assert (mood["trendScore"], mood["embeddingModel"], len(mood["nameEmbedding"])) == (1, "vectors", 40)


async def test_another_embedding_model_reembeds_what_is_stored_in_the_same_call(morning: Morning) -> None:
    await morning.run(morning.stand.feed("a", "Quiet luxury"))
    morning.vectors.model = "newer"
    await morning.run(morning.stand.feed("b", "Gorpcore"))
    assert {mood["embeddingModel"] for mood in (await morning.moods()).values()} == {"newer"}
    assert [len(texts) for texts in morning.vectors.batches] == [1, 2]


async def test_a_sloppy_answer_is_dropped_word_by_word_and_counted(morning: Morning) -> None:
    def mood(name: str, primary: str, *articles: int) -> FoundMood:
        return FoundMood(name=name, primary_mood=primary, description="<b>x</b>", articles=list(articles))

    morning.reader.found = FoundMoods(moods=[
        mood("Good", "edgy", 0, 0, 7, -1), mood("Unknown", "Gothic", 0), mood("  ", "Edgy", 0), mood("!!!", "Edgy", 0),
        mood("Edgy", "Edgy", 0), mood("Nowhere", "Edgy", 99), mood("N" * 500, "Edgy", 0),
    ])  # fmt: skip
    report = await morning.run(morning.stand.feed("a", "one"))
    assert {name[:8] for name in await morning.moods()} == {"Good", "N" * 8}
    assert report.detail["dropped"] == {
        "unknown primary mood": 1, "wrong article number": 3, "no name of its own": 3, "no article": 1,
    }  # fmt: skip
    assert "<" not in str(await morning.moods())


class FailingStore:
    """The embedded store with creates of moods that fail."""

    def __init__(self, inner: Any, fails: Any) -> None:
        self._inner, self._fails = inner, fails

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def create(self, container: str, body: Document) -> Any:
        if container == MOODS.key and self._fails(body):
            raise StoreUnavailable("down")
        return await self._inner.create(container, body)


async def test_a_partly_failed_save_says_what_was_saved_and_the_rest_comes_again(morning: Morning) -> None:
    feed = morning.stand.feed("a", "Quiet luxury", "Gorpcore")
    flaky = FailingStore(morning.store, lambda body: body["name"] == "Gorpcore")
    report = await morning.processor(feed, store=flaky).run()
    assert (report.outcome, report.done["moods"], report.detail["unsaved"]) == (RunOutcome.PARTIAL, 1, ["sporty-gorpcore"])
    assert report.error == "1 of 2 moods could not be saved"
    await morning.run(feed)
    assert {name: mood["trendScore"] for name, mood in (await morning.moods()).items()} == {"Quiet Luxury": 1, "Gorpcore": 1}
    assert (
        await morning.processor(morning.stand.feed("b", "Tenniscore"), store=FailingStore(morning.store, lambda _: True)).run()
    ).outcome is RunOutcome.FAILED


async def test_an_outage_of_the_store_is_raised_and_never_read_as_nothing_stored(morning: Morning) -> None:
    feed = morning.stand.feed("a", "Quiet luxury")
    await morning.store.close()
    with pytest.raises(StoreUnavailable):
        await morning.run(feed)
    assert morning.reader.asked == []


async def test_five_thousand_stored_moods_are_paged_and_the_right_one_is_found(morning: Morning) -> None:
    names = [f"Mood {number}" for number in range(5_000)]
    base = [0.0] * 40
    for start in range(0, 5_000, 100):
        await asyncio.gather(*(
            morning.store.create(MOODS.key, {
                "id": f"minimalist-mood-{number}", "primaryMood": "Minimalist", "name": names[number], "description": "",
                "nameEmbedding": [float(index == 39) if number != 4_321 else float(index == 0) for index, _ in enumerate(base)],
                "embeddingModel": "vectors", "trendScore": 1, "countedArticles": {},
            })
            for number in range(start, start + 100)
        ))  # fmt: skip
    morning.places.known["Quiet Luxury"] = [1.0, *base[1:]]
    await morning.run(morning.stand.feed("a", "Quiet luxury"))
    mood = await morning.store.read(MOODS.key, "minimalist-mood-4321", "Minimalist")
    assert (mood.body["trendScore"], mood.body["aliases"]) == (2, ["Quiet Luxury"])


async def test_momentum_and_detection_are_of_the_runs_own_time(morning: Morning) -> None:
    await morning.run(morning.stand.feed("a", "Quiet luxury"))
    mood = (await morning.moods())["Quiet Luxury"]
    assert from_iso(mood["detectedAt"]) == morning.time.at
    assert mood["momentum"] == 1.0
    morning.time.advance(timedelta(days=14).total_seconds())
    await morning.run(morning.stand.feed("b", "Stealth wealth"))
    assert (await morning.moods())["Quiet Luxury"]["momentum"] == 1.5


def test_a_mention_of_nothing_has_no_id() -> None:
    assert Mention("  ", "Edgy", "", ()).id == ""
