"""Every part of the bench runs, at sizes that only show that it does: one that nobody runs rots. One process runs them."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Ran:
    """A run of the bench: its exit code, the figures as JSON, and what it printed."""

    code: int
    document: dict[str, Any]
    printed: str


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Run the parts that this session asks about."""
    chosen = {item.callspec.params["part"] for item in request.session.items if item.path == request.path}
    figures = tmp_path_factory.mktemp("bench") / "figures.json"
    command = [sys.executable, "-m", "bench", *(part for part in PARTS if part in chosen), "--tiny", "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    printed = f"{done.stdout[-9000:]}\n{done.stderr[-9000:]}"
    assert figures.exists(), printed
    return Ran(done.returncode, json.loads(figures.read_text()), printed)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_bench_runs_and_measures_all_that_has_a_limit(part: str, ran: Ran) -> None:
    assert part not in ran.document["failed"], f"bench {part}: {ran.document['failed'][part]}\n{ran.printed}"
    told = {figure["name"]: figure["verdict"] for figure in ran.document["figures"]}
    assert (ran.code == 0) is not (ran.document["failed"] or "broken" in told.values()), ran.printed
    wanted = {name: None if limit.at_scale else "kept" for name, limit in LIMITS.items() if name.startswith(f"{part}.")}
    assert {name: told.get(name, "missing") for name in wanted} == wanted
    values = {figure["name"]: figure["value"] for figure in ran.document["figures"]}
    assumed = {name: value for name, value in ASSUMED.items() if name.partition(".")[0] == part}
    assert values == values | {name: pytest.approx(value, rel=0.15) for name, value in assumed.items()}
