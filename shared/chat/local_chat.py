"""The embedded chat model: no network, no key. Answers the questions it has a solver for, in a thread."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.chat.base import Answer, Question, refuse_problems
from shared.errors import PermanentError, Reason

T = TypeVar("T", bound=BaseModel)
Solver = Callable[[Question[Any]], BaseModel]


class LocalChat:
    """A `ChatModel` over plain functions: `solvers` by the question's name."""

    model = "local-style-1"

    def __init__(self, solvers: Mapping[str, Solver]) -> None:
        self._solvers = solvers

    async def ask(self, question: Question[T]) -> Answer[T]:
        """Answer by the solver; `PermanentError` for a question that has none."""
        solver = self._solvers.get(question.name)
        if solver is None:
            raise PermanentError(f"the embedded model cannot answer {question.name}", reason=Reason.MODEL_REFUSED)
        value = await asyncio.to_thread(solver, question)
        answer = question.answer.model_validate(value.model_dump())
        await refuse_problems(question, answer)
        return Answer(answer, self.model, calls=0)

    async def close(self) -> None:
        """Nothing is held."""
