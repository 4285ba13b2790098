"""Names the build that runs: a short hash of its code, to tell one from another."""

import hashlib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CODE: Final = ("function_app.py", "host.json", "agents/**/*.py", "shared/**/*.py")


def build_of(root: Path = ROOT) -> str:
    """Return a hash of the code under `root`. Reads every file of it: call it in a thread."""
    seen = hashlib.sha256()
    for pattern in CODE:
        for path in sorted(root.glob(pattern)):
            seen.update(f"{path.relative_to(root).as_posix()}\n".encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()[:12]
