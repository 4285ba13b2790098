"""The Bicep files against the code's own lists: what is missing, what is left over, what is open that should be shut."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from bench.report import LIMITS
from devhost.loading import QueueTrigger, Trigger
from infra import catalogue as made
from shared.queues.names import PROBE
from shared.settings import Settings
from shared.store.containers import CATALOGUE
from tests.infra.bicep import INFRA, ROOT, Node, Resource, files, flat, modules, only, parsed, resources, variables

LOADED: Node = json.loads((INFRA / "catalogue.json").read_text())
ROLES: dict[str, str] = json.loads((INFRA / "roles.json").read_text())
HASHES_MIB = 256  # of scraped pictures, at most: docs/scale.md
# What the app does with each resource, and the least role that allows it.
NEEDED_ROLES = {
    "modules/storage.bicep": {"storageBlobDataOwner", "storageQueueDataContributor"},
    "modules/openai.bicep": {"cognitiveServicesOpenAiUser"},
    "modules/existing-openai.bicep": {"cognitiveServicesOpenAiUser"},
    "modules/monitoring.bicep": {"monitoringMetricsPublisher"},
    "modules/vault.bicep": {"keyVaultSecretsUser"},
}


def one(file: str, kind: str) -> Resource:
    [found] = [resource for resource in only(resources(), kind) if resource.file == file]
    return found


def container_problems(loaded: Node) -> list[str]:
    """What of the catalogue of containers is missing, left over or different in the file that Bicep loads."""
    wanted = {one.name: made.container(one) for one in CATALOGUE.values()}
    found = {one["name"]: one for one in loaded["containers"]}
    return sorted(
        [f"{name}: is missing" for name in wanted.keys() - found.keys()]
        + [f"{name}: is left over" for name in found.keys() - wanted.keys()]
        + [f"{name}: differs" for name in wanted.keys() & found.keys() if wanted[name] != found[name]]
    )


def queue_problems(loaded: Node, triggers: list[Trigger]) -> list[str]:
    """Which queues of the triggers, of the host's poison moves or of the preflight nobody makes."""
    wanted = {trigger.queue for trigger in triggers if isinstance(trigger, QueueTrigger)}
    read = {name for name in wanted if not name.endswith("-poison")}
    wanted |= {f"{name}{added}" for name in read for added in ("-poison", "-held")} | {PROBE}
    found = {one["name"] for one in loaded["queues"]}
    return sorted([f"{name}: is missing" for name in wanted - found] + [f"{name}: is left over" for name in found - wanted])


def setting_problems(loaded: Node, from_resources: set[str], sample: set[str]) -> list[str]:
    """Which settings are in none of: the defaults, what resources give, what has no place on Azure; and which are unknown."""
    known = Settings.variables() | sample
    given = set(loaded["settings"]) | from_resources
    bases = {name.partition("__")[0] for name in given}
    platform = {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "APPLICATIONINSIGHTS_CONNECTION_STRING", "AZURE_CLIENT_ID"}
    return sorted(
        [f"{name}: nobody sets it" for name in known - given - bases - set(made.NOT_ON_AZURE)]
        + [f"{name}: the app does not know it" for name in bases - known - platform - {"AzureWebJobsStorage"}]
    )


def given_by_app() -> set[str]:
    found = variables("modules/app.bicep")
    return set(found["resourceSettings"]) | {"ALERT_WEBHOOK_URL", "OPS_ACTION_KEY"}


def sample_settings() -> set[str]:
    return set(json.loads((ROOT / "local.settings.sample.json").read_text())["Values"])


def test_the_loaded_catalogue_is_the_codes_own() -> None:
    assert (INFRA / "catalogue.json").read_text() == made.text(), "run `make infra`"


def test_every_container_is_deployed_as_the_store_makes_it() -> None:
    assert container_problems(LOADED) == []
    deployed = one("modules/cosmos.bicep", "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers")
    assert deployed.each == "catalogue.containers"
    told = flat(deployed.body)
    for part in ("container.name", "container.partitionKey", "container.indexingPolicy", "container.lifetime"):
        assert part in told


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_a_container_that_is_taken_out_is_missed(key: str) -> None:
    name = CATALOGUE[key].name
    rest = {**LOADED, "containers": [one for one in LOADED["containers"] if one["name"] != name]}
    assert container_problems(rest) == [f"{name}: is missing"]


@pytest.mark.parametrize("part", ["partitionKey", "lifetime", "indexingPolicy"])
def test_a_container_that_differs_is_told(part: str) -> None:
    changed = [{**one, part: "/else"} if one["name"] == "TasteAnalysisJobs" else one for one in LOADED["containers"]]
    assert container_problems({**LOADED, "containers": changed}) == ["TasteAnalysisJobs: differs"]


def test_the_containers_fit_into_one_shared_throughput() -> None:
    assert len(LOADED["containers"]) <= 25  # as many as Cosmos DB lets share one throughput


def test_every_queue_is_made(triggers: list[Trigger]) -> None:
    assert queue_problems(LOADED, triggers) == []
    assert one("modules/storage.bicep", "Microsoft.Storage/storageAccounts/queueServices/queues").each == "catalogue.queues"


@pytest.mark.parametrize("name", made.queues())
def test_a_queue_that_is_taken_out_is_missed(name: str, triggers: list[Trigger]) -> None:
    rest = {**LOADED, "queues": [one for one in LOADED["queues"] if one["name"] != name]}
    assert queue_problems(rest, triggers) == [f"{name}: is missing"]


def test_every_setting_has_a_value_or_a_reason_to_have_none() -> None:
    assert setting_problems(LOADED, given_by_app(), sample_settings()) == []


@pytest.mark.parametrize("name", sorted(LOADED["settings"]))
def test_a_setting_that_is_taken_out_is_missed(name: str) -> None:
    rest = {**LOADED, "settings": {key: value for key, value in LOADED["settings"].items() if key != name}}
    assert setting_problems(rest, given_by_app(), sample_settings()) == [f"{name}: nobody sets it"]


def test_a_setting_that_the_app_does_not_know_is_told() -> None:
    assert setting_problems(LOADED, given_by_app() | {"TYPO"}, sample_settings()) == ["TYPO: the app does not know it"]


def test_the_settings_are_those_that_the_app_starts_with() -> None:
    [settings] = [one for one in resources() if one.name == "appSettings"]
    assert (
        flat(settings.body["properties"])
        == "union(catalogue.settings, settings, resourceSettings, webhookSettings, actionKeySettings)"
    )
    given = {"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com", "COSMOS_DB_ENDPOINT": "https://x.documents.azure.com"}
    read = Settings.from_environment({**LOADED["settings"], **given, "WEBSITE_INSTANCE_ID": "an instance"})
    assert read.model_provider == "azure"
    assert read.model_dump(exclude={"on_azure"}) == Settings.from_environment(given).model_dump(exclude={"on_azure"})


def test_every_access_is_the_identitys_and_the_least_that_is_enough() -> None:
    given: dict[str, set[str]] = {}
    for role in only(resources(), "Microsoft.Authorization/roleAssignments"):
        [name] = [name for name in ROLES if f"roles.{name}" in flat(role.properties["roleDefinitionId"])]
        assert role.properties["principalId"] == "principalId"
        assert role.body["scope"] in {"account", "insights", "vault"}  # a resource, never a group or a subscription
        given.setdefault(role.file, set()).add(name)
    assert given == NEEDED_ROLES
    data = one("modules/cosmos.bicep", "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments")
    assert variables("modules/cosmos.bicep")["dataContributor"] == "00000000-0000-0000-0000-000000000002"
    assert "dataContributor" in data.properties["roleDefinitionId"]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", role) for role in ROLES.values())


def test_there_is_no_key_anywhere() -> None:
    assert one("modules/storage.bicep", "Microsoft.Storage/storageAccounts").properties["allowSharedKeyAccess"] is False
    assert one("modules/cosmos.bicep", "Microsoft.DocumentDB/databaseAccounts").properties["disableLocalAuth"] is True
    assert one("modules/openai.bicep", "Microsoft.CognitiveServices/accounts").properties["disableLocalAuth"] is True
    assert one("modules/monitoring.bicep", "Microsoft.Insights/components").properties["DisableLocalAuth"] is True
    keys = [file for file in files() if re.search(r"listKeys|listConnectionStrings|listAdminKeys", (INFRA / file).read_text())]
    assert keys == ["modules/probe.bicep"]  # the outside probe's: a function key of the app itself
    for policy in only(resources(), "Microsoft.Web/sites/basicPublishingCredentialsPolicies"):
        assert policy.properties == {"allow": False}


def test_the_app_is_shut_where_it_can_be() -> None:
    site = one("modules/app.bicep", "Microsoft.Web/sites")
    assert site.properties["httpsOnly"] is True
    assert site.properties["functionsRuntimeAdminIsolationEnabled"] is True
    assert site.properties["siteConfig"]["ftpsState"] == "Disabled"
    assert site.properties["siteConfig"]["minTlsVersion"] == "1.2"
    assert site.body["identity"]["type"] == "UserAssigned"
    account = one("modules/cosmos.bicep", "Microsoft.DocumentDB/databaseAccounts")
    assert account.properties["consistencyPolicy"] == {"defaultConsistencyLevel": "Session"}
    assert account.properties["minimalTlsVersion"] == "Tls12"
    storage = one("modules/storage.bicep", "Microsoft.Storage/storageAccounts").properties
    assert storage["minimumTlsVersion"] == "TLS1_2"
    assert storage["allowBlobPublicAccess"] is False


def test_sign_in_is_made_where_an_application_is_named_and_lets_those_pass_who_bring_a_key() -> None:
    configs = {one.body["name"]: one.properties for one in only(resources(), "Microsoft.Web/sites/config")}
    sign_in = configs["authsettingsV2"]
    assert sign_in["platform"] == {"enabled": True}
    validation = sign_in["globalValidation"]
    assert validation == {"requireAuthentication": False, "unauthenticatedClientAction": "AllowAnonymous"}
    assert "if (!empty(entraClientId))" in (INFRA / "modules/app.bicep").read_text()


def test_the_app_runs_on_flex_consumption_from_a_package(triggers: list[Trigger]) -> None:
    plan = one("modules/app.bicep", "Microsoft.Web/serverfarms")
    assert plan.body["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    config = one("modules/app.bicep", "Microsoft.Web/sites").properties["functionAppConfig"]
    assert config["deployment"]["storage"]["authentication"]["type"] == "UserAssignedIdentity"
    assert set(config["scaleAndConcurrency"]) == {"instanceMemoryMB", "maximumInstanceCount", "alwaysReady"}
    warm = re.findall(r"function:(\w+)", flat(config["scaleAndConcurrency"]["alwaysReady"]) + json.dumps(config))
    assert set(warm) == {"ProcessTasteAnalysisJob"} <= {trigger.name for trigger in triggers}
    versions = re.search(r"param pythonVersion string = '([\d.]+)'", (INFRA / "main.bicep").read_text())
    assert versions is not None
    assert versions.group(1) == "3.13"


def test_an_instance_has_the_memory_that_was_measured_and_its_host_some_more() -> None:
    main = (INFRA / "main.bicep").read_text()
    sizes = [
        int(size)
        for size in re.findall(r"^  (\d+)$", main.partition("param instanceMemoryMB")[0].rpartition("@allowed")[2], re.M)
    ]
    chosen = re.search(r"param instanceMemoryMB int = (\d+)", main)
    assert chosen is not None
    peak = LIMITS["pictures.peak_mib"].value + HASHES_MIB
    assert int(chosen.group(1)) == min(size for size in sizes if size >= 2 * peak), "twice what the app's process may take"


def test_every_secret_says_what_kind_of_text_it_is() -> None:
    secrets = [one for one in resources() if one.type == "Microsoft.KeyVault/vaults/secrets"]
    assert len(secrets) > 1
    assert [one.name for one in secrets if one.properties.get("contentType") != "text/plain"] == []


def test_azd_deploys_it_without_hooks() -> None:
    told = yaml.safe_load((ROOT / "azure.yaml").read_text())
    [(service, described)] = told["services"].items()
    assert described == {"project": ".", "language": "python", "host": "function"}
    assert f"'azd-service-name': '{service}'" in (INFRA / "modules/app.bicep").read_text()
    assert "hooks" not in json.dumps(told)
    steps = [step["azd"] for step in told["workflows"]["up"]["steps"]]
    assert steps[1:] == ["provision", "deploy --all", "env set PLUCKIT_DEPLOYED true", "provision"]
    values = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    assert values["appDeployed"] == {"value": "${PLUCKIT_DEPLOYED=false}"}
    assert set(values) <= set(parsed("main.bicep")["parameters"])


def test_the_outputs_say_where_the_app_is_and_what_it_costs() -> None:
    wanted = {"PLUCKIT_URL", "PLUCKIT_KEY_COMMAND", "PLUCKIT_CONSOLE", "MONTHLY_FLOOR_USD"}
    assert wanted <= set(parsed("main.bicep")["outputs"])


@pytest.mark.parametrize("file", files())
def test_nothing_in_a_file_is_unused(file: str) -> None:
    text = re.sub(r"//[^\n]*", "", (INFRA / file).read_text())
    names = [*parsed(file).get("parameters", {}), *parsed(file).get("variables", {})]
    assert [name for name in names if len(re.findall(rf"\b{name}\b", text)) < 2] == []


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_gets_every_parameter_that_it_asks_for(name: str) -> None:
    module = modules()[name]
    asked = parsed(module["path"])["parameters"]
    assert set(module["params"]) == set(asked)


def test_every_file_is_a_module_or_the_main_one() -> None:
    assert {module["path"] for module in modules().values()} | {"main.bicep"} == set(files())


def test_types_and_api_versions_stand_in_one_place() -> None:
    rows = re.findall(r"^\| `(Microsoft[\w./]+)` \| `([\w-]+)` \|", (INFRA / "README.md").read_text(), re.MULTILINE)
    assert sorted(set(rows)) == sorted({(resource.type, resource.version) for resource in resources()})
    by_type: dict[str, set[str]] = {}
    for kind, version in rows:
        by_type.setdefault(kind, set()).add(version)
    assert all(len(versions) == 1 for versions in by_type.values())


def test_what_is_not_in_the_published_type_is_marked_with_its_reason() -> None:
    lines = (INFRA / "modules/app.bicep").read_text().splitlines()
    marks = [index for index, line in enumerate(lines) if "#disable-next-line" in line]
    assert [lines[mark + 1].split(":")[0].strip() for mark in marks] == [
        "functionsRuntimeAdminIsolationEnabled", "siteUpdateStrategy",
    ]  # fmt: skip
    assert all(lines[mark - 1].strip().startswith("//") for mark in marks)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node


def test_private_endpoints_cover_everything_that_the_app_talks_to() -> None:
    found = variables("main.bicep")
    zones = [text for name, value in found.items() if name.endswith("Targets") for text in _texts(value)]
    for needed in (
        "privatelink.blob.",
        "privatelink.queue.",
        "privatelink.documents.",
        "privatelink.openai.",
        "privatelink.vaultcore.",
    ):
        assert any(text.startswith(needed) for text in zones), needed
