"""Tables that are read, not folded: one line a record in the width that there is. Pure.

Too little room is made up for in this order: times are told shorter, columns of less weight are left out, long texts are cut.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size

GAP: Final = 2
ROOM: Final = 24  # of the last long text before a column is left out for it
TIGHT: Final = 14  # of the others
LEAST: Final = 6
DIGITS: Final = (8, 10, 12, 16, 24, 64)
_STEM: Final = re.compile(r"(?P<stem>[0-9a-f]{16,64})(?:\.\d+)?\Z")


@dataclass(frozen=True, slots=True)
class Head:
    """One column. `rank`: those of the highest are left out first, never those of 0; `is_long`: its texts may be cut;
    `is_number`: they end under each other.
    """

    name: str
    rank: int = 0
    is_long: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in its forms, the longest first."""

    forms: tuple[str, ...]


def shortened(ids: Iterable[str]) -> dict[str, str]:
    """Return the short form of each id: eight hex digits, or as many as tell these apart; what has no digest is as it is.

    `opsctl.ids` finds the ids again.
    """
    every = set(ids)
    stems = {one: found for one in every if (found := _STEM.search(one))}
    short: dict[str, str] = {}
    different = {_short(one, stem, DIGITS[-1]) for one, stem in stems.items()}
    for digits in DIGITS:
        short = {one: _short(one, stem, digits) for one, stem in stems.items()}
        if len(set(short.values())) == len(different):
            break
    uses = Counter(short.values())
    for one in stems:
        if uses[short[one]] > 1:  # of one job: told apart by what stands behind the digest
            short[one] += one[stems[one].end("stem") :]
    return {one: short.get(one, one) for one in every}


def _short(text: str, stem: "re.Match[str]", digits: int) -> str:
    return text[: stem.start()].removeprefix("raw.") + stem["stem"][:digits]


def laid_out(columns: Sequence[Head], rows: Sequence[Sequence[Cell]], width: int, mark: str) -> list[list[str]]:
    """Return the header and the rows as padded texts that fit; `mark` ends what was cut."""
    kept = [n for n in range(len(columns)) if not rows or any(row[n].forms[0] for row in rows)]
    form = 0
    most = max((len(cell.forms) for row in rows for cell in row), default=1)
    while not _fits(wanted := _widths(columns, rows, kept, form), columns, kept, width):
        if form < most - 1:
            form += 1
            continue
        heaviest = max((columns[n].rank for n in kept), default=0)
        if heaviest == 0:
            break
        kept.remove(next(n for n in reversed(kept) if columns[n].rank == heaviest))
    widths = _cut(wanted, [columns[n] for n in kept], width)
    lines = [[columns[n].name for n in kept], *([_form(row[n], form) for n in kept] for row in rows)]
    return [
        [_padded(text, room, mark, right=columns[n].is_number) for text, room, n in zip(line, widths, kept, strict=True)]
        for line in lines
    ]


def _widths(columns: Sequence[Head], rows: Sequence[Sequence[Cell]], kept: Sequence[int], form: int) -> list[int]:
    return [max(cell_len(columns[n].name), *(cell_len(_form(row[n], form)) for row in rows), 0) for n in kept]


def _fits(widths: Sequence[int], columns: Sequence[Head], kept: Sequence[int], width: int) -> bool:
    last = next((n for n in reversed(kept) if columns[n].is_long), -1)
    least = sum(
        min(ROOM if n == last else TIGHT, room) if columns[n].is_long else room for room, n in zip(widths, kept, strict=True)
    )
    return least + GAP * (len(widths) - 1) <= width


def _cut(widths: Sequence[int], columns: Sequence[Head], width: int) -> list[int]:
    """Take room from the widest, from long texts first."""
    rooms = list(widths)
    while sum(rooms) + GAP * (len(rooms) - 1) > width:
        long = [n for n, column in enumerate(columns) if column.is_long and rooms[n] > LEAST]
        widest = max(long or range(len(rooms)), key=lambda n: rooms[n])
        if rooms[widest] <= LEAST:
            break
        rooms[widest] -= 1
    return rooms


def _form(cell: Cell, form: int) -> str:
    return cell.forms[min(form, len(cell.forms) - 1)]


def _padded(text: str, room: int, mark: str, *, right: bool) -> str:
    if cell_len(text) > room:
        text = set_cell_size(text, max(0, room - len(mark))).rstrip() + mark  # half of a wide character has become a space
    missing = room - cell_len(text)
    return " " * missing + text if right else text + " " * missing


def broken(text: str, width: int, taken: int, indent: int) -> list[str]:
    """Return a text in lines of at most `width` cells, broken between words alone: the first with `taken` cells before it, the
    others indented. A word that is longer than a line stays whole, so that it can be copied.
    """
    lines: list[str] = []
    bare = text.lstrip(" ")
    line, left = "", width - taken
    before = text[: len(text) - len(bare)]
    for word in bare.split(" "):
        cells = cell_len(word)
        if line and cells + 1 <= left:
            line += f" {word}"
            left -= cells + 1
        elif not line and not lines and (cells + len(before) <= left or not taken):
            line, left = before + word, left - cells - len(before)
        else:
            lines.append(line)
            line = " " * (indent if cells <= width - indent else min(indent, GAP)) + word
            left = width - cell_len(line)
    return [*lines, line]
