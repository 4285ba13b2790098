"""The app in Azure's own worker library, on a Python of 3.13 or newer: it indexes, and every trigger runs."""

import contextlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agents.timers import DIGEST, MOODS, SCRAPER
from devhost.azurite import Azurite
from samples.serving import served
from samples.site_server import NAMES, served_site
from shared.queues.azure import StorageQueues

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-worker/bin/python"

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="no .venv-worker: `make test` makes it where a Python of 3.13 or newer runs"
)


@pytest.fixture
async def seen(azurite: Azurite, queue_name: str, tmp_path: Path) -> dict[str, Any]:
    queues = StorageQueues(azurite.connection_string)
    for name in ("", "-poison", "-runs", "-digests", "-scrapes"):
        await queues.ensure(f"{queue_name}{name}")
    await queues.close()
    with contextlib.ExitStack() as parts:
        pictures, feeds = (parts.enter_context(served(name)) for name in ("photos", "feeds"))
        sites = {name: parts.enter_context(served_site(name)) for name in NAMES}
        environ = {
            **os.environ, "StorageQueue": azurite.connection_string, "TASTE_JOB_QUEUE_NAME": queue_name,
            "TASTE_JOB_DEAD_LETTER_QUEUE_NAME": f"{queue_name}-poison", "MODEL_PROVIDER": "local",
            "EMBEDDED_STORE_PATH": str(tmp_path / "store.db"), "SITES": json.dumps(sites),
            "FETCH_ALLOWED_PRIVATE_HOSTS": ",".join([pictures, feeds, *sites.values()]),
            "SCRAPE_JOB_QUEUE_NAME": f"{queue_name}-scrapes",
            "SCRAPE_JOB_DEAD_LETTER_QUEUE_NAME": f"{queue_name}-scrapes-poison",
            "RUN_COMMANDS_QUEUE_NAME": f"{queue_name}-runs", "DIGEST_JOB_QUEUE_NAME": f"{queue_name}-digests",
            "DIGEST_JOB_DEAD_LETTER_QUEUE_NAME": f"{queue_name}-digests-poison",
            "MOOD_FEEDS": json.dumps([{"name": "Sample", "url": f"http://{feeds}/daily-hem.xml"}]),
            "PICTURE": f"http://{pictures}/red-dress.jpg", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        script = [str(PYTHON), "-m", "tests.e2e.azure_worker", str(ROOT)]
        done = subprocess.run(script, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def body(answer: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer["body"])
    return document


async def test_azures_worker_indexes_the_app_and_runs_every_trigger(seen: dict[str, Any], queue_name: str) -> None:
    triggers = {name: bindings[0] for name, bindings in seen["index"].items()}
    assert triggers["ProcessTasteAnalysisJob"]["queueName"] == queue_name
    assert triggers["ProcessTasteAnalysisJobDlq"]["queueName"] == f"{queue_name}-poison"
    for name in ("ProcessTasteAnalysisJob", "ProcessTasteAnalysisJobDlq"):
        assert triggers[name]["connection"] == "StorageQueue"
        assert triggers[name]["dataType"] == "BINARY"
    assert triggers["get_health"]["authLevel"] == "ANONYMOUS"
    others = {name for name, one in triggers.items() if one["type"] == "httpTrigger"} - {"get_health"}
    assert {triggers[name]["authLevel"] for name in others} == {"FUNCTION"}
    assert {name for name, one in triggers.items() if one["type"] == "timerTrigger"} == {
        "SweepDeadLetters", "SweepTaste", "ReconcileJobs", "OpsWatch", "PluckItMoodProcessor", "PluckItWeeklyDigest",
        "PluckItScraper",
    }  # fmt: skip
    assert triggers["PluckItMoodProcessor"]["schedule"] == MOODS.ncrontab
    assert triggers["PluckItWeeklyDigest"]["schedule"] == DIGEST.ncrontab
    assert triggers["PluckItScraper"]["schedule"] == SCRAPER.ncrontab
    assert triggers["OpsWatch"]["schedule"] == "0 */5 * * * *"
    assert triggers["RunOnDemand"]["queueName"] == f"{queue_name}-runs"

    assert seen["health"]["status"] == 200
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
    assert set(triggers) - others - {"get_health"} == called, "a new trigger needs its call in azure_worker.py"
