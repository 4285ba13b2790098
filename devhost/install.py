"""Installs packages into a virtual environment: `python devhost/install.py .venv/bin/python -e '.[dev]'`.

With uv, where it stands beside this Python: it takes a tenth of pip's time. Without it, and where it fails, with pip, whose
errors are the ones to be read. uv knows nothing of pip's configuration (an index of one's own, certificates, constraints): what
pip says that it is configured for goes along in uv's environment, and is written nowhere.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

# pip's option, uv's variable, and what stands between several values there
TOLD: Final = (
    ("index-url", "UV_DEFAULT_INDEX", " "), ("extra-index-url", "UV_INDEX", " "), ("find-links", "UV_FIND_LINKS", ","),
    ("no-index", "UV_NO_INDEX", " "), ("constraint", "UV_CONSTRAINT", " "), ("trusted-host", "UV_INSECURE_HOST", " "),
    ("cert", "SSL_CERT_FILE", " "), ("proxy", "ALL_PROXY", " "), ("timeout", "UV_HTTP_TIMEOUT", " "),
)  # fmt: skip
SECTIONS: Final = ("global", "install", ":env:")  # the later one counts


def configured(listing: str) -> dict[str, str]:
    """Return uv's environment for what `pip config list` prints: lines of `section.option='value'`."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listing.splitlines():
        name, separator, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if separator and section in found:
            found[section][option] = str(ast.literal_eval(value))
    options = {option: value for section in SECTIONS for option, value in found[section].items()}
    return {name: between.join(options[option].split()) for option, name, between in TOLD if options.get(option, "").split()}


def with_uv(uv: Path, python: str, wanted: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Return whether uv could; it says why not, and pip is tried."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    # As pip does: the best version of all indexes, and no other Python than the one given.
    command = [str(uv), "pip", "install", "--quiet", "--index-strategy", "unsafe-best-match", "--python", python, *wanted]
    given = {"UV_PYTHON_DOWNLOADS": "never", **configured(listed.stdout), **environ}
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)  # noqa: S603  (our own command)
    if done.returncode:
        print("uv could not install the packages, pip tries", file=sys.stderr)
    return done.returncode == 0


def with_pip(python: str, wanted: Sequence[str]) -> int:
    """Return pip's exit code. An environment that was made for uv is given pip first."""
    if subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode:  # noqa: S603  (our own command)
        subprocess.run([python, "-m", "ensurepip"], stdout=subprocess.DEVNULL, check=False)  # noqa: S603  (our own command)
    options = ["--quiet", "--quiet", "--disable-pip-version-check"]
    return subprocess.run([python, "-m", "pip", "install", *options, *wanted], check=False).returncode  # noqa: S603  (our own command)


def main(python: str, wanted: Sequence[str]) -> int:
    """Return the exit code."""
    uv = Path(sys.executable).with_name("uv")
    if uv.exists() and with_uv(uv, python, wanted, os.environ):
        return 0
    return with_pip(python, [one for one in wanted if one != "--compile-bytecode"])  # pip does so by itself


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
