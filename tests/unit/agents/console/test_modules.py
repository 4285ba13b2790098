"""The console's modules that need no browser, by Node's own test runner."""

import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
STATIC = FOLDER.parents[3] / "agents/console/static"
SUITES = sorted(path.name for path in FOLDER.glob("*.test.mjs"))


@pytest.mark.parametrize("suite", SUITES)
def test_the_modules_do_as_they_say(suite: str) -> None:
    done = subprocess.run(["node", "--test", suite], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_can_be_read() -> None:
    for path in sorted(STATIC.glob("*.js")):
        done = subprocess.run(
            ["node", "--input-type=module", "--check"], stdin=path.open(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{path.name}: {done.stderr}"
