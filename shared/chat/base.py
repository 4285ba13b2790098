"""The chat port: a typed question in, a validated answer out.

A provider raises, and nothing else: `ModelUnavailable` (try again), `ModelSuspended` (come back later, every call would
fail alike), `ModelGarbage` (no readable answer after one repair call), `ModelRejected` (a 4xx: this request's fault, or that of
every request), `PermanentError` with `MODEL_REFUSED`.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from pydantic import BaseModel

from shared.errors import ModelUnsound

T = TypeVar("T", bound=BaseModel)
MAX_PROBLEMS: Final = 1_500


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What is asked. `text` is untrusted data, kept apart from `instructions` and cut at `max_text`, and so is `known`: what
    we know ourselves and the answer may refer to. `image` is a JPEG.

    `check` says what is wrong with an answer of the right form, in words that the model can be told; the one repair call is
    for that as well; `quick_check`: it takes no time worth a thread. `schema`: what the model is asked for, where that is
    stricter than what is read of its answer. `early`: a person wants to know, so that it is asked while the breaker is open,
    as its next probe.
    """

    name: str
    version: str
    instructions: str
    answer: type[T]
    text: str = ""
    image: bytes | None = field(default=None, repr=False)
    max_output_tokens: int = 300
    max_text: int = 2_000
    check: Callable[[T], Sequence[str]] | None = None
    quick_check: bool = False
    schema: type[BaseModel] | None = None
    known: str = ""
    early: bool = False

    @property
    def fingerprint(self) -> str:
        """Tell one request from another: a hash of what it asks about."""
        return hashlib.sha256(b"\0".join([self.name.encode(), self.text.encode(), self.image or b""])).hexdigest()[:32]


async def refuse_problems(question: Question[T], value: T) -> None:
    """Raise `ModelUnsound` with what the question's check finds wrong with an answer: in a thread where that may take long."""
    if question.check is None:
        return
    problems = question.check(value) if question.quick_check else await asyncio.to_thread(question.check, value)
    if problems:
        raise ModelUnsound("; ".join(problems)[:MAX_PROBLEMS])


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A validated answer, the model that gave it, and what it took. `calls` is 2 when one repair was needed."""

    value: T
    model: str
    calls: int = 1
    input_tokens: int = 0
    output_tokens: int = 0


class ChatModel(Protocol):
    """A provider of typed answers. `model` names the deployment: part of every cache key."""

    @property
    def model(self) -> str:
        """The deployment's name, known without a call."""

    async def ask(self, question: Question[T]) -> Answer[T]:
        """Ask once (at most one repair call besides); see the module for the errors."""

    async def close(self) -> None:
        """Release connections."""
