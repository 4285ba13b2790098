"""What is wrong with a field, in words: the field, the value that came, what was expected. One place for all endpoints.

The values are the caller's own and go back to the caller alone; what is stored of a payload never passes through here.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from shared.problem_words import expected_words
from shared.text import nearest, plural

MAX_ERRORS: Final = 50
MAX_FIELD: Final = 200
MAX_CAME: Final = 80
QUOTED: Final = re.compile(r"'([^']*)'")
# Patterns of our models, as people say them; a test finds the model whose pattern is missing here.
PATTERNS: Final[Mapping[str, str]] = {
    r"^[A-Za-z0-9_=-]+$": "a cursor that an earlier page gave",
    r"^[A-Za-z0-9._-]+$": "an id that a list gave: letters, digits, dots, dashes and underscores",
    r"^[0-9]{4}-W[0-9]{2}$": "an ISO week such as 2026-W48",
    r"^[0-9a-fA-F]{64}$": "a job's id: 64 hex digits",
    r"^[0-9a-fA-F]{6,64}$": "the beginning of an id: 6 hex digits or more",
    "^[0-9a-f]{32}$": "the snapshot that a dry run gave: 32 hex digits",
    r"^([Hh][Tt][Tt][Pp][Ss]?:)?//\S+$": "a web address, as https://host/path",
}
LENGTHS: Final[Mapping[str, tuple[str, str, tuple[str, str]]]] = {  # how it is bounded, by which figure, of what
    "string_too_short": ("at least", "min_length", ("character", "characters")),
    "string_too_long": ("at most", "max_length", ("character", "characters")),
    "too_short": ("at least", "min_length", ("entry", "entries")), "too_long": ("at most", "max_length", ("entry", "entries")),
}  # fmt: skip
CHOICES: Final = frozenset({"literal_error", "enum"})


def field_errors(error: ValidationError, known: Collection[str] = ()) -> list[dict[str, str]]:
    """Return a validation's first problems. `known`: the fields that there are, to name the nearest to one there is not."""
    return [
        {
            "field": ".".join(map(str, one["loc"]))[:MAX_FIELD],
            "came": "nothing" if one["type"] == "missing" else shortened(one["input"]),
            "expected": expected(one, known)[:MAX_FIELD],
        }
        for one in error.errors(include_url=False)[:MAX_ERRORS]
    ]


def unknown_field(name: str, value: object, known: Collection[str]) -> dict[str, str]:
    """Return the error for a name that there is not."""
    return {"field": name[:MAX_FIELD], "came": shortened(value), "expected": another(name, known)[:MAX_FIELD]}


def another(name: str, known: Collection[str]) -> str:
    """Say what is expected in place of a name that there is not."""
    near = nearest(name, known)
    if near is not None:
        return f"the name {near}"
    return f"one of the names {', '.join(sorted(known))}" if known else "no name at all"


def expected(problem: Mapping[str, Any], known: Collection[str]) -> str:
    """Return what one problem of pydantic's expects, in words."""
    kind, context = str(problem["type"]), dict(problem.get("ctx") or {})
    if kind == "extra_forbidden" and len(problem["loc"]) == 1 and known:
        return another(str(problem["loc"][0]), known)
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(str(context.get("pattern")), "text of another form")
    if kind in LENGTHS:
        bound, figure, nouns = LENGTHS[kind]
        return f"{bound} {plural(context[figure], *nouns)}"
    if kind in CHOICES:
        return choice(str(context["expected"]), problem["input"])
    return expected_words(problem).removeprefix("must be ")


def choice(listed: str, came: object) -> str:
    """Return the values that may be, as pydantic lists them; of many the nearest to what came, or the first."""
    if len(listed) <= MAX_FIELD:
        return listed
    values = QUOTED.findall(listed)
    near = nearest(came, values) if isinstance(came, str) else None
    if near is not None:
        return f"'{near}', or one of {len(values) - 1} other values"
    shown = 0
    while len(", ".join(f"'{one}'" for one in values[: shown + 1])) < MAX_FIELD - len(" or one of 100 other values"):
        shown += 1
    return ", ".join(f"'{one}'" for one in values[:shown]) + f" or one of {len(values) - shown} other values"


def one_of(what: str, known: Sequence[str], came: str) -> str:
    """Say which names of a list there are: all where there is room, else the nearest to what came, or the first."""
    if not known:
        return f"{what}, and there is none"
    *most, last = (f"'{one}'" for one in known)
    listed = f"{', '.join(most)} or {last}" if most else last
    return f"{what}: {choice(listed, came)}"


def wrong_value(field: str, came: object, expected: str) -> dict[str, str]:
    """Return the problem of a value that is not what was expected of its field."""
    return {"field": field, "came": shortened(came), "expected": expected}


def sentence(errors: list[dict[str, str]]) -> str:
    """Return the first problem as a sentence: what somebody reads who looks no further."""
    first = errors[0]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    name = f"{first['field']}: " if first["field"] else ""
    return f"{name}got {first['came']}, expected {first['expected']}{more}"


def shortened(value: object) -> str:
    """Return the value as JSON, at most `MAX_CAME` characters of it; of a list or an object only the kind."""
    if isinstance(value, list):
        return "a list"
    if not isinstance(value, str | int | float | bool | None):
        return "an object"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_CAME else f"{text[:MAX_CAME]}…"
