"""Commands for a person's rights: all that is kept of them handed out or erased, and what one item taught taken back."""

from argparse import Namespace

from opsctl.client import segment
from opsctl.layout import Head
from opsctl.outcomes import Exit, UsageError
from opsctl.show import When, counts
from opsctl.tools import Tools


def export(tools: Tools, given: Namespace) -> Exit:
    """All that is kept of a person: what and how much, or with --json the documents themselves."""
    found = tools.client.get(f"users/{segment(given.user)}/export").document

    def render() -> None:
        tools.screen.fields({"user": found.get("userId"), "exported": When(found.get("exportedAt"))})
        tools.screen.line()
        rows = [(name, len(documents)) for name, documents in (found.get("documents") or {}).items()]
        tools.screen.table(("container", Head("documents", is_number=True)), rows)

    tools.screen.show(found, render)
    return Exit.OK


def forget(tools: Tools, given: Namespace) -> Exit:
    """Take back a person's likes of one item: what it taught is unlearnt."""
    path = f"taste-profiles/{segment(given.user)}/items/{segment(given.item)}"
    found = tools.client.send("DELETE", path, repeatable=True).document
    names = {"user": found.get("userId"), "item": found.get("itemId"), "status": found.get("status")}
    tools.screen.show(found, lambda: tools.screen.fields(names))
    return Exit.OK


def erase(tools: Tools, given: Namespace) -> Exit:
    """Erase all that is kept of a person, in every container, for good."""
    path = f"users/{segment(given.user)}"
    if given.confirm is None:
        question = "This erases all that is kept of this person for good. Type their id once more to go on:"
        if tools.screen.ask(question, tools.stdin, instead="--confirm with their id") != given.user:
            tools.screen.say("nothing was done")
            return Exit.OK
    elif given.confirm != given.user:
        raise UsageError("--confirm is another id: nothing was erased")
    signed = {"actor": tools.actor(given.actor), "reason": given.reason}
    found = tools.client.send("DELETE", path, query=signed, repeatable=True).document
    names = {"erasure": found.get("operationId"), "status": found.get("status")}
    tools.screen.show(found, lambda: tools.screen.fields(names))
    return Exit.OK


def erasure(tools: Tools, given: Namespace) -> Exit:
    """How far an erasure is; once it is completed, the receipt."""
    found = tools.client.get(f"erasures/{segment(given.id)}").document
    tools.screen.show(found, lambda: tools.screen.fields({
        "erasure": found.get("operationId"), "status": found.get("status"), "of": found.get("subject"),
        "asked for": When(found.get("createdAt")), "finished": When(found.get("finishedAt")),
        "found": counts(found.get("found")), "found later": found.get("foundLater"), "actor": found.get("actor"),
        "reason": found.get("reason"),
    }))  # fmt: skip
    return Exit.OK
