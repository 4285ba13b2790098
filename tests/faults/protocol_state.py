"""What the protocol's model looks at: everything durable, where each process stands, and which promises are kept."""

from dataclasses import dataclass
from typing import NamedTuple

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


def place(state: State, index: int, where: str, message: tuple[int, About] | None = None) -> State:
    """Move a worker; `message`: how often the one that it took was taken before, and what it is about."""
    takes, about = message or state.workers[index][1:]
    worker = IDLE if where == "idle" else (where, takes, about.came() if where in OVER else about)
    return state._replace(workers=(*state.workers[:index], worker, *state.workers[index + 1 :]))


def let_go(state: State, me: str) -> State:
    """The worker works on it no more: its lease may end."""
    return state._replace(owner="") if state.owner == me else state


def send(state: State, about: About | None = None) -> State:
    """Send a message of the job: as its document has it, or as a worker had it."""
    return state._replace(messages=tuple(sorted([*state.messages, ("", 0, about or of_job(state))])))


def bury(state: State, about: About | None = None) -> State:
    return state._replace(dead=tuple(sorted([*state.dead, ("", about or of_job(state))])))


def of_job(state: State) -> About:
    return About(state.generation, state.generation, state.replays)


def swap(messages: tuple[Message, ...], old: Message, new: Message) -> tuple[Message, ...]:
    return tuple(sorted([*one_less(messages, old), new]))


def held_by(messages: tuple[Message, ...], holder: str, new: str) -> tuple[Message, ...]:
    return tuple(sorted((new if one == holder else one, *rest) for one, *rest in messages))


def one_less(many: tuple, one: object) -> tuple:
    index = many.index(one)
    return many[:index] + many[index + 1 :]


def now(state: State, **changes: object) -> State:
    return state._replace(beside=state.beside._replace(**changes))
