"""The identity that stands in for keys: one rule for the store, the queues and the models.

`AZURE_CLIENT_ID` names a user-assigned identity; without it the platform's own one is meant, and on a developer's machine
whoever is signed in. The storage connection may name another by `StorageQueue__clientId`, as the host has it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from shared.errors import ConfigurationError

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

CLIENT_ID: Final = "AZURE_CLIENT_ID"
MANAGED: Final = "managedidentity"


def credential(client_id: str | None) -> "AsyncTokenCredential":
    """Return a credential that asks for tokens of the identity `client_id`. It opens nothing before its first token."""
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415  (only where there is no key)

    return DefaultAzureCredential(managed_identity_client_id=client_id) if client_id else DefaultAzureCredential()


def client_id_of(connection: str, environ: Mapping[str, str]) -> str | None:
    """Return the identity of a connection's settings, `<connection>__clientId`, or that of the app.

    Raises `ConfigurationError` for a `<connection>__credential` that is not a managed identity: nothing else is known here.
    """
    kind = environ.get(f"{connection}__credential", "").strip()
    if kind and kind.lower() != MANAGED:
        raise ConfigurationError(f"{connection}__credential: got {kind[:100]!r}, expected {MANAGED!r}, or absent")
    return environ.get(f"{connection}__clientId", "").strip() or environ.get(CLIENT_ID, "").strip() or None
