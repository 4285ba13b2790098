"""A mood run in stages, since a morning of many articles takes longer than one invocation may.

A stage reads the feeds, and asks the model about what is new until its time is over; what it has not come to is new to the
next stage as well. Every stage saves the moods that it has learnt, and what it read, before it ends. What failed in this run
waits for the next morning: the cursor holds it, with what the stages before have counted.

Reads and writes: as `processor`. Fails: as `processor`, with the last stage.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Self

from agents.mood_processor.processor import MoodProcessor, Part
from agents.runs.ledger import Report, RunOutcome
from agents.runs.stages import Save, Stage
from shared.clock import Clock

STAGE: Final = timedelta(minutes=3)  # until then questions begin; one may take two minutes more, far below the host's ten
MAX_LISTED: Final = 100
WORST_LAST: Final = (RunOutcome.ZERO_WORK, RunOutcome.OK, RunOutcome.PARTIAL)
LATEST: Final = frozenset({"feeds"})  # counts of the same feeds, not of more of them


@dataclass(frozen=True, slots=True)
class MoodProgress:
    """What the stages so far came to. `failed`: the articles that this run does not ask about again."""

    failed: frozenset[str] = frozenset()
    outcome: str = ""
    expected: Mapping[str, int] = field(default_factory=dict)
    done: Mapping[str, int] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    @classmethod
    def from_cursor(cls, cursor: str | None) -> Self:
        """Read it; a run that begins has none."""
        if not cursor:
            return cls()
        found = json.loads(cursor)
        return cls(
            frozenset(found["failed"]), found["outcome"], found["expected"], found["done"], found["detail"],
            tuple(found["errors"]),
        )  # fmt: skip

    def to_cursor(self) -> str:
        """Return it as the run's cursor."""
        return json.dumps({
            "failed": sorted(self.failed), "outcome": self.outcome, "expected": dict(self.expected), "done": dict(self.done),
            "detail": dict(self.detail), "errors": list(self.errors),
        })  # fmt: skip

    def after(self, part: Part) -> Self:
        """Fold one stage."""
        report = part.report
        failed = report.outcome is RunOutcome.FAILED
        outcomes = [RunOutcome(self.outcome)] if self.outcome else []
        outcomes.append(RunOutcome.PARTIAL if failed and self.outcome else report.outcome)
        worst = max(outcomes, key=lambda one: WORST_LAST.index(one) if one in WORST_LAST else len(WORST_LAST))
        return type(self)(
            self.failed | part.failed, worst.value, _counted(self.expected, report.expected), _counted(self.done, report.done),
            _listed(self.detail, report.detail), (*self.errors, *([report.error] if report.error else [])),
        )  # fmt: skip

    def report(self) -> Report:
        """Return how the run ended."""
        return Report(RunOutcome(self.outcome), self.expected, self.done, self.detail, "; ".join(dict.fromkeys(self.errors)))


class MoodRun:
    """A `StagedWork` over the processor."""

    def __init__(self, *, processor: MoodProcessor, clock: Clock) -> None:
        self._processor = processor
        self._clock = clock

    async def advance(self, stage: Stage, save: Save) -> Report | None:
        """Work on until the stage's time is over. None: there are more articles."""
        before = MoodProgress.from_cursor(stage.cursor)
        part = await self._processor.read_some(for_at_most=STAGE, skip=before.failed)
        after = before.after(part)
        if not part.left:
            return after.report()
        await save(after.to_cursor(), after.done)
        return None


def _counted(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    summed = {name: before.get(name, 0) + now.get(name, 0) for name in {**before, **now}}
    return summed | {name: now[name] for name in LATEST if name in now}


def _listed(before: Mapping[str, Any], now: Mapping[str, object]) -> dict[str, Any]:
    """Join the details of two stages: lists grow, numbers add up, of all else the latest counts."""
    joined: dict[str, Any] = dict(before)
    for name, value in now.items():
        known = joined.get(name)
        if name in LATEST or known is None:
            joined[name] = value
        elif isinstance(value, list) and isinstance(known, list):
            joined[name] = [*known, *value][:MAX_LISTED]
        elif isinstance(value, dict) and isinstance(known, dict):
            joined[name] = _counted(known, value)
        elif isinstance(value, int) and isinstance(known, int):
            joined[name] = known + value
        else:
            joined[name] = value or known
    return joined
