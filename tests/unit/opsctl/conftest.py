"""The fake app of each test."""

from collections.abc import Iterator

import pytest

from tests.unit.opsctl.fake_app import FakeApp, serving


@pytest.fixture
def app() -> Iterator[FakeApp]:
    with serving() as running:
        yield running
