"""What every test may use: a real Azurite, and hypothesis without a clock or memory, so that a suite repeats itself.

In a parallel run (`-n 4`) each worker is a process of its own with its own Azurite and its own folder of temporary files:
what a test takes from the fixtures is its own, whatever runs beside it.
"""

import os
import signal
import sys
import uuid
from asyncio import AbstractEventLoop, new_event_loop
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from devhost.azurite import Azurite
from devhost.loading import Trigger, load_functions
from shared.loading import much_is_imported
from tests.sharing import Sharing, in_order
from tests.simulated_loop import SimulatedLoop
from tests.why import tell_why

# The suite starts the app some fifty times: its modules are compiled once, whatever the shell says of writing them down.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell's job in the background ignores Ctrl-C, and so would every command that a test starts there and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
settings.register_profile(
    "fuzz", deadline=timedelta(seconds=5), max_examples=int(os.environ.get("FUZZ_EXAMPLES", "5000")), print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The tests and what they import are there to stay: the collector walks through none of it, now or later."""
    with much_is_imported(to_stay=True):
        return (yield)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    return Sharing(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tell_why(terminalreporter)


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], AbstractEventLoop]]:
    """Tests that meet other processes live in real time, all others in simulated time."""
    real = item.nodeid.startswith(("tests/browser/", "tests/e2e/")) or item.get_closest_marker("real_time")
    return {"real": new_event_loop} if real else {"simulated": SimulatedLoop}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid}: its name differs from process to process; give the parameters ids")
    alike = [nodeid for nodeid, count in Counter(item.nodeid for item in items).items() if count > 1]
    if alike:
        raise pytest.UsageError(f"{alike[0]}: several tests have this name, and a parallel run would run one of them")
    if hasattr(config, "workerinput"):
        items[:] = in_order(items)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """One Azurite for the session, or for each worker of a parallel one; tests keep apart by queue names."""
    with Azurite(Path(tmp_path_factory.mktemp("azurite"))) as running:
        yield running


@pytest.fixture(scope="session")
def triggers() -> list[Trigger]:
    """The app's functions, indexed once: the library refuses to do it twice."""
    return load_functions(Path(__file__).parent.parent, {})


@pytest.fixture(autouse=True)
def no_store_stays_open() -> Iterator[None]:
    """What the worlds of the fault tests have opened ends with the test."""
    yield
    if (worlds := sys.modules.get("tests.faults.world")) is not None:
        worlds.close_stores()


@pytest.fixture
def queue_name() -> str:
    """A queue of this test's own."""
    return f"q{uuid.uuid4().hex[:16]}"
