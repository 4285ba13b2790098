"""Commands for what the app collects and keeps: sources, moods, and the audit of what people did."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from opsctl.layout import Head
from opsctl.letters import each_page
from opsctl.outcomes import Exit
from opsctl.show import Id, When, clean, counts
from opsctl.tools import Tools

Document = Mapping[str, Any]


def sources(tools: Tools, given: Namespace) -> Exit:
    """The sources of the scraper, and how each is doing."""
    columns = (
        Head("source", is_long=True), Head("kind", rank=1), "state", "last run", "last success",
        Head("found", rank=2, is_number=True), Head("new", is_number=True), Head("why", is_long=True),
    )  # fmt: skip

    def render(page: Document) -> None:
        rows = [_source(one) for one in page.get("sources") or []]
        tools.screen.table(columns, rows)

    return each_page(tools, "scraper/sources", {"sourceType": given.kind}, given, render)


def _source(one: Document) -> tuple[object, ...]:
    health = one.get("health") or {}
    why = ": ".join(filter(None, (clean(health.get("lastReason")), clean(health.get("lastError")))))
    return (
        one.get("id"), one.get("sourceType"), _state(one, health), When(health.get("lastRunAt") or one.get("lastScrapedAt")),
        When(health.get("lastSuccessAt")), health.get("found"), health.get("new"), why,
    )  # fmt: skip


def _state(one: Document, health: Document) -> str:
    if one.get("isActive") is False:
        return "off"
    if health.get("barren"):
        return "barren"
    failures = health.get("consecutiveFailures")
    return f"failed {failures}x" if failures else str(health.get("lastOutcome") or "no run yet")


def moods(tools: Tools, given: Namespace) -> Exit:
    """The moods, most mentioned first."""
    columns = (
        Head("mood", is_long=True), "primary", Head("articles", is_number=True), Head("momentum", is_number=True),
        Head("updated", rank=1), Head("description", is_long=True),
    )  # fmt: skip

    def render(page: Document) -> None:
        rows = [
            (
                one.get("name"), one.get("primaryMood"), one.get("trendScore"), one.get("momentum"), When(one.get("updatedAt")),
                one.get("description"),
            )
            for one in page.get("moods") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)

    return each_page(tools, "moods", {"primary": given.primary}, given, render)


def audit(tools: Tools, given: Namespace) -> Exit:
    """What people did: who, when, what and why, newest first."""
    columns = (
        "at", Head("actor", is_long=True), "action", Head("what", rank=1, is_long=True), Head("reason", is_long=True),
        Head("came to", rank=2, is_long=True), Head("operation", rank=3),
    )  # fmt: skip

    def render(page: Document) -> None:
        rows = [
            (
                When(one.get("createdAt")), one.get("actor"), one.get("action"), _flat(one.get("what")),
                one.get("reason"), _flat(one.get("after")), Id(one.get("operationId")),
            )
            for one in page.get("audit") or []
        ]  # fmt: skip
        tools.screen.table(columns, rows)

    return each_page(tools, "audit", {}, given, render)


def _flat(found: object) -> str:
    """Return a document as words: names and values, without what is empty."""
    if not isinstance(found, Mapping):
        return clean(found)
    told = {
        str(name): counts(value) if isinstance(value, Mapping) else clean(value)
        for name, value in found.items() if value not in (None, "", {}, [])
    }  # fmt: skip
    return ", ".join(f"{name} {value}" for name, value in told.items())
