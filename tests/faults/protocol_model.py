"""A model of a taste job's life, small enough to try every interleaving of it.

One like, two workers, an at-least-once queue that copies to the dead-letter queue before it deletes, the persister of
dead letters, the reconciler, and an operator who may replay once. Each step of a role is one write to the store or one
call of a queue: between any two of them every other role may move. A fault is a crash, a write that was applied and
reported as failed, a model error, a message that becomes visible while its worker still runs, a lease that ends under a
running worker, or a reconciler that is early.

What may come on top of that is in `protocol_situations` (an outage of the model, a pause, an erasure) and in
`protocol_withdrawn` (the like taken back, and liked again), each a model of its own: their product would be too large to visit.

`explore` visits all states with at most so many faults and returns what went wrong, each with the shortest way there. It
is about what `delivery`, `jobs`, `dead_letters`, `reconciler` and `replays` of `agents` do, in their order;
`Safeguards` takes one of their promises out, to show that the model would notice.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.collector import UNCOLLECTED

ATTEMPTS = 2
DEQUEUES = 2


class About(NamedTuple):
    """What a message is about: the like that asked, the generation of the job that it names (0: none, it is a producer's),
    how often that had been replayed. `runs`: the generation that whoever holds it has found it to be.
    """

    like: int = 1
    generation: int = 1
    replays: int = 0
    runs: int = 0

    @property
    def of(self) -> int:
        """The generation of the job that is worked on."""
        return self.runs or self.generation

    def came(self) -> "About":
        """Return it as it came."""
        return self._replace(runs=0)

    def again(self) -> "About":
        """Return it as it is sent again: it names the generation that was found."""
        return About(self.like, self.of, self.replays)


FIRST = About()
IDLE = ("idle", 0, FIRST)
OVER = frozenset({"ack", "release", "copy", "condemn"})  # what the message was found to be does not matter any more
# who holds it ("" nobody: visible; "dead": a crashed holder), how often it was taken, and what it is about
Message = tuple[str, int, About]
Step = tuple[str, "State", bool]  # what happened, what is then, whether it was a fault


@dataclass(frozen=True)
class Safeguards:
    """What the design promises; each can be taken out."""

    signal_is_create_only: bool = True
    reconciler_runs: bool = True
    leased_elsewhere_comes_again: bool = True
    model_errors_are_raised: bool = True
    record_before_ack: bool = True
    completed_beats_dead: bool = True
    replayed_record_reopens: bool = True
    late_copies_are_known: bool = True
    deferral_keeps_the_attempt: bool = True
    probes_end: bool = True
    held_before_ack: bool = True
    holding_is_no_failure: bool = True
    given_back_before_deleted: bool = True
    latecomers_are_given_back: bool = True
    messages_of_the_erased_are_dropped: bool = True
    letters_of_the_erased_are_dropped: bool = True
    erased_once_more: bool = True
    erased_after_who_was_at_work: bool = True
    findings_are_noted: bool = True
    withdrawn_is_not_applied: bool = True
    withdrawal_looks_again: bool = True
    withdrawal_settles_letters: bool = True
    persister_asks_for_withdrawals: bool = True
    reconciler_settles_withdrawn: bool = True
    later_like_marks_what_came_first: bool = True
    later_message_is_another_job: bool = True
    later_letter_is_another_job: bool = True
    dying_job_is_replayed: bool = True


class Beside(NamedTuple):
    """What a situation adds. `where` it stands ("": it has not begun); then for each of them what it keeps."""

    where: str = ""
    suspended: bool = False  # the breaker is open
    prober: str = ""  # the worker that asks for all, or "dead"
    held: tuple[Message, ...] = ()  # the queue beside
    passes: int = 0
    found: bool = False
    busy: tuple[str, ...] = ()  # who is at work since before the last pass of an erasure
    marked: bool = False  # the profile says that the item was taken back
    unlearnt: bool = False  # the signal is a tombstone
    job_marked: bool = False  # so says the job
    before: bool = False  # the job says it of the one before it
    letter: str = "none"  # the second like's dead letter, ...
    lettered: int = 0  # ... of which replay
    learnt: int = 0  # how often the second like was applied
    again: str = ""  # where the second like stands


class State(NamedTuple):
    """Everything durable, and where each process stands."""

    status: str = "none"
    owner: str = ""
    lease_runs: bool = False
    attempts: int = 0
    verdict: bool = False
    outbox: bool = False
    applied: int = 0
    record: str = "none"
    recorded: int = 0
    messages: tuple[Message, ...] = ()
    dead: tuple[tuple[str, About], ...] = ()
    workers: tuple[Message, ...] = (IDLE, IDLE)
    producer: str = "create"
    persister: str = "idle"
    persists: About = FIRST
    operator: str = "ready"
    generation: int = 1
    replays: int = 0
    faults: int = 0
    beside: Beside = Beside()


@dataclass
class Report:
    """What was seen."""

    states: int = 0
    ends: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)


class Model:
    """The roles and their steps."""

    def __init__(self, safeguards: Safeguards, faults: int) -> None:
        self._safe = safeguards
        self._faults = faults  # those that may happen in all

    def from_a_producer(self, state: State) -> State:
        """Return the beginning without our endpoint: the message stands in the queue."""
        return _send(state, FIRST)._replace(producer="done")

    def wrong(self, state: State, *, ended: bool) -> str:
        """Say what is wrong with a state; `ended`: only a fault could still change it."""
        return _wrong(state, ended=ended)

    def steps(self, state: State) -> Iterator[Step]:
        """Yield every step that is possible now."""
        yield from self._producer(state)
        for index in range(len(state.workers)):
            yield from self._worker(state, index)
        yield from self._persister(state)
        yield from self._operator(state)
        yield from self._time(state)
        if self._safe.reconciler_runs:
            yield from self._reconciler(state)

    def _producer(self, state: State) -> Iterator[Step]:
        if state.producer == "create":
            yield "like stored", state._replace(status="queued", outbox=True, producer="send"), False
        elif state.producer == "send":
            yield "like sent", _send(state, FIRST)._replace(producer="clear"), False
        elif state.producer == "clear":
            yield "outbox cleared", state._replace(outbox=False, producer="done"), False
        if state.producer in {"send", "clear"} and state.faults:
            yield "producer crashes", state._replace(producer="done", faults=state.faults - 1), True

    def _worker(self, state: State, index: int) -> Iterator[Step]:
        at = state.workers[index][0]
        me = f"w{index}"
        if at == "idle":
            for message in {one for one in state.messages if one[0] == ""}:
                held = _swap(state.messages, message, (me, message[1] + 1, message[2]))
                next_ = "claim" if message[1] < DEQUEUES else "copy"
                yield f"{me} takes", _at(state._replace(messages=held), index, next_, message[1:]), False
            return
        yield from getattr(self, f"_{at}")(state, index, me)
        if state.faults:
            gone = _at(_let_go(state, me), index, "idle")
            yield (
                f"{me} crashes at {at}",
                gone._replace(messages=_held_by(state.messages, me, "dead"), faults=state.faults - 1),
                True,
            )
            if any(one[0] == me for one in state.messages):
                loose = _held_by(state.messages, me, "")
                yield f"{me} outlives its lock at {at}", state._replace(messages=loose, faults=state.faults - 1), True

    def _claim(self, state: State, index: int, me: str) -> Iterator[Step]:
        _, takes, about = state.workers[index]
        leased = state.status == "in_flight" and state.lease_runs
        if state.status in {"completed", "dead_lettered"}:
            left = state.status == "completed" and takes and about.generation  # who was here before may have died too early
            yield f"{me} finds it {state.status}", _at(state, index, "settle" if left else "ack"), False
        elif state.verdict:
            yield f"{me} finds a verdict", _at(state, index, "condemn"), False
        elif leased:
            again = "resend" if self._safe.leased_elsewhere_comes_again else "ack"
            yield f"{me} finds it leased", _at(state, index, again), False
        elif state.attempts >= ATTEMPTS:
            spent = state._replace(status="failed", verdict=True, lease_runs=False, owner="")
            yield f"{me} finds it spent", _at(spent, index, "condemn"), False
        else:
            taken = state._replace(status="in_flight", owner=me, lease_runs=True, attempts=state.attempts + 1, outbox=False)
            about = about if about.generation else about._replace(runs=state.generation)
            yield f"{me} claims", _at(taken, index, "ask", (takes, about)), False
            if state.faults:
                lost = _at(taken._replace(owner="", faults=state.faults - 1), index, "resend")
                yield f"{me} claims, answer lost", lost, True

    def _ask(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield f"{me} asks", _at(state, index, "apply"), False
        if state.faults:
            less = state._replace(faults=state.faults - 1)
            yield f"{me} asks, fails", _at(less, index, "fail" if self._safe.model_errors_are_raised else "complete"), True
            yield f"{me} asks, hopeless", _at(less, index, "give_up"), True

    def _apply(self, state: State, index: int, me: str) -> Iterator[Step]:
        done = state
        if not (self._safe.signal_is_create_only and state.applied):
            done = state._replace(applied=min(2, state.applied + 1))
        yield f"{me} applies", _at(done, index, "complete"), False
        if state.faults:
            yield f"{me} applies, answer lost", _at(done._replace(faults=state.faults - 1), index, "fail"), True

    def _complete(self, state: State, index: int, me: str) -> Iterator[Step]:
        if state.status == "completed" or state.generation != state.workers[index][2].of:
            yield f"{me} finds it completed", _at(state, index, "ack"), False
            return
        was_dead = state.status == "dead_lettered"
        was_replayed = state.replays and state.status == "in_flight" and state.owner == me
        if was_dead and not self._safe.completed_beats_dead:
            yield f"{me} leaves it dead", _at(state, index, "ack"), False
            return
        done = state._replace(status="completed", owner="", lease_runs=False, verdict=False)
        yield f"{me} completes", _at(done, index, "settle" if was_dead or was_replayed else "ack"), False
        if state.faults:
            yield f"{me} completes, answer lost", _at(done._replace(faults=state.faults - 1), index, "resend"), True

    def _settle(self, state: State, index: int, me: str) -> Iterator[Step]:
        record = state.record if state.record == "none" else "resolved"
        settled = _at(state._replace(record=record), index, "ack")
        yield f"{me} settles the record", settled, False
        if state.faults:
            yield f"{me} cannot settle the record", _at(state._replace(faults=state.faults - 1), index, "resend"), True

    def _fail(self, state: State, index: int, me: str, *, hopeless: bool = False) -> Iterator[Step]:
        if not (state.status == "in_flight" and state.owner == me):
            yield f"{me} has lost its lease", _at(state, index, "resend"), False
            return
        verdict = hopeless or state.attempts >= ATTEMPTS
        written = state._replace(status="failed", owner="", lease_runs=False, verdict=verdict)
        yield f"{me} writes the failure", _at(written, index, "condemn" if verdict else "resend"), False
        if state.faults:
            yield f"{me} writes the failure, answer lost", _at(written._replace(faults=state.faults - 1), index, "resend"), True

    def _give_up(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield from self._fail(state, index, me, hopeless=True)

    def _resend(self, state: State, index: int, me: str) -> Iterator[Step]:
        about = state.workers[index][2].again()
        yield f"{me} sends again", _at(_let_go(_send(state, about), me), index, "ack"), False
        if state.faults:
            less = _let_go(state, me)._replace(faults=state.faults - 1)
            yield f"{me} cannot send", _at(less, index, "release"), True
            yield f"{me} sends again, answer lost", _at(_send(less, about), index, "release"), True

    def _condemn(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield f"{me} sends a dead letter", _at(_bury(state, state.workers[index][2].came()), index, "ack"), False
        if state.faults:
            less = state._replace(faults=state.faults - 1)
            yield f"{me} cannot send a dead letter", _at(less, index, "release"), True

    def _release(self, state: State, index: int, me: str) -> Iterator[Step]:
        """The function raised: the host makes the message visible again, or moves it."""
        if state.workers[index][1] + 1 >= DEQUEUES and any(one[0] == me for one in state.messages):
            yield "the host gives up", _at(state, index, "copy"), False
        else:
            yield f"{me} releases", _at(state._replace(messages=_held_by(state.messages, me, "")), index, "idle"), False

    def _copy(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield "the host copies to the dead letters", _at(_bury(state, state.workers[index][2].came()), index, "ack"), False

    def _ack(self, state: State, index: int, me: str) -> Iterator[Step]:
        left = tuple(one for one in state.messages if one[0] != me)
        yield f"{me} acknowledges", _at(_let_go(state, me)._replace(messages=left), index, "idle"), False

    def _persister(self, state: State) -> Iterator[Step]:
        at = state.persister
        if at == "idle":
            for one in {one for one in state.dead if one[0] == ""}:
                held = tuple(sorted([*_one_less(state.dead, one), ("persister", one[1])]))
                first = "look" if self._safe.record_before_ack else "ack"
                yield "the persister takes", state._replace(dead=held, persister=first, persists=one[1]), False
            return
        about = state.persists.came()
        visible = tuple(sorted([*_one_less(state.dead, ("persister", about)), ("", about)]))
        if state.faults:
            loose = state._replace(dead=visible, persister="idle", persists=FIRST, faults=state.faults - 1)
            yield f"the persister crashes, or its store is down, at {at}", loose, True
        yield from self._persist(state)

    def _persist(self, state: State) -> Iterator[Step]:
        """The steps of storing one dead letter."""
        at, late = state.persister, self._late(state)
        if at == "look":
            found = "resolved" if state.status == "completed" else "late" if late else "open"
            yield f"the persister looks: {state.status}", state._replace(persister=f"store {found}"), False
        elif at.startswith("store"):
            yield self._stores(state)
        elif at == "mark":
            if state.status == "completed":
                yield "the persister finds it completed", state._replace(record="resolved", persister="ack"), False
            elif late:
                yield "the persister finds it replayed", state._replace(persister="ack"), False
            elif state.status == "none":
                yield "the persister finds no job", state._replace(persister="ack"), False
            else:
                marked = state._replace(status="dead_lettered", outbox=False, lease_runs=False, persister="ack")
                yield "the persister marks the job", marked, False
        else:
            left = tuple(_one_less(state.dead, ("persister", state.persists.came())))
            yield "the persister acknowledges", state._replace(dead=left, persister="idle", persists=FIRST), False

    def _late(self, state: State) -> bool:
        """Whether the job was replayed since what is persisted had died."""
        return self._safe.late_copies_are_known and state.replays > state.persists.replays

    def _stores(self, state: State) -> Step:
        """One write of the record: create it, renew it after a replay, or leave it as it is."""
        at, stored = state.persister, state
        if state.record == "none":
            stored = state._replace(record="resolved" if at == "store resolved" else "open", recorded=state.persists.replays)
        elif state.record in {"open", "replayed"} and at == "store open" and self._renews(state):
            stored = state._replace(record="open", recorded=state.persists.replays)
        settled = stored.record == "resolved" or at == "store late"
        return "the persister stores the record", stored._replace(persister="ack" if settled else "mark"), False

    def _renews(self, state: State) -> bool:
        return self._safe.replayed_record_reopens and state.recorded < state.persists.replays

    def _operator(self, state: State) -> Iterator[Step]:
        """Replays an open record once: by choice, so no end waits for it."""
        at = state.operator
        if at == "ready":
            if state.record == "open" and state.status != "dead_lettered" and not self._safe.dying_job_is_replayed:
                yield "the operator leaves the job as it is", state._replace(operator="mark"), True
            elif state.record == "open" and state.status != "completed":
                again = state._replace(status="queued", attempts=0, verdict=False, outbox=True, owner="", lease_runs=False)
                yield "the operator queues it again", again._replace(operator="mark", replays=1), True
            return
        if at == "done":
            return
        if state.faults:
            yield f"the operator's process dies at {at}", state._replace(operator="done", faults=state.faults - 1), True
        if at == "mark":
            as_seen = state.record == "open" and state.recorded == 0
            record = "replayed" if as_seen else state.record
            yield "the operator marks the record", state._replace(record=record, operator="send"), False
        elif at == "send":
            yield "the operator sends", _send(state)._replace(operator="clear"), False
        else:
            yield "the operator clears the outbox", state._replace(outbox=False, operator="done"), False

    def _time(self, state: State) -> Iterator[Step]:
        if any(one[0] == "dead" for one in state.messages):
            yield "a crashed worker's lock ends", state._replace(messages=_held_by(state.messages, "dead", "")), False
        if state.lease_runs:
            if not state.owner:
                yield "a dead lease ends", state._replace(lease_runs=False), False
            elif state.faults:
                yield "a lease ends too early", state._replace(lease_runs=False, faults=state.faults - 1), True

    def _reconciler(self, state: State) -> Iterator[Step]:
        if state.status == "dead_lettered" and state.applied:
            yield "the reconciler finds it applied", state._replace(status="completed", verdict=False), False
        if state.status == "completed" and state.record in {"open", "replayed"}:
            yield "the reconciler settles the record", state._replace(record="resolved"), False
        waiting = state.status in {"queued", "failed"} or (state.status == "in_flight" and not state.lease_runs)
        if not waiting or state.producer == "create":
            return
        woken = _bury(state) if state.verdict else _send(state)
        quiet = not state.messages and not state.dead and state.producer == "done" and state.persister == "idle"
        quiet = quiet and state.operator in {"ready", "done"} and not state.beside.held
        if quiet and all(worker == IDLE for worker in state.workers):
            yield "the reconciler sends", woken._replace(outbox=False), False
        elif state.faults:
            yield "the reconciler sends too early", woken._replace(faults=state.faults - 1), True


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


def _wrong(state: State, *, ended: bool) -> str:
    if state.applied > 1:
        return "applied twice"
    if not ended or (state.status == "completed" and state.applied and state.record in {"none", "resolved"}):
        return ""
    if state.status in {"dead_lettered", "none"} and not state.applied and state.record == "open":
        return ""
    if state.status == "completed":
        return "completed, and nothing applied" if not state.applied else "completed, and its dead letter is open"
    if state.status == "dead_lettered":
        return "dead-lettered, and applied" if state.applied else "dead-lettered without an open record"
    return "stuck: nothing will ever move it"


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


def _at(state: State, index: int, where: str, message: tuple[int, About] | None = None) -> State:
    """Move a worker; `message`: how often the one that it took was taken before, and what it is about."""
    takes, about = message or state.workers[index][1:]
    worker = IDLE if where == "idle" else (where, takes, about.came() if where in OVER else about)
    return state._replace(workers=(*state.workers[:index], worker, *state.workers[index + 1 :]))


def _let_go(state: State, me: str) -> State:
    """The worker works on it no more: its lease may end."""
    return state._replace(owner="") if state.owner == me else state


def _send(state: State, about: About | None = None) -> State:
    """Send a message of the job: as its document has it, or as a worker had it."""
    return state._replace(messages=tuple(sorted([*state.messages, ("", 0, about or _of_job(state))])))


def _bury(state: State, about: About | None = None) -> State:
    return state._replace(dead=tuple(sorted([*state.dead, ("", about or _of_job(state))])))


def _of_job(state: State) -> About:
    return About(state.generation, state.generation, state.replays)


def _swap(messages: tuple[Message, ...], old: Message, new: Message) -> tuple[Message, ...]:
    return tuple(sorted([*_one_less(messages, old), new]))


def _held_by(messages: tuple[Message, ...], holder: str, new: str) -> tuple[Message, ...]:
    return tuple(sorted((new if one == holder else one, *rest) for one, *rest in messages))


def _one_less(many: tuple, one: object) -> tuple:
    index = many.index(one)
    return many[:index] + many[index + 1 :]
