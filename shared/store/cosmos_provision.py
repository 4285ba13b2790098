"""Containers of Cosmos DB as the catalogue has them: the missing ones are made, the others brought up to date.

What may change is changed: indexes and times to live. A time to live is a least value, so a longer one stays; one that is
too short, or missing, is set: documents that are older by then are deleted by the service. Another app's container gets the
indexes that we need and loses nothing, and its time to live is only ever made longer.

The rights to data that an identity can be given include none to containers: with an identity they are deployed by `infra/`.
"""

import contextlib
from collections.abc import Mapping
from typing import Any, Final

from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceExistsError, CosmosResourceNotFoundError

from shared.errors import ConfigurationError
from shared.store.containers import CATALOGUE, DAY, Container

FORBIDDEN: Final = 403
EVERYTHING: Final = [{"path": "/*"}]
SYSTEM: Final = {"path": '/"_etag"/?'}
# What a replacement would reset to its default, by the service's name and the SDK's.
KEPT: Final = {
    "conflictResolutionPolicy": "conflict_resolution_policy", "analyticalStorageTtl": "analytical_storage_ttl",
    "computedProperties": "computed_properties", "fullTextPolicy": "full_text_policy",
    "vectorEmbeddingPolicy": "vector_embedding_policy",
}  # fmt: skip
Policy = dict[str, Any]


def indexing_policy(container: Container) -> Policy:
    """Return a container's indexing policy: all but the large fields, and a composite index for each ordered page."""
    return {
        "indexingMode": "consistent",
        "includedPaths": [*EVERYTHING],
        "excludedPaths": [{"path": f"/{name}/*"} for name in container.unindexed] + [SYSTEM],
        "compositeIndexes": [
            [{"path": f"/{field}", "order": direction}, {"path": "/id", "order": direction}]
            for field in container.orders
            for direction in ("ascending", "descending")
        ],
    }


async def create_missing(client: CosmosClient, database: str, names: Mapping[str, str]) -> list[str]:
    """Create the database and the containers that are missing; returns the names of those created.

    Raises `ConfigurationError` for an identity without the right to.
    """
    created: list[str] = []
    try:
        with contextlib.suppress(CosmosResourceExistsError):  # somebody else was between the SDK's look and its create
            await client.create_database_if_not_exists(database)
        opened = client.get_database_client(database)
        for container in CATALOGUE.values():
            try:
                await opened.create_container(names[container.key], **_options(container))
            except CosmosResourceExistsError:
                continue
            created.append(names[container.key])
    except CosmosHttpResponseError as error:
        raise _refused(error) from error
    return created


async def bring_up_to_date(client: CosmosClient, database: str, names: Mapping[str, str]) -> list[str]:
    """Change what differs in the containers that exist; returns a line a change.

    Raises `ConfigurationError` for a partition key that is not ours, once everything else is done, and for an identity
    without the right to.
    """
    opened, lines, wrong = client.get_database_client(database), [], []
    try:
        for container in CATALOGUE.values():
            found = await _properties(opened, names[container.key])
            if found is None:
                continue
            path = f"/{container.partition_key}"
            if found["partitionKey"]["paths"] != [path]:
                wrong.append(f"{found['id']}: its partition key is {found['partitionKey']['paths']}, expected {path}")
                continue
            lines += await _update(opened, container, found)
    except CosmosHttpResponseError as error:
        raise _refused(error) from error
    if wrong:
        raise ConfigurationError("\n".join([*wrong, "a partition key cannot be changed: make another container, and copy"]))
    return lines


async def compare(client: CosmosClient, database: str, names: Mapping[str, str]) -> list[str]:
    """Return a line for every container that is missing, and for everything that `bring_up_to_date` would change."""
    opened, lines = client.get_database_client(database), []
    for container in CATALOGUE.values():
        found = await _properties(opened, names[container.key])
        if found is None:
            lines.append(f"{names[container.key]}: is missing")
        elif found["partitionKey"]["paths"] != [f"/{container.partition_key}"]:
            lines.append(f"{found['id']}: its partition key is {found['partitionKey']['paths']}")
        else:
            lines += _differences(container, found)
    return lines


def new_policy(container: Container, found: Policy) -> Policy | None:
    """Return the indexing policy that a container with `found` should have; None: it has it already."""
    wanted = indexing_policy(container)
    if container.anothers:
        missing = [one for one in wanted["compositeIndexes"] if _pairs(one) not in _composites(found)]
        return {**found, "compositeIndexes": [*found.get("compositeIndexes", []), *missing]} if missing else None
    same = (
        found.get("indexingMode", "consistent").lower() == "consistent"
        and _paths(found, "includedPaths") == _paths(wanted, "includedPaths")
        and _paths(found, "excludedPaths") | {SYSTEM["path"]} == _paths(wanted, "excludedPaths")
        and _composites(found) == _composites(wanted)
    )
    return None if same else wanted


def new_lifetime(container: Container, found: int | None) -> int | None:
    """Return the default time to live that a container with `found` should have, in seconds; None: documents stay for ever."""
    wanted, limited = container.ttl_seconds, found is not None and found > 0
    if container.anothers:
        return max(wanted, found) if wanted is not None and limited and found is not None else found
    if wanted is None:
        return None if limited else found
    return max(wanted, found) if limited and found is not None else wanted


def _differences(container: Container, found: Mapping[str, Any]) -> list[str]:
    before = found.get("defaultTtl")
    lifetime = new_lifetime(container, before)
    lines = [f"{found['id']}: indexes"] if new_policy(container, found.get("indexingPolicy", {})) is not None else []
    return lines + ([f"{found['id']}: time to live, {_days(before)} to {_days(lifetime)}"] if lifetime != before else [])


async def _update(database: DatabaseProxy, container: Container, found: Mapping[str, Any]) -> list[str]:
    lines = _differences(container, found)
    if lines:
        policy = new_policy(container, found.get("indexingPolicy", {})) or found.get("indexingPolicy")
        lifetime = new_lifetime(container, found.get("defaultTtl"))
        kept = {ours: found[theirs] for theirs, ours in KEPT.items() if found.get(theirs) is not None}
        options = {**kept, **({} if lifetime is None else {"default_ttl": lifetime})}
        key = PartitionKey(path=f"/{container.partition_key}")
        await database.replace_container(found["id"], key, indexing_policy=policy, **options)
    return lines


async def _properties(database: DatabaseProxy, name: str) -> Mapping[str, Any] | None:
    try:
        return await database.get_container_client(name).read()
    except CosmosResourceNotFoundError:
        return None


def _options(container: Container) -> dict[str, Any]:
    lifetime = {} if container.ttl_seconds is None else {"default_ttl": container.ttl_seconds}
    key = PartitionKey(path=f"/{container.partition_key}")
    return {"partition_key": key, "indexing_policy": indexing_policy(container), **lifetime}


def _paths(policy: Policy, kind: str) -> set[str]:
    return {one["path"] for one in policy.get(kind, [])}


def _composites(policy: Policy) -> set[tuple[tuple[str, str], ...]]:
    return {_pairs(one) for one in policy.get("compositeIndexes", [])}


def _pairs(composite: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one["path"], one.get("order", "ascending")) for one in composite)


def _days(seconds: int | None) -> str:
    return "none" if seconds is None or seconds < 0 else f"{seconds / DAY:g} days"


def _refused(error: CosmosHttpResponseError) -> Exception:
    if error.status_code != FORBIDDEN:
        return error
    return ConfigurationError(
        "COSMOS_DB_KEY: is not set, and the identity may use documents but neither make nor change containers: "
        "expected a key, or containers that `azd provision` has deployed (infra/)"
    )
