"""Tables that fit: a line a record, in any width; short ids that tell records apart; lines broken between words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from opsctl.layout import Cell, Head, broken, laid_out, shortened
from opsctl.outcomes import UsageError
from opsctl.times import after, before, brief, parsed, relative, span

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXTS = st.text(st.sampled_from("abc é漢字"), max_size=60)
COLUMNS = st.builds(Head, st.sampled_from(("id", "reason", "when")), st.integers(0, 3), st.booleans(), st.booleans())


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Head], list[list[Cell]]]:
    columns = draw(st.lists(COLUMNS, min_size=1, max_size=6))
    cells = st.builds(lambda one, two: Cell((one, two)), TEXTS, TEXTS)
    return columns, draw(st.lists(st.lists(cells, min_size=len(columns), max_size=len(columns)), max_size=5))


@given(table=tables(), width=st.integers(50, 200))
def test_a_table_has_a_line_a_record_and_fits(table: tuple[list[Head], list[list[Cell]]], width: int) -> None:
    columns, rows = table
    lines = laid_out(columns, rows, width, "…")
    assert len(lines) == len(rows) + 1
    assert len({tuple(map(cell_len, line)) for line in lines}) == 1, "the columns stand under each other"
    assert cell_len("  ".join(lines[0])) <= width


def test_what_has_no_room_is_shortened_then_left_out_then_cut() -> None:
    columns = [Head("at"), Head("kind", rank=1), Head("why", is_long=True)]
    rows = [[Cell(("11-24 10:00Z 2h ago", "2h ago")), Cell(("taste-analysis",)), Cell(("the host answered with an error",))]]

    def line(width: int) -> str:
        return "|".join(laid_out(columns, rows, width, "…")[1])

    assert line(80) == "11-24 10:00Z 2h ago|taste-analysis|the host answered with an error"
    assert line(60) == "2h ago|taste-analysis|the host answered with an error"
    assert line(40) == "2h ago|the host answered with an error"
    assert line(30) == "2h ago|the host answered wit…"


def test_an_empty_column_is_left_out_and_numbers_end_under_each_other() -> None:
    columns = [Head("n", is_number=True), Head("nothing")]
    rows = [[Cell(("5",)), Cell(("",))], [Cell(("1000",)), Cell(("",))]]
    assert laid_out(columns, rows, 80, "…") == [["   n"], ["   5"], ["1000"]]


def test_ids_are_eight_digits_or_as_many_as_tell_them_apart() -> None:
    one, other = "3f2a9c1b" + "0" * 56, "3f2a9c1b" + "1" * 56
    assert shortened([f"{one}.1795652561736"]) == {f"{one}.1795652561736": "3f2a9c1b"}
    assert set(shortened([f"{one}.1", f"{other}.1"]).values()) == {"3f2a9c1b00", "3f2a9c1b11"}
    assert set(shortened([f"{one}.1", f"{one}.2"]).values()) == {"3f2a9c1b.1", "3f2a9c1b.2"}, "of one job"
    named = shortened([f"op-{one[:32]}", f"raw.{other[:32]}", f"digest.manual.{one[:32]}", "a.1", "street-seams", ""])
    assert [named[name] for name in sorted(named)] == [
        "", "a.1", "digest.manual.3f2a9c1b", "op-3f2a9c1b", "3f2a9c1b", "street-seams",
    ]  # fmt: skip


@given(ids=st.sets(st.from_regex(r"[0-9a-f]{64}\.[0-9]{1,3}", fullmatch=True), max_size=30))
def test_no_two_records_have_the_same_short_id(ids: set[str]) -> None:
    assert len(set(shortened(ids).values())) == len(ids)


@given(text=st.text(st.sampled_from("ab é漢,"), max_size=200), width=st.integers(30, 90), taken=st.integers(0, 20))
def test_lines_are_broken_between_words_and_nothing_is_lost(text: str, width: int, taken: int) -> None:
    first, *rest = broken(text, width, taken, 4)
    assert "".join((first, *rest)).replace(" ", "") == text.replace(" ", "")
    for line, room in ((first, width - taken), *((one, width) for one in rest)):
        assert cell_len(line) <= room or len(line.split()) <= 1, "only a word that is longer than a line stands over"


def test_a_long_word_stands_below_its_name() -> None:
    assert broken("x" * 70, 80, 16, 16) == ["", "  " + "x" * 70]
    assert broken("see " + "x" * 90 + " there", 80, 16, 16) == ["see", "  " + "x" * 90, " " * 16 + "there"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0s"), (119, "119s"), (120, "2m"), (7_199, "119m"), (7_200, "2h"), (172_799, "47h"), (172_800, "2d"), (8e6, "92d")],
)
def test_a_length_of_time_has_one_unit(seconds: float, told: str) -> None:
    assert span(seconds) == told


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(minutes=5), "5m ago"),
        (timedelta(0), "now"),
        (timedelta(days=-90), "in 90d"),
        (timedelta(seconds=-30), "in 30s"),
    ],
)
def test_an_instant_is_told_by_its_distance(ago: timedelta, told: str) -> None:
    assert relative(NOW - ago, NOW) == told


def test_the_year_is_told_where_it_is_another() -> None:
    assert brief(NOW, NOW) == "11-24 12:00Z"
    assert brief(NOW.replace(year=2025), NOW) == "2025-11-24 12:00Z"


def test_an_instant_may_be_typed_as_a_distance() -> None:
    assert (before("90m", NOW), before("2026-11-24", NOW)) == ("2026-11-24T10:30:00Z", "2026-11-24")
    assert (after("2h", NOW), after("2026-11-25T00:00:00Z", NOW)) == ("2026-11-24T14:00:00Z", "2026-11-25T00:00:00Z")
    with pytest.raises(UsageError, match="90m"):
        after("soon", NOW)


@pytest.mark.parametrize("value", [None, "", "soon", 5, {}])
def test_what_is_no_instant_is_none(value: object) -> None:
    assert parsed(value) is None


def test_an_instant_without_a_zone_is_in_utc() -> None:
    assert parsed("2026-11-24T12:00:00") == NOW == parsed("2026-11-24T13:00:00+01:00")
