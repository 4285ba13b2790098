"""What became of a dead letter, as its record tells: by whom, why, with what outcome; the last entries, newest last. Pure."""

from typing import Final

from agents.dead_letters.record import DeadLetter
from shared.store.query import Set

MAX_HISTORY: Final = 50


def noted(
    record: DeadLetter, *, at: str, action: str, actor: str, reason: str, outcome: str, detail: str = "",
    forced: bool = False, operation_id: str | None = None,
) -> list[Set]:  # fmt: skip
    """Return the changes that write one more entry into a record. `at`: now, as it is stored."""
    entry = {
        "at": at, "action": action, "actor": actor, "reason": reason, "before": record.status.value, "forced": forced,
        "operationId": operation_id, "outcome": outcome, "detail": detail,
    }  # fmt: skip
    return [Set("history", [*record.history, entry][-MAX_HISTORY:]), Set("updatedAt", at)]
