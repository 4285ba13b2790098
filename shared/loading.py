"""Imports much at once with the garbage collector at rest: it would look at each new object again and again, for a tenth of
the time, and what is imported is there to stay.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Objects that have come and not gone, from which on the youngest are looked at; and how many such rounds make a round of the
# next older. With the interpreter's own 700 and 10 a seventh of a digest's CPU was looking at what 48 jobs were still using.
SELDOM: Final = (20_000, 50, 10)


@contextmanager
def much_is_imported(*, to_stay: bool) -> Iterator[None]:
    """Let the collector rest for the block. `to_stay`: what there is afterwards is never looked at again, and what comes
    later more seldom than is usual, which is for a process that lives for one app alone.
    """
    resting = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not resting:
            if to_stay:
                gc.freeze()
                gc.set_threshold(*SELDOM)
            gc.enable()
