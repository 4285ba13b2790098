"""What happened when, in bars: unknown is no zero, a large window is drawn in the room that there is."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from opsctl.series import ASCII_BARS, BARS, bars
from tests.unit.opsctl.fake_app import FakeApp, run

SERIES: dict[str, Any] = {
    "window": "24h", "from": "2026-11-23T12:00:00Z", "to": "2026-11-24T12:05:00Z", "stepSeconds": 300, "currency": "EUR",
    "countedTo": "2026-11-24T11:55:00Z", "at": [f"2026-11-24T{n // 12:02}:{n % 12 * 5:02}:00Z" for n in range(288)],
    "series": {
        "jobs.ended": [float(n) for n in range(287)] + [None], "jobs.dead": [0] * 287 + [None],
        "queue.taste-analysis-jobs.depth": [None] * 144 + [7] * 144, "queue.taste-analysis-jobs.age_seconds": [8_000] * 288,
        "model.cost": [0.5] * 288, "model.tokens_in": [48_123] * 288,
    },
    "marks": [{"at": "2026-11-24T10:00:00Z", "kind": "deployment", "text": "build abc", "actor": None}],
}  # fmt: skip
VALUES = st.lists(st.none() | st.floats(0, 1e9), max_size=600)


def test_the_figures_stand_beside_their_bars(app: FakeApp) -> None:
    app.tell("GET series", SERIES)
    done = run(app, "series", "--window", "24h")
    assert app.asked[0].query == {"window": "24h"}
    rows = {line.split()[0]: line.split()[1:] for line in done.out.splitlines() if "." in line.split("  ")[0]}
    assert rows["jobs.ended"][1:] == ["286", "286", "41k"]
    assert rows["jobs.dead"] == ["▁" * 72, "0", "0", "0"]
    assert rows["queue.taste-analysis-jobs.depth"] == ["·" * 36 + "█" * 36, "7", "7"], "a depth has no sum"
    assert rows["queue.taste-analysis-jobs.age_seconds"][1:] == ["2h", "2h"]
    assert rows["model.cost"][1:] == ["0.50", "0.50", "144", "EUR"]
    assert rows["model.tokens_in"][1:] == ["48.1k", "48.1k", "13.9M"]
    assert "a bar: 20 min" in done.out
    assert re.search(r"2026-11-24T10:00:00Z +deployment +build abc", done.out)
    assert run(app, "series", "--json").document == SERIES
    only = run(app, "series", "--only", "model").out
    assert ("model.cost" in only, "jobs.dead" in only) == (True, False)


@pytest.mark.parametrize("columns", [80, 120])
def test_they_fit_a_terminal_and_an_ascii_one(app: FakeApp, columns: int) -> None:
    app.tell("GET series", SERIES)
    for charset in ("utf-8", "ascii"):
        shown = run(app, "series", terminal=True, COLUMNS=str(columns), NO_COLOR="1", charset=charset).out.splitlines()
        assert max(map(cell_len, shown)) <= columns
        assert any(line.startswith("depth taste-analysis-jobs") for line in shown)


@given(values=VALUES, room=st.integers(1, 100), alphabet=st.sampled_from((BARS, ASCII_BARS)))
def test_a_bar_is_lowest_for_zero_alone_and_unknown_for_nothing_known(
    values: list[float | None], room: int, alphabet: tuple[str, str]
) -> None:
    levels, unknown = alphabet
    drawn = bars(values, room, alphabet)
    share = max(1, -(-len(values) // room))
    parts = [values[start : start + share] for start in range(0, len(values), share)]
    assert len(drawn) == len(parts) <= room
    for bar, part in zip(drawn, parts, strict=True):
        known = [value for value in part if value is not None]
        assert (bar == unknown) == (not known)
        assert (bar == levels[0]) == (bool(known) and not any(known))


def test_the_greatest_is_the_highest() -> None:
    assert bars([0, 1, 50, 100, None], 5, BARS) == "▁▂▅█·"
    assert bars([], 5, BARS) == ""
    assert bars([1e-9, 1e9], 2, BARS) == "▂█"
