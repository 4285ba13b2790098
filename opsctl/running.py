"""Commands for the runs of the timers: the ledger, and a run by hand, followed to its end."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from opsctl.client import segment
from opsctl.layout import Head
from opsctl.letters import each_page
from opsctl.outcomes import Exit, UnreachableError
from opsctl.show import Id, Screen, When, counts
from opsctl.tools import Tools

GOOD: Final = frozenset({"ok", "zero_work"})
PAGES: Final = 5
Document = Mapping[str, Any]


def list_(tools: Tools, given: Namespace) -> Exit:
    """The runs of the timers, newest first."""
    columns = (
        "planned", "timer", "trigger", "outcome", Head("finished", rank=2), Head("done", is_long=True),
        Head("id", rank=1), Head("error", is_long=True),
    )  # fmt: skip

    def render(page: Document) -> None:
        rows = [
            (
                When(one.get("plannedAt")), one.get("timer"), one.get("trigger"), one.get("outcome") or "running",
                When(one.get("finishedAt")), counts(one.get("done")), Id(one.get("id")), one.get("error"),
            )
            for one in page.get("runs") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)

    return each_page(tools, "runs", {"timer": given.timer}, given, render)


def run(tools: Tools, given: Namespace) -> Exit:
    """Run a timer's work now."""
    query = {"actor": tools.actor(given.actor), "window": given.window, "userId": given.user, "sourceId": given.source}
    if given.force:
        query["force"] = "true"
    found = tools.client.send("POST", f"run/{segment(given.timer)}", query=query).document
    run_id = str(found.get("runId"))
    if not given.wait:
        tools.screen.show(found, lambda: tools.screen.fields({"run": run_id, "timer": found.get("timer")}))
        return Exit.OK
    tools.screen.say(f"run {run_id}: it goes on whatever becomes of this command")
    row = _awaited(tools, given.timer, run_id)
    tools.screen.show(row, lambda: _row(tools.screen, row))
    return Exit.OK if row.get("outcome") in GOOD else Exit.WRONG


def _awaited(tools: Tools, timer: str, run_id: str) -> Document:
    said = ""
    with tools.screen.progress() as progress:
        task = progress.add_task(timer, total=None, words="waits for a worker")
        while True:
            row = _found(tools, timer, run_id)
            state = row.get("outcome") or ("running" if row.get("startedAt") else "waits")
            words = "; ".join(filter(None, (state, counts(row.get("done")))))
            expected = sum(value for value in (row.get("expected") or {}).values() if isinstance(value, int))
            progress.update(task, words=words, total=expected or None)
            if progress.disable and words != said:
                tools.screen.say(words)
            said = words
            if row.get("outcome"):
                return row
            tools.sleep(tools.pause)


def _found(tools: Tools, timer: str, run_id: str) -> Document:
    cursor = None
    for _ in range(PAGES):
        page = tools.client.get("runs", {"timer": timer, "limit": 50, "cursor": cursor}, patient=True).document
        for row in page.get("runs") or []:
            if isinstance(row, Mapping) and row.get("id") == run_id:
                return row
        cursor = page.get("cursor")
        if not cursor:
            break
    raise UnreachableError(f"the ledger does not show the run {run_id}")


def _row(screen: Screen, row: Document) -> None:
    screen.fields({
        "run": row.get("id"), "outcome": row.get("outcome"), "started": When(row.get("startedAt")),
        "finished": When(row.get("finishedAt")), "expected": counts(row.get("expected")), "done": counts(row.get("done")),
        "error": row.get("error"),
    })  # fmt: skip
