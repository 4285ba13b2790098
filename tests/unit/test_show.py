"""What `make run` prints: a line a thing at any width, in the signs and colours that the terminal has."""

import io
import shlex
from typing import Any

import pytest
from rich.console import Console

from samples.run import ROOT, to_try
from samples.show import Shown, ascii_wanted

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


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"LANG": "C"}, False), ({"LC_ALL": "C"}, True), ({"LC_ALL": "POSIX"}, True), ({"LC_ALL": "C.UTF-8"}, False),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, False), ({"LC_ALL": "C", "PYTHONUTF8": "1"}, False),
    ],
)  # fmt: skip
def test_who_asks_for_the_locale_of_ascii_gets_it(environ: dict[str, str], wanted: bool) -> None:
    assert ascii_wanted(environ) is wanted


def test_no_line_ends_in_blanks() -> None:
    lines = told(120, "utf-8").splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


def test_what_there_is_to_try_can_be_pasted_into_a_shell_at_once() -> None:
    lines = to_try("http://127.0.0.1:7071", "key", "127.0.0.1:1", ROOT / ".local" / "dev")
    words = [shlex.split(line, comments=True) for line in lines]
    assert {line[0] for line in words if line} - {lines[4].split()[0]} == {"export", "curl"}
    assert all(line or lines[number].startswith("# ") for number, line in enumerate(words))
    assert words[0] == ["export", "PLUCKIT_URL=http://127.0.0.1:7071", "PLUCKIT_KEY=key"]
    assert words[10][-2:] == [">", ".local/dev/ada.html"]


def test_a_stranger_s_name_is_text_and_no_markup() -> None:
    assert "Plain [b]Thread[/b]" in told(120, "utf-8")


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[48" in told(80, "utf-8", force_terminal=True, color_system="truecolor")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[48" not in told(80, "utf-8", force_terminal=True)
