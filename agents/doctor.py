"""Looks at everything that a deployment needs, from the inside: after a deployment, and when nobody knows what is wrong.

Reads: containers and their policies. Writes: one mark in `ServiceState`, one message in the probe's queue, a queue that is
missing. Asks each model once, a few tokens, past no cache; so it is for people and deployments, not for a probe. Every model is
asked although its breaker is open, and so is each question that alone has one open, of something harmless: where an answer
comes, the breaker closes and the work goes on. What is wrong is a finding with what to do about it; nothing is raised.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pydantic import BaseModel

from shared import observe
from shared.chat.base import ChatModel, Question
from shared.chat.breaker_state import open_breakers, scope_of
from shared.chat.control import control_of
from shared.clock import Clock, to_iso
from shared.deadline import within
from shared.embeddings.client import BatchedEmbeddingClient
from shared.errors import ModelGarbage, ProcessorError
from shared.queues.base import Queues
from shared.queues.names import PROBE
from shared.store.base import Store
from shared.store.containers import SERVICE_STATE

PATIENCE_SECONDS: Final = 25.0  # with a model: whoever asks waits for half a minute
STORAGE_SECONDS: Final = 10.0
SUSPENSIONS_SECONDS: Final = 3.0
MODELS: Final = frozenset({"chat", "embeddings"})
MARK: Final = "doctor"
TO_DO: Final = {
    "store": "give the identity the role Cosmos DB Built-in Data Contributor, or look at COSMOS_DB_ENDPOINT",
    "containers": "run `azd provision`, or `make provision` with a key",
    "queues": "give the identity the role Storage Queue Data Contributor, or run `azd provision`",
    "messages": "give the identity the role Storage Queue Data Contributor, or look at StorageQueue",
    "chat": "look at AZURE_OPENAI_DEPLOYMENT, its quota, and the role Cognitive Services OpenAI User",
    "embeddings": "look at AZURE_OPENAI_EMBEDDING_DEPLOYMENT, its quota, and the role Cognitive Services OpenAI User",
    "telemetry": "set APPLICATIONINSIGHTS_CONNECTION_STRING or OTEL_EXPORTER_OTLP_ENDPOINT",
}  # fmt: skip


TO_DO_OPENAI: Final = {
    "chat": "look at OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL, and at the quota there",
    "embeddings": "look at OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_EMBEDDING_MODEL, and at the quota there",
}  # fmt: skip


TO_DO_EMBEDDED: Final = {
    "store": "see to the place that EMBEDDED_STORE_PATH names: this process must be able to write there, and have room",
    "containers": "see to the place that EMBEDDED_STORE_PATH names",
}


class Ready(BaseModel):
    """What the chat model is asked for."""

    ready: bool


PING: Final = Question(
    name="doctor.ready", version="1", instructions="Say that you are ready.", answer=Ready, text="Are you ready?",
    max_output_tokens=50, early=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing that was looked at: whether it is as it should be, what was seen, and what to do where it is not."""

    name: str
    ok: bool
    detail: str
    to_do: str


class Doctor:
    """See the module. `provider`: of the models; `local` are the embedded ones, which answer no free question. `deployed`: on
    Azure, where an app whose telemetry goes nowhere is not whole. `questions`: all that the app asks, each without its matter.
    `embedded`: the store is the embedded one.
    """

    def __init__(
        self, *, store: Store, queues: Queues, clock: Clock, chat: ChatModel, embeddings: BatchedEmbeddingClient,
        queue_names: Sequence[str], provider: Literal["azure", "openai", "local"],
        deployed: bool, embedded: bool = False, questions: Sequence[Question[Any]] = (),
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:  # fmt: skip
        self._store = store
        self._queues = queues
        self._clock = clock
        self._chat = chat
        self._embeddings = embeddings
        self._queue_names = tuple(queue_names)
        self._provider = provider
        self._questions = tuple(questions)
        self._to_do = {
            **TO_DO, **(TO_DO_OPENAI if provider == "openai" else {}), **(TO_DO_EMBEDDED if embedded else {}),
        }  # fmt: skip
        self._deployed = deployed
        self._patience = patience_seconds

    async def examine(self) -> list[CheckFinding]:
        """Look at everything, at once."""
        looks: dict[str, Callable[[], Awaitable[tuple[bool, str]]]] = {
            "store": self._store_works, "containers": self._containers_are_ours, "queues": self._queues_are_there,
            "messages": self._messages_work, "chat": self._chat_answers, "embeddings": self._embeddings_answer,
            "telemetry": self._telemetry_is_on,
        }  # fmt: skip
        return list(await asyncio.gather(*(self._find(name, look) for name, look in looks.items())))

    async def _find(self, name: str, look: Callable[[], Awaitable[tuple[bool, str]]]) -> CheckFinding:
        async def looked() -> tuple[bool, str]:
            return await look()

        patience = self._patience if name in MODELS else min(STORAGE_SECONDS, self._patience)
        try:
            ok, detail = await within(looked(), patience)
        except TimeoutError:
            ok, detail = False, f"no answer within {patience:g} s"
        except ProcessorError as error:
            ok, detail = False, _said(error)
        return CheckFinding(name, ok, detail, "" if ok else self._to_do[name])

    async def _store_works(self) -> tuple[bool, str]:
        await self._store.write_mark(SERVICE_STATE.key, {"id": MARK, "at": to_iso(self._clock.now())})
        await self._store.read(SERVICE_STATE.key, MARK, MARK)
        return True, "wrote and read a document"

    async def _containers_are_ours(self) -> tuple[bool, str]:
        different = await self._store.outdated_containers()
        return not different, "; ".join(different) or "every container is there, with its key, indexes and time to live"

    async def _queues_are_there(self) -> tuple[bool, str]:
        made = await asyncio.gather(*(self._queues.ensure(name) for name in self._queue_names))
        missing = [name for name, was_made in zip(self._queue_names, made, strict=True) if was_made]
        return True, f"made {', '.join(missing)}" if missing else f"all {len(made)} are there"

    async def _messages_work(self) -> tuple[bool, str]:
        await self._queues.send(PROBE, MARK.encode())
        taken = await self._queues.receive(PROBE, visibility_seconds=30)
        for message in taken:
            await self._queues.delete(PROBE, message)
        return bool(taken), "sent, took and deleted a message" if taken else "a message was sent and could not be taken"

    async def _chat_answers(self) -> tuple[bool, str]:
        if self._provider == "local":
            return True, "the embedded models"
        try:
            answer = await self._chat.ask(PING)
        except ModelGarbage as error:
            return False, f"{self._chat.model} answers, and not what it was asked for ({error})"
        found = await asyncio.gather(*(self._question_fails(one) for one in await self._suspended_questions()))
        failing = [words for words in found if words]
        return not failing, "; ".join([f"{answer.model} answered", *failing])

    async def _suspended_questions(self) -> list[Question[Any]]:
        """Return the questions whose own breaker is open; with the store down none is known to be."""
        try:
            scopes = {one.scope for one in await within(open_breakers(self._store), SUSPENSIONS_SECONDS)}
        except (ProcessorError, TimeoutError):
            return []
        return [one for one in self._questions if scope_of(self._provider, self._chat.model, one.name) in scopes]

    async def _question_fails(self, question: Question[Any]) -> str:
        """Ask of something harmless; returns why no answer came, empty where one did: also one that is of no use, since there
        is no good answer to a question of no content.
        """
        harmless = await control_of(replace(question, early=True))
        try:
            await self._chat.ask(harmless)
        except ModelGarbage as error:
            return "" if question.image is None else f"{question.name}: {_said(error)}"
        except ProcessorError as error:
            return f"{question.name}: {_said(error)}"
        return ""

    async def _embeddings_answer(self) -> tuple[bool, str]:
        vector = await self._embeddings.ask_now(f"doctor {to_iso(self._clock.now())}")
        return True, f"a vector of {len(vector)} numbers"

    async def _telemetry_is_on(self) -> tuple[bool, str]:
        exported = observe.active()
        return exported or not self._deployed, "spans and metrics are exported" if exported else "nothing is exported"


def _said(error: ProcessorError) -> str:
    """Return what was answered, not what that has opened."""
    said = error.__cause__ if isinstance(error.__cause__, ProcessorError) else error
    return str(said) or error.reason.value
