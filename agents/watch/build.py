"""Names the build that runs, and how it is set: short hashes, to tell one from another, and never a value."""

import hashlib
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from shared.settings import JobSettings, Settings

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


def marks_of(settings: Settings) -> dict[str, str]:
    """Return the build, and for every setting a hash of its value; of a secret only whether there is one."""
    marks = {"build": build_of()}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if field.alias is None or field.exclude:
            continue
        text = f"secret: {value is not None}" if _is_secret(value, str(field.annotation)) else repr(value)
        if isinstance(value, frozenset):
            text = repr(sorted(value))
        marks[field.alias] = hashlib.sha256(text.encode()).hexdigest()[:8]
    for prefix, job in settings.jobs.items():
        for name, variable in JobSettings.variables(prefix).items():
            marks[variable] = hashlib.sha256(repr(getattr(job, name)).encode()).hexdigest()[:8]
    return marks


def _is_secret(value: object, annotation: str) -> bool:
    return isinstance(value, SecretStr) or "SecretStr" in annotation
