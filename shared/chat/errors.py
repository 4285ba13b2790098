"""Maps what the OpenAI client raises to our errors, once, by type and status. No message of theirs is passed on.

| what came                                  | becomes                                                         |
|--------------------------------------------|-----------------------------------------------------------------|
| 429 with a short wait, or without one      | `ModelUnavailable`, with that wait                              |
| 429 with a long wait                       | `ModelSuspended` until then: the breaker opens                  |
| 429 insufficient_quota, 402, usage limits  | `ModelSuspended` for an hour                                    |
| 401, 403, 404 (no such deployment)         | `ModelSuspended` for five minutes                               |
| 408, 409, 5xx, connection                  | `ModelUnavailable`                                              |
| timeout                                    | `ModelUnavailable` (llm_timeout)                                |
| 400 content filter                         | `PermanentError` (llm_refused)                                  |
| any other 4xx                              | `ModelSuspended` for five minutes: our request is wrong for every picture alike |
"""

from datetime import datetime
from typing import Any, Final

import openai

from shared.errors import ModelGarbage, ModelSuspended, ModelUnavailable, PermanentError, ProcessorError, Reason
from shared.web.headers import retry_after_seconds

SHORT_WAIT_SECONDS: Final = 6.0
BUDGET_SECONDS: Final = 3_600.0
CONFIGURATION_SECONDS: Final = 300.0
BUDGET_CODES: Final = ("insufficient_quota", "billing_hard_limit_reached", "usage_limit", "quota_exceeded")
REFUSAL_CODES: Final = ("content_filter", "content_policy_violation", "responsibleaipolicyviolation")


def map_model_error(error: Exception, *, now: datetime) -> ProcessorError:
    """Return our error for one of the OpenAI client's (or of the connection under it)."""
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return ModelUnavailable("the model did not answer in time", reason=Reason.MODEL_TIMEOUT)
    if isinstance(error, openai.APIStatusError):
        return _by_status(error.status_code, _code(error), dict(error.response.headers), now)
    filtered = isinstance(error, ValueError) and "content filter" in str(error)  # as langchain says it of an answer
    if filtered or isinstance(error, openai.ContentFilterFinishReasonError):
        return PermanentError("the model's content filter cut the answer", reason=Reason.MODEL_REFUSED)
    if isinstance(error, openai.LengthFinishReasonError | openai.APIResponseValidationError):
        return ModelGarbage(f"the model's answer could not be read: {type(error).__name__}")
    return ModelUnavailable(f"the model cannot be reached: {type(error).__name__}")


def _by_status(status: int, code: str, headers: dict[str, str], now: datetime) -> ProcessorError:
    wait = retry_after_seconds(headers, now=now)
    if status == 402 or (status in {400, 403, 429} and any(word in code for word in BUDGET_CODES)):  # noqa: PLR2004
        return ModelSuspended(
            f"the model's budget is spent ({status})", delay_seconds=max(wait or 0.0, BUDGET_SECONDS),
            reason=Reason.MODEL_BUDGET_EXHAUSTED,
        )  # fmt: skip
    if status == 429:  # noqa: PLR2004
        if wait is not None and wait > SHORT_WAIT_SECONDS:
            return ModelSuspended(
                f"the model's rate limit lasts {wait:.0f} s", delay_seconds=wait, reason=Reason.MODEL_RATE_LIMITED
            )
        return ModelUnavailable("the model's rate limit is reached", retry_after_seconds=wait, reason=Reason.MODEL_RATE_LIMITED)
    if status == 400 and any(word in code for word in REFUSAL_CODES):  # noqa: PLR2004
        return PermanentError("the model's content filter refused the picture", reason=Reason.MODEL_REFUSED)
    if status in {408, 409} or status >= 500:  # noqa: PLR2004
        return ModelUnavailable(f"the model answered {status}", retry_after_seconds=wait)
    return ModelSuspended(
        f"the model answered {status} ({code[:60] or 'no code'}): credential, deployment or request are wrong for every call",
        delay_seconds=CONFIGURATION_SECONDS, reason=Reason.MODEL_MISCONFIGURED,
    )  # fmt: skip


def _code(error: Any) -> str:  # noqa: ANN401  (the body is whatever the server sent)
    """Return the server's error code and type as lower-case text."""
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error", body)
    inner = inner if isinstance(inner, dict) else {}
    nested = inner.get("innererror")
    words = [inner.get("code"), inner.get("type"), nested.get("code") if isinstance(nested, dict) else None]
    return " ".join(str(word) for word in words if word).casefold()
