"""A wrong set-up is one line that says what to do, an exit code, and no process left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import psutil
import pytest

from tests.waiting import HANGS_SECONDS

ROOT = Path(__file__).parents[2]


def marked(mark: dict[str, str]) -> list[psutil.Process]:
    """Return the processes that have the mark in their environment: every child inherits it."""
    return [one for one in psutil.process_iter(["environ"]) if mark.items() <= (one.info["environ"] or {}).items()]


def run(environ: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run `make run`'s command; returns the exit code and what it wrote as errors. No child may outlive it."""
    mark, folder = {"TEST_MARK": uuid.uuid4().hex}, tempfile.mkdtemp()
    done = subprocess.run(
        [sys.executable, "-m", "samples.run", "--state", folder, *arguments], cwd=ROOT, env={**os.environ, **environ, **mark},
        capture_output=True, text=True, timeout=HANGS_SECONDS, check=False,
    )  # fmt: skip
    assert marked(mark) == [], "a process was left behind"
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


@pytest.mark.parametrize("port", ["xyz", "0", "70000", "10001; rm"])
def test_a_port_that_is_none_is_one_line(port: str) -> None:
    code, error = run({"AZURITE_QUEUE_PORT": port}, "--serve")
    assert (code, error) == (2, f"error: AZURITE_QUEUE_PORT: got {port!r}, expected a port, 1 to 65535")


def begun(folder: Path, mark: dict[str, str]) -> subprocess.Popen[str]:
    """Start `make run`'s command in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "samples.run", "--state", str(folder)], cwd=ROOT, env={**os.environ, **mark},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, error = process.communicate(timeout=HANGS_SECONDS)
    return process.returncode, error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["starting Azurite", "sending 15 likes", "learning the moods"])
def test_a_run_that_is_stopped_at_any_moment_leaves_no_process(number: signal.Signals, moment: str, tmp_path: Path) -> None:
    mark = {"TEST_MARK": uuid.uuid4().hex}
    process = begun(tmp_path, mark)
    assert process.stdout is not None
    assert any(moment in line for line in process.stdout), "it never came so far"
    process.send_signal(number)
    code, error = ended(process)
    assert (code, marked(mark)) == (130, [])
    assert "Traceback" not in error, error


def test_a_run_that_is_killed_takes_its_processes_with_it(tmp_path: Path) -> None:
    mark = {"TEST_MARK": uuid.uuid4().hex}
    process = begun(tmp_path, mark)
    assert process.stdout is not None
    assert any("sending 15 likes" in line for line in process.stdout)
    left = [one for one in marked(mark) if one.pid != process.pid]
    assert left, "Azurite and the app run"
    process.kill()
    ended(process)
    _, alive = psutil.wait_procs(left, timeout=HANGS_SECONDS)
    assert alive == []


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    mark = {"TEST_MARK": uuid.uuid4().hex}
    first = begun(tmp_path, mark)
    assert first.stdout is not None
    assert any("starting Azurite" in line for line in first.stdout)
    code, error = ended(begun(tmp_path, mark))
    assert (code, len(error.strip().splitlines())) == (2, 1)
    assert error.startswith("error: another run is at work in ")
    first.send_signal(signal.SIGINT)
    assert ended(first)[0] == 130
