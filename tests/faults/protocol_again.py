"""After its withdrawal the item is liked again, by either door; see `protocol_withdrawn`."""

from collections.abc import Iterator

from tests.faults.protocol_records import begun, end_job, resolve
from tests.faults.protocol_state import About, State, Step, bury, now, send
from tests.faults.protocol_withdrawn import Withdrawn

SECOND = About(2, 2)


class Again(Withdrawn):
    """The item is liked again, by our endpoint."""

    def _beside(self, state: State) -> Iterator[Step]:
        yield from super()._beside(state)
        if state.beside.where in {"died", "answered"}:
            yield from self._likes(state)

    def _likes(self, state: State) -> Iterator[Step]:
        at = state.beside.again
        if at == "":
            yield "it is liked again", now(state, again="meet"), True
        elif at == "meet":
            yield self._meets(state)
        elif at == "came first":
            marked = state.beside.job_marked or (state.generation == 1 and state.status != "none")
            on = "end" if state.status == "dead_lettered" or state.replays else "meet"
            yield "the second like marks the first's job", now(state, job_marked=marked, again=on), False
        elif at == "end":
            yield "the second like ends the first's job", now(end_job(state, 1), again="resolve"), False
        elif at == "resolve":
            yield "the second like settles the first's dead letter", now(resolve(state, 1), again="meet"), False
        elif at == "send":
            yield "the second like is sent", now(send(state, SECOND), again="clear"), False
        elif at == "clear":
            yield "the second like's outbox is cleared", now(state._replace(outbox=False), again="done"), False
        if at in {"send", "clear"} and state.faults:
            yield "the second like's sender dies", now(state, again="done")._replace(faults=state.faults - 1), True

    def _meets(self, state: State) -> Step:
        if state.status == "none" or state.beside.job_marked:
            return "the second like begins a job", now(begun(state)._replace(outbox=True), again="send"), False
        if state.beside.marked and self._safe.later_like_marks_what_came_first:
            return "the second like finds the first withdrawn", now(state, again="came first"), False
        return "the second like is a duplicate", now(state, again="done"), False


class AgainByTheQueue(Withdrawn):
    """The item is liked again, by a producer of its own: its message knows no generation."""

    def _beside(self, state: State) -> Iterator[Step]:
        yield from super()._beside(state)
        if state.beside.where in {"died", "answered"} and not state.beside.again:
            yield "it is liked again", now(send(state, About(2, 0)), again="done"), True
            if state.faults:
                moved = bury(state, About(2, 0))._replace(faults=state.faults - 1)
                yield "it is liked again, and no attempt lives to claim it", now(moved, again="done"), True
