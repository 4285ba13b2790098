"""The command that sends a like, or takes it back, and follows its job."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from opsctl.client import segment
from opsctl.outcomes import Exit
from opsctl.show import Screen, When, clean
from opsctl.tools import Tools

UNSETTLED: Final = frozenset({"queued", "in_flight", "failed"})
MAX_LOOKS: Final = 300
Document = Mapping[str, Any]


def like(tools: Tools, given: Namespace) -> Exit:
    """Send a like of a picture, or take back those of an item."""
    body = {"userId": given.user, "itemId": given.item, "imageUrl": given.image, "signal": given.signal}
    if given.index is not None:
        body["galleryImageIndex"] = given.index
    sent = tools.client.send("POST", "taste-jobs", body, repeatable=True).document
    job_id = str(sent.get("jobId"))
    if not given.wait or sent.get("status") in {"withdrawn", "ignored"}:
        names = {"job": sent.get("jobId"), "status": sent.get("status"), "dead letter": sent.get("deadLetterId")}
        tools.screen.show(sent, lambda: tools.screen.fields(names))
        return Exit.OK
    found = _awaited(tools, job_id)
    tools.screen.show(found, lambda: _job(tools.screen, found))
    return Exit.OK if found.get("status") == "completed" else Exit.WRONG


def _awaited(tools: Tools, job_id: str) -> Document:
    """Return a job once it has ended, or as it is after some minutes: what is deferred may wait for a day."""
    said = ""
    for _ in range(MAX_LOOKS):
        found = tools.client.get(f"taste-jobs/{segment(job_id)}", patient=True).document
        status = clean(found.get("status"))
        if status not in UNSETTLED:
            break
        if status != said:
            tools.screen.say(f"job {job_id}: {status}")
        said = status
        tools.sleep(tools.pause)
    return found


def _job(screen: Screen, found: Document) -> None:
    screen.fields({
        "job": found.get("jobId"), "status": found.get("status"), "attempt": found.get("attempt"),
        "updated": When(found.get("updatedAt")), "next attempt": When(found.get("nextAttemptAt")),
        "last error": error_of(found),
        "dead letter": found.get("deadLetterId"),
    })  # fmt: skip


def error_of(one: Document) -> str:
    """Return a job's last error in words."""
    error = one.get("lastError") or {}
    return ": ".join(filter(None, (clean(error.get("reason")), clean(error.get("message")))))
