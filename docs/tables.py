"""The tables of pages that are written by hand otherwise: what code alone knows is put in, what a person wrote stays.

`make reference` adds the row of a function or a metric that is new, and takes out what is gone; a better sentence may be
written into the row of a function, and is kept.
"""

import ast
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from agents.timers import CHORES, LEDGERED
from agents.wiring import KINDS
from shared.observe.table import INSTRUMENTS, SPANS, of_jobs

FOLDER: Final = Path(__file__).parent
FUNCTIONS: Final = FOLDER.parent / "function_app.py"


def with_rows(text: str, head: str, rows: Iterable[str]) -> str:
    """Return the page with these rows below the table's head, in place of those that stand there."""
    lines = text.split("\n")
    start = lines.index(head) + 2
    end = next(index for index in range(start, len(lines)) if not lines[index].startswith("|"))
    return "\n".join([*lines[:start], *rows, *lines[end:]])


def telemetry_page() -> str:
    """Return `telemetry.md` with the spans and metrics that there are."""

    def code(names: Sequence[str]) -> str:
        return ", ".join(f"`{name}`" for name in names) or "—"

    text = (FOLDER / "telemetry.md").read_text(encoding="utf-8")
    spans = [f"| `{one.name}` | {one.kind} | {code(one.attributes)} | {one.description} |" for one in SPANS]
    families = [row.described().family for row in KINDS]
    metrics = [
        f"| `{one.name}` | {one.kind} | `{one.unit}` | {code(one.attributes)} | {one.description} |"
        for one in (*INSTRUMENTS, *(one for family in families for one in of_jobs(family)))
    ]
    text = with_rows(text, "| name | kind | attributes | what |", _in_order(text, spans))
    return with_rows(text, "| name | kind | unit | attributes | what |", _in_order(text, metrics))


def functions_page() -> str:
    """Return `functions.md` with a row for every job and timer; those of functions that are there already stay as they are."""
    text = (FOLDER / "functions.md").read_text(encoding="utf-8")
    there = {name: line for line in text.splitlines() if (name := _name(line))}
    made = _made()
    rows = [line for name, line in there.items() if name in made or name in _docstrings()]
    rows += [line for name, line in made.items() if name not in there]
    return with_rows(text, "| function | trigger | does | when it fails |", rows)


def _made() -> dict[str, str]:
    """The rows as code can tell them, by function."""
    does, rows = _docstrings(), {}
    for row in KINDS:
        kind = row.described()
        for name, queue in ((kind.function, "QUEUE_NAME"), (kind.dead_letter_function, "DEAD_LETTER_QUEUE_NAME")):
            rows[name] = f"| `{name}` | queue `{row.prefix}_{queue}` | {does.get(name, '')} | as of taste jobs |"
    for timer in (*LEDGERED, *CHORES):
        trigger = f"timer `{timer.ncrontab}`"
        rows[timer.function] = f"| `{timer.function}` | {trigger} | {does.get(timer.function, '')} | the next run goes on |"
    return rows


def _docstrings() -> dict[str, str]:
    """What the functions of `function_app.py` say of themselves, by name, as the middle of a sentence."""
    found = {}
    for node in ast.parse(FUNCTIONS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AsyncFunctionDef):
            named = re.search(r"function_name\('(\w+)'\)", " ".join(map(ast.unparse, node.decorator_list)))
            if named:
                text = (ast.get_docstring(node) or "").partition("\n")[0].rstrip(".")
                found[named.group(1)] = text[:1].lower() + text[1:]
    return found


def _in_order(text: str, rows: Sequence[str]) -> list[str]:
    """The rows that stand on the page keep their order there; new ones come last."""
    place = {_name(line): index for index, line in enumerate(text.splitlines())}
    return sorted(rows, key=lambda row: place.get(_name(row), len(place)))


def _name(line: str) -> str:
    found = re.match(r"\| `([^`]+)` \|", line)
    return found.group(1) if found else ""
