"""The model ports in memory: they answer by a function, fail as told, and remember what they were asked.

Tests of the real clients talk HTTP to `tests.fakes.azure_openai`.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from shared.chat.base import Answer, Question, refuse_problems
from shared.errors import PermanentError, Reason
from shared.observe.metering import record_answer

Vectoriser = Callable[[str], Sequence[float]]


class FakeChat:
    """A `ChatModel`: `errors` are raised first, then `answers` are given, then what `reply` makes of the question.

    `checked`: an answer goes through the question's own check, as a provider does it.
    """

    def __init__(
        self, reply: Callable[[Question[Any]], BaseModel], *, model: str = "fake-model", checked: bool = False
    ) -> None:
        self.model = model
        self.reply = reply
        self.questions: list[Question[Any]] = []
        self.errors: list[Exception] = []
        self.answers: list[BaseModel] = []
        self.tokens: tuple[int, int] | None = None  # what each answer takes, noted as a real client does
        self._checked = checked

    @property
    def calls(self) -> int:
        return len(self.questions)

    @property
    def asked(self) -> list[str]:
        """The names of the questions, in order."""
        return [question.name for question in self.questions]

    async def ask(self, question: Question[Any]) -> Answer[Any]:
        self.questions.append(question)
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        if self.tokens is not None:
            record_answer(self.model, *self.tokens)
        value = self.answers.pop(0) if self.answers else self.reply(question)
        if self._checked:
            await refuse_problems(question, value)
        return Answer(value, self.model)

    async def close(self) -> None:
        return None


class FakeEmbeddings:
    """An `EmbeddingProvider`, or in its place the client: a vector a text by a function; fails as told.

    `tokens`: what a text takes, where that is told.
    `batches`: the texts of each call. `refused`: a call with a text that has one of these words fails for good.
    `short`: a reply has one vector too few.
    """

    def __init__(self, vector: Vectoriser, *, model: str = "fake") -> None:
        self.model = model
        self.vector = vector
        self.batches: list[list[str]] = []
        self.errors: list[Exception] = []
        self.refused: set[str] = set()
        self.short = False
        self.tokens: int | None = None

    @property
    def calls(self) -> int:
        return len(self.batches)

    async def embed(self, texts: Sequence[str]) -> list[Any]:
        self.batches.append(list(texts))
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        if any(word in text for word in self.refused for text in texts):
            raise PermanentError("the text was refused", reason=Reason.PAYLOAD_INVALID)
        if self.tokens is not None:
            record_answer(self.model, self.tokens * len(texts), 0)
        return [self.vector(text) for text in texts][: -1 if self.short else None]

    async def close(self) -> None:
        return None


def hashed(dimensions: int = 32) -> Vectoriser:
    """Unit vectors that depend on the text alone; no two texts are near."""

    def vector(text: str) -> tuple[float, ...]:
        raw: list[float] = []
        while len(raw) < dimensions:
            raw += [byte - 127.5 for byte in hashlib.sha256(f"{len(raw)}:{text}".encode()).digest()]
        norm = sum(value * value for value in raw[:dimensions]) ** 0.5
        return tuple(value / norm for value in raw[:dimensions])

    return vector


class Axes:
    """Unit vectors along axes: every text is orthogonal to all others, unless `near` says how near it is to another."""

    def __init__(self, dimensions: int = 256, *, name: Callable[[str], str] = str) -> None:
        self.known: dict[str, Sequence[float]] = {}
        self._dimensions, self._name = dimensions, name

    def __call__(self, text: str) -> tuple[float, ...]:
        name = self._name(text)
        if name not in self.known:
            self.known[name] = [float(index == len(self.known)) for index in range(self._dimensions)]
        return tuple(self.known[name])

    def near(self, name: str, other: str, cosine: float) -> None:
        """Place `name` at this cosine of `other`, the rest of it along the last axis."""
        base = self(other)
        axis = base.index(max(base))
        flat = [cosine if index == axis else 0.0 for index in range(self._dimensions - 1)]
        self.known[name] = [*flat, (1 - cosine * cosine) ** 0.5]
