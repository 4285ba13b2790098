"""Takes faded words out of the lists of users who like nothing any more: without a like, nothing else would look at them.

Trigger: timer, daily. Reads: the taste profiles whose `reviewAt` has come, and those older than that field. Writes: the three
lists, and the next `reviewAt`. Fails: an outage ends the sweep, the next one goes on; one user's failure is that user's own.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from agents.taste_analysis.profile import PROFILE_ID, TasteProfile
from agents.taste_analysis.projection import Projection
from shared.clock import Clock, to_iso
from shared.errors import ItemNotFound, PreconditionFailed, RetryableError
from shared.observe.log import log_event
from shared.store.base import Document, Store
from shared.store.containers import TASTE
from shared.store.query import AllOf, AnyOf, Compare, Exists, Query, Set

logger = logging.getLogger(__name__)
PAGE: Final = 100
TIME: Final = timedelta(minutes=4)  # well below the host's limit for one invocation


class TasteSweep:
    """See the module."""

    def __init__(self, *, store: Store, clock: Clock, projection: Projection) -> None:
        self._store = store
        self._clock = clock
        self._projection = projection

    async def run(self) -> int:
        """Review every profile that is due, as far as the time allows; returns how many lists changed."""
        now = self._clock.now()
        due = AnyOf((Compare("reviewAt", "<=", to_iso(now)), Exists("reviewAt", exists=False)))
        query = Query(where=AllOf((Compare("type", "=", "profile"), due)), page_size=PAGE)
        cursor: str | None = None
        reviewed = changed = 0
        while self._clock.now() - now < TIME:
            page = await self._store.page(TASTE.key, query, cursor=cursor)
            for document in page.documents:
                changed += await self._review(document)
                reviewed += 1
            cursor = page.cursor
            if cursor is None:
                break
        log_event(logger, "reviewed what has faded", reviewed=reviewed, changed=changed, finished=cursor is None)
        return changed

    async def _review(self, document: Document) -> bool:
        profile = TasteProfile.from_document(document)
        try:
            changed = await self._projection.project(replace(profile, projected=""))
            await self._note(profile)
        except RetryableError as error:
            log_event(logger, "a profile was not reviewed", level=logging.WARNING, reason=error.reason.value)
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
