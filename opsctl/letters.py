"""Commands for dead letters: list, group by cause, show, validate, repair."""

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from opsctl.client import segment
from opsctl.ids import CAUSES, LETTERS, whole
from opsctl.layout import Head
from opsctl.looking import down
from opsctl.outcomes import Exit, UsageError
from opsctl.predicting import predict
from opsctl.show import Id, Screen, When, clean, counts
from opsctl.times import before
from opsctl.tools import Tools

FILTERS: Final = {
    "status": "status", "reason": "reason", "fingerprint": "fingerprint", "queue": "queue", "kind": "kind", "user": "userId",
    "since": "since", "until": "until",
}  # fmt: skip
MAX_PATCH_BYTES: Final = 65_536
Document = Mapping[str, Any]


def filter_from(tools: Tools, given: Mapping[str, str | None], names: Mapping[str, str]) -> dict[str, str]:
    """Return a filter as the app calls it, with its instants and fingerprint in full. `names`: the app's by ours."""
    found = {names[name]: value for name, value in given.items() if value is not None}
    for name in ("since", "until"):
        if name in found:
            found[name] = before(found[name], tools.now())
    if "fingerprint" in found:
        found["fingerprint"] = whole(tools, CAUSES, found["fingerprint"])
    return found


def query_of(tools: Tools, given: Namespace) -> dict[str, Any]:
    """Return the filter's options as a query."""
    found: dict[str, Any] = {**filter_from(tools, {name: getattr(given, name) for name in FILTERS}, FILTERS)}
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
            go_on = "" if tools.screen.is_terminal else f", or --cursor {clean(cursor, limit=5_000)}"
            tools.screen.say(f"there are more: --all{go_on}")
            return Exit.OK


def list_(tools: Tools, given: Namespace) -> Exit:
    """The dead letters, newest first."""
    columns = (
        "created", "status", Head("reason", is_long=True), Head("kind", rank=2), Head("expires", rank=1), "id",
        Head("description", is_long=True),
    )  # fmt: skip

    def render(page: Document) -> None:
        rows = [
            (
                When(one.get("createdAt")), one.get("status"), one.get("reason"), one.get("kind"), When(one.get("expiresAt")),
                Id(one.get("id")), one.get("description"),
            )
            for one in page.get("deadLetters") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)

    return each_page(tools, "dead-letters", query_of(tools, given), given, render)


def groups(tools: Tools, given: Namespace) -> Exit:
    """The causes, the largest first; with a dry run what a replay of each would come to."""
    chosen = query_of(tools, given)
    found = tools.client.get("dead-letters", {**chosen, "groupBy": "fingerprint", "limit": given.limit}).document
    causes = [one for one in found.get("groups") or [] if isinstance(one, Mapping)]
    if given.dry_run:
        chosen.pop("expiringWithinDays", None)  # a replay's filter has no such thing
        found = {**found, "groups": [{**one, "dryRun": _dry_run(tools, chosen, one)} for one in causes]}
    columns = (
        Head("count", is_number=True), Head("reason", is_long=True), "fingerprint", Head("first seen", rank=2),
        "last seen", Head("statuses", rank=1, is_long=True), "a replay: would be", Head("description", is_long=True),
        Head("newest", rank=1),
    )  # fmt: skip

    def render() -> None:
        rows = [
            (
                one.get("count"), one.get("reason"), Id(one.get("fingerprint")), When(one.get("firstSeenAt")),
                When(one.get("lastSeenAt")), counts(one.get("statuses")), counts((one.get("dryRun") or {}).get("counts")),
                one.get("description"), Id(one.get("sampleId")),
            )
            for one in found.get("groups") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)
        if not found.get("complete"):
            tools.screen.say("there are more than were looked at: choose fewer by a filter")

    tools.screen.show(found, render)
    return Exit.OK


def _dry_run(tools: Tools, chosen: Mapping[str, Any], cause: Document) -> Document:
    wanted = {"action": "replay", "filter": {**chosen, "fingerprint": cause.get("fingerprint")}, "reason": "a dry run by cause"}
    predicted = predict(tools, "replays", {**wanted, "actor": tools.actor(None)})
    return {name: predicted.get(name) for name in ("total", "counts", "down")}


def show(tools: Tools, given: Namespace) -> Exit:
    """One dead letter in full."""
    found = tools.client.get(_path(tools, given)).document
    tools.screen.show(found, lambda: _letter(tools.screen, found))
    return Exit.OK


def _path(tools: Tools, given: Namespace) -> str:
    return f"dead-letters/{segment(whole(tools, LETTERS, given.id))}"


def _letter(screen: Screen, found: Document) -> None:
    names = (
        "id", "jobId", "status", "reason", "description", "fingerprint", "kind", "sourceQueue", "createdAt", "updatedAt",
        "expiresAt", "replays", "replacedBy", "version", "payloadBytes", "payload", "repairedPayload",
    )  # fmt: skip
    screen.fields({name: When(found.get(name)) if name.endswith("At") else found.get(name) for name in names})
    if found.get("payload") is None:
        screen.fields({"rawPayload": found.get("rawPayload")})
    if found.get("attempts"):
        screen.line()
        rows = [(one.get("n"), When(one.get("at")), one.get("reason"), one.get("message")) for one in found["attempts"]]
        screen.table(("attempt", "at", "reason", Head("message", is_long=True)), rows)
    if found.get("history"):
        screen.line()
        done = [
            (When(one.get("at")), one.get("action"), one.get("outcome"), one.get("actor"), one.get("reason"))
            for one in found["history"]
        ]
        screen.table(("at", "action", "outcome", Head("actor", is_long=True), Head("reason", is_long=True)), done)


def validate(tools: Tools, given: Namespace) -> Exit:
    """What is wrong with a dead letter, and what a replay would do."""
    found = tools.client.send("POST", f"{_path(tools, given)}/validate", repeatable=True).document
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
    named = [one for one in found.get("problems") or () if one.get("field")]  # what names no field is said above
    if named:
        screen.line()
        rows = [(one.get("field"), one.get("came"), one.get("expected")) for one in named]
        screen.table(("field", Head("came", is_long=True), Head("expected", is_long=True)), rows)
    down(screen, found.get("down") or [])


def repair(tools: Tools, given: Namespace) -> Exit:
    """Store a repaired payload beside the original."""
    patch = patch_of(given)
    path = _path(tools, given)
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
