"""Every part of the bench runs, at sizes that only show that it does: a bench that nobody runs rots."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import PARTS
from bench.capacity import Measured
from bench.report import LIMITS

ROOT = Path(__file__).parents[2]
ASSUMED = {  # by the sheet that computes what so many users cost
    "operations.known_picture_charge": Measured().known_like_ru, "operations.first_like_charge": Measured().like_ru,
    "operations.lists_change_charge": Measured().like_ru, "operations.nothing_changes_charge": Measured().like_ru,
    "digests.charge_composed": Measured().digest_ru, "digests.charge_unchanged": Measured().unchanged_ru,
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_bench_runs_and_measures_all_that_has_a_limit(part: str, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", part, "--tiny", "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"bench {part}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    told = {figure["name"]: figure["verdict"] for figure in json.loads(figures.read_text())["figures"]}
    wanted = {name: None if limit.at_scale else "kept" for name, limit in LIMITS.items() if name.startswith(f"{part}.")}
    assert {name: told.get(name, "missing") for name in wanted} == wanted
    values = {figure["name"]: figure["value"] for figure in json.loads(figures.read_text())["figures"]}
    assumed = {name: value for name, value in ASSUMED.items() if name.partition(".")[0] == part}
    assert values == values | {name: pytest.approx(value, rel=0.15) for name, value in assumed.items()}
