"""What on-call has said of an alert: that somebody is at it, or that it is to be quiet until a time. Pure values.

A silence holds up to the severity that it was meant for: what is graver breaks it, for good. An acknowledgement is of one
incident and ends with it; it stops the reminders and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from agents.watch.alerts.rule import Severity
from shared.clock import from_iso, to_iso


@dataclass(frozen=True, slots=True)
class Hush:
    """Quiet until a time, by whom, and why. `severity`: the gravest that it keeps quiet."""

    until: datetime
    by: str
    reason: str
    severity: Severity

    def covers(self, severity: Severity, at: datetime) -> bool:
        """Whether it keeps an alert of this severity quiet at `at`."""
        return at < self.until and severity.rank <= self.severity.rank

    def to_document(self) -> dict[str, Any]:
        """Return it as a part of the alert's document."""
        return {"until": to_iso(self.until), "by": self.by, "reason": self.reason, "severity": self.severity.value}

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> Self | None:
        """Read it; None where there is none."""
        if not document:
            return None
        severity = Severity(document["severity"])
        return cls(from_iso(document["until"]), str(document["by"]), str(document["reason"]), severity)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody is at it: since when, who, and what they say."""

    at: datetime
    by: str
    reason: str

    def to_document(self) -> dict[str, Any]:
        """Return it as a part of the alert's document."""
        return {"at": to_iso(self.at), "by": self.by, "reason": self.reason}

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> Self | None:
        """Read it; None where there is none."""
        return cls(from_iso(document["at"]), str(document["by"]), str(document["reason"])) if document else None
