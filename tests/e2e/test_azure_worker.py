"""The package, unpacked alone, in Azure's own worker library on a Python of 3.13 or newer: it indexes, every trigger runs."""

import contextlib
import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from agents.timers import DIGEST, MOODS, SCRAPER
from devhost.azurite import Azurite
from infra import package
from samples.serving import served
from samples.site_server import NAMES, served_site
from shared.queues.azure import StorageQueues
from tests.e2e.apps import QUEUES, ROOT, environment
from tests.waiting import HANGS_SECONDS

PYTHON = ROOT / ".venv-worker/bin/python"

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="no .venv-worker: `make test` makes it where a Python of 3.13 or newer runs"
)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in an empty folder, which nothing can be written to."""
    folder = tmp_path_factory.mktemp("package")
    package.build(ROOT, folder / "app.zip", python=str(PYTHON))
    with zipfile.ZipFile(folder / "app.zip") as archive:
        archive.extractall(folder / "app")
    return folder / "app"


@pytest.fixture
async def seen(azurite: Azurite, queue_name: str, tmp_path: Path, unpacked: Path) -> dict[str, Any]:
    queues = StorageQueues(azurite.connection_string)
    environ = environment(azurite, queue_name, tmp_path)
    for name in QUEUES:
        await queues.ensure(environ[name])
    await queues.close()
    with contextlib.ExitStack() as parts:
        pictures, feeds = (parts.enter_context(served(name)) for name in ("photos", "feeds"))
        sites = {name: parts.enter_context(served_site(name)) for name in NAMES}
        environ |= {
            "SITES": json.dumps(sites), "FETCH_ALLOWED_PRIVATE_HOSTS": ",".join([pictures, feeds, *sites.values()]),
            "MOOD_FEEDS": json.dumps([{"name": "Sample", "url": f"http://{feeds}/daily-hem.xml"}]),
            "PICTURE": f"http://{pictures}/red-dress.jpg",
        }  # fmt: skip
        # of this repository only the test's own script and the samples are found behind the package
        environ["PYTHONPATH"] = os.pathsep.join([str(unpacked), str(ROOT)])
        script = [str(PYTHON), "-m", "tests.e2e.azure_worker", str(unpacked)]
        done = subprocess.run(
            script, cwd=unpacked, env=environ, capture_output=True, text=True, timeout=HANGS_SECONDS, check=False
        )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


VENDORED = "agents/console/vendored"


def body(answer: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer["body"])
    return document


async def test_azures_worker_indexes_the_package_and_runs_every_trigger(
    seen: dict[str, Any], queue_name: str, unpacked: Path
) -> None:
    assert seen["modules from"] == [str(unpacked / "agents"), str(unpacked / "function_app.py"), str(unpacked / "shared")]
    triggers = {name: bindings[0] for name, bindings in seen["index"].items()}
    assert triggers["ProcessTasteAnalysisJob"]["queueName"] == queue_name
    assert triggers["ProcessTasteAnalysisJobDlq"]["queueName"] == f"{queue_name}-poison"
    for name in ("ProcessTasteAnalysisJob", "ProcessTasteAnalysisJobDlq"):
        assert triggers[name]["connection"] == "StorageQueue"
        assert triggers[name]["dataType"] == "BINARY"
    anonymous = {"get_health", "get_console", "get_console_asset"}
    assert {triggers[name]["authLevel"] for name in anonymous} == {"ANONYMOUS"}
    others = {name for name, one in triggers.items() if one["type"] == "httpTrigger"} - anonymous
    assert {triggers[name]["authLevel"] for name in others} == {"FUNCTION"}
    assert {name for name, one in triggers.items() if one["type"] == "timerTrigger"} == {
        "SweepDeadLetters", "SweepTaste", "ReconcileJobs", "OpsWatch", "PluckItMoodProcessor", "PluckItWeeklyDigest",
        "PluckItScraper",
    }  # fmt: skip
    assert triggers["PluckItMoodProcessor"]["schedule"] == MOODS.ncrontab
    assert triggers["PluckItWeeklyDigest"]["schedule"] == DIGEST.ncrontab
    assert triggers["PluckItScraper"]["schedule"] == SCRAPER.ncrontab
    assert triggers["OpsWatch"]["schedule"] == "0 */5 * * * *"
    assert triggers["RunOnDemand"]["queueName"] == f"{queue_name}-run-commands"

    assert seen["health"]["status"] == 200
    assert seen["console"]["body"].startswith("<!doctype html>")
    assert (seen["console file"]["status"], seen["console file"]["body"]) == (200, (unpacked / VENDORED / "htm.js").read_text())
    assert seen["like"]["status"] == 202
    job = body(seen["job"])
    assert (job["status"], job["attempt"]) == ("completed", 1), "run once, and once more without effect"
    assert ("red", 1) in [(term["term"], term["evidence"]) for term in body(seen["profile"])["terms"]]
    [record] = body(seen["dead letters"])["deadLetters"]
    assert record["reason"] == "payload_undecodable"
    assert body(seen["record"])["rawPayload"] == "//4gbm8ganNvbiAA", "bytes that are not UTF-8 are kept as they are"
    assert body(seen["reconcile"]) == {"dryRun": True, "repairs": []}
    names = {mood["name"] for mood in body(seen["moods"])["moods"]}
    assert {"Quiet Luxury", "Balletcore", "Gorpcore"} <= names
    assert "Hacked" not in names
    manual = [run for run in body(seen["runs"])["runs"] if run["trigger"] == "manual"]
    assert [(run["id"], run["outcome"]) for run in manual] == [(body(seen["run asked"])["runId"], "ok")]
    assert (seen["digest asked"]["status"], seen["digest page"]["status"]) == (202, 200)
    assert seen["digest page"]["body"].casefold().startswith("<!doctype html>")
    [source] = body(seen["sources"])["sources"]
    assert (source["id"], source["health"]["lastOutcome"], source["health"]["new"]) == ("street-seams", "ok", 3)
    called = {
        "ProcessTasteAnalysisJob", "ProcessTasteAnalysisJobDlq", "SweepDeadLetters", "SweepTaste", "ReconcileJobs", "OpsWatch",
        "PluckItMoodProcessor", "RunOnDemand", "PluckItWeeklyDigest", "ProcessDigestJob", "ProcessDigestJobDlq",
        "PluckItScraper", "ProcessScrapeJob", "ProcessScrapeJobDlq",
    }  # fmt: skip
    assert set(triggers) - others - anonymous == called, "a new trigger needs its call in azure_worker.py"
