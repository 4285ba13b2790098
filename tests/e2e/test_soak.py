"""A small and calm soak: that its parts still work, with one instance killed; `make soak` is the large one, with everything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("store", ["sqlite", "cosmos"])
def test_a_small_soak_loses_and_doubles_nothing(store: str) -> None:
    command = [sys.executable, "-m", "tests.soak", "--likes", "60", "--users", "6", "--hosts", "2", "--calm"]
    done = subprocess.run([*command, "--seed", "5", "--store", store], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "lost 0, doubled 0, otherwise wrong 0" in done.stdout
    assert re.search(r"inflicted: .*instances killed", done.stdout)
