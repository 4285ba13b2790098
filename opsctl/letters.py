"""Commands for dead letters: list, group by cause, show, validate, repair."""

import json
import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from opsctl.client import segment
from opsctl.looking import down
from opsctl.outcomes import Exit, UsageError
from opsctl.show import Screen, clean, counts, moment
from opsctl.tools import Tools

FILTERS: Final = ("status", "reason", "fingerprint", "queue", "kind", "since", "until")
MAX_PATCH_BYTES: Final = 65_536
_AGO: Final = re.compile(r"(\d{1,5})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
Document = Mapping[str, Any]


def instant(text: str, now: datetime) -> str:
    """Return an instant of ISO 8601 as it is, and `90m`, `2h` or `3d` as so long before `now`."""
    ago = _AGO.fullmatch(text)
    if ago is None:
        return text
    return (now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})).isoformat(timespec="seconds").replace("+00:00", "Z")


def query_of(tools: Tools, given: Namespace) -> dict[str, Any]:
    """Return the filter's options as a query."""
    found = {name: getattr(given, name) for name in FILTERS if getattr(given, name) is not None}
    for name in ("since", "until"):
        if name in found:
            found[name] = instant(found[name], tools.now())
    if given.expiring_within_days is not None:
        found["expiringWithinDays"] = given.expiring_within_days
    return found


def each_page(tools: Tools, path: str, query: dict[str, Any], given: Namespace, render: Callable[[Document], None]) -> Exit:
    """Show a page of a list, or with `--all` every page; for machines each is a document of its own."""
    cursor = given.cursor
    while True:
        page = tools.client.get(path, {**query, "limit": given.limit, "cursor": cursor}).document
        tools.screen.show(page, lambda page=page: render(page))  # type: ignore[misc]  # a default binds this page
        cursor = page.get("cursor")
        if not cursor:
            return Exit.OK
        if not given.all:
            tools.screen.say(f"there are more: --all, or --cursor {clean(cursor, limit=5_000)}")
            return Exit.OK


def list_(tools: Tools, given: Namespace) -> Exit:
    """The dead letters, newest first."""
    columns = ("created", "status", "reason", "kind", "expires", "id", "description")

    def render(page: Document) -> None:
        rows = [
            (
                moment(one.get("createdAt")), one.get("status"), one.get("reason"), one.get("kind"),
                moment(one.get("expiresAt"))[:10], one.get("id"), one.get("description"),
            )
            for one in page.get("deadLetters") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)

    return each_page(tools, "dead-letters", query_of(tools, given), given, render)


def groups(tools: Tools, given: Namespace) -> Exit:
    """The causes, the largest first."""
    query = {**query_of(tools, given), "groupBy": "fingerprint", "limit": given.limit}
    found = tools.client.get("dead-letters", query).document
    columns = ("count", "reason", "fingerprint", "first seen", "last seen", "statuses", "description", "newest")

    def render() -> None:
        rows = [
            (
                one.get("count"), one.get("reason"), one.get("fingerprint"), moment(one.get("firstSeenAt")),
                moment(one.get("lastSeenAt")), counts(one.get("statuses")), one.get("description"), one.get("sampleId"),
            )
            for one in found.get("groups") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)
        if not found.get("complete"):
            tools.screen.say("there are more than were looked at: choose fewer by a filter")

    tools.screen.show(found, render)
    return Exit.OK


def show(tools: Tools, given: Namespace) -> Exit:
    """One dead letter in full."""
    found = tools.client.get(f"dead-letters/{segment(given.id)}").document
    tools.screen.show(found, lambda: _letter(tools.screen, found))
    return Exit.OK


def _letter(screen: Screen, found: Document) -> None:
    names = (
        "id", "jobId", "status", "reason", "description", "fingerprint", "kind", "sourceQueue", "createdAt", "updatedAt",
        "expiresAt", "replays", "replacedBy", "version", "payloadBytes", "payload", "repairedPayload",
    )  # fmt: skip
    screen.fields({name: found.get(name) for name in names})
    if found.get("payload") is None:
        screen.fields({"rawPayload": found.get("rawPayload")})
    if found.get("attempts"):
        screen.line()
        rows = [(one.get("n"), moment(one.get("at")), one.get("reason"), one.get("message")) for one in found["attempts"]]
        screen.table(("attempt", "at", "reason", "message"), rows)
    if found.get("history"):
        screen.line()
        done = [
            (moment(one.get("at")), one.get("action"), one.get("outcome"), one.get("actor"), one.get("reason"))
            for one in found["history"]
        ]
        screen.table(("at", "action", "outcome", "actor", "reason"), done)


def validate(tools: Tools, given: Namespace) -> Exit:
    """What is wrong with a dead letter, and what a replay would do."""
    found = tools.client.send("POST", f"dead-letters/{segment(given.id)}/validate", repeatable=True).document
    tools.screen.show(found, lambda: _validation(tools.screen, found))
    sound = found.get("readable") and not found.get("down") and (found.get("prediction") or {}).get("outcome") != "invalid"
    return Exit.OK if sound else Exit.WRONG


def _validation(screen: Screen, found: Document) -> None:
    prediction, job = found.get("prediction") or {}, found.get("job") or {}
    screen.fields({
        "readable": "yes" if found.get("readable") else "no", "job": job.get("status"),
        "already applied": "yes" if found.get("alreadyApplied") else "no", "a replay would say": prediction.get("outcome"),
        "because": prediction.get("detail"),
    })  # fmt: skip
    if found.get("problems"):
        screen.line()
        rows = [(one.get("field"), one.get("came"), one.get("expected")) for one in found["problems"]]
        screen.table(("field", "came", "expected"), rows)
    down(screen, found.get("down") or [])


def repair(tools: Tools, given: Namespace) -> Exit:
    """Store a repaired payload beside the original."""
    patch = patch_of(given)
    path = f"dead-letters/{segment(given.id)}"
    version = given.version or tools.client.get(path).document.get("version") or ""
    body = {"patch": patch, "reason": given.reason, "actor": tools.actor(given.actor)}
    found = tools.client.send("PATCH", f"{path}/payload", body, headers={"If-Match": f'"{version}"'}).document

    def render() -> None:
        _letter(tools.screen, found)
        if found.get("otherJob"):
            tools.screen.say("the payload stands for another job than the one that died; a replay runs that one", "yellow")

    tools.screen.show(found, render)
    return Exit.OK


def patch_of(given: Namespace) -> dict[str, Any]:
    """Return the JSON merge patch of the options. Raises `UsageError`."""
    patch: dict[str, Any] = {}
    if given.patch is not None:
        try:
            text = Path(given.patch[1:]).read_text("utf-8") if given.patch.startswith("@") else given.patch
            patch = json.loads(text)
        except (OSError, ValueError, RecursionError) as error:
            raise UsageError(f"--patch: cannot be read as JSON ({type(error).__name__})") from None
        if not isinstance(patch, dict):
            raise UsageError("--patch: expected a JSON object")
    for one in given.set:
        name, sign, value = one.partition("=")
        if not (name and sign):
            raise UsageError(f"--set: got {one!r}, expected name=value")
        patch[name] = value
    patch |= dict.fromkeys(given.unset)
    if not patch:
        raise UsageError("what is to be repaired? Give --patch, --set or --unset")
    return patch
