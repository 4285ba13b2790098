"""What a rule is and what it says: a formula with numbers, not a colour."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from agents.watch.alerts.facts import Facts

Figure = str | int | float | bool | None
Figures = Mapping[str, Figure]


class Severity(StrEnum):
    """Whom an alert may disturb: `ticket` in the morning, `page` now, `critical` now and everybody."""

    TICKET = "ticket"
    PAGE = "page"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Greater is graver."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule's judge found. `holds` and `clear` None: unknown. `clear` may end an alert; by default it is `not holds`."""

    holds: bool | None
    figures: Figures
    severity: Severity | None = None
    clear: bool | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation: whether the condition holds (None: unknown), whether an open alert may close, and why, in numbers."""

    holds: bool | None
    clear: bool | None
    severity: Severity
    figures: Figures
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert. `subject` is the timer or queue it watches, empty for the whole app.

    `in_a_row`: evaluations in a row that must hold. `quiet`: how long it must be clear before it resolves. `echo`: how long old
    evidence stays in its windows after that and must not fire it anew. `page_after`: a ticket firing longer than this pages.
    """

    name: str
    title: str
    severity: Severity
    formula: str
    judge: Callable[[Facts, datetime], Finding]
    subject: str = ""
    in_a_row: int = 1
    quiet: timedelta = timedelta(0)
    echo: timedelta = timedelta(0)
    page_after: timedelta | None = None

    @property
    def key(self) -> str:
        """The id under which its state is kept."""
        return f"{self.name}.{self.subject}" if self.subject else self.name

    def evaluate(self, facts: Facts, at: datetime) -> Evaluation:
        """Judge `facts` as of `at`. Pure."""
        found = self.judge(facts, at)
        clear = found.clear
        if clear is None and found.holds is not None:
            clear = not found.holds
        text = _FORMATTER.vformat(self.formula, (), {**found.figures, "subject": self.subject})
        return Evaluation(found.holds, clear, found.severity or self.severity, found.figures, text)


class _Formatter(string.Formatter):
    """Formats as `str.format`, but a figure that is not known is the word `unknown`, whatever its format."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:  # noqa: ANN401, ARG002  (the base's)
        return kwargs.get(key)

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401  (the base's)
        return "unknown" if value is None else str(format(value, format_spec))


_FORMATTER = _Formatter()


def unknown(**figures: Figure) -> Finding:
    """Nothing can be said: a part of the facts could not be read."""
    return Finding(None, figures)


def minutes(span: timedelta) -> float:
    """Return a span in minutes."""
    return span / timedelta(minutes=1)


def hours(span: timedelta) -> float:
    """Return a span in hours."""
    return span / timedelta(hours=1)
