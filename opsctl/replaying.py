"""`replay` and `purge`: the dry run first, shown and confirmed, then the same call with its snapshot, followed to its end."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from opsctl.letters import FILTERS, instant
from opsctl.looking import down
from opsctl.operating import follow, operation
from opsctl.outcomes import Exit, UsageError
from opsctl.show import Screen, counts
from opsctl.tools import Tools

Document = Mapping[str, Any]
SHOWN = 20


def replay(tools: Tools, given: Namespace) -> Exit:
    """Queue dead letters again."""
    wanted = {**_common(tools, given, "replay"), "rate": given.rate, "canary": given.canary, "force": given.force}
    predicted = _predict(tools, wanted)
    blocked = bool(predicted.get("down")) and not given.force
    if given.dry_run or blocked or not predicted.get("total"):
        _show_prediction(tools, predicted)
        if blocked and not given.dry_run:
            tools.screen.say("nothing was replayed: a dependency is down; --force goes on all the same", "bold red")
        return Exit.WRONG if blocked else Exit.OK
    _told(tools.screen, predicted)
    if not given.yes:
        question = f"Replay {predicted['total']} dead letters? [y/N]"
        if tools.screen.ask(question, tools.stdin, instead="--yes").casefold() not in {"y", "yes"}:
            return _left(tools)
    return _carry_out(tools, given, wanted, predicted)


def purge(tools: Tools, given: Namespace) -> Exit:
    """Drop the payloads of dead letters for good."""
    wanted = _common(tools, given, "purge")
    predicted = _predict(tools, wanted)
    if given.dry_run or not predicted.get("total"):
        _show_prediction(tools, predicted)
        return Exit.OK
    total = str(predicted["total"])
    _told(tools.screen, predicted)
    if given.confirm is None:
        question = f"This drops the payloads of {total} dead letters for good. Type their number to go on:"
        if tools.screen.ask(question, tools.stdin, instead="--confirm with their number") != total:
            return _left(tools)
    elif str(given.confirm) != total:
        raise UsageError(f"--confirm says {given.confirm}, the dry run {total}: nothing was purged")
    return _carry_out(tools, given, wanted, predicted)


def filter_of(tools: Tools, pairs: list[str]) -> dict[str, str]:
    """Return the filter of `key=value` options. Raises `UsageError`."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if name not in FILTERS or not (sign and value):
            raise UsageError(f"--filter: got {pair!r}, expected key=value with one of {', '.join(FILTERS)}")
        if name in found:
            raise UsageError(f"--filter: {name} is given twice")
        found[name] = instant(value, tools.now()) if name in {"since", "until"} else value
    return found


def _common(tools: Tools, given: Namespace, action: str) -> dict[str, Any]:
    chosen = filter_of(tools, given.filter)
    if bool(given.ids) == bool(chosen):
        raise UsageError("which dead letters? Give their ids, or --filter")
    which: dict[str, Any] = {"ids": given.ids} if given.ids else {"filter": chosen}
    return {"action": action, **which, "reason": given.reason, "actor": tools.actor(given.actor)}


def _predict(tools: Tools, wanted: Mapping[str, Any]) -> Document:
    return tools.client.send("POST", "replays", {**wanted, "dryRun": True}, repeatable=True).document


def _show_prediction(tools: Tools, predicted: Document) -> None:
    tools.screen.show(predicted, lambda: _prediction(tools.screen, predicted))


def _prediction(screen: Screen, predicted: Document) -> None:
    results = predicted.get("results") or []
    if results:
        rows = [(one.get("id"), one.get("outcome"), one.get("detail")) for one in results[:SHOWN]]
        screen.table(("dead letter", "would be", "because"), rows)
        screen.line()
    screen.fields({
        "action": predicted.get("action"), "records": predicted.get("total"), "would be": counts(predicted.get("counts")),
        "snapshot": predicted.get("snapshot"),
    })  # fmt: skip
    down(screen, predicted.get("down") or [])


def _told(screen: Screen, predicted: Document) -> None:
    """Before a question the prediction belongs to the person, and not into the answer."""
    for one in (predicted.get("results") or [])[:SHOWN]:
        screen.say(f"  {one.get('id')}  {one.get('outcome')}  {one.get('detail')}".rstrip())
    screen.say(f"{predicted.get('action')} of {predicted.get('total')} dead letters: {counts(predicted.get('counts'))}", "bold")


def _left(tools: Tools) -> Exit:
    tools.screen.say("nothing was done")
    return Exit.OK


def _carry_out(tools: Tools, given: Namespace, wanted: Mapping[str, Any], predicted: Document) -> Exit:
    key = given.idempotency_key or tools.new_key()
    body = {**wanted, "snapshot": predicted.get("snapshot")}
    found = tools.client.send("POST", "replays", body, headers={"Idempotency-Key": key}, repeatable=True).document
    tools.screen.say(f"operation {found.get('id')}: it goes on whatever becomes of this command")
    if not given.no_wait:
        return follow(tools, str(found.get("id")))
    tools.screen.show(found, lambda: operation(tools.screen, found))
    return Exit.OK
