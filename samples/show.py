"""Shows on the terminal what came of the likes: one line a thing, in 80 columns, whatever the terminal can."""

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.fashion.colours import HEX

BAR: Final = 10
TERMS: Final = 4
Document = Mapping[str, Any]


def ascii_wanted(environ: Mapping[str, str]) -> bool:
    """Whether `LC_ALL` asks for ASCII alone: Python writes UTF-8 there all the same, unless it is told which to write."""
    told = environ.get("PYTHONIOENCODING") or environ.get("PYTHONUTF8")
    return environ.get("LC_ALL") in {"C", "POSIX"} and not told


def console() -> Console:
    """Return the console: colours where the terminal has them and `NO_COLOR` is not set; 120 columns in a pipe."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="ascii" if ascii_wanted(os.environ) else None, errors="replace")  # type: ignore[union-attr]  # text streams both
    made = Console(highlight=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:  # where rich takes 80
        made.width = 120
    return made


class Shown:
    """Prints to one console, in the signs that its encoding has."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._plain = not (out.encoding or "").lower().startswith("utf")

    def step(self, text: str) -> None:
        """Say what is begun."""
        self._out.print(Text(text, style="bold"), soft_wrap=True)

    def line(self, text: str = "") -> None:
        """Say one thing more of it."""
        self._out.print(Text(f"  {text}" if text else ""), soft_wrap=True)

    def profiles(self, found: Sequence[Document]) -> None:
        """Print each user's heaviest terms: a bar for the weight, a swatch for a colour."""
        table = self._table("what they like", ("user", "term", "kind", "weight", "likes"))
        for document in found:
            heaviest = max((term["weight"] for term in document["terms"]), default=1.0)
            for number, term in enumerate(document["terms"][:TERMS]):
                full = round(BAR * term["weight"] / heaviest)
                bar = ("#" if self._plain else "█") * full + ("." if self._plain else "·") * (BAR - full)
                user = document["userId"] if number == 0 else ""
                weight = Text.assemble(bar, (f" {term['weight']:.2f}", "dim"))
                table.add_row(user, self._swatched(term), term["kind"], weight, self._last(str(term["evidence"])))
        self._print(table)

    def _swatched(self, term: Document) -> Text:
        if term["kind"] == "colour" and term["term"] in HEX and self._out.color_system:
            return Text.assemble(("  ", f"on {HEX[term['term']]}"), " ", term["term"])
        return Text(term["term"])

    def outcomes(self, jobs: Sequence[Document], records: Sequence[Document]) -> None:
        """Print how the jobs ended, and of the dead letters why."""
        counts = Counter(job["status"] for job in jobs)
        told = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.most_common())
        table = self._table(f"{len(jobs)} jobs: {told}; the dead letters", ("id", "reason", "description"))
        for record in records:
            table.add_row(record["id"][:12], Text(record["reason"], style="red"), self._last(record["description"]))
        self._print(table)

    def moods(self, found: Sequence[Document], run: Document) -> None:
        """Print the moods, most mentioned first, each with an article that fed it."""
        counts = ", ".join(f"{run['done'].get(name, 0)} {name}" for name in ("feeds", "articles", "moods"))
        table = self._table(f"moods ({counts})", ("mood", "of", "articles", "rising", "as in"))
        for mood in found:
            first = mood["sources"][0]["title"] if mood["sources"] else ""
            table.add_row(
                mood["name"], mood["primaryMood"], str(mood["trendScore"]), f"{mood['momentum']:.2f}", self._last(first)
            )
        self._print(table)

    def digests(self, found: Sequence[Document]) -> None:
        """Print each digest's suggestions, a line each."""
        table = self._table("weekly digests", ("user", "owns", "suggestion", "goes with", "why"))
        for digest in found:
            first = (digest["userId"], str(digest["totalItems"]))
            for number, one in enumerate(digest["suggestions"]):
                head = first if number == 0 else ("", "")
                table.add_row(*head, Text(one["item"]), f"{one['combinesWith']} pieces", self._last(one["rationale"]))
        self._print(table)

    def sources(self, found: Sequence[Document]) -> None:
        """Print what each source offered, what of it was new, and why the rest was left out."""
        table = self._table("scraped sources", ("source", "kind", "found", "new", "left out"))
        for source in found:
            health = source["health"]
            dropped = Counter(health["dropped"]) + Counter({f"{why} twice": n for why, n in health["duplicates"].items()})
            left = ", ".join(f"{count} {why.replace('_', ' ')}" for why, count in dropped.items())
            counts = (str(health["found"]), str(health["new"]))
            table.add_row(
                Text(source["name"]), source["sourceType"], *counts, self._last(left or str(health["lastReason"] or ""))
            )
        self._print(table)

    def items(self, found: Sequence[Document]) -> None:
        """Print the stored items."""
        table = self._table("new items", ("item", "price", "source"))
        for item in sorted(found, key=lambda one: (one["sourceId"], one["title"])):
            price = item["price"]
            cost = f"{price['amount']:.2f} {price['currency'] or ''}".strip() if price else ""
            table.add_row(Text(item["title"]), cost, self._last(item["sourceId"]))
        self._print(table)

    def _table(self, title: str, columns: Sequence[str]) -> Table:
        """A table whose last column gives way, so that each row is one line."""
        table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="dim", pad_edge=False)
        for name in columns[:-1]:
            table.add_column(name, no_wrap=True)
        table.add_column(columns[-1])  # the one that rich makes narrower; its cells are cut, not folded
        return table

    def _last(self, text: str) -> Text:
        return Text(text, no_wrap=True, overflow="crop" if self._plain else "ellipsis")

    def _print(self, table: Table) -> None:
        with self._out.capture() as drawn:
            self._out.print(table)
        self._out.print()
        for line in drawn.get().splitlines():
            self._out.file.write(f"{line.rstrip()}\n")
