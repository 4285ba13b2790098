"""The embedding port: what a provider of vectors does, one network call a call."""

from collections.abc import Sequence
from typing import Protocol

Vector = tuple[float, ...]


class EmbeddingProvider(Protocol):
    """A provider of sentence embeddings."""

    @property
    def model(self) -> str:
        """The model's name: thresholds and caches belong to it."""

    async def embed(self, texts: Sequence[str], *, early: bool = False) -> list[list[float]]:
        """Return one unit-length vector a text, in order, with one call. `early`: a person wants to know, so that it is made
        although a breaker is open, as its next probe.

        Raises `ModelUnavailable`, `ModelSuspended`, or `PermanentError` for texts that can never be embedded.
        """

    async def close(self) -> None:
        """Release connections."""


class Embedder(Protocol):
    """What the agents ask: the batched client."""

    @property
    def model(self) -> str:
        """The model's name."""

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return a vector a text, in order."""
