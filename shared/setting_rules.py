"""What has to hold between settings, read as they came: which need one another, and which are not for Azure."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from shared.queues.names import JOB_QUEUES

MAX_BASE_NAME: Final = 56  # the platform makes no `-poison` queue for a longer name

SettingRule = tuple[Callable[[Mapping[str, Any]], bool], str]
RULES: Final[tuple[SettingRule, ...]] = (
    (
        lambda v: "COSMOS_DB_KEY" not in v or "COSMOS_DB_ENDPOINT" in v,
        "COSMOS_DB_KEY: is set without COSMOS_DB_ENDPOINT, expected both or neither",
    ),
    (
        lambda v: "AZURE_OPENAI_ENDPOINT" in v
        or not (v["MODEL_PROVIDER"] == "azure" or any(
            name in v for name in ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_EMBEDDING_DEPLOYMENT")
        )),
        "AZURE_OPENAI_ENDPOINT: is not set while other Azure OpenAI settings are, expected https://<resource>.openai.azure.com",
    ),
    (
        lambda v: v["MODEL_PROVIDER"] != "openai" or "OPENAI_API_KEY" in v or "OPENAI_BASE_URL" in v,
        "OPENAI_API_KEY: is not set while MODEL_PROVIDER is 'openai', expected a key, or OPENAI_BASE_URL of a server without",
    ),
    (
        lambda v: not (v["WEBSITE_INSTANCE_ID"] and "FETCH_ALLOWED_PRIVATE_HOSTS" in v),
        "FETCH_ALLOWED_PRIVATE_HOSTS: is set on Azure, expected to be absent there: it is for development only",
    ),
    (
        lambda v: not v["WEBSITE_INSTANCE_ID"] or "COSMOS_DB_ENDPOINT" in v or "EMBEDDED_STORE_PATH" in v,
        "COSMOS_DB_ENDPOINT: is not set on Azure, expected https://<account>.documents.azure.com: each instance would have a "
        "store of its own (EMBEDDED_STORE_PATH, set on purpose, allows that)",
    ),
    (
        lambda v: not v["WEBSITE_INSTANCE_ID"] or v["MODEL_PROVIDER"] != "local" or v["MODEL_PROVIDER is chosen"],
        "AZURE_OPENAI_ENDPOINT: is not set on Azure, nor is any other model, expected https://<resource>.openai.azure.com "
        "(MODEL_PROVIDER=local, set on purpose, allows the embedded models)",
    ),
    *(
        (
            lambda v, setting=setting: len(v.get(setting, "")) <= MAX_BASE_NAME,
            f"{setting}: is longer than {MAX_BASE_NAME} characters, expected less: the platform adds -poison",
        )
        for setting in (*(f"{prefix}_QUEUE_NAME" for prefix in JOB_QUEUES), "RUN_COMMANDS_QUEUE_NAME")
    ),
)  # fmt: skip


def webhook_problem(url: str, allowed_private_hosts: Collection[str]) -> str:
    """Return what is expected of the webhook's address, empty when it will do. The address is a secret: none of it is told."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "a URL"
    if not host or parts.scheme not in {"http", "https"}:
        return "an https URL"
    if parts.username is not None or parts.password is not None:
        return "an https URL without a user name"
    if parts.scheme == "http" and f"{host}:{port or 80}" not in allowed_private_hosts:
        return "https, or a host:port of FETCH_ALLOWED_PRIVATE_HOSTS"
    return ""
