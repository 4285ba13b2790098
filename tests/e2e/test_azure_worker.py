"""The package, unpacked alone, in Azure's own worker library on a Python of 3.13 or newer: it indexes, every trigger runs."""

import asyncio
import contextlib
import json
import os
import subprocess
import uuid
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


@pytest.fixture(scope="module")
def seen(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory, unpacked: Path) -> dict[str, Any]:
    """What came of every trigger, and under `queue` that of the likes."""
    queue = f"q{uuid.uuid4().hex[:16]}"
    environ = environment(azurite, queue, tmp_path_factory.mktemp("state"))
    asyncio.run(made(azurite, [environ[name] for name in QUEUES]))
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
    return {**json.loads(done.stdout.splitlines()[-1]), "queue": queue}


async def made(azurite: Azurite, names: list[str]) -> None:
    queues = StorageQueues(azurite.connection_string)
    for name in names:
        await queues.ensure(name)
    await queues.close()


VENDORED = "agents/console/vendored"


def body(answer: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer["body"])
    return document


@pytest.fixture(scope="module")
def indexed(seen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The trigger of each function, as the host is told."""
    return {name: bindings[0] for name, bindings in seen["index"].items()}


def test_azures_worker_indexes_the_package_alone(
    seen: dict[str, Any], indexed: dict[str, dict[str, Any]], unpacked: Path
) -> None:
    assert seen["modules from"] == [str(unpacked / "agents"), str(unpacked / "function_app.py"), str(unpacked / "shared")]
    assert indexed["ProcessTasteAnalysisJob"]["queueName"] == seen["queue"]
    assert indexed["ProcessTasteAnalysisJobDlq"]["queueName"] == f"{seen['queue']}-poison"
    assert indexed["RunOnDemand"]["queueName"] == f"{seen['queue']}-run-commands"
    for name in ("ProcessTasteAnalysisJob", "ProcessTasteAnalysisJobDlq"):
        assert indexed[name]["connection"] == "StorageQueue"
        assert indexed[name]["dataType"] == "BINARY"
    assert {name for name, one in indexed.items() if one["type"] == "timerTrigger"} == {
        "SweepDeadLetters", "SweepTaste", "ReconcileJobs", "OpsWatch", "PluckItMoodProcessor", "PluckItWeeklyDigest",
        "PluckItScraper",
    }  # fmt: skip
    assert indexed["PluckItMoodProcessor"]["schedule"] == MOODS.ncrontab
    assert indexed["PluckItWeeklyDigest"]["schedule"] == DIGEST.ncrontab
    assert indexed["PluckItScraper"]["schedule"] == SCRAPER.ncrontab
    assert indexed["OpsWatch"]["schedule"] == "0 */5 * * * *"


def test_every_trigger_was_called_and_every_endpoint_but_three_asks_for_a_key(indexed: dict[str, dict[str, Any]]) -> None:
    anonymous = {"get_health", "get_console", "get_console_asset"}
    assert {indexed[name]["authLevel"] for name in anonymous} == {"ANONYMOUS"}
    others = {name for name, one in indexed.items() if one["type"] == "httpTrigger"} - anonymous
    assert {indexed[name]["authLevel"] for name in others} == {"FUNCTION"}
    called = {
        "ProcessTasteAnalysisJob", "ProcessTasteAnalysisJobDlq", "SweepDeadLetters", "SweepTaste", "ReconcileJobs", "OpsWatch",
        "PluckItMoodProcessor", "RunOnDemand", "PluckItWeeklyDigest", "ProcessDigestJob", "ProcessDigestJobDlq",
        "PluckItScraper", "ProcessScrapeJob", "ProcessScrapeJobDlq",
    }  # fmt: skip
    assert set(indexed) - others - anonymous == called, "a new trigger needs its call in azure_worker.py"


def test_a_like_runs_once_and_bytes_that_nobody_can_read_are_kept(seen: dict[str, Any]) -> None:
    assert seen["like"]["status"] == 202
    job = body(seen["job"])
    assert (job["status"], job["attempt"]) == ("completed", 1), "run once, and once more without effect"
    assert ("red", 1) in [(term["term"], term["evidence"]) for term in body(seen["profile"])["terms"]]
    [record] = body(seen["dead letters"])["deadLetters"]
    assert record["reason"] == "payload_undecodable"
    assert body(seen["record"])["rawPayload"] == "//4gbm8ganNvbiAA", "bytes that are not UTF-8 are kept as they are"
    assert body(seen["reconcile"]) == {"dryRun": True, "repairs": []}


def test_runs_by_hand_are_done_and_what_they_made_can_be_looked_at(seen: dict[str, Any], unpacked: Path) -> None:
    names = {mood["name"] for mood in body(seen["moods"])["moods"]}
    assert {"Quiet Luxury", "Balletcore", "Gorpcore"} <= names
    assert "Hacked" not in names
    manual = [run for run in body(seen["runs"])["runs"] if run["trigger"] == "manual"]
    assert [(run["id"], run["outcome"]) for run in manual] == [(body(seen["run asked"])["runId"], "ok")]
    assert (seen["digest asked"]["status"], seen["digest page"]["status"]) == (202, 200)
    assert seen["digest page"]["body"].casefold().startswith("<!doctype html>")
    [source] = body(seen["sources"])["sources"]
    assert (source["id"], source["health"]["lastOutcome"], source["health"]["new"]) == ("street-seams", "ok", 3)
    assert seen["health"]["status"] == 200
    assert seen["console"]["body"].startswith("<!doctype html>")
    assert (seen["console file"]["status"], seen["console file"]["body"]) == (200, (unpacked / VENDORED / "htm.js").read_text())
