"""An embedding provider behind a breaker, by the same rules as the chat model: an outage is never the fault of a text."""

import hashlib
from collections.abc import Sequence
from typing import Final

from shared.chat.breaker import Breaker
from shared.chat.guard import Guard
from shared.embeddings.base import EmbeddingProvider
from shared.errors import ModelGarbage

CONTROL_TEXT: Final = "a plain navy cotton shirt"


class GuardedEmbeddings:
    """An `EmbeddingProvider` behind a breaker."""

    def __init__(self, provider: EmbeddingProvider, breaker: Breaker) -> None:
        self._provider = provider
        self._guard = Guard(breaker=breaker, own=breaker.part("texts"), clock=breaker.clock)

    @property
    def model(self) -> str:
        """The model behind."""
        return self._provider.model

    async def embed(self, texts: Sequence[str], *, early: bool = False) -> list[list[float]]:
        """Embed unless the breaker is open; `early`: then too. Raises `ModelSuspended` where every call would fail alike."""
        key = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]
        return await self._guard.call(
            lambda: self._embed(texts), lambda: self._embed([CONTROL_TEXT]), key=key, early=early
        )  # fmt: skip

    async def close(self) -> None:
        """Close the provider behind."""
        await self._provider.close()

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors = await self._provider.embed(texts)
        if len(vectors) != len(texts):
            raise ModelGarbage(f"asked for {len(texts)} embeddings, {len(vectors)} came")
        return vectors
