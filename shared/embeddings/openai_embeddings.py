"""Embeddings from Azure OpenAI or any OpenAI-compatible server: one call a batch, the client's own retries off."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from shared.chat.errors import map_model_error
from shared.clock import Clock
from shared.observe.metering import record_answer

if TYPE_CHECKING:
    import langchain_openai


class OpenAIEmbeddings:
    """An `EmbeddingProvider`. `client` makes langchain's, with `max_retries=0` and no look at a tokenizer: once, when it is
    needed, since the first job of a process seldom has words to compare.
    """

    def __init__(
        self, client: "Callable[[], langchain_openai.OpenAIEmbeddings]", *, model: str, clock: Clock,
        timeout_seconds: float = 30.0,
    ) -> None:  # fmt: skip
        self._make_client = client
        self._lock = asyncio.Lock()
        self._client: langchain_openai.OpenAIEmbeddings | None = None
        self._model = model
        self._clock = clock
        self._timeout_seconds = timeout_seconds

    @property
    def model(self) -> str:
        """The deployment's name."""
        return self._model

    async def embed(self, texts: Sequence[str], *, early: bool = False) -> list[list[float]]:  # noqa: ARG002  (no breaker here)
        """One call; see the port."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await (await self._made()).aembed_documents(list(texts), chunk_size=len(texts))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            raise map_model_error(error, now=self._clock.now()) from error

    async def _made(self) -> "langchain_openai.OpenAIEmbeddings":
        async with self._lock:
            if self._client is None:
                client = await asyncio.to_thread(self._make_client)
                client.async_client = _Counting(client.async_client, self._model)
                self._client = client
        return self._client

    async def close(self) -> None:
        """Nothing to do: the chat model closes the HTTP client that both use."""


class _Client(Protocol):
    async def create(self, **given: object) -> object: ...


class _Counting:
    """The provider's own client, which notes what its answers took: langchain hands the vectors on, and drops the count."""

    def __init__(self, client: _Client, model: str) -> None:
        self._client = client
        self._model = model

    async def create(self, **given: object) -> object:
        """One call."""
        reply = await self._client.create(**given)
        tokens = getattr(getattr(reply, "usage", None), "prompt_tokens", None)  # some servers send no count
        record_answer(self._model, tokens if isinstance(tokens, int) and tokens > 0 else 0, 0)
        return reply
