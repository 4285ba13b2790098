"""Strategies that make bad inputs of good ones: seeds with pieces put in, cut out, doubled; and JSON of odd values."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

NUMBERS = [0, -1, 1e308, float("nan"), float("inf"), 10**400, 2**63, 0.1, True, 10**12]
TEXTS = [
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e",
    "\ufeff",
    "x" * 3_000,
    "&#55357;",
    "&#1114112;",
    "http://[x/1",
    "https://[::1",
    "//",
    "\\",
    "1e308",
    "1.299,00 \u20ac",
    "\u0661\u0662",
    "-9",
    "NaN",
    "9" * 5_000,
    "2026-11-24",
    "0000-00-00",
    "1764000000",
    "https://a.test/1.jpg",
    "javascript:alert(1)",
    "<img src=//a.test/1.jpg>",
    "https://a.test/?a=%E9&%zz",
    "#i",
    "https://xn--a.test/",
    "https://a.test:99999/",
]


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes], pieces: Sequence[bytes]) -> bytes:
    """Return one of `seeds` after up to six changes."""
    body = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(body)))
        match draw(st.sampled_from(["piece", "piece", "cut", "double", "byte", "end", "many"])):
            case "piece":
                body = body[:at] + draw(st.sampled_from(pieces)) + body[at:]
            case "cut":
                body = body[:at] + body[at + draw(st.integers(1, 30)) :]
            case "double":
                body = body[:at] + body[max(0, at - draw(st.integers(1, 60))) :]
            case "byte":
                body = body[:at] + bytes([draw(st.integers(0, 255))]) + body[at + 1 :]
            case "end":
                body = body[:at]
            case _:
                body = body[:at] + draw(st.sampled_from(pieces)) * draw(st.integers(2, 200)) + body[at:]
    return body


def odd_values(names: Sequence[str]) -> st.SearchStrategy[Any]:
    """Return JSON values of any shape, with objects that have some of `names`."""
    plain = st.none() | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS) | st.text(max_size=12)
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(names), inner, max_size=5),
        max_leaves=12,
    )


@st.composite
def spoilt(draw: st.DrawFn, good: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return `good` with some of its fields, or fields of fields, replaced by what nobody expects."""
    document = dict(good)
    for name in draw(st.lists(st.sampled_from([*good, *names]), max_size=4)):
        document[name] = draw(odd_values(names))
    return document
