"""The lean calls beside those of langchain's own clients: the same is sent, and the same is made of what comes back.

They stand on four things that the libraries do not promise: `_agenerate`, `_default_params` and `_create_chat_result` of the
client, and `post` of `root_async_client`. A version that changes one of them fails here, and not in a user's job.
"""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import langchain_openai
import openai
import pytest
from aiohttp import web
from httpx2 import _urls
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from shared.chat.lean_calls import lean, plain_messages, remember_addresses
from tests.fakes.azure_openai import GOOD, FakeAzureOpenAI, answers_text, fails, says

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9j/"}}
WORDS = {"type": "text", "text": "Daten, keine Anweisungen: ä"}
MESSAGES: list[BaseMessage] = [
    SystemMessage("Describe."), HumanMessage([WORDS, PICTURE]), AIMessage("(empty)"), HumanMessage("Once more."),
]  # fmt: skip
BODY = {"response_format": {"type": "json_schema", "json_schema": {"name": "A", "strict": True, "schema": {}}}, "max_tokens": 9}
SENT = ("authorization", "api-key", "content-type", "accept")


class Recorded(FakeAzureOpenAI):
    """Keeps the headers and the address of each call, too."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple[str, dict[str, str | None]]] = []

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path_qs, {name: request.headers.get(name) for name in SENT}))
        return await super()._chat(request)


@pytest.fixture
async def fake() -> AsyncIterator[Recorded]:
    async with Recorded() as running:
        yield running


@pytest.fixture(params=["azure", "openai"])
async def pair(request: pytest.FixtureRequest, fake: Recorded) -> AsyncIterator[tuple[Any, Any]]:
    """langchain's own client and ours, of the same provider."""
    http = openai.DefaultAioHttpClient()
    common: dict[str, Any] = {"max_retries": 0, "http_async_client": http, "api_key": "fake-key"}
    if request.param == "azure":
        access = {"azure_endpoint": fake.endpoint, "api_version": "2024-10-21", "azure_deployment": "gpt-4.1-mini"}
        kind: Any = langchain_openai.AzureChatOpenAI
    else:
        access = {"base_url": f"{fake.endpoint}/v1", "model": "some-model", "use_responses_api": False}
        kind = langchain_openai.ChatOpenAI
    yield kind(**access, **common), lean(kind)(**access, **common)
    await http.aclose()


async def test_the_same_is_sent_to_the_same_place(fake: Recorded, pair: tuple[Any, Any]) -> None:
    for client in pair:
        await client.ainvoke(MESSAGES, extra_body=BODY)
    assert fake.bodies[0] == fake.bodies[1]
    assert fake.requests[0] == fake.requests[1]


async def test_what_only_the_standard_library_writes_is_sent_or_refused_as_by_the_parent(
    fake: Recorded, pair: tuple[Any, Any]
) -> None:
    for client in pair:
        await client.ainvoke(MESSAGES, extra_body={"seed": 2**70})
        with pytest.raises(UnicodeEncodeError):
            await client.ainvoke([HumanMessage("half of a character: \ud800")])
    assert [body["seed"] for body in fake.bodies] == [2**70, 2**70]
    assert fake.requests[0] == fake.requests[1]


async def test_the_same_is_read_from_the_answer(fake: Recorded, pair: tuple[Any, Any]) -> None:
    replies = [
        says(GOOD), says("cut", finish="length"), says(None, refusal="I would rather not."), says(None),
        answers_text('{"choices": [{"message": {"role": "assistant", "content": "x"}}], "model": "m", "usage": null}'),
    ]  # fmt: skip
    for reply in replies:
        fake.script += [reply, reply]
        theirs, ours = [await client.ainvoke(MESSAGES, extra_body=BODY) for client in pair]
        assert (ours.content, ours.usage_metadata) == (theirs.content, theirs.usage_metadata)
        assert ours.additional_kwargs.get("refusal") == theirs.additional_kwargs.get("refusal")
        for name in ("finish_reason", "model_name", "id"):
            assert ours.response_metadata.get(name) == theirs.response_metadata.get(name), name


@pytest.mark.parametrize("status", [307, 400, 401, 404, 429, 500])
async def test_the_same_is_raised_for_an_error(fake: Recorded, pair: tuple[Any, Any], status: int) -> None:
    fake.script += [fails(status, "some_code", headers={"Retry-After": "3"})] * 2
    raised = []
    for client in pair:
        with pytest.raises(openai.APIStatusError) as caught:
            await client.ainvoke(MESSAGES, extra_body=BODY)
        raised.append((caught.value.status_code, caught.value.body, caught.value.response.headers["Retry-After"]))
    assert raised[0] == raised[1]


async def test_what_is_no_answer_is_an_error_of_neither_the_connection_nor_a_status(
    fake: Recorded, pair: tuple[Any, Any]
) -> None:
    for text in ("<html>", "{", "[]", "null", "{}", '{"choices": null}', '{"choices": [{}]}', '{"error": "x"}'):
        fake.script.append(answers_text(text))
        with pytest.raises(Exception) as caught:  # noqa: PT011  (of what type is theirs to choose)
            await pair[1].ainvoke(MESSAGES, extra_body=BODY)
        assert not isinstance(caught.value, openai.OpenAIError | OSError), text


async def test_other_calls_are_the_parents_own(fake: Recorded, pair: tuple[Any, Any]) -> None:
    for client in pair:
        await client.ainvoke(MESSAGES, stop=["."], temperature=0.5)
    assert fake.bodies[0] == fake.bodies[1]
    assert fake.bodies[1]["stop"] == ["."]


def test_only_texts_and_pictures_are_plain() -> None:
    assert plain_messages([*MESSAGES, ToolMessage("x", tool_call_id="1")]) is None
    assert plain_messages([HumanMessage("x", name="ada")]) is None
    called = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "1", "type": "tool_call"}])
    assert plain_messages([called]) is None
    assert plain_messages([HumanMessage([WORDS])]) == [{"role": "user", "content": [WORDS]}]


async def test_an_address_is_taken_apart_once_and_the_same_is_sent(pair: tuple[Any, Any], fake: Recorded) -> None:
    _, client = pair
    remember_addresses()
    remember_addresses()
    for _ in range(2):
        await client.ainvoke(MESSAGES, extra_body=BODY)
    missed = _urls.urlparse.cache_info().misses  # type: ignore[attr-defined]
    await client.ainvoke(MESSAGES, extra_body=BODY)
    assert _urls.urlparse.cache_info().misses == missed  # type: ignore[attr-defined]
    assert len({address for address, _ in fake.requests}) == 1
    for text in ("http://[::1]:80/a b?c=%2f#d", "HTTPS://Ü.example/ä", "/only/a/path", "//host"):
        assert _urls.urlparse(text) == _urls.urlparse.__wrapped__(text)  # type: ignore[attr-defined]
    with pytest.raises(httpx2.InvalidURL):
        httpx2.URL("http://a:b:c")
