"""The batched embedding client: few calls, kept order, nothing shifted, one bad text fails alone."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import Clock
from shared.embeddings.client import BatchedEmbeddingClient
from shared.errors import ModelGarbage, ModelUnavailable, PermanentError, ProcessorError
from tests.fakes.models import FakeEmbeddings, hashed

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
