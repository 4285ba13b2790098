"""Writes `catalogue.json`: the containers, queues and default settings that the Bicep files load, from the code's own lists.

`make infra` runs it; a test fails while the file is not what this makes.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from shared.queues.names import HELD, JOB_QUEUES, POISON, PROBE, RUN_COMMANDS
from shared.settings import JobSettings, Settings
from shared.store.containers import CATALOGUE, Container
from shared.store.cosmos_provision import indexing_policy

FILE: Final = Path(__file__).with_name("catalogue.json")
# What infra/modules/app.bicep sets from the resources it stands beside.
FROM_RESOURCES: Final = frozenset({
    "ALERT_WEBHOOK_URL", "AZURE_CLIENT_ID", "AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_EMBEDDING_DEPLOYMENT",
    "AZURE_OPENAI_ENDPOINT", "COSMOS_DB_DATABASE", "COSMOS_DB_ENDPOINT", "MODEL_PROVIDER", "OPS_ACTION_KEY", "StorageQueue",
})  # fmt: skip
# What has no place on Azure, each with its reason.
NOT_ON_AZURE: Final = {
    "COSMOS_DB_KEY": "the identity is used, and the account takes no keys",
    "AZURE_OPENAI_API_KEY": "the identity is used, and the account takes no keys",
    "OPENAI_BASE_URL": "Azure OpenAI answers",
    "OPENAI_API_KEY": "Azure OpenAI answers",
    "OPENAI_MODEL": "Azure OpenAI answers",
    "OPENAI_EMBEDDING_MODEL": "Azure OpenAI answers",
    "EMBEDDED_STORE_PATH": "Cosmos DB is the store",
    "FETCH_ALLOWED_PRIVATE_HOSTS": "for development only; the app refuses it on Azure",
    "MODEL_PRICES": "list prices are in the code; those of a contract come with the parameter `settings`",
    "MOOD_FEEDS": "the default list is in the code; override it with the parameter `settings`",
    "FUNCTIONS_WORKER_RUNTIME": "Flex Consumption has it in functionAppConfig, and refuses the setting",
    "AzureWebJobsStorage": "the host's own, in its identity-based form",
    "WEBSITE_AUTH_ENABLED": "the platform sets it where its authentication is on",
    "WEBSITE_INSTANCE_ID": "the platform sets it",
}


def container(one: Container) -> dict[str, Any]:
    """Return a container as modules/cosmos.bicep takes it."""
    return {
        "name": one.name,
        "partitionKey": f"/{one.partition_key}",
        "lifetime": {} if one.ttl_seconds is None else {"defaultTtl": one.ttl_seconds},
        "indexingPolicy": indexing_policy(one),
    }


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def settings() -> dict[str, str]:
    """Return the tunable settings with their defaults, and the containers' names."""
    defaults = Settings.from_environment({})
    given = {str(field.alias): getattr(defaults, name) for name, field in Settings.model_fields.items() if field.alias}
    for prefix, job in defaults.jobs.items():
        given |= {variable: getattr(job, field) for field, variable in JobSettings.variables(prefix).items()}
    given |= {one.setting: one.name for one in CATALOGUE.values()}
    left_out = FROM_RESOURCES | NOT_ON_AZURE.keys()
    return {name: _text(value) for name, value in sorted(given.items()) if name not in left_out}


def catalogue() -> dict[str, Any]:
    """Return the whole document."""
    return {
        "containers": [container(one) for one in CATALOGUE.values()],
        "queues": [{"name": name} for name in queues()],
        "settings": settings(),
    }


def queues() -> list[str]:
    """Return every queue that the app reads, those that the host moves messages to, and those that hold what is paused."""
    read = (*JOB_QUEUES.values(), RUN_COMMANDS)
    return sorted({*read, *(f"{name}{added}" for name in read for added in (POISON, HELD)), PROBE})


def text() -> str:
    """Return the file's content."""
    return json.dumps(catalogue(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"wrote {FILE.name}\n")
