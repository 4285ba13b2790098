"""What the app finds of itself when a part of it is missing: each finding is its own, with what to do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.doctor import PING, TO_DO, Doctor, Ready
from agents.endpoints import QUESTIONS
from shared.chat.base import Answer
from shared.chat.breaker import Breaker, GuardedChat
from shared.chat.breaker_state import open_breakers, scope_of
from shared.embeddings.client import BatchedEmbeddingClient
from shared.embeddings.guarded import GuardedEmbeddings
from shared.errors import (
    ModelGarbage,
    ModelRejected,
    ModelSuspended,
    ModelUnavailable,
    QueueUnavailable,
    Reason,
    StoreUnavailable,
)
from shared.settings import Settings, queue_names
from shared.store.containers import RUNS
from shared.store.cosmos import CosmosStore
from tests.fakes.clock import VirtualTime
from tests.fakes.cosmos import FakeCosmos
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.world import embedded_store
from tests.stores import NAMES

QUEUES = queue_names(Settings.from_environment({}))


class Chat:
    model = "gpt"

    def __init__(self, *, error: Exception | None = None, hangs: bool = False) -> None:
        self.error, self.hangs = error, hangs

    async def ask(self, question: Any) -> Answer[Any]:
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return Answer(question.answer(ready=True), self.model)

    async def close(self) -> None:
        return None


class Picky(Chat):
    """It answers anything but the question of one name; `asked`: all but the doctor's own."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__()
        self.asked: list[Any] = []
        self.name, self.failure = name, error

    async def ask(self, question: Any) -> Answer[Any]:
        if question.name == PING.name:
            return await super().ask(question)
        self.asked.append(question)
        if self.failure is not None and question.name == self.name:
            raise self.failure
        if question.image is None:
            raise ModelGarbage("there is nothing to be said of nothing")
        return Answer(question.answer.model_construct(), self.model)


class Embeddings:
    """An `EmbeddingProvider`; `error`: what it answers."""

    model = "vectors"

    def __init__(self, *, error: Exception | None = None) -> None:
        self.error = error
        self.calls = 0

    async def embed(self, texts: Any, *, early: bool = False) -> list[list[float]]:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return [[1.0, 0.0] for _ in texts]

    async def close(self) -> None:
        return None


def client_of(provider: Any, clock: Any) -> BatchedEmbeddingClient:
    return BatchedEmbeddingClient(provider=provider, clock=clock, wait_seconds=0)


class Broken:
    """Any collaborator, each call of which fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        async def call(*_args: object, **_named: object) -> None:
            raise self.error

        return call


class Instant:
    """A store that answers without giving way, so that no patience is too short for it."""

    async def write_mark(self, _container: str, _body: Any) -> None:
        return None

    async def read(self, _container: str, _item: str, _partition: str) -> None:
        return None

    async def outdated_containers(self) -> list[str]:
        return []


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
async def whole(time: VirtualTime) -> AsyncIterator[dict[str, Any]]:
    store = embedded_store(time)
    await store.ensure_containers()
    queues = MemoryQueues(lambda: time.at)
    for name in QUEUES:
        await queues.ensure(name)
    yield {
        "store": store, "queues": queues, "clock": time.clock(), "chat": Chat(),
        "embeddings": client_of(Embeddings(), time.clock()),
        "queue_names": QUEUES, "provider": "azure", "deployed": False,
    }  # fmt: skip
    await store.close()


async def wrong(parts: dict[str, Any], **changes: Any) -> dict[str, tuple[str, str]]:
    findings = await Doctor(**{**parts, **changes}).examine()
    assert [one.name for one in findings] == list(TO_DO), "all is looked at, whatever is wrong"
    return {one.name: (one.detail, one.to_do) for one in findings if not one.ok}


async def test_an_app_that_is_whole(whole: dict[str, Any]) -> None:
    assert await wrong(whole) == {}


@pytest.mark.parametrize(
    ("part", "broken", "names"),
    [
        ("store", Broken(StoreUnavailable("the store answered 403")), {"store", "containers"}),
        ("queues", Broken(QueueUnavailable("queue likes: status 403")), {"queues", "messages"}),
        ("chat", Chat(error=ModelUnavailable("401")), {"chat"}),
        ("embeddings", Broken(ModelUnavailable("429")), {"embeddings"}),
        ("deployed", True, {"telemetry"}),
    ],
)
async def test_what_is_wrong_is_its_own_finding(whole: dict[str, Any], part: str, broken: Any, names: set[str]) -> None:
    found = await wrong(whole, **{part: broken})
    assert found.keys() == names
    assert all(detail and to_do == TO_DO[name] for name, (detail, to_do) in found.items())


async def test_what_is_to_be_looked_at_are_the_settings_of_the_provider_that_is_used(whole: dict[str, Any]) -> None:
    found = await wrong(whole, provider="openai", chat=Chat(error=ModelUnavailable("401")))
    assert found == {"chat": ("401", "look at OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL, and at the quota there")}


async def test_a_model_that_answers_something_else_is_not_said_to_be_away(whole: dict[str, Any]) -> None:
    found = await wrong(whole, chat=Chat(error=ModelGarbage("ready: Field required")))
    assert found["chat"][0] == "gpt answers, and not what it was asked for (ready: Field required)"


async def test_the_model_is_asked_although_its_breaker_waits_and_an_answer_closes_it(
    whole: dict[str, Any], time: VirtualTime
) -> None:
    breaker = Breaker(store=whole["store"], clock=whole["clock"], scope="m")
    await breaker.trip(ModelSuspended("the budget is spent", delay_seconds=3_600, reason=Reason.MODEL_BUDGET_EXHAUSTED))
    spent = Chat(error=ModelSuspended("the budget is spent", delay_seconds=3_600, reason=Reason.MODEL_BUDGET_EXHAUSTED))
    assert (await wrong(whole, chat=GuardedChat(spent, breaker)))["chat"][0] == "the budget is spent"
    assert await open_breakers(whole["store"]), "it was asked, and it is as it was"
    time.advance(1)
    elsewhere = Breaker(store=whole["store"], clock=whole["clock"], scope="m")
    with pytest.raises(ModelSuspended):
        await elsewhere.check()
    assert await wrong(whole, chat=GuardedChat(Chat(), elsewhere)) == {}
    assert await open_breakers(whole["store"]) == []


SPENT = ModelSuspended("the budget is spent", delay_seconds=3_600, reason=Reason.MODEL_BUDGET_EXHAUSTED)


async def test_the_embeddings_are_asked_although_their_breaker_waits_and_an_answer_closes_it(
    whole: dict[str, Any], time: VirtualTime
) -> None:
    """Past the pause of the client too, which a rate limit has left behind."""
    breaker, provider = Breaker(store=whole["store"], clock=whole["clock"], scope="m.embeddings"), Embeddings(error=SPENT)
    client = client_of(GuardedEmbeddings(provider, breaker), whole["clock"])
    with pytest.raises(ModelSuspended):
        await client.embed(["a word"])
    assert (await wrong(whole, embeddings=client))["embeddings"][0] == "the budget is spent"
    assert await open_breakers(whole["store"]), "they were asked, and it is as it was"
    provider.error = ModelUnavailable("429", retry_after_seconds=50)
    assert (await wrong(whole, embeddings=client))["embeddings"][0] == "429"
    time.advance(1)
    provider.error, before = None, time.at
    assert await wrong(whole, embeddings=client) == {}
    assert await open_breakers(whole["store"]) == []
    assert len(await client.embed(["a word"])) == 1
    assert time.at == before, "nobody waits any more"


async def test_who_asks_early_waits_for_no_turn_after_a_long_outage_and_for_nobody_elses_probe(
    whole: dict[str, Any], time: VirtualTime
) -> None:
    breaker = Breaker(store=whole["store"], clock=whole["clock"], scope="m.embeddings")
    await breaker.trip(SPENT)
    time.advance(3_601)
    assert (await breaker.check()).probe, "a worker probes, and hangs"
    elsewhere = Breaker(store=whole["store"], clock=whole["clock"], scope="m.embeddings")
    client = client_of(GuardedEmbeddings(Embeddings(), elsewhere), whole["clock"])
    assert await wrong(whole, embeddings=client) == {}
    for _ in range(30):  # calls begin slowly now
        with contextlib.suppress(ModelSuspended):
            await elsewhere.check()
    before = time.at
    assert await wrong(whole, embeddings=client) == {}
    assert time.at == before


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
async def test_a_question_whose_own_breaker_is_open_is_asked_too_of_something_harmless(
    whole: dict[str, Any], time: VirtualTime, question: Any
) -> None:
    """One question alone may fail: a deployment that looks at no pictures, or whose filter takes no such schema."""
    breaker = Breaker(store=whole["store"], clock=whole["clock"], scope=scope_of("azure", "gpt"))
    await breaker.part(question.name).trip(SPENT)
    picky = Picky(question.name, ModelRejected("the model answered 400", reason=Reason.MODEL_REFUSED, named=False))
    found = await wrong(whole, chat=GuardedChat(picky, breaker), questions=QUESTIONS)
    assert found["chat"][0] == f"gpt answered; {question.name}: the model answered 400"
    assert await open_breakers(whole["store"])
    picky.failure = None
    time.advance(1)
    fresh = Breaker(store=whole["store"], clock=whole["clock"], scope=scope_of("azure", "gpt"))
    assert await wrong(whole, chat=GuardedChat(picky, fresh), questions=QUESTIONS) == {}
    assert await open_breakers(whole["store"]) == []
    assert {one.name for one in picky.asked} == {question.name}, "what is in order is not asked"


async def test_a_model_that_hangs_is_a_finding_too(whole: dict[str, Any]) -> None:
    found = await wrong(whole, store=Instant(), chat=Chat(hangs=True), patience_seconds=0.01)
    assert found == {"chat": ("no answer within 0.01 s", TO_DO["chat"])}


async def test_containers_that_are_missing_or_old_are_named(
    cosmos: tuple[CosmosStore, FakeCosmos], whole: dict[str, Any]
) -> None:
    store, fake = cosmos
    fake.drop(NAMES[RUNS.key])
    fake.container("TasteAnalysisJobs").properties["indexingPolicy"] = {"indexingMode": "consistent"}
    fake.container("TasteAnalysisJobs").properties["defaultTtl"] = 60
    found = await wrong(whole, store=store)
    assert found["containers"][0] == (
        "TasteAnalysisJobs: indexes; TasteAnalysisJobs: time to live, 0.000694444 days to 120 days; TimerRuns: is missing"
    )
    assert found.keys() == {"containers"}


async def test_a_queue_that_was_missing_is_made_and_told(whole: dict[str, Any]) -> None:
    findings = await Doctor(**{**whole, "queues": MemoryQueues(whole["clock"].now)}).examine()
    assert next(one.detail for one in findings if one.name == "queues").startswith("made digest-jobs, ")


def test_the_question_has_an_answer() -> None:
    assert Ready.model_validate({"ready": True}).ready
