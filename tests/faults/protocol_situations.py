"""What may happen to a taste job besides crashes: each situation is the protocol's model with one thing more in it.

An outage of the model, with the breaker that keeps all from asking; a pause, with the queue beside; the erasure of the user;
and in `protocol_withdrawn` the withdrawal of the like. That one of them begins is nobody's fault and costs none, but no end
waits for it. Each may begin at any moment: before the job is stored, while it is worked on, when it is dead, or done.

What must hold in all of them is what holds in the plain model, and: nothing is condemned where nothing failed; nothing of an
erased person is left once the erasure says so. An erased or withdrawn like is the only one that may end without effect and
without a dead letter.
"""

from collections.abc import Iterator

from tests.faults.protocol_model import Model
from tests.faults.protocol_state import IDLE, State, Step, now, one_less, place, send


class Situation(Model):
    """A model with something beside it."""

    def steps(self, state: State) -> Iterator[Step]:
        """Yield every step that is possible now, of the job's roles and of the situation."""
        for name, after, fault in super().steps(state):
            yield name, self._tidied(after), fault
        yield from self._beside(state)

    def wrong(self, state: State, *, ended: bool) -> str:
        """No death without a failure, in any situation."""
        if (state.dead or state.verdict or state.status == "dead_lettered") and state.faults == self._faults:
            return "condemned, and nothing had failed"
        return super().wrong(state, ended=ended)

    def _beside(self, state: State) -> Iterator[Step]:
        raise NotImplementedError

    def _tidied(self, state: State) -> State:
        """Return the state after a step of the job's roles: what follows from it for the situation."""
        return state


class Outage(Situation):
    """The model goes down for a while, shorter than the budget of deferrals, and every worker asks a breaker first."""

    def _beside(self, state: State) -> Iterator[Step]:
        if state.beside.where == "":
            yield "the model goes down", now(state, where="down"), True
        elif state.beside.where == "down":
            yield "the model is back", now(state, where="back"), False
        if state.beside.prober == "dead" and self._safe.probes_end:
            yield "a probe's time ends", now(state, prober=""), False

    def _tidied(self, state: State) -> State:
        prober = state.beside.prober
        alive = any(prober == f"w{index}" and worker[0] == "probe" for index, worker in enumerate(state.workers))
        return state if alive or not prober else now(state, prober="dead")

    def _ask(self, state: State, index: int, me: str) -> Iterator[Step]:
        if state.beside.suspended:
            if not state.beside.prober:
                yield f"{me} takes the probe", place(now(state, prober=me), index, "probe"), False
            yield f"{me} is turned away", place(state, index, "defer"), False
        elif state.beside.where == "down":
            yield f"{me} asks in vain and opens the breaker", place(now(state, suspended=True), index, "defer"), False
        else:
            yield from super()._ask(state, index, me)

    def _probe(self, state: State, index: int, me: str) -> Iterator[Step]:
        free = now(state, prober="")
        if state.beside.where == "down":
            yield f"{me} probes in vain", place(free, index, "defer"), False
        else:
            yield f"{me} probes and closes the breaker", place(now(free, suspended=False), index, "apply"), False

    def _defer(self, state: State, index: int, me: str) -> Iterator[Step]:
        if not (state.status == "in_flight" and state.owner == me):
            yield f"{me} has lost its lease", place(state, index, "resend"), False
            return
        kept = state.attempts - 1 if self._safe.deferral_keeps_the_attempt else state.attempts
        written = place(state._replace(status="failed", owner="", lease_runs=False, attempts=kept), index, "resend")
        yield f"{me} writes that it waits", written, False
        if state.faults:
            yield f"{me} writes that it waits, answer lost", written._replace(faults=state.faults - 1), True


class Paused(Situation):
    """On-call pauses the queue. An instance goes by what it has read a while ago, so each learns late of start and end."""

    def _beside(self, state: State) -> Iterator[Step]:
        where = state.beside.where
        if where == "":
            yield "on-call pauses the queue", now(state, where="paused"), True
        elif where == "paused":
            yield "the pause ends", now(state, where="over"), False
        elif where == "over":
            yield "every instance knows that it is over", now(state, where="known"), False
        if where in {"over", "known"}:
            yield from self._keeper(state)

    def _keeper(self, state: State) -> Iterator[Step]:
        """Gives back what is held: takes it, sends it, deletes it."""
        for one in set(state.beside.held):
            holder, rest = one[0], one_less(state.beside.held, one)
            gone = now(state, held=rest)
            if holder == "dead":
                yield "a dead keeper's lock ends", now(state, held=tuple(sorted([*rest, ("", *one[1:])]))), False
            elif holder == "":
                free = not any(other[0] in {"keeper", "sent", "deleted"} for other in state.beside.held)
                if free and (state.beside.where == "over" or self._safe.latecomers_are_given_back):
                    yield "the keeper takes", now(state, held=tuple(sorted([*rest, ("keeper", *one[1:])]))), False
            elif holder == "keeper" and self._safe.given_back_before_deleted:
                yield "the keeper sends", send(now(state, held=tuple(sorted([*rest, ("sent", *one[1:])]))), one[2]), False
            elif holder == "keeper":
                yield "the keeper deletes", now(state, held=tuple(sorted([*rest, ("deleted", *one[1:])]))), False
            else:
                yield f"the keeper is done, {holder}", gone if holder == "sent" else send(gone, one[2]), False
            if holder in {"keeper", "sent", "deleted"} and state.faults:
                left = gone if holder == "deleted" else now(state, held=tuple(sorted([*rest, ("dead", *one[1:])])))
                yield f"the keeper crashes, {holder}", left._replace(faults=state.faults - 1), True

    def _claim(self, state: State, index: int, me: str) -> Iterator[Step]:
        if state.beside.where in {"paused", "over"}:
            if not self._safe.holding_is_no_failure:
                yield f"{me} refuses it", place(state, index, "release"), False
            elif self._safe.held_before_ack:
                yield f"{me} knows of the pause", place(state, index, "aside"), False
            else:
                left = tuple(one for one in state.messages if one[0] != me)
                yield f"{me} acknowledges too early", place(state._replace(messages=left), index, "aside"), False
            if state.faults:
                hidden = place(state._replace(faults=state.faults - 1), index, "resend")
                yield f"{me} cannot read the pauses and hides it", hidden, True
        yield from super()._claim(state, index, me)

    def _aside(self, state: State, index: int, me: str) -> Iterator[Step]:
        held = now(state, held=tuple(sorted([*state.beside.held, ("", 0, state.workers[index][2])])))
        yield f"{me} puts it aside", place(held, index, "ack"), False
        if state.faults:
            yield f"{me} puts it aside, answer lost", place(held._replace(faults=state.faults - 1), index, "release"), True
            yield f"{me} cannot put it aside", place(state._replace(faults=state.faults - 1), index, "release"), True


class Erased(Situation):
    """The user is erased: noted, then their jobs, dead letters and taste, and all again until a pass has found nothing."""

    def wrong(self, state: State, *, ended: bool) -> str:
        """Nothing is left; an erased like need not have an end."""
        if state.beside.where != "erased":
            return super().wrong(state, ended=ended)
        left = state.status != "none" or state.applied or state.record != "none"
        return "something of an erased person is left" if left else ""

    def _beside(self, state: State) -> Iterator[Step]:
        at = state.beside.where
        if at == "" and state.producer != "create":
            yield "it is noted that the user is erased", now(state, where="jobs"), True
        elif at == "jobs":
            found = state.status != "none" or (self._safe.findings_are_noted and state.beside.found)
            bare = state._replace(status="none", owner="", lease_runs=False, attempts=0, verdict=False, outbox=False)
            yield "their jobs are erased", now(bare, where="letters", found=found), False
        elif at == "letters":
            found = state.beside.found or state.record != "none"
            yield "their dead letters are erased", now(state._replace(record="none"), where="taste", found=found), False
        elif at == "taste":
            yield "their taste is erased", self._passed(state._replace(applied=0), found=bool(state.applied)), False
        elif at == "settle" and not state.beside.busy:
            yield "the next pass begins", now(state, where="jobs", found=False), False
        if at in {"jobs", "letters", "taste"} and state.faults:
            yield (
                "the erasure dies and begins its pass again",
                now(state, where="jobs")._replace(faults=state.faults - 1),
                True,
            )

    def _passed(self, state: State, *, found: bool) -> State:
        beside = state.beside
        if (beside.passes and not (found or beside.found)) or not self._safe.erased_once_more:
            return now(state, where="erased", found=False, busy=())
        busy = [f"w{index}" for index, worker in enumerate(state.workers) if worker != IDLE]
        busy += ["persister"] if state.persister != "idle" else []
        waits = tuple(busy) if self._safe.erased_after_who_was_at_work else ()
        return now(state, where="settle", passes=1, found=False, busy=waits)

    def _tidied(self, state: State) -> State:
        if not state.beside.busy:
            return state
        idle = {f"w{index}" for index, worker in enumerate(state.workers) if worker == IDLE}
        idle |= {"persister"} if state.persister == "idle" else set()
        return now(state, busy=tuple(one for one in state.beside.busy if one not in idle))

    def _drops(self, state: State) -> bool:
        return self._safe.messages_of_the_erased_are_dropped and state.beside.where != ""

    def _claim(self, state: State, index: int, me: str) -> Iterator[Step]:
        if state.status != "none":
            yield from super()._claim(state, index, me)
        elif self._drops(state):
            yield f"{me} finds the user erased", place(state, index, "ack"), False
        else:
            yield f"{me} finds no job, and nobody erased", place(state, index, "create"), False

    def _create(self, state: State, index: int, me: str) -> Iterator[Step]:
        if state.status != "none":
            yield f"{me} finds it created", place(state, index, "claim"), False
            return
        for name, after, fault in super()._claim(state, index, me):
            seen = after.workers[index][0] == "ask"
            yield name, place(after, index, "ask_unerased") if seen else after, fault

    def _ask_unerased(self, state: State, index: int, me: str) -> Iterator[Step]:
        """With its claim it was seen that the user is not erased: it will not look again."""
        for name, after, fault in super()._ask(state, index, me):
            asked = after.workers[index][0] == "apply"
            yield name, place(after, index, "apply_unerased") if asked else after, fault

    def _apply_unerased(self, state: State, index: int, me: str) -> Iterator[Step]:
        yield from super()._apply(state, index, me)

    def _apply(self, state: State, index: int, me: str) -> Iterator[Step]:
        """The note is looked for where there is no profile; until the first pass is over other likes may have left one."""
        if self._drops(state) and not state.applied:
            yield f"{me} finds the user erased", place(state, index, "complete"), False
            if state.beside.passes:
                return
        yield from super()._apply(state, index, me)

    def _complete(self, state: State, index: int, me: str) -> Iterator[Step]:
        if state.status == "none":
            yield f"{me} finds its job gone", place(state, index, "ack"), False
        else:
            yield from super()._complete(state, index, me)

    def _persister(self, state: State) -> Iterator[Step]:
        erased = state.beside.where != "" and state.status == "none"
        if state.persister == "look" and erased and self._safe.letters_of_the_erased_are_dropped:
            yield "the persister finds the user erased", state._replace(persister="ack"), False
        else:
            yield from super()._persister(state)
