"""Digests to render, and what their pages are made of."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RICH, FIRST, HOSTILE = (
    json.loads((ROOT / f"samples/digests/{name}.json").read_text()) for name in ("rich", "first", "hostile")
)
OLD = {
    "id": "ada.2025-W10", "generatedAt": "2025-03-03T09:00:00Z", "totalItems": 23, "itemsWithWearHistory": 12,
    "climateZone": "dry", "stylesConsidered": ["classic"],
    "suggestions": [
        {"item": "Navy cardigan", "rationale": "It ties things together."}, {"item": "Tan loafers", "rationale": "Light."},
    ],
}  # fmt: skip
VOID = {"meta", "circle", "rect", "polygon", "img"}
ATTRIBUTES = {
    "class", "id", "lang", "charset", "name", "content", "http-equiv", "dir", "scope", "role", "aria-label", "aria-labelledby",
    "aria-hidden", "width", "height", "viewbox", "points", "fill", "x", "y", "cx", "cy", "r", "rx",
}  # fmt: skip
FREE = {
    "item", "category", "colour", "rationale", "figures", "label", "stylesConsidered", "model", "promptVersion", "name", "text",
}  # fmt: skip


class Elements(HTMLParser):
    """Every element with its attributes, and the text; fails where an element is not closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(attributes)) for tag, attributes in self.found]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def with_texts(value: Any, change: Callable[[str], str], key: str = "") -> Any:
    """The same document with every free text changed; times, currencies and the closed lists stay."""
    if isinstance(value, dict):
        return {name: with_texts(inner, change, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_texts(inner, change, key) for inner in value]
    return change(value) if isinstance(value, str) and key in FREE else value
