"""`replay`, `purge` and `retry-now`: the dry run first, shown and confirmed, then the same call with its snapshot, followed to
its end.
"""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from opsctl.client import Document
from opsctl.ids import JOBS, LETTERS, IdFamily, all_whole
from opsctl.letters import FILTERS, filter_from
from opsctl.operating import follow, operation
from opsctl.outcomes import Exit, UsageError
from opsctl.predicting import predict, several, show_prediction, tell_prediction
from opsctl.tools import Tools

JOB_FILTERS: Final = {
    "user": "userId", "item": "itemId", "status": "status", "kind": "kind", "reason": "reason", "since": "since",
    "until": "until",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkCall:
    """One way to set work going: where it is asked for, of what (one of them), and with which body."""

    path: str
    noun: str
    body: Mapping[str, Any]


def replay(tools: Tools, given: Namespace) -> Exit:
    """Queue dead letters again."""
    body = {"action": "replay", **_letters(tools, given), **_manner(given)}
    return _set_going(tools, given, WorkCall("replays", "dead letter", body), "Replay")


def retry_now(tools: Tools, given: Namespace) -> Exit:
    """Run jobs now that wait for a later attempt."""
    which = _chosen(tools, given, JOBS, JOB_FILTERS, everything=given.all)
    return _set_going(tools, given, WorkCall("jobs/retry-now", "job", {**which, **_manner(given)}), "Retry")


def _set_going(tools: Tools, given: Namespace, call: WorkCall, verb: str) -> Exit:
    predicted = predict(tools, call.path, call.body)
    blocked = bool(predicted.get("down")) and not given.force
    if given.dry_run or blocked or not predicted.get("total"):
        show_prediction(tools, predicted)
        if blocked and not given.dry_run:
            tools.screen.say("nothing was done: a dependency is down; --force goes on all the same", "bold red")
        _say_none(tools, given, call, predicted)
        return Exit.WRONG if blocked else Exit.OK
    tell_prediction(tools.screen, predicted, call.noun)
    if not given.yes:
        question = f"{verb} {several(predicted['total'], call.noun)}? [y/N]"
        if tools.screen.ask(question, tools.stdin, instead="--yes").casefold() not in {"y", "yes"}:
            return _left(tools)
    return _carry_out(tools, given, call, predicted)


def purge(tools: Tools, given: Namespace) -> Exit:
    """Drop the payloads of dead letters for good."""
    call = WorkCall("replays", "dead letter", {"action": "purge", **_letters(tools, given)})
    predicted = predict(tools, call.path, call.body)
    if given.dry_run or not predicted.get("total"):
        show_prediction(tools, predicted)
        _say_none(tools, given, call, predicted)
        return Exit.OK
    total = str(predicted["total"])
    tell_prediction(tools.screen, predicted, call.noun)
    if given.confirm is None:
        question = f"This drops the payloads of {several(total, call.noun)} for good. Type their number to go on:"
        if tools.screen.ask(question, tools.stdin, instead="--confirm with their number") != total:
            return _left(tools)
    elif str(given.confirm) != total:
        raise UsageError(f"--confirm says {given.confirm}, the dry run {total}: nothing was purged")
    return _carry_out(tools, given, call, predicted)


def _say_none(tools: Tools, given: Namespace, call: WorkCall, predicted: Document) -> None:
    """Say that nothing fits: of a mistyped filter that is the answer."""
    if not predicted.get("total"):
        tools.screen.say(f"{'nothing would be' if given.dry_run else 'nothing was'} done: no {call.noun} fits", "bold")


def filter_of(tools: Tools, pairs: list[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the filter of `key=value` options, as the app calls it. `names`: the app's by ours. Raises `UsageError`."""
    ours = {theirs: name for name, theirs in names.items()}
    found: dict[str, str | None] = {}
    for pair in pairs:
        given, sign, value = pair.partition("=")
        name = ours.get(given, given)
        if name not in names or not (sign and value):
            raise UsageError(f"--filter: got {pair!r}, expected key=value with one of {', '.join(names)}")
        if name in found:
            raise UsageError(f"--filter: {name} is given twice")
        found[name] = value
    return filter_from(tools, found, names)


def _manner(given: Namespace) -> dict[str, Any]:
    return {"rate": given.rate, "canary": given.canary, "force": given.force}


def _letters(tools: Tools, given: Namespace) -> dict[str, Any]:
    return _chosen(tools, given, LETTERS, FILTERS)


def _chosen(
    tools: Tools, given: Namespace, family: IdFamily, names: Mapping[str, str], *, everything: bool = False
) -> dict[str, Any]:  # fmt: skip
    if bool(given.ids) + bool(given.filter) + everything != 1:
        more = ", or --all" if hasattr(given, "all") else ""
        raise UsageError(f"which {family.noun}s? Give their ids, or --filter{more}")
    which: dict[str, Any] = {"all": True}
    if given.ids:
        which = {"ids": all_whole(tools, family, given.ids)}
    elif given.filter:
        which = {"filter": filter_of(tools, given.filter, names)}
    return {**which, "reason": given.reason, "actor": tools.actor(given.actor)}


def _left(tools: Tools) -> Exit:
    tools.screen.say("nothing was done")
    return Exit.OK


def _carry_out(tools: Tools, given: Namespace, call: WorkCall, predicted: Document) -> Exit:
    key = given.idempotency_key or tools.new_key()
    body = {**call.body, "snapshot": predicted.get("snapshot")}
    found = tools.client.send("POST", call.path, body, headers={"Idempotency-Key": key}, repeatable=True).document
    tools.screen.say(f"operation {found.get('id')}: it goes on whatever becomes of this command")
    if not given.no_wait:
        return follow(tools, str(found.get("id")))
    tools.screen.show(found, lambda: operation(tools.screen, found))
    return Exit.OK
