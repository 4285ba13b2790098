"""How the model does, by what has come of the last ten minutes: answers, and attempts of jobs that failed at it.

Not known to be down is not up: where nobody has asked, nothing is known. No paid call is made to find out.
Reads: the breakers, the jobs whose last error is young, what answers have left behind. Fails: `RetryableError` in an outage.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from agents.jobs.kinds import JobKinds
from shared.chat.breaker_state import open_breakers
from shared.clock import parse_time, to_iso
from shared.errors import Reason, known_reason
from shared.observe.log import scrub
from shared.store.base import Document, Store
from shared.store.containers import PICTURES
from shared.store.query import Compare, Query
from shared.text import plural

SPAN: Final = timedelta(minutes=10)
LEAST_FAILURES: Final = 5  # of two jobs at least: one job's failures may be its own
FAILING: Final = 0.5
MAX_WORDS: Final = 80
SEEN: Final = 200  # of each container: enough for a share
NO_ATTEMPTS: Final = frozenset({"DeferredError", "ModelSuspended"})

State = Literal["up", "failing", "unknown"]


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """`words` say why, with figures. `suspended`: nobody asks the model before a stated time."""

    state: State
    words: str
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class _Failure:
    job: str
    at: datetime
    reason: Reason
    words: str


async def model_health(store: Store, kinds: JobKinds, at: datetime) -> ModelHealth:
    """Return how the model does at `at`."""
    breakers = await open_breakers(store)
    for one in breakers:
        if one.until is not None and one.until > at:
            began = f", since {one.since:%H:%M}Z" if one.since and one.since <= at else ""
            return ModelHealth("failing", f"suspended until {to_iso(one.until)}: {one.reason.value}{began}", suspended=True)
    since = at - SPAN
    failed, answered = await asyncio.gather(_failures(store, kinds, since), _answers(store, kinds, since))
    return _judged(failed, answered, waiting=bool(breakers))


def _judged(failed: list[_Failure], answered: int, *, waiting: bool) -> ModelHealth:
    jobs, total = len({one.job for one in failed}), len(failed) + answered
    if len(failed) >= LEAST_FAILURES and jobs > 1 and len(failed) / total > FAILING:
        (reason, words), _ = Counter((one.reason.value, one.words) for one in failed).most_common(1)[0]
        first = min(one.at for one in failed)
        return ModelHealth(
            "failing", f"failing {len(failed) / total:.0%} of {total} in 10 min: {reason} ({words}) since {first:%H:%M}Z"
        )
    if answered:
        return ModelHealth("up", f"{plural(answered, 'answer')} in 10 min, {plural(len(failed), 'attempt')} failed")
    if waiting:
        return ModelHealth("unknown", "it failed, and nobody has asked it since")
    if failed:
        return ModelHealth("unknown", f"no answer in 10 min, {plural(len(failed), 'attempt')} failed")
    return ModelHealth("unknown", "nobody has asked it in 10 min")


async def _failures(store: Store, kinds: JobKinds, since: datetime) -> list[_Failure]:
    query = Query(where=Compare("lastError.at", ">=", to_iso(since)), select=("id", "attempts"), page_size=SEEN)
    pages = await asyncio.gather(*(store.page(container, query) for container in kinds.containers))
    return [one for page in pages for job in page.documents for one in _failures_of(job, since)]


def _failures_of(job: Document, since: datetime) -> Iterable[_Failure]:
    for one in job.get("attempts") or ():
        at, reason = parse_time(one.get("at")), known_reason(one.get("reason"))
        if at and at >= since and reason.value.startswith("llm_") and one.get("errorType") not in NO_ATTEMPTS:
            yield _Failure(job["id"], at, reason, scrub(str(one.get("message") or "no words"))[:MAX_WORDS])


async def _answers(store: Store, kinds: JobKinds, since: datetime) -> int:
    """Count what answers have left behind: descriptions of pictures, and what is made by asking."""
    places = {
        (PICTURES.key, "createdAt"),
        *((kind.ended.container, kind.ended.field) for kind in kinds if kind.ended.calls_model),
    }

    async def count(container: str, field: str) -> int:
        query = Query(where=Compare(field, ">=", to_iso(since)), select=("id",), page_size=SEEN)
        return len((await store.page(container, query)).documents)

    return sum(await asyncio.gather(*(count(*place) for place in sorted(places))))
