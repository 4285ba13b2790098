"""The collector of garbage: what it need not walk through, and when it waits.

A full collection walks through every object that can be part of a cycle, and no thread of Python goes on meanwhile: after the
libraries are loaded that is a quarter of a million objects, and a page of a shop in the middle of being read as many again.
"""

import gc
import sys
import threading
from typing import Final

MANY: Final = 20  # modules that have been loaded since, from which on it is worth while
SELDOM: Final = (5_000, 20, 20)  # new objects, and collections of the younger kind, to a collection: Python's are 700, 10, 10


class Settled:
    """Keeps what libraries have loaded out of all further collections: it stays until the end, and is no garbage. From then on
    there are fewer of them: with 48 jobs at once nearly all that is new is in use, and to walk it cost 0.4 ms a job.
    """

    def __init__(self) -> None:
        self._modules = 0

    def settle(self) -> None:
        """Do so, where many modules were loaded since the last time. In no time, whatever there is."""
        if len(sys.modules) >= self._modules + MANY:
            self._modules = len(sys.modules)
            gc.freeze()
            gc.set_threshold(*SELDOM)


class Uncollected:
    """While anybody is inside, garbage is not collected. For what makes many objects and no cycles, or breaks them itself;
    threads share it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._was_on = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._was_on:
                gc.enable()


UNCOLLECTED: Final = Uncollected()
