"""What a replay, a purge or a retry would come to: the dry run, told by outcome and cause rather than record by record."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from opsctl.client import Document
from opsctl.layout import Head, shortened
from opsctl.looking import down
from opsctl.show import Screen, clean, counts
from opsctl.tools import Tools

MAX_TOLD: Final = 10
PURGED: Final = "purged"


def predict(tools: Tools, path: str, wanted: Mapping[str, Any]) -> Document:
    """Ask what a call would do; nothing is changed."""
    return tools.client.send("POST", path, {**wanted, "dryRun": True}, repeatable=True).document


def show_prediction(tools: Tools, predicted: Document) -> None:
    """Show a dry run as the answer."""
    tools.screen.show(predicted, lambda: _prediction(tools.screen, predicted))


def _prediction(screen: Screen, predicted: Document) -> None:
    rows = grouped(predicted)
    if rows:
        screen.table(
            ("would be", Head("records", is_number=True), Head("because", is_long=True), "for example"), rows
        )  # fmt: skip
        screen.line()
    told = len(predicted.get("results") or [])
    total = predicted.get("total") or 0
    screen.fields({
        "action": predicted.get("action"), "records": total, "would be": counts(predicted.get("counts")),
        "looked into": f"the first {told}" if told < total else None, "snapshot": predicted.get("snapshot"),
    })  # fmt: skip
    down(screen, predicted.get("down") or [])


def tell_prediction(screen: Screen, predicted: Document, noun: str) -> None:
    """Say it before a question: then it belongs to the person, and not into the answer."""
    groups = grouped(predicted)
    for outcome, number, detail, example in groups[:MAX_TOLD]:
        screen.say(f"  {outcome} {number}{': ' if detail else ''}{detail} (as {example})")
    if len(groups) > MAX_TOLD:
        rest = sum(number for _, number, _, _ in groups[MAX_TOLD:])
        screen.say(f"  {several(rest, 'more record')} of {several(len(groups) - MAX_TOLD, 'other cause')}: see --dry-run")
    screen.say(
        f"{predicted.get('action')} of {several(predicted.get('total'), noun)}: {counts(predicted.get('counts'))}", "bold"
    )


def several(count: object, noun: str) -> str:
    """Return a count and its noun."""
    return f"{count} {noun}{'' if str(count) == '1' else 's'}"


def grouped(predicted: Document) -> list[tuple[str, int, str, str]]:
    """Return the outcomes with their causes, the most frequent first: outcome, records, because, an id."""
    results = [one for one in predicted.get("results") or [] if isinstance(one, Mapping)]
    short = shortened(clean(one.get("id")) for one in results)
    found: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for one in results:
        outcome = clean(one.get("outcome"))
        key = (outcome, "" if outcome == PURGED else clean(one.get("detail")))  # how many bytes each has is no cause
        found[key] += 1
        examples.setdefault(key, short[clean(one.get("id"))])
    return [(outcome, number, detail, examples[outcome, detail]) for (outcome, detail), number in found.most_common()]
