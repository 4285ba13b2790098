"""Imports much at once with the garbage collector at rest: it would look at each new object again and again, for a tenth of
the time, and what is imported is there to stay.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def much_is_imported(*, to_stay: bool) -> Iterator[None]:
    """Let the collector rest for the block. `to_stay`: what there is afterwards is never looked at again, which is for a
    process that lives for one app alone.
    """
    resting = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not resting:
            if to_stay:
                gc.freeze()
            gc.enable()
