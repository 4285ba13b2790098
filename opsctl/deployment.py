"""Which deployment is meant, and the key to it. The key is in no message."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from opsctl.outcomes import UsageError

URL, KEY = "PLUCKIT_URL", "PLUCKIT_KEY"


@dataclass(frozen=True, slots=True)
class Deployment:
    """An app's address, without `/api`, and its function key."""

    url: str
    key: str = field(repr=False)

    @classmethod
    def of(cls, url: str | None, key: str | None, environ: Mapping[str, str]) -> "Deployment":
        """Return it from the options, else the environment. Raises `UsageError`."""
        address = (url or environ.get(URL, "")).strip().rstrip("/").removesuffix("/api")
        secret = (key or environ.get(KEY, "")).strip()
        if not address:
            raise UsageError(f"which deployment? Give --url, or set {URL}")
        if not secret:
            raise UsageError(f"the function key is missing: set {KEY}, or give --key")
        if not (secret.isascii() and secret.isprintable()):
            raise UsageError("the function key has characters that no key has")
        try:
            parsed = httpx.URL(address)
        except httpx.InvalidURL:
            raise UsageError("the deployment's address is none") from None
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise UsageError("the deployment's address begins with https:// or http://")
        if parsed.userinfo or parsed.query or parsed.fragment:
            raise UsageError("the deployment's address is one without user, query and fragment")
        return cls(address, secret)

    @property
    def is_exposed(self) -> bool:
        """True when the key would travel to another machine unencrypted."""
        parsed = httpx.URL(self.url)
        return parsed.scheme == "http" and not _is_local(parsed.host)


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
