"""How a parallel run (`pytest -n 4`) shares the tests out.

Every test is a unit of its own, but a module in TOGETHER is one unit: its tests share what is costly to make, such as a
running app; those in BROWSER, which share a browser, are one in all. These come first, because they wait more than they work,
but not on all workers at once: one works on the small tests meanwhile, so that no core waits, and these fill in at the end.
Else the order is that of the collection, so that `--ff` puts the failed ones first in a parallel run as in any other.
"""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

BROWSER: Final = "tests/browser/"
TOGETHER: Final = (BROWSER, "tests/e2e/", "tests/infra/", "tests/unit/shared/test_perceptual_hash.py")


class Sharing(LoadScopeScheduling):
    """Gives each worker the next unit when it has two tests left or fewer."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False  # it would put the largest first, before the failed ones
        super().__init__(config, log)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """Forget a unit that is done: what is left of a worker's is counted after each test."""
        nodeid = self.registered_collections[node][item_index]
        units, scope = self.assigned_work[node], self._split_scope(nodeid)
        if scope in units:
            units[scope][nodeid] = True
            if all(units[scope].values()):
                del units[scope]
        self._reschedule(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        waiting = sum(any(map(_is_together, units)) for other, units in self.assigned_work.items() if other is not node)
        small = next((unit for unit in self.workqueue if not _is_together(unit)), None)
        if small is not None and waiting >= max(1, self.numnodes - 1):
            self.workqueue.move_to_end(small, last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(BROWSER):
            return BROWSER
        return nodeid.split("::", 1)[0] if _is_together(nodeid) else nodeid


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests with those first that start the app."""
    return sorted(items, key=lambda item: not _is_together(item.nodeid))


def _is_together(nodeid: str) -> bool:
    return nodeid.startswith(TOGETHER)
