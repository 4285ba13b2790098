"""Builds the model clients. langchain-openai takes a second or two to import: import this in a thread, where it is used."""

import functools
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import langchain_openai
import openai
from httpx2 import create_ssl_context

from shared.chat.dialect import Dialect
from shared.chat.lean_calls import lean, remember_addresses
from shared.chat.openai_chat import OpenAIChat
from shared.clock import Clock
from shared.embeddings.openai_embeddings import OpenAIEmbeddings
from shared.identity import credential
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

API_VERSION = "2024-10-21"
SCOPE = "https://cognitiveservices.azure.com/.default"
TIMEOUT_SECONDS = 30.0
UNCHECKED: Final[Mapping[str, Any]] = {"check_embedding_ctx_length": False}  # it would download a tokenizer's table


@dataclass(frozen=True)
class Models:
    """The two model clients of a provider."""

    chat: OpenAIChat
    embeddings: OpenAIEmbeddings


@dataclass(frozen=True)
class LangchainClients:
    """langchain's clients of a provider, and the names of their models. `limit`: see `Dialect`."""

    chat: Any  # its type is made at run time, see `lean`
    chat_model: str
    embeddings: Callable[[], langchain_openai.OpenAIEmbeddings]  # made when it is needed
    embedding_model: str
    limit: str
    also_close: Callable[[], Awaitable[object]] | None = None


def build_models(settings: Settings, clock: Clock) -> Models:
    """Return the clients of `azure` or `openai`; no network is touched."""
    remember_addresses()
    made = azure_clients(settings) if settings.model_provider == "azure" else openai_clients(settings)
    dialect = Dialect.of(settings.model_parameters, made.chat_model, limit=made.limit)
    return Models(
        OpenAIChat(
            made.chat, model=made.chat_model, clock=clock, timeout_seconds=TIMEOUT_SECONDS, provider=settings.model_provider,
            dialect=dialect, also_close=made.also_close,
        ),
        OpenAIEmbeddings(made.embeddings, model=made.embedding_model, clock=clock, timeout_seconds=TIMEOUT_SECONDS),
    )  # fmt: skip


def azure_clients(settings: Settings) -> LangchainClients:
    """Return the clients of an Azure OpenAI resource: by its key, or as the app's identity where there is none."""
    identity = credential(settings.azure_client_id) if settings.azure_openai_api_key is None else None
    secret = _key(settings) if identity is None else _tokens(identity)
    access = {"azure_endpoint": settings.azure_openai_endpoint, "api_version": API_VERSION, **secret, **_transport()}
    deployment, embedding_deployment = settings.azure_openai_deployment, settings.azure_openai_embedding_deployment
    return LangchainClients(
        chat=lean(langchain_openai.AzureChatOpenAI)(azure_deployment=deployment, **access),
        chat_model=deployment,
        embeddings=lambda: langchain_openai.AzureOpenAIEmbeddings(
            deployment=embedding_deployment, model=embedding_deployment, **access, **UNCHECKED
        ),
        embedding_model=embedding_deployment,
        limit="max_tokens",
        also_close=identity.close if identity is not None else None,
    )


def openai_clients(settings: Settings) -> LangchainClients:
    """Return the clients of OpenAI, or of a server that speaks as it does; one that asks for no key is sent "none"."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    access = {"base_url": settings.openai_base_url, "api_key": key, **_transport()}
    return LangchainClients(
        chat=lean(langchain_openai.ChatOpenAI)(model=settings.openai_model, use_responses_api=False, **access),
        chat_model=settings.openai_model,
        embeddings=lambda: langchain_openai.OpenAIEmbeddings(model=settings.openai_embedding_model, **access, **UNCHECKED),
        embedding_model=settings.openai_embedding_model,
        limit="max_completion_tokens",
    )


def _transport() -> dict[str, Any]:
    """Return what carries the calls of a provider's two clients, each of them sent once.

    langchain would keep one HTTP client for the whole process and never close it; this one is ours to close, and goes over
    aiohttp, as all else here does: a third of a call's CPU went into the other transport.
    """
    client = openai.DefaultAioHttpClient(timeout=TIMEOUT_SECONDS, verify=_trusted())
    never_used = openai.DefaultHttpxClient(verify=_trusted())  # langchain makes two clients of its own that cannot be awaited
    return {"max_retries": 0, "timeout": TIMEOUT_SECONDS, "http_async_client": client, "http_client": never_used}


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return whom to trust: the bundle takes tens of milliseconds to read, and each of three clients would read it."""
    return create_ssl_context()


def _key(settings: Settings) -> dict[str, Any]:
    return {"api_key": settings.azure_openai_api_key.get_secret_value() if settings.azure_openai_api_key else ""}


def _tokens(identity: "AsyncTokenCredential") -> dict[str, Any]:
    from azure.identity.aio import get_bearer_token_provider  # noqa: PLC0415  (only where there is no key)

    return {"azure_ad_async_token_provider": get_bearer_token_provider(identity, SCOPE)}
