"""What a rule is and what it says: a formula with numbers, not a colour."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from agents.watch.alerts.facts import Facts
from agents.watch.alerts.next_calls import STATUS, NextCall
from shared.text import plural

Figure = str | int | float | bool | None
Figures = Mapping[str, Figure]
BILLION: Final = 1e9


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
    """What a rule's judge found. `holds` and `clear` None: unknown. `clear` may end an alert; by default it is `not holds`.
    `formula`: the sentence of this very finding, by default the rule's; `repaired`: it is clear because somebody has mended
    it, and need not be clear for long.
    """

    holds: bool | None
    figures: Figures
    severity: Severity | None = None
    clear: bool | None = None
    formula: str = ""
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation: whether the condition holds (None: unknown), whether an open alert may close, and why, in numbers."""

    holds: bool | None
    clear: bool | None
    severity: Severity
    figures: Figures
    text: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert. `subject` is the timer or queue it watches, empty for the whole app.

    `in_a_row`: evaluations in a row that must hold. `quiet`: how long it must be clear before it resolves. `echo`: how long old
    evidence stays in its windows after that and must not fire it anew. `page_after`: a ticket firing longer than this pages.
    `hint`: what on-call may want to think of first, chosen by the figures; `calls`: what to call next, by subject and figures.
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
    hint: Callable[[Figures], str] = lambda _figures: ""
    calls: Callable[[str, Figures], tuple[NextCall, ...]] = lambda _subject, _figures: (STATUS,)

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
        text = _told(found.formula or self.formula, {**found.figures, "subject": self.subject})
        return Evaluation(found.holds, clear, found.severity or self.severity, found.figures, text, found.repaired)


@lru_cache(maxsize=512)
def _pieces(formula: str) -> tuple[tuple[str, str | None, str], ...]:
    """Return a formula as literals, each with the name and the format of the figure behind it; no name: none is."""
    return tuple((literal, name, spec or "") for literal, name, spec, _ in string.Formatter().parse(formula))


def _told(formula: str, figures: Figures) -> str:
    """Return the sentence as `str.format` would, but a figure that is not known is the word `unknown`, whatever its format.
    Some formats are ours: `odds` of a probability, `span` of minutes, and of a count those that say its noun as well.
    """
    return "".join(
        literal if name is None else f"{literal}{_shown(figures.get(name), spec)}" for literal, name, spec in _pieces(formula)
    )


def _shown(figure: Figure, spec: str) -> str:
    if figure is None:
        return "unknown"
    own = OWN_FORMATS.get(spec)
    return own(figure) if own else format(figure, spec)


def unknown(**figures: Figure) -> Finding:
    """Nothing can be said: a part of the facts could not be read."""
    return Finding(None, figures)


def minutes(span: timedelta) -> float:
    """Return a span in minutes."""
    return span / timedelta(minutes=1)


def hours(span: timedelta) -> float:
    """Return a span in hours."""
    return span / timedelta(hours=1)


def odds(chance: float) -> str:
    """Return a probability as people say it: two digits of `1 in …`, and no more than a billion."""
    if chance > 0.5:  # noqa: PLR2004  (more likely than not)
        return "even or more"
    if chance * BILLION < 1:
        return "less than 1 in a billion"
    digits = 1 - len(str(int(1 / chance))) + 1
    return f"1 in {int(round(1 / chance, min(0, digits))):,}"


def span_words(value: float) -> str:
    """Return a span, given in minutes, in the unit in which people think of it."""
    if value < 90:  # noqa: PLR2004  (an hour and a half)
        return f"{value:.0f} min"
    return f"{value / 60:.1f} h" if value < 48 * 60 else f"{value / 1440:.1f} d"


OWN_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "odds": odds, "span": span_words, "waits": lambda count: plural(count, "message waits", "messages wait"),
    "open_records": lambda count: plural(count, "open record"), "jobs": lambda count: plural(count, "job"),
    "profiles": lambda count: plural(count, "profile"), "repairs": lambda count: plural(count, "repair"),
}  # fmt: skip
