"""The bench judges by its table of limits, `docs/figures.md` shows the same table, and one part's failure is its own."""

import io
import json
import mmap
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as command
from bench.one_job import most_memory
from bench.report import LIMITS, Report, least, most

FIGURES = Path(__file__).parents[2] / "docs/figures.md"


def rows() -> dict[str, str]:
    """The page's limits by the figure's name."""
    found = re.findall(r"^\| `(\w+\.\w+)` \|.*\| ([^|]+) \|$", FIGURES.read_text(), re.MULTILINE)
    return {name: limit for name, limit in found if name.partition(".")[0] in command.PARTS}


def test_the_page_has_a_row_for_every_limit_and_no_other() -> None:
    assert rows() == {name: str(limit) for name, limit in LIMITS.items()}


@pytest.mark.parametrize(
    ("limit", "value", "kept"), [(most(2), 2, True), (most(2), 2.1, False), (least(0.7), 0.7, True), (least(0.7), 0.69, False)]
)
def test_a_limit_is_kept_up_to_its_value(limit: Any, value: float, kept: bool) -> None:
    assert limit.holds(value) is kept


def test_a_small_run_judges_what_is_counted_and_not_what_is_timed() -> None:
    tiny, full = Report(tiny=True, out=io.StringIO()), Report(out=io.StringIO())
    for report in (tiny, full):
        report.figure("imports.ratio", 99, "slow")
        report.figure("operations.first_like", 99, "many")
        report.figure("imports.app_ms", 99, "no limit")
    assert [figure.name for figure in tiny.broken] == ["operations.first_like"]
    assert [figure.name for figure in full.broken] == ["imports.ratio", "operations.first_like"]


def test_a_part_that_fails_says_so_the_others_go_on_and_the_exit_code_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def breaks(_report: Report) -> None:
        raise ValueError("no such wire")

    def works(report: Report) -> None:
        report.figure("operations.first_like", 6, "six")

    monkeypatch.setattr(command, "PARTS", {"broken": breaks, "sound": works})
    assert command.main(["--json", str(tmp_path / "figures.json")]) == 1
    told = json.loads((tmp_path / "figures.json").read_text())
    assert told["failed"] == {"broken": "ValueError: no such wire"}
    assert [figure["verdict"] for figure in told["figures"]] == ["kept"]
    assert "failed: broken: ValueError: no such wire" in capsys.readouterr().out


def test_an_unknown_part_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["import"])
    assert "there are imports, operations" in capsys.readouterr().err


def test_a_process_is_told_of_its_own_memory_and_not_of_its_parents() -> None:
    """As what a first job takes, which a parent that holds numpy measures."""
    held = bytearray(64 * 2**20)
    held[:: mmap.PAGESIZE] = b"x" * len(held[:: mmap.PAGESIZE])
    code = "from bench.one_job import most_memory; print(most_memory())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=FIGURES.parents[1])
    assert 2 * 2**10 < int(done.stdout) < 60 * 2**10 < most_memory()
    assert held
