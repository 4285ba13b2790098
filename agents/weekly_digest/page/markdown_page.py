"""The digest as CommonMark that reads well unrendered: charts are bars of text, tables are GitHub's kind.

Text from outside never makes markup: its special characters are escaped, its addresses are broken so that no reader turns
them into links, and in the charts, where nothing is escaped, look-alikes stand for the few characters that could matter.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from agents.weekly_digest.page import words
from agents.weekly_digest.page.reading import Cost, DatedList, PageContent, ShownShare, ShownSuggestion, read
from shared.text import plural

BAR: Final = 24
BLOCK: Final = "▆"  # not the full one: rows would run into one another
INSIDE: Final = re.compile(r"([\\`*_\[\]<>|~#$^])|&(?=#?\w+;)")
OPENING: Final = re.compile(r"^([-+=:]|\d{1,9}(?=[.)]))")
# What autolinks begin with: `://`, `@`, and the dot of a host name. A word joiner, which shows nothing, goes before it.
ADDRESS: Final = re.compile(r"(?<=\w)(:(?=//)|(?<=mailto):|(?<=xmpp):|\.(?=[^\W\d_]{2}))|@")
WORD_JOINER: Final = "\u2060"
LOOK_ALIKES: Final = str.maketrans({"<": "\u2039", ">": "\u203a", "`": "'", "~": "-"})


def as_markdown(digest: Mapping[str, Any]) -> str:
    """Return the page of a stored digest, whatever is missing in it. It ends with a line feed."""
    page = read(digest)
    blocks = [f"# {words.headline(page)}"]
    if words.issue(page):
        blocks.append(f"*PluckIt, {words.issue(page)}*")
    blocks.append(words.opening(page))
    if page.suggestions:
        blocks.append("## What to buy")
    for number, suggestion in enumerate(page.suggestions, 1):
        blocks += _suggestion(number, suggestion, page)
    if page.has_figures:
        blocks += ["## Your wardrobe, counted", *_figures(page)]
    blocks += ["---", escaped(" ".join(words.colophon(page)))] if words.colophon(page) else []
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Return one line of text as CommonMark shows it literally, wherever it stands in a line."""
    text = ADDRESS.sub(lambda match: f"{WORD_JOINER}\\{match[0]}", INSIDE.sub(r"\\\g<0>", text))
    return OPENING.sub(lambda match: f"\\{match[0]}" if not match[0].isdigit() else f"{match[0]}\\", text)


def _suggestion(number: int, suggestion: ShownSuggestion, page: PageContent) -> list[str]:
    blocks = [f"### {number}. {escaped(suggestion.item)}"]
    if words.kicker(suggestion):
        blocks.append(f"*{escaped(words.kicker(suggestion))}*")
    if suggestion.rationale:
        blocks.append(escaped(suggestion.rationale))
    if suggestion.figures:
        blocks += ["It rests on:", _bullets(escaped(one) for one in suggestion.figures)]
    if suggestion.pairs_with:
        blocks.append("Wear it with: " + ", ".join(escaped(piece.label) for piece in suggestion.pairs_with) + ".")
    combined, (figure, how) = words.combines(suggestion, page), words.reckoning(suggestion)
    facts = [f"Combines with {combined}."] if combined else []
    facts += [f"We expect {figure}{f' ({how})' if how else ''}."] if figure else []
    facts += [f"How sure we are: {words.confidence(suggestion.confidence)}."] if suggestion.confidence is not None else []
    return [*blocks, escaped(" ".join(facts))] if facts else blocks


def _figures(page: PageContent) -> list[str]:
    blocks = []
    if page.months:
        bars = [(words.month(one.first), one.wears) for one in page.months]
        blocks += ["### What you wore, month by month", f"{words.span(page)}.", _chart(bars)]
    if page.categories:
        blocks += ["### What it is made of", _shares(page.categories)]
    if page.gaps:
        blocks += ["### What is missing", _bullets(escaped(text) for text in page.gaps)]
    if page.colours:
        blocks += ["### Its colours", _shares(page.colours)]
    if page.costs is not None:
        blocks += ["### What a wear costs", escaped(words.median(page.costs)) + "."]
        blocks += [_table("Earning their keep", page.costs.best)] if page.costs.best else []
        blocks += [_table("Dearest so far", page.costs.dearest)] if page.costs.dearest else []
    if page.most_worn:
        ranked = (f"{rank}. {escaped(piece.label)}" for rank, piece in enumerate(page.most_worn, 1))
        blocks += ["### Worn most of late", "\n".join(ranked)]
    blocks += _dated("Waiting for a first outing", page.never_worn, "yours since", full=False)
    blocks += _dated("No longer worn", page.no_longer_worn, "last worn", full=True)
    if page.brands:
        blocks += ["### Names on the labels", ", ".join(f"{escaped(one.name)} {one.count:,}" for one in page.brands) + "."]
    return blocks


def _dated(title: str, listed: DatedList, before: str, *, full: bool) -> list[str]:
    if not listed.count:
        return []
    lines = []
    for one in listed.items:
        on = "" if one.on is None else f", {before} {words.day(one.on) if full else words.month(one.on)}"
        lines.append(escaped(one.piece.label) + on)
    more = listed.count - len(listed.items)
    if lines and more:
        lines.append(f"and {more:,} more")
    counted = plural(listed.count, "piece")
    return [f"### {title}", f"{counted}:", _bullets(lines)] if lines else [f"### {title}", f"{counted}."]


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _shares(shares: Sequence[ShownShare]) -> str:
    return _chart([(share.name.translate(LOOK_ALIKES), share.count) for share in shares])


def _chart(bars: Sequence[tuple[str, int]]) -> str:
    """Return a code block with a bar a row. A row ends with its figure, so none can close the block."""
    most = max(count for _, count in bars) or 1
    widest = max(_width(name) for name, _ in bars)
    figures = max(len(f"{count:,}") for _, count in bars)
    rows = []
    for name, count in bars:
        bar = BLOCK * (round(BAR * count / most) or int(count > 0))
        rows.append(f"{_padded(name, widest)}  {count:>{figures},}  {bar}".rstrip())
    return "\n".join(["```text", *rows, "```"])


def _table(title: str, costs: Sequence[Cost]) -> str:
    """Return a table whose columns are aligned in the source too."""
    body = [
        (escaped(one.label), "" if one.wears is None else f"{one.wears:,}", escaped(words.cost(one.money))) for one in costs
    ]
    lines = [(title, "Wears", "A wear"), *body]
    widths = [max(_width(line[column]) for line in lines) for column in range(3)]
    rule = f"| {'-' * widths[0]} | {'-' * (widths[1] - 1)}: | {'-' * (widths[2] - 1)}: |"
    rows = [
        f"| {_padded(name, widths[0])} | {' ' * (widths[1] - len(wears))}{wears} | {' ' * (widths[2] - len(cost))}{cost} |"
        for name, wears, cost in lines
    ]
    return "\n".join([rows[0], rule, *rows[1:]])


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Return how many columns a fixed-width font gives a text: two for wide letters, none for marks and joiners."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    none = sum(unicodedata.category(letter) in {"Mn", "Me", "Cf"} for letter in text)
    return len(text) + wide - none
