"""Parts of a request that need a look of their own: what content type is liked best, what may be an id."""

import re
from collections.abc import Sequence


def negotiated(accept: str, offered: Sequence[str]) -> str | None:
    """Return the content type that an `Accept` header likes best (RFC 9110 section 12.5.1), the first on a tie; None for none.

    A type that is named outweighs `type/*`, and that `*/*`; an absent header accepts all.
    """
    wishes: dict[str, float] = {}
    for part in accept.split(",")[:50]:
        name, *parameters = (piece.strip().casefold() for piece in part.split(";"))
        weight = next((one.removeprefix("q=") for one in parameters if one.startswith("q=")), "1")
        if name:
            wishes[name] = float(weight) if re.fullmatch(r"[01](\.\d{0,3})?", weight) else 0.0
    if not wishes:
        return offered[0]

    def weight_of(kind: str) -> float:
        ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
        return next((wishes[one] for one in ranges if one in wishes), 0.0)

    best = max(offered, key=weight_of)
    return best if weight_of(best) > 0 else None


def hex_digest(text: str) -> str | None:
    """Return a SHA-256 in hex, in the lower case in which it is stored (C# writes it in upper case); None for anything else."""
    lower = text.lower()
    return lower if len(lower) == 64 and all(letter in "0123456789abcdef" for letter in lower) else None  # noqa: PLR2004


def is_stored_id(text: str) -> bool:
    """True for what may be the id of a stored document."""
    return 0 < len(text) <= 255 and text not in {".", ".."} and text.isprintable() and not set("/\\#?") & set(text)  # noqa: PLR2004
