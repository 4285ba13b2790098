"""One suite for the chat port and one for the embedding port, over every adapter: the real clients on a fake wire, the
embedded models, and the doubles that other tests use in their place."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel

from shared.chat.base import ChatModel, Question
from shared.chat.factories import build_models
from shared.chat.local_chat import LocalChat
from shared.clock import Clock
from shared.embeddings.base import EmbeddingProvider
from shared.errors import ModelGarbage
from shared.local.embedding import LocalEmbeddings
from shared.settings import Settings
from tests.fakes.azure_openai import FakeAzureOpenAI, says
from tests.fakes.models import FakeChat, FakeEmbeddings, hashed

TEXTS = ["quiet luxury", "grey jumper", "a coat", "quiet luxury"]


class Echo(BaseModel):
    """What was asked, said again."""

    said: str


def question(text: str, check: Callable[[Echo], list[str]] | None = None) -> Question[Echo]:
    return Question("echo", "1", "Say it again.", Echo, text=text, check=check)


def echo(asked: Question[Any]) -> Echo:
    return Echo(said=asked.text)


async def echoed(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    parts = body["messages"][1]["content"]
    text = parts if isinstance(parts, str) else parts[0]["text"]
    said = next(word for word in ("one", "two", "three", "four") if word in text)
    return await says({"said": said})(request, body)


@pytest.fixture(params=["azure", "openai", "local", "double"])
async def chat(request: pytest.FixtureRequest) -> AsyncIterator[ChatModel]:
    if request.param == "local":
        yield LocalChat({"echo": echo})
    elif request.param == "double":
        yield FakeChat(echo, checked=True)
    else:
        async with FakeAzureOpenAI(default=echoed) as fake:
            models = build_models(settings_for(request.param, fake), Clock())
            yield models.chat
            await models.chat.close()


def settings_for(provider: str, fake: FakeAzureOpenAI) -> Settings:
    if provider == "azure":
        return Settings.from_environment({"AZURE_OPENAI_ENDPOINT": fake.endpoint, "AZURE_OPENAI_API_KEY": fake.key})
    return Settings.from_environment({"OPENAI_BASE_URL": f"{fake.endpoint}/v1", "OPENAI_API_KEY": fake.key})


async def test_an_answer_is_of_the_type_that_was_asked_for_and_names_its_model(chat: ChatModel) -> None:
    answer = await chat.ask(question("one"))
    assert (answer.value, answer.model) == (Echo(said="one"), chat.model)
    assert chat.model


async def test_questions_at_once_get_their_own_answers(chat: ChatModel) -> None:
    words = ["one", "two", "three", "four"]
    answers = await asyncio.gather(*(chat.ask(question(word)) for word in words))
    assert [answer.value.said for answer in answers] == words


async def test_an_answer_that_its_question_refuses_is_garbage_and_says_why(chat: ChatModel) -> None:
    with pytest.raises(ModelGarbage, match="too short"):
        await chat.ask(question("one", check=lambda value: ["too short"] if len(value.said) < 9 else []))


@pytest.fixture(params=["azure", "openai", "local", "double"])
async def embed(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[list[str]], Awaitable[list[Any]]]]:
    if request.param == "local":
        yield (local := LocalEmbeddings()).embed
        await local.close()
    elif request.param == "double":
        double: EmbeddingProvider = FakeEmbeddings(hashed(16))
        yield double.embed
        await double.close()
    else:
        async with FakeAzureOpenAI() as fake:
            models = build_models(settings_for(request.param, fake), Clock())
            yield models.embeddings.embed
            await models.embeddings.close()
            await models.chat.close()


async def test_every_text_gets_a_vector_of_unit_length_in_order(embed: Callable[[list[str]], Awaitable[list[Any]]]) -> None:
    vectors = await embed(TEXTS)
    assert len(vectors) == len(TEXTS)
    assert len({len(vector) for vector in vectors}) == 1
    assert all(abs(sum(value * value for value in vector) - 1) < 1e-3 for vector in vectors)
    assert vectors[0] == pytest.approx(vectors[3])
    assert vectors[0] != pytest.approx(vectors[1])
    alone = await embed([TEXTS[1]])
    assert alone[0] == pytest.approx(vectors[1], abs=1e-4), "a text's vector does not depend on its neighbours"
