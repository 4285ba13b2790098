"""Commands for operations, the replays and purges of dead letters: list, show, cancel, and following one to its end."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opsctl.client import segment
from opsctl.ids import OPERATIONS, whole
from opsctl.layout import Head
from opsctl.letters import each_page
from opsctl.outcomes import Exit
from opsctl.show import Id, Screen, When, counts
from opsctl.tools import Tools

ACTIVE: Final = frozenset({"queued", "running"})
UNHAPPY: Final = frozenset({"failed", "invalid", "missing"})
ILL_FATED: Final = frozenset({"died_again", "failed_again"})
MAX_TROUBLES: Final = 20
Document = Mapping[str, Any]


def list_(tools: Tools, given: Namespace) -> Exit:
    """The operations, newest first."""
    columns = (
        "created", "action", "status", Head("done", is_number=True), Head("outcomes", rank=1, is_long=True),
        Head("fates", rank=2, is_long=True), "id", Head("who and why", is_long=True),
    )  # fmt: skip

    def render(page: Document) -> None:
        rows = [
            (
                When(one.get("createdAt")), one.get("action"), one.get("status"), f"{one.get('handled')}/{one.get('total')}",
                counts(one.get("outcomes")), counts(one.get("fates")), Id(one.get("id")),
                f"{one.get('actor')}: {one.get('reason')}",
            )
            for one in page.get("replays") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)

    return each_page(tools, "replays", {}, given, render)


def show(tools: Tools, given: Namespace) -> Exit:
    """One operation with its records."""
    operation_id = whole(tools, OPERATIONS, given.id)
    if given.follow:
        return follow(tools, operation_id)
    found = tools.client.get(f"replays/{segment(operation_id)}", {"limit": given.limit, "cursor": given.cursor}).document

    def render() -> None:
        operation(tools.screen, found)
        tools.screen.line()
        _items(tools.screen, found.get("items") or [])

    tools.screen.show(found, render)
    if found.get("cursor"):
        tools.screen.say(f"there are more records: --cursor {found['cursor']}")
    return Exit.OK if found.get("status") in ACTIVE else ended(found)


def cancel(tools: Tools, given: Namespace) -> Exit:
    """Stop an operation before its next record."""
    body = {"reason": given.reason, "actor": tools.actor(given.actor)}
    found = tools.client.send(
        "POST", f"replays/{segment(whole(tools, OPERATIONS, given.id))}/cancel", body, repeatable=True
    ).document
    tools.screen.show(found, lambda: operation(tools.screen, found))
    return Exit.OK


def follow(tools: Tools, operation_id: str) -> Exit:
    """Show how an operation goes until it has ended, and what it came to."""
    path, said = f"replays/{segment(operation_id)}", ""
    with tools.screen.progress() as progress:
        task = progress.add_task("operation", total=None, words="")
        while True:
            found = tools.client.get(path, {"limit": 1}, patient=True).document
            words = "; ".join(filter(None, (found.get("status"), counts(found.get("outcomes")), counts(found.get("fates")))))
            progress.update(task, completed=found.get("handled"), total=found.get("total"), words=words)
            line = f"{found.get('handled')} of {found.get('total')}: {words}"
            if progress.disable and line != said:
                tools.screen.say(line)
            said = line
            if found.get("status") not in ACTIVE:
                break
            tools.sleep(tools.pause)
    tools.screen.show(found, lambda: _end(tools, found, path))
    return ended(found)


def ended(found: Document) -> Exit:
    """Return the exit code of an operation that has ended."""
    died = any((found.get("fates") or {}).get(fate) for fate in ILL_FATED)
    failed = any((found.get("outcomes") or {}).get(outcome) for outcome in UNHAPPY)
    return Exit.OK if found.get("status") == "completed" and not died and not failed else Exit.WRONG


def operation(screen: Screen, found: Document) -> None:
    """Show an operation's figures."""
    rate = found.get("rate") or {}
    screen.fields({
        "operation": found.get("id"), "action": found.get("action"), "status": found.get("status"), "why": found.get("why"),
        "records": f"{found.get('handled')} of {found.get('total')}", "outcomes": counts(found.get("outcomes")),
        "fates": counts(found.get("fates")), "not known yet": found.get("waiting") or "",
        "a second": f"{rate.get('measured') or '?'} (asked for {rate.get('asked')})", "seconds left": found.get("etaSeconds"),
        "actor": found.get("actor"), "reason": found.get("reason"), "last error": found.get("lastError"),
    })  # fmt: skip


def _end(tools: Tools, found: Document, path: str) -> None:
    operation(tools.screen, found)
    if ended(found) is Exit.OK:
        return
    items = tools.client.get(path, {"limit": 200}).document.get("items") or []
    troubles = [one for one in items if one.get("outcome") in UNHAPPY or one.get("fate") in ILL_FATED]
    if troubles:
        tools.screen.line()
        _items(tools.screen, troubles[:MAX_TROUBLES])


def _items(screen: Screen, found: Sequence[Document]) -> None:
    rows = [(Id(one.get("id")), one.get("outcome"), one.get("fate"), one.get("detail")) for one in found]
    screen.table(("record", "outcome", "fate", Head("detail", is_long=True)), rows)
