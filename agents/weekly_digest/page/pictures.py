"""Which addresses of pictures a page may show: those of the wearer's own pieces, as the web API gives them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit

MAX_ADDRESS: Final = 2_048
MAX_ORIGINS: Final = 8
MAX_PIECES: Final = 100
HOST: Final = re.compile(r"(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
LAST_LABEL: Final = re.compile(r"\.(?:[a-z][a-z0-9-]*[a-z0-9])$")  # a name, and no number of a machine
AS_GIVEN: Final = "!#$%&'()*+,/:;=?@[]~-._"


def shown_address(value: object) -> str | None:
    """Return an address that may stand in a page: HTTPS, with the name of a host, without a user; None for any other.

    It is not changed but for what cannot stand in an attribute or a header, which is escaped: signed addresses stay valid.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ADDRESS:
        return None
    parts = _parts(value)
    if parts is None or parts.username is not None or parts.password is not None or _origin(parts) is None:
        return None
    escaped = quote(value, safe=AS_GIVEN, errors="replace")
    return escaped if len(escaped) <= MAX_ADDRESS and _parts(escaped) is not None else None


def origins(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the origins of shown addresses, as a content security policy names them; of many, all that is HTTPS."""
    parts = (_parts(address) for address in addresses)
    found = sorted({origin for one in parts if one is not None and (origin := _origin(one)) is not None})
    return tuple(found) if len(found) <= MAX_ORIGINS else ("https:",)


def pieces_shown(digest: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the pieces that a digest's page names, at most 100."""
    found: dict[str, None] = {}
    suggestions, statistics = digest.get("suggestions"), digest.get("statistics")
    lists: list[object] = (
        [one.get("pairsWith") for one in suggestions if isinstance(one, dict)] if isinstance(suggestions, list) else []
    )
    if isinstance(statistics, dict):
        lists += [statistics.get("mostWorn")]
        lists += [part.get("items") for key in ("neverWorn", "noLongerWorn") if isinstance(part := statistics.get(key), dict)]
    for rows in lists:
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and isinstance(row.get("id"), str):
                found[row["id"]] = None
    return tuple(found)[:MAX_PIECES]


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme == "https" else None


def _origin(parts: SplitResult) -> str | None:
    host = (parts.hostname or "").removesuffix(".")
    if not (HOST.fullmatch(host) and LAST_LABEL.search(host)):
        return None
    return f"https://{host}{f':{parts.port}' if parts.port else ''}"
