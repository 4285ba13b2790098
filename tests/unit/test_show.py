"""What `make run` prints: a line a thing at any width, in the signs and colours that the terminal has."""

import io
from typing import Any

import pytest
from rich.console import Console

from samples.show import Shown

LONG = "a very long sentence that says why, " * 5
TERM = {"term": "navy", "kind": "colour", "weight": 0.8, "evidence": 1}
PROFILE = {"userId": "ada", "terms": [{**TERM, "weight": 1.6}, TERM, TERM, TERM, TERM]}
JOBS = [{"status": "completed"}, {"status": "completed"}, {"status": "dead_lettered"}]
RECORD = {"id": "f" * 64, "reason": "payload_undecodable", "description": LONG}
MOOD: dict[str, Any] = {
    "name": "Old Money", "primaryMood": "Preppy", "trendScore": 3, "momentum": 1.234, "sources": [{"title": LONG}],
}  # fmt: skip
SUGGESTION = {"item": "Camel cashmere cardigan", "combinesWith": 16, "rationale": LONG}
HEALTH = {"found": 6, "new": 2, "dropped": {"no_image": 1}, "duplicates": {"picture": 4}, "lastReason": None}


def told(width: int, encoding: str, **options: Any) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    out = Shown(Console(file=file, width=width, highlight=False, **options))
    out.profiles([PROFILE])
    out.outcomes(JOBS, [RECORD])
    out.moods([MOOD], {"done": {"feeds": 3, "articles": 10, "moods": 8}})
    out.digests([{"userId": "ada", "totalItems": 20, "suggestions": [SUGGESTION, SUGGESTION]}])
    out.sources([{"name": "Plain [b]Thread[/b]", "sourceType": "brand_site", "health": HEALTH}])
    out.items([{"title": "Parka", "sourceId": "r-outfits", "price": {"amount": 9.5, "currency": "EUR"}}])
    file.flush()
    file.seek(0)
    return file.read()


@pytest.mark.parametrize("width", [80, 120])
def test_each_thing_is_one_line(width: int) -> None:
    lines = told(width, "utf-8").splitlines()
    assert max(map(len, lines)) <= width
    assert len([line for line in lines if line.strip()]) == 6 * 2 + 4 + 1 + 1 + 2 + 1 + 1
    assert next(line for line in lines if "raw" in line or "ffff" in line).startswith(
        "f" * 12 + "  payload_undecodable  a very long"
    )
    assert any(line.startswith("3 jobs: 2 completed, 1 dead lettered") for line in lines)


def test_a_locale_of_ascii_alone_gets_ascii() -> None:
    assert told(80, "ascii").isascii()


def test_a_stranger_s_name_is_text_and_no_markup() -> None:
    assert "Plain [b]Thread[/b]" in told(120, "utf-8")


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[48" in told(80, "utf-8", force_terminal=True, color_system="truecolor")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[48" not in told(80, "utf-8", force_terminal=True)
