"""What is counted: documents that are found by a time of theirs, and what each says has happened. Pure.

A lazy kind has a job document only where something went wrong: what it makes tells of the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agents.jobs.kinds import TASTE, AnyKind, JobKinds
from agents.watch.collect.traffic import CALLS, DEAD, DEFERRED, DUPLICATES, ENDED, FAILED, RUNS, USED, Happening
from shared.clock import parse_time
from shared.errors import Reason, known_reason
from shared.store.base import Document
from shared.store.containers import CATALOGUE, DEAD_LETTERS, JOBS, PICTURES
from shared.store.containers import RUNS as TIMER_RUNS

USED_PARTS: Final = ("answers", "in", "out")
NOT_FAILURES: Final = frozenset({"DeferredError", "ModelSuspended"})  # deferred, no attempt was spent


@dataclass(frozen=True, slots=True)
class CountedSource:
    """Documents of a container by the time in `field`, and what one of them says has happened, read from the fields `needs`.

    `ordered`: they are read in the order of that time, so that a part of them is whole up to some moment; the container has an
    index for it. `recent`: the time is of the last of several happenings, of which only the last hour's are ever asked for.
    """

    name: str
    container: str
    field: str
    read: Callable[[Document], list[Happening]]
    needs: tuple[str, ...] = ()
    ordered: bool = False
    recent: bool = False


def _at(field: str, *names: str) -> Callable[[Document], list[Happening]]:
    def read(document: Document) -> list[Happening]:
        at = parse_time(document.get(field))
        return [Happening(name, at) for name in names] if at else []

    return read


def _failures(job: Document) -> list[Happening]:
    """Attempts that failed, and those that were put off; each with what the models took for it."""
    kind, found = job.get("kind") or TASTE, []
    for one in job.get("attempts") or ():
        at = parse_time(one["at"])
        if at is not None:
            prefix = DEFERRED if one.get("errorType") in NOT_FAILURES else FAILED
            found += [Happening(f"{prefix}{kind}.{known_reason(one.get('reason')).value}", at), *_used(one.get("used"), at)]
    return found


def _used(used: object, at: datetime) -> list[Happening]:
    """What the models took, as whoever asked them has noted it; what is no such note is none."""
    if not isinstance(used, Mapping):
        return []
    return [
        Happening(f"{USED}{model}.{part}", at, count)
        for model, counts in used.items() if isinstance(counts, list)
        for part, count in zip(USED_PARTS, counts, strict=False) if isinstance(count, int) and count > 0
    ]  # fmt: skip


def _duplicates(job: Document) -> list[Happening]:
    name = f"{DUPLICATES}{job.get('kind') or TASTE}"
    return [Happening(name, at) for text in job.get("duplicatesAt") or () if (at := parse_time(text))]


def _death(record: Document) -> list[Happening]:
    """Left out is what is nobody's incident: a late copy of what had completed, and a message newer than this build."""
    settled_itself = record["status"] == "resolved" and not record.get("history")
    if settled_itself or record["reason"] == Reason.DEPLOY_MISMATCH:
        return []
    return _at("createdAt", f"{DEAD}{record.get('kind') or TASTE}.{known_reason(record['reason']).value}")(record)


def _run(row: Document) -> list[Happening]:
    at = parse_time(row.get("finishedAt")) if row.get("outcome") else None
    return [Happening(f"{RUNS}{row['timer']}.{row['outcome']}", at), *_used(row.get("modelUse"), at)] if at else []


DEATHS: Final = CountedSource(
    "dead_letters", DEAD_LETTERS.key, "createdAt", _death, ("status", "history", "reason", "kind"), ordered=True
)
RUNS_OF_TIMERS: Final = CountedSource("runs", TIMER_RUNS.key, "finishedAt", _run, ("timer", "outcome", "modelUse"))
DESCRIPTIONS: Final = CountedSource("pictures", PICTURES.key, "createdAt", _at("createdAt", CALLS + "pictures"), ordered=True)


def sources_of(kinds: JobKinds) -> tuple[CountedSource, ...]:
    """Return all that is counted: of each kind of job what has ended and what has failed, and what is nobody's alone."""
    return (
        *(_ended(kind) for kind in kinds),
        *(
            CountedSource(f"failures.{container}", container, "lastError.at", _failures, ("kind", "attempts"), recent=True)
            for container in kinds.containers
        ),
        CountedSource(
            "duplicates", JOBS.key, "lastDuplicateAt", _duplicates, ("kind", "duplicatesAt"), recent=True
        ),
        DESCRIPTIONS, RUNS_OF_TIMERS, DEATHS,
    )  # fmt: skip


def _ended(kind: AnyKind) -> CountedSource:
    where = kind.ended
    names = [ENDED + kind.name, *([CALLS + kind.name] if where.calls_model else [])]
    ordered = where.field in CATALOGUE[where.container].orders

    def read(document: Document) -> list[Happening]:
        at = parse_time(document.get(where.field))
        return [*(Happening(name, at) for name in names), *_noted(document.get(where.uses), at)] if at else []

    return CountedSource(kind.name, where.container, where.field, read, (where.uses,), ordered=ordered)


def _noted(noted: object, at: datetime) -> list[Happening]:
    """What the models took for what ended at `at`; of several works, each at its own time."""
    if isinstance(noted, list):
        works = [(one, own) for one in noted if isinstance(one, Mapping) and (own := parse_time(one.get("at")))]
        return [happening for one, own in works for happening in _used(one.get("used"), own)]
    if isinstance(noted, Mapping) and isinstance(noted.get("used"), Mapping):
        return _used(noted["used"], at)
    return _used(noted, at)
