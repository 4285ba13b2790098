"""A wrong set-up is one line that says what to do, an exit code, and no process left behind."""

import os
import shutil
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest

from tests.waiting import HANGS_SECONDS

ROOT = Path(__file__).parents[2]


def run(environ: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run `make run`'s command; returns the exit code and what it wrote as errors. No child may outlive it."""
    mark = {"TEST_MARK": uuid.uuid4().hex}  # every child inherits it: that is how the left behind are found
    done = subprocess.run(
        [sys.executable, "-m", "samples.run", *arguments], cwd=ROOT, env={**os.environ, **environ, **mark},
        capture_output=True, text=True, timeout=HANGS_SECONDS, check=False,
    )  # fmt: skip
    left = [one for one in psutil.process_iter(["environ"]) if mark.items() <= (one.info["environ"] or {}).items()]
    assert left == [], "a process was left behind"
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"TASTE_JOB_MAX_RETRIES": "many"}, ["TASTE_JOB_MAX_RETRIES: got 'many'", "expected a number"]),
        ({"AZURE_OPENAI_API_KEY": "secret-key"}, ["AZURE_OPENAI_ENDPOINT: is not set"]),
        ({"MODEL_PROVIDER": "oracle"}, ["MODEL_PROVIDER: got 'oracle'"]),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], words: list[str]) -> None:
    code, error = run(environ)
    assert code == 2
    assert len(error.splitlines()) == 1
    assert all(word in error for word in words)
    assert "secret-key" not in error


def test_without_node_the_answer_is_to_install_it(tmp_path: Path) -> None:
    code, error = run({"PATH": str(tmp_path)})
    assert (code, len(error.splitlines())) == (2, 1)
    assert "Node is not installed: install Node 18 or newer" in error


def test_a_node_that_is_too_old_or_does_not_run_is_told_apart(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v16.2.0\n")
    node.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    assert "Node v16.2.0 is too old" in run({"PATH": path})[1]
    node.write_text("#!/bin/sh\nexit 1\n")
    assert "does not run" in run({"PATH": path})[1]


def test_azurite_that_ends_at_once_says_what_it_said(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo v20.0.0 && exit 0\necho 'cannot open the data file' >&2\nexit 1\n"
    )
    node.chmod(0o755)
    code, error = run({"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})
    assert (code, len(error.splitlines())) == (2, 1)
    assert "Azurite ended at once: cannot open the data file" in error


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, error = run({"AZURITE_QUEUE_PORT": str(port)}, "--serve")
    assert (code, len(error.splitlines())) == (2, 1)
    assert f"port {port} is in use" in error


@pytest.mark.parametrize("script", ["find_python.sh", "find_node.sh"])
def test_make_says_what_is_missing_before_it_installs_anything(script: str, tmp_path: Path) -> None:
    shell = shutil.which("sh")
    assert shell
    done = subprocess.run(
        [shell, str(ROOT / "devhost" / script)], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.strip().splitlines()) == 1
