"""What work costs, counted in calls: the same on every machine, however busy it is."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


def steps(work: Callable[[], object]) -> int:
    """Return how many calls and returns, of Python's functions and C's, the work takes in this thread."""
    count = 0

    def note(_frame: FrameType, _event: str, _function: Any) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@contextmanager
def functions_of_this_thread() -> Iterator[set[str]]:
    """Yield a set that fills with what is called in this thread, as `module.function`: what runs on the event loop."""
    seen: set[str] = set()

    def note(frame: FrameType, event: str, function: Any) -> None:
        of_c = event.startswith("c_")
        module = function.__module__ if of_c else frame.f_globals.get("__name__")
        seen.add(f"{module}.{function.__name__ if of_c else frame.f_code.co_name}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(before)
