"""The policy scan of the Bicep files, in a virtual environment of its own: checkov pins what the app must not be held to."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.infra.bicep import INFRA, ROOT, files
from tests.waiting import HANGS_SECONDS

SCANNER = ROOT / ".venv-scan/bin/checkov"

pytestmark = pytest.mark.skipif(not SCANNER.exists(), reason="no .venv-scan: `make scan` makes it")


def scanned(folder: Path) -> dict[str, object]:
    # The scanner would look for guidelines on its maker's site; without a key and with --skip-download it does not.
    words = ["--skip-download", "-d", str(folder), "--config-file", str(INFRA / "checkov.yaml"), "-o", "json"]
    environ = {**os.environ, "PYTHONWARNINGS": "ignore", "LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [SCANNER, *words], cwd=folder, env=environ, capture_output=True, text=True, timeout=HANGS_SECONDS, check=False
    )
    report: dict[str, object] = json.loads(done.stdout)
    return report


def test_the_files_pass_and_every_one_of_them_was_read() -> None:
    report = scanned(INFRA)
    assert report["results"]["failed_checks"] == []  # type: ignore[index]
    assert report["summary"]["parsing_errors"] == 0  # type: ignore[index]
    assert report["summary"]["passed"] >= 30  # type: ignore[index]
    assert len(files()) > 10


def test_a_door_that_is_opened_is_found(tmp_path: Path) -> None:
    text = (INFRA / "modules/storage.bicep").read_text()
    assert "minimumTlsVersion: 'TLS1_2'" in text
    (tmp_path / "storage.bicep").write_text(text.replace("minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'"))
    report = scanned(tmp_path)
    assert [one["check_id"] for one in report["results"]["failed_checks"]] == ["CKV_AZURE_44"]  # type: ignore[index]
