"""How a parallel run (`pytest -n 4`) shares the tests out.

Every test is a unit of its own, but a module in TOGETHER is one unit: its tests share what is costly to make, such as a
running app; those in BROWSER, which share a browser, are one in all. These come first, because they wait more than they work,
and the small tests fill in at the end. Else the order is that of the collection, so that `--ff` puts the failed ones first in a
parallel run as in any other.
"""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

BROWSER: Final = "tests/browser/"
TOGETHER: Final = (BROWSER, "tests/e2e/", "tests/infra/", "tests/unit/shared/test_perceptual_hash.py")


class Sharing(LoadScopeScheduling):
    """Gives each worker the next unit when it has two tests left or fewer."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False  # it would put the largest first, before the failed ones
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(BROWSER):
            return BROWSER
        return nodeid.split("::", 1)[0] if nodeid.startswith(TOGETHER) else nodeid


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests with those first that start the app."""
    return sorted(items, key=lambda item: not item.nodeid.startswith(TOGETHER))
