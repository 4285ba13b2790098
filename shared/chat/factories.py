"""Builds the model clients. langchain-openai takes a second or two to import: import this in a thread, where it is used."""

import functools
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class Models:
    """The two model clients of a provider."""

    chat: OpenAIChat
    embeddings: OpenAIEmbeddings


def build_models(settings: Settings, clock: Clock) -> Models:
    """Return the clients of `azure` or `openai`; no network is touched."""
    remember_addresses()
    # langchain would keep one HTTP client for the whole process and never close it; this one is ours to close, and goes over
    # aiohttp, as all else here does: a third of a call's CPU went into the other transport
    client = openai.DefaultAioHttpClient(timeout=TIMEOUT_SECONDS, verify=_trusted())
    never_used = openai.DefaultHttpxClient(verify=_trusted())  # langchain makes two clients of its own that cannot be awaited
    common: dict[str, Any] = {
        "max_retries": 0, "timeout": TIMEOUT_SECONDS, "http_async_client": client, "http_client": never_used,
    }  # fmt: skip
    unchecked: dict[str, Any] = {"check_embedding_ctx_length": False}  # it would download a tokenizer's table
    identity = None
    if settings.model_provider == "azure":
        identity = credential(settings.azure_client_id) if settings.azure_openai_api_key is None else None
        secret = _key(settings) if identity is None else _tokens(identity)
        access = {"azure_endpoint": settings.azure_openai_endpoint, "api_version": API_VERSION, **secret}
        chat_model, embedding_model = settings.azure_openai_deployment, settings.azure_openai_embedding_deployment
        chat: Any = lean(langchain_openai.AzureChatOpenAI)(azure_deployment=chat_model, **access, **common)

        def embeddings() -> langchain_openai.OpenAIEmbeddings:
            return langchain_openai.AzureOpenAIEmbeddings(
                deployment=embedding_model, model=embedding_model, **access, **common, **unchecked
            )
    else:
        key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
        access = {"base_url": settings.openai_base_url, "api_key": key}
        chat_model, embedding_model = settings.openai_model, settings.openai_embedding_model
        chat = lean(langchain_openai.ChatOpenAI)(model=chat_model, use_responses_api=False, **access, **common)

        def embeddings() -> langchain_openai.OpenAIEmbeddings:
            return langchain_openai.OpenAIEmbeddings(model=embedding_model, **access, **common, **unchecked)

    limit = "max_tokens" if settings.model_provider == "azure" else "max_completion_tokens"
    return Models(
        OpenAIChat(
            chat,
            model=chat_model,
            clock=clock,
            timeout_seconds=TIMEOUT_SECONDS,
            provider=settings.model_provider,
            dialect=Dialect.of(settings.model_parameters, chat_model, limit=limit),
            also_close=identity.close if identity is not None else None,
        ),
        OpenAIEmbeddings(embeddings, model=embedding_model, clock=clock, timeout_seconds=TIMEOUT_SECONDS),
    )


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return whom to trust: the bundle takes tens of milliseconds to read, and each of three clients would read it."""
    return create_ssl_context()


def _key(settings: Settings) -> dict[str, Any]:
    return {"api_key": settings.azure_openai_api_key.get_secret_value() if settings.azure_openai_api_key else ""}


def _tokens(identity: "AsyncTokenCredential") -> dict[str, Any]:
    from azure.identity.aio import get_bearer_token_provider  # noqa: PLC0415  (only where there is no key)

    return {"azure_ad_async_token_provider": get_bearer_token_provider(identity, SCOPE)}
