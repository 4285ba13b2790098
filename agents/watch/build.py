"""Names the build that runs, and how it is set: short hashes, to tell one from another, and never a value."""

import hashlib

from pydantic import SecretStr

from shared.observe.version import build_of
from shared.settings import JobSettings, Settings


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
