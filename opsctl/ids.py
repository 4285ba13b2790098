"""Short ids: a beginning of six hex digits or more stands for the one record that it fits. The app knows whole ids alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from opsctl.layout import shortened
from opsctl.outcomes import RefusedError, UsageError
from opsctl.tools import Tools

LEAST: Final = 6
PAGE: Final = 200
PAGES: Final = 25
SHOWN: Final = 8
SHORT: Final = re.compile(r"(?:op-|raw\.)?(?P<digits>[0-9a-f]{1,64})(?P<rest>\.\d*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IdFamily:
    """Ids of one kind: where all are listed (`path`, `query`), under which `member` and `field`, and how a whole one looks.

    `asked`: the parameter by which the app itself finds those that begin with some digits; empty where it has none.
    """

    noun: str
    path: str
    member: str
    field: str
    whole: "re.Pattern[str]"
    query: Mapping[str, str] | None = None
    asked: str = ""


LETTERS: Final = IdFamily(
    "dead letter", "dead-letters", "deadLetters", "id", re.compile(r"[0-9a-f]{64}\.\d+|raw\.[0-9a-f]{32}", re.IGNORECASE)
)
OPERATIONS: Final = IdFamily("operation", "replays", "replays", "id", re.compile(r"op-(?:[0-9a-f]{24}|[0-9a-f]{32})"))
JOBS: Final = IdFamily("job", "jobs", "jobs", "jobId", re.compile(r"[0-9a-f]{64}", re.IGNORECASE), asked="id")
CAUSES: Final = IdFamily(
    "cause", "dead-letters", "groups", "fingerprint", re.compile(r"[0-9a-f]{16}"), {"groupBy": "fingerprint"}
)


def whole(tools: Tools, family: IdFamily, text: str) -> str:
    """Return the whole id that a person's text stands for. Raises as `all_whole`."""
    [found] = all_whole(tools, family, [text])
    return found


def all_whole(tools: Tools, family: IdFamily, texts: Sequence[str]) -> list[str]:
    """Return the whole ids that a person's texts stand for; what has not the look of a short id goes to the app as it is.

    Raises `UsageError` for one that is too short or fits several, `RefusedError` for one that fits none.
    """
    short = {text: found for text in texts if not family.whole.fullmatch(text) and (found := SHORT.fullmatch(text))}
    for text, found in short.items():
        if found.group() == found["digits"] and len(text) < LEAST:
            raise UsageError(f"{text!r} is too short for a {family.noun}'s id: give at least {LEAST} of its digits")
    wanted = {text: found for text, found in short.items() if len(found["digits"]) >= LEAST}
    if not wanted:
        return list(texts)
    if family.asked:
        every, is_complete = [one for found in wanted.values() for one in _beginning(tools, family, found)], True
    else:
        every, is_complete = _every(tools, family)
    meant = {text: _one(family, text, found, every, is_complete=is_complete) for text, found in wanted.items()}
    return [meant.get(text, text) for text in texts]


def _beginning(tools: Tools, family: IdFamily, found: "re.Match[str]") -> list[str]:
    page = tools.client.get(family.path, {family.asked: found["digits"].lower(), "limit": PAGE}).document
    return [str(one.get(family.field)) for one in page.get(family.member) or [] if isinstance(one, Mapping)]


def _every(tools: Tools, family: IdFamily) -> tuple[list[str], bool]:
    """Return all ids, newest first, and whether there are no more than were looked at."""
    every: list[str] = []
    cursor: object = None
    for _ in range(PAGES):
        page = tools.client.get(family.path, {**(family.query or {}), "limit": PAGE, "cursor": cursor}).document
        every += [str(one.get(family.field)) for one in page.get(family.member) or [] if isinstance(one, Mapping)]
        cursor = page.get("cursor")
        if not cursor:
            return every, bool(page.get("complete", True))
    return every, False


def _one(family: IdFamily, text: str, found: "re.Match[str]", every: Sequence[str], *, is_complete: bool) -> str:
    digits, rest = found["digits"].lower(), found["rest"] or ""
    fitting = sorted({one for one in every if _fits(one, digits, rest)})
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        where = "" if is_complete else f" among the newest {len(every)}"
        raise RefusedError(f"there is no {family.noun} whose id begins with {text!r}{where}", {})
    short = shortened(fitting)
    named = ", ".join(short[one] for one in fitting[:SHOWN]) + ("" if len(fitting) <= SHOWN else ", …")
    raise UsageError(f"{text!r} fits {len(fitting)} {family.noun}s: {named}; give more of the id")


def _fits(one: str, digits: str, rest: str) -> bool:
    stem = one.removeprefix("op-").removeprefix("raw.").lower()
    head, _, tail = stem.partition(".")
    return head.startswith(digits) and (not rest or f".{tail}".startswith(rest))
