"""devhost reads host.json, the settings and the bindings as the real host does, and refuses what that would misread."""

import json
from pathlib import Path

import pytest

from devhost.errors import DevhostError
from devhost.loading import HttpTrigger, QueueTrigger, Trigger, load_options, load_settings, resolve, seconds_of

ROOT = Path(__file__).parents[3]


def test_the_apps_own_host_json_is_read() -> None:
    options = load_options(ROOT)
    assert (options.batch_size, options.new_batch_threshold) == (32, 16)
    assert options.max_polling_seconds == 2
    assert not options.base64


@pytest.mark.parametrize(("text", "seconds"), [("00:00:02", 2), ("00:00:00.25", 0.25), ("00:10:00", 600), ("23:59:59", 86_399)])
def test_a_time_span_is_hours_minutes_seconds(text: str, seconds: float) -> None:
    assert seconds_of(text, "maxPollingInterval") == seconds


@pytest.mark.parametrize("text", ["2", "00:00", "00:61:00", "2s", ""])
def test_a_bare_number_would_be_days_and_is_refused(text: str) -> None:
    with pytest.raises(DevhostError, match=r"maxPollingInterval is .*expected hh:mm:ss"):
        seconds_of(text, "maxPollingInterval")


def test_defaults_are_the_hosts_own(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    options = load_options(tmp_path)
    assert (options.batch_size, options.max_polling_seconds, options.max_dequeue_count, options.base64) == (16, 60, 5, True)


def test_a_setting_goes_before_host_json_as_on_azure() -> None:
    start = "AzureFunctionsJobHost__extensions__queues__"
    options = load_options(
        ROOT, {f"{start}maxPollingInterval": "00:00:00.1", f"{start.upper()}BATCHSIZE": "4", "batchSize": "5"}
    )
    assert (options.max_polling_seconds, options.batch_size, options.new_batch_threshold) == (0.1, 4, 16)
    with pytest.raises(DevhostError, match="visibilityTimeout is '30', expected hh:mm:ss"):
        load_options(ROOT, {f"{start}visibilityTimeout": "30"})


@pytest.mark.parametrize("text", [None, "{"])
def test_a_missing_or_broken_host_json_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    if text:
        (tmp_path / "host.json").write_text(text)
    with pytest.raises(DevhostError, match=r"host\.json"):
        load_options(tmp_path)


def test_the_environment_goes_before_local_settings_and_these_before_the_sample(tmp_path: Path) -> None:
    (tmp_path / "local.settings.sample.json").write_text(json.dumps({"Values": {"A": "sample", "B": "sample", "C": ""}}))
    environ = {"A": "shell"}
    assert load_settings(tmp_path, environ) == "local.settings.sample.json"
    assert environ == {"A": "shell", "B": "sample", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, "as `func start` does"
    (tmp_path / "local.settings.json").write_text("[]")
    with pytest.raises(DevhostError, match=r"local\.settings\.json: is not"):
        load_settings(tmp_path, environ)


def test_a_percent_setting_is_resolved_or_named() -> None:
    assert resolve("%A%-x", {"A": "queue"}) == "queue-x"
    with pytest.raises(DevhostError, match="MISSING is not set"):
        resolve("%MISSING%", {})


def test_every_queue_is_taken_as_bytes_and_every_route_that_tells_anything_asks_for_a_key(triggers: list[Trigger]) -> None:
    queues = {one.name: one for one in triggers if isinstance(one, QueueTrigger)}
    assert set(queues) >= {
        "ProcessTasteAnalysisJob",
        "ProcessTasteAnalysisJobDlq",
        "ProcessDigestJob",
        "ProcessDigestJobDlq",
        "RunOnDemand",
    }
    assert all(one.binary and one.connection == "StorageQueue" for one in queues.values())
    open_routes = {one.route for one in triggers if isinstance(one, HttpTrigger) and one.auth_level != "function"}
    assert open_routes == {"health", "ops/console", "ops/console/assets/{name}"}, (
        "the console's page holds nothing, and asks with a key"
    )
