"""The command for what happened when: a line of bars a figure, with its figures beside it."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opsctl.layout import GAP, Head
from opsctl.outcomes import Exit
from opsctl.show import Screen, When
from opsctl.times import iso, parsed, span
from opsctl.tools import Tools

WINDOWS: Final = ("1h", "24h", "7d")
BARS: Final = ("▁▂▃▄▅▆▇█", "·")
ASCII_BARS: Final = ("_.:-=+*#", "?")
FIGURES: Final = ("last", "most", "sum")
WIDEST: Final = 72
NARROWEST: Final = 12
NAMED: Final = 28
LEVEL: Final = 3  # names in a queue's figure
LARGE: Final = 10_000
Document = Mapping[str, Any]
Values = Sequence[float | None]


def series(tools: Tools, given: Namespace) -> Exit:
    """What happened when, in bars: jobs, failures, queues, the model's calls and cost."""
    found = tools.client.get("series", {"window": given.window}).document
    tools.screen.show(found, lambda: _series(tools.screen, found, only=given.only))
    return Exit.OK


def _series(screen: Screen, found: Document, *, only: str | None) -> None:
    screen.fields({
        "window": f"{found.get('window')}, {_minute(found.get('from'))} to {_minute(found.get('to'))}",
        "counted up to": When(found.get("countedTo")),
    })  # fmt: skip
    screen.line()
    alphabet = ASCII_BARS if screen.is_ascii else BARS
    figures = {
        name: _figures(name, values, found.get("currency")) for name, values in (found.get("series") or {}).items()
        if isinstance(values, list) and (not only or only in name)
    }  # fmt: skip
    names = {name: _told(name) if screen.is_terminal else name for name in figures}
    beside = sum(max((len(row[n]) for row in figures.values()), default=0) + GAP for n in range(len(FIGURES)))
    named = min(NAMED, max(map(len, names.values()), default=0)) + GAP
    room = min(WIDEST, max(NARROWEST, screen.width - beside - named))
    rows = [(names[name], bars(found["series"][name], room, alphabet), *row) for name, row in figures.items()]
    numbers = (Head(name, is_number=True) for name in FIGURES)
    screen.table((Head("figure", is_long=True), f"a bar: {_step(found, room)}", *numbers), rows)
    if found.get("marks"):
        screen.line()
        marks = [(When(one.get("at")), one.get("kind"), one.get("actor"), one.get("text")) for one in found["marks"]]
        screen.table(("at", "mark", Head("actor", is_long=True), Head("text", is_long=True)), marks)
    screen.say(f"{alphabet[1]} is not known")


def _minute(value: object) -> str:
    at = parsed(value)
    return iso(at) if at else "unknown"


def _figures(name: str, values: Values, currency: object) -> tuple[str, str, str]:
    """Return the last value that is known, the greatest, and the sum; of a level there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return "", "", ""
    unit = f" {currency}" if name == "model.cost" and currency else ""
    total = "" if name.startswith("queue.") else f"{_figure(sum(known))}{unit}"
    words = span if name.endswith("_seconds") else _figure
    return words(known[-1]), words(max(known)), total


def _told(name: str) -> str:
    """Return a name with what it counts first: that is read where the rest has no room."""
    parts = name.split(".")
    if parts[0] != "queue" or len(parts) < LEVEL:
        return name
    return f"{parts[-1].removesuffix('_seconds')} {'.'.join(parts[1:-1])}"


def _step(found: Document, room: int) -> str:
    points = len(found.get("at") or ())
    return f"{max(1, -(-points // room)) * (found.get('stepSeconds') or 0) / 60:g} min"


def bars(values: Values, room: int, alphabet: tuple[str, str]) -> str:
    """Return values as at most `room` bars, the greatest the highest. A bar of several values is their mean: a share of them
    unknown is left out, all of them unknown is the unknown's sign. Zero is the lowest bar, and nothing else is.
    """
    levels, unknown = alphabet
    share = max(1, -(-len(values) // room))
    means = [_mean(values[start : start + share]) for start in range(0, len(values), share)]
    top = max((value for value in means if value is not None), default=0)
    drawn = ""
    for value in means:
        if value is None:
            drawn += unknown
        else:
            drawn += levels[0] if value <= 0 or top <= 0 else levels[max(1, round(value / top * (len(levels) - 1)))]
    return drawn


def _mean(values: Values) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _figure(value: float) -> str:
    """Return a figure in few cells: `12`, `0.35`, `48k`, `1.2M`."""
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size and abs(value) >= LARGE:
            return f"{value / size:.3g}{name}"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"
