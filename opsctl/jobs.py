"""Commands for the jobs that likes and other work become: find a person's, follow one from its acceptance to its effect."""

import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opsctl.client import segment
from opsctl.ids import JOBS, whole
from opsctl.layout import Head
from opsctl.letters import each_page, filter_from
from opsctl.likes import error_of
from opsctl.outcomes import Exit
from opsctl.replaying import JOB_FILTERS
from opsctl.show import Id, Screen, When, clean
from opsctl.times import parsed, span
from opsctl.tools import Tools

WAITING: Final = frozenset({"queued", "failed"})
TOLD: Final = frozenset(
    {"at", "event", "n", "reason", "message", "until", "actor", "seconds", "deadLetterId", "startedAt", "leasedUntil"}
)
MOMENT: Final = 10.0
Document = Mapping[str, Any]


def jobs(tools: Tools, given: Namespace) -> Exit:
    """The jobs of every kind, newest first: one person's, one item's, those that fail."""
    columns = (
        "created", "status", Head("kind", rank=2), Head("user", is_long=True), Head("item", is_long=True),
        Head("attempt", rank=3, is_number=True), Head("next", rank=1), "id", Head("last error", is_long=True),
    )  # fmt: skip

    def render(page: Document) -> None:
        rows = [
            (
                When(one.get("createdAt")), one.get("status"), one.get("kind"), one.get("userId"), one.get("itemId"),
                one.get("attempt"), When(one.get("nextAttemptAt") if one.get("status") in WAITING else None),
                Id(one.get("jobId")), error_of(one),
            )
            for one in page.get("jobs") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)

    query = filter_from(tools, {name: getattr(given, name) for name in JOB_FILTERS}, JOB_FILTERS)
    return each_page(tools, "jobs", query, given, render)


def timeline(tools: Tools, given: Namespace) -> Exit:
    """What became of one job: each attempt, its dead letter, what it taught."""
    found = tools.client.get(f"jobs/{segment(whole(tools, JOBS, given.job))}/timeline").document
    tools.screen.show(found, lambda: _timeline(tools.screen, found, is_raw=given.raw))
    return Exit.OK


def _timeline(screen: Screen, found: Document, *, is_raw: bool) -> None:
    screen.fields({
        "job": found.get("jobId"), "kind": found.get("kind"), "status": found.get("status"), "user": found.get("userId"),
        "item": found.get("itemId"), "trace": found.get("traceId"), "dead letter": found.get("deadLetterId"),
    })  # fmt: skip
    screen.line()
    columns = ("at", "after", "event", Head("attempt", is_number=True), Head("details", is_long=True))
    screen.table(columns, _events(screen, found.get("events") or []))
    signal = found.get("signal")
    if isinstance(signal, Mapping):
        screen.line()
        rows = [_term(one) for one in signal.get("terms") or [] if isinstance(one, Mapping)]
        taught = (
            Head("it taught", is_long=True), "kind", Head("weight", is_number=True),
            Head("in the profile", is_number=True), Head("likes", is_number=True), "last seen", Head("in the lists"),
        )  # fmt: skip
        screen.table(taught, rows)
    message = found.get("message")
    if isinstance(message, Mapping):
        screen.line()
        screen.fields({"message": f"{message.get('bytes')} bytes"})
        if message.get("json") is not None:
            lines = json.dumps(message["json"], indent=2, ensure_ascii=False).splitlines()
            screen.text("\n".join(f"    {line}" for line in lines))
        elif message.get("text") is not None:
            screen.line(clean(message["text"], limit=10_000))
        if is_raw or message.get("text") is None:
            screen.fields({"hex": message.get("hex")})


def _events(screen: Screen, events: Sequence[Document]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    last = None
    for one in events:
        at = parsed(one.get("at"))
        gap = f"+{_gap((at - last).total_seconds())}" if at and last else ""
        rows.append((When(one.get("at"), exact=True), gap, one.get("event"), one.get("n"), _details(screen, one)))
        last = at or last
    return rows


def _gap(seconds: float) -> str:
    return f"{seconds:.1f}s" if seconds < MOMENT else span(seconds)


def _details(screen: Screen, one: Document) -> str:
    """Return an event's details in words, the telling ones first."""
    told = [error_of({"lastError": one})]
    if one.get("until"):
        told.append(f"until {screen.when(one['until'])}")
    if one.get("leasedUntil"):
        told.append(f"its worker was gone, it had until {screen.when(one['leasedUntil'])}")
    if one.get("actor"):
        told.append(f"by {clean(one['actor'])}")
    if one.get("seconds") is not None:
        told.append(f"took {_gap(one['seconds'])}")
    named = {name: value for name, value in one.items() if name not in TOLD and value not in (None, "")}
    told += [f"{name} {screen.short(value)}" for name, value in named.items()]
    return ", ".join(filter(None, told))


def _term(one: Document) -> tuple[object, ...]:
    known = one.get("inProfile") or {}
    lists = "" if known.get("projected") is None else "yes" if known["projected"] else "no"
    seen = When(known.get("lastSeenAt"))
    return one.get("term"), one.get("kind"), _figure(one), _figure(known), known.get("evidence"), seen, lists


def _figure(one: Document) -> str:
    weight = one.get("weight")
    return f"{weight:.2f}" if isinstance(weight, int | float) else ""
