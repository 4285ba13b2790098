"""JSON in pages as it is served: between comment marks, with comments and trailing commas in it, escaped as JavaScript does.

What is no JSON is read by chompjs, a parser of JavaScript's literals. What it would have to guess (a block cut off, a quote
that ends too early) stays broken: half a price is worse than none.
"""

import html
import re
from typing import Any, Final

import chompjs

from shared.web.json_body import MAX_VALUES, load_json

INVISIBLE: Final = "\ufeff\u200b\u00a0 \t\r\n"
OPENINGS: Final = (("<![CDATA[", ""), ("*/", ""), ("<!--", "-->"), ("/*", "*/"), ("//", "\n"))
MAX_MARKS: Final = 20
MAX_COMMENT: Final = 500  # before the JSON
CLOSINGS: Final = (";", "-->", "]]>", "]]&gt;", "*/", "/*", "//")
ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
LEADING_ZERO: Final = re.compile(r"[:\[,]\s*-?0\d")
MAX_DOCUMENTS: Final = 100


def read_lenient_json(text: str) -> list[Any]:
    """Return the JSON documents in the text of a `<script>`: mostly one. Raises ValueError for what cannot be read."""
    if sum(text.count(mark) for mark in ",[{") > MAX_VALUES:
        raise ValueError(f"it has more than {MAX_VALUES} values")
    bare = _unwrapped(text)
    if '"' not in bare and "&quot;" in bare:
        bare = html.unescape(bare)
    try:
        return [load_json(bare, strict=False)]
    except ValueError:
        return _literals(bare)


def _unwrapped(text: str) -> str:
    """Return the text between the comment or CDATA marks, and before the semicolon, that some pages put around it."""
    bare = text.strip(INVISIBLE)
    for _ in range(MAX_MARKS):
        mark, end = next((one for one in OPENINGS if bare.startswith(one[0])), ("", ""))
        if not mark:
            break
        comment, found, rest = bare[len(mark) : MAX_COMMENT].partition(end) if end else ("", "", "")
        whole = found and not set(comment) & {"{", "["}  # else the JSON itself stands in it
        bare = (rest + bare[MAX_COMMENT:] if whole else bare[len(mark) :]).lstrip(INVISIBLE)
    for _ in range(MAX_MARKS):
        mark = next((one for one in CLOSINGS if bare.endswith(one)), "")
        if not mark:
            break
        bare = bare.removesuffix(mark).rstrip(INVISIBLE)
    return bare


def _literals(text: str) -> list[Any]:
    if text[:1] not in {"{", "["}:
        raise ValueError("it begins with no object and no list")
    if LEADING_ZERO.search(text):
        raise ValueError("it has a number that means another one in JavaScript")
    found: list[Any] = []
    document: Any
    text = ESCAPE.sub(_escape, text)
    try:
        for document in chompjs.parse_js_objects(text, loader_kwargs={"strict": False}):
            found.append(document)
            if len(found) >= MAX_DOCUMENTS:
                break
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON, nor a literal of JavaScript") from error
    if not found:
        raise ValueError("it has no object")
    return found


def _escape(found: re.Match[str]) -> str:
    """Return an escape of JavaScript as one of JSON: what it does not know is the letter itself."""
    letter = found[1]
    if len(letter) > 1:
        return f"\\u00{letter[1:]}"
    return found[0] if letter in '"\\/bfnrtu' else "" if letter == "\n" else letter
