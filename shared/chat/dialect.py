"""The parameters that a deployment takes: reasoning models refuse `max_tokens` and `temperature`, old servers what came later.

A deployment's name says little (it is the operator's), so the dialect starts from the setting `MODEL_PARAMETERS` or a guess at
the name, and is learnt from what the server refuses: each parameter costs one refused call a process, and opens no breaker.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from shared.chat.errors import refused_parameter

REASONING_TOKENS: Final = 3_000  # room to think in: the limit of a reasoning model counts its thoughts as well
EFFORT: Final = "low"
_REASONING_NAME: Final = re.compile(r"(?:^|[^a-z0-9])(?:gpt-?5(?!.*chat)|o[1345](?:[^a-z0-9]|$))", re.IGNORECASE)
Setting = Literal["auto", "classic", "reasoning"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is sent besides the messages. `limit`: the name of the field that bounds the answer's tokens."""

    limit: str = "max_tokens"
    temperature: bool = True
    effort: bool = False
    thinks: bool = False

    @classmethod
    def of(cls, setting: Setting, model: str, *, limit: str) -> "Dialect":
        """Return where to begin: as the setting says, or for `auto` as the model's name lets one guess."""
        if setting == "reasoning" or (setting == "auto" and _REASONING_NAME.search(model)):
            return cls(limit="max_completion_tokens", temperature=False, effort=True, thinks=True)
        return cls(limit=limit)

    def parameters(self, max_output_tokens: int) -> dict[str, Any]:
        """Return the fields of the request's body."""
        fields: dict[str, Any] = {self.limit: max_output_tokens + (REASONING_TOKENS if self.thinks else 0)}
        if self.temperature:
            fields["temperature"] = 0
        if self.effort:
            fields["reasoning_effort"] = EFFORT
        return fields

    def learnt(self, error: Exception) -> "Dialect | None":
        """Return the dialect without what the server has just refused, None where it refused no parameter of ours."""
        name = refused_parameter(error, tuple(self.parameters(0)))
        if name == "max_tokens":
            return replace(self, limit="max_completion_tokens", thinks=True)
        if name == "max_completion_tokens":
            return replace(self, limit="max_tokens")
        if name == "temperature":
            return replace(self, temperature=False, thinks=True)
        return replace(self, effort=False) if name == "reasoning_effort" else None
