"""One figure: what was measured, what it should be, what the simplest thing that could work gives, and where it is worst."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

WORST = 10
COMPARE: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True, slots=True)
class Figure:
    """`better`: on which side of `goal` the value has to be. `worst`: examples, the worst first; ten are printed."""

    name: str
    value: float
    better: Literal[">=", "<="]
    goal: float
    baseline: float | None = None
    worst: Sequence[str] = ()

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return COMPARE[self.better](self.value, self.goal)

    def line(self) -> str:
        """Return it as a line of the table."""
        baseline = "" if self.baseline is None else f"{self.baseline:.2f}"
        met = "ok" if self.is_met else "NO"
        return f"  {met:3} {self.name:<76} {self.value:>8.2f} {self.better} {self.goal:<7g} {baseline:>8}"
