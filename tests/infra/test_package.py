"""What is deployed: the code and nothing else, small, the same for the same sources, with byte code that its Python takes."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import package
from tests.infra.bicep import ROOT
from tests.waiting import HANGS_SECONDS

TRAVELS = {"function_app.py", "agents", "shared", "host.json", "requirements.txt"}
LITTER = {
    ".venv/lib/python3.13/site-packages/numpy/core.py", ".venv-worker/bin/python", ".git/config", ".local/pluckit.db",
    ".local/run/digests/ada.html", "node_modules/azurite/package.json", "local.settings.json",
    "agents/__pycache__/app.cpython-313.pyc",
    "__blobstorage__/x.py", "pluckit_processor.egg-info/PKG-INFO", ".hypothesis/examples/x", ".mypy_cache/x.json", ".coverage",
    "shared/__pycache__/x.pyc", ".github/workflows/ci.yml", ".azure/dev/.env", "debug.log", "__azurite_db_queue__.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("package") / "app.zip"
    package.build(ROOT, target)
    return target


def tops(paths: list[Path]) -> set[str]:
    return {path.parts[0] for path in paths}


def test_what_travels_is_the_app_and_nothing_else() -> None:
    assert tops(package.travelling(ROOT)) == TRAVELS


def test_every_file_of_the_app_travels() -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *sorted(TRAVELS)]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [path.as_posix() for path in package.travelling(ROOT)] == sorted(
        (name for name in tracked if (ROOT / name).exists()), key=Path
    )


def test_nothing_of_a_used_checkout_travels(tmp_path: Path) -> None:
    wanted = {"function_app.py", "agents/app.py", "shared/store/base.py", "host.json", "requirements.txt"}
    for name in LITTER | wanted:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".funcignore").write_text((ROOT / ".funcignore").read_text())
    assert {path.as_posix() for path in package.travelling(tmp_path)} == wanted


def test_the_package_is_small(built: Path) -> None:
    assert built.stat().st_size < 2 * 1024 * 1024


def test_the_same_sources_make_the_same_package(built: Path, tmp_path: Path) -> None:
    package.build(ROOT, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == built.read_bytes()


def test_the_byte_code_is_used_although_a_zip_keeps_no_times(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        archive.extractall(tmp_path)
    for path in [path for path in tmp_path.rglob("*") if not path.is_dir()]:
        path.chmod(0o444)
    code = "import json, agents.timers as one; print(json.dumps([one.__file__, one.__cached__, one.__spec__.loader_state]))"
    verbose = subprocess.run([sys.executable, "-v", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(verbose.stdout)[0] == str(tmp_path / "agents/timers.py")
    assert f"matches {tmp_path / 'agents/timers.py'}" in verbose.stderr
    assert "# wrote" not in "\n".join(line for line in verbose.stderr.splitlines() if str(tmp_path) in line)


def test_a_checklist_for_function_apps_finds_no_failure(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        archive.extractall(tmp_path)
    tool = Path(sys.executable).with_name("azure-functions-doctor")
    command = [tool, "doctor", "--path", str(tmp_path), "--format", "json", "--profile", "deploy"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANGS_SECONDS, check=False)
    report = json.loads(done.stdout)
    failed = [item for section in report["results"] for item in section["items"] if item["status"] == "fail"]
    assert failed == []
    assert sum(item["status"] == "pass" for section in report["results"] for item in section["items"]) >= 5
