"""Maps what the OpenAI client raises to our errors, once, by type and status. No message of theirs is passed on.

| what came                                       | becomes                                                                |
|-------------------------------------------------|------------------------------------------------------------------------|
| 429 with a short wait, or without one           | `ModelUnavailable`, with that wait                                     |
| 429 with a long wait                            | `ModelSuspended` until then: the breaker opens                         |
| 402; quota, billing or usage limits             | `ModelSuspended` for an hour                                           |
| 401, 403, 404, 3xx; no token to be had          | `ModelSuspended` for five minutes: true of every request               |
| 408, 409, 424, 425, 499, 5xx, connection        | `ModelUnavailable`                                                     |
| timeout                                         | `ModelUnavailable` (llm_timeout)                                       |
| 400 content filter, moderation, flagged prompt  | `PermanentError` (llm_refused)                                         |
| 400 of the picture, 413, context length         | `ModelRejected`, `named`: the request's own fault by all that is said  |
| any other 4xx                                   | `ModelRejected`: this request's fault or everyone's, `guard` finds out |
| a 200 that is no answer                         | `ModelGarbage`                                                         |
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import aiohttp
import openai
from azure.core.exceptions import AzureError, ClientAuthenticationError

from shared.errors import (
    ModelGarbage,
    ModelRejected,
    ModelSuspended,
    ModelUnavailable,
    PermanentError,
    ProcessorError,
    Reason,
)
from shared.unreached import why_unreached
from shared.web.headers import retry_after_seconds

SHORT_WAIT_SECONDS: Final = 6.0
BUDGET_SECONDS: Final = 3_600.0
CONFIGURATION_SECONDS: Final = 300.0
TRANSIENT: Final = frozenset({408, 409, 424, 425, 499})
BUDGET_WORDS: Final = ("insufficient_quota", "billing_hard_limit_reached", "usage_limit", "quota_exceeded", "volume quota")
REFUSAL_WORDS: Final = (
    "content_filter", "content_policy", "contentpolicyviolation", "responsibleaipolicyviolation", "moderation_blocked",
    "invalid_prompt", "content management policy", "safety system",
)  # fmt: skip
LENGTH_WORDS: Final = ("context_length_exceeded", "string_above_max_length", "maximum context length", "request_too_large")
PICTURE_WORDS: Final = (
    "image_parse_error",
    "invalid_image",
    "invalid image",
    "unsupported_image",
    "image_too_",
    "unsupported image",
)
_MAX_TOLD: Final = 4_000
_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")


def map_model_error(error: Exception, *, now: datetime) -> ProcessorError:
    """Return our error for one of the OpenAI client's, of the connection under it, or of what reads its answer."""
    if isinstance(error, openai.APITimeoutError | TimeoutError) and not _was_cut(error):
        return ModelUnavailable("the model did not answer in time", reason=Reason.MODEL_TIMEOUT)
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, now)
    filtered = isinstance(error, ValueError) and "content filter" in str(error)  # as langchain says it of an answer
    if filtered or isinstance(error, openai.ContentFilterFinishReasonError):
        return PermanentError("the model's content filter cut the answer", reason=Reason.MODEL_REFUSED)
    if isinstance(error, ClientAuthenticationError):
        return _misconfigured("no token for the model was to be had")
    lost = isinstance(error, openai.APIConnectionError | OSError | AzureError)
    if lost or (type(error) in {openai.APIError, openai.OpenAIError}):
        return ModelUnavailable(f"the model cannot be reached: {why_unreached(error)}")
    return ModelGarbage(f"the model's answer could not be read: {type(error).__name__}")


def _was_cut(error: BaseException) -> bool:
    """True of what the client calls a time-out and is none: the transport calls every connection that was lost one."""
    behind = error.__cause__
    while behind is not None and not isinstance(behind, aiohttp.ClientConnectionError):
        behind = behind.__cause__
    return behind is not None and not isinstance(behind, TimeoutError)


def refused_parameter(error: Exception, names: tuple[str, ...]) -> str | None:
    """Return which of the parameters `names` a server says that it does not take, None where it says no such thing."""
    if not isinstance(error, openai.APIStatusError) or error.status_code not in {400, 422}:
        return None
    inner: Any = error.body.get("error", error.body) if isinstance(error.body, Mapping) else {}
    param = inner.get("param") if isinstance(inner, Mapping) else None
    told = _told(error.body)
    if param in names and ("unsupported" in told or "not support" in told):
        return str(param)
    if not _any(("unsupported", "not support", "unrecognized", "unknown parameter", "not permitted", "extra_forbidden"), told):
        return None
    found = {name: re.search(rf"(?<![a-z_]){name}(?![a-z_])", told) for name in names}
    places = [(match.start(), name) for name, match in found.items() if match]
    return min(places)[1] if places else None  # what is refused stands before what to use instead


def _by_status(error: openai.APIStatusError, now: datetime) -> ProcessorError:
    status, told, headers = error.status_code, _told(error.body), dict(error.response.headers)
    wait = retry_after_seconds(headers, now=now)
    if status == 402 or (status in {400, 403, 429} and _any(BUDGET_WORDS, told)):  # noqa: PLR2004
        return ModelSuspended(
            f"the model's budget is spent ({status})", delay_seconds=max(wait or 0.0, BUDGET_SECONDS),
            reason=Reason.MODEL_BUDGET_EXHAUSTED,
        )  # fmt: skip
    if status == 429:  # noqa: PLR2004
        return _too_many(wait if wait is not None else _reset_seconds(headers))
    if status in TRANSIENT or status >= 500:  # noqa: PLR2004
        return ModelUnavailable(f"the model answered {status}", retry_after_seconds=wait)
    if status in {401, 403, 404} or status < 400:  # noqa: PLR2004
        return _misconfigured(f"the model answered {status}{_code(error.body)}: credential, address or deployment are wrong")
    return _rejection(status, told, _code(error.body))


def _rejection(status: int, told: str, code: str) -> PermanentError:
    """Return what a 4xx says of the request itself."""
    if _any(REFUSAL_WORDS, told):
        return PermanentError("the model's content filter refused the picture", reason=Reason.MODEL_REFUSED)
    if status == 413 or _any(LENGTH_WORDS, told):  # noqa: PLR2004
        reason, what, named = Reason.MODEL_INPUT_TOO_LARGE, "finds the request too large", True
    elif _any(PICTURE_WORDS, told) or "image" in told:
        reason, what, named = Reason.IMAGE_NOT_ACCEPTED, "does not accept the picture", _any(PICTURE_WORDS, told)
    else:
        reason, what, named = Reason.MODEL_REJECTED, "does not accept the request", False
    return ModelRejected(f"the model {what} ({status}{code})", reason=reason, named=named)


def _too_many(wait: float | None) -> ProcessorError:
    if wait is not None and wait > SHORT_WAIT_SECONDS:
        return ModelSuspended(
            f"the model's rate limit lasts {wait:.0f} s", delay_seconds=wait, reason=Reason.MODEL_RATE_LIMITED
        )
    return ModelUnavailable("the model's rate limit is reached", retry_after_seconds=wait, reason=Reason.MODEL_RATE_LIMITED)


def _misconfigured(what: str) -> ModelSuspended:
    return ModelSuspended(what, delay_seconds=CONFIGURATION_SECONDS, reason=Reason.MODEL_MISCONFIGURED)


def _any(words: tuple[str, ...], told: str) -> bool:
    return any(word in told for word in words)


def _told(body: object) -> str:
    """Return all that the server said, in lower case, to look for words in: codes stand at many places, gateways add theirs."""
    return " ".join(_texts(body, 6))[:_MAX_TOLD].casefold()


def _texts(node: object, depth: int) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping) and depth:
        for name, value in node.items():
            if isinstance(value, str) or value:
                yield from _texts(value, depth - 1)
            if name in {"content_filter_result", "innererror"}:
                yield str(name)
    elif isinstance(node, list) and depth:
        for value in node[:20]:
            yield from _texts(value, depth - 1)


def _code(body: object) -> str:
    """Return the server's short code, for people: letters, digits and underscores alone."""
    inner: Any = body.get("error", body) if isinstance(body, Mapping) else {}
    code = inner.get("code") if isinstance(inner, Mapping) else None
    word = code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_]{1,60}", code) else ""
    return f" {word}" if word else ""


def _reset_seconds(headers: Mapping[str, str]) -> float | None:
    """Return when the limit that is used up is reset, as OpenAI's own servers say it (`6m0s`), None where they do not."""
    folded = {name.casefold(): value.strip() for name, value in headers.items()}
    waits = []
    for what in ("requests", "tokens"):
        found = _DURATION.fullmatch(folded.get(f"x-ratelimit-reset-{what}", ""))
        if found and any(found.groups()) and folded.get(f"x-ratelimit-remaining-{what}") == "0":
            hours, minutes, seconds, milliseconds = (float(part or 0) for part in found.groups())
            waits.append(hours * 3_600 + minutes * 60 + seconds + milliseconds / 1_000)
    return min(max(waits), 86_400.0) if waits else None
