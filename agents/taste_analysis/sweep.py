"""Takes faded words out of the lists of users who like nothing any more: without a like, nothing else would look at them.

Trigger: timer, daily. Reads: the taste profiles whose `reviewAt` has come, by an index of it, so that a sweep costs what is due
and not what is stored. Writes: the three lists, and the next `reviewAt`. Fails: an outage ends the sweep, the next one goes on;
one user's failure is that user's own.

Profiles of an older build have no `reviewAt`. They are looked for until a sweep finds no more of them, which is noted; and
again after a month, because a copy of older data may have been put back.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from agents.taste_analysis.profile import PROFILE_ID, TasteProfile
from agents.taste_analysis.projection import Projection
from shared.clock import Clock, from_iso, to_iso
from shared.errors import SICK_DOCUMENT, ItemNotFound, PreconditionFailed, RetryableError
from shared.observe.log import log_event
from shared.store.base import Store
from shared.store.containers import SERVICE_STATE, TASTE
from shared.store.query import AllOf, AnyOf, Compare, Condition, Exists, Query, Set

logger = logging.getLogger(__name__)
PAGE: Final = 100
AT_ONCE: Final = 8
TIME: Final = timedelta(minutes=4)  # well below the host's limit for one invocation
ID: Final = "taste.sweep"
OLDER_AGAIN: Final = timedelta(days=30)


@dataclass(slots=True)
class _Swept:
    reviewed: int = 0
    changed: int = 0
    finished: bool = True


class TasteSweep:
    """See the module."""

    def __init__(self, *, store: Store, clock: Clock, projection: Projection) -> None:
        self._store = store
        self._clock = clock
        self._projection = projection

    async def run(self) -> int:
        """Review every profile that is due, as far as the time allows; returns how many lists changed."""
        began = self._clock.now()
        swept = _Swept()
        await self._each(Compare("reviewAt", "<=", to_iso(began)), began, swept)  # no signal has the field
        if swept.finished and await self._looks_for_older(began):
            older = _Swept()
            unknown = AllOf((Compare("type", "=", "profile"), Exists("reviewAt", exists=False)))
            await self._each(unknown, began, older)
            if older.finished and older.reviewed == 0:
                await self._store.upsert(SERVICE_STATE.key, {"id": ID, "type": "sweep", "noOlderAt": to_iso(began)})
            swept = _Swept(swept.reviewed + older.reviewed, swept.changed + older.changed, older.finished)
        log_event(logger, "reviewed what has faded", reviewed=swept.reviewed, changed=swept.changed, finished=swept.finished)
        return swept.changed

    async def _looks_for_older(self, at: datetime) -> bool:
        noted = await self._store.find(SERVICE_STATE.key, ID, ID)
        return noted is None or at - from_iso(noted.body["noOlderAt"]) >= OLDER_AGAIN

    async def _each(self, which: Condition, began: datetime, swept: _Swept) -> None:
        """Review the profiles that a condition finds, some side by side: their ids are read by the page, each profile alone."""
        query = Query(where=which, select=("userId",), page_size=PAGE)
        cursor: str | None = None
        while self._clock.now() - began < TIME:
            page = await self._store.page(TASTE.key, query, cursor=cursor)
            users = [str(one["userId"]) for one in page.documents]
            for at in range(0, len(users), AT_ONCE):
                done = await asyncio.gather(*(self._review(user, began) for user in users[at : at + AT_ONCE]))
                swept.reviewed += len(done)
                swept.changed += sum(done)
            cursor = page.cursor
            if cursor is None:
                return
        swept.finished = False

    async def _review(self, user_id: str, began: datetime) -> bool:
        """Review one as it is now: a like may have come since, or the person may have been erased."""
        try:
            item = await self._store.find(TASTE.key, PROFILE_ID, user_id)
            if item is None:
                return False
            profile = TasteProfile.from_document(item.body)
            if profile.review_at is not None and profile.review_at > began:
                return False
            changed = await self._projection.project(replace(profile, projected=""), creating=False)
            await self._note(profile)
        except RetryableError as error:
            log_event(logger, "a profile was not reviewed", level=logging.WARNING, reason=error.reason.value)
            return False
        except SICK_DOCUMENT:
            log_event(logger, "a profile cannot be read", level=logging.ERROR)
            return False
        return changed

    async def _note(self, profile: TasteProfile) -> None:
        """Note when to look again. A like that came in between has noted that itself."""
        noted = self._projection.stamp(profile, profile)
        changes: list[Any] = [
            Set("reviewAt", to_iso(noted.review_at) if noted.review_at else None), Set("projected", noted.projected)
        ]  # fmt: skip
        same = AnyOf((Compare("version", "=", profile.version), Exists("version", exists=False)))
        unchanged = AllOf((Compare("signals", "=", profile.signals), same))
        try:
            await self._store.patch(TASTE.key, PROFILE_ID, profile.user_id, changes, when=unchanged)
        except (PreconditionFailed, ItemNotFound):
            return
