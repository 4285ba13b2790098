"""langchain's chat clients without what a plain call does not need: 0.9 of 1.9 ms of CPU.

Left out are the walk of openai's client through the types and letters of everything that is sent, the answer built as its
model and taken apart again, langchain's look at the types of each part of a message, and a thread for reading a few hundred
bytes. What stays is theirs: callbacks and tracing, addresses, credentials, errors, and what a reply means. `_agenerate` is
what langchain has its own clients override; of what it uses besides, `tests/contract/test_lean_calls.py` says whether it is
still there.
"""

import json
from functools import lru_cache
from typing import Any, Final, TypeVar

import httpx2
import orjson
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatResult
from langchain_openai.chat_models.base import BaseChatOpenAI

C = TypeVar("C", bound=BaseChatOpenAI)
ROLES: Final[dict[type[BaseMessage], str]] = {SystemMessage: "system", HumanMessage: "user", AIMessage: "assistant"}
PATH: Final = "/chat/completions"
PARSERS, PARSES = ("_urlparse", "_urls"), "urlparse"  # httpx2's modules, and what is the same function in both
REMEMBERED_ADDRESSES: Final = 256


def lean(client_class: type[C]) -> type[C]:
    """Return the class of a client whose plain calls are lean; anything else it does as its parent does."""

    class Lean(client_class):  # type: ignore[valid-type,misc]  # mypy: a base that is a value
        async def _agenerate(
            self, messages: list[BaseMessage], stop: list[str] | None = None,
            run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any,  # noqa: ANN401  (the parent's)
        ) -> ChatResult:  # fmt: skip
            sent = None if stop or kwargs.keys() - {"extra_body"} else plain_messages(messages)
            if sent is None:
                result: ChatResult = await super()._agenerate(messages, stop, run_manager, **kwargs)
                return result
            body = {**self._default_params, "messages": sent, **kwargs.get("extra_body", {})}
            answer = await self.root_async_client.post(
                PATH, **_as_bytes(body), cast_to=httpx2.Response, options={"security": {"bearer_auth": True}}
            )
            made: ChatResult = self._create_chat_result(json.loads(answer.content))
            return made

    return Lean


def _as_bytes(body: dict[str, Any]) -> dict[str, Any]:
    """Return `post`'s options for a JSON body: as bytes, since the standard library looks at each letter of a picture.

    What cannot be written that way, half a character or a huge number, is left to openai's client.
    """
    try:
        return {"content": orjson.dumps(body)}
    except TypeError:
        return {"body": body}


def remember_addresses() -> None:
    """Keep what the last addresses are made of: a client has a few, and httpx2 takes one apart in Python, letter by letter,
    four times a call.
    """
    modules = [getattr(httpx2, name, None) for name in PARSERS]
    known, *others = [getattr(module, PARSES, None) for module in modules]
    if callable(known) and others == [known] and not hasattr(known, "cache_info"):
        remembering = lru_cache(REMEMBERED_ADDRESSES)(known)
        for module in modules:
            setattr(module, PARSES, remembering)


def plain_messages(messages: list[BaseMessage]) -> list[dict[str, Any]] | None:
    """Return messages of texts and pictures as they are sent; None where one is more than that."""
    if any(type(message) not in ROLES or message.name or message.additional_kwargs for message in messages):
        return None
    if any(isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls) for message in messages):
        return None
    return [{"role": ROLES[type(message)], "content": message.content} for message in messages]
