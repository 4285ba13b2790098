"""What came from outside, made fit to print: one bounded line of text, a finite number, a time; or nothing."""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

MAX_COUNT: Final = 1_000_000_000
JOINERS: Final = "\u200c\u200d"
MARKS_A_LETTER: Final = 4
NEAR_END: Final = 24
OWNED: Final = (
    (re.compile(r"^0 of (\d+) owned items are\b"), r"None of your \1 pieces are"),
    (re.compile(r"\b(\d+) of (\d+) owned items (is|are|were|have)\b"), r"\1 of your \2 pieces \3"),
    (re.compile(r"^owned items by\b"), "Your pieces by"),
    (re.compile(r"^(\d+) owned items\b"), r"You own \1 pieces"),
)


def shown_line(value: object, limit: int) -> str:
    """Return `value` as one line of at most `limit` characters; empty when it is no text or shows nothing.

    Control characters, directional overrides and private characters go; the joiners that Persian, Hindi and emoji need stay.
    More than four marks on one letter are cut, since they would print over the neighbouring lines.
    """
    if not isinstance(value, str):
        return ""
    kept: list[str] = []
    marks = 0
    for letter in " ".join(value[: limit * 8].split()):
        category = unicodedata.category(letter)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= MARKS_A_LETTER and (letter in JOINERS or category[0] != "C"):
            kept.append(letter)
    text = " ".join("".join(kept).split())
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in text):
        return ""
    return text if len(text) <= limit else _shortened(text, limit)


def _shortened(text: str, limit: int) -> str:
    """Cut at the last space that is near the end, and say that something is missing."""
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > max(0, limit - NEAR_END) else cut).rstrip(" ,;:" + JOINERS) + "…"


def whole(value: object) -> int | None:
    """Return a count from 0 to 10^9; None for anything else. A float with a fraction is no count."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def decimal(value: object, *, most: float = MAX_COUNT) -> float | None:
    """Return a finite number from 0 to `most`; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    return float(value)


def mapping(value: object) -> Mapping[str, Any]:
    """Return `value` where it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def rows(value: object, limit: int) -> Iterator[Mapping[str, Any]]:
    """Yield the objects among the first `limit` entries of a list; nothing when it is none."""
    for entry in value[:limit] if isinstance(value, list) else ():
        if isinstance(entry, Mapping):
            yield entry


def lines(value: object, *, limit: int, longest: int) -> tuple[str, ...]:
    """Return the printable texts among the first `limit` entries of a list, each once."""
    entries = value[:limit] if isinstance(value, list) else ()
    return tuple(dict.fromkeys(text for entry in entries if (text := shown_line(entry, longest))))


def plainly(text: str) -> str:
    """Return a figure of the wardrobe as it is said to its owner: "0 of 16 owned items are" as "None of your 16 pieces are"."""
    for pattern, said in OWNED:
        text = pattern.sub(said, text)
    return text
