"""Which deployment is meant, and the keys to it. A key is in no message."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from opsctl.outcomes import UsageError

URL, KEY, ACTION_KEY = "PLUCKIT_URL", "PLUCKIT_KEY", "PLUCKIT_ACTION_KEY"


@dataclass(frozen=True, slots=True)
class Deployment:
    """An app's address, without `/api`, its function key, and its key for what changes something, where it has one."""

    url: str
    key: str = field(repr=False)
    action_key: str = field(default="", repr=False)

    @classmethod
    def of(
        cls, url: str | None, key: str | None, environ: Mapping[str, str], *, action_key: str | None = None
    ) -> "Deployment":  # fmt: skip
        """Return it from the options, else the environment. Raises `UsageError`."""
        address = (url or environ.get(URL, "")).strip().rstrip("/").removesuffix("/api")
        secret = (key or environ.get(KEY, "")).strip()
        acting = (action_key or environ.get(ACTION_KEY, "")).strip()
        if not address:
            raise UsageError(f"which deployment? Give --url, or set {URL}")
        if not secret:
            raise UsageError(f"the function key is missing: set {KEY}, or give --key")
        for name, one in (("function", secret), ("action", acting)):
            if not (one.isascii() and one.isprintable()):
                raise UsageError(f"the {name} key has characters that no key has")
        try:
            parsed = httpx.URL(address)
        except httpx.InvalidURL:
            raise UsageError("the deployment's address is none") from None
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise UsageError("the deployment's address begins with https:// or http://")
        if parsed.userinfo or parsed.query or parsed.fragment:
            raise UsageError("the deployment's address is one without user, query and fragment")
        return cls(address, secret, acting)

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
