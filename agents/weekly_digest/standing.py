"""Why a person has, or has not, the digest of a week: read from what is stored, decided in one place.

Who gets none leaves no trace of it, mostly: the plan passes over who has opted out or has bought nothing new. So that is told
from the profile, the wardrobe and the run's row as they are now. Reads: the profile, the digest, the person's digest jobs, the
runs of the week, one page of the wardrobe; the depth of the queue. Fails: `RetryableError` in an outage.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from agents.jobs.job import JobStatus
from agents.jobs.kinds import DIGEST, AnyKind
from agents.jobs.listing import FIELDS as JOB_FIELDS
from agents.jobs.listing import as_row, last_error
from agents.runs.ledger import RunOutcome
from agents.timers import DIGEST as TIMER
from agents.weekly_digest.composer import FIELDS as PIECES
from agents.weekly_digest.composer import PAGE as PIECES_AT_ONCE
from agents.weekly_digest.items import owned_items
from agents.weekly_digest.message import digest_id
from agents.weekly_digest.planner import is_unchanged, opted_out
from agents.weekly_digest.statistics import wardrobe_hash
from agents.weekly_digest.windows import checked_window, slot_of, window_of
from shared.clock import Clock, to_iso
from shared.deadline import within
from shared.errors import ProcessorError
from shared.queues.base import Queues
from shared.store.base import Document, Store
from shared.store.containers import BACKGROUND_JOBS, DIGESTS, RUNS, USER_PROFILES, WARDROBE
from shared.store.query import AllOf, Compare, Order, Query

SOON: Final = timedelta(minutes=60)  # in which a slot may still begin
QUEUE_SECONDS: Final = 2.0
JOBS_READ: Final = 50
RUNS_READ: Final = 100
SHOWN: Final = ("id", "window", "generatedAt", "jobId", "runId")
GOOD: Final = frozenset({RunOutcome.OK.value, RunOutcome.PARTIAL.value})


class DigestState(StrEnum):
    """What became of a person's digest of a week."""

    MADE = "made"
    WAITING = "waiting"  # it comes by itself, or when what hinders it is mended
    DEAD_LETTERED = "dead_lettered"
    NOT_DUE = "not_due"  # there is nothing to make, and that is right
    NOT_PLANNED = "not_planned"  # the week's run did not happen, or did not go well
    UNKNOWN = "unknown"


class DigestCause(StrEnum):
    """Why."""

    COMPOSED = "composed"
    JOB_WAITS = "job_waits"
    JOB_FAILED = "job_failed"
    JOB_DIED = "job_died"
    USER_UNKNOWN = "user_unknown"
    OPTED_OUT = "opted_out"
    UNCHANGED = "unchanged"
    NOTHING_OWNED = "nothing_owned"
    RUN_DUE = "run_due"
    RUN_GOES_ON = "run_goes_on"
    RUN_MISSED = "run_missed"
    RUN_FAILED = "run_failed"
    RUN_PAUSED = "run_paused"
    QUEUED = "queued"
    QUEUE_UNREAD = "queue_unread"
    NO_TRACE = "no_trace"
    NOT_KNOWN_THEN = "not_known_then"


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """What was read. `owned`: how many garments, None where there are more than were read; `unchanged`: as of now; `waiting`:
    messages in the queue of digests, None where it cannot be
    read; `latest`: the latest digest, of whatever week; `known_since`: since when its
    timer is known, None where nobody has looked yet.
    """

    window: str
    at: datetime
    profile: Document | None
    digest: Document | None
    latest: Document | None
    jobs: tuple[Document, ...]
    runs: tuple[Document, ...]
    owned: int | None
    unchanged: bool
    waiting: int | None
    known_since: datetime | None


Verdict = tuple[DigestState, DigestCause, str]


def decide(known: DigestFacts) -> Verdict:
    """Return what became of it, why, and what to do, in words."""
    if known.digest is not None:
        words = f"it was made at {known.digest.get('generatedAt')}: what the person does not see of it is not this app's"
        return DigestState.MADE, DigestCause.COMPOSED, words
    return _by_job(known.jobs) or _by_person(known) or _by_run(known) or _by_wardrobe(known) or _by_queue(known)


def _by_job(jobs: Sequence[Document]) -> Verdict | None:
    job = next((one for one in jobs if one.get("status") != JobStatus.COMPLETED), None)
    if job is None:
        return None
    error = last_error(job) or {}
    cause = f"{error.get('reason')}: {error.get('message')}" if error else "no attempt has failed"
    if job.get("status") == JobStatus.DEAD_LETTERED or job.get("verdict"):
        return DigestState.DEAD_LETTERED, DigestCause.JOB_DIED, f"{cause}; replay its dead letter when that is mended"
    if job.get("status") == JobStatus.FAILED:
        words = f"{cause}; tried again at {job.get('nextAttemptAt')}, or at once by retry-now"
        return DigestState.WAITING, DigestCause.JOB_FAILED, words
    return DigestState.WAITING, DigestCause.JOB_WAITS, f"its job is {job.get('status')}: see its timeline"


def _by_person(known: DigestFacts) -> Verdict | None:
    if known.profile is None:
        words = "there is no profile of this person, and the plan goes by profiles: is the id right?"
        return DigestState.NOT_DUE, DigestCause.USER_UNKNOWN, words
    if opted_out(known.profile):
        return DigestState.NOT_DUE, DigestCause.OPTED_OUT, "the person has opted out (recommendationOptIn is false)"
    return None


def _by_run(known: DigestFacts) -> Verdict | None:
    """The week's run as a whole, or one for this person alone: what was planned by neither has no message."""
    slot = slot_of(known.window)
    by_hand = f"run it by hand: opsctl run digest --window {known.window}"
    if any(run.get("outcome") in GOOD for run in known.runs):
        return None
    if any(run.get("outcome") is None for run in known.runs):
        return DigestState.WAITING, DigestCause.RUN_GOES_ON, "its plan is still being made: see opsctl runs --timer digest"
    if not known.runs:
        if known.at <= slot + SOON:
            return DigestState.WAITING, DigestCause.RUN_DUE, f"the run of {to_iso(slot)} is due and has not begun"
        if known.known_since is None or slot <= known.known_since:
            words = f"no run of this week is known, and the app did not know its timer yet; {by_hand}"
            return DigestState.UNKNOWN, DigestCause.NOT_KNOWN_THEN, words
        return DigestState.NOT_PLANNED, DigestCause.RUN_MISSED, f"nobody ran the slot of {to_iso(slot)}; {by_hand}"
    last = known.runs[0]
    if last.get("outcome") == RunOutcome.SKIPPED_PAUSED:
        return DigestState.NOT_PLANNED, DigestCause.RUN_PAUSED, f"the timer was paused over its slot; {by_hand}"
    words = f"the run {last.get('id')} ended as {last.get('outcome')}: {last.get('error') or 'see its row'}; {by_hand}"
    return DigestState.NOT_PLANNED, DigestCause.RUN_FAILED, words


def _by_wardrobe(known: DigestFacts) -> Verdict | None:
    if known.owned == 0:
        return DigestState.NOT_DUE, DigestCause.NOTHING_OWNED, "the person owns nothing yet: drafts and wishes do not count"
    if known.unchanged:
        since = f" (of {known.latest.get('window')})" if known.latest else ""
        words = f"as it is now, the wardrobe is the one of the last digest{since}; --force makes one all the same"
        return DigestState.NOT_DUE, DigestCause.UNCHANGED, words
    return None


def _by_queue(known: DigestFacts) -> Verdict:
    if known.waiting:
        words = f"it was planned; {known.waiting} messages wait in the queue of digests, and its own may be among them"
        return DigestState.WAITING, DigestCause.QUEUED, words
    if known.waiting is None:
        words = "it was planned, and whether its message still waits is not known: the queue of digests cannot be read now"
        return DigestState.UNKNOWN, DigestCause.QUEUE_UNREAD, words
    words = (
        "it was planned, and neither a job nor a digest is left: the wardrobe was unchanged then, or the person came after the "
        f"plan; opsctl run digest --user … --window {known.window} makes it now"
    )
    return DigestState.UNKNOWN, DigestCause.NO_TRACE, words


class DigestStandings:
    """Reads what stands of a person's digest; see the module."""

    def __init__(
        self, *, store: Store, queues: Queues, clock: Clock, kind: AnyKind,
        known_since: Callable[[], Awaitable[datetime | None]],
    ) -> None:  # fmt: skip
        self._store = store
        self._queues = queues
        self._clock = clock
        self._kind = kind
        self._known_since = known_since

    async def of(self, user_id: str, window: str | None) -> Document:
        """Return it, of the current week where none is given. Raises ValueError for a week of which none can be."""
        at = self._clock.now()
        wanted = checked_window(window, at) if window is not None else window_of(at)
        known = await self._read(user_id, wanted, at)
        state, cause, words = decide(known)
        return {
            "userId": user_id, "window": wanted, "slot": to_iso(slot_of(wanted)), "state": state.value, "cause": cause.value,
            "text": words, "digest": _shown(known.digest), "latest": _shown(known.latest),
            "jobs": [as_row(job) for job in known.jobs],
            "runs": [
                {name: run.get(name) for name in ("id", "trigger", "plannedAt", "finishedAt", "outcome", "error")}
                for run in known.runs
            ],
        }  # fmt: skip

    async def _read(self, user_id: str, window: str, at: datetime) -> DigestFacts:
        found = await asyncio.gather(
            self._store.find(USER_PROFILES.key, user_id, user_id),
            self._store.find(DIGESTS.key, digest_id(user_id, window), user_id),
            self._store.page(WARDROBE.key, Query(select=PIECES, page_size=PIECES_AT_ONCE), partition=user_id),
        )
        latest, jobs, runs, waiting, known_since = await asyncio.gather(
            self._latest(user_id), self._jobs(user_id, window), self._runs(user_id, window),
            self._waiting(), self._known_since(),
        )  # fmt: skip
        profile, digest = (item.body if item else None for item in found[:2])
        pieces = found[2]
        items = await asyncio.to_thread(owned_items, pieces.documents, now=at)
        whole = pieces.cursor is None
        hashed = wardrobe_hash(item.id for item in items) if whole else None
        unchanged = profile is not None and (
            is_unchanged(profile) or (hashed is not None and hashed == profile.get("wardrobeHashAtLastDigest"))
        )
        return DigestFacts(
            window, at, profile, digest, latest, jobs, runs, owned=len(items) if whole or items else None,
            unchanged=unchanged, waiting=waiting, known_since=known_since,
        )  # fmt: skip

    async def _waiting(self) -> int | None:
        """Return how many digests wait; None where the queue is down or hangs: all else is told without it."""
        try:
            return await within(self._depth(), QUEUE_SECONDS)
        except (ProcessorError, TimeoutError):
            return None

    async def _depth(self) -> int:
        return await self._queues.depth(self._kind.queue) or 0

    async def _latest(self, user_id: str) -> Document | None:
        newest = Query(order=Order("generatedAt", descending=True), select=SHOWN, page_size=1)
        return next(iter((await self._store.page(DIGESTS.key, newest, partition=user_id)).documents), None)

    async def _jobs(self, user_id: str, window: str) -> tuple[Document, ...]:
        """The person's digest jobs of a week, newest first: those that failed once at least."""
        where = AllOf((Compare("userId", "=", user_id), Compare("kind", "=", DIGEST)))
        newest = Order("generation", descending=True)
        query = Query(where=where, order=newest, select=(*JOB_FIELDS, "window"), page_size=JOBS_READ)
        page = await self._store.page(BACKGROUND_JOBS.key, query)
        return tuple(one for one in page.documents if one.get("window") == window)

    async def _runs(self, user_id: str, window: str) -> tuple[Document, ...]:
        """The runs that planned this week for everybody, or for this person, newest first."""
        slot = slot_of(window)
        since = Compare("plannedAt", ">=", to_iso(slot))
        query = Query(where=since, order=Order("plannedAt", descending=True), page_size=RUNS_READ)
        page = await self._store.page(RUNS.key, query, partition=TIMER.name)
        return tuple(run for run in page.documents if _is_of(run, slot, user_id))


def _is_of(run: Mapping[str, Any], slot: datetime, user_id: str) -> bool:
    given = run.get("parameters") or {}
    if given.get("userId") not in {None, user_id}:
        return False
    if run.get("trigger") == "timer":
        return run.get("plannedAt") == to_iso(slot)
    return given.get("window") == window_of(slot)


def _shown(digest: Mapping[str, Any] | None) -> Document | None:
    return {name: digest.get(name) for name in SHOWN} if digest else None
