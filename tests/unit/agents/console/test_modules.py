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
    read = (
        "for (const file of process.argv.slice(1)) new vm.SourceTextModule(fs.readFileSync(file, 'utf8'), { identifier: file })"
    )
    files = sorted(map(str, STATIC.glob("*.js")))
    command = ["node", "--experimental-vm-modules", "-e", read, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
