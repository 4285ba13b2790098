"""Shows on the terminal what came of the likes: profiles with swatches, jobs by outcome, dead letters."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from shared.fashion.colours import HEX

BAR = 12


def profile(document: Mapping[str, Any], *, terms: int = 9) -> Panel:
    """Return one user's taste: terms heaviest first, a bar for the weight, a swatch for a colour."""
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for title, justify in (("term", "left"), ("kind", "left"), ("weight", "left"), ("evidence", "right")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    heaviest = max((term["weight"] for term in document["terms"]), default=1.0)
    for term in document["terms"][:terms]:
        name = Text(term["term"])
        if term["kind"] == "colour" and term["term"] in HEX:
            name = Text.assemble(("  ", f"on {HEX[term['term']]}"), " ", term["term"])
        full = round(BAR * term["weight"] / heaviest)
        bar = Text("█" * full + "·" * (BAR - full)) + Text(f" {term['weight']:.2f}", style="dim")
        table.add_row(name, term["kind"], bar, str(term["evidence"]))
    more = len(document["terms"]) - terms
    rows = [table, Text(f"and {more} more", style="dim")] if more > 0 else [table]
    return Panel(Group(*rows), title=document["userId"], title_align="left", expand=False)


def outcomes(jobs: Sequence[Mapping[str, Any]]) -> Table:
    """Return the jobs, a row each."""
    table = Table(title="jobs", title_justify="left", box=None, header_style="dim")
    for title in ("user", "item", "status", "attempts", "why"):
        table.add_column(title)
    for job in jobs:
        style = "green" if job["status"] == "completed" else "red"
        error = job.get("lastError") or {}
        table.add_row(
            job["userId"], job["itemId"], Text(job["status"], style=style), str(job["attempt"]), error.get("reason", "")
        )
    return table


def dead_letters(records: Sequence[Mapping[str, Any]]) -> Table:
    """Return the dead letters, a row each."""
    table = Table(title="dead letters", title_justify="left", box=None, header_style="dim")
    for title in ("id", "reason", "description", "bytes"):
        table.add_column(title)
    for record in records:
        table.add_row(record["id"][:20] + "…", record["reason"], record["description"], str(record["payloadBytes"]))
    return table


def moods(found: Sequence[Mapping[str, Any]], run: Mapping[str, Any]) -> Table:
    """Return the moods, most mentioned first, each with the articles that fed it."""
    counts = ", ".join(f"{run['done'].get(name, 0)} {name}" for name in ("feeds", "articles", "moods"))
    table = Table(title=f"moods (run {run['outcome']}: {counts})", title_justify="left", box=None, header_style="dim")
    for title in ("mood", "primary", "score", "rising", "articles"):
        table.add_column(title)
    for mood in found:
        articles = "\n".join(f"{source['title']} ({source['source']})" for source in mood["sources"])
        table.add_row(mood["name"], mood["primaryMood"], str(mood["trendScore"]), f"{mood['momentum']:.2f}", articles)
    return table


def digests(found: Sequence[Mapping[str, Any]]) -> Table:
    """Return the suggestions of each digest, with what they rest on."""
    table = Table(title="weekly digests", title_justify="left", box=None, header_style="dim")
    for title in ("user", "owned", "climate", "suggestion", "combines with", "why"):
        table.add_column(title)
    for digest in found:
        first = (digest["userId"], str(digest["totalItems"]), digest["climateZone"] or "unknown")
        for number, one in enumerate(digest["suggestions"]):
            head = first if number == 0 else ("", "", "")
            table.add_row(*head, Text(one["item"]), f"{one['combinesWith']} items", Text(one["rationale"]))
    return table


def sources(found: Sequence[Mapping[str, Any]]) -> Table:
    """Return what each source offered, what of it was new, and why the rest was left out."""
    table = Table(title="scraped sources", title_justify="left", box=None, header_style="dim")
    for title in ("source", "kind", "outcome", "found", "new", "duplicates", "left out"):
        table.add_column(title)
    for source in found:
        health = source["health"]
        duplicates, dropped = (
            ", ".join(f"{count} {why.replace('_', ' ')}" for why, count in health[name].items())
            for name in ("duplicates", "dropped")
        )
        outcome = Text(health["lastReason"] or health["lastOutcome"], style="green" if health["lastOutcome"] == "ok" else "red")
        counts = (str(health["found"]), str(health["new"]))
        table.add_row(Text(source["name"]), source["sourceType"], outcome, *counts, duplicates, dropped)
    return table


def scraped_items(found: Sequence[Mapping[str, Any]]) -> Table:
    """Return the stored items."""
    table = Table(title="new items", title_justify="left", box=None, header_style="dim")
    for title in ("item", "price", "brand", "source", "picture's hash"):
        table.add_column(title)
    for item in sorted(found, key=lambda one: (one["sourceId"], one["title"])):
        price = item["price"]
        cost = f"{price['amount']:.2f} {price['currency'] or ''}".strip() if price else ""
        table.add_row(Text(item["title"]), cost, Text(item["brand"] or ""), item["sourceId"], item["pHash"] or "none")
    return table


def console() -> Console:
    """Return the console: colours where the terminal has them."""
    return Console(highlight=False, width=None)
