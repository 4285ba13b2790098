"""The plan of a window's digests: every user who may get one becomes a message; workers compose.

Trigger: timer Monday 09:00 UTC, in stages through the run ledger; or a manual run, for all users or one. Reads: the users'
profiles, a page at a time. Sends: the digest queue. Fails: an outage that lasts an hour fails the run.

A page is sent before the cursor behind it is saved, so a plan that dies goes on without leaving anybody out. What it then
sends twice says so (`again`), and its worker looks for the digest first. Memory does not grow with the users.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from agents.jobs.messages import StoredId, encode
from agents.runs.commands import ParameterError, no_such_parameter
from agents.runs.ledger import Report, RunOutcome
from agents.runs.stages import Save, Stage
from agents.weekly_digest.message import message_body
from agents.weekly_digest.windows import checked_window, window_of
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import SICK_DOCUMENT
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.store.base import Document, Store
from shared.store.containers import USER_PROFILES
from shared.store.query import Query

logger = logging.getLogger(__name__)
STAGE: Final = timedelta(minutes=4)  # well below the host's limit for one invocation
PAGE: Final = 500
SENDS_AT_ONCE: Final = 32
FIELDS: Final = ("id", "recommendationOptIn", "wardrobeFingerprint", "wardrobeHashAtLastDigest", "digestState")
_USER_ID: Final[TypeAdapter[str]] = TypeAdapter(StoredId)


def opted_out(profile: Mapping[str, Any]) -> bool:
    """True when the user wants no digest; absent means that they do."""
    return profile.get("recommendationOptIn") is False


def is_unchanged(profile: Mapping[str, Any]) -> bool:
    """True when the profile alone tells that the wardrobe is as it was at the last digest.

    The web API keeps `wardrobeFingerprint`; we noted the one of the last digest. Of a first digest there is none, and two
    absent values are no sameness.
    """
    fingerprint = profile.get("wardrobeFingerprint")
    state = profile.get("digestState")
    noted = state.get("fingerprint") if isinstance(state, Mapping) else None
    return bool(fingerprint) and fingerprint in {noted, profile.get("wardrobeHashAtLastDigest")}


class DigestPlanner:
    """Plans in stages; see the module."""

    def __init__(self, *, store: Store, queues: Queues, clock: Clock, queue: str) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._queue = queue

    async def check(self, parameters: Mapping[str, str]) -> Mapping[str, str]:
        """Return a manual run's parameters: `window`, `userId`, `force`. Raises `ParameterError`. Whether there is such a
        person is found out by their job: there is no list of persons.
        """
        checked = {"window": window_of(self._clock.now())}
        for name, value in parameters.items():
            match name:
                case "window":
                    checked[name] = self._window(value)
                case "userId":
                    checked[name] = _person(value)
                case "force":
                    if value not in {"true", "false"}:
                        raise ParameterError(name, value, "true or false")
                    checked[name] = value
                case _:
                    raise no_such_parameter(name, value)
        return checked

    def _window(self, value: str) -> str:
        try:
            return checked_window(value, self._clock.now())
        except ValueError as error:
            raise ParameterError("window", value, str(error).rpartition("expected ")[2]) from None

    async def advance(self, stage: Stage, save: Save) -> Report | None:
        """Plan for some minutes. None: there are more users, for the next stage."""
        window = stage.parameters.get("window") or window_of(stage.planned)
        user_id = stage.parameters.get("userId")
        if user_id is not None:
            await self._send([user_id], stage, window, again=stage.resumed)
            return Report(RunOutcome.OK, {"digests": 1}, {"users": 1, "enqueued": 1}, {"window": window})
        done = {name: stage.done.get(name, 0) for name in ("users", "enqueued", "unchanged", "optedOut")}
        until = self._clock.now() + STAGE
        cursor, again = stage.cursor, stage.resumed
        while True:
            page = await self._store.page(USER_PROFILES.key, Query(select=FIELDS, page_size=PAGE), cursor=cursor)
            wanted = self._choose(page.documents, done, force=stage.parameters.get("force") == "true")
            await self._send(wanted, stage, window, again=again)
            done["enqueued"] += len(wanted)
            cursor, again = page.cursor, False
            if cursor is None:
                outcome = RunOutcome.OK if done["users"] else RunOutcome.ZERO_WORK
                return Report(outcome, {"digests": done["enqueued"]}, done, {"window": window})
            await save(cursor, done)
            if self._clock.now() >= until:
                return None

    def _choose(self, profiles: list[Document], done: dict[str, int], *, force: bool) -> list[str]:
        """Return who gets a message, and count the others. Who has opted out is left out of a forced run for all as well."""
        wanted = []
        for profile in profiles:
            done["users"] += 1
            if opted_out(profile):
                done["optedOut"] += 1
            elif _seems_unchanged(profile) and not force:
                done["unchanged"] += 1
            else:
                wanted.append(profile["id"])
        return wanted

    async def _send(self, user_ids: list[str], stage: Stage, window: str, *, again: bool) -> None:
        at, force = to_iso(self._clock.now()), stage.parameters.get("force") == "true"
        waiting = iter(user_ids)

        async def some() -> None:
            for user_id in waiting:
                body = message_body(user_id, window, stage.run_id, force=force, again=again, at=at)
                with observe.creating(self._queue):
                    await self._queues.send(self._queue, encode(observe.traced(body)))

        senders = (some() for _ in range(min(SENDS_AT_ONCE, len(user_ids))))
        for ended in await asyncio.gather(*senders, return_exceptions=True):  # none goes on when the stage has failed
            if isinstance(ended, BaseException):
                raise ended


def _person(value: str) -> str:
    try:
        return _USER_ID.validate_python(value)
    except ValidationError:
        raise ParameterError("userId", value, "a person's id") from None


def _seems_unchanged(profile: Document) -> bool:
    """A profile that cannot be read says nothing: its user gets a message, whose failure is that job's own."""
    try:
        return is_unchanged(profile)
    except SICK_DOCUMENT:
        log_event(logger, "a profile cannot be read", level=logging.WARNING, fields=sorted(profile))
        return False
