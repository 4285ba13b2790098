"""The batched embedding client: few calls, kept order, nothing shifted, one bad text fails alone."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import Clock
from shared.embeddings.client import BatchedEmbeddingClient
from shared.errors import ModelGarbage, ModelUnavailable, PermanentError, ProcessorError, Reason
from tests.fakes.models import FakeEmbeddings, hashed
from tests.leftovers import leftovers, settle

vector = hashed(8)
TEXTS = st.lists(st.text(alphabet="abcdé ", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=12)


def client(provider: FakeEmbeddings, **changes: int) -> BatchedEmbeddingClient:
    return BatchedEmbeddingClient(provider=provider, clock=Clock(), **changes)


def close_to(one: Sequence[float], other: Sequence[float]) -> bool:
    norm = sum(value * value for value in other) ** 0.5
    return all(abs(a - b / norm) < 1e-9 for a, b in zip(one, other, strict=True))


@given(st.lists(TEXTS, min_size=1, max_size=8), st.integers(1, 10))
def test_whoever_asks_gets_the_vectors_of_their_own_texts_in_order(callers: list[list[str]], most: int) -> None:
    async def run() -> None:
        provider = FakeEmbeddings(vector)
        embedder = client(provider, max_texts=most)
        answers = await asyncio.gather(*(embedder.embed(texts) for texts in callers))
        for texts, vectors in zip(callers, answers, strict=True):
            assert all(close_to(got, vector(" ".join(text.split()))) for text, got in zip(texts, vectors, strict=True))
        sent = [text for batch in provider.batches for text in batch]
        assert len(sent) == len(set(sent)), "a text travelled twice"
        assert max(map(len, provider.batches)) <= most
        assert len(provider.batches) == -(-len(sent) // most), "a call more than batches are full"
        await embedder.close()

    asyncio.run(run())


async def test_a_batch_is_also_bounded_by_tokens() -> None:
    provider = FakeEmbeddings(vector)
    embedder = client(provider, max_tokens=10)
    await embedder.embed(["x" * 15, "y" * 15, "z" * 15])
    assert [len(batch) for batch in provider.batches] == [2, 1]
    await embedder.close()


async def test_one_bad_text_fails_alone() -> None:
    provider = FakeEmbeddings(vector)
    provider.refused = {"bad"}
    embedder = client(provider)
    texts = ["a", "b", "bad", "c", "d"]
    answers = await asyncio.gather(*(embedder.embed([text]) for text in texts), return_exceptions=True)
    assert [isinstance(answer, PermanentError) for answer in answers] == [text == "bad" for text in texts]
    await embedder.close()


async def test_a_reply_of_another_length_is_an_error_and_never_a_shift() -> None:
    provider = FakeEmbeddings(vector)
    provider.short = True
    embedder = client(provider)
    with pytest.raises(ModelGarbage, match="asked for 2 embeddings, 1 came"):
        await embedder.embed(["a", "b"])
    provider.short = False
    assert close_to((await embedder.embed(["b"]))[0], vector("b"))
    await embedder.close()


async def test_a_failure_is_told_to_all_who_wait_and_not_remembered() -> None:
    provider = FakeEmbeddings(vector)
    provider.errors = [ModelUnavailable("500")]
    embedder = client(provider)
    answers = await asyncio.gather(embedder.embed(["a"]), embedder.embed(["a", "b"]), return_exceptions=True)
    assert all(isinstance(answer, ModelUnavailable) for answer in answers)
    assert len(await embedder.embed(["a", "b"])) == 2
    await embedder.close()


async def test_a_caller_that_goes_away_leaves_the_others_their_answer() -> None:
    provider = FakeEmbeddings(vector)
    embedder = client(provider)
    first = asyncio.create_task(embedder.embed(["a"]))
    second = asyncio.create_task(embedder.embed(["a"]))
    await asyncio.sleep(0)
    first.cancel()
    assert close_to((await second)[0], vector("a"))
    await embedder.close()


@pytest.mark.parametrize("text", ["", "  \n", "x" * 30_000])
async def test_what_can_never_be_embedded_is_refused_before_any_call(text: str) -> None:
    provider = FakeEmbeddings(vector)
    embedder = client(provider)
    with pytest.raises(ProcessorError):
        await embedder.embed([text])
    assert provider.batches == []
    await embedder.close()


FORESEEN = [ModelUnavailable("503"), ModelGarbage("no vector"), PermanentError("refused", reason=Reason.PAYLOAD_INVALID)]
UNFORESEEN = [ValueError("a defect"), KeyError("data"), MemoryError(), RecursionError(), TypeError("None"), TimeoutError()]


class Unruly:
    """Ends each call in its own way: with vectors, of a wrong count, with an error of ours or of anybody, or cancelled."""

    model = "unruly"

    def __init__(self, ends: list[object]) -> None:
        self._ends = ends

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        await asyncio.sleep(0)
        end = self._ends.pop(0) if self._ends else None
        if end == "cancel":
            raise asyncio.CancelledError
        if isinstance(end, BaseException):
            raise end
        return [[1.0, float(len(text))] for text in texts][: end if isinstance(end, int) else None]

    async def close(self) -> None:
        return None


@given(
    st.lists(st.sampled_from([None, 0, "cancel", *FORESEEN, *UNFORESEEN]), max_size=12),
    st.lists(TEXTS, min_size=1, max_size=6), st.integers(1, 5), st.sets(st.integers(0, 5)),
)  # fmt: skip
def test_however_calls_end_nobody_waits_for_one_that_is_over(
    ends: list[object], callers: list[list[str]], most: int, given_up: set[int]
) -> None:
    async def run() -> None:
        left = list(ends)
        embedder = BatchedEmbeddingClient(provider=Unruly(left), clock=Clock(), max_texts=most, wait_seconds=0)
        waiting = [asyncio.create_task(embedder.embed(texts)) for texts in callers]
        await asyncio.sleep(0)
        for number in given_up & set(range(len(waiting))):
            waiting[number].cancel()
        async with asyncio.timeout(20):
            ended = await asyncio.gather(*waiting, return_exceptions=True)
        for number, one in enumerate(ended):
            assert isinstance(one, list | ProcessorError) or number in given_up, one
        assert await settle(embedder) == []
        assert embedder.unsettled == []
        left.clear()
        assert len(await embedder.embed(["afterwards", *callers[0]])) == 1 + len(callers[0])
        await embedder.close()

    asyncio.run(run())


async def test_a_word_whose_batch_met_a_defect_is_asked_for_anew() -> None:
    provider = Unruly([ValueError("a defect")])
    embedder = BatchedEmbeddingClient(provider=provider, clock=Clock())
    with pytest.raises(ModelUnavailable, match="without an answer"):
        await embedder.embed(["navy"])
    assert len(await embedder.embed(["navy"])) == 1
    await embedder.close()


async def test_nobody_waits_longer_than_the_deadline_and_whoever_asks_next_begins_anew() -> None:
    class Silent(Unruly):
        async def embed(self, texts: Sequence[str]) -> list[list[float]]:
            if not self._ends:
                await asyncio.Event().wait()
            return await super().embed(texts)

    ends: list[object] = []
    embedder = BatchedEmbeddingClient(provider=Silent(ends), clock=Clock(), deadline_seconds=0.01)
    with pytest.raises(ModelUnavailable) as caught:
        await embedder.embed(["navy"])
    assert caught.value.reason is Reason.MODEL_TIMEOUT
    assert embedder.unsettled == []
    ends.append(None)
    assert len(await embedder.embed(["navy"])) == 1
    await embedder.close()
    with pytest.raises(ModelUnavailable, match="closed"):
        await embedder.embed(["linen"])


async def test_a_refused_caller_leaves_nobody_waiting() -> None:
    embedder = BatchedEmbeddingClient(provider=Unruly([]), clock=Clock(), queue_limit=2, wait_seconds=0)
    with pytest.raises(ModelUnavailable):
        await embedder.embed(["a", "b", "c"])
    assert await settle(embedder, steps=2_000) == [] or embedder.unsettled == []
    await embedder.close()


async def test_the_detector_sees_who_waits_and_what_is_locked() -> None:
    class Owner:
        def __init__(self) -> None:
            self.lock = asyncio.Lock()
            self.slots = asyncio.Semaphore(1)
            self.futures = {"a": asyncio.get_running_loop().create_future()}

    owner = Owner()
    assert leftovers(owner) == ["Owner.futures: somebody waits"]
    owner.futures["a"].set_result(None)
    await owner.lock.acquire()
    await owner.slots.acquire()
    late = asyncio.create_task(owner.slots.acquire())
    await asyncio.sleep(0)
    assert leftovers(owner) == ["Owner.lock: locked", "Owner.slots: somebody waits for a slot"]
    late.cancel()
