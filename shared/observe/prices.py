"""What an answer of a model costs: by the prices that are set for its deployment, else at list price in US dollars.

Prices change, and contracts differ: the figure is for comparing days, not for the bookkeeper. All prices are for a million
tokens. In the list the longest name that a model's begins with counts, so that `gpt-4.1-mini-2025-04-14` is `gpt-4.1-mini`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

PRICES: Final = {  # in, out; see docs/telemetry.md
    "gpt-4.1-mini": (0.40, 1.60), "gpt-4.1-nano": (0.10, 0.40),
    "text-embedding-3-small": (0.02, 0.0), "text-embedding-3-large": (0.13, 0.0), "text-embedding-ada-002": (0.10, 0.0),
}  # fmt: skip
LIST_CURRENCY: Final = "USD"
MILLION: Final = 1_000_000
EXPECTED: Final = 'expected JSON: {"<deployment>": {"input": 0.4, "output": 1.6}, …}, the prices of a million tokens'


class ModelPrice(BaseModel):
    """What a deployment takes for a million tokens, in and out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    input: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
    output: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


_GIVEN: Final = TypeAdapter(dict[Annotated[str, Field(min_length=1, max_length=100)], ModelPrice])


def _read(text: object) -> object:
    """One sentence says what is expected, whatever is wrong."""
    try:
        return _GIVEN.validate_python(json.loads(text) if isinstance(text, str) else text)
    except (ValueError, RecursionError):
        raise ValueError(EXPECTED) from None


GivenPrices = Annotated[dict[str, ModelPrice], BeforeValidator(_read)]


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of deployments. `given`: those that are set; the list's count for others where the currency is the list's."""

    given: Mapping[str, ModelPrice] = field(default_factory=dict)
    currency: str = LIST_CURRENCY

    def cost(self, model: str, tokens_in: int, tokens_out: int) -> float | None:
        """Return what was taken for so many tokens, in the currency; None for a deployment without a price."""
        price = self.given.get(model)
        if price is not None:
            return (tokens_in * price.input + tokens_out * price.output) / MILLION
        return cost_of(model, tokens_in, tokens_out) if self.currency == LIST_CURRENCY else None


def cost_of(model: str, tokens_in: int, tokens_out: int) -> float | None:
    """Return US dollars at list price, None for a model that is not in the list."""
    known = max((name for name in PRICES if model.startswith(name)), key=len, default=None)
    if known is None:
        return None
    price_in, price_out = PRICES[known]
    return (tokens_in * price_in + tokens_out * price_out) / MILLION
