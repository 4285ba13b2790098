"""Builds what is deployed: `.local/app.zip`, with what `.funcignore` lets through, and the code's byte code beside it.

`make package` runs it and prints the sizes. The zip is the same for the same sources. The platform mounts a package read-only:
without byte code each instance would compile every file at its cold start. It is marked as not to be checked against the
sources' times, which a zip does not keep; for another Python version than its own it is ignored.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pathspec import GitIgnoreSpec

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / ".local/app.zip"
BUDGET: Final = 1_900_000  # bytes: what does not fit travels without its byte code
LATER: Final = frozenset({"fashion", "local", "scraping"})  # rooms of `shared` that a first like does not enter
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
WORKER: Final = ROOT / ".venv-worker/bin/python"


def travelling(root: Path) -> list[Path]:
    """Return the files that are deployed, relative to `root`, in order: those that `.funcignore` does not name."""
    ignored = GitIgnoreSpec.from_lines((root / ".funcignore").read_text(encoding="utf-8").splitlines())
    return sorted(_walk(root, Path(), ignored))


def _walk(root: Path, folder: Path, ignored: GitIgnoreSpec) -> Iterator[Path]:
    for entry in sorted(os.scandir(root / folder), key=lambda one: one.name):
        path = folder / entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if ignored.match_file(f"{path.as_posix()}/" if is_folder else path.as_posix()):
            continue
        if is_folder:
            yield from _walk(root, path, ignored)
        elif entry.is_file(follow_symlinks=False):
            yield path


def build(root: Path, target: Path, *, python: str = sys.executable) -> int:
    """Write the zip, with byte code for `python`; returns its size in bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive, tempfile.TemporaryDirectory() as made:
        for path in travelling(root):
            (Path(made) / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, Path(made) / path)
        _compile(Path(made), python)
        every = sorted((one for one in Path(made).rglob("*") if one.is_file()), key=lambda one: _turn(one.relative_to(made)))
        for path in every:
            content = path.read_bytes()
            if path.suffix != ".pyc" or archive.fp.tell() + len(zlib.compress(content, 9)) < BUDGET:  # type: ignore[union-attr]
                _add(archive, path.relative_to(made).as_posix(), content)
    return target.stat().st_size


def _turn(path: Path) -> tuple[bool, bool, str]:
    """Sources come first, then the byte code that a cold start needs, then the rest as far as the budget goes."""
    return path.suffix == ".pyc", path.parts[0] == "shared" and path.parts[1] in LATER, path.as_posix()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _compile(folder: Path, python: str) -> None:
    command = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), str(folder)]
    subprocess.run(command, check=True)  # noqa: S603  (our own command)


def main() -> int:
    """Build, and print the sizes; with the byte code of the worker's Python where there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=TARGET)
    given = parser.parse_args()
    python = str(WORKER) if WORKER.exists() else sys.executable
    size = build(ROOT, given.target, python=python)
    files = travelling(ROOT)
    sources = sum((ROOT / path).stat().st_size for path in files)
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  (our own)
    sys.stdout.write(
        f"{given.target}: {size / 1024:,.0f} KiB: {len(files)} files of {sources / 1024:,.0f} KiB, and byte code of {version}\n"
        f"{' '.join(sorted({path.parts[0] for path in files}))}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
