"""Settings: every problem at once, secrets never shown; the sample file and host.json agree with them."""

import json
import re
from pathlib import Path

import pytest

from shared.errors import ConfigurationError
from shared.observe.prices import Prices
from shared.settings import Settings
from shared.store.containers import DEAD_LETTERS, JOBS

ROOT = Path(__file__).parents[3]


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment(environ)
    return str(caught.value).splitlines()


def test_an_empty_environment_runs_on_the_embedded_parts() -> None:
    settings = Settings.from_environment({})
    assert settings.model_provider == "local"
    assert settings.cosmos_endpoint is None
    assert settings.containers["jobs"] == "TasteAnalysisJobs"


def test_every_problem_is_reported_at_once_with_name_value_and_expectation() -> None:
    lines = problems({
        "TASTE_JOB_MAX_RETRIES": "many", "TASTE_JOB_LEASE_SECONDS": "1", "TASTE_JOB_QUEUE_NAME": "Bad_Name",
        "MODEL_PROVIDER": "oracle", "MOOD_FEEDS": "{", "COSMOS_DB_KEY": "c2VjcmV0",
    })  # fmt: skip
    assert {line.partition(":")[0] for line in lines} == {
        "TASTE_JOB_MAX_RETRIES", "TASTE_JOB_LEASE_SECONDS", "TASTE_JOB_QUEUE_NAME", "MODEL_PROVIDER", "MOOD_FEEDS",
        "COSMOS_DB_KEY",
    }  # fmt: skip
    assert "TASTE_JOB_MAX_RETRIES: got 'many', expected a number" in lines
    assert not any("c2VjcmV0" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TASTE_JOB_MAX_ATTEMPTS", "0", "at least 1"), ("TASTE_JOB_MAX_ATTEMPTS", "51", "at most 50"),
        ("TASTE_JOB_MAX_ATTEMPTS", "2.5", "a whole number"), ("TASTE_JOB_BASE_BACKOFF_SECONDS", "0", "more than 0"),
        ("TASTE_JOB_QUEUE_NAME", "Bad_Name", "lower-case letters, digits and single dashes"),
        ("MODEL_PRICES_CURRENCY", "euro", "three capital letters, as EUR"),
        ("COSMOS_DB_ENDPOINT", "localhost", "an address that begins with https:// or http://"),
        ("MODEL_PROVIDER", "opnai", "'azure', 'openai' or 'local'"),
        ("MOOD_FEEDS", '[{"url": "https://a.example"}]', "a value at 0.name"),
    ],
)  # fmt: skip
def test_what_is_expected_is_said_as_people_say_it(name: str, value: str, expected: str) -> None:
    assert f"{name}: got {value!r}, expected {expected}" in problems({name: value})


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e3", "1_000", "0x10", "true"])
def test_only_plain_numbers_are_numbers(value: str) -> None:
    assert problems({"TASTE_JOB_LEASE_SECONDS": value})[0].startswith(f"TASTE_JOB_LEASE_SECONDS: got '{value}'")


@pytest.mark.parametrize(
    "environ",
    [{"AZURE_OPENAI_API_KEY": "k"}, {"AZURE_OPENAI_DEPLOYMENT": "d"}, {"MODEL_PROVIDER": "azure"}],
)
def test_half_of_the_azure_openai_settings_is_no_set_up(environ: dict[str, str]) -> None:
    assert any(line.startswith("AZURE_OPENAI_ENDPOINT: is not set") for line in problems(environ))


def test_private_hosts_are_refused_on_azure() -> None:
    lines = problems({"WEBSITE_INSTANCE_ID": "i-1", "FETCH_ALLOWED_PRIVATE_HOSTS": "127.0.0.1:80"})
    assert lines[0].startswith("FETCH_ALLOWED_PRIVATE_HOSTS: is set on Azure")


def test_limits_that_contradict_each_other_are_refused() -> None:
    assert "at most TASTE_JOB_MAX_BACKOFF_SECONDS" in problems({"TASTE_JOB_BASE_BACKOFF_SECONDS": "7"})[0]
    assert "another queue" in problems({"TASTE_JOB_QUEUE_NAME": "same", "TASTE_JOB_DEAD_LETTER_QUEUE_NAME": "same"})[0]


def test_the_provider_follows_from_what_is_set() -> None:
    assert Settings.from_environment({"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com"}).model_provider == "azure"
    assert Settings.from_environment({"OPENAI_API_KEY": "k"}).model_provider == "openai"


def test_the_sample_file_has_every_setting_and_no_secret() -> None:
    values = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    known = Settings.variables() - {"WEBSITE_INSTANCE_ID", "WEBSITE_AUTH_ENABLED"}  # the platform's
    assert set(values) == known | {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "StorageQueue"}
    assert all(not values[name] for name in values if name.endswith(("_KEY", "WEBHOOK_URL")))
    Settings.from_environment(values)


def test_host_json_is_written_as_the_host_reads_it_and_fits_the_settings() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    queues, settings = host["extensions"]["queues"], Settings.from_environment({})
    spans = [host["functionTimeout"], queues["maxPollingInterval"], queues["visibilityTimeout"]]
    assert all(re.fullmatch(r"\d\d:[0-5]\d:[0-5]\d", span) for span in spans)
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    assert hours * 3600 + minutes * 60 + seconds > settings.jobs["TASTE_JOB"].lease_seconds * 1.5
    visible = int(queues["visibilityTimeout"][-2:]) + 60 * int(queues["visibilityTimeout"][3:5])
    assert queues["maxDequeueCount"] * visible >= settings.jobs["TASTE_JOB"].lease_seconds  # a duplicate outlives a lease
    assert queues["messageEncoding"] == "none"  # we decode: the host would hide what is not base64 from every function
    assert queues["batchSize"] <= 32


def test_a_job_document_outlives_its_dead_letter() -> None:
    assert (JOBS.ttl_seconds or 0) >= (DEAD_LETTERS.ttl_seconds or 0) + 30 * 86_400


@pytest.mark.parametrize("sign", ["WEBSITE_INSTANCE_ID", "WEBSITE_SKU", "WEBSITE_SITE_NAME", "LEGION_SERVICE_HOST"])
def test_on_azure_neither_the_store_nor_the_models_are_embedded_by_oversight(sign: str) -> None:
    lines = problems({sign: "x"})
    assert [line.partition(":")[0] for line in lines] == ["COSMOS_DB_ENDPOINT", "AZURE_OPENAI_ENDPOINT"]
    assert all("is not set on Azure" in line for line in lines)
    on_purpose = {sign: "x", "EMBEDDED_STORE_PATH": "/mounted/one.db", "MODEL_PROVIDER": "local"}
    assert Settings.from_environment(on_purpose).on_azure
    real = {"COSMOS_DB_ENDPOINT": "https://a.documents.azure.com", "AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com"}
    assert Settings.from_environment({sign: "x", **real}).model_provider == "azure"


def test_nothing_of_a_development_machine_is_taken_for_azure() -> None:
    local = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "WEBSITE_HOSTNAME": "localhost:7071",
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    }
    assert not Settings.from_environment(local).on_azure


def test_a_dead_letter_queue_where_the_host_moves_nothing_is_refused() -> None:
    [line] = problems({"DIGEST_JOB_DEAD_LETTER_QUEUE_NAME": "digest-letters"})
    assert line.startswith("DIGEST_JOB_DEAD_LETTER_QUEUE_NAME: got 'digest-letters', expected 'digest-jobs-poison'")
    own = Settings.from_environment({"DIGEST_JOB_QUEUE_NAME": "mine"}).jobs["DIGEST_JOB"]
    assert (own.queue_name, own.dead_letter_queue_name) == ("mine", "mine-poison")


@pytest.mark.parametrize(
    ("environ", "azure"),
    [
        ({"CONTAINER_NAME": "heavy-letter"}, False),
        ({"CONTAINER_NAME": "0--2f", "FUNCTIONS_WORKER_RUNTIME": "python"}, True),
        ({"CONTAINER_NAME": "x", "FUNCTIONS_WORKER_RUNTIME": "python", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, False),
        ({"FUNCTIONS_WORKER_RUNTIME": "python"}, False),
    ],
)  # fmt: skip
def test_a_container_is_azures_where_it_runs_the_functions_worker(environ: dict[str, str], azure: bool) -> None:
    environ |= {"EMBEDDED_STORE_PATH": "/data/store.db", "MODEL_PROVIDER": "local"}
    assert Settings.from_environment(environ).on_azure is azure


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("TASTE_JOB_MAX_RETRYS", "TASTE_JOB_MAX_RETRYS: is no setting of this app, did you mean TASTE_JOB_MAX_RETRIES?"),
        ("COSMOS_DB_ENPOINT", "COSMOS_DB_ENPOINT: is no setting of this app, did you mean COSMOS_DB_ENDPOINT?"),
        ("MOOD_FEED", "MOOD_FEED: is no setting of this app, did you mean MOOD_FEEDS?"),
        ("SCRAPER_QQ", "SCRAPER_QQ: is no setting of this app"),
        ("OPENAI_ORG_ID", None), ("PATH", None), ("MODEL_PROVIDER", None),
        ("COSMOS_DB_CONTAINER", None), ("DIGEST_JOB_QUEUE_NAME", None),
    ],
)  # fmt: skip
def test_a_setting_that_begins_like_ours_and_is_none_is_told_with_the_nearest(name: str, told: str | None) -> None:
    assert Settings.strangers({name: "x", "HOME": "/"}) == ([told] if told else [])


def test_the_prices_of_deployments_are_set_in_json() -> None:
    given = '{"chat-prod": {"input": 1, "output": 4.5}, "free": {"input": 0, "output": 0}}'
    settings = Settings.from_environment({"MODEL_PRICES": given, "MODEL_PRICES_CURRENCY": "EUR"})
    prices = Prices(settings.model_prices, settings.model_prices_currency)
    assert prices.cost("chat-prod", 2_000_000, 1_000_000) == 6.5
    assert prices.cost("free", 5, 5) == 0.0
    assert prices.cost("gpt-4.1-mini", 5, 5) is None, "a list price is in dollars"
    assert Prices().cost("gpt-4.1-mini-2025-04-14", 1_000_000, 0) == 0.4
    assert Settings.from_environment({}).model_prices == {}


@pytest.mark.parametrize(
    "given",
    [
        "cheap",
        "[]",
        "7",
        '{"a": 1}',
        '{"a": {"input": 1}}',
        '{"a": {"input": "1", "output": 2}}',
        "[" * 5_000,
        '{"a": {"input": -1, "output": 2}}',
        '{"a": {"input": NaN, "output": 2}}',
        '{"a": {"input": 1e999, "output": 2}}',
        '{"": {"input": 1, "output": 2}}',
        '{"a": {"input": 1, "output": 2, "cached": 3}}',
        '{"a": {"input": true, "output": 2}}',
    ],
)
def test_prices_that_are_none_are_told_in_one_line(given: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment({"MODEL_PRICES": given, "MODEL_PRICES_CURRENCY": "euros"})
    first, second = str(caught.value).splitlines()
    assert first.startswith("MODEL_PRICES: got ")
    assert 'expected JSON: {"<deployment>": {"input": 0.4' in first
    assert second.startswith("MODEL_PRICES_CURRENCY: got 'euros'")
