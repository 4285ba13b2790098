"""Commands that look: the status, the queues, the dependencies, the incident note, and what the app knows of a user."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opsctl.client import JSON, segment
from opsctl.outcomes import Exit
from opsctl.show import Screen, moment
from opsctl.tools import Tools

UNAVAILABLE: Final = frozenset({503})
MARKDOWN: Final = "text/markdown"
KINDS: Final = {"md": MARKDOWN, "html": "text/html"}
Document = Mapping[str, Any]


def status(tools: Tools, _given: Namespace) -> Exit:
    """Whether somebody has to be woken."""
    answer = tools.client.get("status", also=UNAVAILABLE)
    tools.screen.show(answer.document, lambda: _status(tools.screen, answer.document))
    return Exit.OK if answer.status not in UNAVAILABLE else Exit.WRONG


def _status(screen: Screen, found: Document) -> None:
    if found.get("ok"):
        screen.line("ok: nobody has to be woken", "bold green")
    for problem in found.get("problems") or []:
        screen.line(problem, "bold red")
    screen.fields({"at": moment(found.get("at")), "last look": moment(found.get("lastLookAt")), "build": found.get("build")})
    _figures(screen, found)
    restless = [one for one in found.get("rules") or [] if one.get("phase") != "ok" or one.get("unknownSince")]
    if restless:
        screen.line()
        rows = [(one.get("alert"), one.get("phase"), one.get("severity"), one.get("text")) for one in restless]
        screen.table(("alert", "phase", "severity", "condition"), rows)
    timers = found.get("timers") or []
    if timers:
        screen.line()
        screen.table(("timer", "last run", "last success", "next", "missed"), [_timer(one) for one in timers])
    if found.get("queues"):
        screen.line()
        _queues(screen, found["queues"])


def _figures(screen: Screen, found: Document) -> None:
    """What is to be seen whether it is a problem or not; unknown where it could not be read."""
    dead, attempts, doubles = found.get("deadLetters"), found.get("attempts") or [], found.get("duplicates")
    more = "" if dead and dead.get("complete") else " or more"
    last = attempts[-1] if attempts else None
    failed = f"{last.get('failed')} of {last.get('total')} in {last.get('minutes')} min" if last else "unknown"
    screen.fields({
        "open dead letters": f"{dead.get('open')}{more}" if dead else "unknown", "failed attempts": failed,
        "duplicates in 24 h": doubles.get("24h") if doubles else "unknown", "counted up to": moment(found.get("countedTo")),
    })  # fmt: skip
    for one in found.get("dependencies") or []:
        screen.line(
            f"{one.get('name')}: failing since {moment(one.get('since'))} ({one.get('reason')}), {one.get('waiting')} wait, "
            f"next probe {moment(one.get('nextProbeAt'))}", "bold red",
        )  # fmt: skip


def _timer(one: Document) -> Sequence[object]:
    last, missed = (one.get("lastRuns") or [{}])[0].get("outcome"), len(one.get("missed") or ())
    return one.get("timer"), last, moment(one.get("lastSuccessAt")), moment(one.get("expectedNext")), missed


def queues(tools: Tools, given: Namespace) -> Exit:
    """How deep the queues are."""
    found = tools.client.get("queues", {"peek": "true"} if given.peek else None).document

    def render() -> None:
        _queues(tools.screen, found.get("queues") or [])
        for queue in found.get("queues") or []:
            for message in queue.get("messages") or []:
                tools.screen.line(f"{queue.get('queue')}: {', '.join(f'{name} {value}' for name, value in message.items())}")

    tools.screen.show(found, render)
    return Exit.OK


def _queues(screen: Screen, found: Sequence[Document]) -> None:
    columns = ("queue", "role", "depth", "visible", "oldest s", "parked")
    names = ("queue", "role", "depth", "visible", "oldestAgeSeconds", "parked")
    screen.table(
        columns,
        [["no queue" if name == "depth" and one.get("exists") is False else one.get(name) for name in names] for one in found],
    )


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
        rows = [(one.get("kind"), "yes" if one.get("done") else "no", one.get("jobId")) for one in repairs]
        tools.screen.table(("kind", "mended", "job"), rows)

    tools.screen.show(found, render)
    return Exit.OK


def incident_note(tools: Tools, _given: Namespace) -> Exit:
    """The incident note, ready to paste."""
    return _text(tools, "incident-note", MARKDOWN)


def digest(tools: Tools, given: Namespace) -> Exit:
    """A user's latest digest."""
    return _text(tools, f"digests/{segment(given.user)}/latest", KINDS[given.format])


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
                moment(one.get("lastSeenAt")),
            )
            for one in found.get("terms") or []
        ]  # fmt: skip
        tools.screen.table(("term", "kind", "weight", "likes", "last seen"), rows)
        if given.term:
            tools.screen.line()
            likes = [(moment(one.get("at")), one.get("itemId"), one.get("imageUrl")) for one in found.get("signals") or []]
            tools.screen.table(("liked", "item", "picture"), likes)

    tools.screen.show(found, render)
    return Exit.OK
