"""The model is down for an hour, for half a day; a picture makes it fail: nobody pays for what is another's fault."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.chat.breaker import Breaker
from shared.chat.breaker_state import open_breakers
from shared.embeddings.client import BatchedEmbeddingClient
from shared.embeddings.guarded import GuardedEmbeddings
from shared.errors import ModelGarbage, ModelRejected, ModelSuspended, ModelUnavailable, Reason
from shared.fashion.style import StyleDescription
from shared.store.containers import JOBS
from tests.fakes.clock import VirtualTime
from tests.fakes.models import FakeEmbeddings, hashed
from tests.faults.outages import CONTROL, SICK, Fault, OutageWorld, Outcome, play
from tests.faults.world import MODES, Faults, embedded_store

BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = 60.0
HOUR = 3_600.0


def down(since: float, seconds: float, error: Exception) -> Fault:
    """Everything fails for `seconds` from `since` on (both from the beginning)."""

    def fault(_words: str, at: datetime) -> Exception | None:
        return error if since <= (at - BEGAN).total_seconds() < since + seconds else None

    return fault


OUTAGES = [
    ModelUnavailable("the model answered 503"),
    ModelUnavailable("the model did not answer in time", reason=Reason.MODEL_TIMEOUT),
    ModelUnavailable("the model's rate limit is reached", reason=Reason.MODEL_RATE_LIMITED),
    ModelGarbage("the model's answer could not be read: ValueError"),
    ModelRejected("the model does not accept the request (400)", reason=Reason.MODEL_REJECTED, named=False),
    ModelRejected("the model does not accept the picture (400)", reason=Reason.IMAGE_NOT_ACCEPTED, named=False),
    ModelSuspended("the model answered 401", delay_seconds=300, reason=Reason.MODEL_MISCONFIGURED),
]


@pytest.mark.parametrize("error", OUTAGES, ids=lambda error: f"{type(error).__name__}-{error.reason}")
@pytest.mark.slow
async def test_an_outage_of_an_hour_kills_nothing_and_the_backlog_drains_at_a_bounded_rate(error: Exception) -> None:
    likes = [(2.0 * number, f"p{number}") for number in range(100)]
    world, found = await play(down(10, HOUR, error), likes, hours=8)
    assert found.dead == {}
    assert len(found.waits) == 100
    assert max(found.waits.values()) < HOUR + 30 * MINUTE
    assert all(len(job["attempts"]) == 0 or job["attempt"] <= 2 for job in found.jobs.values())
    after = [at for at, words in world.model.told if at >= BEGAN + timedelta(seconds=10 + HOUR) and words != CONTROL]
    seconds = Counter(int((at - after[0]).total_seconds()) for at in after)
    assert max(seconds.values()) <= 21
    assert max(count for second, count in seconds.items() if second < MINUTE) <= 5
    during = [at for at, _ in world.model.told if timedelta(minutes=5) < at - BEGAN < timedelta(minutes=60)]
    assert len(during) < 60, "while it is down only probes ask"
    await world.store.close()


@pytest.mark.slow
async def test_an_outage_of_twelve_hours_kills_nothing_and_says_since_when_why_and_until_when() -> None:
    seen: list[tuple[float, float, float, str]] = []

    async def look(world: OutageWorld) -> None:
        for state in await open_breakers(world.store):
            assert state.since is not None
            assert state.until is not None
            since, until = (state.since - BEGAN).total_seconds(), (state.until - world.time.at).total_seconds()
            seen.append(((world.time.at - BEGAN).total_seconds(), since, until, state.reason.value))

    likes = [(15 * MINUTE * number, f"p{number}") for number in range(52)]
    error = ModelUnavailable("the model answered 503")
    world, found = await play(down(MINUTE, 12 * HOUR, error), likes, hours=24, on_tick=look)
    assert found.dead == {}
    assert len(found.waits) == 52
    assert {(since, reason) for at, since, _, reason in seen if at < 12 * HOUR} == {(15 * MINUTE, "llm_unavailable")}
    assert max(until for _, _, until, _ in seen) <= 300, "the next probe is never far"
    assert min(until for _, _, until, _ in seen) > -30, "and always made"
    late = [found.waits[f"p{number}"] for number in range(49, 52)]
    assert max(late) < 20 * MINUTE, "who comes when it is over does not wait for long"
    assert await open_breakers(world.store) == []
    await world.store.close()


async def test_a_lone_like_of_the_night_outlives_the_outage_too() -> None:
    world, found = await play(down(0, 2 * HOUR, ModelUnavailable("the model answered 500")), [(0.0, "p")], hours=8)
    assert found.dead == {}
    assert found.waits["p"] < 2 * HOUR + 10 * MINUTE
    assert found.jobs["p"]["attempt"] == 1
    await world.store.close()


@pytest.mark.slow
async def test_an_outage_that_lets_one_of_ten_calls_through_kills_nothing_either() -> None:
    calls = iter(range(1_000_000))

    def fault(_words: str, at: datetime) -> Exception | None:
        outage = at < BEGAN + timedelta(minutes=30)
        return ModelUnavailable("the model answered 503") if outage and next(calls) % 10 else None

    world, found = await play(fault, [(20.0 * number, f"p{number}") for number in range(50)], hours=8)
    assert found.dead == {}
    assert len(found.waits) == 50
    await world.store.close()


class EmbeddingsDown(FakeEmbeddings):
    """An `EmbeddingProvider` that is down for the first hour."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(hashed())
        self._time = time

    async def embed(self, texts: Sequence[str]) -> list[Any]:
        vectors = await super().embed(texts)
        if self._time.at < BEGAN + timedelta(hours=1):
            raise ModelUnavailable("the embeddings answered 503")
        return vectors


async def test_an_outage_of_the_embeddings_defers_too_and_nothing_is_asked_of_the_model_again() -> None:
    world = OutageWorld(embedded_store(VirtualTime()), lambda _words, _at: None)
    provider = EmbeddingsDown(world.time)
    breaker = Breaker(store=world.store, clock=world.time.clock(), scope="azure.mine.embeddings")
    client = BatchedEmbeddingClient(provider=GuardedEmbeddings(provider, breaker), clock=world.time.clock(), wait_seconds=0)
    world.embeddings = client  # type: ignore[assignment]  # the client stands where the world has its fake
    world.restart()
    for number in range(20):
        await world.like(f"u{number}", f"qwert{number}", item=f"i{number}")
        world.model.answers.append(
            StyleDescription(style_keywords=[f"qwert{number}", f"yuiop{number}"], garments=[f"asdf{number}"], confidence=1)
        )
    await world.drain()
    await world.check(users=20)
    jobs = await world.documents(JOBS.key)
    assert [job["status"] for job in jobs] == ["completed"] * 20
    assert max(job["attempt"] for job in jobs) <= 2
    assert world.model.calls == 20, "what the model said was kept"
    assert provider.calls < 80, "while they are down only probes ask"
    await client.close()
    await world.store.close()


async def a_like_in_an_outage(faults: Faults) -> OutageWorld:
    """The model is down for three minutes. The faults count from the like on."""
    strike, faults.at = faults.at, 0
    world = OutageWorld(embedded_store(VirtualTime()), down(0, 3 * MINUTE, OUTAGES[0]), faults=faults)
    await world.like("u", "earlier")
    faults.count, faults.at = 0, strike
    await world.like("u", "minimalist", item="item-2")
    await world.drain()
    return world


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.slow
async def test_a_fault_at_every_await_of_an_outage_kills_no_like_and_applies_none_twice(mode: str) -> None:
    untouched = await a_like_in_an_outage(Faults())
    counted = untouched.faults
    await untouched.store.close()
    assert counted.count > 100, "the harness must see the awaits of the breaker as well"
    for index in counted.places(mode):
        world = await a_like_in_an_outage(Faults(at=index, mode=mode))
        try:
            assert world.faults.struck, "the fault must have struck"
            assert await world.is_quiet(), "not quiet after 30 hours"
            await world.check()
            assert [job["status"] for job in await world.documents(JOBS.key)] == ["completed"] * 2
            assert await open_breakers(world.store) == []
        except AssertionError as error:
            raise AssertionError(f"{mode} at await {index}, {world.faults.struck}: {error}") from error
        finally:
            await world.store.close()


def sick(error: Exception) -> Fault:
    """Only the pictures called sick fail, always."""
    return lambda words, _at: error if words.startswith(SICK) else None


POISONS: list[tuple[Exception, str]] = [
    (ModelRejected("400 of a code nobody knows", reason=Reason.MODEL_REJECTED, named=False), "llm_rejected"),
    (ModelRejected("400 image_parse_error", reason=Reason.IMAGE_NOT_ACCEPTED, named=True), "image_not_accepted"),
    (ModelUnavailable("the model answered 500"), "llm_unavailable"),
    (ModelGarbage("it was empty"), "llm_garbage"),
    (ModelSuspended("the model answered 404", delay_seconds=300, reason=Reason.MODEL_MISCONFIGURED), "llm_misconfigured"),
]


INNOCENT: list[tuple[float, str]] = [(120.0 * number, f"p{number}") for number in range(120)]
ALONE: list[Outcome] = []  # played once: nothing fails in it, whatever the sick ones would fail with


async def alone() -> Outcome:
    """Return what becomes of the innocent pictures where no other is."""
    if not ALONE:
        world, found = await play(sick(POISONS[0][0]), INNOCENT, hours=26)
        assert world.model.told
        await world.store.close()
        ALONE.append(found)
    return ALONE[0]


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize(("error", "reason"), POISONS, ids=[reason for _, reason in POISONS])
async def test_beside_sick_pictures_nobody_waits_and_each_dies_alone(error: Exception, reason: str, count: int) -> None:
    without = await alone()
    poisons = [(0.0, f"{SICK}{number}") for number in range(count)]
    world, found = await play(sick(error), [*poisons, *INNOCENT], hours=30)
    assert set(found.dead) == {picture for _, picture in poisons}
    assert set(found.dead.values()) == {reason}
    healthy = {picture: wait for picture, wait in found.waits.items() if not picture.startswith(SICK)}
    assert len(healthy) == 120
    assert found.p90() < without.p90() + 2.0
    await world.store.close()
