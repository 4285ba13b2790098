"""What a person sees: tables and colours on a terminal, plain columns in a pipe, the app's own documents for machines.

All that comes from the app is a stranger's text: no control character of it reaches the terminal.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from opsctl.outcomes import RefusedError, UsageError

MAX_CELL: Final = 300
MAX_MEMBER: Final = 2_000
GOOD: Final = frozenset({"ok", "completed", "resolved", "requeued", "purged", "true", "yes"})
BAD: Final = frozenset({"failed", "stopped", "abandoned", "died_again", "firing", "invalid", "open", "dead_lettered", "no"})
HALF: Final = frozenset({"partial", "skipped_late", "cancelled", "pending", "skipped", "missing", "running", "queued"})
KNOWN: Final = frozenset({"type", "status", "title", "detail", "errors"})


def clean(value: object, *, limit: int = MAX_CELL) -> str:
    """Return one bounded line: text as it is, what no terminal prints escaped, other JSON compactly."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    cut = text[: limit + 1]
    safe = "".join(one if one.isprintable() else " " if one in "\n\t" else one.encode("unicode_escape").decode() for one in cut)
    return safe if len(safe) <= limit else f"{safe[: limit - 1]}…"


def moment(value: object) -> str:
    """Return an instant to the second."""
    text = clean(value)
    return f"{text[:19]}Z" if len(text) > 20 and text.endswith("Z") else text  # noqa: PLR2004  (date and time)


def counts(value: Mapping[str, Any] | None) -> str:
    """Return counts in one line."""
    return ", ".join(f"{clean(name)} {clean(number)}" for name, number in (value or {}).items())


class Screen:
    """Where a command shows its answer (`out`) and says how it goes (`err`)."""

    def __init__(self, *, out: TextIO, err: TextIO, as_json: bool) -> None:
        self._out = Console(file=out, highlight=False, markup=False, emoji=False)
        self._err = Console(file=err, highlight=False, markup=False, emoji=False)
        self.as_json = as_json

    def show(self, document: Mapping[str, Any], render: Callable[[], None]) -> None:
        """Show an answer: the document for machines, else as `render` does."""
        if self.as_json:  # ASCII: whole on every terminal and in every locale
            self._out.file.write(json.dumps(document, indent=2) + "\n")
        else:
            render()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Show a table; the last column is the one that may be long."""
        cells = [[clean(cell) for cell in row] for row in rows]
        if self._out.is_terminal:
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
            for column in columns:
                table.add_column(column, overflow="fold")
            for row in cells:
                table.add_row(*(Text(cell, _style(cell)) for cell in row))
            self._out.print(table)
            return
        widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
        for row in (list(columns), *cells):
            padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
            self._out.file.write("  ".join(padded).rstrip() + "\n")

    def fields(self, values: Mapping[str, object]) -> None:
        """Show names and values, a line each; what is empty is left out."""
        width = max((len(name) for name, value in values.items() if value not in ("", None)), default=0)
        for name, value in values.items():
            if value not in ("", None):
                line = Text(f"{name:{width}}  ", "bold")
                cell = clean(value, limit=MAX_MEMBER)
                self._line(line.append(cell, style=_style(cell) or "not bold"))

    def text(self, text: str) -> None:
        """Show text of several lines."""
        for line in text.splitlines():
            self._line(Text(clean(line, limit=20_000)))

    def line(self, text: str = "", style: str = "") -> None:
        """Show a line of our own words."""
        self._line(Text(clean(text), style))

    def say(self, text: str, style: str = "dim") -> None:
        """Say how it goes, beside the answer."""
        self._err.print(Text(clean(text, limit=MAX_MEMBER), style), soft_wrap=True)

    def refusal(self, error: RefusedError) -> None:
        """Say why the app refused: every wrong field, and what else its problem has."""
        self.say(f"opsctl: {error}", "bold red")
        for one in error.problem.get("errors") or []:
            if isinstance(one, Mapping):
                field = f"{one.get('field')}: " if one.get("field") else ""
                self.say(f"  {field}{one.get('expected')} (came: {one.get('came') or 'nothing'})", "red")
        for name, value in error.problem.items():
            if name not in KNOWN:
                self.say(f"  {name}: {clean(value, limit=MAX_MEMBER)}", "red")

    def ask(self, question: str, stdin: TextIO, *, instead: str) -> str:
        """Ask on the terminal. Raises `UsageError` where there is none; `instead`: the option that answers."""
        if not stdin.isatty():
            raise UsageError(f"there is no terminal to ask on: give {instead}")
        self._err.print(Text(f"{question} ", "bold"), end="")
        return stdin.readline().strip()

    def progress(self) -> Progress:
        """Return a live bar, which is silent in a pipe."""
        return Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[words]}", markup=False), TimeElapsedColumn(), console=self._err, transient=True,
            disable=not self._err.is_terminal,
        )  # fmt: skip

    def _line(self, text: Text) -> None:
        self._out.print(text, soft_wrap=True)


def _style(cell: str) -> str:
    return "green" if cell in GOOD else "red" if cell in BAD else "yellow" if cell in HALF else ""
