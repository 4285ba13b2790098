"""What is written down of everything that on-call does: who, why, what, before and after. Created, and never changed."""

from collections.abc import Mapping
from typing import Any

from shared.store.base import Document


def audit_document(
    partition: str, action: str, *, at: str, actor: str, reason: str, what: Mapping[str, Any], before: Mapping[str, Any],
    after: Mapping[str, Any], forced: bool = False,
) -> Document:  # fmt: skip
    """Return one action's audit; `partition`: the operation, or what else it is filed under."""
    return {
        "id": f"audit.{action}", "operationId": partition, "type": "audit", "createdAt": at, "action": action, "actor": actor,
        "reason": reason, "forced": forced, "what": dict(what), "before": dict(before), "after": dict(after),
    }  # fmt: skip
