"""Reading and acting are two rights: what each deployment asks of each caller, and under which name they act."""

import base64
import json
from typing import Any

import pytest

from agents.api.endpoint import Answered, Body, NoBody, NoParameters, Parameters, endpoint
from agents.api.http import Api, Call, Request, Response
from agents.api.rights import ACT_ROLE, READ_ROLE, Rights
from agents.api.whoami import CallerEndpoints
from shared.errors import ConfigurationError
from shared.settings import Settings
from tests import described

KEY = "a key for those who act"
OID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
SOAP = "http://schemas.microsoft.com/ws"
NAME = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"


def principal(*roles: str, actor: str = "ada@example.com", auth: str = "aad", kind: str = "roles") -> str:
    claims = [{"typ": "preferred_username", "val": actor}, *({"typ": kind, "val": role} for role in roles)]
    return encoded({"auth_typ": auth, "claims": claims, "name_typ": NAME, "role_typ": "roles"})


def encoded(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def headers(*, key: str | None = None, token: str | None = None) -> dict[str, str]:
    given = {"x-ms-client-principal": token} if token is not None else {}
    return {**given, "x-ops-action-key": key} if key is not None else given


NOTHING = headers()
OPEN, KEYED = Rights(), Rights(KEY)
TOKENS, BOTH = Rights(easy_auth=True), Rights(KEY, easy_auth=True)


@pytest.mark.parametrize(
    ("rights", "given", "read", "act"),
    [
        (OPEN, NOTHING, None, None),
        (OPEN, headers(key="any"), None, None),
        (OPEN, headers(token=principal(READ_ROLE)), None, None),  # whose header that is nobody knows
        (KEYED, NOTHING, None, "action_key"),
        (KEYED, headers(key=""), None, "action_key"),
        (KEYED, headers(key=KEY[:-1]), None, "action_key"),
        (KEYED, headers(key=KEY + " "), None, "action_key"),
        (KEYED, headers(key="é\udcff"), None, "action_key"),
        (KEYED, headers(key=KEY), None, None),
        (KEYED, headers(token=principal(ACT_ROLE)), None, "action_key"),
        (TOKENS, NOTHING, None, None),
        (TOKENS, headers(token=principal()), None, None),  # nobody was given our roles: as ever
        (TOKENS, headers(token=principal(READ_ROLE)), None, "role"),
        (TOKENS, headers(token=principal(ACT_ROLE)), None, None),
        (TOKENS, headers(token=principal(READ_ROLE, ACT_ROLE)), None, None),
        (BOTH, NOTHING, None, "action_key"),
        (BOTH, headers(key=KEY), None, None),
        (BOTH, headers(token=principal()), "role", "role"),
        (BOTH, headers(token=principal("ops.act", "Ops.Act ")), "role", "role"),
        (BOTH, headers(token=principal(READ_ROLE)), None, "role"),
        (BOTH, headers(token=principal(ACT_ROLE)), None, None),
        (BOTH, headers(token=principal(READ_ROLE), key=KEY), None, None),
        (BOTH, headers(token=principal(ACT_ROLE, auth="github")), "role", "role"),  # app roles are Entra's
        (BOTH, headers(token=principal(ACT_ROLE, kind="group")), "role", "role"),
        (BOTH, headers(token=""), None, "action_key"),
        (BOTH, headers(token="no base64"), "role", "role"),  # the platform's, and damaged: somebody without a role
        (BOTH, headers(token=principal(ACT_ROLE)[:-9]), "role", "role"),
        (BOTH, headers(token=encoded([1])), "role", "role"),
        (BOTH, headers(token=encoded({"claims": "none"})), "role", "role"),
        (KEYED, headers(token="no base64"), None, "action_key"),
        (BOTH, headers(token=principal(ACT_ROLE, kind=f"{SOAP}/2008/06/identity/claims/role")), None, None),
        (BOTH, headers(token=principal(ACT_ROLE, actor="é" * 5_000)), None, None),
        (BOTH, headers(token=principal(ACT_ROLE, actor="~~~???>>>").translate(str.maketrans("+/", "-_"))), None, None),
        (BOTH, headers(token=encoded({"claims": [1, {"typ": []}, {"typ": "roles", "val": 1}]})), "role", "role"),
        (BOTH, headers(token="A" * 100_000), "role", "role"),
    ],
)  # fmt: skip
def test_each_deployment_asks_each_caller_for_what_is_missing(
    rights: Rights, given: dict[str, str], read: str | None, act: str | None
) -> None:
    caller = rights.caller(given)
    assert (rights.needs(caller, "read"), rights.needs(caller, "act")) == (read, act)
    assert rights.needs(caller, "send") is rights.needs(caller, "none") is None


@pytest.mark.parametrize(
    ("claims", "actor"),
    [
        ([("name", "Ada L."), ("preferred_username", "ada@example.com")], "ada@example.com"),
        ([(NAME, "Ada L.")], "Ada L."), ([("appid", "1-2-3")], "app:1-2-3"), ([("azp", "4")], "app:4"),
        ([("preferred_username", "ada_x.com#EXT#@c.onmicrosoft.com"), ("email", "ada@x.com")], "ada@x.com"),  # a guest
        ([("upn", "ada_x.com#EXT#@c.onmicrosoft.com")], "ada_x.com#EXT#@c.onmicrosoft.com"),
        ([("unique_name", "live.com#ada@x.com"), ("appid", "1")], "live.com#ada@x.com"),  # a guest's token of v1
        ([("azp", "4"), ("scp", "user_impersonation"), (OID, "7")], "id:7"), ([("azp", "4"), (OID, "7")], "app:4"),
        ([("scp", "x"), ("azp", "4")], "app:4"), ([("oid", "7")], "id:7"),
        ([("upn", "x" * 300)], "x" * 100), ([("name", "a\r\nb\u202e")], "ab"), ([], "signed in, without a name"),
    ],
)  # fmt: skip
def test_the_actor_is_the_tokens(claims: list[tuple[str, str]], actor: str) -> None:
    token = encoded({"auth_typ": "aad", "claims": [{"typ": kind, "val": value} for kind, value in claims]})
    assert TOKENS.caller(headers(token=token)).actor == actor
    assert OPEN.caller(headers(token=token)).actor is None


def test_who_is_signed_in_by_what_cannot_be_read_acts_under_no_name_of_their_choice() -> None:
    for token in ("no base64", encoded([1]), "A" * 100_000):
        assert TOKENS.caller(headers(token=token)).actor == "signed in, without a name"
    assert TOKENS.caller(headers(token="")).actor is TOKENS.caller(NOTHING).actor is None


def test_a_token_is_believed_on_azure_with_its_authentication_on_and_nowhere_else() -> None:
    def believed(**environ: str) -> bool:
        azure = {"COSMOS_DB_ENDPOINT": "https://x.documents.azure.com", "MODEL_PROVIDER": "local"}
        return Settings.from_environment({**azure, **environ}).easy_auth

    assert believed(WEBSITE_INSTANCE_ID="i", WEBSITE_AUTH_ENABLED="True")
    assert believed(WEBSITE_SITE_NAME="s", WEBSITE_AUTH_ENABLED="true")
    assert not believed(WEBSITE_AUTH_ENABLED="True")
    assert not believed(WEBSITE_INSTANCE_ID="i")
    assert not believed(WEBSITE_INSTANCE_ID="i", WEBSITE_AUTH_ENABLED="False")
    assert not believed()


def test_the_action_key_is_a_secret() -> None:
    settings = Settings.from_environment({"OPS_ACTION_KEY": KEY})
    assert KEY not in repr(settings)
    assert KEY not in repr(Rights(KEY))
    for wrong in ("é" * 20, "a" * 1_001, "two\nlines"):
        with pytest.raises(ConfigurationError, match="OPS_ACTION_KEY: got a secret, expected") as raised:
            Settings.from_environment({"OPS_ACTION_KEY": wrong})
        assert wrong not in str(raised.value)


@pytest.mark.parametrize("wrong", ["é", "a" * 1_001, "\u2003"])
async def test_what_cannot_be_a_key_is_told_to_be_none(wrong: str) -> None:
    status, document = await asked(KEYED, "post_order", {"actor": "a"}, **headers(key=wrong))
    assert (status, "printable ASCII" in document["detail"]) == (400, True)


class Order(Body):
    """A body with an actor."""

    actor: str
    dry_run: bool = False


class Wished(Parameters):
    """A query with an actor."""

    actor: str = ""


class Office:
    """One endpoint of each right."""

    @endpoint("POST", "ops/orders", body=Order, query=Wished, answers={200: Answered})
    async def post_order(self, call: Call[Wished, Order]) -> Response:
        """Act."""
        return Response(200, {"actor": call.body.actor, "query": call.query.actor})

    @endpoint("GET", "ops/orders", answers={200: Answered})
    async def get_orders(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Read."""
        return Response(200, {})


async def asked(
    rights: Rights, name: str, body: dict[str, Any] | None = None, **given: str
) -> tuple[int, dict[str, Any]]:  # fmt: skip
    api = Api.of([Office(), CallerEndpoints(rights=rights)], rights)
    response = await api.answer(name, Request(json.dumps(body).encode() if body else b"", headers=given))
    return response.status, json.loads(response.body)


async def test_a_call_without_its_right_is_refused_with_the_reason() -> None:
    status, document = await asked(KEYED, "post_order", {"actor": "eve"})
    assert (status, document["reason"], document["status"]) == (403, "action_key_required", 403)
    assert "x-ops-action-key" in document["detail"]
    assert (await asked(KEYED, "post_order", {"actor": "ada"}, **headers(key=KEY)))[0] == 200
    status, document = await asked(BOTH, "get_orders", **headers(token=principal()))
    assert (status, document["reason"]) == (403, "role_required")
    assert READ_ROLE in document["detail"]


async def test_a_dry_run_needs_no_more_than_reading() -> None:
    assert (await asked(KEYED, "post_order", {"actor": "eve", "dry_run": True}))[0] == 200
    assert (await asked(BOTH, "post_order", {"actor": "e", "dry_run": True}, **headers(token=principal())))[0] == 403


async def test_who_is_signed_in_acts_under_no_other_name() -> None:
    token = headers(token=principal(ACT_ROLE))
    assert await asked(BOTH, "post_order", {"actor": "somebody else"}, **token) == (
        200,
        {"actor": "ada@example.com", "query": "ada@example.com"},
    )
    assert await asked(BOTH, "post_order", {"dry_run": False}, **token) == (
        200,
        {"actor": "ada@example.com", "query": "ada@example.com"},
    )


@pytest.mark.parametrize(
    ("rights", "given", "answer"),
    [
        (OPEN, NOTHING, {"actor": None, "mayRead": True, "mayAct": True, "needs": None}),
        (KEYED, NOTHING, {"actor": None, "mayRead": True, "mayAct": False, "needs": "action_key"}),
        (KEYED, headers(key=KEY), {"actor": None, "mayRead": True, "mayAct": True, "needs": None}),
        (BOTH, headers(token=principal()), {"actor": "ada@example.com", "mayRead": False, "mayAct": False, "needs": "role"}),
        (TOKENS, headers(token=principal(ACT_ROLE, actor="a")), {"actor": "a", "mayRead": True, "mayAct": True, "needs": None}),
    ],
)  # fmt: skip
async def test_whoami_answers_everybody(rights: Rights, given: dict[str, str], answer: dict[str, Any]) -> None:
    assert await asked(rights, "get_whoami", **given) == (200, answer)


def test_what_changes_something_is_an_action_but_for_what_sends_work_in_and_what_only_looks() -> None:
    rights = {mark.name: mark.right for mark in described.endpoints()}
    changing = {mark.name for mark in described.endpoints() if mark.method != "GET"}
    assert {name for name in changing if rights[name] == "send"} == {"post_taste_job", "delete_taste_item", "post_reddit_posts"}
    assert {name for name in changing if rights[name] == "read"} == {"post_validate_dead_letter", "post_doctor"}
    assert all(rights[name] in {"act", "send", "read"} for name in changing)
    pages = {"get_console", "get_console_asset"}
    assert {name for name, right in rights.items() if right == "none"} == {"get_health", "get_whoami", "get_openapi", *pages}
