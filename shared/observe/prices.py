"""What a call of a model costs at list price, US dollars a million tokens. Models that are not here cost nothing we know of.

Prices change, and contracts differ: the figure is for comparing days, not for the bookkeeper. The longest name that a
model's begins with counts, so that `gpt-4.1-mini-2025-04-14` is `gpt-4.1-mini`.
"""

from typing import Final

PRICES: Final = {"gpt-4.1-mini": (0.40, 1.60), "gpt-4.1-nano": (0.10, 0.40)}  # in, out; see docs/telemetry.md


def cost_of(model: str, tokens_in: int, tokens_out: int) -> float | None:
    """Return US dollars, None for a model without a price."""
    known = max((name for name in PRICES if model.startswith(name)), key=len, default=None)
    if known is None:
        return None
    price_in, price_out = PRICES[known]
    return (tokens_in * price_in + tokens_out * price_out) / 1_000_000
