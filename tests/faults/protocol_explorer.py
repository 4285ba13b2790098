"""Visits every state of a model, and tells what is wrong with one and how it came to that."""

from collections import deque
from dataclasses import dataclass, field

from shared.collector import UNCOLLECTED
from tests.faults.protocol_model import Model
from tests.faults.protocol_state import Safeguards, State


@dataclass
class Report:
    """What was seen."""

    states: int = 0
    ends: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)


def explore(
    safeguards: Safeguards, *, faults: int, replay: bool = True, endpoint: bool = True, situation: type[Model] = Model,
    dead: bool = False, until: str = "",
) -> Report:  # fmt: skip
    """Visit every state with at most `faults` faults; then see that a good end is in reach of each without a further one.

    Without `endpoint` the like came straight from a producer: its message stands in the queue, and no job is stored. The
    first claim of it creates the job as claimed, in the one write that a claim is. `dead`: the like has died
    already, and its dead letter is stored. `until`: the violation that is looked for.
    """
    model, state = situation(safeguards, faults), State(faults=faults, operator="ready" if replay else "done")
    if dead:
        state = state._replace(status="dead_lettered", attempts=1, verdict=True, record="open", producer="done")
    elif not endpoint:
        state = model.from_a_producer(state)
    with UNCOLLECTED:  # they are many, all are kept, and there are no cycles
        return _visit(model, state, until)


def _visit(model: Model, first: State, until: str) -> Report:
    report, start = Report(), _canonical(first)
    came: dict[State, tuple[State, str] | None] = {start: None}
    before: dict[State, list[State]] = {start: []}
    good: list[State] = []
    todo = deque([start])
    while todo:
        state = todo.popleft()
        steps = list(model.steps(state))
        ended = all(fault for _, _, fault in steps)
        wrong = model.wrong(state, ended=ended)
        if wrong:
            report.violations.setdefault(wrong, _way(came, state))
            if wrong == until:
                break
            continue
        if ended:
            good.append(state)
        for name, after, fault in steps:
            canonical = _canonical(after)
            if canonical not in came:
                came[canonical] = (state, name)
                before[canonical] = []
                todo.append(canonical)
            if not fault:
                before[canonical].append(state)
    report.states, report.ends = len(came), len(good)
    if not report.violations:
        reaching = _reaching(good, before)
        hopeless = next((state for state in came if state not in reaching), None)
        if hopeless is not None:
            report.violations["goes on for ever"] = _way(came, hopeless)
    return report


def _reaching(ends: list[State], before: dict[State, list[State]]) -> set[State]:
    found, todo = set(ends), list(ends)
    while todo:
        for state in before[todo.pop()]:
            if state not in found:
                found.add(state)
                todo.append(state)
    return found


def _canonical(state: State) -> State:
    """Return one state for the two that differ only in the workers' names: the first worker is not further in the alphabet."""
    first, second = state.workers
    if first < second:
        return state
    names = {"w0": "w1", "w1": "w0"}
    swapped = state._replace(
        workers=state.workers[::-1],
        owner=names.get(state.owner, state.owner),
        messages=tuple(sorted((names.get(holder, holder), *rest) for holder, *rest in state.messages)),
        beside=state.beside._replace(
            prober=names.get(state.beside.prober, state.beside.prober),
            busy=tuple(sorted(names.get(one, one) for one in state.beside.busy)),
        ),
    )
    return swapped if first > second else min(state, swapped)


def _way(came: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    names = []
    while (before := came[state]) is not None:
        state, name = before
        names.append(name)
    return names[::-1]
