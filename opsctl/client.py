"""Calls the app: reads again what may be read again, and tells a refusal from an outage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from opsctl.deployment import ACTION_KEY, Deployment
from opsctl.outcomes import RefusedError, UnreachableError, UsageError

TRIES: Final = 4
PATIENT_TRIES: Final = 10
MAX_WAIT_SECONDS: Final = 30.0
OVERLOADED: Final = frozenset({429, 502, 503, 504})
JSON: Final = "application/json"
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the app said. `document` is empty for text."""

    status: int
    document: Document
    text: str
    headers: Mapping[str, str]


class Client:
    """The endpoints under `/api/ops`. `say` tells why it takes longer."""

    def __init__(
        self, deployment: Deployment, *, timeout: float, sleep: Callable[[float], None], say: Callable[[str], None]
    ) -> None:
        self._url = deployment.url
        self._sleep = sleep
        self._say = say
        self._http = httpx.Client(
            headers={"x-functions-key": deployment.key, "User-Agent": "opsctl"}, timeout=timeout, follow_redirects=False,
            verify=not deployment.url.startswith("http://"),  # the bundle of certificates takes its time
        )  # fmt: skip
        self._acting = {"x-ops-action-key": deployment.action_key} if deployment.action_key else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(
        self, path: str, query: Mapping[str, Any] | None = None, *, accept: str = JSON, patient: bool = False,
        once: bool = False, acting: bool = False, also: frozenset[int] = frozenset(),
    ) -> Reply:  # fmt: skip
        """Read. `patient`: long enough for a deployment to restart; `once`: whoever asks again soon anyway; `acting`: with the
        action key; `also`: error statuses that carry an answer in JSON.
        """
        tries = 1 if once else PATIENT_TRIES if patient else TRIES
        headers = {"Accept": accept, **(self._acting if acting else {})}
        return self._call("GET", path, query=query, headers=headers, tries=tries, also=also)

    def send(
        self, method: str, path: str, body: Document | None = None, *, query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None, repeatable: bool = False,
    ) -> Reply:  # fmt: skip
        """Write. `repeatable`: the call can be made twice as once, by its nature or by its Idempotency-Key."""
        tries = TRIES if repeatable else 1
        sent = {"Accept": JSON, **self._acting, **(headers or {})}
        return self._call(method, path, body=body, query=query, headers=sent, tries=tries)

    def _call(
        self, method: str, path: str, *, headers: Mapping[str, str], tries: int, query: Mapping[str, Any] | None = None,
        body: Document | None = None, also: frozenset[int] = frozenset(),
    ) -> Reply:  # fmt: skip
        given = {name: value for name, value in (query or {}).items() if value is not None}
        request = self._http.build_request(
            method, f"{self._url}/api/ops/{path}", params=given or None, json=body, headers=dict(headers)
        )  # fmt: skip
        for again in range(tries):
            last = again == tries - 1
            try:
                response = self._http.send(request)
            except httpx.RequestError as error:
                if last:
                    raise UnreachableError(f"{self._url} cannot be reached: {_words(error)}") from None
                self._wait(again, f"{self._url} cannot be reached ({_words(error)})", None)
                continue
            wait = response.headers.get("Retry-After") if response.status_code in OVERLOADED else None
            if last or wait is None or (response.status_code in also and _kind(response) == JSON):  # it is the answer
                return self._read(response, also)
            self._wait(again, f"the app answers {response.status_code}", wait)
        raise AssertionError("the last try returns or raises")

    def _wait(self, again: int, why: str, wished: str | None) -> None:
        seconds = float(wished) if wished and wished.isascii() and wished.isdigit() else 2.0**again
        seconds = min(MAX_WAIT_SECONDS, seconds)
        self._say(f"{why}: once more in {seconds:.0f} s")
        self._sleep(seconds)

    def _read(self, response: httpx.Response, also: frozenset[int]) -> Reply:
        kind = _kind(response)
        document = _document(response) if kind.endswith("json") else {}
        status = response.status_code
        if response.is_success or (status in also and kind == JSON and document):
            if kind == JSON and not document:
                raise UnreachableError(f"{self._url} answers {status} with JSON that cannot be read")
            if kind == "text/html" and "text/html" not in response.request.headers["Accept"]:
                raise UnreachableError(f"{self._url} answers with a web page: is that the app's address?")
            return Reply(status, document, "" if document else response.text, response.headers)
        if response.is_redirect:
            raise UnreachableError(f"{self._url} sends elsewhere ({status}): give the address that it leads to")
        if response.is_client_error:
            raise RefusedError(_refusal(status, document, self._url), document)
        detail = document.get("detail") or response.reason_phrase
        raise UnreachableError(f"{self._url} answers {status}: {detail}")


def segment(text: str) -> str:
    """Return an id as a part of an address. Raises `UsageError` for what can be none."""
    if text in {"", ".", ".."}:
        raise UsageError(f"{text!r} is no id")
    return quote(text, safe="")


def _kind(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().casefold()


def _document(response: httpx.Response) -> Document:
    try:
        value = response.json()
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _refusal(status: int, document: Document, url: str) -> str:
    if status == 401:  # noqa: PLR2004  (Unauthorized)
        return "the function key is wrong"
    if document.get("reason") == "action_key_required":
        return f"this changes something, and the action key is missing or wrong: set {ACTION_KEY}, or give --action-key"
    if document.get("detail"):
        return f"{document.get('title') or status}: {document['detail']}"
    return f"{url} answers {status}" + (": is that the app's address?" if status == 404 else "")  # noqa: PLR2004  (Not Found)


def _words(error: httpx.RequestError) -> str:
    return str(error) or type(error).__name__
