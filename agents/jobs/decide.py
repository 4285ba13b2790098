"""What follows from a failed attempt, and when a like is the same as one before. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agents.jobs.job import parse_time
from shared.retry import Redelivery


@dataclass(frozen=True, slots=True)
class JobPolicy:
    """Limits of a job's life: `attempts` in all, the rest in seconds."""

    attempts: int = 5
    lease_seconds: float = 180.0
    defer_budget_seconds: float = 86_400.0
    completed_ttl_seconds: float = 3_600.0
    dedupe_ttl_seconds: float = 180.0
    redelivery: Redelivery = field(default_factory=Redelivery)


def is_fresh(document: Mapping[str, Any], *, now: datetime, policy: JobPolicy) -> bool:
    """True while a completed job answers an identical like as a duplicate: by its completion, or by its creation."""
    completed = parse_time(document.get("lastCompletedAt"), at_most=now)
    created = parse_time(document.get("createdAt"), at_most=now)
    return (completed is not None and now - completed < timedelta(seconds=policy.completed_ttl_seconds)) or (
        created is not None and now - created < timedelta(seconds=policy.dedupe_ttl_seconds)
    )
