"""Commands that look: the queues, the dependencies, the incident note, and what the app knows of a user."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opsctl.client import JSON, segment
from opsctl.condition import queue_table
from opsctl.layout import Head
from opsctl.likes import error_of
from opsctl.outcomes import Exit
from opsctl.show import Id, Screen, When
from opsctl.tools import Tools

MARKDOWN: Final = "text/markdown"
KINDS: Final = {"md": MARKDOWN, "html": "text/html"}
Document = Mapping[str, Any]


def queues(tools: Tools, given: Namespace) -> Exit:
    """How deep the queues are."""
    found = tools.client.get("queues", {"peek": "true"} if given.peek else None).document

    def render() -> None:
        queue_table(tools.screen, found.get("queues") or [])
        for queue in found.get("queues") or []:
            for message in queue.get("messages") or []:
                tools.screen.line(f"{queue.get('queue')}: {', '.join(f'{name} {value}' for name, value in message.items())}")

    tools.screen.show(found, render)
    return Exit.OK


def preflight(tools: Tools, _given: Namespace) -> Exit:
    """Whether what a replay needs is up."""
    found = tools.client.get("preflight").document

    def render() -> None:
        if found.get("ok"):
            tools.screen.line("ok: what a replay needs is up", "bold green")
        down(tools.screen, found.get("down") or [])
        for one in found.get("checks") or []:
            if one.get("state") != "failing":
                tools.screen.line(f"{one.get('state')}: {one.get('dependency')} {one.get('detail')}".rstrip())

    tools.screen.show(found, render)
    return Exit.OK if found.get("ok") else Exit.WRONG


def down(screen: Screen, found: Sequence[Document]) -> None:
    """Show what is down."""
    for one in found:
        screen.line(f"down: {one.get('dependency')}: {one.get('problem')}", "bold red")


def reconcile(tools: Tools, given: Namespace) -> Exit:
    """Mend what a crash left behind, or only look."""
    answer = tools.client.send("POST", "reconcile", query={"dryRun": "true"} if given.dry_run else None, repeatable=True)
    found = answer.document

    def render() -> None:
        repairs = found.get("repairs") or []
        if not repairs:
            tools.screen.line("nothing to mend", "green")
            return
        rows = [(one.get("kind"), "yes" if one.get("done") else "no", Id(one.get("jobId"))) for one in repairs]
        tools.screen.table(("kind", "mended", "job"), rows)

    tools.screen.show(found, render)
    return Exit.OK


def incident_note(tools: Tools, _given: Namespace) -> Exit:
    """The incident note, ready to paste."""
    return _text(tools, "incident-note", MARKDOWN)


def digest(tools: Tools, given: Namespace) -> Exit:
    """A user's latest digest; or with --why, why there is one, or none, of a week."""
    if given.why or given.window:
        return _why(tools, given)
    return _text(tools, f"digests/{segment(given.user)}/latest", KINDS[given.format])


def _why(tools: Tools, given: Namespace) -> Exit:
    found = tools.client.get(f"digests/{segment(given.user)}/why", {"window": given.window}).document

    def render() -> None:
        made, latest = found.get("digest") or {}, found.get("latest") or {}
        tools.screen.fields({
            "user": found.get("userId"), "window": found.get("window"), "state": found.get("state"), "why": found.get("cause"),
            "": found.get("text"), "digest": made.get("id"), "its job": made.get("jobId"),
            "latest": latest.get("window"), "made": When(latest.get("generatedAt")),
        })  # fmt: skip
        for name, rows, columns in (
            ("jobs", [(Id(one.get("jobId")), one.get("status"), error_of(one)) for one in found.get("jobs") or []],
             ("job", "status", Head("last error", is_long=True))),
            ("runs", [
                (one.get("id"), When(one.get("plannedAt")), one.get("outcome") or "running", one.get("error"))
                for one in found.get("runs") or []
            ], (Head("run", is_long=True), "planned", "outcome", Head("error", is_long=True))),
        ):  # fmt: skip
            if rows:
                tools.screen.line()
                tools.screen.table(columns, rows)
            elif name == "runs":
                tools.screen.line("no run of this week is known", "yellow")

    tools.screen.show(found, render)
    return Exit.OK


def _text(tools: Tools, path: str, kind: str) -> Exit:
    answer = tools.client.get(path, accept=JSON if tools.screen.as_json else kind)
    tools.screen.show(answer.document, lambda: tools.screen.text(answer.text))
    return Exit.OK


def taste(tools: Tools, given: Namespace) -> Exit:
    """What a user likes, and why."""
    found = tools.client.get(f"taste-profiles/{segment(given.user)}", {"term": given.term}).document

    def render() -> None:
        rows = [
            (
                one.get("term"), one.get("kind"), f"{one.get('weight', 0):.2f}", one.get("evidence"),
                When(one.get("lastSeenAt")),
            )
            for one in found.get("terms") or []
        ]  # fmt: skip
        columns = (
            Head("term", is_long=True),
            "kind",
            Head("weight", is_number=True),
            Head("likes", is_number=True),
        )
        tools.screen.table((*columns, "last seen"), rows)
        if given.term:
            tools.screen.line()
            likes = [
                (When(one.get("at")), Id(one.get("jobId")), one.get("itemId"), one.get("imageUrl"))
                for one in found.get("signals") or []
            ]
            tools.screen.table(("liked", "job", Head("item", is_long=True), Head("picture", is_long=True)), likes)

    tools.screen.show(found, render)
    return Exit.OK
