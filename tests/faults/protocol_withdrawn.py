"""The like is taken back, and perhaps liked again: with all that may have become of it by then, its dead letter too.

A withdrawal reads what is known of the like, marks the job, unlearns, and settles the dead letters; where nothing is known it
is noted ahead of the like. Whoever comes upon a dead letter of what was taken back settles it as well: the persister, the
reconciler, a replay, which is refused. One that dies was not answered: the user may ask again, or leave it.

The second like comes when the withdrawal is over, by either door (`protocol_again`). It is a job of its own, the
second generation, and its message may meet whatever is left of the first. No withdrawal follows it.
"""

from collections.abc import Iterator

from tests.faults.protocol_model import Model
from tests.faults.protocol_records import WAITING, as_seen, begun, end_job, record_of, recorded_of, recording, resolve
from tests.faults.protocol_situations import Situation
from tests.faults.protocol_state import About, State, Step, now, place, send

TAUGHT, OPEN, LOST = "taught after it was taken back", "a dead letter of what was taken back waits", "the second like is lost"


class Withdrawn(Situation):
    """See the module; the item is not liked again."""

    def from_a_producer(self, state: State) -> State:
        """A producer knows no generations."""
        return send(state, About(generation=0))._replace(producer="done")

    # what must hold

    def wrong(self, state: State, *, ended: bool) -> str:
        """Nothing is taught and no dead letter waits once it was answered; the second like is learnt, or waits."""
        beside, first = state.beside, bool(state.applied and not state.beside.unlearnt)
        if state.applied > 1 or beside.learnt > 1:
            return "applied twice"
        if beside.where == "answered" and first:
            return TAUGHT
        if not ended:
            return Model.wrong(self, state, ended=False)
        if "replayed" in {state.record, beside.letter}:
            return "a replay without an end"
        if state.record == "open" and beside.where == "answered":
            return OPEN
        stands = first or bool(beside.learnt) or "open" in {state.record, beside.letter}
        if beside.again and not stands:
            return LOST
        return self._wrong_job(state)

    def _wrong_job(self, state: State) -> str:
        beside, record = state.beside, record_of(state, state.generation)
        applied = beside.learnt if state.generation == 2 else state.applied
        if state.generation == 2 and state.record == "open":
            return "a dead letter beside the job that came after it"
        if state.record == "open" and beside.job_marked:
            return OPEN
        taken_back = state.generation == 1 and (beside.marked or beside.job_marked)
        if taken_back and state.status == "completed" and record in {"none", "resolved"}:
            return ""
        if taken_back and state.status == "none" and record != "open":
            return ""
        seen = state._replace(applied=applied, record=record)
        return Model.wrong(self, seen, ended=True)

    # the withdrawal

    def _beside(self, state: State) -> Iterator[Step]:
        at, beside = state.beside.where, state.beside
        letter = state.record in WAITING
        if at in {"", "died"}:
            if state.producer != "create" and not beside.again:
                yield "a withdrawal begins", now(state, where="jobs"), True
            return
        yield from self._withdraws(state, at, letter=letter)
        if at != "answered":
            yield f"the withdrawal dies at {at}", now(state, where="died"), True

    def _withdraws(self, state: State, at: str, *, letter: bool) -> Iterator[Step]:
        taught, again = state.applied and not state.beside.unlearnt, at.endswith("again")
        nothing = "answered" if again or not self._safe.withdrawal_looks_again else "ahead"
        if at.startswith("jobs"):
            liked = state.status != "none" and not state.beside.job_marked
            begun = state.status != "none" and not state.beside.marked
            on = "mark" if liked else "unlearn" if begun else at.replace("jobs", "signals")
            yield "it reads the jobs", now(state, where=on), False
        elif at.startswith("signals"):
            yield "it reads the signals", now(state, where="unlearn" if taught else at.replace("signals", "letters")), False
        elif at.startswith("letters"):
            on = "unlearn" if letter else "answered" if again else "ahead"
            yield "it reads the dead letters", now(state, where=on), False
        elif at == "ahead":
            on = "jobs again" if self._safe.withdrawal_looks_again else nothing
            yield "it notes it ahead of the like", now(state, where=on, marked=True), False
        elif at == "mark":
            marked = state.beside.job_marked or state.status != "none"
            yield "it marks the job", now(state, where="unlearn", job_marked=marked), False
        elif at == "unlearn":
            on = "settle" if self._safe.withdrawal_settles_letters else "answered"
            yield "it unlearns the like", now(state, where=on, marked=True, unlearnt=bool(state.applied)), False
        elif at == "settle":
            yield "it looks for dead letters", now(state, where="end" if letter else "answered"), False
        elif at == "end":
            yield "it ends the job that died", now(end_job(state, 1), where="resolve"), False
        elif at == "resolve":
            yield "it settles the dead letter", now(resolve(state, 1), where="answered"), False

    # the worker

    def _claim(self, state: State, index: int, me: str) -> Iterator[Step]:
        about = state.workers[index][2]
        if state.status == "none":  # created as claimed, in the one write that a claim is
            state = state._replace(generation=about.like)
        elif about.generation and about.generation < state.generation:
            yield f"{me} finds it replaced", place(state, index, "ack"), False
            return
        elif not about.generation and about.like > state.generation and self._gives_way(state):
            yield f"{me} begins the second job", begun(state), False
            return
        for name, after, fault in super()._claim(state, index, me):
            skips = after.workers[index][0] == "ask" and state.beside.job_marked
            yield name, place(after, index, "complete") if skips else after, fault

    def _gives_way(self, state: State) -> bool:
        """Whether the first like's job gives way to a message of the second: it was taken back."""
        return state.beside.job_marked or (state.beside.marked and self._safe.later_message_is_another_job)

    def _apply(self, state: State, index: int, me: str) -> Iterator[Step]:
        of = state.workers[index][2].of
        if of == 1 and state.beside.marked and self._safe.withdrawn_is_not_applied:
            yield f"{me} finds it withdrawn", place(state, index, "note"), False
        elif of == 1:
            yield from super()._apply(state, index, me)
        else:
            done = now(state, learnt=1)
            yield f"{me} applies the second like", place(done, index, "complete"), False
            if state.faults:
                lost = place(done._replace(faults=state.faults - 1), index, "fail")
                yield f"{me} applies the second like, answer lost", lost, True

    def _note(self, state: State, index: int, me: str) -> Iterator[Step]:
        marked = state.beside.job_marked or state.generation == 1
        yield f"{me} marks the job", place(now(state, job_marked=marked), index, "complete"), False
        if state.faults:
            yield f"{me} cannot mark the job", place(state._replace(faults=state.faults - 1), index, "fail"), True

    def _settle(self, state: State, index: int, me: str) -> Iterator[Step]:
        about = state.workers[index][2]
        yield f"{me} settles the record", place(resolve(state, about.of, whatever=True), index, "ack"), False
        if state.faults:
            yield f"{me} cannot settle the record", place(state._replace(faults=state.faults - 1), index, "resend"), True

    # the dead letters

    def _persist(self, state: State) -> Iterator[Step]:
        at, about = state.persister, state.persists
        of = about.of
        if at == "look":
            of = self._dies_as(state, about)
            looked = state._replace(persister=f"store {self._found(state, of)}", persists=about._replace(runs=of))
            yield f"the persister looks: {state.status}", looked, False
        elif at.startswith("store"):
            yield self._stores(state)
        elif at.startswith("ask"):
            like = of if state.generation == of and state.status != "none" else about.like
            yield "the persister reads the profile", state._replace(persister=self._asked(state, at, like)), False
        elif at == "renew":
            renewed = state
            if record_of(state, of) in WAITING and recorded_of(state, of) < about.replays:
                renewed = recording(state, of, "open", about.replays)
            yield "the persister renews the record", renewed._replace(persister="mark"), False
        elif at == "mark":
            yield self._marks(state)
        elif at == "end":
            yield "the persister ends the job", end_job(state, of)._replace(persister="resolve"), False
        elif at == "resolve":
            yield "the persister settles the record", resolve(state, of)._replace(persister="ack"), False
        else:
            yield from super()._persist(state)

    def _dies_as(self, state: State, about: About) -> int:
        """Of which generation a body is that died."""
        if about.generation or state.status == "none":
            return about.generation or about.like
        if about.like > state.generation and self._safe.later_letter_is_another_job and self._gives_way(state):
            return about.like
        if state.verdict or about.like == state.generation:
            return state.generation
        if about.like == 1 and state.beside.marked:
            return 1
        return state.generation

    def _found(self, state: State, of: int) -> str:
        if state.status == "completed" and state.generation == of:
            return "resolved"
        if state.status != "none" and self._marked(state, of) and self._safe.persister_asks_for_withdrawals:
            return "withdrawn"
        return "late" if self._late(state) else "open"

    def _marked(self, state: State, of: int) -> bool:
        """Whether the job says that a generation was taken back: it knows of its own, and of the one before."""
        return state.beside.job_marked if of == state.generation else of == 1 and state.beside.before

    def _stores(self, state: State) -> Step:
        at, of = state.persister, state.persists.of
        known, stored = record_of(state, of), state
        if known == "none":
            known = "resolved" if at == "store resolved" else "open"
            stored = recording(state, of, known, state.persists.replays)
        on = {"store resolved": "ack" if known == "resolved" else "mark", "store withdrawn": "end"}
        return "the persister stores the record", stored._replace(persister=on.get(at, at.replace("store", "ask"))), False

    def _asked(self, state: State, at: str, like: int) -> str:
        of = state.persists.of
        if like == 1 and state.beside.marked and self._safe.persister_asks_for_withdrawals:
            return "end"
        if at == "ask late" or record_of(state, of) == "resolved":
            return "ack"
        return "renew" if recorded_of(state, of) < state.persists.replays else "mark"

    def _marks(self, state: State) -> Step:
        of, about = state.persists.of, state.persists
        same = state.status != "none" and state.generation == of
        asks = self._safe.persister_asks_for_withdrawals
        if same and state.status == "completed":
            return "the persister finds it completed", resolve(state, of, whatever=True)._replace(persister="ack"), False
        if same and not self._late(state):
            marked = state._replace(status="dead_lettered", outbox=False, lease_runs=False)
            on = "end" if state.beside.job_marked and asks else "ack"
            return "the persister marks the job", marked._replace(persister=on), False
        taken = state.status != "none" and self._marked(state, of)
        taken = taken or (not same and state.status != "none" and about.like == 1 and state.beside.marked)
        on = "end" if taken and asks else "ack"
        return "the persister finds the job otherwise", state._replace(persister=on), False

    # on-call

    def _operator(self, state: State) -> Iterator[Step]:
        """Replays one of the open records, once: by choice, so no end waits for it."""
        at, _, rest = state.operator.partition(" ")
        if at == "ready":
            for of in (1, 2):
                if record_of(state, of) == "open":
                    yield f"the operator looks at {of}", state._replace(operator=self._looked(state, of)), True
            return
        if at == "done":
            return
        if state.faults:
            yield f"the operator's process dies at {at}", state._replace(operator="done", faults=state.faults - 1), True
        of = int(rest or 1)
        if at == "queue":
            yield self._queues_again(state, of)
        elif at == "refuse":
            ended = end_job(state, of) if self._marked(state, of) else state
            yield "the operator ends the job", ended._replace(operator=f"resolve {of}"), False
        elif at == "resolve":
            yield "the operator settles the record", as_seen(state, of, "resolved")._replace(operator="done"), False
        elif at in {"mark", "mark-replayed"}:
            on = at.replace("mark", "send")
            yield "the operator marks the record", as_seen(state, of, "replayed")._replace(operator=f"{on} {of}"), False
        elif at in {"send", "send-replayed"}:
            about = About(of, of, int(at == "send-replayed"))
            yield "the operator sends", send(state, about)._replace(operator="clear"), False
        else:
            yield "the operator clears the outbox", state._replace(outbox=False, operator="done"), False

    def _looked(self, state: State, of: int) -> str:
        """What a replay will do, as things stand."""
        if self._is_taken_back(state, of) or (state.status == "completed" and state.generation == of):
            return f"refuse {of}"
        if state.status == "none" or state.generation == of:
            return f"queue {of}"
        ended = state.status in {"completed", "dead_lettered"} or state.beside.job_marked
        return f"queue {of}" if state.generation < of and ended else "done"

    def _is_taken_back(self, state: State, of: int) -> bool:
        """As of a stored record: the job says it, and of what no job is stored the profile does."""
        if state.status != "none" and (self._marked(state, of) or state.generation == of):
            return self._marked(state, of)
        return of == 1 and state.beside.marked

    def _queues_again(self, state: State, of: int) -> Step:
        """The job as it was looked at: one that changed since is left as it is, and its message sent once more."""
        if self._looked(state, of) != f"queue {of}":
            return "the operator looks again", state._replace(operator=self._looked(state, of)), False
        died = state.status == "dead_lettered" or (self._safe.dying_job_is_replayed and state.status != "completed")
        if state.status != "none" and state.generation == of and not died:
            return "the operator leaves the job as it is", state._replace(operator=f"mark {of}"), False
        again = state._replace(status="queued", attempts=0, verdict=False, outbox=True, owner="", lease_runs=False)
        again = again._replace(generation=of, replays=1, operator=f"mark-replayed {of}")
        older = state.status != "none" and state.generation < of
        known = state.beside.job_marked if older else state.beside.before
        return "the operator queues it again", now(again, job_marked=False, before=known), False

    # the reconciler

    def _reconciler(self, state: State) -> Iterator[Step]:
        applied = state.beside.learnt if state.generation == 2 else state.applied
        if state.status == "dead_lettered" and applied:
            yield "the reconciler finds it applied", state._replace(status="completed", verdict=False), False
        for of in (1, 2):
            if record_of(state, of) in WAITING:
                yield from self._reconciles(state, of)
        settled = state._replace(applied=0, record="none")  # the rest is the plain model's: it wakes what sleeps
        for name, after, fault in super()._reconciler(settled):
            yield name, after._replace(applied=state.applied, record=state.record), fault

    def _reconciles(self, state: State, of: int) -> Iterator[Step]:
        if state.status == "completed" and state.generation == of:
            yield "the reconciler settles the record", resolve(state, of), False
        elif self._safe.reconciler_settles_withdrawn and self._is_taken_back(state, of):
            if end_job(state, of) != state:
                yield "the reconciler ends what was taken back", end_job(state, of), False
            else:
                yield "the reconciler settles what was taken back", resolve(state, of), False
