"""The dead letters of two likes of one item, and the job that one of them is of."""

from tests.faults.protocol_state import State, now

WAITING = frozenset({"open", "replayed"})


def record_of(state: State, of: int) -> str:
    return state.record if of == 1 else state.beside.letter


def recorded_of(state: State, of: int) -> int:
    return state.recorded if of == 1 else state.beside.lettered


def recording(state: State, of: int, status: str, replays: int) -> State:
    if of == 1:
        return state._replace(record=status, recorded=replays)
    return now(state, letter=status, lettered=replays)


def resolve(state: State, of: int, *, whatever: bool = False) -> State:
    """Settle a record that waits; `whatever`: any that is stored."""
    known = record_of(state, of)
    if known in WAITING or (whatever and known != "none"):
        return recording(state, of, "resolved", recorded_of(state, of))
    return state


def as_seen(state: State, of: int, status: str) -> State:
    """Write a record that is still as the operator saw it."""
    if record_of(state, of) == "open" and recorded_of(state, of) == 0:
        return recording(state, of, status, 0)
    return state


def end_job(state: State, of: int) -> State:
    """Complete a job that died, without effect; one that is in work, or about to be, is marked, and left to its worker."""
    if state.generation != of or state.status == "none":
        return state
    if state.status in {"dead_lettered", "failed"}:
        state = state._replace(status="completed", verdict=False, outbox=False)
    return now(state, job_marked=True)


def begun(state: State) -> State:
    """The second like's job takes the place of the first's, and knows that that one was taken back."""
    fresh = state._replace(
        status="queued", owner="", lease_runs=False, attempts=0, verdict=False, outbox=False, generation=2, replays=0
    )
    return now(fresh, job_marked=False, before=state.beside.job_marked)
