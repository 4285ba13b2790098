"""Sentence embeddings from a small static model that the package `wordllama` carries: no network, no key."""

import asyncio
from collections.abc import Sequence
from typing import Any

MODEL = "wordllama-l2-256"
# Chosen on tests/data/synonym_pairs.csv for precision: joining two tastes is worse than not joining one (`make calibrate`).
SYNONYM_THRESHOLD = 0.7


class LocalEmbeddings:
    """An `EmbeddingProvider` of 256 dimensions; the model is loaded in a thread at the first call."""

    model = MODEL

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._loaded: Any = None

    async def embed(self, texts: Sequence[str], *, early: bool = False) -> list[list[float]]:  # noqa: ARG002  (no breaker here)
        """Return unit vectors."""
        async with self._lock:
            if self._loaded is None:
                self._loaded = await asyncio.to_thread(_load)
        vectors = await asyncio.to_thread(self._loaded.embed, list(texts), norm=True)
        return [[float(value) for value in vector] for vector in vectors]

    async def close(self) -> None:
        """Nothing is held but memory."""


def _load() -> Any:  # noqa: ANN401  (the library has no types)
    from pathlib import Path  # noqa: PLC0415  (with the heavy import it serves)

    import wordllama  # noqa: PLC0415  (0.8 s and 16 MB of weights: only the embedded provider pays for it)

    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
