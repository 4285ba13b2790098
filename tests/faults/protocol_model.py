"""A model of a taste job's life, small enough to try every interleaving of it.

One like, two workers, an at-least-once queue that copies to the dead-letter queue before it deletes, the persister of
dead letters, the reconciler, and an operator who may replay once. Each step of a role is one write to the store or one
call of a queue: between any two of them every other role may move. A fault is a crash, a write that was applied and
reported as failed, a model error, a message that becomes visible while its worker still runs, a lease that ends under a
running worker, or a reconciler that is early.

What may come on top of that is in `protocol_situations` (an outage of the model, a pause, an erasure) and in
`protocol_withdrawn` (the like taken back, and liked again), each a model of its own: their product would be too large to visit.

`protocol_explorer.explore` visits all states with at most so many faults and returns what went wrong, each with the shortest
way there. It is about what `delivery`, `jobs`, `dead_letters`, `reconciler` and `replays` of `agents` do, in their order;
`Safeguards` takes one of their promises out, to show that the model would notice.
"""

from collections.abc import Iterator

from tests.faults.protocol_state import (
    ATTEMPTS,
    DEQUEUES,
    FIRST,
    IDLE,
    Safeguards,
    State,
    Step,
    bury,
    held_by,
    let_go,
    one_less,
    place,
    send,
    swap,
)  # fmt: skip


class Model:
    """The roles and their steps."""

    def __init__(self, safeguards: Safeguards, faults: int) -> None:
        self._safe = safeguards
        self._faults = faults  # those that may happen in all

    def from_a_producer(self, state: State) -> State:
        """Return the beginning without our endpoint: the message stands in the queue."""
        return send(state, FIRST)._replace(producer="done")

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
            yield "like sent", send(state, FIRST)._replace(producer="clear"), False
        elif state.producer == "clear":
            yield "outbox cleared", state._replace(outbox=False, producer="done"), False
        if state.producer in {"send", "clear"} and state.faults:
            yield "producer crashes", state._replace(producer="done", faults=state.faults - 1), True

    def _worker(self, state: State, index: int) -> Iterator[Step]:
        at = state.workers[index][0]
        me = f"w{index}"
        if at == "idle":
            for message in {one for one in state.messages if one[0] == ""}:
                held = swap(state.messages, message, (me, message[1] + 1, message[2]))
                next_ = "claim" if message[1] < DEQUEUES else "copy"
                yield f"{me} takes", place(state._replace(messages=held), index, next_, message[1:]), False
            return
        yield from getattr(self, f"_{at}")(state, index, me)
        if state.faults:
            gone = place(let_go(state, me), index, "idle")
            yield (
                f"{me} crashes at {at}",
                gone._replace(messages=held_by(state.messages, me, "dead"), faults=state.faults - 1),
                True,
            )
            if any(one[0] == me for one in state.messages):
                loose = held_by(state.messages, me, "")
                yield f"{me} outlives its lock at {at}", state._replace(messages=loose, faults=state.faults - 1), True

    def _claim(self, state: State, index: int, me: str) -> Iterator[Step]:
        _, takes, about = state.workers[index]
        leased = state.status == "in_flight" and state.lease_runs
        if state.status in {"completed", "dead_lettered"}:
            left = state.status == "completed" and takes and about.generation  # who was here before may have died too early
            yield f"{me} finds it {state.status}", place(state, index, "settle" if left else "ack"), False
        elif state.verdict:
            yield f"{me} finds a verdict", place(state, index, "condemn"), False
        elif leased:
            again = "resend" if self._safe.leased_elsewhere_comes_again else "ack"
            yield f"{me} finds it leased", place(state, index, again), False
        elif state.attempts >= ATTEMPTS:
            spent = state._replace(status="failed", verdict=True, lease_runs=False, owner="")
            yield f"{me} finds it spent", place(spent, index, "condemn"), False
        else:
            taken = state._replace(status="in_flight", owner=me, lease_runs=True, attempts=state.attempts + 1, outbox=False)
            about = about if about.generation else about._replace(runs=state.generation)
            yield f"{me} claims", place(taken, index, "ask", (takes, about)), False
            if state.faults:
                lost = place(taken._replace(owner="", faults=state.faults - 1), index, "resend")
                yield f"{me} claims, answer lost", lost, True

    def _ask(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield f"{me} asks", place(state, index, "apply"), False
        if state.faults:
            less = state._replace(faults=state.faults - 1)
            yield f"{me} asks, fails", place(less, index, "fail" if self._safe.model_errors_are_raised else "complete"), True
            yield f"{me} asks, hopeless", place(less, index, "give_up"), True

    def _apply(self, state: State, index: int, me: str) -> Iterator[Step]:
        done = state
        if not (self._safe.signal_is_create_only and state.applied):
            done = state._replace(applied=min(2, state.applied + 1))
        yield f"{me} applies", place(done, index, "complete"), False
        if state.faults:
            yield f"{me} applies, answer lost", place(done._replace(faults=state.faults - 1), index, "fail"), True

    def _complete(self, state: State, index: int, me: str) -> Iterator[Step]:
        if state.status == "completed" or state.generation != state.workers[index][2].of:
            yield f"{me} finds it completed", place(state, index, "ack"), False
            return
        was_dead = state.status == "dead_lettered"
        was_replayed = state.replays and state.status == "in_flight" and state.owner == me
        if was_dead and not self._safe.completed_beats_dead:
            yield f"{me} leaves it dead", place(state, index, "ack"), False
            return
        done = state._replace(status="completed", owner="", lease_runs=False, verdict=False)
        yield f"{me} completes", place(done, index, "settle" if was_dead or was_replayed else "ack"), False
        if state.faults:
            yield f"{me} completes, answer lost", place(done._replace(faults=state.faults - 1), index, "resend"), True

    def _settle(self, state: State, index: int, me: str) -> Iterator[Step]:
        record = state.record if state.record == "none" else "resolved"
        settled = place(state._replace(record=record), index, "ack")
        yield f"{me} settles the record", settled, False
        if state.faults:
            yield f"{me} cannot settle the record", place(state._replace(faults=state.faults - 1), index, "resend"), True

    def _fail(self, state: State, index: int, me: str, *, hopeless: bool = False) -> Iterator[Step]:
        if not (state.status == "in_flight" and state.owner == me):
            yield f"{me} has lost its lease", place(state, index, "resend"), False
            return
        verdict = hopeless or state.attempts >= ATTEMPTS
        written = state._replace(status="failed", owner="", lease_runs=False, verdict=verdict)
        yield f"{me} writes the failure", place(written, index, "condemn" if verdict else "resend"), False
        if state.faults:
            yield (
                f"{me} writes the failure, answer lost",
                place(written._replace(faults=state.faults - 1), index, "resend"),
                True,
            )

    def _give_up(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield from self._fail(state, index, me, hopeless=True)

    def _resend(self, state: State, index: int, me: str) -> Iterator[Step]:
        about = state.workers[index][2].again()
        yield f"{me} sends again", place(let_go(send(state, about), me), index, "ack"), False
        if state.faults:
            less = let_go(state, me)._replace(faults=state.faults - 1)
            yield f"{me} cannot send", place(less, index, "release"), True
            yield f"{me} sends again, answer lost", place(send(less, about), index, "release"), True

    def _condemn(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield f"{me} sends a dead letter", place(bury(state, state.workers[index][2].came()), index, "ack"), False
        if state.faults:
            less = state._replace(faults=state.faults - 1)
            yield f"{me} cannot send a dead letter", place(less, index, "release"), True

    def _release(self, state: State, index: int, me: str) -> Iterator[Step]:
        """The function raised: the host makes the message visible again, or moves it."""
        if state.workers[index][1] + 1 >= DEQUEUES and any(one[0] == me for one in state.messages):
            yield "the host gives up", place(state, index, "copy"), False
        else:
            yield f"{me} releases", place(state._replace(messages=held_by(state.messages, me, "")), index, "idle"), False

    def _copy(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield "the host copies to the dead letters", place(bury(state, state.workers[index][2].came()), index, "ack"), False

    def _ack(self, state: State, index: int, me: str) -> Iterator[Step]:
        left = tuple(one for one in state.messages if one[0] != me)
        yield f"{me} acknowledges", place(let_go(state, me)._replace(messages=left), index, "idle"), False

    def _persister(self, state: State) -> Iterator[Step]:
        at = state.persister
        if at == "idle":
            for one in {one for one in state.dead if one[0] == ""}:
                held = tuple(sorted([*one_less(state.dead, one), ("persister", one[1])]))
                first = "look" if self._safe.record_before_ack else "ack"
                yield "the persister takes", state._replace(dead=held, persister=first, persists=one[1]), False
            return
        about = state.persists.came()
        visible = tuple(sorted([*one_less(state.dead, ("persister", about)), ("", about)]))
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
        elif at == "renew":
            renewed = state._replace(record="open", recorded=state.persists.replays) if self._renews(state) else state
            yield "the persister renews the record", renewed._replace(persister="mark"), False
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
            left = tuple(one_less(state.dead, ("persister", state.persists.came())))
            yield "the persister acknowledges", state._replace(dead=left, persister="idle", persists=FIRST), False

    def _late(self, state: State) -> bool:
        """Whether the job was replayed since what is persisted had died."""
        return self._safe.late_copies_are_known and state.replays > state.persists.replays

    def _stores(self, state: State) -> Step:
        """Create the record, or read the one that is there."""
        at, stored = state.persister, state
        if state.record == "none":
            stored = state._replace(record="resolved" if at == "store resolved" else "open", recorded=state.persists.replays)
        settled = stored.record == "resolved" or at == "store late"
        renews = at == "store open" and self._renews(state)
        on = "ack" if settled else "renew" if renews else "mark"
        return "the persister stores the record", stored._replace(persister=on), False

    def _renews(self, state: State) -> bool:
        """Whether a record is of a death before the replay that died now; the write asks for it once more."""
        known = state.record in {"open", "replayed"}
        return self._safe.replayed_record_reopens and known and state.recorded < state.persists.replays

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
            yield "the operator sends", send(state)._replace(operator="clear"), False
        else:
            yield "the operator clears the outbox", state._replace(outbox=False, operator="done"), False

    def _time(self, state: State) -> Iterator[Step]:
        if any(one[0] == "dead" for one in state.messages):
            yield "a crashed worker's lock ends", state._replace(messages=held_by(state.messages, "dead", "")), False
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
        woken = bury(state) if state.verdict else send(state)
        quiet = not state.messages and not state.dead and state.producer == "done" and state.persister == "idle"
        quiet = quiet and state.operator in {"ready", "done"} and not state.beside.held
        if quiet and all(worker == IDLE for worker in state.workers):
            yield "the reconciler sends", woken._replace(outbox=False), False
        elif state.faults:
            yield "the reconciler sends too early", woken._replace(faults=state.faults - 1), True


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
