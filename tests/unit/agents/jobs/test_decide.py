"""What follows from a failed attempt, as a table; and the waits that the settings promise, on both tiers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.jobs.decide import Decision, Defer, JobPolicy, Retry, decide, is_fresh
from agents.jobs.job import Job, Verdict
from shared.clock import to_iso
from shared.errors import (
    DeferredError,
    InvalidItem,
    ItemNotFound,
    ModelGarbage,
    ModelSuspended,
    ModelUnavailable,
    PermanentError,
    ProcessorError,
    Reason,
    StoreThrottled,
)
from shared.settings import Settings

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
POLICY = JobPolicy(attempts=3, defer_budget_seconds=3_600)
QUOTA = ModelSuspended("quota", delay_seconds=600, reason=Reason.MODEL_BUDGET_EXHAUSTED)


def decided(
    error: ProcessorError, *, attempt: int = 1, last: Reason | None = None, since: datetime | None = None,
    jitter: float = 0.0, policy: JobPolicy = POLICY,
) -> Decision:  # fmt: skip
    return decide(
        policy, attempt=attempt, last_reason=last, error=error, deferred_since=since, at=AT, jitter=jitter
    )  # fmt: skip


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("error", "given_", "expected"),
    [
        (ModelUnavailable("503"), {}, Retry(after(15))),
        (ModelUnavailable("503"), {"attempt": 2}, Retry(after(30))),
        (ModelUnavailable("503"), {"attempt": 3}, Verdict(Reason.MODEL_UNAVAILABLE, "503")),
        (ModelUnavailable("503"), {"attempt": 9}, Verdict(Reason.MODEL_UNAVAILABLE, "503")),
        (StoreThrottled("429", retry_after_seconds=200), {}, Retry(after(200))),
        (StoreThrottled("429", retry_after_seconds=1), {}, Retry(after(15))),
        (ModelGarbage("no JSON"), {}, Retry(after(15))),
        (ModelGarbage("no JSON"), {"last": Reason.MODEL_GARBAGE}, Verdict(Reason.MODEL_GARBAGE, "no JSON")),
        (ModelGarbage("no JSON"), {"last": Reason.MODEL_UNAVAILABLE}, Retry(after(15))),
        (PermanentError("no", reason=Reason.MODEL_REFUSED), {}, Verdict(Reason.MODEL_REFUSED, "no")),
        (ItemNotFound("gone"), {}, Retry(after(15))),
        (InvalidItem("too large"), {}, Retry(after(15))),
        (QUOTA, {}, Defer(after(600), AT)),
        (QUOTA, {"attempt": 3}, Defer(after(600), AT)),
        (QUOTA, {"since": after(-3_599)}, Defer(after(600), after(-3_599))),
        (QUOTA, {"jitter": 1.0}, Defer(after(630), AT)),
        (DeferredError("x", delay_seconds=10, reason=Reason.UNKNOWN), {"jitter": 1.0}, Defer(after(11), AT)),
        (
            QUOTA, {"since": after(-3_600)},
            Verdict(Reason.MODEL_BUDGET_EXHAUSTED, "deferred since 2026-11-23T08:00:00.000Z: quota"),
        ),
    ],
)  # fmt: skip
def test_what_follows_from_a_failed_attempt(error: ProcessorError, given_: dict, expected: Decision) -> None:
    assert decided(error, **given_) == expected


def test_the_outer_tier_waits_as_the_settings_promise() -> None:
    """Half of 30 s, 60 s, … up to the maximum for sure, the other half by chance."""
    policy = JobPolicy.of(Settings.from_environment({}).jobs["TASTE_JOB"])
    waits = [
        [(decided(ModelUnavailable("503"), attempt=attempt, jitter=jitter, policy=policy).due - AT).total_seconds()
         for jitter in (0.0, 1.0)]
        for attempt in range(1, 5)
    ]  # fmt: skip
    assert waits == [[15, 30], [30, 60], [60, 120], [120, 240]]
    assert isinstance(decided(ModelUnavailable("503"), attempt=5, policy=policy), Verdict)
    own = Settings.from_environment({"TASTE_JOB_REQUEUE_BASE_SECONDS": "100", "TASTE_JOB_REQUEUE_MAX_SECONDS": "150"})
    policy = JobPolicy.of(own.jobs["TASTE_JOB"])
    assert decided(ModelUnavailable("503"), attempt=1, jitter=1.0, policy=policy) == Retry(after(100))
    assert decided(ModelUnavailable("503"), attempt=4, jitter=1.0, policy=policy) == Retry(after(150))


def test_the_inner_tier_waits_as_the_settings_promise() -> None:
    quick = JobPolicy.of(Settings.from_environment({}).jobs["TASTE_JOB"]).quick
    assert [quick.delay(failures, jitter=0.0) for failures in (1, 2, 3)] == [0.75, 1.5, 3.0]
    assert (quick.retries, quick.delay(9, jitter=1.0)) == (3, 6.2)


def test_each_kind_of_job_has_limits_of_its_own() -> None:
    jobs = Settings.from_environment({"TASTE_JOB_MAX_ATTEMPTS": "9", "DIGEST_JOB_MAX_ATTEMPTS": "2"}).jobs
    assert {prefix: JobPolicy.of(one).attempts for prefix, one in jobs.items()} == {
        "TASTE_JOB": 9, "DIGEST_JOB": 2, "SCRAPE_JOB": 5,
    }  # fmt: skip
    assert JobPolicy.of(jobs["SCRAPE_JOB"]).lease_seconds == 500


@given(st.integers(1, 100), st.floats(0, 1))
def test_a_retry_never_comes_at_once_nor_later_than_the_maximum(attempt: int, jitter: float) -> None:
    policy = JobPolicy(attempts=1_000)
    decision = decided(ModelUnavailable("503"), attempt=attempt, jitter=jitter, policy=policy)
    assert isinstance(decision, Retry)
    assert timedelta(seconds=15) <= decision.due - AT <= timedelta(seconds=900)


@pytest.mark.parametrize(
    ("completed", "created", "fresh"),
    [
        (-10, -90_000, True),
        (-4_000, -90_000, False),
        (-4_000, -100, True),
        (None, -100, True),
        (None, -200, False),
        (99, 99, True),
    ],
)
def test_a_job_is_fresh_by_its_completion_or_by_its_creation(completed: float | None, created: float, fresh: bool) -> None:
    job = Job({"lastCompletedAt": to_iso(after(completed)) if completed else None, "createdAt": to_iso(after(created))})
    assert is_fresh(job, at=AT, policy=JobPolicy()) is fresh


def test_times_that_cannot_be_read_make_no_job_fresh() -> None:
    assert not is_fresh(Job({"lastCompletedAt": "yesterday", "createdAt": "0000-99"}), at=AT, policy=JobPolicy())
