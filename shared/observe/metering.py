"""What a piece of work cost: the store's operations and request units, the models' calls and tokens, summed over one context.

Adapters call `record_operation` once a call of the port; `measure()` collects what its block (and the tasks started in
it) spent. Outside a block recording is free.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

Spending = dict[str, list[int]]


@dataclass(slots=True)
class Usage:
    """Sums of one block: `operations` of the store port, `charge` in request units, calls by kind. `models`: by deployment
    the answers that came, and their tokens in and out.
    """

    operations: int = 0
    charge: float = 0.0
    model_calls: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    models: Spending = field(default_factory=dict)

    def add(self, other: "Usage") -> None:
        """Take in another's sums."""
        self.operations += other.operations
        self.charge += other.charge
        self.model_calls += other.model_calls
        for kind, count in other.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + count
        self.models = summed(self.models, other.models)


_CURRENT: ContextVar[Usage | None] = ContextVar("usage", default=None)


@contextmanager
def measure() -> Iterator[Usage]:
    """Collect the usage of the block into the yielded object, and into that of a block around it when this one ends."""
    usage, outer = Usage(), _CURRENT.get()
    token = _CURRENT.set(usage)
    try:
        yield usage
    finally:
        _CURRENT.reset(token)
        if outer is not None:
            outer.add(usage)


@contextmanager
def unmeasured() -> Iterator[None]:
    """Leave the block's operations out: upkeep that is shared by many jobs, such as refreshing the circuit breaker."""
    token = _CURRENT.set(None)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def record_operation(kind: str, charge: float = 0.0) -> None:
    """Count one store operation (`read`, `create`, …) and its request charge."""
    usage = _CURRENT.get()
    if usage is not None:
        usage.operations += 1
        usage.charge += charge
        usage.kinds[kind] = usage.kinds.get(kind, 0) + 1


def record_model_calls(calls: int) -> None:
    """Count calls of the chat model."""
    usage = _CURRENT.get()
    if usage is not None:
        usage.model_calls += calls


def record_answer(model: str, tokens_in: int, tokens_out: int) -> None:
    """Count one answer of a deployment and what it took: where the provider says it, also of an answer that is of no use."""
    usage = _CURRENT.get()
    if usage is not None:
        usage.models = summed(usage.models, {model: [1, tokens_in, tokens_out]})


def spent() -> Spending:
    """Return what the models took in this block so far, by deployment: answers, tokens in, tokens out."""
    usage = _CURRENT.get()
    return {model: list(counts) for model, counts in usage.models.items()} if usage is not None else {}


def summed(one: Mapping[str, Sequence[int]], other: Mapping[str, Sequence[int]]) -> Spending:
    """Return two blocks' spending together."""
    nothing = (0, 0, 0)
    return {
        model: [mine + theirs for mine, theirs in zip(one.get(model, nothing), other.get(model, nothing), strict=True)]
        for model in {**one, **other}
    }
