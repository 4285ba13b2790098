"""Who calls, and what they may: reading and acting are two rights, told apart where `OPS_ACTION_KEY` is set or by app roles.

A function key reads, and the host asks for it before we hear of a call. What changes something needs more: the action key in
a header of its own, or the app role `Ops.Act` of a token of Entra ID. Who is signed in may read with `Ops.Read` or `Ops.Act`.
The platform's authentication ("EasyAuth") checks the token and hands its claims on in a header that anybody could send: it
is believed on Azure with that authentication switched on, where the platform takes the callers' own away, and nowhere else.
Without the setting and without our roles all that a function key opens is open.

Pure: headers in, a decision out.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

ACTION_HEADER: Final = "x-ops-action-key"
PRINCIPAL_HEADER: Final = "x-ms-client-principal"
READ_ROLE: Final = "Ops.Read"
ACT_ROLE: Final = "Ops.Act"
ENTRA: Final = "aad"  # app roles are of its tokens alone
MAX_ACTOR: Final = 100
MAX_KEY: Final = 1_000
MAX_PRINCIPAL: Final = 65_536
URL_SAFE: Final = str.maketrans("-_", "+/")
ROLE_CLAIMS: Final = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})
NAME_CLAIMS: Final = (  # the first that there is: an address before a name that several may have
    "preferred_username", "upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "email", "unique_name", "name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
)  # fmt: skip
APP_CLAIMS: Final = ("appid", "azp")  # who asked for the token: a person's application, or one by itself
SCOPE_CLAIMS: Final = ("http://schemas.microsoft.com/identity/claims/scope", "scp")  # of a token that a person asked for
ID_CLAIMS: Final = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "oid")
GUEST: Final = "#EXT#"  # in the name that a guest has in our directory, beside their own address
UNREADABLE: Final[Mapping[str, Any]] = {"claims": []}  # somebody is signed in, and nobody can say who

Right = Literal["none", "read", "send", "act"]
Needs = Literal["action_key", "role"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `actor`: by the token, None without one; `roles`: of ours; `signed_in`: there was a token."""

    actor: str | None = None
    roles: frozenset[str] = frozenset()
    signed_in: bool = False
    has_key: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """What this deployment asks for. `action_key`: None where acting needs no key; `easy_auth`: the platform checks tokens."""

    action_key: str | None = field(default=None, repr=False)
    easy_auth: bool = False

    def caller(self, headers: Mapping[str, str]) -> Caller:
        """Say who calls, by headers in lower case. The key is compared in a time that tells nothing of it."""
        given = headers.get(ACTION_HEADER, "")
        has_key = self.action_key is not None and hmac.compare_digest(_bytes(given), _bytes(self.action_key))
        given = headers.get(PRINCIPAL_HEADER, "") if self.easy_auth else ""
        claims = _principal(given) or UNREADABLE if given else None
        if claims is None:
            return Caller(has_key=has_key)
        return Caller(_actor_of(claims), _roles_of(claims), signed_in=True, has_key=has_key)

    def needs(self, caller: Caller, right: Right) -> Needs | None:
        """Return what is missing for a right; None: nothing. What sends work in (likes, posts) is no action of on-call's."""
        if right in {"none", "send"}:
            return None
        enough = {ACT_ROLE} if right == "act" else {ACT_ROLE, READ_ROLE}
        if caller.has_key or caller.roles & enough:
            return None
        if caller.signed_in and (caller.roles or self.action_key is not None):
            return "role"
        return "action_key" if right == "act" and self.action_key is not None else None


def may_be_key(text: str) -> bool:
    """Whether a header can carry this as a key."""
    return len(text) <= MAX_KEY and text.isascii() and text.isprintable()


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _principal(header: str) -> dict[str, Any] | None:
    """Return the claims that the platform hands on; None where they cannot be read."""
    if len(header) > MAX_PRINCIPAL:
        return None
    try:
        found = json.loads(base64.b64decode(header.translate(URL_SAFE) + "=" * (-len(header) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("claims"), list) else None


def _values(principal: Mapping[str, Any], kinds: frozenset[str] | tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for claim in principal["claims"]:
        kind, value = (claim.get("typ"), claim.get("val")) if isinstance(claim, dict) else (None, None)
        if isinstance(kind, str) and kind in kinds and isinstance(value, str):
            found.setdefault(kind, []).append(value)
    return found


def _roles_of(principal: Mapping[str, Any]) -> frozenset[str]:
    if principal.get("auth_typ") != ENTRA:
        return frozenset()
    kind = principal.get("role_typ")
    kinds = ROLE_CLAIMS | ({kind} if isinstance(kind, str) else frozenset())
    given = {value for values in _values(principal, kinds).values() for value in values}
    return frozenset(given & {READ_ROLE, ACT_ROLE})


def _actor_of(principal: Mapping[str, Any]) -> str:
    """Return the person's name, or their id where the token has none; or the application's, of one that no person asked for."""
    names, apps = _values(principal, NAME_CLAIMS), _values(principal, APP_CLAIMS)
    told = [names[kind][0] for kind in NAME_CLAIMS if kind in names]
    name = next((one for one in told if GUEST not in one), told[0] if told else "")
    app, person = _first(apps, APP_CLAIMS), _first(_values(principal, ID_CLAIMS), ID_CLAIMS)
    is_persons = bool(_values(principal, SCOPE_CLAIMS))
    ids = (f"app:{app}" if app and not is_persons else "", f"id:{person}" if person else "", f"app:{app}" if app else "")
    chosen = name or next(filter(None, ids), "")
    shown = "".join(letter for letter in chosen if letter.isprintable()).strip()[:MAX_ACTOR]
    return shown or "signed in, without a name"


def _first(found: Mapping[str, list[str]], kinds: tuple[str, ...]) -> str:
    return next((found[kind][0] for kind in kinds if kind in found), "")
