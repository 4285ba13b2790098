"""What a person sees: tables and colours on a terminal, plain columns in a pipe, the app's own documents for machines.

All that comes from the app is a stranger's text: no control character of it reaches the terminal. What a stream cannot encode
is spelled in ASCII before it is measured.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TextIO

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from opsctl.layout import GAP, Cell, Head, broken, laid_out, shortened
from opsctl.outcomes import RefusedError, UsageError
from opsctl.times import brief, iso, parsed, relative

MAX_CELL: Final = 300
MAX_MEMBER: Final = 2_000
UNBOUNDED: Final = 1_000_000
GOOD: Final = frozenset({"ok", "completed", "resolved", "requeued", "purged", "true", "yes"})
BAD: Final = frozenset(
    {"failed", "stopped", "abandoned", "died_again", "failed_again", "firing", "invalid", "open", "dead_lettered", "no"}
)
HALF: Final = frozenset({"partial", "skipped_late", "cancelled", "pending", "skipped", "missing", "running", "queued"})
KNOWN: Final = frozenset({"type", "status", "title", "detail", "errors"})
SPELLED: Final = str.maketrans({"…": "..", "·": "-"})  # our own signs


@dataclass(frozen=True, slots=True)
class Id:
    """An id: short in a terminal's table, whole everywhere else."""

    text: object


@dataclass(frozen=True, slots=True)
class When:
    """An instant of the app: with how long ago it was on a terminal, in UTC everywhere. `exact`: to the second, and without."""

    at: object
    exact: bool = False


def clean(value: object, *, limit: int = MAX_CELL) -> str:
    """Return one bounded line: text as it is, what no terminal prints escaped, other JSON compactly."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    cut = text[: limit + 1]
    safe = "".join(one if one.isprintable() else " " if one in "\n\t" else one.encode("unicode_escape").decode() for one in cut)
    return safe if len(safe) <= limit else f"{safe[: limit - 1]}…"


def counts(value: Mapping[str, Any] | None) -> str:
    """Return counts in one line."""
    return ", ".join(f"{clean(name)} {clean(number)}" for name, number in (value or {}).items())


class Screen:
    """Where a command shows its answer (`out`) and says how it goes (`err`). `wide`: nothing is shortened for a terminal;
    `environ`: `COLUMNS` and `NO_COLOR` count, as they do elsewhere.
    """

    def __init__(
        self, *, out: TextIO, err: TextIO, as_json: bool, now: Callable[[], datetime], environ: Mapping[str, str],
        wide: bool = False,
    ) -> None:  # fmt: skip
        self._out, self._err = _console(out, environ), _console(err, environ)
        self._lines: list[Text] | None = None
        self.as_json = as_json
        self._now = now
        self._wide = wide

    @property
    def is_terminal(self) -> bool:
        """True when a person looks at the answer."""
        return self._out.is_terminal and not self.as_json

    @property
    def is_ascii(self) -> bool:
        """True when the answer's stream has no more than ASCII to draw with."""
        return _portable("▁", self._out) != "▁"

    @property
    def width(self) -> int:
        """Cells in a line of the answer; without a terminal there is no end to one."""
        return self._out.width if self._out.is_terminal else UNBOUNDED

    def show(self, document: Mapping[str, Any], render: Callable[[], None]) -> None:
        """Show an answer: the document for machines, else as `render` does."""
        if self.as_json:  # ASCII: whole on every terminal and in every locale
            self._out.file.write(json.dumps(document, indent=2) + "\n")
        else:
            render()

    def table(self, columns: Sequence[str | Head], rows: Sequence[Sequence[object]]) -> None:
        """Show a table, one line a record."""
        heads = [one if isinstance(one, Head) else Head(one) for one in columns]
        short = self._out.is_terminal and not self._wide
        named = shortened(_text(cell.text) for row in rows for cell in row if isinstance(cell, Id)) if short else {}
        cells = [[self._cell(one, named, short=short) for one in row] for row in rows]
        if not short:
            heads = [Head(one.name, is_number=one.is_number and self._out.is_terminal) for one in heads]
        head, *body = laid_out(heads, cells, self.width if short else UNBOUNDED, _portable("…", self._out))
        self._print(Text((" " * GAP).join(head).rstrip(), "bold" if self._out.is_terminal else ""))
        for row in body:
            line = Text()
            for cell in row:
                line.append(cell, _style(cell.strip())).append(" " * GAP)
            line.rstrip()
            self._print(line)

    def fields(self, values: Mapping[str, object]) -> None:
        """Show names and values, a line each; what is empty is left out."""
        told = {name: _portable(self._told(value), self._out) for name, value in values.items()}
        told = {name: text for name, text in told.items() if text}
        indent = max(map(len, told), default=0) + GAP
        for name, text in told.items():
            self._wrap(text, _style(text), f"{name:{indent}}", indent)

    def text(self, text: str) -> None:
        """Show text of several lines. What is no prose (a table, a block of code) stays in its lines."""
        is_code = False
        for line in text.splitlines():
            safe = _portable(clean(line, limit=20_000), self._out)
            is_code ^= safe.lstrip().startswith("```")
            if is_code or safe.startswith(("|", "    ", "```")):
                self._print(Text(safe))
            else:
                bullet = len(safe) - len(safe.lstrip("0123456789.-* "))
                self._wrap(safe[bullet:], "", safe[:bullet], bullet)

    def raw(self, text: str) -> None:
        """Write a text of our own as it is, for a machine."""
        self._out.file.write(text.rstrip("\n") + "\n")

    def line(self, text: str = "", style: str = "") -> None:
        """Show a line of our own words."""
        self._wrap(_portable(clean(text, limit=MAX_MEMBER), self._out), style)

    def row(self, *parts: tuple[str, str]) -> None:
        """Show one line of texts, each in a style of its own; it is cut where the terminal ends."""
        line = Text()
        for text, style in parts:
            line.append(_portable(clean(text), self._out), style)
        if self._out.is_terminal and not self._wide and line.cell_len > self.width:
            mark = _portable("…", self._out)
            line.truncate(self.width - len(mark))
            line.append(mark)
        self._print(line)

    def say(self, text: str, style: str = "dim") -> None:
        """Say how it goes, beside the answer."""
        safe = _portable(clean(text, limit=MAX_MEMBER), self._err)
        for line in broken(safe, self._err.width if self._err.is_terminal else UNBOUNDED, 0, GAP):
            self._err.print(Text(line, style), soft_wrap=True)

    def refusal(self, error: RefusedError) -> None:
        """Say why the app refused: every wrong field, and what else its problem has."""
        self.say(f"opsctl: {error}", "bold red")
        wrong = [one for one in error.problem.get("errors") or [] if isinstance(one, Mapping)]
        told = len(wrong) == 1 and f"expected {wrong[0].get('expected')}" in str(error)  # the sentence has said it all
        for one in () if told else wrong:
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
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=20), MofNCompleteColumn(),
            TextColumn("{task.fields[words]}", markup=False), TimeElapsedColumn(), console=self._err, transient=True,
            disable=not self._err.is_terminal,
        )  # fmt: skip

    def when(self, value: object) -> str:
        """Return an instant in UTC and how long ago that was; what is none as it is."""
        at = parsed(value)
        return f"{iso(at)} ({relative(at, self._now())})" if at else clean(value)

    def short(self, value: object) -> str:
        """Return an id in its short form on a terminal, whole elsewhere."""
        text = clean(value)
        return shortened([text])[text] if self._out.is_terminal and not self._wide else text

    def ago(self, value: object) -> str:
        """Return how long ago an instant was; what is none as it is."""
        at = parsed(value)
        return relative(at, self._now()) if at else clean(value)

    @contextmanager
    def live(self) -> Iterator[Callable[[Callable[[], None]], None]]:
        """Return what draws a frame over the one before; in a pipe frames follow each other. The last one stays."""
        if not self._out.is_terminal:
            yield lambda render: render()
            return
        frame: list[Text] = []
        with Live(console=self._out, screen=True, auto_refresh=False, vertical_overflow="crop") as live:

            def draw(render: Callable[[], None]) -> None:
                self._lines = []
                try:
                    render()
                    frame[:] = self._lines
                finally:
                    self._lines = None
                live.update(Group(*frame), refresh=True)

            yield draw
        for line in frame:
            self._print(line)

    def _cell(self, value: object, named: Mapping[str, str], *, short: bool) -> Cell:
        if isinstance(value, Id):
            full = _text(value.text)
            return Cell((_portable(named.get(full, full), self._out),))
        if isinstance(value, When):
            at = parsed(value.at)
            if at is None:
                return Cell((_portable(clean(value.at), self._out),))
            now = self._now()
            if not short or value.exact:
                return Cell((brief(at, now, exact=True) if short else iso(at),))
            return Cell((f"{brief(at, now)} {relative(at, now)}", relative(at, now)))
        return Cell((_portable(clean(value), self._out),))

    def _told(self, value: object) -> str:
        if isinstance(value, When):
            at = parsed(value.at)
            return self.when(value.at) if at is None or self._out.is_terminal else iso(at)
        return clean(value.text if isinstance(value, Id) else value, limit=MAX_MEMBER)

    def _wrap(self, text: str, style: str, before: str = "", indent: int = GAP) -> None:
        """Print a text behind `before`, and what has no room there below it."""
        room = self._out.width if self._out.is_terminal else UNBOUNDED
        first, *rest = broken(text, room, cell_len(before), min(indent, room // 2))
        self._print(Text(before if first else before.rstrip(), "bold").append(first, style or "not bold"))
        for line in rest:
            self._print(Text(line, style))

    def _print(self, text: Text) -> None:
        if self._lines is None:
            self._out.print(text, soft_wrap=True)
        else:
            self._lines.append(text)


def _console(stream: TextIO, environ: Mapping[str, str]) -> Console:
    """Return a console that follows the environment; nothing but text goes to what is no terminal."""
    columns = environ.get("COLUMNS", "")
    is_terminal = stream.isatty()
    colours: Any = "auto" if is_terminal and not environ.get("NO_COLOR") else None
    return Console(
        file=stream, highlight=False, markup=False, emoji=False, force_terminal=is_terminal, color_system=colours,
        width=int(columns) if columns.isascii() and columns.isdigit() and int(columns) else None,
    )  # fmt: skip


def _portable(text: str, console: Console) -> str:
    """Return a text that the console's stream can encode."""
    encoding = console.encoding
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(SPELLED).encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return text
    return text


def _text(value: object) -> str:
    return clean(value)


def _style(cell: str) -> str:
    return "green" if cell in GOOD else "red" if cell in BAD else "yellow" if cell in HALF else ""
