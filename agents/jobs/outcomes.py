"""What a workflow may come to: a closed set of values. Failures are exceptions (`shared.errors`), plans are not.

Why it came to that is a member of an enum, never a sentence: what follows is decided by it. Each kind of job has enums of its
own words beside those here; a member's text is for the log, `detail` is free text for people.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Finished(StrEnum):
    """How work that is done was done, where a kind has no words of its own."""

    COMPLETED = "completed"


class DuplicateReason(StrEnum):
    """How a claim knows that somebody did the work already."""

    COMPLETED = "completed already"
    COMPLETED_RECENTLY = "completed a short while ago"
    REPLACED = "a newer job of the same id replaced this one"


class Completion(StrEnum):
    """What the job's document said when the work was done."""

    CLAIM_STOOD = "our claim stood"
    DOCUMENT_GONE = "the job's document is gone"
    COMPLETED_ELSEWHERE = "completed by another worker"
    DEAD_LETTERED_MEANWHILE = "was dead-lettered"
    LEASE_LOST = "lost its lease"


class SkipReason(StrEnum):
    """Why a claim found nothing to do."""

    DEAD_LETTERED = "dead-lettered, its record is stored"
    USER_ERASED = "the user was erased since"
    WITHDRAWN = "was withdrawn before it was applied"


class DeferReason(StrEnum):
    """Why a message has to come back."""

    LEASED = "leased by another worker"
    NOT_DUE = "not due yet"
    OLDER_IN_WORK = "an older job of the same id is in work"
    CONTENDED = "the job's document keeps changing"
    LEASE_LOST = "lost its lease while failing"
    CROWDED = "every slot of this instance is taken"
    NEWER_SCHEMA = "a newer build has to read it"
    ATTEMPT_FAILED = "the attempt failed"
    DEPENDENCY = "a dependency has to come back"
    STORE_DOWN = "the store is down"
    PAUSED = "its queue is paused"


@dataclass(frozen=True, slots=True)
class Done:
    """The work is done and stored."""

    result: StrEnum = Finished.COMPLETED


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Somebody did this work already, or it was finished too late to count as ours."""

    reason: DuplicateReason | Completion


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to do, and that is right."""

    reason: StrEnum


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: the message must come back at `until`. `detail`: what happened, in words."""

    until: datetime
    reason: StrEnum
    detail: str = ""


Outcome = Done | Duplicate | Skipped | Deferred
