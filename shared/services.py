"""The composition root: the one place that builds the real collaborators, each once, lazily, inside the running loop.

Of adapters that exclude one another only the one in use is imported, in a thread: langchain and the Cosmos SDK take seconds.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.chat.base import ChatModel
from shared.chat.breaker import Breaker, GuardedChat
from shared.chat.breaker_state import scope_of
from shared.clock import Clock
from shared.embeddings.client import BatchedEmbeddingClient
from shared.embeddings.guarded import GuardedEmbeddings
from shared.identity import client_id_of
from shared.pictures.decoder import PictureDecoder
from shared.pictures.source import FetchedPictures
from shared.queues.azure import StorageQueues, resolve_connection
from shared.queues.base import Queues
from shared.settings import Settings
from shared.store.base import Store
from shared.web.fetch import SafeFetcher
from shared.web.webhook import Webhook

if TYPE_CHECKING:
    from shared.embeddings.base import EmbeddingProvider

QUEUES: Final = "StorageQueue"  # the connection of every queue trigger
OPENAI_SYNONYM_THRESHOLD: Final = 0.82  # text-embedding-3-small on bare words: a careful guess, see docs/decisions


@dataclass(frozen=True)
class Services:
    """What the workflows are given. One set a process and event loop."""

    settings: Settings
    clock: Clock
    store: Store
    queues: Queues
    chat: ChatModel
    embeddings: BatchedEmbeddingClient
    fetcher: SafeFetcher
    pictures: FetchedPictures
    synonym_threshold: float
    webhook: Webhook | None = None
    decoder: PictureDecoder = field(default_factory=PictureDecoder)

    async def close(self) -> None:
        """Release every connection; for tests and tools: a worker process has no such moment."""
        if self.webhook is not None:
            await self.webhook.close()
        await self.embeddings.close()
        await self.chat.close()
        await self.fetcher.close()
        self.decoder.close()
        await self.queues.close()
        await self.store.close()


async def build(settings: Settings, *, environ: Mapping[str, str], clock: Clock | None = None) -> Services:
    """Build the real services of `settings`; nothing is connected yet. `environ` holds the storage connection."""
    clock = clock or Clock()
    store = await asyncio.to_thread(build_store, settings, clock)
    chat, provider, threshold = await asyncio.to_thread(_build_models, settings, clock)
    decoder = PictureDecoder()
    fetcher = SafeFetcher(clock=clock, allowed_private_hosts=settings.fetch_allowed_private_hosts)
    return Services(
        settings=settings, clock=clock, store=store,
        queues=build_queues(environ),
        chat=GuardedChat(chat, Breaker(store=store, clock=clock, scope=scope_of(settings.model_provider, chat.model))),
        embeddings=BatchedEmbeddingClient(
            provider=_guarded(provider, settings, store, clock), clock=clock, provider_name=settings.model_provider
        ),
        fetcher=fetcher,
        pictures=FetchedPictures(fetcher, decoder),
        decoder=decoder,
        synonym_threshold=threshold,
        webhook=Webhook(settings.alert_webhook_url.get_secret_value(), clock=clock) if settings.alert_webhook_url else None,
    )  # fmt: skip


def _guarded(provider: "EmbeddingProvider", settings: Settings, store: Store, clock: Clock) -> "EmbeddingProvider":
    """Return the provider behind a breaker of its own; the embedded one needs none."""
    if settings.model_provider == "local":
        return provider
    return GuardedEmbeddings(
        provider, Breaker(store=store, clock=clock, scope=scope_of(settings.model_provider, provider.model, "embeddings"))
    )


def build_queues(environ: Mapping[str, str]) -> Queues:
    """Return the queues of the storage connection. Raises `ConfigurationError` when that is wrong."""
    return StorageQueues(resolve_connection(QUEUES, environ), client_id=client_id_of(QUEUES, environ))


def build_store(settings: Settings, clock: Clock) -> Store:
    """Return Cosmos DB where its endpoint is set, else the embedded store."""
    if settings.cosmos_endpoint is None:
        from shared.store.sqlite import SqliteStore  # noqa: PLC0415  (only the adapter that is used is loaded)

        return SqliteStore(settings.embedded_store_path, clock=clock)
    from shared.store.cosmos import CosmosStore  # noqa: PLC0415

    key = settings.cosmos_key.get_secret_value() if settings.cosmos_key else None
    return CosmosStore(
        settings.cosmos_endpoint, key, database=settings.cosmos_database, names=settings.containers, clock=clock,
        client_id=settings.azure_client_id,
    )  # fmt: skip


def _build_models(settings: Settings, clock: Clock) -> tuple[ChatModel, "EmbeddingProvider", float]:
    """Return the chat model, the embedding provider, and the near-synonym threshold that belongs to the latter."""
    if settings.model_provider == "local":
        from shared.chat.local_chat import LocalChat  # noqa: PLC0415
        from shared.local.digest import suggest  # noqa: PLC0415
        from shared.local.embedding import SYNONYM_THRESHOLD, LocalEmbeddings  # noqa: PLC0415
        from shared.local.moods import extract, same  # noqa: PLC0415
        from shared.local.style import describe  # noqa: PLC0415

        solvers = {
            "taste.describe-picture": describe, "moods.extract": extract, "moods.same": same, "digest.compose": suggest,
        }  # fmt: skip
        return LocalChat(solvers), LocalEmbeddings(), SYNONYM_THRESHOLD
    from shared.chat.factories import build_models  # noqa: PLC0415

    models = build_models(settings, clock)
    return models.chat, models.embeddings, OPENAI_SYNONYM_THRESHOLD
