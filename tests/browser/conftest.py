"""One browser and one app for the session; without a browser every test says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devhost.azurite import Azurite
from tests.browser.stage import Stage, chromium, staged
from tests.browser.troubled import Troubled, troubled

NONE = "no Chromium here: `sh devhost/find_chromium.sh` installs it where that is possible"


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    browser = chromium()
    if not browser:
        pytest.skip(NONE)
    with staged(browser) as running:
        yield running


@pytest.fixture(scope="package")
def app(stage: Stage, azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    with troubled(azurite, Path(tmp_path_factory.mktemp("browser")), stage) as running:
        yield running
